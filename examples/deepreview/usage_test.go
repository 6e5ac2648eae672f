package main

import (
	"flag"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview/internal/golden"
)

func TestHelpIsThePageInTheRepository(t *testing.T) {
	page := filepath.Join("testdata", "help.txt")
	page, err := filepath.Abs(page)
	require.NoError(t, err)
	s := newScratch(t)
	for _, args := range [][]string{{"--help"}, {"-h"}, {"help"}, {"help", "render"}, {"render", "--help"}, {"main...HEAD", "--staged", "--help"}} {
		require.Equal(t, exitFine, s.run(args...), args)
		assert.Empty(t, s.err.String())
		golden.Check(t, page, s.out.Bytes())
	}
	for i, line := range strings.Split(usage, "\n") {
		assert.LessOrEqual(t, utf8.RuneCountInString(line), 100, "line %d", i+1)
		assert.Equal(t, strings.TrimRight(line, " \t"), line)
	}
}

func TestHelpNamesEveryFlagAndCommandOnce(t *testing.T) {
	newParser(new(settings)).VisitAll(func(f *flag.Flag) {
		rows := 0
		for _, line := range strings.Split(usage, "\n") {
			if strings.HasPrefix(line, "  "+dashed(f.Name)+" ") {
				rows++
			}
		}
		assert.Equal(t, 1, rows, "rows for %s", dashed(f.Name))
	})
	for _, c := range commands() {
		if c.name != "help" {
			assert.Contains(t, usage, "\n  deepreview "+c.name+" ")
		}
	}
	for _, f := range formats() {
		assert.Contains(t, usage, f.names[0])
	}
	var flags []string
	newParser(new(settings)).VisitAll(func(f *flag.Flag) { flags = append(flags, f.Name) })
	for _, c := range commands() {
		assert.Subset(t, flags, c.flags, "%s takes flags that there are", c.name)
	}
}

func TestWrongUsageSaysWhatToDo(t *testing.T) {
	for line, want := range map[string]string{
		"--staged --worktree":               "two changes",
		"--outt":                            "did you mean --out?",
		"--output":                          "did you mean --out?",
		"--satged":                          "did you mean --staged?",
		"--reviewers":                       "did you mean --reviewer?",
		"--zzzzzz":                          "there is no flag --zzzzzz",
		"-z":                                "there is no flag -z",
		"--out":                             "--out needs a value",
		"--out=":                            "FORMAT=PATH",
		"--out htlm=x":                      "did you mean html?",
		"--out pdf=x":                       "choose from html, markdown, text, lines, json",
		"--out html=":                       "names no file",
		"--out html":                        "html=FILE",
		"--out r.md":                        "--out markdown=r.md",
		"--out text=- --out json=-":         "standard output",
		"--out html=a --out md=./a":         "one file",
		"--out html=none/a":                 "no folder none",
		"--out html=.":                      "folder",
		"--out html=a/":                     "folder",
		"--fail-on importnat":               "did you mean important?",
		"--fail-on 3":                       "choose from critical, important, suggestion, never",
		"--timeout soon":                    "90s",
		"--timeout 5":                       "90s",
		"--timeout -5s":                     "90s",
		"--min-score 2":                     "0 to 1",
		"--min-score NaN":                   "0 to 1",
		"--quiet=maybe":                     "maybe",
		"--path=":                           "empty",
		"--templates nowhere":               "--templates",
		"a b":                               "two ranges",
		"rendr r.json":                      "did you mean deepreview render?",
		"--patch - main":                    "reviewed alone",
		"--patch - --staged":                "leave out --staged",
		"render":                            "REPORT.json; it was given no argument",
		"render a b":                        "REPORT.json; it was given a b",
		"explain r.json":                    "REPORT.json NAME",
		"reviewers now":                     "takes no argument",
		"render r.json --fail-on never":     "--fail-on means nothing to deepreview render",
		"explain r.json I1 --out json=a":    "--out means nothing to deepreview explain",
		"--quiet reviewers":                 "--quiet means nothing",
		"render r.json --out text=- --foo":  "--foo",
		"-C . render r.json":                "-C means nothing",
		"--reviewer patern":                 "did you mean patterns?",
		"--reviewer nobody":                 "choose from claude, gpt, gemini, chat, patterns, analyzer, claude-cli",
		"--patch a.patch --patch= ":         "empty",
		"--templates=":                      "empty",
		"--replay=":                         "empty",
		"main..HEAD --fail-on=":             "choose from",
		"render r.json --out html=x --outx": "did you mean --out?",
	} {
		t.Run(line, func(t *testing.T) {
			s := newScratch(t)
			s.write("r.json", "{}")
			assert.Equal(t, exitUsage, s.run(strings.Fields(line)...), s.err.String())
			assert.Contains(t, s.err.String(), want)
			assert.Contains(t, s.err.String(), "deepreview --help")
			assert.Empty(t, s.out.String())
			assert.Equal(t, []string{"r.json"}, s.files(), "nothing is written")
		})
	}
}

func TestTheNearestNameIsOneThatCouldHaveBeenMeant(t *testing.T) {
	flags := []string{"--out", "--path", "--patch", "--exclude", "--quiet"}
	for word, want := range map[string]string{
		"--out": "--out", "--otu": "--out", "--outt": "--out", "--outputs": "--out", "--pach": "--path", "--patc": "--path", "--excl": "--exclude",
		"--": "", "-": "", "": "", "--everything": "", strings.Repeat("x", 1<<16): "",
	} {
		assert.Equal(t, want, nearest(word, flags), "%.20q", word)
	}
}

func FuzzArguments(f *testing.F) {
	f.Add("--out html=x main...HEAD --quiet")
	f.Add("render r.json -- --out")
	f.Add("--out=\x1b[31m=x")
	f.Add("-- a -- b")
	f.Fuzz(func(t *testing.T, line string) {
		s, err := parse(strings.Split(line, " "))
		if err == nil {
			assert.NotNil(t, s)
			return
		}
		if err != flag.ErrHelp {
			assert.Equal(t, exitUsage, (&env{stderr: io.Discard}).fail(err), "%v", err)
		}
	})
}
