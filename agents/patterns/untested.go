package patterns

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/deepreview-go/deepreview"
)

var untested = Rule{
	ID:     "untested",
	Why:    "Code that changed without a test changing may do something new that nothing checks.",
	Note:   deepreview.NoteUntested,
	Topic:  deepreview.TopicTesting,
	change: untestedCode,
}

// untestedLeast is how many lines of code a file has to gain before it is asked after: smaller changes are often
// renames, comments and log lines.
const untestedLeast = 10

// untestedCode notes the files that gained code while no test that could be theirs changed: none in their folder or a test
// folder below it, and none named after them.
func untestedCode(v *view, report func(hit)) {
	dirs := map[string]bool{}
	var stems strings.Builder // of all tests, a line each
	for _, f := range v.files {
		if f.test && f.Added > 0 && (f.lang.program() || f.lang == langOther) {
			dir := f.dir()
			for folders(dir+"/x", "test", "tests", "testdata", "__tests__", "spec", "specs", "e2e", "fixtures") && dir != "." && dir != "/" {
				dir = path.Dir(dir)
				dirs[dir] = true
			}
			dirs[f.dir()] = true
			stems.WriteString(strings.ToLower(path.Base(f.Path)) + "\n")
		}
	}
	var bare []*file
	for _, f := range v.files {
		if !f.lang.program() || !f.production() || f.gone() || dirs[f.dir()] || commandFile(f.Path) || strings.HasSuffix(f.Path, ".d.ts") {
			continue
		}
		stem := strings.ToLower(strings.TrimSuffix(path.Base(f.Path), path.Ext(f.Path)))
		if strings.Contains(stems.String(), stem) {
			continue
		}
		if n := f.codeAdded(); n >= untestedLeast {
			bare = append(bare, f)
		}
	}
	if len(bare) == 0 {
		return
	}
	slices.SortStableFunc(bare, func(a, b *file) int { return cmp.Compare(b.Added, a.Added) })
	h := hit{
		title:  "Code changed without a test",
		detail: "These files gained code, and no test beside them or named after them changed: " + list(bare, func(f *file) string { return fmt.Sprintf("`%s` (+%d)", f.Path, f.Added) }) + ".",
		risk:   deepreview.RiskLow,
	}
	for _, f := range bare {
		h.at = append(h.at, deepreview.Location{Path: f.Path})
		switch {
		case f.Added >= 100:
			h.risk = max(h.risk, deepreview.RiskHigh)
		case f.Added >= 30:
			h.risk = max(h.risk, deepreview.RiskMedium)
		}
	}
	report(h)
}

// codeAdded counts the added lines that are more than blanks, braces, imports and comments.
func (f *file) codeAdded() int {
	n := 0
	x := lexer{syntax: syntaxOf(f.lang)}
	for l := range f.raw() {
		if l.Op == deepreview.OpDelete {
			continue
		}
		code, _ := x.next(l.Text)
		code = strings.Trim(code, " \t\r{}()[];,")
		if l.Op == deepreview.OpAdd && code != "" && !strings.HasPrefix(code, "import") && !strings.HasPrefix(code, "package ") && !strings.HasPrefix(code, "use ") {
			n++
		}
	}
	return n
}
