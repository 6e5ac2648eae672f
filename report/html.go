package report

import (
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"io"
	"io/fs"
	texttemplate "text/template"

	"github.com/deepreview-go/deepreview"
)

// HTML writes a report as one self-contained page: no script, no request, and a Content-Security-Policy that allows neither.
type HTML struct {
	// Templates overlays the embedded templates file by file; nil leaves them as they are. See [Templates].
	Templates fs.FS
}

// Render implements [Renderer].
func (h HTML) Render(w io.Writer, r *deepreview.Report) error {
	s, err := templatesOf("html", h.Templates)
	if err != nil {
		return err
	}
	return s.render(w, NewView(r), &run{code: new(highlighter)})
}

func (s *set) htmlFuncs(r *run) texttemplate.FuncMap {
	return texttemplate.FuncMap{
		// style is the page's style, and styleHash what its Content-Security-Policy calls it.
		"style": func() template.CSS { return template.CSS(s.style) },
		"styleHash": func() string {
			sum := sha256.Sum256([]byte(s.style))
			return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
		},
		"prose": proseHTML,
		"code":  func(e *ExcerptView) ([]CodeLine, error) { return r.code.excerpt(e) },
		"diff":  diffLines,
	}
}
