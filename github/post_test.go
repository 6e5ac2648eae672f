package github_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/github"
	"github.com/deepreview-go/deepreview/internal/golden"
	"github.com/deepreview-go/deepreview/report"
)

const (
	firstIssue  = "0a1b2c3d"
	secondIssue = "1a2b3c4d"
	thirdIssue  = "2a3b4c5d"
)

// issue is one at some line of a.go.
func issue(id string, line int) *deepreview.Issue {
	return &deepreview.Issue{ID: id, Number: "I1", Title: "Something about " + id, Detail: "It **fails**.", Severity: deepreview.SeverityImportant,
		Locations: []deepreview.Location{{Path: "a.go", Start: line}}, Sources: []deepreview.Source{{Reviewer: "alpha", Finding: "1", Severity: deepreview.SeverityImportant}}, Reported: 1, Read: 1}
}

// reviewed is a report of the head of f, by a reviewer that read a.go.
func (f *fake) reviewed(issues ...*deepreview.Issue) *deepreview.Report {
	return &deepreview.Report{Schema: deepreview.Schema, Change: deepreview.Header{Head: f.head}, Issues: issues, Verdict: deepreview.Verdict{Kind: deepreview.VerdictMergeWithFixes, Reason: "important issues"},
		Reviews: []*deepreview.Review{{Reviewer: "alpha", Label: "Alpha", Coverage: []deepreview.Coverage{{Path: "a.go", Status: deepreview.CoverageFindings, Depth: deepreview.DepthRead}}}}}
}

func (f *fake) post(t *testing.T, r *deepreview.Report) *github.Posted {
	t.Helper()
	done, err := f.client().Post(t.Context(), shop, parseDiff(t, f.diff), r, nil)
	require.NoError(t, err)
	f.assertOncePerIssue(t)
	return done
}

// push moves the branch, and with it the lines: threads on a.go are outdated then.
func (f *fake) push() {
	f.known[f.head] = true
	f.head = nextID
	for _, th := range f.threads {
		th.outdated, th.line, th.start = true, 0, 0
	}
}

func (f *fake) threadOf(t *testing.T, id string) *fakeThread {
	t.Helper()
	for _, th := range f.threads {
		if m, ok := report.ReadMark(th.comments[0].body); ok && m.Of(id) && th.comments[0].author == me {
			return th
		}
	}
	require.Fail(t, "there is no thread of "+id)
	return nil
}

func TestAReviewIsPostedInOneRequest(t *testing.T) {
	f := newFake(t)
	first := issue(firstIssue, 2)
	first.Fix = &deepreview.Fix{Edits: []deepreview.Edit{{Path: "a.go", Start: 2, End: 3, New: "var x = 5\n"}}}
	done := f.post(t, f.reviewed(first, issue(secondIssue, 31), issue(thirdIssue, 15)))
	assert.Equal(t, []string{firstIssue, secondIssue}, done.Commented)
	assert.Empty(t, done.Kept)
	assert.Contains(t, done.URL, "#pullrequestreview-")
	require.Len(t, f.written(), 1)
	golden.Check(t, filepath.Join("testdata", "review.json"), []byte(f.written()[0].body))
	assert.Contains(t, f.summaries()[0].body, "Something about "+thirdIssue, "what has no line in the diff is in the body")
}

func TestPostingAgainWritesNothing(t *testing.T) {
	f := newFake(t)
	r := f.reviewed(issue(firstIssue, 2), issue(secondIssue, 31), issue(thirdIssue, 15))
	f.post(t, r)
	done := f.post(t, r)
	assert.Len(t, f.written(), 1)
	assert.Equal(t, []string{firstIssue, secondIssue}, done.Kept)
	assert.Empty(t, done.Commented)
}

func TestAnotherRoundBringsWhatIsNewAndSettlesWhatIsFixed(t *testing.T) {
	f := newFake(t)
	f.post(t, f.reviewed(issue(firstIssue, 2), issue(secondIssue, 31)))
	f.push()
	r := f.reviewed(issue(secondIssue, 31), issue(thirdIssue, 3))
	r.Prior = []deepreview.PriorIssue{{Issue: issue(firstIssue, 2), Status: deepreview.StatusFixed, Reason: "its code changed, and @alpha did not raise it again"}}
	done := f.post(t, r)
	assert.Equal(t, []string{thirdIssue}, done.Commented)
	assert.Equal(t, []string{secondIssue}, done.Kept)
	assert.Equal(t, []string{firstIssue}, done.Fixed)

	fixed := f.threadOf(t, firstIssue)
	assert.True(t, fixed.resolved)
	require.Len(t, fixed.comments, 2)
	assert.Equal(t, "<!-- deepreview:fixed issue=0a1b2c3d head="+nextID+" -->\n\nFixed at 4444444: its code changed, and \\@\u200balpha did not raise it again.", fixed.comments[1].body)
	kept := f.threadOf(t, secondIssue)
	assert.False(t, kept.resolved)
	assert.Len(t, kept.comments, 1, "what persists is left alone")
	require.Len(t, f.reviews, 2)
	assert.Contains(t, f.reviews[0].body, nextID, "the summary is of the new head")
	assert.Contains(t, f.reviews[0].body, "Something about "+thirdIssue)
	assert.Equal(t, "<!-- deepreview:more head="+nextID+" -->\n\n1 more issue. [The summary](https://github.example.com/octo/shop/pull/7#pullrequestreview-PRR_1) is up to date.", f.reviews[1].body)
	var bodies []string
	for _, w := range f.written() {
		bodies = append(bodies, w.method+" "+w.path+"\n"+w.body)
	}
	golden.Check(t, filepath.Join("testdata", "rounds.txt"), []byte(strings.Join(bodies, "\n")))

	n := len(f.written())
	f.post(t, r)
	assert.Len(t, f.written(), n, "and once more there is nothing to write")
}

func TestWhatIsFixedIsKnownWithoutAnEarlierRound(t *testing.T) {
	for name, c := range map[string]struct {
		change func(f *fake, r *deepreview.Report)
		fixed  bool
	}{
		"its lines changed and were read": {func(*fake, *deepreview.Report) {}, true},
		"its lines did not change":        {func(f *fake, _ *deepreview.Report) { f.threads[0].outdated = false }, false},
		"nobody read the file":            {func(_ *fake, r *deepreview.Report) { r.Reviews[0].Coverage[0].Depth = deepreview.DepthScanned }, false},
		"who read it did not finish": {func(_ *fake, r *deepreview.Report) {
			r.Reviews[0].Failure = &deepreview.Failure{Kind: deepreview.FailureTimeout}
		}, false},
		"the report says that it was declined": {func(_ *fake, r *deepreview.Report) { r.Prior = prior(deepreview.StatusDeclined) }, false},
		"the report says that nobody looked":   {func(_ *fake, r *deepreview.Report) { r.Prior = prior(deepreview.StatusNotExamined) }, false},
		"the report says that it persists":     {func(_ *fake, r *deepreview.Report) { r.Prior = prior(deepreview.StatusPersisting) }, false},
		"the thread is somebody else's":        {func(f *fake, _ *deepreview.Report) { f.threads[0].comments[0].author = "mallory" }, false},
		"it is there, and hidden": {func(_ *fake, r *deepreview.Report) {
			r.Issues = []*deepreview.Issue{issue(firstIssue, 2)}
			r.Issues[0].Hidden = "unlikely"
		}, false},
		"the thread begins with something else": {func(f *fake, _ *deepreview.Report) {
			f.threads[0].comments[0].body = "> " + f.threads[0].comments[0].body
		}, false},
		"the file is one that was left out now":  {func(_ *fake, r *deepreview.Report) { r.Reviews[0].Coverage = nil }, false},
		"it was resolved by a person long since": {func(f *fake, _ *deepreview.Report) { f.threads[0].resolved = true }, false},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.post(t, f.reviewed(issue(firstIssue, 2)))
			f.push()
			r := f.reviewed()
			c.change(f, r)
			before := len(f.threads[0].comments)
			resolved := f.threads[0].resolved
			done, err := f.client().Post(t.Context(), shop, parseDiff(t, f.diff), r, nil)
			require.NoError(t, err)
			assert.Equal(t, c.fixed, len(done.Fixed) == 1)
			assert.Equal(t, c.fixed || resolved, f.threads[0].resolved)
			assert.Equal(t, c.fixed, len(f.threads[0].comments) > before)
		})
	}
}

func prior(s deepreview.RoundStatus) []deepreview.PriorIssue {
	return []deepreview.PriorIssue{{Issue: issue(firstIssue, 2), Status: s}}
}

func TestAThreadThatAPersonTookUpIsTheirs(t *testing.T) {
	open := func(f *fake) *fakeThread { return f.threads[0] }
	for name, c := range map[string]struct {
		before   func(f *fake) // after the issue was posted, and settled
		issues   func() []*deepreview.Issue
		resolved bool
		comments int
	}{
		"fixed, and back": {func(*fake) {}, func() []*deepreview.Issue { return []*deepreview.Issue{issue(firstIssue, 2)} }, false, 3},
		"fixed, opened by a person, and not raised": {func(f *fake) { open(f).resolved = false }, func() []*deepreview.Issue { return nil }, false, 2},
		"fixed, contradicted by a person": {func(f *fake) {
			open(f).resolved = false
			open(f).comments = append(open(f).comments, fakeComment{"X", "bob", "It is not."})
		}, func() []*deepreview.Issue { return nil }, false, 3},
		"fixed, thanked for, and back": {func(f *fake) { open(f).comments = append(open(f).comments, fakeComment{"X", "bob", "Thanks."}) }, func() []*deepreview.Issue { return []*deepreview.Issue{issue(firstIssue, 2)} }, true, 3},
		"fixed, thanked for, and back for the report": {func(f *fake) { open(f).comments = append(open(f).comments, fakeComment{"X", "bob", "Thanks."}) }, func() []*deepreview.Issue {
			is := issue(firstIssue, 2)
			is.Status = deepreview.StatusReopened
			return []*deepreview.Issue{is}
		}, false, 4},
		"fixed, and back, but refuted": {func(*fake) {}, func() []*deepreview.Issue {
			is := issue(firstIssue, 2)
			is.Verification = &deepreview.Verification{Status: deepreview.VerificationRefuted}
			return []*deepreview.Issue{is}
		}, true, 2},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.post(t, f.reviewed(issue(firstIssue, 2)))
			f.push()
			f.post(t, f.reviewed())
			require.True(t, open(f).resolved)
			c.before(f)
			f.known[f.head], f.head = true, strings.Repeat("5", 40)
			f.post(t, f.reviewed(c.issues()...))
			f.post(t, f.reviewed(c.issues()...))
			assert.Equal(t, c.resolved, open(f).resolved)
			assert.Len(t, open(f).comments, c.comments)
		})
	}
}

func TestWhatAPersonResolvedStaysSo(t *testing.T) {
	f := newFake(t)
	r := f.reviewed(issue(firstIssue, 2))
	f.post(t, r)
	f.threads[0].resolved = true
	f.post(t, r)
	assert.True(t, f.threads[0].resolved)
	assert.Len(t, f.threads[0].comments, 1)
	assert.Len(t, f.written(), 1)
}

func TestAMarkInSomebodyElsesCommentIsIgnored(t *testing.T) {
	f := newFake(t)
	f.threads = []*fakeThread{{id: "T", path: "a.go", line: 2, side: "RIGHT", comments: []fakeComment{{"C", "mallory", report.Mark{Kind: report.MarkIssue, Issue: firstIssue}.String() + "\n\nNothing to see."}}}}
	f.reviews = []*fakeReview{{id: "R", author: "mallory", body: report.Mark{Kind: report.MarkReview, Head: headID}.String(), state: "COMMENTED"}}
	done := f.post(t, f.reviewed(issue(firstIssue, 2)))
	assert.Equal(t, []string{firstIssue}, done.Commented)
	assert.Len(t, f.threads, 2)
	assert.Len(t, f.reviews, 2)
	assert.NotContains(t, f.reviews[0].body, "important issues")
}

func TestAPostThatBreaksOffIsCompletedByTheNext(t *testing.T) {
	story := func(f *fake) *deepreview.Report {
		f.push()
		r := f.reviewed(issue(secondIssue, 31), issue(thirdIssue, 3))
		r.Prior = prior(deepreview.StatusFixed)
		return r
	}
	whole := newFake(t)
	whole.post(t, whole.reviewed(issue(firstIssue, 2), issue(secondIssue, 31)))
	whole.post(t, story(whole))
	writes := whole.writes
	require.Equal(t, 4, writes, "a review; another, the summary and an answer")
	for n := 1; n <= writes; n++ {
		t.Run(fmt.Sprintf("the server dies after request %d of %d", n, writes), func(t *testing.T) {
			f := newFake(t)
			f.die = n
			broke := 0
			post := func(r *deepreview.Report) {
				for range 3 {
					_, err := f.client().Post(t.Context(), shop, parseDiff(t, f.diff), r, nil)
					f.assertOncePerIssue(t)
					if err == nil {
						return
					}
					require.ErrorIs(t, err, github.ErrUnknown)
					broke++
				}
				require.Fail(t, "it never came to an end")
			}
			post(f.reviewed(issue(firstIssue, 2), issue(secondIssue, 31)))
			post(story(f))
			assert.Equal(t, 1, broke)
			assert.Equal(t, writes, len(f.written()), "no request was sent twice")
			assert.Equal(t, texts(whole), texts(f))
		})
	}
}

// texts is all that stands in a pull request.
func texts(f *fake) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []string
	for _, r := range f.reviews {
		out = append(out, r.state+" "+r.body)
	}
	for _, th := range f.threads {
		for _, c := range th.comments {
			out = append(out, fmt.Sprint(th.path, th.resolved, c.author, c.body))
		}
	}
	return out
}

func TestAMovedBranchIsSaid(t *testing.T) {
	f := newFake(t)
	r, c := f.reviewed(issue(firstIssue, 2)), parseDiff(t, f.diff)
	f.push()
	_, err := f.client().Post(t.Context(), shop, c, r, nil)
	require.NoError(t, err)
	require.Len(t, f.threads, 1, "a commit of the pull request can still have comments")
	assert.Equal(t, headID, f.reviews[0].commit)
	assert.Contains(t, f.reviews[0].body, "The branch moved to 4444444 after this was reviewed at 3333333.")
}

func TestAfterAForcedPushAllIsInTheBody(t *testing.T) {
	f := newFake(t)
	r, c := f.reviewed(issue(firstIssue, 2)), parseDiff(t, f.diff)
	f.head = nextID // and the commit that was reviewed is gone
	done, err := f.client().Post(t.Context(), shop, c, r, nil)
	require.NoError(t, err)
	assert.Empty(t, f.threads)
	assert.Empty(t, done.Commented)
	assert.Contains(t, f.reviews[0].body, "Something about "+firstIssue)
	assert.Contains(t, f.reviews[0].body, "The branch moved")
	assert.Contains(t, strings.Join(done.Notes, "\n"), "all is in the body")
}

func TestThreadsAreLeftToTheRunThatSawTheHead(t *testing.T) {
	f := newFake(t)
	f.post(t, f.reviewed(issue(firstIssue, 2)))
	f.push()
	stale := f.reviewed()
	f.known[f.head], f.head = true, strings.Repeat("5", 40)
	f.post(t, stale)
	assert.False(t, f.threads[0].resolved)
}

func TestARunThatWasOvertakenPostsNothing(t *testing.T) {
	f := newFake(t)
	old, c := f.reviewed(issue(firstIssue, 2), issue(thirdIssue, 3)), parseDiff(t, f.diff)
	f.push()
	f.post(t, f.reviewed(issue(firstIssue, 2)))
	before := texts(f)
	done, err := f.client().Post(t.Context(), shop, c, old, nil)
	require.NoError(t, err)
	assert.True(t, done.Superseded)
	assert.Equal(t, before, texts(f))
}

func TestLinesThatGitHubDoesNotTakeAreTakenFromItsOwnDiff(t *testing.T) {
	f := newFake(t)
	// A local diff with more context than GitHub's has lines that GitHub has not.
	wide := parseDiff(t, "--- a/a.go\n+++ b/a.go\n@@ -1,8 +1,9 @@\n package shop\n-var x = 1\n+var x = 2\n+var y = 3\n \n func a() {}\n 5\n 6\n 7\n 8\n")
	done, err := f.client().Post(t.Context(), shop, wide, f.reviewed(issue(firstIssue, 2), issue(secondIssue, 8)), nil)
	require.NoError(t, err)
	assert.Equal(t, []string{firstIssue}, done.Commented)
	assert.Contains(t, f.reviews[0].body, "Something about "+secondIssue)
	assert.Contains(t, strings.Join(done.Notes, "\n"), "from its own diff")
	require.Len(t, f.reviews, 1)
}

func TestNothingIsApprovedUnlessAsked(t *testing.T) {
	f := newFake(t)
	r := f.reviewed()
	r.Verdict.Kind = deepreview.VerdictMerge
	f.post(t, r)
	assert.Equal(t, "COMMENTED", f.reviews[0].state)

	approve := &github.PostOptions{Event: report.GitHubApprove}
	for range 2 {
		_, err := f.client().Post(t.Context(), shop, parseDiff(t, f.diff), r, approve)
		require.NoError(t, err)
	}
	require.Len(t, f.reviews, 2, "asked for, it is done once")
	assert.Equal(t, "APPROVED", f.reviews[1].state)
	f.assertOncePerIssue(t)

	_, err := f.client().Post(t.Context(), shop, nil, r, &github.PostOptions{Event: "MERGE"})
	assert.ErrorContains(t, err, "no event")
}

func TestATokenThatMayNotResolveStillAnswers(t *testing.T) {
	f := newFake(t)
	f.post(t, f.reviewed(issue(firstIssue, 2)))
	f.push()
	f.noResolve = true
	for range 2 {
		done := f.post(t, f.reviewed())
		assert.Contains(t, strings.Join(done.Notes, "\n"), "may not resolve")
	}
	assert.Len(t, f.threads[0].comments, 2, "once")
	assert.False(t, f.threads[0].resolved)
}

func TestWhatCannotBePostedToIsSaidBeforeAnythingIsWritten(t *testing.T) {
	for name, c := range map[string]struct {
		change func(f *fake, r *deepreview.Report)
		want   error
		says   string
	}{
		"closed": {func(f *fake, _ *deepreview.Report) { f.state = "closed" }, github.ErrClosed, "closed"},
		"merged": {func(f *fake, _ *deepreview.Report) { f.state, f.merged = "closed", true }, github.ErrClosed, "merged"},
		"a review not submitted": {func(f *fake, _ *deepreview.Report) {
			f.reviews = []*fakeReview{{id: "R", author: me, state: "PENDING"}}
		}, github.ErrRefused, "submit or discard"},
		"a report of no commit": {func(_ *fake, r *deepreview.Report) { r.Change.Head = "" }, github.ErrMoved, "no commit"},
		"an answer cut short": {func(f *fake, _ *deepreview.Report) {
			f.answer = func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
				if strings.HasSuffix(r.URL.Path, "graphql") {
					reply(w, http.StatusOK, map[string]any{"data": nil})
					return true
				}
				return false
			}
		}, github.ErrNotFound, "octo/shop#7"},
		"a GraphQL refusal": {func(f *fake, _ *deepreview.Report) {
			f.answer = func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
				if strings.HasSuffix(r.URL.Path, "graphql") {
					reply(w, http.StatusOK, map[string]any{"errors": []any{map[string]any{"type": "INSUFFICIENT_SCOPES", "message": "needs repo; was " + token}}})
					return true
				}
				return false
			}
		}, github.ErrForbidden, "needs repo"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			r := f.reviewed(issue(firstIssue, 2))
			c.change(f, r)
			_, err := f.client().Post(t.Context(), shop, parseDiff(t, f.diff), r, nil)
			require.ErrorIs(t, err, c.want)
			assert.Contains(t, err.Error(), c.says)
			assert.NotContains(t, err.Error(), token)
			assert.Empty(t, f.written())
		})
	}
	_, err := (&github.Client{Transport: failing{t}}).Post(t.Context(), shop, nil, newFake(t).reviewed(), nil)
	assert.ErrorIs(t, err, github.ErrToken, "without a token nothing can be posted")
}

func TestALimitOnWritingIsWaitedForAndTheReviewPostedOnce(t *testing.T) {
	f := newFake(t)
	refused := false
	f.answer = func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/reviews") && !refused {
			refused = true
			w.Header().Set("Retry-After", "1")
			reply(w, http.StatusForbidden, map[string]any{"message": "You have exceeded a secondary rate limit"})
			return true
		}
		return false
	}
	f.post(t, f.reviewed(issue(firstIssue, 2)))
	assert.Len(t, f.reviews, 1)
	assert.Len(t, f.threads, 1)
}

func TestALongReviewIsTaken(t *testing.T) {
	f := newFake(t)
	var issues []*deepreview.Issue
	for i := range 300 {
		is := issue(fmt.Sprintf("%08x", i+1), 2)
		is.Detail = strings.Repeat("Some words about it.\n\n", 200)
		issues = append(issues, is)
	}
	done := f.post(t, f.reviewed(issues...))
	assert.Len(t, done.Commented, 50)
	assert.Len(t, f.reviews, 1)
}
