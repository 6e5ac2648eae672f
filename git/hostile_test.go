package git

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

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
	tr := &trap{scratch: s}
	tr.hatch(t.TempDir())
	other := newScratch(t)
	s.env, other.env = append(s.env, "GIT_ALLOW_PROTOCOL=file:ext:git:ssh:canary"), s.env
	other.commit("of the submodule", "s.txt", "s\n")
	s.commit("one", "a.go", "package a\n", "b.txt", "one\ntwo\n")
	s.git("submodule", "--quiet", "add", other.dir, "sub")
	s.commit("submodule")
	s.commit("two", "a.go", "package a\n\nfunc A() {}\n", "b.txt", "one\nTWO\n")
	return tr
}

// copied returns the trap with a copy of its repository and a canary of its own, for t.
func (tr *trap) copied(t *testing.T) *trap {
	c := &trap{scratch: tr.scratch.copied(t)}
	c.hatch(t.TempDir())
	return c
}

// hatch makes the canary in dir.
func (tr *trap) hatch(dir string) {
	tr.mark, tr.program = filepath.Join(dir, "fired"), filepath.Join(dir, "canary")
	require.NoError(tr.t, os.WriteFile(tr.program, []byte("#!/bin/sh\necho \"$0 $@\" >>'"+tr.mark+"'\nexit 0\n"), 0o755))
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

// sign puts a signature of that kind on the last commit.
func (tr *trap) sign(kind string) {
	signed := strings.Replace(tr.git("cat-file", "commit", "HEAD"), "\n\n",
		"\ngpgsig -----BEGIN "+kind+"-----\n \n x\n -----END "+kind+"-----\n\n", 1)
	tr.write(".git/signed", signed+"\n")
	tr.git("update-ref", "HEAD", tr.git("hash-object", "-t", "commit", "-w", ".git/signed"))
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
		tr.sign("PGP SIGNATURE")
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
	{name: "core.fsmonitor with a split index", plant: func(tr *trap) {
		tr.git("update-index", "--split-index")
		tr.git("config", "core.splitIndex", "true")
		tr.git("config", "core.fsmonitor", tr.program)
	}, live: []string{"status"}},
	{name: "core.fsmonitor that the index was made with", plant: func(tr *trap) {
		tr.git("config", "core.fsmonitor", "true")
		tr.try("update-index", "--fsmonitor")
		tr.git("config", "core.fsmonitor", tr.program)
	}, live: []string{"status"}},
	{name: "receivepack of a remote", plant: func(tr *trap) {
		tr.git("config", "remote.origin.url", tr.dir)
		tr.git("config", "remote.origin.receivepack", tr.program)
	}, live: []string{"push", "origin", "HEAD:refs/heads/x"}},
	{name: "gpg.ssh.program", plant: func(tr *trap) {
		tr.git("config", "gpg.ssh.program", tr.program)
		tr.git("config", "gpg.ssh.allowedSignersFile", "/dev/null")
		tr.git("config", "log.showSignature", "true")
		tr.sign("SSH SIGNATURE")
	}, live: []string{"log", "-1"}},
	{name: "a submodule whose URL is a command", plant: func(tr *trap) {
		tr.git("config", "submodule.sub.url", "ext::"+tr.program)
		tr.git("config", "protocol.ext.allow", "always")
		require.NoError(tr.t, os.RemoveAll(filepath.Join(tr.dir, "sub")))
		require.NoError(tr.t, os.RemoveAll(filepath.Join(tr.dir, ".git", "modules")))
	}, live: []string{"submodule", "update", "--init"}, broken: true},
	{name: "the command of a submodule's .gitmodules", plant: func(tr *trap) {
		// git takes no update command from there, but a URL, once the submodule is initialized.
		tr.git("config", "-f", ".gitmodules", "submodule.sub.url", "ext::"+tr.program)
		tr.git("config", "protocol.ext.allow", "always")
		tr.git("config", "--remove-section", "submodule.sub")
		require.NoError(tr.t, os.RemoveAll(filepath.Join(tr.dir, "sub")))
		require.NoError(tr.t, os.RemoveAll(filepath.Join(tr.dir, ".git", "modules")))
	}, live: []string{"submodule", "update", "--init"}, broken: true},
	{name: "a .git that is a link to a hostile repository", plant: func(tr *trap) {
		elsewhere := filepath.Join(tr.t.TempDir(), "elsewhere")
		require.NoError(tr.t, os.Rename(filepath.Join(tr.dir, ".git"), elsewhere))
		require.NoError(tr.t, os.Symlink(elsewhere, filepath.Join(tr.dir, ".git")))
		tr.write("sub/.git", "gitdir: "+elsewhere+"/modules/sub\n")
		tr.git("config", "-f", elsewhere+"/modules/sub/config", "core.worktree", filepath.Join(tr.dir, "sub"))
		tr.git("config", "core.fsmonitor", tr.program)
	}, live: []string{"status"}},
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
	t.Parallel()
	model := newTrap(t)
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			tr := model.copied(t)
			way.plant(tr)
			tr.reset()
			// The live check changes a copy, so that the repository is loaded as planted.
			bait := tr.scratch.copied(t)
			out, _ := bait.try(way.live...)
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
	asked := false
	for _, f := range c.Files {
		if f.Status == deepreview.FileDeleted || f.Submodule() || asked {
			continue
		}
		asked = true
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
			s.ownHome(s.t.(*testing.T))
			home := os.Getenv("XDG_CONFIG_HOME")
			require.NoError(s.t, os.MkdirAll(filepath.Join(home, "git"), 0o777))
			require.NoError(s.t, os.WriteFile(filepath.Join(home, "git", "attributes"), []byte(hide), 0o666))
		},
	} {
		t.Run(name, func(t *testing.T) {
			if name != "the user's own" {
				t.Parallel()
			}
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
	t.Parallel()
	t.Run("function patterns of a diff driver are not used", func(t *testing.T) {
		t.Parallel()
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
		t.Parallel()
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
		t.Parallel()
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
	t.Run("a commit graph cannot shorten history", func(t *testing.T) {
		t.Parallel()
		s := newScratch(t)
		ids := []string{s.commit("one", "a.txt", "one\n"), s.commit("two", "a.txt", "two\n"), s.commit("three", "a.txt", "three\n")}
		s.git("commit-graph", "write", "--reachable")
		graph := filepath.Join(s.dir, ".git", "objects", "info", "commit-graph")
		text, err := os.ReadFile(graph)
		require.NoError(t, err)
		// Behind a commit's tree stands the place of its parent in the sorted list of commits.
		tree, err := hex.DecodeString(s.git("rev-parse", "HEAD^{tree}"))
		require.NoError(t, err)
		sorted := slices.Sorted(slices.Values(ids))
		parent := bytes.Index(text, tree) + len(tree)
		require.EqualValues(t, slices.Index(sorted, ids[1]), binary.BigEndian.Uint32(text[parent:]))
		binary.BigEndian.PutUint32(text[parent:], uint32(slices.Index(sorted, ids[0])))
		require.NoError(t, os.Chmod(graph, 0o666))
		require.NoError(t, os.WriteFile(graph, text, 0o666))
		require.Equal(t, "2", s.git("rev-list", "--count", "HEAD"), "plain git does not believe the graph, so that this test cannot fail")
		assert.Len(t, load(t, s.dir, ids[0]+"..HEAD", nil).Commits, 2)
		c := load(t, s.dir, "HEAD~1", nil)
		assert.Equal(t, ids[1], c.Head, "nor choose what a name means")
	})
	t.Run("a file of the working tree cannot pass for unchanged", func(t *testing.T) {
		t.Parallel()
		s := newScratch(t)
		s.commit("one", "a.txt", "good\n")
		s.git("config", "core.checkStat", "minimal")
		s.git("config", "core.trustctime", "false")
		file := filepath.Join(s.dir, "a.txt")
		old := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
		require.NoError(t, os.Chtimes(file, old, old))
		s.git("update-index", "--refresh")
		s.write("new", "evil\n")
		require.NoError(t, os.Rename(filepath.Join(s.dir, "new"), file))
		require.NoError(t, os.Chtimes(file, old, old))
		require.Empty(t, s.git("status", "--short"), "plain git is not deceived, so that this test cannot fail")
		assert.Equal(t, "M a.txt +1-1", summary(load(t, s.dir, "", &Options{Worktree: true})))
	})
	t.Run("core.worktree leads nowhere", func(t *testing.T) {
		t.Parallel()
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
		t.Parallel()
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
	hostileConfig := filepath.Join(t.TempDir(), "config")
	require.NoError(t, os.WriteFile(hostileConfig, []byte("[core]\n\tfsmonitor = "+tr.program+"\n"), 0o666))
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
		"GIT_CONFIG_GLOBAL":       {env: []string{"GIT_CONFIG_GLOBAL=" + hostileConfig}, live: []string{"status"}},
		"GIT_CONFIG_SYSTEM":       {env: []string{"GIT_CONFIG_SYSTEM=" + hostileConfig, "GIT_CONFIG_NOSYSTEM=0"}, live: []string{"status"}},
		"GIT_SSH":                 {env: []string{"GIT_SSH=" + tr.program}, live: []string{"fetch", "ssh://host.invalid/x"}},
		"SSH_ASKPASS":             {env: []string{"SSH_ASKPASS=" + tr.program}, live: []string{"credential", "fill"}},
		"EDITOR":                  {env: []string{"EDITOR=" + tr.program, "TERM=vt100"}, live: []string{"commit", "--amend"}},
		"GIT_COMMON_DIR":          {env: []string{"GIT_COMMON_DIR=" + filepath.Join(other.dir, ".git")}},
		"GIT_SHALLOW_FILE":        {env: []string{"GIT_SHALLOW_FILE=" + hostileConfig}},
		"GIT_GRAFT_FILE":          {env: []string{"GIT_GRAFT_FILE=" + hostileConfig}},
		"GIT_ATTR_SOURCE":         {env: []string{"GIT_ATTR_SOURCE=HEAD~1"}},
		"GIT_REPLACE_REF_BASE":    {env: []string{"GIT_REPLACE_REF_BASE=refs/heads/"}},
		"GIT_TRACE_SETUP":         {env: []string{"GIT_TRACE_SETUP=" + trace}, live: []string{"status"}},
		"GIT_TRACE2":              {env: []string{"GIT_TRACE2=" + trace}, live: []string{"status"}},
		"GIT_TRACE2_PERF":         {env: []string{"GIT_TRACE2_PERF=" + trace}, live: []string{"status"}},
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

func TestEnvironmentIsAListOfWhatIsAllowed(t *testing.T) {
	var got []string
	for _, v := range environment("/bin", func(name string) (string, bool) { return "set", true }, "/home", "/config") {
		name, value, _ := strings.Cut(v, "=")
		if value == "set" {
			got = append(got, name)
		}
	}
	assert.Equal(t, passedOn, got)
	for _, name := range passedOn {
		assert.NotRegexp(t, "(?i)^(GIT_|SSH_|LD_|DYLD_|.*PAGER|.*EDITOR|VISUAL|HOME)", name)
	}
}

func TestUsersConfigurationRunsNothing(t *testing.T) {
	tr := newTrap(t)
	tr.ownHome(t)
	trace := filepath.Join(t.TempDir(), "trace")
	home := os.Getenv("HOME")
	require.NoError(t, os.WriteFile(filepath.Join(home, ".more"), []byte("[core]\n\tfsmonitor = "+tr.program+"\n\thooksPath = "+home+"\n"+
		"[diff]\n\texternal = "+tr.program+"\n[alias]\n\trev-parse = !"+tr.program+"\n"), 0o666))
	require.NoError(t, os.WriteFile(filepath.Join(home, ".gitconfig"), []byte("[include]\n\tpath = .more\n[trace2]\n\teventTarget = "+trace+
		"\n\tnormalTarget = "+trace+"\n\tperfTarget = "+trace+"\n"), 0o666))
	tr.git("status")
	require.True(t, tr.fired(), "plain git runs nothing, so that this test cannot fail")
	require.FileExists(t, trace)
	require.NoError(t, os.Remove(trace))
	tr.write("a.go", "package a\n\nfunc A() { panic(0) }\n")
	tr.reset()
	for _, opt := range []*Options{nil, {Staged: true}, {Worktree: true}} {
		require.NoError(t, loadAndUse(t, tr.dir, "HEAD~1", opt))
	}
	assert.False(t, tr.fired())
	assert.NoFileExists(t, trace)
}

// TestFilesThatNeverEnd puts a pipe that nobody writes to, or a device that always has more, where git reads a file.
func TestFilesThatNeverEnd(t *testing.T) {
	t.Parallel()
	pipe := func(t *testing.T, path string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
		require.NoError(t, os.RemoveAll(path))
		if out, err := exec.Command("mkfifo", path).CombinedOutput(); err != nil {
			t.Skipf("no pipe can be made: %v %s", err, out)
		}
	}
	zero := func(t *testing.T, path string) {
		if _, err := os.Stat("/dev/zero"); err != nil {
			t.Skip("there is no /dev/zero")
		}
		require.NoError(t, os.RemoveAll(path))
		require.NoError(t, os.Symlink("/dev/zero", path))
	}
	within := func(put func(t *testing.T, path string), name string) func(t *testing.T, s *scratch) {
		return func(t *testing.T, s *scratch) { put(t, filepath.Join(s.dir, filepath.FromSlash(name))) }
	}
	setting := func(put func(t *testing.T, path string), key string) func(t *testing.T, s *scratch) {
		return func(t *testing.T, s *scratch) {
			path := filepath.Join(t.TempDir(), "endless")
			put(t, path)
			s.git("config", key, path)
		}
	}
	for _, c := range []struct {
		name  string
		plant func(t *testing.T, s *scratch)
		// stuck are the arguments of a plain git that does not come to its end; none where that would fill the memory.
		stuck []string
		// says is part of the error; empty where there is none, because nobody has to read that file.
		says string
	}{
		{"a pipe for .git", within(pipe, ".git"), nil, "no regular file"},
		{"a pipe for HEAD", within(pipe, ".git/HEAD"), []string{"status"}, "HEAD is no regular file"},
		{"a pipe for the configuration", within(pipe, ".git/config"), []string{"status"}, "config is no regular file"},
		{"a pipe for the index", within(pipe, ".git/index"), []string{"ls-files"}, "index is no regular file"},
		{"a pipe for packed references", within(pipe, ".git/packed-refs"), []string{"rev-parse", "x"}, "packed-refs is no regular file"},
		{"a pipe for the borders of a shallow clone", within(pipe, ".git/shallow"), []string{"log"}, "shallow is no regular file"},
		{"a pipe for the names to ignore", within(pipe, ".git/info/exclude"), []string{"status"}, "exclude is no regular file"},
		{"a pipe for the alternate objects", within(pipe, ".git/objects/info/alternates"), []string{"log"}, "alternates is no regular file"},
		{"a pipe for the commit graph", within(pipe, ".git/objects/info/commit-graph"), []string{"log"}, "commit-graph is no regular file"},
		{"a device for the common folder", within(zero, ".git/commondir"), nil, "commondir is no regular file"},
		{"a device for the index", within(zero, ".git/index"), nil, "index is no regular file"},
		{"a device for the alternate objects", within(zero, ".git/objects/info/alternates"), nil, "alternates is no regular file"},
		{"a pipe that a setting names for the names to ignore", setting(pipe, "core.excludesFile"), []string{"status"}, ""},
		{"a pipe that a setting names for the attributes", setting(pipe, "core.attributesFile"), []string{"diff"}, ""},
		{"a pipe that a setting names for commits not to blame", setting(pipe, "blame.ignoreRevsFile"), []string{"blame", "a.txt"}, ""},
		{"a device that a setting names for the names to ignore", setting(zero, "core.excludesFile"), nil, ""},
		{"a device that a setting names for the attributes", setting(zero, "core.attributesFile"), nil, ""},
		{"a pipe in the place of a tracked file", within(pipe, "keep.txt"), nil, "keep.txt is no regular file"},
		{"a pipe that is not tracked", within(pipe, "pipe"), nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, _ := topic(t)
			s.write("a.txt", "1\nzwei\n3\n")
			c.plant(t, s)
			if c.stuck != nil {
				ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
				defer cancel()
				cmd := exec.CommandContext(ctx, "git", c.stuck...)
				cmd.Dir, cmd.Env, cmd.WaitDelay = s.dir, s.env, time.Second
				require.Error(t, cmd.Run())
				require.Error(t, ctx.Err(), "plain git comes to its end, so that this test cannot fail")
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			change, err := Load(ctx, s.dir, "", &Options{Worktree: true})
			if c.says != "" {
				require.ErrorContains(t, err, c.says)
				require.ErrorContains(t, err, "remove it")
				return
			}
			require.NoError(t, err)
			defer change.Close()
			assert.Equal(t, "M a.txt +1-1", summary(change))
			_, err = change.Blame(ctx, "a.txt", 1, 1)
			require.NoError(t, err)
		})
	}
	t.Run("a pipe that the configuration includes", func(t *testing.T) {
		t.Parallel()
		s, _ := topic(t)
		setting(pipe, "include.path")(t, s)
		run, err := newRunner(t.Context())
		require.NoError(t, err)
		r := &repository{runner: run, dir: s.dir}
		defer r.close()
		require.ErrorContains(t, r.discover(t.Context(), time.Second), "look at the files that it includes")
	})
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
