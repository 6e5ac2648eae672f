package markdown

import (
	"regexp"
	"strings"
)

// kind says what a line is.
type kind int

const (
	blank   kind = iota
	prose        // text, lists, tables
	heading      // a heading of any form
	fence        // opens or closes a block of code
	code         // inside a block of code
)

// line is one line of the text, without its end.
type line struct {
	text string
	kind kind
	// info is the word after an opening fence, in lower case: "go", "diff".
	info string
	// level is a heading's, 1 to 9. A line that is one only by being bold has boldLevel.
	level int
	// opens says that a fence opens its block.
	opens bool
	// head is what the line is as the first of a finding, once asked; see [line.asHead].
	head  *head
	asked bool
}

// boldLevel is below every heading with a level of its own.
const boldLevel = 10

// headMost is how many bytes of a line are looked at to tell what it is.
const headMost = 4 << 10

// split cuts text into lines and tells code from prose.
func (p *parser) split(text string) []line {
	text = strings.TrimPrefix(strings.ToValidUTF8(text, "\uFFFD"), "\uFEFF")
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	raw := dedent(strings.Split(text, "\n"))
	closers := lastClosers(raw)
	commentEnd := -1 // the last line that ends a comment: one that nothing ends is prose
	for i, s := range raw {
		if strings.Contains(s, "-->") {
			commentEnd = i
		}
	}
	s := splitter{closers: closers}
	comment := false
	for i, text := range raw {
		p.look(text)
		switch {
		case comment:
			comment = !strings.Contains(text, "-->")
		case s.depth == 0 && strings.HasPrefix(strings.TrimSpace(text), "<!--") && i <= commentEnd:
			comment = !strings.Contains(text, "-->")
		default:
			s.line(i, text)
		}
	}
	setext(s.out)
	return s.out
}

// dedent takes off the white space that every line begins with: a review may come as one block of code.
func dedent(raw []string) []string {
	common, first := "", true
	for _, s := range raw {
		if strings.TrimSpace(s) == "" {
			continue
		}
		own := s[:len(s)-len(strings.TrimLeft(s, " \t"))]
		if first {
			common, first = own, false
		}
		n := 0
		for n < len(common) && n < len(own) && common[n] == own[n] {
			n++
		}
		if common = common[:n]; common == "" {
			return raw
		}
	}
	for i, s := range raw {
		raw[i] = strings.TrimPrefix(s, common)
	}
	return raw
}

// splitter is the way through the lines.
type splitter struct {
	out     []line
	closers map[fenceMark]int
	mark    fenceMark
	info    string // of the open block
	// depth is how many blocks are open: only a block of Markdown holds others.
	depth int
	// hopeless says that nothing closes the block: it then ends at the next section, so that one slip does not hide the rest.
	hopeless bool
	// unwrapped says that the whole review is in a block of Markdown, which counts as if it were not there.
	unwrapped bool
	headed    bool
}

// fenceMark is a fence's character, and how many of it there are: at most longestFence are told apart.
type fenceMark struct {
	char   byte
	length int
}

const longestFence = 12

// fenceOf returns the fence that s begins with and the text after it; a length of 0 is none. In a list or a quotation it is indented.
func fenceOf(s string) (m fenceMark, info string) {
	t := strings.TrimLeft(s, " \t>")
	if len(t) < 3 || t[0] != '`' && t[0] != '~' {
		return fenceMark{}, ""
	}
	n := 0
	for n < len(t) && t[n] == t[0] {
		n++
	}
	info = strings.TrimSpace(t[n:min(len(t), n+headMost)])
	if n < 3 || t[0] == '`' && strings.Contains(info, "`") {
		return fenceMark{}, ""
	}
	return fenceMark{t[0], min(n, longestFence)}, info
}

// lastClosers returns the last line that can close a block, by its mark.
func lastClosers(raw []string) map[fenceMark]int {
	out := map[fenceMark]int{}
	for i, s := range raw {
		if m, info := fenceOf(s); m.length > 0 && info == "" {
			for ; m.length >= 3; m.length-- { // a longer one closes as well
				out[m] = i
			}
		}
	}
	return out
}

func (s *splitter) line(i int, text string) {
	m, info := fenceOf(text)
	word, _, _ := strings.Cut(strings.ToLower(info), " ")
	if s.depth > 0 {
		same := m.char == s.mark.char && m.length >= s.mark.length
		switch {
		case same && info == "":
			s.depth--
			s.out = append(s.out, line{text: text, kind: fence})
			return
		case same && s.hopeless, same && !holdsBlocks(s.info) && s.depth == 1:
			// Nobody closed the block before: this opens the next.
			s.depth = 0
		case same:
			s.depth++
			s.out = append(s.out, line{text: text, kind: code})
			return
		case s.hopeless && sectionLine(text):
			s.depth = 0
		default:
			s.out = append(s.out, line{text: text, kind: code})
			return
		}
	}
	if m.length > 0 {
		if (word == "markdown" || word == "md") && !s.headed && !s.unwrapped {
			s.unwrapped, s.headed = true, true
			s.out = append(s.out, line{})
			return
		}
		s.mark, s.info, s.depth = m, word, 1
		s.hopeless = s.closers[m] <= i
		if s.hopeless && s.unwrapped && info == "" {
			s.depth = 0 // the end of the wrapping itself
			s.out = append(s.out, line{})
			return
		}
		s.out = append(s.out, line{text: text, kind: fence, info: word, opens: true})
		return
	}
	text = strings.TrimRight(unHTML(text), " \t")
	if strings.TrimSpace(text) == "" {
		s.out = append(s.out, line{})
		return
	}
	l := line{text: text, kind: prose}
	if level := hashes(text); level > 0 {
		s.headed = true
		l.kind, l.level = heading, level
		l.text = strings.TrimSpace(strings.TrimRight(strings.TrimLeft(text, " #\t"), "# \t"))
	}
	s.out = append(s.out, l)
}

func holdsBlocks(info string) bool { return info == "" || info == "markdown" || info == "md" }

var (
	htmlHeading = regexp.MustCompile(`(?i)^<h([1-6])(?:\s[^<>]{0,200})?>(.*?)(?:</h[1-6]>)?$`)
	htmlTag     = regexp.MustCompile(`(?i)</?(?:details|summary|p|br|div|ul|ol|hr|span|center|sub|sup|font|table|tbody|thead|blockquote)(?:\s[^<>]{0,200})?/?>`)
	htmlItem    = regexp.MustCompile(`(?i)<li(?:\s[^<>]{0,200})?>`)
	htmlStrong  = regexp.MustCompile(`(?i)</?(?:b|strong)>`)
	htmlCode    = regexp.MustCompile(`(?i)</?code>`)
)

// unHTML takes the tags off a line that begins with one: what is folded is read as if it were open.
func unHTML(s string) string {
	t := strings.TrimSpace(s)
	if !strings.HasPrefix(t, "<") || !strings.Contains(t, ">") || len(t) > headMost {
		return s
	}
	t = htmlCode.ReplaceAllString(strings.TrimSuffix(strings.TrimSuffix(t, "</li>"), "</LI>"), "`")
	t = htmlStrong.ReplaceAllString(htmlItem.ReplaceAllString(htmlTag.ReplaceAllString(t, ""), "- "), "**")
	t = strings.TrimSpace(t)
	if m := htmlHeading.FindStringSubmatch(t); m != nil {
		return strings.Repeat("#", int(m[1][0]-'0')) + " " + m[2]
	}
	return t
}

// hashes returns the level of the heading that s is, 0 if none. Agents write seven and more.
func hashes(s string) int {
	t := strings.TrimLeft(s, " ")
	if len(s)-len(t) > 3 {
		return 0
	}
	n := 0
	for n < len(t) && t[n] == '#' {
		n++
	}
	if n == 0 || n >= boldLevel || n == len(t) || t[n] != ' ' && t[n] != '\t' {
		return 0
	}
	return n
}

// setext finds the headings that are underlined: a line alone in its paragraph, with = or - below.
func setext(lines []line) {
	for i := 1; i < len(lines); i++ {
		under, over := &lines[i], &lines[i-1]
		if under.kind != prose || over.kind != prose || i > 1 && lines[i-2].kind == prose || len(over.text) > 300 {
			continue
		}
		t := strings.TrimSpace(under.text)
		level := 0
		switch {
		case len(t) >= 3 && strings.Trim(t, "=") == "":
			level = 1
		case len(t) >= 3 && strings.Trim(t, "-") == "" && !strings.HasPrefix(over.text, "|"):
			level = 2
		default:
			continue
		}
		over.kind, over.level, over.text = heading, level, strings.TrimSpace(over.text)
		*under = line{}
	}
}

// join puts lines together again, without blank ones and rules at the ends.
func join(lines []line) string {
	for len(lines) > 0 && isRule(lines[0]) {
		lines = lines[1:]
	}
	for len(lines) > 0 && isRule(lines[len(lines)-1]) {
		lines = lines[:len(lines)-1]
	}
	var b strings.Builder
	for i, l := range lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		if l.kind == heading && l.level < boldLevel {
			b.WriteString(strings.Repeat("#", l.level) + " ")
		}
		b.WriteString(l.text)
	}
	return b.String()
}

// isRule reports whether l is blank, or a rule across the page.
func isRule(l line) bool {
	if l.kind == blank {
		return true
	}
	t := strings.TrimSpace(l.text)
	return l.kind == prose && len(t) >= 3 && (strings.Trim(t, "- ") == "" || strings.Trim(t, "* ") == "" || strings.Trim(t, "_ ") == "")
}

// indentOf counts the columns that s is indented by; a tab is four.
func indentOf(s string) int {
	n := 0
	for i := 0; i < len(s) && n < 80; i++ {
		switch s[i] {
		case ' ':
			n++
		case '\t':
			n += 4
		default:
			return n
		}
	}
	return n
}
