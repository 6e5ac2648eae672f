package git

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/deepreview-go/deepreview"
)

// listed is one changed file as git's own list has it: diff-tree --raw --numstat -z.
type listed struct {
	oldMode, newMode deepreview.FileMode
	oldID, newID     string
	// status is git's letter: A, M, D, R, C or T.
	status byte
	// oldPath and path are the names; equal but for R and C.
	oldPath, path string
	// added and deleted count lines; both are -1 for a binary file.
	added, deleted int
}

// renameArgs have git find renames and copies, the same in each command that makes the diff: a file counts as renamed
// or copied where half of its lines are the same. Beyond 1,000 new files times 1,000 candidates only identical ones are found.
// A copy's source is looked for among the files that the change touches.
var renameArgs = []string{"--find-renames=50%", "--find-copies=50%", "-l1000", "-O" + nullOrder}

// nullOrder is git's name for an empty order file on every system, so that files come in the order of their names.
const nullOrder = "/dev/null"

// changed lists the changed files of two trees, and makes the diff of them. Both come from git at the same time, and
// are reconciled: a file that the parsing of the diff lost, or made up, is an error and never a shorter change.
func (r *repository) changed(ctx context.Context, base, head string, limits Options) ([]*deepreview.File, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var (
		all              sync.WaitGroup
		list             []listed
		patch            *deepreview.Change
		listErr, diffErr error
	)
	all.Go(func() {
		if list, listErr = r.list(ctx, base, head, limits.MaxFiles); listErr != nil {
			cancel() // the diff is no use any more
		}
	})
	all.Go(func() { patch, diffErr = r.diff(ctx, base, head, limits.MaxDiff) })
	all.Wait()
	if listErr != nil {
		return nil, listErr
	}
	if len(list) == 0 {
		return nil, nil
	}
	if diffErr != nil {
		return nil, diffErr
	}
	if err := reconcile(patch.Files, list); err != nil {
		return nil, err
	}
	return patch.Files, nil
}

// list returns git's list of the files that differ.
func (r *repository) list(ctx context.Context, base, head string, most int) ([]listed, error) {
	args := append([]string{"diff-tree", "-r", "-z", "--raw", "--numstat", "--no-abbrev", "--no-ext-diff", "--no-textconv", "--no-color"}, renameArgs...)
	out, err := r.output(ctx, maxListing, r.shadowed(append(args, base, head, "--")...))
	if err != nil {
		return nil, r.missing(err)
	}
	list, err := parseListed(string(out))
	if err == nil && len(list) > most {
		return nil, fmt.Errorf("%w: %d files differ and %d are the limit; review a smaller range, or raise MaxFiles", ErrTooLarge, len(list), most)
	}
	return list, err
}

// maxListing bounds what git may write of the names of files: some two million of them.
const maxListing = 256 << 20

// parseListed reads what diff-tree --raw --numstat -z writes: the raw records of all files, then their numbers
// in the same order.
func parseListed(out string) ([]listed, error) {
	bad := func(what string) error {
		return fmt.Errorf("git's list of changed files cannot be read: %s", what)
	}
	next := func() (field string, ok bool) {
		field, out, ok = strings.Cut(out, "\x00")
		return field, ok
	}
	var list []listed
	for strings.HasPrefix(out, ":") {
		head, ok := next()
		fields := strings.Split(head[1:], " ")
		if !ok || len(fields) != 5 || fields[4] == "" {
			return nil, bad("record " + quoted(printable(head, 100)))
		}
		oldMode, err1 := strconv.ParseUint(fields[0], 8, 32)
		newMode, err2 := strconv.ParseUint(fields[1], 8, 32)
		if err1 != nil || err2 != nil {
			return nil, bad("modes of " + quoted(printable(head, 100)))
		}
		l := listed{
			oldMode: deepreview.FileMode(oldMode), newMode: deepreview.FileMode(newMode),
			oldID: objectOrNone(fields[2]), newID: objectOrNone(fields[3]),
			status: fields[4][0],
		}
		if l.oldPath, ok = next(); !ok || l.oldPath == "" {
			return nil, bad("a name is missing")
		}
		l.path = l.oldPath
		switch l.status {
		case 'R', 'C':
			if l.path, ok = next(); !ok || l.path == "" {
				return nil, bad("the new name of " + quoted(printable(l.oldPath, 100)) + " is missing")
			}
		case 'A', 'M', 'D', 'T':
		default:
			return nil, bad("status " + quoted(printable(fields[4], 20)))
		}
		list = append(list, l)
	}
	for i := range list {
		l := &list[i]
		numbers, ok := next()
		fields := strings.SplitN(numbers, "\t", 3)
		if !ok || len(fields) != 3 {
			return nil, bad("the numbers of " + quoted(printable(l.path, 100)) + " are missing")
		}
		oldPath := fields[2]
		path := oldPath
		if oldPath == "" {
			oldPath, _ = next()
			path, _ = next()
		}
		if oldPath != l.oldPath || path != l.path {
			return nil, bad("the numbers of " + quoted(printable(l.path, 100)) + " stand under another name")
		}
		if fields[0] == "-" && fields[1] == "-" {
			l.added, l.deleted = -1, -1
			continue
		}
		var err1, err2 error
		l.added, err1 = strconv.Atoi(fields[0])
		l.deleted, err2 = strconv.Atoi(fields[1])
		if err1 != nil || err2 != nil || l.added < 0 || l.deleted < 0 {
			return nil, bad("the numbers of " + quoted(printable(l.path, 100)))
		}
	}
	if out != "" {
		return nil, bad("more follows than belongs to it")
	}
	return list, nil
}

// objectOrNone returns id, or nothing for the zeros that stand for no object.
func objectOrNone(id string) string {
	if strings.Trim(id, "0") == "" {
		return ""
	}
	return id
}

// diff makes the unified diff of two trees and parses it.
func (r *repository) diff(ctx context.Context, base, head string, most int64) (*deepreview.Change, error) {
	args := append([]string{"diff-tree", "-r", "-p", "--full-index", "--unified=3", "--no-ext-diff", "--no-textconv", "--no-color",
		"--submodule=short", "--ignore-submodules=none", "--src-prefix=a/", "--dst-prefix=b/"}, renameArgs...)
	p, err := r.start(ctx, r.shadowed(append(args, base, head, "--")...), false)
	if err != nil {
		return nil, err
	}
	in := &limitedReader{r: p.stdout, left: most}
	c, parseErr := deepreview.ParseDiff(in)
	if in.exceeded || parseErr != nil {
		p.kill()
	}
	waitErr := p.wait()
	switch {
	case in.exceeded:
		return nil, fmt.Errorf("%w: the diff has more than %s; review a smaller range, or raise MaxDiff", ErrTooLarge, size(most))
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case parseErr != nil && waitErr != nil && p.ended():
		return nil, r.missing(waitErr) // git stopped in the middle, so the diff is cut
	case parseErr != nil:
		return nil, fmt.Errorf("git's diff of %s and %s: %w", base, head, parseErr)
	case waitErr != nil:
		return nil, r.missing(waitErr)
	}
	return c, nil
}

// limitedReader reads up to a limit and then fails, instead of ending as if all were there.
type limitedReader struct {
	r        io.Reader
	left     int64
	exceeded bool
}

func (l *limitedReader) Read(p []byte) (int, error) {
	if l.exceeded {
		return 0, ErrTooLarge
	}
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		l.exceeded = true
		return 0, ErrTooLarge
	}
	return n, err
}

// reconcile compares the files of a diff with git's own list of them, in order, and completes them from it: modes,
// full object ids. Any difference is an error.
func reconcile(files []*deepreview.File, list []listed) error {
	for i, l := range list {
		if i >= len(files) {
			return fmt.Errorf("the diff lacks %q, which git lists as changed; please report this with the diff", printable(l.path, 300))
		}
		f := files[i]
		if what := difference(f, l); what != "" {
			return fmt.Errorf("the diff and git's list of changed files disagree on %s of %q; please report this with the diff",
				what, printable(l.path, 300))
		}
		f.OldMode, f.NewMode, f.OldID, f.NewID = l.oldMode, l.newMode, l.oldID, l.newID
	}
	if len(files) > len(list) {
		return fmt.Errorf("the diff has %q, which git does not list as changed; please report this with the diff", printable(files[len(list)].Path, 300))
	}
	return nil
}

// difference names what f and l disagree on; empty if they agree.
func difference(f *deepreview.File, l listed) string {
	if readable(l.path) && f.Path != l.path || !readable(l.path) && f.Unreadable == "" {
		return "the name"
	}
	oldPath := ""
	if l.status == 'R' || l.status == 'C' {
		oldPath = l.oldPath
	}
	if readable(l.oldPath) && f.OldPath != oldPath {
		return "the old name"
	}
	statuses := map[byte]deepreview.FileStatus{
		'A': deepreview.FileAdded, 'M': deepreview.FileModified, 'D': deepreview.FileDeleted,
		'R': deepreview.FileRenamed, 'C': deepreview.FileCopied, 'T': deepreview.FileTypeChanged,
	}
	if f.Status != statuses[l.status] {
		return "the status"
	}
	// A mode that the diff does not state is 0.
	if f.OldMode != 0 && f.OldMode != l.oldMode || f.NewMode != 0 && f.NewMode != l.newMode {
		return "the mode"
	}
	if !strings.HasPrefix(l.oldID, objectOrNone(f.OldID)) || !strings.HasPrefix(l.newID, objectOrNone(f.NewID)) {
		return "the content's id"
	}
	if l.added < 0 {
		if !f.Binary || len(f.Hunks) > 0 {
			return "whether it is binary, the content"
		}
		return ""
	}
	if f.Binary || f.Added != l.added || f.Deleted != l.deleted {
		return "the number of lines"
	}
	return ""
}

// readable reports whether a name can stand in a [deepreview.File] as it is.
func readable(name string) bool {
	return utf8.ValidString(name) && !strings.ContainsFunc(name, unicode.IsControl) && fs.ValidPath(name) && name != "."
}
