package github_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/github"
)

var shop = github.Ref{Owner: "octo", Name: "shop", Number: 7}

func (f *fake) client() *github.Client { return &github.Client{BaseURL: f.URL, Token: token} }

func TestAPullRequestBecomesAChange(t *testing.T) {
	f := newFake(t)
	f.threads = []*fakeThread{{id: "T1", path: "a.go", line: 3, start: 2, side: "RIGHT", comments: []fakeComment{{"C1", "bob", "Why **two**?"}, {"C2", "ann", "It was asked for."}}}}
	p, err := f.client().Load(t.Context(), shop, nil)
	require.NoError(t, err)
	defer p.Close()
	assert.Equal(t, "Sell more", p.Title)
	assert.Equal(t, "It sells **more**.", p.Description)
	assert.Equal(t, "ann", p.Author)
	assert.Equal(t, "github.example.com/octo/shop", p.Repository)
	assert.Equal(t, "main...topic", p.Range)
	assert.Equal(t, midID, p.Base, "the base is the merge-base, not the tip of its branch")
	assert.Equal(t, headID, p.Head)
	assert.Equal(t, &deepreview.PullRequest{Number: 7, Title: "Sell more", URL: "https://github.example.com/octo/shop/pull/7"}, p.PullRequest)
	assert.Equal(t, "https://github.example.com/octo/shop/commit/{commit}", p.CommitURL)
	assert.Equal(t, []string{"bug"}, p.Labels)
	assert.False(t, p.Fork)
	require.Len(t, p.Files, 1)
	assert.Len(t, p.Files[0].Hunks, 2)
	require.Len(t, p.Commits, 2)
	assert.Equal(t, deepreview.Commit{ID: midID[:39] + "a", Subject: "First", Body: "Why it is done.", Author: "Ann", Date: time.Date(2026, 5, 1, 10, 0, 0, 0, time.UTC), Parents: []string{midID}}, p.Commits[0])
	assert.Equal(t, []deepreview.Thread{{Location: deepreview.Location{Path: "a.go", Start: 2, End: 3}, Author: "bob", URL: "https://github.example.com/octo/shop/pull/7#C1",
		Comments: []string{"bob: Why **two**?", "ann: It was asked for."}}}, p.Threads)
	assert.Nil(t, p.Tree)
	require.Len(t, p.Notes, 1)
	assert.Contains(t, p.Notes[0], "no trees")
	for _, r := range f.requests {
		assert.Equal(t, "Bearer "+token, r.header.Get("Authorization"))
	}
}

func TestAPullRequestFromAForkSaysSo(t *testing.T) {
	f := newFake(t)
	f.fork = true
	p, err := f.client().Load(t.Context(), shop, nil)
	require.NoError(t, err)
	assert.True(t, p.Fork)
	assert.Equal(t, "mallory:topic", p.Branch)
	assert.Equal(t, "github.example.com/octo/shop", p.Repository, "the repository is the one that it asks to be merged into")
}

func TestOnlyOpenThreadsOfOthersAreFeedback(t *testing.T) {
	f := newFake(t)
	mark := "<!-- deepreview:issue issue=0a1b2c3d -->\n\nIt fails."
	one := func(id string, comments ...fakeComment) *fakeThread {
		return &fakeThread{id: id, path: "a.go", line: 3, side: "RIGHT", comments: comments}
	}
	resolved := one("T1", fakeComment{"C1", "bob", "Done?"})
	resolved.resolved = true
	outdated := one("T2", fakeComment{"C2", "bob", "Old, and open."})
	outdated.line, outdated.outdated, outdated.side = 0, true, "LEFT"
	left := one("T3", fakeComment{"C3", "", "Of an account that is gone."})
	left.side = "LEFT"
	f.threads = []*fakeThread{resolved, outdated, left,
		one("T4", fakeComment{"C4", me, mark}),
		one("T5", fakeComment{"C5", me, mark}, fakeComment{"C6", "ann", "It does not."}),
		one("T6", fakeComment{"C7", "bob", mark}),
	}
	long := one("T7", fakeComment{"D0", "bob", "first"})
	for i := range 80 {
		long.comments = append(long.comments, fakeComment{fmt.Sprint("D", i+1), "bob", fmt.Sprint("comment ", i+1)})
	}
	f.threads = append(f.threads, long)
	p, err := f.client().Load(t.Context(), shop, nil)
	require.NoError(t, err)
	require.Len(t, p.Threads, 5)
	assert.Equal(t, deepreview.Location{Path: "a.go"}, p.Threads[0].Location, "the lines of an outdated thread are not those of the head")
	assert.Equal(t, deepreview.Location{Path: "a.go", Start: 3, Old: true}, p.Threads[1].Location)
	assert.Equal(t, "ghost", p.Threads[1].Author)
	assert.Equal(t, []string{me + ": It fails.", "ann: It does not."}, p.Threads[2].Comments, "an answer to one of ours is feedback")
	assert.Equal(t, []string{"bob: " + mark}, p.Threads[3].Comments, "somebody else's mark is text like any other")
	assert.Len(t, p.Threads[4].Comments, 52)
	assert.Equal(t, "bob: first", p.Threads[4].Comments[0])
	assert.Contains(t, p.Threads[4].Comments[1], "30 comments are left out")
	assert.Equal(t, "bob: comment 80", p.Threads[4].Comments[51])
}

func TestWithoutThreadsAChangeSaysSo(t *testing.T) {
	f := newFake(t)
	f.answer = func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
		if strings.HasSuffix(r.URL.Path, "graphql") {
			reply(w, http.StatusUnauthorized, map[string]any{"message": "This endpoint requires you to be authenticated."})
			return true
		}
		return false
	}
	c := f.client()
	c.Token = ""
	p, err := c.Load(t.Context(), shop, nil)
	require.NoError(t, err)
	assert.Contains(t, strings.Join(p.Notes, "\n"), "review threads could not be read")
}

// manyFiles are n files as the API lists them: most with a patch, some without for one reason or another.
func manyFiles(n int) []map[string]any {
	var out []map[string]any
	for i := range n {
		name := fmt.Sprintf("dir/file%04d.go", i)
		f := map[string]any{"filename": name, "status": "modified", "additions": 1, "deletions": 1, "changes": 2, "sha": strings.Repeat("c", 40),
			"patch": fmt.Sprintf("@@ -1,2 +1,2 @@ func f() {\n package p\n-var x = %d\n+var x = %d\n\\ No newline at end of file", i, i+1)}
		switch i {
		case 1:
			delete(f, "patch")
			f["additions"], f["changes"] = 30000, 30001
		case 2:
			delete(f, "patch")
			f["additions"], f["deletions"], f["changes"] = 0, 0, 0
		case 3:
			f["status"], f["previous_filename"], f["additions"], f["deletions"] = "renamed", "old/name.go", 0, 0
			delete(f, "patch")
		case 4:
			f["additions"] = 5
		case 5:
			f["patch"] = "@@ -1 +1 @@\n-var x = 1\n+var x = 2\ndiff --git a/evil b/evil\n--- a/evil\n+++ b/evil\n@@ -1 +1 @@\n-a\n+b"
		case 6:
			f["filename"] = "../../etc/passwd"
		case 7:
			f["status"], f["additions"], f["deletions"], f["sha"] = "added", 0, 0, "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
			delete(f, "patch")
		case 8:
			f["status"], f["additions"], f["deletions"], f["patch"] = "removed", 0, 1, "@@ -1 +0,0 @@\n-gone"
		case 9:
			f["status"], f["additions"], f["deletions"], f["patch"] = "added", 2, 0, "@@ -0,0 +1,2 @@\n+a\n+--- b"
		case 10:
			f["filename"] = "with\nline.go"
		}
		out = append(out, f)
	}
	return out
}

func TestBeyondThreeHundredFilesEachFileIsReadByItself(t *testing.T) {
	f := newFake(t)
	f.diff, f.files, f.changed = "", manyFiles(2950), 2950
	p, err := f.client().Load(t.Context(), shop, nil)
	require.NoError(t, err)
	require.Len(t, p.Files, 2950, "every file is there")
	unreadable := map[string]string{}
	for _, file := range p.Files {
		if file.Unreadable != "" {
			unreadable[file.Path] = file.Unreadable
		}
	}
	assert.Len(t, unreadable, 5)
	assert.Contains(t, unreadable["dir/file0001.go"], "too large (+30000 −1 lines)")
	assert.Contains(t, unreadable["dir/file0004.go"], "is cut")
	assert.Contains(t, unreadable["dir/file0005.go"], "not of one file")
	assert.Contains(t, unreadable[`"../../etc/passwd"`], "no path inside a repository")
	assert.Contains(t, unreadable[`"with\nline.go"`], "no path inside a repository")
	byName := func(i int) *deepreview.File { return p.File(fmt.Sprintf("dir/file%04d.go", i)) }
	assert.True(t, byName(2).Binary)
	assert.Equal(t, deepreview.FileRenamed, byName(3).Status)
	assert.Equal(t, "old/name.go", byName(3).OldPath)
	assert.False(t, byName(7).Binary, "an empty file is not binary")
	assert.Equal(t, deepreview.FileDeleted, byName(8).Status)
	assert.Equal(t, deepreview.FileAdded, byName(9).Status)
	require.Len(t, byName(9).Hunks, 1)
	assert.Equal(t, "+a\n+--- b\n", byName(9).Hunks[0].Body)
	require.Len(t, byName(2949).Hunks, 1)
	assert.Equal(t, " package p\n-var x = 2949\n+var x = 2950\n\\ No newline at end of file\n", byName(2949).Hunks[0].Body)
	assert.NotContains(t, fmt.Sprint(p.Notes), "counts")
}

func TestBeyondThreeThousandFilesThereIsNoChange(t *testing.T) {
	f := newFake(t)
	f.diff, f.files, f.changed = "", manyFiles(3000), 3001
	_, err := f.client().Load(t.Context(), shop, nil)
	require.ErrorIs(t, err, github.ErrTooLarge)
	assert.Contains(t, err.Error(), "name a local clone")
	f.changed = 2999
	f.files = manyFiles(2900)
	_, err = f.client().Load(t.Context(), shop, nil)
	require.ErrorIs(t, err, github.ErrTooLarge, "files that GitHub counts and does not list")
}

// cloneOf makes a repository with a base, a merge-base and a head, and returns their ids.
func cloneOf(t *testing.T) (dir, base, head string) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git")
	}
	dir = t.TempDir()
	git := func(args ...string) string {
		cmd := exec.Command("git", append([]string{"-c", "user.name=Ann", "-c", "user.email=ann@example.com", "-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false"}, args...)...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		return strings.TrimSpace(string(out))
	}
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
	}
	git("init", "-q")
	write("a.go", "package shop\n\nvar x = 1\n")
	write("AGENTS.md", "Be kind.\n")
	git("add", ".")
	git("commit", "-qm", "begin")
	git("branch", "topic")
	write("b.go", "package shop\n")
	git("add", ".")
	git("commit", "-qm", "on main")
	base = git("rev-parse", "HEAD")
	git("checkout", "-q", "topic")
	write("a.go", "package shop\n\nvar x = 2\n")
	git("commit", "-qam", "on topic")
	return dir, base, git("rev-parse", "HEAD")
}

func TestALocalCloneGivesTreesAndGuidance(t *testing.T) {
	dir, base, head := cloneOf(t)
	f := newFake(t)
	f.head = head
	f.answer = func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
		if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/pulls/7") {
			p := f.pull()
			p["base"].(map[string]any)["sha"] = base
			reply(w, http.StatusOK, p)
			return true
		}
		return false
	}
	p, err := f.client().Load(t.Context(), shop, &github.LoadOptions{Clone: dir})
	require.NoError(t, err)
	defer p.Close()
	require.NotNil(t, p.Tree)
	require.Len(t, p.Files, 1)
	assert.Equal(t, "a.go", p.Files[0].Path)
	assert.Equal(t, "Sell more", p.Title)
	assert.Equal(t, "main...topic", p.Range)
	assert.NotEqual(t, base, p.Base, "the merge-base")
	assert.Equal(t, head, p.Head)
	require.Len(t, p.Guidance, 1)
	assert.Empty(t, p.Notes)
	assert.Len(t, f.requests, 3, "the pull request, its threads, and whether it moved: no diff is asked for")
}

func TestACloneWithoutTheCommitsIsANote(t *testing.T) {
	dir, _, _ := cloneOf(t)
	for name, c := range map[string]struct{ clone, want string }{
		"other commits": {dir, "git fetch origin main pull/7/head"},
		"no repository": {t.TempDir(), "cannot be used"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := newFake(t).client().Load(t.Context(), shop, &github.LoadOptions{Clone: c.clone})
			require.NoError(t, err)
			assert.Nil(t, p.Tree)
			assert.Contains(t, strings.Join(p.Notes, "\n"), c.want)
			assert.Len(t, p.Files, 1)
		})
	}
}

func TestWhatIsToBeCopiedIntoAShellHasNoCommandInIt(t *testing.T) {
	dir, _, _ := cloneOf(t)
	f := newFake(t)
	f.answer = func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
		if strings.HasSuffix(r.URL.Path, "/pulls/7") && !strings.Contains(r.Header.Get("Accept"), "diff") {
			p := f.pull()
			p["base"].(map[string]any)["ref"] = "$(id)"
			reply(w, http.StatusOK, p)
			return true
		}
		return false
	}
	p, err := f.client().Load(t.Context(), shop, &github.LoadOptions{Clone: dir})
	require.NoError(t, err)
	assert.Contains(t, strings.Join(p.Notes, "\n"), "git fetch origin BASE pull/7/head")
}

func TestAClosedPullRequestIsLoadedOnlyIfAsked(t *testing.T) {
	f := newFake(t)
	f.state, f.merged = "closed", true
	_, err := f.client().Load(t.Context(), shop, nil)
	require.ErrorIs(t, err, github.ErrClosed)
	assert.Contains(t, err.Error(), "merged")
	_, err = f.client().Load(t.Context(), shop, &github.LoadOptions{Closed: true})
	assert.NoError(t, err)
}

func TestAPushWhileReadingBeginsAnew(t *testing.T) {
	f := newFake(t)
	pushes := 1
	f.answer = func(_ http.ResponseWriter, r *http.Request, _ []byte) bool {
		if strings.Contains(r.URL.Path, "/compare/") && pushes > 0 {
			pushes--
			f.head, f.diff = fmt.Sprintf("%039d%d", 5, pushes%10), strings.ReplaceAll(shopDiff, "three()", "four()")
		}
		return false
	}
	p, err := f.client().Load(t.Context(), shop, nil)
	require.NoError(t, err)
	assert.Equal(t, f.head, p.Head)
	assert.Contains(t, p.Files[0].Hunks[1].Body, "four()", "head and diff belong together")
	pushes = 100
	_, err = f.client().Load(t.Context(), shop, nil)
	assert.ErrorIs(t, err, github.ErrMoved)
}

func TestEachRefusalHasItsError(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		header map[string]string
		body   map[string]any
		token  string
		want   error
		says   string
	}{
		"a token that is wrong":            {status: 401, body: map[string]any{"message": "Bad credentials"}, token: token, want: github.ErrToken, says: "make a new one"},
		"a token that may not":             {status: 403, body: map[string]any{"message": "Resource not accessible by personal access token"}, token: token, want: github.ErrForbidden, says: "write pull requests"},
		"a token without single sign-on":   {status: 403, header: map[string]string{"X-GitHub-SSO": "required; url=https://x"}, body: map[string]any{"message": "Resource protected"}, token: token, want: github.ErrForbidden, says: "single sign-on"},
		"nothing there, with a token":      {status: 404, body: map[string]any{"message": "Not Found"}, token: token, want: github.ErrNotFound, says: "may not see it"},
		"nothing there, without one":       {status: 404, body: map[string]any{"message": "Not Found"}, want: github.ErrNotFound, says: "needs a token"},
		"a server that fails":              {status: 502, body: map[string]any{"message": "Bad Gateway"}, token: token, want: github.ErrUnknown},
		"a limit that is far":              {status: 403, header: map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10)}, body: map[string]any{"message": "API rate limit exceeded"}, token: token, want: github.ErrRateLimit, says: "run it again in 60 minutes"},
		"a second limit that is far":       {status: 429, header: map[string]string{"Retry-After": "3600"}, body: map[string]any{"message": "You have exceeded a secondary rate limit", "documentation_url": "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"}, token: token, want: github.ErrRateLimit, says: "run it again in 60 minutes"},
		"an answer that names the token":   {status: 403, body: map[string]any{"message": "no entry for " + token}, token: token, want: github.ErrForbidden, says: "‹token›"},
		"an answer without an end":         {status: 403, body: map[string]any{"message": strings.Repeat("x", 100_000)}, token: token, want: github.ErrForbidden},
		"a redirect to another host":       {status: 302, header: map[string]string{"Location": "https://evil.example/x"}, token: token, want: github.ErrRefused, says: "where the token does not go"},
		"a redirect to the same, in clear": {status: 301, header: map[string]string{"Location": "http://127.0.0.1:1/x"}, token: token, want: github.ErrRefused, says: "where the token does not go"},
		"an answer that is no JSON":        {status: 200, token: token, want: github.ErrUnknown},
		"an answer that is another thing":  {status: 200, body: map[string]any{"number": 7}, token: token, want: github.ErrUnknown, says: "names no commits"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.answer = func(w http.ResponseWriter, _ *http.Request, _ []byte) bool {
				for k, v := range c.header {
					w.Header().Set(k, v)
				}
				if c.body == nil {
					w.WriteHeader(c.status)
					fmt.Fprint(w, "<html>")
					return true
				}
				reply(w, c.status, c.body)
				return true
			}
			client := f.client()
			client.Token, client.MaxWait = c.token, 4*time.Second
			_, err := client.Load(t.Context(), shop, nil)
			require.ErrorIs(t, err, c.want)
			assert.Contains(t, err.Error(), c.says)
			assert.Contains(t, err.Error(), "octo/shop#7")
			assert.NotContains(t, err.Error(), token)
			assert.Less(t, len(err.Error()), 1000)
		})
	}
}

func TestALimitThatIsNearIsWaitedFor(t *testing.T) {
	for name, header := range map[string]map[string]string{
		"for some seconds": {"Retry-After": "1"},
		"until a time":     {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": strconv.FormatInt(time.Now().Unix(), 10)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			n := 0
			f.answer = func(w http.ResponseWriter, _ *http.Request, _ []byte) bool {
				if n++; n > 1 {
					return false
				}
				for k, v := range header {
					w.Header().Set(k, v)
				}
				reply(w, http.StatusForbidden, map[string]any{"message": "rate limit"})
				return true
			}
			start := time.Now()
			_, err := f.client().Load(t.Context(), shop, nil)
			require.NoError(t, err)
			assert.GreaterOrEqual(t, time.Since(start), 900*time.Millisecond)
		})
	}
}

func TestAWaitEndsWithTheContext(t *testing.T) {
	f := newFake(t)
	asked := make(chan struct{}, 10)
	f.answer = func(w http.ResponseWriter, _ *http.Request, _ []byte) bool {
		w.Header().Set("Retry-After", "60")
		reply(w, http.StatusTooManyRequests, map[string]any{"message": "slow down"})
		asked <- struct{}{}
		return true
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	_, err := f.client().Load(ctx, shop, nil)
	assert.ErrorIs(t, err, context.Canceled)
}

func TestARequestThatOnlyReadsIsTriedAgain(t *testing.T) {
	f := newFake(t)
	failed := map[string]bool{}
	f.answer = func(w http.ResponseWriter, r *http.Request, body []byte) bool {
		key := r.URL.String() + r.Header.Get("Accept") + string(body)
		if failed[key] {
			return false
		}
		failed[key] = true
		if len(failed)%2 == 0 {
			panic(http.ErrAbortHandler)
		}
		reply(w, http.StatusBadGateway, map[string]any{"message": "Bad Gateway"})
		return true
	}
	_, err := f.client().Load(t.Context(), shop, nil)
	require.NoError(t, err)
	assert.Greater(t, len(failed), 4)
}

func TestARenamedRepositoryIsFollowedOnItsOwnHost(t *testing.T) {
	f := newFake(t)
	f.answer = func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
		if strings.Contains(r.URL.Path, "/octo/old-shop/") {
			http.Redirect(w, r, strings.Replace(r.URL.Path, "old-shop", "shop", 1), http.StatusMovedPermanently)
			return true
		}
		return false
	}
	p, err := f.client().Load(t.Context(), github.Ref{Owner: "octo", Name: "old-shop", Number: 7}, nil)
	require.NoError(t, err)
	assert.Equal(t, shop, p.Ref, "from then on it has its name of today")
}

func TestTheTokenGoesToNoOtherPlace(t *testing.T) {
	for name, c := range map[string]struct {
		url string
		ref github.Ref
	}{
		"the pages":                {"https://github.com/", shop},
		"an open line":             {"http://github.example.com/api/v3/", shop},
		"a password in it":         {"https://octo:pw@github.example.com/api/v3/", shop},
		"no host":                  {"https:///api", shop},
		"no URL":                   {"https://exa mple.com", shop},
		"another scheme":           {"file:///etc", shop},
		"a query":                  {"https://api.github.com/?x=1", shop},
		"another host's number":    {"", github.Ref{Host: "github.example.com", Owner: "octo", Name: "shop", Number: 7}},
		"a host that ends like it": {"https://github.example.com/api/v3/", github.Ref{Host: "evil-github.example.com", Owner: "octo", Name: "shop", Number: 7}},
	} {
		t.Run(name, func(t *testing.T) {
			client := &github.Client{BaseURL: c.url, Token: token, Transport: failing{t}}
			_, err := client.Load(t.Context(), c.ref, nil)
			require.ErrorIs(t, err, github.ErrURL)
			assert.NotContains(t, err.Error(), "pw")
		})
	}
}

// failing is a transport that nothing may be sent through.
type failing struct{ t *testing.T }

func (f failing) RoundTrip(r *http.Request) (*http.Response, error) {
	f.t.Errorf("a request was sent to %s", r.URL)
	return nil, http.ErrNotSupported
}

func TestARefThatIsNoneSendsNothing(t *testing.T) {
	for _, r := range []github.Ref{{}, {Number: 7}, {Owner: "octo", Name: "..", Number: 7}, {Owner: "octo/../x", Name: "shop", Number: 7}, {Owner: "octo", Name: "shop"}, {Owner: "octo", Name: "shop", Number: -1}} {
		_, err := (&github.Client{Transport: failing{t}}).Load(t.Context(), r, nil)
		assert.ErrorIs(t, err, github.ErrRef)
	}
}

func TestEachGitHubHasItsGraphQL(t *testing.T) {
	for base, want := range map[string]string{"": "https://api.github.com/graphql", "https://api.octo.ghe.com": "https://api.octo.ghe.com/graphql", "https://ghe.example.com/api/v3": "https://ghe.example.com/api/graphql"} {
		var asked []string
		client := &github.Client{BaseURL: base, Transport: answering(func(r *http.Request) string {
			asked = append(asked, r.URL.String())
			if strings.HasSuffix(r.URL.Path, "graphql") || strings.Contains(r.URL.Path, "compare") || strings.HasSuffix(r.URL.Path, "commits") {
				return "[]"
			}
			if strings.Contains(r.Header.Get("Accept"), "diff") {
				return shopDiff
			}
			return `{"head":{"sha":"` + headID + `"},"base":{"sha":"` + baseID + `"}}`
		})}
		_, err := client.Load(t.Context(), shop, nil)
		require.NoError(t, err)
		assert.Contains(t, asked, want)
	}
}

type answering func(r *http.Request) string

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	w := &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Request: r}
	w.Body = http.NoBody
	text := a(r)
	w.Body = readCloser{strings.NewReader(text)}
	return w, nil
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }
