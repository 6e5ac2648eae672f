package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/report"
)

// Programs that others wrote judge the formats. DEEPREVIEW_NODE_MODULES names a folder of npm's with ajv, ajv-draft-04, ajv-formats and
// @microsoft/sarif-multitool; reviewdog is looked for in the PATH, or at DEEPREVIEW_REVIEWDOG. What is not there is skipped.

func nodeModules(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("DEEPREVIEW_NODE_MODULES")
	if dir == "" {
		t.Skip("DEEPREVIEW_NODE_MODULES names no folder with ajv and sarif-multitool: nobody else judges the formats here")
	}
	dir, err := filepath.Abs(dir)
	require.NoError(t, err)
	return dir
}

// ajvScript validates files: node ajv.cjs DIALECT SCHEMA FILE...
const ajvScript = `const fs = require('fs');
const [, , dialect, schema, ...files] = process.argv;
const Ajv = require(dialect === '04' ? 'ajv-draft-04' : 'ajv/dist/2020').default;
const ajv = new Ajv({allErrors: true, strict: false});
require('ajv-formats').default(ajv);
const valid = ajv.compile(JSON.parse(fs.readFileSync(schema, 'utf8')));
let bad = 0;
for (const file of files) {
  if (!valid(JSON.parse(fs.readFileSync(file, 'utf8')))) {
    bad = 1;
    console.log(file, JSON.stringify(valid.errors.slice(0, 3), null, 1));
  }
}
process.exitCode = bad;
`

// ajv returns what is wrong with files by a schema; empty if nothing is.
func ajv(t *testing.T, dialect, schema string, files ...string) string {
	t.Helper()
	modules := nodeModules(t)
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no node here: ", err)
	}
	script := filepath.Join(t.TempDir(), "ajv.cjs")
	require.NoError(t, os.WriteFile(script, []byte(ajvScript), 0o666))
	cmd := exec.CommandContext(t.Context(), node, append([]string{script, dialect, schema}, files...)...)
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules)
	out, err := cmd.CombinedOutput()
	if err != nil {
		require.NotEmpty(t, out, "%v", err)
	} else {
		require.Empty(t, string(out))
	}
	return string(out)
}

// files are reports of every kind, a file each, sorted by name.
func files(t *testing.T, rd report.Renderer, ext string) []string {
	t.Helper()
	dir := t.TempDir()
	var out []string
	put := func(name string, r *deepreview.Report) {
		r.Schema = deepreview.Schema
		file := filepath.Join(dir, name+ext)
		require.NoError(t, os.WriteFile(file, []byte(render(t, rd, r)), 0o666))
		out = append(out, file)
	}
	for name, r := range reports(t) {
		put(name, r)
	}
	for i, text := range hostile() {
		if i%15 != 0 {
			continue
		}
		for k, r := range written(text) {
			put(fmt.Sprintf("hostile-%d-%d", i, k), r)
		}
	}
	slices.Sort(out)
	return out
}

func sarifSchema(t *testing.T) string {
	t.Helper()
	data := os.Getenv("DEEPREVIEW_DATA")
	if data == "" {
		data = filepath.Join("..", "..", "shared", "data")
	}
	schema := filepath.Join(data, "schemas", "sarif-schema-2.1.0.json")
	if _, err := os.Stat(schema); err != nil {
		t.Skip("no schema of SARIF: ", err)
	}
	return schema
}

func TestAJVAcceptsSARIF(t *testing.T) {
	schema := sarifSchema(t)
	assert.Empty(t, ajv(t, "04", schema, files(t, report.SARIF{}, ".sarif")...))
	wrong := filepath.Join(t.TempDir(), "wrong.sarif")
	require.NoError(t, os.WriteFile(wrong, []byte(strings.Replace(render(t, report.SARIF{}, recorded(t)), `"startLine": 77`, `"startLine": 0`, 1)), 0o666))
	assert.Contains(t, ajv(t, "04", schema, wrong), "startLine", "it can find something")
}

func TestAJVAcceptsJSONByItsSchema(t *testing.T) {
	assert.Empty(t, ajv(t, "2020", "schema.json", files(t, report.JSON{}, ".json")...))
	wrong := filepath.Join(t.TempDir(), "wrong.json")
	require.NoError(t, os.WriteFile(wrong, []byte(strings.Replace(render(t, report.JSON{}, recorded(t)), `"severity": "important"`, `"severity": "blocker"`, 1)), 0o666))
	assert.Contains(t, ajv(t, "2020", "schema.json", wrong), "severity", "it can find something")
}

// codeQuality is GitLab's form as its documentation gives it: the fields that an entry needs, and the severities there are.
const codeQuality = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "array",
  "items": {
    "type": "object",
    "required": ["description", "check_name", "fingerprint", "severity", "location"],
    "additionalProperties": false,
    "properties": {
      "description": {"type": "string", "minLength": 1},
      "check_name": {"type": "string", "minLength": 1},
      "fingerprint": {"type": "string", "minLength": 1},
      "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
      "location": {
        "type": "object",
        "required": ["path"],
        "oneOf": [{"required": ["lines"]}, {"required": ["positions"]}],
        "properties": {
          "path": {"type": "string", "minLength": 1, "not": {"pattern": "^(/|\\./)"}},
          "lines": {"type": "object", "required": ["begin"], "properties": {"begin": {"type": "integer", "minimum": 1}, "end": {"type": "integer", "minimum": 1}}}
        }
      }
    }
  }
}`

func TestAJVAcceptsGitLabCodeQualityByItsPublishedForm(t *testing.T) {
	schema := filepath.Join(t.TempDir(), "schema.json")
	require.NoError(t, os.WriteFile(schema, []byte(codeQuality), 0o666))
	assert.Empty(t, ajv(t, "2020", schema, files(t, report.GitLab{}, ".json")...))
	wrong := filepath.Join(t.TempDir(), "wrong.json")
	require.NoError(t, os.WriteFile(wrong, []byte(strings.Replace(render(t, report.GitLab{}, recorded(t)), `"major"`, `"important"`, 1)), 0o666))
	assert.Contains(t, ajv(t, "2020", schema, wrong), "severity", "it can find something")
}

// multitoolConfig keeps the validator from asking the network whether addresses are there.
const multitoolConfig = `<?xml version="1.0" encoding="utf-8"?>
<Properties>
  <Properties Key="SARIF2006.UrisShouldBeReachable.Options">
    <Property Key="RuleEnabled" Value="Disabled" Type="Driver.RuleEnabledState" />
  </Properties>
</Properties>
`

// multitool returns the complaints of Microsoft's validator, by the rules of SARIF and of code scanning; its exit status says nothing.
func multitool(t *testing.T, files ...string) string {
	t.Helper()
	system := map[string]string{"linux": "linux", "darwin": "darwin", "windows": "win32"}[runtime.GOOS]
	tool := filepath.Join(nodeModules(t), "@microsoft", "sarif-multitool-"+system, "Sarif.Multitool")
	if runtime.GOOS == "windows" {
		tool += ".exe"
	}
	if _, err := os.Stat(tool); err != nil {
		t.Skip("no sarif-multitool: ", err)
	}
	if info, err := os.Stat(tool); err == nil && info.Mode()&0o100 == 0 {
		require.NoError(t, os.Chmod(tool, 0o755)) // npm leaves it without
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "config.xml")
	require.NoError(t, os.WriteFile(config, []byte(multitoolConfig), 0o666))
	args := append([]string{"validate"}, files...)
	cmd := exec.CommandContext(t.Context(), tool, append(args, "--rule-kind", "Sarif;Ghas", "--level", "Error;Warning", "--config", config, "--output", filepath.Join(dir, "out.sarif"))...)
	cmd.Env = append(os.Environ(), "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	require.Contains(t, string(out), fmt.Sprintf("%d files scanned", len(files)))
	var complaints []string
	for line := range strings.Lines(string(out)) {
		if regexp.MustCompile(`: (error|warning)\b`).MatchString(line) && !strings.Contains(line, "WRN999.RuleExplicitlyDisabled") {
			complaints = append(complaints, line)
		}
	}
	return strings.Join(complaints[:min(len(complaints), 20)], "")
}

func TestSARIFMultitoolHasNoErrorsAndNoWarnings(t *testing.T) {
	assert.Empty(t, multitool(t, files(t, report.SARIF{}, ".sarif")...))
	wrong := filepath.Join(t.TempDir(), "wrong.sarif")
	require.NoError(t, os.WriteFile(wrong, []byte(strings.Replace(render(t, report.SARIF{}, recorded(t)), `"ruleIndex": 0`, `"ruleIndex": 70`, 1)), 0o666))
	assert.Contains(t, multitool(t, wrong), "error", "it can find something")
}

// reviewdog returns the diagnostics that reviewdog reports of what lies in the diff, or of all, sorted: "path:line: title".
func reviewdog(t *testing.T, format, mode, diff, text string) []string {
	t.Helper()
	dog := os.Getenv("DEEPREVIEW_REVIEWDOG")
	if dog == "" {
		var err error
		if dog, err = exec.LookPath("reviewdog"); err != nil {
			t.Skip("there is no reviewdog here: ", err)
		}
	}
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("there is no git here: ", err)
	}
	dir := t.TempDir()
	require.NoError(t, exec.CommandContext(t.Context(), git, "init", "-q", dir).Run())
	require.NoError(t, os.WriteFile(filepath.Join(dir, "change.diff"), []byte(diff), 0o666))
	told := func(reporter string) string {
		cmd := exec.CommandContext(t.Context(), dog, "-f="+format, "-name=deepreview", "-reporter="+reporter, "-diff=cat change.diff", "-filter-mode="+mode)
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(text)
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		require.NoError(t, cmd.Run(), stderr.String())
		require.Empty(t, stderr.String())
		return stdout.String()
	}
	var out []string
	for line := range strings.Lines(told("rdjsonl")) {
		var d struct {
			Message  string
			Location struct {
				Path  string
				Range struct{ Start struct{ Line int } }
			}
		}
		require.NoError(t, json.Unmarshal([]byte(line), &d))
		at := d.Location.Path
		if n := d.Location.Range.Start.Line; n > 0 {
			at += fmt.Sprint(":", n)
		}
		title, _, _ := strings.Cut(d.Message, "\n")
		out = append(out, at+": "+title)
	}
	// The local reporter prints each diagnostic as it was read, a line each for these formats.
	require.Equal(t, len(out), strings.Count(told("local"), "\n"))
	slices.Sort(out)
	return out
}

func machineFormat(name string) report.Renderer { return machines()[name] }

func TestReviewdogReadsWhereEachIssueIs(t *testing.T) {
	for _, format := range []string{"sarif", "rdjson", "rdjsonl"} {
		text := render(t, machineFormat(format), shop())
		inDiff := []string{"shop/a b:c%.go:3: Nothing uses this", "shop/cart.go:1: A place outside", "shop/cart.go:2: Shown to be wrong", "shop/cart.go:5: Hardly likely",
			"shop/cart.go:6: The first price is lost", "shop/cart.go:9: Both files are in need"}
		anywhere := append([]string{"shop/a b:c%.go: Not looked at", "shop/cart.go: Still so", "shop/old.go: What was removed is missed"}, inDiff...)
		anywhere = append(anywhere, ": No place is cited")
		// Reviewdog takes the repository for its working folder, and shows no path.
		if format == "sarif" { // which reviewdog reads without suppressions and baselines
			settled := []string{"shop/cart.go:10: Declined", "shop/cart.go:9: Silenced"}
			inDiff, anywhere = append(inDiff, settled...), append(append(anywhere, settled...), "shop/cart.go: It was fixed")
		} else {
			anywhere = append(anywhere, ": This review is not complete: Beta did not finish (timeout); 1 of 2 files read by nobody: shop/a b:c%.go.")
		}
		slices.Sort(inDiff)
		slices.Sort(anywhere)
		assert.Equal(t, inDiff, reviewdog(t, format, "added", shopDiff(), text), format)
		assert.Equal(t, anywhere, reviewdog(t, format, "nofilter", shopDiff(), text), format)
	}
}

func TestReviewdogReadsTheRecordedReview(t *testing.T) {
	diff, err := os.ReadFile(filepath.Join("..", "testdata", "pr234", "change.patch"))
	require.NoError(t, err)
	r := recorded(t)
	c, err := deepreview.ParseDiff(bytes.NewReader(diff))
	require.NoError(t, err)
	added := map[string]bool{}
	for _, f := range c.Files {
		for _, h := range f.Hunks {
			for l := range h.Lines() {
				if l.Op == deepreview.OpAdd {
					added[fmt.Sprint(f.Path, ":", l.New)] = true
				}
			}
		}
	}
	var inDiff, anywhere []string
	for _, is := range r.Issues {
		l := is.Locations[0]
		line := fmt.Sprintf("%s:%d: ", l.Path, l.Start)
		anywhere = append(anywhere, line)
		for n := l.Start; n <= l.Last(); n++ {
			if added[fmt.Sprint(l.Path, ":", n)] {
				inDiff = append(inDiff, line)
				break
			}
		}
	}
	slices.Sort(inDiff)
	slices.Sort(anywhere)
	require.NotEmpty(t, inDiff)
	places := func(lines []string) []string {
		var out []string
		for _, l := range lines {
			at, _, _ := strings.Cut(l, ": ")
			out = append(out, at+": ")
		}
		return out
	}
	for _, format := range []string{"sarif", "rdjson", "rdjsonl"} {
		text := render(t, machineFormat(format), r)
		assert.Equal(t, inDiff, places(reviewdog(t, format, "added", string(diff), text)), format)
		assert.Equal(t, anywhere, places(reviewdog(t, format, "nofilter", string(diff), text)), format)
	}
}

func TestReviewdogReadsEveryLineOfALargeAndOfAHostileReport(t *testing.T) {
	long := synthetic(200)
	long.Issues[3].Detail = strings.Repeat("A very long text with \"quotes\" and `code`. ", 3000)
	for name, r := range map[string]*deepreview.Report{"large": synthetic(200), "long": long, "hostile": written("\"></script>\x1b[31m\u202e{0}")[1]} {
		want := 0
		for line := range strings.Lines(render(t, report.RDJSONLines{}, r)) {
			want++
			assert.Less(t, len(line), 64<<10, name)
			assert.True(t, json.Valid([]byte(line)), name)
		}
		for _, format := range []string{"rdjson", "rdjsonl"} {
			assert.Len(t, reviewdog(t, format, "nofilter", shopDiff(), render(t, machineFormat(format), r)), want, "%s %s", name, format)
		}
	}
}
