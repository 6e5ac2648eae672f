package github_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/report"
)

// token is put together here, since what looks like a real one must not stand in a file.
var token = "ghp_" + strings.Repeat("aB3", 12)

const (
	me     = "deepreview-bot"
	baseID = "1111111111111111111111111111111111111111"
	midID  = "2222222222222222222222222222222222222222" // the merge-base
	headID = "3333333333333333333333333333333333333333"
	nextID = "4444444444444444444444444444444444444444"
)

// fake is a GitHub that keeps what is posted to it. It judges a review as GitHub does: comments stand on lines of one hunk of the diff,
// texts have their limits, an account has no second review that is pending.
type fake struct {
	t   testing.TB
	URL string

	// What it has of pull request octo/shop#7.
	head      string
	diff      string // of head
	files     []map[string]any
	changed   int // number of files; 0 counts diff's
	state     string
	merged    bool
	fork      bool
	threads   []*fakeThread
	reviews   []*fakeReview
	pageSize  int
	known     map[string]bool // commits that are part of the pull request, beside head
	noResolve bool            // the token may not resolve threads
	// answer, where it returns true, has answered a request itself. Die breaks the connection after the request with this number, counted
	// from 1 among those that write, was taken.
	answer func(w http.ResponseWriter, r *http.Request, body []byte) bool
	die    int
	// steady is a server that checks requests against GitHub's description of its API; empty where there is none.
	steady string

	mu       sync.Mutex
	requests []request
	writes   int
	next     int
}

type request struct {
	method, path, accept string
	header               http.Header
	body                 string
}

type fakeThread struct {
	id                 string
	resolved, outdated bool
	path               string
	line, start        int
	side               string
	comments           []fakeComment
}

type fakeComment struct{ id, author, body string }

type fakeReview struct {
	id, author, body, state, commit string
}

// shopDiff changes lines 2 and 3 of a.go, and line 31.
const shopDiff = `diff --git a/a.go b/a.go
index 1111111..2222222 100644
--- a/a.go
+++ b/a.go
@@ -1,4 +1,5 @@
 package shop
-var x = 1
+var x = 2
+var y = 3
 
 func a() {}
@@ -29,3 +30,3 @@ func b() {
 	one()
-	two()
+	three()
 }
`

func newFake(t testing.TB) *fake {
	f := &fake{t: t, head: headID, diff: shopDiff, state: "open", pageSize: 2, known: map[string]bool{}}
	server := httptest.NewServer(f)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	f.URL = server.URL + "/api/v3/"
	return f
}

func (f *fake) id(kind string) string {
	f.next++
	return kind + "_" + strconv.Itoa(f.next)
}

// written are the requests that wrote.
func (f *fake) written() []request {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []request
	for _, r := range f.requests {
		if r.method != http.MethodGet && !strings.Contains(r.body, `"query($`) {
			out = append(out, r)
		}
	}
	return out
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, request{r.Method, r.URL.RequestURI(), r.Header.Get("Accept"), r.Header.Clone(), string(body)})
	if f.answer != nil && f.answer(w, r, body) {
		return
	}
	path := strings.TrimPrefix(r.URL.Path, "/api/v3")
	if path == "/api/graphql" || path == r.URL.Path && strings.HasSuffix(path, "graphql") {
		f.graphql(w, body)
		return
	}
	f.check(r, path, body)
	const pull = "/repos/octo/shop/pulls/7"
	switch {
	case r.Method == http.MethodGet && path == pull && strings.Contains(r.Header.Get("Accept"), "diff"):
		if f.diff == "" {
			reply(w, http.StatusNotAcceptable, map[string]any{"message": "Sorry, the diff exceeded the maximum number of files (300).",
				"errors": []any{map[string]any{"resource": "PullRequest", "field": "diff", "code": "too_large"}}})
			return
		}
		io.WriteString(w, f.diff)
	case r.Method == http.MethodGet && path == pull:
		reply(w, http.StatusOK, f.pull())
	case r.Method == http.MethodGet && path == pull+"/files":
		f.list(w, r, f.files)
	case r.Method == http.MethodGet && path == pull+"/commits":
		f.list(w, r, []map[string]any{
			{"sha": midID[:39] + "a", "commit": map[string]any{"message": "First\n\nWhy it is done.", "author": map[string]any{"name": "Ann", "date": "2026-05-01T10:00:00Z"}}, "parents": []any{map[string]any{"sha": midID}}},
			{"sha": f.head, "commit": map[string]any{"message": "Second", "author": map[string]any{"name": "Ann", "date": "2026-05-02T10:00:00+02:00"}}, "parents": []any{map[string]any{"sha": midID[:39] + "a"}}},
		})
	case r.Method == http.MethodGet && strings.HasPrefix(path, "/repos/octo/shop/compare/"):
		reply(w, http.StatusOK, map[string]any{"merge_base_commit": map[string]any{"sha": midID}})
	case r.Method == http.MethodPost && path == pull+"/reviews":
		f.review(w, body)
	default:
		reply(w, http.StatusNotFound, map[string]any{"message": "Not Found"})
	}
}

// check has steady judge the request.
func (f *fake) check(r *http.Request, path string, body []byte) {
	if f.steady == "" {
		return
	}
	req, err := http.NewRequest(r.Method, f.steady+path+"?"+r.URL.RawQuery, bytes.NewReader(body))
	if err != nil {
		f.t.Error(err)
		return
	}
	req.Header.Set("Content-Type", r.Header.Get("Content-Type"))
	req.Header.Set("Accept", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		f.t.Error(err)
		return
	}
	defer resp.Body.Close()
	if valid := resp.Header.Get("X-Steady-Request-Valid"); valid != "true" {
		judged, _ := io.ReadAll(io.LimitReader(resp.Body, 2000))
		f.t.Errorf("%s %s is not as GitHub describes it: %s", r.Method, path, judged)
	}
}

func (f *fake) pull() map[string]any {
	repository := map[string]any{"full_name": "octo/shop", "html_url": "https://github.example.com/octo/shop"}
	head := repository
	label := "octo:topic"
	if f.fork {
		head, label = map[string]any{"full_name": "mallory/shop"}, "mallory:topic"
	}
	n := f.changed
	if n == 0 {
		n = strings.Count(f.diff, "diff --git ")
	}
	return map[string]any{"number": 7, "state": f.state, "merged": f.merged, "title": "Sell more", "body": "It sells **more**.", "user": map[string]any{"login": "ann"},
		"html_url": "https://github.example.com/octo/shop/pull/7", "changed_files": n, "commits": 2, "labels": []any{map[string]any{"name": "bug"}},
		"head": map[string]any{"ref": "topic", "sha": f.head, "label": label, "repo": head}, "base": map[string]any{"ref": "main", "sha": baseID, "label": "octo:main", "repo": repository}}
}

// list sends a page of items, and a link to the next.
func (f *fake) list(w http.ResponseWriter, r *http.Request, items []map[string]any) {
	size, _ := strconv.Atoi(r.URL.Query().Get("per_page"))
	n, _ := strconv.Atoi(r.URL.Query().Get("page"))
	n = max(n, 1)
	size = max(size, 1)
	from, to := min(len(items), (n-1)*size), min(len(items), n*size)
	if to < len(items) {
		w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?per_page=%d&page=%d>; rel="next"`, r.Host, r.URL.Path, size, n+1))
	}
	reply(w, http.StatusOK, items[from:to])
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}

// accepted counts a write, and breaks the connection if it is the one to do so at.
func (f *fake) accepted() {
	if f.writes++; f.writes == f.die {
		panic(http.ErrAbortHandler)
	}
}

func (f *fake) review(w http.ResponseWriter, body []byte) {
	refuse := func(format string, args ...any) {
		reply(w, http.StatusUnprocessableEntity, map[string]any{"message": "Unprocessable Entity", "errors": []any{map[string]any{"message": fmt.Sprintf(format, args...)}}})
	}
	var req report.ReviewRequest
	if err := json.Unmarshal(body, &req); err != nil {
		reply(w, http.StatusBadRequest, map[string]any{"message": err.Error()})
		return
	}
	if req.CommitID != "" && req.CommitID != f.head && !f.known[req.CommitID] {
		refuse("The commit_id is not part of the pull request")
		return
	}
	if utf8.RuneCountInString(req.Body) > 65536 || req.Body == "" {
		refuse("body is too long (maximum is 65536 characters), or missing")
		return
	}
	c, err := deepreview.ParseDiff(strings.NewReader(f.diff))
	if err != nil {
		c = &deepreview.Change{}
	}
	for _, k := range req.Comments {
		first, last := hunkOf(c, k.Path, k.Side, k.Line), 0
		if first != 0 {
			last = first
		}
		if k.StartLine != 0 {
			first = hunkOf(c, k.Path, k.StartSide, k.StartLine)
		}
		if first == 0 || first != last {
			refuse("Pull request review thread line must be part of the diff")
			return
		}
		if utf8.RuneCountInString(k.Body) > 65536 {
			refuse("body is too long (maximum is 65536 characters)")
			return
		}
	}
	state := map[report.GitHubEvent]string{"COMMENT": "COMMENTED", "APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "": "PENDING"}[req.Event]
	rev := &fakeReview{id: f.id("PRR"), author: me, body: req.Body, state: state, commit: req.CommitID}
	f.reviews = append(f.reviews, rev)
	for _, k := range req.Comments {
		f.threads = append(f.threads, &fakeThread{id: f.id("PRRT"), path: k.Path, line: k.Line, start: k.StartLine, side: k.Side, comments: []fakeComment{{f.id("C"), me, k.Body}}})
	}
	f.accepted()
	reply(w, http.StatusOK, map[string]any{"id": 1, "html_url": f.page(rev.id)})
}

func (f *fake) page(id string) string {
	return "https://github.example.com/octo/shop/pull/7#pullrequestreview-" + id
}

// hunkOf is the number of the hunk that has the line, from 1 over all files; 0 where none has.
func hunkOf(c *deepreview.Change, path, side string, line int) int {
	n := 0
	for _, file := range c.Files {
		for _, h := range file.Hunks {
			n++
			if file.Path != path {
				continue
			}
			for l := range h.Lines() {
				if side == "RIGHT" && l.New == line && l.Op != deepreview.OpDelete || side == "LEFT" && l.Old == line && l.Op == deepreview.OpDelete {
					return n
				}
			}
		}
	}
	return 0
}

var (
	repliesTo = regexp.MustCompile(`addPullRequestReviewThreadReply\(`)
	changesTo = regexp.MustCompile(`(un)?resolveReviewThread\(`)
)

func (f *fake) graphql(w http.ResponseWriter, body []byte) {
	var req struct {
		Query     string         `json:"query"`
		Variables map[string]any `json:"variables"`
	}
	if err := json.Unmarshal(body, &req); err != nil {
		reply(w, http.StatusBadRequest, map[string]any{"message": err.Error()})
		return
	}
	after := 0
	if s, ok := req.Variables["after"].(string); ok {
		after, _ = strconv.Atoi(s)
	}
	page := func(n int) (from, to int, info map[string]any) {
		from, to = min(after, n), min(after+f.pageSize, n)
		return from, to, map[string]any{"hasNextPage": to < n, "endCursor": strconv.Itoa(to)}
	}
	data := map[string]any{}
	var errs []any
	switch {
	case strings.Contains(req.Query, "reviewThreads("):
		from, to, info := page(len(f.threads))
		nodes := []any{}
		for _, t := range f.threads[from:to] {
			var line, start any
			if t.line > 0 {
				line = t.line
			}
			if t.start > 0 {
				start = t.start
			}
			latest := t.comments[max(0, len(t.comments)-50):]
			nodes = append(nodes, map[string]any{"id": t.id, "isResolved": t.resolved, "isOutdated": t.outdated, "path": t.path, "line": line, "startLine": start, "diffSide": t.side,
				"opening": map[string]any{"nodes": commentNodes(t.comments[:1])}, "latest": map[string]any{"totalCount": len(t.comments), "nodes": commentNodes(latest)}})
		}
		data["repository"] = map[string]any{"pullRequest": map[string]any{"reviewThreads": map[string]any{"pageInfo": info, "nodes": nodes}}}
	case strings.Contains(req.Query, "reviews("):
		from, to, info := page(len(f.reviews))
		nodes := []any{}
		for _, r := range f.reviews[from:to] {
			nodes = append(nodes, map[string]any{"id": r.id, "body": r.body, "state": r.state, "url": f.page(r.id), "viewerDidAuthor": r.author == me})
		}
		data["repository"] = map[string]any{"pullRequest": map[string]any{"reviews": map[string]any{"pageInfo": info, "nodes": nodes}}}
	case strings.Contains(req.Query, "updatePullRequestReview("):
		for _, r := range f.reviews {
			if r.id == req.Variables["id"] {
				r.body = req.Variables["body"].(string)
			}
		}
		f.accepted()
	default:
		for _, t := range f.threads {
			if t.id != req.Variables["thread"] {
				continue
			}
			if repliesTo.MatchString(req.Query) {
				t.comments = append(t.comments, fakeComment{f.id("C"), me, req.Variables["body"].(string)})
			}
			if m := changesTo.FindStringSubmatch(req.Query); m != nil {
				if f.noResolve {
					errs = append(errs, map[string]any{"type": "FORBIDDEN", "message": "Resource not accessible by integration", "path": []any{"state"}})
				} else {
					t.resolved = m[1] == ""
				}
			}
		}
		f.accepted()
	}
	out := map[string]any{"data": data}
	if errs != nil {
		out["errors"] = errs
	}
	reply(w, http.StatusOK, out)
}

func commentNodes(list []fakeComment) []any {
	nodes := []any{}
	for _, c := range list {
		node := map[string]any{"id": c.id, "body": c.body, "url": "https://github.example.com/octo/shop/pull/7#" + c.id, "viewerDidAuthor": c.author == me, "author": map[string]any{"login": c.author}}
		if c.author == "" {
			node["author"] = nil
		}
		nodes = append(nodes, node)
	}
	return nodes
}

// summaries are the reviews of ours that sum up.
func (f *fake) summaries() (out []*fakeReview) {
	for _, r := range f.reviews {
		if m, ok := report.ReadMark(r.body); ok && m.Kind == report.MarkReview && r.author == me {
			out = append(out, r)
		}
	}
	return out
}

// assertOncePerIssue fails the test where an issue has more than one thread, or there is more than one summary.
func (f *fake) assertOncePerIssue(t *testing.T) {
	t.Helper()
	f.mu.Lock() // a handler that broke its connection may not be through yet
	defer f.mu.Unlock()
	seen := map[string]int{}
	for _, th := range f.threads {
		if m, ok := report.ReadMark(th.comments[0].body); ok && th.comments[0].author == me {
			seen[m.Issue]++
		}
	}
	for id, n := range seen {
		assert.Equal(t, 1, n, "threads of issue %s", id)
	}
	assert.LessOrEqual(t, len(f.summaries()), 1, "reviews that sum up")
}

func parseDiff(t testing.TB, diff string) *deepreview.Change {
	t.Helper()
	c, err := deepreview.ParseDiff(strings.NewReader(diff))
	require.NoError(t, err)
	return c
}

// judged counts errors in the place of failing its test.
type judged struct {
	testing.TB
	errors int
}

func (j *judged) Errorf(string, ...any) { j.errors++ }

func newRequest(t testing.TB, method, url string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	return r
}
