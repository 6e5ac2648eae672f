package patterns

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"strings"
	"sync"

	"github.com/deepreview-go/deepreview"
)

// Bounds on what the rules look at. What lies beyond is named in the coverage.
const (
	// lineMost is how much of one line is looked at, in bytes. Lines people write are shorter by far.
	lineMost = 64 << 10
	// minifiedLine is the length, in bytes, from which a line of JavaScript was written by a tool.
	minifiedLine = 3000
	// bundleLines is how many lines a file of JavaScript has that a bundler put together.
	bundleLines = 10_000
	// keyLinesMost is how many lines a private key has at most: 16,384 bits in lines of 64 characters.
	keyLinesMost = 220
	// fileLinesMost is how many diff lines of one file are looked at.
	fileLinesMost = 400_000
	// wholeMost is the largest file that is read whole from a tree, in bytes.
	wholeMost = 4 << 20
)

// view is a change made ready for the rules.
type view struct {
	*deepreview.Change
	ctx   context.Context
	files []*file // those with content to look at, in the change's order
	paths map[string]*file
	// missing and taken are what vanished and withdrawn found, once asked.
	missing func() ([]string, map[string]*file)
	taken   func() map[string]bool
	// index is what of the change is asked after by name, once asked.
	index func() *index
}

// index answers what would take a walk over all files of the change.
type index struct {
	bases     map[string]bool // last parts of all names, those before the change too
	movedFrom map[string]bool // names that files were renamed from
	deadDirs  map[string]bool // folders whose changed code files are all deleted
}

func (v *view) newIndex() *index {
	x := &index{bases: map[string]bool{}, movedFrom: map[string]bool{}, deadDirs: map[string]bool{}}
	for _, f := range v.files {
		x.bases[path.Base(f.Path)] = true
		if f.OldPath != "" {
			x.bases[path.Base(f.OldPath)] = true
		}
		if f.Status == deepreview.FileRenamed {
			x.movedFrom[f.OldPath] = true
		}
		if !f.test && f.lang.program() {
			dead, seen := x.deadDirs[f.dir()]
			x.deadDirs[f.dir()] = f.gone() && (dead || !seen)
		}
	}
	return x
}

// file is one changed file made ready for the rules.
type file struct {
	*deepreview.File
	view *view
	lang language
	// test, example, vendored and built say what kind of file its name makes it.
	test, example, vendored, built bool
	// generated is the line of its header that says a tool wrote it; empty if none does.
	generated string

	lines []line
	// beyond says what of the file was not looked at; empty if nothing.
	beyond string

	taken map[string]bool // its deleted lines, trimmed; made by removed

	head, base []string // lines of the whole file, once read
	headRead   bool
	baseRead   bool
}

// line is one diff line made ready for the rules.
type line struct {
	deepreview.Line
	// Code is the text with what stands in strings and comments blanked out; Comment is the comment's text. Both
	// are as good as a reading line by line can be.
	Code, Comment string
	// hunk counts the file's hunks from 0.
	hunk int
	// key says that the line is part of a private key, which is seen for one only as a whole: it must not be shown.
	key bool
}

// text returns the line without its carriage return.
func (l line) text() string { return strings.TrimSuffix(l.Text, "\r") }

func (l line) added() bool   { return l.Op == deepreview.OpAdd }
func (l line) deleted() bool { return l.Op == deepreview.OpDelete }

// newView sorts the files of c by what can be looked at. The reason why a file cannot is in its coverage.
func newView(ctx context.Context, c *deepreview.Change) *view {
	v := &view{Change: c, ctx: ctx, paths: make(map[string]*file, len(c.Files))}
	v.index = sync.OnceValue(v.newIndex)
	v.missing, v.taken = sync.OnceValues(v.vanished), sync.OnceValue(v.withdrawn)
	for _, f := range c.Files {
		if f == nil || f.Unreadable != "" || !fs.ValidPath(f.Path) || f.Path == "." {
			continue
		}
		x := &file{File: f, view: v, lang: languageOf(f.Path), test: testFile(f.Path), example: exampleFile(f.Path), vendored: vendored(f.Path), built: builtFile(f.Path)}
		v.files = append(v.files, x)
		v.paths[f.Path] = x
	}
	return v
}

// read splits the file's hunks into lines and works out its header. It stops early when ctx ends.
func (f *file) read(ctx context.Context) error {
	f.lines, f.taken = nil, nil
	n, clipped, long := 0, 0, 0
	old, now := cursor{file: f, old: true}, cursor{file: f}
	for i, h := range f.Hunks {
		if err := ctx.Err(); err != nil {
			return err
		}
		old.seek(h.OldStart)
		now.seek(h.NewStart)
		key := 0 // lines that the private key may still have
		for l := range h.Lines() {
			if n++; n%4096 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			if n > fileLinesMost {
				continue
			}
			if len(l.Text) > lineMost {
				l.Text = l.Text[:lineMost]
				clipped++
			}
			x := line{Line: l, hunk: i}
			if strings.Contains(l.Text, "PRIVATE KEY") && strings.Contains(l.Text, "-----BEGIN ") {
				key = keyLinesMost
			}
			if x.key = key > 0; x.key {
				key--
				if strings.Contains(l.Text, "-----END ") {
					key = 0
				}
			}
			if len(l.Text) > minifiedLine || max(l.Old, l.New) > bundleLines {
				long++
			}
			switch l.Op {
			case deepreview.OpAdd:
				x.Code, x.Comment = now.next(x.text())
			case deepreview.OpDelete:
				x.Code, x.Comment = old.next(x.text())
			default:
				old.next(x.text())
				x.Code, x.Comment = now.next(x.text())
			}
			f.lines = append(f.lines, x)
		}
	}
	switch {
	case n > fileLinesMost:
		f.beyond = fmt.Sprintf("only the first %d of its %d changed and surrounding lines were scanned", fileLinesMost, n)
	case clipped > 0:
		f.beyond = fmt.Sprintf("%d lines are longer than %d bytes and were scanned no further", clipped, lineMost)
	}
	f.built = f.built || long > 0 && f.lang == langJavaScript
	f.generated = strings.Clone(f.generatedBy()) // not the whole file along with it
	return nil
}

// release drops what read and the trees filled in.
func (f *file) release() {
	f.lines, f.taken, f.head, f.base = nil, nil, nil, nil
	f.headRead, f.baseRead = false, false
}

// cursor is a lexer at a line of one side of a file.
type cursor struct {
	lexer
	file *file
	old  bool
	line int // the line that next will be asked about; 0 before the first seek
}

// seek brings the lexer into its state before line start: worked out from the whole file where a tree has it, else taken to
// be outside of every string and comment. Lines only grow from one seek to the next.
func (x *cursor) seek(start int) {
	if x.line == 0 {
		x.syntax, x.line = syntaxOf(x.file.lang), 1
	}
	if x.syntax == nil || x.syntax.flat() {
		return
	}
	lines := x.file.whole(x.old)
	if lines == nil {
		x.until, x.comment = "", false
		return
	}
	for ; x.line < start && x.line <= len(lines); x.line++ {
		x.lexer.next(strings.TrimSuffix(lines[x.line-1], "\r"))
	}
}

func (x *cursor) next(text string) (code, comment string) {
	x.line++
	return x.lexer.next(text)
}

// at is the location of a line: in the file after the change, or before it for a deleted line.
func (f *file) at(l line) deepreview.Location {
	if l.deleted() {
		return deepreview.Location{Path: cmp.Or(f.OldPath, f.Path), Start: l.Old, End: l.Old, Old: true}
	}
	return deepreview.Location{Path: f.Path, Start: l.New, End: l.New}
}

// added yields the added lines.
func (f *file) added() iter.Seq2[int, line] {
	return func(yield func(int, line) bool) {
		for i, l := range f.lines {
			if l.added() && !yield(i, l) {
				return
			}
		}
	}
}

// deleted yields the deleted lines.
func (f *file) deleted() iter.Seq2[int, line] {
	return func(yield func(int, line) bool) {
		for i, l := range f.lines {
			if l.deleted() && !yield(i, l) {
				return
			}
		}
	}
}

// production reports whether the file is the project's own hand-written code: not a test, not an example, not a copy and
// not a tool's.
func (f *file) production() bool {
	return !f.test && !f.example && !f.vendored && !f.built && f.generated == ""
}

// handWritten reports whether a person of this project wrote the file.
func (f *file) handWritten() bool { return !f.vendored && !f.built && f.generated == "" }

// gone reports whether the file is absent after the change.
func (f *file) gone() bool { return f.Status == deepreview.FileDeleted }

// whole returns the lines of the file on one side, without line feeds; nil where no tree has it, where it is too large
// or not text.
func (f *file) whole(old bool) []string {
	if old {
		if !f.baseRead {
			f.baseRead = true
			if name := f.Before(); name != "" {
				f.base = splitLines(readText(f.view.BaseTree, name))
			}
		}
		return f.base
	}
	if !f.headRead {
		f.headRead = true
		if !f.gone() {
			f.head = splitLines(readText(f.view.Tree, f.Path))
		}
	}
	return f.head
}

func splitLines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// readText returns the text of a regular file, "" where there is none, where it is larger than [wholeMost] or holds a zero
// byte. A tree that cannot be read costs a rule its second look, not the review.
func readText(tree fs.FS, name string) string {
	if tree == nil || !fs.ValidPath(name) {
		return ""
	}
	f, err := tree.Open(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() || info.Size() > wholeMost {
		return ""
	}
	data, err := io.ReadAll(io.LimitReader(f, wholeMost+1))
	if err != nil || len(data) > wholeMost || bytes.IndexByte(data, 0) >= 0 {
		return ""
	}
	return string(data)
}

// exists reports whether the head has a file; false too where no tree is known.
func (v *view) exists(name string) bool {
	if v.Tree == nil || !fs.ValidPath(name) {
		return false
	}
	_, err := fs.Stat(v.Tree, name)
	return err == nil
}

// generatedHeader is what tools write at the top of their work. The first is Go's convention (go help generate); the
// others are those of protoc plug-ins, Facebook's @generated and of hand-made generators.
var generatedHeader = compile(`(?i)^\W*(?:code |file |this file (?:is|was) |automatically |auto-?)?\s*(?:auto-?|automatically )?generated\b.*\b(?:do not|don't) (?:edit|modify|change)|^\W*@generated\b|^\W*(?:do not|don't) (?:edit|modify)\b.*\bgenerated\b`)

// generatedBy returns the line at the top of the file that says a tool wrote it.
func (f *file) generatedBy() string {
	const headerMost = 40
	for _, old := range []bool{false, true} {
		whole := f.whole(old)
		for _, l := range whole[:min(headerMost, len(whole))] {
			if len(l) <= 400 && generatedHeader.MatchString(l) {
				return strings.TrimSpace(l)
			}
		}
	}
	for _, l := range f.lines {
		if n := cmp.Or(l.New, l.Old); n <= headerMost && len(l.Text) <= 400 && generatedHeader.MatchString(l.Text) {
			return strings.TrimSpace(l.text())
		}
	}
	return ""
}

// dir is the folder of the file.
func (f *file) dir() string { return path.Dir(f.Path) }
