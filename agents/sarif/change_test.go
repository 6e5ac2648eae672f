package sarif_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents/sarif"
)

// change adds files, and knows the trees.
func change(t testing.TB, files map[string]string) *deepreview.Change {
	t.Helper()
	c := diffOnly(t, files)
	tree := fstest.MapFS{}
	for name, text := range files {
		tree[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
	}
	tree["lib/old.go"] = &fstest.MapFile{Data: []byte("package lib\n"), Mode: 0o644}
	c.Tree, c.BaseTree = tree, fstest.MapFS{"lib/old.go": tree["lib/old.go"]}
	return c
}

// diffOnly adds files, and knows only the diff.
func diffOnly(t testing.TB, files map[string]string) *deepreview.Change {
	t.Helper()
	var diff strings.Builder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		lines := slices.Collect(strings.Lines(files[name]))
		fmt.Fprintf(&diff, "diff --git a/%[1]s b/%[1]s\nnew file mode 100644\n--- /dev/null\n+++ b/%[1]s\n@@ -0,0 +1,%[2]d @@\n", name, len(lines))
		for _, l := range lines {
			diff.WriteString("+" + l)
			if !strings.HasSuffix(l, "\n") {
				diff.WriteString("\n\\ No newline at end of file\n")
			}
		}
	}
	c, err := deepreview.ParseDiff(strings.NewReader(diff.String()))
	require.NoError(t, err)
	return c
}

func fixture(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", filepath.FromSlash(name)))
	require.NoError(t, err)
	return string(data)
}

func review(t testing.TB, c *deepreview.Change, report string) (*deepreview.Review, error) {
	t.Helper()
	return (&sarif.Reviewer{ID: "linter", Data: []byte(report)}).Review(t.Context(), c)
}

// told are findings as "place severity rule: title".
func told(rev *deepreview.Review) []string {
	var out []string
	for _, f := range rev.Findings {
		at := "nowhere"
		if len(f.Locations) > 0 {
			at = f.Locations[0].String()
		}
		out = append(out, fmt.Sprintf("%s %s %s: %s", at, f.Severity, f.Rule, f.Title))
	}
	return out
}

// notes are titles by ID.
func notes(rev *deepreview.Review) map[string]string {
	out := map[string]string{}
	for _, n := range rev.Notes {
		out[n.ID] = n.Title
	}
	return out
}

// covered is the coverage as "path status".
func covered(rev *deepreview.Review) []string {
	var out []string
	for _, c := range rev.Coverage {
		out = append(out, fmt.Sprintf("%s %s %s", c.Path, c.Status, c.Depth))
	}
	return out
}

// fixed applies edits to a text.
func fixed(t testing.TB, text string, edits []deepreview.Edit) string {
	t.Helper()
	require.NotEmpty(t, edits)
	lines := slices.Collect(strings.Lines(text))
	slices.SortFunc(edits, func(a, b deepreview.Edit) int { return b.Start - a.Start })
	for _, e := range edits {
		lines = slices.Concat(lines[:e.Start-1], []string{e.New}, lines[e.End:])
	}
	return strings.Join(lines, "")
}
