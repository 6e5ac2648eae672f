package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
)

func TestTheUsersFileSetsWhatTheCommandLineDoesNot(t *testing.T) {
	s := newRepository(t)
	s.roster = []candidate{reader("ada", deepreview.SeverityImportant), reader("bob", deepreview.SeveritySuggestion)}
	s.configDir = t.TempDir()
	s.write(filepath.Join(s.configDir, "deepreview", "config.yaml"), "# mine\nreviewer: [ada]\nfail-on: never\nout: json=r.json\n")
	require.Equal(t, exitFine, s.run(), s.err.String())
	require.Len(t, s.report("r.json").Reviews, 1)

	require.Equal(t, exitFindings, s.run("--fail-on", "important"), s.err.String())
	require.Equal(t, exitFine, s.run("--reviewer", "bob", "--fail-on", "important"))
	assert.Equal(t, "bob", s.report("r.json").Reviews[0].Reviewer, "the command line counts first")

	s.write("other.yaml", "reviewer: bob\nout: json=o.json\n")
	require.Equal(t, exitFine, s.run("--config", "other.yaml"), s.err.String())
	assert.Equal(t, "bob", s.report("o.json").Reviews[0].Reviewer)
}

func TestARepositorysFileComesFromBeforeTheChangeAndSetsLittle(t *testing.T) {
	s := newRepository(t)
	s.roster = []candidate{reader("ada", deepreview.SeverityImportant)}
	s.write(".deepreview.yaml", "exclude: ['docs/']\nfail-on: critical\ninstructions: Mind the locks.\n")
	s.commit("Configure")
	s.write("docs/a.md", "x\n")
	s.write("b.go", "package b\n")
	s.write(".deepreview.yaml", "exclude: ['**']\nfail-on: never\n")
	s.commit("Change")
	require.Equal(t, exitFine, s.run("--out", "json=r.json", "HEAD"), "critical alone fails")
	r := s.report("r.json")
	assert.Equal(t, []string{"docs/a.md"}, r.Change.Excluded, "what the change itself says of it counts for nothing")
	assert.Len(t, r.Files, 2)
}

func TestWhatARepositoryMayNotSetIsRefusedLineByLine(t *testing.T) {
	for text, want := range map[string][]string{
		"reviewer: claude\n":                        {".deepreview.yaml:1: reviewer is nothing a repository may set"},
		"base-url: claude=http://127.0.0.1:1\n":     {".deepreview.yaml:1: base-url is nothing a repository may set"},
		"out: html=/tmp/x\nmodel: [claude=other]\n": {":1: out is nothing", ":2: model is nothing"},
		"budget: -5\n":                              {":1: budget is nothing"},
		"# a comment\n\nexlude: x\n":                {`:3: there is no flag "exlude"; did you mean exclude?`},
		"fail-on: sometimes\n":                      {":1: fail-on \"sometimes\": choose from"},
		"exclude: {a: b}\n":                         {":1: exclude takes a value or a list of values"},
		"exclude: a\nexclude: b\n":                  {":2: exclude stands there twice"},
		"- a\n":                                     {":1: a configuration is a list of flag: value"},
		"a: [\n":                                    {"yaml: line"},
		"exclude: &a [*a]\n":                        {"exclude takes a value or a list of values"},
	} {
		t.Run(text, func(t *testing.T) {
			s := newRepository(t)
			s.roster = []candidate{reader("ada", deepreview.SeverityUnset)}
			s.write(".deepreview.yaml", text)
			s.commit("Configure")
			s.write("b.go", "package b\n")
			s.commit("Change")
			assert.Equal(t, exitUsage, s.run("HEAD"), s.err.String())
			for _, w := range want {
				assert.Contains(t, s.err.String(), w)
			}
		})
	}
}

func TestAUsersFileMayNotSetWhatIsOfASingleRun(t *testing.T) {
	s := newRepository(t)
	s.write("c.yaml", "staged: true\nbudget: lots\nquite: true\n")
	require.Equal(t, exitUsage, s.run("--config", "c.yaml"))
	assert.Contains(t, s.err.String(), "c.yaml:1: staged is no matter of a configuration file")
	assert.Contains(t, s.err.String(), "c.yaml:2: budget \"lots\": it is dollars")
	assert.Contains(t, s.err.String(), "c.yaml:3: there is no flag \"quite\"; did you mean quiet?")
	assert.Equal(t, exitFailed, s.run("--config", "nowhere.yaml"))
}

func FuzzConfigure(f *testing.F) {
	for _, seed := range []string{"exclude: [a]\n", "a: &b [*b]\n", "? {}\n: x\n", "exclude: !!binary eA==\n", "budget: $3\nprice: claude=1/1/1\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s := new(settings)
		newParser(s)
		if s.configure("c.yaml", text, repositoryMay, "no") == nil {
			assert.Empty(t, s.reviewers)
			assert.Empty(t, s.out)
			assert.Empty(t, s.models.bases)
		}
	})
}
