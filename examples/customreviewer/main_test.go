package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/reviewtest"
)

const patch = `diff --git a/a.go b/a.go
--- a/a.go
+++ b/a.go
@@ -1,2 +1,5 @@
 package a
-// TODO: gone
+// TODO: close it
+// TODO(ann): later
+// FIXME
+const mastodon = "TODOS"
diff --git a/logo.png b/logo.png
new file mode 100644
index 0000000..1111111
Binary files /dev/null and b/logo.png differ
`

// asCommand makes the test binary the command itself.
const asCommand = "DEEPREVIEW_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// command runs the command and returns what it wrote to standard output and error.
func command(t *testing.T, in string, args ...string) (string, error) {
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), asCommand+"=1")
	cmd.Stdin = strings.NewReader(in)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestEachAddedTODOWithoutAnOwnerIsReported(t *testing.T) {
	out, err := command(t, patch)
	require.NoError(t, err)
	assert.Equal(t, "a.go:2 suggestion TODO without an owner\na.go:4 suggestion FIXME without an owner\n", out)
}

func TestWhatWasNotLookedAtIsNotClean(t *testing.T) {
	c, err := deepreview.ParseDiff(strings.NewReader(patch))
	require.NoError(t, err)
	r, err := owners{}.Review(t.Context(), c)
	require.NoError(t, err)
	logo, ok := r.CoverageOf("logo.png")
	require.True(t, ok)
	assert.Equal(t, deepreview.CoverageUnreviewed, logo.Status)
}

func TestItKeepsTheContractOfAReviewer(t *testing.T) {
	require.NoError(t, reviewtest.CheckReviewer(t.Context(), owners{}, nil))
	out, err := command(t, "", "-check")
	require.NoError(t, err)
	assert.Empty(t, out)
}

func TestNoPatchIsAnError(t *testing.T) {
	out, err := command(t, "\n")
	require.Error(t, err)
	assert.Contains(t, out, deepreview.ErrEmptyDiff.Error())
}
