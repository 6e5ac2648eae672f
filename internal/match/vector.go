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
	doc      int   // the first of them, in canonical order an arbitrary choice without consequence
	docs     []int // all of them
	groups   []int // who wrote them, ascending
	places   []place
	mentions []place // lines that the text speaks of; without a file where it names none
	uses     []use   // ascending by id
	phrases  []uint64
	symbol   []string
	cat      string
	level    int
	weights
}

// weights is what a model makes of a node's words.
type weights struct {
	terms     []term             // ascending by id
	norm      float64            // of the weights of all terms; 0 where none
	norms     [termKinds]float64 // of the terms of each kind, by bit
	plain     float64            // of the stems
	mass      float64            // sum of weights
	heading   float64            // sum of weights of the title's words
	headNames float64            // and of the identifiers among them
	words     int                // number of distinct terms
	sense     []float64          // the direction of what the words mean; nil where none is known
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
	df       []int32    // in how many nodes each occurs
	weighed  *Model     // whose weights the terms have; nil before
	wordy    float64    // words of a document on average
	partners []partners // each node's best partners, once edges are weighed
}

// newSet orders docs canonically, takes exact copies together if collapse is set, and reads their words. Documents ruled
// apart are never taken together.
func newSet(docs []Doc, rulings []Ruling, collapse bool) *set {
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
	s.read()
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

// token is a word by its number, with its kind.
type token struct {
	id   int32
	kind tokenKind
}

// reader finds the words of one node after the other.
type reader struct {
	s   *set
	ids map[string]int32
	// known are the tokens of compounds, most of which come again and again, by what they depend on besides the text:
	// whether it is certainly code, and whether it is a fix.
	known [2][2]map[string][]token
	last  []int32  // of each word, the node it was last seen in, counted from 1
	at    []int32  // and its place in that node's uses
	order []uint64 // scratch
}

// read finds the words of all nodes, and what else of them no model changes.
func (s *set) read() {
	size := 0
	for k := range s.nodes {
		d := &s.docs[s.nodes[k].doc]
		size += len(d.Title) + len(d.Body) + len(d.Quote) + len(d.Fix)
	}
	// A guess that spares most of the growing: a new word each forty bytes.
	r := &reader{s: s, ids: make(map[string]int32, size/40)}
	for code := range r.known {
		for fix := range r.known[code] {
			r.known[code][fix] = map[string][]token{}
		}
	}
	for k := range s.nodes {
		r.read(int32(k))
	}
}

func (r *reader) read(k int32) {
	n := &r.s.nodes[k]
	d := &r.s.docs[n.doc]
	size := len(d.Title) + len(d.Body) + len(d.Quote) + len(d.Fix)
	n.uses, n.phrases = make([]use, 0, 8+size/10), make([]uint64, 0, 8+size/10)
	var before uint64
	each := func(text string, at field, code bool) {
		for _, t := range r.tokens(text, at, code) {
			if r.last[t.id] != k+1 {
				r.last[t.id], r.at[t.id] = k+1, int32(len(n.uses))
				n.uses = append(n.uses, use{id: t.id, ident: t.kind == wholeName, concept: t.kind == concept})
				r.s.df[t.id]++
			}
			u := &n.uses[r.at[t.id]]
			if t.kind == plainWord {
				u.plain = true
			}
			if t.kind == plainWord || t.kind == partOfName {
				if at < inBlock && before != 0 {
					n.phrases = append(n.phrases, before<<32|uint64(t.id)+1)
				}
				before = uint64(t.id) + 1
			}
			if u.at[at] < math.MaxUint16 {
				u.at[at]++
			}
		}
	}
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
	readMarkdown(title, inTitle, each)
	readMarkdown(body, inProse, each)
	readWords(d.Quote, inBlock, true, each)
	readMarkdown(d.Fix, inFix, each)
	n.uses = r.ordered(n.uses)
	slices.Sort(n.phrases)
	n.phrases = slices.Compact(n.phrases)
	n.locate(d)
	n.mentions = mentions(d.Body)
}

// ordered returns uses ascending by id. Sorting plain numbers is several times as fast as sorting the uses.
func (r *reader) ordered(uses []use) []use {
	r.order = r.order[:0]
	for i, u := range uses {
		r.order = append(r.order, uint64(u.id)<<32|uint64(i))
	}
	slices.Sort(r.order)
	out := make([]use, len(uses))
	for i, x := range r.order {
		out[i] = uses[uint32(x)]
	}
	return out
}

// tokens returns the tokens of a compound.
func (r *reader) tokens(text string, at field, code bool) []token {
	known := r.known[bit(code)][bit(at == inFix)]
	ts, seen := known[text]
	if seen {
		return ts
	}
	readCompound(text, at, code, func(name string, _ field, kind tokenKind) {
		id, known := r.ids[name]
		if !known {
			id = int32(len(r.s.names))
			r.ids[name] = id
			r.s.names, r.s.df = append(r.s.names, name), append(r.s.df, 0)
			r.last, r.at = append(r.last, 0), append(r.at, 0)
		}
		ts = append(ts, token{id, kind})
	})
	known[text] = ts
	return ts
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// weigh weighs the words of all nodes as m says.
func (s *set) weigh(m *Model) {
	s.weighed = m
	rarity := make([]float64, len(s.names))
	senses := make([][]float32, len(s.names))
	n := float64(len(s.nodes))
	share := n / (n + m.Shrink) * m.Local
	for id, name := range s.names {
		here := math.Log((n+1)/float64(s.df[id])) / math.Log(n+1)
		rarity[id] = share*here + (1-share)*m.rarityElsewhere(name)
		senses[id] = m.Sense[name]
	}
	s.wordy = 0
	for k := range s.nodes {
		s.nodes[k].weigh(rarity, m)
		s.nodes[k].feel(senses)
		s.wordy += float64(s.nodes[k].words) / n
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

func (n *node) weigh(rarity []float64, m *Model) {
	n.weights = weights{terms: slices.Grow(n.terms[:0], len(n.uses))}
	for _, u := range n.uses {
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
				n.headNames += t.weight
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

// feel sums up what the words mean.
func (n *node) feel(senses [][]float32) {
	for _, t := range n.terms {
		v := senses[t.id]
		if v == nil {
			continue
		}
		if n.sense == nil {
			n.sense = make([]float64, len(v))
		}
		for d, x := range v {
			n.sense[d] += t.weight * float64(x)
		}
	}
	unit(n.sense)
}

func unit(v []float64) {
	sum := 0.0
	for _, x := range v {
		sum += x * x
	}
	if sum == 0 {
		return
	}
	sum = math.Sqrt(sum)
	for d := range v {
		v[d] /= sum
	}
}

func dot(a, b []float64) float64 {
	if len(a) != len(b) {
		return 0
	}
	sum := 0.0
	for i, x := range a {
		sum += x * b[i]
	}
	return sum
}
