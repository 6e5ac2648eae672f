package agents_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents"
	"github.com/deepreview-go/deepreview/agents/internal/wiretest"
	"github.com/deepreview-go/deepreview/internal/golden"
)

// fullChange is a change with everything that a prompt can show.
func fullChange(t *testing.T) *deepreview.Change {
	c := storeChange(t)
	c.Header = deepreview.Header{
		Repository: "example.com/store", Title: "Add a store", Description: "It keeps data.\n\nSee the tests.",
		PullRequest: &deepreview.PullRequest{Number: 7, Title: "Add a store"},
		Commits: []deepreview.Commit{
			{ID: strings.Repeat("a", 40), Subject: "Add a store", Body: "With Save."}, {ID: strings.Repeat("b", 40), Subject: "fixup! Add a store"},
		},
	}
	c.Guidance = []deepreview.Guidance{{Path: "AGENTS.md", Dir: ".", Text: "Errors are wrapped."}}
	c.Threads = []deepreview.Thread{{Location: deepreview.Location{Path: "store.go", Start: 6}, Comments: []string{"Bob: why not os.WriteFile?"}}}
	c.Previous = &deepreview.Round{
		Number:      1,
		Issues:      []*deepreview.Issue{{ID: "x", Title: "Save leaves half a file", Severity: deepreview.SeverityImportant, Locations: []deepreview.Location{{Path: "store.go", Start: 7}}}},
		Resolutions: []deepreview.Resolution{{Issue: "x", As: deepreview.ResolvedDeclined, Why: "callers write to a temporary name", Date: time.Unix(0, 0)}},
	}
	return c
}

func TestThePromptsAreWhatTheyWere(t *testing.T) {
	m := &scripted{reply: func(n int, _ *agents.Request) (*agents.Reply, error) {
		if n == 1 {
			return answers(review(func(a map[string]any) { a["coverage"] = []any{} })), nil
		}
		return answers(review(nil)), nil
	}}
	run(t, fullChange(t), &agents.LLM{Model: m, Instructions: "Look at locks first."})
	require.Len(t, m.requests, 2)
	req := m.requests[1]
	var b bytes.Buffer
	b.WriteString("=== system\n" + req.System + "\n=== preamble\n" + req.Preamble)
	for _, turn := range req.Turns {
		if turn.Role == agents.RoleUser {
			b.WriteString("\n=== user\n" + turn.Text)
		}
	}
	golden.Check(t, filepath.Join("testdata", "prompt.txt"), b.Bytes())
}

func TestTheRequestsAreWhatTheyWere(t *testing.T) {
	answer, err := json.Marshal(review(nil))
	require.NoError(t, err)
	for name, w := range wires {
		t.Run(name, func(t *testing.T) {
			s := wiretest.New(t, wiretest.Response{Events: w.call("call_1", `{"path":"store.go","start":12,"end":0}`)}, wiretest.Response{Events: w.answer(string(answer))})
			require.Nil(t, run(t, storeChange(t), &agents.LLM{Model: w.model(s.URL), Effort: agents.EffortLow}).Failure)
			var b bytes.Buffer
			for _, req := range s.Requests() {
				require.NoError(t, json.Indent(&b, req.Body, "", "  "))
				b.WriteByte('\n')
			}
			golden.Check(t, filepath.Join("testdata", "requests", strings.ReplaceAll(name, " ", "-")+".json"), b.Bytes())
		})
	}
}
