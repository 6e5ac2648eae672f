package git_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview/git"
)

func TestWorktreesShareAPlace(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed, and this test works on a real repository")
	}
	top, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	run := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-c", "user.name=Ada", "-c", "user.email=ada@example.com"}, args...)...)
		cmd.Dir = top
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
	}
	run("init", "-q", "one")
	run("-C", "one", "commit", "-q", "--allow-empty", "-m", "Begin")
	run("-C", "one", "remote", "add", "origin", "https://ada:secret@example.com/ada/app.git")
	run("-C", "one", "worktree", "add", "-q", filepath.Join(top, "two"))
	require.NoError(t, os.Mkdir(filepath.Join(top, "one", "below"), 0o777))
	for _, dir := range []string{"one", "one/below", "two"} {
		got, err := git.Locate(t.Context(), filepath.Join(top, dir))
		require.NoError(t, err)
		assert.Equal(t, git.Place{Dir: filepath.Join(top, "one", ".git"), Repository: "example.com/ada/app"}, got, dir)
	}
	_, err = git.Locate(t.Context(), top)
	assert.ErrorIs(t, err, git.ErrNotRepository)
}
