package report_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents/sarif"
	"github.com/deepreview-go/deepreview/internal/golden"
	"github.com/deepreview-go/deepreview/report"
)

type sarifLocation struct {
	Physical struct {
		Artifact struct {
			URI   string `json:"uri"`
			Index *int   `json:"index"`
		} `json:"artifactLocation"`
		Region *struct {
			StartLine int `json:"startLine"`
			EndLine   int `json:"endLine"`
		} `json:"region"`
	} `json:"physicalLocation"`
	Message struct {
		Text string `json:"text"`
	} `json:"message"`
}

// sarifRun is what the tests read of a run.
type sarifRun struct {
	Tool struct {
		Driver struct {
			Version string `json:"version"`
			Rules   []struct {
				ID string `json:"id"`
			} `json:"rules"`
		} `json:"driver"`
	} `json:"tool"`
	Automation struct {
		ID string `json:"id"`
	} `json:"automationDetails"`
	Invocations []struct {
		Successful    bool `json:"executionSuccessful"`
		Notifications []struct {
			Level      string `json:"level"`
			Descriptor struct {
				ID string `json:"id"`
			} `json:"descriptor"`
			Message struct {
				Text string `json:"text"`
			} `json:"message"`
			Locations []sarifLocation `json:"locations"`
		} `json:"toolExecutionNotifications"`
	} `json:"invocations"`
	Provenance []struct {
		URL      string `json:"repositoryUri"`
		Revision string `json:"revisionId"`
	} `json:"versionControlProvenance"`
	Artifacts []struct {
		Location struct {
			URI string `json:"uri"`
		} `json:"location"`
		Roles []string `json:"roles"`
	} `json:"artifacts"`
	Results []struct {
		Rule      string   `json:"ruleId"`
		RuleIndex int      `json:"ruleIndex"`
		Kind      string   `json:"kind"`
		Level     string   `json:"level"`
		Rank      *float64 `json:"rank"`
		Baseline  string   `json:"baselineState"`
		Message   struct {
			Text     string `json:"text"`
			Markdown string `json:"markdown"`
		} `json:"message"`
		Locations []sarifLocation `json:"locations"`
		Related   []sarifLocation `json:"relatedLocations"`
		Flows     []struct {
			Threads []struct {
				Locations []struct {
					Location sarifLocation `json:"location"`
				} `json:"locations"`
			} `json:"threadFlows"`
		} `json:"codeFlows"`
		Suppressions []struct {
			Kind, Status, Justification string
		} `json:"suppressions"`
		Fixes []struct {
			Changes []struct {
				Replacements []json.RawMessage `json:"replacements"`
			} `json:"artifactChanges"`
		} `json:"fixes"`
		Fingerprints map[string]string `json:"partialFingerprints"`
		Properties   struct {
			Votes     map[string]int `json:"votes"`
			Reviewers []struct {
				Label, Severity, RawSeverity string
			} `json:"reviewers"`
		} `json:"properties"`
	} `json:"results"`
}

func sarifOf(t testing.TB, r *deepreview.Report) sarifRun {
	t.Helper()
	var log struct {
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	require.NoError(t, json.Unmarshal([]byte(render(t, report.SARIF{Version: "1.2.3"}, r)), &log))
	require.Equal(t, "2.1.0", log.Version)
	require.Len(t, log.Runs, 1)
	return log.Runs[0]
}

func TestMachineFormatsOfTheRecordedReviewLookAsTheyShould(t *testing.T) {
	golden.Check(t, filepath.Join("testdata", "pr234.sarif"), []byte(render(t, report.SARIF{Version: "1.2.3"}, recorded(t))))
	golden.Check(t, filepath.Join("testdata", "pr234.rdjson"), []byte(render(t, report.RDJSON{}, recorded(t))))
	golden.Check(t, filepath.Join("testdata", "pr234.rdjsonl"), []byte(render(t, report.RDJSONLines{}, recorded(t))))
	golden.Check(t, filepath.Join("testdata", "pr234.gitlab.json"), []byte(render(t, report.GitLab{}, recorded(t))))
	golden.Check(t, filepath.Join("testdata", "shop.sarif"), []byte(render(t, report.SARIF{Version: "1.2.3"}, shop())))
	golden.Check(t, filepath.Join("testdata", "shop.rdjson"), []byte(render(t, report.RDJSON{}, shop())))
	golden.Check(t, filepath.Join("testdata", "shop.gitlab.json"), []byte(render(t, report.GitLab{}, shop())))
}

func TestSARIFSaysHowEachIssueStands(t *testing.T) {
	type result struct{ title, rule, kind, level, baseline, suppressed string }
	var got []result
	for _, x := range sarifOf(t, shop()).Results {
		title, _, _ := strings.Cut(x.Message.Text, "\n")
		out := result{title: title, rule: x.Rule, kind: x.Kind, level: x.Level, baseline: x.Baseline}
		for _, s := range x.Suppressions {
			out.suppressed = s.Kind + " " + s.Status + ": " + s.Justification
		}
		got = append(got, out)
	}
	assert.Equal(t, []result{
		{"The first price is lost", "deepreview-correctness", "", "error", "unchanged", ""},
		{"Both files are in need", "deepreview-correctness", "", "warning", "new", ""},
		{"Nothing uses this", "U1000", "", "warning", "new", ""},
		{"No place is cited", "deepreview-naming-such", "", "note", "new", ""},
		{"What was removed is missed", "deepreview-other", "", "note", "new", ""},
		{"A place outside", "deepreview-correctness", "", "note", "new", ""},
		{"Hardly likely", "deepreview-correctness", "", "note", "new", "external accepted: Folded away: survival 0.12 is below the asked 0.30."},
		{"Shown to be wrong", "deepreview-correctness", "", "note", "new", "external accepted: Refuted by second: the line is empty."},
		{"It was fixed", "deepreview-correctness", "pass", "none", "absent", ""},
		{"Still so", "deepreview-correctness", "review", "none", "unchanged", ""},
		{"Not looked at", "deepreview-correctness", "open", "none", "", ""},
		{"Declined", "deepreview-correctness", "", "error", "unchanged", "external accepted: Settled: accepted risk: known."},
		{"Silenced", "deepreview-correctness", "", "warning", "unchanged", "inSource accepted: Settled: shop/cart.go:8: on purpose."},
	}, got)
}

func TestSARIFCallsNothingAbsentThatNobodyLookedAt(t *testing.T) {
	for _, status := range []deepreview.RoundStatus{deepreview.StatusNew, deepreview.StatusPersisting, deepreview.StatusReopened, deepreview.StatusDeclined,
		deepreview.StatusSuppressed, deepreview.StatusNotExamined, "", "something new"} {
		r := &deepreview.Report{Prior: []deepreview.PriorIssue{{Issue: &deepreview.Issue{ID: "0a1b2c3d", Status: deepreview.StatusFixed}, Status: status}}}
		assert.NotEqual(t, "absent", sarifOf(t, r).Results[0].Baseline, status)
	}
}

func TestSARIFPlacesAreThoseAtHead(t *testing.T) {
	run := sarifOf(t, shop())
	x := run.Results[0]
	require.Len(t, x.Locations, 1)
	assert.Equal(t, "shop/cart.go", x.Locations[0].Physical.Artifact.URI)
	assert.Equal(t, 6, x.Locations[0].Physical.Region.StartLine)
	assert.Equal(t, 8, x.Locations[0].Physical.Region.EndLine)
	require.Len(t, x.Related, 1)
	assert.Equal(t, "documented here", x.Related[0].Message.Text)
	require.Len(t, x.Flows, 1, "Alpha's finding alone cites two places")
	assert.Len(t, x.Flows[0].Threads[0].Locations, 2)
	assert.Empty(t, run.Results[1].Flows)

	require.Len(t, run.Results[3].Locations, 1)
	assert.Equal(t, ".", run.Results[3].Locations[0].Physical.Artifact.URI)
	assert.Equal(t, "No place is cited.", run.Results[3].Locations[0].Message.Text)
	many := make([]deepreview.Location, 230)
	for i := range many {
		many[i] = at("x.go", i+1)
	}
	assert.Contains(t, sarifOf(t, &deepreview.Report{Issues: []*deepreview.Issue{{Locations: many}}}).Results[0].Message.Text, "It cites 230 places, of which 30 are left out.")
	old := run.Results[4]
	require.Len(t, old.Locations, 1)
	assert.Zero(t, old.Locations[0].Physical.Region.StartLine)
	assert.Equal(t, "Lines 3-5 before the change", old.Locations[0].Message.Text)
	odd := run.Results[5]
	require.Len(t, odd.Locations, 1)
	assert.Equal(t, "shop/cart.go", odd.Locations[0].Physical.Artifact.URI)
	assert.Contains(t, odd.Message.Text, "../etc/passwd")
	unseen := run.Results[10]
	assert.Zero(t, unseen.Locations[0].Physical.Region.StartLine, "its lines count in an earlier head")
	assert.Equal(t, 10, run.Results[11].Locations[0].Physical.Region.StartLine, "what was raised again has those of this one")
}

func TestSARIFPathsAreRelativeReferences(t *testing.T) {
	for _, path := range []string{"a b:c%.go", "c:/x", "x?y#z", "日本/ü.go", "a\\b", "\u202e", "-", "%2e%2e/x", "a//b", "..", "../x", "/x", "", "x/../y", "C:x", "http:", "x&y\"'<>"} {
		r := &deepreview.Report{Files: []deepreview.FileSummary{{Path: path, Status: deepreview.FileAdded}},
			Issues: []*deepreview.Issue{{Title: "x", Locations: []deepreview.Location{{Path: path, Start: 1}}}}}
		run := sarifOf(t, r)
		if !fs.ValidPath(path) {
			assert.Empty(t, run.Artifacts, path)
			assert.Equal(t, ".", run.Results[0].Locations[0].Physical.Artifact.URI, path)
			continue
		}
		uri := run.Results[0].Locations[0].Physical.Artifact.URI
		assert.Regexp(t, `^[A-Za-z0-9\-._~%/!$&'()*+,;=@]+$`, uri)
		u, err := url.Parse(uri)
		require.NoError(t, err)
		assert.Empty(t, u.Scheme+u.Host+u.RawQuery+u.Fragment, uri)
		assert.Equal(t, path, u.Path)
		assert.Equal(t, 0, *run.Results[0].Locations[0].Physical.Artifact.Index)
		assert.Equal(t, uri, run.Artifacts[0].Location.URI)
	}
}

func TestSARIFSaysWhatWasNotDone(t *testing.T) {
	run := sarifOf(t, shop())
	require.Len(t, run.Invocations, 1)
	assert.False(t, run.Invocations[0].Successful)
	var got []string
	for _, n := range run.Invocations[0].Notifications {
		text := n.Descriptor.ID + " " + n.Level + ": " + n.Message.Text
		for _, l := range n.Locations {
			text += " @" + l.Physical.Artifact.URI
		}
		got = append(got, text)
	}
	assert.Equal(t, []string{
		"reviewer-failed error: Beta 2 did not finish (timeout): timed out after 10 minutes.",
		"reviewer-skipped note: off did not take part: no key.",
		"file-unread warning: Rules ran over this file, and nobody read it. @shop/a%20b%3Ac%25.go",
		"file-excluded note: The user left this file out of the review. @vendor/x.go",
		"remark note: Something was cut.",
	}, got)
	assert.True(t, sarifOf(t, recorded(t)).Invocations[0].Successful)
	for name, r := range map[string]*deepreview.Report{
		"empty":   {},
		"skipped": {Reviews: []*deepreview.Review{{Reviewer: "x", Failure: &deepreview.Failure{Kind: deepreview.FailureSkipped}}}},
		"own":     {Verdict: deepreview.Verdict{Kind: deepreview.VerdictIncomplete, Missing: []string{"no test ran"}}, Reviews: []*deepreview.Review{{Reviewer: "x"}}},
		"failed":  {Verdict: deepreview.Verdict{Kind: deepreview.VerdictMerge}, Reviews: []*deepreview.Review{{Reviewer: "x"}, {Reviewer: "y", Failure: &deepreview.Failure{Kind: deepreview.FailureError}}}},
		"unread":  {Files: []deepreview.FileSummary{{Path: "x"}}, Reviews: []*deepreview.Review{{Reviewer: "x"}}},
	} {
		v := sarifOf(t, r).Invocations[0]
		assert.False(t, v.Successful, name)
		assert.NotEmpty(t, v.Notifications, name)
	}
}

func TestSARIFHasVotesRanksFingerprintsAndProvenance(t *testing.T) {
	run := sarifOf(t, shop())
	assert.Equal(t, "1.2.3", run.Tool.Driver.Version)
	assert.Equal(t, "deepreview/555555555555", run.Automation.ID)
	require.Len(t, run.Provenance, 1)
	assert.Equal(t, "https://forge.example/shop", run.Provenance[0].URL)
	assert.Equal(t, strings.Repeat("b", 40), run.Provenance[0].Revision)
	x := run.Results[0]
	assert.Equal(t, map[string]string{"deepreviewIssue/v1": "000000000001", "deepreviewCode/v1": "0000000000000001"}, x.Fingerprints)
	assert.Equal(t, 81.25, *x.Rank)
	assert.Equal(t, map[string]int{"reported": 2, "read": 2}, x.Properties.Votes)
	require.Len(t, x.Properties.Reviewers, 2)
	assert.Equal(t, "critical", x.Properties.Reviewers[0].Severity)
	assert.Equal(t, "important", x.Properties.Reviewers[1].Severity)
	assert.Contains(t, x.Message.Text, "Raised by Alpha 1 and Beta 2 as important (C1; 2 of 2 that read it).")
	assert.Equal(t, "warning", run.Results[2].Properties.Reviewers[0].RawSeverity)
	for _, survival := range []float64{0, -1, 2} {
		r := &deepreview.Report{Issues: []*deepreview.Issue{{Survival: survival}}}
		assert.Nil(t, sarifOf(t, r).Results[0].Rank, survival)
	}
	for i, x := range run.Results {
		assert.Equal(t, x.Rule, run.Tool.Driver.Rules[x.RuleIndex].ID, i)
		assert.True(t, strings.HasSuffix(x.Message.Text, "."), "a message ends in a full stop")
	}
	assert.Equal(t, []string{"added"}, []string{run.Artifacts[1].Roles[1]})
	assert.Equal(t, "analysisTarget", run.Artifacts[0].Roles[0])
}

// change is one that adds the files.
func change(t testing.TB, diff string, files map[string]string) *deepreview.Change {
	t.Helper()
	c, err := deepreview.ParseDiff(strings.NewReader(diff))
	require.NoError(t, err)
	tree := fstest.MapFS{}
	for name, text := range files {
		tree[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
	}
	c.Tree, c.BaseTree = tree, fstest.MapFS{}
	return c
}

func at(path string, line int) deepreview.Location {
	return deepreview.Location{Path: path, Start: line}
}

// applied makes the edits in a text.
func applied(text string, edits []deepreview.Edit) string {
	lines := slices.Collect(strings.Lines(text))
	edits = slices.Clone(edits)
	slices.SortFunc(edits, func(a, b deepreview.Edit) int { return b.Start - a.Start })
	for _, e := range edits {
		lines = slices.Concat(lines[:e.Start-1], []string{e.New}, lines[e.End:])
	}
	return strings.Join(lines, "")
}

// A reader of another make is in this module: what linters found. It has to see the edits that were written.
func TestFixesAreReadBackAsTheyWere(t *testing.T) {
	r := shop()
	r.Issues[0].Status = deepreview.StatusNew // what is known already is put aside
	c := change(t, shopDiff(), shopFiles)
	want := applied(shopFiles["shop/cart.go"], r.Issues[0].Fix.Edits)
	require.Equal(t, "package shop\n\nfunc Total(prices []int) int {\n\tsum := 0\n\tfor _, price := range prices {\n\t\tsum += price\n\t}\n\treturn sum\n\t// the end\n}\n", want)
	rev, err := (&sarif.Reviewer{ID: "back", Data: []byte(render(t, report.SARIF{}, r))}).Review(t.Context(), c)
	require.NotNil(t, rev, "%v", err)
	got := map[string]*deepreview.Finding{}
	for _, f := range rev.Findings {
		got[f.Title] = f
	}
	f := got["The first price is lost"]
	require.NotNil(t, f, fmt.Sprint(got))
	require.NotNil(t, f.Fix)
	assert.Equal(t, want, applied(shopFiles["shop/cart.go"], f.Fix.Edits))
	assert.Equal(t, "shop/cart.go:6-8", f.Locations[0].String())
	two := got["Both files are in need"]
	require.NotNil(t, two.Fix)
	assert.Len(t, two.Fix.Edits, 2)
	assert.NotContains(t, got, "It was fixed")
	assert.NotContains(t, got, "Declined")

	// rdjson has a suggestion for each edit.
	rev, err = (&sarif.Reviewer{ID: "back", Data: []byte(render(t, report.RDJSON{}, r))}).Review(t.Context(), c)
	require.NoError(t, err)
	require.NotEmpty(t, rev.Findings)
	assert.Equal(t, []deepreview.Location{{Path: "shop/cart.go", Start: 6, End: 8}, {Path: "shop/cart.go", Start: 4, Label: "documented here"}}, rev.Findings[0].Locations)
	require.NotNil(t, rev.Findings[0].Fix)
	assert.Len(t, rev.Findings[0].Fix.Edits, 1, "the first: the format does not say that they belong together")
}

func TestADoubtfulFixIsNoFix(t *testing.T) {
	one := deepreview.Edit{Path: "x.go", Start: 2, End: 2, New: "fine\n"}
	for name, edits := range map[string][]deepreview.Edit{
		"hidden characters":    {one, {Path: "x.go", Start: 4, End: 4, New: "if admin \u202e{\n"}},
		"a control":            {{Path: "x.go", Start: 4, End: 4, New: "\x1b[31m\n"}},
		"no text":              {{Path: "x.go", Start: 4, End: 4, New: "\xff\n"}},
		"overlap":              {one, {Path: "x.go", Start: 2, End: 3, New: "y\n"}},
		"two at one place":     {{Path: "x.go", Start: 2, End: 1, New: "a\n"}, {Path: "x.go", Start: 2, End: 1, New: "b\n"}},
		"backwards":            {{Path: "x.go", Start: 5, End: 2, New: "y\n"}},
		"before the first":     {{Path: "x.go", Start: 0, End: 0, New: "y\n"}},
		"outside":              {one, {Path: "../x.go", Start: 2, End: 2, New: "y\n"}},
		"half a line":          {{Path: "x.go", Start: 2, End: 2, New: "y"}},
		"nothing":              {{Path: "x.go", Start: 2, End: 1}},
		"longer than anything": {{Path: "x.go", Start: 2, End: 2, New: strings.Repeat("y", 300<<10) + "\n"}},
	} {
		r := &deepreview.Report{Issues: []*deepreview.Issue{{Title: "x", Locations: []deepreview.Location{{Path: "x.go", Start: 2}}, Fix: &deepreview.Fix{Edits: edits}}}}
		run := sarifOf(t, r)
		assert.Empty(t, run.Results[0].Fixes, name)
		assert.Contains(t, run.Results[0].Message.Text, "left out", name)
		assert.NotContains(t, render(t, report.RDJSON{}, r), `"suggestions"`, name)
	}
	carriage := []deepreview.Edit{{Path: "x.go", Start: 2, End: 2, New: "fine\r\n"}, {Path: "x.go", Start: 3, End: 2, New: "\tfine, too\n"}, {Path: "x.go", Start: 3, End: 3}}
	r := &deepreview.Report{Issues: []*deepreview.Issue{{Title: "x", Locations: []deepreview.Location{{Path: "x.go", Start: 2}}, Fix: &deepreview.Fix{Edits: carriage}}}}
	assert.Len(t, sarifOf(t, r).Results[0].Fixes[0].Changes[0].Replacements, 3)
}
