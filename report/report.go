// Package report writes a [deepreview.Report] for a reader: as a page, as Markdown, for a terminal, as JSON.
package report

import (
	"io"

	"github.com/deepreview-go/deepreview"
)

// Renderer writes a report in one format. Two renderings of one report are the same bytes.
type Renderer interface {
	// Render writes r, which it must not modify, to w. It is called concurrently. An error of w is returned as it
	// is; then what was written is not a whole report.
	Render(w io.Writer, r *deepreview.Report) error
}
