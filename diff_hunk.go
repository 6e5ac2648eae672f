package deepreview

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sourcegraph/go-diff/diff"
)

// maxDiffLine bounds the numbers of a hunk header, so that sums of two fit an int of 32 bits.
const maxDiffLine = 1<<30 - 1

// hunkRange is one side of a hunk header: "-12,3".
type hunkRange struct{ start, lines int }

// begin returns the first line of the range. An empty range names the line before it.
func (r hunkRange) begin() int {
	if r.lines == 0 {
		return r.start + 1
	}
	return r.start
}

func (r hunkRange) String() string { return strconv.Itoa(r.start) + "," + strconv.Itoa(r.lines) }

// writes reports whether s is how a diff writes r: "12,3", and "12" for one line.
func (r hunkRange) writes(s string) bool {
	return s == r.String() || r.lines == 1 && s == strconv.Itoa(r.start)
}

// hunkHeader has go-diff parse a line like "@@ -12,3 +12,4 @@ section". It is given the header alone, never the lines below:
// it ends a hunk where a line looks like a header, takes the markers for a missing newline out, and does not compare
// counts. What it read must be what is written, since it also takes signs and tabs.
func (p *diffParser) hunkHeader(line string) (before, after hunkRange, section string, ok bool) {
	p.hunkText.Reset(line)
	p.hunkReader.Reset(&p.hunkText)
	h, err := diff.NewHunksReaderOptions(p.hunkReader, diff.ParseOptions{KeepCR: true}).ReadHunk()
	if err != nil {
		return before, after, "", false
	}
	before = hunkRange{int(h.OrigStartLine), int(h.OrigLines)}
	after = hunkRange{int(h.NewStartLine), int(h.NewLines)}
	_, ranges, _ := strings.Cut(line, " -")
	left, ranges, _ := strings.Cut(ranges, " +")
	right, _, _ := strings.Cut(ranges, " ")
	ok = before.writes(left) && after.writes(right) &&
		max(before.start, before.lines, after.start, after.lines) <= maxDiffLine
	return before, after, validText([]byte(h.Section)), ok
}

// hunkChecks is what the hunks of one file so far say about the next.
type hunkChecks struct {
	// oldNext and newNext are the first lines on either side that the next hunk may begin at.
	oldNext, newNext int
	// oldEnded and newEnded say that "\ No newline at end of file" ended that side.
	oldEnded, newEnded bool
}

// next reports what is wrong with a hunk of these ranges after those before it. In a diff that is whole, the
// lines between two hunks are the same on both sides, so both sides move on by as many.
func (c *hunkChecks) next(before, after hunkRange) string {
	switch {
	case before.lines == 0 && after.lines == 0:
		return "the hunk has no lines"
	case before.lines > 0 && before.start == 0 || after.lines > 0 && after.start == 0:
		return "the hunk has lines but begins at line 0"
	case before.begin() < c.oldNext || after.begin() < c.newNext:
		return fmt.Sprintf("the hunk -%v +%v overlaps the one before it or stands out of order", before, after)
	case before.begin()-c.oldNext != after.begin()-c.newNext:
		return fmt.Sprintf("the hunk -%v +%v skips %d old and %d new lines since the one before it, which must be equal: a hunk is missing or was edited",
			before, after, before.begin()-c.oldNext, after.begin()-c.newNext)
	}
	return ""
}

// hunkScan counts the lines of one hunk.
type hunkScan struct {
	*hunkChecks
	first            int // the line of the input where the hunk begins
	before, after    hunkRange
	oldLeft, newLeft int
	added, deleted   int
	last             byte // the op of the line before; '\\' after a marker, 0 at first
	trimmed          bool // some context lines have lost their space
}

// line counts one line, and reports whether it is part of the hunk, or else what is wrong with it. The end of
// a hunk is where its counts say, never where a line looks like a header: content can look like anything.
func (s *hunkScan) line(line []byte) (part bool, problem string) {
	var op byte
	if len(line) > 0 {
		op = line[0]
	}
	if op == '\\' {
		return s.marker(line)
	}
	if s.oldLeft == 0 && s.newLeft == 0 {
		return false, ""
	}
	if op == '\n' || op == '\r' && len(line) == 2 {
		op, s.trimmed = ' ', true // editors and mailers trim the space of an empty context line
	}
	switch op {
	case ' ':
		s.oldLeft--
		s.newLeft--
	case '-':
		s.oldLeft--
		s.deleted++
	case '+':
		s.newLeft--
		s.added++
	case 0x1b:
		return false, adviceColor
	default:
		if len(line) == 0 {
			return false, fmt.Sprintf("the diff ends inside the hunk of line %d: %d old and %d new lines are missing. It was cut off; make it again",
				s.first, s.oldLeft, s.newLeft)
		}
		return false, fmt.Sprintf("the hunk of line %d needs %d more old and %d more new lines, but %s is no line of a hunk. "+
			"The diff was cut, wrapped or edited; make it again", s.first, s.oldLeft, s.newLeft, clipQuote(chompLine(line)))
	}
	if s.oldLeft < 0 || s.newLeft < 0 {
		return false, fmt.Sprintf("the hunk of line %d has more lines than its header says (-%v +%v); make the diff again, unedited",
			s.first, s.before, s.after)
	}
	if s.oldEnded && op != '+' || s.newEnded && op != '-' {
		return false, `a line follows "\ No newline at end of file" on the same side; make the diff again, unedited`
	}
	s.last = op
	return true, ""
}

// marker reads "\ No newline at end of file", in whatever language.
func (s *hunkScan) marker(line []byte) (part bool, problem string) {
	if s.last == 0 || s.last == '\\' || !bytes.HasPrefix(line, []byte(`\ `)) {
		return false, fmt.Sprintf("%s stands where no line beginning with a backslash can; make the diff again, unedited", clipQuote(chompLine(line)))
	}
	s.oldEnded = s.oldEnded || s.last != '+'
	s.newEnded = s.newEnded || s.last != '-'
	s.last = '\\'
	return true, ""
}

// hunks reads the hunks of f that stand at the input, and sets f's Hunks, Added and Deleted.
func (p *diffParser) hunks(f *File) error {
	checks := hunkChecks{oldNext: 1, newNext: 1}
	room := maxFileText
	for bytes.HasPrefix(p.in.at(0), []byte("@@ ")) {
		h, err := p.hunk(f, &checks, room)
		if err != nil {
			return err
		}
		if h == nil {
			for _, h := range f.Hunks {
				p.held -= hunkCost + len(h.Body)
			}
			f.Hunks, room = nil, 0
			f.Unreadable = fmt.Sprintf("its diff is larger than %d MB and was left out", maxFileText>>20)
			continue
		}
		room -= len(h.Body)
		f.Hunks = append(f.Hunks, h)
		if err := p.hold(hunkCost + len(h.Body)); err != nil {
			return err
		}
	}
	return nil
}

// hunk reads one hunk of f whose body may have room bytes. One that has more is counted and left out: nil.
func (p *diffParser) hunk(f *File, checks *hunkChecks, room int) (*Hunk, error) {
	in := &p.in
	header := in.next()
	s := hunkScan{hunkChecks: checks, first: in.line}
	var section string
	var ok bool
	if s.before, s.after, section, ok = p.hunkHeader(header); !ok {
		return nil, p.refuse(in.line, f.Path, "%s is no hunk header; it should be like @@ -12,3 +12,4 @@", clipQuote(header))
	}
	if problem := checks.next(s.before, s.after); problem != "" {
		return nil, p.refuse(in.line, f.Path, "%s; make the diff again, unedited", problem)
	}
	s.oldLeft, s.newLeft = s.before.lines, s.after.lines

	// The hunk is buf[pos:pos+off] as it grows, of so many lines; once it is too long, its lines are dropped one by one.
	headerLen := len(in.at(0))
	off, lines, keep := headerLen, 1, true
	for {
		line := in.at(off)
		part, problem := s.line(line)
		if problem != "" {
			return nil, p.refuse(in.line+lines, f.Path, "%s", problem)
		}
		if !part {
			break
		}
		if keep && off-headerLen+len(line) > room {
			in.take(off, lines)
			off, lines, keep = 0, 0, false
		}
		if keep {
			off += len(line)
			lines++
		}
		if keep && line[len(line)-1] != '\n' || !keep && !in.drop() {
			return nil, p.refuse(in.line+max(lines-1, 0), f.Path, "the last line has no line feed, so the diff was perhaps cut in it; make it again, or add the line feed if it was trimmed")
		}
	}
	f.Added += s.added
	f.Deleted += s.deleted
	checks.oldNext = s.before.begin() + s.before.lines
	checks.newNext = s.after.begin() + s.after.lines
	if !keep {
		return nil, nil
	}
	body := in.buf[in.pos+headerLen : in.pos+off]
	if s.trimmed {
		body = mendBody(body)
	}
	h := &Hunk{
		OldStart: s.before.start, OldLines: s.before.lines, NewStart: s.after.start, NewLines: s.after.lines,
		Section: section, Body: validText(body),
	}
	in.take(off, lines)
	return h, nil
}

// mendBody gives empty context lines back the space that a mailer or an editor took.
func mendBody(body []byte) []byte {
	out := make([]byte, 0, len(body)+16)
	for line := range bytes.Lines(body) {
		if line[0] == '\n' || line[0] == '\r' {
			out = append(out, ' ')
		}
		out = append(out, line...)
	}
	return out
}

// validText returns b as valid UTF-8. A byte that is no part of it becomes U+FFFD followed by the byte's two
// hexadecimal digits, so that it is seen, the original can be told, and two texts that differ still do.
func validText(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	var s strings.Builder
	s.Grow(len(b) + len(b)/4)
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			fmt.Fprintf(&s, "\uFFFD%02X", b[0])
		} else {
			s.Write(b[:n])
		}
		b = b[n:]
	}
	return s.String()
}
