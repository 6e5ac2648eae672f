// Package ci_test tries what README.md says of other forges on a real one: Gitea, on this machine, through reviewdog.
package ci_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/git"
	"github.com/deepreview-go/deepreview/report"
)

const before = `package shop

func total(prices []int) int {
	sum := 0
	for _, p := range prices {
		sum += p
	}
	return sum
}

func first(prices []int) int {
	return prices[0]
}
`

// Lines 4 and 12 are changed, and 16 to 18 are new.
const after = `package shop

func total(prices []int) int {
	sum := 1
	for _, p := range prices {
		sum += p
	}
	return sum
}

func first(prices []int) int {
	return prices[1]
}

// last is the newest price.
func last(prices []int) int {
	return prices[len(prices)]
}
`

// reader claims what the test looks for on the forge.
type reader struct{}

func (reader) Name() string { return "reader" }

func (reader) Review(_ context.Context, _ *deepreview.Change) (*deepreview.Review, error) {
	at := func(start, end int) []deepreview.Location {
		return []deepreview.Location{{Path: "shop.go", Start: start, End: end}}
	}
	return &deepreview.Review{
		Findings: []*deepreview.Finding{
			{ID: "1", Title: "The sum begins at one", Detail: "Every total is one too high.", Locations: at(4, 0), Quote: "\tsum := 1", Severity: deepreview.SeverityImportant,
				Fix: &deepreview.Fix{Text: "Begin at zero.", Edits: []deepreview.Edit{{Path: "shop.go", Start: 4, End: 4, New: "\tsum := 0\n"}}}},
			{ID: "2", Title: "The newest price lies beyond the end", Detail: "The index is the length, which panics.", Locations: at(16, 18), Quote: "func last(prices []int) int {\n\treturn prices[len(prices)]\n}",
				Severity: deepreview.SeverityCritical},
			{ID: "3", Title: "A loop over indexes would not copy", Detail: "A word about code that did not change, outside of the diff's hunks.", Locations: at(8, 0), Quote: "\treturn sum", Severity: deepreview.SeveritySuggestion},
		},
		Coverage: []deepreview.Coverage{{Path: "shop.go", Status: deepreview.CoverageFindings, Depth: deepreview.DepthRead}},
	}, nil
}

func TestReviewdogPutsCommentsOnTheRightLinesOfAPullRequestOnGitea(t *testing.T) {
	forge := startGitea(t)
	dir := filepath.Join(forge.dir, "clone")
	runGit := func(args ...string) string {
		cmd := exec.CommandContext(t.Context(), "git", append([]string{"-C", dir, "-c", "user.name=Octo", "-c", "user.email=octo@example.com", "-c", "commit.gpgsign=false"}, args...)...)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull, "GIT_TERMINAL_PROMPT=0")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "git %s\n%s", args[0], out)
		return strings.TrimSpace(string(out))
	}
	require.NoError(t, os.Mkdir(dir, 0o777))
	write := func(text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "shop.go"), []byte(text), 0o666))
	}
	runGit("init", "-q", "-b", "main")
	write(before)
	runGit("add", ".")
	runGit("commit", "-qm", "A shop")
	runGit("checkout", "-qb", "topic")
	write(after)
	runGit("commit", "-qam", "Prices")
	forge.call(t, "POST", "user/repos", map[string]any{"name": "shop", "default_branch": "main"}, nil)
	remote := fmt.Sprintf("http://octo:%s@%s/octo/shop.git", forge.password, forge.address)
	runGit("push", "-q", remote, "main", "topic")
	require.Eventually(t, func() bool {
		return forge.has(t, "repos/octo/shop/branches/main") && forge.has(t, "repos/octo/shop/branches/topic")
	}, time.Minute, 200*time.Millisecond, "Gitea knows of a push a moment later")
	forge.call(t, "POST", "repos/octo/shop/pulls", map[string]any{"head": "topic", "base": "main", "title": "Prices"}, nil)

	c, err := git.Load(t.Context(), dir, "main...topic", nil)
	require.NoError(t, err)
	defer c.Close()
	reviews, err := deepreview.Run(t.Context(), c, []deepreview.Reviewer{reader{}}, nil)
	require.NoError(t, err)
	rep, err := new(deepreview.Pipeline).Consolidate(t.Context(), c, reviews)
	require.NoError(t, err)
	require.Len(t, rep.Issues, 3)
	var found bytes.Buffer
	require.NoError(t, report.RDJSON{}.Render(&found, rep))

	for round := 1; round <= 2; round++ {
		cmd := exec.CommandContext(t.Context(), forge.reviewdog, "-f=rdjson", "-name=deepreview", "-reporter=gitea-pr-review", "-filter-mode=added", "-fail-level=none")
		cmd.Dir = dir
		cmd.Stdin = bytes.NewReader(found.Bytes())
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + forge.dir, "GITEA_ADDRESS=http://" + forge.address, "REVIEWDOG_GITEA_API_TOKEN=" + forge.token,
			"CI_PULL_REQUEST=1", "CI_COMMIT=" + c.Head, "CI_REPO_OWNER=octo", "CI_REPO_NAME=shop", "CI_BRANCH=topic"}
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "reviewdog: %s", out)

		posted := forge.comments(t)
		require.Len(t, posted, 2, "after run %d; reviewdog says %s", round, out)
		assert.Equal(t, []int{4, 18}, []int{posted[0].Line, posted[1].Line}, "a comment on several lines stands at the last")
		assert.Contains(t, posted[0].Body, "The sum begins at one")
		assert.Contains(t, posted[0].Body, "sum := 0", "the fix is in it")
		assert.Contains(t, posted[0].Hunk, "+\tsum := 1")
		assert.Contains(t, posted[1].Body, "The newest price lies beyond the end")
		assert.Contains(t, posted[1].Hunk, "+\treturn prices[len(prices)]")
		for _, p := range posted {
			assert.Equal(t, "shop.go", p.Path)
		}
	}
}

// gitea is a forge that lives as long as its test.
type gitea struct {
	dir, address, password, token, reviewdog string
}

// startGitea starts a Gitea with a folder of its own. DEEPREVIEW_GITEA and DEEPREVIEW_REVIEWDOG name the two programs, and DEEPREVIEW_GITEA_ROOT
// the folder of Gitea's sources, with its templates, where they are not in the program.
func startGitea(t *testing.T) *gitea {
	t.Helper()
	program, reviewdog := os.Getenv("DEEPREVIEW_GITEA"), os.Getenv("DEEPREVIEW_REVIEWDOG")
	if program == "" || reviewdog == "" {
		t.Skip("DEEPREVIEW_GITEA and DEEPREVIEW_REVIEWDOG do not name the two programs: nothing is tried on a real forge here")
	}
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	g := &gitea{dir: t.TempDir(), address: listener.Addr().String(), password: strings.Repeat("Octo1", 4), reviewdog: reviewdog}
	_, port, err := net.SplitHostPort(g.address)
	require.NoError(t, err)
	listener.Close()

	static := ""
	if root := os.Getenv("DEEPREVIEW_GITEA_ROOT"); root != "" {
		static = "STATIC_ROOT_PATH = " + root + "\n"
	}
	config := filepath.Join(g.dir, "app.ini")
	require.NoError(t, os.WriteFile(config, []byte(`RUN_MODE = prod
WORK_PATH = `+g.dir+`
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true
[server]
PROTOCOL = http
HTTP_ADDR = 127.0.0.1
HTTP_PORT = `+port+`
ROOT_URL = http://`+g.address+`/
OFFLINE_MODE = true
DISABLE_SSH = true
`+static+`[database]
DB_TYPE = sqlite3
PATH = `+filepath.Join(g.dir, "gitea.db")+`
[security]
INSTALL_LOCK = true
SECRET_KEY = `+strings.Repeat("k", 40)+`
[service]
DISABLE_REGISTRATION = true
[actions]
ENABLED = false
[cron.update_checker]
ENABLED = false
[log]
MODE = console
LEVEL = Warn
`), 0o600))
	command := func(args ...string) *exec.Cmd {
		cmd := exec.Command(program, append(args, "--config", config)...)
		cmd.Dir = g.dir
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + g.dir, "USER=" + userName(), "GITEA_WORK_DIR=" + g.dir}
		return cmd
	}
	for _, args := range [][]string{
		{"migrate"},
		{"admin", "user", "create", "--username", "octo", "--password", g.password, "--email", "octo@example.com", "--admin", "--must-change-password=false"},
		{"admin", "user", "generate-access-token", "--username", "octo", "--scopes", "all", "--raw"},
	} {
		var out, problems bytes.Buffer
		cmd := command(args...)
		cmd.Stdout, cmd.Stderr = &out, &problems
		require.NoError(t, cmd.Run(), "gitea %s\n%s%s", strings.Join(args[:min(3, len(args))], " "), &out, &problems)
		words := strings.Fields(out.String())
		if len(words) > 0 {
			g.token = words[len(words)-1]
		}
	}
	var log bytes.Buffer
	server := command("web")
	server.Stdout, server.Stderr = &log, &log
	require.NoError(t, server.Start())
	ended := make(chan struct{})
	go func() {
		_ = server.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		_ = server.Process.Signal(os.Interrupt)
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			_ = server.Process.Kill()
			<-ended
		}
		if t.Failed() {
			for line := range strings.Lines(log.String()) {
				if strings.Contains(line, "[E]") || strings.Contains(line, "[F]") {
					t.Log(strings.TrimSpace(line))
				}
			}
		}
	})
	require.Eventually(t, func() bool {
		select {
		case <-ended:
			return true
		default:
		}
		resp, err := http.Get("http://" + g.address + "/api/v1/version")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	}, 2*time.Minute, 200*time.Millisecond, "Gitea answers")
	select {
	case <-ended:
		require.Fail(t, "Gitea ended before it began")
	default:
	}
	return g
}

// userName is the name of the user that the test runs as; Gitea refuses to run without one.
func userName() string {
	out, err := exec.Command("id", "-un").Output()
	if err != nil {
		return "root"
	}
	return strings.TrimSpace(string(out))
}

// send asks Gitea's API.
func (g *gitea) send(t *testing.T, method, path string, body any) (status int, answer []byte) {
	t.Helper()
	data, err := json.Marshal(body)
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+g.address+"/api/v1/"+path, bytes.NewReader(data))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "token "+g.token)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	answer, err = io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, answer
}

func (g *gitea) has(t *testing.T, path string) bool {
	t.Helper()
	status, _ := g.send(t, "GET", path, nil)
	return status == http.StatusOK
}

func (g *gitea) call(t *testing.T, method, path string, body, out any) {
	t.Helper()
	status, answer := g.send(t, method, path, body)
	require.Less(t, status, 300, "%s %s: %s", method, path, answer)
	if out != nil {
		require.NoError(t, json.Unmarshal(answer, out))
	}
}

type giteaComment struct {
	Path string `json:"path"`
	Line int    `json:"position"`
	Hunk string `json:"diff_hunk"`
	Body string `json:"body"`
}

// comments are those of all reviews, by line.
func (g *gitea) comments(t *testing.T) []giteaComment {
	t.Helper()
	var reviews []struct {
		ID int64 `json:"id"`
	}
	g.call(t, "GET", "repos/octo/shop/pulls/1/reviews", nil, &reviews)
	var all []giteaComment
	for _, r := range reviews {
		var some []giteaComment
		g.call(t, "GET", "repos/octo/shop/pulls/1/reviews/"+strconv.FormatInt(r.ID, 10)+"/comments", nil, &some)
		all = append(all, some...)
	}
	slices.SortFunc(all, func(a, b giteaComment) int { return a.Line - b.Line })
	return all
}
