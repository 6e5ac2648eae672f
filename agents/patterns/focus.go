package patterns

import (
	"fmt"
	"strings"

	"github.com/deepreview-go/deepreview"
)

var focusedTest = Rule{
	ID:       "focused-test",
	Why:      "A focused test keeps all others of its file or suite from running, and the run still passes.",
	Severity: deepreview.SeverityImportant,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicTesting,
	file:     focusedTests,
}

var skippedTest = Rule{
	ID:       "skipped-test",
	Why:      "A test switched off guards nothing, and nobody is reminded of it.",
	Severity: deepreview.SeveritySuggestion,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicTesting,
	file:     skippedTests,
}

var (
	// Jest, Mocha, Jasmine, Vitest, Playwright, node:test; Ginkgo; RSpec.
	focusJavaScript = compile(`^\s*(?:fdescribe|fit|fcontext)\s*\(\s*["'\x60]|^\s*(?:describe|it|test|context|suite|specify)(?:\.(?:concurrent|serial|sequential|describe|each))*\.only\b`)
	focusGinkgo     = compile(`^\s*(?:(?:ginkgo\.)?F(?:It|Describe|Context|When|Specify|Entry|DescribeTable)\s*\()`)
	focusRuby       = compile(`^\s*(?:fdescribe|fit|fcontext|fexample|fspecify|focus)\b\s*(?:\(|["']|do\b)|(?:describe|context|it|example|specify)\b.*(?:,\s*:focus\b|\bfocus:\s*true\b)`)

	skipJavaScript = compile(`^\s*(?:xdescribe|xit|xtest|xcontext|xspecify)\s*\(|^\s*(?:describe|it|test|context|suite|specify)(?:\.(?:concurrent|serial|sequential|describe))*\.skip\s*\(\s*["'\x60]`)
	skipGinkgo     = compile(`^\s*(?:ginkgo\.)?(?:P|X)(?:It|Describe|Context|When|Specify|Entry|DescribeTable)\s*\(\s*"`)
	skipRuby       = compile(`^\s*(?:xdescribe|xit|xcontext|xexample|xspecify)\b\s*(?:\(|["']|do\b)|^\s*(?:describe|context|it|example|specify)\b.*,\s*(?::skip\b|skip:\s*(?:true|["']))`)
	skipPython     = compile(`^\s*@(?:pytest\.mark\.skip\b|(?:unittest\.)?skip(?:\(|\s*$))`)
	skipJava       = compile(`^\s*@(?:Disabled|Ignore)\b(?:\s*\(\s*".*"\s*\))?\s*$`)
	skipCSharp     = compile(`^\s*\[(?:Ignore|Fact\s*\(\s*Skip|Theory\s*\(\s*Skip)\b`)
	skipRust       = compile(`^\s*#\[ignore\b`)
	skipGo         = compile(`^\s*(?:t|tb|s\.T\(\))\.Skip(?:f|Now)?\(`)
	goTestFunc     = compile(`^func (?:\([^)]*\) )?(?:Test|Fuzz)\w*\(\s*\w+ \*testing\.\w+\) \{\s*$|^\s*t\.Run\(.*func\(t \*testing\.T\) \{\s*$`)
)

// focusPatterns and skipPatterns return what switches all other tests off, or one, in the test files of a language.
func focusPatterns(l language) *pattern {
	switch l {
	case langJavaScript:
		return focusJavaScript
	case langGo:
		return focusGinkgo
	case langRuby:
		return focusRuby
	}
	return nil
}

func skipPatterns(l language) []*pattern {
	switch l {
	case langJavaScript:
		return []*pattern{skipJavaScript}
	case langGo:
		return []*pattern{skipGinkgo}
	case langRuby:
		return []*pattern{skipRuby}
	case langPython:
		return []*pattern{skipPython}
	case langJava:
		return []*pattern{skipJava}
	case langCSharp:
		return []*pattern{skipCSharp}
	case langRust:
		return []*pattern{skipRust}
	}
	return nil
}

func focusedTests(f *file, report func(hit)) {
	re := focusPatterns(f.lang)
	if re == nil || !f.test || !f.handWritten() {
		return
	}
	for _, l := range f.added() {
		if re.MatchString(l.text()) && notInString(l) {
			h := on(f, l, "A focused test keeps the others from running")
			h.detail = fmt.Sprintf("`%s` runs alone: every other test of its file or suite is passed over, without an error. It is handy while working and to be taken out before merging.", excerpt(l))
			report(h)
		}
	}
}

func skippedTests(f *file, report func(hit)) {
	patterns := skipPatterns(f.lang)
	if len(patterns) == 0 || !f.test && f.lang != langRust || !f.handWritten() || f.gone() {
		return
	}
	for i, l := range f.added() {
		found := false
		for _, re := range patterns {
			found = found || re.MatchString(l.text()) && notInString(l)
		}
		if f.lang == langGo && !found {
			// A Skip in a condition (no network, another system) is how it is meant; one that opens its test is for ever.
			found = i > 0 && skipGo.MatchString(l.text()) && !f.lines[i-1].deleted() && goTestFunc.MatchString(f.lines[i-1].text()) &&
				!(i > 1 && f.lines[i-1].added() && onlyComment(f.lines[i-2])) // a new test that says what it is kept for
		}
		if !found || f.removed(l.Text) {
			continue
		}
		h := on(f, l, "A test is switched off")
		h.detail = fmt.Sprintf("`%s` takes the test out of every run. Say until when, or mend it, or delete it.", excerpt(l))
		report(h)
	}
}

// notInString reports whether the line's first word is code, not the inside of a string or comment.
func notInString(l line) bool {
	text, code := strings.TrimLeft(l.text(), " \t"), strings.TrimLeft(l.Code, " \t")
	return text != "" && code != "" && text[0] == code[0] && len(text)-len(strings.TrimRight(text, " \t")) <= len(code)
}

// removed reports whether text, trimmed, is a deleted line of f: a line that only moved is not news.
func (f *file) removed(text string) bool {
	if f.taken == nil {
		f.taken = map[string]bool{}
		for _, l := range f.deleted() {
			f.taken[strings.TrimSpace(l.Text)] = true
		}
	}
	return f.taken[strings.TrimSpace(text)]
}

// excerpt returns a line for a sentence: trimmed, short, and without a backquote. A line of a private key is
// not shown at all.
func excerpt(l line) string { return excerptOf(l, 80) }

// excerptOf is excerpt with most bytes.
func excerptOf(l line, most int) string {
	const sure = 4096
	if l.key {
		return "…"
	}
	text := strings.TrimSpace(l.text())
	if len(text) > sure {
		text = text[:sure]
	}
	return shorten(strings.ReplaceAll(text, "`", "'"), most)
}
