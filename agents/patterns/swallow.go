package patterns

import (
	"fmt"
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
	errCheckGo   = compile(`^\s*(?:\} else )?if .*\b(?:err|\w+Err) != nil \{\s*$`)
	catchOpen    = compile(`(?:^|[^.\w])catch\s*\(([^)]*)\)\s*\{\s*$`)
	catchEmpty   = compile(`(?:^|[^.\w])catch\s*\(([^)]*)\)\s*\{\s*\}`)
	promiseCatch = compile(`\)\s*\.catch\(\s*(?:\(\w*\)|\w+)\s*=>\s*\{\s*\}\s*\)|\)\s*\.catch\(\s*function\s*\(\w*\)\s*\{\s*\}\s*\)`)
	// What comes after the work is done may fail without harm: there is nobody left to tell.
	endsWork  = compile(`(?i)\.(?:close|destroy|end|stop|quit|abort|cancel|kill|unlink|remove|release|cleanup|rollback|disconnect|dispose|terminate)\w*\([^()]*\)\s*\.catch`)
	exceptAny = compile(`^\s*except(?:\s+(?:Base)?Exception(?:\s+as\s+\w+)?)?\s*:\s*$`)
	rescueNil = compile(`\S\s+rescue nil\s*$`)

	discards = compile(`^\s*(?:[\w.\[\]]+\s*,\s*)*_\s*:?=\s*([\w.]+)\(`)
	checks   = compile(`^\s*(?:if\s+)?(?:[\w.\[\]]+\s*,\s*)*err\s*:?=\s*([\w.]+)\(`)
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
			if i > 0 && f.lines[i-1].hunk == hunk && onlyComment(f.lines[i-1]) {
				continue // whoever wrote a comment there, if only for a linter, had a thought about it
			}
			if promiseCatch.MatchString(l.Code) && !endsWork.MatchString(l.Code) ||
				(named(catchEmpty, l.Code) || named(catchOpen, l.Code) && f.closes(i, "}")) && !f.tries(i) {
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

// named reports whether a handler that re finds takes its error by a name that does not say that it is passed over. One that takes
// none, or calls it "_" or "ignored", is empty on purpose.
func named(re *pattern, code string) bool {
	m := re.FindStringSubmatch(code)
	if m == nil {
		return false
	}
	fields := strings.Fields(m[1])
	if len(fields) == 0 {
		return false
	}
	name := strings.ToLower(strings.TrimLeft(fields[len(fields)-1], "$"))
	return !strings.HasPrefix(name, "_") && !strings.HasPrefix(name, "ignore") && !strings.HasPrefix(name, "expected") && !strings.HasPrefix(name, "unused")
}

// attempt matches what is called to see whether it works: a module that may not be there, a file that may not exist, a text that
// may be of no form.
var attempt = compile(`\b(?:require|import)\s*\(|\b(?:exec|spawn|stat|lstat|access|exists|unlink|rm|rmdir|mkdir|close|readlink|realpath)(?:File)?Sync\(|\bJSON\.parse\(|\bdecodeURI(?:Component)?\(|\blocalStorage\b|\bnew (?:URL|RegExp|Function)\(|\.(?:close|destroy|abort|kill|cancel|remove|removeChild|unref)\(`)

// tries reports whether the block that the handler on line i belongs to is such an attempt: a short one.
func (f *file) tries(i int) bool {
	const most = 8
	seen := 0
	for j := i; j >= 0 && seen <= most && f.lines[j].hunk == f.lines[i].hunk; j-- {
		code := f.lines[j].Code
		if f.lines[j].deleted() {
			continue
		}
		if attempt.MatchString(code) {
			return true
		}
		if j < i && tryOpen.MatchString(code) {
			return false
		}
		seen++
	}
	return false
}

var tryOpen = compile(`\btry\s*\{`)

// onlyComment reports whether a line of the new side is a comment and nothing else.
func onlyComment(l line) bool {
	return !l.deleted() && l.Comment != "" && strings.TrimSpace(l.Code) == ""
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
	freshContext = compile(`\bcontext\.(?:Background|TODO)\(\)`)
	takesContext = compile(`^func .*\b(\w+) context\.Context\b`)
)

// contextsDropped looks for Go functions that are given a context and, on a line of this change, make another.
func contextsDropped(f *file, report func(hit)) {
	if f.lang != langGo || !f.production() || f.gone() {
		return
	}
	given, hunk := "", -1
	said, comment := false, false // whether a comment stands right above
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
		said, comment = comment, l.Comment != ""
		if strings.HasPrefix(l.Code, "func ") {
			given = ""
			if m := takesContext.FindStringSubmatch(l.Code); m != nil {
				given = m[1]
			}
		}
		if strings.HasPrefix(l.Code, "}") {
			given = ""
		}
		if l.added() && l.Comment == "" && !said && given != "" && given != "_" && freshContext.MatchString(l.Code) && !strings.Contains(l.Code, "nil") {
			h := on(f, l, "A function that is given a context makes another")
			h.detail = fmt.Sprintf("`%s` does not end when `%s` does: deadline, cancellation and values are lost. Use `context.WithoutCancel(%s)` where that is meant.", excerpt(l), given, given)
			report(h)
		}
	}
}
