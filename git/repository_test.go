package git

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
)

// clone clones s by plain git and returns the clone.
func (s *scratch) clone(args ...string) *scratch {
	s.t.Helper()
	c := *s
	c.dir = filepath.Join(s.t.TempDir(), "clone")
	s.git(append(append([]string{"-c", "protocol.file.allow=always", "clone", "-q"}, args...), "file://"+filepath.ToSlash(s.dir), c.dir)...)
	return &c
}

// gone removes a loose object.
func (s *scratch) gone(spec string) {
	s.t.Helper()
	path := s.object(spec)
	require.NoError(s.t, os.Chmod(path, 0o666))
	require.NoError(s.t, os.Remove(path))
}

func (s *scratch) object(spec string) string {
	id := s.git("rev-parse", spec)
	return filepath.Join(s.dir, ".git", "objects", id[:2], id[2:])
}

func TestKindsOfRepository(t *testing.T) {
	t.Parallel()
	const files = "M a.txt +1-1, A b/b.txt +1-0"
	t.Run("bare", func(t *testing.T) {
		t.Parallel()
		s, _ := topic(t)
		bare := s.clone("--bare")
		c := load(t, bare.dir, "main...topic", nil)
		assert.Equal(t, files, summary(c))
		assert.Equal(t, "repo", c.Repository)
		_, err := Load(testContext(t), bare.dir, "", &Options{Worktree: true})
		assert.ErrorContains(t, err, "no working tree")
	})
	t.Run("inside .git", func(t *testing.T) {
		t.Parallel()
		s, _ := topic(t)
		assert.Equal(t, files, summary(load(t, filepath.Join(s.dir, ".git"), "main...topic", nil)))
	})
	t.Run("below a folder of git's that is empty", func(t *testing.T) {
		t.Parallel()
		s, _ := topic(t)
		require.NoError(t, os.Mkdir(filepath.Join(s.dir, "b", ".git"), 0o777))
		s.write("a.txt", "1\nzwei\n3\n")
		assert.Equal(t, "M a.txt +1-1", summary(load(t, filepath.Join(s.dir, "b"), "", &Options{Worktree: true})))
	})
	t.Run("behind a link to one of its folders", func(t *testing.T) {
		t.Parallel()
		s, _ := topic(t)
		link := filepath.Join(t.TempDir(), "link")
		if err := os.Symlink(filepath.Join(s.dir, "b"), link); err != nil {
			t.Skip("the file system has no links")
		}
		s.write("a.txt", "1\nzwei\n3\n")
		assert.Equal(t, "M a.txt +1-1", summary(load(t, link, "", &Options{Worktree: true})))
	})
	t.Run("a sparse index", func(t *testing.T) {
		t.Parallel()
		s, _ := topic(t)
		s.git("checkout", "-q", "main")
		s.commit("wide", "in/x", "x\n", "out/y", "y\n")
		s.git("sparse-checkout", "set", "--cone", "--sparse-index", "in")
		require.NoFileExists(t, filepath.Join(s.dir, "out", "y"))
		s.write("in/x", "X\n")
		assert.Equal(t, "M in/x +1-1", summary(load(t, s.dir, "", &Options{Worktree: true})))
		_, err := Load(testContext(t), s.dir, "", &Options{Staged: true})
		require.ErrorIs(t, err, ErrEmptyRange)
	})
	t.Run("an index that calls files unchanged because a monitor said so", func(t *testing.T) {
		t.Parallel()
		s, _ := topic(t)
		s.git("config", "core.fsmonitor", "true") // not run: the marks are set by hand
		s.try("update-index", "--fsmonitor")
		s.git("-c", "core.fsmonitor=true", "update-index", "--fsmonitor-valid", "a.txt")
		s.git("config", "core.fsmonitor", "")
		s.write("a.txt", "1\nzwei\n3\n")
		assert.Equal(t, "M a.txt +1-1", summary(load(t, s.dir, "", &Options{Worktree: true})))
	})
	t.Run("a linked worktree", func(t *testing.T) {
		t.Parallel()
		s, _ := topic(t)
		linked := *s
		linked.dir = filepath.Join(t.TempDir(), "linked")
		s.git("worktree", "add", "-q", "--detach", linked.dir, "main")
		c := load(t, linked.dir, "main...topic", nil)
		assert.Equal(t, files, summary(c))
		linked.write("new.txt", "n\n")
		linked.write("c.txt", "staged\n")
		linked.git("add", "c.txt")
		assert.Equal(t, "M c.txt +1-1", summary(load(t, linked.dir, "", &Options{Staged: true})))
		assert.Equal(t, "M c.txt +1-1, A new.txt +1-0", summary(load(t, linked.dir, "", &Options{Worktree: true})))
		_, err := Load(testContext(t), s.dir, "", &Options{Worktree: true})
		require.ErrorIs(t, err, ErrEmptyRange, "the main one has no work")
	})
	t.Run("SHA-256", func(t *testing.T) {
		t.Parallel()
		s := newScratch(t, "--object-format=sha256")
		s.commit("one", "a.txt", "1\n")
		s.commit("two", "a.txt", "2\n")
		s.write("a.txt", "3\n")
		for _, c := range []*deepreview.Change{load(t, s.dir, "HEAD", nil), load(t, s.dir, "HEAD~1", nil), load(t, s.dir, "", &Options{Worktree: true})} {
			assert.Len(t, c.Files, 1)
			assert.Len(t, c.Base, 64)
			text, err := fs.ReadFile(c.Tree, "a.txt")
			require.NoError(t, err)
			assert.Len(t, text, 2)
			lines, err := c.Blame(t.Context(), "a.txt", 1, 1)
			require.NoError(t, err)
			assert.True(t, lines[0].InChange)
		}
	})
	t.Run("shallow", func(t *testing.T) {
		t.Parallel()
		s, _ := topic(t)
		shallow := s.clone("--depth=2", "--branch=topic")
		assert.Equal(t, "A b/b.txt +1-0", summary(load(t, shallow.dir, "HEAD", nil)), "its parent is there")
		_, err := Load(testContext(t), shallow.dir, "HEAD~1", nil)
		require.ErrorIs(t, err, ErrMissing, "the parent is not there, and the commit must not pass for a root")
		assert.ErrorContains(t, err, "git fetch --unshallow")
		deep := s.clone("--depth=1", "--no-single-branch")
		_, err = Load(testContext(t), deep.dir, "origin/main...origin/topic", nil)
		require.ErrorIs(t, err, ErrNoMergeBase)
		assert.ErrorContains(t, err, "git fetch --unshallow")
		_, err = Load(testContext(t), deep.dir, "HEAD", nil)
		require.ErrorIs(t, err, ErrMissing)
		// The default range may not shrink to the last commit for want of the others.
		s.commit("three", "b/b.txt", "three\n")
		for _, depth := range []string{"--depth=1", "--depth=2"} {
			shallow := s.clone(depth, "--no-single-branch", "--branch=topic")
			shallow.git("remote", "set-head", "origin", "main")
			_, err = Load(testContext(t), shallow.dir, "", nil)
			require.ErrorIs(t, err, ErrNoMergeBase)
			assert.ErrorContains(t, err, "git fetch --unshallow")
		}
		c := load(t, shallow.dir, "HEAD", nil)
		lines, err := c.Blame(t.Context(), "a.txt", 1, 3)
		require.NoError(t, err)
		assert.Len(t, lines, 3)
	})
	t.Run("partial", func(t *testing.T) {
		t.Parallel()
		s, ids := topic(t)
		s.git("config", "uploadpack.allowFilter", "true")
		partial := s.clone("--filter=blob:none", "--no-checkout", "--branch=topic")
		_, err := Load(testContext(t), partial.dir, "origin/main...HEAD", nil)
		require.ErrorIs(t, err, ErrMissing)
		assert.ErrorContains(t, err, "partial")
		partial.env = append(partial.env, "GIT_ALLOW_PROTOCOL=file")
		partial.git("diff", ids["root"], ids["two"]) // fetches what it needs
		c := load(t, partial.dir, "origin/main...HEAD", nil)
		assert.Equal(t, files, summary(c))
		_, err = fs.ReadFile(c.Tree, "a.txt")
		require.NoError(t, err)
		_, err = fs.Stat(c.Tree, "keep.txt")
		require.NoError(t, err, "names are there")
		_, err = fs.ReadFile(c.Tree, "keep.txt")
		require.ErrorIs(t, err, ErrMissing, "content is not")
	})
	t.Run("partial, without the guidance of the base", func(t *testing.T) {
		t.Parallel()
		s := newScratch(t)
		s.commit("one", "AGENTS.md", "rules\n", "a.txt", "1\n")
		s.commit("two", "a.txt", "2\n")
		s.git("config", "uploadpack.allowFilter", "true")
		partial := s.clone("--filter=blob:none", "--no-checkout")
		partial.env = append(partial.env, "GIT_ALLOW_PROTOCOL=file")
		partial.git("diff", "HEAD~1", "HEAD")
		c := load(t, partial.dir, "HEAD", nil)
		require.Len(t, c.Guidance, 1)
		assert.Contains(t, c.Guidance[0].Text, "not in the clone")
	})
	t.Run("a submodule", func(t *testing.T) {
		t.Parallel()
		inner, _ := topic(t)
		s := newScratch(t)
		s.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.dir, "sub")
		s.commit("one")
		inside := *s
		inside.dir = filepath.Join(s.dir, "sub")
		assert.Equal(t, files, summary(load(t, inside.dir, "origin/main...HEAD", nil)), "from within")
		inside.git("-c", "user.name=Ada", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "on")
		c := load(t, s.dir, "", &Options{Worktree: true})
		assert.Equal(t, "M sub +1-1", summary(c))
		assert.True(t, c.Files[0].Submodule())
		entries, err := fs.ReadDir(c.Tree, "sub")
		require.NoError(t, err)
		assert.Empty(t, entries)
		info, err := fs.Stat(c.Tree, "sub")
		require.NoError(t, err)
		assert.Equal(t, Entry{Mode: deepreview.ModeSubmodule, ID: inside.git("rev-parse", "HEAD")}, info.Sys())
	})
	t.Run("LFS pointers", func(t *testing.T) {
		t.Parallel()
		s := newScratch(t)
		pointer := "version https://git-lfs.github.com/spec/v1\noid sha256:" + strings.Repeat("ab", 32) + "\nsize 12345\n"
		s.commit("one", "changed.bin", pointer, "gone.bin", pointer, "notes.md", "no\n")
		require.NoError(t, os.Remove(filepath.Join(s.dir, "gone.bin")))
		s.commit("two", "changed.bin", strings.Replace(pointer, "12345", "12346", 1), "new.bin", strings.Replace(pointer, "ab", "cd", 9),
			"notes.md", "It says \""+pointer+"\"\n")
		c := load(t, s.dir, "HEAD", nil)
		for _, f := range c.Files {
			assert.Equal(t, f.Path != "notes.md", f.LFS, f.Path)
		}
	})
	t.Run("an alternate object store", func(t *testing.T) {
		t.Parallel()
		s, _ := topic(t)
		borrowed := s.clone("--shared", "--branch=topic")
		assert.Equal(t, files, summary(load(t, borrowed.dir, "origin/main...HEAD", nil)))
	})
	t.Run("an alternate object store with a relative path", func(t *testing.T) {
		t.Parallel()
		s, _ := topic(t)
		borrowed := s.clone("--shared", "--branch=topic")
		borrowed.write(".git/objects/info/alternates", "../../../"+filepath.ToSlash(relative(t, borrowed.dir, s.dir))+"/.git/objects\n")
		borrowed.git("log", "-1")
		assert.Equal(t, files, summary(load(t, borrowed.dir, "origin/main...HEAD", nil)))
	})
	t.Run("a path with quotes, spaces and a colon", func(t *testing.T) {
		t.Parallel()
		s, _ := topic(t)
		odd := filepath.Join(t.TempDir(), `a "b" 'c';d: é`)
		if err := os.Rename(s.dir, odd); err != nil {
			t.Skip("the file system does not take such a name")
		}
		assert.Equal(t, files, summary(load(t, odd, "main...topic", nil)))
	})
	t.Run("replaced by a later git: an object format that is not known", func(t *testing.T) {
		t.Parallel()
		s, _ := topic(t)
		s.git("config", "core.repositoryFormatVersion", "1")
		s.git("config", "extensions.objectFormat", "sha512")
		_, err := Load(testContext(t), s.dir, "", nil)
		assert.ErrorContains(t, err, "cannot be opened")
	})
}

// relative returns the way to target from the folder that holds dir.
func relative(t *testing.T, dir, target string) string {
	rel, err := filepath.Rel(filepath.Dir(dir), target)
	require.NoError(t, err)
	return rel
}

// packed makes one pack of all objects and returns its path without an ending.
func (s *scratch) packed() string {
	s.git("gc", "-q")
	list, err := filepath.Glob(filepath.Join(s.dir, ".git", "objects", "pack", "*.pack"))
	require.NoError(s.t, err)
	require.Len(s.t, list, 1)
	return strings.TrimSuffix(list[0], ".pack")
}

// damage overwrites the middle of a file, or cuts it.
func damage(t testing.TB, path string, cut bool) {
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.Chmod(path, 0o666))
	if cut {
		text = text[:len(text)/2]
	} else {
		for i := 12; i < len(text)-40; i++ {
			text[i] = 0x55
		}
	}
	require.NoError(t, os.WriteFile(path, text, 0o666))
}

func TestDamagedIndex(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(text []byte) []byte{
		"garbage":             func([]byte) []byte { return []byte("garbage") },
		"no bytes":            func([]byte) []byte { return nil },
		"the beginning alone": func(text []byte) []byte { return text[:40] },
		"all but the end":     func(text []byte) []byte { return text[:len(text)-20] },
		"one bit is wrong":    func(text []byte) []byte { text[30] ^= 1; return text },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := topic(t)
			index := filepath.Join(s.dir, ".git", "index")
			text, err := os.ReadFile(index)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(index, spoil(text), 0o666))
			for _, opt := range []*Options{{Staged: true}, {Worktree: true}} {
				_, err := Load(testContext(t), s.dir, "", opt)
				require.ErrorContains(t, err, "git reset")
				require.ErrorContains(t, err, index)
			}
			load(t, s.dir, "HEAD", nil) // needs no index
		})
	}
	t.Run("without a sum, as index.skipHash has it", func(t *testing.T) {
		t.Parallel()
		s, _ := topic(t)
		index := filepath.Join(s.dir, ".git", "index")
		text, err := os.ReadFile(index)
		require.NoError(t, err)
		clear(text[len(text)-20:])
		require.NoError(t, os.WriteFile(index, text, 0o666))
		s.write("a.txt", "1\nzwei\n3\n")
		assert.Equal(t, "M a.txt +1-1", summary(load(t, s.dir, "", &Options{Worktree: true})))
	})
}

func TestDamagedRepositories(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		damage func(s *scratch)
		is     error
		says   string
	}{
		"a blob is not there":    {func(s *scratch) { s.gone("HEAD:b/b.txt") }, ErrMissing, "git fsck"},
		"a tree is not there":    {func(s *scratch) { s.gone("HEAD:b") }, ErrMissing, "git fsck"},
		"a commit is not there":  {func(s *scratch) { s.gone("HEAD~1") }, ErrMissing, "git fsck"},
		"the head is not there":  {func(s *scratch) { s.gone("HEAD") }, ErrMissing, "git fsck"},
		"the base is not there":  {func(s *scratch) { s.gone("main") }, ErrMissing, "git fsck"},
		"a blob is no object":    {func(s *scratch) { s.spoil("HEAD:b/b.txt") }, ErrMissing, "git fsck"},
		"a commit is no object":  {func(s *scratch) { s.spoil("HEAD") }, ErrMissing, "git fsck"},
		"a pack is damaged":      {func(s *scratch) { damage(s.t, s.packed()+".pack", false) }, ErrMissing, "git fsck"},
		"a pack is cut off":      {func(s *scratch) { damage(s.t, s.packed()+".pack", true) }, ErrMissing, "git fsck"},
		"a pack has no index":    {func(s *scratch) { require.NoError(s.t, os.Remove(s.packed()+".idx")) }, ErrMissing, "git fsck"},
		"packed refs are cut":    {func(s *scratch) { s.packed(); damage(s.t, filepath.Join(s.dir, ".git", "packed-refs"), true) }, nil, "a new clone"},
		"HEAD is garbage":        {func(s *scratch) { s.write(".git/HEAD", "garbage") }, ErrNotRepository, "git init"},
		"the config is garbage":  {func(s *scratch) { s.write(".git/config", "[core\n=") }, nil, "cannot be opened"},
		"a branch is garbage":    {func(s *scratch) { s.write(".git/refs/heads/topic", "garbage\n") }, ErrRevision, "HEAD"},
		"a .git file leads away": {func(s *scratch) { s.replaceGit("gitdir: /nowhere/at/all\n") }, ErrNotRepository, "nowhere"},
		"a .git file is garbage": {func(s *scratch) { s.replaceGit("garbage\n") }, nil, "cannot be opened"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := topic(t)
			c.damage(s)
			change, err := Load(testContext(t), s.dir, "main~1...HEAD", nil)
			if name == "the base is not there" {
				change, err = Load(testContext(t), s.dir, "main...HEAD", nil)
			}
			require.Error(t, err)
			assert.Nil(t, change)
			if c.is != nil {
				require.ErrorIs(t, err, c.is)
			}
			assert.ErrorContains(t, err, c.says)
		})
	}
	t.Run("one unreadable blob of the tree costs only itself", func(t *testing.T) {
		t.Parallel()
		s, _ := topic(t)
		s.spoil("HEAD:keep.txt")
		c := load(t, s.dir, "main...topic", nil)
		for range 3 {
			_, err := fs.ReadFile(c.Tree, "keep.txt")
			require.Error(t, err)
			text, err := fs.ReadFile(c.Tree, "a.txt")
			require.NoError(t, err)
			assert.Equal(t, "1\ntwo\n3\n", string(text))
		}
	})
	t.Run("an object that may not be read", func(t *testing.T) {
		t.Parallel()
		if os.Getuid() <= 0 {
			t.Skip("root may read everything")
		}
		s, _ := topic(t)
		require.NoError(t, os.Chmod(s.object("HEAD:b/b.txt"), 0))
		_, err := Load(testContext(t), s.dir, "main...HEAD", nil)
		require.ErrorIs(t, err, ErrMissing)
	})
}

// spoil overwrites a loose object with garbage.
func (s *scratch) spoil(spec string) {
	path := s.object(spec)
	require.NoError(s.t, os.Chmod(path, 0o666))
	require.NoError(s.t, os.WriteFile(path, []byte("garbage"), 0o666))
}

func (s *scratch) replaceGit(text string) {
	require.NoError(s.t, os.RemoveAll(filepath.Join(s.dir, ".git")))
	s.write(".git", text)
}

func TestRepositoryOfAnotherUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can give a repository to someone else")
	}
	s, _ := topic(t)
	require.NoError(t, filepath.WalkDir(s.dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, 12345, 12345)
	}))
	_, err := Load(testContext(t), s.dir, "", nil)
	require.ErrorIs(t, err, ErrOwnership)
	assert.ErrorContains(t, err, "safe.directory")
	s.ownHome(t)
	s.git("config", "--global", "--add", "safe.directory", s.dir)
	assert.Len(t, load(t, s.dir, "", nil).Files, 2, "the advice works")
}

func TestOldGitIsRefused(t *testing.T) {
	for version, ok := range map[string]bool{
		"git version 2.39.5": true, "git version 2.39.5 (Apple Git-154)": true, "git version 2.47.0.windows.1": true, "git version 3.0": true,
		"git version 2.38.9": false, "git version 1.99": false, "git version": false, "git version x.y": false, "": false, "git version 2": false,
	} {
		assert.Equal(t, ok, recentEnough(version), version)
	}
}

func TestNoGitInPath(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := Load(t.Context(), t.TempDir(), "", nil)
	require.ErrorIs(t, err, ErrNoGit)
}
