package report

import (
	"fmt"
	"strings"

	"github.com/mattn/go-runewidth"
)

// span is a piece of text for a terminal: clean text and how it looks.
type span struct {
	text  string
	style string // a key of looks; empty is plain
	url   string // where it leads; empty is nowhere
}

// spans is what the funcs of the text templates make. It prints as it should look, so it is not escaped again.
type spans []span

// looks are the looks that a template can ask for, as SGR parameters. The sixteen basic colours follow the reader's own palette.
var looks = map[string]string{
	"bold": "1", "dim": "2", "italic": "3", "underline": "4",
	"red": "31", "green": "32", "yellow": "33", "blue": "34", "magenta": "35", "cyan": "36",
	"critical": "1;31", "important": "1;33", "suggestion": "1;36", "heading": "1;4", "code": "36", "cited": "1",
	"unset": "1", "add": "32", "delete": "31", "hunk": "36",
}

// width measures as terminals do outside East Asian locales. The package's own default would follow the environment, and with
// it the bytes of a report.
var width = runewidth.Condition{StrictEmojiNeutral: true}

// terminal writes spans for one terminal.
type terminal struct {
	width        int
	color, links bool
}

// write writes one line's spans.
func (t terminal) write(b *strings.Builder, line spans) {
	for _, s := range line {
		link := t.links && s.url != ""
		sgr := looks[s.style]
		if !t.color {
			sgr = ""
		}
		if link {
			fmt.Fprintf(b, "\x1b]8;;%s\x1b\\", s.url)
		}
		if sgr != "" {
			fmt.Fprintf(b, "\x1b[%sm", sgr)
		}
		b.WriteString(s.text)
		if sgr != "" {
			b.WriteString("\x1b[0m")
		}
		if link {
			b.WriteString("\x1b]8;;\x1b\\")
		}
	}
}

func (s spans) width() int {
	n := 0
	for _, p := range s {
		n += width.StringWidth(p.text)
	}
	return n
}

// word is a run of spans without a space.
type word struct {
	spans spans
	width int
}

// words splits at spaces; a word may go over several spans.
func (s spans) words() []word {
	var out []word
	glued := false // whether the next piece belongs to the last word
	for _, p := range s {
		for text := p.text; text != ""; {
			i := strings.IndexAny(text, " \n\t")
			if i == 0 {
				glued = false
				text = text[1:]
				continue
			}
			if i < 0 {
				i = len(text)
			}
			piece := span{text[:i], p.style, p.url}
			if w := width.StringWidth(piece.text); glued {
				last := &out[len(out)-1]
				last.spans = append(last.spans, piece)
				last.width += w
			} else {
				out = append(out, word{spans{piece}, w})
			}
			glued = true
			text = text[i:]
		}
	}
	return out
}

// wrap breaks s into lines of at most the terminal's width, the first after first and the others after rest. A word that is
// longer than a line is broken.
func (t terminal) wrap(s spans, first, rest string) []spans {
	room := max(8, t.width-max(width.StringWidth(first), width.StringWidth(rest)))
	var lines []spans
	line, used := spans{{text: first}}, 0
	flush := func() {
		lines = append(lines, line)
		line, used = spans{{text: rest}}, 0
	}
	for _, w := range s.words() {
		if used > 0 && used+1+w.width > room {
			flush()
		}
		if used > 0 {
			line = append(line, spaceBetween(line[len(line)-1], w.spans[0]))
			used++
		}
		if w.width <= room {
			line = append(line, w.spans...)
			used += w.width
			continue
		}
		for _, p := range w.spans {
			for p.text != "" {
				n := fit(p.text, room-used)
				if n == 0 && used > 0 {
					flush()
					continue
				}
				n = max(n, firstRune(p.text))
				line = append(line, span{p.text[:n], p.style, p.url})
				used += width.StringWidth(p.text[:n])
				p.text = p.text[n:]
			}
		}
	}
	if used > 0 || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}

// spaceBetween is a space that looks as what it joins, so that a link or an underline goes on over it.
func spaceBetween(a, b span) span {
	if a.style == b.style && a.url == b.url {
		return span{" ", a.style, a.url}
	}
	return span{text: " "}
}

// fit returns how many bytes of s fit in room columns.
func fit(s string, room int) int {
	used := 0
	for i, r := range s {
		w := width.RuneWidth(r)
		if used+w > room {
			return i
		}
		used += w
	}
	return len(s)
}

func firstRune(s string) int {
	for i := range s {
		if i > 0 {
			return i
		}
	}
	return len(s)
}
