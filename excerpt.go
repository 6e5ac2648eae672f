package deepreview

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/deepreview-go/deepreview/internal/redact"
)

// Excerpt is some code that a report shows.
type Excerpt struct {
	Path string `json:"path"`
	// Old says that it is from before the change.
	Old bool `json:"old,omitzero"`
	// Start is the number of the first line, counted from 1.
	Start int `json:"start"`
	// Lines are without line feeds.
	Lines []string `json:"lines"`
	// Cited are the numbers of the lines an issue is about, ascending.
	Cited []int `json:"cited,omitempty"`
	// Cut says that the cited range goes on where the excerpt ends.
	Cut bool `json:"cut,omitzero"`
}

// How much code a report shows of one issue.
const (
	excerptContext = 3   // lines shown before and after the cited ones
	excerptLines   = 40  // cited lines shown of one place
	excerptWidth   = 400 // bytes shown of one line; what is longer ends in an ellipsis
	excerptPlaces  = 12  // places shown
)

// excerpts returns the code at the given places, as far as it is known; places that touch are shown as one. Likely
// secrets in it are masked.
func (s *sources) excerpts(locations []Location) []Excerpt {
	var out []Excerpt
	for _, l := range locations {
		if l.Start < 1 || len(out) == excerptPlaces {
			continue
		}
		t := s.text(l.Path, l.Old)
		end := min(l.Last(), l.Start+excerptLines-1)
		run, ok := t.spanAt(l.Start)
		if !ok {
			continue
		}
		end = min(end, run.start+len(run.lines)-1)
		from := max(run.start, l.Start-excerptContext)
		to := min(run.start+len(run.lines)-1, end+excerptContext)
		e := Excerpt{Path: l.Path, Old: l.Old, Start: from, Cut: end < l.Last() && end == l.Start+excerptLines-1}
		e.Lines = slices.Clone(run.lines[from-run.start : to-run.start+1])
		for n := l.Start; n <= end; n++ {
			e.Cited = append(e.Cited, n)
		}
		if !joinExcerpt(out, e) {
			out = append(out, e)
		}
	}
	for i := range out {
		// Masked before it is cut, or half a secret would be no secret any more.
		if masked, n := redact.Mask(strings.Join(out[i].Lines, "\n")); n > 0 {
			out[i].Lines = strings.Split(masked, "\n")
		}
		for j, line := range out[i].Lines {
			out[i].Lines[j] = shorten(strings.TrimSuffix(line, "\r"), excerptWidth)
		}
	}
	return out
}

// joinExcerpt adds e to the one of out that it overlaps or touches.
func joinExcerpt(out []Excerpt, e Excerpt) bool {
	for i := range out {
		o := &out[i]
		oEnd, eEnd := o.Start+len(o.Lines), e.Start+len(e.Lines)
		if o.Path != e.Path || o.Old != e.Old || e.Start > oEnd || o.Start > eEnd {
			continue
		}
		if e.Start < o.Start {
			o.Lines = append(slices.Clone(e.Lines[:o.Start-e.Start]), o.Lines...)
			o.Start = e.Start
		}
		if eEnd > oEnd {
			o.Lines = append(o.Lines, e.Lines[oEnd-e.Start:]...)
		}
		o.Cited = append(o.Cited, e.Cited...)
		slices.Sort(o.Cited)
		o.Cited = slices.Compact(o.Cited)
		o.Cut = o.Cut || e.Cut
		return true
	}
	return false
}

// shorten cuts s to at most n bytes, at the border of a character, and says so with an ellipsis.
func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
