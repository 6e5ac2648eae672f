package deepreview_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
)

// change returns a change of the named files, each added with ten lines.
func change(paths ...string) *deepreview.Change {
	c := &deepreview.Change{}
	for _, p := range paths {
		var body strings.Builder
		for i := range 10 {
			fmt.Fprintf(&body, "+line %d of %s\n", i+1, p)
		}
		c.Files = append(c.Files, &deepreview.File{
			Path: p, Status: deepreview.FileAdded, Added: 10,
			Hunks: []*deepreview.Hunk{{NewStart: 1, NewLines: 10, Body: body.String()}},
		})
	}
	return c
}

// review returns a review that read every file of c.
func review(name string, c *deepreview.Change, findings ...*deepreview.Finding) *deepreview.Review {
	r := &deepreview.Review{Reviewer: name, Findings: findings}
	for _, f := range c.Files {
		cov := deepreview.Coverage{Path: f.Path, Status: deepreview.CoverageClean, Depth: deepreview.DepthRead}
		if slices.ContainsFunc(findings, func(x *deepreview.Finding) bool {
			return slices.ContainsFunc(x.Locations, func(l deepreview.Location) bool { return l.Path == f.Path })
		}) {
			cov.Status = deepreview.CoverageFindings
		}
		r.Coverage = append(r.Coverage, cov)
	}
	return r
}

func finding(id string, s deepreview.Severity, title, place string) *deepreview.Finding {
	f := &deepreview.Finding{ID: id, Title: title, Severity: s}
	if place != "" {
		var l deepreview.Location
		path, line, _ := strings.Cut(place, ":")
		l.Path = path
		fmt.Sscan(line, &l.Start)
		f.Locations = []deepreview.Location{l}
	}
	return f
}

func consolidate(t *testing.T, p *deepreview.Pipeline, c *deepreview.Change, reviews ...*deepreview.Review) *deepreview.Report {
	t.Helper()
	r, err := p.Consolidate(t.Context(), c, reviews)
	require.NoError(t, err)
	checkReport(t, c, reviews, r)
	return r
}

// checkReport checks what holds for every report.
func checkReport(t *testing.T, c *deepreview.Change, reviews []*deepreview.Review, r *deepreview.Report) {
	t.Helper()
	decided := map[deepreview.Ref]int{}
	for _, d := range r.Ledger {
		decided[d.Claim]++
	}
	ids := map[string]bool{}
	for _, is := range r.Issues {
		assert.False(t, ids[is.ID], "two issues have the ID %s", is.ID)
		ids[is.ID] = true
		assert.NotEqual(t, deepreview.SeverityUnset, is.Severity, is.Title)
		assert.NotEmpty(t, is.Reasons, "an issue says why it is %s", is.Severity)
		assert.LessOrEqual(t, is.Reported, is.Read)
		assert.LessOrEqual(t, is.Read, len(reviews))
		assert.Equal(t, len(is.Names()), is.Reported)
		assert.Contains(t, is.Sources, slices.DeleteFunc(slices.Clone(is.Sources), func(s deepreview.Source) bool { return s.Ref() != is.Lead })[0])
	}
	claims := 0
	for _, rev := range r.Reviews {
		for _, f := range rev.Findings {
			claims++
			assert.Equal(t, 1, decided[deepreview.Ref{Reviewer: rev.Reviewer, ID: f.ID}], "%s/%s has one decision", rev.Reviewer, f.ID)
		}
	}
	given := 0
	for _, rev := range reviews {
		given += len(rev.Findings)
	}
	assert.Equal(t, given, claims, "no finding is lost")
	for _, d := range r.Ledger {
		for _, id := range d.Issues {
			assert.True(t, ids[id], "the ledger names an issue that is there")
		}
	}
}

func TestConsolidateRefusesWhatIsNoPanel(t *testing.T) {
	c := change("a.go")
	other := review("a", c)
	other.Change = "0123456789abcdef"
	for name, tc := range map[string]struct {
		change  *deepreview.Change
		reviews []*deepreview.Review
		want    string
	}{
		"no change":                   {nil, nil, "no change"},
		"a nil review":                {c, []*deepreview.Review{nil}, "review 1 is nil"},
		"a review without a reviewer": {c, []*deepreview.Review{{}}, "names no reviewer"},
		"two reviews of one reviewer": {c, []*deepreview.Review{review("a", c), review("a", c)}, `two reviews are by "a"`},
		"a review of another change":  {c, []*deepreview.Review{other}, "is of the change 0123456789ab"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := new(deepreview.Pipeline).Consolidate(t.Context(), tc.change, tc.reviews)
			assert.ErrorContains(t, err, tc.want)
		})
	}
}

func TestTheVerdictOfAPanel(t *testing.T) {
	c := change("a.go", "b.go")
	clean := review("ann", c)
	failed := review("bob", c)
	failed.Failure = &deepreview.Failure{Kind: deepreview.FailureTimeout, Message: "stopped"}
	half := review("cy", c)
	half.Coverage = half.Coverage[:1]
	scanned := review("rules", c)
	for i := range scanned.Coverage {
		scanned.Coverage[i].Depth = deepreview.DepthScanned
	}
	skipped := &deepreview.Review{Reviewer: "dee", Failure: &deepreview.Failure{Kind: deepreview.FailureSkipped, Message: "no key"}}
	unstated := &deepreview.Review{Reviewer: "eve"}
	rate := func(s deepreview.Severity) *deepreview.Pipeline {
		return &deepreview.Pipeline{Calibrate: func(deepreview.Case) deepreview.Calibration {
			return deepreview.Calibration{Severity: s, Reasons: []string{"said so"}}
		}}
	}
	bug := review("ann", c, finding("1", deepreview.SeverityImportant, "it breaks", "a.go:3"))
	for name, tc := range map[string]struct {
		pipeline *deepreview.Pipeline
		reviews  []*deepreview.Review
		want     deepreview.VerdictKind
		missing  string
	}{
		"everything read and nothing found":      {rate(0), []*deepreview.Review{clean}, deepreview.VerdictMerge, ""},
		"only suggestions":                       {rate(deepreview.SeveritySuggestion), []*deepreview.Review{bug}, deepreview.VerdictMerge, ""},
		"an important issue":                     {rate(deepreview.SeverityImportant), []*deepreview.Review{bug}, deepreview.VerdictMergeWithFixes, ""},
		"a critical issue":                       {rate(deepreview.SeverityCritical), []*deepreview.Review{bug}, deepreview.VerdictRework, ""},
		"a critical issue outweighs a failure":   {rate(deepreview.SeverityCritical), []*deepreview.Review{bug, failed}, deepreview.VerdictRework, "bob did not finish (timeout)"},
		"a reviewer failed":                      {rate(deepreview.SeverityImportant), []*deepreview.Review{bug, failed}, deepreview.VerdictIncomplete, "bob did not finish (timeout)"},
		"a file that nobody read":                {rate(0), []*deepreview.Review{half}, deepreview.VerdictIncomplete, "1 of 2 files read by nobody: b.go"},
		"a file that only another read":          {rate(0), []*deepreview.Review{half, clean}, deepreview.VerdictMerge, ""},
		"only rules ran":                         {rate(0), []*deepreview.Review{scanned}, deepreview.VerdictIncomplete, "Mechanical checks only; nobody read this change"},
		"a reviewer that skipped is not missing": {rate(0), []*deepreview.Review{clean, skipped}, deepreview.VerdictMerge, ""},
		"everybody skipped":                      {rate(0), []*deepreview.Review{skipped}, deepreview.VerdictIncomplete, "no reviewer ran"},
		"nobody was there":                       {rate(0), nil, deepreview.VerdictIncomplete, "no reviewer ran"},
		"a review that states no coverage":       {rate(0), []*deepreview.Review{unstated}, deepreview.VerdictIncomplete, "2 of 2 files read by nobody: a.go, b.go"},
	} {
		t.Run(name, func(t *testing.T) {
			r := consolidate(t, tc.pipeline, c, tc.reviews...)
			assert.Equal(t, tc.want, r.Verdict.Kind)
			assert.NotEmpty(t, r.Verdict.Reason)
			if tc.missing == "" {
				assert.Empty(t, r.Verdict.Missing)
			} else {
				assert.Contains(t, r.Verdict.Missing, tc.missing)
			}
		})
	}
}

func TestRulingsAreFollowedWhereTheySpeak(t *testing.T) {
	c := change("a.go", "b.go")
	ann := review("ann", c,
		finding("1", deepreview.SeverityCritical, "the token is logged", "a.go:2"),
		finding("2", deepreview.SeverityImportant, "the error is swallowed", "a.go:7"),
		finding("3", deepreview.SeverityImportant, "naming is odd", "b.go:1"),
		finding("4", deepreview.SeveritySuggestion, "the cache never shrinks", "b.go:9"))
	ann.Notes = []*deepreview.Note{
		{ID: "n1", Kind: deepreview.NoteStrength, Text: "small functions"},
		{ID: "n2", Kind: deepreview.NoteUntested, Text: "nothing tests a full disk", Risk: deepreview.RiskHigh},
	}
	bob := review("bob", c, finding("1", deepreview.SeverityImportant, "a failure goes unseen", "b.go:4"))
	bob.Notes = []*deepreview.Note{{ID: "n1", Kind: deepreview.NoteStrength, Text: "easy to read"}}
	ref := func(s string) (r deepreview.Ref) {
		require.NoError(t, r.UnmarshalText([]byte(s)))
		return r
	}
	p := &deepreview.Pipeline{Rulings: []deepreview.Ruling{
		{Claims: []deepreview.Ref{ref("bob/1"), ref("ann/2")}, Severity: deepreview.SeverityImportant, Title: "errors are lost", Reason: "both end in the same handler"},
		{Claims: []deepreview.Ref{ref("ann/1")}, Outcome: deepreview.OutcomeDropped, Drop: deepreview.DropFalsePositive, Reason: "the token is a digest"},
		{Claims: []deepreview.Ref{ref("ann/3")}, Outcome: deepreview.OutcomeDemoted, Reason: "taste"},
		{Claims: []deepreview.Ref{ref("ann/n1"), ref("bob/n1")}},
		{Claims: []deepreview.Ref{ref("ann/n2")}, Outcome: deepreview.OutcomeDropped, Drop: deepreview.DropOverscoped, Reason: "another change"},
		{Claims: []deepreview.Ref{ref("cy/9")}},
	}}
	r := consolidate(t, p, c, bob, ann)

	require.Len(t, r.Issues, 2)
	first := r.Issues[0]
	assert.Equal(t, "I1", first.Number)
	assert.Equal(t, "errors are lost", first.Title)
	assert.Equal(t, ref("bob/1"), first.Lead)
	assert.Equal(t, []string{"ann", "bob"}, first.Names())
	assert.Equal(t, "b.go:4", first.Locations[0].String(), "the lead's place is the first")
	assert.Contains(t, first.Reasons[0], "both end in the same handler")
	assert.Equal(t, "the cache never shrinks", r.Issues[1].Title, "what no ruling names is consolidated as ever")

	type fate struct {
		outcome deepreview.Outcome
		drop    deepreview.DropKind
	}
	fates := map[string]fate{}
	for _, d := range r.Ledger {
		fates[d.Claim.String()] = fate{d.Outcome, d.Drop}
		assert.True(t, (d.Outcome == deepreview.OutcomeDropped) == (d.Drop != ""), "a drop, and only a drop, has a kind")
	}
	assert.Equal(t, map[string]fate{
		"ann/1":  {deepreview.OutcomeDropped, deepreview.DropFalsePositive},
		"ann/2":  {deepreview.OutcomeMerged, ""},
		"ann/3":  {deepreview.OutcomeDemoted, ""},
		"ann/4":  {deepreview.OutcomeKept, ""},
		"ann/n2": {deepreview.OutcomeDropped, deepreview.DropOverscoped},
		"bob/1":  {deepreview.OutcomeKept, ""},
	}, fates)
	strengths := r.NotesOf(deepreview.NoteStrength)
	require.Len(t, strengths, 1)
	assert.Equal(t, []string{"ann", "bob"}, strengths[0].Names())
	concerns := r.NotesOf(deepreview.NoteConcern)
	require.Len(t, concerns, 1)
	assert.Equal(t, "naming is odd", concerns[0].Title)
	assert.Empty(t, r.NotesOf(deepreview.NoteUntested))
	assert.Equal(t, []string{"A ruling names cy/9, which is no claim of any review."}, r.Warnings)
	card := r.Scorecards[0]
	assert.Equal(t, 1, card.DroppedAs(deepreview.DropFalsePositive))
	assert.Equal(t, 4, card.Raised.Total())
	assert.Equal(t, 2, card.Observations+r.Scorecards[1].Observations)
}

func TestACoverageMissIsTheFileOneCalledCleanThatAnotherCited(t *testing.T) {
	c := change("a.go", "b.go")
	wide := finding("1", deepreview.SeverityImportant, "the lock is not held while the map is written", "a.go:3")
	wide.Locations = append(wide.Locations, deepreview.Location{Path: "b.go", Start: 5})
	same := finding("1", deepreview.SeverityImportant, "the map is written while the lock is not held", "a.go:3")
	ann, bob, cy := review("ann", c, wide), review("bob", c, same), review("cy", c)
	scans := review("scans", c)
	for i := range scans.Coverage {
		scans.Coverage[i].Depth = deepreview.DepthScanned
	}
	p := &deepreview.Pipeline{Rulings: []deepreview.Ruling{{
		Claims: []deepreview.Ref{{Reviewer: "ann", ID: "1"}, {Reviewer: "bob", ID: "1"}}, Severity: deepreview.SeverityImportant,
	}}}
	r := consolidate(t, p, c, ann, bob, cy, scans)
	misses := map[string]int{}
	for _, s := range r.Scorecards {
		misses[s.Reviewer] = len(s.Misses)
	}
	assert.Equal(t, map[string]int{
		"ann":   0,
		"bob":   1, // raised it at a.go, and called b.go clean
		"cy":    1, // called both clean: once an issue
		"scans": 0, // rules do not read
	}, misses)
}

// panelOf makes a panel of reviewers that raise some of the same problems in words of their own.
func panelOf(rng *rand.Rand, c *deepreview.Change) []*deepreview.Review {
	problems := []string{
		"the connection pool leaks when Dial fails", "parseHeader accepts a negative length", "retries are not bounded in fetchAll",
		"the temporary file is never removed", "cacheKey ignores the tenant", "shutdown does not wait for the flusher",
	}
	var reviews []*deepreview.Review
	for i := range 3 + rng.IntN(3) {
		var findings []*deepreview.Finding
		for j, p := range problems {
			if rng.IntN(2) == 0 {
				words := strings.Fields(p)
				if rng.IntN(2) == 0 {
					words = append([]string{"in", "practice"}, words...)
				}
				f := finding(fmt.Sprint(j), deepreview.Severities()[rng.IntN(3)], strings.Join(words, " "), fmt.Sprintf("f%d.go:%d", j%3, 1+rng.IntN(9)))
				findings = append(findings, f)
			}
		}
		reviews = append(reviews, review(fmt.Sprintf("r%d", i), c, findings...))
	}
	return reviews
}

func TestTheOrderOfReviewsAndFindingsDoesNotMatter(t *testing.T) {
	c := change("f0.go", "f1.go", "f2.go")
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 1))
		reviews := panelOf(rng, c)
		want := consolidate(t, new(deepreview.Pipeline), c, reviews...)
		rng.Shuffle(len(reviews), func(i, j int) { reviews[i], reviews[j] = reviews[j], reviews[i] })
		shuffled := consolidate(t, new(deepreview.Pipeline), c, reviews...)
		assert.Equal(t, jsonOf(t, want), jsonOf(t, shuffled), "seed %d", seed)

		for i, rev := range reviews {
			own := *rev
			own.Findings = slices.Clone(rev.Findings)
			rng.Shuffle(len(own.Findings), func(i, j int) { own.Findings[i], own.Findings[j] = own.Findings[j], own.Findings[i] })
			reviews[i] = &own
		}
		inside := consolidate(t, new(deepreview.Pipeline), c, reviews...)
		assert.Equal(t, issuesOf(want), issuesOf(inside), "seed %d", seed)
	}
}

func jsonOf(t *testing.T, r *deepreview.Report) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, r.WriteJSON(&b))
	return b.String()
}

// issuesOf returns what an issue is, without what hangs on the order of findings in a review.
func issuesOf(r *deepreview.Report) []string {
	var out []string
	for _, is := range r.Issues {
		var refs []string
		for _, s := range is.Sources {
			refs = append(refs, s.Ref().String())
		}
		slices.Sort(refs)
		out = append(out, fmt.Sprint(is.Number, is.ID, is.Title, is.Severity, is.Lead, refs))
	}
	return out
}

func TestACopyByAnotherReviewerAddsAVoteAndNothingElse(t *testing.T) {
	c := change("f0.go", "f1.go", "f2.go")
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 2))
		reviews := panelOf(rng, c)
		before := consolidate(t, new(deepreview.Pipeline), c, reviews...)
		if len(before.Issues) == 0 {
			continue
		}
		is := before.Issues[rng.IntN(len(before.Issues))]
		var original *deepreview.Finding
		for _, f := range before.Review(is.Lead.Reviewer).Findings {
			if f.ID == is.Lead.ID {
				original = f
			}
		}
		after := consolidate(t, new(deepreview.Pipeline), c, append(slices.Clone(reviews), review("zcopy", c, original))...)
		groups := func(r *deepreview.Report) []string {
			var out []string
			for _, is := range r.Issues {
				var refs []string
				for _, s := range is.Sources {
					if s.Reviewer != "zcopy" {
						refs = append(refs, s.Ref().String())
					}
				}
				out = append(out, strings.Join(refs, " "))
			}
			slices.Sort(out)
			return out
		}
		assert.Equal(t, groups(before), groups(after), "seed %d: nothing is regrouped", seed)
		for _, now := range after.Issues {
			if now.RaisedBy(is.Lead.Reviewer) && now.Sources[0].Ref() == is.Sources[0].Ref() {
				assert.Equal(t, is.Reported+1, now.Reported, "seed %d: one more vote", seed)
				assert.GreaterOrEqual(t, now.Severity, is.Severity, "seed %d", seed)
			}
		}
	}
}

func TestSeveralClaimsOfOneReviewerAreOneVote(t *testing.T) {
	c := change("a.go")
	f := finding("1", deepreview.SeverityImportant, "the retry loop never ends", "a.go:3")
	again := *f
	again.ID = "2"
	r := consolidate(t, new(deepreview.Pipeline), c, review("ann", c, f, &again), review("bob", c))
	require.Len(t, r.Issues, 1, "a reviewer's exact repeat is one issue")
	assert.Equal(t, 1, r.Issues[0].Reported)
	assert.Equal(t, 2, r.Issues[0].Read)
	assert.Len(t, r.Issues[0].Sources, 2, "the repeat is kept as a source")
}

func TestACallersSimilarityDecides(t *testing.T) {
	c := change("a.go")
	ann := review("ann", c, finding("1", deepreview.SeverityImportant, "one thing", "a.go:3"))
	bob := review("bob", c, finding("1", deepreview.SeverityImportant, "quite another", "a.go:9"))
	never := &deepreview.Pipeline{Similarity: func([]*deepreview.Finding) func(i, j int) float64 {
		return func(i, j int) float64 { return 0.49 }
	}}
	always := &deepreview.Pipeline{Similarity: func([]*deepreview.Finding) func(i, j int) float64 {
		return func(i, j int) float64 { return 0.51 }
	}}
	assert.Len(t, consolidate(t, never, c, ann, bob).Issues, 2)
	assert.Len(t, consolidate(t, always, c, ann, bob).Issues, 1)
}

func TestAReviewThatIsNonsenseIsHeldAllTheSame(t *testing.T) {
	c := change("a.go")
	key := "AKIA" + "QX7BNTR2LMZK5W3V"
	rev := review("odd", c,
		&deepreview.Finding{Title: "no ID"},
		&deepreview.Finding{ID: "finding1", Title: "an ID that would be made up"},
		&deepreview.Finding{ID: "x", Title: "twice"}, &deepreview.Finding{ID: "x", Title: "the same ID"},
		&deepreview.Finding{ID: "y", Title: "bytes \xff\xfe", Severity: 15, Confidence: 7, Detail: "the key is " + key},
		&deepreview.Finding{ID: "z", Title: "lines backwards", Locations: []deepreview.Location{{Path: "a.go", Start: 9, End: 2}}},
		&deepreview.Finding{ID: "a/b", Title: "a slash"})
	rev.Coverage = append(rev.Coverage, deepreview.Coverage{Path: "a.go", Status: deepreview.CoverageUnreviewed, Reason: "too long"})
	r := consolidate(t, new(deepreview.Pipeline), c, rev)
	assert.Equal(t, 7, r.Scorecards[0].Raised.Total())
	got := r.Reviews[0]
	assert.NotContains(t, jsonOf(t, r), key)
	assert.GreaterOrEqual(t, len(got.Repairs), 7, "%q", got.Repairs)
	cov, _ := got.CoverageOf("a.go")
	assert.Equal(t, deepreview.CoverageUnreviewed, cov.Status, "of two statements the lesser counts")
	assert.Equal(t, "bytes \xff\xfe", rev.Findings[4].Title, "the caller's own review is not touched")
}

func TestWhatWasDeclinedStaysDeclinedUntilItsCodeChanges(t *testing.T) {
	c := change("a.go", "b.go")
	f := finding("1", deepreview.SeverityImportant, "the retry loop never ends", "a.go:3")
	first := consolidate(t, new(deepreview.Pipeline), c, review("ann", c, f))
	round := &deepreview.Round{Number: 1, Issues: first.Issues, Resolutions: []deepreview.Resolution{{
		Issue: first.Issues[0].ID, As: deepreview.ResolvedDeclined, Why: "bounded by the caller",
	}}}

	again := change("a.go", "b.go")
	again.Previous = round
	reworded := finding("7", deepreview.SeverityCritical, "endless loop on retry", "a.go:3")
	r := consolidate(t, new(deepreview.Pipeline), again, review("bob", again, reworded))
	assert.Empty(t, r.Issues)
	require.Len(t, r.Prior, 1)
	assert.Equal(t, deepreview.StatusDeclined, r.Prior[0].Status)
	assert.Equal(t, deepreview.OutcomeDeclined, r.Ledger[0].Outcome)
	assert.Contains(t, r.Ledger[0].Reason, "bounded by the caller")

	again.Files[0].Hunks[0].Body = strings.Replace(again.Files[0].Hunks[0].Body, "line 3 of", "another line of", 1)
	r = consolidate(t, new(deepreview.Pipeline), again, review("bob", again, reworded))
	require.Len(t, r.Issues, 1, "its code changed")
	assert.Equal(t, deepreview.StatusNew, r.Issues[0].Status, "other words about other code")
	r = consolidate(t, new(deepreview.Pipeline), again, review("bob", again, f))
	require.Len(t, r.Issues, 1)
	assert.Equal(t, deepreview.StatusReopened, r.Issues[0].Status)
	assert.Equal(t, first.Issues[0].ID, r.Issues[0].ID)
	assert.Contains(t, r.Issues[0].StatusReason, "bounded by the caller; but its code has changed since")

	expired := *round
	expired.Resolutions = slices.Clone(round.Resolutions)
	expired.Resolutions[0].Expires = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	later := change("a.go", "b.go")
	later.Previous = &expired
	r = consolidate(t, &deepreview.Pipeline{Date: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)}, later, review("bob", later, reworded))
	require.Len(t, r.Issues, 1)
	assert.Equal(t, deepreview.StatusPersisting, r.Issues[0].Status)
}

func TestAnEarlierIssueIsFixedOnlyWhereSomebodyLooked(t *testing.T) {
	c := change("a.go")
	first := consolidate(t, new(deepreview.Pipeline), c, review("ann", c, finding("1", deepreview.SeverityImportant, "the retry loop never ends", "a.go:3")))
	status := func(now *deepreview.Change, rev *deepreview.Review) deepreview.RoundStatus {
		now.Previous = &deepreview.Round{Number: 1, Issues: first.Issues}
		r := consolidate(t, new(deepreview.Pipeline), now, rev)
		require.Len(t, r.Prior, 1)
		return r.Prior[0].Status
	}
	mended := change("a.go")
	mended.Files[0].Hunks[0].Body = strings.Replace(mended.Files[0].Hunks[0].Body, "line 3 of", "bounded line of", 1)
	assert.Equal(t, deepreview.StatusFixed, status(mended, review("bob", mended)))
	assert.Equal(t, deepreview.StatusPersisting, status(c, review("bob", c)), "silence about unchanged code is no fix")
	assert.Equal(t, deepreview.StatusNotExamined, status(mended, &deepreview.Review{Reviewer: "bob"}), "nobody looked")
}
