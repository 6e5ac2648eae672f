package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
)

func TestTheJSONRendersToTheBytesOfTheRunInEveryFormat(t *testing.T) {
	dir := pr234(t)
	s := newScratch(t)
	all := slices.DeleteFunc(formats(), func(f format) bool { return f.names[0] == "github" }) // which needs the change
	var args []string
	for _, f := range all {
		args = append(args, "--out", f.names[0]+"=run."+f.names[0])
	}
	s.run(append([]string{"--replay", dir, "--patch", filepath.Join(dir, "change.patch")}, args...)...)
	for i := range args {
		args[i] = strings.Replace(args[i], "=run.", "=again.", 1)
	}
	require.Equal(t, exitFine, s.run(append([]string{"render", "run.json"}, args...)...), s.err.String())
	for _, f := range all {
		assert.NotEmpty(t, s.read("run."+f.names[0]))
		assert.Equal(t, s.read("run."+f.names[0]), s.read("again."+f.names[0]), f.names[0])
	}
	s.in = s.read("run.json")
	require.Equal(t, exitFine, s.run("render", "-"), s.err.String())
	assert.Equal(t, s.read("run.text"), s.out.String(), "text is what render writes by default, and standard input a report")
}

func TestALiveRunRendersToTheSameBytesLater(t *testing.T) {
	s := newRepository(t)
	s.roster = []candidate{reader("ada", deepreview.SeverityImportant), reader("bob", deepreview.SeverityCritical)}
	s.run("--out", "json=r.json", "--out", "html=a.html", "--out", "md=a.md")
	require.Equal(t, exitFine, s.run("render", "r.json", "--out", "html=b.html", "--out", "md=b.md", "--out", "json=b.json"), s.err.String())
	assert.Equal(t, s.read("r.json"), s.read("b.json"))
	assert.Equal(t, s.read("a.html"), s.read("b.html"))
	assert.Equal(t, s.read("a.md"), s.read("b.md"))
}

func TestWhatIsNoOrdinaryFileIsNotWrittenOver(t *testing.T) {
	s := newRepository(t)
	outside := filepath.Join(t.TempDir(), "precious")
	s.write(outside, "precious")
	require.NoError(t, os.Mkdir("folder", 0o777))
	require.NoError(t, os.Symlink(outside, "link"))
	require.NoError(t, os.Symlink(filepath.Join(t.TempDir(), "nothing"), "dangling"))
	require.NoError(t, os.Symlink(filepath.Dir(outside), "away"))
	for _, name := range []string{"folder", "link", "dangling", "away/precious", "away/new"} {
		assert.Equal(t, exitUsage, s.run("--out", "html="+name), s.err.String())
		assert.Contains(t, s.err.String(), "name ")
		assert.Equal(t, name != "folder", strings.Contains(s.err.String(), "symbolic link"), s.err.String())
	}
	assert.Equal(t, "precious", s.read(outside))
	assert.NoFileExists(t, filepath.Join(filepath.Dir(outside), "new"))
	if runtime.GOOS != "windows" {
		assert.Equal(t, exitUsage, s.run("--out", "html=/dev/null"), "it would be replaced by a file")
	}
	t.Run("the default page is no exception", func(t *testing.T) {
		require.NoError(t, os.Symlink(outside, "deepreview.html"))
		assert.Equal(t, exitUsage, s.run())
		assert.Equal(t, "precious", s.read(outside))
	})
	t.Run("a link that comes in between is replaced and not followed", func(t *testing.T) {
		err := writeFile(".", "late.html", func(w io.Writer) error {
			require.NoError(t, os.Symlink(outside, "late.html"))
			_, err := io.WriteString(w, "page")
			return err
		})
		require.NoError(t, err)
		assert.Equal(t, "precious", s.read(outside))
		assert.Equal(t, "page", s.read("late.html"))
	})
}

func TestAFileAppearsWholeOrNotAtAll(t *testing.T) {
	s := newScratch(t)
	s.write("old.html", "old")
	require.NoError(t, os.Chmod("old.html", 0o600))
	for _, name := range []string{"old.html", "new.html"} {
		err := writeFile(".", name, func(w io.Writer) error {
			_, err := io.Copy(w, io.LimitReader(endless{}, 1<<20))
			return errors.Join(err, errors.New("the template is broken"))
		})
		assert.ErrorContains(t, err, "the template is broken")
	}
	assert.Equal(t, []string{"old.html"}, s.files(), "neither a half file nor a temporary one stays")
	assert.Equal(t, "old", s.read("old.html"))

	require.NoError(t, writeFile(".", "old.html", func(w io.Writer) error { _, err := io.WriteString(w, "new"); return err }))
	assert.Equal(t, "new", s.read("old.html"))
	info, err := os.Stat("old.html")
	require.NoError(t, err)
	if runtime.GOOS != "windows" {
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "a file that was private stays so")
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// broken is a stream that takes nothing.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("the pipe is broken") }

// kept finds the report that an error says it kept.
func kept(t *testing.T, s *scratch) *deepreview.Report {
	t.Helper()
	m := regexp.MustCompile(`kept in (\S+\.json)`).FindStringSubmatch(s.err.String())
	require.NotNil(t, m, s.err.String())
	return s.report(m[1])
}

func TestOneOutputThatFailsDoesNotStopTheOthers(t *testing.T) {
	s := newRepository(t)
	t.Setenv("TMPDIR", t.TempDir())
	s.roster = []candidate{reader("ada", deepreview.SeverityUnset)}
	s.stdout = broken{}
	assert.Equal(t, exitFailed, s.run("--out", "text=-", "--out", "html=r.html", "--out", "json=r.json"))
	assert.Contains(t, s.err.String(), "--out text=- could not be written")
	assert.Contains(t, s.err.String(), "the pipe is broken")
	assert.Contains(t, s.err.String(), "deepreview render ")
	assert.Contains(t, s.err.String(), "--out text=-")
	assert.NotEmpty(t, s.read("r.html"))
	assert.Equal(t, s.report("r.json"), kept(t, s))
}

// leaver is a stream whose reader has left, which ends a process that writes to it.
type leaver struct{ write func() }

func (l leaver) Write(p []byte) (int, error) {
	l.write()
	return len(p), nil
}

func TestFilesAreWrittenBeforeStandardOutput(t *testing.T) {
	s := newRepository(t)
	s.stdout = leaver{func() { assert.FileExists(t, "r.html") }}
	require.Equal(t, exitFine, s.run("--out", "text=-", "--out", "html=r.html"), s.err.String())
}

func TestAReportThatCannotBeKeptAnywhereGoesToStandardOutput(t *testing.T) {
	s := newRepository(t)
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "none"))
	t.Setenv("TMP", filepath.Join(t.TempDir(), "none"))
	s.roster = []candidate{candidateOf("ada", reader("ada", deepreview.SeverityUnset).reviewer().Review)}
	require.NoError(t, os.Mkdir("sub", 0o777))
	inner := s.roster[0].reviewer
	s.roster[0].reviewer = func() deepreview.Reviewer {
		require.NoError(t, os.RemoveAll("sub")) // the folder goes away while the reviewers work
		return inner()
	}
	// git needs a temporary folder too, so this is a patch.
	s.in = smallPatch
	assert.Equal(t, exitFailed, s.run("--patch", "-", "--out", "html=sub/r.html"))
	assert.Contains(t, s.err.String(), "went to standard output")
	_, err := deepreview.ReadReport(&s.out)
	assert.NoError(t, err)
}

func TestAFullDiskLeavesNoHalfFileAndTheReportIsKept(t *testing.T) {
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		t.Skip("only root on Linux can make a small file system to fill")
	}
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=16k", "none", dir).CombinedOutput(); err != nil {
		t.Skipf("this machine lets nobody mount a file system: %s", out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", dir).Run() })
	recorded := pr234(t)
	s := newScratch(t)

	t.Setenv("TMPDIR", t.TempDir())
	page := filepath.Join(dir, "r.html")
	assert.Equal(t, exitFailed, s.run("--replay", recorded, "--patch", filepath.Join(recorded, "change.patch"), "--out", "json="+page, "--out", "text=-"), s.err.String())
	assert.Contains(t, s.err.String(), "no space left")
	assert.Contains(t, s.out.String(), "1 important", "the other output is there")
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, left)
	assert.Len(t, kept(t, s).Issues, 5)
	command := regexp.MustCompile(`deepreview (render \S+) --out (\S+)`).FindStringSubmatch(s.err.String())
	require.NotNil(t, command)
	assert.Equal(t, exitFine, s.run("render", strings.Fields(command[1])[1], "--out", strings.Replace(command[2], page, "r.json", 1)), "what it says to do works")
	assert.NotEmpty(t, s.read("r.json"))
}

func TestTheDiskOfStandardOutputCanBeFull(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("this system has no /dev/full")
	}
	defer full.Close()
	s := newRepository(t)
	s.stdout = full
	t.Setenv("TMPDIR", t.TempDir())
	assert.Equal(t, exitFailed, s.run("--out", "text=-"))
	kept(t, s)
	assert.Equal(t, exitFailed, s.run("--help"))
	assert.Equal(t, exitFailed, s.run("reviewers"))
	assert.Equal(t, exitFailed, s.run("--dry-run"))
}

func TestQuietSaysNothingButErrors(t *testing.T) {
	s := newRepository(t)
	require.Equal(t, exitFine, s.run("--quiet", "--out", "html=r.html"))
	assert.Empty(t, s.err.String())
	assert.Empty(t, s.out.String())
	require.Equal(t, exitFine, s.run("--quiet", "--out", "json=-"))
	assert.Empty(t, s.err.String())
	_, err := deepreview.ReadReport(&s.out)
	assert.NoError(t, err)
	assert.NotZero(t, s.run("--quiet", "nowhere"))
	assert.NotEmpty(t, s.err.String())
}

func TestBrokenTemplatesAreFoundBeforeAnybodyReviews(t *testing.T) {
	s := newRepository(t)
	s.roster = []candidate{candidateOf("ada", func(context.Context, *deepreview.Change) (*deepreview.Review, error) {
		t.Error("ada was asked")
		return nil, deepreview.ErrSkip
	})}
	s.write("mine/html/page.tmpl", "{{if}}")
	assert.Equal(t, exitFailed, s.run("--templates", "mine", "--out", "html=r.html"))
	assert.Contains(t, s.err.String(), "--templates mine")
	assert.Contains(t, s.err.String(), "page.tmpl")
	assert.NotContains(t, s.files(), "r.html")
	assert.Equal(t, exitUsage, s.run("--templates", "app.go"))
	assert.Contains(t, s.err.String(), "no folder")
}

func TestTemplatesTakeThePlaceOfTheBuiltInOnes(t *testing.T) {
	s := newRepository(t)
	s.write("mine/html/page.tmpl", "<!doctype html>\n<title>mine</title>\n")
	require.Equal(t, exitFine, s.run("--templates", "mine", "--out", "html=r.html", "--out", "json=r.json"), s.err.String())
	assert.Contains(t, s.read("r.html"), "<title>mine</title>")
	require.Equal(t, exitFine, s.run("render", "r.json", "--templates", "mine", "--out", "html=again.html"), s.err.String())
	assert.Equal(t, s.read("r.html"), s.read("again.html"))
}
