package markdown_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents/markdown"
	"github.com/deepreview-go/deepreview/internal/golden"
)

// told writes down what was read off a review, for a person to compare with the text.
func told(rev *deepreview.Review, err error) string {
	var b strings.Builder
	for _, f := range rev.Findings {
		fmt.Fprintf(&b, "%s %s", f.ID, f.Severity)
		for _, word := range []string{f.RawSeverity, string(f.Category), string(f.Topic)} {
			if word != "" {
				fmt.Fprintf(&b, " · %s", word)
			}
		}
		if f.Confidence > 0 {
			fmt.Fprintf(&b, " · %.2f", f.Confidence)
		}
		fmt.Fprintf(&b, " · %s\n", f.Title)
		for _, l := range f.Locations {
			fmt.Fprintf(&b, "  at %s\n", l)
		}
		text := func(name, s string) {
			if s != "" {
				fmt.Fprintf(&b, "  %s: %s\n", name, strings.ReplaceAll(s, "\n", "⏎"))
			}
		}
		text("quote", f.Quote)
		text("detail", f.Detail)
		text("impact", f.Impact)
		if f.Fix != nil {
			text("fix", f.Fix.Text)
		}
	}
	for _, n := range rev.Notes {
		fmt.Fprintf(&b, "%s %s", n.ID, n.Kind)
		if n.Risk != deepreview.RiskUnset {
			fmt.Fprintf(&b, " · %s risk", n.Risk)
		}
		if n.Commit != "" {
			fmt.Fprintf(&b, " · commit %s", n.Commit)
		}
		if n.Title != "" {
			fmt.Fprintf(&b, " · %s", n.Title)
		}
		fmt.Fprintf(&b, " · %s", strings.ReplaceAll(n.Text, "\n", "⏎"))
		for _, l := range n.Locations {
			fmt.Fprintf(&b, " @ %s", l)
		}
		b.WriteByte('\n')
	}
	for _, c := range rev.Coverage {
		fmt.Fprintf(&b, "covered %s: %s, %s", c.Path, c.Status, c.Depth)
		if c.Reason != "" {
			fmt.Fprintf(&b, " (%s)", c.Reason)
		}
		b.WriteByte('\n')
	}
	for name, s := range map[string]string{"summary": rev.Summary} {
		if s != "" {
			fmt.Fprintf(&b, "%s: %s\n", name, strings.ReplaceAll(s, "\n", "⏎"))
		}
	}
	if rev.Verdict != "" {
		fmt.Fprintf(&b, "verdict: %s\n", rev.Verdict)
	}
	for _, r := range rev.Repairs {
		fmt.Fprintf(&b, "repair: %s\n", r)
	}
	if err != nil {
		fmt.Fprintf(&b, "error: %v\n", err)
	}
	return b.String()
}

func TestEachFormIsRead(t *testing.T) {
	files, err := filepath.Glob("testdata/*.md")
	require.NoError(t, err)
	require.Greater(t, len(files), 15)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			rev, err := markdown.Parse(nil, string(text))
			for _, f := range rev.Findings {
				require.NoError(t, f.Validate())
				if f.Fix != nil {
					assert.Empty(t, f.Fix.Edits)
				}
			}
			assert.Equal(t, string(text), rev.Transcript)
			golden.Check(t, strings.TrimSuffix(file, ".md")+".txt", []byte(told(rev, err)))
			again, _ := markdown.Parse(nil, strings.ReplaceAll(string(text), "\n", "\r\n"))
			assert.Equal(t, told(rev, nil), told(again, nil), "line ends do not matter")
		})
	}
}
