package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/report"
	"github.com/deepreview-go/deepreview/reviewtest"
)

// saved writes the report of a small panel to a file, and returns its name.
func saved(t *testing.T) string {
	c, err := deepreview.ParseDiff(strings.NewReader("diff --git a/a.go b/a.go\n--- a/a.go\n+++ b/a.go\n@@ -1 +1,2 @@\n package a\n+var x = <y>\n"))
	require.NoError(t, err)
	c.Title, c.Repository = "Replace <y>", "example.com/shop"
	at := []deepreview.Location{{Path: "a.go", Start: 2}}
	r, err := new(deepreview.Pipeline).Consolidate(t.Context(), c, []*deepreview.Review{{
		Reviewer: "ann",
		Findings: []*deepreview.Finding{
			{ID: "1", Title: "It does not compile", Severity: deepreview.SeverityImportant, Locations: at},
			{ID: "2", Title: "The name says nothing", Severity: deepreview.SeveritySuggestion, Locations: at},
		},
	}})
	require.NoError(t, err)
	name := filepath.Join(t.TempDir(), "report.json")
	f, err := os.Create(name)
	require.NoError(t, err)
	require.NoError(t, r.WriteJSON(f))
	require.NoError(t, f.Close())
	return name
}

func TestThePageHasTheStyleOfTheHouse(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run([]string{saved(t)}, &out))
	page := out.String()
	assert.Contains(t, page, `<html lang="de">`)
	assert.Contains(t, page, `<p class="house">BEISPIEL AG · Begutachtung · example.com/shop`)
	assert.Contains(t, page, "<h1>Replace &lt;y&gt;</h1>", "foreign text stays escaped")
	assert.Contains(t, page, "<h2>Unvollständig</h2>")
	assert.Contains(t, page, `<b>1</b> Mangel</li>`)
	assert.Contains(t, page, `<b>0</b> Sperrer</li>`)
	assert.Regexp(t, regexp.MustCompile(`<h2 id="important-label">Mängel\b`), page)
	assert.Contains(t, page, "Zusammenfassung</h2>")
	assert.Contains(t, page, "Jede Meldung und ihr Verbleib</h2>")
	assert.Contains(t, page, "--link: #7a1f5c", "the style of the house is in the page")
	assert.NotContains(t, page, "Executive summary")
	assert.Contains(t, page, "It does not compile")
}

func TestTheHouseNeedsLessThanFortyLines(t *testing.T) {
	n := 0
	require.NoError(t, fs.WalkDir(files, "house", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := files.ReadFile(name)
		n += bytes.Count(text, []byte("\n"))
		// A file under a name that package report has not would be laid over nothing, unless something includes it.
		_, missing := fs.Stat(report.Templates(), strings.TrimPrefix(name, "house/"))
		assert.NoError(t, missing)
		return err
	}))
	assert.Less(t, n, 40)
}

func TestTheTemplatesOfTheHousePassTheCheck(t *testing.T) {
	templates, err := fs.Sub(files, "house")
	require.NoError(t, err)
	assert.NoError(t, report.CheckTemplates(templates))
}

func TestTheStyleOfTheHouseKeepsTheContractOfARenderer(t *testing.T) {
	if testing.Short() {
		t.Skip("the kit renders some sixty reports")
	}
	h, err := house()
	require.NoError(t, err)
	require.NoError(t, reviewtest.CheckRenderer(t.Context(), h, &reviewtest.RendererOptions{Format: reviewtest.FormatHTML}))
}

func TestWhatIsNoReportIsAnErrorThatNamesTheFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "other.json")
	require.NoError(t, os.WriteFile(name, []byte(`{"schema":"other"}`), 0o644))
	assert.ErrorIs(t, run([]string{name}, nil), deepreview.ErrSchema)
	assert.ErrorContains(t, run([]string{name}, nil), name)
	assert.ErrorContains(t, run(nil, nil), "name one file")
}
