package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const smallPatch = `diff --git a/a.go b/a.go
--- a/a.go
+++ b/a.go
@@ -1,2 +1,3 @@
 package a
+var A = 1
 var B = 2
`

func TestADiffFromStandardInputIsReviewedAlone(t *testing.T) {
	s := newRepository(t)
	s.in = smallPatch
	require.Equal(t, exitFine, s.run("--patch", "-", "--out", "json=r.json"), s.err.String())
	r := s.report("r.json")
	require.Len(t, r.Files, 1)
	assert.Equal(t, "a.go", r.Files[0].Path)
	assert.Empty(t, r.Change.Base, "nothing of the repository around is taken for it")
	assert.Contains(t, s.err.String(), "standard input")

	s.write("a.patch", smallPatch)
	require.Equal(t, exitFine, s.run("--patch", "a.patch", "--out", "json=s.json"), s.err.String())
	assert.Equal(t, r.Fingerprint, s.report("s.json").Fingerprint)
	require.Equal(t, exitFine, s.run("--patch", "a.patch", "--dry-run"), s.err.String())
	assert.Contains(t, s.out.String(), "there is no repository")
}

func TestADiffThatIsTypedIsAnnounced(t *testing.T) {
	s := newScratch(t)
	s.in, s.columns = smallPatch, 80
	s.run("--patch", "-")
	assert.Contains(t, s.err.String(), "Ctrl-D ends it")
}

func TestBadInputIsASentenceAndAnExitStatus(t *testing.T) {
	for name, test := range map[string]struct {
		set  func(s *scratch)
		args []string
		code int
		want []string
	}{
		"no repository": {func(s *scratch) { require.NoError(s.t, os.RemoveAll(".git")) }, nil, exitFailed,
			[]string{"not a git repository", "--patch FILE", "-C DIR"}},
		"no folder":         {nil, []string{"-C", "nowhere"}, exitFailed, []string{"nowhere"}},
		"an unknown range":  {nil, []string{"mian...HEAD"}, exitUsage, []string{"mian", "git branch"}},
		"an unknown commit": {nil, []string{"deadbeef"}, exitUsage, []string{"deadbeef"}},
		"a subcommand that is misspelt": {nil, []string{"reviewer"}, exitUsage,
			[]string{"did you mean deepreview reviewers?"}},
		"an empty range":     {nil, []string{"HEAD..HEAD"}, exitFailed, []string{"nothing to review", "name another range"}},
		"nothing staged":     {nil, []string{"--staged"}, exitFailed, []string{"nothing to review"}},
		"nothing at all yet": {func(s *scratch) { s.git("checkout", "-q", "--orphan", "new") }, nil, exitFailed, []string{"no commits yet"}},
		"a patch that is not there": {nil, []string{"--patch", "nowhere.patch"}, exitFailed,
			[]string{"nowhere.patch", "unified diff"}},
		"an empty patch": {func(s *scratch) { s.write("a.patch", " \n") }, []string{"--patch", "a.patch"}, exitFailed,
			[]string{"a.patch", "empty"}},
		"a patch cut in the middle": {func(s *scratch) { s.write("a.patch", smallPatch[:len(smallPatch)-12]) }, []string{"--patch", "a.patch"}, exitFailed,
			[]string{"a.patch", "line ", "a.go"}},
		"a cut patch on standard input": {func(s *scratch) { s.in = smallPatch[:len(smallPatch)-12] }, []string{"--patch", "-"}, exitFailed,
			[]string{"standard input", "line ", "a.go"}},
		"a patch that is a folder":      {nil, []string{"--patch", "."}, exitFailed, []string{"directory"}},
		"a recording that is not there": {nil, []string{"--replay", "nowhere"}, exitFailed, []string{"--replay", "nowhere"}},
		"a folder without recordings":   {nil, []string{"--replay", "."}, exitFailed, []string{"*.review.json"}},
		"a report that is none":         {func(s *scratch) { s.write("r.json", "{}") }, []string{"render", "r.json"}, exitFailed, []string{"r.json", "schema"}},
		"a report that is cut":          {func(s *scratch) { s.write("r.json", "{\n\"schema\"") }, []string{"render", "r.json"}, exitFailed, []string{"r.json"}},
		"a report that is not there":    {nil, []string{"explain", "nowhere.json", "I1"}, exitFailed, []string{"nowhere.json", "--out json=FILE"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newRepository(t)
			if test.set != nil {
				test.set(s)
			}
			before := s.files()
			assert.Equal(t, test.code, s.run(test.args...), s.err.String())
			for _, part := range test.want {
				assert.Contains(t, s.err.String(), part)
			}
			assert.True(t, strings.HasPrefix(s.err.String(), "deepreview: "))
			assert.Equal(t, before, s.files(), "nothing is written")
			assert.Empty(t, s.out.String())
		})
	}
}

func TestForeignTextInAnErrorCannotSteerTheTerminal(t *testing.T) {
	s := newRepository(t)
	s.run("\x1b]0;owned\x07main\u202e")
	assert.NotContains(t, s.err.String(), "\x1b")
	assert.NotContains(t, s.err.String(), "\u202e")
	s.run("--reviewer", "\x1b[31mx")
	assert.NotContains(t, s.err.String(), "\x1b")
}

func TestOnlyReportsOfThisCommandAreLeftOutOfAWorkingTree(t *testing.T) {
	s := newRepository(t)
	s.write("docs/app [1].html", "<p>tracked")
	s.commit("Add a page")
	s.write("docs/app [1].html", "<p>changed")
	s.write("docs/r*.html", "<p>new, and ours")
	s.write("docs/readme.html", "<p>new, and not ours")
	require.Equal(t, exitFine, s.run("--worktree", "--out", "json="+filepath.Join(s.dir, "..", "x.json"), "--out", "html=docs/r*.html", "--out", "md=docs/app [1].html"), s.err.String())
	r := s.report(filepath.Join(s.dir, "..", "x.json"))
	assert.Equal(t, []string{"docs/r*.html"}, r.Change.Excluded)
	assert.Len(t, r.Files, 2)
}
