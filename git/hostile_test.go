package git

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
)

// trap is a hostile repository with a program that must never run. Running it, under whatever name and with whatever
// arguments, leaves a mark.
type trap struct {
	*scratch
	program, mark string
}

// newTrap makes a repository with a few commits and a submodule.
func newTrap(t *testing.T) *trap {
	if runtime.GOOS == "windows" {
		t.Skip("the canary is a shell script")
	}
	s := newScratch(t)
	tr := &trap{scratch: s, mark: filepath.Join(t.TempDir(), "fired")}
	tr.program = filepath.Join(t.TempDir(), "canary")
	require.NoError(t, os.WriteFile(tr.program, []byte("#!/bin/sh\necho \"$0 $@\" >>'"+tr.mark+"'\nexit 0\n"), 0o755))
	other := newScratch(t)
	s.env, other.env = append(s.env, "GIT_ALLOW_PROTOCOL=file:ext:git:ssh:canary"), s.env
	other.commit("of the submodule", "s.txt", "s\n")
	s.commit("one", "a.go", "package a\n", "b.txt", "one\ntwo\n")
	s.git("submodule", "--quiet", "add", other.dir, "sub")
	s.commit("submodule")
	s.commit("two", "a.go", "package a\n\nfunc A() {}\n", "b.txt", "one\nTWO\n")
	return tr
}

// copied returns the trap with a copy of its repository, for t.
func (tr *trap) copied(t *testing.T) *trap {
	s := *tr.scratch
	s.t, s.dir = t, filepath.Join(t.TempDir(), "repo")
	require.NoError(t, os.CopyFS(s.dir, os.DirFS(tr.dir)))
	return &trap{scratch: &s, program: tr.program, mark: tr.mark}
}

// pend leaves work in the index and in the working tree, after everything is planted, so that every way of loading has
// something to do.
func (tr *trap) pend() {
	tr.write("staged.go", "package staged\n")
	tr.git("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "filter.canary.clean=", "-c", "filter.canary.process=",
		"-c", "filter.canary.required=false", "add", "staged.go")
	tr.write("a.go", "package a\n\nfunc A() { panic(0) }\n")
	tr.write("untracked.go", "package untracked\n")
	tr.write("sub/s.txt", "changed in the submodule\n")
}

func (tr *trap) fired() bool {
	_, err := os.Stat(tr.mark)
	return err == nil
}

func (tr *trap) reset() {
	if err := os.Remove(tr.mark); err != nil && !errors.Is(err, fs.ErrNotExist) {
		tr.t.Fatal(err)
	}
}

// attributes has all files use the driver and the filter called canary.
func (tr *trap) attributes() {
	tr.write(".gitattributes", "* diff=canary filter=canary merge=canary\n")
	tr.git("add", ".gitattributes")
	tr.git("-c", "core.fsmonitor=false", "commit", "-qm", "attributes")
}

// everyHook are the names of the hooks that git knows.
var everyHook = []string{"applypatch-msg", "pre-applypatch", "post-applypatch", "pre-commit", "pre-merge-commit", "prepare-commit-msg",
	"commit-msg", "post-commit", "pre-rebase", "post-checkout", "post-merge", "pre-push", "pre-receive", "update", "proc-receive",
	"post-receive", "post-update", "reference-transaction", "push-to-checkout", "pre-auto-gc", "post-rewrite", "sendemail-validate",
	"fsmonitor-watchman", "post-index-change"}

func (tr *trap) hooks(dir string) {
	require.NoError(tr.t, os.MkdirAll(dir, 0o777))
	text, err := os.ReadFile(tr.program)
	require.NoError(tr.t, err)
	for _, name := range everyHook {
		require.NoError(tr.t, os.WriteFile(filepath.Join(dir, name), text, 0o755))
	}
}

// lose takes a blob of the last commit out of the repository, as a partial clone would.
func (tr *trap) lose(spec string) {
	id := tr.git("rev-parse", spec)
	path := filepath.Join(tr.dir, ".git", "objects", id[:2], id[2:])
	require.NoError(tr.t, os.Chmod(path, 0o666))
	require.NoError(tr.t, os.Remove(path))
}

func (tr *trap) promisor(settings ...string) {
	tr.git("config", "core.repositoryFormatVersion", "1")
	tr.git("config", "extensions.partialClone", "origin")
	tr.git("config", "remote.origin.promisor", "true")
	for i := 0; i < len(settings); i += 2 {
		tr.git("config", settings[i], settings[i+1])
	}
}

// ways are the ways in which a repository can have git run a program. Live are the arguments of a plain git that
// falls into the trap, which shows that the trap works.
var ways = []struct {
	name  string
	plant func(tr *trap)
	live  []string
	// shows says that plain git cannot be made to run it here, having no terminal, but says that it would.
	shows bool
	// broken says that loading may fail; it must still run nothing.
	broken bool
}{
	{name: "core.fsmonitor", plant: func(tr *trap) { tr.git("config", "core.fsmonitor", tr.program) }, live: []string{"status"}},
	{name: "core.fsmonitor of an included file", plant: func(tr *trap) {
		tr.write(".git/more", "[core]\n\tfsmonitor = "+tr.program+"\n")
		tr.git("config", "include.path", "more")
	}, live: []string{"status"}},
	{name: "core.fsmonitor of a conditional include", plant: func(tr *trap) {
		tr.write(".git/more", "[core]\n\tfsmonitor = "+tr.program+"\n")
		tr.git("config", "includeIf.onbranch:main.path", "more")
	}, live: []string{"status"}},
	{name: "core.fsmonitor of the worktree's own configuration", plant: func(tr *trap) {
		tr.git("config", "extensions.worktreeConfig", "true")
		tr.write(".git/config.worktree", "[core]\n\tfsmonitor = "+tr.program+"\n")
	}, live: []string{"status"}},
	{name: "core.fsmonitor of a submodule", plant: func(tr *trap) {
		tr.git("-C", "sub", "config", "core.fsmonitor", tr.program)
	}, live: []string{"status"}},
	{name: "filter of a submodule", plant: func(tr *trap) {
		tr.git("-C", "sub", "config", "filter.canary.clean", tr.program)
		tr.write(".git/modules/sub/info/attributes", "* filter=canary\n")
		tr.write("sub/s.txt", "x\n") // as long as before, so that the content has to be compared
	}, live: []string{"status"}},
	{name: "hooks", plant: func(tr *trap) { tr.hooks(filepath.Join(tr.dir, ".git", "hooks")) }, live: []string{"update-index", "--add", "a.go"}},
	{name: "core.hooksPath", plant: func(tr *trap) {
		tr.hooks(filepath.Join(tr.dir, ".git", "elsewhere"))
		tr.git("config", "core.hooksPath", ".git/elsewhere")
	}, live: []string{"update-index", "--add", "a.go"}},
	{name: "diff.external", plant: func(tr *trap) { tr.git("config", "diff.external", tr.program) }, live: []string{"diff", "HEAD~1"}},
	{name: "textconv", plant: func(tr *trap) {
		tr.attributes()
		tr.git("config", "diff.canary.textconv", tr.program)
	}, live: []string{"blame", "b.txt"}},
	{name: "diff driver's command", plant: func(tr *trap) {
		tr.attributes()
		tr.git("config", "diff.canary.command", tr.program)
	}, live: []string{"diff", "HEAD~2"}},
	{name: "filter clean", plant: func(tr *trap) {
		tr.attributes()
		tr.git("config", "filter.canary.clean", tr.program)
	}, live: []string{"add", "-A"}},
	{name: "filter smudge", plant: func(tr *trap) {
		tr.attributes()
		tr.git("config", "filter.canary.smudge", tr.program)
	}, live: []string{"checkout", "HEAD~1", "--", "b.txt"}},
	{name: "filter process", plant: func(tr *trap) {
		tr.attributes()
		tr.git("config", "filter.canary.process", tr.program)
		tr.git("config", "filter.canary.required", "true")
	}, live: []string{"add", "-A"}},
	{name: "merge driver", plant: func(tr *trap) {
		tr.attributes()
		tr.git("config", "merge.canary.driver", tr.program)
	}, live: []string{"cherry-pick", "-n", "HEAD~3"}},
	{name: "core.sshCommand", plant: func(tr *trap) {
		tr.git("config", "remote.origin.url", "ssh://host.invalid/x")
		tr.git("config", "core.sshCommand", tr.program)
	}, live: []string{"fetch", "origin"}},
	{name: "credential.helper", plant: func(tr *trap) { tr.git("config", "credential.helper", tr.program) },
		live: []string{"-c", "core.askPass=true", "credential", "fill"}},
	{name: "core.askPass", plant: func(tr *trap) { tr.git("config", "core.askPass", tr.program) }, live: []string{"credential", "fill"}},
	{name: "core.pager", plant: func(tr *trap) { tr.git("config", "core.pager", tr.program) }, live: []string{"var", "GIT_PAGER"}, shows: true},
	{name: "pager of each command", plant: func(tr *trap) {
		for _, c := range []string{"rev-parse", "config", "log", "blame", "diff-tree", "cat-file", "ls-tree", "ls-files", "update-index"} {
			tr.git("config", "pager."+c, tr.program)
		}
	}, live: []string{"config", "pager.log"}, shows: true},
	{name: "aliases", plant: func(tr *trap) {
		for _, c := range []string{"rev-parse", "config", "log", "blame", "diff-tree", "cat-file", "ls-tree", "ls-files", "update-index", "canary"} {
			tr.git("config", "alias."+c, "!"+tr.program)
		}
	}, live: []string{"canary"}},
	{name: "core.editor", plant: func(tr *trap) { tr.git("config", "core.editor", tr.program) }, live: []string{"commit", "--amend"}},
	{name: "sequence.editor", plant: func(tr *trap) { tr.git("config", "sequence.editor", tr.program) }, live: []string{"rebase", "-i", "--autostash", "HEAD~1"}},
	{name: "gpg.program", plant: func(tr *trap) {
		tr.git("config", "gpg.program", tr.program)
		tr.git("config", "log.showSignature", "true")
		tr.git("config", "commit.gpgSign", "true")
		signed := strings.Replace(tr.git("cat-file", "commit", "HEAD"), "\n\n", "\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\n", 1)
		tr.write(".git/signed", signed+"\n")
		tr.git("update-ref", "HEAD", tr.git("hash-object", "-t", "commit", "-w", ".git/signed"))
	}, live: []string{"log", "-1"}},
	{name: "a remote that is a command", plant: func(tr *trap) {
		tr.git("config", "remote.origin.url", "ext::"+tr.program)
		tr.git("config", "protocol.ext.allow", "always")
	}, live: []string{"fetch", "origin"}},
	{name: "uploadpack of a remote", plant: func(tr *trap) {
		tr.git("config", "remote.origin.url", tr.dir)
		tr.git("config", "remote.origin.uploadpack", tr.program)
	}, live: []string{"fetch", "origin"}},
	{name: "core.gitProxy", plant: func(tr *trap) {
		tr.git("config", "remote.origin.url", "git://host.invalid/x")
		tr.git("config", "core.gitProxy", tr.program)
	}, live: []string{"fetch", "origin"}},
	{name: "core.alternateRefsCommand", plant: func(tr *trap) {
		other := newScratch(tr.t)
		other.commit("other", "o", "o\n")
		tr.write(".git/objects/info/alternates", filepath.Join(other.dir, ".git", "objects")+"\n")
		tr.git("config", "remote.origin.url", other.dir)
		tr.git("config", "core.alternateRefsCommand", tr.program)
	}, live: []string{"fetch", "origin"}},
	{name: "lazy fetch of a blob by a command", plant: func(tr *trap) {
		tr.promisor("remote.origin.url", "ext::"+tr.program, "protocol.ext.allow", "always")
		tr.lose("HEAD:b.txt")
	}, live: []string{"cat-file", "-p", "HEAD:b.txt"}, broken: true},
	{name: "lazy fetch of a blob by uploadpack", plant: func(tr *trap) {
		tr.promisor("remote.origin.url", tr.dir, "remote.origin.uploadpack", tr.program)
		tr.lose("HEAD:b.txt")
	}, live: []string{"cat-file", "-p", "HEAD:b.txt"}, broken: true},
	{name: "lazy fetch of a blob by core.sshCommand", plant: func(tr *trap) {
		tr.promisor("remote.origin.url", "ssh://host.invalid/x", "core.sshCommand", tr.program)
		tr.lose("HEAD:b.txt")
	}, live: []string{"cat-file", "-p", "HEAD:b.txt"}, broken: true},
	{name: "lazy fetch of the commit that is named", plant: func(tr *trap) {
		tr.promisor("remote.origin.url", "ext::"+tr.program, "protocol.ext.allow", "always")
		tr.lose("HEAD")
	}, live: []string{"rev-parse", "--verify", "HEAD^{commit}"}, broken: true},
	{name: "submodule update", plant: func(tr *trap) {
		tr.git("config", "submodule.sub.update", "!"+tr.program)
		tr.write("sub/s.txt", "x\n")
		tr.git("-C", "sub", "-c", "user.name=Ada", "-c", "user.email=ada@example.com", "commit", "-qam", "further")
	}, live: []string{"submodule", "update"}},
	{name: "difftool", plant: func(tr *trap) {
		tr.git("config", "difftool.canary.cmd", tr.program)
		tr.git("config", "diff.tool", "canary")
	}, live: []string{"difftool", "-y", "HEAD~1"}},
	{name: "trailer.command", plant: func(tr *trap) {
		tr.git("config", "trailer.canary.command", tr.program)
		tr.git("config", "trailer.canary.ifExists", "add")
	}, live: []string{"interpret-trailers", "--trailer", "canary:x", "b.txt"}},
	{name: "a .git file that points to a hostile repository", plant: func(tr *trap) {
		elsewhere := filepath.Join(tr.t.TempDir(), "elsewhere")
		require.NoError(tr.t, os.Rename(filepath.Join(tr.dir, ".git"), elsewhere))
		tr.write(".git", "gitdir: "+elsewhere+"\n")
		tr.write("sub/.git", "gitdir: "+elsewhere+"/modules/sub\n")
		tr.git("config", "-f", elsewhere+"/modules/sub/config", "core.worktree", filepath.Join(tr.dir, "sub"))
		tr.git("config", "core.fsmonitor", tr.program)
	}, live: []string{"status"}},
}

func TestHostileRepositoryRunsNothing(t *testing.T) {
	model := newTrap(t)
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			tr := model.copied(t)
			way.plant(tr)
			tr.reset()
			// The live check changes a copy, so that the repository is loaded as planted.
			out, _ := tr.copied(t).try(way.live...)
			if way.shows {
				require.Contains(t, out, tr.program, "plain git does not know of the trap, so that this test cannot fail")
			} else {
				require.True(t, tr.fired(), "plain git does not fall into the trap, so that this test cannot fail:\n%s", out)
			}
			if !way.broken {
				tr.pend()
			}
			tr.reset()

			before := fingerprint(t, tr.dir)
			for mode, opt := range map[string]*Options{"range": nil, "staged": {Staged: true}, "worktree": {Worktree: true}} {
				revisions := ""
				if opt == nil {
					revisions = "HEAD~1...HEAD"
				}
				err := loadAndUse(t, tr.dir, revisions, opt)
				assert.False(t, tr.fired(), "%s: the program ran", mode)
				if !way.broken {
					assert.NoError(t, err, mode)
				}
			}
			assert.Equal(t, before, fingerprint(t, tr.dir), "the repository was changed")
		})
	}
}

// loadAndUse loads a change and uses all that it offers.
func loadAndUse(t *testing.T, dir, revisions string, opt *Options) error {
	t.Helper()
	ctx := testContext(t)
	c, err := Load(ctx, dir, revisions, opt)
	if err != nil {
		return err
	}
	defer c.Close()
	for _, tree := range []fs.FS{c.Tree, c.BaseTree} {
		err = errors.Join(err, fs.WalkDir(tree, ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			_, err = fs.ReadFile(tree, path)
			return err
		}))
	}
	for _, f := range c.Files {
		if f.Status == deepreview.FileDeleted || f.Submodule() {
			continue
		}
		_, blameErr := c.Blame(ctx, f.Path, 1, 1)
		_, logErr := c.Log(ctx, f.Path, 5)
		err = errors.Join(err, blameErr, logErr)
	}
	return errors.Join(err, c.Close())
}

// fingerprint lists all below dir with modes, times and content.
func fingerprint(t testing.TB, dir string) []string {
	t.Helper()
	var list []string
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		line := fmt.Sprintf("%s %v %v", path, info.Mode(), info.ModTime().UnixNano())
		if info.Mode().IsRegular() {
			f, err := os.Open(path)
			if err != nil {
				return err
			}
			defer f.Close()
			h := sha256.New()
			if _, err := io.Copy(h, f); err != nil {
				return err
			}
			line += fmt.Sprintf(" %x", h.Sum(nil))
		}
		list = append(list, line)
		return nil
	}))
	slices.Sort(list)
	return list
}

func TestAttributesHideNothing(t *testing.T) {
	hide := "*.go -diff\n*.txt binary\n"
	for name, plant := range map[string]func(s *scratch){
		"in the change":   func(s *scratch) { s.write(".gitattributes", hide) },
		"info/attributes": func(s *scratch) { s.write(".git/info/attributes", hide) },
		"core.attributesFile": func(s *scratch) {
			s.write(".git/hide", hide)
			s.git("config", "core.attributesFile", filepath.Join(s.dir, ".git", "hide"))
		},
		"the user's own": func(s *scratch) {
			home := os.Getenv("XDG_CONFIG_HOME")
			require.NoError(s.t, os.MkdirAll(filepath.Join(home, "git"), 0o777))
			require.NoError(s.t, os.WriteFile(filepath.Join(home, "git", "attributes"), []byte(hide), 0o666))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScratch(t)
			s.commit("one", "a.go", "package a\n")
			plant(s)
			s.commit("two", "a.go", "package b\n")
			require.Contains(t, s.git("diff", "HEAD~1", "--", "a.go"), "Binary files", "plain git hides nothing, so that this test cannot fail")
			s.write("a.go", "package c\n")
			s.git("add", "a.go")
			for _, opt := range []*Options{nil, {Staged: true}, {Worktree: true}} {
				c, err := Load(testContext(t), s.dir, "HEAD", opt)
				require.NoError(t, err)
				f := c.File("a.go")
				require.NotNil(t, f)
				assert.False(t, f.Binary)
				assert.Len(t, f.Hunks, 1)
				require.NoError(t, c.Close())
			}
		})
	}
}

func TestRepositoryCannotChooseWhatIsShown(t *testing.T) {
	t.Run("function patterns of a diff driver are not used", func(t *testing.T) {
		s := newScratch(t)
		text := "func real() {\n//SECTION\n1\n2\n3\n4\n5\n}\n"
		s.commit("one", "a.txt", text, ".gitattributes", "* diff=canary\n")
		s.git("config", "diff.canary.xfuncname", "^//SECTION")
		s.commit("two", "a.txt", strings.Replace(text, "5", "five", 1))
		require.Contains(t, s.git("diff", "HEAD~1"), "@@ //SECTION")
		c, err := Load(testContext(t), s.dir, "HEAD", nil)
		require.NoError(t, err)
		defer c.Close()
		assert.Equal(t, "func real() {", c.Files[0].Hunks[0].Section)
	})
	t.Run("replaced objects are not shown", func(t *testing.T) {
		s := newScratch(t)
		s.commit("one", "a.txt", "one\n")
		s.commit("two", "a.txt", "evil\n")
		s.write(".git/good", "good\n")
		s.git("replace", s.git("rev-parse", "HEAD:a.txt"), s.git("hash-object", "-w", ".git/good"))
		require.Contains(t, s.git("diff", "HEAD~1", "HEAD"), "+good")
		c, err := Load(testContext(t), s.dir, "HEAD", nil)
		require.NoError(t, err)
		defer c.Close()
		assert.Contains(t, c.Files[0].Hunks[0].Body, "+evil")
		text, err := fs.ReadFile(c.Tree, "a.txt")
		require.NoError(t, err)
		assert.Equal(t, "evil\n", string(text))
	})
	t.Run("grafts do not shorten history", func(t *testing.T) {
		s := newScratch(t)
		first := s.commit("one", "a.txt", "one\n")
		s.commit("two", "b.txt", "two\n")
		head := s.commit("three", "c.txt", "three\n")
		s.write(".git/info/grafts", head+" "+first+"\n")
		require.Contains(t, s.git("rev-list", "--parents", "-1", "HEAD"), head+" "+first)
		c, err := Load(testContext(t), s.dir, first+"..HEAD", nil)
		require.NoError(t, err)
		defer c.Close()
		assert.Len(t, c.Commits, 2)
		c, err = Load(testContext(t), s.dir, "HEAD", nil)
		require.NoError(t, err)
		defer c.Close()
		assert.Len(t, c.Files, 1, "the parent is what was committed")
	})
	t.Run("core.worktree leads nowhere", func(t *testing.T) {
		s := newScratch(t)
		s.commit("one", "a.txt", "one\n")
		elsewhere := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(elsewhere, "private"), []byte("private\n"), 0o666))
		s.write("b.txt", "two\n")
		s.git("config", "core.worktree", elsewhere)
		require.Contains(t, s.git("status", "--short"), "private")
		c, err := Load(testContext(t), s.dir, "", &Options{Worktree: true})
		require.NoError(t, err)
		defer c.Close()
		require.Len(t, c.Files, 1)
		assert.Equal(t, "b.txt", c.Files[0].Path)
	})
	t.Run("a tag cannot stand in for a branch", func(t *testing.T) {
		s := newScratch(t)
		first := s.commit("one", "a.txt", "one\n")
		s.commit("two", "a.txt", "two\n")
		s.git("tag", "main", first)
		require.Contains(t, s.git("rev-parse", "main"), first, "plain git takes the tag")
		_, err := Load(testContext(t), s.dir, "main", nil)
		require.ErrorIs(t, err, ErrRevision)
		assert.ErrorContains(t, err, "refs/heads/main")
	})
}

func TestCallersEnvironmentDoesNotReachGit(t *testing.T) {
	tr := newTrap(t)
	other := newScratch(t)
	other.commit("other", "other.txt", "other\n")
	other.commit("other two", "other.txt", "other two\n")
	trace := filepath.Join(t.TempDir(), "trace")
	programs := t.TempDir()
	for _, name := range []string{"git", "git-diff-tree", "git-log", "git-cat-file", "git-rev-parse", "git-remote-https"} {
		text, err := os.ReadFile(tr.program)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(programs, name), text, 0o755))
	}
	for name, c := range map[string]struct {
		env  []string
		live []string
	}{
		"GIT_DIR":                 {env: []string{"GIT_DIR=" + filepath.Join(other.dir, ".git")}},
		"GIT_WORK_TREE":           {env: []string{"GIT_WORK_TREE=" + other.dir}},
		"GIT_INDEX_FILE":          {env: []string{"GIT_INDEX_FILE=" + filepath.Join(other.dir, ".git", "index")}},
		"GIT_OBJECT_DIRECTORY":    {env: []string{"GIT_OBJECT_DIRECTORY=" + filepath.Join(other.dir, ".git", "objects")}},
		"GIT_NAMESPACE":           {env: []string{"GIT_NAMESPACE=x"}},
		"GIT_CONFIG_COUNT":        {env: []string{"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=core.fsmonitor", "GIT_CONFIG_VALUE_0=" + tr.program}, live: []string{"status"}},
		"GIT_CONFIG_PARAMETERS":   {env: []string{"GIT_CONFIG_PARAMETERS='core.fsmonitor=" + tr.program + "'"}, live: []string{"status"}},
		"GIT_EXTERNAL_DIFF":       {env: []string{"GIT_EXTERNAL_DIFF=" + tr.program}, live: []string{"diff", "HEAD~1"}},
		"GIT_EDITOR":              {env: []string{"GIT_EDITOR=" + tr.program}, live: []string{"commit", "--amend"}},
		"GIT_SSH_COMMAND":         {env: []string{"GIT_SSH_COMMAND=" + tr.program}, live: []string{"fetch", "ssh://host.invalid/x"}},
		"GIT_PROXY_COMMAND":       {env: []string{"GIT_PROXY_COMMAND=" + tr.program}, live: []string{"fetch", "git://host.invalid/x"}},
		"GIT_ASKPASS":             {env: []string{"GIT_ASKPASS=" + tr.program}, live: []string{"credential", "fill"}},
		"GIT_EXEC_PATH":           {env: []string{"GIT_EXEC_PATH=" + programs}, live: []string{"remote-https"}},
		"GIT_TRACE":               {env: []string{"GIT_TRACE=" + trace}, live: []string{"status"}},
		"GIT_TRACE2_EVENT":        {env: []string{"GIT_TRACE2_EVENT=" + trace}, live: []string{"status"}},
		"GIT_DEFAULT_HASH":        {env: []string{"GIT_DEFAULT_HASH=sha256"}},
		"GIT_LITERAL_PATHSPECS":   {env: []string{"GIT_LITERAL_PATHSPECS=0", "GIT_ICASE_PATHSPECS=1"}},
		"GIT_DIFF_OPTS":           {env: []string{"GIT_DIFF_OPTS=-u0"}},
		"GIT_CEILING_DIRECTORIES": {env: []string{"GIT_CEILING_DIRECTORIES=" + filepath.Dir(tr.dir)}},
	} {
		t.Run(name, func(t *testing.T) {
			tr.reset()
			_ = os.Remove(trace)
			fired := func() bool {
				_, err := os.Stat(trace)
				return tr.fired() || err == nil
			}
			if c.live != nil {
				bait := *tr.scratch
				bait.t = t
				bait.env = append(slices.Clone(tr.env), c.env...)
				out, _ := bait.try(c.live...)
				require.True(t, fired(), "plain git does not fall into the trap, so that this test cannot fail:\n%s", out)
				tr.reset()
				_ = os.Remove(trace)
			}
			for _, v := range c.env {
				key, value, _ := strings.Cut(v, "=")
				t.Setenv(key, value)
			}
			change, err := Load(testContext(t), tr.dir, "HEAD", nil)
			require.NoError(t, err)
			defer change.Close()
			require.Len(t, change.Files, 2)
			assert.Equal(t, "a.go", change.Files[0].Path)
			assert.False(t, fired())
		})
	}
}

func TestGitIsNotTakenFromTheWorkingDirectory(t *testing.T) {
	tr := newTrap(t)
	text, err := os.ReadFile(tr.program)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(tr.dir, "git"), text, 0o755))
	t.Chdir(tr.dir)
	for _, path := range []string{".", "", "./", "nothing/.."} {
		t.Setenv("PATH", path+string(filepath.ListSeparator)+os.Getenv("PATH"))
		require.NoError(t, loadAndUse(t, ".", "HEAD", nil))
	}
	assert.False(t, tr.fired())
}
