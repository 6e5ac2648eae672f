package report

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/deepreview-go/deepreview"
)

// CommentLimit is how long a comment on GitHub may be, in characters. Limits here count bytes, which are never fewer.
const CommentLimit = 65536

// minPart is the shortest limit of a part, in bytes: what a part says about itself has to fit in, too.
const minPart = 2048

// Parts writes r as Markdown in parts of at most limit bytes each, 0 meaning [CommentLimit]: for a forge that does not take a text of
// any length. Each is Markdown by itself: no code, table or details element goes over its end. One part is what Render writes;
// several begin with a heading that says "part 2 of 3".
//
// A part ends before a section or an issue where it can. An issue, a table or a details element that is longer than a part goes on in
// the next one, under its heading, its head or its summary again, and says so in both. So does code, a part of its lines in each: a patch
// that was cut like that no longer applies, and the report's other formats have it whole. A limit under 2,048 bytes is an error.
func (m Markdown) Parts(r *deepreview.Report, limit int) ([]string, error) {
	if limit == 0 {
		limit = CommentLimit
	}
	if limit < minPart {
		return nil, fmt.Errorf("parts of %d bytes: at least %d are needed", limit, minPart)
	}
	s, err := templatesOf("markdown", m.Templates)
	if err != nil {
		return nil, err
	}
	v := NewView(r)
	var whole strings.Builder
	if err := s.render(&whole, v, new(run)); err != nil {
		return nil, err
	}
	if whole.Len() <= limit {
		return []string{whole.String()}, nil
	}
	word := func(w string) string {
		if t, ok := s.words[w]; ok {
			return t
		}
		return w
	}
	title := string(escapeMarkdown(cutAt(v.Title, 200)))
	head := func(part, of int) string {
		return fmt.Sprintf("# %s (%s %d %s %d)\n\n", title, word("part"), part, word("of"), of)
	}
	const section = 120 // bytes of the section's heading, where a part begins within one
	sp := splitter{word: word, room: limit - len(head(9999, 9999)) - section}
	text := whole.String()
	if first, rest, ok := strings.Cut(text, "\n"); ok && strings.HasPrefix(first, "# ") {
		text = strings.TrimLeft(rest, "\n") // the parts' own heading takes its place
	}
	bodies := sp.split(text)
	parts := make([]string, len(bodies))
	began, last := "", "" // the section that the part before ends in, and the one that this does
	for i, body := range bodies {
		parts[i] = head(i+1, len(bodies))
		first := ""
		scan(body, func(line string, _, code bool) {
			if m := headingLine.FindString(line); m != "" && !code {
				first = cmp.Or(first, m)
				if m == "## " {
					last = strings.TrimSpace(line)
				}
			}
		})
		if name := "## " + word("continued") + "\n\n"; first != "" && first != "## " { // no level of headings is left out
			if began != "" && len(began)+len(name) <= section {
				name = began + " (" + word("continued") + ")\n\n"
			}
			parts[i] += name
		}
		parts[i] += body
		began = last
	}
	return parts, nil
}

// splitter cuts Markdown of ours into parts.
type splitter struct {
	word func(string) string
	room int // bytes of a part
}

// split packs the units of text, each of which is a heading with what is below it, into parts.
func (s splitter) split(text string) []string {
	var out []string
	part := ""
	flush := func() {
		if part = strings.TrimRight(part, "\n"); part != "" {
			out = append(out, part+"\n")
		}
		part = ""
	}
	for _, u := range units(text) {
		if len(part)+len(u) <= s.room {
			part += u
			continue
		}
		flush()
		if len(u) <= s.room {
			part = u
			continue
		}
		pieces := s.cut(u)
		for i, p := range pieces {
			if i > 0 {
				flush()
			}
			part = p + "\n" // an empty line before what follows
		}
	}
	flush()
	return out
}

var (
	headingLine = regexp.MustCompile(`^#{1,6} `)
	fenceLine   = regexp.MustCompile("^ {0,3}(`{3,}|~{3,})(.*)$")
	tableRule   = regexp.MustCompile(`^\|[-:| ]+\|$`)
)

// scan says of each line of text whether a block may begin there, after an empty line with no fence or details element open, and whether
// it is code.
func scan(text string, f func(line string, free, code bool)) {
	fence, depth, empty := "", 0, true
	for line := range strings.Lines(text) {
		bare := strings.TrimRight(line, "\n")
		// What is indented belongs to a list's item above it.
		f(line, empty && fence == "" && depth == 0 && bare != "" && bare[0] != ' ', fence != "")
		if fence != "" {
			if run := strings.TrimSpace(bare); len(run) >= len(fence) && strings.Trim(run, fence[:1]) == "" {
				fence = ""
			}
		} else if f := fenceOf(bare); f != "" {
			fence = f
		} else if strings.HasPrefix(bare, "<details") {
			depth++
		} else if strings.HasPrefix(bare, "</details>") {
			depth = max(0, depth-1)
		}
		empty = bare == "" && fence == ""
	}
}

// fenceOf returns the fence that a line opens; empty where it opens none.
func fenceOf(line string) string {
	m := fenceLine.FindStringSubmatch(line)
	if m == nil || m[1][0] == '`' && strings.Contains(m[2], "`") { // that is a code span
		return ""
	}
	return m[1]
}

// units splits text before its headings.
func units(text string) []string {
	var out []string
	scan(text, func(line string, free, _ bool) {
		if len(out) == 0 || free && headingLine.MatchString(line) {
			out = append(out, "")
		}
		out[len(out)-1] += line
	})
	return out
}

// blocksOf splits text where blocks may begin.
func blocksOf(text string) []string {
	var out []string
	scan(text, func(line string, free, _ bool) {
		if len(out) == 0 || free {
			out = append(out, "")
		}
		out[len(out)-1] += line
	})
	return out
}

// cut splits a unit that is longer than a part. Each piece but the last says that it goes on, and each but the first what it is of.
func (s splitter) cut(unit string) []string {
	heading := ""
	if first, _, _ := strings.Cut(unit, "\n"); headingLine.MatchString(first) {
		heading = strings.TrimLeft(first, "# ")
		heading = cutAt(heading, 200)
		if strings.Count(heading, "`")%2 == 1 {
			heading = strings.ReplaceAll(heading, "`", "")
		}
	}
	before := "*" + s.word("Continued from the part before.") + "*\n\n"
	if heading != "" {
		before = "**" + strings.ReplaceAll(heading, "*", "") + "**: " + s.word("continued from the part before.") + "\n\n"
	}
	after := "*" + s.word("This goes on in the next part.") + "*\n"
	inner := splitter{s.word, s.room - len(before) - len(after) - 2}
	pieces := inner.pack(blocksOf(unit))
	for i := range pieces {
		pieces[i] = strings.TrimRight(pieces[i], "\n") + "\n"
		if i > 0 {
			pieces[i] = before + pieces[i]
		}
		if i < len(pieces)-1 {
			pieces[i] += "\n" + after
		}
	}
	return pieces
}

// pack fills parts with blocks, and breaks those that are longer than one.
func (s splitter) pack(list []string) []string {
	var out []string
	part := ""
	for _, b := range list {
		if len(part)+len(b) > s.room && part != "" {
			out, part = append(out, part), ""
		}
		if len(b) <= s.room {
			part += b
			continue
		}
		pieces := s.breakBlock(strings.TrimRight(b, "\n"))
		if len(pieces) == 0 {
			continue
		}
		out = append(out, pieces[:len(pieces)-1]...)
		part = pieces[len(pieces)-1]
		if !strings.HasSuffix(part, "\n\n") {
			part = strings.TrimRight(part, "\n") + "\n\n"
		}
	}
	if part != "" {
		out = append(out, part)
	}
	return out
}

// breakBlock breaks one block that is longer than a part, by what it is.
func (s splitter) breakBlock(b string) []string {
	first, rest, _ := strings.Cut(b, "\n")
	if strings.HasPrefix(first, "<details") && strings.HasSuffix(b, "</details>") {
		if len(first) > s.room/4 {
			first = "<details><summary>…</summary>"
		}
		inner := splitter{s.word, s.room - len(first) - len("\n\n\n</details>\n")}
		body := strings.Trim(strings.TrimSuffix(rest, "</details>"), "\n") + "\n"
		pieces := inner.pack(blocksOf(body))
		for i, p := range pieces {
			pieces[i] = first + "\n\n" + strings.Trim(p, "\n") + "\n\n</details>\n"
		}
		return pieces
	}
	if f := fenceOf(first); f != "" && strings.HasSuffix(b, "\n"+f) {
		lang := strings.TrimPrefix(strings.TrimSpace(first), f)
		return s.fenced(strings.TrimSuffix(rest, f), lang)
	}
	if rule, rows, _ := strings.Cut(rest, "\n"); strings.HasPrefix(first, "|") && tableRule.MatchString(rule) && len(first)+len(rule) < s.room/2 {
		return s.lines(rows+"\n", first+"\n"+rule+"\n")
	}
	return s.lines(b+"\n", "")
}

// lines breaks text between its lines, before those that are not indented where there are such, and puts head before each piece. A line
// that is longer than a part is shown as the code that it is: cut anywhere, it could mean something else.
func (s splitter) lines(text, head string) []string {
	room := s.room - len(head)
	var out []string
	part := ""
	flush := func() {
		if part != "" {
			out, part = append(out, head+part), ""
		}
	}
	item := "" // a line with the indented ones below it
	place := func() {
		if len(part)+len(item) > room {
			flush()
		}
		part, item = part+item, ""
	}
	for line := range strings.Lines(text) {
		switch {
		case len(line) > room:
			place()
			flush()
			out = append(out, s.fenced(line, "")...)
		case item != "" && head == "" && line[0] == ' ' && len(item)+len(line) <= room:
			item += line
		default:
			place()
			item = line
		}
	}
	place()
	flush()
	return out
}

// fenced breaks code into fenced blocks, between its lines where they are not longer than a part.
func (s splitter) fenced(code, lang string) []string {
	// The fence is longer than any run of its letter in the code; runs that would take most of the room stand in no code of anybody.
	letter := byte('`')
	if longestRun(code, '`') > s.room/8 {
		letter = '~'
	}
	if limit := s.room / 8; longestRun(code, letter) > limit {
		code = strings.ReplaceAll(code, strings.Repeat(string(letter), limit), "…")
	}
	if len(lang) > s.room/8 {
		lang = ""
	}
	mark := strings.Repeat(string(letter), max(3, longestRun(code, letter)+1))
	room := s.room - 2*len(mark) - len(lang) - len("\n\n\n")
	var out []string
	part := ""
	flush := func() {
		if part != "" {
			out, part = append(out, mark+lang+"\n"+strings.TrimSuffix(part, "\n")+"\n"+mark+"\n"), ""
		}
	}
	for line := range strings.Lines(code) {
		for len(line) > room {
			flush()
			n := room - 1
			for n > 1 && !utf8.RuneStart(line[n]) {
				n--
			}
			part, line = line[:n], line[n:]
			flush()
		}
		if len(part)+len(line) > room {
			flush()
		}
		part += line
	}
	flush()
	return out
}
