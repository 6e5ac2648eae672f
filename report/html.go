package report

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"strings"
	texttemplate "text/template"

	"github.com/deepreview-go/deepreview"
)

// HTML writes a report as one self-contained page that makes no request. Its Content-Security-Policy allows two scripts, which are
// the same in every page: one marks in the list of contents what is on the screen, the other, in long pages, does nothing but let
// the browser draw in between. All else, filters included, works without.
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
		"style":     func() template.CSS { return template.CSS(s.style + filterRules(r.reviewers, r.cited)) },
		"styleHash": func() string { return policyHash(s.style + filterRules(r.reviewers, r.cited)) },
		// script and scriptHash are the same of the page's script.
		"script":     func() template.JS { return template.JS(s.script) },
		"scriptHash": func() string { return policyHash(s.script) },
		// pause and pauseHash are the same of a script that does nothing: a browser that comes to it, scripts allowed, draws what it has
		// read so far and attends to its user before it reads on. nth says that an index is the last of n.
		"pause":       func() template.JS { return pause },
		"pauseHash":   func() string { return policyHash(pause) },
		"nth":         func(n, i int) bool { return n > 0 && i%n == n-1 },
		"fileClasses": fileClasses, // the filter's classes of an issue
		"prose":       proseHTML,
		"code":        func(e *ExcerptView) ([]CodeLine, error) { return r.code.excerpt(e) },
		"diff":        diffLines,
	}
}

// pause is a script that does nothing.
const pause = "0"

// policyHash is what a Content-Security-Policy calls a text.
func policyHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// The filter has a rule for each of the first reviewers and files; the other files can be chosen together.
const (
	maxFilterReviewers = 40
	maxFilterFiles     = 300
)

// filterRules are the style by which the filter shows the issues of one reviewer, or one file. What is printed is never filtered.
func filterRules(reviewers, cited int) string {
	var b strings.Builder
	rule := func(option, class, property string) {
		fmt.Fprintf(&b, ".filter:has(#%s:checked) ~ section .%s { %s: ; }\n", option, class, property)
	}
	if reviewers > 1 {
		for i := range min(reviewers, maxFilterReviewers) {
			rule(fmt.Sprint("fr-", i), fmt.Sprint("issue.r", i), "--by")
		}
	}
	if cited > 1 {
		for i := range min(cited, maxFilterFiles) {
			rule(fmt.Sprint("ff-", i), fmt.Sprint("f", i), "--file")
		}
		if cited > maxFilterFiles {
			rule("ff-more", "f-more", "--file")
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return "@media screen {\n" + b.String() + "}\n"
}

// fileClasses are the classes of an issue that cites these files.
func fileClasses(cited []int) string {
	var b strings.Builder
	for _, i := range cited {
		if i < maxFilterFiles {
			fmt.Fprintf(&b, " f%d", i)
		} else {
			b.WriteString(" f-more")
			break // the files come in order
		}
	}
	return b.String()
}
