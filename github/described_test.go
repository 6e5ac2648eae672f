package github_test

import (
	"net"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/internal/procgroup"
)

// described starts a server that checks each request against GitHub's own description of its API. DEEPREVIEW_STEADY names the command of
// npm's @stdy/cli, and DEEPREVIEW_GITHUB_API the file generated/api.github.com.json of npm's @octokit/openapi.
func described(t *testing.T) string {
	t.Helper()
	steady, spec := os.Getenv("DEEPREVIEW_STEADY"), os.Getenv("DEEPREVIEW_GITHUB_API")
	if steady == "" || spec == "" {
		t.Skip("DEEPREVIEW_STEADY and DEEPREVIEW_GITHUB_API do not name @stdy/cli and GitHub's description: nobody checks the requests here")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	listener.Close()
	server := exec.Command(steady, "--host", "127.0.0.1", "-p", port, "--quiet", spec)
	procgroup.Own(server)
	require.NoError(t, server.Start())
	t.Cleanup(func() {
		_ = procgroup.Kill(server.Process)
		_ = server.Wait()
	})
	require.Eventually(t, func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return err == nil
	}, 2*time.Minute, 100*time.Millisecond, "the server listens")
	return "http://" + address
}

func TestRequestsAreAsGitHubDescribesThem(t *testing.T) {
	steady := described(t)
	f := newFake(t)
	f.steady = steady
	is := issue(firstIssue, 2)
	is.Fix = &deepreview.Fix{Edits: []deepreview.Edit{{Path: "a.go", Start: 2, End: 3, New: "var x = 5\n"}}}
	for range 2 {
		p, err := f.client().Load(t.Context(), shop, nil)
		require.NoError(t, err)
		r := f.reviewed(is, issue(secondIssue, 31), issue(thirdIssue, 15))
		_, err = f.client().Post(t.Context(), shop, p.Change, r, nil)
		require.NoError(t, err)
	}
	f.post(t, f.reviewed(issue(secondIssue, 31), issue("3a4b5c6d", 3)))

	large := newFake(t)
	large.steady = steady
	large.diff, large.files, large.changed = "", manyFiles(350), 350
	_, err := large.client().Load(t.Context(), shop, nil)
	require.NoError(t, err)
	assert.Greater(t, len(f.requests)+len(large.requests), 20)
}

func TestTheDescriptionRefusesWhatIsWrong(t *testing.T) {
	f := newFake(t)
	f.steady = described(t)
	judge := &judged{TB: t}
	f.t = judge
	f.mu.Lock()
	defer f.mu.Unlock()
	req := newRequest(t, "POST", f.URL+"repos/octo/shop/pulls/7/reviews")
	f.check(req, "/repos/octo/shop/pulls/7/reviews", []byte(`{"event":"COMMENT","comments":[{"line":"3"}]}`))
	assert.Positive(t, judge.errors, "else the test above proves nothing")
}
