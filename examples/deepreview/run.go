package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// env is all that the command knows of the process it runs in.
type env struct {
	// configDir is the user's folder of configurations; empty if there is none.
	configDir      string
	stdin          io.Reader
	stdout, stderr io.Writer
	getenv         func(name string) string
	// terminal returns the columns and rows of the terminal that stream is; ok is false where it is none.
	terminal func(stream any) (columns, rows int, ok bool)
	now      func() time.Time
	// roster is who could review.
	roster []candidate
	// transport sends the requests to GitHub; nil is the usual one.
	transport http.RoundTripper
	// unhook makes sure that the next interrupt ends the process, before the user is told that it does; nil does nothing.
	unhook func()
	// grace is how long a reviewer that was told to stop is waited for; 0 means the library's default.
	grace time.Duration
}

// A subcommand is what the first word of the arguments can be. A review has none.
type subcommand struct {
	name string
	// args names the arguments, and takes is how many there are at least and at most.
	args  string
	takes [2]int
	// flags are the flags that mean something to it.
	flags []string
	run   func(ctx context.Context, e *env, s *settings) int
}

func commands() []subcommand {
	return []subcommand{
		{name: "render", args: "REPORT.json", takes: [2]int{1, 1}, flags: []string{"out", "templates", "quiet"}, run: render},
		{name: "explain", args: "REPORT.json NAME", takes: [2]int{2, 2}, run: explain},
		{name: "reviewers", flags: []string{"model", "base-url", "config"}, run: reviewers},
		{name: "resolve", args: "ISSUE", takes: [2]int{1, 1}, flags: slices.Concat(resolveFlags, []string{"C", "history", "quiet"}), run: resolve},
		{name: "history", args: "[SERIES [ROUND]]", takes: [2]int{0, 2}, flags: slices.Concat(historyFlags, []string{"C", "history", "quiet", "out", "templates"}), run: rounds},
		{name: "scorecard", flags: []string{"C", "history", "quiet"}, run: scorecard},
		{name: "schema", run: schema},
		{name: "templates", args: "list, show NAME or check DIR", takes: [2]int{1, 2}, flags: []string{"templates"}, run: templates},
		{name: "help", takes: [2]int{0, 1}, run: help},
	}
}

// run does what args ask for and returns the exit status. The end of ctx stops the reviewers; what is there is still written.
func run(ctx context.Context, args []string, e *env) int {
	s, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return help(ctx, e, s)
	}
	if err != nil {
		return e.fail(err)
	}
	at := slices.IndexFunc(commands(), func(c subcommand) bool { return s.word != "" && c.name == s.word })
	if at < 0 {
		return review(ctx, e, s)
	}
	c := commands()[at]
	if n := len(s.args); n < c.takes[0] || n > c.takes[1] {
		return e.fail(usagef("deepreview %s takes %s; it was given %s", c.name, orNothing(c.args), orNothing(strings.Join(s.args, " "))))
	}
	for _, name := range s.given {
		if !slices.Contains(c.flags, name) {
			return e.fail(usagef("%s means nothing to deepreview %s; leave it out", dashed(name), c.name))
		}
	}
	return c.run(ctx, e, s)
}

func orNothing(s string) string {
	if s == "" {
		return "no argument"
	}
	return s
}

func help(_ context.Context, e *env, _ *settings) int {
	if _, err := io.WriteString(e.stdout, usage); err != nil {
		return e.fail(fmt.Errorf("standard output: %w", err))
	}
	return exitFine
}

// fail tells the user what err is and returns the exit status for it.
func (e *env) fail(err error) int {
	fmt.Fprintf(e.stderr, "deepreview: %s\n", harmless(err.Error()))
	if wrong := (*usageError)(nil); errors.As(err, &wrong) {
		fmt.Fprintln(e.stderr, "deepreview --help lists every flag.")
		return exitUsage
	}
	return exitFailed
}

// note tells the user something that is no error.
func (e *env) note(s *settings, format string, args ...any) {
	if !s.quiet {
		fmt.Fprintln(e.stderr, harmless(fmt.Sprintf(format, args...)))
	}
}
