package patterns

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/deepreview-go/deepreview"
)

var swallowedError = Rule{
	ID:       "swallowed-error",
	Why:      "An error that nobody looks at turns into a wrong result later, far from its cause.",
	Severity: deepreview.SeverityImportant,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicCorrectness,
	file:     swallowedErrors,
}

var (
	errCheckGo   = regexp.MustCompile(`^\s*(?:\} else )?if .*\b(?:err|\w+Err) != nil \{\s*$`)
	catchOpen    = regexp.MustCompile(`\bcatch\s*(?:\([^)]*\)\s*)?\{\s*$`)
	catchEmpty   = regexp.MustCompile(`\bcatch\s*(?:\([^)]*\)\s*)?\{\s*\}`)
	promiseCatch = regexp.MustCompile(`\.catch\(\s*(?:\(\w*\)|\w+)\s*=>\s*\{\s*\}\s*\)|\.catch\(\s*function\s*\(\w*\)\s*\{\s*\}\s*\)`)
	exceptAny    = regexp.MustCompile(`^\s*except(?:\s+(?:Base)?Exception(?:\s+as\s+\w+)?)?\s*:\s*$`)
	rescueNil    = regexp.MustCompile(`\S\s+rescue nil\s*$`)

	discards = regexp.MustCompile(`^\s*(?:[\w.\[\]]+\s*,\s*)*_\s*:?=\s*([\w.]+)\(`)
	checks   = regexp.MustCompile(`^\s*(?:if\s+)?(?:[\w.\[\]]+\s*,\s*)*err\s*:?=\s*([\w.]+)\(`)
)

// swallowedErrors looks for handlers of errors that are empty and say nothing, not even why they are, and for Go calls whose
// error was looked at before this change and is now assigned to the blank identifier.
func swallowedErrors(f *file, report func(hit)) {
	if !f.lang.program() || !f.production() || f.gone() {
		return
	}
	checked := map[string]bool{} // callees whose error a deleted line took
	hunk := -1
	for i, l := range f.lines {
		if l.hunk != hunk {
			hunk = l.hunk
			clear(checked)
			for _, x := range f.lines[i:] {
				if x.hunk != hunk {
					break
				}
				if m := checks.FindStringSubmatch(x.Code); m != nil {
					checked[m[1]] = x.deleted()
				}
			}
		}
		if !l.added() || l.Comment != "" {
			continue
		}
		switch f.lang {
		case langGo:
			if m := discards.FindStringSubmatch(l.Code); m != nil && checked[m[1]] {
				h := on(f, l, "An error that was checked is now discarded")
				h.detail = fmt.Sprintf("`%s`: before this change the error of `%s` was looked at.", excerpt(l), m[1])
				report(h)
			}
			if errCheckGo.MatchString(l.Code) && f.closes(i, "}") {
				report(emptyHandler(f, l, deepreview.SeverityImportant))
			}
		case langJavaScript, langJava, langCSharp, langPHP, langC, langSwift:
			if promiseCatch.MatchString(l.Code) || catchEmpty.MatchString(l.Code) || catchOpen.MatchString(l.Code) && f.closes(i, "}") {
				report(emptyHandler(f, l, deepreview.SeveritySuggestion))
			}
		case langPython:
			if exceptAny.MatchString(l.Code) && f.closes(i, "pass") {
				report(emptyHandler(f, l, deepreview.SeverityImportant))
			}
		case langRuby:
			if rescueNil.MatchString(l.Code) {
				report(emptyHandler(f, l, deepreview.SeveritySuggestion))
			}
		}
	}
}

func emptyHandler(f *file, l line, s deepreview.Severity) hit {
	h := on(f, l, "An error is caught and dropped")
	h.detail = fmt.Sprintf("Nothing happens after `%s`, and no comment says why nothing should. Handle the error, return it, or say what makes it harmless.", excerpt(l))
	h.severity = s
	return h
}

// closes reports whether the line after i on the new side is only text, without a comment.
func (f *file) closes(i int, text string) bool {
	for _, l := range f.lines[i+1:] {
		switch {
		case l.hunk != f.lines[i].hunk:
			return false
		case l.deleted():
		default:
			code := strings.TrimSpace(l.Code)
			return l.Comment == "" && (code == text || text == "}" && strings.HasPrefix(code, "}"))
		}
	}
	return false
}

var contextDropped = Rule{
	ID:       "context-dropped",
	Why:      "Work begun with a fresh context goes on after its caller has given up.",
	Severity: deepreview.SeveritySuggestion,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicConcurrency,
	file:     contextsDropped,
}

var (
	freshContext = regexp.MustCompile(`\bcontext\.(?:Background|TODO)\(\)`)
	takesContext = regexp.MustCompile(`^func .*\b(\w+) context\.Context\b`)
)

// contextsDropped looks for Go functions that are given a context and, on a line of this change, make another.
func contextsDropped(f *file, report func(hit)) {
	if f.lang != langGo || !f.production() || f.gone() {
		return
	}
	given, hunk := "", -1
	for _, l := range f.lines {
		if l.hunk != hunk {
			hunk, given = l.hunk, ""
			if m := takesContext.FindStringSubmatch(f.Hunks[hunk].Section); m != nil {
				given = m[1]
			}
		}
		if l.deleted() {
			continue
		}
		if strings.HasPrefix(l.Code, "func ") {
			given = ""
			if m := takesContext.FindStringSubmatch(l.Code); m != nil {
				given = m[1]
			}
		}
		if strings.HasPrefix(l.Code, "}") {
			given = ""
		}
		if l.added() && l.Comment == "" && given != "" && given != "_" && freshContext.MatchString(l.Code) && !strings.Contains(l.Code, "nil") {
			h := on(f, l, "A function that is given a context makes another")
			h.detail = fmt.Sprintf("`%s` does not end when `%s` does: deadline, cancellation and values are lost. Use `context.WithoutCancel(%s)` where that is meant.", excerpt(l), given, given)
			report(h)
		}
	}
}
