package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/deepreview-go/deepreview"
)

// Bounds of a checkout.
const (
	maxFiles    = 100_000
	maxFileSize = 32 << 20 // bytes
	maxTotal    = 1 << 30  // bytes
)

// withheld are the names, in lower case, of what an agent takes its settings, its commands, its servers or its instructions from.
// Below a checkout they are foreign, and are left out of it at any depth; what a change does to them stands in the prompt.
var withheld = map[string]bool{
	".git": true, ".gitmodules": true, ".claude": true, "claude.md": true, "claude.local.md": true, ".mcp.json": true,
	".codex": true, "agents.md": true, "agents.override.md": true, ".agents": true,
	".gemini": true, "gemini.md": true, ".geminiignore": true, ".env": true, ".envrc": true,
}

// isWithheld reports whether a name is one of withheld, as file systems that fold names would have it.
func isWithheld(name string) bool {
	name = strings.TrimRight(strings.ToLower(name), ". ")
	return withheld[name] || strings.HasPrefix(name, "git~")
}

// checkout is a copy of a tree in a folder of its own.
type checkout struct {
	dir string
	// files are those that are there, as they were written.
	files map[string]stamp
	// missing says what was left out for the bounds; empty where nothing was.
	missing string
}

// stamp tells whether a file was touched.
type stamp struct {
	size int64
	time time.Time
}

// newCheckout copies the tree below dir, which exists and is empty: the changed files first, so that the bounds take others.
// Nothing in it is a link: a symbolic link is a file that holds its target. Files and folders are read-only where the system has
// that, and the user is not its master. A nil tree makes an empty checkout. Only ctx and the disk are errors.
func newCheckout(ctx context.Context, dir string, c *deepreview.Change) (*checkout, error) {
	co := &checkout{dir: dir, files: map[string]stamp{}}
	if c.Tree == nil {
		return co, nil
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return co, err
	}
	defer root.Close()
	w := &copier{tree: c.Tree, root: root, out: co, dirs: map[string]bool{}}
	for _, f := range c.Files {
		if err := ctx.Err(); err != nil {
			return co, err
		}
		if info, err := lstat(c.Tree, f.Path); err == nil && f.Status != deepreview.FileDeleted {
			if err := w.file(f.Path, info); err != nil {
				return co, err
			}
		}
	}
	err = fs.WalkDir(c.Tree, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			w.left++
			return nil // the rest is still worth reading
		case name == ".":
			return nil
		case isWithheld(d.Name()) && d.IsDir():
			return fs.SkipDir
		case d.IsDir():
			return nil
		case len(co.files) >= maxFiles || w.total >= maxTotal:
			w.full = true
			return fs.SkipAll
		}
		info, err := d.Info()
		if err != nil {
			w.left++
			return nil
		}
		return w.file(name, info)
	})
	if err != nil {
		return co, err
	}
	for _, dir := range slices.Backward(slices.Sorted(maps.Keys(w.dirs))) {
		if err := root.Chmod(filepath.FromSlash(dir), 0o555); err != nil {
			return co, err
		}
	}
	if err := root.Chmod(".", 0o555); err != nil {
		return co, err
	}
	switch {
	case w.full:
		co.missing = fmt.Sprintf("the agent's checkout holds the changed files and others up to %d files and %d bytes; the repository is larger", maxFiles, maxTotal)
	case w.left > 0:
		co.missing = fmt.Sprintf("%d files are not in the agent's checkout: too large, or not readable", w.left)
	}
	return co, nil
}

// lstat describes a file to which no link leads: some trees follow those on the way.
func lstat(tree fs.FS, name string) (fs.FileInfo, error) {
	for i := range len(name) {
		if name[i] != '/' {
			continue
		}
		if info, err := fs.Lstat(tree, name[:i]); err != nil || !info.IsDir() {
			return nil, fs.ErrNotExist
		}
	}
	return fs.Lstat(tree, name)
}

// copier copies files one by one.
type copier struct {
	tree  fs.FS
	root  *os.Root
	out   *checkout
	dirs  map[string]bool
	total int64
	left  int // files left out by their size or because they cannot be read
	full  bool
}

// file copies one file or link of the tree. Its errors are the disk's.
func (w *copier) file(name string, info fs.FileInfo) error {
	if _, done := w.out.files[name]; done || !fs.ValidPath(name) {
		return nil
	}
	for part := range strings.SplitSeq(name, "/") {
		if isWithheld(part) {
			return nil
		}
	}
	local, err := filepath.Localize(name)
	if err != nil { // no name on this system
		w.left++
		return nil
	}
	var content io.Reader
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := fs.ReadLink(w.tree, name)
		if err != nil {
			w.left++
			return nil
		}
		content = strings.NewReader(target)
	case info.Mode().IsRegular() && info.Size() <= maxFileSize && w.total+info.Size() <= maxTotal:
		f, err := w.tree.Open(name)
		if err != nil {
			w.left++
			return nil
		}
		defer f.Close()
		content = f
	case info.Mode().IsRegular():
		w.left++
		return nil
	default: // a submodule, a device
		return nil
	}
	data, err := io.ReadAll(io.LimitReader(content, maxFileSize))
	if err != nil { // the tree's, not the disk's
		w.left++
		return nil
	}
	if dir := filepath.Dir(local); dir != "." {
		switch err := w.root.MkdirAll(dir, 0o755); {
		case errors.Is(err, syscall.ENOTDIR), errors.Is(err, fs.ErrExist): // a folder and a file that are one here
			w.left++
			return nil
		case err != nil:
			return err
		}
	}
	for dir := path.Dir(name); dir != "." && !w.dirs[dir]; dir = path.Dir(dir) {
		w.dirs[dir] = true
	}
	perm := fs.FileMode(0o444)
	if info.Mode()&0o111 != 0 && info.Mode().IsRegular() {
		perm = 0o555
	}
	out, err := w.root.OpenFile(local, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if errors.Is(err, fs.ErrExist) { // two names that are one here
		w.left++
		return nil
	}
	if err != nil {
		return err
	}
	n, err := out.Write(data)
	w.total += int64(n)
	written, statErr := out.Stat()
	if err := errors.Join(err, statErr, out.Close()); err != nil {
		return err
	}
	w.out.files[name] = stamp{int64(n), written.ModTime()}
	return nil
}

// has reports whether a file can be read in the checkout.
func (co *checkout) has(name string) bool {
	_, ok := co.files[name]
	return ok
}

// touched lists what is no longer as it was written, in order, at most ten of it, and how much there is in all.
func (co *checkout) touched() (names []string, n int) {
	seen := 0
	note := func(name string) {
		if n++; len(names) < 10 {
			names = append(names, name)
		}
	}
	root, err := os.OpenRoot(co.dir)
	if err != nil {
		return []string{"."}, 1
	}
	defer root.Close()
	_ = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if seen += 1; err != nil || d.IsDir() || seen > 2*maxFiles { // an agent may have made any number
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return nil
		}
		if was, ok := co.files[name]; !ok || was.size != info.Size() || !was.time.Equal(info.ModTime()) || !info.Mode().IsRegular() {
			note(name)
		}
		return nil
	})
	for _, name := range slices.Sorted(maps.Keys(co.files)) {
		if local, err := filepath.Localize(name); err == nil {
			if _, err := root.Lstat(local); errors.Is(err, fs.ErrNotExist) {
				note(name)
			}
		}
	}
	slices.Sort(names)
	return names, n
}

// removeAll removes a folder in which folders may be read-only. No link is followed.
func removeAll(dir string) error {
	err := os.RemoveAll(dir)
	if err == nil {
		return nil
	}
	root, openErr := os.OpenRoot(dir)
	if openErr != nil {
		return err
	}
	_ = root.Chmod(".", 0o700)
	_ = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		// A folder is opened after this is called for it, so that it can be read by then.
		if d != nil && d.IsDir() {
			_ = root.Chmod(filepath.FromSlash(name), 0o700)
		}
		return nil
	})
	_ = root.Close()
	return os.RemoveAll(dir)
}
