package git

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/deepreview-go/deepreview"
)

// Tree is the whole repository at one revision as a read-only [fs.FS], read from git's objects as it is asked for.
// It is safe for concurrent use and passes [testing/fstest.TestFS], but for names with a backslash, which git allows.
// It works until the change is closed.
//
// A symbolic link is never followed, as a whole or inside a name: Open, Stat and ReadFile of one give the link itself, whose
// content is its target, and ReadLink gives that too. A submodule is an empty folder; what it points to is in
// another repository. A pointer of Git LFS is the file that git has, which is the pointer. Times are zero.
//
// [fs.FileInfo.Sys] returns the [Entry].
type Tree struct {
	r    *repository
	id   string
	most int

	once sync.Once
	err  error
	listing
}

// listing is what is in a tree.
type listing struct {
	// entries are all files and folders by path; folders have their children's names, sorted.
	entries map[string]*node
	omitted []string
	// hidden are the sizes of the files that are omitted, or below what is, by git's name for them.
	hidden map[string]int64
}

// large returns the names, as git has them, of the files of more than most bytes.
func (l *listing) large(most int64) map[string]bool {
	names := map[string]bool{}
	for name, n := range l.entries {
		if n.size > most {
			names[name] = true
		}
	}
	for name, n := range l.hidden {
		if n > most {
			names[name] = true
		}
	}
	return names
}

// Entry is a file or folder as git has it.
type Entry struct {
	// Mode is git's own; folders have 0 but for [deepreview.ModeSubmodule].
	Mode deepreview.FileMode
	// ID is the id of the blob, of the tree, or of a submodule's commit. The root has that of the whole tree.
	ID string
}

// node is an entry with what [fs.FileInfo] says of it.
type node struct {
	entry Entry
	name  string
	// size is -1 where the object is not in the clone.
	size     int64
	dir      bool
	children []fs.DirEntry
}

func newTree(r *repository, id string, most int) *Tree { return &Tree{r: r, id: id, most: most} }

// ID returns the object id of the tree.
func (t *Tree) ID() string { return t.id }

// Omitted returns the names, quoted, that are in git's tree and not in t, because no path can stand for them or because a
// copy of them on disk would be taken for a repository: not valid UTF-8, "..", ".git", on Windows a backslash. It is empty for
// almost every repository.
func (t *Tree) Omitted(ctx context.Context) ([]string, error) {
	if err := t.list(ctx); err != nil {
		return nil, err
	}
	return slices.Clone(t.omitted), nil
}

// list reads the names of all entries, once.
func (t *Tree) list(ctx context.Context) error {
	t.once.Do(func() {
		if t.id == t.r.emptyTree() {
			t.entries = map[string]*node{".": {name: ".", dir: true, entry: Entry{ID: t.id}}}
			return
		}
		ls := t.r.shadowed("ls-tree", "-r", "-t", "-z", "-l", "--full-tree", t.id)
		ls.records = t.most
		var out []byte
		out, t.err = t.r.output(ctx, maxListing, ls)
		switch {
		case errors.Is(t.err, ErrTooLarge):
			t.err = fmt.Errorf("tree %s: %w; raise MaxFiles", t.id, t.err)
		case t.err != nil:
			t.err = fmt.Errorf("tree %s: %w", t.id, t.r.missing(t.err))
		default:
			t.listing, t.err = parseTree(string(out), t.id)
		}
	})
	return t.err
}

// parseTree reads what ls-tree -r -t -z -l writes.
func parseTree(out, id string) (listing, error) {
	l := listing{entries: map[string]*node{".": {name: ".", dir: true, entry: Entry{ID: id}}}, hidden: map[string]int64{}}
	bad := func(what, record string) (listing, error) {
		return listing{}, fmt.Errorf("git ls-tree wrote %s: %q", what, printable(record, 200))
	}
	for out != "" {
		var record string
		record, out, _ = strings.Cut(out, "\x00")
		head, name, ok := strings.Cut(record, "\t")
		fields := strings.Fields(head)
		if !ok || len(fields) != 4 || name == "" {
			return bad("what is no entry", record)
		}
		mode, err := strconv.ParseUint(fields[0], 8, 32)
		if err != nil {
			return bad("a mode that is none", record)
		}
		length, err := strconv.ParseInt(fields[3], 10, 64)
		if err != nil {
			length = -1 // "BAD": the object is not there; "-": it is no file
		}
		parentName, base := path.Split(name)
		parent := l.entries[cmp.Or(strings.TrimSuffix(parentName, "/"), ".")]
		if parent == nil || !parent.dir || l.entries[name] != nil || !fs.ValidPath(name) || !nameable(base) {
			// A parent that is absent was left out itself, and only the first of its names is worth telling.
			if parent != nil {
				l.omitted = append(l.omitted, strconv.Quote(name))
			}
			l.hidden[name] = max(length, l.hidden[name])
			continue
		}
		n := &node{name: base, entry: Entry{Mode: deepreview.FileMode(mode), ID: fields[2]}}
		switch {
		case fields[1] == "tree":
			n.dir, n.entry.Mode = true, 0
		case n.entry.Mode == deepreview.ModeSubmodule:
			n.dir = true
		default:
			n.size = length
		}
		l.entries[name] = n
		parent.children = append(parent.children, n)
	}
	for _, n := range l.entries {
		// git orders a folder as if its name ended in a slash.
		slices.SortFunc(n.children, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	}
	return l, nil
}

// nameable reports whether name can be one element of a path. A file called .git, or whatever a file system takes
// for that (upper case, trailing dots, short names, ignored characters), would turn a copy of the tree into
// a repository with a configuration.
func nameable(name string) bool {
	if !utf8.ValidString(name) || !fs.ValidPath(name) || name == "." || strings.Contains(name, "/") {
		return false
	}
	// What is no single name on this system: a backslash, a device or a stream on Windows.
	if _, err := filepath.Localize(name); err != nil {
		return false
	}
	folded := strings.Map(func(r rune) rune {
		switch {
		// Those that HFS+ ignores; the list is git's own, in utf8.c.
		case r >= 0x200c && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x206a && r <= 0x206f, r == 0xfeff:
			return -1
		}
		return r
	}, strings.ToLower(name))
	folded, _, _ = strings.Cut(folded, ":") // a stream of NTFS
	folded = strings.TrimRight(folded, ". ")
	return folded != ".git" && folded != "git~1"
}

// find returns the entry called name.
func (t *Tree) find(op, name string) (*node, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	if err := t.r.ctx.Err(); err != nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: errClosed}
	}
	if err := t.list(t.r.ctx); err != nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	n := t.entries[name]
	if n == nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	return n, nil
}

// Open opens a file, a folder or a symbolic link; see [Tree] for the last. Content of more than 8 MB is streamed and
// cannot be sought in.
func (t *Tree) Open(name string) (fs.File, error) {
	n, err := t.find("open", name)
	if err != nil {
		return nil, err
	}
	switch {
	case n.dir:
		return &folder{node: n, path: name}, nil
	case n.size > maxHeld:
		return &largeFile{node: n, path: name, t: t}, nil
	}
	return &smallFile{node: n, path: name, t: t}, nil
}

// ReadFile returns the content of a file, or the target of a symbolic link.
func (t *Tree) ReadFile(name string) ([]byte, error) {
	n, err := t.find("read", name)
	if err != nil {
		return nil, err
	}
	return t.content("read", name, n)
}

func (t *Tree) content(op, name string, n *node) ([]byte, error) {
	if n.dir {
		return nil, &fs.PathError{Op: op, Path: name, Err: errFolder}
	}
	if n.size < 0 {
		return nil, &fs.PathError{Op: op, Path: name, Err: t.r.missingObject(fmt.Errorf("object %s", n.entry.ID))}
	}
	text, err := t.r.objects.contents(t.r.ctx, n.entry.ID, n.size)
	if err != nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	return text, nil
}

// ReadDir returns the entries of a folder by name.
func (t *Tree) ReadDir(name string) ([]fs.DirEntry, error) {
	n, err := t.find("readdir", name)
	if err != nil {
		return nil, err
	}
	if !n.dir {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errNoFolder}
	}
	return slices.Clone(n.children), nil
}

// Stat describes a file; a symbolic link is described itself.
func (t *Tree) Stat(name string) (fs.FileInfo, error) {
	n, err := t.find("stat", name)
	if err != nil {
		return nil, err
	}
	return n, nil
}

// Lstat is Stat.
func (t *Tree) Lstat(name string) (fs.FileInfo, error) { return t.Stat(name) }

// ReadLink returns the target of a symbolic link as it was committed: it may lead anywhere.
func (t *Tree) ReadLink(name string) (string, error) {
	n, err := t.find("readlink", name)
	if err != nil {
		return "", err
	}
	if n.entry.Mode != deepreview.ModeSymlink {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	text, err := t.content("readlink", name, n)
	return string(text), err
}

var (
	_ fs.ReadFileFS = (*Tree)(nil)
	_ fs.ReadDirFS  = (*Tree)(nil)
	_ fs.StatFS     = (*Tree)(nil)
	_ fs.ReadLinkFS = (*Tree)(nil)
)

// A node is the [fs.FileInfo] and the [fs.DirEntry] of its entry.
func (n *node) Name() string               { return n.name }
func (n *node) Size() int64                { return max(0, n.size) }
func (n *node) ModTime() time.Time         { return time.Time{} }
func (n *node) IsDir() bool                { return n.dir }
func (n *node) Sys() any                   { return n.entry }
func (n *node) Type() fs.FileMode          { return n.Mode().Type() }
func (n *node) Info() (fs.FileInfo, error) { return n, nil }

func (n *node) Mode() fs.FileMode {
	switch {
	case n.dir:
		return fs.ModeDir | 0o555
	case n.entry.Mode == deepreview.ModeSymlink:
		return fs.ModeSymlink | 0o777
	case n.entry.Mode&0o111 != 0:
		return 0o555
	}
	return 0o444
}

const (
	errFolder   = entryError("is a directory")
	errNoFolder = entryError("not a directory")
)

// entryError is why an entry cannot be read as the other kind.
type entryError string

func (e entryError) Error() string { return string(e) }

// folder is an open folder.
type folder struct {
	*node
	path   string
	next   int
	closed bool
}

func (f *folder) Stat() (fs.FileInfo, error) { return f.node, nil }

func (f *folder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: f.path, Err: errFolder}
}

func (f *folder) Close() error {
	f.closed = true
	return nil
}

func (f *folder) ReadDir(n int) ([]fs.DirEntry, error) {
	if f.closed {
		return nil, &fs.PathError{Op: "readdir", Path: f.path, Err: fs.ErrClosed}
	}
	rest := f.children[f.next:]
	if n > 0 && len(rest) == 0 {
		return nil, io.EOF
	}
	if n > 0 {
		rest = rest[:min(n, len(rest))]
	}
	f.next += len(rest)
	return slices.Clone(rest), nil
}

// smallFile is an open file whose content is held in memory from the first read on.
type smallFile struct {
	node   *node
	path   string
	t      *Tree
	text   *bytes.Reader
	closed bool
}

func (f *smallFile) Stat() (fs.FileInfo, error) { return f.node, nil }

func (f *smallFile) Close() error {
	f.closed, f.text = true, nil
	return nil
}

func (f *smallFile) load(op string) error {
	if f.closed {
		return &fs.PathError{Op: op, Path: f.path, Err: fs.ErrClosed}
	}
	if f.text != nil {
		return nil
	}
	text, err := f.t.content(op, f.path, f.node)
	if err == nil {
		f.text = bytes.NewReader(text)
	}
	return err
}

func (f *smallFile) Read(b []byte) (int, error) {
	if err := f.load("read"); err != nil {
		return 0, err
	}
	return f.text.Read(b)
}

func (f *smallFile) Seek(offset int64, whence int) (int64, error) {
	if err := f.load("seek"); err != nil {
		return 0, err
	}
	return f.text.Seek(offset, whence)
}

// largeFile is an open file whose content is streamed.
type largeFile struct {
	node   *node
	path   string
	t      *Tree
	text   io.ReadCloser
	closed bool
}

func (f *largeFile) Stat() (fs.FileInfo, error) { return f.node, nil }

func (f *largeFile) Read(b []byte) (n int, err error) {
	if f.closed {
		return 0, &fs.PathError{Op: "read", Path: f.path, Err: fs.ErrClosed}
	}
	if f.text == nil {
		if f.text, err = f.t.r.objects.stream(f.node.entry.ID); err != nil {
			return 0, &fs.PathError{Op: "read", Path: f.path, Err: err}
		}
	}
	n, err = f.text.Read(b)
	if err != nil && err != io.EOF {
		err = &fs.PathError{Op: "read", Path: f.path, Err: err}
	}
	return n, err
}

func (f *largeFile) Close() error {
	f.closed = true
	if f.text == nil {
		return nil
	}
	return f.text.Close()
}
