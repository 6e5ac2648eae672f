//go:build unix

package command_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents/command"
)

// situation is one recorded run. alone is what comes of it, and withProse what comes of it where prose is understood; empty
// means the same.
type situation struct {
	name             string
	alone, withProse string
}

// situations are all that are recorded. No recorded answer is in our form, which did not exist then: "bad answer" is what prose, or
// an answer in another form, has to be.
var situations = []situation{
	{"claude.badflag", "invalid", ""},
	{"claude.badschema", "bad answer", "answered"}, // the schema was not met: no structured_output, exit status 0
	{"claude.bashdeny", "bad answer", "answered"},
	{"claude.budget", "bad answer", "answered"},
	{"claude.err400", "too long", ""},
	{"claude.err401", "timeout", ""}, // it goes on trying without a word
	{"claude.err429", "rate limited", ""},
	{"claude.err500", "unavailable", ""},
	{"claude.err529", "overloaded", ""},
	{"claude.hang", "unavailable", ""}, // its own timeout
	{"claude.json", "bad answer", "answered"},
	{"claude.length", "bad answer", "answered"},
	{"claude.maxturns", "budget", ""},
	{"claude.nokey", "unauthorized", ""},
	{"claude.noserver", "unavailable", ""},
	{"claude.partial", "bad answer", "answered"},
	{"claude.read", "bad answer", "answered"},
	{"claude.refuse", "refused", ""},
	{"claude.schema", "partial, bad answer", ""}, // another schema than ours
	{"claude.sigINT", "cut", ""},                 // exit status 0
	{"claude.sigTERMjson", "cut", ""},
	{"claude.stream", "bad answer", "answered"},
	{"claude.streamnoverbose", "invalid", ""},
	{"claude.text", "bad reply", ""}, // no terminal record
	{"claude.trunc", "bad answer", "answered"},
	{"claude.version", "bad reply", ""},
	{"codex.badflag", "invalid", ""},
	{"codex.badschemafile", "invalid", ""},
	{"codex.badschemaout", "bad answer", "answered"}, // the schema is not enforced
	{"codex.err400", "too long", ""},
	{"codex.err401", "unauthorized", ""},
	{"codex.err429", "rate limited", ""},
	{"codex.err500", "overloaded", ""}, // it tells of high demand alone
	{"codex.hang", "timeout", ""},
	{"codex.json", "bad answer", "answered"},
	{"codex.length", "truncated", ""},
	{"codex.nokey", "unauthorized", ""},
	{"codex.reason", "bad answer", "answered"},
	{"codex.schema", "partial, bad answer", ""},
	{"codex.shell", "bad answer", "answered"},
	{"codex.sigint", "cut", ""},
	{"codex.sigterm", "cut", ""},
	{"codex.trunc", "cut", ""},
	{"gemini.badflag", "invalid", ""},
	{"gemini.err400", "too long", ""},
	{"gemini.err401", "unauthorized", ""},
	{"gemini.err429", "rate limited", ""}, // it asks again for more than a minute; ended meanwhile
	{"gemini.err500", "unavailable", ""},
	{"gemini.filter", "refused", ""}, // exit status 0
	{"gemini.hang", "timeout", ""},
	{"gemini.json", "bad answer", "answered"},
	{"gemini.length", "truncated", ""},
	{"gemini.nokey", "unauthorized", ""},
	{"gemini.nosettings", "unauthorized", ""},
	{"gemini.notrust", "invalid", ""},
	{"gemini.read", "bad answer", "answered"},
	{"gemini.sigint", "cut", ""}, // exit status 0
	{"gemini.sigterm", "cut", ""},
	{"gemini.stdin", "bad answer", "answered"},
	{"gemini.stream", "bad answer", "answered"},
	{"gemini.trunc", "cut", ""},
	{"gemini.version", "bad reply", ""},
}

// recordings is the folder of recorded runs.
func recordings(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("DEEPREVIEW_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	dir, err := filepath.Abs(filepath.Join(dir, "agent-cli"))
	require.NoError(t, err)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no recorded runs: set DEEPREVIEW_DATA to the folder that holds agent-cli: %v", err)
	}
	return dir
}

func profileOf(name string) command.Profile {
	switch agent, _, _ := strings.Cut(name, "."); agent {
	case "claude":
		return command.Claude()
	case "codex":
		return command.Codex()
	}
	return command.Gemini()
}

// outcome says what came of a run.
func outcome(rev *deepreview.Review, err error) string {
	if err != nil && rev != nil && len(rev.Coverage) > 0 {
		return "partial, " + string(kind(err))
	}
	return string(kind(err))
}

// replayed runs a stand-in that replays a recording. One that hung hangs, and comes to its deadline once it has printed.
func replayed(t *testing.T, base string, p command.Profile, fallback func(*deepreview.Change, string) (*deepreview.Review, error)) (*deepreview.Review, error) {
	t.Helper()
	ready := filepath.Join(t.TempDir(), "ready")
	r := reviewer(t, p, "replay="+base+"="+ready)
	r.Fallback = fallback
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	type result struct {
		rev *deepreview.Review
		err error
	}
	done := make(chan result, 1)
	go func() { rev, err := r.Review(ctx, change(t)); done <- result{rev, err} }()
	if rc, err := os.ReadFile(base + ".rc"); err == nil && bytes.HasPrefix(rc, []byte("rc=124")) {
		waitFor(t, ready)
		cancel(context.DeadlineExceeded)
	}
	got := <-done
	nothingLeft(t, r)
	return got.rev, got.err
}

func TestEveryRecordedSituationHasItsOutcome(t *testing.T) {
	dir := recordings(t)
	prose := func(_ *deepreview.Change, text string) (*deepreview.Review, error) {
		return &deepreview.Review{Summary: text}, nil
	}
	known := map[string]bool{}
	var table bytes.Buffer
	w := tabwriter.NewWriter(&table, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "SITUATION\tOUTCOME\tWHERE PROSE IS UNDERSTOOD\tERROR")
	for _, s := range situations {
		known[s.name] = true
		base := filepath.Join(dir, s.name)
		asked := false
		rev, err := replayed(t, base, profileOf(s.name), func(*deepreview.Change, string) (*deepreview.Review, error) { asked = true; return nil, nil })
		alone := outcome(rev, err)
		assert.Equal(t, s.alone, alone, "%s: %v", s.name, err)
		withProse, errProse := alone, err
		if asked {
			rev, errProse = replayed(t, base, profileOf(s.name), prose)
			withProse = outcome(rev, errProse)
		}
		assert.Equal(t, cmp.Or(s.withProse, s.alone), withProse, "%s: %v", s.name, errProse)
		message := "-"
		if err != nil {
			message = strings.ReplaceAll(err.Error(), "\n", " ")
			assert.NotContains(t, message, "\x1b", "no colours in an error")
			if len(message) > 110 {
				message = message[:110] + "…"
			}
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", s.name, alone, withProse, message)
	}
	require.NoError(t, w.Flush())
	t.Logf("\n%s", table.String())
	all, err := filepath.Glob(filepath.Join(dir, "*.rc"))
	require.NoError(t, err)
	for _, name := range all {
		name = strings.TrimSuffix(filepath.Base(name), ".rc")
		assert.True(t, known[name] || strings.HasSuffix(name, ".help"), "%s is recorded, and no outcome of it is known", name)
	}
}

// TestAnAnswerInOurFormIsTakenFromEachAgentsRecord puts an answer in our form where the recording has one in another.
func TestAnAnswerInOurFormIsTakenFromEachAgentsRecord(t *testing.T) {
	dir := recordings(t)
	whole := answer(t, nil)
	quoted := strings.ReplaceAll(whole, `\`, `\\`)
	quoted = strings.ReplaceAll(quoted, `"`, `\"`)
	for _, test := range []struct{ name, old, new, model string }{
		{"claude.schema", `"structured_output":{"findings":[{"file":"main.go","line":5,"message":"nil deref"}]}`, `"structured_output":` + whole, "claude-sonnet-4-5"},
		{"claude.json", `"result":"The change looks fine."`, `"result":"` + quoted + `"`, "claude-sonnet-4-5"},
		{"claude.stream", `"result":"The change looks fine."`, `"result":"` + quoted + `"`, "claude-sonnet-4-5"},
		{"codex.schema", `{\"findings\":[{\"file\":\"main.go\",\"line\":5,\"severity\":\"high\",\"message\":\"nil deref\"}]}`, quoted, ""},
		{"codex.json", `The change looks fine.`, "Here it is:\\n```json\\n" + quoted + "\\n```", ""},
		{"gemini.json", `The change looks fine.`, quoted, "gemini-2.5-pro"},
		{"gemini.stdin", `The change looks fine.`, "```json\\n" + quoted + "\\n```", "gemini-2.5-pro"},
	} {
		t.Run(test.name, func(t *testing.T) {
			recorded, err := os.ReadFile(filepath.Join(dir, test.name+".stdout"))
			require.NoError(t, err)
			require.Contains(t, string(recorded), test.old)
			base := filepath.Join(t.TempDir(), test.name)
			require.NoError(t, os.WriteFile(base+".stdout", []byte(strings.Replace(string(recorded), test.old, test.new, 1)), 0o600))
			require.NoError(t, os.WriteFile(base+".rc", []byte("rc=0"), 0o600))
			rev, err := replayed(t, base, profileOf(test.name), nil)
			require.NoError(t, err)
			require.Len(t, rev.Findings, 1)
			assert.Equal(t, "main always panics", rev.Findings[0].Title)
			assert.Equal(t, test.model, rev.Model)
			if test.name != "claude.schema" { // which took nothing
				assert.EqualValues(t, 1234, rev.Usage.TokensIn)
				assert.EqualValues(t, 56, rev.Usage.TokensOut)
			}
			// The same record with exit status 1 is no success, and what is in it still counts.
			require.NoError(t, os.WriteFile(base+".rc", []byte("rc=1"), 0o600))
			rev, err = replayed(t, base, profileOf(test.name), nil)
			assert.Equal(t, "partial, cut", outcome(rev, err))
			assert.Len(t, rev.Findings, 1)
		})
	}
}

func TestEveryFlagOfAProfileIsOneOfItsAgents(t *testing.T) {
	dir := recordings(t)
	for name, help := range map[string]string{"claude": "claude.help", "codex": "codex-exec.help", "gemini": "gemini.help"} {
		text, err := os.ReadFile(filepath.Join(dir, help+".stdout"))
		require.NoError(t, err)
		words := map[string]bool{}
		for _, word := range strings.FieldsFunc(string(text), func(r rune) bool { return strings.ContainsRune(" ,\n\t[]=", r) }) {
			words[word] = true
		}
		p := profileOf(name + ".")
		for _, arg := range append(append([]string(nil), p.Args...), p.Model...) {
			if strings.HasPrefix(arg, "-") {
				assert.True(t, words[arg], "%s has no %s", name, arg)
			}
		}
	}
}
