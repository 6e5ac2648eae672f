package reviewtest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"github.com/deepreview-go/deepreview"
)

// watched is a change whose trees and funcs tell when they are used.
type watched struct {
	*deepreview.Change
	log *useLog
}

// useLog notes how a change was used.
type useLog struct {
	mu     sync.Mutex
	over   bool   // the call has returned
	late   string // the first use after that
	closed bool
	used   func() // is called at each use
}

func (l *useLog) use(what string) {
	l.mu.Lock()
	if l.over && l.late == "" {
		l.late = what
	}
	used := l.used
	l.mu.Unlock()
	if used != nil {
		used()
	}
}

// end says that whoever was given the change has returned.
func (l *useLog) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
}

// lateUse returns the first use after the end; empty if there was none.
func (l *useLog) lateUse() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.late
}

func (l *useLog) wasClosed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed
}

// Close implements io.Closer. It does not close what the change stands on: the caller of a check goes on to use that.
func (l *useLog) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	return nil
}

// watch returns a copy of c that is watched. Its files are c's own.
func watch(c *deepreview.Change) watched {
	log := &useLog{}
	own := *c
	own.Closer = log
	if c.Tree != nil {
		own.Tree = &watchedTree{c.Tree, "Tree", log}
	}
	if c.BaseTree != nil {
		own.BaseTree = &watchedTree{c.BaseTree, "BaseTree", log}
	}
	if c.Blame != nil {
		own.Blame = func(ctx context.Context, path string, start, end int) ([]deepreview.BlameLine, error) {
			log.use(fmt.Sprintf("Blame of %s", shown(path)))
			return c.Blame(ctx, path, start, end)
		}
	}
	if c.Log != nil {
		own.Log = func(ctx context.Context, path string, n int) ([]deepreview.Commit, error) {
			log.use(fmt.Sprintf("Log of %s", shown(path)))
			return c.Log(ctx, path, n)
		}
	}
	return watched{&own, log}
}

// watchedTree passes on what a tree can do, and hides its type.
type watchedTree struct {
	fsys fs.FS
	name string
	log  *useLog
}

// Open implements fs.FS.
func (t *watchedTree) Open(name string) (fs.File, error) {
	t.log.use(fmt.Sprintf("%s.Open of %s", t.name, shown(name)))
	return t.fsys.Open(name)
}

// ReadFile implements fs.ReadFileFS.
func (t *watchedTree) ReadFile(name string) ([]byte, error) {
	t.log.use(fmt.Sprintf("%s.ReadFile of %s", t.name, shown(name)))
	return fs.ReadFile(t.fsys, name)
}

// ReadDir implements fs.ReadDirFS.
func (t *watchedTree) ReadDir(name string) ([]fs.DirEntry, error) {
	t.log.use(fmt.Sprintf("%s.ReadDir of %s", t.name, shown(name)))
	return fs.ReadDir(t.fsys, name)
}

// Stat implements fs.StatFS.
func (t *watchedTree) Stat(name string) (fs.FileInfo, error) {
	t.log.use(fmt.Sprintf("%s.Stat of %s", t.name, shown(name)))
	return fs.Stat(t.fsys, name)
}

// ReadLink and Lstat implement fs.ReadLinkFS.
func (t *watchedTree) ReadLink(name string) (string, error) {
	t.log.use(fmt.Sprintf("%s.ReadLink of %s", t.name, shown(name)))
	return fs.ReadLink(t.fsys, name)
}

func (t *watchedTree) Lstat(name string) (fs.FileInfo, error) {
	t.log.use(fmt.Sprintf("%s.Lstat of %s", t.name, shown(name)))
	return fs.Lstat(t.fsys, name)
}

// errObject is what a damaged repository answers.
var errObject = errors.New("object is not in this clone")

// brokenTree cannot read anything.
type brokenTree struct{}

// Open implements fs.FS.
func (brokenTree) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: errObject}
}
