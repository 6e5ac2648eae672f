package report

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"text/template/parse"
	"time"

	"github.com/deepreview-go/deepreview"
)

// CheckTemplates renders a small report, and an empty one, in every format with overlay laid over the embedded templates. It
// returns everything that is wrong as one error: what does not parse or fails, with file and line, the first of each file, and files
// that neither replace an embedded one nor are included by a template. A folder prompts is left alone: package agents knows what is in it.
func CheckTemplates(overlay fs.FS) error {
	if overlay == nil {
		return nil
	}
	var errs []error
	add := func(err error) {
		if err != nil && !slices.ContainsFunc(errs, func(e error) bool { return e.Error() == err.Error() }) {
			errs = append(errs, err)
		}
	}
	included := map[string]bool{}
	for _, format := range []string{"html", "markdown", "text"} {
		err := checkFormat(format, overlay, included)
		if err == nil {
			continue
		}
		// One mistake hides others: each file is laid over alone, with the caller's own ones that it may include.
		replacing, lerr := replacements(format, overlay)
		if lerr != nil {
			add(lerr)
			continue
		}
		for _, name := range replacing {
			hidden := without{overlay, map[string]bool{}}
			for _, other := range replacing {
				hidden.names[other] = other != name
			}
			add(checkFormat(format, hidden, included))
		}
		add(err)
	}
	built, _ := fs.ReadFile(Templates(), "html/page.js")
	if own, err := fs.ReadFile(overlay, "html/page.js"); err == nil && string(own) != string(built) {
		add(errors.New("template: html/page.js: the script cannot be replaced"))
	}
	err := fs.WalkDir(overlay, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && name == "prompts" {
				return fs.SkipDir
			}
			return err
		}
		if _, err := fs.Stat(Templates(), name); err == nil || included[name] {
			return nil
		}
		if ext := path.Ext(name); ext == ".tmpl" || ext == ".css" || ext == ".json" {
			errs = append(errs, fmt.Errorf("template: %s: replaces no template and none includes it", name))
		}
		return nil
	})
	return errors.Join(append(errs, err)...)
}

// checkFormat renders with the templates of one format, and notes which are included.
func checkFormat(format string, overlay fs.FS, included map[string]bool) error {
	s, err := templatesOf(format, overlay)
	if err != nil {
		return err
	}
	for _, t := range s.trees() {
		for _, name := range includes(t.Root) {
			included[name] = true
		}
	}
	for _, r := range []*deepreview.Report{sample(), {}} {
		if err := s.render(io.Discard, NewView(r), &run{code: new(highlighter), term: terminal{width: 80}}); err != nil {
			return err
		}
	}
	return nil
}

// replacements lists the files of overlay that take the place of an embedded one of a format.
func replacements(format string, overlay fs.FS) ([]string, error) {
	names := []string{"words.json"}
	entries, err := fs.ReadDir(Templates(), format)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		names = append(names, path.Join(format, e.Name()))
	}
	var out []string
	for _, name := range names {
		if _, err := fs.Stat(overlay, name); err == nil {
			out = append(out, name)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("template: %w", err)
		}
	}
	return out, nil
}

// without is a file system in which some names are not there.
type without struct {
	fs.FS
	names map[string]bool
}

func (w without) Open(name string) (fs.File, error) {
	if w.names[name] {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return w.FS.Open(name)
}

// includes lists the templates that are executed below n.
func includes(root *parse.ListNode) []string {
	var out []string
	walk(root, func(name string) { out = append(out, name) })
	return out
}

// sample is a report that has at least one of everything a template may show.
func sample() *deepreview.Report {
	at := []deepreview.Location{{Path: "main.go", Start: 2, End: 3, Label: "here"}, {Path: "old.go", Start: 1, Old: true}, {Path: "main.go"}}
	when := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	ref := func(name, id string) deepreview.Ref { return deepreview.Ref{Reviewer: name, ID: id} }
	resolved := &deepreview.Resolution{Issue: "0a1b2c3d", As: deepreview.ResolvedDeclined, Why: "as designed", By: "someone", Date: when}
	finding := func(id string, s deepreview.Severity) *deepreview.Finding {
		return &deepreview.Finding{ID: id, Title: "a `title`", Detail: "Some *detail*.", Impact: "Some impact.", Locations: at, Quote: "x := 1", Severity: s,
			RawSeverity: "P1", Category: deepreview.CategoryGap, Topic: deepreview.TopicCorrectness, Rule: "R1", Confidence: 0.5,
			Fix: &deepreview.Fix{Text: "Mend it.", Edits: []deepreview.Edit{{Path: "main.go", Start: 2, End: 2, New: "x := 2\n"}}}}
	}
	issue := func(id, number string, s deepreview.Severity, hidden string) *deepreview.Issue {
		return &deepreview.Issue{ID: id, Number: number, Title: "a `title`", Detail: "Some detail.", Impact: "Some impact.", Severity: s,
			Category: deepreview.CategoryGap, Topic: deepreview.TopicCorrectness, Locations: at,
			Excerpts: []deepreview.Excerpt{
				{Path: "main.go", Start: 1, Lines: []string{"package main", "", "var x = 1"}, Cited: []int{2, 3}, Cut: true},
				{Path: "old.go", Old: true, Start: 1, Lines: []string{"package main"}, Cited: []int{1}},
				{Path: "more.go", Start: 1, Lines: []string{"package main"}}},
			Fix: &deepreview.Fix{Text: "Mend it."}, Patch: "--- a/main.go\n+++ b/main.go\n@@ -2 +2 @@\n-x := 1\n+x := 2\n",
			Lead: ref("a", "C1"), Sources: []deepreview.Source{
				{Reviewer: "a", Finding: "C1", Severity: deepreview.SeverityCritical, Category: deepreview.CategoryRegression, Anchoring: []string{"moved"}},
				{Reviewer: "b", Finding: "I1", Severity: deepreview.SeverityImportant}},
			Reported: 2, Read: 3, Odds: deepreview.Odds{Critical: 0.2, Important: 0.5, Suggestion: 0.3}, Reasons: []string{"because"}, Survival: 0.8,
			Merges: []deepreview.Merge{{Claim: ref("b", "I1"), With: ref("a", "C1"), Score: 0.9, Threshold: 0.5,
				Evidence: []deepreview.Evidence{{Name: "same lines", Weight: 1.5}}}},
			Checks:       []deepreview.Check{{Claim: ref("a", "C1"), Name: "path", Holds: true}, {Claim: ref("b", "I1"), Name: "quote", Detail: "not there", Evidence: at}},
			Verification: &deepreview.Verification{Status: deepreview.VerificationConfirmed, By: "someone", Reason: "seen", Evidence: at},
			Status:       deepreview.StatusReopened, Resolution: resolved, Hidden: hidden}
	}
	r := &deepreview.Report{
		Schema: deepreview.Schema, Date: when, Elapsed: 90 * time.Second, Fingerprint: strings.Repeat("0", 64),
		Change: deepreview.Header{Repository: "example.com/x", Title: "a title", Description: "What it does.", Author: "someone", Branch: "topic",
			Range: "main...HEAD", Base: strings.Repeat("a", 40), Head: strings.Repeat("b", 40), Round: 2,
			PullRequest: &deepreview.PullRequest{Number: 7, Title: "another title", URL: "https://example.com/7"},
			Commits:     []deepreview.Commit{{ID: strings.Repeat("b", 40), Subject: "a subject", Body: "A body.", Author: "someone", Date: when}},
			Excluded:    []string{"vendor/x.go"}, CommitURL: "https://example.com/c/{commit}",
			FileURL: "https://example.com/f/{commit}/{path}#L{start}-L{end}"},
		Files: []deepreview.FileSummary{{Path: "main.go", Status: deepreview.FileModified, Added: 1, Deleted: 1},
			{Path: "b.png", OldPath: "a.png", Status: deepreview.FileRenamed, Binary: true}, {Path: "c.go", Status: deepreview.FileAdded, Unreadable: "too large"}},
		Verdict: deepreview.Verdict{Kind: deepreview.VerdictRework, Reason: "1 critical issue", Missing: []string{"c.go: nobody read it"}},
		Summary: "A summary.", Closing: "A closing.",
		Issues:   []*deepreview.Issue{issue("0a1b2c3d", "C1", deepreview.SeverityCritical, ""), issue("0a1b2c3e", "S1", deepreview.SeveritySuggestion, "not likely")},
		Threads:  []deepreview.Thread{{Location: at[0], Author: "someone", URL: "https://example.com/t", Comments: []string{"someone: why?"}}},
		Warnings: []string{"something was cut"},
		Scorecards: []deepreview.Scorecard{
			{Reviewer: "a", Label: "A", Duration: time.Minute, Raised: deepreview.SeverityCount{Critical: 1}, Unique: []string{"0a1b2c3e"}, FilesReviewed: 1, FilesRead: 1,
				Usage: deepreview.Usage{Requests: 1, ToolCalls: 2, TokensIn: 3000, TokensOut: 400, Cost: 0.5, Priced: true},
				Retro: []deepreview.Remark{{Aspect: "accuracy", Text: "Some words."}}},
			{Reviewer: "b", Label: "B", Downgraded: []string{"I1"}, Dropped: []deepreview.DropCount{{Kind: deepreview.DropFalsePositive, Count: 1}}},
			{Reviewer: "c", Label: "C", Misses: []string{"0a1b2c3d"}, FilesReviewed: 2, FilesRead: 1}},
		Reviews: []*deepreview.Review{
			{Reviewer: "a", Label: "A", Vendor: "v", Model: "m", Started: when, Duration: time.Minute, Summary: "A summary.", Verdict: "Approve", Passes: 2,
				Findings: []*deepreview.Finding{finding("C1", deepreview.SeverityCritical)}, Repairs: []string{"an ID was missing"},
				Coverage: []deepreview.Coverage{{Path: "main.go", Status: deepreview.CoverageFindings, Depth: deepreview.DepthRead}}},
			{Reviewer: "b", Label: "B", Transcript: "# Its review\n\nAs it came.", Findings: []*deepreview.Finding{finding("I1", deepreview.SeverityImportant)},
				Failure: &deepreview.Failure{Kind: deepreview.FailureTimeout, Message: "too slow"}},
			{Reviewer: "c", Label: "C", Coverage: []deepreview.Coverage{{Path: "main.go", Status: deepreview.CoverageClean, Depth: deepreview.DepthRead},
				{Path: "b.png", Status: deepreview.CoverageUnreviewed, Reason: "binary"}, {Path: "c.go", Status: deepreview.CoverageTrivial, Depth: deepreview.DepthScanned}}}},
	}
	r.Prior = []deepreview.PriorIssue{
		{Issue: issue("0a1b2c3f", "I2", deepreview.SeverityImportant, ""), Status: deepreview.StatusFixed, Reason: "its code changed"},
		{Issue: issue("0a1b2c40", "S2", deepreview.SeveritySuggestion, ""), Status: deepreview.StatusDeclined, Reason: "declined by ann: it is bounded"},
		{Issue: issue("0a1b2c41", "S3", deepreview.SeveritySuggestion, ""), Status: deepreview.StatusNotExamined},
	}
	for i, k := range []deepreview.NoteKind{deepreview.NoteStrength, deepreview.NoteConcern, deepreview.NoteTested, deepreview.NoteUntested, deepreview.NoteDocumented,
		deepreview.NoteDocumentationGap, deepreview.NoteCommit, deepreview.NoteLimitation, "remark"} {
		id := fmt.Sprint("n", i+1)
		n := &deepreview.Note{ID: id, Kind: k, Title: "a title", Text: "Some words.", Locations: at, Risk: deepreview.RiskHigh, Commit: strings.Repeat("b", 7)}
		r.Reviews[0].Notes = append(r.Reviews[0].Notes, n)
		r.Notes = append(r.Notes, &deepreview.PanelNote{Kind: k, Title: n.Title, Text: n.Text, Locations: at, Risk: n.Risk, Commit: n.Commit, Sources: []deepreview.Ref{ref("a", id)}})
	}
	r.Notes = append(r.Notes, &deepreview.PanelNote{Kind: deepreview.NoteCommit, Text: "The series is in order.", Sources: []deepreview.Ref{ref("c", "n1")}})
	r.Ledger = []deepreview.Decision{
		{Claim: ref("a", "C1"), Title: "a `title`", Outcome: deepreview.OutcomeKept, Issues: []string{"0a1b2c3d"}, Raised: deepreview.SeverityCritical,
			Final: deepreview.SeverityCritical, Rule: "match", Score: 0.9, Reason: "a reason"},
		{Claim: ref("b", "I1"), Title: "a title", Outcome: deepreview.OutcomeMerged, Issues: []string{"0a1b2c3d"}, Raised: deepreview.SeverityImportant,
			Final: deepreview.SeverityCritical, Rule: "ruling"},
		{Claim: ref("a", "n1"), Note: true, Title: "a title", Outcome: deepreview.OutcomeDropped, Drop: deepreview.DropOther, Rule: "ruling", Reason: "a reason"},
	}
	return r
}
