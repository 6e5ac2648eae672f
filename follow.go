package deepreview

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// standing is where the code of an earlier issue is now.
type standing struct {
	// Location is the issue's primary place in today's lines; its path alone counts where the code is not found.
	Location
	// code says what is known of the cited lines.
	code codeState
	// around is how many lines around them are as they were, where they stand.
	around int
}

type codeState int

const (
	codeUnknown   codeState = iota // nothing is known of what they were, or of what is there now
	codeUnchanged                  // they stand, perhaps elsewhere
	codeChanged                    // they are gone
)

// followAll finds the code of each earlier issue. Code that stood in two places stands in two still, or one of them has changed:
// two issues that cited different places are not both followed to the same one.
func (b *builder) followAll(olds []*Issue) []standing {
	stands := make([]standing, len(olds))
	barred := make([][]Location, len(olds))
	for i, old := range olds {
		stands[i] = b.follow(old, nil)
	}
	for {
		holder := map[Location]int{}
		var losers []int
		for i, old := range olds {
			if stands[i].code != codeUnchanged {
				continue
			}
			place := stands[i].key()
			j, taken := holder[place]
			switch {
			case !taken:
				holder[place] = i
			case samePlace(old.Locations[0], olds[j].Locations[0]):
			case cmp.Or(cmp.Compare(alive(old), alive(olds[j])), // what is gone takes nobody's place
				cmp.Compare(stands[i].around, stands[j].around), cmp.Compare(stands[j].distance(olds[j]), stands[i].distance(old)),
				cmp.Compare(olds[j].ID, old.ID)) > 0:
				holder[place] = i
				losers = append(losers, j)
			default:
				losers = append(losers, i)
			}
		}
		if len(losers) == 0 {
			return stands
		}
		for _, i := range losers {
			barred[i] = append(barred[i], stands[i].Location)
			stands[i] = b.follow(olds[i], barred[i])
		}
	}
}

// place puts an issue that nobody raised where its code stands now, so that all issues of a round are told by the lines of the
// same revision.
func (b *builder) place(is *Issue, at standing) {
	if at.code != codeUnchanged || samePlace(at.Location, is.Locations[0]) {
		return
	}
	was := is.Locations[0]
	is.Locations = slices.Clone(is.Locations)
	is.Locations[0] = at.Location
	shown := b.sources.excerpts(is.Locations[:1])
	for _, e := range is.Excerpts {
		if e.Path != was.Path || e.Old != was.Old || was.Start < e.Start || was.Start >= e.Start+len(e.Lines) {
			shown = append(shown, e)
		}
	}
	is.Excerpts = shown
}

// alive is 0 for an issue that was fixed, else 1.
func alive(is *Issue) int {
	if is.Status == StatusFixed {
		return 0
	}
	return 1
}

// key is the standing's location without its label.
func (at *standing) key() Location {
	return Location{Path: at.Path, Old: at.Old, Start: at.Start, End: at.Last()}
}

// distance is how far the code has moved; a renamed file is none.
func (at *standing) distance(old *Issue) int { return abs(at.Start - old.Locations[0].Start) }

func samePlace(a, b Location) bool {
	return a.Path == b.Path && a.Old == b.Old && a.Start == b.Start && a.Last() == b.Last()
}

// follow finds the code that an earlier issue cites: in its file, then in what the file was renamed to, then wherever in the
// change it stands exactly once; but not where another issue's code is.
func (b *builder) follow(old *Issue, barred []Location) standing {
	if len(old.Locations) == 0 {
		return standing{}
	}
	at := standing{Location: old.Locations[0]}
	if f := b.sources.olds[at.Path]; f != nil && !at.Old && b.sources.files[at.Path] == nil {
		at.Path = f.Path
	}
	c := citationOf(old)
	if c == nil {
		return at
	}
	t := b.sources.text(at.Path, at.Old)
	if start, around, ok := c.in(t, at.Start, at.others(barred)); ok {
		at.move(start)
		at.code, at.around = codeUnchanged, around
		if at.Old && !b.sources.deletes(at.Location) {
			at.code = codeChanged // what was missed is back
		}
		return at
	}
	if elsewhere, ok := b.moved(c, at, barred); ok {
		return elsewhere
	}
	_, shown := t.spanAt(at.Start)
	if t.whole || shown || b.gone(at) {
		at.code = codeChanged
	}
	return at
}

// gone reports whether the file is no more.
func (b *builder) gone(at standing) bool {
	if f := b.sources.files[at.Path]; f != nil {
		return f.Status == FileDeleted && !at.Old
	}
	return b.change.Tree != nil && !at.Old && !b.sources.text(at.Path, false).whole
}

// moved looks for the code in the other files of the change: in what it adds and, where its file is no more, in files that had
// another name before the change, since this may be their second new one.
func (b *builder) moved(c *citation, at standing, barred []Location) (standing, bool) {
	if at.Old {
		return at, false
	}
	gone := b.gone(at)
	var found []standing
	for _, f := range b.change.Files {
		if f.Path == at.Path || f.Status == FileDeleted || f.Status == FileCopied {
			continue
		}
		to := at
		to.Path, to.code = f.Path, codeUnchanged
		start, around, ok := c.in(b.sources.text(f.Path, false), at.Start, to.others(barred))
		if ok && (!c.weak() || around > 1) && (b.sources.adds(Location{Path: f.Path, Start: start}) || gone && f.Status == FileRenamed) {
			to.around = around
			to.move(start)
			found = append(found, to)
		}
	}
	if len(found) != 1 {
		return at, false // nowhere, or the lines do not tell which
	}
	return found[0], true
}

// move shifts the location so that it begins at line start.
func (at *standing) move(start int) {
	at.Start, at.End = start, start+at.Last()-at.Start
}

// is reports whether the issue's primary place is just the code that the earlier one is about.
func (at *standing) is(is *Issue) bool {
	if at.code != codeUnchanged || len(is.Locations) == 0 {
		return false
	}
	return samePlace(is.Locations[0], at.Location)
}

// citation is the code that an issue cites.
type citation struct {
	lines []string
	// before and after are the lines around it that are not empty, the nearest first.
	before, after []string
	// skip is how many empty lines the range has before the first of lines.
	skip int
}

// citationOf returns what the issue's excerpt shows of its primary place; nil where it shows nothing of it.
func citationOf(is *Issue) *citation {
	l := is.Locations[0]
	for _, e := range is.Excerpts {
		from, to := l.Start-e.Start, min(l.Last(), e.Start+len(e.Lines)-1)-e.Start+1
		if e.Path != l.Path || e.Old != l.Old || l.Start < 1 || from < 0 || from >= to {
			continue
		}
		c := &citation{
			before: e.Lines[max(0, from-excerptContext):from],
			lines:  e.Lines[from:to],
			after:  e.Lines[to:min(len(e.Lines), to+excerptContext)],
		}
		for c.skip < len(c.lines) && strings.TrimSpace(c.lines[c.skip]) == "" {
			c.skip++
		}
		c.lines = quoteLines(strings.Join(c.lines, "\n"))
		c.before, c.after = written(c.before), written(c.after)
		slices.Reverse(c.before)
		if len(c.lines) == 0 {
			return nil
		}
		return c
	}
	return nil
}

// telling is how many letters and digits tell a place from others.
const telling = 12

// weak reports whether the cited lines could stand anywhere: a brace, a return.
func (c *citation) weak() bool { return c.letters() < telling }

func (c *citation) letters() int {
	n := 0
	for _, line := range c.lines {
		for _, r := range line {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				n++
			}
		}
	}
	return n
}

// others reports which lines of the standing's file are another's.
func (at *standing) others(barred []Location) func(start int) bool {
	return func(start int) bool {
		return slices.ContainsFunc(barred, func(l Location) bool { return l.Path == at.Path && l.Old == at.Old && l.Start == start })
	}
}

// in returns the first line of the citation's range in t, and how many of the lines around it are there too: of several places that
// are not barred the one with the most of them, then the one nearest to line near. What could stand anywhere, and does
// in several places, needs the neighbour on one side at least.
func (c *citation) in(t *text, near int, barred func(start int) bool) (start, around int, ok bool) {
	type hit struct{ start, around int }
	var best *hit
	starts := t.find(c.lines)
	alone := len(starts) == 1 && c.letters() >= telling/2
	for _, start := range starts {
		h := hit{start - c.skip, 0}
		if barred(h.start) {
			continue
		}
		span, _ := t.spanAt(start)
		i := start - span.start
		above := written(span.lines[max(0, i-2*excerptContext):i])
		below := written(span.lines[i+len(c.lines) : min(len(span.lines), i+len(c.lines)+2*excerptContext)])
		slices.Reverse(above)
		h.around = common(above, c.before) + common(below, c.after)
		if h.around == 0 && c.weak() && !alone && len(c.before)+len(c.after) > 0 {
			continue
		}
		if best == nil || cmp.Or(cmp.Compare(best.around, h.around), cmp.Compare(abs(h.start-near), abs(best.start-near))) < 0 {
			best = &h
		}
	}
	if best == nil {
		return 0, 0, false
	}
	return best.start, best.around, true
}

// common counts the lines that both begin with; those of b are an excerpt's.
func common(a, b []string) int {
	n := 0
	for n < len(a) && n < len(b) && sameLines(a[n:n+1], quoteLines(b[n])) {
		n++
	}
	return n
}

// written returns the lines that are not empty.
func written(lines []string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return strings.TrimSpace(line) == "" })
}

// adds reports whether the diff adds the line at l; deletes whether it takes away one of the lines of l, which are old ones.
func (s *sources) adds(l Location) bool { return s.touches(l, OpAdd) }

func (s *sources) deletes(l Location) bool { return s.touches(l, OpDelete) }

func (s *sources) touches(l Location, op Op) bool {
	f := s.files[l.Path]
	if f == nil && op == OpDelete {
		f = s.olds[l.Path]
	}
	if f == nil {
		return false
	}
	for _, h := range f.Hunks {
		for line := range h.Lines() {
			n := line.New
			if op == OpDelete {
				n = line.Old
			}
			if line.Op == op && l.Start <= n && n <= l.Last() {
				return true
			}
		}
	}
	return false
}
