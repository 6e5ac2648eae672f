package calibrate_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview/internal/calibrate"
)

func Example() {
	r := calibrate.Shipped().With(nil).Rate(calibrate.Case{Claims: []calibrate.Claim{
		{Reviewer: "ann", Family: "claude", Level: calibrate.Important, Title: "The help text of `set` is stale", Category: "gap"},
		{Reviewer: "bob", Family: "codex", Level: calibrate.Suggestion, Title: "Update the comment on `set`", Category: "enhancement"},
	}})
	fmt.Println(strings.Join(r.Reasons, "\n"))
	// Output:
	// Rated a suggestion, raised as suggestion to important: critical 0%, important 23%, suggestion 77%.
	// ann rated it important; of 137 such claims by reviewers of the claude family 102 stayed important, 2 became critical, 27 became suggestions, 6 were not kept.
	// bob rated it a suggestion; of 47 such claims by reviewers of the codex family 43 stayed suggestions, 4 became important.
	// Of its words "comment", "help text" spoke for less.
	// Raised by 2 of the 2 that read it. It asks for an enhancement.
}

var rater = calibrate.Shipped().With(nil)

// random makes cases of all kinds from a fixed seed; some of their claims are alike.
type random struct{ *rand.Rand }

func pick[T any](r random, from ...T) T { return from[r.IntN(len(from))] }

func (r random) text(most int) string {
	var b strings.Builder
	for range r.IntN(most + 1) {
		b.WriteString(pick(r, "the", "race", "panic", "might", "nit", "typo", "loses", "data loss", "consider", "test", "docs", "comment", "security",
			"`code`", "edge case", "fails", "wrong", "log", "slow", ".", "\n", "```", "~~~", "`", "Überlauf", "\xff", "every user", "unlikely"))
		b.WriteString(pick(r, " ", " ", " ", ", ", ". "))
	}
	return b.String()
}

func (r random) claim() calibrate.Claim {
	c := calibrate.Claim{
		Reviewer: pick(r, "a", "b", "c", "d", ""), Family: pick(r, "claude", "codex", "gemini", "qwen", "gemma", "unheard of", ""),
		Level: r.IntN(4), Title: pick(r, "", r.text(4)), Body: r.text(20), Impact: pick(r, "", r.text(5)),
		Category: pick(r, "regression", "gap", "enhancement", "", "other"), Confidence: pick(r, 0, 0, 0.3, 1),
	}
	for range r.IntN(3) {
		c.Paths = append(c.Paths, pick(r, "a.go", "a_test.go", "docs/a.md", ".github/workflows/x.yml", "vendor/x.go", "", "b.ts"))
	}
	c.Rule = r.IntN(8) == 0
	return c
}

func (r random) problem() calibrate.Case {
	c := calibrate.Case{Contradicted: r.IntN(4) == 0, Verified: r.IntN(3) - 1}
	for range 1 + r.IntN(4) {
		c.Claims = append(c.Claims, r.claim())
	}
	c.Reported = reviewers(c)
	c.Read = c.Reported + r.IntN(4)
	return c
}

func reviewers(c calibrate.Case) int {
	seen := map[string]bool{}
	for _, cl := range c.Claims {
		seen[cl.Reviewer] = true
	}
	return len(seen)
}

func (r random) record() calibrate.Record {
	out := calibrate.Record{}
	for _, name := range []string{"a", "b"} {
		out[name] = &calibrate.Tally{}
		for i := range out[name] {
			for j := range out[name][i] {
				out[name][i][j] = float64(r.IntN(30))
			}
		}
	}
	return out
}

// always checks a property on many random cases, read by the shipped record and by records of one's own.
func always(t *testing.T, check func(t *testing.T, r random, rate func(calibrate.Case) calibrate.Rating, c calibrate.Case)) {
	t.Helper()
	r := random{rand.New(rand.NewPCG(1, 2))}
	own := calibrate.Shipped().With(r.record())
	for i := range 6000 {
		rate := rater.Rate
		if i%3 == 0 {
			rate = own.Rate
		}
		check(t, r, rate, r.problem())
		if t.Failed() {
			return
		}
	}
}

// clone copies a case so that a claim of it can be changed.
func clone(c calibrate.Case) calibrate.Case {
	c.Claims = slices.Clone(c.Claims)
	return c
}

const slack = 1e-12 // for sums in another order

func TestARatingIsWhole(t *testing.T) {
	always(t, func(t *testing.T, _ random, rate func(calibrate.Case) calibrate.Rating, c calibrate.Case) {
		r := rate(c)
		sum := 0.0
		for _, p := range append(r.Odds[:], r.Survival) {
			require.False(t, math.IsNaN(p) || p < 0 || p > 1, "%+v: %+v", c, r)
		}
		for _, p := range r.Odds {
			sum += p
		}
		assert.InDelta(t, 1, sum, 1e-9)
		assert.Contains(t, []int{calibrate.Suggestion, calibrate.Important, calibrate.Critical}, r.Level)
		assert.NotEmpty(t, r.Reasons)
		assert.LessOrEqual(t, len(r.Reasons), 6)
		for _, s := range r.Reasons {
			assert.NotEmpty(t, s)
			assert.Less(t, len(s), 500)
		}
	})
}

func TestTheOrderOfClaimsDoesNotMatter(t *testing.T) {
	always(t, func(t *testing.T, r random, rate func(calibrate.Case) calibrate.Rating, c calibrate.Case) {
		before := rate(c)
		c = clone(c)
		r.Shuffle(len(c.Claims), func(i, j int) { c.Claims[i], c.Claims[j] = c.Claims[j], c.Claims[i] })
		assert.Equal(t, before, rate(c))
	})
}

// below fails the test where severity, in level or odds, is lower after than before.
func notLower(t *testing.T, before, after calibrate.Rating, c calibrate.Case) {
	t.Helper()
	assert.GreaterOrEqual(t, after.Level, before.Level, "%+v", c)
	assert.GreaterOrEqual(t, after.Odds[2], before.Odds[2]-slack, "%+v", c)
	assert.LessOrEqual(t, after.Odds[0], before.Odds[0]+slack, "%+v", c)
}

func TestACopyByAnotherReviewerLowersNothing(t *testing.T) {
	always(t, func(t *testing.T, r random, rate func(calibrate.Case) calibrate.Rating, c calibrate.Case) {
		before := rate(c)
		more := clone(c)
		copied := pick(r, c.Claims...)
		copied.Reviewer, copied.Family = pick(r, "e", "a", "b"), pick(r, "claude", "codex", "gemini", "qwen", "")
		more.Claims = append(more.Claims, copied)
		if n := reviewers(more); n > more.Reported {
			more.Read += pick(r, 0, 1)
			more.Reported = n
			more.Read = max(more.Read, n)
		}
		after := rate(more)
		notLower(t, before, after, c)
		assert.GreaterOrEqual(t, after.Survival, before.Survival-slack, "%+v", c)
	})
}

func TestStrongerImpactLowersNothing(t *testing.T) {
	always(t, func(t *testing.T, r random, rate func(calibrate.Case) calibrate.Rating, c calibrate.Case) {
		before := rate(c)
		more := clone(c)
		impact := pick(r, "This loses data.", "It panics.", "A deadlock.", "Credentials leak.", "It silently corrupts the file.", "Remote attackers exploit it.",
			"It crashes for every user, always.", "The race never ends and fails.")
		cl := &more.Claims[r.IntN(len(c.Claims))]
		switch r.IntN(3) {
		case 0:
			if strings.TrimSpace(cl.Title) == "" {
				return // with a title its first sentence would no longer stand in for one: another text, not a stronger one
			}
			cl.Title += " " + impact
		case 1:
			cl.Body += "\n\n" + impact
		default:
			cl.Impact += "\n\n" + impact
		}
		after := rate(more)
		notLower(t, before, after, c)
		assert.GreaterOrEqual(t, after.Survival, before.Survival-slack, "%+v", c)
	})
}

func TestDoubtRaisesNothing(t *testing.T) {
	always(t, func(t *testing.T, r random, rate func(calibrate.Case) calibrate.Rating, c calibrate.Case) {
		before := rate(c)
		more := clone(c)
		more.Claims[r.IntN(len(c.Claims))].Body += "\n\n" + pick(r, "It might be theoretical.", "Cosmetic nit.", "Consider it. Optional.", "Unlikely in practice.", "Harmless, pre-existing.")
		after := rate(more)
		notLower(t, after, before, c)
		assert.LessOrEqual(t, after.Survival, before.Survival+slack, "%+v", c)
	})
}

func TestASecondLookAndTheCodeMoveSurvivalTheirWay(t *testing.T) {
	always(t, func(t *testing.T, _ random, rate func(calibrate.Case) calibrate.Rating, c calibrate.Case) {
		c.Verified, c.Contradicted = 0, false
		plain, confirmed, refuted, contradicted := rate(c), c, c, c
		confirmed.Verified, refuted.Verified, contradicted.Contradicted = 1, -1, true
		notLower(t, plain, rate(confirmed), c)
		assert.Greater(t, rate(confirmed).Survival, plain.Survival)
		assert.Less(t, rate(refuted).Survival, plain.Survival)
		assert.Less(t, rate(contradicted).Survival, plain.Survival)
	})
}

func TestASeverityRaisedHigherLowersNoLoneClaim(t *testing.T) {
	always(t, func(t *testing.T, _ random, rate func(calibrate.Case) calibrate.Rating, c calibrate.Case) {
		c.Claims, c.Reported = c.Claims[:1], 1
		for level := calibrate.Suggestion; level < calibrate.Critical; level++ {
			lower, higher := clone(c), clone(c)
			lower.Claims[0].Level, higher.Claims[0].Level = level, level+1
			notLower(t, rate(lower), rate(higher), c)
		}
	})
}

func TestTheWeightsKeepTheirBounds(t *testing.T) {
	for h, weights := range calibrate.Shipped().Weights {
		for f, w := range weights {
			low, high := calibrate.Bounds(calibrate.Head(h), calibrate.Feature(f))
			assert.True(t, low <= w && w <= high, "question %d, %s: %v", h, calibrate.Feature(f), w)
		}
	}
}

func TestTheHighestIsNotTakenForGranted(t *testing.T) {
	lone := func(family string, level int) int {
		return rater.Rate(calibrate.Case{Claims: []calibrate.Claim{{Reviewer: "x", Family: family, Level: level, Title: "The loop ends early", Category: "gap"}}}).Level
	}
	assert.Equal(t, calibrate.Important, lone("gemini", calibrate.Critical), "of its 66 criticals on record 8 stayed so")
	assert.Equal(t, calibrate.Critical, lone("claude", calibrate.Critical))
	assert.Equal(t, calibrate.Important, lone("codex", calibrate.Important))
	assert.Equal(t, calibrate.Suggestion, lone("claude", calibrate.Suggestion))
}

func TestWithoutSeveritiesTheWordsDecide(t *testing.T) {
	rate := func(title, category string) calibrate.Rating {
		return rater.Rate(calibrate.Case{Claims: []calibrate.Claim{{Reviewer: "x", Title: title, Category: category}}})
	}
	grave := rate("SQL injection lets attackers delete every row and corrupt the database", "regression")
	assert.GreaterOrEqual(t, grave.Level, calibrate.Important)
	assert.Contains(t, grave.Reasons[0], "no severity was stated, so the words")
	assert.Contains(t, strings.Join(grave.Reasons, "\n"), `"injection"`)
	assert.Equal(t, calibrate.Suggestion, rate("Nit: rename the variable for readability", "enhancement").Level)
	assert.Equal(t, calibrate.Suggestion, rate("", "").Level)
	assert.Greater(t, grave.Odds[2], rate("The function returns early", "").Odds[2])
}

func TestARuleIsTrustedAsConfigured(t *testing.T) {
	for level := calibrate.Suggestion; level <= calibrate.Critical; level++ {
		r := rater.Rate(calibrate.Case{Claims: []calibrate.Claim{{Reviewer: "vet", Rule: true, Level: level, Title: "nit: consider a data loss panic", Paths: []string{"docs/a.md"}}}})
		assert.Equal(t, level, r.Level)
		assert.Contains(t, strings.Join(r.Reasons, "\n"), "vet is a rule, whose severity is taken as configured")
	}
}

func TestOnesOwnRecordTakesOver(t *testing.T) {
	claim := calibrate.Case{Claims: []calibrate.Claim{{Reviewer: "ann", Family: "claude", Level: calibrate.Important, Title: "The loop ends early", Category: "gap"}}}
	with := func(n float64) calibrate.Rating {
		own := calibrate.Record{"ann": {calibrate.Important: {calibrate.Suggestion: n}}}
		return calibrate.Shipped().With(own).Rate(claim)
	}
	assert.Equal(t, rater.Rate(claim), with(0), "an empty record is none")
	last := rater.Rate(claim).Odds[1]
	for _, n := range []float64{1, 5, 20, 100} {
		r := with(n)
		assert.Less(t, r.Odds[1], last, "%v claims", n)
		last = r.Odds[1]
	}
	assert.Equal(t, calibrate.Important, rater.Rate(claim).Level)
	assert.Equal(t, calibrate.Suggestion, with(20).Level)
	assert.Contains(t, with(20).Reasons[1], "of 20 such claims by this reviewer 0 stayed important, 20 became suggestions")
	other := calibrate.Record{"bob": {calibrate.Important: {calibrate.Suggestion: 50}}}
	assert.Equal(t, rater.Rate(claim), calibrate.Shipped().With(other).Rate(claim), "another's record says nothing of ann")
}

func TestVotesAreNeverMoreThanReviewers(t *testing.T) {
	repeated := calibrate.Case{Claims: []calibrate.Claim{{Reviewer: "a", Title: "x"}, {Reviewer: "a", Title: "y"}, {Reviewer: "a", Title: "z"}}}
	once := calibrate.Case{Claims: repeated.Claims[:1]}
	assert.InDelta(t, rater.Rate(once).Survival, rater.Rate(repeated).Survival, 1e-9)
}

func TestOddCasesWork(t *testing.T) {
	for name, c := range map[string]calibrate.Case{
		"nothing":      {},
		"an empty one": {Claims: []calibrate.Claim{{}}},
		"huge text":    {Claims: []calibrate.Claim{{Title: strings.Repeat("crash", 1<<20), Body: strings.Repeat("```\nrace ", 1<<18)}}},
		"odd numbers":  {Claims: []calibrate.Claim{{Level: 99, Confidence: 7}, {Level: -3, Confidence: -1}}, Reported: -4, Read: -9},
	} {
		t.Run(name, func(t *testing.T) {
			r := rater.Rate(c)
			assert.InDelta(t, 1, r.Odds[0]+r.Odds[1]+r.Odds[2], 1e-9)
			for _, s := range r.Reasons {
				assert.Less(t, len(s), 500)
			}
		})
	}
}

func BenchmarkRate(b *testing.B) {
	r := random{rand.New(rand.NewPCG(1, 2))}
	cases := make([]calibrate.Case, 100)
	for i := range cases {
		cases[i] = r.problem()
		for j := range cases[i].Claims {
			cases[i].Claims[j].Body = r.text(150)
		}
	}
	for i := 0; b.Loop(); i++ {
		rater.Rate(cases[i%len(cases)])
	}
}
