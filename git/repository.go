package git

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// maxConfig bounds a configuration, and other short answers of git.
const maxConfig = 4 << 20

// repository is a repository under review with the shadow that borrows its objects.
type repository struct {
	*runner
	// dir is the folder that the caller named, absolute.
	dir string
	// gitDir is the repository's own folder (of a linked worktree: that one's), commonDir what its worktrees share.
	gitDir, commonDir string
	// worktree is the folder that holds .git; empty for a bare repository.
	worktree string
	config   config
	// branch is the short name of the branch that is checked out; empty for a detached HEAD.
	branch string
	// format is "sha1" or "sha256".
	format string
	// shallow says that history is cut off, partial that objects are left out.
	shallow, partial bool
	objects          *objects

	closing  sync.Once
	closeErr error
}

// shadow is the folder of the shadow repository.
func (r *repository) shadow() string { return filepath.Join(r.folder, "shadow") }

// open finds the repository that dir is in and makes its shadow.
func open(ctx context.Context, dir string, limits Options) (*repository, error) {
	abs, err := filepath.Abs(cmp.Or(dir, "."))
	if err != nil {
		return nil, err
	}
	// git goes up from where a folder really is, and not from a link to it.
	if physical, err := filepath.EvalSymlinks(abs); err == nil {
		abs = physical
	}
	if info, err := os.Stat(abs); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotRepository, err)
	} else if !info.IsDir() {
		return nil, fmt.Errorf("%w: %s is a file; name the folder that holds it", ErrNotRepository, dir)
	}
	run, err := newRunner(ctx)
	if err != nil {
		return nil, err
	}
	r := &repository{runner: run, dir: abs}
	context.AfterFunc(run.ctx, func() { r.close() })
	if err := r.discover(ctx, patience); err != nil {
		return nil, errors.Join(err, r.close())
	}
	if err := r.makeShadow(limits); err != nil {
		return nil, errors.Join(fmt.Errorf("temporary repository: %w", err), r.close())
	}
	r.objects = newObjects(r)
	return r, nil
}

// close ends what the change stands on. It may be called more than once, and by several at a time.
func (r *repository) close() error {
	r.closing.Do(func() { r.closeErr = r.runner.close() })
	return r.closeErr
}

// patience is how long finding the repository may take, which reads a few small files.
const patience = time.Minute

// discover finds out where the repository is and what kind. Longer than limit is an error: a file that a configuration includes
// can be a pipe, from which git would read for ever.
func (r *repository) discover(ctx context.Context, limit time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("the repository at %s cannot be opened: git has read its configuration for %v "+
		"without an end; look at the files that it includes", r.dir, limit))
	defer cancel()
	if err := r.find(ctx); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx) // what else went wrong went wrong because of it
		}
		return err
	}
	return nil
}

// find is discover without a limit.
func (r *repository) find(ctx context.Context) error {
	version, err := r.output(ctx, maxConfig, command{args: []string{"version"}})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoGit, err)
	}
	if !recentEnough(string(version)) {
		return fmt.Errorf("%w, and %s is %s; install a later one", ErrNoGit, r.git, printable(string(version), 100))
	}
	if err := r.adoptUserConfig(ctx); err != nil {
		return err
	}
	if err := readableFolders(r.dir); err != nil {
		return fmt.Errorf("repository at %s cannot be opened: %w", r.dir, err)
	}
	// The environment names no repository, so that git looks for one and checks whom it belongs to.
	out, err := r.output(ctx, maxConfig, command{
		args: append(slices.Clone(hardened), "rev-parse", "--path-format=absolute", "--git-dir", "--git-common-dir",
			"--show-object-format", "--is-shallow-repository", "--is-bare-repository"),
		dir: r.dir,
	})
	switch {
	case said(err, "dubious ownership"):
		return fmt.Errorf("%w: %s. If you trust it: git config --global --add safe.directory %s", ErrOwnership, r.dir, quoted(r.dir))
	case said(err, "not a git repository"), said(err, "cannot use bare repository"):
		return fmt.Errorf("%w: %s (%w); name a folder inside one, or run git init", ErrNotRepository, r.dir, err)
	case err != nil:
		return fmt.Errorf("repository at %s cannot be opened: %w", r.dir, err)
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(lines) != 5 {
		return fmt.Errorf("repository at %s cannot be opened: its path has a line break; move it", r.dir)
	}
	r.gitDir, r.commonDir, r.format = filepath.FromSlash(lines[0]), filepath.FromSlash(lines[1]), lines[2]
	r.shallow = lines[3] == "true"
	if emptyTrees[r.format] == "" {
		return fmt.Errorf("repository at %s: objects of format %q are not supported", r.dir, r.format)
	}
	out, err = r.real(ctx, "config", "--list", "-z", "--local")
	if err != nil {
		return fmt.Errorf("configuration of %s: %w", r.gitDir, err)
	}
	r.config = append(r.config, parseConfig(string(out))...)
	r.partial = r.config.last("extensions.partialclone") != "" || slices.ContainsFunc(r.config, func(e configEntry) bool {
		return strings.HasPrefix(e.key, "remote.") && strings.HasSuffix(e.key, ".promisor") && e.value != "false"
	})
	// rev-parse cannot name a branch without commits.
	if out, err = r.real(ctx, "symbolic-ref", "-q", "HEAD"); err == nil {
		r.branch = strings.TrimPrefix(strings.TrimSuffix(string(out), "\n"), "refs/heads/")
	}
	if lines[4] != "true" {
		r.worktree = findWorktree(r.dir, r.gitDir)
	}
	return nil
}

// recentEnough reports whether the answer of git version is 2.39 or later.
func recentEnough(version string) bool {
	fields := strings.Fields(version)
	if len(fields) < 3 {
		return false
	}
	parts := strings.Split(fields[2], ".")
	if len(parts) < 2 {
		return false
	}
	major, err1 := strconv.Atoi(parts[0])
	minor, err2 := strconv.Atoi(parts[1])
	return err1 == nil && err2 == nil && (major > 2 || major == 2 && minor >= 39)
}

// findWorktree returns the nearest folder at or above dir whose .git is gitDir or a file that names it; empty where there
// is none. It is not asked of git, which would follow core.worktree wherever that leads.
func findWorktree(dir, gitDir string) string {
	own, err := os.Stat(gitDir)
	if err != nil {
		return ""
	}
	for dir := range upwards(dir) {
		// git goes past a folder that is no repository, and stops at a file that names none.
		if info, err := os.Stat(filepath.Join(dir, ".git")); err == nil && (!info.IsDir() || os.SameFile(info, own)) {
			return dir
		}
	}
	return ""
}

// upwards yields dir and the folders above it.
func upwards(dir string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for yield(dir) {
			parent := filepath.Dir(dir)
			if parent == dir {
				return
			}
			dir = parent
		}
	}
}

// readableFolders checks what git reads of the repository that dir is in, before git does: a pipe or a device in the place of a
// file would keep it busy, or fill the memory, for ever.
func readableFolders(dir string) error {
	for dir := range upwards(dir) {
		gitDir := filepath.Join(dir, ".git")
		info, err := os.Stat(gitDir)
		switch {
		case err != nil:
			gitDir = dir // perhaps a bare one
		case info.Mode().IsRegular():
			text, err := readRegular(gitDir, maxConfig)
			if err != nil {
				return err
			}
			gitDir = absolute(dir, strings.TrimSpace(strings.TrimPrefix(string(text), "gitdir:")))
		case !info.IsDir():
			return special(gitDir)
		}
		if _, err := os.Lstat(filepath.Join(gitDir, "HEAD")); err != nil {
			continue // no repository, as git sees it too
		}
		folders := []string{gitDir}
		if _, err := os.Stat(filepath.Join(gitDir, "commondir")); err == nil {
			text, err := readRegular(filepath.Join(gitDir, "commondir"), maxConfig)
			if err != nil {
				return err
			}
			folders = append(folders, absolute(gitDir, strings.TrimSpace(string(text))))
		}
		for _, folder := range folders {
			for _, within := range []string{"", "info", "objects/info"} {
				if err := onlyRegular(filepath.Join(folder, filepath.FromSlash(within))); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return nil
}

// absolute returns the path that a file in dir has written.
func absolute(dir, path string) string {
	if path = filepath.FromSlash(path); filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// onlyRegular is an error if a folder that may be absent holds a pipe or a device, or a link to one. A socket cannot be
// opened as a file; git itself leaves one there.
func onlyRegular(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil // git will say what is the matter, if anything is
	}
	for _, e := range entries {
		if e.Type().IsRegular() || e.IsDir() {
			continue
		}
		path := filepath.Join(dir, e.Name())
		if info, err := os.Stat(path); err == nil && info.Mode()&(fs.ModeNamedPipe|fs.ModeDevice|fs.ModeIrregular) != 0 {
			return special(path)
		}
	}
	return nil
}

func special(path string) error {
	return fmt.Errorf("%s is no regular file but a pipe, a device or the like, which nobody should read from; remove it", path)
}

// readRegular returns the content of a regular file of at most limit bytes.
func readRegular(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, special(path)
	case info.Size() > limit:
		return nil, fmt.Errorf("%w: %s has %s", ErrTooLarge, path, size(info.Size()))
	}
	return os.ReadFile(path)
}

// hardened are the options of every command that reads the repository's own configuration. The environment does the
// rest. Such a command is only ever rev-parse, symbolic-ref or config, which run nothing of the kind; these make sure of it.
var hardened = []string{
	"--no-pager", "--no-optional-locks",
	"-c", "core.quotepath=off", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=" + os.DevNull, "-c", "core.sshCommand=false",
	"-c", "core.gitProxy=false", "-c", "core.askPass=", "-c", "core.pager=cat", "-c", "core.editor=false", "-c", "credential.helper=",
	"-c", "core.commitGraph=false", "-c", "core.warnAmbiguousRefs=true", "-c", "gc.auto=0", "-c", "maintenance.auto=false",
}

// real runs a command in the repository itself.
func (r *repository) real(ctx context.Context, args ...string) ([]byte, error) {
	out, _, err := r.realMessages(ctx, args...)
	return out, err
}

// realMessages is real that also returns warnings.
func (r *repository) realMessages(ctx context.Context, args ...string) ([]byte, string, error) {
	return r.outputs(ctx, maxConfig, command{
		args: append(append(slices.Clone(hardened), "--git-dir="+r.gitDir), args...),
	})
}

// shadowed returns a command in the shadow repository.
func (r *repository) shadowed(args ...string) command {
	return command{
		args: append([]string{"--no-pager", "--git-dir=" + r.shadow()}, args...),
		// The shadow is bare and has no index; naming one that is not there makes sure of it.
		env: []string{"GIT_INDEX_FILE=" + filepath.Join(r.shadow(), "no-index")},
	}
}

// makeShadow makes the shadow repository: empty, bare, with a configuration of ours, borrowing the objects.
func (r *repository) makeShadow(limits Options) error {
	dir := r.shadow()
	for _, d := range []string{"objects/info", "refs", "info"} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.FromSlash(d)), 0o700); err != nil {
			return err
		}
	}
	// A commit graph is a copy of what commits say, which git believes without a look at them: one that is made up could
	// hide commits.
	settings := "[core]\n\trepositoryFormatVersion = 1\n\tbare = true\n\tquotePath = off\n\tcommitGraph = false\n" +
		fmt.Sprintf("\tbigFileThreshold = %d\n", limits.MaxFile) +
		"[extensions]\n\tobjectFormat = " + r.format + "\n"
	files := map[string]string{
		"HEAD":                    "ref: refs/heads/none\n",
		"config":                  settings,
		"objects/info/alternates": quoted(filepath.ToSlash(filepath.Join(r.commonDir, "objects"))) + "\n",
	}
	if r.shallow {
		cut, err := readRegular(filepath.Join(r.commonDir, "shallow"), maxListing)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		files["shallow"] = string(cut)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// emptyTrees are the ids of the tree without entries, which git knows without having it, by object format.
var emptyTrees = map[string]string{
	"sha1":   "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
	"sha256": "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}

func (r *repository) emptyTree() string { return emptyTrees[r.format] }

// objectID reports whether s is a full object id of this repository.
func (r *repository) objectID(s string) bool {
	return len(s) == len(r.emptyTree()) && strings.Trim(s, "0123456789abcdef") == ""
}

// missing makes an error of err, which a command gave that reads objects: what is the matter with the clone, and what
// to do about it.
func (r *repository) missing(err error) error {
	var ce *commandError
	if !errors.As(err, &ce) || ce.code < 0 {
		return err
	}
	return r.missingObject(err)
}

func (r *repository) missingObject(err error) error {
	switch {
	case r.partial:
		return fmt.Errorf("%w, which is partial: %w. Nothing is fetched from here: fetch it with git fetch --refetch --no-filter, or check out both sides once", ErrMissing, err)
	case r.shallow:
		return fmt.Errorf("%w, which is shallow: %w. Fetch the rest with git fetch --unshallow", ErrMissing, err)
	}
	return fmt.Errorf("%w: %w. If the repository is damaged, git fsck names what is", ErrMissing, err)
}

// configEntry is one setting; key is in lower case but for its middle part.
type configEntry struct{ key, value string }

// config are settings in the order of their reading: a later one wins.
type config []configEntry

// parseConfig reads what git config --list -z writes.
func parseConfig(out string) config {
	var c config
	for record := range strings.SplitSeq(out, "\x00") {
		if record == "" {
			continue
		}
		key, value, ok := strings.Cut(record, "\n")
		if !ok {
			value = "true" // a key alone is true
		}
		c = append(c, configEntry{key, value})
	}
	return c
}

// last returns the value that holds for key; empty where there is none.
func (c config) last(key string) string {
	for _, e := range slices.Backward(c) {
		if e.key == key {
			return e.value
		}
	}
	return ""
}

// userSettings are those of the user's own configuration that are adopted. They decide whom to trust, what is ignored
// and how lines end; none of them names a program.
var userSettings = []string{
	"safe.directory", "safe.barerepository", "init.defaultbranch", "user.name",
	"core.excludesfile", "core.autocrlf", "core.eol",
}

// adoptUserConfig reads the user's and the system's configuration, which git does not see after that, and takes over
// userSettings.
func (r *repository) adoptUserConfig(ctx context.Context) error {
	env := slices.DeleteFunc(slices.Clone(r.base), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains([]string{"GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_GLOBAL", "XDG_CONFIG_HOME", "HOME", "USERPROFILE"}, name)
	})
	for _, name := range []string{"HOME", "USERPROFILE", "XDG_CONFIG_HOME", "HOMEDRIVE", "HOMEPATH", "ProgramData"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	// There is no repository where GIT_DIR says, so that none's configuration is read.
	env = append(env, "GIT_DIR="+filepath.Join(r.empty(), "none"))
	out, err := r.output(ctx, maxConfig, command{args: []string{"config", "--list", "-z", "--includes"}, whole: env})
	if err != nil {
		// A configuration that git cannot read stops git itself; here it only costs the adopted settings.
		var ce *commandError
		if errors.As(err, &ce) {
			return nil
		}
		return err
	}
	var text bytes.Buffer
	for _, e := range parseConfig(string(out)) {
		if !slices.Contains(userSettings, e.key) {
			continue
		}
		r.config = append(r.config, e)
		section, name, _ := strings.Cut(e.key, ".")
		if section == "safe" {
			fmt.Fprintf(&text, "[safe]\n\t%s = %s\n", name, quoted(e.value))
		}
	}
	return os.WriteFile(r.configFile(), text.Bytes(), 0o600)
}

// quoted returns s in double quotes with the escapes that git knows, in its configuration and its lists of paths.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`).Replace(s) + `"`
}
