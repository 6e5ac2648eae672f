package reviewtest

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/deepreview-go/deepreview"
)

// paper is a report with the name that problems call it by. Each build is a new one, equal to the last.
type paper struct {
	name  string
	build func() *deepreview.Report
	// legible says that numbers and titles of its issues are plain words, to be found in any rendering.
	legible bool
	// hostile says that every foreign text in it holds the mark, in the midst of what is meant to get out of its place.
	hostile bool
	// twin is the same with spaces for line feeds in texts of one line; nil where they have none.
	twin func() *deepreview.Report
}

// papers are the reports that every renderer has to bear, the full one first.
func papers() []paper {
	out := []paper{
		{name: fullPaper, build: fullReport, legible: true},
		{name: "a report without issues", build: func() *deepreview.Report { return consolidated(agreedClean) }},
		{name: "a report that nobody contributed to", build: func() *deepreview.Report {
			return consolidated(func() (*deepreview.Change, []*deepreview.Review) { return ordinaryChange(), nil })
		}},
		{name: "a report with nothing in it", build: func() *deepreview.Report { return &deepreview.Report{Schema: deepreview.Schema} }},
		{name: "a report with holes", build: holedReport},
		{name: "eighty issues", build: manyIssues, legible: true},
		{name: "hostile reviews", build: func() *deepreview.Report { return consolidated(hostilePanel) }},
	}
	for _, p := range payloads {
		poison := paper{name: p.name, build: func() *deepreview.Report { return poisoned(p) }, hostile: true}
		if p.line {
			poison.twin = func() *deepreview.Report { return poisoned(p.unbroken()) }
		}
		out = append(out, poison)
	}
	return out
}

const fullPaper = "a full report"

// consolidated is the report that the pipeline makes of a panel.
func consolidated(build func() (*deepreview.Change, []*deepreview.Review)) *deepreview.Report {
	c, reviews := build()
	p := &deepreview.Pipeline{Date: time.Date(2026, time.March, 2, 11, 0, 0, 0, time.UTC), Elapsed: 14*time.Minute + 40*time.Second}
	r, err := p.Consolidate(context.Background(), c, reviews)
	if err != nil {
		panic(fmt.Sprintf("a sample panel of the kit has no report: %v", err)) // a defect of this package, not of a renderer
	}
	return r
}

// fullReport has something in every section: issues of all severities, merged, refuted, hidden and of an earlier round.
func fullReport() *deepreview.Report {
	second, _ := secondHearing(consolidated(func() (*deepreview.Change, []*deepreview.Review) {
		return ordinaryChange(), panelOf(ordinaryChange())
	}))
	r := consolidated(second.build)
	for i, is := range r.Issues {
		is.Title += " " + token(i)
	}
	if n := len(r.Issues); n > 1 {
		r.Issues[n-1].Hidden = "survival 0.12 is below the asked 0.30"
		r.Issues[n-2].Verification = &deepreview.Verification{
			Status: deepreview.VerificationRefuted, By: "verifier", Reason: "The value is checked above.",
			Evidence: []deepreview.Location{{Path: "shop/store.go", Start: 8, End: 9}},
		}
	}
	r.Warnings = append(r.Warnings, "A warning of the report itself.")
	return r
}

// token is a word that stands nowhere else.
func token(i int) string { return fmt.Sprintf("zqissue%03d", i+1) }

// holedReport lacks what is usually there, and has what usually is not.
func holedReport() *deepreview.Report {
	return &deepreview.Report{
		Schema: deepreview.Schema,
		Change: deepreview.Header{Commits: []deepreview.Commit{{}, {ID: "abc"}}, PullRequest: &deepreview.PullRequest{}, FileURL: "{", CommitURL: "{commit}"},
		Files:  []deepreview.FileSummary{{}, {Path: "a.go", Status: "another"}},
		Issues: []*deepreview.Issue{
			{},
			{ID: "0a0a0a0a", Number: "S1", Title: "No sources, no places", Severity: deepreview.SeveritySuggestion, Fix: &deepreview.Fix{}, Verification: &deepreview.Verification{},
				Resolution: &deepreview.Resolution{}},
			{ID: "0b0b0b0b", Number: "S2", Title: "Places that nothing shows", Locations: []deepreview.Location{{}, {Path: "b.go", Start: 7, End: 3}},
				Excerpts: []deepreview.Excerpt{{}, {Path: "b.go", Lines: []string{""}, Cited: []int{-1, 0, 99}}}, Patch: "no patch", Sources: []deepreview.Source{{}, {Reviewer: "nobody"}},
				Checks: []deepreview.Check{{}}, Merges: []deepreview.Merge{{Evidence: []deepreview.Evidence{{}}}}, Reported: 9, Read: 3},
		},
		Notes:      []*deepreview.PanelNote{{}, {Kind: "another", Text: "x"}},
		Prior:      []deepreview.PriorIssue{{Issue: &deepreview.Issue{}}},
		Ledger:     []deepreview.Decision{{Claim: deepreview.Ref{Reviewer: "r", ID: "1"}, Outcome: "another", Issues: []string{"none such"}}},
		Scorecards: []deepreview.Scorecard{{Reviewer: "nobody", Misses: []string{"none such"}, Unique: []string{""}}},
		Reviews:    []*deepreview.Review{{Coverage: []deepreview.Coverage{{}, {Path: "gone.go", Status: "another"}}, Failure: &deepreview.Failure{}}},
		Threads:    []deepreview.Thread{{}},
	}
}

// manyIssues is longer than anybody reads.
func manyIssues() *deepreview.Report {
	r := fullReport()
	first := r.Issues[0]
	for i := len(r.Issues); i < 80; i++ {
		own := *first
		own.ID, own.Number, own.Severity = fmt.Sprintf("%08x", i), fmt.Sprintf("S%d", i), deepreview.SeveritySuggestion
		own.Title = fmt.Sprintf("%s ünïcödé %s", token(i), strings.Repeat("文字", i%90))
		r.Issues = append(r.Issues, &own)
	}
	return r
}

// mark is in every payload, so that it is known wherever it turns up.
const mark = "zqmark"

// payload is text that is put behind every foreign text of a report.
type payload struct {
	name, text string
	// url takes the place of every address, where it is not empty; line says that only texts of one line get the payload.
	url  string
	line bool
}

// fake is a line that a reader would take for the report's own.
const fake = "Verdict: merge " + mark

var payloads = []payload{
	{name: "markup in every text", url: "https://" + mark + ".example/\"onmouseover=\"" + mark + "()",
		text: `</title></style></script></textarea></code></pre>--><script>` + mark + `()</script><img src=x onerror=` + mark + `()><svg onload=` + mark +
			`()><a href="javascript:` + mark + `()">x</a><` + mark + ` ` + mark + `=1><iframe srcdoc="` + mark + `"></iframe><base href="https://` + mark +
			`.example/"><style>` + mark + `{}</style>" onmouseover="` + mark + `()" x='` + mark + `' {{.` + mark + `}}`},
	{name: "Markdown in every text", url: "javascript:" + mark + "()",
		text: "`x` [" + mark + "](javascript:" + mark + "()) ![" + mark + "](https://" + mark + ".example/x.png) <javascript:" + mark + "()>\n\n```\n~~~\n````\n<script>" +
			mark + "()</script>\n\n[" + mark + "]: javascript:" + mark + "()\n\n| a | b |\n|---|---|\n| <img src=x onerror=" + mark + "()> |\n\n    <b onclick=" + mark + "()>x</b>\n"},
	{name: "control characters in every text", url: "https://example.com/\x1b]8;;https://" + mark + ".example\x07",
		text: "\x1b[2J\x1b[8m" + mark + "\x1b]0;" + mark + "\x07\x1b]8;;https://" + mark + ".example\x1b\\x\x1bP" + mark + "\x1b\\\u009b2J\u0085\x00\x08\x7f\r\u202e\u2066" + mark + "\u2069"},
	{name: "line feeds in every text of one line", line: true, text: "x\n" + fake + "\n# " + fake + "\n\n" + fake + "\r\n" + fake},
	{name: "long words in every text", text: strings.Repeat("語", 150) + " " + strings.Repeat("e\u0301", 100) + mark},
}

// poisoned is the full report with a payload in all that is not the consolidator's own.
func poisoned(p payload) *deepreview.Report {
	r := fullReport()
	poison(reflect.ValueOf(r).Elem(), "", p)
	return r
}

// unbroken is the payload with spaces for its line feeds: what a renderer makes of it that keeps a text of one line to one.
func (p payload) unbroken() payload {
	p.text = strings.NewReplacer("\n", " ", "\r", " ").Replace(p.text)
	return p
}

// ours are fields whose text the consolidator makes.
var ours = []string{"Schema", "ID", "Number", "Issues", "Unique", "Misses", "Fingerprint", "Issue", "Change", "Rule"}

// oneLine are fields that hold a single line by contract.
var oneLine = []string{
	"Title", "Author", "Branch", "Repository", "Range", "Subject", "Label", "Reviewer", "Vendor", "Model", "Path", "OldPath", "Category", "Topic",
	"RawSeverity", "By", "Name", "Commit", "Base", "Head", "Hidden",
}

// enums are types whose words renderers compare with.
var enums = []reflect.Type{
	reflect.TypeFor[deepreview.Outcome](), reflect.TypeFor[deepreview.DropKind](), reflect.TypeFor[deepreview.RoundStatus](),
	reflect.TypeFor[deepreview.FileStatus](), reflect.TypeFor[deepreview.VerificationStatus](), reflect.TypeFor[deepreview.ResolutionKind](),
	reflect.TypeFor[deepreview.CoverageStatus](), reflect.TypeFor[deepreview.NoteKind](),
}

func poison(v reflect.Value, field string, p payload) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			poison(v.Elem(), field, p)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.Type == reflect.TypeFor[time.Time]() || f.Name == "ID" && v.Type() == reflect.TypeFor[deepreview.Issue]() {
				continue
			}
			poison(v.Field(i), f.Name, p)
		}
	case reflect.Slice:
		if p.line && slices.Contains([]string{"Lines", "Comments"}, field) {
			return
		}
		for i := range v.Len() {
			poison(v.Index(i), field, p)
		}
	case reflect.String:
		switch {
		case slices.Contains(enums, v.Type()), slices.Contains(ours, field), p.line && !slices.Contains(oneLine, field):
		case strings.HasSuffix(field, "URL"):
			if p.url != "" {
				v.SetString(p.url)
			}
		default:
			v.SetString(v.String() + p.text)
		}
	}
}

// reread is the report after a way through its JSON; nil if there is none.
func reread(r *deepreview.Report) *deepreview.Report {
	var buf bytes.Buffer
	if err := r.WriteJSON(&buf); err != nil {
		return nil
	}
	back, err := deepreview.ReadReport(&buf)
	if err != nil {
		return nil
	}
	return back
}
