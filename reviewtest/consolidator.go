package reviewtest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/deepreview-go/deepreview"
)

// ConsolidatorOptions are the settings of [CheckConsolidator]. The zero value works.
type ConsolidatorOptions struct {
	// Timeout is for each call; 0 means a minute. Grace is how long a call may go on after its context ended; 0 means 5 seconds.
	Timeout, Grace time.Duration
}

// CheckConsolidator has k consolidate panels of every kind, each several times and in other orders, and returns [Problems] with
// every clause of [deepreview.Consolidator] and of [deepreview.Report] that it does not keep; [ConsolidatorClauses] lists them.
//
// The error is another if ctx ended first; it then wraps the problems found so far. A call that does not return is
// abandoned, and the check ends there.
func CheckConsolidator(ctx context.Context, k deepreview.Consolidator, opt *ConsolidatorOptions) error {
	if k == nil {
		return errors.New("check: no consolidator")
	}
	var o ConsolidatorOptions
	if opt != nil {
		o = *opt
	}
	o.Timeout, o.Grace = cmp.Or(o.Timeout, defaultTimeout), cmp.Or(o.Grace, defaultGrace)
	x := &consolidating{consolidator: k, opt: o}
	x.exercise(ctx)
	return result(judge(consolidatorRows(), x), ctx.Err())
}

// ConsolidatorClauses lists what [CheckConsolidator] checks, in order.
func ConsolidatorClauses() []Clause { return clauses(consolidatorRows()) }

// consolidating is a consolidator at work, and what was seen of it.
type consolidating struct {
	consolidator deepreview.Consolidator
	opt          ConsolidatorOptions

	// hearings have a call for each panel as it is, the same again, and in other orders.
	hearings []*heard
	// ended is a call under a context that has ended, unchanged one without a change, doubled one with two reviews by one.
	ended, unchanged, doubled *consolidation
	stopped                   bool
}

// heard is one panel with the calls over it.
type heard struct {
	hearing
	change  *deepreview.Change
	reviews []*deepreview.Review
	first   *consolidation
	again   *consolidation
	orders  []*consolidation
}

// consolidation is one call of Consolidate.
type consolidation struct {
	sample string
	report *deepreview.Report
	err    error
	ending
	// changed and rewritten name what of the change and of the reviews differs afterwards.
	changed, rewritten string
	// json is the report of a panel as it is, written; jsonErr why it cannot be, and lost what differs when it is read back.
	json    []byte
	jsonErr error
	lost    string
}

func (x *consolidating) exercise(ctx context.Context) {
	all := hearings()
	for i := 0; i < len(all); i++ {
		h := all[i]
		c, reviews := h.build()
		on := &heard{hearing: h, change: c, reviews: reviews}
		x.hearings = append(x.hearings, on)
		on.first = x.call(ctx, h.name, c, reviews)
		c, reviews = h.build()
		on.again = x.call(ctx, h.name, c, reviews)
		on.first.write()
		on.again.write()
		for turn := range max(0, min(len(reviews)-1, 2)) {
			c, reviews = h.build()
			if turn == 0 {
				slices.Reverse(reviews)
			} else {
				reviews = append(reviews[turn:], reviews[:turn]...)
			}
			on.orders = append(on.orders, x.call(ctx, h.name, c, reviews))
		}
		if h.name == ordinaryPanel && on.first != nil {
			if second, ok := secondHearing(on.first.report); ok {
				all = append(all, second)
			}
		}
	}
	over, cancel := context.WithCancel(ctx)
	cancel()
	c, reviews := ordinaryChange(), panelOf(ordinaryChange())
	x.ended = x.call(over, ordinaryPanel, c, reviews)
	x.unchanged = x.call(ctx, "no change", nil, panelOf(ordinaryChange()))
	c, reviews = ordinaryChange(), panelOf(ordinaryChange())
	twin := *reviews[1]
	twin.Reviewer = reviews[0].Reviewer
	x.doubled = x.call(ctx, "two reviews by one reviewer", c, []*deepreview.Review{reviews[0], &twin})
}

// call consolidates once; nil where the exercise has been stopped.
func (x *consolidating) call(ctx context.Context, name string, c *deepreview.Change, reviews []*deepreview.Review) *consolidation {
	if x.stopped {
		return nil
	}
	call := &consolidation{sample: name}
	change, panel := snapshot(c), snapshot(reviews)
	ctx, cancel := context.WithTimeout(ctx, x.opt.Timeout)
	defer cancel()
	type answer struct {
		report *deepreview.Report
		err    error
	}
	var a answer
	a, call.ending = attempt(ctx, x.opt.Grace, fmt.Sprintf("%d", checks.Add(1)), func(ctx context.Context) answer {
		report, err := x.consolidator.Consolidate(ctx, c, reviews)
		return answer{report, err}
	})
	call.report, call.err = a.report, a.err
	if x.stopped = call.stuck; x.stopped {
		return call
	}
	call.changed, call.rewritten = difference(change, snapshot(c)), difference(panel, snapshot(reviews))
	return call
}

// write writes the report, if there is one, and reads it back.
func (c *consolidation) write() {
	if c == nil || c.report == nil {
		return
	}
	var buf bytes.Buffer
	if c.jsonErr = c.report.WriteJSON(&buf); c.jsonErr != nil {
		return
	}
	c.json = bytes.Clone(buf.Bytes())
	back, err := deepreview.ReadReport(&buf)
	if err != nil {
		c.jsonErr = err
		return
	}
	c.lost = difference(snapshot(c.report), snapshot(back))
}

// calls lists every call over a panel, and over none.
func (x *consolidating) calls() []*consolidation {
	var out []*consolidation
	for _, h := range x.hearings {
		out = append(out, h.first, h.again)
		out = append(out, h.orders...)
	}
	out = append(out, x.ended, x.unchanged, x.doubled)
	return slices.DeleteFunc(out, func(c *consolidation) bool { return c == nil })
}
