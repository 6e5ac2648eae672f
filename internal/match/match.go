// Package match finds out which documents say the same. A document is one claim of one author about a piece of
// code: a few words, perhaps with places, a quote, a fix. The package knows nothing of reviews.
//
// What flows:
//
//	[]Doc ─ canonical order, exact copies taken together
//	      ─ words and identifiers (words.go), weighed by how rare they are here and elsewhere (vector.go)
//	      ─ candidate pairs by inverted index (candidate.go)
//	      ─ evidence for each pair (evidence.go), weighed into a probability by [Model] (model.go)
//	      ─ average linkage over the sparse graph (cluster.go)
//	Result: groups, why each was merged, who speaks for it, what is in doubt (result.go)
//
// Cost grows about linearly with the number of documents. The result depends on the documents alone, not on
// their order.
package match

import (
	"cmp"
	"slices"
)

// Doc is one claim. Everything but Group is optional: evidence that is absent counts neither for nor against.
type Doc struct {
	// Group says who wrote it: documents of one group are held to be different claims unless nearly identical.
	Group int
	// Title, Body and Fix are Markdown. Fenced blocks, inline code and paths are recognised in them.
	Title, Body, Fix string
	// Quote is code the document cites.
	Quote string
	// Places are what it is about, the primary one first.
	Places []Place
	// Symbols are the functions or types around its places.
	Symbols []string
	// Category is a word for its kind; only equality counts, and little.
	Category string
	// Level is its gravity on any scale that grows; 0 means not given; only equality counts, and little.
	Level int
}

// Place is a range of lines, counted from 1, both ends inclusive. End 0 means Start; Start 0 the whole file.
type Place struct {
	Path       string
	Start, End int
}

// Options adjusts [Cluster]. The zero value is the shipped configuration.
type Options struct {
	// Similarity replaces the built-in evidence: how likely docs i and j, indexes into the argument of Cluster,
	// are the same, on any scale that Threshold is on; 0 is the similarity of what has nothing in common. It must
	// be symmetric and is called once for a pair. It is asked about every pair of up to 1,000 documents, and
	// beyond that about those that share a word or a place. Nil means the built-in evidence.
	Similarity func(i, j int) float64
	// Threshold is the mean similarity at which two clusters become one. 0 means the model's.
	Threshold float64
	// Rulings are decisions taken elsewhere; they hold whatever the evidence says. Where two contradict each
	// other, keeping apart wins.
	Rulings []Ruling
	// Model replaces the shipped weights, as the training program does. Nil means the shipped ones.
	Model *Model
}

// Ruling says whether docs A and B are the same.
type Ruling struct {
	A, B int
	Same bool
}

// Cluster groups docs by what they claim.
func Cluster(docs []Doc, opt Options) *Result {
	return (&Reading{newSet(docs, opt.Rulings, opt.Similarity == nil)}).Cluster(opt)
}

// Reading is documents whose words are found, which is most of the work: who tries several models reads once. It is
// not for concurrent use.
type Reading struct{ s *set }

// Read reads docs, to be clustered without rulings and by evidence.
func Read(docs []Doc) *Reading { return &Reading{newSet(docs, nil, true)} }

// Cluster groups the documents by what they claim. Rulings that keep apart exact copies are not obeyed.
func (r *Reading) Cluster(opt Options) *Result {
	m := opt.Model
	if m == nil {
		m = Shipped()
	}
	r.weigh(m)
	s := r.s
	var edges []edge
	if opt.Similarity == nil {
		edges = s.edges(m)
	} else {
		edges = s.asked(opt.Similarity)
	}
	l := s.link(edges, cmp.Or(opt.Threshold, m.Threshold), opt.Rulings)
	return s.report(l, edges, m, opt.Similarity == nil)
}

func (r *Reading) weigh(m *Model) {
	if r.s.weighed != m {
		r.s.weigh(m)
	}
}

// Examined is a pair of docs with the evidence on it: what the training program learns from.
type Examined struct {
	A, B     int
	Features Features
	// OneGroup is set where some group wrote both.
	OneGroup bool
}

// Examine returns the evidence on every pair of docs that has any, exact copies left out.
func (r *Reading) Examine(m *Model) []Examined {
	r.weigh(m)
	var out []Examined
	s := r.s
	s.eachPair(m, func(p pair, f *Features) {
		out = append(out, Examined{s.nodes[p.a].doc, s.nodes[p.b].doc, *f, s.oneGroup(p)})
	})
	return out
}

// Likelihood is how likely two docs of different groups say the same.
type Likelihood struct {
	A, B int
	P    float64
}

// Likelihoods returns how likely docs of different groups say the same, pair by pair, by the shipped weights. Exact copies
// have 1; pairs that have nothing in common are left out.
func Likelihoods(docs []Doc) []Likelihood {
	r, m := Read(docs), Shipped()
	r.weigh(m)
	s := r.s
	var out []Likelihood
	cross := func(a, b []int, p float64) {
		for _, x := range a {
			for _, y := range b {
				if docs[x].Group != docs[y].Group {
					out = append(out, Likelihood{min(x, y), max(x, y), p})
				}
			}
		}
	}
	for _, n := range s.nodes {
		for i := range n.docs {
			cross(n.docs[i:i+1], n.docs[i+1:], 1)
		}
	}
	s.eachPair(m, func(p pair, f *Features) {
		if e := s.edge(p, f, m); e.p >= negligible {
			cross(s.nodes[p.a].docs, s.nodes[p.b].docs, e.p)
		}
	})
	return out
}

// Tokens returns the distinct words and identifiers of a doc as the index knows them, in order.
func Tokens(d Doc) []string { return slices.Sorted(slices.Values(newSet([]Doc{d}, nil, true).names)) }
