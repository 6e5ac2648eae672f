package git

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
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

// models is a folder for repositories that several tests begin with a copy of. It goes when all tests have run.
var models string

// TestMain gives Load, and the plain git of the tests, a user with an empty home.
func TestMain(m *testing.M) {
	os.Exit(func() int {
		folder, err := os.MkdirTemp("", "git-test-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(folder)
		models = filepath.Join(folder, "models")
		home := filepath.Join(folder, "home")
		for name, value := range homeVariables(home) {
			if err := os.Setenv(name, value); err != nil {
				panic(err)
			}
		}
		if err := os.Mkdir(home, 0o777); err != nil {
			panic(err)
		}
		return m.Run()
	}())
}

func homeVariables(home string) map[string]string {
	return map[string]string{"HOME": home, "USERPROFILE": home, "XDG_CONFIG_HOME": filepath.Join(home, ".config")}
}

// ownHome gives Load, and the plain git of s, another home, which the test may write to. Such a test is not parallel.
func (s *scratch) ownHome(t *testing.T) {
	for name, value := range homeVariables(t.TempDir()) {
		t.Setenv(name, value)
	}
	s.env = plainEnvironment()
}

// newScratch makes an empty repository whose branch is main; the test is skipped where there is no git.
func newScratch(t testing.TB, initArgs ...string) *scratch {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed, and this test works on a real repository")
	}
	s := &scratch{t: t, dir: filepath.Join(t.TempDir(), "repo"), env: plainEnvironment()}
	require.NoError(t, os.MkdirAll(s.dir, 0o777))
	s.git(append([]string{"init", "-q", "--template=", "-b", "main"}, initArgs...)...)
	require.NoError(t, os.Mkdir(filepath.Join(s.dir, ".git", "info"), 0o777)) // as the template has it
	config, err := os.OpenFile(filepath.Join(s.dir, ".git", "config"), os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = config.WriteString("[user]\n\tname = Ada\n\temail = ada@example.com\n[core]\n\tautocrlf = false\n")
	require.NoError(t, err)
	require.NoError(t, config.Close())
	return s
}

// copied returns s with a copy of its repository, for t.
func (s *scratch) copied(t testing.TB) *scratch {
	c := *s
	c.t, c.dir = t, filepath.Join(t.TempDir(), "repo")
	require.NoError(t, os.CopyFS(c.dir, os.DirFS(s.dir)))
	return &c
}

// plainEnvironment is that of the user of the tests, and no variable that git obeys.
func plainEnvironment() []string {
	home := os.Getenv("HOME")
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

// topic makes a repository whose branch topic has two commits, and whose main has gone on by one.
func topic(t testing.TB) (s *scratch, ids map[string]string) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed, and this test works on a real repository")
	}
	m := topicModel()
	return (&scratch{dir: m.dir, env: plainEnvironment()}).copied(t), maps.Clone(m.ids)
}

var topicModel = sync.OnceValue(func() (m struct {
	dir string
	ids map[string]string
}) {
	// It outlives the test that makes it first, whose folders go.
	s := newScratch(unowned{})
	m.dir, m.ids = s.dir, map[string]string{}
	m.ids["root"] = s.commit("root", "a.txt", "1\n2\n3\n", "keep.txt", "k\n")
	s.git("checkout", "-q", "-b", "topic")
	m.ids["one"] = s.commit("Change a\n\nBecause of *b*.\n", "a.txt", "1\ntwo\n3\n")
	m.ids["two"] = s.commit("Add b", "b/b.txt", "b\n")
	s.git("checkout", "-q", "main")
	m.ids["main"] = s.commit("main goes on", "c.txt", "c\n")
	s.git("checkout", "-q", "topic")
	return m
})

// unowned is a testing.TB of no test: its folders go when all tests have run, and a failure is a panic.
type unowned struct{ testing.TB }

func (unowned) Helper()                           {}
func (unowned) Errorf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (unowned) FailNow()                          { panic("a model cannot be made") }
func (unowned) TempDir() string {
	err := os.MkdirAll(models, 0o777)
	dir, err2 := os.MkdirTemp(models, "")
	if err = errors.Join(err, err2); err != nil {
		panic(err)
	}
	return dir
}

func testContext(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	return ctx
}
