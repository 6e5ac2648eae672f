package patterns

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// pattern is a regular expression and texts of which whatever it matches holds at least one. To look for a text costs a
// tenth of matching, and most lines hold none.
type pattern struct {
	*regexp.Regexp
	needs []need // empty: every text has to be matched
}

// need is a text to look for; where fold is set in whatever case, and then it is in lower case and ASCII.
type need struct {
	text string
	fold bool
}

// compile is regexp.MustCompile, with the needs worked out.
func compile(expr string) *pattern {
	p := &pattern{Regexp: regexp.MustCompile(expr)}
	if tree, err := syntax.Parse(expr, syntax.Perl); err == nil {
		s := spellings(tree.Simplify())
		p.needs = better(s.needs, s.whole)
	}
	return p
}

// may reports whether text holds one of the needs.
func (p *pattern) may(text string) bool {
	for _, n := range p.needs {
		if !n.fold && strings.Contains(text, n.text) || n.fold && containsFold(text, n.text) {
			return true
		}
	}
	return len(p.needs) == 0
}

// containsFold reports whether text has lower in whatever case, in ASCII.
func containsFold(text, lower string) bool {
	if len(lower) == 0 {
		return true
	}
	both := [2]byte{lower[0], lower[0]}
	if lower[0] >= 'a' && lower[0] <= 'z' {
		both[1] -= 'a' - 'A'
	}
	for len(text) >= len(lower) {
		last := len(text) - len(lower) + 1
		at := strings.IndexByte(text[:last], both[0])
		if both[1] != both[0] {
			end := last
			if at >= 0 {
				end = at
			}
			if up := strings.IndexByte(text[:end], both[1]); up >= 0 {
				at = up
			}
		}
		if at < 0 {
			return false
		}
		if strings.EqualFold(text[at:at+len(lower)], lower) {
			return true
		}
		text = text[at+1:]
	}
	return false
}

// MatchString is that of the expression.
func (p *pattern) MatchString(text string) bool { return p.may(text) && p.Regexp.MatchString(text) }

// FindStringSubmatch is that of the expression.
func (p *pattern) FindStringSubmatch(text string) []string {
	if !p.may(text) {
		return nil
	}
	return p.Regexp.FindStringSubmatch(text)
}

// spelling is what is known of the texts that an expression matches.
type spelling struct {
	// whole are all of them; nil where they are too many.
	whole []need
	// needs are texts of which each of them holds one; nil where there are none to tell.
	needs []need
}

const spellingsMost = 64 // beyond, looking for them all costs what matching does

// spellings works out what e matches. It errs on the side of not knowing.
func spellings(e *syntax.Regexp) spelling {
	switch e.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return spelling{whole: []need{{}}}
	case syntax.OpLiteral:
		text := string(e.Rune)
		if e.Flags&syntax.FoldCase == 0 {
			return spelling{whole: []need{{text: text}}}
		}
		return foldedSpelling(text)
	case syntax.OpCharClass:
		var all []need
		for i := 0; i+1 < len(e.Rune); i += 2 {
			for r := e.Rune[i]; r <= e.Rune[i+1]; r++ {
				if len(all) == 4 {
					return spelling{}
				}
				all = append(all, need{text: string(r)})
			}
		}
		return spelling{whole: all}
	case syntax.OpCapture:
		return spellings(e.Sub[0])
	case syntax.OpQuest:
		if s := spellings(e.Sub[0]); s.whole != nil && len(s.whole) < spellingsMost {
			return spelling{whole: append([]need{{}}, s.whole...)}
		}
	case syntax.OpPlus:
		s := spellings(e.Sub[0])
		return spelling{needs: better(s.needs, s.whole)}
	case syntax.OpRepeat:
		if e.Min > 0 {
			s := spellings(e.Sub[0])
			return spelling{needs: better(s.needs, s.whole)}
		}
	case syntax.OpAlternate:
		var all spelling
		whole, needs := true, true
		for _, sub := range e.Sub {
			s := spellings(sub)
			whole = whole && s.whole != nil
			all.whole = append(all.whole, s.whole...)
			n := better(s.needs, s.whole)
			needs = needs && n != nil
			all.needs = append(all.needs, n...)
		}
		if !whole || len(all.whole) > spellingsMost {
			all.whole = nil
		}
		if !needs || len(all.needs) > spellingsMost {
			all.needs = nil
		}
		return all
	case syntax.OpConcat:
		return sequence(e.Sub)
	}
	return spelling{}
}

// sequence joins what is known of parts that follow one another: those known whole are spelled out together as far as they
// stay few.
func sequence(parts []*syntax.Regexp) spelling {
	run := []need{{}}
	whole := true
	var needs []need
	for _, part := range parts {
		s := spellings(part)
		if s.whole != nil && len(run)*len(s.whole) <= spellingsMost {
			var joined []need
			for _, a := range run {
				for _, b := range s.whole {
					joined = append(joined, join(a, b))
				}
			}
			run = joined
			continue
		}
		whole = false
		needs = better(needs, run)
		if run = s.whole; run == nil {
			needs = better(needs, s.needs)
			run = []need{{}}
		}
	}
	if whole {
		return spelling{whole: run}
	}
	return spelling{needs: better(needs, run)}
}

func join(a, b need) need {
	if fold := a.fold || b.fold; fold {
		return need{strings.ToLower(a.text + b.text), true}
	}
	return need{text: a.text + b.text}
}

// foldedSpelling is what is known of a text in whatever case. Some letters are matched by ones beyond ASCII, too (K by the
// sign of the kelvin, S by the long s): the longest part without them is looked for.
func foldedSpelling(text string) spelling {
	plain := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return r == 'k' || r == 's' || r >= utf8.RuneSelf })
	longest := ""
	for _, p := range plain {
		if len(p) > len(longest) {
			longest = p
		}
	}
	switch longest {
	case "":
		return spelling{}
	case strings.ToLower(text):
		return spelling{whole: []need{{longest, true}}}
	}
	return spelling{needs: []need{{longest, true}}}
}

// better returns the one of two lists of needs that fewer lines meet: that whose shortest text is longer, or else the one
// with fewer. A list with an empty text tells nothing and is nil.
func better(a, b []need) []need {
	switch x, y := shortest(a), shortest(b); {
	case x == 0 && y == 0:
		return nil
	case x > y, x == y && len(a) <= len(b):
		return a
	}
	return b
}

// shortest returns the length of the shortest text, up to 4: beyond, all are rare. It is 0 where there is none.
func shortest(texts []need) int {
	const rare = 4
	n := 0
	for i, t := range texts {
		if l := min(len(t.text), rare); i == 0 || l < n {
			n = l
		}
	}
	return n
}
