package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/deepreview-go/deepreview"
)

// RDJSON writes a report in the Reviewdog Diagnostic Format, one JSON object with all diagnostics.
//
// A diagnostic is an issue of the report, or one of the round before that was not raised again and is not known to be fixed. Its message
// is Markdown; its code is the linter's rule, or "deepreview-" and the topic; its severity is ERROR, WARNING or INFO for critical,
// important and suggestion, and INFO, with the reason in the message, for what a second look refuted, the user's score folds away or
// the round before left. A fix becomes suggestions if all of its edits are in the file of the diagnostic.
//
// An issue that cites no place has the path ".", the repository, and lines from before the change or from an earlier round are told in the message. Such
// diagnostics pass a reader's filter only where it lets everything through. So does a last one, of the code "deepreview-incomplete",
// that says what the review did not do.
//
// Left out are issues that were settled in an earlier round, that the code silences, or that are fixed, and all else that the format
// has no place for. Each diagnostic is cut below 60 kB, which is less than reviewdog reads of a line and forges take as a comment.
type RDJSON struct{}

// RDJSONLines writes the diagnostics of [RDJSON] one a line.
type RDJSONLines struct{}

// rdMost is how long a diagnostic is at most, in bytes. Reviewdog stops without an error at a line of 64 KiB.
const rdMost = 60000

// The Reviewdog Diagnostic Format, as far as it is written here.
type (
	rdResult struct {
		Source      rdSource       `json:"source"`
		Diagnostics []rdDiagnostic `json:"diagnostics"`
	}
	rdDiagnostic struct {
		Message     string         `json:"message"`
		Location    rdLocation     `json:"location"`
		Severity    string         `json:"severity,omitempty"`
		Source      rdSource       `json:"source"`
		Code        rdCode         `json:"code"`
		Suggestions []rdSuggestion `json:"suggestions,omitempty"`
		Related     []rdRelated    `json:"related_locations,omitempty"`
	}
	rdSource struct {
		Name string `json:"name"`
		URL  string `json:"url,omitempty"`
	}
	rdCode struct {
		Value string `json:"value"`
	}
	rdLocation struct {
		Path  string   `json:"path"`
		Range *rdRange `json:"range,omitempty"`
	}
	rdRange struct {
		Start rdPosition  `json:"start"`
		End   *rdPosition `json:"end,omitempty"`
	}
	rdPosition struct {
		Line   int `json:"line"`
		Column int `json:"column,omitempty"`
	}
	rdSuggestion struct {
		Range rdRange `json:"range"`
		Text  string  `json:"text"`
	}
	rdRelated struct {
		Message  string     `json:"message,omitempty"`
		Location rdLocation `json:"location"`
	}
)

// Render implements [Renderer].
func (RDJSON) Render(w io.Writer, r *deepreview.Report) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(rdResult{rdSource{toolName, toolURL}, diagnostics(r)})
}

// Render implements [Renderer].
func (RDJSONLines) Render(w io.Writer, r *deepreview.Report) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, d := range diagnostics(r) {
		if err := enc.Encode(d); err != nil {
			return err
		}
	}
	return nil
}

func diagnostics(r *deepreview.Report) []rdDiagnostic {
	d := digested(r)
	out := []rdDiagnostic{}
	for i := range d.entries {
		if e := &d.entries[i]; !e.done {
			out = append(out, d.diagnostic(e))
		}
	}
	if missing := d.incomplete(); len(missing) > 0 {
		out = append(out, rdDiagnostic{Message: string(escapeMarkdown(unfinished(missing))), Severity: "WARNING", Source: rdSource{toolName, toolURL},
			Code: rdCode{toolName + "-incomplete"}, Location: rdLocation{Path: "."}})
	}
	return out
}

// unfinished is the sentence that says what was not done.
func unfinished(missing []string) string {
	return bounded("This review is not complete: "+strings.Join(missing, "; "), maxLine) + "."
}

// diagnostic makes one of e, with as much of its texts as there is room for.
func (d *digest) diagnostic(e *entry) rdDiagnostic {
	out := rdDiagnostic{Source: rdSource{toolName, toolURL}, Code: rdCode{e.rule.id}, Severity: rdSeverity(e), Location: rdLocation{Path: "."}}
	if len(e.places) > 0 {
		out.Location = e.places[0].rdLocation()
		for _, p := range e.places[1:] {
			out.Related = append(out.Related, rdRelated{string(escapeMarkdown(p.remark())), p.rdLocation()})
		}
	}
	note := ""
	if len(e.edits) > 0 {
		if out.Suggestions = suggestions(e); out.Suggestions == nil {
			note = "The edits of the proposed fix are left out: they reach beyond this file."
		}
	}
	for limit := maxProse; ; limit /= 2 {
		sections := d.sections(e, limit)
		if note != "" {
			sections = append(sections[:len(sections)-1], section{line: note}, sections[len(sections)-1])
		}
		out.Message = markdownText(sections)
		switch over := encodedLength(out) > rdMost; {
		case !over:
			return out
		case limit < 64: // only a path can be as long
			out.Location, out.Related, out.Suggestions = rdLocation{Path: "."}, nil, nil
			return out
		case limit < 2000 && len(out.Suggestions) > 0:
			out.Suggestions, note = nil, "The edits of the proposed fix are left out: they are too long."
			limit = maxProse * 2
		case limit < 2000 && len(out.Related) > 0:
			n := len(out.Related) / 2
			note = fmt.Sprintf("It cites %d more places.", len(e.places)-1-n)
			out.Related = out.Related[:n]
			limit = 4000
		}
	}
}

// encodedLength is how many bytes d takes on a line.
func encodedLength(d rdDiagnostic) int {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(d) != nil {
		return 0 // Render returns the error
	}
	return b.Len()
}

func rdSeverity(e *entry) string {
	switch {
	case e.standing != standsOpen:
		return "INFO"
	case e.Severity < deepreview.SeveritySuggestion:
		return ""
	case e.Severity < deepreview.SeverityImportant:
		return "INFO"
	case e.Severity < deepreview.SeverityCritical:
		return "WARNING"
	}
	return "ERROR"
}

func (p site) rdLocation() rdLocation {
	l := rdLocation{Path: shownPath(p.path)}
	if p.start > 0 {
		l.Range = &rdRange{Start: rdPosition{Line: p.start}}
		if p.end > p.start {
			l.Range.End = &rdPosition{Line: p.end}
		}
	}
	return l
}

// suggestions are the edits of e's fix; none if one is of another file than the diagnostic, since a fix is whole or none.
func suggestions(e *entry) []rdSuggestion {
	var out []rdSuggestion
	for _, edit := range e.edits {
		if len(e.places) == 0 || edit.Path != e.places[0].path {
			return nil
		}
		at, text := replaced(edit)
		out = append(out, rdSuggestion{rdRange{rdPosition{at.startLine, at.startColumn}, &rdPosition{at.endLine, at.endColumn}}, text})
	}
	return out
}
