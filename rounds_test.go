package deepreview_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
)

// edited is a change of one file from before to after, with both trees; the diff replaces everything but equal lines at both ends.
func edited(t *testing.T, files map[string][2]string) *deepreview.Change {
	t.Helper()
	var b strings.Builder
	head, base := fstest.MapFS{}, fstest.MapFS{}
	for name, f := range files {
		if f[0] != "" {
			base[name] = &fstest.MapFile{Data: []byte(f[0])}
		}
		if f[1] != "" {
			head[name] = &fstest.MapFile{Data: []byte(f[1])}
		}
		if f[0] == f[1] {
			continue
		}
		old, now := strings.Split(strings.TrimSuffix(f[0], "\n"), "\n"), strings.Split(strings.TrimSuffix(f[1], "\n"), "\n")
		var same int
		for same < len(old) && same < len(now) && old[same] == now[same] {
			same++
		}
		if f[0] == "" {
			fmt.Fprintf(&b, "diff --git a/%[1]s b/%[1]s\nnew file mode 100644\n--- /dev/null\n+++ b/%[1]s\n@@ -0,0 +1,%[2]d @@\n", name, len(now))
			old = nil
		} else {
			fmt.Fprintf(&b, "diff --git a/%[1]s b/%[1]s\n--- a/%[1]s\n+++ b/%[1]s\n@@ -1,%[2]d +1,%[3]d @@\n", name, len(old), len(now))
		}
		for i, line := range old {
			op := "-"
			if i < same {
				op = " "
			}
			b.WriteString(op + line + "\n")
		}
		for i, line := range now {
			if old == nil || i >= same {
				b.WriteString("+" + line + "\n")
			}
		}
	}
	c, err := deepreview.ParseDiff(strings.NewReader(b.String()))
	require.NoError(t, err)
	c.Tree, c.BaseTree = head, base
	return c
}

const (
	loadGo = "package load\n\nfunc Load(name string) *File {\n\tf, _ := os.Open(name)\n\treturn wrap(f)\n}\n"
	saveGo = "package load\n\nfunc Save(f *File) {\n\tf.Write(header)\n\tf.Write(body)\n}\n"
)

// after reviews c as the round behind r.
func after(t *testing.T, prev *deepreview.Round, c *deepreview.Change, reviews ...*deepreview.Review) (*deepreview.Report, *deepreview.Round) {
	t.Helper()
	c.Previous = prev
	r := consolidate(t, &deepreview.Pipeline{Date: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}, c, reviews...)
	return r, prev.Next(r)
}

func TestAnIssueIsFollowedWhereItsCodeGoes(t *testing.T) {
	dropped := func(place string) *deepreview.Finding {
		return finding("1", deepreview.SeverityImportant, "`Load` drops the error of `os.Open`", place)
	}
	c := edited(t, map[string][2]string{"load.go": {"", loadGo}, "save.go": {"", saveGo}})
	first, round := after(t, nil, c, review("ann", c, dropped("load.go:4")))
	id := first.Issues[0].ID

	for name, test := range map[string]struct {
		files map[string][2]string
		place string
	}{
		"to another line":                  {map[string][2]string{"load.go": {"", "// Copyright\n\n" + loadGo}, "save.go": {"", saveGo}}, "load.go:6"},
		"to other indentation":             {map[string][2]string{"load.go": {"", strings.ReplaceAll(loadGo, "\t", "    ")}}, "load.go:4"},
		"to another file":                  {map[string][2]string{"open.go": {"", loadGo}, "save.go": {"", saveGo}}, "open.go:4"},
		"from a file that stays":           {map[string][2]string{"load.go": {"", "package load\n"}, "save.go": {"", saveGo + strings.TrimPrefix(loadGo, "package load\n")}}, "save.go:8"},
		"and a neighbouring line is cited": {map[string][2]string{"load.go": {"", loadGo}}, "load.go:3"},
	} {
		t.Run(name, func(t *testing.T) {
			c := edited(t, test.files)
			r, next := after(t, round, c, review("bob", c, dropped(test.place)))
			require.Len(t, r.Issues, 1)
			assert.Equal(t, id, r.Issues[0].ID)
			assert.Equal(t, deepreview.StatusPersisting, r.Issues[0].Status)
			assert.Equal(t, 1, r.Issues[0].Since)
			assert.Equal(t, 2, next.Number)
			assert.Empty(t, r.Prior)

			c = edited(t, test.files)
			r, _ = after(t, round, c, review("bob", c))
			if name != "and a neighbouring line is cited" {
				require.Len(t, r.Prior, 1)
				assert.Equal(t, deepreview.StatusPersisting, r.Prior[0].Status, "silence about code that stands elsewhere is no fix")
			}
		})
	}
}

func TestABraceThatStandsStillIsNotTheCodeThatWasCited(t *testing.T) {
	c := edited(t, map[string][2]string{"load.go": {"", loadGo}})
	_, round := after(t, nil, c, review("ann", c, finding("1", deepreview.SeverityImportant, "nothing is closed at the end", "load.go:6")))
	c = edited(t, map[string][2]string{"load.go": {"", "package load\n\nfunc Load(name string) *File {\n\tf, _ := os.Open(name)\n\tdefer f.Close()\n\treturn wrapCopy(f)\n}\n\nvar x = 1\n"}})
	r, _ := after(t, round, c, review("ann", c))
	require.Len(t, r.Prior, 1)
	assert.Equal(t, deepreview.StatusFixed, r.Prior[0].Status, "%s", r.Prior[0].Reason)
}

func TestTwoIssuesOnOneLineStayTwo(t *testing.T) {
	a := finding("1", deepreview.SeverityImportant, "`Load` drops the error of `os.Open`", "load.go:4")
	b := finding("2", deepreview.SeveritySuggestion, "the parameter `name` allows path traversal outside of the data folder", "load.go:4")
	c := edited(t, map[string][2]string{"load.go": {"", loadGo}})
	first, round := after(t, nil, c, review("ann", c, a, b))
	require.Len(t, first.Issues, 2)
	id := map[string]string{}
	for _, is := range first.Issues {
		id[is.Title] = is.ID
	}
	c = edited(t, map[string][2]string{"load.go": {"", "//\n" + loadGo}})
	a.Locations[0].Start, b.Locations[0].Start = 5, 5
	second, _ := after(t, round, c, review("bob", c, b, a))
	require.Len(t, second.Issues, 2)
	for _, is := range second.Issues {
		assert.Equal(t, id[is.Title], is.ID, is.Title)
	}

	round.Resolutions = []deepreview.Resolution{{Issue: id[b.Title], As: deepreview.ResolvedDeclined, Why: "trusted callers"}}
	c = edited(t, map[string][2]string{"load.go": {"", "//\n" + loadGo}})
	third, _ := after(t, round, c, review("bob", c, a))
	require.Len(t, third.Issues, 1, "one being declined says nothing of the other")
	assert.Equal(t, id[a.Title], third.Issues[0].ID)
}

func TestADecisionAboutOneLineDoesNotHideSomethingGraverThere(t *testing.T) {
	c := edited(t, map[string][2]string{"load.go": {"", loadGo}})
	nit := finding("1", deepreview.SeveritySuggestion, "call it `OpenFile`", "load.go:4")
	nit.Rule = "naming"
	first, round := after(t, nil, c, review("ann", c, nit))
	declined := deepreview.Resolution{Issue: first.Issues[0].ID, As: deepreview.ResolvedDeclined, Why: "taste", Severity: deepreview.SeveritySuggestion}
	round.Resolutions = []deepreview.Resolution{declined}
	grave := finding("1", deepreview.SeverityCritical, "secrets of every tenant leak here", "load.go:4")
	grave.Rule = "leak"

	r, _ := after(t, round, c, review("ann", c, grave))
	require.Len(t, r.Issues, 1)
	assert.Contains(t, r.Issues[0].StatusReason, "but that was rated suggestion, and this is rated critical")

	elsewhere := &deepreview.Round{Resolutions: []deepreview.Resolution{declined}}
	r, _ = after(t, elsewhere, c, review("ann", c, grave))
	require.Len(t, r.Issues, 1, "the same code on another branch")
	r, _ = after(t, elsewhere, c, review("ann", c, nit))
	assert.Empty(t, r.Issues)
	assert.Equal(t, deepreview.StatusDeclined, r.Prior[0].Status)
}

func TestWhatAPersonMarkedFixedIsFixedWhenSomebodyLookedAndSaidNothing(t *testing.T) {
	f := finding("1", deepreview.SeverityImportant, "`Load` drops the error of `os.Open`", "load.go:4")
	files := map[string][2]string{"load.go": {"", loadGo}}
	c := edited(t, files)
	first, round := after(t, nil, c, review("ann", c, f))
	round.Resolutions = []deepreview.Resolution{{Issue: first.Issues[0].ID, As: deepreview.ResolvedFixed, By: "ann", Why: "the caller checks"}}

	c = edited(t, files)
	r, _ := after(t, round, c, review("bob", c))
	assert.Equal(t, deepreview.StatusFixed, r.Prior[0].Status)
	assert.Equal(t, "marked fixed by ann: the caller checks; not raised again", r.Prior[0].Reason)
	r, _ = after(t, round, c, &deepreview.Review{Reviewer: "bob"})
	assert.Equal(t, deepreview.StatusNotExamined, r.Prior[0].Status)
	r, _ = after(t, round, c, review("bob", c, f))
	assert.Equal(t, deepreview.StatusReopened, r.Issues[0].Status)
}

func TestASecondLookSaysWhatSilenceDoesNot(t *testing.T) {
	f := finding("1", deepreview.SeverityImportant, "`Load` drops the error of `os.Open`", "load.go:4")
	files := map[string][2]string{"load.go": {"", loadGo}}
	c := edited(t, files)
	_, round := after(t, nil, c, review("ann", c, f))
	look := func(v deepreview.Verification) *deepreview.Report {
		c := edited(t, files)
		c.Previous = round
		return consolidate(t, &deepreview.Pipeline{Verifier: verdict{v}}, c, review("bob", c))
	}
	r := look(deepreview.Verification{Status: deepreview.VerificationRefuted, Reason: "wrap checks for nil", Evidence: []deepreview.Location{{Path: "load.go", Start: 5}}})
	assert.Equal(t, deepreview.StatusFixed, r.Prior[0].Status)
	assert.Equal(t, "not raised again; vera: wrap checks for nil", r.Prior[0].Reason)
	assert.Nil(t, round.Issues[0].Verification, "the round before is left as it was")
	r = look(deepreview.Verification{Status: deepreview.VerificationRefuted, Reason: "I think so"})
	assert.Equal(t, deepreview.StatusPersisting, r.Prior[0].Status, "a refutation without evidence")
	r = look(deepreview.Verification{Status: deepreview.VerificationConfirmed, Reason: "still there"})
	assert.Equal(t, deepreview.StatusPersisting, r.Prior[0].Status)
	assert.Contains(t, r.Prior[0].Reason, "still there")
}

// verdict is a verifier that has made up its mind.
type verdict struct{ deepreview.Verification }

func (verdict) Name() string { return "vera" }

func (v verdict) Verify(context.Context, *deepreview.Change, deepreview.Question) (*deepreview.Verification, error) {
	return &v.Verification, nil
}

func TestASuppressionCountsOnlyIfTheChangeDidNotWriteIt(t *testing.T) {
	const before = "package load\n\n// deepreview:ignore unchecked -- the caller checks\n"
	ruled := func(place string) *deepreview.Finding {
		f := finding("1", deepreview.SeverityImportant, "an error is dropped", place)
		f.Rule = "unchecked"
		return f
	}
	judged := finding("1", deepreview.SeverityImportant, "an error is dropped", "a.go:4")
	for name, test := range map[string]struct {
		before, after string
		f             *deepreview.Finding
		silenced      bool
		says          string
	}{
		"by the rule":              {before, before + "f, _ := os.Open(name)\n", ruled("a.go:4"), true, "suppressed at a.go:3: the caller checks"},
		"by judgement":             {before, before + "f, _ := os.Open(name)\n", judged, false, ""},
		"written by the change":    {"package load\n", before + "f, _ := os.Open(name)\n", ruled("a.go:4"), false, "does not count, since this change adds it"},
		"on a line below":          {before, before + "\nf, _ := os.Open(name)\n", ruled("a.go:5"), false, ""},
		"of another rule":          {strings.Replace(before, "unchecked", "other", 1), strings.Replace(before, "unchecked", "other", 1) + "f, _ := os.Open(name)\n", ruled("a.go:4"), false, ""},
		"without a reason":         {"package load\n\n// deepreview:ignore unchecked\n", "package load\n\n// deepreview:ignore unchecked\nf, _ := os.Open(name)\n", ruled("a.go:4"), false, "it gives no reason"},
		"until a day that is past": {strings.Replace(before, " --", " until 2026-02-01 --", 1), strings.Replace(before, " --", " until 2026-02-01 --", 1) + "f, _ := os.Open(name)\n", ruled("a.go:4"), false, "ended on 2026-02-01"},
		"until a day to come":      {strings.Replace(before, " --", " until 2026-12-01 --", 1), strings.Replace(before, " --", " until 2026-12-01 --", 1) + "f, _ := os.Open(name)\n", ruled("a.go:4"), true, "the caller checks"},
	} {
		t.Run(name, func(t *testing.T) {
			c := edited(t, map[string][2]string{"a.go": {test.before, test.after}})
			r := consolidate(t, &deepreview.Pipeline{Date: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}, c, review("ann", c, test.f))
			if test.silenced {
				assert.Empty(t, r.Issues)
				require.Len(t, r.Prior, 1)
				assert.Equal(t, deepreview.StatusSuppressed, r.Prior[0].Status)
				assert.Contains(t, r.Prior[0].Reason, test.says)
				assert.Equal(t, deepreview.OutcomeSuppressed, r.Ledger[0].Outcome)
				assert.Equal(t, deepreview.VerdictMerge, r.Verdict.Kind)
				return
			}
			require.Len(t, r.Issues, 1)
			assert.Contains(t, strings.Join(r.Warnings, "\n")+r.Issues[0].StatusReason, test.says)
		})
	}

	id := consolidate(t, new(deepreview.Pipeline), edited(t, map[string][2]string{"a.go": {"x\n", "x\nf, _ := os.Open(name)\n"}}),
		review("ann", edited(t, map[string][2]string{"a.go": {"x\n", "x\nf, _ := os.Open(name)\n"}}), finding("1", deepreview.SeverityImportant, "an error is dropped", "a.go:2"))).Issues[0].ID
	text := "# deepreview:ignore " + id[:8] + " -- known\n"
	c := edited(t, map[string][2]string{"a.go": {text, text + "f, _ := os.Open(name)\n"}})
	r := consolidate(t, new(deepreview.Pipeline), c, review("ann", c, finding("1", deepreview.SeverityImportant, "an error is dropped", "a.go:2")))
	assert.Empty(t, r.Issues, "by the issue's ID")
}

func TestParseResolutions(t *testing.T) {
	got, err := deepreview.ParseResolutions(strings.NewReader(`
# ours
0123456789ab declined by ann on 2026-03-01 until 2027-01-31 -- bounded -- by the caller
ffff00001111 accepted-risk -- x
a fixed
b maybe -- x
c declined by -- x
d declined until tomorrow -- x
e declined since 2026-01-01 -- x
f
`))
	require.Error(t, err)
	for _, want := range []string{"line 5: it gives no reason", `line 6: "maybe" is no decision; choose from fixed, declined`, `line 7: "by" has nothing behind it`,
		`line 8: "tomorrow" is no date`, `line 9: "since" is none of by, on, until`, "line 10: it gives no reason", "write it as: ISSUE declined"} {
		assert.ErrorContains(t, err, want)
	}
	require.Len(t, got, 2, "the others still count")
	assert.Equal(t, "declined by ann on 2026-03-01: bounded -- by the caller", got[0].String())
	assert.True(t, got[0].Expired(time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)))
	assert.False(t, got[0].Expired(time.Date(2027, 1, 30, 23, 0, 0, 0, time.UTC)))
	assert.False(t, got[1].Expired(time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)))
}

func FuzzParseResolutions(f *testing.F) {
	f.Add("0123456789ab declined by ann on 2026-03-01 until 2027-01-31 -- why\n")
	f.Add("a fixed --")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := deepreview.ParseResolutions(strings.NewReader(text))
		for _, r := range got {
			if r.Issue == "" || r.As == "" || r.Why == "" {
				t.Fatalf("%+v has a hole", r)
			}
		}
		if err != nil && !strings.Contains(err.Error(), "line ") {
			t.Fatalf("%v names no line", err)
		}
	})
}

func TestASumOfUsageIsPricedOnlyIfAllOfItIs(t *testing.T) {
	paid := deepreview.Usage{Requests: 2, TokensIn: 10, Cost: 1.5, Priced: true}
	unpriced := deepreview.Usage{Requests: 1, TokensIn: 5}
	assert.Equal(t, deepreview.Usage{Requests: 4, TokensIn: 20, Cost: 3, Priced: true}, paid.Add(paid))
	assert.False(t, paid.Add(unpriced).Priced)
	assert.False(t, unpriced.Add(paid).Priced)
	assert.True(t, deepreview.Usage{}.Add(paid).Priced, "nothing costs nothing")
	assert.False(t, deepreview.Usage{}.Add(deepreview.Usage{}).Priced)
}
