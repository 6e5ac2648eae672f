package deepreview

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Verifier takes a second look at an issue. It is given what is claimed, never who claimed it.
type Verifier interface {
	// Name identifies the verifier in reports.
	Name() string
	// Verify re-reads the code, through c alone, and says whether the claim holds. It is called
	// concurrently and obeys ctx.
	// To refute, it cites lines that show it, in Evidence: lines that exist, of files that it opened in
	// c's trees or that stand in the diff. A refutation without that is held to be unsure.
	// An error leaves the issue as it was.
	Verify(ctx context.Context, c *Change, q Question) (*Verification, error)
}

// Question is what a [Verifier] is asked: an issue without its sources.
type Question struct {
	Title, Detail, Impact string
	Severity              Severity
	Category              Category
	Locations             []Location
	Excerpts              []Excerpt
}

// Bounds of a second look.
const (
	defaultVerify  = 12 // issues; see [Pipeline.VerifyAtMost]
	verifyParallel = 4
)

// verify has the verifier look at the issues where it is worth most: severity times doubt; then at issues of earlier rounds that
// nobody raised again, the gravest first. It returns what went wrong, for the report's warnings.
func (b *builder) verify(ctx context.Context, r *Report) []string {
	if b.pipeline.Verifier == nil {
		return nil
	}
	most := max(cmp.Or(b.pipeline.VerifyAtMost, defaultVerify), 0)
	chosen := slices.Clone(r.Issues)
	slices.SortStableFunc(chosen, func(x, y *Issue) int {
		return cmp.Or(cmp.Compare(worth(y), worth(x)), compareIssues(x, y))
	})
	chosen = chosen[:min(len(chosen), most)]
	looks := b.looks(ctx, chosen)
	var problems []string
	for i, is := range chosen {
		problems = append(problems, looks[i].problem)
		if looks[i].found != nil {
			is.Verification = looks[i].found
			b.rerate(is)
		}
	}
	problems = append(problems, b.verifyPrior(ctx, r, most-len(chosen))...)
	return slices.DeleteFunc(problems, func(s string) bool { return s == "" })
}

// verifyPrior has the verifier say of at most that many issues that nobody raised again whether they are still there. What it
// refutes is fixed.
func (b *builder) verifyPrior(ctx context.Context, r *Report, most int) (problems []string) {
	var at []int
	for i, p := range r.Prior {
		if p.Status == StatusPersisting || p.Status == StatusNotExamined {
			at = append(at, i)
		}
	}
	slices.SortStableFunc(at, func(i, j int) int { return compareIssues(r.Prior[i].Issue, r.Prior[j].Issue) })
	at = at[:min(len(at), most)]
	var issues []*Issue
	for _, i := range at {
		issues = append(issues, r.Prior[i].Issue)
	}
	for k, look := range b.looks(ctx, issues) {
		problems = append(problems, look.problem)
		if look.found == nil {
			continue
		}
		p := &r.Prior[at[k]]
		own := *p.Issue // it belongs to the round before
		own.Verification = look.found
		p.Issue = &own
		switch look.found.Status {
		case VerificationRefuted:
			p.Status = StatusFixed
		case VerificationConfirmed:
			p.Status = StatusPersisting
		default:
			continue
		}
		p.Reason = fmt.Sprintf("not raised again; %s: %s", look.found.By, cmp.Or(look.found.Reason, string(look.found.Status)))
	}
	return problems
}

// look is what a second look at one issue came to.
type look struct {
	found   *Verification
	problem string
}

// looks has the verifier look at each issue.
func (b *builder) looks(ctx context.Context, issues []*Issue) []look {
	v := b.pipeline.Verifier
	out := make([]look, len(issues))
	var group errgroup.Group
	group.SetLimit(verifyParallel)
	for i, is := range issues {
		group.Go(func() error {
			watched, opened := watch(b.change)
			got, err := guard(func() (*Verification, error) { return v.Verify(ctx, watched, question(is)) })
			if err != nil {
				out[i].problem = fmt.Sprintf("%s could not look at %q: %v.", v.Name(), is.Title, err)
				return nil
			}
			out[i].found, out[i].problem = b.believe(v.Name(), got, opened)
			return nil
		})
	}
	_ = group.Wait() // no func of the group returns an error
	return out
}

// worth is how much a second look at an issue is worth: nothing where its survival is certain either way.
func worth(is *Issue) float64 {
	return float64(is.Severity) * is.Survival * (1 - is.Survival)
}

func question(is *Issue) Question {
	return Question{
		Title: is.Title, Detail: is.Detail, Impact: is.Impact, Severity: is.Severity, Category: is.Category,
		Locations: slices.Clone(is.Locations), Excerpts: slices.Clone(is.Excerpts),
	}
}

// believe returns the answer as far as it is shown, and what was wrong with it.
func (b *builder) believe(name string, got *Verification, opened func(path string, old bool) bool) (*Verification, string) {
	if got == nil {
		return nil, fmt.Sprintf("%s returned neither an answer nor an error.", name)
	}
	out := *got
	out.By = name
	n := &normalizer{}
	n.texts(name, &out.Reason)
	out.Evidence = n.locations(name, out.Evidence)
	switch out.Status {
	case VerificationConfirmed, VerificationUnsure:
		return &out, ""
	case VerificationRefuted:
	default:
		return nil, fmt.Sprintf("%s answered %q, which is none of confirmed, unsure, refuted.", name, out.Status)
	}
	why := ""
	if len(out.Evidence) == 0 {
		why = "it cited no line"
	}
	b.reading.Lock() // the sources serve one caller at a time
	defer b.reading.Unlock()
	for _, l := range out.Evidence {
		t := b.sources.text(l.Path, l.Old)
		_, known := t.slice(max(l.Start, 1), max(l.Last(), 1))
		switch {
		case !known:
			why = fmt.Sprintf("it cited %s, which does not exist", l)
		case l.Start < 1:
			why = fmt.Sprintf("it cited %s without a line", l)
		case !opened(l.Path, l.Old) && !b.inDiff(l):
			why = fmt.Sprintf("it cited %s, which it did not read", l)
		}
	}
	if why != "" {
		out.Status = VerificationUnsure
		out.Reason = joinText(out.Reason, "The refutation does not count: "+why+".")
		return &out, fmt.Sprintf("%s refuted an issue without showing it: %s.", name, why)
	}
	return &out, ""
}

// inDiff reports whether the diff itself shows the place.
func (b *builder) inDiff(l Location) bool {
	f := b.sources.files[l.Path]
	if f == nil {
		f = b.sources.olds[l.Path]
	}
	_, ok := hunkText(f, l.Old).slice(l.Start, l.Last())
	return ok
}

// guard calls foreign code and makes an error of its panic.
func guard[T any](call func() (T, error)) (out T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("it panicked: %v", p)
		}
	}()
	return call()
}

// watch returns a change whose trees note what is opened in them, and a func that tells.
func watch(c *Change) (*Change, func(path string, old bool) bool) {
	own := *c
	own.Previous = nil // who raised what before is nothing a second look should know
	var opened sync.Map
	note := func(old bool) func(string) {
		return func(path string) { opened.Store(textKey{path, old}, true) }
	}
	if c.Tree != nil {
		own.Tree = watchedFS{c.Tree, note(false)}
	}
	if c.BaseTree != nil {
		own.BaseTree = watchedFS{c.BaseTree, note(true)}
	}
	return &own, func(path string, old bool) bool {
		_, ok := opened.Load(textKey{path, old})
		return ok
	}
}

// watchedFS notes the files opened in a tree.
type watchedFS struct {
	tree fs.FS
	note func(path string)
}

func (w watchedFS) Open(name string) (fs.File, error) {
	f, err := w.tree.Open(name)
	if err == nil {
		w.note(name)
	}
	return f, err
}

// ReadFile keeps the fast way of a tree that has one.
func (w watchedFS) ReadFile(name string) ([]byte, error) {
	data, err := fs.ReadFile(w.tree, name)
	if err == nil {
		w.note(name)
	}
	return data, err
}

// ReadDir keeps the fast way of a tree that has one.
func (w watchedFS) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(w.tree, name) }

// Stat keeps the fast way of a tree that has one.
func (w watchedFS) Stat(name string) (fs.FileInfo, error) { return fs.Stat(w.tree, name) }
