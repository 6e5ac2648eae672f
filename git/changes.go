package git

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
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
//
// Files of more than MaxFile are neither in the diff nor looked at for renames, because git would hold each in memory.
func (r *repository) changed(ctx context.Context, base, head *Tree, limits Options) ([]*deepreview.File, error) {
	large, err := r.large(ctx, base, head, limits.MaxFile)
	if err != nil {
		return nil, err
	}
	files, list, err := r.compared(ctx, base.id, head.id, large.exclude(), limits)
	if err != nil || len(large.files) == 0 {
		return files, err
	}
	// Git leaves out more than is meant if a name is a file on one side and a folder on the other.
	seen := map[string]bool{}
	for _, l := range list {
		seen[l.path], seen[l.oldPath] = true, true
	}
	for _, name := range large.others {
		if !seen[name] {
			return nil, fmt.Errorf("%w: a file of more than %s stands in the way of %q; raise MaxFile, or review a range without it",
				ErrTooLarge, size(limits.MaxFile), printable(name, 300))
		}
	}
	// In the order of git's names, as git has them.
	type named struct {
		path string
		file *deepreview.File
	}
	var all []named
	for i, f := range files {
		all = append(all, named{list[i].path, f})
	}
	for _, l := range large.files {
		all = append(all, named{l.path, l.file()})
	}
	slices.SortStableFunc(all, func(a, b named) int { return strings.Compare(a.path, b.path) })
	files = files[:0]
	for _, n := range all {
		files = append(files, n.file)
	}
	return files, nil
}

// large are the changed files of more than a limit, and the names of all the others.
type large struct {
	files  []listed
	others []string
}

// exclude returns the path specifications that leave the files out.
func (l large) exclude() []string {
	var specs []string
	for _, f := range l.files {
		specs = append(specs, ":(exclude,top,literal)"+f.path)
	}
	return specs
}

// maxLarge bounds how many large files can change: all are arguments of a command.
const maxLarge = 1000

// large finds the changed files that are large on either side.
func (r *repository) large(ctx context.Context, base, head *Tree, most int64) (l large, err error) {
	if len(base.large(most))+len(head.large(most)) == 0 {
		return l, nil
	}
	out, err := r.output(ctx, maxListing, r.shadowed("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", "-O"+nullOrder, base.id, head.id, "--"))
	if err != nil {
		return l, r.missing(err)
	}
	list, rest, err := parseRaw(string(out))
	if err == nil && rest != "" {
		err = errors.New("git's list of changed files cannot be read: more follows than belongs to it")
	}
	if err != nil {
		return l, err
	}
	before, after := base.large(most), head.large(most)
	for _, f := range list {
		if before[f.path] || after[f.path] {
			l.files = append(l.files, f)
		} else {
			l.others = append(l.others, f.path)
		}
	}
	if len(l.files) > maxLarge {
		return l, fmt.Errorf("%w: %d files of more than %s differ, and %d are the limit; review a smaller range", ErrTooLarge, len(l.files), size(most), maxLarge)
	}
	return l, nil
}

// file returns the entry of a file that has no diff.
func (l listed) file() *deepreview.File {
	f := &deepreview.File{Path: l.path, Status: statuses[l.status], OldMode: l.oldMode, NewMode: l.newMode, OldID: l.oldID, NewID: l.newID, Binary: true}
	// As ParseDiff has such names.
	if !utf8.ValidString(l.path) || strings.ContainsFunc(l.path, unicode.IsControl) {
		f.Path = strconv.Quote(l.path)
	}
	if !readable(l.path) {
		f.Unreadable = "name has control characters, is not valid UTF-8, or is no path inside the repository"
	}
	return f
}

// compared is changed for all files but those excluded.
func (r *repository) compared(ctx context.Context, base, head string, exclude []string, limits Options) ([]*deepreview.File, []listed, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var (
		all   sync.WaitGroup
		list  []listed
		patch *deepreview.Change
	)
	together := func(f func() error) {
		all.Go(func() {
			if err := f(); err != nil {
				cancel(err) // without the one, the other is no use
			}
		})
	}
	together(func() (err error) {
		list, err = r.list(ctx, base, head, exclude, limits.MaxFiles)
		return err
	})
	together(func() (err error) {
		patch, err = r.diff(ctx, base, head, exclude, limits.MaxDiff)
		return err
	})
	all.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, nil, err
	}
	if err := reconcile(patch.Files, list); err != nil {
		return nil, nil, err
	}
	return patch.Files, list, nil
}

// diffTree returns a command that compares two trees.
func (r *repository) diffTree(args []string, base, head string, exclude []string) command {
	c := r.shadowed(slices.Concat(args, renameArgs, []string{base, head, "--"}, exclude)...)
	if len(exclude) > 0 {
		c.env = append(c.env, "GIT_LITERAL_PATHSPECS=0")
	}
	return c
}

// list returns git's list of the files that differ.
func (r *repository) list(ctx context.Context, base, head string, exclude []string, most int) ([]listed, error) {
	args := []string{"diff-tree", "-r", "-z", "--raw", "--numstat", "--no-abbrev", "--no-ext-diff", "--no-textconv", "--no-color"}
	out, err := r.output(ctx, maxListing, r.diffTree(args, base, head, exclude))
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
	list, out, err := parseRaw(out)
	if err != nil {
		return nil, err
	}
	bad, next := badList, func() (field string, ok bool) {
		field, out, ok = strings.Cut(out, "\x00")
		return field, ok
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

func badList(what string) error {
	return fmt.Errorf("git's list of changed files cannot be read: %s", what)
}

// parseRaw reads the records that diff-tree --raw -z writes, and returns what follows them.
func parseRaw(out string) (list []listed, rest string, err error) {
	bad := func(what string) ([]listed, string, error) { return nil, "", badList(what) }
	next := func() (field string, ok bool) {
		field, out, ok = strings.Cut(out, "\x00")
		return field, ok
	}
	for strings.HasPrefix(out, ":") {
		head, ok := next()
		fields := strings.Split(head[1:], " ")
		if !ok || len(fields) != 5 || fields[4] == "" {
			return bad("record " + quoted(printable(head, 100)))
		}
		oldMode, err1 := strconv.ParseUint(fields[0], 8, 32)
		newMode, err2 := strconv.ParseUint(fields[1], 8, 32)
		if err1 != nil || err2 != nil {
			return bad("modes of " + quoted(printable(head, 100)))
		}
		l := listed{
			oldMode: deepreview.FileMode(oldMode), newMode: deepreview.FileMode(newMode),
			oldID: objectOrNone(fields[2]), newID: objectOrNone(fields[3]),
			status: fields[4][0],
		}
		if l.oldPath, ok = next(); !ok || l.oldPath == "" {
			return bad("a name is missing")
		}
		l.path = l.oldPath
		switch l.status {
		case 'R', 'C':
			if l.path, ok = next(); !ok || l.path == "" {
				return bad("the new name of " + quoted(printable(l.oldPath, 100)) + " is missing")
			}
		case 'A', 'M', 'D', 'T':
		default:
			return bad("status " + quoted(printable(fields[4], 20)))
		}
		list = append(list, l)
	}
	return list, out, nil
}

// objectOrNone returns id, or nothing for the zeros that stand for no object.
func objectOrNone(id string) string {
	if strings.Trim(id, "0") == "" {
		return ""
	}
	return id
}

// diff makes the unified diff of two trees and parses it.
func (r *repository) diff(ctx context.Context, base, head string, exclude []string, most int64) (*deepreview.Change, error) {
	args := []string{"diff-tree", "-r", "-p", "--full-index", "--unified=3", "--no-ext-diff", "--no-textconv", "--no-color",
		"--submodule=short", "--ignore-submodules=none", "--src-prefix=a/", "--dst-prefix=b/"}
	p, err := r.start(ctx, r.diffTree(args, base, head, exclude), false)
	if err != nil {
		return nil, err
	}
	in := &limitedReader{r: p.stdout, left: most}
	c, parseErr := deepreview.ParseDiff(in)
	if (parseErr != nil || in.exceeded) && !in.ended {
		p.kill() // else git is at its end, and says why
	}
	waitErr := p.wait()
	if errors.Is(parseErr, deepreview.ErrEmptyDiff) {
		c, parseErr = new(deepreview.Change), nil // nothing differs, unless git's list or its exit status says otherwise
	}
	switch {
	case in.exceeded:
		return nil, fmt.Errorf("%w: the diff has more than %s; review a smaller range, or raise MaxDiff", ErrTooLarge, size(most))
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case waitErr != nil && in.ended:
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
	// ended says that all was read.
	ended bool
}

func (l *limitedReader) Read(p []byte) (int, error) {
	if l.exceeded {
		return 0, ErrTooLarge
	}
	n, err := l.r.Read(p)
	l.ended = l.ended || err == io.EOF
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

// statuses are those that git's letters stand for.
var statuses = map[byte]deepreview.FileStatus{
	'A': deepreview.FileAdded, 'M': deepreview.FileModified, 'D': deepreview.FileDeleted,
	'R': deepreview.FileRenamed, 'C': deepreview.FileCopied, 'T': deepreview.FileTypeChanged,
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
