package deepreview

import (
	"context"
	"fmt"
	"iter"
	"regexp"
	"slices"
	"strings"
	"time"
)

// suppression is a comment in the code that asks for silence about the line it stands on, or the one below:
//
//	deepreview:ignore RULE-or-ID [until 2027-01-31] -- reason
type suppression struct {
	at      Location
	what    string
	why     string
	expires time.Time
	wrong   string // what is wrong with its form; empty if nothing is
}

var suppressionForm = regexp.MustCompile(`deepreview:ignore\b(?:[ \t]+(\S+))?(?:[ \t]+until[ \t]+(\S+))?(?:[ \t]+--[ \t]*(.*))?`)

// parseSuppression returns the suppression in a line of code, nil if there is none.
func parseSuppression(line string) *suppression {
	m := suppressionForm.FindStringSubmatch(line)
	if m == nil {
		return nil
	}
	s := &suppression{what: m[1], why: strings.TrimSpace(m[3])}
	for _, end := range []string{"*/", "-->", "#}", "%>"} {
		s.why = strings.TrimSpace(strings.TrimSuffix(s.why, end))
	}
	switch {
	case s.what == "" || s.what == "--":
		s.wrong = "it names no rule and no issue"
	case s.why == "":
		s.wrong = "it gives no reason"
	case m[2] != "":
		var err error
		if s.expires, err = parseDay(m[2]); err != nil {
			s.wrong = err.Error()
		}
	}
	return s
}

// suppress takes out the issues that a comment in the code silences. The comment counts only if the change did not
// write it: its line has to have been there before. It returns warnings about those that do not count.
func (b *builder) suppress(ctx context.Context, r *Report) (warnings []string) {
	r.Issues = slices.DeleteFunc(r.Issues, func(is *Issue) bool {
		s := b.suppressionOf(is)
		if s == nil {
			return false
		}
		where := s.at.String()
		switch {
		case s.wrong != "":
			warnings = append(warnings, fmt.Sprintf("%s: the suppression does not count: %s; write it as: deepreview:ignore RULE -- REASON.", where, s.wrong))
		case b.sources.adds(s.at):
			warnings = append(warnings, fmt.Sprintf("%s: the suppression of %s does not count, since this change adds it.", where, shorten(s.what, 60)))
		case s.expired(b.pipeline.Date):
			is.StatusReason = fmt.Sprintf("its suppression at %s ended on %s", where, s.expires.Format(time.DateOnly))
		default:
			reason := b.silence(ctx, s)
			is.Status, is.StatusReason = StatusSuppressed, reason
			b.settled[is] = settlement{OutcomeSuppressed, "suppression", reason}
			r.Prior = append(r.Prior, PriorIssue{Issue: is, Status: StatusSuppressed, Reason: reason})
			return true
		}
		return false
	})
	slices.Sort(warnings)
	return slices.Compact(warnings)
}

// expired reports whether the suppression has ended by now.
func (s *suppression) expired(now time.Time) bool {
	return !s.expires.IsZero() && !now.Before(s.expires)
}

// silence says where an issue is suppressed, since when and why.
func (b *builder) silence(ctx context.Context, s *suppression) string {
	return fmt.Sprintf("suppressed at %s%s: %s", s.at, b.age(ctx, s.at), s.why)
}

// age says when a line was written, where that is known.
func (b *builder) age(ctx context.Context, l Location) string {
	if b.change.Blame == nil {
		return ""
	}
	lines, err := b.change.Blame(ctx, l.Path, l.Start, l.Start)
	if err != nil || len(lines) == 0 || lines[0].Date.IsZero() {
		return ""
	}
	return " since " + lines[0].Date.Format(time.DateOnly)
}

// suppressionOf finds the comment that is about the issue: on the first cited line, or the one above it, of its primary place.
func (b *builder) suppressionOf(is *Issue) *suppression {
	if len(is.Locations) == 0 || is.Locations[0].Old {
		return nil
	}
	for s := range b.suppressions(is.Locations[0]) {
		if s.wrong != "" || b.means(s.what, is) {
			return s
		}
	}
	return nil
}

// suppressionAt finds a comment that counts and is about the code at l, whatever it names.
func (b *builder) suppressionAt(l Location) *suppression {
	for s := range b.suppressions(l) {
		if s.wrong == "" && !b.sources.adds(s.at) && !s.expired(b.pipeline.Date) {
			return s
		}
	}
	return nil
}

// suppressions yields the comments about the code at l.
func (b *builder) suppressions(l Location) iter.Seq[*suppression] {
	return func(yield func(*suppression) bool) {
		for _, n := range []int{l.Start, l.Start - 1} {
			lines, ok := b.sources.text(l.Path, false).slice(n, n)
			if n < 1 || !ok {
				continue
			}
			if s := parseSuppression(lines[0]); s != nil {
				s.at = Location{Path: l.Path, Start: n}
				if !yield(s) {
					return
				}
			}
		}
	}
}

// means reports whether what names the issue: by its ID or the beginning of it, or by the rule that raised every one of its claims. A
// rule's name says nothing about what somebody found by judgement.
func (b *builder) means(what string, is *Issue) bool {
	if len(what) >= 8 && (strings.HasPrefix(is.Code, what) || strings.HasPrefix(is.ID, what)) {
		return true
	}
	return len(is.Sources) > 0 && !slices.ContainsFunc(is.Sources, func(s Source) bool { return b.rule(s.Ref()) != what })
}

func (b *builder) rule(ref Ref) string {
	for _, a := range b.claims {
		if a.ref == ref {
			return a.Rule
		}
	}
	return ""
}
