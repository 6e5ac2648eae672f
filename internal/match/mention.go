package match

import (
	"math"
	"strings"
	"unicode/utf8"
)

// mostMentions bounds how many lines one document is taken to speak of.
const mostMentions = 40

// mentions finds the lines that a text speaks of: "store.go:12-14", "lines 12-14", "L12", and further ones right after
// such: ", 20", " and 20-22". A reviewer gives one place and tells of the others in passing.
func mentions(text string) []place {
	var out []place
	after := -1 // where the mention before ended: a bare number is a line only right after one
	for i := 0; i < len(text) && len(out) < mostMentions; {
		if !digit(text[i]) {
			i++
			continue
		}
		p, known := introduced(text[:i])
		if !known && after >= 0 && after <= i {
			switch text[after:i] {
			case ", ", " and ", " / ", ", and ":
				p, known = place{base: out[len(out)-1].base}, true
			}
		}
		n, end := number(text, i)
		i = end
		if !known || n == 0 || lettered(text[end:]) {
			continue
		}
		p.start, p.end = n, n
		if n, until := number(text, dashed(text, end)); n > 0 && !lettered(text[until:]) {
			p.end, i = max(p.end, n), until
		}
		out = append(out, p)
		after = i
	}
	return out
}

// lettered reports whether text begins with what would make a number before it part of a word.
func lettered(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return text != "" && wordRune(r)
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

// number reads the digits at i, and returns where they end; 0 where there are none, or more than a line's.
func number(text string, i int) (n, end int) {
	for end = i; end < len(text) && digit(text[end]); end++ {
		n = min(n*10+int(text[end]-'0'), 1e7)
	}
	if n == 1e7 {
		n = 0
	}
	return n, end
}

// dashed returns what follows a dash at i, with or without white space around it; the end of text where none does.
func dashed(text string, i int) int {
	rest := strings.TrimLeft(text[i:], " ")
	for _, dash := range []string{"-", "–"} {
		if after, ok := strings.CutPrefix(rest, dash); ok {
			return len(text) - len(strings.TrimLeft(after, " "))
		}
	}
	return len(text)
}

// introduced reports whether what comes before a number says that it is a line, and of what file.
func introduced(before string) (place, bool) {
	n := len(before)
	switch {
	case n == 0:
	case before[n-1] == ':':
		start := n - 1
		for start > 0 && (wordByte(before[start-1]) || joins(rune(before[start-1]))) {
			start--
		}
		base := before[start : n-1]
		base = base[strings.LastIndexByte(base, '/')+1:]
		if dot := strings.LastIndexByte(base, '.'); dot > 0 && dot < len(base)-1 {
			return place{base: base}, true
		}
	case before[n-1] == 'L':
		return place{}, n == 1 || !wordByte(before[n-2])
	case before[n-1] == ' ':
		word := before[max(0, n-8) : n-1]
		word = word[strings.LastIndexByte(word, ' ')+1:]
		word = strings.TrimLeft(word, "([*")
		switch word {
		case "line", "lines", "Line", "Lines":
			return place{}, true
		}
	}
	return place{}, false
}

// cited tells how well the lines that a speaks of hit a place of b.
func cited(a, b *node) float64 {
	top := 0.0
	for i := range a.mentions {
		m := &a.mentions[i]
		for j := range b.places {
			q := &b.places[j]
			if q.start == 0 || m.base != "" && m.base != q.base || m.base == "" && !inFileOf(a.places, q) {
				continue
			}
			gap := max(0, m.start-q.end, q.start-m.end)
			top = max(top, math.Exp(-float64(gap)/6))
		}
	}
	return top
}

func inFileOf(ps []place, q *place) bool {
	for i := range ps {
		if sameFile(&ps[i], q) {
			return true
		}
	}
	return false
}
