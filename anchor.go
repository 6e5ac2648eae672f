package deepreview

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/deepreview-go/deepreview/internal/redact"
)

// anchored is a claim with its places as they are in the code.
type anchored struct {
	Claim
	ref       Ref
	locations []Location
	// symbols are the functions and types around the places.
	symbols []string
	// moved says what was done to the places, in words.
	moved []string
}

// anchor finds the places that a claim means. What a reviewer gives is kept where it holds; else
// the path is resolved against the change, and the first place goes where the quoted code is: in the file's
// hunks, then anywhere in the file, then wherever in the change it stands exactly once. Nothing is dropped: a place
// that cannot be found stays as it was given.
func (s *sources) anchor(a *anchored) {
	for i, l := range a.Locations {
		given := l.Path
		l, known := s.resolve(l)
		if l.Path != given {
			a.moved = append(a.moved, fmt.Sprintf("%q is %s in this change", given, l.Path))
		} else if !known {
			a.moved = append(a.moved, fmt.Sprintf("no file %q in the change%s", given, s.orTree()))
		}
		if i == 0 && a.Quote != "" {
			l = s.byQuote(a, l)
		}
		if t := s.text(l.Path, l.Old); t.whole && l.Start > t.last() {
			a.moved = append(a.moved, fmt.Sprintf("%s has only %d %s", l.Path, t.last(), plural(t.last(), "line")))
		}
		if !slices.ContainsFunc(a.locations, func(k Location) bool {
			return k.Path == l.Path && k.Old == l.Old && k.Start == l.Start && k.Last() == l.Last()
		}) {
			a.locations = append(a.locations, l)
		}
	}
	if len(a.Locations) == 0 && a.Quote != "" {
		if l := s.byQuote(a, Location{}); l.Path != "" {
			a.locations = append(a.locations, l)
		}
	}
	a.symbols = s.symbols(a.locations)
}

func (s *sources) orTree() string {
	if s.change.Tree == nil {
		return ""
	}
	return " or the repository"
}

// resolve finds the file that a path means, and reports whether it is known.
func (s *sources) resolve(l Location) (Location, bool) {
	if s.files[l.Path] != nil {
		return l, true
	}
	if s.olds[l.Path] != nil {
		l.Old = true // lines of the name before are lines before the change
		return l, true
	}
	p := path.Clean(strings.TrimPrefix(strings.ReplaceAll(l.Path, `\`, "/"), "file://"))
	for _, q := range []string{p, strings.TrimPrefix(p, "a/"), strings.TrimPrefix(p, "b/")} {
		if s.files[q] != nil || (s.change.Tree != nil && s.text(q, l.Old).whole) {
			l.Path = q
			return l, true
		}
	}
	// The longest common tail, which has to be a whole path on one of the two sides.
	if q := uniqueTail(p, s.changedPaths()); q != "" {
		l.Path = q
		return l, true
	}
	if q := uniqueTail(p, s.inTree(path.Base(p))); q != "" {
		l.Path = q
		return l, true
	}
	return l, false
}

func (s *sources) changedPaths() []string {
	paths := make([]string, len(s.change.Files))
	for i, f := range s.change.Files {
		paths[i] = f.Path
	}
	return paths
}

// uniqueTail returns the one of paths that p is the end of, or that is the end of p; of several that are the end
// of p the longest. Empty where none or more than one is as good.
func uniqueTail(p string, paths []string) string {
	best, tied := "", false
	for _, q := range paths {
		switch {
		case strings.HasSuffix(p, "/"+q): // a foreign prefix
			if len(q) > len(best) {
				best, tied = q, false
			}
		case strings.HasSuffix(q, "/"+p): // given short
			tied = tied || best != ""
			best = q
		}
	}
	if tied {
		return ""
	}
	return best
}

// byQuote puts a place where the quoted code is.
func (s *sources) byQuote(a *anchored, l Location) Location {
	want := quoteLines(a.Quote)
	if !strings.ContainsFunc(a.Quote, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		return l // nothing, or a brace, which stands everywhere
	}
	type hit struct {
		Location
		beside   int // 1 outside the hunks
		distance int
	}
	move := func(to Location) Location {
		to.Label = l.Label
		switch {
		case l.Path == "":
			a.moved = append(a.moved, fmt.Sprintf("placed at %s, where the quoted code is", to))
		case to.Path != l.Path || to.Old != l.Old:
			a.moved = append(a.moved, fmt.Sprintf("moved from %s to %s, where the quoted code is", l, to))
		case to.Start != l.Start:
			a.moved = append(a.moved, fmt.Sprintf("moved from line %d to %d, where the quoted code is", l.Start, to.Start))
		}
		return to
	}
	find := func(path string, old bool) *hit {
		var best *hit
		for _, start := range s.text(path, old).find(want) {
			h := hit{Location: Location{Path: path, Start: start, End: start + len(want) - 1, Old: old}, distance: abs(start - l.Start)}
			if !s.inHunk(h.Location) {
				h.beside = 1
			}
			if best == nil || cmp.Or(cmp.Compare(h.beside, best.beside), cmp.Compare(h.distance, best.distance)) < 0 {
				best = &h
			}
		}
		return best
	}
	if l.Path != "" {
		if got, ok := s.text(l.Path, l.Old).slice(l.Start, l.Start+len(want)-1); ok && l.Start > 0 && sameLines(got, want) {
			return l
		}
		for _, start := range s.text(l.Path, l.Old).find(want) {
			if l.Start <= start && start+len(want)-1 <= l.Last() {
				return l // the quote stands inside the range that was given
			}
		}
		if h := find(l.Path, l.Old); h != nil {
			return move(h.Location)
		}
		if h := find(l.Path, !l.Old); h != nil {
			return move(h.Location)
		}
	}
	var only *Location
	for _, at := range s.changedLines(want[0]) {
		end := at.Start + len(want) - 1
		if got, ok := s.text(at.Path, false).slice(at.Start, end); ok && sameLines(got, want) {
			if only != nil {
				return l // in more than one place: the quote does not tell
			}
			only = &Location{Path: at.Path, Start: at.Start, End: end}
		}
	}
	if only != nil {
		return move(*only)
	}
	a.moved = append(a.moved, "the quoted code stands nowhere in the change")
	return l
}

// inHunk reports whether a place lies inside one hunk of its file.
func (s *sources) inHunk(l Location) bool {
	f := s.files[l.Path]
	if f == nil && l.Old {
		f = s.olds[l.Path]
	}
	if f == nil {
		return false
	}
	for _, h := range f.Hunks {
		start, lines := h.NewStart, h.NewLines
		if l.Old {
			start, lines = h.OldStart, h.OldLines
		}
		if start <= l.Start && l.End < start+lines {
			return true
		}
	}
	return false
}

// quoteLines are the lines of a quote as they are compared: without white space at either end, and without empty
// lines at the beginning and the end.
func quoteLines(quote string) []string {
	lines := strings.Split(quote, "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	for len(lines) > 0 && lines[0] == "" {
		lines = lines[1:]
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// sameLines compares code lines with quote lines. A quote's secrets are masked already, and an excerpt's long lines cut; the
// code's are not.
func sameLines(code, quote []string) bool {
	return len(code) == len(quote) && slices.EqualFunc(code, quote, func(c, q string) bool {
		c = strings.TrimSpace(c)
		if c != q && strings.Contains(q, "masked]") {
			c, _ = redact.Mask(c)
		}
		if begin, cut := strings.CutSuffix(q, "…"); cut && len(begin) > excerptWidth/2 {
			return strings.HasPrefix(c, begin)
		}
		return c == q
	})
}

// find returns where quote stands, as numbers of its first line.
func (t *text) find(quote []string) []int {
	var at []int
	for _, s := range t.spans {
		for i := 0; i+len(quote) <= len(s.lines); i++ {
			if sameLines(s.lines[i:i+len(quote)], quote) {
				at = append(at, s.start+i)
			}
		}
	}
	return at
}

func abs(n int) int { return max(n, -n) }
