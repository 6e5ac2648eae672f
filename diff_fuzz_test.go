package deepreview_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
)

// emit writes f as a git diff again. A name that is no path cannot be written: ok is false then, and for a binary
// file or one that was left out.
func emit(f *deepreview.File) (diff string, ok bool) {
	if f.Unreadable != "" || f.Binary || f.Status == deepreview.FileTypeChanged || len(f.Hunks) == 0 {
		return "", false
	}
	var b strings.Builder
	quote := func(s string) string {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
	}
	old, now := f.Before(), f.Path
	if f.Status == deepreview.FileAdded {
		old = now
	}
	fmt.Fprintf(&b, "diff --git %s %s\n", quote("a/"+old), quote("b/"+now))
	from, to := quote("a/"+old), quote("b/"+now)
	switch f.Status {
	case deepreview.FileAdded:
		fmt.Fprintf(&b, "new file mode %v\n", f.NewMode)
		from = "/dev/null"
	case deepreview.FileDeleted:
		fmt.Fprintf(&b, "deleted file mode %v\n", f.OldMode)
		to = "/dev/null"
	case deepreview.FileRenamed:
		fmt.Fprintf(&b, "rename from %s\nrename to %s\n", quote(old), quote(now))
	case deepreview.FileCopied:
		fmt.Fprintf(&b, "copy from %s\ncopy to %s\n", quote(old), quote(now))
	}
	fmt.Fprintf(&b, "--- %s\n+++ %s\n", from, to)
	for _, h := range f.Hunks {
		fmt.Fprintf(&b, "@@ -%d,%d +%d,%d @@ %s\n%s", h.OldStart, h.OldLines, h.NewStart, h.NewLines, h.Section, h.Body)
	}
	return b.String(), true
}

// checkChange fails t where c breaks what File and Hunk promise.
func checkChange(t testing.TB, c *deepreview.Change) {
	t.Helper()
	require.NotEmpty(t, c.Files)
	paths := map[string]bool{}
	for _, f := range c.Files {
		require.False(t, paths[f.Path], "two files have the path %q", f.Path)
		paths[f.Path] = true
		require.True(t, utf8.ValidString(f.Path) && utf8.ValidString(f.OldPath) && utf8.ValidString(f.Unreadable))
		require.False(t, strings.ContainsAny(f.Path+f.OldPath, "\n\r\x1b\x00"), "%q %q", f.Path, f.OldPath)
		if f.Unreadable == "" {
			require.True(t, fs.ValidPath(f.Path), "%q", f.Path)
		}
		if f.Binary {
			require.Empty(t, f.Hunks)
		}
		added, deleted, oldNext, newNext := 0, 0, 1, 1
		for _, h := range f.Hunks {
			oldLines, newLines := 0, 0
			for l := range h.Lines() {
				require.True(t, utf8.ValidString(l.Text))
				if l.Old > 0 {
					require.GreaterOrEqual(t, l.Old, oldNext)
					oldNext = l.Old + 1
					oldLines++
				}
				if l.New > 0 {
					require.GreaterOrEqual(t, l.New, newNext)
					newNext = l.New + 1
					newLines++
				}
				switch l.Op {
				case deepreview.OpAdd:
					added++
				case deepreview.OpDelete:
					deleted++
				}
			}
			require.Equal(t, []int{h.OldLines, h.NewLines}, []int{oldLines, newLines}, "the counts of a hunk of %q", f.Path)
			require.True(t, strings.HasSuffix(h.Body, "\n"))
		}
		if len(f.Hunks) > 0 {
			require.Equal(t, []int{f.Added, f.Deleted}, []int{added, deleted}, "the lines of %q", f.Path)
		}
	}
}

func FuzzParseDiff(f *testing.F) {
	paths, err := filepath.Glob("testdata/diff/*.diff")
	require.NoError(f, err)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		require.NoError(f, err)
		f.Add(text)
	}
	f.Add([]byte(plainX + "@@ -1,2 +1,2 @@\n\n-a\n+b\n"))
	f.Add([]byte("diff --git \"a/\\303\\251\" \"b/\\303\\251\"\nold mode 100644\nnew mode 120000\n"))
	f.Add([]byte("Index: x\n======\n--- x\t(revision 0)\n+++ x\n@@ -0,0 +1 @@\n+\xff\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := deepreview.ParseDiff(bytes.NewReader(text))
		if err != nil {
			require.Nil(t, c)
			require.True(t, utf8.ValidString(err.Error()), "%q", err.Error())
			return
		}
		checkChange(t, c)
		for _, file := range c.Files {
			diff, ok := emit(file)
			if !ok {
				continue
			}
			again, err := deepreview.ParseDiff(strings.NewReader(diff))
			require.NoError(t, err, "%s", diff)
			require.Len(t, again.Files, 1)
			got, want := *again.Files[0], *file
			got.OldID, got.NewID, want.OldID, want.NewID = "", "", "", ""
			got.OldMode, got.NewMode, want.OldMode, want.NewMode = 0, 0, 0, 0
			assert.Equal(t, want, got, "%s", diff)
		}
	})
}
