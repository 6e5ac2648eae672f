package match

import (
	"math"
	"slices"
	"strings"
)

// Kind names one kind of evidence that two documents say the same.
type Kind uint8

// The kinds of evidence. Each is a number of about 0 to 1, unless it says otherwise.
const (
	// What lies in the words of both.
	Words       Kind = iota // cosine over the stems
	Identifiers             // cosine over whole identifiers, error names and paths
	Titles                  // cosine over the words of both titles
	Text                    // cosine over everything
	Contained               // how much of the shorter one's weight is in the longer one
	Rare                    // rarity of the rarest identifier in both
	Prose                   // cosine over title and prose
	Blocks                  // cosine over fenced code
	Headline                // how much of each one's title is anywhere in the other
	HeadNames               // the same of the identifiers in the titles
	Fixes                   // cosine over the words of both fixes
	Plain                   // cosine over the words neither uses as code alone
	Concepts                // cosine over what words of one meaning stand for
	Meaning                 // cosine over the company their words keep; -1 to 1
	Phrases                 // cosine over pairs of neighbouring words

	// What else lies in them.
	Near       // how close their nearest places are: 1 overlapping, 0 far
	Cited      // how close a line that one speaks of in passing is to a place of the other
	SameFile   // they cite a common file
	OtherFile  // both cite places, in no common file
	Symbols    // they cite a common function or type
	Categories // equal category
	Levels     // equal level

	// What they are like beside the others.
	Bare  // one of them names no identifier
	Brief // the shorter one has few words
	Terse // the longer one has few words
	Wordy // all documents have many words
	Crowd // there are many documents

	// How the pair compares with the pairs that each is in otherwise, by the first guess. These come last: see
	// [Model.First].
	Relative // share of the likeness each has with its best partner
	Mutual   // each is the other's best partner
	Lead     // by how much they are, or miss it; -0.5 to 0.5
	Rival    // share of the likeness each has with its best partner in the other's group
	Chosen   // each is the other's best partner in its group
	Ahead    // by how much they are, or miss it; -0.5 to 0.5
	Kinds    // how many kinds there are
)

var kindNames = [Kinds]string{
	"words", "identifiers", "titles", "text", "contained", "rare identifier", "prose", "code blocks", "title in the other",
	"names in titles", "fixes", "plain words", "concepts", "meaning", "phrases",
	"near", "cited line", "same file", "other file", "same symbol", "category", "severity",
	"no identifiers", "brief", "terse", "wordy", "many findings",
	"relative", "mutual best", "lead", "rival", "best of its reviewer", "ahead of its reviewer",
}

// String returns the kind in words: "rare identifier".
func (k Kind) String() string {
	if k < Kinds {
		return kindNames[k]
	}
	return "unknown evidence"
}

// Features is the evidence on one pair, by [Kind].
type Features [Kinds]float64

// mostPlaces bounds how many places of one document are compared.
const mostPlaces = 12

// own returns the evidence that lies in the two documents themselves.
func (s *set) own(p pair) Features {
	a, b := &s.nodes[p.a], &s.nodes[p.b]
	var f Features
	var all, word, shared float64
	var headA, headB, namesA, namesB float64 // of each one's title: what the other has of it
	var by [termKinds]float64
	for i, j := 0, 0; i < len(a.terms) && j < len(b.terms); {
		x, y := &a.terms[i], &b.terms[j]
		switch {
		case x.id < y.id:
			i++
		case x.id > y.id:
			j++
		default:
			w := x.weight * y.weight
			all += w
			shared += min(x.weight, y.weight)
			both := x.kind & y.kind
			for bit := range termKinds {
				if both&(1<<bit) != 0 {
					by[bit] += w
				}
			}
			if both&isIdentifier != 0 {
				f[Rare] = max(f[Rare], x.rarity)
			} else {
				word += w
			}
			if x.kind&isTitle != 0 {
				if x.kind&isIdentifier != 0 {
					namesA += x.weight
				}
				headA += x.weight
			}
			if y.kind&isTitle != 0 {
				if y.kind&isIdentifier != 0 {
					namesB += y.weight
				}
				headB += y.weight
			}
			i++
			j++
		}
	}
	f[Text] = over(all, a.norm*b.norm)
	f[Words] = over(word, a.plain*b.plain)
	for bit, k := range [termKinds]Kind{Identifiers, Titles, Prose, Blocks, Fixes, Concepts, Plain} {
		f[k] = over(by[bit], a.norms[bit]*b.norms[bit])
	}
	f[Headline] = (over(headA, a.heading) + over(headB, b.heading)) / 2
	f[Contained] = over(shared, min(a.mass, b.mass))
	f[Near], f[SameFile], f[OtherFile] = closeness(a.places, b.places)
	f[HeadNames] = (over(namesA, a.headNames) + over(namesB, b.headNames)) / 2
	for _, symbol := range a.symbol {
		if slices.Contains(b.symbol, symbol) {
			f[Symbols] = 1
		}
	}
	if a.cat != "" && a.cat == b.cat {
		f[Categories] = 1
	}
	if a.level != 0 && a.level == b.level {
		f[Levels] = 1
	}
	if a.norms[0] == 0 || b.norms[0] == 0 {
		f[Bare] = 1
	}
	f[Brief] = 1 / (1 + float64(min(a.words, b.words))/20)
	f[Wordy] = min(1, s.wordy/150)
	f[Terse] = 1 / (1 + float64(max(a.words, b.words))/20)
	f[Phrases] = over(overlap(a.phrases, b.phrases), math.Sqrt(float64(len(a.phrases)*len(b.phrases))))
	f[Cited] = max(cited(a, b), cited(b, a))
	f[Meaning] = dot(a.sense, b.sense)
	f[Crowd] = min(1, math.Log1p(float64(len(s.nodes)))/math.Log(100))
	return f
}

func over(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// closeness compares the places of two documents.
func closeness(a, b []place) (near, same, other float64) {
	if len(a) == 0 || len(b) == 0 {
		return 0, 0, 0
	}
	other = 1
	for i := range min(len(a), mostPlaces) {
		for j := range min(len(b), mostPlaces) {
			p, q := &a[i], &b[j]
			if !sameFile(p, q) {
				continue
			}
			same, other = 1, 0
			if p.start == 0 || q.start == 0 {
				continue
			}
			gap := max(0, p.start-q.end, q.start-p.end)
			n := math.Exp(-float64(gap) / 12)
			// A secondary place is context as often as cause.
			if i > 0 || j > 0 {
				n *= .8
			}
			near = max(near, n)
		}
	}
	return near, same, other
}

// sameFile reports whether two paths can be one: equal, or one given short.
func sameFile(p, q *place) bool {
	if p.base != q.base {
		return false
	}
	return p.path == q.path || strings.HasSuffix(p.path, "/"+q.path) || strings.HasSuffix(q.path, "/"+p.path)
}

// best is what a node knows of its partners in one group: its greatest likeness and the next.
type best struct {
	group         int
	first, second float64
	with          int32
}

func (b *best) see(likeness float64, with int32) {
	switch {
	case likeness > b.first:
		b.first, b.second, b.with = likeness, b.first, with
	case likeness > b.second:
		b.second = likeness
	}
}

// others returns the greatest likeness to anything but j.
func (b *best) others(j int32) float64 {
	if b.with == j {
		return b.second
	}
	return b.first
}

// everyone is the group that stands for all of them.
const everyone = math.MinInt

// partners is what a node knows of its partners, group by group; the first is for everyone.
type partners []best

func (ps *partners) see(likeness float64, with int32, groups []int) {
	if len(*ps) == 0 {
		*ps = append(*ps, best{group: everyone, with: -1})
	}
	(*ps)[0].see(likeness, with)
	for _, g := range groups {
		at := slices.IndexFunc(*ps, func(b best) bool { return b.group == g })
		if at < 0 {
			at = len(*ps)
			*ps = append(*ps, best{group: g, with: -1})
		}
		(*ps)[at].see(likeness, with)
	}
}

// others returns the greatest likeness to anything but j: in all groups, and in those of j.
func (ps partners) others(j int32, groups []int) (all, rivals float64) {
	all = ps[0].others(j)
	for i := range ps[1:] {
		if b := &ps[i+1]; slices.Contains(groups, b.group) {
			rivals = max(rivals, b.others(j))
		}
	}
	return all, rivals
}

// relate adds the evidence that lies in how a pair compares with what else its two documents are like.
func (s *set) relate(f *Features, p pair, likeness float64) {
	if likeness <= 0 {
		return
	}
	allA, rivalA := s.partners[p.a].others(p.b, s.nodes[p.b].groups)
	allB, rivalB := s.partners[p.b].others(p.a, s.nodes[p.a].groups)
	f[Relative], f[Mutual], f[Lead] = standing(likeness, max(allA, allB))
	f[Rival], f[Chosen], f[Ahead] = standing(likeness, max(rivalA, rivalB))
}

// standing compares a likeness with the greatest other one.
func standing(likeness, other float64) (relative, first, lead float64) {
	if likeness >= other {
		first = 1
	}
	return min(1, likeness/max(other, likeness)), first, max(-.5, min(.5, likeness-other))
}

// overlap counts what two ascending lists have in common.
func overlap(a, b []uint64) float64 {
	n := 0.0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] < b[j]:
			i++
		case a[i] > b[j]:
			j++
		default:
			n++
			i++
			j++
		}
	}
	return n
}
