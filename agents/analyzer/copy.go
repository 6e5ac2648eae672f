package analyzer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"go/parser"
	"go/scanner"
	"go/token"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"
)

// Bounds on the copy of one tree: what a change touches in the largest modules we know of, with what that imports, is a fifth
// of it.
const (
	copyFilesMost = 20_000
	copyBytesMost = 512 << 20
	// fileBytesMost is for one file. Generated tables of a few megabytes are type-checked in hundreds.
	fileBytesMost = 8 << 20
)

// errTooMuch says that the packages of a change do not fit the bounds.
var errTooMuch = errors.New("the packages of the change, and those of the repository that they import, are too much to copy")

// A treeCopy is what the go command needs of a tree, in a folder of its own: the Go and assembly files of some packages and of
// those that they import inside the tree, the go.mod files above them, and empty files in the place of what is
// embedded. It holds nothing that was reached through a symbolic link.
type treeCopy struct {
	source fs.FS
	root   *os.Root
	dir    string // root's, absolute and without symbolic links
	// silence are the lines of a file whose //lint: directives are taken away.
	silence func(name string) map[int]bool

	filesMost int
	bytesMost int64

	files   map[string]copied
	bytes   int64
	left    map[string]string // files that could not be copied, with the reason
	entries map[string]map[string]fs.DirEntry
	modules map[string]*module
}

type copied struct {
	digest      [sha256.Size]byte
	placeholder bool
}

// A module is a go.mod of the tree.
type module struct {
	dir  string // "." for the root of the tree
	path string
	// replaced are the folders of the tree that stand for other modules, by their module path.
	replaced map[string]string
	// broken says why nothing of the module can be loaded.
	broken string
}

// newCopy begins a copy of source below the folder dir, which it creates.
func newCopy(source fs.FS, dir string, silence func(string) map[int]bool) (*treeCopy, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &treeCopy{
		source: source, root: root, dir: dir, silence: silence,
		filesMost: copyFilesMost, bytesMost: copyBytesMost,
		files: map[string]copied{}, left: map[string]string{},
		entries: map[string]map[string]fs.DirEntry{}, modules: map[string]*module{},
	}, nil
}

func (t *treeCopy) close() error { return t.root.Close() }

// list returns what is in a folder of the tree; nothing if it is none, or if a symbolic link leads to it.
func (t *treeCopy) list(dir string) map[string]fs.DirEntry {
	if entries, ok := t.entries[dir]; ok {
		return entries
	}
	var entries map[string]fs.DirEntry
	real := dir == "."
	if !real {
		e, ok := t.list(path.Dir(dir))[path.Base(dir)]
		real = ok && e.IsDir()
	}
	if real {
		// What was listed before an error counts; what is missing shows when the package is loaded.
		all, _ := fs.ReadDir(t.source, dir)
		entries = make(map[string]fs.DirEntry, len(all))
		for _, e := range all {
			entries[e.Name()] = e
		}
	}
	t.entries[dir] = entries
	return entries
}

// has reports whether name is a regular file of the tree.
func (t *treeCopy) has(name string) bool {
	e, ok := t.list(path.Dir(name))[path.Base(name)]
	return ok && e.Type().IsRegular()
}

// moduleOf returns the module that a folder is in; nil if there is no go.mod above it.
func (t *treeCopy) moduleOf(dir string) *module {
	if m, ok := t.modules[dir]; ok {
		return m
	}
	var m *module
	switch {
	case t.has(path.Join(dir, "go.mod")):
		m = t.readModule(dir)
	case dir != ".":
		m = t.moduleOf(path.Dir(dir))
	}
	t.modules[dir] = m
	return m
}

func (t *treeCopy) readModule(dir string) *module {
	m := &module{dir: dir, replaced: map[string]string{}}
	name := path.Join(dir, "go.mod")
	data, err := t.read(name)
	if err != nil {
		m.broken = fmt.Sprintf("%s: %v", name, err)
		return m
	}
	file, err := modfile.Parse(name, data, nil)
	if err != nil {
		m.broken = firstLine(err.Error())
		return m
	}
	if file.Module != nil {
		m.path = file.Module.Mod.Path
	}
	for _, r := range file.Replace {
		if r.New.Version != "" || !modfile.IsDirectoryPath(r.New.Path) {
			continue
		}
		to := path.Join(dir, filepath.ToSlash(r.New.Path))
		if filepath.IsAbs(r.New.Path) || path.IsAbs(r.New.Path) || !fs.ValidPath(to) {
			m.broken = fmt.Sprintf("%s replaces %s by %s, which is outside of the repository", name, r.Old.Path, r.New.Path)
			return m
		}
		m.replaced[r.Old.Path] = to
	}
	return m
}

// add copies the packages of some folders with their tests, and what they import inside the tree.
func (t *treeCopy) add(ctx context.Context, folders []string) error {
	type step struct {
		dir   string
		tests bool
		main  *module
	}
	type visit struct {
		dir  string
		main *module
	}
	var queue []step
	for _, dir := range folders {
		if m := t.moduleOf(dir); m != nil && m.broken == "" {
			queue = append(queue, step{dir, true, m})
		}
	}
	seen := map[visit]bool{}
	for _, s := range queue {
		seen[visit{s.dir, s.main}] = true
	}
	mains := map[*module]bool{}
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		if !mains[s.main] {
			mains[s.main] = true
			if err := t.addModule(s.main); err != nil {
				return err
			}
		}
		imports, err := t.addPackage(ctx, s.dir, s.tests)
		if err != nil {
			return err
		}
		for _, imp := range imports {
			for _, dir := range t.resolve(imp, s.main) {
				if v := (visit{dir, s.main}); !seen[v] {
					seen[v] = true
					queue = append(queue, step{dir, slices.Contains(folders, dir), s.main})
				}
			}
		}
	}
	return nil
}

// addModule copies what describes a module: its go.mod and those of the modules that it replaces.
func (t *treeCopy) addModule(m *module) error {
	if err := t.addFiles(m.dir, "go.mod", "go.sum", "vendor/modules.txt"); err != nil {
		return err
	}
	for _, dir := range slices.Sorted(maps.Values(m.replaced)) {
		if err := t.addFiles(dir, "go.mod", "go.sum"); err != nil {
			return err
		}
	}
	return nil
}

// resolve returns the folders of the tree that an import path may mean for a main module.
func (t *treeCopy) resolve(imp string, main *module) []string {
	var dirs []string
	try := func(prefix, dir string) {
		rest, ok := strings.CutPrefix(imp, prefix)
		if !ok || rest != "" && rest[0] != '/' {
			return
		}
		if d := path.Join(dir, rest); fs.ValidPath(d) && t.list(d) != nil {
			dirs = append(dirs, d)
		}
	}
	if main.path != "" {
		try(main.path, main.dir)
	}
	for _, p := range slices.Sorted(maps.Keys(main.replaced)) {
		try(p, main.replaced[p])
	}
	if d := path.Join(main.dir, "vendor", imp); fs.ValidPath(d) && t.list(d) != nil {
		dirs = append(dirs, d)
	}
	return dirs
}

// addPackage copies the files of one folder and returns what they import.
func (t *treeCopy) addPackage(ctx context.Context, dir string, tests bool) (imports []string, err error) {
	entries := t.list(dir)
	embeds := false
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		if err := ctx.Err(); err != nil {
			return nil, context.Cause(ctx)
		}
		switch path.Ext(name) {
		case ".go", ".s", ".h":
		default:
			continue
		}
		full := path.Join(dir, name)
		if strings.HasSuffix(name, "_test.go") && !tests || !entries[name].Type().IsRegular() {
			continue
		}
		data, err := t.read(full)
		if err != nil {
			t.left[full] = err.Error()
			continue
		}
		if path.Ext(name) == ".go" {
			embeds = embeds || bytes.Contains(data, []byte("//go:embed"))
			data = plain(data, t.silence(full))
			if file, err := parser.ParseFile(token.NewFileSet(), "", data, parser.ImportsOnly); file != nil {
				_ = err // the compiler will tell; what was imported before it counts
				for _, i := range file.Imports {
					if p, err := strconv.Unquote(i.Path.Value); err == nil {
						imports = append(imports, p)
					}
				}
			}
		}
		if err := t.write(full, data, false); err != nil {
			return nil, err
		}
	}
	// Every go.mod above the package decides which module it is in.
	for d := dir; ; d = path.Dir(d) {
		if err := t.addFiles(d, "go.mod", "go.sum"); err != nil {
			return nil, err
		}
		if d == "." {
			break
		}
	}
	if embeds {
		err = t.addPlaceholders(ctx, dir)
	}
	return imports, err
}

// addPlaceholders makes empty files in the place of all that a package may embed. What they hold means nothing to an analyzer.
func (t *treeCopy) addPlaceholders(ctx context.Context, dir string) error {
	for _, name := range slices.Sorted(maps.Keys(t.list(dir))) {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		full := path.Join(dir, name)
		var err error
		switch e := t.list(dir)[name]; {
		case e.IsDir() && !t.has(path.Join(full, "go.mod")):
			err = t.addPlaceholders(ctx, full)
		case e.Type().IsRegular() && path.Ext(name) != ".go":
			err = t.write(full, nil, true)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// addFiles copies those of the named files that there are in a folder.
func (t *treeCopy) addFiles(dir string, names ...string) error {
	for _, name := range names {
		full := path.Join(dir, name)
		if c, done := t.files[full]; done && !c.placeholder || !t.has(full) {
			continue
		}
		data, err := t.read(full)
		if err != nil {
			t.left[full] = err.Error()
			continue
		}
		if err := t.write(full, data, false); err != nil {
			return err
		}
	}
	return nil
}

// addConfiguration copies the staticcheck.conf files of from, the tree of the merge-base, that hold for what has been copied.
func (t *treeCopy) addConfiguration(from *treeCopy) error {
	folders := map[string]bool{".": true}
	for name := range t.files {
		for d := path.Dir(name); !folders[d]; d = path.Dir(d) {
			folders[d] = true
		}
	}
	for _, d := range slices.Sorted(maps.Keys(folders)) {
		name := path.Join(d, configName)
		if !from.has(name) {
			continue
		}
		data, err := from.read(name)
		if err != nil {
			return err
		}
		if err := t.write(name, data, false); err != nil {
			return err
		}
	}
	return nil
}

// read returns a file of the tree, no larger than the bound.
func (t *treeCopy) read(name string) ([]byte, error) {
	f, err := t.source.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, fileBytesMost+1))
	if err == nil && len(data) > fileBytesMost {
		err = fmt.Errorf("larger than %d MB", fileBytesMost>>20)
	}
	return data, err
}

// write puts a file into the copy.
func (t *treeCopy) write(name string, data []byte, placeholder bool) error {
	old, again := t.files[name]
	if again && (placeholder || !old.placeholder) {
		return nil
	}
	if t.bytes += int64(len(data)); t.bytes > t.bytesMost || len(t.files) >= t.filesMost {
		return fmt.Errorf("%w: more than %d files or %d bytes", errTooMuch, t.filesMost, t.bytesMost)
	}
	local, err := filepath.Localize(name)
	if err != nil || strings.ContainsAny(name, "\x00\n\r") {
		t.left[name] = "its name is not one that this system can hold"
		return nil
	}
	flag := os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	if !again {
		flag |= os.O_EXCL
	}
	if err := t.root.MkdirAll(filepath.Dir(local), 0o700); err != nil {
		t.left[name] = "cannot be copied: " + err.Error()
		return nil
	}
	f, err := t.root.OpenFile(local, flag, 0o600)
	if err != nil {
		// Names that differ only in case are one file on some systems; others are too long.
		t.left[name] = "cannot be copied: " + err.Error()
		return nil
	}
	t.files[name] = copied{sha256.Sum256(data), placeholder}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// digest identifies what has been copied.
func (t *treeCopy) digest() string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(t.files)) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(name)))
		h.Write(n[:])
		io.WriteString(h, name)
		d := t.files[name].digest
		h.Write(d[:])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// plain returns a Go file with its line directives made ordinary comments, as well as the //lint: directives that begin on one
// of the lines of silence. No byte moves.
func plain(src []byte, silence map[int]bool) []byte {
	if !bytes.Contains(src, []byte("//line ")) && !bytes.Contains(src, []byte("/*line ")) &&
		(len(silence) == 0 || !bytes.Contains(src, []byte("//lint:"))) {
		return src
	}
	src = bytes.Clone(src)
	set := token.NewFileSet()
	file := set.AddFile("", -1, len(src))
	var s scanner.Scanner
	s.Init(file, src, nil, scanner.ScanComments)
	for {
		pos, tok, text := s.Scan()
		if tok == token.EOF {
			return src
		}
		if tok != token.COMMENT {
			continue
		}
		at := file.Offset(pos)
		if strings.HasPrefix(text, "//line ") || strings.HasPrefix(text, "/*line ") ||
			strings.HasPrefix(text, "//lint:") && silence[file.PositionFor(pos, false).Line] {
			src[at+2] = 'L'
		}
	}
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	return s
}
