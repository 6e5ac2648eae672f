package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/reviewtest"
)

const patch = `diff --git a/internal/db/db.go b/internal/db/db.go
--- a/internal/db/db.go
+++ b/internal/db/db.go
@@ -1,5 +1,6 @@
 package db
 
 import (
+	"net/http"
 	"os"
 )
`

func TestAChangeThatBreaksALayerMayNotGoIn(t *testing.T) {
	var out, log bytes.Buffer
	open, err := gate(t.Context(), []string{"-patch", "-"}, strings.NewReader(patch), &out, &log)
	require.NoError(t, err)
	assert.False(t, open)
	assert.Contains(t, out.String(), `I1   internal/db/db.go:4: "internal/db must not import net/http" (layers)`)
	assert.Contains(t, out.String(), "merge with fixes: 1 important by rules alone\n")
	assert.Contains(t, log.String(), "layers: started\n")
	assert.Contains(t, log.String(), `layers: "file 1 of 1"`)
	assert.Contains(t, log.String(), "layers: finished, 1 findings\n")
	assert.Contains(t, log.String(), "patterns: finished")
}

func TestASmallChangeOfARepositoryMayGoIn(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	dir := t.TempDir()
	t.Chdir(dir)
	repository := func(args ...string) {
		cmd := exec.CommandContext(t.Context(), "git", append([]string{"-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false"}, args...)...)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1")
		text, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", text)
	}
	write := func(text string) { require.NoError(t, os.WriteFile(filepath.Join(dir, "a.go"), []byte(text), 0o644)) }
	repository("init", "-q", "-b", "main")
	write("package a\n\nconst Rate = 19\n")
	repository("add", ".")
	repository("commit", "-q", "-m", "Add the rate")
	write("package a\n\nconst Rate = 20\n")
	repository("commit", "-q", "-a", "-m", "Raise the rate to 20 per cent")

	var out, log bytes.Buffer
	open, err := gate(t.Context(), []string{"HEAD~1..HEAD"}, nil, &out, &log)
	require.NoError(t, err)
	assert.True(t, open, "%s", &out)
	assert.Contains(t, out.String(), "merge: the rules found nothing that matters\n")
}

func TestThePolicyStaysShutWhereSomethingWasNotLookedAt(t *testing.T) {
	scanned := []deepreview.Coverage{{Path: "a.go", Status: deepreview.CoverageClean, Depth: deepreview.DepthScanned}}
	r := &deepreview.Report{
		Files:   []deepreview.FileSummary{{Path: "a.go"}, {Path: "logo.png", Binary: true}},
		Reviews: []*deepreview.Review{{Reviewer: "patterns", Coverage: scanned}},
	}
	require.Equal(t, deepreview.VerdictMerge, policy(r).Kind)

	r.Files = append(r.Files, deepreview.FileSummary{Path: "odd\"name", Unreadable: "its name"})
	assert.Equal(t, deepreview.VerdictIncomplete, policy(r).Kind)
	assert.Equal(t, `nothing looked at "odd\"name"`, policy(r).Reason)

	r.Files = r.Files[:2]
	r.Reviews = append(r.Reviews, &deepreview.Review{Reviewer: "layers", Failure: &deepreview.Failure{Kind: deepreview.FailureTimeout}})
	assert.Equal(t, deepreview.VerdictIncomplete, policy(r).Kind)
	assert.Equal(t, "layers did not finish", policy(r).Reason)
}

func TestAFailureIsToldInOneLine(t *testing.T) {
	line := progress(deepreview.Event{
		Reviewer: "x", Kind: deepreview.EventFinished, Elapsed: time.Second,
		Review: &deepreview.Review{Failure: &deepreview.Failure{Kind: deepreview.FailureError, Message: "a\nb\x1b[2J"}},
	})
	assert.Equal(t, `x: error after 1s: "a\nb\x1b[2J"`, line)
}

func TestLayersKeepTheContractOfAReviewer(t *testing.T) {
	require.NoError(t, reviewtest.CheckReviewer(t.Context(), layers{"shop": "os"}, nil))
}

func TestWhatCannotBeLoadedIsAnError(t *testing.T) {
	_, err := gate(t.Context(), []string{"-patch", filepath.Join(t.TempDir(), "none")}, nil, nil, nil)
	assert.ErrorIs(t, err, os.ErrNotExist)
}
