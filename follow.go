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
}

type codeState int

const (
	codeUnknown   codeState = iota // nothing is known of what they were, or of what is there now
	codeUnchanged                  // they stand, perhaps elsewhere
	codeChanged                    // they are gone
)

// follow finds the code that an earlier issue cites: in its file, then in what the file was renamed to, then wherever in the
// change it stands exactly once.
func (b *builder) follow(old *Issue) standing {
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
	if start, _, ok := c.in(t, at.Start); ok {
		at.move(start)
		at.code = codeUnchanged
		if at.Old && !b.sources.deletes(at.Location) {
			at.code = codeChanged // what was missed is back
		}
		return at
	}
	if elsewhere, ok := b.moved(c, at); ok {
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

// moved looks for the code in the other files of the change.
func (b *builder) moved(c *citation, at standing) (standing, bool) {
	if at.Old {
		return at, false
	}
	var found []standing
	for _, f := range b.change.Files {
		if f.Path == at.Path || f.Status == FileDeleted || f.Status == FileCopied {
			continue
		}
		start, around, ok := c.in(b.sources.text(f.Path, false), at.Start)
		if ok && (!c.weak() || around > 1) && b.sources.adds(Location{Path: f.Path, Start: start}) {
			to := at
			to.Path, to.code = f.Path, codeUnchanged
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
	l := is.Locations[0]
	return l.Path == at.Path && l.Old == at.Old && l.Start == at.Start && l.Last() == at.Last()
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

// in returns the first line of the citation's range in t, and how many of the lines around it are there too: of several places the
// one with the most of them, then the one nearest to line near. What could stand anywhere, and does
// in several places, needs the neighbour on one side at least.
func (c *citation) in(t *text, near int) (start, around int, ok bool) {
	type hit struct{ start, around int }
	var best *hit
	starts := t.find(c.lines)
	alone := len(starts) == 1 && c.letters() >= telling/2
	for _, start := range starts {
		h := hit{start - c.skip, 0}
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
