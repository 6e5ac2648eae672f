package corpus_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview/internal/corpus"
)

// write makes a corpus folder of the given files.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "toy")
	for name, text := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
	}
	return dir
}

func load(t *testing.T, files map[string]string) *corpus.Corpus {
	t.Helper()
	c, err := corpus.Load(write(t, files))
	require.NoError(t, err)
	return c
}

func TestLoadKeepsInputAndTruthApart(t *testing.T) {
	c := load(t, map[string]string{
		"changes.jsonl": `{"id":"a","repo":"o/r","pull_request":"r#1","round":"2","diff":"diffs/a.diff","issues":[{"id":"a#g1","text":"broken","line":3}]}
{"id":"b","round":null}
`,
		"findings.jsonl": `{"change":"a","reviewer":"one","id":"a/1","path":"x.go","start":3,"end":4,"title":"t","issues":["a#g1"],"status":"valid"}

{"change":"b","reviewer":"two","pass":2,"id":"b/1","locations":[{"path":"y.go","start":1,"end":1},{"path":"z.go"}],"cluster":"K1","status":"dropped","drop_reason":"moved"}`,
		"issues.jsonl":      `{"change":"a","id":"a/I1","severity":"important"}`,
		"raw_reviews.jsonl": `{"change":"b","reviewer":"two","pass":2,"markdown":"# Review"}`,
		"diffs/a.diff":      "--- a\n",
	})
	assert.Equal(t, "toy", c.Name)
	require.Len(t, c.Changes, 2)
	a, b := c.Changes[0], c.Changes[1]
	assert.Equal(t, "r#1", a.Fold())
	assert.Equal(t, "2", a.Round)
	assert.Equal(t, "b", b.Fold(), "a change without pull request stands alone")
	assert.Equal(t, []corpus.Location{{Path: "x.go", Start: 3, End: 4}}, a.Findings[0].Places())
	assert.Equal(t, []corpus.Location{{Path: "y.go", Start: 1, End: 1}, {Path: "z.go"}}, b.Findings[0].Places())
	assert.Equal(t, "# Review", b.Reviews[0].Markdown)
	assert.Equal(t, []string{"a#g1"}, c.Truth.Findings["a/1"].Issues)
	assert.Equal(t, corpus.Verdict{ID: "b/1", Cluster: "K1", Status: corpus.Dropped, DropReason: "moved"}, c.Truth.Findings["b/1"])
	assert.Equal(t, "broken", c.Truth.Golden["a"][0].Text)
	assert.Equal(t, "a/I1", c.Truth.Issues["a"][0].ID)

	diff, err := c.Diff(&a)
	require.NoError(t, err)
	assert.Equal(t, "--- a\n", string(diff))
	_, err = c.Diff(&b)
	assert.ErrorIs(t, err, fs.ErrNotExist)
	_, err = c.Diff(&corpus.Change{ID: "evil", DiffFile: "../secret"})
	assert.ErrorContains(t, err, "no path inside")
}

func TestPanelLeavesTheCorpusWhole(t *testing.T) {
	c := golden(t)
	panel := c.Panel([]string{"s", "nobody"})
	require.Len(t, panel, 1)
	require.Len(t, panel[0].Findings, 2)
	assert.Equal(t, "s1", panel[0].Findings[0].ID)
	assert.Len(t, c.Changes[0].Findings, 7)
	assert.Equal(t, "r1", c.Changes[0].Findings[0].ID)
}

func TestLoadNamesWhatIsWrong(t *testing.T) {
	for name, test := range map[string]struct {
		files map[string]string
		want  string
	}{
		"no findings file":            {map[string]string{"changes.jsonl": ""}, "findings.jsonl"},
		"a line that is not JSON":     {map[string]string{"changes.jsonl": "\n{", "findings.jsonl": ""}, "changes.jsonl:2"},
		"a change listed twice":       {map[string]string{"changes.jsonl": `{"id":"a"}` + "\n" + `{"id":"a"}`}, `change "a" is listed twice`},
		"a finding of no change":      {map[string]string{"changes.jsonl": `{"id":"a"}`, "findings.jsonl": `{"id":"f","change":"b"}`}, `finding "f" is of change "b"`},
		"a finding listed twice":      {map[string]string{"changes.jsonl": `{"id":"a"}`, "findings.jsonl": `{"id":"f","change":"a"}` + "\n" + `{"id":"f","change":"a"}`}, `finding "f" is listed twice`},
		"an issue of no change":       {map[string]string{"changes.jsonl": `{"id":"a"}`, "findings.jsonl": "", "issues.jsonl": `{"id":"i","change":"b"}`}, `issue "i" is of change "b"`},
		"a raw review of no change":   {map[string]string{"changes.jsonl": `{"id":"a"}`, "findings.jsonl": "", "raw_reviews.jsonl": `{"change":"b"}`}, `of change "b"`},
		"lines given as words":        {map[string]string{"changes.jsonl": `{"id":"a"}`, "findings.jsonl": `{"id":"f","change":"a","start":"one"}`}, "findings.jsonl:1"},
		"truth of an impossible kind": {map[string]string{"changes.jsonl": `{"id":"a","issues":"none"}`}, "changes.jsonl:1"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := corpus.Load(write(t, test.files))
			assert.ErrorContains(t, err, test.want)
		})
	}
}
