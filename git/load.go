package git

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/deepreview-go/deepreview"
)

// Options are the settings of [Load]. The zero value loads commits, with the limits given here.
type Options struct {
	// Staged loads what is staged for the next commit, Worktree the working tree: what is tracked as it stands, staged
	// or not, and untracked files that no rule ignores. What the user told git to take for unchanged (git update-index
	// --assume-unchanged, --skip-worktree) is. Not both.
	Staged, Worktree bool
	// Index is the file that says what is staged; empty means the repository's own. A hook of git commit -a or git commit FILE is
	// told of another one in GIT_INDEX_FILE, without which it would look at something that is not committed. It lies in the
	// folder in which git keeps the working tree's data; any other is an error.
	Index string
	// MaxFiles bounds the number of changed files; 0 means 200,000. A tree may have five times as many names.
	MaxFiles int
	// MaxDiff bounds the diff, in bytes; 0 means 256 MB.
	MaxDiff int64
	// MaxFile is the size in bytes beyond which a file has no text diff and is not found to be renamed; 0 means 8 MB. The
	// file is in the change, unreadable for that reason, and its content can be read from the trees. git takes up to 60 times a
	// file's size to compare it, if its lines are short.
	MaxFile int64
	// MaxCommits bounds the number of commits of a range; 0 means 20,000.
	MaxCommits int
}

func (o *Options) withDefaults() Options {
	var own Options
	if o != nil {
		own = *o
	}
	own.MaxFiles = cmp.Or(own.MaxFiles, 200_000)
	own.MaxDiff = cmp.Or(own.MaxDiff, 256<<20)
	own.MaxFile = cmp.Or(own.MaxFile, 8<<20)
	own.MaxCommits = cmp.Or(own.MaxCommits, 20_000)
	return own
}

// Load makes a change from the repository that the folder dir is in; "" means the current one. revisions is
//
//	A...B  what B has done since it parted from A: their merge-base compared with B
//	A..B   A compared with B
//	X      one commit, compared with its first parent, or with nothing where it has none
//	""     the branch that is checked out, since it parted from the default branch; its last commit where that is nothing
//
// An empty A or B means HEAD. With Options.Staged or Options.Worktree, revisions is what to compare with: a
// commit, or "A..." for the merge-base of A and HEAD; "" means HEAD, or nothing where there are no commits yet. The change's
// Head is then the id of a tree, and its Commits are those between the two.
//
// Files are what git lists, with renames and copies found; see [deepreview.File]. A name or a content that cannot
// be shown is listed as unreadable, with the reason. An error is returned, and no change, where anything else of it cannot be had in
// full: a limit of [Options] is reached (ErrTooLarge), an object is not in the clone (ErrMissing), nothing differs
// (ErrEmptyRange), or a revision is not known or ambiguous (ErrRevision). The other errors of this package say what else
// can be the matter.
//
// Tree and BaseTree are a [*Tree] each. Blame gives an empty Commit to a line that is not committed. Guidance is REVIEW.md, AGENTS.md,
// CLAUDE.md and .deepreview/*.md in every folder above a changed file, as they are at Base.
//
// Nothing is written to the repository, nothing is fetched, and no program that it names is run. The change's
// trees and funcs work until ctx ends or the change is closed, which also ends every process and removes temporary
// files: close it.
func Load(ctx context.Context, dir, revisions string, opt *Options) (*deepreview.Change, error) {
	o := opt.withDefaults()
	switch {
	case o.Staged && o.Worktree:
		return nil, errors.New("git: Staged and Worktree are both set; the working tree has what is staged")
	case o.MaxFiles < 0, o.MaxDiff < 0, o.MaxFile < 0, o.MaxCommits < 0:
		return nil, errors.New("git: a limit is below zero; 0 means the usual one")
	}
	r, err := open(ctx, dir, o)
	if err != nil {
		return nil, fmt.Errorf("git: %w", err)
	}
	c, err := r.load(ctx, revisions, o)
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx) // what else went wrong went wrong because of it
		}
		return nil, errors.Join(fmt.Errorf("git: %w", err), r.close())
	}
	return c, nil
}

func (r *repository) load(ctx context.Context, revisions string, o Options) (*deepreview.Change, error) {
	var s sides
	var err error
	pending := o.Staged || o.Worktree
	if pending {
		s, err = r.pendingBase(ctx, revisions)
	} else {
		s, err = r.committed(ctx, revisions)
	}
	if err != nil {
		return nil, err
	}
	c := new(deepreview.Change)
	var snap snapshot
	if pending {
		if snap, err = r.snapshot(ctx, s.head, o); err != nil {
			return nil, err
		}
		c.Head = snap.tree
	} else {
		c.Head = s.head
	}
	baseTree, headTree, err := r.trees(ctx, s.base, c.Head)
	if err != nil {
		return nil, err
	}

	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	together := func(f func() error) {
		all.Go(func() {
			if err := f(); err != nil {
				cancel(err) // the first error is the cause; what it stops is not told
			}
		})
	}
	tree, before := newTree(r, headTree, 5*o.MaxFiles), newTree(r, baseTree, 5*o.MaxFiles)
	together(func() (err error) {
		c.Commits, err = r.commits(ctx, s.base, s.head, o.MaxCommits)
		return err
	})
	// A few objects can make a tree of any size. Listing it can be stopped in time, while a diff of it
	// fills the memory before it begins to write; so the lists come first.
	together(func() error { return tree.list(ctx) })
	together(func() error { return before.list(ctx) })
	all.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	together(func() (err error) {
		c.Files, err = r.changed(ctx, before, tree, o)
		return err
	})
	all.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	if len(c.Files) == 0 {
		return nil, r.nothing(s, pending, len(c.Commits))
	}
	if err := r.describeContents(ctx, c.Files, o.MaxFile); err != nil {
		return nil, err
	}
	snap.mark(c.Files)
	if c.Guidance, err = guidance(before, c.Files); err != nil {
		return nil, err
	}

	c.Range, c.Base = s.shown, cmp.Or(s.base, baseTree)
	r.header(ctx, c, s, o)
	c.Tree, c.BaseTree = tree, before
	history := newHistory(r, tree, cmp.Or(snap.commit, s.head), snap.commit, c.Commits)
	c.Blame = history.blame
	c.Log = func(ctx context.Context, path string, n int) ([]deepreview.Commit, error) {
		return r.log(ctx, s.head, path, n)
	}
	c.Closer = closer{r}
	return c, nil
}

// closer is a repository's close.
type closer struct{ r *repository }

func (c closer) Close() error { return c.r.close() }

// trees returns the ids of the trees of two commits or trees; base may be empty for the tree without entries.
func (r *repository) trees(ctx context.Context, base, head string) (baseTree, headTree string, err error) {
	args := []string{"rev-parse", head + "^{tree}"}
	if base != "" {
		args = append(args, base+"^{tree}")
	}
	out, err := r.output(ctx, maxConfig, r.shadowed(args...))
	if err != nil {
		return "", "", r.missing(err)
	}
	ids := strings.Fields(string(out))
	if len(ids) != len(args)-1 || !allObjectIDs(r, ids) {
		return "", "", fmt.Errorf("git rev-parse gave %q and not the trees", printable(string(out), 200))
	}
	return append(ids, r.emptyTree())[1], ids[0], nil
}

// nothing is the error for a change without files.
func (r *repository) nothing(s sides, pending bool, commits int) error {
	switch {
	case pending:
		return fmt.Errorf("%w: nothing differs from %s", ErrEmptyRange, cmp.Or(s.shown, "HEAD"))
	case commits > 0:
		return fmt.Errorf("%w: %s has %d commits, and all together they change no file", ErrEmptyRange, printable(s.shown, 200), commits)
	}
	return fmt.Errorf("%w: %s has no commits and changes no file; name another range, such as HEAD~1..HEAD", ErrEmptyRange, printable(s.shown, 200))
}

// header sets what a report says about the change.
func (r *repository) header(ctx context.Context, c *deepreview.Change, s sides, o Options) {
	pending := o.Staged || o.Worktree
	c.Branch = validText(r.branchOf(ctx, cmp.Or(s.headName, "HEAD")))
	c.Author = authors(c.Commits)
	if !pending && len(c.Commits) == 1 {
		c.Title, c.Description = c.Commits[0].Subject, c.Commits[0].Body
	}
	if pending {
		c.Title = "Staged changes"
		if o.Worktree {
			c.Title = "Changes in the working tree"
		}
		c.Author = cmp.Or(validText(r.config.last("user.name")), c.Author)
	}
	if o, ok := parseRemote(r.config.last("remote." + r.remote() + ".url")); ok {
		c.Repository = o.name()
		if c.CommitURL, c.FileURL = o.links(); pending {
			c.FileURL = "" // the forge has no such tree
		}
	}
	if c.Repository == "" {
		folder := cmp.Or(r.worktree, r.gitDir)
		c.Repository = validText(strings.TrimSuffix(filepath.Base(folder), ".git"))
	}
}

// describeContents says of the files without a text diff why that is so, as far as their size or their content tells.
func (r *repository) describeContents(ctx context.Context, files []*deepreview.File, most int64) error {
	for _, f := range files {
		if f.Unreadable == "" && slices.ContainsFunc(strings.Split(f.Path, "/"), func(element string) bool { return !nameable(element) }) {
			f.Unreadable = "its name stands for git's own folder, or for no file on this system, so that it is in no tree"
		}
		if f.Submodule() {
			continue
		}
		switch {
		case f.Binary && f.Unreadable == "":
			for _, side := range []struct {
				mode deepreview.FileMode
				id   string
			}{{f.OldMode, f.OldID}, {f.NewMode, f.NewID}} {
				if side.id == "" || side.mode == deepreview.ModeSubmodule {
					continue
				}
				n, err := r.objects.size(ctx, side.id)
				if err != nil {
					return fmt.Errorf("%q: %w", f.Path, err)
				}
				if n > most {
					f.Unreadable = fmt.Sprintf("it has %s, more than the limit of %s", size(n), size(most))
				}
			}
		case !f.LFS && pointerHunk(f):
			id := cmp.Or(f.NewID, f.OldID)
			text, err := r.objects.read(ctx, id, maxPointer)
			if errors.Is(err, ErrTooLarge) {
				continue
			}
			if err != nil {
				return fmt.Errorf("%q: %w", f.Path, err)
			}
			f.LFS = isPointer(text)
		}
	}
	return nil
}

var _ fs.FS = (*Tree)(nil)
