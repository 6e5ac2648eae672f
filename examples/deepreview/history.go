package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents"
	"github.com/deepreview-go/deepreview/git"
	"github.com/deepreview-go/deepreview/history"
)

const (
	// noHistory is what --history says for none.
	noHistory = "off"
	// resolutionsFile is a repository's own list of decisions; it counts as it was before the change.
	resolutionsFile = ".deepreview/RESOLUTIONS"
	// forgetAfter is how long answers are kept, and the rounds of what has no name.
	forgetAfter = 30 * 24 * time.Hour
)

// store opens the history that the settings mean: by default in the repository's own folder. It is nil where there is none.
func (e *env) store(ctx context.Context, s *settings) (*history.Store, error) {
	dir := s.history
	switch {
	case dir == noHistory:
		return nil, nil
	case dir != "":
	case s.patch != "" || s.replay != "":
		return nil, nil // no repository is reviewed, or nobody reviews anew
	default:
		place, err := git.Locate(ctx, s.dir)
		if s.pr != "" && errors.Is(err, git.ErrNotRepository) {
			return nil, nil // a pull request needs no clone
		}
		if err != nil {
			return nil, err
		}
		dir = filepath.Join(place.Dir, "deepreview")
	}
	st, err := history.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("%w; --history %s goes on without it", err, noHistory)
	}
	return st, nil
}

// mustStore is store for a subcommand that is about the history.
func (e *env) mustStore(ctx context.Context, s *settings) (*history.Store, error) {
	st, err := e.store(ctx, s)
	if err == nil && st == nil {
		err = usagef("there is no history with --history %s; leave that out", noHistory)
	}
	return st, err
}

// seriesName is what a change is known by from round to round: its pull request, its branch, else what it stands on. What is
// staged on one commit is no further round of what was staged on the one before.
func seriesName(c *deepreview.Change, s *settings) string {
	base := c.Base[:min(12, len(c.Base))]
	switch {
	case c.PullRequest != nil:
		return fmt.Sprintf("pull/%s/%d", c.Repository, c.PullRequest.Number)
	case s.staged:
		return "staged/" + base
	case s.worktree:
		return "worktree/" + base
	case s.patch != "":
		return "patch/" + filepath.Base(s.patch)
	case strings.Contains(c.Range, "...") && c.Branch != "":
		return "branch/" + c.Branch
	}
	return "from/" + base
}

// passing reports whether a series stands on one commit, so that nobody comes back to it once there is the next.
func passing(name string) bool {
	kind, _, _ := strings.Cut(name, "/")
	return kind == "staged" || kind == "worktree" || kind == "from"
}

// keeper is the history of one run; nil keeps nothing.
type keeper struct {
	store   *history.Store
	series  *history.Series
	journal *history.Journal
	release func()
	// silent says that nothing can be written.
	silent bool
}

// keep begins the history of a run: it says which round this is and what was decided, and keeps other processes from running
// the same series. Where nothing can be written the run goes on, and the user is told.
func (e *env) keep(ctx context.Context, s *settings, c *deepreview.Change) (*keeper, error) {
	extra, err := e.ownResolutions(s, c)
	if err != nil {
		return nil, err
	}
	st, err := e.store(ctx, s)
	if err != nil {
		return nil, err
	}
	if st == nil {
		if len(extra) > 0 {
			c.Previous = &deepreview.Round{Resolutions: extra}
		}
		return nil, nil
	}
	k := &keeper{store: st, series: st.Series(seriesName(c, s)), journal: st.Journal(s.noCache), release: func() {}}
	if release, err := k.series.Lock(); err == nil {
		k.release = release
	} else if errors.Is(err, history.ErrBusy) {
		return nil, fmt.Errorf("%w; wait for it, or run without a history: --history %s", err, noHistory)
	} else {
		k.silent = true
		e.note(s, "This review is not kept: %v. --history DIR names another folder.", err)
	}
	if err := k.series.Begin(c, extra...); err != nil {
		k.release()
		return nil, fmt.Errorf("%w; or run without a history: --history %s", err, noHistory)
	}
	if !k.silent {
		if err := k.series.Started(history.Run{Args: s.raw, Dir: e.folder(), Began: e.began(s), Fingerprint: c.Fingerprint(), Base: c.Base, Head: c.Head}); err != nil {
			k.release()
			return nil, err
		}
	}
	return k, nil
}

// ownResolutions reads the repository's own list of decisions, as it was before the change.
func (e *env) ownResolutions(s *settings, c *deepreview.Change) ([]deepreview.Resolution, error) {
	if c.BaseTree == nil {
		return nil, nil
	}
	f, err := c.BaseTree.Open(resolutionsFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s before the change: %w", resolutionsFile, err)
	}
	defer f.Close()
	list, err := deepreview.ParseResolutions(f)
	if err != nil {
		e.note(s, "%s, as it was before the change: %v", resolutionsFile, err)
	}
	return list, nil
}

// remember has the reviewers' answers kept, and those taken from the journal that were given before.
func (k *keeper) remember(s *settings, p *panel) {
	if k == nil || k.silent {
		return
	}
	for i, m := range p.members {
		if settings := m.settings(s); settings != "" {
			p.members[i].Reviewer = k.journal.Reviewer(m.Reviewer, settings)
		}
	}
}

// model has a model's replies kept.
func (k *keeper) model(m agents.Model, scope string) agents.Model {
	if k == nil || k.silent {
		return m
	}
	return &agents.Journaled{Model: m, Journal: k.journal, Scope: scope}
}

// calibrate gives the pipeline what the history says of the reviewers. A rule's severity stands, whatever its record.
func (k *keeper) calibrate(p *deepreview.Pipeline) error {
	if k == nil {
		return nil
	}
	record, err := k.store.Record()
	if err != nil {
		return err
	}
	if len(record.Decided) > 0 {
		p.Calibrate = deepreview.Calibrator(record.Decided)
	}
	return nil
}

// end keeps the report. A run that was interrupted stays to be resumed.
func (k *keeper) end(ctx context.Context, e *env, s *settings, r *deepreview.Report, interrupted bool) error {
	if k == nil || k.silent {
		return nil
	}
	if n := k.journal.Reused(); n > 0 {
		e.note(s, "Not asked again, since nothing had changed: %s. --no-cache asks everybody.", count(n, "answer"))
	}
	problem := k.journal.Err()
	if problem != nil {
		problem = fmt.Errorf("answers were not kept, and would be paid for again: %w", problem)
	}
	if _, err := k.series.Add(ctx, r); err != nil {
		return errors.Join(problem, fmt.Errorf("this round is not kept: %w", err))
	}
	if interrupted {
		return problem // it stays to be resumed
	}
	before := e.now().Add(-forgetAfter)
	if _, err := k.journal.Prune(before); err != nil {
		problem = errors.Join(problem, err)
	}
	if _, err := k.store.Forget(ctx, before, passing); err != nil {
		problem = errors.Join(problem, err)
	}
	return errors.Join(problem, k.series.Ended())
}

func (k *keeper) close() {
	if k != nil {
		k.release()
	}
}

// program identifies this program as it is installed: rules of another version may find something else.
func program() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		v := info.Main.Version
		if v != "" && v != "(devel)" && !strings.Contains(v, "+dirty") {
			return v
		}
	}
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	return stamp(path)
}

// stamp identifies a program by what is known of its file without reading it; empty where there is none.
func stamp(name string) string {
	path, err := exec.LookPath(name)
	if err != nil {
		return ""
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return ""
	}
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%s %d %d", path, info.Size(), info.ModTime().UnixNano())
}

// stamps identifies a command: its program, and the files that its arguments name.
func stamps(args []string) string {
	var b strings.Builder
	b.WriteString(stamp(args[0]))
	for _, arg := range args[1:] {
		b.WriteString("\x00" + arg)
		if info, err := os.Stat(arg); err == nil && info.Mode().IsRegular() {
			fmt.Fprintf(&b, " %d %d", info.Size(), info.ModTime().UnixNano())
		}
	}
	return b.String()
}

// folder is the current folder; empty where it is not known.
func (e *env) folder() string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	return dir
}

// began is when the run began, or the one that is resumed.
func (e *env) began(s *settings) time.Time {
	if s.resumed != nil {
		return s.resumed.Began
	}
	return e.now()
}
