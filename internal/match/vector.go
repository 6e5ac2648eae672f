package match

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// term is one word of a node with its weight.
type term struct {
	id     int32
	kind   termKind
	weight float64 // how much the word says: rarity by how often and where it stands
	rarity float64 // 0 everywhere .. 1 nowhere else
}

// termKind tells in which company a word counts.
type termKind uint8

const (
	isIdentifier termKind = 1 << iota
	isTitle
	isProse
	isBlock
	isFix
	isConcept
	isPlain
)

// termKinds is how many of them a norm is kept for.
const termKinds = 7

// node is what exact copies of one document have in common.
type node struct {
	doc     int   // the first of them, in canonical order an arbitrary choice without consequence
	docs    []int // all of them
	groups  []int // who wrote them, ascending
	places  []place
	terms   []term // ascending by id
	symbol  []string
	cat     string
	level   int
	norm    float64            // of the weights of all terms; 0 where none
	norms   [termKinds]float64 // of the terms of each kind, by bit
	plain   float64            // of the stems
	mass    float64            // sum of weights
	headIds float64
	heading float64 // sum of weights of the title's words
	words   int     // number of distinct terms
}

// place is a Place in the form it is compared in.
type place struct {
	path, base string
	start, end int
}

// set is the documents of one call in canonical order.
type set struct {
	docs     []Doc
	nodes    []node
	names    []string   // the distinct terms
	partners []partners // each node's best partners, once edges are weighed
}

// newSet orders docs canonically, takes exact copies together if collapse is set, and weighs their words. Documents
// ruled apart are never taken together.
func newSet(docs []Doc, m *Model, rulings []Ruling, collapse bool) *set {
	apart := map[int]bool{}
	for _, r := range rulings {
		if !r.Same {
			apart[r.A], apart[r.B] = true, true
		}
	}
	order := make([]int, len(docs))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(compareContent(&docs[a], &docs[b]), cmp.Compare(docs[a].Group, docs[b].Group), cmp.Compare(a, b))
	})
	s := &set{docs: docs}
	for k, i := range order {
		if collapse && k > 0 && !apart[i] && !apart[order[k-1]] && compareContent(&docs[order[k-1]], &docs[i]) == 0 {
			n := &s.nodes[len(s.nodes)-1]
			n.docs = append(n.docs, i)
			if !slices.Contains(n.groups, docs[i].Group) {
				n.groups = append(n.groups, docs[i].Group)
			}
			continue
		}
		s.nodes = append(s.nodes, node{doc: i, docs: []int{i}, groups: []int{docs[i].Group}})
	}
	s.weigh(m)
	return s
}

// compareContent orders documents by all that they say, leaving out who wrote them.
func compareContent(a, b *Doc) int {
	return cmp.Or(
		strings.Compare(a.Title, b.Title),
		strings.Compare(a.Body, b.Body),
		slices.CompareFunc(a.Places, b.Places, func(p, q Place) int {
			return cmp.Or(strings.Compare(p.Path, q.Path), cmp.Compare(p.Start, q.Start), cmp.Compare(p.End, q.End))
		}),
		strings.Compare(a.Fix, b.Fix),
		strings.Compare(a.Quote, b.Quote),
		slices.Compare(a.Symbols, b.Symbols),
		strings.Compare(a.Category, b.Category),
		cmp.Compare(a.Level, b.Level),
	)
}

// use is how often a word stands where in one document.
type use struct {
	id      int32
	ident   bool
	concept bool
	plain   bool // somewhere outside code
	at      [fields]uint16
}

// weigh reads all nodes' words and weighs them.
func (s *set) weigh(m *Model) {
	ids := map[string]int32{}
	var names []string
	var df []int32
	all := make([][]use, len(s.nodes))
	at := map[int32]int{}
	for k := range s.nodes {
		clear(at)
		var uses []use
		out := func(token string, where field, kind tokenKind) {
			id, known := ids[token]
			if !known {
				id = int32(len(names))
				ids[token] = id
				names = append(names, token)
				df = append(df, 0)
			}
			j, seen := at[id]
			if !seen {
				j = len(uses)
				at[id] = j
				uses = append(uses, use{id: id, ident: kind == wholeName, concept: kind == concept})
				df[id]++
			}
			if kind == plainWord {
				uses[j].plain = true
			}
			if uses[j].at[where] < math.MaxUint16 {
				uses[j].at[where]++
			}
		}
		d := &s.docs[s.nodes[k].doc]
		title, body := d.Title, d.Body
		if title == "" {
			title, body = firstClause(body)
		}
		// Many reviewers give the fix at the end of the body too: read once, as fix.
		if d.Fix != "" {
			if i := strings.LastIndex(body, d.Fix); i >= 0 {
				body = body[:i] + " " + body[i+len(d.Fix):]
			}
		}
		readMarkdown(title, inTitle, out)
		readMarkdown(body, inProse, out)
		readWords(d.Quote, inBlock, true, out)
		readMarkdown(d.Fix, inFix, out)
		all[k] = uses
	}
	s.names = names
	rarity := make([]float64, len(names))
	n := float64(len(s.nodes))
	share := n / (n + m.Shrink) * m.Local
	for id, name := range names {
		here := math.Log((n+1)/float64(df[id])) / math.Log(n+1)
		rarity[id] = share*here + (1-share)*m.rarityElsewhere(name)
	}
	for k := range s.nodes {
		s.nodes[k].fill(all[k], rarity, m)
		s.nodes[k].locate(&s.docs[s.nodes[k].doc])
	}
}

// firstClause takes the first clause of a body that has no title as its title.
func firstClause(body string) (title, rest string) {
	body = strings.TrimSpace(body)
	end := len(body)
	for _, stop := range []string{"\n", ". ", "; ", " - ", " — "} {
		if i := strings.Index(body, stop); i > 0 {
			end = min(end, i)
		}
	}
	return body[:end], body[end:]
}

func (n *node) fill(uses []use, rarity []float64, m *Model) {
	slices.SortFunc(uses, func(a, b use) int { return cmp.Compare(a.id, b.id) })
	n.terms = make([]term, 0, len(uses))
	for _, u := range uses {
		tf := 0.0
		for f, count := range u.at {
			tf += m.Field[f] * min(float64(count), 3)
		}
		if tf == 0 {
			continue
		}
		t := term{id: u.id, rarity: rarity[u.id]}
		t.weight = math.Pow(t.rarity, m.Sharpness) * math.Log1p(tf)
		if u.ident {
			t.kind |= isIdentifier
			t.weight *= m.Identifier
		}
		if u.plain {
			t.kind |= isPlain
		}
		if u.concept {
			t.kind |= isConcept
			t.weight *= m.Concept
		}
		if u.at[inTitle] > 0 {
			t.kind |= isTitle
			n.heading += t.weight
			if u.ident {
				n.headIds += t.weight
			}
		}
		if u.at[inTitle]+u.at[inProse]+u.at[inCode] > 0 {
			t.kind |= isProse
		}
		if u.at[inBlock] > 0 {
			t.kind |= isBlock
		}
		if u.at[inFix] > 0 {
			t.kind |= isFix
		}
		n.terms = append(n.terms, t)
		w2 := t.weight * t.weight
		n.norm += w2
		n.mass += t.weight
		if !u.ident {
			n.plain += w2
		}
		for bit := range termKinds {
			if t.kind&(1<<bit) != 0 {
				n.norms[bit] += w2
			}
		}
		n.words++
	}
	n.norm, n.plain = math.Sqrt(n.norm), math.Sqrt(n.plain)
	for bit := range n.norms {
		n.norms[bit] = math.Sqrt(n.norms[bit])
	}
}

func (n *node) locate(d *Doc) {
	for _, p := range d.Places {
		if p.Path == "" {
			continue
		}
		q := place{path: strings.TrimPrefix(strings.TrimPrefix(strings.ReplaceAll(p.Path, `\`, "/"), "./"), "/")}
		q.base = q.path[strings.LastIndexByte(q.path, '/')+1:]
		// Some authors give a range backwards.
		q.start, q.end = min(p.Start, p.End), max(p.Start, p.End)
		if q.start <= 0 {
			q.start = q.end
		}
		n.places = append(n.places, q)
	}
	for _, symbol := range d.Symbols {
		if symbol = strings.ToLower(strings.TrimSpace(symbol)); symbol != "" && !slices.Contains(n.symbol, symbol) {
			n.symbol = append(n.symbol, symbol)
		}
	}
	n.cat, n.level = strings.ToLower(strings.TrimSpace(d.Category)), d.Level
	slices.Sort(n.groups)
}
