package git

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// scratch is a repository of a test, worked on with plain git.
type scratch struct {
	t   testing.TB
	dir string
	env []string
}

// newScratch makes an empty repository whose branch is main; the test is skipped where there is no git.
func newScratch(t testing.TB, initArgs ...string) *scratch {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed, and this test works on a real repository")
	}
	s := &scratch{t: t, dir: filepath.Join(t.TempDir(), "repo")}
	s.env = plainEnvironment(t)
	require.NoError(t, os.MkdirAll(s.dir, 0o777))
	s.git(append([]string{"init", "-q", "-b", "main"}, initArgs...)...)
	s.git("config", "user.name", "Ada")
	s.git("config", "user.email", "ada@example.com")
	s.git("config", "core.autocrlf", "false")
	return s
}

// plainEnvironment is that of a user with an empty home, and the same for Load.
func plainEnvironment(t testing.TB) []string {
	t.Helper()
	home := t.TempDir()
	if t, ok := t.(*testing.T); ok {
		t.Setenv("HOME", home)
		t.Setenv("USERPROFILE", home)
		t.Setenv("XDG_CONFIG_HOME", filepath.Join(home, ".config"))
	}
	var env []string
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); !strings.HasPrefix(name, "GIT_") && name != "HOME" && name != "XDG_CONFIG_HOME" && name != "USERPROFILE" {
			env = append(env, v)
		}
	}
	return append(env, "HOME="+home, "USERPROFILE="+home, "XDG_CONFIG_HOME="+filepath.Join(home, ".config"), "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C",
		"GIT_AUTHOR_DATE=2026-01-02T03:04:05+0200", "GIT_COMMITTER_DATE=2026-01-02T03:04:05+0200", "GIT_TERMINAL_PROMPT=0")
}

// git runs plain git and returns what it wrote.
func (s *scratch) git(args ...string) string {
	s.t.Helper()
	out, err := s.try(args...)
	require.NoError(s.t, err, "git %s\n%s", strings.Join(args, " "), out)
	return strings.TrimSuffix(out, "\n")
}

func (s *scratch) try(args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = s.dir, s.env
	cmd.Stdin = strings.NewReader("protocol=https\nhost=host.invalid\n\n") // for git credential
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// feed runs plain git with an input of its own and returns what it wrote.
func (s *scratch) feed(in io.Reader, args ...string) string {
	s.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env, cmd.Stdin = s.dir, s.env, in
	out, err := cmd.CombinedOutput()
	require.NoError(s.t, err, "git %s\n%s", strings.Join(args, " "), out)
	return strings.TrimSuffix(string(out), "\n")
}

// write writes a file of the working tree.
func (s *scratch) write(name, text string) {
	s.t.Helper()
	path := filepath.Join(s.dir, filepath.FromSlash(name))
	require.NoError(s.t, os.MkdirAll(filepath.Dir(path), 0o777))
	require.NoError(s.t, os.WriteFile(path, []byte(text), 0o666))
}

// commit writes files, given as name and text by turns, and commits all there is.
func (s *scratch) commit(message string, files ...string) string {
	s.t.Helper()
	for i := 0; i+1 < len(files); i += 2 {
		s.write(files[i], files[i+1])
	}
	s.git("add", "-A")
	s.git("commit", "-q", "--allow-empty", "-m", message)
	return s.git("rev-parse", "HEAD")
}

func testContext(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}
