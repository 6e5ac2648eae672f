package deepreview

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"
)

// What ParseDiff keeps of a diff. A change of a gigabyte then stays within 1.5 GB of memory, garbage included.
const (
	// maxFileText is how many bytes of hunks one file may have. Nobody reads more, and no reviewer could.
	maxFileText = 64 << 20
	// maxHeld bounds what all of the change may take in memory.
	maxHeld = 1152 << 20
	// maxHeaderLine bounds a line outside of hunks that means something: two names of 4096 bytes, quoted, fit.
	maxHeaderLine = 64 << 10
	// fileCost and hunkCost are what a File and a Hunk take beside their text, with names, ids and the garbage
	// that reading them leaves.
	fileCost, hunkCost = 400, 160
)

// ErrEmptyDiff is returned by [ParseDiff] for an input that holds nothing but white space: there is no change.
var ErrEmptyDiff = errors.New("the diff is empty: there is nothing to review")

// DiffError says why a diff cannot be trusted and what to do about it.
type DiffError struct {
	// File is the changed file at fault, printable; empty where the fault lies outside of any.
	File string
	// Line is the line of the input, counted from 1.
	Line int
	// Reason is a sentence or two: what is wrong, and what to do.
	Reason string
}

// Error returns "diff line 12: main.go: reason".
func (e *DiffError) Error() string {
	if e.File == "" {
		return fmt.Sprintf("diff line %d: %s", e.Line, e.Reason)
	}
	return fmt.Sprintf("diff line %d: %s: %s", e.Line, e.File, e.Reason)
}

// The advice that several faults share.
const (
	adviceColor    = "the diff is coloured; make it with --no-color"
	adviceCombined = "a merge's combined diff leaves out what came from one side; compare with one parent: git diff PARENT MERGE, or git show -m --first-parent MERGE"
	adviceUnified  = "this is no unified diff; make it with git diff or diff -u"
)

// ParseDiff reads a unified diff: git's, with all of its headers, or a plain one of diff -u, Subversion or Mercurial; also
// inside mail (one message of git format-patch or several) or below the text of git show and git log -p, whose subjects,
// authors and messages then stand in the change's [Header].
//
// Either every file that the diff names is in the change, with every line that belongs to it, or there is an error: a
// [*DiffError] for what cannot be trusted, [ErrEmptyDiff] for an input without anything, or the reader's own, wrapped. Refused are:
// combined, coloured, context and cut diffs, UTF-16, encoded mail, hunks that differ from their counts, overlap, are out of
// order or missing between others, headers that contradict one another, and a file that stands in the diff
// twice (a series of commits: compare its ends instead). The two halves of a change of type, which git writes as a deletion and an addition, become one file.
//
// Kept, but with Unreadable set, are: a file whose name satisfies not [io/fs.ValidPath] or has control characters (quoted in
// Path, as Go does, where it cannot be printed), one whose hunks exceed 64 MB (lines are still counted), and one that is
// named without any content. A change that would take more than 1152 MB is refused.
//
// Carriage returns, NUL bytes and spaces at the ends of lines are kept. Bytes that are not UTF-8 become U+FFFD followed by
// two hexadecimal digits. A context line that lost its space when it was mailed gets it back.
func ParseDiff(r io.Reader) (*Change, error) {
	p := &diffParser{
		in:         diffInput{r: r, line: 1, limit: maxFileText + maxHeaderLine},
		change:     &Change{},
		seen:       map[string]int{},
		hunkReader: bufio.NewReader(nil),
		prose:      true,
	}
	err := p.parse()
	if p.in.err != nil && p.in.err != io.EOF {
		// Whatever the diff seems to lack, this is why.
		return nil, fmt.Errorf("reading the diff at line %d: %w", p.in.line, p.in.err)
	}
	if err != nil {
		return nil, err
	}
	return p.change, nil
}

// diffParser reads one diff. It finds files, headers and the ends of hunks; go-diff reads the header of each hunk.
type diffParser struct {
	in     diffInput
	change *Change
	// seen has the line of the input where each path stands.
	seen map[string]int
	// held is what the change takes in memory so far, in bytes.
	held int

	hunkText   strings.Reader
	hunkReader *bufio.Reader

	// prose says that text may stand here that looks like the inside of a hunk: before the first file of the
	// input or of a message.
	prose bool
	// named is a file that a line like "Index: x" announced and nothing has shown yet.
	named *namedFile
	log   diffLog
}

// namedFile is a file that is announced before its diff, or instead of it.
type namedFile struct {
	path string
	line int
}

func (p *diffParser) refuse(line int, file, format string, args ...any) error {
	return &DiffError{File: file, Line: line, Reason: fmt.Sprintf(format, args...)}
}

// hold counts n more bytes.
func (p *diffParser) hold(n int) error {
	p.held += n
	if p.held > maxHeld {
		return p.refuse(p.in.line, "", "the change takes more than %d MB of memory; leave generated and vendored files out: git diff BASE...HEAD -- . ':(exclude)vendor'", maxHeld>>20)
	}
	return nil
}

func (p *diffParser) parse() error {
	if err := p.checkEncoding(); err != nil {
		return err
	}
	blank := true
	for {
		raw := p.in.at(0)
		if len(raw) == 0 {
			break
		}
		blank = blank && len(bytes.TrimSpace(raw)) == 0
		if err := p.step(raw); err != nil {
			return err
		}
	}
	if err := p.flushNamed(); err != nil {
		return err
	}
	if err := p.log.finish(p); err != nil {
		return err
	}
	switch {
	case blank:
		return ErrEmptyDiff
	case len(p.change.Files) == 0:
		return p.refuse(1, "", "there is no unified diff in the input; make one with git diff or diff -u")
	}
	return nil
}

// checkEncoding skips the byte order mark of UTF-8 and refuses UTF-16.
func (p *diffParser) checkEncoding() error {
	p.in.at(0)
	head := p.in.buf[p.in.pos:p.in.end]
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		p.in.take(3, 0)
		return nil
	}
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) ||
		len(head) >= 4 && (head[0] == 0) != (head[1] == 0) && (head[0] == 0) == (head[2] == 0) && (head[1] == 0) == (head[3] == 0) {
		return p.refuse(1, "", "the diff is UTF-16, as PowerShell's > writes; have git write it: git diff --output=FILE")
	}
	return nil
}

// step reads what begins at the line raw: a file with its hunks, or one line outside of any.
func (p *diffParser) step(raw []byte) error {
	// Most lines outside of files are prose; these bytes begin all that are not.
	line := chompLine(raw[:min(len(raw), maxHeaderLine)])
	at := p.in.line
	switch {
	case strings.HasPrefix(line, "diff --git "):
		return p.gitFile()
	case strings.HasPrefix(line, "diff --cc "), strings.HasPrefix(line, "diff --combined "), strings.HasPrefix(line, "@@@ -"):
		return p.refuse(at, "", "%s", adviceCombined)
	case strings.HasPrefix(line, "@@ -"):
		return p.refuse(at, "", "a hunk stands without the header that names its file")
	case strings.HasPrefix(line, "--- ") && p.lineAfter(1, "+++ ") && p.lineAfter(2, "@@ "):
		return p.plainFile()
	case strings.HasPrefix(line, "* Unmerged path "):
		return p.refuse(at, "", "%s is not merged; resolve the conflict first", clipQuote(line[len("* Unmerged path "):]))
	case isSubmoduleLog(line):
		return p.refuse(at, "", "a submodule is shown by its log; make the diff with --submodule=short")
	case line == "***************" && p.lineAfter(1, "*** "):
		return p.refuse(at, "", "%s (this is a context diff)", adviceUnified)
	case isColored(line):
		return p.refuse(at, "", "%s", adviceColor)
	case p.log.begins(p, line):
		if err := p.flushNamed(); err != nil {
			return err
		}
		p.prose = true
		return p.log.message(p)
	}
	if !p.log.inMessage() {
		if handled, err := p.plainNotice(line); handled || err != nil {
			return err
		}
	}
	if err := p.stray(line); err != nil {
		return err
	}
	if p.log.inMessage() {
		if err := p.log.text(p, line); err != nil {
			return err
		}
	}
	if !p.in.drop() && !p.prose && p.log.signature == 0 && line != "" {
		return p.refuse(at, "", "the diff was cut in its last line; make it again")
	}
	return nil
}

// stray refuses a line that can only be what is left of a hunk or a header, and marks where a signature begins.
func (p *diffParser) stray(line string) error {
	if p.prose || line == "" {
		return nil
	}
	at := p.in.line
	switch {
	case line == "-- " || line == "--":
		// The end of a mail: the version of git below it, or a mailing list's own words.
		p.log.signature = at
		return nil
	case p.log.isBoundary(line):
		p.log.signature = at
		return nil
	}
	switch line[0] {
	case ' ':
		if p.log.signature > 0 {
			return nil
		}
		fallthrough
	case '+', '-', '\\', '@':
		return p.refuse(at, p.lastFile(), "%s stands outside of any hunk: a hunk has more lines than its header says, or a header is broken; make the diff again, unedited", clipQuote(line))
	}
	return nil
}

// lastFile returns the path of the file read last.
func (p *diffParser) lastFile() string {
	if n := len(p.change.Files); n > 0 {
		return p.change.Files[n-1].Path
	}
	return ""
}

// lineAfter reports whether the line n after the current one begins with prefix.
func (p *diffParser) lineAfter(n int, prefix string) bool {
	off := 0
	for range n {
		length := len(p.in.at(off))
		if length == 0 || length > maxHeaderLine {
			return false
		}
		off += length
	}
	return bytes.HasPrefix(p.in.at(off), []byte(prefix))
}

// add puts f, whose entry begins at line, into the change.
func (p *diffParser) add(f *File, line int) error {
	if p.named != nil && !isPrefixed(f.Path, p.named.path) && !isPrefixed(p.named.path, f.Path) {
		if err := p.flushNamed(); err != nil {
			return err
		}
	}
	p.named = nil
	if before, ok := p.seen[f.Path]; ok {
		if i := len(p.change.Files) - 1; p.change.Files[i].Path == f.Path && mergeTypeChange(p.change.Files[i], f) {
			return nil
		}
		return p.refuse(line, f.Path, "the file already stands at line %d. A change has each file once: of a series of commits, compare the ends (git diff BASE...HEAD)", before)
	}
	p.seen[f.Path] = line
	f.LFS = pointsToLFS(f)
	p.change.Files = append(p.change.Files, f)
	p.prose = false
	p.log.endMessage()
	return p.hold(fileCost)
}

// mergeTypeChange makes one entry of the two that git writes for a change of type, and reports whether they are that.
func mergeTypeChange(deleted, added *File) bool {
	const kind = 0o170000
	if deleted.Status != FileDeleted || added.Status != FileAdded || deleted.OldMode == 0 || added.NewMode == 0 ||
		deleted.OldMode&kind == added.NewMode&kind {
		return false
	}
	f := *deleted
	f.Status = FileTypeChanged
	f.NewMode, f.NewID = added.NewMode, added.NewID
	f.Unreadable = cmp.Or(deleted.Unreadable, added.Unreadable)
	f.Added = added.Added
	// Where one side is binary, the other side's text is still there to be read: the target of a link.
	f.Binary = added.Binary || deleted.Binary && len(added.Hunks) == 0
	switch {
	case f.Binary:
		f.Hunks, f.Added, f.Deleted = nil, 0, 0
	case len(deleted.Hunks) == 0:
		f.Hunks = added.Hunks
	case len(added.Hunks) > 0:
		// All of the old lines and all of the new ones make one hunk: two would stand out of order.
		old, now := deleted.Hunks[0], added.Hunks[0]
		f.Hunks = []*Hunk{{
			OldStart: old.OldStart, OldLines: old.OldLines, NewStart: now.NewStart, NewLines: now.NewLines,
			Section: old.Section, Body: old.Body + now.Body,
		}}
	}
	f.LFS = pointsToLFS(&f)
	*deleted = f
	return true
}

// pointsToLFS reports whether what the diff shows of the newer side of f (of the older, if f is deleted) is
// the pointer of Git LFS: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
func pointsToLFS(f *File) bool {
	lines, oid := 0, false
	for _, h := range f.Hunks {
		if max(h.OldLines, h.NewLines) > 20 { // a pointer has three lines and few extensions
			return false
		}
		for l := range h.Lines() {
			if l.New == 0 && f.Status != FileDeleted {
				continue
			}
			key, value, _ := strings.Cut(strings.TrimSuffix(l.Text, "\r"), " ")
			switch {
			case key == "version" && strings.HasPrefix(value, "https://git-lfs.github.com/spec/"),
				key == "size", strings.HasPrefix(key, "ext-"):
			case key == "oid" && strings.HasPrefix(value, "sha256:"):
				oid = true
			default:
				return false
			}
			lines++
		}
	}
	return lines > 0 && oid
}

// isColored reports whether line is part of a diff with terminal colours before it.
func isColored(line string) bool {
	rest := line
	for strings.HasPrefix(rest, "\x1b[") {
		_, after, ok := strings.Cut(rest, "m")
		if !ok {
			return false
		}
		rest = after
	}
	if rest == line {
		return false
	}
	for _, prefix := range []string{"diff ", "--- ", "+++ ", "@@ ", "@@@ ", "index ", "Binary files ", "commit "} {
		if strings.HasPrefix(rest, prefix) {
			return true
		}
	}
	return false
}

// isSubmoduleLog recognises the line of diff.submodule=log: "Submodule lib 1234567..89abcde:".
func isSubmoduleLog(line string) bool {
	rest, ok := strings.CutPrefix(line, "Submodule ")
	if !ok {
		return false
	}
	if strings.HasSuffix(rest, " contains untracked content") || strings.HasSuffix(rest, " contains modified content") {
		return true
	}
	for word := range strings.FieldsSeq(rest) {
		old, now, found := strings.Cut(strings.TrimSuffix(word, ":"), "..")
		if found && isObjectID(old) && isObjectID(strings.TrimPrefix(now, ".")) {
			return true
		}
	}
	return false
}

// isObjectID reports whether s is a git object id, abbreviated perhaps.
func isObjectID(s string) bool {
	return len(s) >= 4 && len(s) <= 64 && strings.Trim(s, "0123456789abcdef") == ""
}

// clipQuote quotes foreign text for a message, at most 80 bytes of it.
func clipQuote(s string) string {
	if len(s) > 80 {
		return fmt.Sprintf("%q…", s[:80])
	}
	return fmt.Sprintf("%q", s)
}
