// Package report writes a [deepreview.Report] for a reader: as a page, as Markdown, for a terminal; and for a program: as JSON, whose
// [Schema] is published, SARIF, reviewdog's format, GitLab's Code Quality.
//
//	*deepreview.Report
//	      │  NewView: what a template sees, in a reader's words and with its foreign text bounded
//	   *View
//	      │  templates: the embedded ones, a caller's laid over them file by file
//	      │  what a reviewer or the change wrote is escaped for the format on the way out: Markdown goes through
//	      │  a parser and a sanitizer, controls and direction marks are taken out
//	    bytes      the same for the same report
//
// What programs read is encoded from plain values instead, made of the same cleaned texts; the files it names are checked paths.
//
// Nothing that a report holds can add markup, run a script, load anything or command a terminal.
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
