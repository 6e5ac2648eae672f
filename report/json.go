package report

import (
	"io"

	"github.com/deepreview-go/deepreview"
)

// JSON writes a report as the JSON that [deepreview.ReadReport] reads back without loss.
type JSON struct{}

// Render implements [Renderer].
func (JSON) Render(w io.Writer, r *deepreview.Report) error { return r.WriteJSON(w) }
