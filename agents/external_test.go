package agents_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents"
)

// patchOf adds files of so many lines.
func patchOf(t testing.TB, lines map[string]int, names ...string) *deepreview.Change {
	t.Helper()
	var b strings.Builder
	for _, name := range names {
		fmt.Fprintf(&b, "diff --git a/%[1]s b/%[1]s\nnew file mode 100644\n--- /dev/null\n+++ b/%[1]s\n@@ -0,0 +1,%[2]d @@\n", name, lines[name])
		for i := range lines[name] {
			fmt.Fprintf(&b, "+%s line %d of a file that is long enough\n", name, i+1)
		}
	}
	c, err := deepreview.ParseDiff(strings.NewReader(b.String()))
	require.NoError(t, err)
	return c
}

func TestAQuestionShowsSmallFilesAndNamesTheOthers(t *testing.T) {
	c := patchOf(t, map[string]int{"big.txt": 20_000, "small.txt": 3, "go.sum": 2}, "big.txt", "small.txt", "go.sum")
	read := `{"coverage":[{"path":"big.txt","status":"clean"},{"path":"small.txt","status":"clean"},{"path":"go.sum","status":"clean"}]}`
	for _, test := range []struct {
		name     string
		opt      *agents.QuestionOptions
		readable []bool
	}{
		{"a diff alone", nil, []bool{false, true, false}},
		{"with a checkout", &agents.QuestionOptions{Checkout: "/code", Readable: func(string) bool { return true }}, []bool{true, true, true}},
		{"with a checkout that lacks one", &agents.QuestionOptions{Checkout: "/code", Readable: func(name string) bool { return name != "big.txt" }}, []bool{false, true, true}},
	} {
		t.Run(test.name, func(t *testing.T) {
			q, err := agents.NewQuestion(c, test.opt)
			require.NoError(t, err)
			q.Sparse = true
			assert.Less(t, len(q.Prompt), 100<<10)
			assert.Contains(t, q.Prompt, "small.txt line 3")
			assert.NotContains(t, q.Prompt, "big.txt line 1 ")
			assert.Contains(t, q.Prompt, "Not shown whole")
			assert.Contains(t, q.Prompt, "nobody writes them by hand")
			rev, err := q.Read([]byte(read))
			require.NoError(t, err)
			for i, name := range []string{"big.txt", "small.txt", "go.sum"} {
				cov, ok := rev.CoverageOf(name)
				require.True(t, ok, name)
				assert.Equal(t, test.readable[i], cov.Read(), name)
			}
		})
	}
}

func TestAnAnswerMayLeaveOutWhatIsEmptyOnlyWhereThatIsSaid(t *testing.T) {
	c := patchOf(t, map[string]int{"a.txt": 3}, "a.txt")
	c.Tree = fstest.MapFS{"a.txt": {Data: []byte("a.txt line 1 of a file that is long enough\n")}}
	text := `{"findings":[{"title":"t","severity":"important","category":"gap","locations":[{"path":"a.txt","start":1}]}]}`
	q, err := agents.NewQuestion(c, nil)
	require.NoError(t, err)
	rev, err := q.Read([]byte(text))
	require.ErrorIs(t, err, deepreview.ErrBadAnswer)
	assert.Len(t, rev.Findings, 1, "what could be read counts")
	q.Sparse = true
	rev, err = q.Read([]byte(text))
	require.NoError(t, err)
	assert.Len(t, rev.Findings, 1)
	_, err = q.Read([]byte(strings.Replace(text, `"severity":"important",`, "", 1)))
	require.ErrorIs(t, err, deepreview.ErrBadAnswer, "a severity cannot be left out")
}

func TestAnAnswerThatBreaksOffSaysSo(t *testing.T) {
	q, err := agents.NewQuestion(patchOf(t, map[string]int{"a.txt": 3}, "a.txt"), nil)
	require.NoError(t, err)
	for text, kept := range map[string]bool{
		`{"findings":[{"title":"t","severity":"important"},{"tit`: true,
		"```json\n{\"findings\":[{\"fi":                           false,
	} {
		rev, err := q.Read([]byte(text))
		var e *agents.Error
		require.ErrorAs(t, err, &e, text)
		assert.Equal(t, agents.KindTruncated, e.Kind)
		assert.Equal(t, kept, rev != nil, text)
	}
	rev, err := q.Read([]byte("# Review\n\nAll is well: `{\"a\": {\"b\": 1}}`"))
	require.ErrorIs(t, err, deepreview.ErrBadAnswer)
	assert.Nil(t, rev)
	_, err = q.Read([]byte(strings.Repeat(" ", 5<<20)))
	require.ErrorIs(t, err, deepreview.ErrBadAnswer)
}

func FuzzQuestionRead(f *testing.F) {
	answer, err := json.Marshal(review(nil))
	require.NoError(f, err)
	f.Add(string(answer), true)
	f.Add("```json\n"+string(answer)+"\n```", false)
	f.Add(string(answer[:len(answer)/2]), true)
	f.Add(`{"findings":[{"locations":[{"path":"../x","start":-1}],"edits":[{"path":"a.txt","old":"x"}]}],"coverage":null}`, true)
	f.Add(`{"findings":{},"coverage":[[]]}`, true)
	c := patchOf(f, map[string]int{"a.txt": 3}, "a.txt")
	f.Fuzz(func(t *testing.T, text string, sparse bool) {
		q, err := agents.NewQuestion(c, nil)
		require.NoError(t, err)
		q.Sparse = sparse
		rev, err := q.Read([]byte(text))
		if rev == nil {
			require.Error(t, err)
			require.True(t, errors.Is(err, deepreview.ErrBadAnswer) || errors.As(err, new(*agents.Error)))
			return
		}
		require.Len(t, rev.Coverage, 1, "each changed file is accounted for once")
	})
}
