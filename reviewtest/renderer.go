package reviewtest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/deepreview-go/deepreview"
)

// Renderer is what package report calls by that name. It stands here again so that whoever checks a reviewer does not
// compile the renderers.
type Renderer interface {
	Render(w io.Writer, r *deepreview.Report) error
}

// Format says what a renderer writes, and so what foreign text could do in it.
type Format string

// The formats that have clauses of their own. The zero Format has only those that hold for any.
const (
	FormatHTML     Format = "html"
	FormatMarkdown Format = "markdown" // GitHub flavoured, read by a viewer that lets HTML through
	FormatText     Format = "text"     // for a terminal; colours and OSC 8 links are allowed
	FormatJSON     Format = "json"     // what deepreview.ReadReport reads
)

// RendererOptions are the settings of [CheckRenderer]. The zero value works.
type RendererOptions struct {
	// Format is what the renderer writes. Name it: most harm that foreign text does depends on it.
	Format Format
	// Timeout is for each call; 0 means a minute.
	Timeout time.Duration
}

// CheckRenderer has r write reports of every kind, hostile and empty ones among them, and returns [Problems] with every clause
// of a renderer that it does not keep; [RendererClauses] lists them.
//
// The error is another if ctx ended first; it then wraps the problems found so far. A call that does not return is
// abandoned, and the check ends there.
func CheckRenderer(ctx context.Context, r Renderer, opt *RendererOptions) error {
	if r == nil {
		return errors.New("check: no renderer")
	}
	var o RendererOptions
	if opt != nil {
		o = *opt
	}
	o.Timeout = cmp.Or(o.Timeout, defaultTimeout)
	switch o.Format {
	case "", FormatHTML, FormatMarkdown, FormatText, FormatJSON:
	default:
		return fmt.Errorf("check: %q is no format of this package; leave it empty for one of your own", o.Format)
	}
	x := &rendering{renderer: r, opt: o}
	x.exercise(ctx)
	return result(judge(rendererRows(), x), ctx.Err())
}

// RendererClauses lists what [CheckRenderer] checks, in order.
func RendererClauses() []Clause { return clauses(rendererRows()) }

// rendering is a renderer at work, and what was seen of it.
type rendering struct {
	renderer Renderer
	opt      RendererOptions
	papers   []*rendered
	stopped  bool
}

// rendered is one report with the calls over it: twice alone, once read back from JSON (nil where that loses something), its
// twin if it has one, side by side, and into writers that fail.
type rendered struct {
	paper
	report                         *deepreview.Report
	first, again, fromJSON, spaced *writing
	together                       []*writing
	failed                         []*writing
}

// writing is one call of Render.
type writing struct {
	out []byte
	err error
	ending
	// modified names what of the report differs afterwards.
	modified string
	// room is how much the writer took before it failed; below 0 it took all.
	room int
}

// errWriter is the error of a writer that fails.
var errWriter = errors.New("the disk is full")

// fullDisk takes room bytes; below 0 it takes all.
type fullDisk struct {
	buf  bytes.Buffer
	room int
}

// Write implements io.Writer.
func (d *fullDisk) Write(p []byte) (int, error) {
	if d.room < 0 {
		return d.buf.Write(p)
	}
	if n := d.room - d.buf.Len(); len(p) > n {
		d.buf.Write(p[:n])
		return n, errWriter
	}
	return d.buf.Write(p)
}

func (x *rendering) exercise(ctx context.Context) {
	for _, p := range papers() {
		on := &rendered{paper: p, report: p.build()}
		x.papers = append(x.papers, on)
		on.first = x.call(ctx, on.report, -1)
		on.again = x.call(ctx, on.report, -1)
		if back := reread(on.report); back != nil && difference(snapshot(on.report), snapshot(back)) == "" {
			on.fromJSON = x.call(ctx, back, -1)
		}
		if p.twin != nil {
			on.spaced = x.call(ctx, p.twin(), -1)
		}
	}
	for _, on := range x.papers[:2] {
		if on.first == nil || on.first.err != nil || on.first.panicked != "" {
			continue
		}
		for _, room := range []int{0, 1, len(on.first.out) / 2, len(on.first.out) - 1} {
			if room >= 0 && room < len(on.first.out) { // nothing at all cannot fail
				on.failed = append(on.failed, x.call(ctx, on.report, room))
			}
		}
	}
	x.sideBySide(ctx)
}

// call renders once; nil where the exercise has been stopped.
func (x *rendering) call(ctx context.Context, r *deepreview.Report, room int) *writing {
	if x.stopped {
		return nil
	}
	before := snapshot(r)
	w := x.write(ctx, r, room)
	if x.stopped = w.stuck; !x.stopped {
		w.modified = difference(before, snapshot(r))
	}
	return w
}

func (x *rendering) write(ctx context.Context, r *deepreview.Report, room int) *writing {
	w := &writing{room: room}
	disk := &fullDisk{room: room}
	ctx, cancel := context.WithTimeout(ctx, x.opt.Timeout)
	defer cancel()
	w.err, w.ending = attempt(ctx, 0, fmt.Sprint(checks.Add(1)), func(context.Context) error { return x.renderer.Render(disk, r) })
	if !w.stuck {
		w.out = disk.buf.Bytes()
	}
	return w
}

// sideBySide renders all reports at once, twice each; the two share theirs.
func (x *rendering) sideBySide(ctx context.Context) {
	if x.stopped {
		return
	}
	var all sync.WaitGroup
	for _, on := range x.papers {
		on.together = make([]*writing, 2)
		for i := range on.together {
			all.Go(func() { on.together[i] = x.write(ctx, on.report, -1) })
		}
	}
	all.Wait()
}

// calls lists the calls over a report that were not side by side.
func (on *rendered) calls() []*writing {
	var out []*writing
	for _, w := range append([]*writing{on.first, on.again, on.fromJSON, on.spaced}, on.failed...) {
		if w != nil {
			out = append(out, w)
		}
	}
	return out
}
