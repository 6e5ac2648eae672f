package patterns

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/deepreview-go/deepreview"
)

var deletedTest = Rule{
	ID:       "deleted-test",
	Why:      "Tests that go while the code they guard stays leave it unguarded.",
	Severity: deepreview.SeverityImportant,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicTesting,
	change:   deletedTests,
}

// What declares a test, with its name in the one group that matches.
var (
	testGo         = compile(`^func (?:\([^)]*\) )?((?:Test|Fuzz)[A-Z_]\w*)\(`)
	testPython     = compile(`^\s*(?:async )?def (test_\w+)\(`)
	testJavaScript = compile(`^\s*(?:[xf]?it|x?test|x?specify)(?:\.\w+)*\(\s*("[^"]{3,}"|'[^']{3,}'|\x60[^\x60]{3,}\x60)`)
	testRuby       = compile(`^\s*(?:it|specify|test)\s+("[^"]{3,}"|'[^']{3,}')\s+do\b|^\s*def (test_\w+)`)
	testRust       = compile(`^\s*(?:async )?fn (test_\w+|\w+_test)\(`)
	testJava       = compile(`^\s*(?:public )?(?:void|fun) (test\w+|\x60[^\x60]+\x60|should\w+)\(`)
)

// testNames returns what declares a test in a language; nil where that cannot be told from a line.
func testNames(l language) *pattern {
	switch l {
	case langGo:
		return testGo
	case langPython:
		return testPython
	case langJavaScript:
		return testJavaScript
	case langRuby:
		return testRuby
	case langRust:
		return testRust
	case langJava:
		return testJava
	}
	return nil
}

// testName returns the name of the test that a line declares; "" if it declares none.
func testName(re *pattern, text string) string {
	m := re.FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	for _, g := range m[1:] {
		if g != "" {
			return strings.Trim(g, "\"'`")
		}
	}
	return ""
}

// deletedTests looks for tests that go without another in their place. Tests are moved and renamed more often than
// given up, so it counts by folder and by file: only where more go than come, and the code that they tested stays, is there
// a finding.
func deletedTests(v *view, report func(hit)) {
	type lost struct {
		file *file
		line line
		name string
		uses map[string]bool // the words of its body
	}
	byDir := map[string][]lost{}
	came, cameIn := map[string]int{}, map[*file]int{}
	names := map[string]bool{}
	var dirs []string
	for _, f := range v.files {
		re := testNames(f.lang)
		if re == nil || !f.test && f.lang != langRust || f.vendored || f.built || f.lang == langGo && !strings.HasSuffix(f.Path, "_test.go") {
			continue
		}
		if v.ctx.Err() != nil {
			return
		}
		dir := f.dir()
		var uses map[string]bool
		for l := range f.raw() {
			if l.Op == deepreview.OpContext {
				uses = nil
				continue
			}
			name := testName(re, l.Text)
			switch {
			case name == "":
				if l.Op == deepreview.OpDelete && uses != nil {
					for w := range words(l.Text) {
						uses[w] = true
					}
				}
			case l.Op == deepreview.OpAdd:
				came[dir]++
				cameIn[f]++
				names[name] = true
			default:
				if byDir[dir] == nil {
					dirs = append(dirs, dir)
				}
				uses = map[string]bool{}
				byDir[dir] = append(byDir[dir], lost{f, line{Line: l}, name, uses})
			}
		}
	}
	var found []hit // one a file
	declarations := v.deletedNames()
	withdrawn := v.taken()
	for _, dir := range dirs {
		all := len(byDir[dir])
		gone := slices.DeleteFunc(byDir[dir], func(x lost) bool {
			if names[x.name] || !v.stillThere(x.file, x.name, declarations[dir]) {
				return true
			}
			for w := range x.uses {
				if withdrawn[w] {
					return true // it goes with what it used
				}
			}
			return false
		})
		if all-came[dir] <= 0 || len(gone) == 0 {
			continue
		}
		// Per file, so that each finding stands where its tests stood.
		for i := 0; i < len(gone); {
			j := i
			for j < len(gone) && gone[j].file == gone[i].file {
				j++
			}
			group := gone[i:j]
			i = j
			if len(group) <= cameIn[group[0].file] {
				continue
			}
			h := hit{
				title:  fmt.Sprintf("%s deleted while the code stays", countOf(len(group), "test was", "tests were")),
				detail: "No longer there, and no test with that name added elsewhere: " + list(group, func(x lost) string { return "`" + strings.ReplaceAll(x.name, "`", "'") + "`" }) + ". Say why, or bring them back.",
				quote:  group[0].line.text(),
			}
			for _, x := range group {
				h.at = append(h.at, x.file.at(x.line))
			}
			if len(group) <= 2 && group[0].file.Status != deepreview.FileDeleted {
				h.severity = deepreview.SeveritySuggestion
			}
			found = append(found, h)
		}
	}
	if len(found) <= filesMost {
		for _, h := range found {
			report(h)
		}
		return
	}
	// Many at once are one decision of whoever made the change.
	all, tests := hit{quote: found[0].quote}, 0
	for _, h := range found {
		tests += len(h.at)
		all.at = append(all.at, h.at...)
	}
	all.title = fmt.Sprintf("%d tests in %d files were deleted while the code stays", tests, len(found))
	all.detail = "No tests with their names were added elsewhere: " + list(found, func(h hit) string { return fmt.Sprintf("%d of `%s`", len(h.at), h.at[0].Path) }) + ". Say why, or bring them back."
	report(all)
}

// raw yields the lines of the hunks without reading them into the file; long lines are cut.
func (f *file) raw() func(func(deepreview.Line) bool) {
	return func(yield func(deepreview.Line) bool) {
		n := 0
		for _, h := range f.Hunks {
			for l := range h.Lines() {
				if n++; n > fileLinesMost || n%4096 == 0 && f.view.ctx.Err() != nil {
					return
				}
				if len(l.Text) > lineMost {
					l.Text = l.Text[:lineMost]
				}
				if !yield(l) {
					return
				}
			}
		}
	}
}

// stillThere reports whether the code that a test is for stays: the file beside it that its name points to is not deleted,
// and, for Go, neither is a function of the test's name.
func (v *view) stillThere(f *file, test string, gone map[string]bool) bool {
	if f.lang == langGo {
		subject, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(test, "Test"), "Fuzz"), "_")
		if gone[strings.ToLower(subject)] {
			return false
		}
	}
	code := testedFile(f.Before())
	if code == "" {
		return !v.index().deadDirs[f.dir()]
	}
	if x := v.paths[code]; x != nil {
		return !x.gone()
	}
	if v.index().movedFrom[code] {
		return true
	}
	return !v.index().deadDirs[f.dir()] && (v.Tree == nil || v.exists(code) || f.lang == langGo && !f.gone())
}

// declarationGo finds a Go function, method or type by its name.
var declarationGo = compile(`^(?:func (?:\([^)]*\) )?|type )(\w+)`)

// deletedNames returns, by folder, the lower-case names of the Go functions and types that are deleted and not added again.
func (v *view) deletedNames() map[string]map[string]bool {
	gone, came := map[string]map[string]bool{}, map[string]map[string]bool{}
	for _, x := range v.files {
		if x.test || x.lang != langGo {
			continue
		}
		for l := range x.raw() {
			m := declarationGo.FindStringSubmatch(l.Text)
			if m == nil || l.Op == deepreview.OpContext {
				continue
			}
			to := gone
			if l.Op == deepreview.OpAdd {
				to = came
			}
			if to[x.dir()] == nil {
				to[x.dir()] = map[string]bool{}
			}
			to[x.dir()][strings.ToLower(m[1])] = true
		}
	}
	for dir, names := range came {
		for name := range names {
			delete(gone[dir], name)
		}
	}
	return gone
}

// withdrawn returns the names that deleted lines of the project's code begin with (declarations, fields, constants of a group) and that
// the file does not have any more.
func (v *view) withdrawn() map[string]bool {
	out := map[string]bool{}
	for _, f := range v.files {
		if !f.lang.program() || f.test || f.vendored || f.built {
			continue
		}
		mine := map[string]bool{}
		for l := range f.raw() {
			if l.Op != deepreview.OpDelete {
				continue
			}
			name := firstWord(l.Text)
			if m := declaration.FindStringSubmatch(l.Text); m != nil {
				name = m[1]
			}
			if len(name) >= 5 && strings.ToLower(name) != name || strings.Contains(name, "_") {
				mine[name] = true
			}
		}
		if len(mine) == 0 {
			continue
		}
		for l := range f.raw() {
			if l.Op != deepreview.OpDelete {
				for w := range words(l.Text) {
					delete(mine, w)
				}
			}
		}
		for w := range words(readText(v.Tree, f.Path)) {
			delete(mine, w)
		}
		for w := range mine {
			out[w] = true
		}
	}
	return out
}

// testedFile returns the name of the file that a test file is for by its name; "" if its name points to none.
func testedFile(name string) string {
	dir, base := path.Split(name)
	ext := path.Ext(base)
	stem := strings.TrimSuffix(base, ext)
	for _, end := range []string{"_test", ".test", ".spec", "_spec"} {
		if s, ok := strings.CutSuffix(stem, end); ok && s != "" {
			return dir + s + ext
		}
	}
	return ""
}

func countOf(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// list joins the first ten of items with commas, and counts the others.
func list[T any](items []T, name func(T) string) string {
	const most = 10
	var b strings.Builder
	for i, x := range items {
		if i == most {
			fmt.Fprintf(&b, " and %d more", len(items)-most)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(name(x))
	}
	return b.String()
}
