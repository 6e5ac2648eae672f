package github

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	gh "github.com/google/go-github/v93/github"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/report"
)

// PostOptions are the settings of [Client.Post].
type PostOptions struct {
	// Event is what the review does; empty comments. Nothing approves or asks for changes unless this says so.
	Event report.GitHubEvent
	// Comments bounds the comments on lines; see [report.GitHubReview].
	Comments int
}

// Posted says what [Client.Post] did. The lists are of [deepreview.Issue.ID] values.
type Posted struct {
	// URL is the page of the review that sums up.
	URL string
	// Commented are the issues that have a new comment, Kept those that had one.
	Commented, Kept []string
	// Fixed are the issues whose threads were answered and resolved, Reopened those whose threads were answered and opened again. Where the
	// token may only answer, a note says so.
	Fixed, Reopened []string
	// Superseded says that a newer run has summed up the branch as it is now, so that nothing was posted.
	Superseded bool
	// Notes say, in sentences, what was done otherwise than usual.
	Notes []string
}

// Post brings the report of c to the pull request. It reads first what this account wrote there before, and writes what is missing:
//
//   - one review whose body sums up, which is rewritten when it changed; a later review only brings new comments,
//   - a comment for each issue that has lines in the diff and none yet; what persists is left alone,
//   - in the thread of an issue that is fixed an answer, and the thread is resolved. An issue is fixed where the report says so
//     ([deepreview.Report.Prior]), or, where the report knows no earlier round, if GitHub shows the thread's lines as changed and a
//     reviewer read the file now without raising it again,
//   - in a thread that was resolved as fixed, when the issue is back, an answer, and it is opened again. One that a person resolved
//     stays so, unless the report has the issue as reopened.
//
// So a post that broke off is completed by the next one, and nothing is there twice. Comments of others are never read for marks.
// One caution: an account that other programs post under, as a workflow's own, is taken at its word.
//
// If the branch moved since c was loaded, the review is of the commit that was reviewed, where GitHub still knows it as part of the
// pull request, and says that the branch moved; threads are left to the next run. Where GitHub refuses the lines, they are taken from its own
// diff, and where it refuses these, too, everything is in the body.
func (c *Client) Post(ctx context.Context, ref Ref, change *deepreview.Change, r *deepreview.Report, opt *PostOptions) (*Posted, error) {
	var o PostOptions
	if opt != nil {
		o = *opt
	}
	switch o.Event = cmp.Or(o.Event, report.GitHubComment); o.Event {
	case report.GitHubComment, report.GitHubApprove, report.GitHubRequestChanges:
	default:
		return nil, fmt.Errorf("github: there is no event %q", o.Event)
	}
	s, err := c.session(ctx, ref)
	if err != nil {
		return nil, err
	}
	if c.Token == "" {
		return nil, fmt.Errorf("posting to %s: %w: there is none", s.ref, ErrToken)
	}
	p, err := s.pull()
	if err != nil {
		return nil, err
	}
	if p.GetState() == "closed" {
		return nil, fmt.Errorf("posting to %s: %w: it is %s", s.ref, ErrClosed, closed(p))
	}
	threads, err := s.threads()
	if err != nil {
		return nil, err
	}
	if !objectID(r.Change.Head) {
		return nil, fmt.Errorf("posting to %s: %w: the report is of no commit, so nothing can be posted about one", s.ref, ErrMoved)
	}
	own, err := s.reviews()
	if err != nil {
		return nil, err
	}
	w := &writer{session: s, change: change, report: r, o: o, head: p.GetHead().GetSHA(), done: new(Posted)}
	if err := w.write(threads, own); err != nil {
		return w.done, err
	}
	return w.done, nil
}

// writer writes what is missing.
type writer struct {
	*session
	change *deepreview.Change
	report *deepreview.Report
	o      PostOptions
	head   string // of the branch, now
	done   *Posted
}

func (w *writer) write(threads []*thread, own []review) error {
	var summary *review
	decided := ""
	for i := range own {
		if state := own[i].State; state == "APPROVED" || state == "CHANGES_REQUESTED" || state == "DISMISSED" {
			decided = state
		}
		m, ok := report.ReadMark(own[i].Body)
		switch {
		case own[i].State == "PENDING":
			return fmt.Errorf("posting to %s: %w: this account has a review there that it has not submitted; submit or discard it", w.ref, ErrRefused)
		case ok && m.Kind == report.MarkReview && summary == nil:
			summary = &own[i]
			if m.Head == w.head && w.moved() {
				w.done.Superseded, w.done.URL = true, own[i].URL
				return nil
			}
		}
	}
	byIssue := map[string]*thread{}
	var ours []*thread
	for _, t := range threads {
		if m, ok := t.mark(); ok {
			ours = append(ours, t)
			if byIssue[m.Issue] == nil || !t.IsResolved { // of several, one that is open
				byIssue[m.Issue] = t
			}
		}
	}
	if err := w.reviews(summary, ours, decided); err != nil {
		return err
	}
	if w.moved() {
		if len(ours) > 0 {
			w.done.Notes = append(w.done.Notes, "The branch moved, so the threads of earlier issues are left to the next run.")
		}
		return nil
	}
	for _, t := range ours {
		if m, _ := t.mark(); byIssue[m.Issue] == t {
			if err := w.thread(t, m); err != nil {
				return err
			}
		}
	}
	return nil
}

// moved reports whether the branch is not where it was reviewed.
func (w *writer) moved() bool { return w.report.Change.Head != w.head }

// request makes the review, without the comments that are there already.
func (w *writer) request(c *deepreview.Change, ours []*thread) *report.ReviewRequest {
	g := report.GitHubReview{Change: c, Event: w.o.Event, Comments: w.o.Comments}
	if w.moved() {
		g.Notes = append(g.Notes, fmt.Sprintf("The branch moved to %.7s after this was reviewed at %.7s.", w.head, w.report.Change.Head))
	}
	req := g.Request(w.report)
	req.Comments = slices.DeleteFunc(req.Comments, func(k report.ReviewComment) bool {
		return slices.ContainsFunc(ours, func(t *thread) bool { m, _ := t.mark(); return m.Of(k.Issue) })
	})
	return req
}

// reviews posts the new comments and the summary. Decided is what this account's last decision about the pull request was.
func (w *writer) reviews(summary *review, ours []*thread, decided string) error {
	req := w.request(w.change, ours)
	for _, is := range w.report.Issues {
		if slices.ContainsFunc(ours, func(t *thread) bool { m, _ := t.mark(); return m.Of(is.ID) }) {
			w.done.Kept = append(w.done.Kept, is.ID)
		}
	}
	if summary == nil {
		posted, err := w.create(req, ours, nil)
		if err != nil {
			return err
		}
		w.done.URL = posted
		return nil
	}
	w.done.URL = summary.URL
	body := req.Body
	asked := map[report.GitHubEvent]string{report.GitHubApprove: "APPROVED", report.GitHubRequestChanges: "CHANGES_REQUESTED"}[w.o.Event]
	if len(req.Comments) > 0 || asked != "" && asked != decided {
		if _, err := w.create(req, ours, summary); err != nil {
			return err
		}
		body = req.Body // create may have had to put more into it
	}
	if sameText(body, summary.Body) {
		return nil
	}
	const update = `mutation($id: ID!, $body: String!) {
  updatePullRequestReview(input: {pullRequestReviewId: $id, body: $body}) { pullRequestReview { id } }
}`
	var out struct{}
	return w.query("rewriting the summary on "+w.ref.String(), update, map[string]any{"id": summary.ID, "body": body}, &out)
}

// sameText compares texts as GitHub keeps them.
func sameText(a, b string) bool {
	norm := func(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }
	return norm(a) == norm(b)
}

// create posts a review in one request, so that GitHub has all of it or nothing. With a summary, the body only leads there. What GitHub
// refuses for its lines is tried with the lines of its own diff, and then without any. req is the one that was taken, in the end.
func (w *writer) create(req *report.ReviewRequest, ours []*thread, summary *review) (string, error) {
	doing := "posting a review to " + w.ref.String()
	for attempt := 0; ; attempt++ {
		send := *req
		if summary != nil {
			if len(req.Comments) == 0 && req.Event == report.GitHubComment {
				return summary.URL, nil
			}
			send.Body = w.more(len(req.Comments), summary)
		}
		posted, err := w.send(&send)
		if err == nil {
			for _, k := range req.Comments {
				w.done.Commented = append(w.done.Commented, k.Issue)
			}
			return posted, nil
		}
		err = w.wrap(doing, err)
		if status(err) != http.StatusUnprocessableEntity || strings.Contains(err.Error(), "pending review") {
			return "", err
		}
		switch {
		case attempt == 0 && len(req.Comments) > 0 && !w.moved():
			if c, diffErr := w.diff(); diffErr == nil {
				*req = *w.request(c, ours)
				w.done.Notes = append(w.done.Notes, "GitHub did not take the lines of the comments; they are from its own diff now.")
				continue
			}
			fallthrough
		case attempt <= 1 && (len(req.Comments) > 0 || req.CommitID != ""):
			attempt = 2
			*req = *w.request(nil, ours)
			req.CommitID = ""
			w.done.Notes = append(w.done.Notes, "GitHub did not take comments on lines of this commit, so all is in the body of the review.")
		default:
			return "", err
		}
	}
}

// more is the body of a review that brings comments only.
func (w *writer) more(n int, summary *review) string {
	issues := fmt.Sprintf("%d more issues.", n)
	switch n {
	case 0:
		issues = "No more issues."
	case 1:
		issues = "1 more issue."
	}
	s := report.Mark{Kind: report.MarkMore, Head: w.report.Change.Head}.String() + "\n\n" + issues
	if strings.HasPrefix(summary.URL, "https://") && !strings.ContainsAny(summary.URL, " ()<>\n") {
		s += " [The summary](" + summary.URL + ") is up to date."
	}
	return s
}

func (w *writer) send(body *report.ReviewRequest) (string, error) {
	req, err := w.rest.NewRequest(w.ctx, http.MethodPost, fmt.Sprintf("repos/%s/%s/pulls/%d/reviews", w.ref.Owner, w.ref.Name, w.ref.Number), body)
	if err != nil {
		return "", err
	}
	var answer gh.PullRequestReview
	if _, err := w.rest.Do(req, &answer); err != nil {
		return "", err
	}
	return answer.GetHTMLURL(), nil
}

// diff is the change as GitHub's own diff has it.
func (w *writer) diff() (*deepreview.Change, error) {
	p, err := w.pull()
	if err != nil {
		return nil, err
	}
	if p.GetHead().GetSHA() != w.report.Change.Head {
		return nil, ErrMoved
	}
	return w.remote(p, new(Pull))
}

// thread brings the thread of an issue up to date.
func (w *writer) thread(t *thread, m report.Mark) error {
	var is *deepreview.Issue
	for _, other := range w.report.Issues {
		if m.Of(other.ID) {
			is = other
		}
	}
	last := lastOwn(t)
	switch {
	case is == nil:
		why, fixed := w.fixed(t, m)
		// Open and answered already is a post that broke off, if nobody spoke since; at another commit a person opened it again.
		answered := last.mark.Kind == report.MarkFixed
		if !fixed || t.IsResolved || answered && (last.spokenOver || last.mark.Head != w.head) {
			return nil
		}
		text := ""
		if !answered {
			text = report.Mark{Kind: report.MarkFixed, Issue: m.Issue, Head: w.head}.String() + "\n\n" + fmt.Sprintf("Fixed at %.7s: %s.", w.head, why)
		}
		if err := w.tolerate(t, w.answer(t, text, "resolveReviewThread")); err != nil {
			return err
		}
		w.done.Fixed = append(w.done.Fixed, m.Issue)
	case t.IsResolved && is.Open() && is.Hidden == "" && last.mark.Kind != report.MarkReopened &&
		(last.mark.Kind == report.MarkFixed && !last.spokenOver || is.Status == deepreview.StatusReopened):
		text := report.Mark{Kind: report.MarkReopened, Issue: m.Issue, Head: w.head}.String() + "\n\n" + fmt.Sprintf("Raised again at %.7s.", w.head)
		if err := w.tolerate(t, w.answer(t, text, "unresolveReviewThread")); err != nil {
			return err
		}
		w.done.Reopened = append(w.done.Reopened, is.ID)
	}
	return nil
}

// lastOwn is the mark of this account's last comment in a thread, and whether somebody else spoke after it.
func lastOwn(t *thread) (last struct {
	mark       report.Mark
	spokenOver bool
}) {
	for _, c := range t.Latest.Nodes {
		if m, ok := c.mark(); ok {
			last.mark, last.spokenOver = m, false
		} else {
			last.spokenOver = true
		}
	}
	return last
}

// fixed reports whether the issue of a thread, which was not raised now, is fixed, and how that is known.
func (w *writer) fixed(t *thread, m report.Mark) (why string, ok bool) {
	for _, p := range w.report.Prior {
		if p.Issue != nil && m.Of(p.Issue.ID) {
			return cmp.Or(report.GitHubLine(strings.TrimSuffix(p.Reason, ".")), "it was not raised again"), p.Status == deepreview.StatusFixed
		}
	}
	if !t.IsOutdated {
		return "", false // its lines are as they were
	}
	for _, rev := range w.report.Reviews {
		if cover, ok := rev.CoverageOf(t.Path); ok && cover.Read() && rev.Finished() {
			return "its lines changed, and those who read them did not raise it again", true
		}
	}
	return "", false
}

// answer writes in a thread and changes its state, in one request. Without a text only the state changes.
func (w *writer) answer(t *thread, text, state string) error {
	variables := map[string]any{"thread": t.ID}
	query := "mutation($thread: ID!) {\n"
	if text != "" {
		variables["body"] = text
		query = `mutation($thread: ID!, $body: String!) {
  reply: addPullRequestReviewThreadReply(input: {pullRequestReviewThreadId: $thread, body: $body}) { comment { id } }
`
	}
	query += "  state: " + state + "(input: {threadId: $thread}) { thread { id } }\n}"
	var out struct{}
	return w.query("answering a thread of "+w.ref.String(), query, variables, &out)
}

// tolerate makes a note of a refusal to change a thread's state, for which GitHub asks more of a token than for an answer. The
// answer stands there by then, which is what people read.
func (w *writer) tolerate(t *thread, err error) error {
	var f *fault
	if !errors.As(err, &f) || f.kind != ErrForbidden || f.field != "state" {
		return err
	}
	w.done.Notes = append(w.done.Notes, fmt.Sprintf("The token may not resolve the thread on %s or open it again: %v.", t.Path, err))
	return nil
}
