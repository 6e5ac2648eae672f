package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/deepreview-go/deepreview"
)

// resume returns the settings of the run that broke off last.
func (e *env) resume(ctx context.Context, s *settings) (*settings, error) {
	for _, name := range s.given {
		if name != "resume" && name != "C" && name != "history" && name != "quiet" {
			return nil, usagef("--resume goes on with the arguments that the run had; leave out %s", dashed(name))
		}
	}
	if len(s.args) > 0 {
		return nil, usagef("--resume goes on with the arguments that the run had; leave out %q", s.args[0])
	}
	st, err := e.mustStore(ctx, s)
	if err != nil {
		return nil, err
	}
	run, err := st.BrokenOff()
	if err != nil {
		return nil, err
	}
	if run == nil {
		return nil, fmt.Errorf("there is nothing to resume: no run in %s broke off", st.Dir())
	}
	if here := e.folder(); here != run.Dir {
		return nil, fmt.Errorf("the run that broke off was started in %s; go there and resume it", run.Dir)
	}
	again, err := parse(run.Args)
	if err != nil {
		return nil, errors.Join(errors.New("the arguments of the run that broke off are not understood any more"), err)
	}
	if again.history == "" {
		again.history = s.history
	}
	again.quiet = again.quiet || s.quiet
	again.resumed = run
	return again, nil
}

// checkResumed makes sure that a resumed run is of the change that it was of.
func (s *settings) checkResumed(c *deepreview.Change) error {
	run := s.resumed
	if run == nil || c.Fingerprint() == run.Fingerprint && c.Base == run.Base && c.Head == run.Head {
		return nil
	}
	if s.staged || s.worktree || s.patch != "" {
		return errors.New("what was being reviewed has changed since the run broke off; leave out --resume to review it as it is now")
	}
	return fmt.Errorf("the run that broke off was of %.12s..%.12s, and the same arguments now mean %.12s..%.12s; review either by its range, "+
		"which pays only for what was not answered yet", run.Base, run.Head, c.Base, c.Head)
}
