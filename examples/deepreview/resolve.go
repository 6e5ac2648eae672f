package main

import (
	"cmp"
	"context"
	"fmt"
	"os/user"
	"time"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/history"
)

// everyIssue is what stands for all open issues of the newest round: a baseline.
const everyIssue = "all"

// resolve keeps what a person decided about an issue.
func resolve(ctx context.Context, e *env, s *settings) int {
	if err := e.resolve(ctx, s); err != nil {
		return e.fail(err)
	}
	return exitFine
}

func (e *env) resolve(ctx context.Context, s *settings) error {
	switch {
	case s.as == "":
		return usagef("say what was decided: --as fixed, declined, accepted-risk, false-positive, or open to take it back")
	case s.why == "" && s.as != asOpen:
		return usagef("say why, for whoever reads the next report: --why TEXT")
	}
	st, err := e.mustStore(ctx, s)
	if err != nil {
		return err
	}
	found, err := e.resolvable(st, s.args[0])
	if err != nil {
		return err
	}
	if s.as == asOpen {
		var ids []string
		for _, f := range found {
			ids = append(ids, f.Issue.ID)
		}
		if err := st.Reopen(ctx, ids...); err != nil {
			return err
		}
	} else {
		var decisions []deepreview.Resolution
		for _, f := range found {
			decisions = append(decisions, deepreview.Resolution{
				Issue: f.Issue.ID, As: deepreview.ResolutionKind(s.as), Why: s.why, By: cmp.Or(s.by, userName()), Date: e.now().UTC(),
				Expires: s.until, Title: f.Issue.Title, Severity: f.Issue.Severity,
			})
		}
		if err := st.Resolve(ctx, decisions...); err != nil {
			return err
		}
	}
	for _, f := range found {
		e.note(s, "%s %s %q, round %d of %s: %s.", f.Issue.Number, f.Issue.ID, oneLine(f.Issue.Title), f.Round, f.Series.Name(), s.as)
	}
	return nil
}

// resolvable are the issues that the argument means.
func (e *env) resolvable(st *history.Store, name string) ([]*history.Found, error) {
	if name != everyIssue {
		f, err := st.Find(name)
		if err != nil {
			return nil, fmt.Errorf("%w; deepreview history lists the rounds", err)
		}
		return []*history.Found{f}, nil
	}
	se, err := st.Newest()
	if err != nil {
		return nil, err
	}
	if se == nil {
		return nil, fmt.Errorf("there is no round yet in %s", st.Dir())
	}
	last, err := se.Last()
	if err != nil {
		return nil, err
	}
	var found []*history.Found
	for _, is := range last.Issues {
		if is.Open() {
			found = append(found, &history.Found{Series: se, Round: last.Number, Issue: is})
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("round %d of %s has no open issue", last.Number, se.Name())
	}
	return found, nil
}

// asOpen takes a decision back.
const asOpen = "open"

func userName() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return ""
}

// parseUntil reads a day, from which on a decision does not hold.
func parseUntil(text string) (time.Time, error) {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return day, fmt.Errorf("it is a date such as 2027-01-31")
	}
	return day, nil
}
