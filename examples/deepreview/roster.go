package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents/analyzer"
	"github.com/deepreview-go/deepreview/agents/command"
	"github.com/deepreview-go/deepreview/agents/patterns"
	"github.com/deepreview-go/deepreview/agents/replay"
)

// A candidate is a reviewer that could take part.
type candidate struct {
	name string
	// about says in a line what it does.
	about string
	// rules says that it runs rules and judges nothing: what it looked at is scanned, and read by nobody.
	rules bool
	// lacking says what it needs and does not find on this machine; nil, or "", means nothing.
	lacking func(e *env) string
	// unsuited says why c is nothing for it; nil, or "", means that it is.
	unsuited func(c *deepreview.Change) string
	// onlyAsked says that it takes part only where it is asked for by name.
	onlyAsked bool
	// model says that it is one of the providers' models, which the settings make.
	model    bool
	reviewer func() deepreview.Reviewer
	// settings says what its answer depends on besides the change, so that it can be taken from the history; nil, or "", means
	// that it is always asked.
	settings func(s *settings) string
}

// missing says what the candidate needs and does not find.
func (c *candidate) missing(e *env, s *settings) string {
	switch {
	case c.model:
		return s.models.lacking(e, c.name)
	case c.lacking != nil:
		return c.lacking(e)
	}
	return ""
}

// make makes the reviewer.
func (c *candidate) make(e *env, s *settings) deepreview.Reviewer {
	if c.model {
		return s.models.reviewer(e, c.name, s.instructions)
	}
	r := c.reviewer()
	if agent, ok := r.(*command.Reviewer); ok {
		agent.Instructions, agent.Prompts = s.instructions, s.promptFS()
	}
	return r
}

// roster is who there is, in the order of a report. A reviewer is added to the command by a line here.
func roster() []candidate {
	return slices.Concat(modelCandidates(), []candidate{
		{
			name: "patterns", about: "rules for any language; no model, no network, no compiler", rules: true,
			reviewer: func() deepreview.Reviewer { return &patterns.Reviewer{} },
			settings: func(*settings) string { return program() },
		},
		{
			name: "analyzer", about: "go vet and staticcheck on the Go packages touched", rules: true,
			lacking: func(*env) string {
				if _, err := exec.LookPath("go"); err != nil {
					return "there is no go command"
				}
				return ""
			},
			unsuited: func(c *deepreview.Change) string {
				switch {
				case c.Tree == nil:
					return "a patch has no tree to compile"
				case !slices.ContainsFunc(c.Files, func(f *deepreview.File) bool { return strings.HasSuffix(f.Path, ".go") }):
					return "no Go file changed"
				}
				return ""
			},
			reviewer: func() deepreview.Reviewer {
				r := &analyzer.Reviewer{}
				if dir, err := os.UserCacheDir(); err == nil { // without one nothing is kept
					r.Cache = filepath.Join(dir, "deepreview", "analyzer")
				}
				return r
			},
			settings: func(*settings) string { return program() + stamp("go") },
		},
	}, agentCandidates())
}

// member is a reviewer that takes part.
type member struct {
	deepreview.Reviewer
	about string
	rules bool
	// settings is the candidate's; never nil.
	settings func(s *settings) string
}

func alwaysAsked(*settings) string { return "" }

// absent is a candidate that does not take part, with the reason.
type absent struct{ name, why string }

// panel is who reviews a change.
type panel struct {
	members []member
	absent  []absent
}

func (p *panel) reviewers() []deepreview.Reviewer {
	out := make([]deepreview.Reviewer, len(p.members))
	for i, m := range p.members {
		out[i] = m.Reviewer
	}
	return out
}

// rulesAlone reports whether nobody in the panel reads.
func (p *panel) rulesAlone() bool {
	return !slices.ContainsFunc(p.members, func(m member) bool { return !m.rules })
}

// checkNames finds a name among those asked for that nobody has, that stands there twice, or that a recording has as well.
func (e *env) checkNames(s *settings, rec *replay.Recording) error {
	var known []string
	for _, c := range e.known(s) {
		known = append(known, c.name)
	}
	for i, name := range s.reviewers {
		if !slices.Contains(known, name) {
			return usagef("there is no reviewer %q; %s", name, instead(name, known))
		}
		if slices.Contains(s.reviewers[:i], name) {
			return usagef("--reviewer %s stands there twice", name)
		}
		if rec != nil && slices.ContainsFunc(rec.Reviews, func(rev *deepreview.Review) bool { return rev.Reviewer == name }) {
			return usagef("--reviewer %s: %s has a review by that name; leave one out", name, s.replay)
		}
	}
	return nil
}

// panel chooses who reviews c: those that were asked for, or all that suit it; before them the recorded reviews.
func (e *env) panel(s *settings, rec *replay.Recording, c *deepreview.Change) (*panel, error) {
	p := new(panel)
	if rec != nil {
		for _, r := range rec.Reviewers() {
			p.members = append(p.members, member{Reviewer: r, about: "recorded in " + s.replay, settings: alwaysAsked})
		}
	}
	for _, x := range e.known(s) {
		asked := slices.Contains(s.reviewers, x.name)
		why := x.missing(e, s)
		switch {
		case asked && why != "":
			return nil, fmt.Errorf("reviewer %s cannot run here: %s", x.name, why)
		case asked:
		case rec != nil || len(s.reviewers) > 0 || x.onlyAsked && why == "":
			why = "not asked for"
		case why == "" && x.unsuited != nil:
			why = x.unsuited(c)
		}
		if why != "" {
			p.absent = append(p.absent, absent{x.name, why})
			continue
		}
		m := member{x.make(e, s), x.about, x.rules, x.settings}
		if m.settings == nil {
			m.settings = alwaysAsked
		}
		p.members = append(p.members, m)
	}
	if len(p.members) == 0 {
		var why []string
		for _, a := range p.absent {
			why = append(why, a.name+": "+a.why)
		}
		return nil, fmt.Errorf("nobody can review this here (%s); name somebody with --reviewer", strings.Join(why, "; "))
	}
	return p, nil
}

// reviewers lists who is available and why others are not.
func reviewers(_ context.Context, e *env, s *settings) int {
	if err := e.configureUser(s); err != nil {
		return e.fail(err)
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 3, ' ', 0)
	for _, c := range e.roster {
		state := "available"
		if why := c.missing(e, s); why != "" {
			state = "not available: " + why
		} else if c.onlyAsked {
			state = "available, where it is asked for"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", c.name, c.about, state)
	}
	fmt.Fprintf(w, "(recorded)\treviews of an earlier run, or of anybody, as JSON\twith --replay PATH\n")
	w.Flush()
	if _, err := fmt.Fprint(e.stdout, harmless(b.String())); err != nil {
		return e.fail(fmt.Errorf("standard output: %w", err))
	}
	return exitFine
}
