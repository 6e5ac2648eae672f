package main

import (
	"cmp"
	"flag"
	"fmt"
	"hash/fnv"
	"log"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/deepreview-go/deepreview/internal/corpus"
	"github.com/deepreview-go/deepreview/internal/match"
)

var trio = []string{"claude", "copilot", "gemini"}

// source is one corpus with its docs.
type source struct {
	c      *corpus.Corpus
	docs   [][]match.Doc // per change
	folds  []int
	panels []panel
}

// panel is the findings of three of a corpus's reviewers.
type panel struct {
	names   []string
	changes []corpus.Change
	docs    [][]match.Doc
}

func docsOf(fs []corpus.Finding) []match.Doc {
	groups := map[string]int{}
	out := make([]match.Doc, len(fs))
	for i, f := range fs {
		g, ok := groups[f.Reviewer]
		if !ok {
			g = len(groups)
			groups[f.Reviewer] = g
		}
		d := match.Doc{Group: g, Title: f.Title, Body: f.Body, Fix: f.Fix, Category: f.Category, Level: map[string]int{"suggestion": 1, "important": 2, "critical": 3}[f.Severity]}
		for _, l := range f.Places() {
			d.Places = append(d.Places, match.Place{Path: l.Path, Start: l.Start, End: l.End})
		}
		out[i] = d
	}
	return out
}

func load(dir, name string, k int, seed string) *source {
	c, err := corpus.Load(filepath.Join(dir, name))
	if err != nil {
		log.Fatal(err)
	}
	s := &source{c: c}
	for i := range c.Changes {
		s.docs = append(s.docs, docsOf(c.Changes[i].Findings))
		h := fnv.New32a()
		h.Write([]byte(seed + c.Changes[i].Fold()))
		s.folds = append(s.folds, int(h.Sum32()>>3)%k)
	}
	if name == "martian" {
		for _, names := range [][]string{
			trio,
			{"claude", "augment", "bugbot"}, {"gemini", "coderabbit", "qodo"}, {"copilot", "greptile", "devin"}, {"propel", "qodo-v2", "greptile-v4"},
			{"claude", "greptile-v4", "coderabbit"}, {"gemini", "augment", "devin"}, {"copilot", "qodo-v2", "bugbot"},
			{"claude", "qodo", "propel"}, {"augment", "coderabbit", "copilot"}, {"gemini", "greptile", "qodo-v2"}, {"baz", "bugbot", "greptile-v4"},
		} {
			p := panel{names: names, changes: c.Panel(names)}
			for i := range p.changes {
				p.docs = append(p.docs, docsOf(p.changes[i].Findings))
			}
			s.panels = append(s.panels, p)
		}
	}
	return s
}

// example is one labelled pair.
type example struct {
	x      match.Features
	y      float64
	weight float64
	fold   int
	corp   int
}

func share(a, b []string) bool {
	for _, x := range a {
		if slices.Contains(b, x) {
			return true
		}
	}
	return false
}

type weights struct{ deep, mart, ext, aacr, trio float64 }

func examples(ss []*source, m *match.Model, w weights) []example {
	var out []example
	learn := func(si int, s *source, changes []corpus.Change, all [][]match.Doc, by float64) {
		for i, docs := range all {
			fs := changes[i].Findings
			for _, p := range match.Examine(docs, m) {
				if p.OneGroup {
					continue
				}
				a, b := s.c.Truth.Findings[fs[p.A].ID], s.c.Truth.Findings[fs[p.B].ID]
				e := example{x: p.Features, fold: s.folds[i], corp: si}
				switch s.c.Name {
				case "deepreview":
					e.weight = w.deep
					if a.Cluster == b.Cluster {
						e.y = 1
					}
				case "martian":
					ma, mb := len(a.Issues) > 0, len(b.Issues) > 0
					switch {
					case ma && mb:
						e.weight = w.mart
						if share(a.Issues, b.Issues) {
							e.y = 1
						}
					case ma && b.Status == corpus.Unmatched || mb && a.Status == corpus.Unmatched:
						e.weight = w.ext
					default:
						continue
					}
				case "aacr":
					e.weight = w.aacr
				}
				e.weight *= by
				out = append(out, e)
			}
		}
	}
	for si, s := range ss {
		learn(si, s, s.c.Changes, s.docs, 1)
		if w.trio > 0 {
			for _, p := range s.panels {
				learn(si, s, p.changes, p.docs, w.trio)
			}
		}
	}
	return out
}

// fit is logistic regression with ridge penalty by Newton's method on the kinds listed.
func fit(ex []example, kinds []match.Kind, ridge float64, skip int) (match.Features, float64) {
	d := len(kinds) + 1
	beta := make([]float64, d)
	for range 25 {
		g := make([]float64, d)
		h := make([][]float64, d)
		for i := range h {
			h[i] = make([]float64, d)
		}
		x := make([]float64, d)
		for i := range ex {
			e := &ex[i]
			if e.fold == skip {
				continue
			}
			x[0] = 1
			for j, k := range kinds {
				x[j+1] = e.x[k]
			}
			z := 0.0
			for j := range x {
				z += beta[j] * x[j]
			}
			p := 1 / (1 + math.Exp(-z))
			r := e.weight * (p - e.y)
			v := e.weight * p * (1 - p)
			for a := range x {
				if x[a] == 0 {
					continue
				}
				g[a] += r * x[a]
				for b := 0; b <= a; b++ {
					h[a][b] += v * x[a] * x[b]
				}
			}
		}
		for a := range d {
			for b := 0; b < a; b++ {
				h[b][a] = h[a][b]
			}
			if a > 0 {
				g[a] += ridge * beta[a]
				h[a][a] += ridge
			}
			h[a][a] += 1e-6
		}
		step := solve(h, g)
		big := 0.0
		for a := range beta {
			beta[a] -= step[a]
			big = max(big, math.Abs(step[a]))
		}
		if big < 1e-6 {
			break
		}
	}
	var f match.Features
	for j, k := range kinds {
		f[k] = beta[j+1]
	}
	return f, beta[0]
}

func solve(a [][]float64, b []float64) []float64 {
	n := len(b)
	b = slices.Clone(b)
	for i := range n {
		p := i
		for r := i + 1; r < n; r++ {
			if math.Abs(a[r][i]) > math.Abs(a[p][i]) {
				p = r
			}
		}
		a[i], a[p] = a[p], a[i]
		b[i], b[p] = b[p], b[i]
		for r := i + 1; r < n; r++ {
			f := a[r][i] / a[i][i]
			for c := i; c < n; c++ {
				a[r][c] -= f * a[i][c]
			}
			b[r] -= f * b[i]
		}
	}
	x := make([]float64, n)
	for i := n - 1; i >= 0; i-- {
		s := b[i]
		for c := i + 1; c < n; c++ {
			s -= a[i][c] * x[c]
		}
		x[i] = s / a[i][i]
	}
	return x
}

// background counts words over pull requests not in fold skip.
func background(ss []*source, skip int) (map[string]int, int) {
	seen := map[string]map[string]bool{}
	prs := map[string]bool{}
	for _, s := range ss {
		for i, docs := range s.docs {
			if s.folds[i] == skip {
				continue
			}
			pr := s.c.Changes[i].Fold()
			prs[pr] = true
			for _, d := range docs {
				for _, t := range match.Tokens(d) {
					if seen[t] == nil {
						seen[t] = map[string]bool{}
					}
					seen[t][pr] = true
				}
			}
		}
	}
	out := map[string]int{}
	for t, in := range seen {
		if len(in) >= 3 {
			out[t] = len(in)
		}
	}
	return out, len(prs)
}

func predict(changes []corpus.Change, docs [][]match.Doc, model func(i int) *match.Model) []corpus.Prediction {
	var out []corpus.Prediction
	for i, ds := range docs {
		if len(ds) == 0 {
			continue
		}
		r := match.Cluster(ds, match.Options{Model: model(i)})
		for g, members := range r.Groups {
			add := func(d int) {
				f := changes[i].Findings[d]
				out = append(out, corpus.Prediction{Change: f.Change, ID: f.ID, Issue: strconv.Itoa(g), Severity: f.Severity})
			}
			add(r.Speakers[g])
			for _, d := range members {
				if d != r.Speakers[g] {
					add(d)
				}
			}
		}
	}
	return out
}

type figures struct {
	pairs, b3, mart, ext corpus.PRF
	over                 float64
	any, rep             float64
	issues               int
	anys, reps           float64    // mean over all panels
	pairs3, ext3         corpus.PRF // martian pairs inside panels
}

func (f figures) String() string {
	return fmt.Sprintf("pairs %.3f (%.2f/%.2f) b3 %.3f | mart %.3f (%.2f/%.2f) ext %.3f (%.2f) | over %.3f | any %.3f rep %.3f n%d all %.3f %.3f pairs %.3f %.3f",
		f.pairs.F1, f.pairs.Precision, f.pairs.Recall, f.b3.F1, f.mart.F1, f.mart.Precision, f.mart.Recall, f.ext.F1, f.ext.Precision, f.over, f.any, f.rep, f.issues, f.anys, f.reps, f.pairs3.F1, f.ext3.F1)
}

// worth is what training maximises: figures relative to their goals.
func (f figures) worth() float64 {
	soft := func(x, goal float64) float64 { return min(x-goal, 0)*3 + (x - goal) }
	return soft(f.pairs.F1, .87) + 2*soft(f.b3.F1, .97) + soft(f.mart.F1, .91) + soft(f.ext.F1, .80) + soft(-f.over, -.11) + soft(f.anys, .48) + .3*soft(f.reps, .42) + .1*soft(f.any, .52)
}

func must[T any](x T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return x
}

func score(ss []*source, model func(s *source, i int) *match.Model) figures {
	var f figures
	for _, s := range ss {
		p := predict(s.c.Changes, s.docs, func(i int) *match.Model { return model(s, i) })
		switch s.c.Name {
		case "deepreview":
			f.pairs = must(corpus.Pairs(s.c, p)).PRF()
			f.b3 = must(corpus.BCubed(s.c, p))
		case "martian":
			a, b, err := corpus.GoldenPairs(s.c, p)
			must(0, err)
			f.mart, f.ext = a.PRF(), b.PRF()
			var matched, extended corpus.Counts
			for k, panel := range s.panels {
				pp := predict(panel.changes, panel.docs, func(i int) *match.Model { return model(s, i) })
				ps := must(corpus.Panel(s.c, pp, panel.names, corpus.TwoVotes))
				if k == 0 {
					f.any, f.rep, f.issues = ps.Any.PRF().F1, ps.Rep.PRF().F1, ps.Issues
				}
				f.anys += ps.Any.PRF().F1 / float64(len(s.panels))
				f.reps += ps.Rep.PRF().F1 / float64(len(s.panels))
				sub := *s.c
				sub.Changes = panel.changes
				a, b, err := corpus.GoldenPairs(&sub, pp)
				must(0, err)
				matched = corpus.Counts{Both: matched.Both + a.Both, Predicted: matched.Predicted + a.Predicted, True: matched.True + a.True}
				extended = corpus.Counts{Both: extended.Both + b.Both, Predicted: extended.Predicted + b.Predicted, True: extended.True + b.True}
			}
			f.pairs3, f.ext3 = matched.PRF(), extended.PRF()
		case "aacr":
			f.over = must(corpus.OverMerge(s.c, p)).Value()
		}
	}
	return f
}

func main() {
	dir := flag.String("data", "/work/shared/data", "")
	k := flag.Int("folds", 6, "")
	mode := flag.String("mode", "cv", "")
	set := flag.String("set", "", "")
	seed := flag.String("seed", "", "")
	drop := flag.String("drop", "", "")
	flag.Parse()
	ss := []*source{load(*dir, "deepreview", *k, *seed), load(*dir, "martian", *k, *seed), load(*dir, "aacr", *k, *seed)}
	params := map[string]float64{"title": 2, "prose": 1, "code": 1.2, "block": .4, "fix": .5, "ident": 1.5, "sharp": 1, "local": 1, "shrink": 5, "ridge": 0.3, "deep": 3, "mart": .5, "ext": .1, "concept": .5, "aacr": .3, "same": .75, "t": .3, "every": 4, "rounds": 0, "depth": 2, "rate": .1, "lambda": 5, "minh": 5, "lin": 0, "repel": 0, "logit": 0, "trio": .4}
	for kv := range strings.FieldsSeq(strings.ReplaceAll(*set, ",", " ")) {
		key, v, _ := strings.Cut(kv, "=")
		if _, ok := params[key]; !ok {
			log.Fatal(key)
		}
		params[key] = must(strconv.ParseFloat(v, 64))
	}
	kinds := []match.Kind{}
	for i := range match.Kinds {
		if !strings.Contains(*drop, ","+i.String()+",") {
			kinds = append(kinds, i)
		}
	}
	var first []match.Kind
	for _, k := range kinds {
		if k < match.Relative {
			first = append(first, k)
		}
	}
	build := func(skip int) *match.Model {
		m := &match.Model{Identifier: params["ident"], Concept: params["concept"], Sharpness: params["sharp"], Local: params["local"], Shrink: params["shrink"], SameGroup: params["same"], Repel: params["repel"], Logit: params["logit"], Threshold: .5, Second: .6}
		m.Field = [5]float64{params["title"], params["prose"], params["code"], params["block"], params["fix"]}
		m.Elsewhere, m.Changes = background(ss, skip)
		return m
	}
	models := make([]*match.Model, *k)
	for f := range *k {
		models[f] = build(f)
		ex := examples(ss, models[f], weights{params["deep"], params["mart"], params["ext"], params["aacr"], params["trio"]})
		models[f].First, models[f].FirstBias = fit(ex, first, params["ridge"], f)
		ex = examples(ss, models[f], weights{params["deep"], params["mart"], params["ext"], params["aacr"], params["trio"]})
		models[f].Weight, models[f].Bias = fit(ex, kinds, params["ridge"], f)
		if params["rounds"] > 0 {
			m := models[f]
			if params["lin"] == 0 {
				m.Weight, m.Bias = match.Features{}, -3
			}
			m.Trees = boost(ex, kinds, f, int(params["rounds"]), int(params["depth"]), params["rate"], params["lambda"], params["minh"], func(x *match.Features) float64 {
				z := m.Bias
				for k, v := range x {
					z += m.Weight[k] * v
				}
				return z
			})
		}
	}
	if *mode == "fn" || *mode == "fp" {
		for f := range models {
			models[f].Threshold = params["t"]
		}
		printErrors(ss[0], func(i int) *match.Model { return models[ss[0].folds[i]] }, *mode, int(params["every"]))
		return
	}
	best, bestT := math.Inf(-1), 0.0
	for _, t := range []float64{.2, .25, .3, .35, .4, .45, .5, .55, .6, .65} {
		for f := range models {
			models[f].Threshold = t
		}
		f := score(ss, func(s *source, i int) *match.Model { return models[s.folds[i]] })
		fmt.Printf("t %.2f  %s  worth %.3f\n", t, f, f.worth())
		if f.worth() > best {
			best, bestT = f.worth(), t
		}
	}
	fmt.Println("best", bestT, best)
	type kw struct {
		k match.Kind
		w float64
	}
	var l []kw
	for _, k := range kinds {
		l = append(l, kw{k, models[0].Weight[k]})
	}
	slices.SortFunc(l, func(a, b kw) int { return cmp.Compare(math.Abs(b.w), math.Abs(a.w)) })
	for _, x := range l {
		fmt.Printf("%s %.2f  ", x.k, x.w)
	}
	fmt.Printf("bias %.2f\n", models[0].Bias)
}
