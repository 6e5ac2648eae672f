package main

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
)

// scratch is a folder that a test works in, with what the command wrote.
type scratch struct {
	t        *testing.T
	dir      string
	in       string
	out, err bytes.Buffer
	// roster and grace are the command's; a nil roster is the real one.
	roster []candidate
	grace  time.Duration
	// vars are environment variables, and columns the width of the terminal that every stream is; 0 means that none is.
	vars map[string]string
	// configDir is the user's folder of configurations.
	configDir string
	columns   int
	// transport takes the place of the network.
	transport http.RoundTripper
	// stdout takes the place of out, if it is not nil.
	stdout interface{ Write([]byte) (int, error) }
}

// newScratch makes an empty folder the current one.
func newScratch(t *testing.T) *scratch {
	t.Helper()
	s := &scratch{t: t, dir: t.TempDir(), vars: map[string]string{}}
	t.Chdir(s.dir)
	home := t.TempDir()
	for name, value := range map[string]string{
		"HOME": home, "USERPROFILE": home, "XDG_CONFIG_HOME": filepath.Join(home, ".config"),
		"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.DevNull, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C",
		"TMPDIR":          t.TempDir(), // what is left behind there goes with the test
		"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.com", "GIT_AUTHOR_DATE": "2026-01-02T03:04:05+0200",
		"GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.com", "GIT_COMMITTER_DATE": "2026-01-02T03:04:05+0200",
	} {
		t.Setenv(name, value)
	}
	return s
}

// newRepository makes the current folder a repository with two commits on main; the second adds app.go.
func newRepository(t *testing.T) *scratch {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed, and this test works on a real repository")
	}
	s := newScratch(t)
	s.git("init", "-q", "-b", "main")
	s.write("README.md", "# App\n")
	s.commit("Begin")
	s.write("app.go", "package app\n\n// Run runs.\nfunc Run() {}\n")
	s.commit("Add the app")
	return s
}

func (s *scratch) git(args ...string) string {
	s.t.Helper()
	out, err := exec.Command("git", args...).CombinedOutput()
	require.NoError(s.t, err, "git %s\n%s", strings.Join(args, " "), out)
	return strings.TrimSpace(string(out))
}

func (s *scratch) commit(subject string) {
	s.t.Helper()
	s.git("add", "-A")
	s.git("commit", "-q", "-m", subject)
}

func (s *scratch) write(name, text string) {
	s.t.Helper()
	require.NoError(s.t, os.MkdirAll(filepath.Dir(name), 0o777))
	require.NoError(s.t, os.WriteFile(name, []byte(text), 0o666))
}

func (s *scratch) read(name string) string {
	s.t.Helper()
	data, err := os.ReadFile(name)
	require.NoError(s.t, err)
	return string(data)
}

// report reads the JSON of a report.
func (s *scratch) report(name string) *deepreview.Report {
	s.t.Helper()
	r, err := deepreview.ReadReport(strings.NewReader(s.read(name)))
	require.NoError(s.t, err)
	return r
}

// files are the names in the current folder, but for .git.
func (s *scratch) files() []string {
	s.t.Helper()
	entries, err := os.ReadDir(".")
	require.NoError(s.t, err)
	var out []string
	for _, e := range entries {
		if e.Name() != ".git" {
			out = append(out, e.Name())
		}
	}
	return out
}

// run runs the command and returns its exit status.
func (s *scratch) run(args ...string) int { return s.runContext(s.t.Context(), args...) }

func (s *scratch) runContext(ctx context.Context, args ...string) int {
	s.out.Reset()
	s.err.Reset()
	e := &env{
		configDir: s.configDir,
		stdin:     strings.NewReader(s.in), stdout: &s.out, stderr: &s.err,
		getenv: func(name string) string { return s.vars[name] },
		terminal: func(any) (int, int, bool) {
			return s.columns, 24, s.columns > 0
		},
		now: time.Now, roster: s.roster, grace: s.grace, transport: s.transport,
	}
	if s.stdout != nil {
		e.stdout = s.stdout
	}
	if e.roster == nil {
		e.roster = roster()
	}
	return run(ctx, args, e)
}

// fake is a reviewer of a test.
type fake struct {
	name   string
	review func(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error)
}

func (f fake) Name() string { return f.name }

func (f fake) Review(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error) {
	return f.review(ctx, c)
}

// candidateOf is a candidate that makes a fake.
func candidateOf(name string, review func(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error)) candidate {
	return candidate{name: name, about: "a reviewer of a test", reviewer: func() deepreview.Reviewer { return fake{name, review} }}
}

// reader is a reviewer that reads every file and raises one finding of the severity; unset means none.
func reader(name string, severity deepreview.Severity) candidate {
	return candidateOf(name, func(_ context.Context, c *deepreview.Change) (*deepreview.Review, error) {
		rev := new(deepreview.Review)
		for _, f := range c.Files {
			rev.Coverage = append(rev.Coverage, deepreview.Coverage{Path: f.Path, Status: deepreview.CoverageClean, Depth: deepreview.DepthRead})
		}
		if severity != deepreview.SeverityUnset {
			rev.Coverage[0].Status = deepreview.CoverageFindings
			rev.Findings = []*deepreview.Finding{{
				ID: "F1", Title: "Run does nothing", Severity: severity, Rule: "no-op", // of a rule, so that the severity stands
				Locations: []deepreview.Location{{Path: c.Files[0].Path, Start: 1}},
			}}
		}
		return rev, nil
	})
}
