package main

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
)

// pr234 is the folder of a recorded review, from wherever a test works.
func pr234(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", "..", "testdata", "pr234"))
	require.NoError(t, err)
	return dir
}

func TestTheRecordedReviewGivesThePublishedReport(t *testing.T) {
	dir := pr234(t)
	s := newScratch(t)
	args := []string{"--replay", dir, "--patch", filepath.Join(dir, "change.patch"), "--out", "text=-", "--out", "json=r.json"}
	assert.Equal(t, exitFindings, s.run(args...), s.err.String())
	assert.Contains(t, s.out.String(), "0 critical, 1 important, 4 suggestions")
	assert.Contains(t, strings.ToLower(s.out.String()+s.err.String()), "merge with fixes")
	r := s.report("r.json")
	assert.Equal(t, deepreview.VerdictMergeWithFixes, r.Verdict.Kind)
	assert.Equal(t, 234, r.Change.PullRequest.Number, "a patch without a header has the recorded one")
	assert.Equal(t, "14m40s", r.Elapsed.String())

	assert.Equal(t, exitFine, s.run(append(args, "--fail-on", "never")...))
	assert.Equal(t, exitFine, s.run(append(args, "--fail-on=critical")...))
	assert.Equal(t, exitFindings, s.run(append(args, "--fail-on", "suggestion")...))
}

func TestAReportsJSONReplaysToTheSameReport(t *testing.T) {
	dir := pr234(t)
	s := newScratch(t)
	s.run("--replay", dir, "--patch", filepath.Join(dir, "change.patch"), "--out", "json=a.json")
	s.run("--replay", "a.json", "--patch", filepath.Join(dir, "change.patch"), "--out", "json=b.json")
	assert.Equal(t, s.read("a.json"), s.read("b.json"))
}

func TestAReplayFindsItsRangeInTheRepository(t *testing.T) {
	s := newRepository(t)
	s.roster = []candidate{reader("ada", deepreview.SeveritySuggestion)}
	require.Equal(t, exitFine, s.run("--out", "json=a.json", "HEAD"), s.err.String())
	s.write("app.go", "package other\n")
	s.commit("Go on")
	require.Equal(t, exitFine, s.run("--replay", "a.json", "--out", "json=b.json"), s.err.String())
	assert.Equal(t, s.read("a.json"), s.read("b.json"))

	assert.Equal(t, exitFailed, s.run("--replay", "a.json", "--out", "json=c.json", "HEAD"))
	assert.Contains(t, s.err.String(), "recorded for another change")
	assert.NotContains(t, s.files(), "c.json")

}

func TestRecordedReviewsOfAnUnknownRangeSayWhereToLook(t *testing.T) {
	s := newRepository(t)
	s.write("r.json", `{"schema": "`+deepreview.Schema+`", "change": {"base": "1111111111111111111111111111111111111111",
		"head": "2222222222222222222222222222222222222222"}, "reviews": [{"reviewer": "a"}]}`)
	assert.Equal(t, exitFailed, s.run("--replay", "r.json"))
	assert.Contains(t, s.err.String(), "--patch")
	assert.Contains(t, s.err.String(), "-C")
}

func TestByDefaultATextAndAPageAreWritten(t *testing.T) {
	s := newRepository(t)
	assert.Equal(t, exitFine, s.run(), s.err.String())
	assert.Contains(t, s.out.String(), "0 critical, 0 important, 0 suggestions")
	assert.Equal(t, []string{"README.md", "app.go", "deepreview.html"}, s.files())
	assert.Contains(t, s.err.String(), "Reviewing HEAD in ")
	assert.Contains(t, s.err.String(), "share it like the code")
	assert.Contains(t, s.err.String(), "Mechanical checks only", "that rules alone ran is no failure, and is said")
}

func TestTheDefaultRangeIsWhatTheBranchBrings(t *testing.T) {
	s := newRepository(t)
	s.git("checkout", "-q", "-b", "feature")
	s.write("feature.go", "package app\n")
	s.commit("Add a feature")
	s.write("feature.go", "package app\n\nvar F = 1\n")
	s.commit("Go on with it")
	require.Equal(t, exitFine, s.run("--out", "json=r.json"), s.err.String())
	r := s.report("r.json")
	assert.Len(t, r.Change.Commits, 2)
	assert.Len(t, r.Files, 1)

	s.git("checkout", "-q", "main")
	require.Equal(t, exitFine, s.run("--out", "json=r.json"), s.err.String())
	r = s.report("r.json")
	require.Len(t, r.Change.Commits, 1)
	assert.Equal(t, "Add the app", r.Change.Commits[0].Subject, "on the default branch it is the last commit")
}

func TestRangesFlagsAndFoldersComeInAnyOrder(t *testing.T) {
	s := newRepository(t)
	t.Chdir(t.TempDir())
	for _, args := range [][]string{
		{"-C", s.dir, "HEAD~1..HEAD", "--out", "json=r.json"},
		{"HEAD~1..HEAD", "-C", s.dir, "--out", "json=r.json"},
		{"--out=json=r.json", "-C=" + s.dir, "--", "HEAD~1..HEAD"},
	} {
		require.Equal(t, exitFine, s.run(args...), s.err.String())
		assert.Equal(t, "HEAD~1..HEAD", s.report("r.json").Change.Range)
	}
}

func TestABranchNamedLikeASubcommandIsReachedBehindTwoHyphens(t *testing.T) {
	s := newRepository(t)
	s.git("branch", "reviewers")
	require.Equal(t, exitFine, s.run("--out", "json=r.json", "--", "reviewers"), s.err.String())
	assert.Equal(t, "reviewers", s.report("r.json").Change.Range)
}

func TestTheExitStatusGoesByTheVerdict(t *testing.T) {
	crash := candidateOf("crash", func(context.Context, *deepreview.Change) (*deepreview.Review, error) { panic("off the road") })
	skip := candidateOf("skip", func(context.Context, *deepreview.Change) (*deepreview.Review, error) {
		return nil, deepreview.ErrSkip
	})
	rules := reader("rules", deepreview.SeverityUnset)
	rules.rules = true
	rules.reviewer = func() deepreview.Reviewer {
		return fake{"rules", func(_ context.Context, c *deepreview.Change) (*deepreview.Review, error) {
			return &deepreview.Review{Coverage: []deepreview.Coverage{{Path: c.Files[0].Path, Status: deepreview.CoverageClean, Depth: deepreview.DepthScanned}}}, nil
		}}
	}
	blind := rules
	blind.reviewer = func() deepreview.Reviewer {
		return fake{"rules", func(context.Context, *deepreview.Change) (*deepreview.Review, error) {
			return new(deepreview.Review), nil
		}}
	}
	for name, test := range map[string]struct {
		roster []candidate
		args   []string
		want   int
	}{
		"nothing found is fine":                         {[]candidate{reader("a", deepreview.SeverityUnset)}, nil, exitFine},
		"a suggestion is fine":                          {[]candidate{reader("a", deepreview.SeveritySuggestion)}, nil, exitFine},
		"an important issue is not":                     {[]candidate{reader("a", deepreview.SeverityImportant)}, nil, exitFindings},
		"a critical issue is not":                       {[]candidate{reader("a", deepreview.SeverityCritical)}, nil, exitFindings},
		"a suggestion where it was asked for":           {[]candidate{reader("a", deepreview.SeveritySuggestion)}, []string{"--fail-on", "suggestion"}, exitFindings},
		"an important issue below the level":            {[]candidate{reader("a", deepreview.SeverityImportant)}, []string{"--fail-on", "critical"}, exitFine},
		"a critical issue that nobody asked about":      {[]candidate{reader("a", deepreview.SeverityCritical)}, []string{"--fail-on", "never"}, exitFine},
		"a reviewer that panicked":                      {[]candidate{reader("a", deepreview.SeverityUnset), crash}, nil, exitFailed},
		"a panic beside an important issue":             {[]candidate{reader("a", deepreview.SeverityImportant), crash}, nil, exitFailed},
		"a panic beside a critical issue: rework":       {[]candidate{reader("a", deepreview.SeverityCritical), crash}, nil, exitFindings},
		"a panic beside a critical issue, never":        {[]candidate{reader("a", deepreview.SeverityCritical), crash}, []string{"--fail-on", "never"}, exitFailed},
		"a reviewer that skipped":                       {[]candidate{reader("a", deepreview.SeverityUnset), skip}, nil, exitFine},
		"everybody skipped":                             {[]candidate{skip}, nil, exitFailed},
		"rules alone found nothing":                     {[]candidate{rules}, nil, exitFine},
		"rules alone had nothing to look at":            {[]candidate{blind}, nil, exitFine},
		"rules alone, and one of them failed":           {[]candidate{rules, crash}, nil, exitFailed},
		"an issue that was folded away still counts":    {[]candidate{reader("a", deepreview.SeverityImportant)}, []string{"--min-score", "1"}, exitFindings},
		"a reviewer that says nothing about any file":   {[]candidate{candidateOf("a", blind.reviewer().Review)}, nil, exitFailed},
		"a reviewer that returns neither this nor that": {[]candidate{candidateOf("a", func(context.Context, *deepreview.Change) (*deepreview.Review, error) { return nil, nil })}, nil, exitFailed},
		"a reviewer that returns an error, and findings": {[]candidate{candidateOf("a", func(context.Context, *deepreview.Change) (*deepreview.Review, error) {
			return &deepreview.Review{Findings: []*deepreview.Finding{{Title: "half"}}}, errors.New("no more tokens")
		})}, nil, exitFailed},
	} {
		t.Run(name, func(t *testing.T) {
			s := newRepository(t)
			s.roster = test.roster
			assert.Equal(t, test.want, s.run(append([]string{"--out", "json=r.json"}, test.args...)...), s.err.String())
			assert.Len(t, s.report("r.json").Reviews, len(test.roster), "a report was written whatever happened")
		})
	}
}

func TestAHangingReviewerCostsOnlyItself(t *testing.T) {
	for name, hang := range map[string]func(ctx context.Context){
		"one that stops when told": func(ctx context.Context) { <-ctx.Done() },
		"one that is deaf":         func(context.Context) { select {} },
	} {
		t.Run(name, func(t *testing.T) {
			s := newRepository(t)
			s.grace = time.Millisecond
			s.roster = []candidate{reader("a", deepreview.SeverityImportant), candidateOf("hang", func(ctx context.Context, _ *deepreview.Change) (*deepreview.Review, error) {
				hang(ctx)
				return nil, ctx.Err()
			})}
			assert.Equal(t, exitFailed, s.run("--timeout", "1ms", "--out", "json=r.json"))
			r := s.report("r.json")
			assert.Len(t, r.Issues, 1)
			assert.Equal(t, deepreview.VerdictIncomplete, r.Verdict.Kind)
			assert.Contains(t, s.err.String(), "hang: did not finish")
		})
	}
}

func TestAnInterruptKeepsWhatIsThere(t *testing.T) {
	s := newRepository(t)
	ctx, interrupt := context.WithCancel(t.Context())
	quick := reader("quick", deepreview.SeverityImportant)
	s.roster = []candidate{quick, candidateOf("slow", func(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error) {
		interrupt()
		<-ctx.Done()
		_, err := c.Tree.Open("app.go")
		assert.NoError(t, err, "the change outlives the interrupt")
		return &deepreview.Review{Findings: []*deepreview.Finding{{Title: "found before that", Severity: deepreview.SeveritySuggestion}}}, ctx.Err()
	})}
	assert.Equal(t, exitFailed, s.runContext(ctx, "--out", "json=r.json", "--out", "html=r.html"))
	assert.Contains(t, s.err.String(), "interrupted")
	r := s.report("r.json")
	assert.Equal(t, deepreview.VerdictIncomplete, r.Verdict.Kind)
	assert.Len(t, r.Review("slow").Findings, 1)
	assert.Equal(t, deepreview.FailureCanceled, r.Review("slow").Failure.Kind)
	assert.Contains(t, s.files(), "r.html")
}

func TestAnInterruptBeforeTheReviewWritesNothing(t *testing.T) {
	s := newRepository(t)
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	assert.Equal(t, exitFailed, s.runContext(ctx))
	assert.Contains(t, s.err.String(), "interrupted before anything was reviewed")
	assert.Equal(t, []string{"README.md", "app.go"}, s.files())
	assert.Equal(t, exitFailed, s.runContext(ctx, "--patch", "-"))
	assert.Contains(t, s.err.String(), "interrupted before anything was reviewed")
}

func TestADryRunSaysWhoWouldGetWhatAndDoesNothing(t *testing.T) {
	s := newRepository(t)
	s.git("mv", "README.md", "READ.md")
	s.write("logo.png", "\x89PNG\x00\x00")
	s.write("app.go", "package app\n")
	s.commit("Change everything")
	goOnly := candidateOf("go", nil)
	goOnly.unsuited = func(*deepreview.Change) string { return "no module" }
	needy := candidateOf("needy", nil)
	needy.lacking = func(*env) string { return "no compiler" }
	s.roster = []candidate{candidateOf("ada", nil), goOnly, needy}
	assert.Equal(t, exitFine, s.run("--dry-run", "--exclude", "*.go"), s.err.String())
	for _, part := range []string{"README.md → READ.md", "binary", "logo.png", "Left out\n  app.go", "ada", "the whole repository to read",
		"no module", "no compiler", "html=deepreview.html"} {
		assert.Contains(t, s.out.String(), part)
	}
	assert.Equal(t, []string{"READ.md", "app.go", "logo.png"}, s.files())
}

func TestReviewersAreChosenByNameAndByTheChange(t *testing.T) {
	s := newRepository(t)
	unsuited := reader("go", deepreview.SeverityUnset)
	unsuited.unsuited = func(*deepreview.Change) string { return "no module" }
	lacking := reader("needy", deepreview.SeverityUnset)
	lacking.lacking = func(*env) string { return "no compiler" }
	s.roster = []candidate{reader("ada", deepreview.SeverityUnset), reader("bob", deepreview.SeverityUnset), unsuited, lacking}
	names := func() []string {
		var out []string
		for _, rev := range s.report("r.json").Reviews {
			out = append(out, rev.Reviewer)
		}
		return out
	}
	require.Equal(t, exitFine, s.run("--out", "json=r.json"), s.err.String())
	assert.Equal(t, []string{"ada", "bob"}, names())
	require.Equal(t, exitFine, s.run("--out", "json=r.json", "--reviewer", "go", "--reviewer", "bob"), s.err.String())
	assert.Equal(t, []string{"bob", "go"}, names(), "one that was asked for runs even so, in the order of the roster")

	assert.Equal(t, exitFailed, s.run("--reviewer", "needy"))
	assert.Contains(t, s.err.String(), "no compiler")
	assert.Equal(t, exitUsage, s.run("--reviewer", "adda"))
	assert.Contains(t, s.err.String(), "did you mean ada?")
	assert.Equal(t, exitUsage, s.run("--reviewer", "zzzzz"))
	assert.Contains(t, s.err.String(), "choose from ada, bob, go, needy")
	assert.Equal(t, exitUsage, s.run("--reviewer", "ada", "--reviewer", "ada"))
	assert.Equal(t, exitUsage, s.run("--replay", "r.json", "--reviewer", "bob"), "a recorded review has that name")
	require.Equal(t, exitFine, s.run("--replay", "r.json", "--reviewer", "ada", "--out", "json=r.json"), s.err.String())
	assert.Equal(t, []string{"bob", "go", "ada"}, names())

	s.roster = []candidate{unsuited, lacking}
	assert.Equal(t, exitFailed, s.run())
	assert.Contains(t, s.err.String(), "go: no module; needy: no compiler")

	assert.Equal(t, exitFine, s.run("reviewers"))
	assert.Contains(t, s.out.String(), "not available: no compiler")
	assert.Contains(t, s.out.String(), "--replay PATH")
}

func TestPathsChooseTheFiles(t *testing.T) {
	s := newRepository(t)
	s.write("pkg/a.go", "package pkg\n")
	s.write("pkg/a_test.go", "package pkg\n")
	s.write("docs/a.md", "# A\n")
	s.commit("Add three")
	require.Equal(t, exitFine, s.run("--path", "pkg/", "--path", "*.md", "--exclude", "*_test.go", "--out", "json=r.json"), s.err.String())
	r := s.report("r.json")
	require.Len(t, r.Files, 2)
	assert.Equal(t, []string{"pkg/a_test.go"}, r.Change.Excluded)

	assert.Equal(t, exitUsage, s.run("--path", "nowhere/"))
	assert.Contains(t, s.err.String(), "none of the 3 changed files")
	assert.Equal(t, exitUsage, s.run("--path", "[a"))
}

func TestWhatIsNotCommittedCanBeReviewed(t *testing.T) {
	s := newRepository(t)
	s.roster = []candidate{reader("ada", deepreview.SeverityUnset)}
	s.write("app.go", "package app\n\nvar Staged = 1\n")
	s.git("add", "-A")
	s.write("app.go", "package app\n\nvar Staged, Loose = 1, 2\n")
	s.write("new.go", "package app\n")
	require.Equal(t, exitFine, s.run("--staged", "--out", "json=r.json"), s.err.String())
	assert.Len(t, s.report("r.json").Files, 1)
	require.Equal(t, exitFine, s.run("--worktree"), s.err.String())
	require.Equal(t, exitFine, s.run("--worktree", "--out", "json=r.json", "--out", "html=deepreview.html"), s.err.String())
	r := s.report("r.json")
	assert.Len(t, r.Files, 2, "the reports of this command are no part of the change")
	assert.Equal(t, []string{"deepreview.html", "r.json"}, r.Change.Excluded, "and it says so")
	require.Equal(t, exitFine, s.run("--worktree", "HEAD~1", "--out", "json=../r.json"), s.err.String())
}
