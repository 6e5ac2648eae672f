package patterns

import "strings"

// notation is how a language writes comments and strings.
type notation struct {
	// line begin comments that end with the line.
	line []string
	// open and close delimit comments over lines; empty where there are none.
	open, close string
	// quotes delimit strings that end with the line; char is a quote that holds a single character, or none in Rust's
	// lifetimes and C++'s numbers.
	quotes string
	char   byte
	// raw delimit strings over lines, the longer first.
	raw []string
	// escape says that a backslash escapes the next byte in a string of quotes.
	escape bool
}

// flat reports whether nothing of the language goes on over lines.
func (s *notation) flat() bool { return s.open == "" && len(s.raw) == 0 }

// syntaxOf returns the syntax of a language; nil where none is known: then all text is code.
func syntaxOf(l language) *notation {
	switch l {
	case langGo:
		return &notation{line: []string{"//"}, open: "/*", close: "*/", quotes: `"`, char: '\'', raw: []string{"`"}, escape: true}
	case langJavaScript:
		return &notation{line: []string{"//"}, open: "/*", close: "*/", quotes: `"'`, raw: []string{"`"}, escape: true}
	case langJava:
		return &notation{line: []string{"//"}, open: "/*", close: "*/", quotes: `"`, char: '\'', raw: []string{`"""`}, escape: true}
	case langC, langCSharp, langSwift, langRust:
		return &notation{line: []string{"//"}, open: "/*", close: "*/", quotes: `"`, char: '\'', escape: true}
	case langPHP:
		return &notation{line: []string{"//", "#"}, open: "/*", close: "*/", quotes: `"'`, escape: true}
	case langPython:
		return &notation{line: []string{"#"}, quotes: `"'`, raw: []string{`"""`, `'''`}, escape: true}
	case langRuby, langYAML, langTOML, langMake:
		return &notation{line: []string{"#"}, quotes: `"'`, escape: true}
	case langShell, langDocker:
		// In a shell "$(…)" inside quotes is code again, so strings stay visible.
		return &notation{line: []string{"#"}}
	case langSQL:
		return &notation{line: []string{"--"}, open: "/*", close: "*/", quotes: `'`}
	case langMarkup:
		return &notation{open: "<!--", close: "-->"}
	}
	return nil
}

// lexer splits lines into code and comment. It knows as much of a language as finding the ends of its strings and
// comments takes; a JavaScript pattern such as /"/ misleads it to the end of the line.
type lexer struct {
	syntax *notation
	// until is what ends the string or comment that the line before left open; comment says which of the two.
	until   string
	comment bool
}

// next returns the code of the line, with strings and comments blanked out, and the text of its comments.
func (x *lexer) next(text string) (code, comment string) {
	s := x.syntax
	if s == nil {
		return text, ""
	}
	if x.until == "" && !strings.ContainsAny(text, "\"'`/#-<") {
		return text, "" // nothing in it that begins a string or a comment
	}
	out := []byte(text)
	var said strings.Builder
	blank := func(from, to int) {
		for i := from; i < to; i++ {
			out[i] = ' '
		}
	}
	for i := 0; i < len(text); {
		if x.until != "" {
			end := strings.Index(text[i:], x.until)
			stop := i + end
			if end < 0 {
				stop = len(text)
			}
			if x.comment {
				said.WriteString(text[i:stop])
				said.WriteByte(' ')
			}
			if end < 0 {
				blank(i, stop)
				break
			}
			if !x.comment && x.until == "`" && s.escape && s.quotes == `"'` && escaped(text[:stop]) {
				blank(i, stop+1)
				i = stop + 1
				continue
			}
			if x.comment {
				stop += len(x.until)
				blank(i, stop)
				i = stop
			} else {
				blank(i, stop)
				i = stop + len(x.until)
			}
			x.until, x.comment = "", false
			continue
		}
		switch c := text[i]; {
		case startsAny(text[i:], s.line) && !(c == '#' && i > 0 && !strings.ContainsRune(" \t;(){}", rune(text[i-1]))):
			said.WriteString(text[i:])
			blank(i, len(text))
			i = len(text)
		case s.open != "" && strings.HasPrefix(text[i:], s.open):
			x.until, x.comment = s.close, true
			blank(i, i+len(s.open))
			i += len(s.open)
		case startsAny(text[i:], s.raw):
			for _, r := range s.raw {
				if strings.HasPrefix(text[i:], r) {
					x.until = r
					i += len(r)
					break
				}
			}
		case s.char != 0 && c == s.char:
			i += max(1, charLength(text[i:]))
		case strings.IndexByte(s.quotes, c) >= 0:
			end := i + 1
			for end < len(text) && text[end] != c {
				if text[end] == '\\' && s.escape {
					end++
				}
				end++
			}
			end = min(end, len(text))
			blank(i+1, end)
			i = end + 1
		default:
			i++
		}
	}
	return string(out), strings.TrimSpace(said.String())
}

// escaped reports whether an odd number of backslashes ends text.
func escaped(text string) bool {
	n := 0
	for n < len(text) && text[len(text)-1-n] == '\\' {
		n++
	}
	return n%2 == 1
}

// charLength returns the length of the character literal that text begins with; 0 if it begins with none.
func charLength(text string) int {
	const most = 12 // '\U0010FFFF'
	for i := 1; i < min(len(text), most); i++ {
		switch text[i] {
		case '\\':
			i++
		case text[0]:
			return i + 1
		}
	}
	return 0
}

func startsAny(text string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(text, p) {
			return true
		}
	}
	return false
}
