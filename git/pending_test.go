package git

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
)

func TestAHookLooksAtTheIndexThatIsCommitted(t *testing.T) {
	s, _ := topic(t)
	s.write("a.txt", "committed\n2\n3\n")
	s.git("add", "a.txt")
	data, err := os.ReadFile(filepath.Join(s.dir, ".git", "index"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(s.dir, ".git", "next-index-1.lock"), data, 0o666))
	s.git("reset", "-q")
	got := load(t, s.dir, "", &Options{Staged: true, Index: filepath.Join(s.dir, ".git", "next-index-1.lock")})
	assert.Equal(t, "M a.txt +2-2", summary(got))

	require.NoError(t, os.WriteFile(filepath.Join(s.dir, "index"), data, 0o666))
	for name, index := range map[string]string{"is not in": filepath.Join(s.dir, "index"), "is no file": filepath.Join(s.dir, ".git", "absent")} {
		_, err = Load(t.Context(), s.dir, "", &Options{Staged: true, Index: index})
		assert.ErrorContains(t, err, name)
	}
}

func TestStagedAndWorktree(t *testing.T) {
	s, ids := topic(t)
	s.ownHome(t)
	s.write("a.txt", "staged\n2\n3\n")
	s.git("add", "a.txt")
	s.write("a.txt", "staged\nunstaged\n3\n")
	s.write("new/untracked.txt", "u\n")
	s.write("ignored.log", "i\n")
	s.write(".git/info/exclude", "*.log\n*.mine\n")
	s.write("x.mine", "m\n")
	s.write("x.tmp", "t\n")
	require.NoError(t, os.MkdirAll(filepath.Join(os.Getenv("XDG_CONFIG_HOME"), "git"), 0o777))
	require.NoError(t, os.WriteFile(filepath.Join(os.Getenv("XDG_CONFIG_HOME"), "git", "ignore"), []byte("*.tmp\n"), 0o666))
	require.NoError(t, os.Remove(filepath.Join(s.dir, "keep.txt")))
	before := fingerprint(t, s.dir)
	for _, c := range []struct {
		name, revisions string
		opt             Options
		files           string
		commits         int
	}{
		{"staged against HEAD", "", Options{Staged: true}, "M a.txt +2-2", 0},
		{"staged against a commit", "main", Options{Staged: true}, "M a.txt +1-1, A b/b.txt +1-0, D c.txt +0-1", 2},
		{"staged against the merge-base", "main...", Options{Staged: true}, "M a.txt +1-1, A b/b.txt +1-0", 2},
		{"the working tree against HEAD", "", Options{Worktree: true}, "M a.txt +2-2, D keep.txt +0-1, A new/untracked.txt +1-0", 0},
		{"the working tree against a commit", ids["root"], Options{Worktree: true}, "M a.txt +2-2, A b/b.txt +1-0, D keep.txt +0-1, A new/untracked.txt +1-0", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := load(t, s.dir, c.revisions, &c.opt)
			assert.Equal(t, c.files, summary(got))
			assert.Len(t, got.Commits, c.commits)
			assert.Equal(t, got.Head, got.Tree.(*Tree).ID())
			assert.Equal(t, "topic", got.Branch)
			assert.NotEmpty(t, got.Title)
			assert.Empty(t, got.FileURL)
			text, err := fs.ReadFile(got.Tree, "a.txt")
			require.NoError(t, err)
			assert.Equal(t, c.opt.Worktree, strings.Contains(string(text), "unstaged"))
			lines, err := got.Blame(t.Context(), "a.txt", 1, 3)
			require.NoError(t, err)
			assert.True(t, lines[0].InChange)
			assert.Empty(t, lines[0].Commit)
			assert.Equal(t, ids["root"], lines[2].Commit)
			assert.False(t, lines[2].InChange)
		})
	}
	assert.Equal(t, before, fingerprint(t, s.dir), "the repository was changed")
	for _, revisions := range []string{"main...topic", "main..", "main..topic"} {
		_, err := Load(testContext(t), s.dir, revisions, &Options{Staged: true})
		require.ErrorIs(t, err, ErrRevision)
	}
}

func TestWorktreeIsReadAsItIs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, files string
		change      func(s *scratch)
	}{
		{"a change made in the same moment as the index, of the same length", "M same.txt +1-1", func(s *scratch) {
			s.write("same.txt", "aaaa\n")
			s.git("add", "same.txt")
			s.git("commit", "-qm", "same")
			info, err := os.Stat(filepath.Join(s.dir, ".git", "index"))
			require.NoError(s.t, err)
			s.write("same.txt", "bbbb\n")
			require.NoError(s.t, os.Chtimes(filepath.Join(s.dir, "same.txt"), info.ModTime(), info.ModTime()))
			// What the index says of the file has to fit, or git sees the change without the index's time.
			s.git("update-index", "--cacheinfo", "100644,"+s.git("rev-parse", "HEAD:same.txt")+",same.txt")
		}},
		{"a split index", "M a.txt +1-1", func(s *scratch) {
			s.git("update-index", "--split-index")
			s.write("a.txt", "1\nzwei\n3\n")
		}},
		{"a folder that became a link", "D b/b.txt +0-1, A b +1-0", func(s *scratch) {
			require.NoError(s.t, os.RemoveAll(filepath.Join(s.dir, "b")))
			s.write("elsewhere/b.txt", "not tracked\n")
			s.write(".gitignore", "elsewhere\n.gitignore\n")
			require.NoError(s.t, os.Symlink("elsewhere", filepath.Join(s.dir, "b")))
		}},
		{"a file that became a folder", "D a.txt +0-3, A a.txt/x +1-0", func(s *scratch) {
			require.NoError(s.t, os.Remove(filepath.Join(s.dir, "a.txt")))
			s.write("a.txt/x", "x\n")
		}},
		{"a link that leads out of the repository", "A out +1-0", func(s *scratch) {
			require.NoError(s.t, os.Symlink("/etc/passwd", filepath.Join(s.dir, "out")))
		}},
		{"a file staged as intended only", "A later.txt +1-0", func(s *scratch) {
			s.write("later.txt", "l\n")
			s.git("add", "-N", "later.txt")
		}},
		{"a repository within, which is none of this one's files", "A z.txt +1-0", func(s *scratch) {
			s.git("init", "-q", "inner")
			s.write("inner/f", "f\n")
			s.write("z.txt", "z\n")
		}},
		{"names that look like options and patterns", "A --all +1-0, A [a]* +1-0", func(s *scratch) {
			s.write("--all", "x\n")
			s.write("[a]*", "x\n")
		}},
		{"CRLF that the repository's settings turn into LF", "M a.txt +1-1", func(s *scratch) {
			s.git("config", "core.autocrlf", "true")
			s.write("a.txt", "1\r\nzwei\r\n3\r\n")
		}},
		{"a file left out by a sparse checkout", "A z.txt +1-0", func(s *scratch) {
			s.git("update-index", "--skip-worktree", "keep.txt")
			require.NoError(s.t, os.Remove(filepath.Join(s.dir, "keep.txt")))
			s.write("z.txt", "z\n")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if runtime.GOOS == "windows" && strings.ContainsAny(c.files, "[*") || runtime.GOOS == "windows" && strings.Contains(c.name, "link") {
				t.Skip("the file system does not do that")
			}
			s, _ := topic(t)
			c.change(s)
			before := fingerprint(t, s.dir)
			got := load(t, s.dir, "", &Options{Worktree: true})
			assert.ElementsMatch(t, strings.Split(c.files, ", "), strings.Split(summary(got), ", "))
			assert.Equal(t, before, fingerprint(t, s.dir), "the repository was changed")
		})
	}
	t.Run("an unfinished merge", func(t *testing.T) {
		t.Parallel()
		s, _ := topic(t)
		s.git("checkout", "-q", "main")
		s.commit("conflict", "a.txt", "1\ndeux\n3\n")
		_, err := s.try("merge", "topic")
		require.Error(t, err)
		_, err = Load(testContext(t), s.dir, "", &Options{Staged: true})
		assert.ErrorContains(t, err, "resolve it")
		c := load(t, s.dir, "", &Options{Worktree: true})
		require.NotNil(t, c.File("a.txt"))
		assert.Contains(t, c.File("a.txt").Hunks[0].Body, "<<<<<<<")
	})
	t.Run("an encoding that nobody knows", func(t *testing.T) {
		t.Parallel()
		s, _ := topic(t)
		s.write(".gitattributes", "u.txt working-tree-encoding=klingon\n")
		s.write("u.txt", "u\n")
		_, err := Load(testContext(t), s.dir, "", &Options{Worktree: true})
		require.ErrorContains(t, err, "klingon")
		require.ErrorContains(t, err, "review what is staged")
	})
	t.Run("attributes that change content show what would be committed", func(t *testing.T) {
		t.Parallel()
		s, _ := topic(t)
		s.write(".gitattributes", "*.u16 working-tree-encoding=UTF-16LE\n*.id ident\n*.crlf text eol=crlf\n*.go export-ignore\n")
		s.write("x.u16", "h\x00i\x00\n\x00")
		s.write("x.id", "$Id: evil() $\n")
		s.write("x.crlf", "a\r\n")
		s.write("x.go", "package x\n")
		c := load(t, s.dir, "", &Options{Worktree: true})
		s.git("add", "-A")
		s.git("commit", "-qm", "committed")
		for _, name := range []string{"x.u16", "x.id", "x.crlf", "x.go"} {
			require.NotNil(t, c.File(name), name)
			assert.Equal(t, s.git("rev-parse", "HEAD:"+name), c.File(name).NewID, name)
			assert.Len(t, c.File(name).Hunks, 1, name)
		}
	})
	t.Run("a large file as it is, to its line ends", func(t *testing.T) {
		t.Parallel()
		s, _ := topic(t)
		s.write(".gitattributes", "* text\n")
		s.write("small", "a\r\n")
		s.write("large", strings.Repeat("a\r\n", 1000))
		c := load(t, s.dir, "", &Options{Worktree: true, MaxFile: 1000})
		assert.Equal(t, s.git("hash-object", "small"), c.File("small").NewID)
		assert.Equal(t, s.git("hash-object", "--no-filters", "large"), c.File("large").NewID)
		assert.Contains(t, c.File("large").Unreadable, "limit")
	})
	t.Run("a file whose time alone has changed", func(t *testing.T) {
		t.Parallel()
		s, _ := topic(t)
		s.git("config", "core.autocrlf", "true")
		s.write("crlf", "a\r\n")
		s.git("add", "crlf")
		s.git("commit", "-qm", "crlf")
		now := time.Now().Add(time.Hour)
		require.NoError(t, os.Chtimes(filepath.Join(s.dir, "crlf"), now, now))
		require.NoError(t, os.Chtimes(filepath.Join(s.dir, "a.txt"), now, now))
		_, err := Load(testContext(t), s.dir, "", &Options{Worktree: true})
		require.ErrorIs(t, err, ErrEmptyRange)
	})
	t.Run("a file that may not be read", func(t *testing.T) {
		t.Parallel()
		if os.Getuid() <= 0 {
			t.Skip("root may read everything")
		}
		s, _ := topic(t)
		s.write("secret", "s\n")
		require.NoError(t, os.Chmod(filepath.Join(s.dir, "secret"), 0))
		_, err := Load(testContext(t), s.dir, "", &Options{Worktree: true})
		require.ErrorContains(t, err, "Permission denied")
		require.ErrorContains(t, err, "have git ignore it")
	})
	t.Run("a file with a filter is not shown", func(t *testing.T) {
		t.Parallel()
		s, _ := topic(t)
		s.write(".gitattributes", "secret.* filter=crypt\n*.big filter=lfs\n")
		s.commit("attributes", "secret.txt", "cipher\n", "old.big", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")
		s.write("secret.txt", "plain\n")
		s.write("old.big", "content\n")
		s.write("same.txt", "same\n")
		c := load(t, s.dir, "", &Options{Worktree: true})
		require.Len(t, c.Files, 3)
		secret, big := c.File("secret.txt"), c.File("old.big")
		assert.Contains(t, secret.Unreadable, `"crypt"`)
		assert.Empty(t, secret.Hunks)
		assert.True(t, big.LFS)
		assert.Empty(t, big.Hunks)
		assert.Empty(t, c.File("same.txt").Unreadable)
		assert.Equal(t, deepreview.FileModified, secret.Status)
	})
}
