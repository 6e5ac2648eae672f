package reviewtest

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"runtime/debug"
	"runtime/pprof"
	"strconv"
	"strings"
	"time"
)

// Bounds of one call, where the options name none.
const (
	defaultTimeout = time.Minute
	// defaultGrace is what deepreview.Run gives a reviewer after its context ended.
	defaultGrace = 5 * time.Second
)

// ending is how a call came to its end.
type ending struct {
	// panicked is the value and the place of a panic; empty if there was none.
	panicked string
	// stuck says that the call did not return within its grace after ctx ended, and was abandoned.
	stuck bool
}

// attempt calls f and waits for it, but no longer than grace after ctx ended. Every goroutine that f starts carries label.
func attempt[T any](ctx context.Context, grace time.Duration, label string, f func(context.Context) T) (T, ending) {
	type returned struct {
		value T
		end   ending
	}
	done := make(chan returned, 1) // one slot: a call that was abandoned can still end
	go pprof.Do(ctx, pprof.Labels(labelKey, label), func(ctx context.Context) {
		var r returned
		defer func() {
			if p := recover(); p != nil {
				r.end.panicked = fmt.Sprintf("%v, in %s", p, panicPlace(debug.Stack()))
			}
			done <- r
		}()
		r.value = f(ctx)
	})
	select {
	case r := <-done:
		return r.value, r.end
	case <-ctx.Done():
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case r := <-done:
		return r.value, r.end
	case <-timer.C:
		var none T
		return none, ending{stuck: true}
	}
}

// panicPlace returns the function that panicked, from the stack as the recovering function sees it.
func panicPlace(stack []byte) string {
	_, after, ok := bytes.Cut(stack, []byte("\npanic("))
	if !ok {
		return "an unknown place"
	}
	for line := range strings.Lines(string(after)) {
		if line = strings.TrimSpace(line); strings.HasSuffix(line, ")") && !strings.HasPrefix(line, "runtime.") && strings.Contains(line, ".") &&
			!strings.HasPrefix(line, "{") && !strings.HasPrefix(line, "0x") {
			return line[:strings.LastIndexByte(line, '(')]
		}
	}
	return "an unknown place"
}

// labelKey is the pprof label by which the goroutines of a call are known. A goroutine inherits the labels of the
// one that starts it, so other tests that run meanwhile are not counted.
const labelKey = "reviewtest"

// alive counts the goroutines that carry label, and names where one of them stands.
func alive(label string) (n int, where string) {
	var buf bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&buf, 1); err != nil {
		return 0, ""
	}
	// A paragraph a stack: "3 @ 0x… 0x…", "# labels: {…}", then "#	0x…	function+0x…	file:line", innermost first.
	want := strconv.Quote(labelKey) + ":" + strconv.Quote(label)
	var count int
	var ours bool
	sc := bufio.NewScanner(&buf)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		line := sc.Text()
		switch head, _, ok := strings.Cut(line, " @ "); {
		case ok && !strings.HasPrefix(line, "#"):
			count, _ = strconv.Atoi(head)
			ours = false
		case strings.HasPrefix(line, "# labels:"):
			if ours = strings.Contains(line, want); ours {
				n += count
			}
		case ours && strings.HasPrefix(line, "#\t"):
			if fields := strings.Fields(line); len(fields) > 3 && !strings.HasPrefix(fields[2], "runtime.") {
				where, ours = fields[2]+" ("+fields[3]+")", false
			}
		}
	}
	return n, where
}

// settle waits until no goroutine carries label, but no longer than a quarter of a second, or a second while there are
// calls of them or more: real time is all there is to go by, and a goroutine that was told to end needs little of it.
func settle(label string, calls int) (n int, where string) {
	var waited time.Duration
	for wait := time.Millisecond; ; wait *= 2 {
		if n, where = alive(label); n == 0 || waited > time.Second || waited > time.Second/4 && n < calls {
			return n, where
		}
		time.Sleep(wait)
		waited += wait
	}
}
