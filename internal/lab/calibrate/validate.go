package main

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"math"
	"slices"

	"github.com/deepreview-go/deepreview/internal/calibrate"
)

// validate prints how well models do on samples they were not trained on. The groups of matched are those that the
// matcher makes, where those of training are gold.
func validate(training, matched []*sample, repeats int) {
	byPull := func(s *sample) string { return s.fold }
	byRepo := func(s *sample) string { return s.repo }
	fmt.Println("| split | severity, gold groups | alone · company | severity, own groups | survival AUC, gold | own | own, not settled earlier | tools' ranking AUC | log loss | severity, none stated |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|---|")
	line := func(name string, a, b figures) {
		fmt.Printf("| %s | %.4f | %.4f · %.4f | %.4f | %.4f | %.4f | %.4f | %.4f | %.4f | %.4f |\n", name, a.severity(), a.alone(), a.company(), b.severity(), a.survival(), b.survival(), b.unsettled(), a.ranking(), a.loss(), a.words())
	}
	a, b := held(training, matched, byPull)
	line("each pull request by the others", a, b)
	a, b = held(training, matched, byRepo)
	line("each repository by the others", a, b)

	var sumA, sumB figures
	for n := range repeats {
		third := func(s *sample) string {
			h := fnv.New64a()
			fmt.Fprint(h, n, s.fold)
			return fmt.Sprint(h.Sum64() >> 7 % 3)
		}
		for _, part := range groups(training, third) {
			m := train(without(training, third, part))
			a, b := measure(m, only(training, third, part)), measure(m, only(matched, third, part))
			sumA.average(&a)
			sumB.average(&b)
		}
	}
	line(fmt.Sprintf("thirds, %d times, mean within", repeats), sumA, sumB)
	m := train(training)
	line("apparent", measure(m, training), measure(m, matched))
	diagram(training, byPull)
}

func held(training, matched []*sample, group func(*sample) string) (a, b figures) {
	for _, g := range groups(training, group) {
		m := train(without(training, group, g))
		x, y := measure(m, only(training, group, g)), measure(m, only(matched, group, g))
		a.pool(&x)
		b.pool(&y)
	}
	return a, b
}

func groups(samples []*sample, group func(*sample) string) []string {
	var out []string
	for _, s := range samples {
		out = append(out, group(s))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func only(samples []*sample, group func(*sample) string, g string) []*sample {
	return slices.DeleteFunc(slices.Clone(samples), func(s *sample) bool { return group(s) != g })
}

func without(samples []*sample, group func(*sample) string, g string) []*sample {
	return slices.DeleteFunc(slices.Clone(samples), func(s *sample) bool { return group(s) == g })
}

// scored is a probability with what happened.
type scored struct {
	p   float64
	yes bool
}

// figures are counts and scores, or means of measures where they were averaged.
type figures struct {
	hit, of   [2]float64 // alone, in company
	hidden    float64
	kept      []scored
	open      []scored // kept without what an earlier round had settled
	ranked    []scored
	n         float64
	means     [8]float64
	meansOnly bool
}

func measure(m *calibrate.Model, samples []*sample) (f figures) {
	rater := m.With(nil)
	for _, s := range samples {
		r := rater.Rate(s.c)
		unrated := rater.Rate(s.unrated).Level
		for _, o := range s.claims {
			if !s.led {
				f.ranked = append(f.ranked, scored{r.Survival, o.kept})
				continue
			}
			f.kept = append(f.kept, scored{r.Survival, o.kept})
			if !o.earlier {
				f.open = append(f.open, scored{r.Survival, o.kept})
			}
			if !o.kept {
				continue
			}
			company := min(len(s.claims)-1, 1)
			f.of[company]++
			if r.Level == o.final {
				f.hit[company]++
			}
			if unrated == o.final {
				f.hidden++
			}
		}
	}
	return f
}

func (f *figures) pool(o *figures) {
	for i := range f.hit {
		f.hit[i] += o.hit[i]
		f.of[i] += o.of[i]
	}
	f.hidden += o.hidden
	f.kept, f.open, f.ranked = append(f.kept, o.kept...), append(f.open, o.open...), append(f.ranked, o.ranked...)
}

// average keeps the means of the measures: scores of different models are not compared.
func (f *figures) average(o *figures) {
	f.meansOnly = true
	f.n++
	for i, v := range []float64{o.severity(), o.alone(), o.company(), o.survival(), o.ranking(), o.loss(), o.words(), o.unsettled()} {
		f.means[i] += (v - f.means[i]) / f.n
	}
}

func (f *figures) get(i int, otherwise func() float64) float64 {
	if f.meansOnly {
		return f.means[i]
	}
	return otherwise()
}

func (f *figures) severity() float64 {
	return f.get(0, func() float64 { return (f.hit[0] + f.hit[1]) / (f.of[0] + f.of[1]) })
}
func (f *figures) alone() float64    { return f.get(1, func() float64 { return f.hit[0] / f.of[0] }) }
func (f *figures) company() float64  { return f.get(2, func() float64 { return f.hit[1] / f.of[1] }) }
func (f *figures) survival() float64 { return f.get(3, func() float64 { return auc(f.kept) }) }

// unsettled is survival without the claims dropped because an earlier round had settled them.
func (f *figures) unsettled() float64 { return f.get(7, func() float64 { return auc(f.open) }) }
func (f *figures) ranking() float64   { return f.get(4, func() float64 { return auc(f.ranked) }) }

// words is severity where the severities raised were kept from the model.
func (f *figures) words() float64 {
	return f.get(6, func() float64 { return f.hidden / (f.of[0] + f.of[1]) })
}

func (f *figures) loss() float64 {
	return f.get(5, func() float64 {
		sum := 0.0
		for _, s := range f.open {
			if s.yes {
				sum -= math.Log(s.p)
			} else {
				sum -= math.Log(1 - s.p)
			}
		}
		return sum / float64(len(f.open))
	})
}

// auc is the probability that a yes scores above a no, ties counting half.
func auc(all []scored) float64 {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b scored) int { return cmp.Compare(a.p, b.p) })
	var wins, below, yes float64
	for i := 0; i < len(all); {
		var y, n float64
		j := i
		for ; j < len(all) && all[j].p == all[i].p; j++ {
			if all[j].yes {
				y++
			} else {
				n++
			}
		}
		wins += y * (below + n/2)
		below, yes, i = below+n, yes+y, j
	}
	return wins / (yes * below)
}

// diagram prints how often what is said to survive does, each pull request by a model of the others.
func diagram(training []*sample, byPull func(*sample) string) {
	f, _ := held(training, nil, byPull)
	slices.SortStableFunc(f.open, func(a, b scored) int { return cmp.Compare(a.p, b.p) })
	fmt.Println("\nWithout what an earlier round had settled:\n\n| said to survive | did | claims |\n|---|---|---|")
	const parts = 8
	for i := range parts {
		part := f.open[len(f.open)*i/parts : len(f.open)*(i+1)/parts]
		var p, yes float64
		for _, s := range part {
			p += s.p
			if s.yes {
				yes++
			}
		}
		fmt.Printf("| %.2f | %.2f | %d |\n", p/float64(len(part)), yes/float64(len(part)), len(part))
	}
}
