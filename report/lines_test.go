package report_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/report"
)

func TestLinesAreOnePerOpenIssue(t *testing.T) {
	r := pr234(t)
	lines := strings.Split(strings.TrimSuffix(render(t, report.Lines{}, r), "\n"), "\n")
	require.Len(t, lines, len(r.Issues)+1)
	for i, is := range r.Issues {
		assert.True(t, strings.HasPrefix(lines[i], is.Locations[0].String()+":") || strings.HasPrefix(lines[i], is.Locations[0].Path+":"), lines[i])
		assert.Contains(t, lines[i], ": "+is.Severity.String()+": ")
		assert.True(t, strings.HasSuffix(lines[i], "["+is.Number+"]"), lines[i])
	}
	assert.Equal(t, "deepreview: merge with fixes: "+r.Verdict.Reason+". "+r.Structure(), lines[len(lines)-1])

	r.Issues[0].Status = deepreview.StatusDeclined
	r.Issues[1].Title = "two\nlines\x1b[31m: critical: "
	r.Issues[1].Locations = nil
	lines = strings.Split(strings.TrimSuffix(render(t, report.Lines{}, r), "\n"), "\n")
	require.Len(t, lines, len(r.Issues), "what is settled is not shown, and a title is one line")
	assert.True(t, strings.HasPrefix(lines[0], "-: "), lines[0])
	assert.NotContains(t, lines[0], "\x1b")
}

func TestLinesOfAnEmptyReportSayWhatIsMissing(t *testing.T) {
	r := &deepreview.Report{Verdict: deepreview.Verdict{Kind: deepreview.VerdictIncomplete, Reason: "no reviewer ran", Missing: []string{"no reviewer ran", "2 files read by nobody"}}}
	assert.Equal(t, "deepreview: incomplete: no reviewer ran. 0 critical, 0 important, 0 suggestions.\ndeepreview: missing: 2 files read by nobody\n",
		render(t, report.Lines{}, r))
}
