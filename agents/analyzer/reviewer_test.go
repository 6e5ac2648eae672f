package analyzer

import (
	"context"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
)

const (
	clean = "package m\n\nfunc Set(n int) int { return n + 1 }\n"
	// self assigns a variable to itself on line 4: SA4018, with a fix by vet/assign, whose twin it is.
	self = "package m\n\nfunc Set(n int) int {\n\tn = n\n\treturn n + 1\n}\n"
)

func TestFindingsAreToldApartByTheMergeBase(t *testing.T) {
	const older = "1 finding of the analyzers that the merge-base has too"
	for _, tt := range []struct {
		name          string
		before, after map[string]string
		renamed       map[string]string
		found, notes  []string
	}{
		{
			name:   "what the change brings is a finding",
			before: map[string]string{"m.go": clean},
			after:  map[string]string{"m.go": self},
			found:  []string{"m.go:4 SA4018"},
		},
		{
			name:   "what was there is a note, though its line moved",
			before: map[string]string{"m.go": self},
			after:  map[string]string{"m.go": strings.Replace(self, "func", "// Set sets.\n//\n// It is one more.\nfunc", 1)},
			notes:  []string{older},
		},
		{
			name:   "one more of the same is a finding, on the line that the change wrote",
			before: map[string]string{"m.go": self},
			after:  map[string]string{"m.go": strings.Replace(self, "func Set", "func Get(n int) int {\n\tn = n\n\treturn n\n}\n\nfunc Set", 1)},
			found:  []string{"m.go:4 SA4018"},
			notes:  []string{older},
		},
		{
			name:   "code that moved to another file brought its finding along",
			before: map[string]string{"m.go": self, "n.go": "package m\n\nvar N int\n"},
			after:  map[string]string{"m.go": "package m\n", "n.go": strings.Replace(self, "package m\n", "package m\n\nvar N int\n", 1)},
			notes:  []string{older},
		},
		{
			name:    "a file that was renamed is the one it was",
			before:  map[string]string{"old/m.go": self},
			after:   map[string]string{"new/m.go": strings.Replace(self, "func", "\nfunc", 1)},
			renamed: map[string]string{"new/m.go": "old/m.go"},
			notes:   []string{older},
		},
		{
			name:   "beyond the changed lines a finding counts if the change brought it",
			before: map[string]string{"a.go": "package m\n\nvar N = half(4)\n", "b.go": "package m\n\nfunc half(n int) int { return n / 2 }\n"},
			after:  map[string]string{"a.go": "package m\n\nvar N = 2\n", "b.go": "package m\n\nfunc half(n int) int { return n / 2 }\n"},
			found:  []string{"b.go:3 U1000"},
		},
		{
			name:   "a package that did not compile before is judged by the lines of the change",
			before: map[string]string{"m.go": strings.Replace(self, "return n + 1", "return x", 1)},
			after:  map[string]string{"m.go": self + "\nfunc Get(n int) int {\n\tn = n\n\treturn n\n}\n"},
			found:  []string{"m.go:9 SA4018"},
			notes:  []string{"1 finding of the analyzers on lines that the change did not write"},
		},
		{
			name:   "a package that is new is all the change's",
			before: map[string]string{"m.go": clean},
			after:  map[string]string{"m.go": clean, "sub/m.go": self},
			found:  []string{"sub/m.go:4 SA4018"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := changeOf(tree(tt.before), tree(tt.after))
			for now, was := range tt.renamed {
				f := c.File(now)
				f.Status, f.OldPath = deepreview.FileRenamed, was
				c.Files = []*deepreview.File{f}
			}
			rev := reviewOf(t, c)
			assert.Equal(t, tt.found, found(rev))
			assert.Equal(t, tt.notes, notes(rev))
		})
	}
}

func TestWithoutTheMergeBaseOnlyTheLinesOfTheChangeCount(t *testing.T) {
	c := changeOf(tree(map[string]string{"m.go": self}),
		tree(map[string]string{"m.go": self + "\nfunc Get(n int) int {\n\tn = n\n\treturn n\n}\n"}))
	c.BaseTree = nil
	rev := reviewOf(t, c)
	assert.Equal(t, []string{"m.go:9 SA4018"}, found(rev))
	require.Len(t, rev.Notes, 1)
	assert.Contains(t, rev.Notes[0].Text, "the tree of the merge-base is not known: 1 × SA4018.")
}

func TestAFindingSaysWhatTheAnalyzerSaid(t *testing.T) {
	after := "package m\n\nfunc Set(n int) int {\n\tn = 1\n\treturn n\n}\n\nfunc Loop(n int) int {\n\treturn Loop(n + 1)\n}\n"
	rev := reviewOf(t, changeOf(tree(map[string]string{"m.go": "package m\n\nvar N int\n"}), tree(map[string]string{"m.go": after})))
	require.Equal(t, []string{"m.go:9 SA5007", "m.go:3 SA4009"}, found(rev), "the worst first")

	worse := rev.Findings[0]
	assert.Equal(t, "infinite recursive call", worse.Title)
	assert.Equal(t, deepreview.SeverityImportant, worse.Severity)
	assert.Equal(t, "warning", worse.RawSeverity)
	assert.Equal(t, deepreview.TopicCorrectness, worse.Topic)
	assert.Equal(t, deepreview.CategoryRegression, worse.Category)
	assert.Equal(t, "\treturn Loop(n + 1)", worse.Quote)
	assert.Contains(t, worse.Detail, "https://staticcheck.dev/docs/checks/#SA5007")

	other := rev.Findings[1]
	assert.Equal(t, "argument n is overwritten before first use", other.Title)
	assert.Equal(t, deepreview.SeveritySuggestion, other.Severity)
	assert.Equal(t, []deepreview.Location{
		{Path: "m.go", Start: 3},
		{Path: "m.go", Start: 4, Label: "assignment to n"},
	}, other.Locations)

	assert.Equal(t, deepreview.CoverageFindings, rev.Coverage[0].Status)
	assert.False(t, rev.Coverage[0].Read(), "rules do not read")
}

func TestWhatIsKnownOfAnImportedPackageCounts(t *testing.T) {
	before := map[string]string{
		"sub/go.mod":   "module example.com/m/sub\n\ngo 1.24\n",
		"sub/in/in.go": "package in\n\ntype E struct{}\n\nfunc (*E) Error() string { return \"\" }\n\n// Do never returns nil.\nfunc Do() error {\n\tvar e *E\n\treturn e\n}\n",
		"sub/s.go":     "package s\n",
	}
	after := maps.Clone(before)
	after["sub/s.go"] = "package s\n\nimport \"example.com/m/sub/in\"\n\nfunc Failed() bool { return in.Do() != nil }\n"
	rev := reviewOf(t, changeOf(tree(before), tree(after)))
	require.Equal(t, []string{"sub/s.go:5 SA4023"}, found(rev))
	assert.Contains(t, rev.Findings[0].Locations, deepreview.Location{Path: "sub/in/in.go", Start: 8, Label: "example.com/m/sub/in.Do never returns a nil interface value"})
}

func TestAFixIsCarriedOverAndApplies(t *testing.T) {
	for _, tt := range []struct{ name, text, rule, want string }{
		{
			"part of a line",
			"package m\n\nfunc Len(m map[int]int) (n int) {\n\tfor _ = range m {\n\t\tn++\n\t}\n\treturn n\n}\n", "S1005",
			"package m\n\nfunc Len(m map[int]int) (n int) {\n\tfor range m {\n\t\tn++\n\t}\n\treturn n\n}\n",
		},
		{
			"several lines into one",
			"package m\n\nfunc Join(a, b []int) []int {\n\tfor _, n := range b {\n\t\ta = append(a, n)\n\t}\n\treturn a\n}\n", "S1011",
			"package m\n\nfunc Join(a, b []int) []int {\n\ta = append(a, b...)\n\treturn a\n}\n",
		},
		{
			"a line that goes, by the pass of go vet that says the same",
			self, "SA4018",
			"package m\n\nfunc Set(n int) int {\n\treturn n + 1\n}\n",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rev := reviewOf(t, changeOf(tree(map[string]string{"m.go": "package m\n"}), tree(map[string]string{"m.go": tt.text})))
			require.Len(t, rev.Findings, 1)
			f := rev.Findings[0]
			assert.Equal(t, tt.rule, f.Rule)
			require.NotNil(t, f.Fix)
			assert.Equal(t, tt.want, applied(tt.text, f.Fix.Edits))
		})
	}
}

// applied returns text with edits of its only file.
func applied(text string, edits []deepreview.Edit) string {
	lines := strings.SplitAfter(text, "\n")
	for i := len(edits) - 1; i >= 0; i-- {
		e := edits[i]
		lines = append(append(append([]string{}, lines[:e.Start-1]...), e.New), lines[e.End:]...)
	}
	return strings.Join(lines, "")
}

func TestWhatIsNotAnalyzedIsNamed(t *testing.T) {
	const needed = "package m\n\nimport _ \"example.org/needed\"\n"
	c := changeOf(tree(map[string]string{"gone.go": "package m\n\nvar G int\n"}), tree(map[string]string{
		"ok.go":               clean,
		"gone.go":             "-",
		"ok_plan9.go":         "package m\n",
		"tagged.go":           "//go:build never\n\npackage m\n",
		"mixed/cgo.go":        "package mixed\n\nimport \"C\"\n",
		"mixed/pure.go":       "package mixed\n",
		"cgo/cgo.go":          "package cgo\n\n// int x;\nimport \"C\"\n\nvar X = C.x\n",
		"types/t.go":          "package types\n\nvar X int = \"text\"\n",
		"syntax/s.go":         "package syntax\n\nfunc {\n",
		"two/a.go":            "package a\n",
		"two/b.go":            "package b\n",
		"missing/m.go":        needed,
		"user/u.go":           "package user\n\nimport _ \"example.com/m/types\"\n",
		"testdata/t.go":       "package t\n",
		"_old/o.go":           "package o\n",
		"vendor/x.org/v/v.go": "package v\n",
		"dots.../d.go":        "package d\n",
		"big/b.go":            "package big\n\n//" + strings.Repeat("x", fileBytesMost) + "\n",
		"nested/go.mod":       "module example.com/nested\n\ngo 1.999\n",
		"nested/n.go":         "package n\n",
		"broken/go.mod":       "modul broken\n",
		"broken/b.go":         "package b\n",
		"out/go.mod":          "module example.com/out\n\nreplace example.com/x => ../../x\n",
		"out/o.go":            "package o\n",
		"other/go.mod":        "module example.com/other\n\ngo 1.24\n\nrequire example.com/m v0.0.0\n\nreplace example.com/m => ../\n",
		"other/o.go":          "package other\n\nimport _ \"example.com/m/mixed\"\n",
	}))
	delete(c.Tree.(fstest.MapFS), "vendor/x.org/v/v.go") // a vendor folder would have to be complete
	c.Files = append(c.Files, &deepreview.File{Path: "link.go", Status: deepreview.FileAdded, NewMode: deepreview.ModeSymlink},
		&deepreview.File{Path: "lfs.go", Status: deepreview.FileAdded, LFS: true},
		&deepreview.File{Path: "lost.go", Status: deepreview.FileAdded})
	rev := reviewOf(t, c)
	got := map[string]string{}
	for _, x := range rev.Coverage {
		got[x.Path] = string(x.Status) + ": " + x.Reason
		assert.False(t, x.Read())
		assert.Equal(t, x.Looked(), x.Depth == deepreview.DepthScanned)
	}
	const platform = "unreviewed: its build constraints, or its name, exclude it on "
	for name, want := range map[string]string{
		"ok.go":               "clean: ",
		"gone.go":             "unreviewed: deleted",
		"ok_plan9.go":         platform,
		"tagged.go":           platform,
		"mixed/cgo.go":        "unreviewed: it needs cgo, which is off here",
		"mixed/pure.go":       "clean: ",
		"cgo/cgo.go":          "unreviewed: it needs cgo, which is off here",
		"types/t.go":          "unreviewed: types/t.go:3:13: cannot use \"text\"",
		"syntax/s.go":         "unreviewed: syntax/s.go:3:6: ",
		"two/a.go":            "unreviewed: found packages a (a.go) and b (b.go)",
		"missing/m.go":        "unreviewed: missing/m.go:3:8: no required module provides package example.org/needed",
		"user/u.go":           "unreviewed: it imports example.com/m/types: types/t.go:3:13: cannot use",
		"testdata/t.go":       "unreviewed: the go command passes over testdata",
		"_old/o.go":           "unreviewed: the go command passes over _old",
		"vendor/x.org/v/v.go": "unreviewed: vendored",
		"dots.../d.go":        "unreviewed: the go command takes the name of its folder for a pattern",
		"big/b.go":            "unreviewed: larger than 8 MB",
		"nested/n.go":         "unreviewed: go: go.mod requires go >= 1.999",
		"broken/b.go":         "unreviewed: broken/go.mod:1: unknown directive: modul",
		"out/o.go":            "unreviewed: out/go.mod replaces example.com/x by ../../x, which is outside of the repository",
		"other/o.go":          "clean: ",
		"link.go":             "unreviewed: a symbolic link, which is not followed",
		"lfs.go":              "unreviewed: a pointer to a large file",
		"lost.go":             "unreviewed: it is no regular file of the tree at head",
	} {
		assert.True(t, strings.HasPrefix(got[name], want), "%s: %q does not begin with %q", name, got[name], want)
	}
	for name, text := range got {
		assert.NotContains(t, text, os.TempDir(), "%s shows the temporary folder", name)
	}
	assert.Len(t, got, len(rev.Coverage), "each file once")
}

func TestTheReviewerDeclinesWhatItCannotCompile(t *testing.T) {
	goFile := []*deepreview.File{{Path: "m.go", Status: deepreview.FileModified}}
	for _, tt := range []struct {
		name string
		c    *deepreview.Change
		want string
	}{
		{"no Go file", changeOf(tree(nil), tree(map[string]string{"README.md": "x\n"})), "no Go file is changed"},
		{"no tree", &deepreview.Change{Files: goFile}, "compiling needs the source tree"},
		{"no module", &deepreview.Change{Files: goFile, Tree: fstest.MapFS{"m.go": {Data: []byte(clean)}}}, "there is no go.mod"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := new(Reviewer).Review(t.Context(), tt.c)
			require.ErrorIs(t, err, deepreview.ErrSkip)
			assert.ErrorContains(t, err, tt.want)
		})
	}
}

func TestAChangeOfWhichNothingLoadsIsAnErrorWithItsCoverage(t *testing.T) {
	c := changeOf(tree(nil), tree(map[string]string{"m.go": "package m\n\nvar X int = \"\"\n"}))
	rev, err := (&Reviewer{Cache: sharedCache}).Review(t.Context(), c)
	require.ErrorContains(t, err, "no package of the change could be analyzed: m.go:3:13: cannot use")
	require.Len(t, rev.Coverage, 1)
	assert.Equal(t, deepreview.CoverageUnreviewed, rev.Coverage[0].Status)
}

func TestTestsGeneratedCodeAndEmbeddedFilesAreLoaded(t *testing.T) {
	after := map[string]string{
		"m.go":       "package m\n\nimport _ \"embed\"\n\n//go:embed data/*.txt\nvar Text string\n\nfunc half(n int) int {\n\tn = n\n\treturn n / 2\n}\n",
		"m_test.go":  "package m\n\nimport \"testing\"\n\nfunc TestX(t *testing.T) {\n\tgo func() { t.Fatal(half(4)) }()\n}\n",
		"x_test.go":  "package m_test\n\nimport \"example.com/m\"\n\nfunc init() {\n\tm.Text = m.Text\n}\n",
		"gen.go":     "// Code generated by x. DO NOT EDIT.\n\npackage m\n\nfunc Big(n int) bool {\n\tif n > 9 {\n\t\treturn true\n\t}\n\treturn false\n}\n",
		"data/a.txt": "text",
	}
	rev := reviewOf(t, changeOf(tree(nil), tree(after)))
	assert.Equal(t, []string{"m_test.go:6 SA2002", "m.go:9 SA4018", "x_test.go:6 SA4018"}, found(rev), "a style check passes over generated code, and half is used")
	for _, x := range rev.Coverage {
		assert.True(t, x.Looked(), "%s: %s", x.Path, x.Reason)
	}
}

func TestVendoredModulesAreUsed(t *testing.T) {
	files := map[string]string{
		"go.mod":                        "module example.com/m\n\ngo 1.24\n\nrequire example.org/dep v1.0.0\n",
		"vendor/modules.txt":            "# example.org/dep v1.0.0\n## explicit; go 1.20\nexample.org/dep/p\n",
		"vendor/example.org/dep/p/p.go": "package p\n\nvar X = 1\n",
		"m.go":                          "package m\n\nimport \"example.org/dep/p\"\n\nfunc F() {\n\tp.X = p.X\n}\n",
	}
	before := map[string]string{"m.go": clean}
	rev := reviewOf(t, changeOf(tree(before), tree(files)))
	assert.Equal(t, []string{"m.go:6 SA4018"}, found(rev))
}

func TestAnInterruptEndsTheReviewAndLeavesNothingBehind(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	t.Setenv("TMP", temp)
	c := changeOf(tree(nil), tree(map[string]string{"m.go": "package m\n\nimport _ \"net/http\"\n"}))
	for _, after := range []time.Duration{0, 50 * time.Millisecond, 300 * time.Millisecond, time.Second} {
		ctx, cancel := context.WithTimeout(t.Context(), after)
		rev, err := new(Reviewer).Review(ctx, c)
		cancel()
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Len(t, rev.Coverage, 1)
		assert.Equal(t, "the analysis was stopped before this file", rev.Coverage[0].Reason)
		left, err := os.ReadDir(temp)
		require.NoError(t, err)
		assert.Empty(t, left, "after %v", after)
	}
}

func TestTheReviewerIsSafeForConcurrentUse(t *testing.T) {
	c := changeOf(tree(map[string]string{"m.go": clean}), tree(map[string]string{"m.go": self}))
	r := &Reviewer{Cache: t.TempDir()}
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			rev, err := r.Review(t.Context(), c)
			assert.NoError(t, err)
			assert.Equal(t, []string{"m.go:4 SA4018"}, found(rev))
		})
	}
	all.Wait()
}

func TestProgressIsReported(t *testing.T) {
	var told []string
	c := changeOf(tree(map[string]string{"m.go": clean}), tree(map[string]string{"m.go": self + "\n// told\n"}))
	reviews, err := deepreview.Run(t.Context(), c, []deepreview.Reviewer{&Reviewer{Cache: t.TempDir()}}, &deepreview.Options{
		Progress: func(e deepreview.Event) {
			if e.Kind == deepreview.EventProgress {
				told = append(told, e.Text)
			}
		},
	})
	require.NoError(t, err)
	require.Nil(t, reviews[0].Failure)
	assert.Empty(t, reviews[0].Repairs)
	assert.Equal(t, []string{
		"copying the packages of the change", "analyzing 1 package", "comparing with the merge-base", "analyzing 1 package",
	}, told)
}

func TestTheSameReviewComesTwiceAndFromTheCacheToo(t *testing.T) {
	c := changeOf(tree(map[string]string{"m.go": clean}), tree(map[string]string{"m.go": self, "n.go": strings.Replace(self, "Set", "Get", 1)}))
	dump := func(r *Reviewer) string {
		rev, err := r.Review(t.Context(), c)
		require.NoError(t, err)
		data, err := json.Marshal(rev)
		require.NoError(t, err)
		return string(data)
	}
	cached := &Reviewer{Cache: t.TempDir()}
	one := dump(cached)
	assert.Equal(t, one, dump(cached))
	assert.Equal(t, one, dump(new(Reviewer)))
	assert.Contains(t, one, "SA4018")
}

func TestTheTreesAreOnlyRead(t *testing.T) {
	// A tree that panics when a file outside of what is needed is opened.
	c := changeOf(tree(map[string]string{"m.go": clean}), tree(map[string]string{"m.go": self, "docs/secret.txt": "x", "other/o.go": "package o\n"}))
	c.Files = []*deepreview.File{c.File("m.go")}
	c.Tree = guarded{c.Tree, func(name string) { assert.NotContains(t, []string{"docs/secret.txt", "other/o.go"}, name) }}
	assert.Equal(t, []string{"m.go:4 SA4018"}, found(reviewOf(t, c)))
}

type guarded struct {
	fs.FS
	opened func(string)
}

func (g guarded) Open(name string) (fs.File, error) {
	g.opened(name)
	return g.FS.Open(name)
}
