package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Everything a report shows that is not ours goes through one of the funcs of this file, whatever the format. None of what
// they let through moves a terminal's cursor, changes the direction of the text around it, or is invisible.
//
// Kept are: tab and line feed; the zero-width joiner and non-joiner between two letters or symbols beyond ASCII, where
// emoji and the scripts of Persia and India need them; variation selectors 1 to 16. Gone from prose, and written out as
// ‹U+202E› in code, are: all other control and format characters (bidi overrides, isolates and marks, zero-width spaces,
// tags), the line and paragraph separators, and the letters that show nothing. Gone from prose are whole ANSI sequences,
// not only their escape character. Of a pile of combining marks the first four stay.

// Bounds on one text; what is longer is cut, and says so. The report's JSON has all of it.
const (
	maxLine       = 2 << 10   // bytes of a title, a path, a reason
	maxProse      = 64 << 10  // bytes of a text in Markdown
	maxTranscript = 512 << 10 // bytes of a review as it came
	maxPatch      = 256 << 10 // bytes of a patch
	maxPlaces     = 200       // locations of one issue, finding or note
	maxMarks      = 4         // combining marks on one letter
)

// cleanLine makes one line of s: white space becomes single spaces, what is longer than maxLine ends in an ellipsis.
func cleanLine(s string) string {
	if len(s) > 4*maxLine {
		s = s[:4*maxLine]
	}
	s = strings.Join(strings.Fields(cleanText(s)), " ")
	if len(s) > maxLine {
		s = cutAt(s, maxLine) + "…"
	}
	return s
}

// cleanProse cleans a text of several lines and cuts it at limit bytes.
func cleanProse(s string, limit int) string {
	over := len(s) - limit
	if over > 0 {
		s = cutAt(s, limit)
	}
	s = strings.Trim(cleanText(s), "\n")
	if over > 0 {
		s += fmt.Sprintf("\n\n… (%d more bytes, not shown)", over)
	}
	return s
}

// cutAt returns at most n bytes of s, and no half character.
func cutAt(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// plain reports whether s is printable ASCII, tabs and line feeds, as most text is.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= 0x7f || c < 0x20 && c != '\n' && c != '\t' {
			return false
		}
	}
	return true
}

// cleanText removes from prose what must not be shown.
func cleanText(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	var prev rune
	marks := 0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		rest := s[i+n:]
		i += n
		switch {
		case r == '\r':
			if !strings.HasPrefix(rest, "\n") {
				b.WriteByte('\n')
			}
			continue
		case r == '\u2028', r == '\u2029', r == '\v', r == '\f', r == '\u0085':
			b.WriteByte('\n')
			prev = 0
			continue
		case r == 0x1b, r >= 0x80 && r <= 0x9f:
			i += escapeSequence(r, rest)
			continue
		case joiner(r):
			if next, _ := utf8.DecodeRuneInString(rest); prev < 0x80 || next < 0x80 || unseen(next) {
				continue
			}
		case unseen(r):
			continue
		case unicode.In(r, unicode.Mn, unicode.Me) && !variation(r):
			if marks++; marks > maxMarks {
				continue
			}
			b.WriteRune(r)
			continue
		}
		marks = 0
		prev = r
		b.WriteRune(r) // invalid bytes become U+FFFD here
	}
	return b.String()
}

// cleanCode shows what must not be shown as it is. Line feeds and tabs stay; a carriage return before a line feed goes.
func cleanCode(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	var prev rune
	marks := 0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		rest := s[i+n:]
		i += n
		switch {
		case r == '\r' && (rest == "" || rest[0] == '\n'):
			continue
		case r < 0x20 && r != '\n' && r != '\t':
			b.WriteRune(0x2400 + r) // its symbol among the control pictures
			prev = 0
			continue
		case r == 0x7f:
			b.WriteRune(0x2421)
			prev = 0
			continue
		case joiner(r):
			if next, _ := utf8.DecodeRuneInString(rest); prev < 0x80 || next < 0x80 || unseen(next) {
				fmt.Fprintf(&b, "‹U+%04X›", r)
				continue
			}
		case unseen(r), r == '\u2028', r == '\u2029':
			fmt.Fprintf(&b, "‹U+%04X›", r)
			prev = 0
			continue
		case unicode.In(r, unicode.Mn, unicode.Me) && !variation(r):
			if marks++; marks > maxMarks {
				continue
			}
			b.WriteRune(r)
			continue
		}
		marks = 0
		prev = r
		b.WriteRune(r)
	}
	return b.String()
}

// escapeSequence returns how many bytes of rest belong to the terminal sequence that esc begins.
func escapeSequence(esc rune, rest string) int {
	i := 0
	kind := esc - 0x40 // of a C1 control, the letter that stands for it after ESC
	if esc == 0x1b {
		if rest == "" || rest[0] < 0x20 || rest[0] > 0x7e {
			return 0
		}
		kind = rune(rest[0])
		i = 1
	}
	switch kind {
	case '[': // parameters, intermediates, one final byte
		for i < len(rest) && rest[i] >= 0x20 && rest[i] <= 0x3f {
			i++
		}
		if i < len(rest) && rest[i] >= 0x40 && rest[i] <= 0x7e {
			i++
		}
	case ']', 'P', 'X', '^', '_': // a string up to BEL or ST; without an end on this line, only the introducer goes
		for j := i; j < len(rest) && rest[j] != '\n'; j++ {
			switch {
			case rest[j] == 0x07:
				return j + 1
			case rest[j] == 0x1b && strings.HasPrefix(rest[j+1:], `\`):
				return j + 2
			case strings.HasPrefix(rest[j:], "\u009c"):
				return j + len("\u009c")
			}
		}
	default:
		if esc == 0x1b && kind >= 0x20 && kind <= 0x2f {
			for i < len(rest) && rest[i] >= 0x20 && rest[i] <= 0x2f {
				i++
			}
			if i < len(rest) && rest[i] >= 0x30 && rest[i] <= 0x7e {
				i++
			}
		}
	}
	return i
}

func joiner(r rune) bool { return r == '\u200c' || r == '\u200d' }

func variation(r rune) bool { return r >= 0xfe00 && r <= 0xfe0f }

// unseen reports whether r shows nothing of its own, joiners aside.
func unseen(r rune) bool {
	switch {
	case r == '\n', r == '\t':
		return false
	case r < 0x20, r >= 0x7f && r <= 0x9f:
		return true
	case r < 0xad:
		return false
	case r == 0x34f, r == 0x115f, r == 0x1160, r == 0x17b4, r == 0x17b5, r == 0x2800, r == 0x3164, r == 0xffa0:
		return true // letters and marks without a shape
	case r >= 0x180b && r <= 0x180f, r >= 0xe0000 && r <= 0xe0fff:
		return true // Mongolian selectors; tags and selectors 17 to 256
	case r >= 0x600 && r <= 0x605, r == 0x6dd, r == 0x70f, r == 0x890, r == 0x891, r == 0x8e2, r == 0x110bd, r == 0x110cd:
		return false // format characters that have a shape
	case r == 0xfffe, r == 0xffff, r >= 0xfdd0 && r <= 0xfdef, r&0xfffe == 0xfffe:
		return true // no characters; HTML forbids them
	}
	return unicode.In(r, unicode.Cf, unicode.Cc, unicode.Co, unicode.Cs)
}
