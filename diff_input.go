package deepreview

import (
	"bytes"
	"io"
)

// diffInput reads a diff line by line and looks ahead as far as a caller needs, so that a hunk is cut out of
// the buffer in one piece. It never holds more than limit bytes and what one read adds.
type diffInput struct {
	r     io.Reader
	limit int
	buf   []byte
	// The unread bytes are buf[pos:end]; line is the number of the line at pos, counted from 1.
	pos, end, line int
	// err is why no more can be read: io.EOF, or the reader's own.
	err error
}

// at returns the line that begins off bytes after the current one, with its line feed; without one where the
// input ends, and where the line is too long to be held. It is empty at the end, and valid until the next call.
func (in *diffInput) at(off int) []byte {
	searched := 0
	for {
		start := in.pos + off
		if i := bytes.IndexByte(in.buf[start+searched:in.end], '\n'); i >= 0 {
			return in.buf[start : start+searched+i+1]
		}
		searched = in.end - start
		if in.end-in.pos > in.limit || !in.fill() {
			return in.buf[in.pos+off : in.end]
		}
	}
}

// next returns the current line without its line feed and without the carriage return that a conversion
// to CRLF put before it.
func (in *diffInput) next() string { return chompLine(in.at(0)) }

func chompLine(line []byte) string {
	return string(bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r")))
}

// take goes on by n bytes that hold the given number of lines.
func (in *diffInput) take(n, lines int) {
	in.pos += n
	in.line += lines
}

// drop goes on to the next line, however long this one is, and reports whether it had a line feed.
func (in *diffInput) drop() bool {
	for {
		line := in.at(0)
		in.pos += len(line)
		if bytes.HasSuffix(line, []byte("\n")) {
			in.line++
			return true
		}
		if len(line) == 0 {
			return false
		}
	}
}

// fill reads more and reports whether there was any.
func (in *diffInput) fill() bool {
	if in.err != nil {
		return false
	}
	if in.pos > 0 {
		in.end = copy(in.buf, in.buf[in.pos:in.end])
		in.pos = 0
	}
	if in.end == len(in.buf) {
		bigger := make([]byte, max(32<<10, 2*len(in.buf)))
		copy(bigger, in.buf)
		in.buf = bigger
	}
	for range 100 {
		n, err := in.r.Read(in.buf[in.end:])
		in.end += n
		in.err = err
		if n > 0 {
			return true
		}
		if err != nil {
			return false
		}
	}
	in.err = io.ErrNoProgress
	return false
}
