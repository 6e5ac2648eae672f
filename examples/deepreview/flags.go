package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/github"
	"github.com/deepreview-go/deepreview/history"
)

// defaultTimeout ends a reviewer that hangs. It is far above what an agent takes for a large change.
const defaultTimeout = 30 * time.Minute

// settings is what the arguments say.
type settings struct {
	// word is the subcommand, empty for a review; args are the arguments behind it, RANGE for a review.
	word string
	args []string
	// given are the flags that were set, by name and in the order of their names; raw are the arguments as they came.
	given []string
	raw   []string

	dir              string
	staged, worktree bool
	patch            string
	// pr is a pull request, loaded is what it is, and post says to bring the report there.
	pr               string
	post             bool
	loaded           *github.Pull
	include, exclude []string
	reviewers        []string
	replay           string
	timeout          time.Duration
	dryRun           bool
	out              []destination
	templates        string
	minScore         float64
	// failOn is the least severity that fails; unset means that none does.
	failOn deepreview.Severity
	quiet  bool
	models modelSettings
	// config is the user's file, empty for the one in its usual place; instructions go to the models.
	config, instructions string

	// history is the folder of the history, empty for the repository's own; resumed is the run that this one goes on with.
	history         string
	noCache, resume bool
	resumed         *history.Run
	// as, why, by and until are a decision about an issue.
	as, why, by string
	until       time.Time
	// export and prune are what to do with the history instead of listing it.
	export bool
	prune  int

	// parser declares the flags: a configuration file sets them through it, too.
	parser *parser
}

// rangeText is RANGE, empty if it was not given.
func (s *settings) rangeText() string {
	if len(s.args) == 0 {
		return ""
	}
	return s.args[0]
}

// parser is a flag set that keeps the errors of its values as they were made.
type parser struct {
	*flag.FlagSet
	problem error
}

// value declares a flag that set reads.
func (p *parser) value(name string, set func(text string) error) {
	p.Func(name, "", func(text string) error {
		if err := set(text); err != nil {
			p.problem = usagef("%s %q: %v", dashed(name), text, err)
		}
		return p.problem
	})
}

func (p *parser) text(name string, into *string) {
	p.value(name, func(text string) error {
		if text == "" {
			return errors.New("it is empty")
		}
		*into = text
		return nil
	})
}

func (p *parser) list(name string, into *[]string) {
	p.value(name, func(text string) error {
		if text == "" {
			return errors.New("it is empty")
		}
		*into = append(*into, text)
		return nil
	})
}

func newParser(s *settings) *parser {
	p := &parser{FlagSet: flag.NewFlagSet("deepreview", flag.ContinueOnError)}
	p.SetOutput(io.Discard)
	p.Usage = func() {}
	p.text("C", &s.dir)
	p.BoolVar(&s.staged, "staged", false, "")
	p.BoolVar(&s.worktree, "worktree", false, "")
	p.text("patch", &s.patch)
	p.text("pr", &s.pr)
	p.BoolVar(&s.post, "post", false, "")
	p.list("path", &s.include)
	p.list("exclude", &s.exclude)
	p.list("reviewer", &s.reviewers)
	p.text("replay", &s.replay)
	p.BoolVar(&s.dryRun, "dry-run", false, "")
	p.text("templates", &s.templates)
	p.BoolVar(&s.quiet, "quiet", false, "")
	p.value("timeout", func(text string) (err error) {
		if s.timeout, err = time.ParseDuration(text); err != nil || s.timeout < 0 {
			return errors.New("it is a number with a unit, such as 90s or 10m, or 0 for no limit")
		}
		return nil
	})
	p.value("out", func(text string) error {
		d, err := parseDestination(text)
		s.out = append(s.out, d)
		return err
	})
	p.value("min-score", func(text string) (err error) {
		if s.minScore, err = strconv.ParseFloat(text, 64); err != nil || !(s.minScore >= 0 && s.minScore <= 1) {
			return errors.New("it is a number from 0 to 1")
		}
		return nil
	})
	p.value("fail-on", func(text string) error {
		levels := []string{"critical", "important", "suggestion", "never"}
		switch text {
		case "never":
			s.failOn = deepreview.SeverityUnset
		case "critical", "important", "suggestion":
			return s.failOn.UnmarshalText([]byte(text))
		default:
			return errors.New(instead(text, levels))
		}
		return nil
	})
	p.text("config", &s.config)
	p.text("instructions", &s.instructions)
	p.text("history", &s.history)
	p.BoolVar(&s.resume, "resume", false, "")
	p.BoolVar(&s.noCache, "no-cache", false, "")
	p.value("as", func(text string) error {
		if text == asOpen {
			s.as = asOpen
			return nil
		}
		kind, err := deepreview.ParseResolutionKind(text)
		if err != nil {
			return errors.New(instead(text, []string{"fixed", "declined", "accepted-risk", "false-positive", asOpen}))
		}
		s.as = string(kind)
		return nil
	})
	p.text("why", &s.why)
	p.text("by", &s.by)
	p.value("until", func(text string) (err error) {
		s.until, err = parseUntil(text)
		return err
	})
	p.BoolVar(&s.export, "export", false, "")
	p.value("prune", func(text string) (err error) {
		if s.prune, err = strconv.Atoi(text); err != nil || s.prune < 1 {
			return errors.New("it is how many rounds to keep, 1 or more")
		}
		return nil
	})
	s.models.declare(p)
	s.parser = p
	return p
}

// parse reads the arguments. Its error is flag.ErrHelp or a *usageError.
func parse(args []string) (*settings, error) {
	s := &settings{dir: ".", timeout: defaultTimeout, failOn: deepreview.SeverityImportant, raw: slices.Clone(args)}
	p := newParser(s)
	literal := false // what follows "--" is neither flag nor subcommand
	for len(args) > 0 {
		if err := p.Parse(args); err != nil {
			return s, p.explain(err)
		}
		rest := p.Args()
		if n := len(args) - len(rest); n > 0 && args[n-1] == "--" {
			literal = literal || len(s.args) == 0
			s.args = append(s.args, rest...)
			break
		}
		if len(rest) > 0 {
			s.args, rest = append(s.args, rest[0]), rest[1:]
		}
		args = rest
	}
	p.Visit(func(f *flag.Flag) { s.given = append(s.given, f.Name) })
	if !literal && len(s.args) > 0 {
		for _, c := range commands() {
			if s.args[0] == c.name {
				s.word, s.args = c.name, s.args[1:]
				return s, nil
			}
		}
	}
	return s, s.check()
}

// explain turns an error of package flag into ours.
func (p *parser) explain(err error) error {
	if errors.Is(err, flag.ErrHelp) {
		return err
	}
	if p.problem != nil {
		return p.problem
	}
	if name, ok := strings.CutPrefix(err.Error(), "flag provided but not defined: -"); ok {
		var names []string
		p.VisitAll(func(f *flag.Flag) { names = append(names, dashed(f.Name)) })
		if near := nearest(dashed(name), names); near != "" {
			return usagef("there is no flag %s; did you mean %s?", dashed(name), near)
		}
		return usagef("there is no flag %s", dashed(name))
	}
	if name, ok := strings.CutPrefix(err.Error(), "flag needs an argument: -"); ok {
		return usagef("%s needs a value after it", dashed(name))
	}
	return usagef("%s", err.Error())
}

// resolveFlags and historyFlags mean nothing to a review.
var (
	resolveFlags = []string{"as", "why", "by", "until"}
	historyFlags = []string{"export", "prune"}
)

// check finds what contradicts itself in the settings of a review.
func (s *settings) check() error {
	source := []string{}
	for _, name := range s.given {
		if slices.Contains(resolveFlags, name) {
			return usagef("%s is for deepreview resolve; to review, leave it out", dashed(name))
		}
		if slices.Contains(historyFlags, name) {
			return usagef("%s is for deepreview history; to review, leave it out", dashed(name))
		}
		if name == "patch" || name == "staged" || name == "worktree" || name == "pr" {
			source = append(source, dashed(name))
		}
	}
	switch {
	case len(s.args) > 1:
		hint := "name one range"
		if near := nearest(s.args[0], commandNames()); near != "" {
			hint = fmt.Sprintf("did you mean deepreview %s?", near)
		}
		return usagef("%q and %q are two ranges; %s", s.args[0], s.args[1], hint)
	case s.staged && s.worktree:
		return usagef("--staged and --worktree are two changes; the working tree has what is staged, too")
	case s.patch != "" && len(source) > 1:
		return usagef("--patch is reviewed alone; leave out %s", strings.Join(slices.DeleteFunc(source, func(n string) bool { return n == "--patch" }), " and "))
	case s.pr != "" && (len(source) > 1 || len(s.args) > 0):
		return usagef("--pr is reviewed alone; leave out %s", strings.Join(append(slices.DeleteFunc(source, func(n string) bool { return n == "--pr" }), s.args...), " and "))
	case s.post && s.pr == "":
		return usagef("--post brings the report to a pull request; name it with --pr")
	case s.patch != "" && len(s.args) > 0:
		return usagef("--patch is reviewed alone; leave out the range %q", s.args[0])
	case len(s.args) > 0 && s.args[0] == "":
		return usagef("the range is empty; leave it out, or name one such as main...HEAD")
	}
	return s.models.check()
}

func commandNames() []string {
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
	}
	return names
}
