package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview/agents"
	"github.com/deepreview-go/deepreview/report"
)

func TestEveryTemplateIsListedAndCanBeShown(t *testing.T) {
	s := newScratch(t)
	require.Equal(t, exitFine, s.run("templates", "list"), s.err.String())
	rows := strings.Split(strings.TrimSpace(s.out.String()), "\n")
	assert.Greater(t, len(rows), 50)
	for _, want := range []string{"html/issue.tmpl", "html/style.css", "markdown/report.tmpl", "text/report.tmpl", "prompts/system.tmpl", "words.json"} {
		assert.Contains(t, s.out.String(), "\n"+want, want)
	}
	for _, row := range rows {
		f := strings.Fields(row)
		require.Len(t, f, 4, row)
		assert.Equal(t, []string{"built", "in"}, f[2:])
		require.Equal(t, exitFine, s.run("templates", "show", f[0]))
		folder, name := fs.FS(report.Templates()), f[0]
		if rest, ok := strings.CutPrefix(name, "prompts/"); ok {
			folder, name = agents.Prompts(), rest
		}
		text, err := fs.ReadFile(folder, name)
		require.NoError(t, err)
		assert.Equal(t, string(text), s.out.String())
	}
}

func TestAShownTemplateIsTheBeginningOfAChange(t *testing.T) {
	s := newScratch(t)
	require.Equal(t, exitFine, s.run("templates", "show", "html/footer.tmpl"))
	s.write("mine/html/footer.tmpl", "<p>House of Ada</p>\n"+s.out.String())
	s.write("mine/html/own.tmpl", "x")
	require.Equal(t, exitFine, s.run("templates", "list", "--templates", "mine"))
	assert.Regexp(t, `(?m)^html/footer\.tmpl +html +mine.html.footer\.tmpl$`, s.out.String())
	assert.Regexp(t, `(?m)^html/own\.tmpl +html +mine.html.own\.tmpl, which replaces none$`, s.out.String())
	require.NoError(t, os.Remove(filepath.Join("mine", "html", "own.tmpl")))
	require.Equal(t, exitFine, s.run("templates", "check", "mine"), s.err.String())
	assert.Equal(t, "mine: nothing is wrong with it.\n", s.out.String())
}

func TestACheckOfTemplatesSaysEveryMistakeWithItsPlace(t *testing.T) {
	s := newScratch(t)
	s.write("mine/html/issue.tmpl", "a\n{{.Nothing}}")
	s.write("mine/html/footer.tmpl", "a\n{{if}}")
	s.write("mine/html/page.js", "alert(1)")
	s.write("mine/markdown/isue.tmpl", "x")
	s.write("mine/text/claim.tmpl", "\n\n{{readFile \"x\"}}")
	s.write("mine/prompts/change.tmpl", "\n{{.About}}")
	s.write("mine/prompts/sytem.tmpl", "x")
	s.write("mine/words.json", "{\"a\": }")
	require.Equal(t, exitFailed, s.run("templates", "check", "mine"))
	assert.Empty(t, s.out.String())
	for _, want := range []string{"html/issue.tmpl:2", "html/footer.tmpl:2", "html/page.js: the script cannot be replaced", "markdown/isue.tmpl: replaces no template",
		"text/claim.tmpl:3", "prompt change.tmpl:2", "prompt sytem.tmpl: replaces no prompt", "words.json:1"} {
		assert.Equal(t, 1, strings.Count(s.err.String(), want), want)
	}
}

func TestWrongUsageOfTemplatesSaysWhatToDo(t *testing.T) {
	s := newScratch(t)
	for line, want := range map[string]string{
		"templates":                       "takes list, show NAME or check DIR",
		"templates ls":                    "templates list",
		"templates show":                  "show NAME",
		"templates list x":                "list",
		"templates show html/isue.tmpl":   "did you mean html/issue.tmpl?",
		"templates show html/page.js":     "there is no template",
		"templates show ../main.go":       "there is no template",
		"templates check nowhere":         "nowhere",
		"templates check x --templates y": "write deepreview templates",
		"templates list --templates z":    "z",
		"templates list --quiet":          "--quiet means nothing",
	} {
		assert.Equal(t, exitUsage, s.run(strings.Fields(line)...), line)
		assert.Contains(t, s.err.String(), want, line)
	}
}

func TestAPromptWithAMistakeIsFoundBeforeAnythingIsPaidFor(t *testing.T) {
	s := newRepository(t)
	s.write("mine/prompts/batch.tmpl", "{{.Diffs}}")
	assert.Equal(t, exitFailed, s.run("--templates", "mine", "--out", "text=-"))
	assert.Contains(t, s.err.String(), "prompt batch.tmpl:1")
	assert.Empty(t, s.out.String())
}
