package patterns

import (
	"fmt"
	"regexp"
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
	focusJavaScript = regexp.MustCompile(`^\s*(?:fdescribe|fit|fcontext)\s*\(\s*["'\x60]|^\s*(?:describe|it|test|context|suite|specify)(?:\.(?:concurrent|serial|sequential|describe|each))*\.only\b`)
	focusGinkgo     = regexp.MustCompile(`^\s*(?:(?:ginkgo\.)?F(?:It|Describe|Context|When|Specify|Entry|DescribeTable)\s*\()`)
	focusRuby       = regexp.MustCompile(`^\s*(?:fdescribe|fit|fcontext|fexample|fspecify|focus)\b\s*(?:\(|["']|do\b)|(?:describe|context|it|example|specify)\b.*(?:,\s*:focus\b|\bfocus:\s*true\b)`)

	skipJavaScript = regexp.MustCompile(`^\s*(?:xdescribe|xit|xtest|xcontext|xspecify)\s*\(|^\s*(?:describe|it|test|context|suite|specify)(?:\.(?:concurrent|serial|sequential|describe))*\.skip\s*\(\s*["'\x60]`)
	skipGinkgo     = regexp.MustCompile(`^\s*(?:ginkgo\.)?(?:P|X)(?:It|Describe|Context|When|Specify|Entry|DescribeTable)\s*\(\s*"`)
	skipRuby       = regexp.MustCompile(`^\s*(?:xdescribe|xit|xcontext|xexample|xspecify)\b\s*(?:\(|["']|do\b)|^\s*(?:describe|context|it|example|specify)\b.*,\s*(?::skip\b|skip:\s*(?:true|["']))`)
	skipPython     = regexp.MustCompile(`^\s*@(?:pytest\.mark\.skip\b|(?:unittest\.)?skip(?:\(|\s*$))`)
	skipJava       = regexp.MustCompile(`^\s*@(?:Disabled|Ignore)\b(?:\s*\(\s*".*"\s*\))?\s*$`)
	skipCSharp     = regexp.MustCompile(`^\s*\[(?:Ignore|Fact\s*\(\s*Skip|Theory\s*\(\s*Skip)\b`)
	skipRust       = regexp.MustCompile(`^\s*#\[ignore\b`)
	skipGo         = regexp.MustCompile(`^\s*(?:t|tb|s\.T\(\))\.Skip(?:f|Now)?\(`)
	goTestFunc     = regexp.MustCompile(`^func (?:\([^)]*\) )?(?:Test|Fuzz)\w*\(\s*\w+ \*testing\.\w+\) \{\s*$|^\s*t\.Run\(.*func\(t \*testing\.T\) \{\s*$`)
)

// focusPatterns and skipPatterns return what switches all other tests off, or one, in the test files of a language.
func focusPatterns(l language) *regexp.Regexp {
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

func skipPatterns(l language) []*regexp.Regexp {
	switch l {
	case langJavaScript:
		return []*regexp.Regexp{skipJavaScript}
	case langGo:
		return []*regexp.Regexp{skipGinkgo}
	case langRuby:
		return []*regexp.Regexp{skipRuby}
	case langPython:
		return []*regexp.Regexp{skipPython}
	case langJava:
		return []*regexp.Regexp{skipJava}
	case langCSharp:
		return []*regexp.Regexp{skipCSharp}
	case langRust:
		return []*regexp.Regexp{skipRust}
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
	moved := removedText(f)
	for i, l := range f.added() {
		found := false
		for _, re := range patterns {
			found = found || re.MatchString(l.text()) && notInString(l)
		}
		if f.lang == langGo && !found {
			// A Skip in a condition (no network, another system) is how it is meant; one that opens its test is for ever.
			found = i > 0 && skipGo.MatchString(l.text()) && !f.lines[i-1].deleted() && goTestFunc.MatchString(f.lines[i-1].text())
		}
		if !found || moved[strings.TrimSpace(l.Text)] {
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

// removedText returns the trimmed deleted lines of f: a line that only moved is not news.
func removedText(f *file) map[string]bool {
	out := map[string]bool{}
	for _, l := range f.deleted() {
		out[strings.TrimSpace(l.Text)] = true
	}
	return out
}

// excerpt returns a line for a sentence: trimmed, short, and without a backquote.
func excerpt(l line) string {
	const most = 80
	text := strings.TrimSpace(strings.ReplaceAll(l.text(), "`", "'"))
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
