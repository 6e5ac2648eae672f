package patterns

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
)

func dump(rev *deepreview.Review) string {
	data, err := json.Marshal(rev)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

func TestEveryChangedFileIsCoveredOnce(t *testing.T) {
	c := files(
		edit("clean.go", "+x"),
		edit("found.test.js", "+it.only('a', f)"),
		binary("p.png", deepreview.FileAdded),
		binary("p.dll", deepreview.FileAdded),
		&deepreview.File{Path: "bad", Status: deepreview.FileModified, Unreadable: "name is not valid UTF-8"},
		mode(deepreview.ModeSubmodule, deepreview.ModeSubmodule, edit("sub", "-Subproject commit a\n+Subproject commit b")),
		&deepreview.File{Path: "large", Status: deepreview.FileModified, LFS: true},
		edit("long.go", "+"+strings.Repeat("x", lineMost+1)),
	)
	rev, err := new(Reviewer).Review(t.Context(), c)
	require.NoError(t, err)
	var got []string
	for _, x := range rev.Coverage {
		got = append(got, fmt.Sprintf("%s: %s, %s, %s", x.Path, x.Status, x.Depth, x.Reason))
		assert.False(t, x.Read(), "rules do not read")
	}
	assert.Equal(t, []string{
		"clean.go: clean, scanned, ",
		"found.test.js: findings, scanned, ",
		"p.png: unreviewed, unset, binary: it has no text for rules to run over",
		"p.dll: findings, scanned, binary: it has no text for rules to run over",
		"bad: unreviewed, unset, name is not valid UTF-8",
		"sub: unreviewed, unset, a submodule: its content is in another repository",
		"large: unreviewed, unset, a pointer to a large file: its content is kept elsewhere",
		"long.go: unreviewed, unset, 1 lines are longer than 65536 bytes and were scanned no further",
	}, got)
}

func TestIDsStayWhileLinesMove(t *testing.T) {
	at := func(body string) []string {
		rev, err := new(Reviewer).Review(t.Context(), files(edit("a.test.js", body)))
		require.NoError(t, err)
		var ids []string
		for _, f := range rev.Findings {
			ids = append(ids, f.ID)
		}
		return ids
	}
	assert.Equal(t, at("+it.only('a', f)"), at("+x\n+y\n+it.only('a', f)"))
	assert.NotEqual(t, at("+it.only('a', f)"), at("+it.only('b', f)"))
}

func TestTheSameReviewComesTwice(t *testing.T) {
	c := files(edit("a.test.js", "+it.only('a', f)\n+xit('b', f)"), edit("src/b.js", "+debugger;"), binary("p.dll", deepreview.FileAdded))
	one, err := new(Reviewer).Review(t.Context(), c)
	require.NoError(t, err)
	two, err := new(Reviewer).Review(t.Context(), c)
	require.NoError(t, err)
	assert.Equal(t, dump(one), dump(two))
}

func TestARuleLeftOutIsSilent(t *testing.T) {
	c := files(edit("a.test.js", "+it.only('a', f)"))
	rev, err := (&Reviewer{Skip: []string{"focused-test"}}).Review(t.Context(), c)
	require.NoError(t, err)
	assert.Empty(t, rev.Findings)
	_, err = (&Reviewer{Skip: []string{"focussed"}}).Review(t.Context(), c)
	assert.ErrorContains(t, err, "no rule is called focussed")
}

func TestOnlyTheRulesThatAreNamedRun(t *testing.T) {
	c := files(edit("a.test.js", "+it.only('a', f)\n+xit('b', f)"), edit("src/b.js", "+debugger;"))
	run := func(r *Reviewer) (rules []string) {
		rev, err := r.Review(t.Context(), c)
		require.NoError(t, err)
		for _, f := range rev.Findings {
			rules = append(rules, f.Rule)
		}
		return rules
	}
	assert.Equal(t, []string{"focused-test", "skipped-test", "debug-leftover"}, run(&Reviewer{}))
	assert.Equal(t, []string{"focused-test", "debug-leftover"}, run(&Reviewer{Only: []string{"debug-leftover", "focused-test"}}))
	assert.Equal(t, []string{"debug-leftover"}, run(&Reviewer{Only: []string{"debug-leftover", "focused-test"}, Skip: []string{"focused-test"}}))
	_, err := (&Reviewer{Only: []string{"debug"}}).Review(t.Context(), c)
	assert.ErrorContains(t, err, "no rule is called debug")
}

func TestProgressTellsOfFilesAndRules(t *testing.T) {
	var said []string
	_, err := deepreview.Run(t.Context(), files(edit("a.go", "+x")), []deepreview.Reviewer{new(Reviewer)}, &deepreview.Options{
		Progress: func(e deepreview.Event) { said = append(said, e.Text) },
	})
	require.NoError(t, err)
	assert.Contains(t, said, "rules over file 1 of 1")
	assert.Contains(t, said, "rule deleted-test over the whole change")
}

func TestASecretIsMaskedWhereALineIsCutAndWhereItHasManyLines(t *testing.T) {
	token := spell("gh", "p_", "a1B2c3D4e5F6g7H8i9", "J0k1L2m3N4o5P6q7R8")
	body := spell("MIIEabcDEF0123xyz", "QWERTZuiop4567890lkj")
	key := spell("-----BEGIN RSA PRIVATE", " KEY-----\n+# DO NOT ", "MERGE "+body+"\n+"+body+body+"\n+-----END RSA PRIVATE", " KEY-----")
	// The token begins before the place where excerpts and titles are cut, and ends behind it.
	line := "+\tif false && check(ctx, argument, " + strings.Repeat("x", 28) + ", \"" + token + "\") {"
	rev, err := new(Reviewer).Review(t.Context(), files(edit("a.go", line), edit("deploy.yml", "+"+key),
		edit(".github/workflows/x.yml", "+  run: echo ${{ github.head_ref }} aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa "+token)))
	require.NoError(t, err)
	var rules []string
	for _, f := range rev.Findings {
		rules = append(rules, f.Rule)
	}
	assert.Subset(t, rules, []string{"secret", "constant-condition", "workflow-risk", "do-not-merge"})
	said := dump(rev)
	for i := 4; i+6 <= len(token); i++ {
		assert.NotContains(t, said, token[i:i+6])
	}
	assert.NotContains(t, said, body[:8])
}

func TestManyHitsAreBoundedAndCounted(t *testing.T) {
	c := files(edit("a.test.js", strings.Repeat("+it.only('a', f)\n", 50)))
	rev, err := new(Reviewer).Review(t.Context(), c)
	require.NoError(t, err)
	require.Len(t, rev.Findings, 1)
	assert.Len(t, rev.Findings[0].Locations, placesMost)
	assert.Contains(t, rev.Findings[0].Detail, "And 20 more places.")

	c = files()
	for i := range findingsMost + 60 {
		c.Files = append(c.Files, binary(fmt.Sprintf("k%03d.p12", i), deepreview.FileAdded))
	}
	rev, err = new(Reviewer).Review(t.Context(), c)
	require.NoError(t, err)
	require.Len(t, rev.Findings, findingsMost+1)
	rest := rev.Findings[findingsMost]
	assert.Equal(t, "60 more of the rule secret-file", rest.Title)
	assert.Len(t, rest.Locations, 60)
}

func TestTheSameSaidOfManyFilesIsOneFinding(t *testing.T) {
	change := func(n int) *deepreview.Change {
		c := files()
		for i := range n {
			c.Files = append(c.Files, edit(fmt.Sprintf("f%03d.test.js", i), strings.Repeat("+it.only('a', f)\n", 2)))
		}
		return c
	}
	rev, err := new(Reviewer).Review(t.Context(), change(filesMost))
	require.NoError(t, err)
	assert.Len(t, rev.Findings, filesMost)
	rev, err = new(Reviewer).Review(t.Context(), change(20))
	require.NoError(t, err)
	require.Len(t, rev.Findings, 1)
	assert.Len(t, rev.Findings[0].Locations, 21)
	assert.Contains(t, rev.Findings[0].Detail, "The same holds of 19 other files.\n\nAnd 19 more places.")
	for _, cov := range rev.Coverage {
		assert.Equal(t, deepreview.CoverageFindings, cov.Status, cov.Path)
	}
}

func TestAnEndedContextLeavesFilesUnreviewed(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	rev, err := new(Reviewer).Review(ctx, files(edit("a.test.js", "+it.only('a', f)")))
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, rev.Coverage, 1)
	assert.Equal(t, deepreview.Coverage{Path: "a.test.js", Status: deepreview.CoverageUnreviewed, Reason: "the rules were stopped before this file"}, rev.Coverage[0])
	assert.Empty(t, rev.Findings)
}

func TestOneLineOfManyMegabytesIsBounded(t *testing.T) {
	c := files(edit("a.js", "+"+strings.Repeat("console.log(\"password = '", 4<<20/25)), edit("b.py", "+x"))
	c.Files[1].Hunks[0].Body = strings.Repeat("+x = 1\n", fileLinesMost+10)
	rev, err := new(Reviewer).Review(t.Context(), c)
	require.NoError(t, err)
	cov, ok := rev.CoverageOf("b.py")
	require.True(t, ok)
	assert.Equal(t, deepreview.CoverageUnreviewed, cov.Status)
	assert.Contains(t, cov.Reason, "only the first")
	for _, f := range rev.Findings {
		assert.Less(t, len(f.Quote)+len(f.Title)+len(f.Detail), 4096)
	}
}

func TestCodeIsToldFromStringsAndComments(t *testing.T) {
	for _, tc := range []struct {
		name string
		lang language
		text []string
		code []string
	}{
		{"Go", langGo, []string{`x := "a // b" // c`, "y := `raw", `still raw`, "end` + z /* d", `e */ f()`, `r := '"' + g("h")`}, []string{`x := "      "`, "y := `", ``, "   ` + z", `     f()`, `r := '"' + g(" ")`}},
		{"Python", langPython, []string{`x = """doc`, `print("in doc")`, `""" # c`, `y = 'it\'s'`}, []string{`x = """`, ``, `"""`, `y = '     '`}},
		{"a lifetime in Rust", langRust, []string{`fn f<'a>(x: &'a str) -> char { 'b' }`}, []string{`fn f<'a>(x: &'a str) -> char { 'b' }`}},
		{"an escaped backquote in JavaScript", langJavaScript, []string{"x = `a \\` b` + c"}, []string{"x = `      ` + c"}},
		{"a colour in CSS-like text is no comment", langYAML, []string{"x: a#b # c"}, []string{"x: a#b"}},
		{"an unknown language", langOther, []string{`"a" // b`}, []string{`"a" // b`}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			x := lexer{syntax: syntaxOf(tc.lang)}
			for i, text := range tc.text {
				code, _ := x.next(text)
				assert.Equal(t, tc.code[i], strings.TrimRight(code, " "), "line %d", i+1)
			}
		})
	}
}
