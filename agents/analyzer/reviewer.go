package analyzer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/deepreview-go/deepreview"
)

// Reviewer runs the rules of this package over the Go packages that a change touches. The zero value works; it is safe for
// concurrent use, though one process analyzes one tree at a time.
type Reviewer struct {
	// Cache is a folder for what has been computed, so that a second run over the same code is quick; it is created. Empty means
	// that nothing is kept. Several processes may share it. What has not been used for some time is removed.
	Cache string
}

// Name returns "analyzer".
func (*Reviewer) Name() string { return "analyzer" }

// Review analyzes the packages of the changed Go files at head and, where something was found, at the merge-base.
//
// What the change brought is a finding; what the merge-base has as well, or what cannot be told apart, is counted in a note. Without
// [deepreview.Change.BaseTree], or where a package does not load there, only what is on lines of the change is a finding.
// Every changed Go file is covered: at [deepreview.DepthScanned] if its package was loaded whole, else unreviewed with the
// reason. Other files are not mentioned.
//
// It returns [deepreview.ErrSkip] for a change without Go files, without [deepreview.Change.Tree], or without a go.mod above any
// of the files. The error is otherwise that of ctx or of the go command, or says that no package at all could be loaded.
//
// The packages are copied to a temporary folder, no more than 20,000 files or 512 MB of each tree, and the folder is removed
// before Review returns. In memory are, from source, as many packages as there are processors, whatever the
// size of the change.
func (r *Reviewer) Review(ctx context.Context, c *deepreview.Change) (rev *deepreview.Review, err error) {
	s := newScope(c)
	if len(s.files) == 0 {
		return nil, fmt.Errorf("%w: no Go file is changed", deepreview.ErrSkip)
	}
	if c.Tree == nil {
		return nil, fmt.Errorf("%w: only a diff is known, and compiling needs the source tree: load the change from its repository", deepreview.ErrSkip)
	}
	dir, err := os.MkdirTemp("", tempPattern)
	if err != nil {
		return nil, fmt.Errorf("temporary folder: %w", err)
	}
	defer func() { err = errors.Join(err, remove(dir)) }()
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil, err
	}
	w := &work{scope: s, dir: dir, lines: map[string][]string{}}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := w.head(ctx); err != nil {
		return w.review(), err
	}
	if w.modules == 0 && len(s.folders) > 0 {
		return nil, fmt.Errorf("%w: there is no go.mod above any of the changed Go files", deepreview.ErrSkip)
	}
	if err := w.analyze(ctx, r.Cache); err != nil {
		return w.review(), err
	}
	rev = w.review()
	if why := w.at.failure(); why != "" && len(w.at.Analyzed) == 0 {
		return rev, fmt.Errorf("no package of the change could be analyzed: %s", why)
	}
	return rev, nil
}

// remove removes a temporary folder. A compiler that outlived the go command that was stopped may still write to it for a moment.
func remove(dir string) (err error) {
	for range 20 {
		if err = os.RemoveAll(dir); err == nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return err
}

// work is one review under way.
type work struct {
	scope *scope
	dir   string // temporary
	copy  *treeCopy
	base  *treeCopy // nil where there is no base tree
	// modules counts the folders of the change that are in a module.
	modules int

	at  *side // head; nil until it was analyzed
	was *side // the merge-base; nil if that was not needed or not possible
	// noBase says why was is nil although it was needed.
	noBase string

	lines map[string][]string // of formatted files, with their newlines
}

func (w *work) close() error {
	var errs []error
	for _, t := range []*treeCopy{w.copy, w.base} {
		if t != nil {
			errs = append(errs, t.close())
		}
	}
	return errors.Join(errs...)
}

// head copies what there is to analyze at head.
func (w *work) head(ctx context.Context) (err error) {
	c := w.scope.change
	if err := writeDefaults(w.dir); err != nil {
		return err
	}
	if c.BaseTree != nil {
		w.base, err = newCopy(c.BaseTree, filepath.Join(w.dir, "base"), func(string) map[int]bool { return nil })
		if err != nil {
			return err
		}
	}
	w.copy, err = newCopy(c.Tree, filepath.Join(w.dir, "head"), w.scope.added)
	if err != nil {
		return err
	}
	for _, dir := range w.scope.folders {
		if w.copy.moduleOf(dir) != nil {
			w.modules++
		}
	}
	if w.modules == 0 {
		return nil
	}
	deepreview.Progress(ctx, "copying the packages of the change")
	return w.fill(ctx, w.copy, w.scope.folders)
}

// fill copies folders into t, with the configuration of the merge-base.
func (w *work) fill(ctx context.Context, t *treeCopy, folders []string) error {
	if err := t.add(ctx, folders); err != nil {
		return err
	}
	if w.base == nil {
		return nil
	}
	return t.addConfiguration(w.base)
}

// analyze runs the rules over head and, where they find something, over the merge-base. cache is a folder, or empty.
func (w *work) analyze(ctx context.Context, cache string) (err error) {
	if w.modules == 0 {
		w.at = newSide()
		return nil
	}
	scratch := filepath.Join(w.dir, "go")
	if err := os.Mkdir(scratch, 0o700); err != nil {
		return err
	}
	e := &engine{rules: allRules()}
	if e.toolchain, err = findToolchain(ctx, scratch); err != nil {
		return err
	}
	where := cache
	if where == "" {
		where = filepath.Join(w.dir, "cache")
	}
	if e.store, err = openStore(where); err != nil {
		return fmt.Errorf("cache folder %s: %w; choose another, or none", where, err)
	}
	if w.at, err = e.side(ctx, w.copy, w.scope.folders); err != nil {
		return err
	}
	folders := foldersOf(w.at.Diagnostics)
	switch {
	case len(folders) == 0:
		return nil
	case w.base == nil:
		w.noBase = "the tree of the merge-base is not known"
		return nil
	}
	deepreview.Progress(ctx, "comparing with the merge-base")
	folders = w.scope.baseFolders(folders)
	if err := w.fill(ctx, w.base, folders); errors.Is(err, errTooMuch) {
		w.noBase = "at the merge-base, " + err.Error()
		return nil
	} else if err != nil {
		return err
	}
	w.was, err = e.side(ctx, w.base, folders)
	return err
}
