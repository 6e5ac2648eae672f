package history_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/history"
)

var day = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// code is a change that adds lib.go with the given lines.
func code(t testing.TB, lines ...string) *deepreview.Change {
	t.Helper()
	c, err := deepreview.ParseDiff(strings.NewReader(fmt.Sprintf(
		"diff --git a/lib.go b/lib.go\nnew file mode 100644\nindex 0000000..1111111\n--- /dev/null\n+++ b/lib.go\n@@ -0,0 +1,%d @@\n+%s\n",
		len(lines), strings.Join(lines, "\n+"))))
	require.NoError(t, err)
	return c
}

// claims is a reviewer that raises a title at each line given, and reads lib.go.
type claims struct {
	name string
	at   map[int]string
	ran  *int
}

func (r claims) Name() string { return r.name }

func (r claims) Review(_ context.Context, c *deepreview.Change) (*deepreview.Review, error) {
	if r.ran != nil {
		*r.ran++
	}
	rev := &deepreview.Review{Coverage: []deepreview.Coverage{{Path: "lib.go", Status: deepreview.CoverageClean, Depth: deepreview.DepthRead}}}
	for line := 1; line < 100; line++ {
		if title := r.at[line]; title != "" {
			rev.Findings = append(rev.Findings, &deepreview.Finding{ID: fmt.Sprint("F", line), Title: title,
				Severity: deepreview.SeverityImportant, Locations: []deepreview.Location{{Path: "lib.go", Start: line}}})
			rev.Coverage[0].Status = deepreview.CoverageFindings
		}
	}
	return rev, nil
}

// round reviews c as the next round of the series.
func round(t testing.TB, se *history.Series, c *deepreview.Change, who ...deepreview.Reviewer) *deepreview.Report {
	t.Helper()
	require.NoError(t, se.Begin(c))
	reviews, err := deepreview.Run(t.Context(), c, who, nil)
	require.NoError(t, err)
	r, err := (&deepreview.Pipeline{Date: day}).Consolidate(t.Context(), c, reviews)
	require.NoError(t, err)
	_, err = se.Add(t.Context(), r)
	require.NoError(t, err)
	return r
}

func open(t testing.TB) *history.Store {
	t.Helper()
	s, err := history.Open(filepath.Join(t.TempDir(), "history"))
	require.NoError(t, err)
	return s
}

func TestRoundsFollowEachOther(t *testing.T) {
	s := open(t)
	se := s.Series("branch/fix the thing")
	ann := claims{name: "ann", at: map[int]string{2: "the error of Open is dropped"}}

	first := round(t, se, code(t, "func a() {", "	f, _ := os.Open(name)", "	defer f.Close()", "}"), ann)
	assert.Equal(t, 1, first.Change.Round)
	assert.Empty(t, first.Issues[0].Status)

	second := round(t, se, code(t, "// a opens.", "func a() {", "	f, _ := os.Open(name)", "	defer f.Close()", "}"),
		claims{name: "bob", at: map[int]string{3: "the error that os.Open returns is ignored"}})
	assert.Equal(t, 2, second.Change.Round)
	require.Len(t, second.Issues, 1)
	assert.Equal(t, deepreview.StatusPersisting, second.Issues[0].Status)
	assert.Equal(t, first.Issues[0].ID, second.Issues[0].ID)
	assert.Equal(t, 1, second.Issues[0].Since)

	fixed := code(t, "func a() error {", "	f, err := os.Open(name)", "	if err != nil {", "		return err", "	}", "	defer f.Close()", "}")
	third := round(t, se, fixed, claims{name: "ann"})
	require.Len(t, third.Prior, 1)
	assert.Equal(t, deepreview.StatusFixed, third.Prior[0].Status)

	fourth := round(t, se, code(t, "func a() {", "	f, _ := os.Open(name)", "	defer f.Close()", "}"), ann)
	require.Len(t, fourth.Issues, 1)
	assert.Equal(t, deepreview.StatusReopened, fourth.Issues[0].Status)
	assert.Equal(t, first.Issues[0].ID, fourth.Issues[0].ID)

	numbers, err := se.Numbers()
	require.NoError(t, err)
	assert.Equal(t, []int{1, 2, 3, 4}, numbers)
	all, err := s.All()
	require.NoError(t, err)
	require.Len(t, all, 1)
	assert.Equal(t, "branch/fix the thing", all[0].Name())
	back, err := se.Report(3)
	require.NoError(t, err)
	assert.Equal(t, third.Prior[0].Status, back.Prior[0].Status)

	removed, err := se.Prune(t.Context(), 1)
	require.NoError(t, err)
	assert.Equal(t, 3, removed)
	last, err := se.Last()
	require.NoError(t, err)
	assert.Equal(t, 4, last.Number)
	_, err = se.Report(3)
	assert.ErrorIs(t, err, history.ErrUnknown)
	assert.Empty(t, leftovers(t, s.Dir()))
}

func TestTheSameChangeAgainIsTheSameRound(t *testing.T) {
	s := open(t)
	se := s.Series("b")
	lines := []string{"func a() {", "	f, _ := os.Open(name)", "	x := 1 / zero", "}"}
	first := round(t, se, code(t, lines...), claims{name: "ann", at: map[int]string{2: "the error of Open is dropped"}})
	again := round(t, se, code(t, lines...), claims{name: "bob", at: map[int]string{3: "division by zero"}})
	assert.Equal(t, 1, again.Change.Round)
	last, err := se.Last()
	require.NoError(t, err)
	assert.Equal(t, 1, last.Number)
	assert.Len(t, last.Issues, 2, "what the first run found is not forgotten")
	next := round(t, se, code(t, append(lines, "// end")...), claims{name: "carl"})
	assert.Equal(t, 2, next.Change.Round)
	require.Len(t, next.Prior, 2)
	for _, p := range next.Prior {
		assert.Equal(t, deepreview.StatusPersisting, p.Status)
	}
	_ = first
}

func TestADecisionHoldsUntilTheCodeChanges(t *testing.T) {
	s := open(t)
	ann := claims{name: "ann", at: map[int]string{2: "the error of Open is dropped"}}
	lines := []string{"func a() {", "	f, _ := os.Open(name)", "}"}
	first := round(t, s.Series("b"), code(t, lines...), ann)

	found, err := s.Find("i1")
	require.NoError(t, err)
	assert.Equal(t, first.Issues[0].ID, found.Issue.ID)
	found, err = s.Find(first.Issues[0].ID[:6])
	require.NoError(t, err)
	assert.Equal(t, "b", found.Series.Name())
	_, err = s.Find("I9")
	assert.ErrorIs(t, err, history.ErrUnknown)

	require.NoError(t, s.Resolve(t.Context(), deepreview.Resolution{Issue: found.Issue.ID, As: deepreview.ResolvedDeclined, Why: "checked by the caller",
		By: "ann", Date: day, Severity: deepreview.SeverityImportant}))
	lines = append(lines, "// more")
	r := round(t, s.Series("b"), code(t, lines...), ann)
	assert.Empty(t, r.Issues)
	require.Len(t, r.Prior, 1)
	assert.Equal(t, deepreview.StatusDeclined, r.Prior[0].Status)
	assert.Equal(t, "declined by ann on 2026-03-01: checked by the caller", r.Prior[0].Reason)

	elsewhere := round(t, s.Series("another branch"), code(t, append(lines, "// even more")...), ann)
	assert.Empty(t, elsewhere.Issues, "the same code is declined on every branch")
	assert.Equal(t, deepreview.OutcomeDeclined, elsewhere.Ledger[0].Outcome)

	require.NoError(t, s.Reopen(t.Context(), found.Issue.ID))
	r = round(t, s.Series("b"), code(t, append(lines, "// again")...), ann)
	assert.Len(t, r.Issues, 1)
}

func TestWhatNobodyCameBackToIsForgotten(t *testing.T) {
	s := open(t)
	ann := claims{name: "ann", at: map[int]string{1: "x"}}
	for _, name := range []string{"staged/1", "staged/2", "branch/b"} {
		round(t, s.Series(name), code(t, "a", name), ann)
	}
	require.NoError(t, os.Chtimes(filepath.Join(s.Dir(), "rounds", "staged%2f1", "0001.round.json"), day, day))
	require.NoError(t, os.Chtimes(filepath.Join(s.Dir(), "rounds", "branch%2fb", "0001.round.json"), day, day))
	removed, err := s.Forget(t.Context(), day.Add(time.Hour), func(name string) bool { return strings.HasPrefix(name, "staged/") })
	require.NoError(t, err)
	assert.Equal(t, 1, removed)
	all, err := s.All()
	require.NoError(t, err)
	var names []string
	for _, se := range all {
		names = append(names, se.Name())
	}
	assert.Equal(t, []string{"branch/b", "staged/2"}, names)
}

func TestAnEmptyOrReadOnlyOrNewerStoreSaysSo(t *testing.T) {
	s := open(t)
	last, err := s.Series("b").Last()
	require.NoError(t, err)
	assert.Nil(t, last)
	_, err = os.Stat(s.Dir())
	assert.ErrorIs(t, err, os.ErrNotExist, "reading makes nothing")
	_, err = s.Find("I1")
	assert.ErrorContains(t, err, "there is no round yet")

	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "history.json"), []byte(`{"schema":"deepreview.history/9"}`), 0o600))
	_, err = history.Open(dir)
	require.ErrorIs(t, err, history.ErrNewer)
	assert.ErrorContains(t, err, "update it, or name another folder")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "history.json"), []byte(`{"sche`), 0o600))
	_, err = history.Open(dir)
	require.ErrorIs(t, err, history.ErrDamaged)
	_, err = history.Open(filepath.Join(dir, "history.json"))
	require.ErrorContains(t, err, "is a file")
}

func TestADamagedRoundIsNamedAndNothingIsOverwritten(t *testing.T) {
	s := open(t)
	se := s.Series("b")
	r := round(t, se, code(t, "a", "b"), claims{name: "ann", at: map[int]string{1: "x"}})
	file := filepath.Join(s.Dir(), "rounds", "b", "0001.round.json")
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	for _, broken := range []string{string(data[:len(data)/2]), "null", `{"schema":"deepreview.history/1","round":{"number":1,"issues":[null]}}`} {
		require.NoError(t, os.WriteFile(file, []byte(broken), 0o600))
		_, err = se.Last()
		require.Error(t, err, broken)
		assert.Contains(t, err.Error(), "0001.round.json")
		_, err = se.Add(t.Context(), r)
		require.Error(t, err, "nothing is built on what cannot be read")
		left, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Equal(t, broken, string(left))
	}
}

func TestAnAnswerIsReusedOnlyWhereEverythingIsEqual(t *testing.T) {
	s := open(t)
	ran := 0
	ask := func(lines string, settings string, change func(*deepreview.Change)) *deepreview.Review {
		c := code(t, lines)
		if change != nil {
			change(c)
		}
		j := s.Journal(false)
		rev, err := j.Reviewer(claims{name: "ann", at: map[int]string{1: "x"}, ran: &ran}, settings).Review(t.Context(), c)
		require.NoError(t, err)
		require.NoError(t, j.Err())
		return rev
	}
	first := ask("a", "v1", nil)
	again := ask("a", "v1", nil)
	assert.Equal(t, 1, ran)
	assert.Equal(t, jsonOf(t, first), jsonOf(t, again))
	ask("b", "v1", nil)
	ask("a", "v2", nil)
	ask("a", "v1", func(c *deepreview.Change) {
		c.Guidance = []deepreview.Guidance{{Path: "AGENTS.md", Dir: ".", Text: "x"}}
	})
	ask("a", "v1", func(c *deepreview.Change) { c.Head = "0123" })
	ask("a", "v1", func(c *deepreview.Change) { c.Files[0].NewID = "2222222" })
	assert.Equal(t, 6, ran)

	fresh := s.Journal(true)
	_, err := fresh.Reviewer(claims{name: "ann", at: map[int]string{1: "x"}, ran: &ran}, "v1").Review(t.Context(), code(t, "a"))
	require.NoError(t, err)
	assert.Equal(t, 7, ran)

	require.NoError(t, filepath.WalkDir(filepath.Join(s.Dir(), "journal"), func(name string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			data, err := os.ReadFile(name)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(name, []byte(strings.Replace(string(data), `"title":"x"`, `"title":"y"`, 1)), 0o600))
		}
		return err
	}))
	ask("a", "v1", nil)
	assert.Equal(t, 8, ran, "a damaged answer is none")
	removed, err := s.Journal(false).Prune(time.Now().Add(time.Hour))
	require.NoError(t, err)
	assert.Equal(t, 6, removed)
}

func TestASecondProcessIsToldWhoIsThere(t *testing.T) {
	s := open(t)
	se := s.Series("b")
	release, err := se.Lock()
	require.NoError(t, err)
	require.NoError(t, se.Started(history.Run{Args: []string{"main...HEAD"}, Began: day}))
	_, err = se.Lock()
	require.ErrorIs(t, err, history.ErrBusy)
	assert.ErrorContains(t, err, fmt.Sprintf("process %d", os.Getpid()))
	run, err := s.BrokenOff()
	require.NoError(t, err)
	assert.Nil(t, run, "it goes on")
	release()
	run, err = s.BrokenOff()
	require.NoError(t, err)
	require.NotNil(t, run)
	assert.Equal(t, []string{"main...HEAD"}, run.Args)
	require.NoError(t, se.Ended())
	run, err = s.BrokenOff()
	require.NoError(t, err)
	assert.Nil(t, run)
	other, err := s.Series("c").Lock()
	require.NoError(t, err, "another series is another lock")
	other()
}

func TestTheRecordCountsEachClaimOnceAndWhatPeopleDecided(t *testing.T) {
	s := open(t)
	ann := claims{name: "ann", at: map[int]string{1: "alpha is wrong", 2: "beta overflows", 3: "gamma leaks"}}
	lines := []string{"alpha()", "beta()", "gamma()"}
	first := round(t, s.Series("b"), code(t, lines...), ann)
	id := map[string]string{}
	for _, is := range first.Issues {
		id[is.Title] = is.ID
	}
	require.NoError(t, s.Resolve(t.Context(), deepreview.Resolution{Issue: id["alpha is wrong"], As: deepreview.ResolvedFalsePositive, Why: "no"}))
	round(t, s.Series("b"), code(t, "alpha()", "beta(checked)", "gamma()"),
		claims{name: "ann", at: map[int]string{1: "alpha is wrong", 3: "gamma leaks"}})
	record, err := s.Record()
	require.NoError(t, err)
	require.Len(t, record.Scores, 1)
	sc := record.Scores[0]
	assert.Equal(t, history.Score{Reviewer: "ann", Raised: deepreview.SeverityImportant, Claims: 3, Kept: 3, Unique: 3, False: 1, Confirmed: 1,
		Downgraded: sc.Downgraded}, sc)
	assert.Equal(t, 2, record.Spending[0].Rounds)
	total := 0
	for _, c := range record.Decided {
		total += c.Claims
	}
	assert.Equal(t, 2, total, "the third is undecided")
}

func jsonOf(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return string(b)
}

// leftovers returns temporary files that were not removed.
func leftovers(t testing.TB, dir string) (out []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if strings.Contains(d.Name(), "tmp") {
			out = append(out, name)
		}
		return err
	}))
	return out
}
