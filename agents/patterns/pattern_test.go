package patterns

import (
	"regexp"
	"regexp/syntax"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestNeedsAreWhatAnExpressionCannotMatchWithout(t *testing.T) {
	plain := func(texts ...string) (out []need) {
		for _, x := range texts {
			out = append(out, need{text: x})
		}
		return out
	}
	for expr, want := range map[string][]need{
		`^\s*debugger\b`:                      plain("debugger"),
		`\b(?:describe|it)\.only\b`:           plain("describe.only", "it.only"),
		`a.*InsecureSkipVerify\s*[:=]\s*true`: plain("InsecureSkipVerify"),
		`(?:curl|wget)\b.*\|\s*sh`:            plain("curl", "wget"),
		`x+(?:foo){2}`:                        plain("foofoo"),
		`(?i)\bdrop\s+table\b`:                {{"drop", true}},
		`(?i)\bsuperuser\b`:                   {{"uperu", true}},
		`["']x?`:                              plain(`"`, `"x`, `'`, `'x`),
		`\w+`:                                 nil,
		`a|\w`:                                nil,
		`(?:abc)?`:                            nil,
	} {
		assert.ElementsMatch(t, want, compile(expr).needs, expr)
	}
}

// FuzzPattern holds a pattern to its expression: looking for needs first must change no answer.
func FuzzPattern(f *testing.F) {
	f.Add(`(?i)\b(?:dbg|spew\.Dump)\(`, "x = SPEW.dump(y)")
	f.Add(`^[xf]?it(?:\.\w+)*\(`, "fit.only(")
	f.Add(`(?i)skip`, "\u017f\u212aip")
	f.Add(`a{2,3}[bc]+d*|e`, "aabc")
	f.Add("["+"a-c]x(?:y|z)?", "cxz")
	f.Fuzz(func(t *testing.T, expr, text string) {
		if len(expr) > 200 {
			return
		}
		if _, err := syntax.Parse(expr, syntax.Perl); err != nil {
			return
		}
		re, err := regexp.Compile(expr)
		if err != nil {
			return
		}
		p := compile(expr)
		assert.Equal(t, re.MatchString(text), p.MatchString(text))
		assert.Equal(t, re.FindStringSubmatch(text), p.FindStringSubmatch(text))
	})
}
