package deepreview

import (
	"bytes"
	"fmt"
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

func (r hunkRange) String() string { return fmt.Sprintf("%d,%d", r.start, r.lines) }

// parseHunkHeader reads "@@ -12,3 +12,4 @@ section" strictly: no sign, no space, no number beyond maxDiffLine.
func parseHunkHeader(line string) (before, after hunkRange, ok bool) {
	rest, ok := strings.CutPrefix(line, "@@ -")
	if !ok {
		return before, after, false
	}
	if before, rest, ok = parseHunkRange(rest); !ok {
		return before, after, false
	}
	if rest, ok = strings.CutPrefix(rest, " +"); !ok {
		return before, after, false
	}
	if after, rest, ok = parseHunkRange(rest); !ok {
		return before, after, false
	}
	rest, ok = strings.CutPrefix(rest, " @@")
	return before, after, ok && (rest == "" || rest[0] == ' ')
}

func parseHunkRange(s string) (r hunkRange, rest string, ok bool) {
	r.lines = 1
	if r.start, s, ok = parseLineNumber(s); !ok {
		return r, s, false
	}
	if count, found := strings.CutPrefix(s, ","); found {
		r.lines, s, ok = parseLineNumber(count)
	}
	return r, s, ok
}

func parseLineNumber(s string) (n int, rest string, ok bool) {
	i := 0
	for ; i < len(s) && '0' <= s[i] && s[i] <= '9'; i++ {
		if n = n*10 + int(s[i]-'0'); n > maxDiffLine {
			return 0, s, false
		}
	}
	return n, s[i:], i > 0
}

// hunkChecks is what the hunks of one file so far say about the next.
type hunkChecks struct {
	// oldNext and newNext are the first lines on either side that the next hunk may begin at.
	oldNext, newNext int
	// oldEnded and newEnded say that "\ No newline at end of file" ended that side.
	oldEnded, newEnded bool
}

// hunks reads the hunks of f that stand at the input, and sets f's Hunks, Added and Deleted. The end of a
// hunk is where its counts say, never where a line looks like a header: content can look like anything.
func (p *diffParser) hunks(f *File) error {
	checks := hunkChecks{oldNext: 1, newNext: 1}
	text, dropped := 0, false
	for bytes.HasPrefix(p.in.at(0), []byte("@@ ")) {
		room := maxFileText - text
		if dropped {
			room = 0
		}
		n, fits, err := p.hunk(f, &checks, room)
		if err != nil {
			return err
		}
		text += n
		if !fits && !dropped {
			dropped = true
			for _, h := range f.Hunks {
				p.held -= hunkCost + len(h.Body)
			}
		}
		if dropped {
			f.Hunks = nil
		}
	}
	if dropped {
		f.Unreadable = fmt.Sprintf("its diff is larger than %d MB and was left out", maxFileText>>20)
	}
	return nil
}

// hunk reads one hunk whose text may have room bytes. One that does not fit is counted and left out.
func (p *diffParser) hunk(f *File, checks *hunkChecks, room int) (text int, fits bool, err error) {
	in := &p.in
	first := in.line
	refuse := func(line int, format string, args ...any) (int, bool, error) {
		return 0, false, &DiffError{File: f.Path, Line: line, Reason: fmt.Sprintf(format, args...)}
	}
	header := in.next()
	before, after, ok := parseHunkHeader(header)
	if !ok {
		return refuse(first, "%s is no hunk header; it should be like @@ -12,3 +12,4 @@", clipQuote(header))
	}
	if problem := checks.next(before, after); problem != "" {
		return refuse(first, "%s; make the diff again, unedited", problem)
	}

	headerLen := len(in.at(0))
	off, lines := headerLen, 1
	fits = true
	oldLeft, newLeft := before.lines, after.lines
	added, deleted := 0, 0
	plain := true     // neither markers nor context lines that lost their space
	var last byte     // the op of the line before
	markable := false // the line before may be followed by "\ No newline at end of file"
	number := func() int {
		if fits {
			return in.line + lines
		}
		return in.line
	}
	for {
		line := in.at(off)
		var op byte
		switch {
		case len(line) > 0 && line[0] == '\\':
			op = '\\'
		case oldLeft == 0 && newLeft == 0:
			op = 0
		case len(line) == 0:
			return refuse(number(), "the diff ends inside the hunk of line %d: %d old and %d new lines are missing. It was cut off; make it again",
				first, oldLeft, newLeft)
		case line[0] == '\n', line[0] == '\r' && len(line) == 2 && line[1] == '\n':
			op, plain = ' ', false // editors and mailers trim the space of an empty context line
		default:
			op = line[0]
		}
		if op == 0 {
			break
		}
		switch op {
		case '\\':
			plain = false
			if !markable || !bytes.HasPrefix(line, []byte(`\ `)) {
				if oldLeft == 0 && newLeft == 0 {
					return refuse(number(), "the hunk of line %d has more lines than its header says", first)
				}
				return refuse(number(), "a line beginning with a backslash stands where none can: %s", clipQuote(chompLine(line)))
			}
			checks.oldEnded = checks.oldEnded || last != '+'
			checks.newEnded = checks.newEnded || last != '-'
		case ' ':
			oldLeft--
			newLeft--
		case '-':
			oldLeft--
			deleted++
		case '+':
			newLeft--
			added++
		default:
			if line[0] == 0x1b {
				return refuse(number(), "%s", adviceColor)
			}
			return refuse(number(), "the hunk of line %d needs %d more old and %d more new lines, but %s is no line of a hunk. "+
				"The diff was cut, wrapped or edited; make it again", first, oldLeft, newLeft, clipQuote(chompLine(line)))
		}
		if oldLeft < 0 || newLeft < 0 {
			return refuse(number(), "the hunk of line %d has more lines than its header says (-%v +%v); make the diff again, unedited",
				first, before, after)
		}
		if op != '\\' && (checks.oldEnded && op != '+' || checks.newEnded && op != '-') {
			return refuse(number(), `a line follows "\ No newline at end of file" on the same side; make the diff again, unedited`)
		}
		last, markable = op, op != '\\'
		if fits && off-headerLen+len(line) > room {
			fits = false
			in.take(off, lines)
			off, lines = 0, 0
		}
		at := number()
		whole := true
		if fits {
			whole = line[len(line)-1] == '\n'
			off += len(line)
			lines++
		} else {
			whole = in.drop()
		}
		if !whole {
			return refuse(at, "the last line has no line feed, so the diff was perhaps cut in it; make it again, or add the line feed if it was trimmed")
		}
	}
	f.Added += added
	f.Deleted += deleted
	checks.oldNext = before.begin() + before.lines
	checks.newNext = after.begin() + after.lines
	if !fits {
		return 0, false, nil
	}
	raw := in.buf[in.pos : in.pos+off]
	h, err := p.parseHunk(raw, headerLen, plain)
	if err != nil {
		return refuse(first, "%v", err)
	}
	if h.OldStart != before.start || h.OldLines != before.lines || h.NewStart != after.start || h.NewLines != after.lines {
		return refuse(first, "the hunk header %s can be read in two ways", clipQuote(header))
	}
	f.Hunks = append(f.Hunks, h)
	in.take(off, lines)
	return off - headerLen, true, p.hold(hunkCost + len(h.Body))
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

// parseHunk has go-diff parse the hunk in raw, whose first headerLen bytes are its header. It sees one hunk
// at a time: of several it takes a deleted "-- a/x" and an added "++ b/x" before a hunk header for the next file. Markers
// for a missing newline are kept from it, since it takes them out of the body, and its body is checked.
func (p *diffParser) parseHunk(raw []byte, headerLen int, plain bool) (*Hunk, error) {
	body, clean := raw[headerLen:], raw
	if !plain {
		body, clean = nil, bytes.Clone(raw[:headerLen])
		for line := range bytes.Lines(raw[headerLen:]) {
			if line[0] == '\n' || line[0] == '\r' {
				line = append([]byte(" "), line...)
			}
			body = append(body, line...)
			if line[0] != '\\' {
				clean = append(clean, line...)
			}
		}
	}
	p.hunkText.Reset(clean)
	p.hunkReader.Reset(&p.hunkText)
	parsed, err := diff.NewHunksReaderOptions(p.hunkReader, diff.ParseOptions{KeepCR: true}).ReadHunk()
	if err != nil {
		return nil, fmt.Errorf("the hunk cannot be parsed: %w", err)
	}
	if !bytes.Equal(parsed.Body, clean[headerLen:]) {
		return nil, fmt.Errorf("the hunk's lines can be read in two ways")
	}
	return &Hunk{
		OldStart: int(parsed.OrigStartLine), OldLines: int(parsed.OrigLines),
		NewStart: int(parsed.NewStartLine), NewLines: int(parsed.NewLines),
		Section: validText([]byte(parsed.Section)),
		Body:    validText(body),
	}, nil
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
