package patterns

import (
	"strings"

	"github.com/deepreview-go/deepreview"
)

var conflictMarker = Rule{
	ID:       "conflict-marker",
	Why:      "A merge conflict was committed unresolved: the file holds both sides and does not mean either.",
	Severity: deepreview.SeverityCritical,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicCorrectness,
	file:     conflictMarkers,
}

// conflictMarkers looks for the markers git writes (git help merge, "How conflicts are presented"): seven of a
// character and a blank. One kind alone may be prose or a heading, so an opening or closing one is asked for, with one
// of another kind in the same file.
func conflictMarkers(f *file, report func(hit)) {
	if f.vendored {
		return
	}
	var found []line
	kinds := map[byte]bool{}
	for _, l := range f.added() {
		if c := conflictMarkerOf(l.text()); c != 0 {
			found = append(found, l)
			kinds[c] = true
		}
	}
	if len(kinds) < 2 || !kinds['<'] && !kinds['>'] {
		return
	}
	for _, l := range found {
		h := on(f, l, "Merge conflict markers were committed")
		h.detail = "Lines of an unresolved merge stand in the file. One side has to be chosen, or both joined by hand."
		if f.test || f.lang == langProse {
			// A test of a merge tool, or a text about one.
			h.severity = deepreview.SeverityImportant
		}
		report(h)
	}
}

// conflictMarkerOf returns the character that a conflict marker is made of; 0 if text is none.
func conflictMarkerOf(text string) byte {
	const length = 7
	if len(text) < length || strings.IndexByte("<=>|", text[0]) < 0 || text[:length] != strings.Repeat(text[:1], length) {
		return 0
	}
	switch rest := text[length:]; {
	case rest == "" && (text[0] == '=' || text[0] == '|'), strings.HasPrefix(rest, " ") && text[0] != '=':
		return text[0]
	}
	return 0
}
