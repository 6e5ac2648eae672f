package deepreview_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
)

// similarBy is a caller's similarity: by the pairs listed, as "a b", between findings with these titles.
func similarBy(pairs map[string]float64) func([]*deepreview.Finding) func(i, j int) float64 {
	return func(fs []*deepreview.Finding) func(i, j int) float64 {
		return func(i, j int) float64 {
			return max(pairs[fs[i].Title+" "+fs[j].Title], pairs[fs[j].Title+" "+fs[i].Title])
		}
	}
}

func TestAClaimThatSupportsTwoIssuesNamesItsPrimaryFirst(t *testing.T) {
	c := change("a.go")
	for _, stronger := range []string{"first", "last"} {
		p := &deepreview.Pipeline{Similarity: similarBy(map[string]float64{
			"umbrella first": .7, "umbrella last": .7, "umbrella " + stronger: .9,
		})}
		r := consolidate(t, p, c,
			review("ann", c, finding("1", deepreview.SeverityImportant, "first", "a.go:1")),
			review("bob", c, finding("1", deepreview.SeverityImportant, "umbrella", "a.go:5")),
			review("cyd", c, finding("1", deepreview.SeverityImportant, "last", "a.go:9")))
		require.Len(t, r.Issues, 2)
		for _, d := range r.Ledger {
			if d.Title != "umbrella" {
				assert.Len(t, d.Issues, 1)
				continue
			}
			require.Len(t, d.Issues, 2)
			primary, second := r.Issue(d.Issues[0]), r.Issue(d.Issues[1])
			other := map[string]string{"first": "ann", "last": "cyd"}[stronger]
			assert.True(t, primary.RaisedBy(other), "the primary issue is the one it is most like")
			assert.False(t, second.RaisedBy(other))
			assert.True(t, second.RaisedBy("bob"), "it supports the other too")
			assert.NotEqual(t, deepreview.Ref{Reviewer: "bob", ID: "1"}, second.Lead, "and does not speak for it")
		}
	}
}

func TestEveryMergeSaysWhy(t *testing.T) {
	c := change("f0.go", "f1.go", "f2.go")
	merges := 0
	for seed := range uint64(20) {
		r := consolidate(t, new(deepreview.Pipeline), c, panelOf(rand.New(rand.NewPCG(seed, 3)), c)...)
		for _, is := range r.Issues {
			sources := map[deepreview.Ref]bool{}
			for _, s := range is.Sources {
				sources[s.Ref()] = true
			}
			assert.Len(t, is.Merges, len(is.Sources)-1, "%s: each claim but one joined by a step of its own", is.Title)
			for _, m := range is.Merges {
				merges++
				assert.True(t, sources[m.Claim] && sources[m.With], "a merge is between claims of its issue")
				assert.NotEqual(t, m.Claim, m.With)
				assert.GreaterOrEqual(t, m.Score, m.Threshold)
				require.NotEmpty(t, m.Evidence)
				if m.Score < 1 {
					assert.True(t, strings.HasPrefix(m.Evidence[0].Name, "words in both: "), m.Evidence[0].Name)
				}
			}
		}
	}
	assert.Greater(t, merges, 50)
}

func TestOneReviewersClaimsAreNotMergedForBeingNear(t *testing.T) {
	c := change("a.go")
	r := consolidate(t, new(deepreview.Pipeline), c, review("ann", c,
		finding("1", deepreview.SeverityImportant, "`fetchAll` retries without a bound", "a.go:3"),
		finding("2", deepreview.SeverityImportant, "`fetchAll` logs each retry without a bound on the size", "a.go:3"),
		finding("3", deepreview.SeverityImportant, "`fetchAll` retries without a bound", "a.go:3")))
	assert.Len(t, r.Issues, 2, "the third repeats the first")
}

// BenchmarkConsolidate is a review of common size: three reviewers, thirty findings of about 120 words on ten files.
func BenchmarkConsolidate(b *testing.B) {
	c, reviews := commonReview()
	p := new(deepreview.Pipeline)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Consolidate(b.Context(), c, reviews); err != nil {
			b.Fatal(err)
		}
	}
}

func commonReview() (*deepreview.Change, []*deepreview.Review) {
	rng := rand.New(rand.NewPCG(1, 1))
	var paths []string
	for i := range 10 {
		paths = append(paths, fmt.Sprintf("pkg/part%d/file%d.go", i%3, i))
	}
	c := change(paths...)
	words := make([]string, 1500)
	for i := range words {
		letters := make([]byte, 4+rng.IntN(6))
		for j := range letters {
			letters[j] = byte('a' + rng.IntN(26))
		}
		words[i] = string(letters)
	}
	text := func(n int, topic []string) string {
		var out strings.Builder
		for i := range n {
			w := words[int(float64(len(words))*rng.Float64()*rng.Float64())]
			if i%3 == 0 {
				w = topic[rng.IntN(len(topic))]
			}
			out.WriteString(w + " ")
		}
		return out.String()
	}
	var reviews []*deepreview.Review
	for k := range 3 {
		var findings []*deepreview.Finding
		for i := range 10 {
			topic := words[100+(i+5*k)*40:][:40]
			f := finding(fmt.Sprint(i), deepreview.SeverityImportant, text(9, topic), fmt.Sprintf("%s:%d", paths[(i+5*k)%10], 1+rng.IntN(9)))
			f.Detail = text(100, topic) + "\n\n```go\n" + text(12, topic) + "\n```\n"
			f.Fix = &deepreview.Fix{Text: text(20, topic)}
			findings = append(findings, f)
		}
		reviews = append(reviews, review(fmt.Sprint("reviewer", k), c, findings...))
	}
	return c, reviews
}
