package patterns

import (
	"fmt"
	"path"
	"strings"
	"unicode"

	"github.com/deepreview-go/deepreview"
)

var licenceLost = Rule{
	ID:       "licence-lost",
	Why:      "Most licences ask for their notice to stay; a file without it is used without permission.",
	Severity: deepreview.SeverityImportant,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicMaintenance,
	file:     licencesLost,
}

var (
	licenceNotice = compile(`(?i)\bcopyright\b.*\d{4}|\bcopyright (?:\(c\)|©)|SPDX-License-Identifier:|\blicensed under the\b`)
	copyrightLine = compile(`(?i)^\W*(?:copyright\b.*(?:\d{4}|\(c\)|©)|\(c\)|©)`)
	copyrightYear = compile(`(?i)copyright|\(c\)|©|^\W*$`)
)

// licenceName matches the line at the top of a licence that says which it is.
var licenceName = compile(`(?i)^\W*[\w.\- ]{0,40}\blicen[cs]e\b[\w .()\-]{0,20}$`)

// fewWords is how many words may come and go without another meaning: the name of the project, a licence's version of a word.
const fewWords = 4

// wordsChanged reports whether the deleted and the added lines of a licence differ by more than breaks, its name and copyright
// lines.
func (f *file) wordsChanged() bool {
	const nameLine = 5 // further down a short line of that kind is the end of a sentence
	count, n := map[string]int{}, 0
	for _, l := range f.lines {
		if l.Op == deepreview.OpContext || copyrightLine.MatchString(l.text()) || max(l.Old, l.New) <= nameLine && licenceName.MatchString(l.text()) {
			continue
		}
		for w := range strings.FieldsFuncSeq(strings.ToLower(l.text()), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			if l.added() {
				count[w]++
			} else {
				count[w]--
			}
		}
	}
	for _, c := range count {
		n += max(c, -c)
	}
	return n > fewWords
}

// licencesLost looks for a notice at the top of a file that goes while the file stays, and for a licence file that goes or
// says something else.
func licencesLost(f *file, report func(hit)) {
	const headerMost = 40
	base := strings.ToLower(path.Base(f.Path))
	stem := strings.TrimSuffix(base, path.Ext(base))
	if stem == "license" || stem == "licence" || stem == "copying" || stem == "notice" {
		if f.lang.program() {
			return
		}
		switch f.Status {
		case deepreview.FileDeleted:
			if f.test || f.vendored || strings.Contains(f.Path, "/") {
				return
			}
			report(hit{title: "The licence was deleted", detail: fmt.Sprintf("Without `%s` nobody may use the project.", f.Path), at: []deepreview.Location{{Path: f.Path, Old: true}}})
		case deepreview.FileModified:
			for _, l := range f.lines {
				if l.Op != deepreview.OpContext && !copyrightYear.MatchString(l.text()) && f.wordsChanged() {
					h := on(f, l, "The licence's text changed")
					h.detail = "More than a name or a year of its copyright line differs: other terms may hold now."
					h.severity = deepreview.SeveritySuggestion
					report(h)
					return
				}
			}
		}
		return
	}
	if f.gone() || f.generated != "" || f.built || f.lang == langProse {
		return
	}
	var first line
	for _, l := range f.lines {
		switch {
		case l.added() && licenceNotice.MatchString(l.text()):
			return
		case l.deleted() && l.Old <= headerMost && first.Old == 0 && licenceNotice.MatchString(l.text()):
			first = l
		}
	}
	if first.Old == 0 {
		return
	}
	for _, l := range f.whole(false)[:min(headerMost, len(f.whole(false)))] {
		if licenceNotice.MatchString(l) {
			return // another notice stays
		}
	}
	h := on(f, first, "A file lost its licence notice")
	h.detail = fmt.Sprintf("`%s` stood at its top, and nothing of the kind stands there now.", excerpt(first))
	report(h)
}
