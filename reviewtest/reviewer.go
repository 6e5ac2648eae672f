package reviewtest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"weak"

	"github.com/deepreview-go/deepreview"
)

// ReviewerOptions are the settings of [CheckReviewer]. The zero value works.
type ReviewerOptions struct {
	// Changes are examined beside the kit's own: give one that the reviewer does not decline. They are not closed.
	Changes []*deepreview.Change
	// Deterministic says that the same change gives the same review, but for its times.
	Deterministic bool
	// Timeout is for each call; 0 means a minute. Grace is how long a call may go on after its context ended; 0 means 5
	// seconds, as in a run.
	Timeout, Grace time.Duration
}

// CheckReviewer has r examine changes of every kind, some fifty times, and returns [Problems] with every clause of
// [deepreview.Reviewer] that it does not keep; [ReviewerClauses] lists them. A reviewer whose calls cost money or time is better checked over a stand-in.
//
// The error is another if ctx ended first; it then wraps the problems found so far. A call that does not return is
// abandoned, and the check ends there.
func CheckReviewer(ctx context.Context, r deepreview.Reviewer, opt *ReviewerOptions) error {
	if r == nil {
		return errors.New("check: no reviewer")
	}
	var o ReviewerOptions
	if opt != nil {
		o = *opt
	}
	o.Timeout, o.Grace = cmp.Or(o.Timeout, defaultTimeout), cmp.Or(o.Grace, defaultGrace)
	x := &reviewing{reviewer: r, opt: o}
	for i, c := range o.Changes {
		if c == nil {
			return fmt.Errorf("check: change %d of the options is nil", i+1)
		}
		x.samples = append(x.samples, sample{fmt.Sprintf("change %d of the options", i+1), func() *deepreview.Change { return c }})
	}
	x.samples = append(x.samples, samples()...)
	x.exercise(ctx)
	x.short = ctx.Err() != nil
	return result(judge(reviewerRows(), x), ctx.Err())
}

// ReviewerClauses lists what [CheckReviewer] checks, in order.
func ReviewerClauses() []Clause { return clauses(reviewerRows()) }

// reviewing is a reviewer at work, and what was seen of it.
type reviewing struct {
	reviewer deepreview.Reviewer
	opt      ReviewerOptions
	samples  []sample

	// names are what Name returned, in the order of the calls.
	names []string
	// The calls: each sample alone; the first that was finished several times more; all of them at once, twice each;
	// under a context that has ended; and under one that ends at the first use of the change, or soon.
	alone, again, together, ended, cut []*reviewCall
	// kept names what of a change could still be reached after the call.
	kept string
	// stayed are the goroutines that each kind of call left behind, where there is one a call.
	stayed []string
	// stopped says that a call was abandoned, and that nothing was tried after it; short that the check's own context ended.
	stopped, short bool
}

// reviewCall is one call of Review.
type reviewCall struct {
	sample string
	change *deepreview.Change
	review *deepreview.Review
	err    error
	ending
	// modified names what of the change differs afterwards.
	modified string
	log      *useLog
	// returned is the review as it was when the call returned.
	returned []leaf
}

// checks counts the checks of a process: it makes labels unique.
var checks atomic.Int64

func (x *reviewing) exercise(ctx context.Context) {
	id := checks.Add(1)
	label := func(kind string) string { return fmt.Sprintf("%d %s", id, kind) }
	x.name()

	for _, s := range x.samples {
		x.alone = append(x.alone, x.call(ctx, label("alone"), s.name, watch(s.build())))
	}
	x.leftBehind(label("alone"), "one after the other", len(x.alone))
	x.name()

	for _, s := range x.samples {
		over, cancel := context.WithCancel(ctx)
		cancel()
		x.ended = append(x.ended, x.call(over, label("ended"), s.name+", context ended", watch(s.build())))
	}
	x.leftBehind(label("ended"), "under a context that had ended", len(x.ended))

	finished := x.finished()
	for range 4 {
		x.again = append(x.again, x.call(ctx, label("again"), finished.name+", again", watch(finished.build())))
		x.cut = append(x.cut, x.interrupted(ctx, label("cut"), finished))
	}
	x.leftBehind(label("again"), "over again", len(x.again))
	x.leftBehind(label("cut"), "under a context that ended meanwhile", len(x.cut))

	x.sideBySide(ctx, label("together"))
	x.leftBehind(label("together"), "side by side", len(x.together))
	x.keep(ctx, label("kept"))
	x.name()
}

func (x *reviewing) name() {
	defer func() {
		if p := recover(); p != nil {
			x.names = append(x.names, "")
		}
	}()
	x.names = append(x.names, x.reviewer.Name())
}

// finished returns the first sample that was reviewed to the end, else the first of all.
func (x *reviewing) finished() sample {
	for i, c := range x.alone {
		if c != nil && c.err == nil && c.review != nil {
			return x.samples[i]
		}
	}
	return x.samples[0]
}

// call has the reviewer examine one change; nil where the exercise has been stopped.
func (x *reviewing) call(ctx context.Context, label, name string, w watched) *reviewCall {
	if x.stopped {
		return nil
	}
	c := x.examine(ctx, label, name, w)
	if x.stopped = c.stuck; !c.stuck {
		w.log.end()
	}
	return c
}

// examine is one call; the change may be shared by others.
func (x *reviewing) examine(ctx context.Context, label, name string, w watched) *reviewCall {
	change := w.Change
	c := &reviewCall{sample: name, change: change, log: w.log}
	before := snapshot(change)
	ctx, cancel := context.WithTimeout(ctx, x.opt.Timeout)
	defer cancel()
	type answer struct {
		review *deepreview.Review
		err    error
	}
	var a answer
	a, c.ending = attempt(ctx, x.opt.Grace, label, func(ctx context.Context) answer {
		review, err := x.reviewer.Review(ctx, change)
		return answer{review, err}
	})
	c.review, c.err = a.review, a.err
	if c.stuck {
		return c // it is still at work, so nothing can be said of the rest
	}
	if c.modified = difference(before, snapshot(change)); c.modified == "" && w.log.wasClosed() {
		c.modified = "it was closed"
	}
	c.returned = snapshot(c.review)
	return c
}

// interrupted is a call whose context ends when the reviewer first uses the change's trees, or 5 ms after it began: real
// time, because one that uses none gives no other sign of having begun.
func (x *reviewing) interrupted(ctx context.Context, label string, s sample) *reviewCall {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer time.AfterFunc(5*time.Millisecond, cancel).Stop()
	w := watch(s.build())
	w.log.used = cancel
	if blame := w.Blame; blame != nil {
		// A question that takes as long as it is let: only the context given along ends it, or the end of the check.
		released := make(chan struct{})
		defer close(released)
		w.Blame = func(ctx context.Context, path string, start, end int) ([]deepreview.BlameLine, error) {
			lines, err := blame(ctx, path, start, end)
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-released:
				return lines, err
			}
		}
	}
	return x.call(ctx, label, s.name+", context ended meanwhile", w)
}

// sideBySide has every sample examined twice, all at once; the two calls over one sample share it.
func (x *reviewing) sideBySide(ctx context.Context, label string) {
	if x.stopped {
		return
	}
	var all sync.WaitGroup
	var shared []watched
	x.together = make([]*reviewCall, 2*len(x.samples))
	for i, s := range x.samples {
		w := watch(s.build())
		shared = append(shared, w)
		for j := range 2 {
			all.Go(func() { x.together[2*i+j] = x.examine(ctx, label, s.name, w) })
		}
	}
	all.Wait()
	for i, w := range shared {
		if x.together[2*i].stuck || x.together[2*i+1].stuck {
			x.stopped = true
			continue // it may still be at work on that change
		}
		w.log.end()
	}
}

// keep looks whether a change, or a file of it, can still be reached when the call is over and everything it returned
// has been let go.
func (x *reviewing) keep(ctx context.Context, label string) {
	if x.stopped {
		return
	}
	type held struct {
		change weak.Pointer[deepreview.Change]
		file   weak.Pointer[deepreview.File]
	}
	h, end := attempt(ctx, x.opt.Grace, label, func(ctx context.Context) held {
		c := ordinaryChange()
		h := held{weak.Make(c), weak.Make(c.Files[0])}
		ctx, cancel := context.WithTimeout(ctx, x.opt.Timeout)
		defer cancel()
		x.reviewer.Review(ctx, c)
		return h
	})
	if end.stuck || end.panicked != "" {
		return // the calls before have shown that
	}
	for i := range 6 { // a sync.Pool lets go at the second collection, a goroutine that is about to end soon
		runtime.GC()
		switch {
		case h.change.Value() != nil:
			x.kept = "the change"
		case h.file.Value() != nil:
			x.kept = "a file of the change"
		default:
			x.kept = ""
			return
		}
		time.Sleep(time.Millisecond << i)
	}
}

// leftBehind notes goroutines that outlive their calls, if there is one a call: a pool or a connection kept open is less.
func (x *reviewing) leftBehind(label, how string, calls int) {
	if x.stopped {
		return
	}
	if n, where := settle(label, calls); n >= calls {
		x.stayed = append(x.stayed, fmt.Sprintf("%d calls %s left %d goroutines behind, one of them in %s", calls, how, n, where))
	}
}

// calls yields every call but those side by side.
func (x *reviewing) calls() []*reviewCall {
	var out []*reviewCall
	for _, of := range [][]*reviewCall{x.alone, x.again, x.ended, x.cut} {
		for _, c := range of {
			if c != nil {
				out = append(out, c)
			}
		}
	}
	return out
}
