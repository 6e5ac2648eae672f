package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/deepreview-go/deepreview/internal/procgroup"
)

// Bounds of what a process may print.
const (
	// MaxStdout is how many bytes of standard output are taken; a process that prints more is ended.
	MaxStdout = 16 << 20
	// MaxStderr is how many bytes of standard error are kept: the first quarter, and the last three.
	MaxStderr = 256 << 10

	maxAnswerFile = MaxStdout
	// floodStderr is how much standard error a process may print before it is ended.
	floodStderr = 64 << 20
	// lingering is how long the pipes of a process that has ended are read on, where another process still holds them.
	lingering = time.Second
)

// errFlood ends a process that prints without end.
var errFlood = errors.New("printed without end")

// process is one command to be run.
type process struct {
	path  string
	args  []string // without the name
	env   []string
	dir   string
	stdin string // a file
	// mark is a variable of env that stands in no other process, so that those that left the group can be found.
	mark  string
	grace time.Duration
}

// run runs the process to its end and leaves none of its processes behind: not in its group, and on Linux not outside of it either.
// When ctx ends the group is asked to end, and killed after the grace. The error is ctx's, errFlood, or says why the process
// could not be started; a process that failed is no error.
func (p process) run(ctx context.Context) (*Output, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	in, err := os.Open(p.stdin)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	outR, outW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer outR.Close()
	errR, errW, err := os.Pipe()
	if err != nil {
		outW.Close()
		return nil, err
	}
	defer errR.Close()
	cmd := exec.CommandContext(ctx, p.path, p.args...)
	cmd.Env, cmd.Dir = p.env, p.dir
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, outW, errW
	cmd.Cancel = func() error { return terminateGroup(cmd.Process) }
	cmd.WaitDelay = p.grace
	procgroup.Own(cmd)
	err = cmd.Start()
	outW.Close()
	errW.Close()
	if err != nil {
		return nil, err
	}
	stdout := &window{head: MaxStdout, most: MaxStdout, over: func() { cancel(errFlood) }}
	stderr := &window{head: MaxStderr / 4, tail: MaxStderr - MaxStderr/4, most: floodStderr, over: func() { cancel(errFlood) }}
	var reading sync.WaitGroup
	reading.Go(func() { _, _ = io.Copy(stdout, outR) })
	reading.Go(func() { _, _ = io.Copy(stderr, errR) })
	_ = cmd.Wait()                  // its state says all there is
	_ = procgroup.Kill(cmd.Process) // most often nobody is left
	killMarked(p.mark)
	late := time.Now().Add(lingering)
	_, _ = outR.SetReadDeadline(late), errR.SetReadDeadline(late)
	reading.Wait()
	o := &Output{Stdout: stdout.bytes(), Stderr: stderr.bytes(), Exit: cmd.ProcessState.ExitCode(), Signal: signalName(cmd.ProcessState)}
	if ctx.Err() != nil {
		return o, context.Cause(ctx)
	}
	return o, nil
}

// window keeps the beginning and the end of what is written to it, and calls over once when there is more than most.
type window struct {
	head, tail int
	most       int64
	over       func()

	n     int64
	first []byte
	last  []byte // at most twice tail
}

func (w *window) Write(b []byte) (int, error) {
	n := len(b)
	if w.n <= w.most && w.n+int64(n) > w.most {
		w.over()
	}
	w.n += int64(n)
	room := min(w.head-len(w.first), len(b))
	w.first, b = append(w.first, b[:room]...), b[room:]
	if w.tail > 0 && len(b) > 0 {
		w.last = append(w.last, b...)
		if len(w.last) > 2*w.tail {
			w.last = append(w.last[:0], w.last[len(w.last)-w.tail:]...)
		}
	}
	return n, nil
}

func (w *window) bytes() []byte {
	last := w.last[max(len(w.last)-w.tail, 0):]
	if left := w.n - int64(len(w.first)+len(last)); left > 0 && w.tail > 0 {
		return append(append(w.first, fmt.Sprintf("\n… %d bytes left out …\n", left)...), last...)
	}
	return append(w.first, last...)
}
