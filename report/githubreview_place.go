package report

import (
	"strings"

	"github.com/deepreview-go/deepreview"
)

// GitHub's words for the two sides of a diff. A line that did not change is on the right.
const (
	sideLeft  = "LEFT"
	sideRight = "RIGHT"
)

// spot is a line that GitHub takes a comment on.
type spot struct {
	side string
	line int
}

// place finds the lines of l that lie in one hunk of the diff: those that a comment can be on. Where l reaches beyond
// the hunk, it is what of it lies inside.
func place(c *deepreview.Change, l deepreview.Location) (path string, first, last spot, ok bool) {
	f := c.File(l.Path)
	if f == nil && l.Old {
		for _, other := range c.Files {
			if other.OldPath == l.Path {
				f = other
			}
		}
	}
	if f == nil || f.Unreadable != "" || l.Start <= 0 {
		return "", spot{}, spot{}, false
	}
	for _, h := range f.Hunks {
		// Lines of the hunk lie between these numbers; a file of many hunks is not gone through line by line for each issue.
		start, n := h.NewStart, h.NewLines
		if l.Old {
			start, n = h.OldStart, h.OldLines
		}
		if l.Last() < start || l.Start >= start+max(n, 1) {
			continue
		}
		for line := range h.Lines() {
			number, at := line.New, spot{sideRight, line.New}
			if l.Old {
				number = line.Old
				if line.Op == deepreview.OpDelete {
					at = spot{sideLeft, line.Old}
				}
			}
			if number < l.Start || number > l.Last() {
				continue
			}
			if !ok {
				first, ok = at, true
			}
			last = at
		}
		if ok {
			return f.Path, first, last, true
		}
	}
	return "", spot{}, spot{}, false
}

// suggestion returns the lines that the edits of fix replace and what stands there afterwards, where that is one stretch of the right
// side of one hunk: GitHub puts a suggestion in the place of exactly the lines that its comment is on.
func suggestion(c *deepreview.Change, fix *deepreview.Fix) (path string, first, last int, text string, ok bool) {
	if fix == nil || len(fix.Edits) != 1 {
		return "", 0, 0, "", false
	}
	e := fix.Edits[0]
	first, last, text = e.Start, e.End, e.New
	insert := e.End == e.Start-1
	if insert {
		last = first // the line it is put before stays, as the suggestion's last
	}
	f := c.File(e.Path)
	if f == nil || first < 1 || last < first || f.Unreadable != "" {
		return "", 0, 0, "", false
	}
	for _, h := range f.Hunks {
		if first < h.NewStart || last >= h.NewStart+h.NewLines {
			continue
		}
		if insert {
			for line := range h.Lines() {
				if line.New == first && line.Op != deepreview.OpDelete {
					text += line.Text + "\n"
				}
			}
		}
		// What is not shown as it is must not be applied with one click, either.
		if text != cleanCode(text) || (text != "" && !strings.HasSuffix(text, "\n")) || len(text) > maxSuggestion {
			return "", 0, 0, "", false
		}
		return f.Path, first, last, text, true
	}
	return "", 0, 0, "", false
}

// maxSuggestion bounds what is proposed for one click, in bytes.
const maxSuggestion = 16 << 10

// suggestionBlock writes what GitHub offers to apply. The fence is longer than any in it; no text of a reviewer gets one of this
// language otherwise.
func suggestionBlock(text string) string {
	f := strings.Repeat("`", max(3, longestRun(text, '`')+1))
	return f + "suggestion\n" + text + f
}
