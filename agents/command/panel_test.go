//go:build unix

package command_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents/command"
	"github.com/deepreview-go/deepreview/agents/markdown"
	"github.com/deepreview-go/deepreview/internal/corpus"
)

// record is what an agent prints around its answer, as recorded of each.
var record = map[string]func(answer string) string{
	"claude": func(answer string) string {
		return `{"type":"result","subtype":"success","is_error":false,"num_turns":9,"result":` + quoted(answer) + "}\n"
	},
	"codex": func(answer string) string {
		return `{"type":"thread.started","thread_id":"1"}` + "\n" + `{"type":"turn.started"}` + "\n" +
			`{"type":"item.completed","item":{"id":"1","type":"agent_message","text":` + quoted(answer) + "}}\n" +
			`{"type":"turn.completed","usage":{"input_tokens":10,"output_tokens":5}}` + "\n"
	},
	"gemini": func(answer string) string { return `{"response":` + quoted(answer) + `,"stats":{}}` + "\n" },
}

func quoted(s string) string {
	text, _ := json.Marshal(s)
	return string(text)
}

// panel runs three stand-ins, each an agent's profile that answers with its Markdown.
func panel(t *testing.T, c *deepreview.Change, answers map[string]string) []*deepreview.Review {
	t.Helper()
	var reviewers []deepreview.Reviewer
	for _, p := range []command.Profile{command.Claude(), command.Codex(), command.Gemini()} {
		r := reviewer(t, p, "print="+file(t, record[p.Name](answers[p.Name])))
		r.Fallback = markdown.Parse
		reviewers = append(reviewers, r)
	}
	reviews, err := deepreview.Run(t.Context(), c, reviewers, nil)
	require.NoError(t, err)
	for i, rev := range reviews {
		assert.True(t, rev.Finished(), "%s: %+v", rev.Reviewer, rev.Failure)
		assert.Equal(t, answers[rev.Reviewer], rev.Transcript)
		nothingLeft(t, reviewers[i].(*command.Reviewer))
	}
	return reviews
}

func TestAPanelOfAgentsThatAnswerInMarkdownMakesOneReport(t *testing.T) {
	c := change(t)
	reviews := panel(t, c, map[string]string{
		"claude": "## Findings\n\n### Critical Issues\n\nC1. **`main` always panics** — `main.go:4` (critical, regression)\n\n```go\n\tpanic(\"no\")\n```\n\n" +
			"The program ends with a panic as soon as it is started.\n\nFix: remove the call.\n\n### Suggestions\n\nS1. **Say what the program is for** — `main.go:1`\n\n" +
			"There is no package comment.\n\n## Coverage Summary\n\n| File | Status |\n|---|---|\n| `main.go` | C1, S1 |\n",
		"codex": "**Critical Issues**\n\n1. **Starting the program panics: `main` calls `panic`** — [main.go:4](/tmp/run/code/main.go#L4) `(critical, regression)`\n\n" +
			"`panic(\"no\")` is the first thing that `main` does, so it always ends with a panic.\n\n**Coverage**\n\n- `main.go`: 1, see above\n",
		"gemini": "### Findings\n\n#### Important Issues\n\nNone.\n\n### Coverage Summary\n\n- `main.go`: Reviewed, no issues\n",
	})
	r, err := new(deepreview.Pipeline).Consolidate(t.Context(), c, reviews)
	require.NoError(t, err)
	require.Len(t, r.Issues, 2)
	assert.Equal(t, deepreview.SeverityCritical, r.Issues[0].Severity)
	assert.Equal(t, []string{"claude", "codex"}, r.Issues[0].Names())
	assert.Equal(t, "main.go:4", r.Issues[0].Locations[0].String())
	assert.Equal(t, 3, r.Issues[0].Read, "gemini read the file, and said nothing of it")
	assert.Equal(t, []string{"claude"}, r.Issues[1].Names())
}

// TestAPanelOfRecordedAgentsMakesTheLeadsReport has three stand-ins answer as three agents did on one pull request: the one where a lead
// found the most to merge, of those that these three reviewed, each once.
func TestAPanelOfRecordedAgentsMakesTheLeadsReport(t *testing.T) {
	dir := os.Getenv("DEEPREVIEW_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	if _, err := os.Stat(filepath.Join(dir, "deepreview", "raw_reviews.jsonl")); err != nil {
		t.Skipf("no recorded reviews: set DEEPREVIEW_DATA to the folder that holds deepreview/raw_reviews.jsonl: %v", err)
	}
	data, err := corpus.Load(filepath.Join(dir, "deepreview"))
	require.NoError(t, err)
	best, most := -1, 0
	for i := range data.Changes {
		if n := len(merged(data, &data.Changes[i])); n > most && threeOnce(&data.Changes[i]) {
			best, most = i, n
		}
	}
	require.GreaterOrEqual(t, best, 0)
	recorded := &data.Changes[best]

	answers := map[string]string{}
	for _, raw := range recorded.Reviews {
		answers[raw.Reviewer] = strings.TrimSpace(raw.Markdown)
	}
	c := &deepreview.Change{}
	for _, f := range recorded.Findings {
		for _, l := range f.Places() {
			if c.File(l.Path) == nil && l.Path != "" {
				c.Files = append(c.Files, &deepreview.File{Path: l.Path, Status: deepreview.FileModified})
			}
		}
	}
	reviews := panel(t, c, answers)
	r, err := new(deepreview.Pipeline).Consolidate(t.Context(), c, reviews)
	require.NoError(t, err)

	// Which claim is which of the recorded findings.
	issue := map[string]string{} // of the report, by the recorded finding's ID
	raised := 0
	for _, rev := range reviews {
		var truth []corpus.Finding
		for _, f := range recorded.Findings {
			if f.Reviewer == rev.Reviewer {
				truth = append(truth, f)
			}
		}
		var got []corpus.Recovered
		for _, f := range rev.Findings {
			line := corpus.Recovered{Change: recorded.ID, Reviewer: rev.Reviewer, Pass: 1, Title: f.Title}
			if len(f.Locations) > 0 {
				line.Path, line.Start, line.End = f.Locations[0].Path, f.Locations[0].Start, f.Locations[0].Last()
			}
			got = append(got, line)
		}
		raised += len(truth)
		_, pairings := corpus.Recover(truth, got)
		for _, p := range pairings {
			if p.True == nil || p.Got == nil {
				continue
			}
			at := slices.IndexFunc(rev.Findings, func(f *deepreview.Finding) bool { return f.Title == p.Got.Title })
			for _, d := range r.Ledger {
				if d.Claim == (deepreview.Ref{Reviewer: rev.Reviewer, ID: rev.Findings[at].ID}) && len(d.Issues) > 0 {
					issue[p.True.ID] = d.Issues[0]
				}
			}
		}
	}
	assert.Len(t, issue, raised, "every recorded finding is a claim of the report")

	together := 0
	for _, cluster := range merged(data, recorded) {
		if !slices.ContainsFunc(cluster, func(id string) bool { return issue[id] == "" || issue[id] != issue[cluster[0]] }) {
			together++
		}
	}
	shown, rated := 0, 0
	for _, lead := range data.Truth.Issues[recorded.ID] {
		severities := map[string]bool{}
		for _, f := range recorded.Findings {
			if slices.Contains(data.Truth.Findings[f.ID].Issues, lead.ID) && r.Issue(issue[f.ID]) != nil {
				severities[r.Issue(issue[f.ID]).Severity.String()] = true
			}
		}
		if len(severities) > 0 {
			shown++
		}
		if severities[lead.Severity] {
			rated++
		}
	}
	leads := len(data.Truth.Issues[recorded.ID])
	t.Logf("%s: %d findings, %d issues here and %d of the lead's; of those %d are shown, %d with the lead's severity; of %d that the lead merged, %d are one issue here",
		recorded.ID, raised, len(r.Issues), leads, shown, rated, most, together)
	assert.Equal(t, leads, shown, "each of the lead's issues is in the report")
	assert.GreaterOrEqual(t, 3*together, 2*most, "two thirds of what the lead merged at least are merged here")
}

// merged are the recorded findings that a lead took to be one, where more than one reviewer raised it: their IDs.
func merged(c *corpus.Corpus, change *corpus.Change) [][]string {
	members := map[string][]string{}
	by := map[string]map[string]bool{}
	for _, f := range change.Findings {
		k := c.Truth.Findings[f.ID].Cluster
		if by[k] == nil {
			by[k] = map[string]bool{}
		}
		members[k] = append(members[k], f.ID)
		by[k][f.Reviewer] = true
	}
	var out [][]string
	for k, ids := range members {
		if len(by[k]) > 1 {
			out = append(out, ids)
		}
	}
	slices.SortFunc(out, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	return out
}

// threeOnce reports whether the three agents reviewed change, nobody else did, and each once.
func threeOnce(change *corpus.Change) bool {
	var names []string
	for _, raw := range change.Reviews {
		names = append(names, raw.Reviewer)
	}
	slices.Sort(names)
	return slices.Equal(names, []string{"claude", "codex", "gemini"})
}
