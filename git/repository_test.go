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
	const files = "M a.txt +1-1, A b/b.txt +1-0"
	t.Run("bare", func(t *testing.T) {
		s, _ := topic(t)
		bare := s.clone("--bare")
		c := load(t, bare.dir, "main...topic", nil)
		assert.Equal(t, files, summary(c))
		assert.Equal(t, "repo", c.Repository)
		_, err := Load(testContext(t), bare.dir, "", &Options{Worktree: true})
		assert.ErrorContains(t, err, "no working tree")
	})
	t.Run("inside .git", func(t *testing.T) {
		s, _ := topic(t)
		assert.Equal(t, files, summary(load(t, filepath.Join(s.dir, ".git"), "main...topic", nil)))
	})
	t.Run("a linked worktree", func(t *testing.T) {
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
		_, err = Load(testContext(t), deep.dir, "", nil)
		require.ErrorIs(t, err, ErrMissing)
		c := load(t, shallow.dir, "HEAD", nil)
		lines, err := c.Blame(t.Context(), "a.txt", 1, 3)
		require.NoError(t, err)
		assert.Len(t, lines, 3)
	})
	t.Run("partial", func(t *testing.T) {
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
	t.Run("a submodule", func(t *testing.T) {
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
		s, _ := topic(t)
		borrowed := s.clone("--shared", "--branch=topic")
		assert.Equal(t, files, summary(load(t, borrowed.dir, "origin/main...HEAD", nil)))
	})
	t.Run("a path with quotes, spaces and a colon", func(t *testing.T) {
		s, _ := topic(t)
		odd := filepath.Join(t.TempDir(), `a "b" 'c';d: é`)
		if err := os.Rename(s.dir, odd); err != nil {
			t.Skip("the file system does not take such a name")
		}
		assert.Equal(t, files, summary(load(t, odd, "main...topic", nil)))
	})
	t.Run("replaced by a later git: an object format that is not known", func(t *testing.T) {
		s, _ := topic(t)
		s.git("config", "core.repositoryFormatVersion", "1")
		s.git("config", "extensions.objectFormat", "sha512")
		_, err := Load(testContext(t), s.dir, "", nil)
		assert.ErrorContains(t, err, "cannot be opened")
	})
}

func TestDamagedRepositories(t *testing.T) {
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
		"HEAD is garbage":        {func(s *scratch) { s.write(".git/HEAD", "garbage") }, ErrNotRepository, "git init"},
		"the config is garbage":  {func(s *scratch) { s.write(".git/config", "[core\n=") }, nil, "cannot be opened"},
		"a branch is garbage":    {func(s *scratch) { s.write(".git/refs/heads/topic", "garbage\n") }, ErrRevision, "HEAD"},
		"a .git file leads away": {func(s *scratch) { s.replaceGit("gitdir: /nowhere/at/all\n") }, ErrNotRepository, "nowhere"},
		"a .git file is garbage": {func(s *scratch) { s.replaceGit("garbage\n") }, nil, "cannot be opened"},
	} {
		t.Run(name, func(t *testing.T) {
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
	other := newScratch(t) // another home, without the setting
	other.git("config", "--global", "--add", "safe.directory", s.dir)
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
