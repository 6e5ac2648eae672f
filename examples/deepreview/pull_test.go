package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
)

// hub is a GitHub with one pull request, just large enough for the command. It keeps what is posted.
type hub struct {
	diff    string
	posted  []string
	bearers []string
}

func (h *hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.bearers = append(h.bearers, r.Header.Get("Authorization"))
	body, _ := io.ReadAll(r.Body)
	send := func(v any) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(v)
	}
	id := strings.Repeat("a", 40)
	repository := map[string]any{"full_name": "octo/shop"}
	switch path := r.URL.Path; {
	case strings.HasSuffix(path, "/graphql"):
		empty := map[string]any{"pageInfo": map[string]any{"hasNextPage": false}, "nodes": []any{}}
		reviews := map[string]any{"pageInfo": map[string]any{"hasNextPage": false}, "nodes": []any{}}
		if strings.Contains(string(body), "reviews(") {
			nodes := []any{}
			for _, p := range h.posted {
				var review struct{ Body string }
				json.Unmarshal([]byte(p), &review)
				nodes = append(nodes, map[string]any{"id": "R1", "body": review.Body, "state": "COMMENTED", "url": "https://example.com/r", "viewerDidAuthor": true})
			}
			reviews["nodes"] = nodes
		}
		send(map[string]any{"data": map[string]any{"repository": map[string]any{"pullRequest": map[string]any{"reviewThreads": empty, "reviews": reviews}}}})
	case strings.HasSuffix(path, "/pulls/7") && strings.Contains(r.Header.Get("Accept"), "diff"):
		io.WriteString(w, h.diff)
	case strings.HasSuffix(path, "/pulls/7"):
		send(map[string]any{"number": 7, "state": "open", "title": "Sell more", "user": map[string]any{"login": "ann"}, "changed_files": 1, "commits": 1,
			"html_url": "https://github.com/octo/shop/pull/7",
			"head":     map[string]any{"ref": "topic", "sha": id, "label": "octo:topic", "repo": repository},
			"base":     map[string]any{"ref": "main", "sha": strings.Repeat("b", 40), "label": "octo:main", "repo": repository}})
	case strings.HasSuffix(path, "/commits"):
		send([]any{map[string]any{"sha": id, "commit": map[string]any{"message": "Sell", "author": map[string]any{"name": "Ann"}}, "parents": []any{map[string]any{"sha": strings.Repeat("b", 40)}}}})
	case strings.Contains(path, "/compare/"):
		send(map[string]any{"merge_base_commit": map[string]any{"sha": strings.Repeat("b", 40)}})
	case strings.HasSuffix(path, "/reviews"):
		h.posted = append(h.posted, string(body))
		send(map[string]any{"id": 1, "node_id": "R1", "html_url": "https://example.com/r"})
	default:
		w.WriteHeader(http.StatusNotFound)
		send(map[string]any{"message": "Not Found: " + path})
	}
}

// toward sends every request to the server at the address.
type toward string

func (t toward) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = "http", strings.TrimPrefix(string(t), "http://")
	return http.DefaultTransport.RoundTrip(r)
}

func TestAPullRequestIsReviewedAndAnswered(t *testing.T) {
	h := &hub{diff: "diff --git a/app.go b/app.go\nnew file mode 100644\nindex 0000000..1111111\n--- /dev/null\n+++ b/app.go\n@@ -0,0 +1,2 @@\n+package app\n+var sold = f()\n"}
	server := httptest.NewServer(h)
	defer server.Close()
	s := newScratch(t)
	s.transport = toward(server.URL)
	s.roster = []candidate{reader("ada", deepreview.SeverityImportant)}
	s.vars["GITHUB_TOKEN"] = "token-of-a-test"

	require.Equal(t, exitUsage, s.run("--pr", "7"))
	assert.Contains(t, s.err.String(), "of which repository?")
	require.Equal(t, exitUsage, s.run("--pr", "octo/shop#7", "main...HEAD"))
	require.Equal(t, exitUsage, s.run("--post"))
	assert.Contains(t, s.err.String(), "name it with --pr")

	require.Equal(t, exitFindings, s.run("--pr", "octo/shop#7", "--out", "json=r.json", "--history", "h"), s.err.String())
	r := s.report("r.json")
	assert.Equal(t, 7, r.Change.PullRequest.Number)
	assert.Contains(t, strings.Join(r.Warnings, "\n"), "there are only diffs: no trees")
	assert.Empty(t, h.posted, "nothing is posted unless asked for")

	s.vars["GITHUB_REPOSITORY"] = "octo/shop"
	require.Equal(t, exitFindings, s.run("--pr", "7", "--post", "--out", "json=r.json", "--history", "h"), s.err.String())
	require.Len(t, h.posted, 1)
	assert.Contains(t, h.posted[0], `"COMMENT"`)
	assert.Contains(t, h.posted[0], "Run does nothing")
	assert.Contains(t, s.err.String(), "Posted to https://example.com/r: 1 new comment")
	for _, b := range h.bearers {
		assert.Equal(t, "Bearer token-of-a-test", b)
	}

	h.bearers = nil
	s.run("--pr", "https://elsewhere.example.com/octo/shop/pull/7", "--out", "json=r.json", "--history", "off")
	for _, b := range h.bearers {
		assert.Empty(t, b, "the token is for another host")
	}
	s.vars["GITHUB_SERVER_URL"] = "https://elsewhere.example.com"
	s.run("--pr", "https://elsewhere.example.com/octo/shop/pull/7", "--out", "json=r.json", "--history", "off")
	assert.Contains(t, h.bearers, "Bearer token-of-a-test", "a workflow's token is for the host that it runs on")

	h.diff = "no diff at all"
	require.Equal(t, exitFailed, s.run("--pr", "octo/shop#7", "--history", "off"))
	assert.Contains(t, s.err.String(), "--pr octo/shop#7: ")
}
