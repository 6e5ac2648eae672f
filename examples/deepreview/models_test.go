package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents"
)

func TestReviewersSaysWhichKeysAreMissing(t *testing.T) {
	s := newScratch(t)
	s.vars["OPENAI_API_KEY"] = "x"
	require.Equal(t, exitFine, s.run("reviewers"))
	out := s.out.String()
	assert.Regexp(t, `claude .* not available: ANTHROPIC_API_KEY is not set`, out)
	assert.Regexp(t, `gpt .* available\n`, out)
	assert.Regexp(t, `gemini .* not available: GEMINI_API_KEY or GOOGLE_API_KEY is not set`, out)
	assert.Regexp(t, `chat .* not available: it needs --base-url chat=URL and --model chat=MODEL`, out)
	assert.NotContains(t, out, "x is")

	require.Equal(t, exitFine, s.run("reviewers", "--base-url", "chat=http://127.0.0.1:1/v1", "--model", "chat=llama"))
	assert.Regexp(t, `chat .* available\n`, s.out.String())
}

func TestWithKeysInTheEnvironmentTheModelsAreInThePanel(t *testing.T) {
	s := newRepository(t)
	s.vars["ANTHROPIC_API_KEY"], s.vars["GEMINI_API_KEY"] = "a", "g"
	require.Equal(t, exitFine, s.run("--dry-run"))
	assert.Regexp(t, `(?s)Reviewers.*claude.*gemini.*patterns.*Not taking part.*gpt`, s.out.String())
}

func TestBudgetsAndPricesAreRead(t *testing.T) {
	for text, want := range map[string]agents.Budget{
		"$3.50": {Cost: 3.5}, "2M": {Tokens: 2_000_000}, "500k": {Tokens: 500_000}, "1234": {Tokens: 1234}, "200r": {Requests: 200},
	} {
		var b agents.Budget
		require.NoError(t, parseBudget(text, &b), text)
		assert.Equal(t, want, b)
	}
	for _, text := range []string{"", "0", "-1", "$0", "$-1", "$x", "1.5M", "rr", "NaN", "$NaN", "$1e99", "9999999999999999999"} {
		var b agents.Budget
		assert.Error(t, parseBudget(text, &b), text)
	}
	p, err := parsePrice("5/0.5/25")
	require.NoError(t, err)
	assert.Equal(t, agents.Price{In: 5, Cached: .5, Out: 25}, p)
	for _, text := range []string{"", "5", "5/5", "a/b/c", "-1/1/1", "1/1/1/1", "NaN/1/1"} {
		_, err := parsePrice(text)
		assert.Error(t, err, text)
	}
}

func TestWrongUsageOfModels(t *testing.T) {
	for line, want := range map[string]string{
		"--model claude":         "NAME=VALUE",
		"--model cloude=x":       "did you mean claude?",
		"--base-url gtp=http://": "did you mean gpt?",
		"--effort hihg":          "did you mean high?",
		"--passes 0":             "from 1 to 20",
		"--budget lots":          "it is dollars",
		"--budget $3":            "needs the prices",
		"--price claude=3":       "IN/CACHED/OUT",
		"--verify ada":           "choose from claude, gpt, gemini, chat",
	} {
		s := newScratch(t)
		assert.Equal(t, exitUsage, s.run(strings.Fields(line)...), line)
		assert.Contains(t, s.err.String(), want, line)
	}
}

func TestASecondLookThatCannotBeHadIsSaidBeforeAnythingIsSpent(t *testing.T) {
	s := newRepository(t)
	s.roster = []candidate{candidateOf("ada", nil)} // would panic
	assert.Equal(t, exitFailed, s.run("--verify", "claude"))
	assert.Contains(t, s.err.String(), "--verify claude cannot be had: ANTHROPIC_API_KEY is not set")
}

func TestAModelThatRefusesItsKeyIsAFailedReviewAndShowsNoKey(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprintf(w, `{"type":"error","error":{"type":"authentication_error","message":"invalid key %s"}}`, r.Header.Get("X-Api-Key"))
	}))
	defer server.Close()
	s := newRepository(t)
	key := "sk-" + strings.Repeat("q", 12)
	s.vars["ANTHROPIC_API_KEY"] = key
	code := s.run("--base-url", "claude="+server.URL, "--out", "json=r.json", "--out", "text=-")
	assert.Equal(t, exitFailed, code)
	r := s.report("r.json")
	assert.Equal(t, deepreview.VerdictIncomplete, r.Verdict.Kind)
	assert.Equal(t, deepreview.FailureKind("unauthorized"), r.Review("claude").Failure.Kind)
	assert.NotContains(t, s.out.String()+s.err.String()+s.read("r.json"), key)
}

// TestThreeVendorsMakeOneReport has the three vendors' APIs imitated by a server that speaks each one's wire format. Its script is
// named by DEEPREVIEW_AIMOCK: the cli.js of npm's @copilotkit/aimock.
func TestThreeVendorsMakeOneReport(t *testing.T) {
	cli := os.Getenv("DEEPREVIEW_AIMOCK")
	if cli == "" {
		t.Skip("DEEPREVIEW_AIMOCK does not name the cli.js of @copilotkit/aimock: no server imitates the vendors here")
	}
	s := newRepository(t)
	s.write("store.go", "package app\n\nimport \"os\"\n\n// Save writes data.\nfunc Save(name string, data []byte) {\n\tf, _ := os.Create(name)\n\tf.Write(data)\n}\n")
	s.commit("Add a store")
	answer := map[string]any{
		"summary": "It adds a store.", "verdict": "fix it", "observations": []any{}, "tested": []any{}, "untested": []any{},
		"documentation": []any{}, "commits": []any{}, "limitations": []any{},
		"findings": []any{map[string]any{
			"title": "Save drops every error", "severity": "important", "category": "gap", "topic": "correctness", "detail": "A full disk is not noticed.",
			"impact": "Data is lost.", "locations": []any{map[string]any{"path": "store.go", "start": 7, "end": 8}}, "quote": "\tf.Write(data)",
			"confidence": 0.9, "fix": "Return the errors.", "edits": []any{},
		}},
		"coverage": []any{map[string]any{"path": "store.go", "status": "findings", "reason": ""}},
	}
	text, err := json.Marshal(answer)
	require.NoError(t, err)
	fixtures, err := json.Marshal(map[string]any{"fixtures": []any{
		map[string]any{"match": map[string]any{"userMessage": "Review these files", "hasToolResult": true}, "response": map[string]any{"content": string(text)}},
		map[string]any{"match": map[string]any{"userMessage": "Review these files"}, "response": map[string]any{"toolCalls": []any{
			map[string]any{"name": "read_file", "arguments": `{"path":"store.go","start":0,"end":0}`},
			map[string]any{"name": "find_symbol", "arguments": `{"name":"Save"}`},
		}}},
	}})
	require.NoError(t, err)
	s.write("fixtures.json", string(fixtures))

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	listener.Close()
	server := exec.Command("node", cli, "-h", "127.0.0.1", "-p", port, "-f", "fixtures.json", "--validate-on-load", "--strict")
	require.NoError(t, server.Start())
	t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	require.Eventually(t, func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return err == nil
	}, 20*time.Second, 50*time.Millisecond, "the server listens")

	for _, name := range []string{"ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY"} {
		s.vars[name] = "of-a-test"
	}
	base := "http://" + address
	code := s.run("--base-url", "claude="+base, "--base-url", "gpt="+base+"/v1", "--base-url", "gemini="+base,
		"--reviewer", "claude", "--reviewer", "gpt", "--reviewer", "gemini", "--out", "json=r.json", "HEAD")
	require.Equal(t, exitFindings, code, s.err.String())
	r := s.report("r.json")
	require.Len(t, r.Issues, 1, "three vendors say the same")
	assert.ElementsMatch(t, []string{"claude", "gemini", "gpt"}, r.Issues[0].Names())
	assert.Equal(t, 3, r.Issues[0].Reported)
	assert.Equal(t, deepreview.VerdictMergeWithFixes, r.Verdict.Kind)
	for _, rev := range r.Reviews {
		assert.Nil(t, rev.Failure, rev.Reviewer)
		assert.Equal(t, 2, rev.Usage.Requests, rev.Reviewer)
		assert.Equal(t, 2, rev.Usage.ToolCalls, rev.Reviewer)
		assert.Empty(t, rev.Repairs, rev.Reviewer)
	}
	t.Log(s.err.String())
}
