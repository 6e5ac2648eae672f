package deepreview_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
)

// scriptedVerifier answers with a func.
type scriptedVerifier struct {
	mu     sync.Mutex
	asked  []deepreview.Question
	answer func(c *deepreview.Change, q deepreview.Question) (*deepreview.Verification, error)
}

func (v *scriptedVerifier) Name() string { return "second" }

func (v *scriptedVerifier) Verify(_ context.Context, c *deepreview.Change, q deepreview.Question) (*deepreview.Verification, error) {
	v.mu.Lock()
	v.asked = append(v.asked, q)
	v.mu.Unlock()
	return v.answer(c, q)
}

// rates returns a Calibrate that gives every issue this severity and survival.
func rates(s deepreview.Severity, survival float64) func(deepreview.Case) deepreview.Calibration {
	return func(deepreview.Case) deepreview.Calibration {
		return deepreview.Calibration{Severity: s, Survival: survival, Reasons: []string{"said so"}}
	}
}

func TestARefutationCountsOnlyWithLinesThatWereRead(t *testing.T) {
	tree := fstest.MapFS{"a.go": {Data: []byte(strings.Repeat("line\n", 50))}, "beside.go": {Data: []byte("package beside\n")}}
	at := func(path string, line int) []deepreview.Location {
		return []deepreview.Location{{Path: path, Start: line}}
	}
	for name, tc := range map[string]struct {
		reads    string
		evidence []deepreview.Location
		status   deepreview.VerificationStatus
		warns    string
	}{
		"with lines of a file it opened":          {"beside.go", at("beside.go", 1), deepreview.VerificationRefuted, ""},
		"with lines that the diff shows":          {"", at("a.go", 4), deepreview.VerificationRefuted, ""},
		"without any line":                        {"", nil, deepreview.VerificationUnsure, "it cited no line"},
		"with a line that does not exist":         {"beside.go", at("beside.go", 7), deepreview.VerificationUnsure, "beside.go:7, which does not exist"},
		"with a file that does not exist":         {"", at("made/up.go", 1), deepreview.VerificationUnsure, "made/up.go:1, which does not exist"},
		"with a file that it did not open":        {"", at("beside.go", 1), deepreview.VerificationUnsure, "which it did not read"},
		"with a file but no line of it":           {"beside.go", at("beside.go", 0), deepreview.VerificationUnsure, "without a line"},
		"with one good place and one that is not": {"", append(at("a.go", 4), at("beside.go", 1)...), deepreview.VerificationUnsure, "which it did not read"},
	} {
		t.Run(name, func(t *testing.T) {
			c := change("a.go")
			c.Tree = tree
			v := &scriptedVerifier{answer: func(c *deepreview.Change, q deepreview.Question) (*deepreview.Verification, error) {
				if tc.reads != "" {
					_, err := fs.ReadFile(c.Tree, tc.reads)
					require.NoError(t, err)
				}
				return &deepreview.Verification{Status: deepreview.VerificationRefuted, Reason: "the caller holds the lock", Evidence: tc.evidence}, nil
			}}
			p := &deepreview.Pipeline{Verifier: v, Calibrate: rates(deepreview.SeverityCritical, 0.5)}
			r := consolidate(t, p, c, review("ann", c, finding("1", deepreview.SeverityCritical, "a race", "a.go:3")))
			require.Len(t, r.Issues, 1, "a refuted issue stays")
			is := r.Issues[0]
			assert.Equal(t, tc.status, is.Verification.Status)
			assert.Equal(t, "second", is.Verification.By)
			if tc.warns == "" {
				assert.Empty(t, r.Warnings)
				assert.Contains(t, r.Ledger[0].Reason, "refuted by second: the caller holds the lock")
				assert.NotEqual(t, deepreview.VerdictRework, r.Verdict.Kind, "a refuted issue does not hold the merge up")
			} else {
				require.Len(t, r.Warnings, 1)
				assert.Contains(t, r.Warnings[0], tc.warns)
				assert.Equal(t, deepreview.VerdictRework, r.Verdict.Kind)
			}
		})
	}
}

func TestAVerifierThatFailsChangesNothingButAWarning(t *testing.T) {
	for name, answer := range map[string]func(*deepreview.Change, deepreview.Question) (*deepreview.Verification, error){
		"an error": func(*deepreview.Change, deepreview.Question) (*deepreview.Verification, error) {
			return nil, errors.New("no quota")
		},
		"a panic": func(*deepreview.Change, deepreview.Question) (*deepreview.Verification, error) { panic("boom") },
		"nothing": func(*deepreview.Change, deepreview.Question) (*deepreview.Verification, error) { return nil, nil },
		"a made-up word": func(*deepreview.Change, deepreview.Question) (*deepreview.Verification, error) {
			return &deepreview.Verification{Status: "deny"}, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := change("a.go")
			ann := review("ann", c, finding("1", deepreview.SeverityImportant, "a race", "a.go:3"))
			want := consolidate(t, new(deepreview.Pipeline), c, ann)
			got := consolidate(t, &deepreview.Pipeline{Verifier: &scriptedVerifier{answer: answer}}, c, ann)
			require.Len(t, got.Warnings, 1)
			assert.Contains(t, got.Warnings[0], "second")
			got.Warnings = nil
			assert.Equal(t, jsonOf(t, want), jsonOf(t, got))
		})
	}
}

func TestTheVerifierIsAskedBySeverityTimesDoubtAndNeverToldWhoRaisedIt(t *testing.T) {
	c := change("a.go")
	c.Tree = fstest.MapFS{"a.go": {Data: []byte("x\n")}}
	survival := map[string]float64{"sure": 0.99, "doubtful": 0.5, "slight": 0.5}
	severity := map[string]deepreview.Severity{"sure": deepreview.SeverityCritical, "doubtful": deepreview.SeverityImportant, "slight": deepreview.SeveritySuggestion}
	v := &scriptedVerifier{answer: func(*deepreview.Change, deepreview.Question) (*deepreview.Verification, error) {
		return &deepreview.Verification{Status: deepreview.VerificationConfirmed}, nil
	}}
	p := &deepreview.Pipeline{Verifier: v, VerifyAtMost: 2, Calibrate: func(k deepreview.Case) deepreview.Calibration {
		title := k.Claims[0].Title
		return deepreview.Calibration{Severity: severity[title], Survival: survival[title], Reasons: []string{"said so"}}
	}}
	ann := review("secretann", c, finding("1", deepreview.SeverityImportant, "sure", "a.go:1"), finding("2", deepreview.SeverityImportant, "doubtful", "a.go:5"), finding("3", deepreview.SeverityImportant, "slight", "a.go:9"))
	consolidate(t, p, c, ann)
	var titles []string
	for _, q := range v.asked {
		titles = append(titles, q.Title)
		assert.NotContains(t, fmt.Sprintf("%+v", q), "secretann")
	}
	assert.ElementsMatch(t, []string{"doubtful", "slight"}, titles)
	assert.Empty(t, func() []deepreview.Question {
		p.VerifyAtMost, v.asked = -1, nil
		consolidate(t, p, c, ann)
		return v.asked
	}())
}

// scriptedAdjudicator answers every pair alike and counts.
type scriptedAdjudicator struct {
	calls, pairs int
	seen         []deepreview.Pair
	answer       func(pairs []deepreview.Pair) ([]deepreview.Judgement, error)
}

func (a *scriptedAdjudicator) Name() string { return "judge" }

func (a *scriptedAdjudicator) Adjudicate(_ context.Context, _ *deepreview.Change, pairs []deepreview.Pair) ([]deepreview.Judgement, error) {
	a.calls++
	a.pairs += len(pairs)
	a.seen = append(a.seen, pairs...)
	return a.answer(pairs)
}

func all(answer deepreview.Answer) func([]deepreview.Pair) ([]deepreview.Judgement, error) {
	return func(pairs []deepreview.Pair) ([]deepreview.Judgement, error) {
		return slices.Repeat([]deepreview.Judgement{{Same: answer}}, len(pairs)), nil
	}
}

// graded is a similarity: equal titles are the same, titles with an equal first word are in doubt, others are not.
func graded(fs []*deepreview.Finding) func(i, j int) float64 {
	return func(i, j int) float64 {
		a, _, _ := strings.Cut(fs[i].Title, " ")
		b, _, _ := strings.Cut(fs[j].Title, " ")
		switch {
		case fs[i].Title == fs[j].Title:
			return 1
		case a == b:
			return 0.45
		}
		return 0
	}
}

func TestTheAdjudicatorIsAskedAboutTheGrayZoneAlone(t *testing.T) {
	c := change("a.go")
	ann := review("ann", c, finding("1", 0, "leak of a socket", "a.go:1"), finding("2", 0, "race on the map", "a.go:5"))
	bob := review("bob", c, finding("1", 0, "leak of a file", "a.go:9"), finding("2", 0, "race on the map", "a.go:5"))
	yes := &scriptedAdjudicator{answer: all(deepreview.AnswerYes)}
	r := consolidate(t, &deepreview.Pipeline{Similarity: graded, Adjudicator: yes}, c, ann, bob)
	assert.Equal(t, 1, yes.pairs, "four pairs across reviewers, one of them in doubt")
	assert.Len(t, r.Issues, 2)
	for _, pair := range yes.seen {
		assert.Empty(t, pair.A.ID+pair.B.ID)
		assert.ElementsMatch(t, []string{"leak of a socket", "leak of a file"}, []string{pair.A.Title, pair.B.Title})
	}
	for _, answer := range []deepreview.Answer{deepreview.AnswerNo, deepreview.AnswerUnsure} {
		a := &scriptedAdjudicator{answer: all(answer)}
		assert.Len(t, consolidate(t, &deepreview.Pipeline{Similarity: graded, Adjudicator: a}, c, ann, bob).Issues, 3)
	}
	none := &scriptedAdjudicator{answer: all(deepreview.AnswerYes)}
	consolidate(t, &deepreview.Pipeline{Similarity: graded, Adjudicator: none, AdjudicateAtMost: -1}, c, ann, bob)
	assert.Zero(t, none.calls)

	remembering := deepreview.Remember(yes)
	yes.calls = 0
	for range 3 {
		consolidate(t, &deepreview.Pipeline{Similarity: graded, Adjudicator: remembering}, c, ann, bob)
	}
	assert.Equal(t, 1, yes.calls, "an answer is remembered")
}

func TestAnAdjudicatorThatFailsChangesNothingButAWarning(t *testing.T) {
	c := change("a.go")
	ann := review("ann", c, finding("1", 0, "leak of a socket", "a.go:1"))
	bob := review("bob", c, finding("1", 0, "leak of a file", "a.go:9"))
	want := consolidate(t, &deepreview.Pipeline{Similarity: graded}, c, ann, bob)
	for name, answer := range map[string]func([]deepreview.Pair) ([]deepreview.Judgement, error){
		"an error":             func([]deepreview.Pair) ([]deepreview.Judgement, error) { return nil, errors.New("no quota") },
		"a panic":              func([]deepreview.Pair) ([]deepreview.Judgement, error) { panic("boom") },
		"too few answers":      func([]deepreview.Pair) ([]deepreview.Judgement, error) { return nil, nil },
		"an answer unheard of": all(99),
	} {
		t.Run(name, func(t *testing.T) {
			got := consolidate(t, &deepreview.Pipeline{Similarity: graded, Adjudicator: &scriptedAdjudicator{answer: answer}}, c, ann, bob)
			require.Len(t, got.Warnings, 1)
			got.Warnings = nil
			assert.Equal(t, jsonOf(t, want), jsonOf(t, got))
		})
	}
}

// scriptedEditor writes what it is told.
type scriptedEditor struct {
	words func(r *deepreview.Report) (*deepreview.Words, error)
}

func (scriptedEditor) Name() string { return "scribe" }

func (e scriptedEditor) Edit(_ context.Context, r *deepreview.Report) (*deepreview.Words, error) {
	return e.words(r)
}

func TestAnEditorMayChangeWordsAndNothingElse(t *testing.T) {
	c := change("a.go", "b.go")
	ann := review("ann", c, finding("1", deepreview.SeverityImportant, "the lock is not held", "a.go:3"))
	ann.Label = "Ann 4.6"
	bob := review("bob", c)
	bob.Label = "Bob"
	p := func(w deepreview.Words) *deepreview.Pipeline {
		return &deepreview.Pipeline{Calibrate: rates(deepreview.SeverityImportant, 0.8), Editor: scriptedEditor{func(*deepreview.Report) (*deepreview.Words, error) { return &w, nil }}}
	}
	composed := consolidate(t, &deepreview.Pipeline{Calibrate: rates(deepreview.SeverityImportant, 0.8)}, c, ann, bob)

	for name, tc := range map[string]struct{ text, want string }{
		"plain words":                          {"Two files gain a lock. I1 was raised by Ann 4.6.", ""},
		"the right counts":                     {"There is 1 important issue and no critical one.", ""},
		"a number that is nowhere":             {"It was tried 731 times.", "731"},
		"a wrong count":                        {"There are 2 important issues.", `"2 important"`},
		"a wrong count in words":               {"There are three critical issues.", `"three critical"`},
		"an issue that is not there":           {"I7 is worst.", "I7"},
		"another severity":                     {"I1 is critical.", "calls I1 critical"},
		"credit for who did not raise it":      {"Bob found I1.", "credits Bob with I1"},
		"saying who did not raise it is right": {"Bob missed what Ann found in I1.", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := consolidate(t, p(deepreview.Words{Summary: tc.text}), c, ann, bob)
			if tc.want == "" {
				assert.Empty(t, r.Warnings)
				assert.Equal(t, tc.text, r.Summary)
				return
			}
			require.Len(t, r.Warnings, 1)
			assert.Contains(t, r.Warnings[0], tc.want)
			r.Warnings = nil
			assert.Equal(t, jsonOf(t, composed), jsonOf(t, r))
		})
	}

	id := composed.Issues[0].ID
	r := consolidate(t, p(deepreview.Words{
		VerdictReason: "one lock to hold", Closing: "Ann 4.6 carried this one.", Titles: map[string]string{id: "A lock is not held"},
		Retro: map[string][]deepreview.Remark{"ann": {{Aspect: "accuracy", Text: "Right."}}},
	}), c, ann, bob)
	assert.Empty(t, r.Warnings)
	assert.Equal(t, "A lock is not held", r.Issues[0].Title)
	assert.Equal(t, "the lock is not held", r.Reviews[0].Findings[0].Title, "the claim keeps its own words")
	assert.Equal(t, "one lock to hold", r.Verdict.Reason)
	assert.Equal(t, []deepreview.Remark{{Aspect: "accuracy", Text: "Right."}}, r.Scorecards[0].Retro)
	r = consolidate(t, p(deepreview.Words{Titles: map[string]string{id: "Critical: a lock is not held"}}), c, ann, bob)
	require.Len(t, r.Warnings, 1)
	assert.Equal(t, "the lock is not held", r.Issues[0].Title)
}

func TestWhatTheCodeAnswersIsCheckedAndShown(t *testing.T) {
	source := "package a\n\nimport \"os\"\n\nfunc Close(f *os.File) error {\n\treturn f.Close()\n}\n\nfunc Old() int { return 1 }\n"
	patch := "diff --git a/a.go b/a.go\n--- a/a.go\n+++ b/a.go\n@@ -3,5 +3,5 @@\n import \"os\"\n \n func Close(f *os.File) error {\n-\treturn nil\n+\treturn f.Close()\n }\n"
	c, err := deepreview.ParseDiff(strings.NewReader(patch))
	require.NoError(t, err)
	c.Tree = fstest.MapFS{"a.go": {Data: []byte(source)}}
	at := func(line int) []deepreview.Location { return []deepreview.Location{{Path: "a.go", Start: line}} }
	fix := func(start, end int, text string) *deepreview.Fix {
		return &deepreview.Fix{Edits: []deepreview.Edit{{Path: "a.go", Start: start, End: end, New: text}}}
	}
	for name, tc := range map[string]struct {
		finding deepreview.Finding
		check   string
		holds   bool
		detail  string
	}{
		"a file that is there":           {deepreview.Finding{Locations: at(6)}, "path", true, ""},
		"a file that is not":             {deepreview.Finding{Locations: []deepreview.Location{{Path: "zz.go", Start: 1}}}, "path", false, "zz.go"},
		"lines that are there":           {deepreview.Finding{Locations: at(6)}, "lines", true, ""},
		"lines past the end":             {deepreview.Finding{Locations: at(600)}, "lines", false, "a.go:600"},
		"a quote that stands there":      {deepreview.Finding{Locations: at(6), Quote: "return f.Close()"}, "quote", true, ""},
		"a quote that does not":          {deepreview.Finding{Locations: at(6), Quote: "return f.Sync()"}, "quote", false, "does not stand"},
		"names that are there":           {deepreview.Finding{Locations: at(6), Detail: "`f.Close` may fail with `errClosed`"}, "identifiers", true, "1 of the 2"},
		"names that are nowhere":         {deepreview.Finding{Locations: at(6), Detail: "`flushPool` drops `poolKey`"}, "identifiers", false, "flushPool"},
		"old code called new":            {deepreview.Finding{Locations: at(9), Category: deepreview.CategoryRegression}, "new code", false, "as they were"},
		"a fix that applies":             {deepreview.Finding{Locations: at(6), Fix: fix(6, 6, "\terr := f.Close()\n\treturn err\n")}, "fix", true, "applies"},
		"a fix past the end":             {deepreview.Finding{Locations: at(6), Fix: fix(60, 61, "x\n")}, "fix", false, "not known"},
		"a fix that does not parse":      {deepreview.Finding{Locations: at(6), Fix: fix(6, 6, "\treturn f.Close(\n")}, "fix", false, "does not parse"},
		"a fix that does not compile":    {deepreview.Finding{Locations: at(6), Fix: fix(6, 6, "\treturn closeAll(f)\n")}, "fix", false, "closeAll"},
		"a fix that leaves a var unused": {deepreview.Finding{Locations: at(6), Fix: fix(6, 6, "\tn := 1\n\treturn f.Close()\n")}, "fix", false, "declared and not used"},
	} {
		t.Run(name, func(t *testing.T) {
			f := tc.finding
			f.ID, f.Title = "1", "a claim"
			r := consolidate(t, new(deepreview.Pipeline), c, review("ann", c, &f))
			i := slices.IndexFunc(r.Issues[0].Checks, func(k deepreview.Check) bool { return k.Name == tc.check })
			require.GreaterOrEqual(t, i, 0, "%+v", r.Issues[0].Checks)
			k := r.Issues[0].Checks[i]
			assert.Equal(t, tc.holds, k.Holds, k.Detail)
			assert.Contains(t, k.Detail, tc.detail)
		})
	}
	fresh := deepreview.Finding{ID: "1", Title: "a claim", Locations: at(6), Category: deepreview.CategoryRegression}
	r := consolidate(t, new(deepreview.Pipeline), c, review("ann", c, &fresh))
	assert.NotContains(t, fmt.Sprint(r.Issues[0].Checks), "new code", "the change did touch the line")
}
