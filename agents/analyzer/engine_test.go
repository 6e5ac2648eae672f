package analyzer

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"

	"github.com/deepreview-go/deepreview"
)

// engineFor copies a tree of one package and returns what is needed to analyze it with some rules.
func engineFor(t *testing.T, cache string, rules []Rule, files map[string]string) (*engine, *treeCopy) {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, writeDefaults(dir))
	dir, err := filepath.EvalSymlinks(dir)
	require.NoError(t, err)
	tc, err := newCopy(tree(files), filepath.Join(dir, tempPattern+"0", "head"), func(string) map[int]bool { return nil })
	require.NoError(t, err)
	t.Cleanup(func() { _ = tc.close() })
	require.NoError(t, tc.add(t.Context(), []string{"."}))
	e := &engine{rules: rules}
	e.toolchain, err = findToolchain(t.Context(), t.TempDir())
	require.NoError(t, err)
	e.store, err = openStore(cache)
	require.NoError(t, err)
	return e, tc
}

func TestAnAnalyzerThatFailsIsLeftOutAndNamed(t *testing.T) {
	for name, run := range map[string]func(*analysis.Pass) (any, error){
		"with a panic":  func(*analysis.Pass) (any, error) { panic("broken") },
		"with an error": func(*analysis.Pass) (any, error) { return nil, errors.New("broken") },
	} {
		t.Run(name, func(t *testing.T) {
			bad := &analysis.Analyzer{Name: "bad", Doc: "bad", Requires: []*analysis.Analyzer{inspect.Analyzer}, Run: run}
			top := &analysis.Analyzer{Name: "top", Doc: "top", Requires: []*analysis.Analyzer{bad}, Run: func(*analysis.Pass) (any, error) { return nil, nil }}
			rules := append(Rules(), Rule{ID: "vet/bad", analyzer: bad}, Rule{ID: "vet/top", analyzer: top})
			e, tc := engineFor(t, t.TempDir(), rules, map[string]string{"m.go": self})
			s, err := e.side(t.Context(), tc, []string{"."})
			require.NoError(t, err)
			assert.Equal(t, []string{"m.go"}, s.Analyzed)
			require.Contains(t, s.Crashed, "bad")
			assert.Contains(t, s.Crashed["bad"], "on example.com/m: ")
			assert.Contains(t, s.Crashed["bad"], "broken")
			require.NotEmpty(t, s.Diagnostics)
			w := &work{at: s}
			assert.Contains(t, w.without(), "without the analyzers that failed: bad on example.com/m")
			entries, err := os.ReadDir(e.store.results)
			require.NoError(t, err)
			assert.Empty(t, entries, "it is not stored")

			// The next time it works: what it finds then is not missed.
			bad.Run = func(p *analysis.Pass) (any, error) { p.Reportf(p.Files[0].Package, "all is well"); return nil, nil }
			s, err = e.side(t.Context(), tc, []string{"."})
			require.NoError(t, err)
			assert.Empty(t, s.Crashed)
			assert.True(t, slices.ContainsFunc(s.Diagnostics, func(d diagnostic) bool { return d.Rule == "vet/bad" }))
		})
	}
}

func TestAnAnalysisThatWasStoppedLeavesNoFalseResult(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	stop := &analysis.Analyzer{Name: "stop", Doc: "stop", Run: func(*analysis.Pass) (any, error) { cancel(); return nil, nil }}
	e, tc := engineFor(t, dir, append(Rules(), Rule{ID: "vet/stop", analyzer: stop}), map[string]string{"m.go": self})
	_, err := e.side(ctx, tc, []string{"."})
	require.ErrorIs(t, err, context.Canceled)

	quiet := &analysis.Analyzer{Name: "stop", Doc: "stop", Run: func(*analysis.Pass) (any, error) { return nil, nil }}
	e.rules = append(Rules(), Rule{ID: "vet/stop", analyzer: quiet})
	s, err := e.side(t.Context(), tc, []string{"."})
	require.NoError(t, err)
	assert.NotEmpty(t, s.Diagnostics)
}

func TestADamagedCacheIsWrittenAnew(t *testing.T) {
	dir := t.TempDir()
	r := &Reviewer{Cache: dir}
	c := changeOf(tree(map[string]string{"m.go": clean}), tree(map[string]string{"m.go": self}))
	review := func() {
		t.Helper()
		rev, err := r.Review(t.Context(), c)
		require.NoError(t, err)
		require.Equal(t, []string{"m.go:4 SA4018"}, found(rev))
		require.Equal(t, "self-assignment of n to n", rev.Findings[0].Title)
	}
	review()
	files := func() map[string][]byte {
		all := map[string][]byte{}
		require.NoError(t, filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() && d.Name() != "trim.txt" {
				all[name], err = os.ReadFile(name)
			}
			return err
		}))
		return all
	}
	whole := files()
	require.Greater(t, len(whole), 4)
	for what, damage := range map[string]func([]byte) []byte{
		"cut":     func(b []byte) []byte { return b[:len(b)/2] },
		"emptied": func([]byte) []byte { return nil },
		"changed": func(b []byte) []byte {
			b = bytes.Clone(b)
			b[len(b)/2] ^= 1
			return b
		},
		"reworded":  func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("self-"), []byte("some-")) },
		"another's": func([]byte) []byte { return []byte(`{"key":"","digest":"","result":{}}`) },
	} {
		for name, data := range whole {
			require.NoError(t, os.WriteFile(name, damage(data), 0o600))
		}
		review()
		for name, data := range files() {
			if strings.HasSuffix(name, ".json") {
				assert.Equal(t, string(whole[name]), string(data), "%s, %s", what, filepath.Base(name))
			}
		}
	}
}

func TestTheCacheAnswersForTheSameCodeOnly(t *testing.T) {
	r := &Reviewer{Cache: t.TempDir()}
	var told []string
	run := func(after string) []string {
		told = nil
		c := changeOf(tree(map[string]string{"m.go": clean}), tree(map[string]string{"m.go": after}))
		reviews, err := deepreview.Run(t.Context(), c, []deepreview.Reviewer{r}, &deepreview.Options{Progress: func(e deepreview.Event) {
			if strings.HasPrefix(e.Text, "analyzing") {
				told = append(told, e.Text)
			}
		}})
		require.NoError(t, err)
		return found(reviews[0])
	}
	assert.Equal(t, []string{"m.go:4 SA4018"}, run(self))
	assert.Len(t, told, 2, "head and merge-base")
	assert.Equal(t, []string{"m.go:4 SA4018"}, run(self))
	assert.Empty(t, told)
	assert.Equal(t, []string{"m.go:5 SA4018"}, run(strings.Replace(self, "func", "\nfunc", 1)))
	assert.Len(t, told, 1, "the merge-base is known")
}

func TestACacheThatCannotBeWrittenIsAnError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	c := changeOf(tree(nil), tree(map[string]string{"m.go": clean}))
	_, err := (&Reviewer{Cache: file}).Review(t.Context(), c)
	require.ErrorContains(t, err, "cache folder "+file)
}

func TestResultsThatNobodyAsksForAreRemoved(t *testing.T) {
	s, err := openStore(t.TempDir())
	require.NoError(t, err)
	require.NoError(t, s.save("old", newSide()))
	before := time.Now().Add(-entryAge - time.Hour)
	require.NoError(t, os.Chtimes(filepath.Join(s.results, "old.json"), before, before))
	other := filepath.Join(s.dir, "facts-other")
	require.NoError(t, os.Mkdir(other, 0o700))
	require.NoError(t, os.Chtimes(other, before, before))
	require.NoError(t, s.save("new", newSide()))
	assert.NoDirExists(t, other)
	assert.DirExists(t, s.facts)
	_, ok := s.load("old")
	assert.False(t, ok)
	_, ok = s.load("new")
	assert.True(t, ok)
}

func TestChecksAreChosenAsStaticcheckDoes(t *testing.T) {
	for _, tt := range []struct {
		checks string
		on     string
		off    string
	}{
		{"all", "SA4018 ST1000 U1000 vet/printf", ""},
		{"all -ST1000", "ST1005 SA4018", "ST1000"},
		{"S*", "S1000 vet/printf", "SA4018 ST1000"},
		{"SA1*", "SA1000 SA1019", "SA4018 S1000"},
		{"sa4018", "SA4018", "SA4006"},
		{"all -SA4* SA4018", "SA4018 SA1000", "SA4006"},
		{"", "vet/printf", "SA4018"},
	} {
		for _, id := range strings.Fields(tt.on) {
			assert.True(t, chosen(strings.Fields(tt.checks), id), "%q: %s", tt.checks, id)
		}
		for _, id := range strings.Fields(tt.off) {
			assert.False(t, chosen(strings.Fields(tt.checks), id), "%q: %s", tt.checks, id)
		}
	}
	assert.False(t, chosen(defaultChecks(), "ST1000"))
	assert.True(t, chosen(defaultChecks(), "ST1005"))
}

func TestEveryRuleIsRatedAndExplained(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Rules() {
		assert.False(t, seen[r.ID], "%s twice", r.ID)
		seen[r.ID] = true
		assert.Contains(t, []deepreview.Severity{deepreview.SeveritySuggestion, deepreview.SeverityImportant}, r.Severity, r.ID)
		assert.NotEmpty(t, r.Topic, r.ID)
		assert.NotEmpty(t, r.Why, r.ID)
		assert.NotEmpty(t, r.URL, r.ID)
		if r.twin != "" {
			assert.NotNil(t, ruleOf(r.twin).analyzer, "%s has no twin %s", r.ID, r.twin)
		}
		assert.False(t, strings.HasPrefix(r.ID, "QF"), "quickfix is for editors")
	}
	assert.Equal(t, deepreview.SeverityImportant, ruleOf("SA2002").Severity)
	assert.Equal(t, deepreview.SeveritySuggestion, ruleOf("SA1019").Severity)
	assert.Equal(t, "deprecated", ruleOf("SA1019").RawSeverity)
	assert.Equal(t, deepreview.SeverityImportant, ruleOf("vet/printf").Severity)
	assert.Equal(t, deepreview.TopicStyle, ruleOf("S1000").Topic)
}

func FuzzPlain(f *testing.F) {
	f.Add([]byte("package m\n//line x.go:1\nvar a = `\n//line y`//lint:ignore SA1 x\n"))
	f.Add([]byte("/*line x:1:2*/ //lint:file-ignore * y\r\n//lint:ignore\x00"))
	f.Add([]byte("//line \xff\"//line '"))
	f.Fuzz(func(t *testing.T, src []byte) {
		got := plain(src, map[int]bool{1: true, 2: true, 3: true})
		require.Len(t, got, len(src))
		for i := range src {
			if got[i] != src[i] {
				assert.Equal(t, byte('l'), src[i])
				assert.Equal(t, byte('L'), got[i])
			}
		}
		assert.Equal(t, got, plain(got, map[int]bool{1: true, 2: true, 3: true}), "once is enough")
	})
}

func TestDirectivesInStringsAreLeftAlone(t *testing.T) {
	src := "package m\n\nvar S = `\n//line x.go:1\n` //line y.go:1\n"
	assert.Equal(t, "package m\n\nvar S = `\n//line x.go:1\n` //Line y.go:1\n", string(plain([]byte(src), nil)))
}

func FuzzModule(f *testing.F) {
	f.Add("module m\n\nreplace a => ../../x\n")
	f.Add("module m\n\nreplace (\n\ta => ./a\n\tb v1 => /abs\n)\n")
	f.Add("module \"\n")
	f.Fuzz(func(t *testing.T, text string) {
		tc := &treeCopy{source: tree(map[string]string{"sub/go.mod": text}), entries: map[string]map[string]os.DirEntry{}}
		for _, dir := range tc.readModule("sub").replaced {
			assert.True(t, filepath.IsLocal(dir), "%q", dir)
		}
	})
}
