package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/deepreview-go/deepreview"
	"github.com/mattn/go-runewidth"
)

const (
	// frame is how often lines are drawn again: fast enough to look alive.
	frame = 120 * time.Millisecond
	// plainPause is how often a reviewer may say what it does where lines cannot be drawn again: a log stays short, and
	// whoever watches it sees that something happens.
	plainPause = 10 * time.Second
	// widestName is the number of columns for a reviewer's name.
	widestName = 24
)

// progress shows a run: one line a reviewer, drawn again and again, on a terminal; elsewhere a line for what happens.
type progress struct {
	w    io.Writer
	now  func() time.Time
	look look

	mu    sync.Mutex
	lines []*progressLine
	by    map[string]*progressLine
	// drawn is how many lines are on the screen to be written over.
	drawn, frames int
	stopping      bool

	done    chan struct{}
	drawing sync.WaitGroup
	release func() bool
}

// progressLine is what is known of one reviewer.
type progressLine struct {
	name    string
	started time.Time
	// took is how long it took in the end.
	took time.Duration
	text string
	// mark is empty until it finished.
	mark  string
	color string
	told  time.Time
}

// watch begins to show a run of p. The end of ctx is shown, too.
func (e *env) watch(ctx context.Context, s *settings, p *panel) *progress {
	shown := &progress{w: e.stderr, now: e.now, look: e.look(e.stderr), by: map[string]*progressLine{}, done: make(chan struct{})}
	if s.quiet {
		shown.w, shown.look = io.Discard, look{}
	}
	for _, m := range p.members {
		l := &progressLine{name: m.Name()}
		shown.lines = append(shown.lines, l)
		shown.by[l.name] = l
	}
	shown.release = context.AfterFunc(ctx, func() {
		if e.unhook != nil {
			e.unhook()
		}
		shown.interrupt()
	})
	if shown.look.redraw {
		shown.drawing.Go(shown.animate)
	}
	return shown
}

func (p *progress) animate() {
	tick := time.NewTicker(frame)
	defer tick.Stop()
	for {
		select {
		case <-p.done:
			return
		case <-tick.C:
			p.mu.Lock()
			p.draw(false)
			p.mu.Unlock()
		}
	}
}

// stop ends the showing; what happened stays on the screen.
func (p *progress) stop() {
	p.release()
	close(p.done)
	p.drawing.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.look.redraw {
		p.draw(true)
	}
}

// interrupt says that the reviewers were told to stop.
func (p *progress) interrupt() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopping = true
	if !p.look.redraw {
		fmt.Fprintln(p.w, interruptNote)
	}
}

const interruptNote = "Stopping the reviewers; what is there will be written. Once more ends at once."

// event is told what happens in the run.
func (p *progress) event(ev deepreview.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.by[ev.Reviewer]
	if l == nil {
		return
	}
	now := p.now()
	switch ev.Kind {
	case deepreview.EventStarted:
		l.started, l.told = now, now
		if !p.look.redraw {
			fmt.Fprintf(p.w, "%s: started\n", oneLine(l.name))
		}
	case deepreview.EventProgress:
		l.text = oneLine(ev.Text)
		if !p.look.redraw && now.Sub(l.told) >= plainPause {
			l.told = now
			fmt.Fprintf(p.w, "%s: %s, %s\n", oneLine(l.name), took(ev.Elapsed), clip(l.text, 200))
		}
	case deepreview.EventFinished:
		l.took = ev.Elapsed
		l.mark, l.color, l.text = outcome(ev.Review)
		if !p.look.redraw {
			fmt.Fprintf(p.w, "%s: %s after %s\n", oneLine(l.name), clip(l.text, 400), took(l.took))
		}
	}
}

// outcome says how a reviewer ended, with a mark and its colour.
func outcome(rev *deepreview.Review) (mark, color, text string) {
	looked := 0
	for _, c := range rev.Coverage {
		if c.Looked() {
			looked++
		}
	}
	text = fmt.Sprintf("%s, %s, looked at %s", count(len(rev.Findings), "finding"), count(len(rev.Notes), "note"), count(looked, "file"))
	switch {
	case rev.Skipped():
		return "–", "2", "skipped: " + firstLine(rev.Failure.Message)
	case !rev.Finished():
		failed := fmt.Sprintf("did not finish (%s): %s", rev.Failure.Kind, firstLine(rev.Failure.Message))
		if len(rev.Findings)+len(rev.Notes) > 0 {
			failed += "; kept: " + text
		}
		return "✗", "31", oneLine(failed)
	}
	return "✓", "32", text
}

var spinner = []string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"}

// draw writes the lines over those that it wrote before. Only at the end may there be more of them than the screen has.
func (p *progress) draw(last bool) {
	p.frames++
	lines := p.lines
	room := max(p.look.rows-2, 1)
	var b strings.Builder
	if p.drawn > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", p.drawn)
	}
	b.WriteString("\r\x1b[J")
	p.drawn = 0
	more := 0
	if !last && len(lines) > room {
		lines, more = p.busiest(room - 1)
	}
	names := 0
	for _, l := range lines {
		names = max(names, runewidth.StringWidth(clip(oneLine(l.name), widestName)))
	}
	for _, l := range lines {
		b.WriteString(p.line(l, names))
		b.WriteByte('\n')
		p.drawn++
	}
	if more > 0 {
		fmt.Fprintf(&b, "  … and %d more\n", more)
		p.drawn++
	}
	if p.stopping && !last {
		b.WriteString(clip(interruptNote, p.look.columns-1) + "\n")
		p.drawn++
	}
	io.WriteString(p.w, b.String()) // whoever cannot see it misses nothing of the report
}

// busiest chooses n lines, those that are at work first, and tells how many are left.
func (p *progress) busiest(n int) ([]*progressLine, int) {
	var out []*progressLine
	for _, working := range []bool{true, false} {
		for _, l := range p.lines {
			if len(out) < n && working == (!l.started.IsZero() && l.mark == "") {
				out = append(out, l)
			}
		}
	}
	return out, len(p.lines) - len(out)
}

func (p *progress) line(l *progressLine, names int) string {
	mark, color, text, at := l.mark, l.color, l.text, l.took
	switch {
	case mark != "": // it is over
	case l.started.IsZero():
		mark, text = " ", "waiting"
	default:
		mark, color, at = spinner[p.frames%len(spinner)], "36", p.now().Sub(l.started)
	}
	name := runewidth.FillRight(clip(oneLine(l.name), widestName), names)
	rest := clip(fmt.Sprintf("  %s  %6s  %s", name, took(at), text), p.look.columns-3)
	if p.look.color && color != "" {
		mark = "\x1b[" + color + "m" + mark + "\x1b[0m"
	}
	return " " + mark + rest
}

// took is a duration as a reader takes it in: "0.2s", "1m10s".
func took(d time.Duration) string {
	if d < 10*time.Second {
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
	return d.Round(time.Second).String()
}
