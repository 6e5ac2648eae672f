package sarif_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents/sarif"
)

// The reports in testdata were written by gosec, staticcheck, golangci-lint 2 and eslint 10 about the small files beside them.
func TestWhatToolsWroteBecomesFindings(t *testing.T) {
	till := map[string]string{"till.go": fixture(t, "till/till.go.txt")}
	shop := map[string]string{"web/cart.js": fixture(t, "shop/cart.js.txt"), "web/price.js": "export function price(i) { return i.price; }\n",
		"web/broken.js": "export const x = ;\n"}
	for name, test := range map[string]struct {
		report  string
		files   map[string]string
		label   string
		want    []string
		covered []string
		err     string
	}{
		"gosec": {"till/gosec.sarif", till, "gosec dev", []string{
			"till.go:12 important G401: Use of weak cryptographic primitive",
			"till.go:20 important G304: Potential file inclusion via variable",
			"till.go:4 important G501: Blocklisted import crypto/md5: weak cryptographic primitive",
			"till.go:26 important G104: Errors unhandled",
			"till.go:25 important G104: Errors unhandled",
		}, []string{"till.go findings scanned"}, ""},
		"staticcheck": {"till/staticcheck.sarif", till, "Staticcheck 2026.2.2", []string{
			"till.go:1 important ST1000: at least one file in a package should have a package comment",
			"till.go:19 important SA4006: this value of parts is never used",
			"till.go:20 important SA4006: this value of err is never used",
			"till.go:22 important S1002: should omit comparison to bool constant, can be simplified to len(text) == 0",
		}, []string{"till.go findings scanned"}, ""},
		"golangci-lint in JSON": {"till/golangci-v2.json", till, "golangci-lint", []string{
			"till.go:25 unset errcheck: Error return value of `f.WriteString` is not checked",
			"till.go:26 unset errcheck: Error return value of `f.Close` is not checked",
			"till.go:4 important G501: Blocklisted import crypto/md5: weak cryptographic primitive",
			"till.go:12 important G401: Use of weak cryptographic primitive",
			"till.go:20 important G304: Potential file inclusion via variable",
			"till.go:19 unset ineffassign: ineffectual assignment to parts",
			"till.go:13 unset perfsprint: hex-format: fmt.Sprintf can be replaced with faster hex.EncodeToString",
			"till.go:1 important revive/package-comments: should have a package comment",
			"till.go:22 unset S1002: should omit comparison to bool constant, can be simplified to len(text) == 0",
		}, []string{"till.go findings scanned"}, ""},
		"golangci-lint in SARIF": {"till/golangci.sarif", till, "golangci-lint", []string{
			"till.go:25 important errcheck: Error return value of `f.WriteString` is not checked",
			"till.go:26 important errcheck: Error return value of `f.Close` is not checked",
			"till.go:4 important gosec: G501: Blocklisted import crypto/md5: weak cryptographic primitive",
			"till.go:12 important gosec: G401: Use of weak cryptographic primitive",
			"till.go:20 important gosec: G304: Potential file inclusion via variable",
			"till.go:19 important ineffassign: ineffectual assignment to parts",
			"till.go:13 important perfsprint: hex-format: fmt.Sprintf can be replaced with faster hex.EncodeToString",
			"till.go:1 important revive: package-comments: should have a package comment",
			"till.go:22 important staticcheck: S1002: should omit comparison to bool constant, can be simplified to len(text) == 0",
		}, []string{"till.go findings scanned"}, ""},
		"eslint in JSON": {"shop/eslint.json", shop, "ESLint", []string{
			"web/broken.js:1 important : Parsing error: Unexpected token ;",
			"web/cart.js:5 important no-var: Unexpected var, use let or const instead.",
			"web/cart.js:5 important no-unused-vars: 'unused' is assigned a value but never used.",
			"web/cart.js:7 important eqeqeq: Expected '===' and instead saw '=='.",
			"web/cart.js:10 important no-extra-semi: Unnecessary semicolon.",
		}, []string{"web/broken.js unreviewed unset", "web/cart.js findings scanned", "web/price.js clean scanned"}, ""},
		"eslint in SARIF": {"shop/eslint.sarif", shop, "ESLint 10.15.0", []string{
			"web/cart.js:5 important no-var: Unexpected var, use let or const instead.",
			"web/cart.js:5 important no-unused-vars: 'unused' is assigned a value but never used.",
			"web/cart.js:7 important eqeqeq: Expected '===' and instead saw '=='.",
			"web/cart.js:10 important no-extra-semi: Unnecessary semicolon.",
		}, []string{"web/broken.js unreviewed unset", "web/cart.js findings scanned"}, "did not succeed"},
	} {
		t.Run(name, func(t *testing.T) {
			for kind, c := range map[string]*deepreview.Change{"with trees": change(t, test.files), "only a diff": diffOnly(t, test.files)} {
				rev, err := review(t, c, fixture(t, test.report))
				if test.err == "" {
					require.NoError(t, err, kind)
				} else {
					require.ErrorContains(t, err, test.err, kind)
				}
				assert.Equal(t, test.want, told(rev), kind)
				assert.Equal(t, test.covered, covered(rev), kind)
				assert.Equal(t, test.label, rev.Label, kind)
			}
		})
	}
}

func TestTheOriginalSeverityIsKept(t *testing.T) {
	rev, err := review(t, change(t, map[string]string{"till.go": fixture(t, "till/till.go.txt")}), fixture(t, "till/golangci-v2.json"))
	require.NoError(t, err)
	assert.Equal(t, "medium", rev.Findings[2].RawSeverity)
	assert.Equal(t, "warning", rev.Findings[7].RawSeverity)
	assert.Empty(t, rev.Findings[0].RawSeverity)
}

func TestFixesOfToolsAreEditsWhereTheFileIsAsTheySawIt(t *testing.T) {
	till, cart := fixture(t, "till/till.go.txt"), fixture(t, "shop/cart.js.txt")
	for name, test := range map[string]struct {
		report, path, text, rule, want string
	}{
		"golangci-lint's offsets": {"till/golangci-v2.json", "till.go", till, "S1002", "\tif len(text) == 0 {\n"},
		"several replacements":    {"till/golangci-v2.json", "till.go", till, "perfsprint", "\treturn hex.EncodeToString(sum[:])\n"},
		"eslint's offsets":        {"shop/eslint.json", "web/cart.js", cart, "no-var", "  let unused = 1;\n"},
		"eslint's suggestion":     {"shop/eslint.json", "web/cart.js", cart, "eqeqeq", "    if (i.count === null) continue;\n"},
		"over a line's end":       {"shop/eslint.json", "web/cart.js", cart, "no-extra-semi", "  return sum;\n}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			find := func(c *deepreview.Change) *deepreview.Fix {
				rev, err := review(t, c, fixture(t, test.report))
				require.NoError(t, err)
				for _, f := range rev.Findings {
					if f.Rule == test.rule {
						require.NotNil(t, f.Fix)
						return f.Fix
					}
				}
				require.Fail(t, "no finding of the rule")
				return nil
			}
			fix := find(change(t, map[string]string{test.path: test.text}))
			assert.Contains(t, fixed(t, test.text, fix.Edits), test.want)
			fix = find(change(t, map[string]string{test.path: "// another line in front\n" + test.text}))
			assert.Empty(t, fix.Edits, "the file has moved on")
			assert.Contains(t, fix.Text, "since the file is not as the tool saw it")
			fix = find(diffOnly(t, map[string]string{test.path: test.text}))
			assert.Empty(t, fix.Edits, "only a diff is known")
			assert.NotEmpty(t, fix.Text)
		})
	}
}

func TestWhatESLintSuppressesIsCounted(t *testing.T) {
	rev, err := review(t, change(t, map[string]string{"web/cart.js": fixture(t, "shop/cart.js.txt")}), fixture(t, "shop/eslint.json"))
	require.NoError(t, err)
	require.Contains(t, notes(rev), "suppressed")
	for _, n := range rev.Notes {
		if n.ID == "suppressed" {
			assert.Contains(t, n.Text, "1 × no-unused-vars")
			assert.Contains(t, n.Text, "directive")
			assert.Equal(t, "web/cart.js:14", n.Locations[0].String())
		}
	}
}

func TestAPanelOfLintersMakesAReport(t *testing.T) {
	c := change(t, map[string]string{"till.go": fixture(t, "till/till.go.txt"), "web/cart.js": fixture(t, "shop/cart.js.txt")})
	reviews, err := deepreview.Run(t.Context(), c, []deepreview.Reviewer{
		&sarif.Reviewer{Path: "testdata/till/gosec.sarif"}, &sarif.Reviewer{Path: "testdata/till/staticcheck.sarif"},
		&sarif.Reviewer{Path: "testdata/till/golangci-v2.json"}, &sarif.Reviewer{Path: "testdata/shop/eslint.json"},
	}, nil)
	require.NoError(t, err)
	claims := 0
	for _, rev := range reviews {
		assert.Nil(t, rev.Failure)
		assert.Empty(t, rev.Repairs, "nothing had to be mended")
		claims += len(rev.Findings)
	}
	report, err := new(deepreview.Pipeline).Consolidate(t.Context(), c, reviews)
	require.NoError(t, err)
	assert.Len(t, report.Ledger, claims)
	assert.True(t, report.MechanicalOnly())
	assert.Less(t, len(report.Issues), claims, "what two tools say of one line is one issue")
	patches := 0
	for _, is := range report.Issues {
		assert.NotEmpty(t, is.Excerpts, is.Title)
		if is.Patch != "" {
			patches++
		}
	}
	assert.Positive(t, patches)
}
