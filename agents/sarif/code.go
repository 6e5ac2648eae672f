package sarif

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/deepreview-go/deepreview"
)

// Bounds on code that is read to place an edit.
const (
	codeMost     = 4 << 20  // bytes of a file
	codeLineMost = 64 << 10 // bytes of a line that columns are counted in
)

// codes are files at head, read once each.
type codes struct {
	tree fs.FS // nil where only a diff is known
	read map[string]*code
}

// code is the text of one file.
type code struct {
	text   string
	starts []int // of each line, in bytes, and the end of the text
	bom    int
	// before counts the characters of a unit in front of each line; see at.
	before map[unit][]int
}

const bom = "\uFEFF"

// file returns nil for what cannot be read as text.
func (c *codes) file(p string) *code {
	if out, ok := c.read[p]; ok {
		return out
	}
	out := c.load(p)
	c.read[p] = out
	return out
}

func (c *codes) load(p string) *code {
	if c.tree == nil || !fs.ValidPath(p) {
		return nil
	}
	info, err := fs.Stat(c.tree, p)
	if err != nil || !info.Mode().IsRegular() || info.Size() > codeMost {
		return nil
	}
	data, err := fs.ReadFile(c.tree, p)
	if err != nil || len(data) > codeMost || !utf8.Valid(data) || slices.Contains(data, 0) {
		return nil
	}
	out := &code{text: string(data), starts: []int{0}, before: map[unit][]int{}}
	if strings.HasPrefix(out.text, bom) {
		out.bom = len(bom)
	}
	for i, b := range data {
		if b == '\n' && i+1 < len(data) {
			out.starts = append(out.starts, i+1)
		}
	}
	if len(data) > 0 {
		out.starts = append(out.starts, len(data))
	}
	return out
}

// lines is how many lines there are.
func (c *code) lines() int { return len(c.starts) - 1 }

// line returns line n, counted from 1, with its line feed; empty where there is none.
func (c *code) line(n int) string {
	if n < 1 || n > c.lines() {
		return ""
	}
	return c.text[c.starts[n-1]:c.starts[n]]
}

// lineOf returns the line that a byte is on; the end of a text that ends in a line feed is on a line after the last.
func (c *code) lineOf(at int) int {
	if at >= len(c.text) {
		if c.text == "" || strings.HasSuffix(c.text, "\n") {
			return c.lines() + 1
		}
		return c.lines()
	}
	return sort.Search(len(c.starts), func(i int) bool { return c.starts[i] > at })
}

// width is how many characters of a unit r takes.
func (u unit) width(r rune) int {
	switch {
	case u == unitByte:
		return utf8.RuneLen(r)
	case u == unitUTF16 && r >= 0x10000:
		return 2
	}
	return 1
}

// column returns the byte of a column, counted from 1, in a line; false if there is no such place.
func (c *code) column(n, col int, u unit) (int, bool) {
	if n == c.lines()+1 && col <= 1 && c.lineOf(len(c.text)) == n {
		return len(c.text), true
	}
	text := strings.TrimSuffix(strings.TrimSuffix(c.line(n), "\n"), "\r")
	if n < 1 || n > c.lines() || len(text) > codeLineMost {
		return 0, false
	}
	at := 1
	for i, r := range text {
		if n == 1 && i < c.bom {
			continue
		}
		if at == col {
			return c.starts[n-1] + i, true
		}
		if at > col {
			return 0, false // inside of a character
		}
		at += u.width(r)
	}
	return c.starts[n-1] + len(text), at == col
}

// at returns the byte of an offset that counts from 0 without a byte order mark.
func (c *code) at(offset int, u unit) (int, bool) {
	before := c.before[u]
	if before == nil {
		sum := 0
		for n := 1; n <= c.lines(); n++ {
			before = append(before, sum)
			for i, r := range c.line(n) {
				if n > 1 || i >= c.bom {
					sum += u.width(r)
				}
			}
		}
		before = append(before, sum)
		c.before[u] = before
	}
	if offset < 0 || offset > before[len(before)-1] {
		return 0, false
	}
	n := sort.Search(len(before), func(i int) bool { return before[i] > offset })
	if n > c.lines() {
		return len(c.text), true
	}
	if len(c.line(n)) > codeLineMost {
		return 0, false
	}
	sum := before[n-1]
	for i, r := range c.line(n) {
		if n == 1 && i < c.bom {
			continue
		}
		if sum >= offset {
			return c.starts[n-1] + i, sum == offset
		}
		sum += u.width(r)
	}
	return c.starts[n], sum == offset
}

// change is a replacement in bytes.
type change struct {
	from, to int
	text     string
}

// bytes finds the region of a replacement.
func (c *code) bytes(e replacement, u unit) (change, bool) {
	out := change{text: e.text}
	var ok, also bool
	switch {
	case e.hasOffset:
		out.from, ok = c.at(e.offset, u)
		out.to, also = c.at(e.offset+e.length, u)
	case e.lines:
		if e.startLine < 1 || e.endLine > c.lines() {
			return out, false
		}
		return change{c.starts[e.startLine-1], c.starts[e.endLine], e.text}, true
	default:
		out.from, ok = c.column(e.startLine, max(e.startCol, 1), u)
		if e.endCol > 0 {
			out.to, also = c.column(e.endLine, e.endCol, u)
		} else { // up to the end of the line, without its line feed
			text := strings.TrimSuffix(strings.TrimSuffix(c.line(e.endLine), "\n"), "\r")
			also = e.endLine <= c.lines()
			if also && e.endLine > 0 {
				out.to = c.starts[e.endLine-1] + len(text)
			}
		}
	}
	return out, ok && also && out.from <= out.to
}

// wholeLines makes edits of whole lines of changes inside them, or says why there are none.
func (c *code) wholeLines(p string, changes []change) ([]deepreview.Edit, string) {
	slices.SortStableFunc(changes, func(a, b change) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	for i := 1; i < len(changes); i++ {
		if changes[i].from < changes[i-1].to {
			return nil, "its replacements overlap"
		}
	}
	var out []deepreview.Edit
	for len(changes) > 0 {
		first, last := c.lineOf(changes[0].from), c.lineOf(changes[0].to)
		n := 1
		for n < len(changes) && c.lineOf(changes[n].from) <= last {
			last = max(last, c.lineOf(changes[n].to))
			n++
		}
		from, to := len(c.text), len(c.text)
		if first <= c.lines() {
			from = c.starts[first-1]
		}
		if last <= c.lines() {
			to = c.starts[last]
		}
		var text strings.Builder
		at := from
		for _, e := range changes[:n] {
			text.WriteString(c.text[at:e.from])
			text.WriteString(e.text)
			at = e.to
		}
		text.WriteString(c.text[at:to])
		changes = changes[n:]
		old, now := split(c.text[from:to]), split(text.String())
		for len(old) > 0 && len(now) > 0 && old[0] == now[0] {
			old, now = old[1:], now[1:]
			first++
		}
		for len(old) > 0 && len(now) > 0 && old[len(old)-1] == now[len(now)-1] {
			old, now = old[:len(old)-1], now[:len(now)-1]
		}
		if len(old)+len(now) > 0 {
			out = append(out, deepreview.Edit{Path: p, Start: first, End: first + len(old) - 1, New: strings.Join(now, "")})
		}
	}
	return out, ""
}

// split splits a text into lines that all end in a line feed.
func split(text string) []string {
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return slices.Collect(strings.Lines(text))
}

// fix makes a proposal of the tool's. The first that there is becomes edits, if the file is what the tool saw and the places are in
// it; else prose, as do the others.
func (o *report) fix(x *result) *deepreview.Fix {
	if len(x.fixes) == 0 {
		return nil
	}
	var out deepreview.Fix
	var parts []string
	for i, f := range x.fixes[:min(len(x.fixes), fixesMost)] {
		text := clip(strings.TrimSpace(f.text), whyMost)
		if i == 0 {
			edits, why := o.edits(x, &f)
			out.Edits = edits
			if text != "" {
				parts = append(parts, text)
			}
			if len(edits) == 0 && len(f.edits) > 0 {
				parts = append(parts, o.prose(&f, why))
			}
			continue
		}
		if len(f.edits) > 0 {
			text = strings.TrimSpace(text + "\n\n" + o.prose(&f, ""))
		}
		parts = append(parts, "Or: "+text)
	}
	out.Text = strings.TrimSpace(strings.Join(parts, "\n\n"))
	if out.Text == "" && len(out.Edits) == 0 {
		return nil
	}
	return &out
}

// edits makes edits of whole lines of a proposal, or says why there are none.
func (o *report) edits(x *result, f *fix) ([]deepreview.Edit, string) {
	if f.why != "" || o.codes.tree == nil {
		return nil, f.why
	}
	size := 0
	changes := map[string][]change{}
	var paths []string
	for _, e := range f.edits {
		if size += len(e.text); size > fixMost || len(f.edits) > editsMost {
			return nil, "it is too long to be made an edit"
		}
		if !utf8.ValidString(e.text) {
			return nil, "it holds bytes that are no UTF-8"
		}
		p := o.rooms.find(e.path).path
		c := o.codes.file(p)
		if c == nil {
			return nil, "the file is not known here"
		}
		if !o.seen(x, p, c) {
			return nil, "the file is not as the tool saw it"
		}
		if a := f.anchor; a != nil {
			if at, ok := c.column(a.startLine, a.startCol, unitByte); !ok || at != a.offset {
				return nil, "the file is not as the tool saw it"
			}
		}
		b, ok := c.bytes(e, f.unit)
		if !ok {
			return nil, "there is no such place in the file"
		}
		if changes[p] == nil {
			paths = append(paths, p)
		}
		changes[p] = append(changes[p], b)
	}
	var out []deepreview.Edit
	for _, p := range paths {
		edits, why := o.codes.file(p).wholeLines(p, changes[p])
		if why != "" {
			return nil, why
		}
		out = append(out, edits...)
	}
	return out, ""
}

// seen reports whether nothing shows that the tool saw another text than c.
func (o *report) seen(x *result, p string, c *code) bool {
	if len(x.places) == 0 || o.rooms.find(x.places[0].path).path != p {
		return true
	}
	if x.source != "" && strings.TrimPrefix(x.source, bom) != c.text[c.bom:] {
		return false
	}
	at := x.places[0]
	first, _, _ := strings.Cut(at.quote, "\n")
	return at.quote == "" || at.startLine == 0 || strings.TrimSpace(c.line(at.startLine)) == strings.TrimSpace(first)
}

// prose tells a proposal that is no edit.
func (o *report) prose(f *fix, why string) string {
	var b strings.Builder
	size := 0
	for i, e := range f.edits {
		if size += len(e.text); size > whyMost || i >= placesMost {
			fmt.Fprintf(&b, "And %d more.\n\n", len(f.edits)-i)
			break
		}
		where := "there"
		if e.startLine > 0 {
			where = fmt.Sprintf("on line %d", e.startLine)
			if e.endLine > e.startLine {
				where = fmt.Sprintf("on lines %d to %d", e.startLine, e.endLine)
			}
			if e.startCol > 0 {
				where += fmt.Sprintf(", from column %d", e.startCol)
			}
			if e.endCol > 0 {
				where += fmt.Sprintf(" to before column %d", e.endCol)
			}
		}
		if strings.TrimSpace(e.text) == "" {
			fmt.Fprintf(&b, "In %s, delete what is %s.\n\n", codeSpan(e.path), where)
			continue
		}
		text := strings.ToValidUTF8(e.text, "\uFFFD")
		fmt.Fprintf(&b, "In %s, put this %s:\n\n%s\n\n", codeSpan(e.path), where, fenced(text))
	}
	if why != "" {
		fmt.Fprintf(&b, "(This is no edit to apply, since %s.)", why)
	}
	return strings.TrimSpace(b.String())
}
