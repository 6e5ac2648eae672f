package git

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
)

func TestTreeIsAFileSystem(t *testing.T) {
	t.Parallel()
	s := newScratch(t)
	s.commit("one", "a.txt", "a\n", "dir/b.txt", "b\n", "dir/deep/c.txt", "c\n", "dir.go", "sorts between dir and dir/ in git\n", "empty", "", "run.sh", "#!/bin/sh\n")
	s.git("update-index", "--chmod=+x", "run.sh")
	for name, target := range map[string]string{"inside": "a.txt", "outside": "/etc/passwd", "up": "../../x", "loop": "loop", "broken": "nothing", "todir": "dir"} {
		id := s.feed(strings.NewReader(target), "hash-object", "-w", "--stdin")
		s.git("update-index", "--add", "--cacheinfo", "120000,"+id+","+name)
	}
	s.git("update-index", "--add", "--cacheinfo", "160000,"+strings.Repeat("12", 20)+",sub")
	s.git("commit", "-q", "-m", "two")
	c := load(t, s.dir, "HEAD", nil)
	require.NoError(t, fstest.TestFS(c.Tree, "a.txt", "dir/b.txt", "dir/deep/c.txt", "empty", "run.sh", "inside", "outside", "sub"))
	require.NoError(t, fstest.TestFS(c.BaseTree, "a.txt", "dir/b.txt"))
	root := load(t, s.dir, "HEAD~1", nil)
	require.NoError(t, fstest.TestFS(root.BaseTree), "the tree without entries")

	for name, check := range map[string]func(t *testing.T){
		"a link is its own text": func(t *testing.T) {
			for name, target := range map[string]string{"inside": "a.txt", "outside": "/etc/passwd", "loop": "loop"} {
				text, err := fs.ReadFile(c.Tree, name)
				require.NoError(t, err)
				assert.Equal(t, target, string(text))
				got, err := fs.ReadLink(c.Tree, name)
				require.NoError(t, err)
				assert.Equal(t, target, got)
				info, err := fs.Stat(c.Tree, name)
				require.NoError(t, err)
				assert.Equal(t, fs.ModeSymlink, info.Mode().Type())
			}
		},
		"a link is not followed inside a name": func(t *testing.T) {
			_, err := fs.ReadFile(c.Tree, "todir/b.txt")
			require.ErrorIs(t, err, fs.ErrNotExist)
		},
		"a file that is no link has no target": func(t *testing.T) {
			_, err := fs.ReadLink(c.Tree, "a.txt")
			require.ErrorIs(t, err, fs.ErrInvalid)
		},
		"modes and ids are those of git": func(t *testing.T) {
			info, err := fs.Stat(c.Tree, "run.sh")
			require.NoError(t, err)
			assert.Equal(t, fs.FileMode(0o555), info.Mode())
			assert.Equal(t, Entry{Mode: deepreview.ModeExecutable, ID: s.git("rev-parse", "HEAD:run.sh")}, info.Sys())
			info, err = fs.Stat(c.Tree, ".")
			require.NoError(t, err)
			assert.Equal(t, s.git("rev-parse", "HEAD^{tree}"), info.Sys().(Entry).ID)
		},
		"names that are none": func(t *testing.T) {
			for _, name := range []string{"", "/a.txt", "../x", "a.txt/", "dir//b.txt", "./a.txt"} {
				_, err := c.Tree.Open(name)
				require.ErrorIs(t, err, fs.ErrInvalid, name)
			}
			_, err := c.Tree.Open("none")
			require.ErrorIs(t, err, fs.ErrNotExist)
		},
		"a folder is no file and a file no folder": func(t *testing.T) {
			_, err := fs.ReadFile(c.Tree, "dir")
			require.Error(t, err)
			_, err = fs.ReadDir(c.Tree, "a.txt")
			require.Error(t, err)
		},
	} {
		t.Run(name, check)
	}
}

func TestTreeServesManyAtATime(t *testing.T) {
	t.Parallel()
	s := newScratch(t)
	for i := range 200 {
		s.write(fmt.Sprintf("d%d/f%d.txt", i%10, i), strings.Repeat(fmt.Sprintf("%d\n", i), i*10+1))
	}
	s.commit("one")
	c := load(t, s.dir, "HEAD", nil)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 200 {
				text, err := fs.ReadFile(c.Tree, fmt.Sprintf("d%d/f%d.txt", i%10, i))
				assert.NoError(t, err)
				assert.Equal(t, strings.Repeat(fmt.Sprintf("%d\n", i), i*10+1), string(text))
			}
			_, err := fs.ReadDir(c.BaseTree, ".")
			assert.NoError(t, err)
			_, err = c.Blame(t.Context(), "d1/f1.txt", 1, 1)
			assert.NoError(t, err)
		})
	}
	all.Wait()
	// Closing under the readers ends them with an error, and no one hangs.
	for range 8 {
		all.Go(func() {
			for i := 0; ; i++ {
				if _, err := fs.ReadFile(c.Tree, fmt.Sprintf("d%d/f%d.txt", i%10, i%200)); err != nil {
					return
				}
			}
		})
	}
	require.NoError(t, c.Close())
	all.Wait()
}

func TestLargeFilesAreStreamed(t *testing.T) {
	t.Parallel()
	s := newScratch(t)
	text := bytes.Repeat([]byte("0123456789abcdef"), (maxHeld+1<<20)/16)
	s.commit("one", "small", "s\n")
	s.commit("two", "large", string(text))
	c := load(t, s.dir, "HEAD", &Options{MaxFile: 1 << 20})
	require.Len(t, c.Files, 1)
	assert.Contains(t, c.Files[0].Unreadable, "more than the limit")
	assert.Empty(t, c.Files[0].Hunks)
	got, err := fs.ReadFile(c.Tree, "large")
	require.NoError(t, err)
	assert.True(t, bytes.Equal(text, got))
	require.NoError(t, fstest.TestFS(c.Tree, "large", "small"))
	f, err := c.Tree.Open("large")
	require.NoError(t, err)
	_, seeks := f.(io.Seeker)
	assert.False(t, seeks)
	got, err = io.ReadAll(f)
	require.NoError(t, err)
	assert.True(t, bytes.Equal(text, got))
	for range 2 {
		n, err := f.Read(make([]byte, 1))
		assert.Zero(t, n)
		assert.Equal(t, io.EOF, err, "the end stays the end")
	}
	require.NoError(t, f.Close())
	_, err = f.Read(make([]byte, 1))
	require.ErrorIs(t, err, fs.ErrClosed)
	// One that is given up half way, or never closed, hinders nobody.
	f, err = c.Tree.Open("large")
	require.NoError(t, err)
	_, err = io.ReadFull(f, make([]byte, 100))
	require.NoError(t, err)
	require.NoError(t, f.Close())
	f, err = c.Tree.Open("large")
	require.NoError(t, err)
	_, err = io.ReadFull(f, make([]byte, 100))
	require.NoError(t, err)
	require.NoError(t, c.Close())
	_, err = io.ReadAll(f)
	require.Error(t, err)

	_, err = Load(testContext(t), s.dir, "HEAD", &Options{MaxDiff: 1 << 20, MaxFile: 64 << 20})
	require.ErrorIs(t, err, ErrTooLarge)
	assert.ErrorContains(t, err, "MaxDiff")
	_, err = Load(testContext(t), s.dir, "HEAD", &Options{MaxFiles: -1})
	assert.ErrorContains(t, err, "below zero")
}

func TestLargeFilesAreListedWithoutADiff(t *testing.T) {
	t.Parallel()
	s := newScratch(t)
	const most = 1000
	large := func(letter string) string { return strings.Repeat(letter+"\n", most) }
	s.commit("one", "a/changed", large("a"), "b grown", "b\n", "c gone", large("c"), "d small", "d\n1\n2\n3\n4\n5\n", "e renamed", large("e"), "f", large("f"), "z", "z\n")
	s.git("mv", "d small", "m small")
	s.git("mv", "e renamed", "n renamed")
	s.git("rm", "-q", "c gone")
	s.commit("two", "a/changed", large("x"), "b grown", large("b"), "y new", large("y"), "z", "Z\n", "a-b", "x\n")
	c := load(t, s.dir, "HEAD", &Options{MaxFile: most})
	assert.Equal(t, []string{"A a-b +1-0", "M a/changed +0-0 binary", "M b grown +0-0 binary", "D c gone +0-0 binary", "D e renamed +0-0 binary",
		"R d small > m small +0-0", "A n renamed +0-0 binary", "A y new +0-0 binary", "M z +1-1"}, strings.Split(summary(c), ", "))
	for _, f := range c.Files {
		assert.Equal(t, f.Binary, f.Unreadable != "", f.Path)
		if f.Binary {
			assert.Contains(t, f.Unreadable, "limit of 1000 bytes")
			if f.Status == deepreview.FileDeleted {
				assert.Equal(t, s.git("rev-parse", "HEAD~1:"+f.Path), f.OldID)
			} else {
				assert.Equal(t, s.git("rev-parse", "HEAD:"+f.Path), f.NewID)
			}
		}
	}
	t.Run("alone", func(t *testing.T) {
		s.commit("three", "y new", large("z"))
		assert.Equal(t, "M y new +0-0 binary", summary(load(t, s.dir, "HEAD", &Options{MaxFile: most})))
	})
	t.Run("in the place of a folder, whose files must not go with it", func(t *testing.T) {
		s.git("rm", "-q", "f")
		s.commit("four", "f/code.go", "package f\n")
		_, err := Load(testContext(t), s.dir, "HEAD", &Options{MaxFile: most})
		require.ErrorIs(t, err, ErrTooLarge)
		require.ErrorContains(t, err, "raise MaxFile")
		assert.Equal(t, "D f +0-1000, A f/code.go +1-0", summary(load(t, s.dir, "HEAD", nil)))
	})
	t.Run("under a name that is no path", func(t *testing.T) {
		blob := s.git("rev-parse", "HEAD~2:f")
		tree := s.handmade([3]string{"100644", "bad\xff", blob}, [3]string{"40000", "..", s.handmade([3]string{"100644", "x", blob})})
		c := load(t, s.dir, s.git("commit-tree", tree, "-m", "root"), &Options{MaxFile: most})
		assert.Equal(t, `A ../x +0-0 binary, A "bad\xff" +0-0 binary`, summary(c))
		for _, f := range c.Files {
			assert.Contains(t, f.Unreadable, "name ")
		}
	})
	t.Run("too many", func(t *testing.T) {
		for i := range maxLarge + 1 {
			s.write(fmt.Sprint("many/", i), large("m"))
		}
		s.commit("five")
		_, err := Load(testContext(t), s.dir, "HEAD", &Options{MaxFile: most})
		require.ErrorIs(t, err, ErrTooLarge)
		require.ErrorContains(t, err, "smaller range")
	})
	t.Run("more files than the limit", func(t *testing.T) {
		_, err := Load(testContext(t), s.dir, "HEAD", &Options{MaxFiles: 500})
		require.ErrorIs(t, err, ErrTooLarge)
		require.ErrorContains(t, err, "raise MaxFiles")
	})
}

// handmade makes a tree object of entries that git itself would refuse, each "mode name" with an id.
func (s *scratch) handmade(entries ...[3]string) string {
	var b bytes.Buffer
	for _, e := range entries {
		fmt.Fprintf(&b, "%s %s\x00", e[0], e[1])
		for i := 0; i < len(e[2]); i += 2 {
			var v byte
			_, err := fmt.Sscanf(e[2][i:i+2], "%02x", &v)
			require.NoError(s.t, err)
			b.WriteByte(v)
		}
	}
	return s.feed(&b, "hash-object", "-t", "tree", "-w", "--stdin", "--literally")
}

func TestTreeLeavesOutWhatWouldEscape(t *testing.T) {
	t.Parallel()
	s := newScratch(t)
	s.commit("one", "ok.txt", "ok\n")
	blob := s.git("rev-parse", "HEAD:ok.txt")
	evil := s.handmade([3]string{"100644", "config", blob})
	tree := s.handmade(
		[3]string{"100644", ".", blob}, [3]string{"100644", "..", blob}, [3]string{"40000", ".GIT ", evil}, [3]string{"40000", ".git", evil}, [3]string{"40000", "git~1", evil},
		[3]string{"40000", ".g\u200cit", evil}, [3]string{"100644", ".git:x", blob}, [3]string{"100644", ".gitignore", blob}, [3]string{"100644", "bad\xff", blob},
		[3]string{"100644", "ok.txt", blob}, [3]string{"40000", "ok.txt", evil})
	commit := s.git("commit-tree", tree, "-p", "HEAD", "-m", "evil")
	c := load(t, s.dir, commit, nil)
	require.Len(t, c.Files, 10, "all are listed")
	for _, f := range c.Files {
		assert.Equal(t, f.Path != ".gitignore" && f.Path != "ok.txt/config", f.Unreadable != "", "%q: %s", f.Path, f.Unreadable)
	}

	r, err := open(t.Context(), s.dir, new(Options).withDefaults())
	require.NoError(t, err)
	defer r.close()
	got := newTree(r, tree, 1000)
	require.NoError(t, fstest.TestFS(got, ".gitignore", "ok.txt"))
	omitted, err := got.Omitted(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{`"."`, `".."`, `".GIT "`, `".git"`, `"git~1"`, `".g\u200cit"`, `".git:x"`, `"bad\xff"`, `"ok.txt"`, `"ok.txt/config"`}, omitted)
}

func TestTreeThatUnfoldsIsRefused(t *testing.T) {
	t.Parallel()
	s := newScratch(t)
	s.commit("one", "ok.txt", "ok\n")
	id := s.git("rev-parse", "HEAD:ok.txt")
	mode := "100644"
	for range 9 { // ten to the ninth files in ten objects
		var entries [][3]string
		for i := range 10 {
			entries = append(entries, [3]string{mode, fmt.Sprint("f", i), id})
		}
		id, mode = s.handmade(entries...), "40000"
	}
	commit := s.git("commit-tree", id, "-p", "HEAD", "-m", "bomb")
	for _, revisions := range []string{commit, commit + "..HEAD"} {
		_, err := Load(testContext(t), s.dir, revisions, &Options{MaxFiles: 1000})
		require.ErrorIs(t, err, ErrTooLarge)
	}
}

// copyTree copies a tree to dir.
func copyTree(tree fs.FS, dir string) (files int, err error) {
	err = fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		to := filepath.Join(dir, filepath.FromSlash(name))
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return os.MkdirAll(to, 0o777)
		}
		text, err := fs.ReadFile(tree, name)
		files++
		return errors.Join(err, os.WriteFile(to, text, 0o666))
	})
	return files, err
}

// wide makes a repository with n files of some 6 kB, all committed and then each changed in one place.
func wide(t testing.TB, n int) *scratch {
	s := newScratch(t)
	line := strings.Repeat("some words of a line\n", 150)
	for i := range n {
		s.write(path.Join(fmt.Sprint("d", i%40), fmt.Sprintf("f%d.txt", i)), line+fmt.Sprint(i)+"\n"+line)
	}
	s.commit("one")
	for i := range n {
		s.write(path.Join(fmt.Sprint("d", i%40), fmt.Sprintf("f%d.txt", i)), line+fmt.Sprint(-i-1)+"\n"+line)
	}
	s.commit("two")
	s.git("gc", "-q")
	return s
}

// BenchmarkCopyTree copies 1,624 files out of a tree to disk.
func BenchmarkCopyTree(b *testing.B) {
	s := wide(b, 1624)
	c, err := Load(testContext(b), s.dir, "HEAD", nil)
	require.NoError(b, err)
	defer c.Close()
	for b.Loop() {
		n, err := copyTree(c.Tree, b.TempDir())
		require.NoError(b, err)
		require.Equal(b, 1624, n)
	}
}

// BenchmarkLoad loads a change of 500 files and closes it.
func BenchmarkLoad(b *testing.B) {
	s := wide(b, 500)
	for b.Loop() {
		c, err := Load(testContext(b), s.dir, "HEAD", nil)
		require.NoError(b, err)
		require.Len(b, c.Files, 500)
		require.NoError(b, c.Close())
	}
}
