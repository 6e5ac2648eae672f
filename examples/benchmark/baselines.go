package main

import (
	"math"
	"regexp"
	"strings"

	"github.com/deepreview-go/deepreview"
)

// A Similarity is a published rule, in the form that [deepreview.Pipeline] takes.
type Similarity = func([]*deepreview.Finding) func(i, j int) float64

// baseline is a rule to compare with.
type baseline struct {
	name string
	rule Similarity
}

// baselines are the rules that other tools publish, read from their code in November 2026, and two plain ones.
var baselines = []baseline{
	{"no merging", pairwise(func(a, b *deepreview.Finding) bool { return false })},
	{"same file, ±5 lines, same category (star-chamber)", pairwise(func(a, b *deepreview.Finding) bool {
		return near(a, b, 5) && a.Category == b.Category
	})},
	{"the same, category ignored", pairwise(func(a, b *deepreview.Finding) bool { return near(a, b, 5) })},
	{"file, category, ±5 lines, text ≥ 0.85 (calimero)", pairwise(func(a, b *deepreview.Finding) bool {
		return near(a, b, 5) && a.Category == b.Category && 0.6*jaccard(a.Title, b.Title)+0.4*jaccard(a.Detail, b.Detail) >= 0.85
	})},
	{"same file, overlap, Jaccard ≥ 0.3 (bkyoung)", pairwise(func(a, b *deepreview.Finding) bool {
		return near(a, b, 0) && jaccard(a.Title+" "+a.Detail, b.Title+" "+b.Detail) >= 0.3
	})},
	{"TF-IDF of the change, average linkage, cut at .25", tfidf(.25)},
}

// pairwise makes a similarity of a rule that says yes or no.
func pairwise(same func(a, b *deepreview.Finding) bool) Similarity {
	return func(fs []*deepreview.Finding) func(i, j int) float64 {
		return func(i, j int) float64 {
			if same(fs[i], fs[j]) {
				return 1
			}
			return 0
		}
	}
}

// near reports whether the primary places are in one file and at most so many lines apart.
func near(a, b *deepreview.Finding, lines int) bool {
	if len(a.Locations) == 0 || len(b.Locations) == 0 {
		return false
	}
	p, q := a.Locations[0], b.Locations[0]
	return p.Path == q.Path && p.Start-lines <= q.Last() && q.Start-lines <= p.Last()
}

var word = regexp.MustCompile(`[\pL\pN_]+`)

func words(text string) []string { return word.FindAllString(strings.ToLower(text), -1) }

// jaccard is the share of words that two texts have in common.
func jaccard(a, b string) float64 {
	in := map[string]bool{}
	for _, w := range words(a) {
		in[w] = false
	}
	both, union := 0, len(in)
	for _, w := range words(b) {
		seen, ok := in[w]
		switch {
		case !ok:
			union++
			in[w] = true
		case !seen:
			both++
			in[w] = true
		}
	}
	if union == 0 {
		return 0
	}
	return float64(both) / float64(union)
}

// tfidf is the cosine of all words, weighed by their rarity in the change alone, and scaled so that cut becomes 0.5.
func tfidf(cut float64) Similarity {
	return func(fs []*deepreview.Finding) func(i, j int) float64 {
		vectors := make([]map[string]float64, len(fs))
		count := map[string]float64{}
		for i, f := range fs {
			vectors[i] = map[string]float64{}
			for _, w := range words(f.Title + " " + f.Detail) {
				vectors[i][w]++
			}
			for w := range vectors[i] {
				count[w]++
			}
		}
		for _, v := range vectors {
			var norm float64
			for w, n := range v {
				v[w] = (1 + math.Log(n)) * math.Log((1+float64(len(fs)))/count[w])
			}
			for _, w := range sortedKeys(v) { // summed in one order, or the last digit would differ from run to run
				norm += v[w] * v[w]
			}
			for w := range v {
				v[w] /= math.Sqrt(norm)
			}
		}
		return func(i, j int) float64 {
			a, b := vectors[i], vectors[j]
			var sum float64
			for _, w := range sortedKeys(a) {
				sum += a[w] * b[w]
			}
			return min(1, sum*0.5/cut)
		}
	}
}
