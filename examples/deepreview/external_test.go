package main

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestALintersReportIsAReviewer(t *testing.T) {
	s := newRepository(t)
	s.write("lint.json", `{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"tidy"}},"results":[{"ruleId":"T1","level":"error","message":{"text":"Run does nothing"},
		"locations":[{"physicalLocation":{"artifactLocation":{"uri":"app.go"},"region":{"startLine":4}}}]}]}]}`)
	code := s.run("--reviewer", "sarif:lint.json", "--out", "json=r.json", "HEAD")
	require.Equal(t, exitFindings, code, s.err.String())
	r := s.report("r.json")
	require.Len(t, r.Issues, 1)
	assert.Equal(t, "app.go:4", r.Issues[0].Locations[0].String())
	assert.Equal(t, exitFailed, s.run("--reviewer", "sarif:nowhere.json", "HEAD"))
	assert.Contains(t, s.err.String(), "nowhere.json")
}

func TestAReviewInMarkdownIsAReviewer(t *testing.T) {
	s := newRepository(t)
	s.write("ann.md", "## Findings\n\n### Important\n\nI1. **`Run` does nothing** — `/home/ann/src/app.go:4` (important, gap)\n\n## Coverage Summary\n\n- `app.go`: I1\n")
	code := s.run("--reviewer", "markdown:ann.md", "--out", "json=r.json", "HEAD")
	require.Equal(t, exitFindings, code, s.err.String())
	r := s.report("r.json")
	require.Len(t, r.Issues, 1)
	assert.Equal(t, "app.go:4", r.Issues[0].Locations[0].String())
	assert.True(t, r.Reviews[0].Coverage[0].Read())
	s.write("ann.md", "I could not start: there is no key.\n")
	assert.Equal(t, exitFailed, s.run("--reviewer", "markdown:ann.md", "HEAD"))
	assert.Contains(t, s.err.String(), "no review")
	assert.Equal(t, exitFailed, s.run("--reviewer", "markdown:nowhere.md", "HEAD"))
	assert.Contains(t, s.err.String(), "nowhere.md")
}

func TestACommandThatAnswersInMarkdownIsUnderstood(t *testing.T) {
	if _, err := exec.LookPath("cat"); err != nil {
		t.Skip("there is no command cat to stand for a reviewer: ", err)
	}
	s := newRepository(t)
	s.write("answer.md", "## Important Issues\n\n1. **`Run` does nothing** — `app.go:4`\n\n## Coverage\n\n- `app.go`: see 1\n")
	code := s.run("--reviewer", "exec:cat answer.md", "--out", "json=r.json", "HEAD")
	require.Equal(t, exitFindings, code, s.err.String())
	assert.Equal(t, "`Run` does nothing", s.report("r.json").Issues[0].Title)
}

func TestACommandIsAReviewer(t *testing.T) {
	if _, err := exec.LookPath("cat"); err != nil {
		t.Skip("there is no command cat to stand for a reviewer: ", err)
	}
	s := newRepository(t)
	s.write("answer.json", `{"summary":"","findings":[{"title":"Run does nothing","severity":"important","category":"gap","topic":"correctness","detail":"","impact":"",
		"locations":[{"path":"app.go","start":4,"end":0}],"quote":"func Run() {}","confidence":0.9,"fix":"","edits":[]}],"observations":[],"tested":[],"untested":[],
		"documentation":[],"commits":[],"limitations":[],"coverage":[{"path":"app.go","status":"findings","reason":""}],"verdict":""}`)
	code := s.run("--reviewer", "exec:cat answer.json", "--out", "json=r.json", "HEAD")
	require.Equal(t, exitFindings, code, s.err.String())
	r := s.report("r.json")
	require.Len(t, r.Issues, 1)
	assert.True(t, r.Reviews[0].Coverage[0].Read())
	assert.Equal(t, exitFailed, s.run("--reviewer", "exec:no-such-command-anywhere", "HEAD"))
}

func TestAnAgentIsStartedOnlyWhereItIsAskedFor(t *testing.T) {
	for _, c := range agentCandidates() {
		assert.True(t, c.onlyAsked, c.name)
	}
}
