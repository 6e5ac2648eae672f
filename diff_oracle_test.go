package deepreview_test

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/bluekeyes/go-gitdiff/gitdiff"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
)

// git runs git in dir, away from any configuration of the machine, and returns what it prints. Exit status 1 is
// how git diff --no-index says that there is a difference.
func git(t testing.TB, dir string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command("git", append([]string{
		"-c", "core.fsmonitor=false", "-c", "core.hooksPath=" + os.DevNull, "-c", "core.autocrlf=false", "-c", "core.safecrlf=false",
		"-c", "core.attributesFile=" + os.DevNull, "-c", "commit.gpgSign=false",
	}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(),
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull, "GIT_ATTR_NOSYSTEM=1",
		"GIT_TERMINAL_PROMPT=0", "GIT_PAGER=cat", "LC_ALL=C", "HOME="+t.TempDir(),
		"GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=ann@example.com", "GIT_AUTHOR_DATE=2026-03-01T10:00:00Z",
		"GIT_COMMITTER_NAME=Ann", "GIT_COMMITTER_EMAIL=ann@example.com", "GIT_COMMITTER_DATE=2026-03-01T10:00:00Z",
	)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 && stderr.Len() == 0 {
		err = nil
	}
	require.NoError(t, err, "git %q: %s", args, stderr.String())
	return out
}

func needGit(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed: the diffs that it makes are not tested")
	}
}

// apply returns the file that f makes of old.
func apply(t testing.TB, old string, f *deepreview.File) string {
	t.Helper()
	lines := strings.SplitAfter(old, "\n")
	var b strings.Builder
	next := 0 // the first line of old that is not copied yet, from 0
	for _, h := range f.Hunks {
		for l := range h.Lines() {
			text := l.Text
			if !l.NoEOL {
				text += "\n"
			}
			if l.Op == deepreview.OpAdd {
				for l.New-1 > strings.Count(b.String(), "\n") {
					b.WriteString(lines[next])
					next++
				}
				b.WriteString(text)
				continue
			}
			for next < l.Old-1 {
				b.WriteString(lines[next])
				next++
			}
			require.Equal(t, text, lines[next], "line %d", l.Old)
			next++
			if l.Op == deepreview.OpContext {
				b.WriteString(text)
			}
		}
	}
	for ; next < len(lines); next++ {
		b.WriteString(lines[next])
	}
	return b.String()
}

// TestParseDiffOfHostileContent has git compare files whose lines look like every part of a diff. What is parsed must make the
// new file of the old one, with any amount of context.
func TestParseDiffOfHostileContent(t *testing.T) {
	needGit(t)
	lines := []string{
		"-- a/x", "++ b/x", "-- /dev/null", "@@ -1 +1 @@", "@@ -1,2 +1,3 @@ x", "diff --git a/x b/x", "diff --cc x", "index 111..222",
		" No newline at end of file", `\ No newline at end of file`, "", " ", "-", "+", "- ", "--- ", "+++ ", "From 1", "\r", "x\r", "\x0c", "\u2028", "a", "b",
	}
	rnd := rand.New(rand.NewPCG(3, 4))
	content := func(base []string) []string {
		out := slices.Clone(base)
		for range 1 + rnd.IntN(6) {
			i := rnd.IntN(len(out) + 1)
			if rnd.IntN(2) == 0 && i < len(out) {
				out = slices.Delete(out, i, min(len(out), i+1+rnd.IntN(3)))
			} else {
				out = slices.Insert(out, i, lines[rnd.IntN(len(lines))])
			}
		}
		return out
	}
	dir := t.TempDir()
	const rounds = 60
	var want [rounds][2]string
	for i := range rounds {
		var base []string
		for range rnd.IntN(30) {
			base = append(base, lines[rnd.IntN(len(lines))])
		}
		now := content(base)
		for j, version := range [][]string{base, now} {
			text := strings.Join(version, "\n")
			if rnd.IntN(2) == 0 && text != "" {
				text += "\n"
			}
			want[i][j] = text
			file := filepath.Join(dir, fmt.Sprint(j), fmt.Sprintf("f%02d", i))
			require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o777))
			require.NoError(t, os.WriteFile(file, []byte(text), 0o666))
		}
	}
	for _, context := range []string{"-U0", "-U1", "-U3", "-U1000"} {
		out := git(t, dir, "diff", "--no-index", "--no-renames", "--no-color", "--no-ext-diff", "--text", context, "0", "1")
		c, err := deepreview.ParseDiff(bytes.NewReader(out))
		require.NoError(t, err, "%s", out)
		checkChange(t, c)
		for i, w := range want {
			f := c.File(fmt.Sprintf("1/f%02d", i))
			if w[0] == w[1] {
				assert.Nil(t, f)
				continue
			}
			require.NotNil(t, f, "f%02d is missing with %s", i, context)
			assert.Equal(t, w[1], apply(t, w[0], f), "f%02d with %s", i, context)
		}
	}
}

// TestParseDiffAgreesWithGit compares a commit of all kinds of files with what git itself counts of it, in
// each way that git has of writing it.
func TestParseDiffAgreesWithGit(t *testing.T) {
	needGit(t)
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) {
		file := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o777))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o666))
		require.NoError(t, os.Chmod(file, mode))
	}
	long := strings.Repeat("line\nanother line\n", 40)
	write("main.go", "package main\n\nfunc main() {\n\tprintln(1)\n}\n", 0o644)
	write("moved.txt", long, 0o644)
	write("same.txt", long+"same\n", 0o644)
	write("binary", "a\x00b", 0o644)
	write("moved binary", strings.Repeat("\x00\x01\x02", 60), 0o644)
	write("gone", "gone\n", 0o644)
	write("empty-gone", "", 0o644)
	write("no-eol", "a\nb", 0o644)
	write("dos.txt", "a\r\nb\r\n", 0o644)
	write("a b/a b", "x\n", 0o644)
	write("ünï.txt", "x\n", 0o644)
	write("run.sh", "x\n", 0o644)
	git(t, dir, "init", "-q")
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-qm", "Begin")

	write("main.go", "package main\n\nfunc main() {\n\tprintln(2)\n\tprintln(3)\n}\n", 0o644)
	require.NoError(t, os.Remove(filepath.Join(dir, "moved.txt")))
	write("moved b/x.txt", long+"more\n", 0o644)
	require.NoError(t, os.Rename(filepath.Join(dir, "same.txt"), filepath.Join(dir, "other name.txt")))
	write("binary", "a\x00c", 0o755)
	require.NoError(t, os.Rename(filepath.Join(dir, "moved binary"), filepath.Join(dir, "moved-binary")))
	write("moved-binary", strings.Repeat("\x00\x01\x02", 60)+"\x03", 0o644)
	require.NoError(t, os.Remove(filepath.Join(dir, "gone")))
	require.NoError(t, os.Remove(filepath.Join(dir, "empty-gone")))
	write("no-eol", "a\nc", 0o644)
	write("dos.txt", "a\nb\r\n", 0o644)
	write("a b/a b", "y\n", 0o644)
	write("ünï.txt", "y\n", 0o644)
	write("latin1.txt", "caf\xe9\n", 0o644)
	write("run.sh", "x\n", 0o755)
	write("new-empty", "", 0o644)
	if runtime.GOOS != "windows" { // names and links that Windows does not have
		write("tab\tname", "x\n", 0o644)
		write("line\nbreak", "x\n", 0o644)
		write(`quote"and\slash`, "x\n", 0o644)
		write("trailing ", "x\n", 0o644)
		require.NoError(t, os.Symlink("main.go", filepath.Join(dir, "link")))
	}
	git(t, dir, "add", "-A")
	git(t, dir, "update-index", "--add", "--cacheinfo", "160000,1111111111111111111111111111111111111111,lib/sub")
	git(t, dir, "commit", "-qm", "Change all\n\nWith a body.")

	want := map[string]string{}
	fields := strings.Split(strings.TrimSuffix(string(git(t, dir, "diff", "--numstat", "-z", "-M", "HEAD~", "HEAD")), "\x00"), "\x00")
	for i := 0; i < len(fields); i++ {
		parts := strings.SplitN(fields[i], "\t", 3)
		name := parts[2]
		if name == "" { // a rename: both names follow
			name = fields[i+2]
			i += 2
		}
		want[name] = parts[0] + " " + parts[1]
	}
	require.NotEmpty(t, want)
	for _, args := range [][]string{
		{"diff", "-M", "HEAD~", "HEAD"},
		{"-c", "core.quotepath=off", "diff", "-M", "HEAD~", "HEAD"},
		{"diff", "-M", "--binary", "-U0", "HEAD~", "HEAD"},
		{"diff", "-M", "--full-index", "--no-prefix", "HEAD~", "HEAD"},
		{"-c", "diff.mnemonicPrefix=true", "diff", "-M", "HEAD~", "HEAD"},
		{"diff", "-M", "--src-prefix=before/", "--dst-prefix=after/", "HEAD~", "HEAD"},
		{"show", "-M", "HEAD"},
		{"show", "-M", "--stat", "--patch", "--format=fuller", "HEAD"},
		{"log", "-M", "-p", "-1"},
		{"format-patch", "-M", "--stdout", "-1", "HEAD"},
		{"format-patch", "-M", "--attach", "--stdout", "-1", "HEAD"},
		{"format-patch", "-M", "--no-stat", "--no-binary", "--stdout", "-1", "HEAD"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			c, err := deepreview.ParseDiff(bytes.NewReader(git(t, dir, args...)))
			require.NoError(t, err)
			checkChange(t, c)
			got := map[string]string{}
			for _, f := range c.Files {
				name := f.Path
				if strings.HasPrefix(f.Unreadable, "name ") {
					name = map[string]string{`"tab\tname"`: "tab\tname", `"line\nbreak"`: "line\nbreak"}[name]
				}
				got[name] = fmt.Sprintf("%d %d", f.Added, f.Deleted)
				if f.Binary {
					got[name] = "- -"
				}
			}
			assert.Equal(t, want, got)
			if args[0] != "diff" && args[0] != "-c" {
				assert.Equal(t, "Change all", c.Title)
				assert.Equal(t, "With a body.", c.Description)
				assert.Equal(t, "Ann <ann@example.com>", c.Author)
			}
		})
	}
}

// oraclePairs are versions of public modules whose differences both parsers read. Those in the module cache
// are compared; `go mod download MODULE@VERSION` puts them there.
var oraclePairs = [...][3]string{
	{"golang.org/x/tools", "v0.40.0", "v0.52.0"},
	{"golang.org/x/net", "v0.60.0", "v0.61.0"},
	{"github.com/stretchr/testify", "v1.11.1", "v1.12.1"},
}

// TestParseDiffAgreesWithGoGitdiff compares every file, hunk and line of real diffs with what another parser reads.
func TestParseDiffAgreesWithGoGitdiff(t *testing.T) {
	needGit(t)
	cache, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Skip("the go command is not installed: no module cache to take diffs from")
	}
	compared := 0
	for _, pair := range oraclePairs {
		var versions [2]string
		for i, version := range pair[1:] {
			versions[i] = filepath.Join(strings.TrimSpace(string(cache)), filepath.FromSlash(pair[0]+"@"+version))
		}
		if statError(versions[0]) != nil || statError(versions[1]) != nil {
			continue
		}
		compared++
		for _, options := range [][]string{{"-U3"}, {"-U0", "--binary", "--no-renames"}} {
			t.Run(path.Base(pair[0])+" "+strings.Join(options, " "), func(t *testing.T) {
				args := append([]string{"diff", "--no-index", "--no-color", "--no-ext-diff"}, options...)
				compareWithOracle(t, git(t, filepath.Dir(versions[0]), append(args, filepath.Base(versions[0]), filepath.Base(versions[1]))...))
			})
		}
	}
	if compared == 0 {
		t.Skipf("no pair of versions is in the module cache: run go mod download for some of %v", oraclePairs)
	}
}

func statError(name string) error {
	_, err := os.Stat(name)
	return err
}

func compareWithOracle(t *testing.T, text []byte) {
	c, err := deepreview.ParseDiff(bytes.NewReader(text))
	require.NoError(t, err)
	checkChange(t, c)
	want, _, err := gitdiff.Parse(bytes.NewReader(text))
	require.NoError(t, err)
	require.Equal(t, len(want), len(c.Files))
	lines := 0
	for i, w := range want {
		f := c.Files[i]
		require.Equal(t, w.IsBinary, f.Binary, f.Path)
		require.Equal(t, []bool{w.IsNew, w.IsDelete, w.IsRename, w.IsCopy},
			[]bool{f.Status == deepreview.FileAdded, f.Status == deepreview.FileDeleted, f.Status == deepreview.FileRenamed, f.Status == deepreview.FileCopied}, f.Path)
		require.Equal(t, cmp.Or(w.NewName, w.OldName), f.Path)
		require.Equal(t, []uint32{uint32(w.OldMode), uint32(w.NewMode)}, oracleModes(w, f), f.Path)
		require.Len(t, f.Hunks, len(w.TextFragments), f.Path)
		for j, fragment := range w.TextFragments {
			h := f.Hunks[j]
			require.Equal(t, []int64{fragment.OldPosition, fragment.OldLines, fragment.NewPosition, fragment.NewLines},
				[]int64{int64(h.OldStart), int64(h.OldLines), int64(h.NewStart), int64(h.NewLines)}, f.Path)
			require.Equal(t, strings.TrimSpace(fragment.Comment), h.Section, f.Path)
			k := 0
			for l := range h.Lines() {
				other := fragment.Lines[k]
				k++
				text := l.Text
				if !l.NoEOL {
					text += "\n"
				}
				require.Equal(t, other.Op.String(), string(l.Op), f.Path)
				if utf8.ValidString(other.Line) {
					require.Equal(t, other.Line, text, f.Path)
				}
				lines++
			}
			require.Equal(t, len(fragment.Lines), k)
		}
	}
	t.Logf("%d files and %d lines are the same", len(want), lines)
}

// oracleModes returns the modes of f where the oracle gives them: it leaves out a mode that the header states for both sides.
func oracleModes(w *gitdiff.File, f *deepreview.File) []uint32 {
	modes := []uint32{uint32(f.OldMode), uint32(f.NewMode)}
	if w.OldMode == 0 {
		modes[0] = 0
	}
	if w.NewMode == 0 {
		modes[1] = 0
	}
	return modes
}
