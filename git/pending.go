package git

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/deepreview-go/deepreview"
)

// pendingBase resolves what staged or uncommitted work is compared with.
func (r *repository) pendingBase(ctx context.Context, revisions string) (sides, error) {
	rg := parseRange(revisions)
	if rg.right != "" || rg.dots == ".." {
		return sides{}, fmt.Errorf("%w: %q has a right side, which what is not committed takes the place of; name one commit, or a merge-base as in \"main...\"", ErrRevision, printable(revisions, 200))
	}
	s := sides{shown: revisions, headName: "HEAD"}
	var err error
	if s.head, err = r.resolve(ctx, "HEAD"); errors.Is(err, ErrNoCommits) && revisions == "" {
		return s, nil
	} else if err != nil {
		return s, err
	}
	s.base = s.head
	if revisions == "" {
		return s, nil
	}
	if s.base, err = r.resolve(ctx, orHead(rg.left)); err == nil && rg.dots == "..." {
		s.base, err = r.mergeBase(ctx, s.base, s.head, rg.left, "HEAD")
	}
	return s, err
}

// snapshot is the index or the working tree as objects of the shadow repository.
type snapshot struct {
	// tree is its tree, commit a commit of it whose parent is HEAD; both are in the shadow only.
	tree, commit string
	// filtered are the paths whose content git would pass through a program before it is committed, which is not
	// done here, by that filter's name.
	filtered map[string]string
}

// mark says of the files that went past a filter what that means.
func (s snapshot) mark(files []*deepreview.File) {
	for _, f := range files {
		filter, ok := s.filtered[f.Path]
		if !ok || f.LFS {
			continue
		}
		if filter == "lfs" {
			f.LFS = true
		}
		f.Hunks, f.Binary, f.Added, f.Deleted = nil, true, 0, 0
		f.Unreadable = fmt.Sprintf("git would pass it through the filter %q, which is not run here; commit it and review the commit", printable(filter, 100))
	}
}

// snapshot writes what is staged, or all of the working tree, into the shadow repository.
func (r *repository) snapshot(ctx context.Context, head string, o Options) (s snapshot, err error) {
	index := filepath.Join(r.shadow(), "pending-index")
	if err := r.copyIndex(index, o.Index); err != nil {
		return s, fmt.Errorf("the index of %s cannot be read: %w", r.gitDir, err)
	}
	env := []string{"GIT_INDEX_FILE=" + index}
	if o.Worktree {
		if s.filtered, err = r.addWorktree(ctx, env, o.MaxFile); err != nil {
			return s, err
		}
	}
	write := r.shadowed("write-tree", "--missing-ok")
	write.env = env
	out, err := r.output(ctx, maxConfig, write)
	if said(err, "unmerged") || said(err, "invalid object") && said(err, "merge") {
		return s, fmt.Errorf("a merge is not finished (%w); resolve it and git add the files", err)
	}
	if err != nil {
		return s, r.missing(err)
	}
	if s.tree = strings.TrimSuffix(string(out), "\n"); !r.objectID(s.tree) {
		return s, fmt.Errorf("git write-tree gave %q and no tree", printable(s.tree, 100))
	}
	// A commit of it lets blame begin at it.
	args := []string{"commit-tree", "--no-gpg-sign", s.tree}
	if head != "" {
		args = append(args, "-p", head)
	}
	commit := r.shadowed(args...)
	commit.stdin = strings.NewReader("not committed\n")
	for _, who := range []string{"AUTHOR", "COMMITTER"} {
		commit.env = append(commit.env, "GIT_"+who+"_NAME=-", "GIT_"+who+"_EMAIL=-", "GIT_"+who+"_DATE=@0 +0000")
	}
	if out, err = r.output(ctx, maxConfig, commit); err != nil {
		return s, err
	}
	if s.commit = strings.TrimSuffix(string(out), "\n"); !r.objectID(s.commit) {
		return s, fmt.Errorf("git commit-tree gave %q and no commit", printable(s.commit, 100))
	}
	return s, nil
}

// copyIndex copies the repository's index, or the named one; the former may be absent. It copies it with its time: git takes a file for unchanged if it is older
// than the index, so a copy that is newer would hide the latest changes. It checks the sum at the index's end, which git does
// not: it would read one that is cut off as one with fewer files.
func (r *repository) copyIndex(to, named string) error {
	from := filepath.Join(r.gitDir, "index")
	if named != "" {
		abs, err := filepath.Abs(named)
		if err != nil {
			return err
		}
		if folder, err := filepath.EvalSymlinks(filepath.Dir(abs)); err != nil || folder != r.gitDir {
			return fmt.Errorf("the index %s is not in %s", printable(named, 200), r.gitDir)
		}
		if from = filepath.Join(r.gitDir, filepath.Base(abs)); !isFile(from) {
			return fmt.Errorf("the index %s is no file", printable(named, 200))
		}
	}
	shared, err := filepath.Glob(filepath.Join(globEscape(r.gitDir), "sharedindex.*"))
	if err != nil {
		return err
	}
	for _, from := range shared {
		if err := copyIndexFile(from, filepath.Join(r.shadow(), filepath.Base(from)), r.format); err != nil {
			return err
		}
	}
	if err := copyIndexFile(from, to, r.format); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// isFile reports whether there is an ordinary file.
func isFile(name string) bool {
	info, err := os.Lstat(name)
	return err == nil && info.Mode().IsRegular()
}

// globEscape returns a path as a pattern that matches it alone. Backslashes are separators where they cannot escape.
func globEscape(path string) string {
	if filepath.Separator == '\\' {
		return path
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// maxIndex bounds an index: some ten million files.
const maxIndex = 1 << 30

// copyIndexFile copies an index, or a part of one that is split, with its time of modification.
func copyIndexFile(from, to, format string) error {
	info, err := os.Stat(from) // a pipe must not be opened
	if err != nil {
		return err
	}
	text, err := readRegular(from, maxIndex)
	if err != nil {
		return err
	}
	if !indexIsWhole(text, format) {
		return fmt.Errorf("%s is damaged or cut off; make a new one: move it away and run git reset", from)
	}
	if err := os.WriteFile(to, text, 0o600); err != nil {
		return err
	}
	return os.Chtimes(to, info.ModTime(), info.ModTime())
}

// indexIsWhole reports whether text is an index that ends in its own sum, or in the zeros that stand for none where
// index.skipHash is set; see git's Documentation/gitformat-index.txt.
func indexIsWhole(text []byte, format string) bool {
	sum := sha1.New()
	if format == "sha256" {
		sum = sha256.New()
	}
	const header = 12
	end := len(text) - sum.Size()
	if end < header || !bytes.HasPrefix(text, []byte("DIRC")) {
		return false
	}
	sum.Write(text[:end])
	return bytes.Equal(sum.Sum(nil), text[end:]) || len(bytes.Trim(text[end:], "\x00")) == 0
}

// addWorktree brings the copied index up to the working tree, and returns the changed files that have a filter. It is
// not git add, which starts git status in submodules, under their configuration. Files of more than most bytes are taken byte
// by byte: to change their line ends or their encoding, git would hold them in memory twice.
func (r *repository) addWorktree(ctx context.Context, env []string, most int64) (filtered map[string]string, err error) {
	if r.worktree == "" {
		return nil, fmt.Errorf("%s is a bare repository, which has no working tree; name a range of commits", r.gitDir)
	}
	settings, err := r.worktreeSettings()
	if err != nil {
		return nil, err
	}
	in := func(stdin []byte, args ...string) command {
		c := command{
			args: slices.Concat([]string{"--no-pager"}, settings, []string{"--git-dir=" + r.shadow(), "--work-tree=" + r.worktree}, args),
			env:  env, dir: r.worktree,
		}
		if stdin != nil {
			c.stdin = bytes.NewReader(stdin)
		}
		return c
	}
	// Among the files whose times have changed, git looks for those whose bytes have; what attributes make of them comes later.
	if err := r.unconverted(true); err != nil {
		return nil, err
	}
	deleted, err := r.output(ctx, maxListing, in(nil, "ls-files", "-z", "--deleted"))
	if err != nil {
		return nil, r.missing(err)
	}
	found, err := r.output(ctx, maxListing, in(nil, "ls-files", "-z", "--modified", "--others", "--exclude-standard"))
	if err != nil {
		return nil, r.missing(err)
	}
	var paths []string
	large := map[string]bool{}
	for name := range strings.SplitSeq(string(found), "\x00") {
		// A folder is another repository that is not a submodule: none of this one's files.
		if name == "" || strings.HasSuffix(name, "/") {
			continue
		}
		if replaced(r.worktree, name) {
			deleted = append(deleted, name+"\x00"...)
			continue
		}
		path := filepath.Join(r.worktree, filepath.FromSlash(name))
		info, err := os.Lstat(path)
		switch {
		case err == nil && !info.IsDir() && info.Mode()&fs.ModeSymlink == 0 && !info.Mode().IsRegular():
			return nil, fmt.Errorf("the working tree cannot be read: %w, or review what is staged", special(path))
		case err == nil && info.Size() > most:
			large[name] = true
		}
		paths = append(paths, name)
	}
	if len(deleted) > 0 {
		if _, err := r.output(ctx, maxListing, in(deleted, "update-index", "-z", "--force-remove", "--stdin")); err != nil {
			return nil, err
		}
	}
	if len(paths) == 0 {
		return nil, r.unconverted(false)
	}
	attributes, err := r.output(ctx, maxListing, in(terminated(paths), "check-attr", "-z", "--stdin", "filter"))
	if err != nil {
		return nil, err
	}
	if filtered, err = parseFilters(string(attributes)); err != nil {
		return nil, err
	}
	add := func(paths []string) error {
		_, err := r.output(ctx, maxListing, in(terminated(paths), "update-index", "-z", "--add", "--remove", "--replace", "--stdin"))
		if err != nil {
			err = fmt.Errorf("the working tree of %s cannot be read: %w; mend what is named there or have git ignore it, or review what is staged",
				r.worktree, err)
		}
		return err
	}
	if len(large) > 0 {
		if err := add(slices.Sorted(maps.Keys(large))); err != nil {
			return nil, err
		}
		paths = slices.DeleteFunc(paths, func(name string) bool { return large[name] })
	}
	if err := r.unconverted(false); err != nil {
		return nil, err
	}
	return filtered, add(paths)
}

// terminated returns names as git reads them with -z.
func terminated(names []string) []byte {
	var b bytes.Buffer
	for _, name := range names {
		b.WriteString(name)
		b.WriteByte(0)
	}
	return b.Bytes()
}

// unconverted has the commands in the shadow take the content of files as it is, or no more. Its own attributes come before
// those of the working tree.
func (r *repository) unconverted(on bool) error {
	name := filepath.Join(r.shadow(), "info", "attributes")
	if on {
		return os.WriteFile(name, []byte("* -text -ident -working-tree-encoding\n"), 0o600)
	}
	return os.Remove(name)
}

// replaced reports whether a tracked file is no more because something else took its place: a folder stands there, or a
// link in the place of a folder above it.
func replaced(worktree, name string) bool {
	path := filepath.Join(worktree, filepath.FromSlash(name))
	if info, err := os.Lstat(path); err == nil && info.IsDir() {
		_, err := os.Lstat(filepath.Join(path, ".git"))
		return err != nil // a folder with .git is a submodule
	}
	for dir := filepath.Dir(path); len(dir) > len(worktree); dir = filepath.Dir(dir) {
		if info, err := os.Lstat(dir); err == nil && !info.IsDir() {
			return true
		}
	}
	return false
}

// worktreeSettings returns the settings, as options of git, that say how the working tree differs from what is
// committed: which files are ignored, how lines end, what the file system can. All are checked: none can name a program.
// Those that have git look less closely for changes are left out: with core.checkStat, a file could be made to look unchanged.
func (r *repository) worktreeSettings() ([]string, error) {
	settings := []string{"-c", "core.bare=false", "-c", "core.safecrlf=false", "-c", "core.fsmonitor=false", "-c", "core.untrackedCache=false"}
	for _, name := range []string{"autocrlf", "eol", "filemode", "symlinks", "ignorecase", "precomposeunicode"} {
		switch v := strings.ToLower(r.config.last("core." + name)); v {
		case "true", "false", "input", "lf", "crlf", "native":
			settings = append(settings, "-c", "core."+name+"="+v)
		}
	}
	// The repository's own file of ignored names, and the user's.
	excludes, err := readRegular(filepath.Join(r.commonDir, "info", "exclude"), maxConfig)
	if err == nil {
		err = os.WriteFile(filepath.Join(r.shadow(), "info", "exclude"), excludes, 0o600)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if name := userExcludes(r.config.last("core.excludesfile")); name != "" {
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() { // no pipe
			settings = append(settings, "-c", "core.excludesFile="+name)
		}
	}
	return settings, nil
}

// userExcludes returns the absolute path of the user's file of ignored names, as core.excludesFile has it; empty for none.
func userExcludes(setting string) string {
	home, err := os.UserHomeDir()
	switch rest, below := strings.CutPrefix(setting, "~/"); {
	case below && err == nil:
		return filepath.Join(home, filepath.FromSlash(rest))
	case filepath.IsAbs(setting):
		return setting
	case setting != "":
		return ""
	}
	if dir := os.Getenv("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "git", "ignore")
	}
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".config", "git", "ignore")
}

// parseFilters reads what git check-attr -z filter writes, and returns the files that have a filter.
func parseFilters(out string) (map[string]string, error) {
	filtered := map[string]string{}
	fields := strings.Split(out, "\x00")
	if len(fields)%3 != 1 || fields[len(fields)-1] != "" {
		return nil, errors.New("git check-attr wrote what is no list of attributes")
	}
	for f := range slices.Chunk(fields[:len(fields)-1], 3) {
		if name, value := f[0], f[2]; value != "unspecified" && value != "unset" && value != "set" {
			filtered[name] = value
		}
	}
	return filtered, nil
}
