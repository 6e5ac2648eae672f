package reviewtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/deepreview-go/deepreview"
)

// onReview is a clause that a single call shows by itself. found returns what is wrong, empty if nothing is.
type onReview struct {
	Clause
	found func(c *reviewCall) string
}

// reviewerRows is the contract of a reviewer: what one call shows, then what several do.
func reviewerRows() []row[*reviewing] {
	var rows []row[*reviewing]
	for _, r := range onReviews() {
		rows = append(rows, row[*reviewing]{r.Clause, func(x *reviewing, say saying) {
			for _, c := range x.calls() {
				if what := r.found(c); what != "" {
					say(c.sample, "%s", what)
				}
			}
		}})
	}
	return append(rows, []row[*reviewing]{
		{Clause{"named", "Name is not empty, and is one line of text",
			"return the name that a report shall call the reviewer by"}, func(x *reviewing, say saying) {
			if name := x.names[0]; name == "" || !utf8.ValidString(name) || strings.ContainsFunc(name, isControl) {
				say("", "the name is %s", shown(name))
			}
		}},
		{Clause{"name-stable", "Name is stable",
			"make the name a constant or a field that is set once; it is the key of the reviewer in reports and recordings"}, func(x *reviewing, say saying) {
			for _, name := range x.names {
				if name != x.names[0] {
					say("", "the name was %s and is %s", shown(x.names[0]), shown(name))
				}
			}
		}},
		{Clause{"something-reviewed", "A nil error says that the reviewer finished",
			"make at least one change reviewable here, as ReviewerOptions.Changes: where every review fails or is declined nothing else is checked"}, func(x *reviewing, say saying) {
			if x.short || slices.ContainsFunc(x.alone, func(c *reviewCall) bool { return c == nil || c.err == nil || c.stuck }) {
				return
			}
			say(x.alone[0].sample, "none of %d changes was reviewed to the end; the first says: %v", len(x.alone), x.alone[0].err)
		}},
		{Clause{"context-ended", "It obeys its context, and a nil error says that it finished",
			"return ctx.Err() with what there is so far; return r, ctx.Err() at the end is enough for a quick reviewer"}, func(x *reviewing, say saying) {
			for _, c := range x.ended {
				if c != nil && c.panicked == "" && !c.stuck && c.err == nil {
					say(c.sample, "it returned a nil error")
				}
			}
		}},
		{Clause{"context-obeyed", "It obeys its context promptly",
			"pass ctx to whatever may take time (Blame, Log, a request, a process) and look at ctx.Err() in long loops"}, func(x *reviewing, say saying) {
			for _, c := range append(x.calls(), x.together...) {
				if c != nil && c.stuck {
					say(c.sample, "it went on for %v after its context had ended, and was abandoned", x.opt.Grace)
				}
			}
		}},
		{Clause{"concurrent", "It is called concurrently",
			"keep what belongs to one review in variables of that call; guard or drop what several share, and run go test -race"}, judgeTogether},
		{Clause{"change-not-kept", "It does not keep the change",
			"copy what is needed into the review, and wait for every goroutine that reads the change before returning"}, func(x *reviewing, say saying) {
			for _, c := range append(x.calls(), x.together...) {
				if c == nil {
					continue
				}
				if late := c.log.lateUse(); late != "" {
					say(c.sample, "%s came after the call had returned", late)
				}
			}
			if x.kept != "" {
				say(ordinary, "%s is still referred to after the call", x.kept)
			}
		}},
		{Clause{"review-not-rewritten", "A review belongs to the run once returned",
			"make a new review, with lists of its own, in each call"}, func(x *reviewing, say saying) {
			for _, c := range x.calls() {
				if what := difference(c.returned, snapshot(c.review)); c.review != nil && what != "" {
					say(c.sample, "a later call changed a review that had been returned: %s", what)
				}
			}
		}},
		{Clause{"deterministic", "The same change gives the same review, where ReviewerOptions.Deterministic says so",
			"sort what comes out of maps and goroutines, and leave clock and chance out; or do not claim it"}, func(x *reviewing, say saying) {
			if !x.opt.Deterministic {
				return
			}
			first := x.again[0]
			for _, c := range x.again {
				if c == nil || c.err != nil || c.review == nil {
					continue
				}
				if what := difference(timeless(first), timeless(c)); what != "" {
					say(c.sample, "two reviews differ: %s", what)
				}
			}
		}},
		{Clause{"goroutines-end", "It leaves no goroutine behind with every call",
			"wait for the goroutines that a call starts before it returns, or end them by its context"}, func(x *reviewing, say saying) {
			for _, s := range x.stayed {
				say("", "%s", s)
			}
		}},
	}...)
}

// judgeTogether looks for what shows only where reviews run side by side.
func judgeTogether(x *reviewing, say saying) {
	for i, c := range x.together {
		if c == nil {
			continue
		}
		alone := x.alone[i/2]
		for _, r := range onReviews() {
			if what := r.found(c); what != "" && r.found(alone) == "" {
				say(c.sample, "side by side with others, and not alone: %s", what)
			}
		}
		what := ""
		if x.opt.Deterministic && c.err == nil && alone.err == nil {
			what = difference(timeless(alone), timeless(c))
		}
		switch {
		case (c.err == nil) != (alone.err == nil):
			say(c.sample, "side by side with others its error is %s, alone %s", errorText(c.err), errorText(alone.err))
		case what != "" && x.repeats():
			say(c.sample, "side by side with others another review than alone: %s", what)
		}
	}
}

// repeats reports whether one change, reviewed several times over, gave one review.
func (x *reviewing) repeats() bool {
	for _, c := range x.again {
		if c == nil || difference(timeless(x.again[0]), timeless(c)) != "" {
			return false
		}
	}
	return true
}

// timeless is the review as it was returned, without its times.
func timeless(c *reviewCall) []leaf {
	return slices.DeleteFunc(slices.Clone(c.returned), func(l leaf) bool { return l.path == "Started" || l.path == "Duration" })
}

func errorText(err error) string {
	if err == nil {
		return "nil"
	}
	return shown(err.Error())
}

func isControl(r rune) bool { return r < 0x20 || r >= 0x7f && r < 0xa0 }

// onReviews are the clauses that one call shows.
func onReviews() []onReview {
	return []onReview{
		{Clause{"never-panics", "Review bears any change: without files, trees or text, with names and content chosen to do harm",
			"treat every list as possibly empty, every tree and func as possibly nil, and every text as foreign"}, func(c *reviewCall) string {
			if c.panicked == "" {
				return ""
			}
			return "it panicked: " + c.panicked
		}},
		{Clause{"answers", "It returns a review, an error, or both",
			"return an empty review that states what was looked at where there is nothing to say, ErrSkip to decline"}, func(c *reviewCall) string {
			if c.review != nil || c.err != nil || c.panicked != "" || c.stuck {
				return ""
			}
			return "it returned neither a review nor an error"
		}},
		{Clause{"skip-declines", "It returns ErrSkip to decline",
			`wrap it as fmt.Errorf("%w: why", deepreview.ErrSkip), and return no review with it: whoever has looked has not declined`}, func(c *reviewCall) string {
			switch {
			case c.err == nil:
				return ""
			case !errors.Is(c.err, deepreview.ErrSkip):
				if strings.Contains(c.err.Error(), deepreview.ErrSkip.Error()) {
					return fmt.Sprintf("the error reads like ErrSkip, and is not: %s", shown(c.err.Error()))
				}
			case c.review != nil && (len(c.review.Findings) > 0 || slices.ContainsFunc(c.review.Coverage, deepreview.Coverage.Looked)):
				return "it declined, and returned findings or files it looked at with that"
			}
			return ""
		}},
		{Clause{"change-unmodified", "It does not modify the change",
			"copy what has to be sorted, trimmed or filled in, and leave closing to who loaded the change"}, func(c *reviewCall) string {
			if c.modified == "" {
				return ""
			}
			return "after the call " + c.modified
		}},
		of(Clause{"failure-is-an-error", "A nil error says that the reviewer finished",
			"return the failure as the error, with the review that there is; a run describes it in Review.Failure"}, func(c *reviewCall) string {
			if f := c.review.Failure; f != nil && c.err == nil {
				return fmt.Sprintf("the error is nil, and the review holds a failure: %s", shown(f.Message))
			}
			return ""
		}),
		of(Clause{"review-of-this-change", "Review.Change is empty or the fingerprint of the change",
			"leave it empty, and refuse to play a recorded review over another change"}, func(c *reviewCall) string {
			if of := c.review.Change; of != "" && of != c.change.Fingerprint() {
				return fmt.Sprintf("it is %s, and the change's is %.12s…", shown(of), c.change.Fingerprint())
			}
			return ""
		}),
		of(Clause{"no-nil-entries", "Every finding and note is one",
			"append what there is, instead of filling a list that was made too long"}, func(c *reviewCall) string {
			if i := slices.Index(c.review.Findings, nil); i >= 0 {
				return fmt.Sprintf("finding %d is nil", i+1)
			}
			if i := slices.Index(c.review.Notes, nil); i >= 0 {
				return fmt.Sprintf("note %d is nil", i+1)
			}
			return ""
		}),
		of(Clause{"ids-unique", "A finding's or note's ID is unique among those of its review, or empty, and names it alone: it has no slash",
			"leave the ID empty, or make it of what the finding is about"}, func(c *reviewCall) string {
			seen := map[string]bool{}
			for _, id := range ids(c.review) {
				switch {
				case strings.Contains(id, "/"):
					return fmt.Sprintf("the ID %s has a slash, which divides reviewer and ID in the ledger", shown(id))
				case id != "" && seen[id]:
					return fmt.Sprintf("the ID %s is given twice", shown(id))
				}
				seen[id] = true
			}
			return ""
		}),
		of(Clause{"findings-valid", "Every finding is valid, but that its ID may be empty",
			"see Finding.Validate: a title, paths inside the repository, lines in order, a confidence from 0 to 1, edits that do not overlap"}, func(c *reviewCall) string {
			for _, f := range c.review.Findings {
				if f == nil {
					continue
				}
				own := *f
				if own.ID == "" {
					own.ID = "none"
				}
				if err := own.Validate(); err != nil {
					return err.Error()
				}
			}
			return ""
		}),
		of(Clause{"notes-valid", "Every note has a kind and a text, known risk and places inside the repository",
			"see the comments of deepreview.Note"}, func(c *reviewCall) string {
			for i, n := range c.review.Notes {
				if n == nil {
					continue
				}
				if n.Kind == "" || n.Text == "" {
					return fmt.Sprintf("note %d has the kind %s and the text %s", i+1, shown(string(n.Kind)), shown(n.Text))
				}
				if _, err := n.Risk.MarshalText(); err != nil {
					return fmt.Sprintf("note %d: %v", i+1, err)
				}
				places := deepreview.Finding{ID: fmt.Sprintf("note %d", i+1), Title: "places", Locations: n.Locations}
				if err := places.Validate(); err != nil {
					return err.Error()
				}
			}
			return ""
		}),
		of(Clause{"coverage-of-changed-files", "Coverage is stated of changed files, by File.Path",
			"state the path as the change has it, the new name of a renamed file; files beside the change are not stated"}, func(c *reviewCall) string {
			for _, cov := range c.review.Coverage {
				if c.change.File(cov.Path) == nil {
					return fmt.Sprintf("%s is no changed file", shown(cov.Path))
				}
			}
			return ""
		}),
		of(Clause{"coverage-once", "Coverage has at most one entry for each changed file",
			"join what several passes or rules say of a file"}, func(c *reviewCall) string {
			seen := map[string]bool{}
			for _, cov := range c.review.Coverage {
				if seen[cov.Path] {
					return fmt.Sprintf("%s is stated twice", shown(cov.Path))
				}
				seen[cov.Path] = true
			}
			return ""
		}),
		onCoverage(Clause{"coverage-status", "A status is clean, trivial, findings or unreviewed",
			"use the constants of CoverageStatus; any other word counts as unreviewed"}, func(c *reviewCall, cov deepreview.Coverage) string {
			if !slices.Contains(statuses, cov.Status) {
				return fmt.Sprintf("the status is %s", shown(string(cov.Status)))
			}
			return ""
		}),
		onCoverage(Clause{"coverage-depth", "A file that was looked at was scanned or read, and says which",
			"set Depth to DepthScanned where rules ran over the file, to DepthRead where it was judged; unset counts as not read"}, func(c *reviewCall, cov deepreview.Coverage) string {
			if looked := cov.Looked() && slices.Contains(statuses, cov.Status); looked && cov.Depth != deepreview.DepthScanned && cov.Depth != deepreview.DepthRead {
				return fmt.Sprintf("it is %s at depth %d", cov.Status, cov.Depth)
			}
			return ""
		}),
		onCoverage(Clause{"coverage-reason", "An unreviewed file has the reason why",
			"say what hindered: binary, too large, stopped before it"}, func(c *reviewCall, cov deepreview.Coverage) string {
			if cov.Status == deepreview.CoverageUnreviewed && strings.TrimSpace(cov.Reason) == "" {
				return "it is unreviewed without a reason"
			}
			return ""
		}),
		onCoverage(Clause{"unreadable-unreviewed", "The coverage of an unreadable file is unreviewed",
			"look at File.Unreadable first, and give it as the reason"}, func(c *reviewCall, cov deepreview.Coverage) string {
			if f := c.change.File(cov.Path); f != nil && f.Unreadable != "" && cov.Looked() && slices.Contains(statuses, cov.Status) {
				return fmt.Sprintf("its content cannot be reviewed (%s), and it is stated as %s", f.Unreadable, cov.Status)
			}
			return ""
		}),
		onCoverage(Clause{"coverage-agrees", "Clean and trivial mean nothing to report, findings that some were raised",
			"state a file by the findings that were raised in it"}, func(c *reviewCall, cov deepreview.Coverage) string {
			f := c.change.File(cov.Path)
			if f == nil {
				return ""
			}
			at := func(l deepreview.Location) bool { return l.Path == f.Path || f.OldPath != "" && l.Path == f.OldPath }
			cited := false
			for _, finding := range c.review.Findings {
				if finding == nil {
					continue
				}
				cited = cited || slices.ContainsFunc(finding.Locations, at)
				clean := cov.Status == deepreview.CoverageClean || cov.Status == deepreview.CoverageTrivial
				if first := finding.Locations[:min(1, len(finding.Locations))]; clean && slices.ContainsFunc(first, func(l deepreview.Location) bool { return l.Path == f.Path }) {
					return fmt.Sprintf("it is %s, and finding %s is in it", cov.Status, shown(finding.Title))
				}
			}
			if cov.Status == deepreview.CoverageFindings && !cited {
				return "its status is findings, and no finding cites it"
			}
			return ""
		}),
		of(Clause{"text-is-utf-8", "Every text is valid UTF-8",
			"pass foreign bytes through strings.ToValidUTF8, and cut texts between runes"}, func(c *reviewCall) string {
			return invalidText(c.review)
		}),
		of(Clause{"survives-json", "A review survives JSON",
			"use the constants of the enums, and no number that JSON has not"}, func(c *reviewCall) string {
			if invalidText(c.review) != "" {
				return "" // another clause says so
			}
			data, err := json.Marshal(c.review)
			if err != nil {
				return err.Error()
			}
			back := new(deepreview.Review)
			if err := json.Unmarshal(data, back); err != nil {
				return err.Error()
			}
			return difference(snapshot(c.review), snapshot(back))
		}),
	}
}

var statuses = []deepreview.CoverageStatus{
	deepreview.CoverageClean, deepreview.CoverageTrivial, deepreview.CoverageFindings, deepreview.CoverageUnreviewed,
}

// of is a clause on the review of a call, if there is one.
func of(c Clause, found func(c *reviewCall) string) onReview {
	return onReview{c, func(c *reviewCall) string {
		if c.review == nil {
			return ""
		}
		return found(c)
	}}
}

// onCoverage is a clause on what a review states about each file.
func onCoverage(c Clause, found func(c *reviewCall, cov deepreview.Coverage) string) onReview {
	return of(c, func(c *reviewCall) string {
		for _, cov := range c.review.Coverage {
			if what := found(c, cov); what != "" {
				return shown(cov.Path) + ": " + what
			}
		}
		return ""
	})
}

// ids lists the IDs of a review's findings and notes.
func ids(r *deepreview.Review) []string {
	var out []string
	for _, f := range r.Findings {
		if f != nil {
			out = append(out, f.ID)
		}
	}
	for _, n := range r.Notes {
		if n != nil {
			out = append(out, n.ID)
		}
	}
	return out
}
