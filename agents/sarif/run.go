package sarif

import (
	"strings"
	"unicode/utf8"
)

// Bounds on what is taken of one report. What is beyond them is counted, or cut visibly.
const (
	inputMost    = 64 << 20 // bytes of a report
	resultsMost  = 100_000  // results of a report
	findingsMost = 500      // findings of a review
	runsMost     = 100      // runs of a report
	placesMost   = 20       // places of a finding or a note
	titleMost    = 200      // bytes of a title
	labelMost    = 200      // bytes of a label
	messageMost  = 6000     // bytes of a message
	whyMost      = 3000     // bytes of a rule's explanation
	pathMost     = 4096     // bytes of a path
	quoteLines   = 10       // lines of a quote
	quoteMost    = 600      // bytes of a line of a quote
	editsMost    = 200      // replacements of one fix
	fixMost      = 64 << 10 // bytes of a fix's texts
	fixesMost    = 4        // fixes of a result: the first as edits, others as prose
	failuresMost = 5        // failures that are told
	lineMost     = 1 << 30  // the last line that is believed
)

// run is what one tool reports, whatever the format.
type run struct {
	tool, version string
	results       []result
	// analyzed are the paths that the tool states to have looked at, as given; skipped those it says it did not, with the reason.
	analyzed []string
	skipped  map[string]string
	// roots are folders, absolute and as given, that paths may be relative to.
	roots []string
	// failures are what went wrong in the tool itself.
	failures []string
	// more counts results beyond resultsMost, and unreadable those without any text.
	more, unreadable int
	// partial says that what is not reported cannot be taken for clean.
	partial bool
}

func (r *run) fail(text string) {
	text = oneLine(text, titleMost)
	for _, f := range r.failures {
		if f == text {
			return
		}
	}
	if text != "" && len(r.failures) < failuresMost {
		r.failures = append(r.failures, text)
	}
}

// result is one claim of a tool.
type result struct {
	rule    string
	message string
	// why is the rule's own explanation, in Markdown.
	why   string
	level level
	topic string
	// places are those of the problem, then others with a label.
	places []place
	// more counts places beyond those.
	more  int
	fixes []fix
	// source is the text that the tool had of the first place's file; empty where it does not say.
	source string
	// aside says why this is no finding, by the group that it is counted in; empty if it is one.
	aside aside
	// because is the reason that was given for aside.
	because string
}

// aside is a kind of result that is no finding.
type aside string

const (
	asideSuppressed aside = "suppressed"
	asideUnchanged  aside = "unchanged"
	asideAbsent     aside = "absent"
	asidePassed     aside = "passed"
	asideBeside     aside = "beside"
	asideMore       aside = "more"
)

// place is a region of a file.
type place struct {
	path string // as given, decoded
	region
	quote string // whole lines, from the first one of the region on
	label string
	other bool // not the place of the problem itself
}

// region is lines and columns counted from 1, the end column exclusive; 0 is not given.
type region struct {
	startLine, startCol, endLine, endCol int
	// offset and length are in characters of the unit, from 0; they count only where there is no line.
	offset, length int
	hasOffset      bool
}

// mended returns r with lines that make a range; whatever does not counts as not given.
func (r region) mended() region {
	if r.startLine < 1 || r.startLine > lineMost {
		return region{offset: r.offset, length: r.length, hasOffset: r.hasOffset && r.offset >= 0 && r.length >= 0}
	}
	r.hasOffset = false
	if r.endLine < r.startLine || r.endLine > lineMost {
		r.endLine = r.startLine
	}
	r.startCol, r.endCol = max(r.startCol, 0), max(r.endCol, 0)
	if r.endLine == r.startLine && r.endCol > 0 && r.endCol < r.startCol {
		r.endCol = 0
	}
	return r
}

// unit is what columns and offsets count.
type unit int

const (
	unitUTF16 unit = iota // SARIF's default, and what JavaScript counts
	unitRune
	unitByte
)

// fix is a proposal of a tool.
type fix struct {
	text  string
	unit  unit
	edits []replacement
	// anchor is a line and column that must be the offset; nil where nothing needs to agree.
	anchor *region
	// why says why the edits cannot be applied here; empty if they can.
	why string
}

// replacement puts text in place of a region.
type replacement struct {
	path string
	region
	// lines says that the region is whole lines, without columns and with their line feeds.
	lines bool
	text  string
}

// oneLine makes one line of a text.
func oneLine(text string, most int) string {
	words := strings.FieldsFunc(text, func(r rune) bool {
		return r <= 0x20 || r >= 0x7f && r <= 0xa0 || r == 0x2028 || r == 0x2029
	})
	return clip(strings.Join(words, " "), most)
}

// clip cuts a text between runes, visibly.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most] + "…"
}
