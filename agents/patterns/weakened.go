package patterns

import (
	"fmt"
	"strings"

	"github.com/deepreview-go/deepreview"
)

var weakenedTest = Rule{
	ID:       "weakened-test",
	Why:      "A test that asserts less than before lets through what it used to catch.",
	Severity: deepreview.SeveritySuggestion,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicTesting,
	file:     weakenedTests,
}

// assertionFrame is what stands around an assertion: a condition that calls nothing, and brackets.
var assertionFrame = compile(`^[\s})\];,]*(?:if\b[^(:]*\{)?\s*$`)

// weakenedTests looks for assertions that are taken out of a test that stays, alone: what they asserted about is still done, and
// nothing is put in their place, neither in the hunk nor any assertion in the whole file.
func weakenedTests(f *file, report func(hit)) {
	if testNames(f.lang) == nil || !f.test || !f.handWritten() || f.Status != deepreview.FileModified {
		return
	}
	var lost []line
	type seen struct{ added, more bool }
	hunks := map[int]*seen{}
	for _, l := range f.lines {
		if hunks[l.hunk] == nil {
			hunks[l.hunk] = &seen{}
		}
		asserts := assertion.MatchString(l.Code)
		switch {
		case l.added() && asserts:
			return
		case l.added() && strings.TrimSpace(l.Code) != "":
			hunks[l.hunk].added = true
		case !l.deleted():
		case asserts && !strings.HasPrefix(l.Code, "func ") && !strings.HasPrefix(l.Code, "import"):
			lost = append(lost, l)
		case l.Comment == "" && !assertionFrame.MatchString(l.Code):
			hunks[l.hunk].more = true
		}
	}
	for _, l := range lost {
		if hunks[l.hunk].added || hunks[l.hunk].more || f.view.mentionsWithdrawn(l.Code) {
			continue
		}
		h := on(f, l, "Assertions were taken out of a test that stays")
		h.detail = fmt.Sprintf("`%s` is gone, and nothing was put in its place.", excerpt(l))
		report(h)
	}
}

// mentionsWithdrawn reports whether code uses a name that the change takes away.
func (v *view) mentionsWithdrawn(code string) bool {
	withdrawn := v.taken()
	for w := range words(code) {
		if withdrawn[w] {
			return true
		}
	}
	return false
}

var homePath = Rule{
	ID:       "home-path",
	Why:      "A path in somebody's home folder is there on one machine only.",
	Severity: deepreview.SeveritySuggestion,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicCorrectness,
	file:     homePaths,
}

var homeFolder = compile(`(?:^|["'\x60=\s(:])(?:/home/|/Users/|[A-Z]:\\{1,2}Users\\{1,2})([\w.-]+)[/\\]`)

func homePaths(f *file, report func(hit)) {
	if !f.production() || f.gone() || f.lang == langProse || f.lang == langOther {
		return
	}
	for _, l := range f.added() {
		m := homeFolder.FindStringSubmatch(l.text())
		if m == nil || l.Comment != "" {
			continue
		}
		switch strings.ToLower(m[1]) {
		case "user", "username", "name", "me", "you", "runner", "node", "ubuntu", "app", "circleci", "vagrant", "vscode", "travis", "jenkins", "git", "public", "default", "shared", "foo", "bar", "alice", "bob", "john", "jane", "example", "root", "ec2-user", "www", "web", "linuxbrew", "builder", "build", "gitpod", "codespace", "postgres", "deploy", "site", "admin", "test", "pi", "nonroot":
			continue
		}
		h := on(f, l, "A path of one person's machine stands in the code")
		h.detail = fmt.Sprintf("`%s`: nobody else has that folder.", excerpt(l))
		report(h)
	}
}
