package agents

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/deepreview-go/deepreview"
)

// reviewAnswer is what a reviewing model is asked for. Every property is required, as the vendors' strict modes want it; empty
// ones say that there is nothing.
type reviewAnswer struct {
	Summary       string                `json:"summary" jsonschema:"what the change does and how, in two to five sentences"`
	Findings      []answerFinding       `json:"findings" jsonschema:"the problems found, the worst first"`
	Observations  []answerObservation   `json:"observations" jsonschema:"design observations"`
	Tested        []answerText          `json:"tested" jsonschema:"what of the change its tests cover"`
	Untested      []answerScenario      `json:"untested" jsonschema:"scenarios that no test covers"`
	Documentation []answerDocumentation `json:"documentation" jsonschema:"documentation that was updated, or is missing or stale"`
	Commits       []answerCommit        `json:"commits" jsonschema:"one entry for each commit worth a word"`
	Limitations   []answerText          `json:"limitations" jsonschema:"limitations that the change itself acknowledges"`
	Coverage      []answerCoverage      `json:"coverage" jsonschema:"one entry for every file you were asked to review"`
	Verdict       string                `json:"verdict" jsonschema:"your own verdict in a few words"`
}

type answerFinding struct {
	Title      string           `json:"title" jsonschema:"one line that says what is wrong"`
	Severity   string           `json:"severity" jsonschema:"critical, important or suggestion"`
	Category   string           `json:"category" jsonschema:"regression, gap or enhancement"`
	Topic      string           `json:"topic" jsonschema:"correctness, security, concurrency, performance, testing, documentation, style, maintenance, or another word"`
	Detail     string           `json:"detail" jsonschema:"the problem and how it comes about, in Markdown"`
	Impact     string           `json:"impact" jsonschema:"who is hurt, and when"`
	Locations  []answerLocation `json:"locations" jsonschema:"the places at the head revision, the main one first"`
	Quote      string           `json:"quote" jsonschema:"the whole lines of code at the main place, word for word, without their numbers"`
	Confidence float64          `json:"confidence" jsonschema:"how sure you are, 0 to 1"`
	Fix        string           `json:"fix" jsonschema:"how to mend it, in prose; may be empty"`
	Edits      []answerEdit     `json:"edits" jsonschema:"the fix as replacements of whole lines at the head revision; empty if you are not sure"`
}

type answerLocation struct {
	Path  string  `json:"path" jsonschema:"path from the repository's root"`
	Start flexInt `json:"start" jsonschema:"first line, 0 for the whole file"`
	End   flexInt `json:"end" jsonschema:"last line, 0 for the same as start"`
}

type answerEdit struct {
	Path string `json:"path" jsonschema:"path from the repository's root"`
	Old  string `json:"old" jsonschema:"the whole lines to be replaced, word for word, without their numbers"`
	New  string `json:"new" jsonschema:"the whole lines in their place; empty deletes"`
}

type answerObservation struct {
	Kind  string  `json:"kind" jsonschema:"strength or concern"`
	Title string  `json:"title" jsonschema:"the observation in a few words"`
	Text  string  `json:"text" jsonschema:"one paragraph"`
	Path  string  `json:"path" jsonschema:"the file it is about; may be empty"`
	Line  flexInt `json:"line" jsonschema:"the line it is about; 0 for none"`
}

type answerText struct {
	Text string `json:"text" jsonschema:"one sentence or two"`
}

type answerScenario struct {
	Text string `json:"text" jsonschema:"the scenario"`
	Risk string `json:"risk" jsonschema:"low, medium or high"`
}

type answerDocumentation struct {
	Kind string `json:"kind" jsonschema:"updated, or gap for what is missing or stale"`
	Text string `json:"text" jsonschema:"which document, and what"`
}

type answerCommit struct {
	Commit string `json:"commit" jsonschema:"its hash, as shown; empty for the series as a whole"`
	Text   string `json:"text" jsonschema:"what it does, and what is wrong with it if anything is"`
}

type answerCoverage struct {
	Path   string `json:"path" jsonschema:"path of the changed file"`
	Status string `json:"status" jsonschema:"clean, trivial, findings or unreviewed"`
	Reason string `json:"reason" jsonschema:"why it is unreviewed; else empty"`
}

// reviewForm is the form of a review. Building it fails only where the types above are no JSON.
var reviewForm = sync.OnceValues(func() (*form, error) {
	return newForm[reviewAnswer]("submit_review", "The finished review.", map[string][]any{
		"severity": {"critical", "important", "suggestion"},
		"category": {"regression", "gap", "enhancement"},
		"risk":     {"low", "medium", "high"},
		"status":   {"clean", "trivial", "findings", "unreviewed"},
	})
})

// reading turns an answer into a review. Whatever can be kept is kept; problems says what a second answer should mend, and
// lost what was left out in the end.
type reading struct {
	box    *toolbox
	review *deepreview.Review
	// asked are the changed files that the answer has to cover.
	asked    []string
	problems []string
	lost     []string
}

// betterThan reports whether a second answer takes the place of the first: no finding may get lost by asking again.
func (r *reading) betterThan(first *reading) bool {
	more := len(r.review.Findings) - len(first.review.Findings)
	return more > 0 || more == 0 && len(r.problems) <= len(first.problems)
}

func (r *reading) wrong(format string, args ...any) {
	if len(r.problems) < 20 {
		r.problems = append(r.problems, fmt.Sprintf(format, args...))
	}
}

// readAnswer reads what a model gave as its answer. It is lenient: each part is read by itself, so that one broken
// finding does not take the others with it.
func readAnswer(box *toolbox, asked []string, f *form, raw json.RawMessage) *reading {
	r := &reading{box: box, review: &deepreview.Review{}, asked: asked}
	var parts map[string]json.RawMessage
	if err := json.Unmarshal(raw, &parts); err != nil {
		r.wrong("it is no JSON object: %v", err)
		return r
	}
	if err := f.check(raw); err != nil {
		r.wrong("it does not fit the form: %.400s", err)
	}
	r.review.Summary, r.review.Verdict = readText(parts["summary"]), readText(parts["verdict"])
	for i, item := range items[answerFinding](r, parts, "findings") {
		r.finding(i, item)
	}
	for _, o := range items[answerObservation](r, parts, "observations") {
		kind := deepreview.NoteConcern
		if o.Kind == "strength" {
			kind = deepreview.NoteStrength
		}
		n := &deepreview.Note{Kind: kind, Title: o.Title, Text: cmp.Or(o.Text, o.Title)}
		if o.Path != "" {
			n.Locations = []deepreview.Location{{Path: cleanPath(o.Path), Start: max(int(o.Line), 0)}}
		}
		r.note(n)
	}
	for _, t := range items[answerText](r, parts, "tested") {
		r.note(&deepreview.Note{Kind: deepreview.NoteTested, Text: t.Text})
	}
	for _, s := range items[answerScenario](r, parts, "untested") {
		n := &deepreview.Note{Kind: deepreview.NoteUntested, Text: s.Text}
		_ = n.Risk.UnmarshalText([]byte(s.Risk)) // an unknown word leaves it unset
		r.note(n)
	}
	for _, d := range items[answerDocumentation](r, parts, "documentation") {
		kind := deepreview.NoteDocumentationGap
		if d.Kind == "updated" {
			kind = deepreview.NoteDocumented
		}
		r.note(&deepreview.Note{Kind: kind, Text: d.Text})
	}
	for _, c := range items[answerCommit](r, parts, "commits") {
		r.note(&deepreview.Note{Kind: deepreview.NoteCommit, Commit: c.Commit, Text: c.Text})
	}
	for _, t := range items[answerText](r, parts, "limitations") {
		r.note(&deepreview.Note{Kind: deepreview.NoteLimitation, Text: t.Text})
	}
	r.coverage(items[answerCoverage](r, parts, "coverage"))
	return r
}

// items reads the elements of one list, each by itself.
func items[T any](r *reading, parts map[string]json.RawMessage, name string) []T {
	raw, ok := parts[name]
	if !ok || string(raw) == "null" {
		return nil
	}
	var elements []json.RawMessage
	if err := json.Unmarshal(raw, &elements); err != nil {
		r.wrong("%s is no list", name)
		r.lost = append(r.lost, fmt.Sprintf("%s was no list and could not be read", name))
		return nil
	}
	var out []T
	for i, e := range elements {
		var v T
		if err := json.Unmarshal(e, &v); err != nil {
			r.wrong("entry %d of %s: %v", i+1, name, err)
			r.lost = append(r.lost, fmt.Sprintf("entry %d of %s could not be read: %.300s", i+1, name, e))
			continue
		}
		out = append(out, v)
	}
	return out
}

func readText(raw json.RawMessage) string {
	var s string
	_ = json.Unmarshal(raw, &s) // anything else is no text, and the check of the form says so
	return s
}

func (r *reading) note(n *deepreview.Note) {
	if n.Text != "" {
		n.ID = fmt.Sprintf("N%d", len(r.review.Notes)+1)
		r.review.Notes = append(r.review.Notes, n)
	}
}

// finding keeps one finding and checks what can be checked without judgement.
func (r *reading) finding(i int, a answerFinding) {
	f := &deepreview.Finding{
		ID: fmt.Sprintf("F%d", i+1), Title: a.Title, Detail: a.Detail, Impact: a.Impact, Quote: a.Quote,
		Category: deepreview.Category(strings.ToLower(a.Category)), Topic: deepreview.Topic(strings.ToLower(a.Topic)),
	}
	f.Severity = deepreview.ParseSeverity(a.Severity)
	if f.Severity == deepreview.SeverityUnset || f.Severity.String() != strings.ToLower(a.Severity) {
		f.RawSeverity = a.Severity
	}
	if a.Confidence > 0 && a.Confidence <= 1 {
		f.Confidence = a.Confidence
	}
	if f.Title == "" {
		f.Title, _, _ = strings.Cut(cmp.Or(a.Detail, a.Impact, "untitled"), "\n")
		r.wrong("finding %d has no title", i+1)
	}
	for _, l := range a.Locations {
		loc := deepreview.Location{Path: cleanPath(l.Path), Start: max(int(l.Start), 0)}
		if int(l.End) > loc.Start && loc.Start > 0 {
			loc.End = int(l.End)
		}
		f.Locations = append(f.Locations, loc)
		if why := r.misplaced(loc); why != "" {
			r.wrong("finding %d (%.60s): %s", i+1, f.Title, why)
		}
	}
	if len(f.Locations) > 0 && f.Quote != "" && !r.quoted(f.Locations, f.Quote) {
		r.wrong("finding %d (%.60s): the quoted lines stand in none of its files; quote them word for word", i+1, f.Title)
	}
	if a.Fix != "" || len(a.Edits) > 0 {
		f.Fix = &deepreview.Fix{Text: a.Fix}
		for _, e := range a.Edits {
			edit, why := r.edit(e)
			if why != "" {
				r.wrong("finding %d (%.60s): %s", i+1, f.Title, why)
				f.Fix.Text = strings.TrimSpace(f.Fix.Text + fmt.Sprintf("\n\nIn %s, replace\n\n%s\n\nwith\n\n%s", e.Path, indented(e.Old), indented(e.New)))
				f.Fix.Edits = nil
				break
			}
			f.Fix.Edits = append(f.Fix.Edits, edit)
		}
	}
	r.review.Findings = append(r.review.Findings, f)
}

// indented makes a Markdown code block of code, whatever stands in it.
func indented(code string) string {
	return "    " + strings.ReplaceAll(strings.TrimSuffix(code, "\n"), "\n", "\n    ")
}

// misplaced says what is wrong with a place, as far as that is known.
func (r *reading) misplaced(l deepreview.Location) string {
	if !fs.ValidPath(l.Path) || l.Path == "." {
		return fmt.Sprintf("%.200q is no path inside the repository", l.Path)
	}
	if r.box.change.Tree == nil {
		if r.box.change.File(l.Path) == nil {
			return fmt.Sprintf("%.200q is none of the changed files", l.Path)
		}
		return ""
	}
	if f := r.box.change.File(l.Path); f != nil && f.Status == deepreview.FileDeleted {
		return "" // its lines count before the change
	}
	data, err := r.box.head.read(l.Path)
	if err != nil {
		return err.Error()
	}
	if n := len(textLines(data)); l.Last() > n {
		return fmt.Sprintf("%s has %d lines; there is no line %d", l.Path, n, l.Last())
	}
	return ""
}

// quoted reports whether the quote stands in one of the files, or that is not known.
func (r *reading) quoted(locations []deepreview.Location, quote string) bool {
	if r.box.change.Tree == nil {
		return true
	}
	want := trimmedLines(quote)
	known := false
	for _, l := range locations {
		for _, x := range []*index{&r.box.head, &r.box.base} {
			data, err := x.read(l.Path)
			if err != nil {
				continue
			}
			known = true
			if len(findLines(textLines(data), want)) > 0 {
				return true
			}
		}
	}
	return !known
}

// edit turns a replacement into one by line numbers, and says why that cannot be.
func (r *reading) edit(e answerEdit) (deepreview.Edit, string) {
	name := cleanPath(e.Path)
	data, err := r.box.head.read(name)
	if err != nil {
		return deepreview.Edit{}, "an edit cannot be placed: " + err.Error()
	}
	old := strings.Split(strings.TrimSuffix(strings.ReplaceAll(e.Old, "\r\n", "\n"), "\n"), "\n")
	if strings.TrimSpace(e.Old) == "" {
		return deepreview.Edit{}, fmt.Sprintf("an edit of %s does not say which lines it replaces", name)
	}
	lines := textLines(data)
	for i, line := range lines {
		lines[i] = strings.TrimSuffix(line, "\r")
	}
	at := exactLines(lines, old)
	switch len(at) {
	case 0:
		return deepreview.Edit{}, fmt.Sprintf("the lines that an edit of %s replaces do not stand there; write them word for word", name)
	case 1:
	default:
		return deepreview.Edit{}, fmt.Sprintf("the lines that an edit of %s replaces stand there %d times; take more lines around them", name, len(at))
	}
	edit := deepreview.Edit{Path: name, Start: at[0] + 1, End: at[0] + len(old), New: e.New}
	if edit.New != "" && !strings.HasSuffix(edit.New, "\n") {
		edit.New += "\n"
	}
	return edit, ""
}

// exactLines returns where want stands in lines.
func exactLines(lines, want []string) []int {
	var at []int
	for i := 0; i+len(want) <= len(lines); i++ {
		if slices.Equal(lines[i:i+len(want)], want) {
			at = append(at, i)
		}
	}
	return at
}

// trimmedLines returns the lines of a quote without the white space around them, blank ones left out.
func trimmedLines(quote string) []string {
	var out []string
	for line := range strings.Lines(quote) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// findLines returns where the trimmed lines want stand in lines, white space and blank lines aside.
func findLines(lines, want []string) []int {
	if len(want) == 0 {
		return nil
	}
	var at []int
	for i := range lines {
		k := 0
		for j := i; j < len(lines) && k < len(want); j++ {
			line := strings.TrimSpace(lines[j])
			if line == "" && k > 0 {
				continue
			}
			if line != want[k] {
				break
			}
			k++
		}
		if k == len(want) {
			at = append(at, i)
		}
	}
	return at
}

// coverage keeps what is said of the files that were asked about. A file that is said to have been looked at and was never
// handed out was not.
func (r *reading) coverage(entries []answerCoverage) {
	stated := map[string]bool{}
	for _, e := range entries {
		name := cleanPath(e.Path)
		f := r.box.change.File(name)
		if f == nil {
			r.wrong("coverage names %.200q, which is none of the changed files", e.Path)
			r.lost = append(r.lost, fmt.Sprintf("coverage of %.200q, which is none of the changed files", e.Path))
			continue
		}
		stated[name] = true
		c := deepreview.Coverage{Path: name, Reason: e.Reason, Depth: deepreview.DepthRead}
		switch status := deepreview.CoverageStatus(strings.ToLower(strings.TrimSpace(e.Status))); status {
		case deepreview.CoverageClean, deepreview.CoverageTrivial, deepreview.CoverageFindings:
			c.Status = status
			if r.box.wasGiven(name) {
				break
			}
			c.Status, c.Depth = deepreview.CoverageUnreviewed, deepreview.DepthUnset
			if c.Reason = unshown(f); c.Reason == "" {
				c.Reason = fmt.Sprintf("stated to be %s, but it was neither shown nor read", status)
				r.lost = append(r.lost, fmt.Sprintf("%s was stated to be %s, but it was neither shown nor read", name, status))
			}
		case deepreview.CoverageUnreviewed:
			c.Status, c.Depth = status, deepreview.DepthUnset
			c.Reason = cmp.Or(c.Reason, "no reason was given")
		default:
			r.wrong("coverage of %s says %.40q, which is none of clean, trivial, findings, unreviewed", name, e.Status)
			c.Status, c.Depth = deepreview.CoverageUnreviewed, deepreview.DepthUnset
			c.Reason = fmt.Sprintf("stated as %.40q, which is no status", e.Status)
		}
		r.review.Coverage = append(r.review.Coverage, c)
	}
	var left []string
	for _, name := range r.asked {
		if !stated[name] {
			left = append(left, name)
		}
	}
	if len(left) > 0 {
		r.wrong("coverage says nothing about %s", strings.Join(left[:min(len(left), 20)], ", "))
	}
}
