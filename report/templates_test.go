package report_test

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview/report"
)

func overlay(pairs ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		fsys[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return fsys
}

func TestACallersTemplateTakesThePlaceOfOneFileOnly(t *testing.T) {
	over := overlay("html/footer.tmpl", `<p id="house">{{.Structure}}</p>`, "markdown/badges.tmpl", " (by somebody)", "text/verdict.tmpl", "VERDICT {{.Verdict.Kind}}\n")
	r := recorded(t)
	page := parseHTML(t, render(t, report.HTML{Templates: over}, r))
	assert.Equal(t, "0 critical, 1 important, 4 suggestions.", textOf(find(page, "p", "house")))
	assert.Len(t, all(page, "article", "issue"), 5)
	assert.Contains(t, render(t, report.Markdown{Templates: over}, r), "both share one numbering. (by somebody)")
	assert.Contains(t, render(t, report.Text{Templates: over}, r), "VERDICT merge with fixes\n")
	assert.NoError(t, report.CheckTemplates(over))
}

func TestWordsCanBeReplacedWithoutATemplate(t *testing.T) {
	over := overlay("words.json", `{"lang": "de", "important issues": "Wichtige Mängel", "None.": "Keine.", "important": "wichtig"}`)
	r := recorded(t)
	page := render(t, report.HTML{Templates: over}, r)
	assert.Contains(t, page, `<html lang="de">`)
	root := parseHTML(t, page)
	assert.Equal(t, "Wichtige Mängel 1", textOf(find(root, "h2", "important-label")))
	assert.Contains(t, textOf(find(root, "section", "critical")), "Keine.")
	assert.Contains(t, textOf(find(root, "section", "suggestion")), "raised as wichtig", "what is not replaced stays")
	assert.Contains(t, render(t, report.Markdown{Templates: over}, r), "## Wichtige Mängel")
	assert.Contains(t, render(t, report.Text{Templates: over}, r), "Wichtige Mängel\n")
	assert.NoError(t, report.CheckTemplates(over))
}

func TestAHouseStyleIsAllowedByThePagesOwnPolicy(t *testing.T) {
	plain := render(t, report.HTML{}, nil)
	house := render(t, report.HTML{Templates: overlay("html/house.css", "body { background: #ffe; }")}, nil)
	assert.Contains(t, house, "body { background: #ffe; }")
	hash := regexp.MustCompile(`sha256-[^']+`)
	assert.NotEqual(t, hash.FindString(plain), hash.FindString(house))
	assert.ErrorContains(t, report.HTML{Templates: overlay("html/house.css", "</style><script>")}.Render(io.Discard, nil), "html/house.css")
}

func TestAnErrorInATemplateNamesFileAndLine(t *testing.T) {
	tests := map[string]struct {
		files []string
		want  string
	}{
		"does not parse":             {[]string{"html/issue.tmpl", "a\nb\n{{if}}"}, "html/issue.tmpl:3"},
		"has no such field":          {[]string{"html/issue.tmpl", "a\n{{.Nothing}}"}, "html/issue.tmpl:2"},
		"has no such func":           {[]string{"markdown/report.tmpl", "\n\n{{readFile \"x\"}}"}, "markdown/report.tmpl:3"},
		"has no such field, in text": {[]string{"text/report.tmpl", "\n{{.Nothing}}"}, "text/report.tmpl:2"},
		"is no HTML":                 {[]string{"html/footer.tmpl", "\n<p title=\"{{.Title}}>"}, "html/footer.tmpl"},
		"includes what is not there": {[]string{"text/report.tmpl", "\n{{template \"text/no.tmpl\"}}"}, "text/report.tmpl:2"},
		"words are no JSON":          {[]string{"words.json", "{\n\"a\": }"}, "words.json:2"},
		"calls":                      {[]string{"text/report.tmpl", "\n{{call .Title}}"}, "text/report.tmpl:2"},
		"is misspelt":                {[]string{"html/isue.tmpl", "x"}, "html/isue.tmpl"},
		"is too large":               {[]string{"html/issue.tmpl", strings.Repeat("x", 2<<20)}, "html/issue.tmpl"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			assert.ErrorContains(t, report.CheckTemplates(overlay(test.files...)), test.want)
		})
	}
}

func TestACheckSaysTheMistakesOfAllFiles(t *testing.T) {
	err := report.CheckTemplates(overlay("html/issue.tmpl", "{{.Nothing}}{{template \"html/own.tmpl\"}}", "html/own.tmpl", "x", "html/footer.tmpl", "\n{{if}}",
		"html/notes.tmpl", "\n\n{{nofunc}}", "text/claim.tmpl", "{{.No}}", "words.json", "[]", "prompts/system.tmpl", "{{", "html/page.js", "x"))
	for _, want := range []string{"html/issue.tmpl:1", "html/footer.tmpl:2", "html/notes.tmpl:3", "text/claim.tmpl:1", "words.json", "html/page.js: the script cannot be replaced"} {
		assert.ErrorContains(t, err, want)
	}
	assert.Equal(t, 1, strings.Count(err.Error(), "words.json"), "a mistake of all formats is said once")
	assert.NotContains(t, err.Error(), "prompts", "that is another package's")
	assert.NotContains(t, err.Error(), "own.tmpl")
}

func TestTheScriptOfAPageCannotBeReplaced(t *testing.T) {
	page := render(t, report.HTML{Templates: overlay("html/page.js", "alert(1)")}, nil)
	assert.NotContains(t, page, "alert(1)")
	assert.Equal(t, render(t, report.HTML{}, nil), page)
}

func TestATemplateThatGoesOnForEverIsStopped(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes as long as a template may")
	}
	bodies := map[string]string{
		"loop":               `{{range 1000000000}}{{end}}`,
		"loop in a loop":     `{{range 100000}}{{range 100000}}{{end}}{{end}}`,
		"itself":             `{{template "text/report.tmpl" .}}`,
		"itself twice":       `{{define "x"}}{{if lt (len .) 64}}{{template "x" (print . "y")}}{{template "x" (print . "y")}}{{end}}{{end}}{{template "x" ""}}`,
		"doubling":           `{{$x := "xxxxxxxx"}}{{range 100}}{{$x = print $x $x}}{{end}}`,
		"doubling by printf": `{{$x := "xxxxxxxx"}}{{range 100}}{{$x = printf "%s%s" $x $x}}{{end}}`,
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			assert.Error(t, report.Text{Templates: overlay("text/report.tmpl", body)}.Render(io.Discard, nil))
		})
	}
	assert.Error(t, report.HTML{Templates: overlay("html/footer.tmpl", `{{range 1000000000}}{{end}}`)}.Render(io.Discard, nil))
}

func TestValuesAreEscapedWhateverATemplateDoes(t *testing.T) {
	r := recorded(t)
	r.Change.Title = "<b>\x1b[31m# x"
	md := render(t, report.Markdown{Templates: overlay("markdown/report.tmpl", "{{.Title}}|{{printf \"%s\" .Title}}|{{$t := .Title}}{{$t}}|{{with .Title}}{{.}}{{end}}")}, r)
	assert.Equal(t, strings.TrimSuffix(strings.Repeat(`\<b\># x|`, 4), "|"), md)
	text := render(t, report.Text{Color: true, Templates: overlay("text/report.tmpl", "{{.Title}}|{{printf \"%s\" .Title}}|{{print \"\\x1b[2J\"}}|{{para 0 0 .Title}}")}, r)
	assert.NotContains(t, text, "\x1b")
}

func TestTheEmbeddedTemplatesCanBeListedAndRead(t *testing.T) {
	var names []string
	require.NoError(t, fs.WalkDir(report.Templates(), ".", func(name string, d fs.DirEntry, err error) error {
		if !d.IsDir() {
			names = append(names, name)
		}
		return err
	}))
	assert.Subset(t, names, []string{"words.json", "html/page.tmpl", "html/issue.tmpl", "html/style.css", "markdown/report.tmpl", "text/report.tmpl"})
	assert.NoError(t, report.CheckTemplates(report.Templates()), "laid over themselves they change nothing")
	assert.NoError(t, report.CheckTemplates(nil))
}

type brokenFS struct{}

var errBroken = errors.New("drive on fire")

func (brokenFS) Open(string) (fs.File, error) { return nil, errBroken }

func TestAnOverlayThatCannotBeReadIsAnError(t *testing.T) {
	for _, rd := range []report.Renderer{report.HTML{Templates: brokenFS{}}, report.Markdown{Templates: brokenFS{}}, report.Text{Templates: brokenFS{}}} {
		assert.ErrorIs(t, rd.Render(io.Discard, nil), errBroken)
	}
}

func TestEveryWordOfATemplateIsInTheListOfWords(t *testing.T) {
	data, err := fs.ReadFile(report.Templates(), "words.json")
	require.NoError(t, err)
	words := map[string]string{}
	require.NoError(t, json.Unmarshal(data, &words))
	call := regexp.MustCompile(`\bword "([^"]+)"`)
	n := 0
	require.NoError(t, fs.WalkDir(report.Templates(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".tmpl") {
			return err
		}
		body, err := fs.ReadFile(report.Templates(), name)
		for _, m := range call.FindAllStringSubmatch(string(body), -1) {
			n++
			assert.Contains(t, words, m[1], name)
		}
		return err
	}))
	assert.Greater(t, n, 100)
	for _, r := range report.NewView(report.Sample()).Table {
		assert.Contains(t, words, r.Name)
	}
}
