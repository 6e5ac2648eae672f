package sarif_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents/sarif"
)

// FuzzParse reads a text as any of the formats, by itself and against a change: whatever it is, there are reviews that can be
// held, or an error that says why.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"till/gosec.sarif", "till/staticcheck.sarif", "till/golangci-v2.json", "shop/eslint.json", "shop/eslint.sarif"} {
		f.Add(fixture(f, name))
	}
	f.Add(`{"message": "m", "location": {"path": "src/a.go", "range": {"start": {"line": 3, "column": 5}}}, "suggestions": [{"range": {"start": {"line": 3}}, "text": "x"}]}`)
	f.Add(`{"diagnostics": [{"message": "m", "location": {"path": "C:\\src\\a.go"}, "severity": 1}], "source": {"name": "/"}}`)
	f.Add(`{"Issues": [{"FromLinter": "x", "Text": "m", "Pos": {"Filename": "../src/a.go", "Line": 1}, "Replacement": {"NewLines": ["a"], "Inline": {"StartCol": 1, "Length": 2}}}]}`)
	f.Add(run(`{"ruleIndex": 1, "message": {"id": "m"}, `+at("file:///C:/x/src/a.go", 3)+`, "fixes": [{"artifactChanges": [{"artifactLocation": {"uri": "src/a.go"},
		"replacements": [{"deletedRegion": {"charOffset": 2, "charLength": 3}, "insertedContent": {"text": "z\n"}}]}]}]}`, `"originalUriBaseIds": {"A": {"uri": "x/", "uriBaseId": "A"}}`))
	c := change(f, map[string]string{"src/a.go": "package src\n\nvar é😀 = 1\r\n// end", "till.go": fixture(f, "till/till.go.txt"), "web/cart.js": fixture(f, "shop/cart.js.txt")})
	f.Fuzz(func(t *testing.T, text string) {
		reviews, _ := sarif.Parse([]byte(text))
		rev, err := (&sarif.Reviewer{Data: []byte(text)}).Review(t.Context(), c)
		require.True(t, rev != nil || err != nil)
		if rev != nil {
			reviews = append(reviews, rev)
			for _, cov := range rev.Coverage {
				assert.NotNil(t, c.File(cov.Path))
				assert.False(t, cov.Read(), "rules never make a file read")
			}
			for _, x := range rev.Findings {
				if x.Fix == nil {
					continue
				}
				for _, e := range x.Fix.Edits {
					assert.True(t, e.New == "" || strings.HasSuffix(e.New, "\n"))
				}
			}
		}
		for _, r := range reviews {
			ids := map[string]bool{}
			for _, x := range r.Findings {
				require.NoError(t, x.Validate())
				assert.False(t, ids[x.ID] || strings.Contains(x.ID, "/"), x.ID)
				ids[x.ID] = true
			}
			for _, n := range r.Notes {
				places := deepreview.Finding{ID: n.ID, Title: "places", Locations: n.Locations}
				require.NoError(t, places.Validate())
				assert.False(t, ids[n.ID], n.ID)
			}
		}
	})
}
