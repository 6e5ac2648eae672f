package reviewtest

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
)

func TestEverySampleIsAChangeThatALoaderCouldHaveMade(t *testing.T) {
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) {
			c := s.build()
			require.Empty(t, difference(snapshot(headless(c)), snapshot(headless(s.build()))), "each build is equal to the last")
			seen := map[string]bool{}
			for _, f := range c.Files {
				assert.False(t, seen[f.Path], "%s stands twice", f.Path)
				seen[f.Path] = true
				if f.Unreadable != "" {
					assert.Empty(t, f.Hunks)
					continue
				}
				assert.True(t, fs.ValidPath(f.Path), f.Path)
				if f.Binary || f.Submodule() || c.Tree == nil || s.name == "trees that cannot be read" {
					continue
				}
				requireApplies(t, c, f)
			}
		})
	}
}

// headless is the change without what has an identity only.
func headless(c *deepreview.Change) *deepreview.Change {
	own := *c
	own.Tree, own.BaseTree, own.Blame, own.Log = nil, nil, nil, nil
	return &own
}

// requireApplies requires that the hunks of f make the head's content of the base's.
func requireApplies(t *testing.T, c *deepreview.Change, f *deepreview.File) {
	t.Helper()
	content := func(tree fs.FS, name string, mode deepreview.FileMode) []string {
		if mode == deepreview.ModeSymlink {
			target, err := fs.ReadLink(tree, name)
			require.NoError(t, err)
			return lines(target)
		}
		data, err := fs.ReadFile(tree, name)
		require.NoError(t, err)
		return lines(string(data))
	}
	var before, after []string
	if f.Status != deepreview.FileAdded {
		before = content(c.BaseTree, f.Before(), f.OldMode)
	}
	if f.Status != deepreview.FileDeleted {
		after = content(c.Tree, f.Path, f.NewMode)
	}
	var made []string
	at, added, deleted := 0, 0, 0
	for _, h := range f.Hunks {
		if h.OldLines > 0 {
			made = append(made, before[at:h.OldStart-1]...)
			at = h.OldStart - 1
		}
		old, head := 0, 0
		for l := range h.Lines() {
			text := l.Text + "\n"
			if l.NoEOL {
				text = l.Text
			}
			if l.Op != deepreview.OpAdd {
				require.Equal(t, before[l.Old-1], text, f.Path)
				old++
				at++
			}
			if l.Op != deepreview.OpDelete {
				require.Equal(t, after[l.New-1], text, f.Path)
				made = append(made, text)
				head++
			}
			switch l.Op {
			case deepreview.OpAdd:
				added++
			case deepreview.OpDelete:
				deleted++
			}
		}
		assert.Equal(t, []int{h.OldLines, h.NewLines}, []int{old, head}, f.Path)
	}
	assert.Equal(t, []int{f.Added, f.Deleted}, []int{added, deleted}, f.Path)
	assert.Equal(t, strings.Join(after, ""), strings.Join(append(made, before[at:]...), ""), f.Path)
}

func TestASnapshotTellsWhatChanged(t *testing.T) {
	c := ordinaryChange()
	before := snapshot(c)
	require.Empty(t, difference(before, snapshot(c)))
	for what, change := range map[string]func(){
		`Files[1].Hunks[0].Section was "" and is "x"`:                      func() { c.Files[1].Hunks[0].Section = "x" },
		`Files was "a list of 6" and is "a list of 5"`:                     func() { c.Files = c.Files[:5] },
		`Commits[0].Parents was "a list of 1" and is "a list of 0"`:        func() { c.Commits[0].Parents = nil },
		`Threads[0].Comments[0] was "Bob Example: what if this fails?" an`: func() { c.Threads[0].Comments[0] = "" },
		`PullRequest.Number was "7" and is "8"`:                            func() { c.PullRequest.Number++ },
		`Commits[1].Date was "2026-03-02T10:30:00Z" and is "2026-03-02T1`:  func() { c.Commits[1].Date = c.Commits[1].Date.Add(1e9) },
		`Tree was `: func() { c.Tree = nil },
	} {
		c = ordinaryChange()
		before = snapshot(c)
		change()
		assert.Contains(t, difference(before, snapshot(c)), what)
	}
}

func TestEveryForeignTextOfAPoisonedReportHoldsTheMark(t *testing.T) {
	r := poisoned(payloads[0])
	for _, text := range []string{
		r.Issues[0].Title, r.Issues[0].Detail, r.Issues[0].Sources[0].Reviewer, r.Issues[0].Locations[0].Path, r.Issues[0].Excerpts[0].Lines[0],
		r.Issues[0].Reasons[0], r.Change.Title, r.Change.Commits[0].Subject, r.Change.PullRequest.URL, r.Files[0].Path, r.Reviews[0].Label,
		r.Reviews[0].Findings[0].Quote, r.Reviews[0].Coverage[0].Reason, r.Notes[0].Text, r.Threads[0].Comments[0], r.Ledger[0].Title,
		r.Scorecards[0].Retro[0].Text, r.Verdict.Reason, r.Summary, r.Warnings[0], r.Prior[0].Issue.Title,
	} {
		assert.Contains(t, text, mark)
	}
	assert.NotContains(t, r.Issues[0].ID+r.Issues[0].Number+r.Schema, mark)
}

func TestWhatForeignTextCanDoInAPage(t *testing.T) {
	for page, what := range map[string]string{
		`<p>zqmark &lt;script&gt;zqmark</p>`:                                  "",
		`<a href="https://zqmark.example/">x</a><a href="#zqmark">x</a>`:      "",
		`<p title="zqmark" data-x="zqmark" aria-label="zqmark">x</p>`:         "",
		`<script type="application/json">"zqmark"</script><!-- zqmark -->`:    "",
		`<script>"zqmark"</script>`:                                           "text in <script>",
		`<style>zqmark{}</style>`:                                             "text in <style>",
		`<zqmark>`:                                                            "an element",
		`<p zqmark>`:                                                          "an attribute of a foreign name",
		`<p onclick="zqmark()">`:                                              "an attribute that acts",
		`<p style="zqmark">`:                                                  "an attribute that acts",
		`<img src="https://zqmark.example/x.png">`:                            "an attribute that acts",
		"<a href=\" java\nscript:zqmark()\">x</a>":                            "an attribute that acts",
		`<a href="data:text/html,zqmark">x</a>`:                               "an attribute that acts",
		`<base href="https://zqmark.example/">`:                               "an attribute that acts",
		`<meta http-equiv=refresh content="0;url=https://zqmark.example/">`:   "an attribute that acts",
		`<form action="https://zqmark.example/"><iframe srcdoc="x"></iframe>`: "an attribute that acts",
	} {
		got := injected([]byte(page))
		if what == "" {
			assert.Empty(t, got, page)
			continue
		}
		assert.Contains(t, got, what, page)
	}
}
