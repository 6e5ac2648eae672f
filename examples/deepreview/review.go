package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents/replay"
)

// review is the main job: it loads a change, has the panel review it, and writes the report.
func review(ctx context.Context, e *env, s *settings) int {
	if s.resume {
		again, err := e.resume(ctx, s)
		if err != nil {
			return e.fail(err)
		}
		s = again
	}
	if err := errors.Join(e.configureUser(s), s.models.check()); err != nil {
		return e.fail(err)
	}
	if len(s.out) == 0 {
		s.out = []destination{mustDestination("text=-"), mustDestination("html=deepreview.html")}
	}
	code, err := e.review(ctx, s)
	if err != nil {
		return e.fail(err)
	}
	return code
}

func (e *env) review(ctx context.Context, s *settings) (int, error) {
	if err := checkDestinations(s.out); err != nil {
		return 0, err
	}
	if err := s.checkTemplates(); err != nil {
		return 0, err
	}
	var rec *replay.Recording
	if s.replay != "" {
		var err error
		if rec, err = replay.Load(s.replay); err != nil {
			return 0, fmt.Errorf("--replay: %w", err)
		}
	}
	if err := e.checkNames(s, rec); err != nil {
		return 0, err
	}
	began := e.now()
	change, err := e.load(ctx, s, rec)
	if err != nil {
		return 0, err
	}
	defer change.Close()
	if err := s.checkResumed(change); err != nil {
		return 0, err
	}
	var k *keeper
	if !s.dryRun {
		if k, err = e.keep(ctx, s, change); err != nil {
			return 0, err
		}
		defer k.close()
		s.models.keeper = k
	}
	p, err := e.panel(s, rec, change)
	if err != nil {
		return 0, err
	}
	if err := s.models.checkSecond(e); err != nil {
		return 0, err
	}
	if s.dryRun {
		return exitFine, e.dryRun(s, change, p)
	}
	k.remember(s, p)
	e.note(s, "Reviewing %s: %s; %s.", oneLine(what(change, s)), size(change), count(len(p.members), "reviewer"))

	shown := e.watch(ctx, s, p)
	reviews, err := deepreview.Run(ctx, change, p.reviewers(),
		&deepreview.Options{Timeout: s.timeout, Grace: e.grace, Progress: shown.event})
	shown.stop()
	if err != nil {
		return 0, err
	}
	unfinished := slices.ContainsFunc(reviews, func(rev *deepreview.Review) bool { return !rev.Finished() && !rev.Skipped() })
	interrupted := ctx.Err() != nil && unfinished

	ctx = context.WithoutCancel(ctx) // what was paid for is shown
	pipeline := &deepreview.Pipeline{Date: e.began(s).UTC(), Elapsed: e.now().Sub(began)}
	if rec != nil {
		pipeline = rec.Pipeline()
	}
	if !p.rulesAlone() {
		if err := k.calibrate(pipeline); err != nil {
			e.note(s, "Reviewers are judged without the history: %v.", err)
		}
	}
	for _, m := range p.members {
		if !slices.Contains(pipeline.Roster, m.Name()) {
			pipeline.Roster = append(pipeline.Roster, m.Name())
		}
	}
	pipeline.MinScore = s.minScore
	if !interrupted { // nobody pays for a second look at half a review
		s.models.second(e, pipeline)
	}
	r, err := pipeline.Consolidate(ctx, change, reviews)
	if err != nil {
		return 0, err
	}
	if s.loaded != nil {
		r.Warnings = append(r.Warnings, s.loaded.Notes...) // what could not be had, such as trees
	}
	if r, err = sealed(r); err != nil {
		return 0, fmt.Errorf("the report cannot be read back: %w", err)
	}
	err = e.write(s, change, r)
	err = errors.Join(err, k.end(ctx, e, s, r, interrupted))
	if s.post && !interrupted { // half a review is nobody's to answer
		err = errors.Join(err, e.post(ctx, s, change, r))
	}
	e.note(s, "%s", conclusion(r))
	if spent := s.models.spent(); spent != "" {
		e.note(s, "%s", spent)
	}
	if interrupted {
		err = errors.Join(err, errors.New("interrupted: the report holds what was there, and its verdict says what is missing; run it again for the rest, or deepreview --resume"))
	}
	return status(r, s.failOn, p.rulesAlone()), err
}

// what names the change for a reader.
func what(c *deepreview.Change, s *settings) string {
	in := ""
	if c.Repository != "" {
		in = " in " + c.Repository
	}
	switch {
	case s.loaded != nil:
		return s.loaded.Ref.String()
	case s.patch == "-":
		return "standard input" + in
	case s.patch != "":
		return s.patch + in
	case s.staged:
		return "what is staged" + in
	case s.worktree:
		return "the working tree" + in
	case c.Range == "":
		return "the change" + in
	}
	return c.Range + in
}

// size is how large a change is.
func size(c *deepreview.Change) string {
	added, deleted := 0, 0
	for _, f := range c.Files {
		added += f.Added
		deleted += f.Deleted
	}
	out := fmt.Sprintf("%s, +%d −%d lines", count(len(c.Files), "file"), added, deleted)
	if n := len(c.Commits); n > 0 {
		out += ", " + count(n, "commit")
	}
	if n := len(c.Excluded); n > 0 {
		out += fmt.Sprintf(", %s left out", count(n, "changed file"))
	}
	return out
}

// conclusion is the report in a line.
func conclusion(r *deepreview.Report) string {
	verdict := r.Verdict.Kind.String()
	return fmt.Sprintf("%s%s: %s. %s", strings.ToUpper(verdict[:1]), verdict[1:], strings.TrimSuffix(oneLine(r.Verdict.Reason), "."), r.Structure())
}

func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
