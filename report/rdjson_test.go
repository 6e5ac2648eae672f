package report_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/report"
)

type rdDiagnostic struct {
	Message     string
	Severity    string
	Code        struct{ Value string }
	Location    json.RawMessage
	Suggestions []json.RawMessage
}

func rdjsonOf(t testing.TB, r *deepreview.Report) []rdDiagnostic {
	t.Helper()
	var out struct{ Diagnostics []rdDiagnostic }
	require.NoError(t, json.Unmarshal([]byte(render(t, report.RDJSON{}, r)), &out))
	return out.Diagnostics
}

func TestRDJSONHasSeveritiesAndWhyOneIsLow(t *testing.T) {
	var got []string
	for _, d := range rdjsonOf(t, shop()) {
		title, _, _ := strings.Cut(d.Message, "\n")
		got = append(got, strings.TrimSpace(d.Severity+" "+d.Code.Value+": "+title))
	}
	assert.Equal(t, []string{
		"ERROR deepreview-correctness: The first price is lost",
		"WARNING deepreview-correctness: Both files are in need",
		"WARNING U1000: Nothing uses this",
		"INFO deepreview-naming-such: No place is cited",
		"INFO deepreview-other: What was removed is missed",
		"INFO deepreview-correctness: A place outside",
		"INFO deepreview-correctness: Hardly likely",
		"INFO deepreview-correctness: Shown to be wrong",
		"INFO deepreview-correctness: Still so",
		"INFO deepreview-correctness: Not looked at",
		"WARNING deepreview-incomplete: This review is not complete: Beta did not finish (timeout); 1 of 2 files read by nobody: shop/a b:c%.go.",
	}, got)
	all := rdjsonOf(t, shop())
	for i, why := range map[int]string{4: "lines 3-5 before the change", 6: "survival 0.12 is below the asked 0.30", 7: "Refuted by second: the line is empty.", 9: "nobody read its file this time"} {
		assert.Contains(t, all[i].Message, why)
	}
	assert.Empty(t, rdjsonOf(t, &deepreview.Report{Issues: []*deepreview.Issue{{Title: "x"}}})[0].Severity, "nobody said")
}

func TestRDJSONSuggestsWholeFixesOfOneFileOnly(t *testing.T) {
	all := rdjsonOf(t, shop())
	var got []string
	for _, s := range all[0].Suggestions {
		got = append(got, strings.Join(strings.Fields(string(s)), " "))
	}
	assert.Equal(t, []string{
		`{ "range": { "start": { "line": 3, "column": 1 }, "end": { "line": 4, "column": 1 } }, "text": "" }`,
		`{ "range": { "start": { "line": 6 }, "end": { "line": 6 } }, "text": "\tfor _, price := range prices {" }`,
		`{ "range": { "start": { "line": 7 }, "end": { "line": 7 } }, "text": "\t\tsum += price" }`,
		`{ "range": { "start": { "line": 10, "column": 1 }, "end": { "line": 10, "column": 1 } }, "text": "\t// the end\n" }`,
	}, got)
	assert.Empty(t, all[1].Suggestions, "half of a fix is none")
	assert.Contains(t, all[1].Message, "reach beyond this file")
}

func TestADiagnosticIsCutBeforeReviewdogWouldStop(t *testing.T) {
	long := strings.Repeat("\"quoted\" `code` ", 6000)
	at := func(path string) (out []deepreview.Location) {
		for n := range 200 {
			out = append(out, deepreview.Location{Path: path, Start: n + 1, Label: strings.Repeat("label ", 300)})
		}
		return out
	}
	for name, is := range map[string]*deepreview.Issue{
		"texts":  {Title: "title", Detail: long, Impact: long, Fix: &deepreview.Fix{Text: long}, Locations: at("x.go")[:2]},
		"places": {Title: "title", Locations: at("x.go")},
		"edits":  {Title: "title", Locations: at("x.go")[:1], Fix: &deepreview.Fix{Edits: []deepreview.Edit{{Path: "x.go", Start: 1, End: 1, New: long + long + "\n"}}}},
		"a path": {Title: "title", Locations: at(strings.Repeat("x", 70000))[:1]},
	} {
		text := render(t, report.RDJSONLines{}, &deepreview.Report{Issues: []*deepreview.Issue{is}})
		line, _, _ := strings.Cut(text, "\n")
		assert.Less(t, len(line), 60001, name)
		assert.Contains(t, line, "title", name)
		assert.True(t, json.Valid([]byte(line)), name)
	}
	places := rdjsonOf(t, &deepreview.Report{Issues: []*deepreview.Issue{{Title: "x", Locations: at("x.go")}}})[0]
	assert.Regexp(t, `It cites \d+ more places\.`, places.Message)
}

// A format for programs is a renderer as any other.
func ExampleRDJSONLines() {
	r := &deepreview.Report{
		Verdict: deepreview.Verdict{Kind: deepreview.VerdictMergeWithFixes, Reason: "1 important issue"},
		Issues: []*deepreview.Issue{{Number: "I1", Title: "The lock is never released", Severity: deepreview.SeverityImportant, Topic: deepreview.TopicConcurrency,
			Locations: []deepreview.Location{{Path: "store.go", Start: 12}}, Sources: []deepreview.Source{{Reviewer: "alpha", Severity: deepreview.SeverityImportant}}}},
	}
	if err := (report.RDJSONLines{}).Render(os.Stdout, r); err != nil {
		panic(err)
	}
	// Output:
	// {"message":"The lock is never released\n\nRaised by alpha (I1).","location":{"path":"store.go","range":{"start":{"line":12}}},"severity":"WARNING","source":{"name":"deepreview","url":"https://github.com/deepreview-go/deepreview"},"code":{"value":"deepreview-concurrency"}}
}
