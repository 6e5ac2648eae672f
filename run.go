package deepreview

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime/debug"
	"slices"
	"sync"
	"time"
	"unicode/utf8"
)

// Options are the settings of [Run] and [Stream]. The zero value runs every reviewer at once, without a deadline.
type Options struct {
	// Parallel is how many reviewers run at once; 0 means all.
	Parallel int
	// Timeout is for each reviewer, counted from its own start; 0 means none.
	Timeout time.Duration
	// Grace is how long a reviewer may go on after its context ended before it is abandoned with
	// [ErrStuck]; 0 means 5 seconds.
	Grace time.Duration
	// Progress is told what happens, one call at a time; nil means nobody is.
	Progress func(Event)
}

// Event is something that happened in a run.
type Event struct {
	Reviewer string
	Kind     EventKind
	// Text says what the reviewer is doing; set when Kind is EventProgress. It is foreign text.
	Text string
	// Review is set when Kind is EventFinished.
	Review *Review
	// Elapsed is counted from the reviewer's start.
	Elapsed time.Duration
}

// EventKind is the kind of an event.
type EventKind string

// The events of a run. A reviewer's come in this order.
const (
	EventStarted  EventKind = "started"
	EventProgress EventKind = "progress"
	EventFinished EventKind = "finished"
)

// defaultGrace is long enough for a reviewer to write down what it has, and short enough for a person who waits
// after an interrupt.
const defaultGrace = 5 * time.Second

// Run has every reviewer examine c at the same time and returns their reviews in the order of reviewers,
// however each ended: a reviewer that failed has a Review with a [Failure] and whatever it returned. It waits for all of
// them, but for one that ignores the end of its context no longer than Options.Grace; a late result is discarded.
//
// The error is non-nil only where the run cannot start: no change, no reviewers, a name that is empty,
// taken twice or no valid UTF-8. It never retries. When ctx ends, Run returns what is there; consolidate and render that under
// [context.WithoutCancel], so that what was paid for is shown.
func Run(ctx context.Context, c *Change, reviewers []Reviewer, opt *Options) ([]*Review, error) {
	seq, err := Stream(ctx, c, reviewers, opt)
	if err != nil {
		return nil, err
	}
	reviews := make([]*Review, len(reviewers))
	for i, rev := range seq {
		reviews[i] = rev
	}
	return reviews, nil
}

// Stream is like [Run], but yields each review when it is there, with its reviewer's index. Leaving the loop early cancels the
// other reviewers and waits for them. The reviewers start when the loop does; a second loop runs them again.
func Stream(ctx context.Context, c *Change, reviewers []Reviewer, opt *Options) (iter.Seq2[int, *Review], error) {
	if opt == nil {
		opt = &Options{}
	}
	o := *opt
	if o.Grace <= 0 {
		o.Grace = defaultGrace
	}
	if c == nil {
		return nil, errors.New("run: no change to review")
	}
	if len(reviewers) == 0 {
		return nil, errors.New("run: no reviewers; a panel needs at least one")
	}
	names := make([]string, len(reviewers))
	for i, r := range reviewers {
		if r == nil {
			return nil, fmt.Errorf("run: reviewer %d is nil", i+1)
		}
		names[i] = r.Name()
		if names[i] == "" {
			return nil, fmt.Errorf("run: reviewer %d (%T) has no name", i+1, r)
		}
		if !utf8.ValidString(names[i]) {
			return nil, fmt.Errorf("run: the name %q of reviewer %d is not valid UTF-8", names[i], i+1)
		}
		if slices.Contains(names[:i], names[i]) {
			return nil, fmt.Errorf("run: two reviewers are named %q; give each its own name", names[i])
		}
	}
	rn := &run{change: c, fingerprint: c.Fingerprint(), opt: o}
	return func(yield func(int, *Review) bool) { rn.stream(ctx, reviewers, names, yield) }, nil
}

// run is what the reviewers of one run share.
type run struct {
	change      *Change
	fingerprint string
	opt         Options
	progress    sync.Mutex
}

func (rn *run) tell(e Event) {
	if rn.opt.Progress == nil {
		return
	}
	rn.progress.Lock()
	defer rn.progress.Unlock()
	rn.opt.Progress(e)
}

func (rn *run) stream(ctx context.Context, reviewers []Reviewer, names []string, yield func(int, *Review) bool) {
	ctx, cancel := context.WithCancel(ctx)
	type result struct {
		index  int
		review *Review
	}
	results := make(chan result, len(reviewers))
	limit := len(reviewers)
	if rn.opt.Parallel > 0 {
		limit = min(limit, rn.opt.Parallel)
	}
	free := make(chan struct{}, limit)
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel()
	for i, r := range reviewers {
		all.Go(func() {
			select {
			case free <- struct{}{}:
				defer func() { <-free }()
			case <-ctx.Done():
			}
			results <- result{i, rn.one(ctx, r, names[i])}
		})
	}
	for range reviewers {
		res := <-results
		if !yield(res.index, res.review) {
			return
		}
	}
}

// answer is what a reviewer returned.
type answer struct {
	review *Review
	err    error
}

// one runs a single reviewer to its end, or to where it is abandoned.
func (rn *run) one(ctx context.Context, r Reviewer, name string) *Review {
	started := time.Now()
	rn.tell(Event{Reviewer: name, Kind: EventStarted})
	var alive sync.Mutex // held while a reviewer's progress is passed on
	abandoned := false
	ctx = context.WithValue(ctx, progressKey{}, func(text string) {
		alive.Lock()
		defer alive.Unlock()
		if !abandoned {
			rn.tell(Event{Reviewer: name, Kind: EventProgress, Text: text, Elapsed: time.Since(started)})
		}
	})
	if rn.opt.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, rn.opt.Timeout)
		defer cancel()
	}

	var a answer
	if ctx.Err() != nil {
		a.err = ctx.Err() // interrupted before its turn came
	} else {
		// One slot: a reviewer that was abandoned can still hand its answer in, and nobody waits for it.
		answers := make(chan answer, 1)
		go func() { answers <- call(ctx, r, rn.change) }()
		a = rn.await(ctx, answers)
	}
	alive.Lock()
	abandoned = true // no event of this reviewer after EventFinished
	alive.Unlock()

	rev := rn.settle(ctx, a, name, started)
	rn.tell(Event{Reviewer: name, Kind: EventFinished, Review: rev, Elapsed: time.Since(started)})
	return rev
}

// call is the border to foreign code: a panic in it becomes an error here.
func call(ctx context.Context, r Reviewer, c *Change) (a answer) {
	defer func() {
		if p := recover(); p != nil {
			a = answer{err: &panicError{value: p, stack: debug.Stack()}}
		}
	}()
	rev, err := r.Review(ctx, c)
	return answer{rev, err}
}

func (rn *run) await(ctx context.Context, answers <-chan answer) answer {
	select {
	case a := <-answers:
		return a
	case <-ctx.Done():
	}
	grace := time.NewTimer(rn.opt.Grace)
	defer grace.Stop()
	select {
	case a := <-answers:
		return a
	case <-grace.C:
		return answer{err: fmt.Errorf("%w %v after its context ended (%w)", ErrStuck, rn.opt.Grace, context.Cause(ctx))}
	}
}

// settle makes the Review that the run answers for.
func (rn *run) settle(ctx context.Context, a answer, name string, started time.Time) *Review {
	rev := a.review
	if rev == nil {
		rev = new(Review)
		if a.err == nil {
			a.err = fmt.Errorf("%w: it returned neither a review nor an error", ErrBadAnswer)
		}
	} else {
		own := *rev
		rev = &own
	}
	rev.Reviewer = name
	rev.Change = rn.fingerprint
	if rev.Started.IsZero() {
		rev.Started = started
	}
	if rev.Duration == 0 {
		rev.Duration = time.Since(started)
	}
	if a.err != nil {
		if ctx.Err() != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) && !errors.Is(a.err, ErrStuck) {
			a.err = fmt.Errorf("stopped at its deadline of %v: %w", rn.opt.Timeout, errors.Join(ctx.Err(), a.err))
		}
		rev.Failure = NewFailure(a.err)
	}
	return normalize(rev)
}

// panicError is a reviewer's panic.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string {
	return fmt.Sprintf("the reviewer panicked: %v\n%s", e.value, e.stack)
}

func (e *panicError) FailureKind() FailureKind { return FailurePanic }

type progressKey struct{}

// Progress tells whoever watches the run what the reviewer that was given ctx is doing: one short line, in the
// present: "reading lib/store.go". Outside a run it does nothing.
func Progress(ctx context.Context, text string) {
	if tell, ok := ctx.Value(progressKey{}).(func(string)); ok {
		tell(text)
	}
}
