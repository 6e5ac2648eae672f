package sarif_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
)

// run is a SARIF log of one run with these results and further properties.
func run(results string, more ...string) string {
	return `{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Probe", "rules": [
		{"id": "P1", "defaultConfiguration": {"level": "note"}, "messageStrings": {"m": {"text": "{0} of '{{1}}'"}}, "help": {"text": "why P1", "markdown": "**why** P1"},
		 "helpUri": "https://probe.example/P1", "properties": {"tags": ["x", "Performance"]}},
		{"id": "P2", "shortDescription": {"text": "what P2 is"}, "properties": {"security-severity": "9.1", "tags": 5}},
		{"id": "P3", "properties": {"security-severity": "0.0"}}]}}` + strings.Join(append([]string{""}, more...), ", ") + `, "results": [` + results + `]}]}`
}

// at is the locations of one physical location.
func at(uri string, line int) string {
	return fmt.Sprintf(`"locations": [{"physicalLocation": {"artifactLocation": {"uri": %q}, "region": {"startLine": %d}}}]`, uri, line)
}

var two = map[string]string{"src/a.go": "package src\n\nvar A = 1\n", "src/deep/b.go": "package deep\n"}

func TestALevelIsMappedWithTheOriginalKept(t *testing.T) {
	for name, test := range map[string]struct {
		result, raw string
		want        deepreview.Severity
	}{
		"its own":                                {`"ruleId": "P1", "level": "error"`, "error", deepreview.SeverityImportant},
		"the rule's":                             {`"ruleId": "P1"`, "note", deepreview.SeveritySuggestion},
		"the rule's of a variant":                {`"ruleId": "P1/b"`, "note", deepreview.SeveritySuggestion},
		"the format's default":                   {`"ruleId": "P9"`, "warning", deepreview.SeverityImportant},
		"none":                                   {`"ruleId": "P1", "level": "none"`, "none", deepreview.SeverityUnset},
		"a score before the level":               {`"ruleId": "P2", "level": "note"`, "security-severity 9.1, level note", deepreview.SeverityCritical},
		"a result's own score before the rule's": {`"ruleId": "P2", "level": "note", "properties": {"security-severity": 3.1}`, "security-severity 3.1, level note", deepreview.SeveritySuggestion},
		"a score of nothing leaves the level":    {`"ruleId": "P3", "level": "error"`, "security-severity 0.0, level error", deepreview.SeverityImportant},
		"a rank is only kept":                    {`"ruleId": "P1", "rank": 99.5`, "note, rank 99.5", deepreview.SeveritySuggestion},
		"a rank that is not given":               {`"ruleId": "P1", "rank": -1`, "note", deepreview.SeveritySuggestion},
		"by the rule's index alone":              {`"ruleIndex": 1`, "security-severity 9.1, level warning", deepreview.SeverityCritical},
		"an index that contradicts the ID":       {`"ruleIndex": 1, "ruleId": "P1"`, "note", deepreview.SeveritySuggestion},
		"an index of no rule":                    {`"ruleIndex": 77, "ruleId": "P1"`, "note", deepreview.SeveritySuggestion},
		"what is to be reviewed by hand":         {`"ruleId": "P1", "kind": "review"`, "none, kind review", deepreview.SeverityUnset},
	} {
		t.Run(name, func(t *testing.T) {
			rev, err := review(t, change(t, two), run(`{`+test.result+`, "message": {"text": "m"}, `+at("src/a.go", 1)+`}`))
			require.NoError(t, err)
			require.Len(t, rev.Findings, 1)
			assert.Equal(t, test.want, rev.Findings[0].Severity)
			assert.Equal(t, test.raw, rev.Findings[0].RawSeverity)
		})
	}
	over := run(`{"ruleId": "P1", "message": {"text": "m"}, `+at("src/a.go", 1)+`}`,
		`"invocations": [{"executionSuccessful": true, "ruleConfigurationOverrides": [{"descriptor": {"id": "P1"}, "configuration": {"level": "error"}}]}]`)
	rev, err := review(t, change(t, two), over)
	require.NoError(t, err)
	assert.Equal(t, "error", rev.Findings[0].RawSeverity, "a run overrides the rule")
}

func TestWordsComeFromTheResultAndItsRule(t *testing.T) {
	rev, err := review(t, change(t, two), run(
		`{"ruleId": "P1", "message": {"id": "m", "arguments": ["one"]}, `+at("src/a.go", 1)+`},
		 {"ruleId": "P2", "message": {}, `+at("src/a.go", 2)+`},
		 {"ruleId": "P1", "message": {"text": "[taint](1) reaches\nhere. More.\n\nAnd more."}, `+at("src/a.go", 2)+`},
		 {"ruleId": "P1", "message": {"text": "the project has no lock file"}}`))
	require.NoError(t, err)
	require.Len(t, rev.Findings, 4)
	f := rev.Findings[0]
	assert.Equal(t, "one of '{1}'", f.Title)
	assert.Equal(t, "**why** P1\n\n<https://probe.example/P1>", f.Detail)
	assert.Equal(t, deepreview.TopicPerformance, f.Topic)
	assert.Equal(t, "what P2 is", rev.Findings[1].Title)
	assert.Equal(t, deepreview.TopicSecurity, rev.Findings[1].Topic)
	assert.Equal(t, "taint reaches here. More.", rev.Findings[2].Title)
	assert.Contains(t, rev.Findings[2].Detail, "And more.")
	assert.Empty(t, rev.Findings[3].Locations, "a result without a place is a claim without one")
}

func TestPathsOfOtherMachinesLeadIntoTheChange(t *testing.T) {
	const bases = `"originalUriBaseIds": {"SRCROOT": {"uri": "file:///home/ci/w%20x/"}, "SUB": {"uri": "src/", "uriBaseId": "SRCROOT"}, "LOOP": {"uri": "x/", "uriBaseId": "LOOP"}, "OPEN": {}},
		"artifacts": [{"location": {"uri": "src/deep/b.go"}}]`
	c := change(t, two)
	for given, want := range map[string]string{
		`"uri": "src/a.go"`:                           "src/a.go",
		`"uri": "./src/../src/a.go"`:                  "src/a.go",
		`"uri": "file:///D:/ci/src/a.go"`:             "src/a.go",
		`"uri": "C:\\ci\\src\\a.go"`:                  "src/a.go",
		`"uri": "file:///home/me/shop/src/a.go"`:      "src/a.go",
		`"uri": "file://host/share/src/a.go"`:         "src/a.go",
		`"uri": "/home/me/shop/src/%61.go"`:           "src/a.go",
		`"uri": "a.go", "uriBaseId": "SUB"`:           "src/a.go",
		`"uri": "src/a.go", "uriBaseId": "SRCROOT"`:   "src/a.go",
		`"uri": "src/a.go", "uriBaseId": "LOOP"`:      "src/a.go",
		`"uri": "src/a.go", "uriBaseId": "OPEN"`:      "src/a.go",
		`"uri": "src/a.go", "uriBaseId": "%SRCROOT%"`: "src/a.go",
		`"index": 0`:           "src/deep/b.go",
		`"index": 9`:           "", // says nothing, so the result has no place
		`"uri": "../src/a.go"`: "src/a.go",
		`"uri": "deep/b.go"`:   "src/deep/b.go",
		`"uri": "https://forge.example/o/shop/blob/main/src/deep/b.go"`: "src/deep/b.go",
	} {
		t.Run(given, func(t *testing.T) {
			rev, err := review(t, c, run(`{"ruleId": "P1", "message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {`+given+`}, "region": {"startLine": 1}}}]}`, bases))
			require.NoError(t, err)
			require.Len(t, rev.Findings, 1)
			if want == "" {
				assert.Empty(t, rev.Findings[0].Locations)
				return
			}
			assert.Equal(t, want, rev.Findings[0].Locations[0].Path)
		})
	}
}

func TestPathsThatLeadElsewhereAreCountedAndNotOpened(t *testing.T) {
	for given, text := range map[string]string{
		"../../etc/passwd": "`../../etc/passwd`", "/etc/passwd": "`/etc/passwd`", "file:///etc/../../x": "`/etc/../../x`",
		"lib/old.go": "", "/home/ci/lib/old.go": "", "a.go": "", "%00": "outside", ".": "`.`",
	} {
		t.Run(given, func(t *testing.T) {
			files := map[string]string{"src/a.go": two["src/a.go"], "web/a.go": "package web\n"}
			rev, err := review(t, change(t, files), run(`{"ruleId": "P1", "message": {"text": "m"}, `+at(given, 3)+`}`))
			require.NoError(t, err)
			assert.Empty(t, rev.Findings)
			require.Contains(t, notes(rev), "beside")
			assert.Contains(t, rev.Notes[0].Text, text)
			assert.Equal(t, text == "", len(rev.Notes[0].Locations) == 1)
		})
	}
}

func TestARootThatExplainsMostPathsIsTheRepositorys(t *testing.T) {
	files := map[string]string{"src/a.go": "package src\n", "src/b.go": "package src\n", "main.go": "package main\n"}
	rev, err := review(t, diffOnly(t, files), run(
		`{"ruleId": "P1", "message": {"text": "1"}, `+at("/w/src/a.go", 1)+`}, {"ruleId": "P1", "message": {"text": "2"}, `+at("/w/src/b.go", 1)+`},
		 {"ruleId": "P1", "message": {"text": "3"}, `+at("/w/main.go", 1)+`}`))
	require.NoError(t, err)
	assert.Equal(t, []string{"src/a.go:1 suggestion P1: 1", "src/b.go:1 suggestion P1: 2", "main.go:1 suggestion P1: 3"}, told(rev))
}

func TestResultsThatAreNoFindingsAreCounted(t *testing.T) {
	for name, test := range map[string]struct{ result, note string }{
		"suppressed":                {`"suppressions": [{"kind": "inSource", "justification": "by hand"}]`, "suppressed"},
		"suppression not granted":   {`"suppressions": [{"kind": "external", "status": "underReview"}]`, ""},
		"suppression rejected":      {`"suppressions": [{"kind": "inSource"}, {"kind": "external", "status": "rejected"}]`, ""},
		"no suppressions":           {`"suppressions": []`, ""},
		"as in the baseline":        {`"baselineState": "unchanged"`, "unchanged"},
		"gone since the baseline":   {`"baselineState": "absent"`, "absent"},
		"new since the baseline":    {`"baselineState": "new"`, ""},
		"updated since":             {`"baselineState": "updated"`, ""},
		"a check that passed":       {`"kind": "pass"`, "passed"},
		"a check that was not made": {`"kind": "notApplicable"`, "passed"},
		"one to be decided":         {`"kind": "open"`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			rev, err := review(t, change(t, two), run(`{"ruleId": "P1", `+test.result+`, "message": {"text": "m"}, `+at("src/a.go", 1)+`}`))
			require.NoError(t, err)
			if test.note == "" {
				assert.Len(t, rev.Findings, 1)
				assert.Empty(t, rev.Notes)
				return
			}
			assert.Empty(t, rev.Findings)
			assert.Contains(t, notes(rev), test.note)
			assert.Equal(t, []string{"src/a.go clean scanned"}, covered(rev))
			assert.Contains(t, rev.Coverage[0].Reason, "1 of its results")
		})
	}
}

func TestPlacesHaveLabelsAndAQuote(t *testing.T) {
	place := func(line int, text string) string {
		return fmt.Sprintf(`{"physicalLocation": {"artifactLocation": {"uri": "src/a.go"}, "region": {"startLine": %d}}, "message": {"text": %q}}`, line, text)
	}
	rev, err := review(t, change(t, two), run(`{"ruleId": "P1", "message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "src/a.go"},
		"region": {"startLine": 3, "startColumn": 5, "endLine": 4, "endColumn": 1}, "contextRegion": {"startLine": 2, "snippet": {"text": "\nvar A = 1\n\n"}}}}],
		"relatedLocations": [`+place(1, "declared here")+`, `+place(2, "")+`, {"physicalLocation": {"artifactLocation": {"uri": "../x"}, "region": {"startLine": 4}}}],
		"codeFlows": [{"threadFlows": [{"locations": [{"location": `+place(2, "source")+`}, {"location": `+place(3, "")+`}]}]}]}`))
	require.NoError(t, err)
	f := rev.Findings[0]
	assert.Equal(t, []deepreview.Location{
		{Path: "src/a.go", Start: 3},
		{Path: "src/a.go", Start: 1, Label: "declared here"},
		{Path: "src/a.go", Start: 2, Label: "related"},
		{Path: "src/a.go", Start: 2, Label: "step 1 of 2: source"},
		{Path: "src/a.go", Start: 3, Label: "step 2 of 2"},
	}, f.Locations, "a region that ends where a line begins does not take that line")
	assert.Contains(t, f.Detail, "`../x` line 4")
}

func TestASnippetIsAQuoteOnlyIfItIsWholeLines(t *testing.T) {
	for region, want := range map[string]string{
		`"startLine": 3, "snippet": {"text": "var A = 1\n"}`:                                                          "var A = 1",
		`"startLine": 3, "startColumn": 5, "endColumn": 6, "snippet": {"text": "A"}`:                                  "",
		`"startLine": 3, "startColumn": 9, "endLine": 3, "endColumn": 9, "snippet": {"text": "var A = 1"}`:            "var A = 1",
		`"startLine": 3, "endLine": 3, "endColumn": 4, "snippet": {"text": "var"}`:                                    "",
		`"startLine": 3, "snippet": {"text": "` + strings.Repeat("x", 700) + `"}`:                                     "",
		`"startLine": 3, "endLine": 30, "snippet": {"text": "` + strings.Repeat(`x\n`, 20) + `"}`:                     "",
		`"startLine": 3, "startColumn": 2, "endLine": 4, "endColumn": 2, "snippet": {"text": "a part\nof two lines"}`: "",
	} {
		rev, err := review(t, change(t, two), run(`{"ruleId": "P1", "message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "src/a.go"}, "region": {`+region+`}}}]}`))
		require.NoError(t, err)
		assert.Equal(t, want, rev.Findings[0].Quote, region)
	}
}

func TestReplacementsInsideLinesBecomeWholeLines(t *testing.T) {
	const text = "a😀b = c\r\nsecond\nlast"
	for name, test := range map[string]struct{ column, replacements, want string }{
		"columns in UTF-16":               {"utf16CodeUnits", `{"deletedRegion": {"startLine": 1, "startColumn": 4, "endColumn": 5}, "insertedContent": {"text": "X"}}`, "a😀X = c\r\nsecond\nlast"},
		"columns in characters":           {"unicodeCodePoints", `{"deletedRegion": {"startLine": 1, "startColumn": 3, "endColumn": 4}, "insertedContent": {"text": "X"}}`, "a😀X = c\r\nsecond\nlast"},
		"a whole line without its end":    {"", `{"deletedRegion": {"startLine": 2}, "insertedContent": {"text": "2"}}`, "a😀b = c\r\n2\nlast"},
		"an insertion":                    {"", `{"deletedRegion": {"startLine": 2, "startColumn": 1, "endColumn": 1}, "insertedContent": {"text": "new\n"}}`, "a😀b = c\r\nnew\nsecond\nlast"},
		"a line deleted":                  {"", `{"deletedRegion": {"startLine": 2, "startColumn": 1, "endLine": 3, "endColumn": 1}}`, "a😀b = c\r\nlast"},
		"two on one line":                 {"", `{"deletedRegion": {"startLine": 2, "startColumn": 4, "endColumn": 7}, "insertedContent": {"text": "B"}}, {"deletedRegion": {"startLine": 2, "startColumn": 1, "endColumn": 4}, "insertedContent": {"text": "A"}}`, "a😀b = c\r\nAB\nlast"},
		"on two lines":                    {"", `{"deletedRegion": {"startLine": 3}, "insertedContent": {"text": "3"}}, {"deletedRegion": {"startLine": 2}, "insertedContent": {"text": "2"}}`, "a😀b = c\r\n2\n3\n"},
		"by an offset":                    {"", `{"deletedRegion": {"charOffset": 10, "charLength": 6}, "insertedContent": {"text": "2"}}`, "a😀b = c\r\n2\nlast"},
		"columns inside of a character":   {"", `{"deletedRegion": {"startLine": 1, "startColumn": 3, "endColumn": 5}}`, ""},
		"beyond the line":                 {"", `{"deletedRegion": {"startLine": 2, "startColumn": 4, "endColumn": 99}}`, ""},
		"beyond the file":                 {"", `{"deletedRegion": {"startLine": 9}, "insertedContent": {"text": "2"}}`, ""},
		"offsets beyond the file":         {"", `{"deletedRegion": {"charOffset": 10, "charLength": 600}}`, ""},
		"replacements that overlap":       {"", `{"deletedRegion": {"startLine": 2}}, {"deletedRegion": {"startLine": 2, "startColumn": 2, "endColumn": 3}}`, ""},
		"a region without anything known": {"", `{"deletedRegion": {}, "insertedContent": {"text": "2"}}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			rev, err := review(t, change(t, map[string]string{"f.txt": text}), run(`{"ruleId": "P1", "message": {"text": "m"}, `+at("f.txt", 2)+`,
				"fixes": [{"description": {"text": "do so"}, "artifactChanges": [{"artifactLocation": {"uri": "f.txt"}, "replacements": [`+test.replacements+`]}]}]}`,
				`"columnKind": "`+test.column+`"`))
			require.NoError(t, err)
			require.NotNil(t, rev.Findings[0].Fix)
			assert.Contains(t, rev.Findings[0].Fix.Text, "do so")
			if test.want == "" {
				assert.Empty(t, rev.Findings[0].Fix.Edits)
				assert.Contains(t, rev.Findings[0].Fix.Text, "no edit to apply")
				return
			}
			require.NoError(t, rev.Findings[0].Validate())
			assert.Equal(t, strings.TrimSuffix(test.want, "\n"), strings.TrimSuffix(fixed(t, text, rev.Findings[0].Fix.Edits), "\n"))
		})
	}
}

func TestAFixOutsideOfTheRepositoryStaysProse(t *testing.T) {
	rev, err := review(t, change(t, two), run(`{"ruleId": "P1", "message": {"text": "m"}, `+at("src/a.go", 1)+`,
		"fixes": [{"artifactChanges": [{"artifactLocation": {"uri": "../../etc/passwd"}, "replacements": [{"deletedRegion": {"startLine": 1}, "insertedContent": {"text": "`+"```"+`"}}]}]}]}`))
	require.NoError(t, err)
	assert.Empty(t, rev.Findings[0].Fix.Edits)
	assert.Contains(t, rev.Findings[0].Fix.Text, "`../../etc/passwd`")
	assert.Contains(t, rev.Findings[0].Fix.Text, "````\n```\n````", "nothing in the text ends its block")
}

func TestAToolsOwnFailureIsTheReviews(t *testing.T) {
	for name, test := range map[string]struct{ invocation, want string }{
		"a run that did not succeed":  {`{"executionSuccessful": false, "exitCode": 3, "exitCodeDescription": "out of memory"}`, "Probe did not do all of its work: it says that its run did not succeed: out of memory (exit code 3)"},
		"an error of the tool":        {`{"executionSuccessful": true, "toolExecutionNotifications": [{"level": "error", "message": {"text": "rule P2 crashed"}}]}`, "rule P2 crashed"},
		"an error of configuration":   {`{"executionSuccessful": true, "toolConfigurationNotifications": [{"level": "error", "message": {}, "descriptor": {"id": "X1"}}]}`, "X1"},
		"a warning is none":           {`{"executionSuccessful": true, "toolExecutionNotifications": [{"level": "warning", "message": {"text": "slow"}}]}`, ""},
		"a run that does not say how": {`{}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			report := run(`{"ruleId": "P1", "message": {"text": "m"}, `+at("src/a.go", 1)+`}`, `"invocations": [`+test.invocation+`], "artifacts": [{"location": {"uri": "src/deep/b.go"}}]`)
			rev, err := review(t, change(t, two), report)
			require.Len(t, rev.Findings, 1, "what there is still counts")
			if test.want == "" {
				require.NoError(t, err)
				assert.Equal(t, []string{"src/a.go findings scanned", "src/deep/b.go clean scanned"}, covered(rev))
				return
			}
			require.ErrorContains(t, err, test.want)
			assert.NotErrorIs(t, err, deepreview.ErrBadAnswer)
			if strings.Contains(test.want, "did not succeed") {
				assert.Equal(t, []string{"src/a.go findings scanned"}, covered(rev), "nothing is clean of a run that failed")
			}
		})
	}
	_, err := review(t, change(t, two), run("", `"externalPropertyFileReferences": {"results": [{"guid": "x"}]}`))
	assert.ErrorContains(t, err, "in other files")
}

func TestFilesThatTheToolWasOnlyConfiguredByWereNotScanned(t *testing.T) {
	rev, err := review(t, change(t, two), run("", `"artifacts": [{"location": {"uri": "src/a.go"}, "roles": ["toolSpecifiedConfiguration"]}, {"location": {"uri": "src/deep/b.go"}, "roles": ["analysisTarget"]}]`))
	require.NoError(t, err)
	assert.Equal(t, []string{"src/deep/b.go clean scanned"}, covered(rev))
}

// The form that semgrep's documentation shows, about our own file.
func TestSemgrepsSARIFBecomesFindings(t *testing.T) {
	const text = "import subprocess\n\ndef show(name):\n    subprocess.run('ls ' + name, shell=True)\n"
	rev, err := review(t, change(t, map[string]string{"tools/show.py": text}), `{"$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json",
		"runs": [{"invocations": [{"executionSuccessful": true, "toolExecutionNotifications": []}],
		"results": [{"fingerprints": {"matchBasedId/v1": "abc"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "tools/show.py", "uriBaseId": "%SRCROOT%"},
			"region": {"endColumn": 45, "endLine": 4, "snippet": {"text": "    subprocess.run('ls ' + name, shell=True)"}, "startColumn": 5, "startLine": 4}}}],
			"message": {"text": "A shell runs what the caller gives."}, "properties": {}, "ruleId": "shell.true",
			"fixes": [{"description": {"text": "no shell"}, "artifactChanges": [{"artifactLocation": {"uri": "tools/show.py"}, "replacements": [
				{"deletedRegion": {"startLine": 4, "startColumn": 34, "endLine": 4, "endColumn": 44}, "insertedContent": {"text": "shell=False"}}]}]}]}],
		"tool": {"driver": {"name": "Semgrep OSS", "rules": [{"defaultConfiguration": {"level": "error"}, "fullDescription": {"text": "A shell runs what the caller gives."},
			"help": {"markdown": "A shell runs what the caller gives.", "text": "x"}, "id": "shell.true", "name": "shell.true", "properties": {"precision": "very-high", "tags": ["CWE-78", "security"]},
			"shortDescription": {"text": "Semgrep Finding: shell.true"}}], "semanticVersion": "1.140.0"}}}], "version": "2.1.0"}`)
	require.NoError(t, err)
	assert.Equal(t, []string{"tools/show.py:4 important shell.true: A shell runs what the caller gives."}, told(rev))
	f := rev.Findings[0]
	assert.Equal(t, deepreview.TopicSecurity, f.Topic)
	assert.Equal(t, "    subprocess.run('ls ' + name, shell=True)", f.Quote)
	assert.Contains(t, fixed(t, text, f.Fix.Edits), "name, shell=False)\n")
	assert.Equal(t, "Semgrep OSS 1.140.0", rev.Label)
}

func TestRootsThatTheReportStatesComeFirst(t *testing.T) {
	const bases = `"originalUriBaseIds": {"TOP": {"uri": "file:///web/"}, "SUB": {"uri": "web/", "uriBaseId": "TOP"}}`
	place := func(base string) string {
		return run(`{"ruleId": "P1", "message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "a.go", "uriBaseId": "`+base+`"}}}]}`, bases)
	}
	files := map[string]string{"a.go": "package a\n", "web/a.go": "package web\n"}
	for base, want := range map[string]string{"TOP": "a.go", "SUB": "web/a.go"} {
		rev, err := review(t, change(t, files), place(base))
		require.NoError(t, err)
		assert.Equal(t, want, rev.Findings[0].Locations[0].Path, base)
	}
}

func TestAShortPathIsNotGuessedWithoutTheTree(t *testing.T) {
	report := run(`{"ruleId": "P1", "message": {"text": "m"}, ` + at("deep/b.go", 1) + `}`)
	rev, err := review(t, diffOnly(t, two), report)
	require.NoError(t, err)
	assert.Empty(t, rev.Findings, "it may be a file of its own, which the change does not touch")
	assert.Contains(t, notes(rev), "beside")
}

func TestAFixForAnotherTextThanTheSnippetStaysProse(t *testing.T) {
	result := func(snippet string) string {
		return run(`{"ruleId": "P1", "message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "src/a.go"}, "region": {"startLine": 3, "snippet": {"text": "` + snippet + `"}}}}],
			"fixes": [{"artifactChanges": [{"artifactLocation": {"uri": "src/a.go"}, "replacements": [{"deletedRegion": {"startLine": 3}, "insertedContent": {"text": "x"}}]}]}]}`)
	}
	for snippet, edits := range map[string]int{"var A = 1": 1, "var A = 2": 0} {
		rev, err := review(t, change(t, two), result(snippet))
		require.NoError(t, err)
		assert.Len(t, rev.Findings[0].Fix.Edits, edits, snippet)
	}
}

func TestNothingIsCleanOfAReportThatWasNotReadWhole(t *testing.T) {
	whole := run(`{"ruleId": "P1", "message": {"text": "one"}, `+at("src/a.go", 1)+`}, {"ruleId": "P1"}`, `"artifacts": [{"location": {"uri": "src/deep/b.go"}}]`)
	rev, err := review(t, change(t, two), whole[:len(whole)-6])
	require.Error(t, err)
	assert.Equal(t, []string{"src/a.go findings scanned"}, covered(rev))
	rev, err = review(t, change(t, two), run(strings.Repeat(`{"ruleId": "P1", "message": {"text": "m"}, "level": "error", `+at("src/a.go", 1)+`},`, 500)+
		`{"ruleId": "P1", "message": {"text": "cut"}, `+at("src/deep/b.go", 1)+`}`))
	require.NoError(t, err)
	assert.Equal(t, []string{"src/a.go findings scanned"}, covered(rev), "what was found in the other file is only counted")
}

func TestTwinsHaveIDsOfTheirOwnAndTheirTool(t *testing.T) {
	one := run(`{"ruleId": "P/1", "message": {"text": "m"}, `+at("src/a.go", 1)+`}, {"ruleId": "P/1", "message": {"text": "m"}, `+at("src/a.go", 2)+`}`, `"x": 1`)
	second := strings.Replace(one[strings.Index(one, "[")+1:len(one)-2], `"Probe"`, `"Other"`, 1)
	rev, err := review(t, change(t, two), one[:len(one)-2]+", "+second+"]}")
	require.NoError(t, err)
	require.Len(t, rev.Findings, 4)
	ids := map[string]bool{}
	for _, f := range rev.Findings {
		assert.Regexp(t, `^P-1-[0-9a-f]{8}(\.\d+)?$`, f.ID)
		ids[f.ID] = true
	}
	assert.Len(t, ids, 4)
	assert.Equal(t, "Probe, Other", rev.Label)
	assert.Contains(t, rev.Findings[0].Detail, "Reported by Probe.")
	assert.Contains(t, rev.Findings[3].Detail, "Reported by Other.")
}

func TestPlacesOfAFindingAreBounded(t *testing.T) {
	var related []string
	for i := range 60 {
		related = append(related, fmt.Sprintf(`{"physicalLocation": {"artifactLocation": {"uri": "src/a.go"}, "region": {"startLine": %d}}}`, i+1))
	}
	rev, err := review(t, change(t, two), run(`{"ruleId": "P1", "message": {"text": "m"}, `+at("src/a.go", 1)+`, "relatedLocations": [`+strings.Join(related, ",")+`]}`))
	require.NoError(t, err)
	assert.Len(t, rev.Findings[0].Locations, 20)
	assert.Contains(t, rev.Findings[0].Detail, "41 more places")
}
