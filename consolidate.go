package deepreview

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Consolidator makes one report of the reviews of a change. [Pipeline] is the one to start from.
type Consolidator interface {
	// Every finding of every review ends in exactly one Decision. Issues and their numbers do
	// not depend on the order of reviews. Reviews with a failure still count for what they hold.
	Consolidate(ctx context.Context, c *Change, reviews []*Review) (*Report, error)
}

// Pipeline is the consolidator this package is about. It anchors each claim in the code, finds the claims that say the
// same, rates each issue on one scale, links it to the round before, orders, numbers and decides. It needs no model and
// no network, and the same change and reviews give the same report, byte for byte.
//
// The zero value works, and every field may be left alone.
type Pipeline struct {
	// Roster is the order of reviewers in badges and columns; those it does not name follow by name.
	Roster []string
	// Similarity tells how likely two findings say the same, 0 to 1; at 0.5 they are taken to. It is
	// given all findings at once and returns a symmetric func of their indices. Nil means the built-in matcher.
	Similarity func([]*Finding) func(i, j int) float64
	// Calibrate rates an issue from its claims; nil means [DefaultCalibrate].
	Calibrate func(Case) Calibration
	// Policy comes to the verdict of a finished report; nil means [DefaultPolicy].
	Policy func(*Report) Verdict
	// Rulings are a lead's decisions, followed where they speak.
	Rulings []Ruling
	// Adjudicator settles which claims say the same where the matcher is in doubt; nil means nobody does. It is
	// asked about at most AdjudicateAtMost pairs, the most doubtful first; 0 means 60, below 0 none.
	Adjudicator      Adjudicator
	AdjudicateAtMost int
	// Verifier takes a second look at issues; nil means nobody does. It is asked about at most
	// VerifyAtMost of them, by severity times doubt; 0 means 12, below 0 none.
	Verifier     Verifier
	VerifyAtMost int
	// Editor writes the words of the finished report; nil leaves those composed from its facts.
	Editor Editor
	// MinScore hides issues whose survival score is below it, visibly; 0 hides none. See [Issue.Hidden].
	MinScore float64
	// Date and Elapsed are put into the report as they are.
	Date    time.Time
	Elapsed time.Duration
}

// Consolidate implements [Consolidator]. It fails if there is no change, if a review is nil, names no reviewer in
// valid UTF-8 or one that another names, or is of another change; and it stops, with ctx's error, when ctx ends before the claims are grouped. An
// Adjudicator, Verifier or Editor that fails changes nothing but a line of Report.Warnings.
func (p *Pipeline) Consolidate(ctx context.Context, c *Change, reviews []*Review) (*Report, error) {
	if c == nil {
		return nil, errors.New("consolidate: no change")
	}
	fingerprint := c.Fingerprint()
	pl, err := newPanel(reviews, p.Roster, fingerprint)
	if err != nil {
		return nil, err
	}
	src := newSources(c)
	claims := pl.claims(src)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	rulings, warnings := pl.indexRulings(p.Rulings, claims)
	groups, problems := p.group(ctx, c, claims, rulings)
	if err := ctx.Err(); err != nil {
		return nil, err
	}

	b := &builder{pipeline: p, change: c, panel: pl, sources: src, claims: claims, rulings: rulings}
	r := &Report{
		Schema: Schema, Date: p.Date, Elapsed: p.Elapsed,
		Change: c.Header, Fingerprint: fingerprint, Files: summaries(c.Files),
		Threads: c.Threads, Reviews: pl.reviews, Warnings: append(warnings, problems...),
	}
	r.Issues = b.issues(groups)
	r.Warnings = append(r.Warnings, b.link(ctx, r)...)
	r.Warnings = append(r.Warnings, b.verify(ctx, r)...)
	b.hide(r.Issues)
	slices.SortStableFunc(r.Issues, compareIssues)
	number(r.Issues)
	r.Notes = b.notes()
	r.Ledger = b.ledger(r)
	r.Scorecards = scorecards(r)
	policy := p.Policy
	if policy == nil {
		policy = DefaultPolicy
	}
	r.Verdict = policy(r)
	compose(r)
	r.Warnings = append(r.Warnings, p.edit(ctx, r)...)
	return r, nil
}

// summaries returns the files without their content.
func summaries(files []*File) []FileSummary {
	out := make([]FileSummary, len(files))
	for i, f := range files {
		out[i] = FileSummary{
			Path: f.Path, OldPath: f.OldPath, Status: f.Status,
			Added: f.Added, Deleted: f.Deleted, Binary: f.Binary, Unreadable: f.Unreadable,
		}
	}
	return out
}

// compareIssues is the order of a report: severity, highest severity raised, number of reviewers (descending), survival,
// then path, line, title, ID.
func compareIssues(a, b *Issue) int {
	return cmp.Or(
		cmp.Compare(b.Severity, a.Severity),
		cmp.Compare(b.HighestRaised(), a.HighestRaised()),
		cmp.Compare(b.Reported, a.Reported),
		cmp.Compare(b.Survival, a.Survival),
		slices.CompareFunc(a.Locations[:min(1, len(a.Locations))], b.Locations[:min(1, len(b.Locations))], compareLocations),
		cmp.Compare(a.Title, b.Title),
		cmp.Compare(a.ID, b.ID),
	)
}

// number gives each issue its number within its severity.
func number(issues []*Issue) {
	var n SeverityCount
	for _, is := range issues {
		n.Add(is.Severity)
		is.Number = fmt.Sprintf("%s%d", is.Severity.letter(), n.At(is.Severity))
	}
}
