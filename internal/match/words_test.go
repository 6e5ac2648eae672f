package match

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
)

// readTokens sends the tokens of Markdown text to out.
func readTokens(text string, at field, out sink) {
	readMarkdown(text, at, func(text string, at field, code bool) { readCompound(text, at, code, out) })
}

// wordsOf lists the tokens of Markdown text but for concepts.
func wordsOf(text string) []string {
	var out []string
	readTokens(text, inProse, func(token string, _ field, kind tokenKind) {
		if kind != concept {
			out = append(out, token)
		}
	})
	return out
}

func TestWordsAndIdentifiersAreReadFromMarkdown(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"plain words are stemmed, stop words left out", "The retries are not bounded", []string{"retry", "bound"}},
		{"camelCase is whole and in parts", "calls parseURLPath twice", []string{"call", "`parseurlpath", "pars", "url", "path", "twic"}},
		{"snake_case is whole and in parts", "max_retry_count", []string{"`max_retry_count", "max", "retry", "count"}},
		{"capitals and their plural are one part", "userIDs", []string{"`userids", "user", "ids"}},
		{"an error name is an identifier", "returns EXDEV", []string{"return", "`exdev", "exdev"}},
		{"a dotted name is whole and in parts", "os.Rename", []string{"`os.rename", "os", "renam"}},
		{"a path counts by its last part", "pkg/store/logs.go", []string{"`logs.go", "pkg", "stor", "`logs.go", "log", "go"}},
		{"a name in code is an identifier though it is one word", "`rename` fails", []string{"`rename", "renam", "fail"}},
		{"a dash joins words, not an identifier", "cross-device", []string{"cross", "devic"}},
		{"short numbers are nothing", "lines 12 and 13", nil},
		{"long numbers in code tell", "`0o755` and `409`", []string{"`0o755", "0o755", "409"}},
		{"letters beyond ASCII are letters", "größe überläuft", []string{"größ", "überläuft"}},
		{"an open code span ends the text", "see `foo", []string{"see", "foo"}},
		{"the language of a fence is no word", "```python\nspam\n```", []string{"`spam", "spam"}},
		{"nothing is nothing", "", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := wordsOf(test.text)
			assert.Equal(t, test.want, got)
		})
	}
}

func TestWhereAWordStandsIsKept(t *testing.T) {
	where := map[string]field{}
	read := func(text string, at field) {
		readTokens(text, at, func(token string, at field, _ tokenKind) { where[token] = at })
	}
	read("prose `inline`\n```\nblock\n```\n", inProse)
	read("heading `quoted`", inTitle)
	read("mend\n```\npatched\n```", inFix)
	assert.Equal(t, inProse, where["pros"])
	assert.Equal(t, inCode, where["`inline"])
	assert.Equal(t, inBlock, where["`block"])
	assert.Equal(t, inTitle, where["head"])
	assert.Equal(t, inTitle, where["`quoted"])
	assert.Equal(t, inFix, where["mend"])
	assert.Equal(t, inFix, where["`patched"])
}

func TestFormsOfOneWordHaveOneStem(t *testing.T) {
	for _, forms := range []string{
		"leak leaks leaked leaking",
		"retry retries retried retrying",
		"stop stops stopped stopping",
		"process processes processed processing",
		"remove removes removed removing",
		"validate validates validated validating validation",
		"silent silently",
	} {
		var stems []string
		for w := range strings.FieldsSeq(forms) {
			stems = append(stems, stem(w))
		}
		assert.Len(t, slices.Compact(stems), 1, "%s: %v", forms, stems)
	}
	assert.NotEqual(t, stem("status"), stem("state"))
	assert.Equal(t, "status", stem("status"))
	assert.Equal(t, "go", stem("go"))
}

func TestNamesAreSplitWhereTheirCaseChanges(t *testing.T) {
	for name, want := range map[string][]string{
		"parseURLPath_v2": {"parse", "URL", "Path", "v2"},
		"HTTPServer":      {"HTTP", "Server"},
		"userIDs":         {"user", "IDs"},
		"__init__":        {"init"},
		"lower":           {"lower"},
		"x2Y":             {"x2", "Y"},
	} {
		assert.Equal(t, want, splitName(name), name)
	}
}

func TestSynonymsShareAConcept(t *testing.T) {
	concepts := func(text string) []string {
		var out []string
		readTokens(text, inProse, func(token string, _ field, kind tokenKind) {
			if kind == concept {
				out = append(out, token)
			}
		})
		return out
	}
	assert.Equal(t, concepts("nil"), concepts("undefined"))
	assert.Equal(t, concepts("hangs"), concepts("deadlock"))
	assert.NotEqual(t, concepts("hangs"), concepts("leaks"))
	assert.Empty(t, concepts("banana"))
}

func TestLinesSpokenOfAreFound(t *testing.T) {
	for _, test := range []struct {
		text string
		want []place
	}{
		{"see pkg/store.go:12-14", []place{{base: "store.go", start: 12, end: 14}}},
		{"on line 7", []place{{start: 7, end: 7}}},
		{"lines 30–40 and 55", []place{{start: 30, end: 40}, {start: 55, end: 55}}},
		{"a.go:10, 20-22", []place{{base: "a.go", start: 10, end: 10}, {base: "a.go", start: 20, end: 22}}},
		{"takes 30 seconds, and 40 more", nil},
		{"lines 40-30", []place{{start: 40, end: 40}}},
		{"line 99999999999999999999999", nil},
	} {
		assert.Equal(t, test.want, mentions(test.text), test.text)
	}
}

func FuzzReadMarkdown(f *testing.F) {
	f.Add("The `parseURL_v2` of pkg/a.go:12 hangs\n```go\nx := 0o755\n```\nEXDEV")
	f.Add("```\n`")
	f.Add("_._/-\xff\xc3é")
	f.Fuzz(func(t *testing.T, text string) {
		n := 0
		readTokens(text, inProse, func(token string, at field, kind tokenKind) {
			n++
			if token == "" || token == identifierPrefix || token == conceptPrefix {
				t.Errorf("an empty token in %q", text)
			}
			if at >= fields {
				t.Errorf("%q stands nowhere", token)
			}
			if utf8.ValidString(text) && kind == plainWord && strings.ContainsAny(token, " `\n") {
				t.Errorf("%q is no word", token)
			}
		})
		// A token is at least a byte, and a byte is in no more than a path's base twice, a dotted name, an identifier,
		// a stem and a concept.
		if n > 6*len(text)+6 {
			t.Errorf("%d tokens of %d bytes", n, len(text))
		}
		for _, m := range mentions(text) {
			if m.start < 1 || m.end < m.start {
				t.Errorf("lines %d to %d", m.start, m.end)
			}
		}
	})
}
