// Command embed shows the library inside another program: a gate that says whether a change may go in.
//
//	embed [RANGE]          reviews a range of the repository in the working directory; the branch if none is given
//	embed -patch FILE      reviews a patch; - is standard input
//
//	git or a patch ──▶ *Change ──▶ Run, with progress ──▶ Pipeline, with the gate's own policy ──▶ a line an issue, and a verdict
//
// It exits with 0 where the change may go in and with 1 where it may not.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents/patterns"
	"github.com/deepreview-go/deepreview/git"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	open, err := gate(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "embed:", err)
		os.Exit(2)
	case !open:
		os.Exit(1)
	}
}

// gate reviews the change that args name, and reports whether it may go in. Progress goes to log, the result to out.
func gate(ctx context.Context, args []string, in io.Reader, out, log io.Writer) (bool, error) {
	set := flag.NewFlagSet("embed", flag.ContinueOnError)
	set.SetOutput(log)
	patch := set.String("patch", "", "file with the patch to review; - is standard input")
	if err := set.Parse(args); err != nil {
		return false, err
	}
	change, err := load(ctx, *patch, set.Arg(0), in)
	if err != nil {
		return false, err
	}
	defer change.Close()

	began := time.Now()
	reviews, err := deepreview.Run(ctx, change, []deepreview.Reviewer{new(patterns.Reviewer), layers{"internal/db": "net/http"}}, &deepreview.Options{
		Timeout:  time.Minute,
		Progress: func(e deepreview.Event) { fmt.Fprintln(log, progress(e)) }, // one call at a time
	})
	if err != nil {
		return false, err
	}
	pipeline := &deepreview.Pipeline{Policy: policy, Date: began, Elapsed: time.Since(began)}
	// What was paid for is shown, even if somebody pressed Ctrl-C meanwhile.
	report, err := pipeline.Consolidate(context.WithoutCancel(ctx), change, reviews)
	if err != nil {
		return false, err
	}
	for _, is := range report.Issues {
		place := ""
		if len(is.Locations) > 0 {
			place = is.Locations[0].String() + ": "
		}
		fmt.Fprintf(out, "%-4s %s%q (%s)\n", is.Number, place, is.Title, strings.Join(is.Names(), ", ")) // quoted: foreign text
	}
	fmt.Fprintf(out, "%s\n%s: %s\n", report.Structure(), report.Verdict.Kind, report.Verdict.Reason)
	return report.Verdict.Kind == deepreview.VerdictMerge, nil
}

// load makes a change of a patch, or of a range of the repository.
func load(ctx context.Context, patch, revisions string, in io.Reader) (*deepreview.Change, error) {
	switch patch {
	case "":
		return git.Load(ctx, ".", revisions, nil)
	case "-":
		return deepreview.ParseDiff(in)
	}
	f, err := os.Open(patch)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return deepreview.ParseDiff(f)
}

// progress is an event in one line. What a reviewer says it does is foreign text, so it is quoted.
func progress(e deepreview.Event) string {
	switch {
	case e.Kind == deepreview.EventProgress:
		return fmt.Sprintf("%s: %q", e.Reviewer, e.Text)
	case e.Kind == deepreview.EventFinished && e.Review.Failure != nil:
		return fmt.Sprintf("%s: %s after %v: %q", e.Reviewer, e.Review.Failure.Kind, e.Elapsed.Round(time.Millisecond), e.Review.Failure.Message)
	case e.Kind == deepreview.EventFinished:
		return fmt.Sprintf("%s: finished, %d findings", e.Reviewer, len(e.Review.Findings))
	}
	return fmt.Sprintf("%s: %s", e.Reviewer, e.Kind)
}

// policy is the gate's own. The usual one calls a change incomplete that nobody read. Here nobody is meant to: it is enough that
// every reviewer finished, that rules ran over every file with text, and that nothing they found matters.
func policy(r *deepreview.Report) deepreview.Verdict {
	v := deepreview.DefaultPolicy(r)
	if v.Kind != deepreview.VerdictIncomplete || !r.MechanicalOnly() {
		return v
	}
	for _, rev := range r.Reviews {
		if !rev.Finished() && !rev.Skipped() {
			v.Reason = rev.DisplayName() + " did not finish" // what did not run found nothing, either
			return v
		}
	}
	for _, f := range r.Files {
		looked := func(rev *deepreview.Review) bool { c, ok := rev.CoverageOf(f.Path); return ok && c.Looked() }
		if !f.Binary && !slices.ContainsFunc(r.Reviews, looked) {
			v.Reason = fmt.Sprintf("nothing looked at %q", f.Path)
			return v
		}
	}
	if n := r.Counts().Important; n > 0 {
		v.Kind, v.Reason = deepreview.VerdictMergeWithFixes, fmt.Sprintf("%d important by rules alone", n)
		return v
	}
	v.Kind, v.Reason = deepreview.VerdictMerge, "the rules found nothing that matters"
	return v
}

// layers is a reviewer of one's own. It maps a folder to a package that Go files below it must not import.
type layers map[string]string

// Name implements deepreview.Reviewer.
func (layers) Name() string { return "layers" }

// Review looks at each added import. A file of another language is not stated: nobody looked at it.
func (rules layers) Review(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error) {
	r := &deepreview.Review{Label: "Layers"}
	for i, f := range c.Files {
		if f.Unreadable != "" || f.Binary || path.Ext(f.Path) != ".go" {
			continue
		}
		if err := ctx.Err(); err != nil {
			return r, err
		}
		deepreview.Progress(ctx, fmt.Sprintf("file %d of %d", i+1, len(c.Files)))
		cov := deepreview.Coverage{Path: f.Path, Status: deepreview.CoverageClean, Depth: deepreview.DepthScanned}
		for folder, banned := range rules {
			if !strings.HasPrefix(f.Path, folder+"/") {
				continue
			}
			for _, h := range f.Hunks {
				for l := range h.Lines() {
					if l.Op == deepreview.OpAdd && strings.HasSuffix(strings.TrimSpace(l.Text), `"`+banned+`"`) {
						cov.Status = deepreview.CoverageFindings
						r.Findings = append(r.Findings, &deepreview.Finding{
							Title: folder + " must not import " + banned, Severity: deepreview.SeverityImportant, Category: deepreview.CategoryRegression,
							Locations: []deepreview.Location{{Path: f.Path, Start: l.New}}, Quote: l.Text,
						})
					}
				}
			}
		}
		r.Coverage = append(r.Coverage, cov)
	}
	return r, ctx.Err()
}
