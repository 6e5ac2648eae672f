package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents/replay"
	"github.com/deepreview-go/deepreview/git"
)

// errInterrupted is why nothing was reviewed where the user stopped the command before that.
var errInterrupted = errors.New("interrupted before anything was reviewed; nothing was written")

// load makes the change that s asks for. It stops when ctx ends; the change stands beyond that, until it is closed.
func (e *env) load(ctx context.Context, s *settings, rec *replay.Recording) (*deepreview.Change, error) {
	var c *deepreview.Change
	var err error
	if s.patch != "" {
		c, err = e.loadPatch(ctx, s)
	} else if s.pr != "" {
		c, err = e.loadPull(ctx, s)
	} else {
		c, err = e.loadRepository(ctx, s, rec)
	}
	if ctx.Err() != nil {
		if c != nil {
			c.Close()
		}
		return nil, errInterrupted
	}
	if err != nil {
		return nil, err
	}
	if err := e.configureRepository(s, c); err != nil {
		c.Close()
		return nil, err
	}
	chosen, err := e.choose(c, s)
	if err == nil && rec != nil {
		if err = rec.Check(chosen); err == nil {
			adopt(chosen, rec)
		}
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return chosen, nil
}

func (e *env) loadPatch(ctx context.Context, s *settings) (*deepreview.Change, error) {
	name, in := s.patch, e.stdin
	if name == "-" {
		name = "standard input"
		if _, _, ok := e.terminal(e.stdin); ok {
			e.note(s, "Reading a diff from the terminal; Ctrl-D ends it.")
		}
	} else {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("--patch: %w; name a file with a unified diff", err)
		}
		defer f.Close()
		in = f
	}
	type parsed struct {
		change *deepreview.Change
		err    error
	}
	// One slot: nothing can end a read of a terminal or a pipe, and after an interrupt nobody waits for it.
	done := make(chan parsed, 1)
	go func() {
		c, err := deepreview.ParseDiff(in)
		done <- parsed{c, err}
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case p := <-done:
		if p.err != nil {
			return nil, fmt.Errorf("%s: %w", name, p.err)
		}
		return p.change, nil
	}
}

func (e *env) loadRepository(ctx context.Context, s *settings, rec *replay.Recording) (*deepreview.Change, error) {
	// The change has to outlive an interrupt, since the report quotes it; so loading has an end of its own.
	loading, stop := context.WithCancel(context.WithoutCancel(ctx))
	release := context.AfterFunc(ctx, stop)
	revisions := s.rangeText()
	if revisions == "" && rec != nil && !s.staged && !s.worktree {
		revisions = recordedRange(rec)
	}
	opt := &git.Options{Staged: s.staged, Worktree: s.worktree}
	if s.staged {
		opt.Index = e.getenv("GIT_INDEX_FILE") // set where git runs this as a hook
	}
	c, err := git.Load(loading, s.dir, revisions, opt)
	release()
	if err == nil {
		return c, nil
	}
	stop()
	switch near := nearest(s.rangeText(), commandNames()); {
	case !errors.Is(err, git.ErrRevision):
		if errors.Is(err, git.ErrNotRepository) {
			err = fmt.Errorf("%w; -C DIR names another folder, and --patch FILE needs no repository", err)
		}
	case s.rangeText() == "" && revisions != "":
		err = fmt.Errorf("%w; that is the range %s was recorded for: name its repository with -C, or its diff with --patch",
			err, s.replay)
	case near != "":
		err = usagef("%v; did you mean deepreview %s?", err, near)
	default:
		err = usagef("%v", err)
	}
	return nil, err
}

// recordedRange is the range of commits that a recording is of; empty where it does not say.
func recordedRange(rec *replay.Recording) string {
	h := rec.Change
	switch {
	case h == nil || h.Head == "":
		return ""
	case len(h.Commits) == 1 && h.Commits[0].ID == h.Head && len(h.Commits[0].Parents) < 2:
		return h.Head // its parent may be nothing
	case h.Base == "":
		return ""
	}
	return h.Base + ".." + h.Head
}

// adopt takes the recorded header for a change that has none of its own, or that surely is the recorded one.
func adopt(c *deepreview.Change, rec *replay.Recording) {
	if rec.Change == nil {
		return
	}
	excluded := c.Excluded
	c.Excluded = nil
	known := slices.ContainsFunc(rec.Reviews, func(rev *deepreview.Review) bool { return rev.Change != "" })
	if known || reflect.DeepEqual(c.Header, deepreview.Header{}) {
		c.Header = *rec.Change
	}
	c.Excluded = excluded
}

// choose applies --path and --exclude, and leaves this command's own reports out of a working tree.
func (e *env) choose(c *deepreview.Change, s *settings) (*deepreview.Change, error) {
	exclude := s.exclude
	if s.worktree {
		exclude = append(slices.Clone(exclude), ownReports(c, s)...)
	}
	if len(s.include)+len(exclude) == 0 {
		return c, nil
	}
	chosen, err := c.Select(s.include, exclude)
	if err != nil {
		return nil, usagef("%v", err)
	}
	return chosen, nil
}

// ownReports are patterns for the files that this command will write, where they lie untracked in the working tree.
func ownReports(c *deepreview.Change, s *settings) []string {
	root, err := filepath.Abs(s.dir)
	if err != nil {
		return nil
	}
	for !exists(filepath.Join(root, ".git")) {
		up := filepath.Dir(root)
		if up == root {
			return nil
		}
		root = up
	}
	var out []string
	for _, d := range s.out {
		at, err := filepath.Abs(d.path)
		if err != nil || d.path == stdoutPath {
			continue
		}
		rel, err := filepath.Rel(realPath(root), realPath(at))
		if err != nil || !filepath.IsLocal(rel) {
			continue
		}
		rel = filepath.ToSlash(rel)
		if f := c.File(rel); f != nil && f.Status == deepreview.FileAdded {
			if !strings.Contains(rel, "/") {
				rel = "**/" + rel // a pattern without a slash would match in every folder, and this one in the root, too
			}
			out = append(out, escapePattern(rel))
		}
	}
	return out
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// realPath is path without symbolic links, as far as it exists.
func realPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	if up := filepath.Dir(path); up != path {
		return filepath.Join(realPath(up), filepath.Base(path))
	}
	return path
}

// escapePattern is a pattern that matches the path alone; "**/" at its beginning stays.
func escapePattern(path string) string {
	tail, deep := strings.CutPrefix(path, "**/")
	tail = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(tail)
	if deep {
		return "**/" + tail
	}
	return tail
}

// readReport reads the JSON of a report from a file, or from standard input where path is "-".
func (e *env) readReport(path string) (*deepreview.Report, error) {
	name, in := path, io.Reader(nil)
	if path == stdoutPath {
		name, in = "standard input", e.stdin
	} else {
		f, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("%w; name the JSON of a report, as --out json=FILE writes it", err)
		}
		defer f.Close()
		in = f
	}
	r, err := deepreview.ReadReport(in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return r, nil
}
