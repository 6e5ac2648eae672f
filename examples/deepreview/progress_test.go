package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mattn/go-runewidth"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
)

// screen is what a terminal shows after it was sent text: only what progress uses is understood.
func screen(t *testing.T, text string) []string {
	t.Helper()
	lines := []string{""}
	at := 0
	for text != "" {
		if m := regexp.MustCompile(`^\x1b\[(\d*)([A-Za-z])`).FindStringSubmatch(text); m != nil {
			switch m[2] {
			case "A":
				n := 0
				_, err := fmt.Sscan(m[1], &n)
				require.NoError(t, err)
				at = max(at-n, 0)
			case "J":
				lines = append(lines[:at], "")
			case "m":
			default:
				t.Fatalf("%q is no sequence that progress uses", m[0])
			}
			text = text[len(m[0]):]
			continue
		}
		r := []rune(text)[0]
		switch r {
		case '\n':
			at++
			if at == len(lines) {
				lines = append(lines, "")
			}
		case '\r':
		default:
			lines[at] += string(r)
		}
		text = text[len(string(r)):]
	}
	return lines
}

// shownOn is the progress of a panel of the named reviewers on a terminal of that size.
func shownOn(ctx context.Context, w *bytes.Buffer, columns, rows int, vars map[string]string, names ...string) *progress {
	e := &env{
		stderr: w, now: time.Now, getenv: func(name string) string { return vars[name] },
		terminal: func(any) (int, int, bool) { return columns, rows, columns > 0 },
	}
	p := new(panel)
	for _, name := range names {
		p.members = append(p.members, member{Reviewer: fake{name: name}})
	}
	return e.watch(ctx, new(settings), p)
}

func TestATerminalShowsALineForEachReviewer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w bytes.Buffer
		p := shownOn(t.Context(), &w, 60, 24, nil, "ada", "bobby", "cy")
		p.event(deepreview.Event{Reviewer: "ada", Kind: deepreview.EventStarted})
		p.event(deepreview.Event{Reviewer: "bobby", Kind: deepreview.EventStarted})
		p.event(deepreview.Event{Reviewer: "bobby", Kind: deepreview.EventProgress, Text: "reading \x1b[31m" + strings.Repeat("lib/", 40)})
		time.Sleep(3*time.Second + frame/2)
		p.mu.Lock()
		shown := screen(t, w.String())
		p.mu.Unlock()
		require.Len(t, shown, 4)
		assert.Contains(t, shown[0], "ada      3.0s")
		assert.Contains(t, shown[1], "bobby    3.0s  reading")
		assert.Contains(t, shown[2], "waiting")
		for _, line := range shown {
			assert.Less(t, runewidth.StringWidth(line), 60, "it would wrap: %q", line)
		}
		p.event(deepreview.Event{Reviewer: "ada", Kind: deepreview.EventFinished, Elapsed: 4 * time.Second, Review: &deepreview.Review{
			Findings: []*deepreview.Finding{{}}, Coverage: []deepreview.Coverage{{Status: deepreview.CoverageClean}},
		}})
		p.event(deepreview.Event{Reviewer: "bobby", Kind: deepreview.EventFinished, Elapsed: 70 * time.Second, Review: &deepreview.Review{
			Failure: deepreview.NewFailure(errors.New("no key\nstack")),
		}})
		p.event(deepreview.Event{Reviewer: "cy", Kind: deepreview.EventFinished, Review: &deepreview.Review{
			Failure: deepreview.NewFailure(fmt.Errorf("%w: no Go file", deepreview.ErrSkip)),
		}})
		p.stop()
		shown = screen(t, w.String())
		require.Len(t, shown, 4)
		assert.Contains(t, shown[0], "✓  ada      4.0s  1 finding, 0 notes, looked at 1 file")
		assert.Contains(t, shown[1], "✗  bobby   1m10s  did not finish (error): no key")
		assert.Contains(t, shown[2], "–  cy       0.0s  skipped: ")
		assert.Empty(t, shown[3], "what is written next begins a line of its own")
		assert.Contains(t, w.String(), "\x1b[32m", "there are colours")
	})
}

func TestMoreReviewersThanRowsShowThoseAtWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w bytes.Buffer
		var names []string
		for i := range 30 {
			names = append(names, fmt.Sprintf("r%02d", i))
		}
		ctx, interrupt := context.WithCancel(t.Context())
		p := shownOn(ctx, &w, 80, 8, nil, names...)
		p.event(deepreview.Event{Reviewer: "r29", Kind: deepreview.EventStarted})
		time.Sleep(2*frame + frame/2)
		p.mu.Lock()
		shown := screen(t, w.String())
		p.mu.Unlock()
		assert.LessOrEqual(t, len(shown), 8)
		assert.Contains(t, shown[0], "r29")
		assert.Contains(t, strings.Join(shown, "\n"), "and 25 more")
		interrupt()
		synctest.Wait()
		time.Sleep(frame)
		p.mu.Lock()
		shown = screen(t, w.String())
		p.mu.Unlock()
		assert.LessOrEqual(t, len(shown), 8)
		assert.Contains(t, strings.Join(shown, "\n"), "Stopping the reviewers")
		p.stop()
		assert.Len(t, screen(t, w.String()), 31, "in the end all are there")
	})
}

func TestWhereLinesCannotBeDrawnAgainEachStandsForItself(t *testing.T) {
	for name, test := range map[string]struct {
		columns int
		vars    map[string]string
	}{
		"no terminal":       {0, nil},
		"a terminal of old": {80, map[string]string{"TERM": "dumb"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var w bytes.Buffer
				ctx, interrupt := context.WithCancel(t.Context())
				p := shownOn(ctx, &w, test.columns, 24, test.vars, "ada")
				p.event(deepreview.Event{Reviewer: "ada", Kind: deepreview.EventStarted})
				for i := range 25 {
					time.Sleep(time.Second)
					p.event(deepreview.Event{Reviewer: "ada", Kind: deepreview.EventProgress, Elapsed: time.Duration(i+1) * time.Second, Text: "reading\n\x1b[2Jall"})
				}
				interrupt()
				synctest.Wait()
				p.event(deepreview.Event{Reviewer: "ada", Kind: deepreview.EventFinished, Elapsed: 26 * time.Second, Review: new(deepreview.Review)})
				p.event(deepreview.Event{Reviewer: "nobody", Kind: deepreview.EventStarted})
				p.stop()
				assert.Equal(t, "ada: started\n"+
					"ada: 10s, reading \uFFFD[2Jall\n"+
					"ada: 20s, reading \uFFFD[2Jall\n"+
					interruptNote+"\n"+
					"ada: 0 findings, 0 notes, looked at 0 files after 26s\n", w.String())
			})
		})
	}
}

func TestColoursAreTheUsersChoice(t *testing.T) {
	s := newRepository(t)
	s.columns = 80
	color := regexp.MustCompile(`\x1b\[\d+m|\x1b\]8`)
	s.run("--out", "text=-")
	assert.Regexp(t, color, s.err.String())
	s.vars["NO_COLOR"] = "1"
	s.run("--out", "text=-")
	assert.NotRegexp(t, color, s.err.String())
	assert.NotRegexp(t, color, s.out.String())
	assert.Contains(t, s.err.String(), "\x1b[J", "lines are drawn again even so")
	s.vars = map[string]string{"TERM": "dumb"}
	s.run("--out", "text=-")
	assert.NotContains(t, s.err.String()+s.out.String(), "\x1b")
	s.vars = nil
	s.run("--out", "text=r.txt")
	assert.NotContains(t, s.read("r.txt"), "\x1b", "a file is no terminal")
	s.run("--quiet", "--out", "text=r.txt")
	assert.Empty(t, s.err.String())
}

func TestOnlyATerminalIsATerminal(t *testing.T) {
	_, _, ok := terminalSize(new(bytes.Buffer))
	assert.False(t, ok)
	f, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer f.Close()
	_, _, ok = terminalSize(f)
	assert.False(t, ok)
}

func FuzzForeignText(f *testing.F) {
	f.Add("a\x1b[31mb\r\n\x9bJ\u202e\u2028x\xff")
	f.Fuzz(func(t *testing.T, s string) {
		line := clip(oneLine(s), 40)
		assert.NotRegexp(t, `[\x00-\x1f\x7f-\x{9f}\x{200b}-\x{200f}\x{2028}-\x{202e}\x{2066}-\x{2069}\x{feff}]`, line)
		assert.NotRegexp(t, `[\x00-\x08\x0b-\x1f\x7f-\x{9f}\x{2028}-\x{202e}]`, harmless(s))
		assert.LessOrEqual(t, runewidth.StringWidth(line), 40)
	})
}
