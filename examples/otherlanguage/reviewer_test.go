// Package otherlanguage shows a reviewer that is not written in Go: reviewer.py.
package otherlanguage

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents/command"
)

const patch = `diff --git a/load.py b/load.py
--- a/load.py
+++ b/load.py
@@ -1,2 +1,5 @@
 def load(name):
-    return open(name).read()
+    try:
+        return open(name).read()
+    except:
+        return ""
diff --git a/main.go b/main.go
--- a/main.go
+++ b/main.go
@@ -1 +1,2 @@
 package main
+// except:
`

func review(t *testing.T, patch string) (*deepreview.Review, error) {
	t.Helper()
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("python3 is not there: ", err)
	}
	c, err := deepreview.ParseDiff(strings.NewReader(patch))
	require.NoError(t, err)
	r := &command.Reviewer{Profile: command.Exec("python3", "reviewer.py"), TempDir: t.TempDir()}
	return r.Review(t.Context(), c)
}

func TestAScriptInAnotherLanguageIsAReviewer(t *testing.T) {
	rev, err := review(t, patch)
	require.NoError(t, err)
	require.Len(t, rev.Findings, 1)
	f := rev.Findings[0]
	assert.Equal(t, "A bare except hides every error", f.Title)
	assert.Equal(t, deepreview.SeverityImportant, f.Severity)
	assert.Equal(t, "load.py:4", f.Locations[0].String())
	python, _ := rev.CoverageOf("load.py")
	assert.True(t, python.Read())
	golang, stated := rev.CoverageOf("main.go")
	assert.True(t, stated)
	assert.False(t, golang.Looked(), "the script says nothing of it")
}

func TestAScriptDeclinesWhatIsNotItsOwn(t *testing.T) {
	_, goPart, _ := strings.Cut(patch, "+        return \"\"\n")
	_, err := review(t, goPart)
	require.ErrorIs(t, err, deepreview.ErrSkip)
	assert.ErrorContains(t, err, "no Python files")
}
