package main

import (
	"os"
	"os/exec"
	"strings"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents/command"
	"github.com/deepreview-go/deepreview/agents/markdown"
	"github.com/deepreview-go/deepreview/agents/sarif"
)

// agentCandidates are coding agents that are started as commands. They take part only where they are asked for: an agent reads
// its own account's settings and sends the change to its vendor.
func agentCandidates() []candidate {
	var out []candidate
	for _, a := range []struct {
		name    string
		profile func() command.Profile
	}{{"claude-cli", command.Claude}, {"codex-cli", command.Codex}, {"gemini-cli", command.Gemini}} {
		program := a.profile().Args[0]
		out = append(out, candidate{
			name: a.name, about: "the agent " + program + ", started as a command in a throw-away checkout", onlyAsked: true,
			lacking: func(*env) string {
				if _, err := exec.LookPath(program); err != nil {
					return "there is no command " + program
				}
				return ""
			},
			unsuited: treeless,
			settings: func(s *settings) string { return asked(s, stamp(program)) },
			reviewer: func() deepreview.Reviewer {
				return &command.Reviewer{ID: a.name, Profile: a.profile(), Fallback: markdown.Parse}
			},
		})
	}
	return out
}

// asked is what the answer of a command depends on; empty, so that it is asked again, where prompts of the user's are in it.
func asked(s *settings, program string) string {
	if program == "" || s.templates != "" {
		return ""
	}
	return program + "\x00" + s.instructions
}

// treeless says that there is nothing to check out.
func treeless(c *deepreview.Change) string {
	if c.Tree == nil {
		return "a patch has no tree to check out"
	}
	return ""
}

// namedCandidates are the reviewers that a name describes rather than names: exec:COMMAND, markdown:FILE and sarif:FILE.
func namedCandidates(names []string) []candidate {
	var out []candidate
	for _, name := range names {
		kind, what, ok := strings.Cut(name, ":")
		if !ok || what == "" {
			continue
		}
		switch kind {
		case "exec":
			args := strings.Fields(what)
			if len(args) == 0 {
				continue
			}
			out = append(out, candidate{
				name: name, about: "the command " + oneLine(what), onlyAsked: true,
				lacking: func(*env) string {
					if _, err := exec.LookPath(args[0]); err != nil {
						return "there is no command " + args[0]
					}
					return ""
				},
				settings: func(s *settings) string { return asked(s, stamps(args)) },
				reviewer: func() deepreview.Reviewer {
					return &command.Reviewer{ID: name, Profile: command.Exec(args...), Fallback: markdown.Parse}
				},
			})
		case "markdown":
			out = append(out, candidate{
				name: name, about: "the review in Markdown in " + oneLine(what), onlyAsked: true,
				lacking: func(*env) string {
					if _, err := os.Stat(what); err != nil {
						return err.Error()
					}
					return ""
				},
				reviewer: func() deepreview.Reviewer { return &markdown.Reviewer{ID: name, Path: what} },
			})
		case "sarif":
			out = append(out, candidate{
				name: name, about: "what a linter wrote into " + oneLine(what), rules: true, onlyAsked: true,
				lacking: func(*env) string {
					if _, err := os.Stat(what); err != nil {
						return err.Error()
					}
					return ""
				},
				reviewer: func() deepreview.Reviewer { return &sarif.Reviewer{ID: name, Path: what} },
			})
		}
	}
	return out
}

// known are all candidates that the settings can mean.
func (e *env) known(s *settings) []candidate {
	return append(e.roster[:len(e.roster):len(e.roster)], namedCandidates(s.reviewers)...)
}
