package sarif_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents/sarif"
	"github.com/deepreview-go/deepreview/reviewtest"
)

func TestRdjsonBecomesFindings(t *testing.T) {
	const diagnostic = `{"message": "A is never read", "location": {"path": "/ci/src/a.go", "range": {"start": {"line": 3, "column": 5}, "end": {"line": 3, "column": 6}}},
		"severity": %s, "code": {"value": "U1", "url": "https://probe.example/U1"},
		"relatedLocations": [{"message": "declared", "location": {"path": "src/a.go", "range": {"start": {"line": 1}}}}],
		"suggestions": [%s]}`
	line := func(severity, suggestion string) string {
		return strings.ReplaceAll(fmt.Sprintf(diagnostic, severity, suggestion), "\n", " ")
	}
	for name, test := range map[string]struct{ report, raw, label, fixed string }{
		"an object": {`{"source": {"name": "unread"}, "severity": "INFO", "diagnostics": [` + line(`"WARNING"`, `{"range": {"start": {"line": 3, "column": 5}, "end": {"line": 3, "column": 6}}, "text": "_"}`) + `]}`,
			"WARNING", "unread", "package src\n\nvar _ = 1\n"},
		"the severity of all":        {`{"diagnostics": [` + line(`""`, `{"range": {"start": {"line": 3}}, "text": "var B = 1"}`) + `], "severity": "ERROR"}`, "ERROR", "", "package src\n\nvar B = 1\n"},
		"a severity by its number":   {`{"diagnostics": [` + line(`3`, `{"range": {"start": {"line": 3}}, "text": "var B = 1\n"}`) + `]}`, "INFO", "", "package src\n\nvar B = 1\n"},
		"a line each":                {"\n" + line(`"ERROR"`, `{"range": {"start": {"line": 3, "column": 1}}, "text": "// x\n"}`) + "\n\n", "ERROR", "", "package src\n\n// x\nvar A = 1\n"},
		"a severity that is unknown": {`{"diagnostics": [` + line(`"UNKNOWN_SEVERITY"`, `{"range": {"start": {"line": 1}, "end": {"line": 2}}, "text": ""}`) + `]}`, "", "", "\nvar A = 1\n"},
	} {
		t.Run(name, func(t *testing.T) {
			rev, err := review(t, change(t, two), test.report)
			require.NoError(t, err)
			require.Len(t, rev.Findings, 1)
			f := rev.Findings[0]
			assert.Equal(t, []deepreview.Location{{Path: "src/a.go", Start: 3}, {Path: "src/a.go", Start: 1, Label: "declared"}}, f.Locations)
			assert.Equal(t, "U1", f.Rule)
			assert.Equal(t, "<https://probe.example/U1>", f.Detail)
			assert.Equal(t, test.raw, f.RawSeverity)
			assert.Equal(t, deepreview.ParseSeverity(test.raw), f.Severity)
			assert.Equal(t, test.label, rev.Label)
			assert.Equal(t, test.fixed, fixed(t, two["src/a.go"], f.Fix.Edits))
		})
	}
}

func TestABrokenLineOfRdjsonlCostsOnlyItself(t *testing.T) {
	one := `{"message": "m", "source": {"name": "x"}, "location": {"path": "src/a.go"}}`
	reviews, err := sarif.Parse([]byte(one + "\n{\"message\": \"cut\n" + strings.Replace(one, `"x"`, `"y"`, 1) + "\n" + one))
	require.ErrorIs(t, err, deepreview.ErrBadAnswer)
	assert.ErrorContains(t, err, "line 2")
	require.Len(t, reviews, 2, "one a tool")
	assert.Len(t, reviews[0].Findings, 2)
	assert.Equal(t, "y", reviews[1].Reviewer)
}

func TestGolangciLint1BecomesFindings(t *testing.T) {
	issue := `{"FromLinter": "gofmt", "Text": "File is not formatted", "Severity": "low", "SourceLines": ["var A = 1"], "Pos": {"Filename": "src/a.go", "Line": 3, "Column": 1}, %s}`
	for name, test := range map[string]struct{ replacement, want string }{
		"lines":    {`"LineRange": {"From": 1, "To": 3}, "Replacement": {"NeedOnlyDelete": false, "NewLines": ["package src", "", "var B = 1"]}`, "package src\n\nvar B = 1\n"},
		"inline":   {`"Replacement": {"NewLines": null, "Inline": {"StartCol": 4, "Length": 1, "NewString": "B"}}`, "package src\n\nvar B = 1\n"},
		"deletion": {`"Replacement": {"NeedOnlyDelete": true, "NewLines": null, "Inline": null}`, "package src\n\n"},
	} {
		t.Run(name, func(t *testing.T) {
			rev, err := review(t, change(t, two), `{"Issues": [`+fmt.Sprintf(issue, test.replacement)+`], "Report": {}}`)
			require.NoError(t, err)
			require.Len(t, rev.Findings, 1)
			assert.Equal(t, "low", rev.Findings[0].RawSeverity)
			assert.Equal(t, "var A = 1", rev.Findings[0].Quote)
			assert.Equal(t, test.want, fixed(t, two["src/a.go"], rev.Findings[0].Fix.Edits))
		})
	}
	rev, err := review(t, change(t, two), `{"Issues": null, "Report": {"Error": "no go files to analyze"}}`)
	assert.ErrorContains(t, err, "no go files to analyze")
	assert.Empty(t, rev.Coverage)
}

func TestPositionsOfGolangciLintThatAreNoOffsetsStayProse(t *testing.T) {
	const issue = `{"Issues": [{"FromLinter": "staticcheck", "Text": "S1: m", "Pos": {"Filename": "src/a.go", "Offset": %d, "Line": 3, "Column": 5},
		"SuggestedFixes": [{"Message": "rename", "TextEdits": [{"Pos": %d, "End": %d, "NewText": %q}]}]}]}`
	for name, test := range map[string]struct {
		offset, pos int
		text        string
		edits       bool
	}{
		"offsets of the file":                    {17, 17, "Qg==", true},
		"positions in all that was loaded":       {17, 3017, "Qg==", false},
		"bytes that are no text":                 {17, 17, "/w==", false},
		"offsets that the line does not confirm": {16, 16, "Qg==", false},
	} {
		t.Run(name, func(t *testing.T) {
			rev, err := review(t, change(t, two), fmt.Sprintf(issue, test.offset, test.pos, test.pos+1, test.text))
			require.NoError(t, err)
			fix := rev.Findings[0].Fix
			assert.Contains(t, fix.Text, "rename")
			if !test.edits {
				assert.Empty(t, fix.Edits)
				return
			}
			assert.Equal(t, "package src\n\nvar B = 1\n", fixed(t, two["src/a.go"], fix.Edits))
		})
	}
}

func TestESLintsOwnNoticesAreNoFindings(t *testing.T) {
	rev, err := review(t, change(t, map[string]string{"web/a.js": "x\n"}), `{"metadata": {"cwd": "/ci"}, "results": [{"filePath": "/ci/web/a.js", "messages": [
		{"ruleId": null, "fatal": false, "severity": 1, "message": "File ignored because of a matching ignore pattern."}]}]}`)
	require.NoError(t, err)
	assert.Empty(t, rev.Findings)
	assert.Equal(t, []deepreview.Coverage{{Path: "web/a.js", Status: deepreview.CoverageUnreviewed, Reason: "File ignored because of a matching ignore pattern."}}, rev.Coverage)
}

func TestWhatIsNoReportIsRefusedWithAdvice(t *testing.T) {
	var wide []byte
	for _, u := range utf16.Encode([]rune("\uFEFF" + `{"runs": []}`)) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	for name, test := range map[string]struct {
		report string
		want   []string
	}{
		"nothing":                       {" \n", []string{"empty", "did the tool run"}},
		"UTF-16":                        {string(wide), []string{"UTF-16", "iconv"}},
		"UTF-16 without a mark":         {string(wide[2:]), []string{"UTF-16", "iconv"}},
		"another encoding":              {"{\n\"runs\": [\"caf\xe9\"]}", []string{"line 2, byte 15", "iconv"}},
		"plain text":                    {"src/a.go:1: no", []string{"none of SARIF", "--format sarif"}},
		"another JSON":                  {`{"hello": {}}`, []string{"none of SARIF"}},
		"another version":               {`{"version": "2.0.0", "runs": []}`, []string{`"2.0.0"`, "2.1.0", "line 1"}},
		"another version, written last": {`{"runs": [], "version": 1}`, []string{`"1"`}},
		"a list of something else":      {"[\n{\"path\": \"a\"}]", []string{"line 2", "without filePath"}},
		"a list of nothing like it":     {`[1, "x", null, [[]]]`, []string{"line 1"}},
		"something behind":              {`{"runs": [{"results": []}]} {}`, []string{"something stands after"}},
		"no JSON":                       {"{\"runs\": [\n{]}", []string{"line 2", "no JSON"}},
		"runs that are none":            {`{"runs": {"a": 1}}`, []string{`'{' stands there`}},
		"no run":                        {`{"runs": []}`, []string{"no run in it"}},
		"larger than it may be":         {strings.Repeat(" ", 64<<20+1), []string{"larger than 64 MB"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := review(t, change(t, two), test.report)
			require.ErrorIs(t, err, deepreview.ErrBadAnswer)
			for _, part := range append(test.want, "report linter") {
				assert.ErrorContains(t, err, part)
			}
		})
	}
}

func TestAMarkOfUTF8InFrontIsNoHindrance(t *testing.T) {
	rev, err := review(t, change(t, two), "\uFEFF"+run(`{"ruleId": "P1", "message": {"text": "m"}, `+at("src/a.go", 1)+`}`))
	require.NoError(t, err)
	assert.Len(t, rev.Findings, 1)
}

func TestOfACutReportWhatIsWholeCounts(t *testing.T) {
	whole := run(`{"ruleId": "P1", "message": {"text": "one"}, ` + at("src/a.go", 1) + "},\n" + `{"ruleId": "P1", "message": {"text": "two"}, ` + at("src/a.go", 2) + "},\n" +
		`{"ruleId": "P1", "message": {"text": "three"}, ` + at("src/a.go", 3) + `}`)
	rev, err := review(t, change(t, two), whole[:strings.Index(whole, "three")])
	require.ErrorIs(t, err, deepreview.ErrBadAnswer)
	assert.ErrorContains(t, err, "line 7, byte")
	assert.ErrorContains(t, err, "ends in the middle")
	assert.Equal(t, []string{"src/a.go:1 suggestion P1: one", "src/a.go:2 suggestion P1: two"}, told(rev))
	for n := range len(whole) {
		_, err := sarif.Parse([]byte(whole[:n]))
		require.Error(t, err, "cut after %d bytes", n)
	}
}

func TestAFieldOfAnotherTypeCostsOnlyItself(t *testing.T) {
	rev, err := review(t, change(t, two), run(`{"ruleId": 5, "message": {"text": "one"}, `+at("src/a.go", 1)+`}, {}, null, {"ruleId": "P1", "message": {"text": "two"}, `+at("src/a.go", 2)+`}`))
	require.ErrorIs(t, err, deepreview.ErrBadAnswer)
	assert.ErrorContains(t, err, "ruleId")
	assert.Equal(t, []string{"src/a.go:1 important : one", "src/a.go:2 suggestion P1: two"}, told(rev))
	assert.Equal(t, "2 results of the report not read", notes(rev)["unread"])
}

func TestParseKnowsNoChange(t *testing.T) {
	reviews, err := sarif.Parse([]byte(`{"version": "2.1.0", "runs": [
		{"tool": {"driver": {"name": "My Tool", "version": "3"}}, "results": [
			{"message": {"text": "a"}, ` + at("file:///home/ci/src/a.go", 3) + `}, {"message": {"text": "b"}, ` + at("../b.go", 4) + `}]},
		{"tool": {"driver": {"name": "my tool"}}, "invocations": [{"executionSuccessful": false}]},
		{"tool": {}, "results": [{"ruleId": "R"}]}]}`))
	require.NoError(t, err)
	require.Len(t, reviews, 3)
	assert.Equal(t, "my-tool", reviews[0].Reviewer)
	assert.Equal(t, "My Tool 3", reviews[0].Label)
	assert.Equal(t, "home/ci/src/a.go", reviews[0].Findings[0].Locations[0].Path)
	assert.Empty(t, reviews[0].Findings[1].Locations)
	assert.Contains(t, reviews[0].Findings[1].Detail, "`../b.go` line 4")
	assert.Empty(t, reviews[0].Coverage)
	assert.Equal(t, "my-tool-2", reviews[1].Reviewer)
	require.NotNil(t, reviews[1].Failure)
	assert.Contains(t, reviews[1].Failure.Message, "my tool")
	assert.Equal(t, "linter", reviews[2].Reviewer)
	assert.Equal(t, "rule R", reviews[2].Findings[0].Title)
}

func TestHostileReportsAreBoundedAndTheirTextIsTamed(t *testing.T) {
	long := strings.Repeat("é\\u0000 ", 20000)
	rev, err := review(t, change(t, two), run(`{"ruleId": "`+long+`", "level": "`+long+`", "message": {"text": "`+long+`"}, "rank": 1e300,
		"locations": [{"physicalLocation": {"artifactLocation": {"uri": "src/a.go"}, "region": {"startLine": -5, "endLine": 99999999999, "startColumn": -1, "charOffset": -3, "charLength": 9}}},
			{"physicalLocation": {"artifactLocation": {"uri": "src/a.go"}, "region": {"startLine": 70, "endLine": 2}}}]}`))
	require.NoError(t, err)
	require.Len(t, rev.Findings, 1)
	f := rev.Findings[0]
	require.NoError(t, f.Validate())
	assert.Less(t, len(f.Title)+len(f.Rule)+len(f.ID)+len(f.RawSeverity), 1000)
	assert.Less(t, len(f.Detail), 10000)
	assert.Equal(t, []deepreview.Location{{Path: "src/a.go"}, {Path: "src/a.go", Start: 70}}, f.Locations)
	assert.NotContains(t, f.Title+f.Rule+f.ID, "\x00")
	for _, report := range []string{
		`{"diagnostics": [{"message": "m", "code": {"value": "` + long + `"}}]}`,
		`[{"filePath": "` + long + `", "messages": [{"ruleId": "` + long + `", "message": "` + long + `", "line": 1}]}]`,
		`{"Issues": [{"FromLinter": "` + long + `", "Text": "` + long + `"}]}`,
	} {
		reviews, err := sarif.Parse([]byte(report))
		require.NoError(t, err)
		require.Len(t, reviews[0].Findings, 1)
		f := reviews[0].Findings[0]
		assert.Less(t, len(f.Title)+len(f.Rule)+len(f.ID), 1000)
		assert.Less(t, len(f.Detail), 10000)
		assert.NotContains(t, f.Title+f.Rule+f.ID, "\x00")
	}
}

func TestOfTooManyResultsTheWorstAreFindings(t *testing.T) {
	var results strings.Builder
	for i := range 600 {
		level := "note"
		if i >= 550 {
			level = "error"
		}
		fmt.Fprintf(&results, `{"ruleId": "P1", "level": %q, "message": {"text": "m%d"}, %s},`, level, i, at("src/a.go", 1))
	}
	rev, err := review(t, change(t, two), run(strings.TrimSuffix(results.String(), ",")))
	require.NoError(t, err)
	require.Len(t, rev.Findings, 500)
	assert.Equal(t, "m550", rev.Findings[0].Title)
	assert.Equal(t, "100 more of its findings", notes(rev)["more"])
	many := `{"message":{"text":"m"}},`
	rev, err = review(t, change(t, two), run(strings.Repeat(many, 100_001)+`{"message": {"text": "last"}}`))
	require.NoError(t, err)
	assert.Equal(t, "2 results of the report not read", notes(rev)["unread"])
	assert.Equal(t, "99500 more of its findings", notes(rev)["more"])
}

func TestAReportIsReadFromItsFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "Go Sec.sarif")
	require.NoError(t, os.WriteFile(path, []byte(run("")), 0o666))
	r := &sarif.Reviewer{Path: path}
	assert.Equal(t, "go-sec", r.Name())
	rev, err := r.Review(t.Context(), change(t, two))
	require.NoError(t, err)
	assert.Equal(t, "Probe", rev.Label)
	_, err = (&sarif.Reviewer{Path: dir}).Review(t.Context(), change(t, two))
	assert.ErrorContains(t, err, "no regular file")
	_, err = (&sarif.Reviewer{Path: filepath.Join(dir, "none")}).Review(t.Context(), change(t, two))
	assert.ErrorIs(t, err, os.ErrNotExist)
	_, err = (&sarif.Reviewer{}).Review(t.Context(), change(t, two))
	assert.ErrorContains(t, err, "set Path or Data")
	assert.Equal(t, "linter", (&sarif.Reviewer{}).Name())
	require.NoError(t, os.WriteFile(path, []byte("{"), 0o666))
	_, err = r.Review(t.Context(), change(t, two))
	assert.ErrorContains(t, err, path)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = r.Review(ctx, change(t, two))
	assert.ErrorIs(t, err, context.Canceled)
}

func TestTheReviewerKeepsItsContract(t *testing.T) {
	for _, name := range []string{"till/gosec.sarif", "till/staticcheck.sarif", "till/golangci-v2.json", "shop/eslint.json"} {
		t.Run(name, func(t *testing.T) {
			r := &sarif.Reviewer{ID: "linter", Path: filepath.Join("testdata", filepath.FromSlash(name))}
			own := change(t, map[string]string{"till.go": fixture(t, "till/till.go.txt"), "web/cart.js": fixture(t, "shop/cart.js.txt")})
			assert.NoError(t, reviewtest.CheckReviewer(t.Context(), r, &reviewtest.ReviewerOptions{Changes: []*deepreview.Change{own}, Deterministic: true}))
		})
	}
}

// waning is a context that ends after it was asked so often.
type waning struct {
	context.Context
	left int
}

func (w *waning) Err() error {
	if w.left--; w.left < 0 {
		return context.DeadlineExceeded
	}
	return nil
}

func TestReadingStopsWhenTheContextEnds(t *testing.T) {
	one := `{"message": {"text": "m"}, ` + at("src/a.go", 1) + `}`
	for name, report := range map[string]string{
		"SARIF":   run(strings.Repeat(one+",", 1000) + one),
		"rdjsonl": strings.Repeat(`{"message": "m", "location": {"path": "src/a.go"}}`+"\n", 1000),
	} {
		w := &waning{t.Context(), 50}
		rev, err := (&sarif.Reviewer{Data: []byte(report)}).Review(w, change(t, two))
		assert.ErrorIs(t, err, context.DeadlineExceeded, name)
		assert.NotErrorIs(t, err, deepreview.ErrBadAnswer, name)
		assert.Nil(t, rev, name)
		assert.Greater(t, w.left, -20, "%s: it goes on for long", name)
	}
}
