package git

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/deepreview-go/deepreview/internal/procgroup"
)

const (
	// maxMessages bounds what is kept of a command's standard error.
	maxMessages = 16 << 10
	// waitDelay is how long a killed command's pipes may stay open before they are closed under it.
	waitDelay = 2 * time.Second
)

// runner starts git commands. Every one ends with ctx, and none outlives close.
type runner struct {
	git string // absolute
	// folder is temporary and our own: an empty home, an empty working folder, the shadow repository.
	folder string
	base   []string // environment
	ctx    context.Context
	cancel context.CancelFunc

	mu      sync.Mutex
	closed  bool
	running map[*process]struct{}
}

// errClosed is what a tree, blame or log returns once the change is closed.
var errClosed = errors.New("the change is closed")

// newRunner finds git and makes the temporary folder. ctx bounds the life of every command.
func newRunner(ctx context.Context) (*runner, error) {
	path := searchPath(os.Getenv("PATH"))
	program, err := findGit(path)
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "deepreview-git-")
	if err != nil {
		return nil, fmt.Errorf("temporary folder: %w", err)
	}
	r := &runner{git: program, folder: folder, running: map[*process]struct{}{}}
	r.ctx, r.cancel = context.WithCancel(ctx)
	for _, dir := range []string{"home", "empty"} {
		if err := os.Mkdir(filepath.Join(folder, dir), 0o700); err != nil {
			return nil, errors.Join(err, r.close())
		}
	}
	if err := os.WriteFile(r.configFile(), nil, 0o600); err != nil {
		return nil, errors.Join(err, r.close())
	}
	r.base = environment(path, os.LookupEnv, r.home(), r.configFile())
	return r, nil
}

func (r *runner) home() string       { return filepath.Join(r.folder, "home") }
func (r *runner) empty() string      { return filepath.Join(r.folder, "empty") }
func (r *runner) configFile() string { return filepath.Join(r.folder, "config") }

// searchPath returns path without its relative entries: a program is never taken from the working directory.
func searchPath(path string) string {
	dirs := slices.DeleteFunc(filepath.SplitList(path), func(dir string) bool { return !filepath.IsAbs(dir) })
	return strings.Join(dirs, string(filepath.ListSeparator))
}

// findGit looks for git in the folders of path.
func findGit(path string) (string, error) {
	for _, dir := range filepath.SplitList(path) {
		// LookPath knows what a program is on this system; given a path with separators it looks nowhere else.
		if program, err := exec.LookPath(filepath.Join(dir, "git")); err == nil {
			return program, nil
		}
	}
	return "", fmt.Errorf("%w: no git in PATH; install it", ErrNoGit)
}

// passedOn are the variables of the caller's environment that git may see: those that a program needs to start at
// all. DEVELOPER_DIR chooses the git behind the one in /usr/bin of macOS.
var passedOn = []string{"SystemRoot", "SYSTEMDRIVE", "windir", "COMSPEC", "PATHEXT", "TEMP", "TMP", "TMPDIR", "DEVELOPER_DIR"}

// environment returns the whole environment of a git command: an allow-list, never the caller's own. home and
// config are an empty folder and a file of ours that stand for the user's.
func environment(path string, lookup func(string) (string, bool), home, config string) []string {
	env := []string{
		"PATH=" + path,
		"HOME=" + home,
		"USERPROFILE=" + home,
		"XDG_CONFIG_HOME=" + home,
		"LC_ALL=C", // messages are matched
		// No configuration and no attributes but the repository's own.
		"GIT_CONFIG_NOSYSTEM=1",
		"GIT_CONFIG_SYSTEM=" + config,
		"GIT_CONFIG_GLOBAL=" + config,
		"GIT_ATTR_NOSYSTEM=1",
		// No transport at all, whatever protocol.allow says; so neither fetches nor helpers.
		"GIT_ALLOW_PROTOCOL=none",
		"GIT_NO_LAZY_FETCH=1",
		"GIT_TERMINAL_PROMPT=0",
		"GIT_PAGER=cat",
		"GIT_OPTIONAL_LOCKS=0",
		// No traces, which a configuration can have written to any file or socket.
		"GIT_TRACE2=0",
		"GIT_TRACE2_EVENT=0",
		"GIT_TRACE2_PERF=0",
		// History as it was committed, not as replace refs and grafts would have it.
		"GIT_NO_REPLACE_OBJECTS=1",
		"GIT_GRAFT_FILE=" + filepath.Join(home, "no-grafts"),
		"GIT_LITERAL_PATHSPECS=1",
	}
	for _, name := range passedOn {
		if v, ok := lookup(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// command is one git command to run.
type command struct {
	args []string
	// env is added to the runner's environment; whole, if any, stands in its place.
	env, whole []string
	// dir is the working folder; empty means the runner's own empty one.
	dir   string
	stdin io.Reader
	// records is how many NUL bytes output may have; 0 means any number.
	records int
}

func (c command) name() string {
	for i := 0; i < len(c.args); i++ {
		switch a := c.args[i]; {
		case a == "-c" || a == "-C":
			i++
		case !strings.HasPrefix(a, "-"):
			return a
		}
	}
	return "git"
}

// process is a git command that runs. Its output is read to the end or given up by kill; then comes wait.
type process struct {
	stdout io.ReadCloser
	stdin  io.WriteCloser // nil unless asked for

	command string
	cmd     *exec.Cmd
	cancel  context.CancelFunc
	ctx     context.Context
	stderr  messages
	once    sync.Once
	err     error
	done    func()
}

// start starts c. The command is killed when ctx or the runner ends.
func (r *runner) start(ctx context.Context, c command, pipeIn bool) (*process, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		if err := r.ctx.Err(); err != nil && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, errClosed
	}
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(r.ctx, cancel)
	p := &process{command: c.name(), ctx: ctx}
	p.cancel = func() { stop(); cancel() }
	p.cmd = exec.CommandContext(ctx, r.git, c.args...)
	p.cmd.Dir = cmp.Or(c.dir, r.empty())
	p.cmd.Env = slices.Concat(r.base, c.env)
	if c.whole != nil {
		p.cmd.Env = c.whole
	}
	p.cmd.Stderr = &p.stderr
	p.cmd.Stdin = c.stdin
	p.cmd.WaitDelay = waitDelay
	// An interrupt typed at the terminal does not reach it: the caller decides.
	procgroup.Own(p.cmd)
	p.cmd.Cancel = func() error { return procgroup.Kill(p.cmd.Process) }
	var err error
	if p.stdout, err = p.cmd.StdoutPipe(); err == nil && pipeIn {
		p.stdin, err = p.cmd.StdinPipe()
	}
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		p.cancel()
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, &commandError{command: p.command, code: -1, err: err}
	}
	r.running[p] = struct{}{}
	p.done = func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.running, p)
	}
	return p, nil
}

// kill ends the process at once.
func (p *process) kill() { p.cancel() }

// ended reports whether the process that was waited for came to its end by itself.
func (p *process) ended() bool {
	return p.cmd.ProcessState != nil && p.cmd.ProcessState.ExitCode() >= 0
}

// wait returns once the process has ended; its error is the context's where that ended it.
func (p *process) wait() error {
	p.once.Do(func() {
		defer p.done()
		defer p.cancel()
		if p.stdin != nil {
			p.stdin.Close()
		}
		err := p.cmd.Wait()
		switch {
		case err == nil:
		case p.ctx.Err() != nil:
			p.err = fmt.Errorf("git %s was stopped: %w", p.command, context.Cause(p.ctx))
		default:
			ce := &commandError{command: p.command, code: p.cmd.ProcessState.ExitCode(), stderr: p.stderr.text(), err: err}
			p.err = ce
		}
	})
	return p.err
}

// output runs c to its end and returns what it wrote. More than limit bytes is ErrTooLarge.
func (r *runner) output(ctx context.Context, limit int64, c command) ([]byte, error) {
	out, _, err := r.outputs(ctx, limit, c)
	return out, err
}

// outputs is output that also returns what the command wrote to its standard error.
func (r *runner) outputs(ctx context.Context, limit int64, c command) (out []byte, messages string, err error) {
	p, err := r.start(ctx, c, false)
	if err != nil {
		return nil, "", err
	}
	b := bounded{bytes: limit, records: c.records}
	if _, err = io.Copy(&b, p.stdout); errors.Is(err, ErrTooLarge) {
		p.kill()
		_ = p.wait() // it was stopped by us
		return nil, "", fmt.Errorf("git %s: %w", p.command, err)
	}
	if waitErr := p.wait(); waitErr != nil {
		err = waitErr
	}
	return b.buf.Bytes(), p.stderr.text(), err
}

// bounded is a buffer that takes so many bytes and, unless that is 0, so many NULs.
type bounded struct {
	buf     bytes.Buffer
	bytes   int64
	records int
	seen    int
}

func (b *bounded) Write(p []byte) (int, error) {
	b.seen += bytes.Count(p, []byte{0})
	switch {
	case int64(b.buf.Len()+len(p)) > b.bytes:
		return 0, fmt.Errorf("%w: it wrote more than %s", ErrTooLarge, size(b.bytes))
	case b.records > 0 && b.seen > b.records:
		return 0, fmt.Errorf("%w: it listed more than %d names", ErrTooLarge, b.records)
	}
	return b.buf.Write(p)
}

// close ends all commands, waits for them and removes the temporary folder. It may be called more than once.
func (r *runner) close() error {
	r.mu.Lock()
	r.closed = true
	left := slices.Collect(maps.Keys(r.running))
	r.mu.Unlock()
	r.cancel()
	for _, p := range left {
		_ = p.wait() // it was stopped by us
	}
	return os.RemoveAll(r.folder)
}

// messages keeps the beginning of what a command writes to its standard error.
type messages struct {
	mu sync.Mutex
	b  []byte
}

func (m *messages) Write(p []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.b = append(m.b, p[:min(len(p), maxMessages-len(m.b))]...)
	return len(p), nil
}

func (m *messages) text() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return printable(string(m.b), 2000)
}

// size writes a number of bytes for a reader.
func size(n int64) string {
	switch {
	case n >= 10<<30:
		return fmt.Sprintf("%d GB", n>>30)
	case n >= 10<<20:
		return fmt.Sprintf("%d MB", n>>20)
	case n >= 10<<10:
		return fmt.Sprintf("%d kB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

// parallel is how many reading commands are worth running side by side.
func parallel() int { return min(4, max(2, runtime.GOMAXPROCS(0))) }
