package analyzer

import (
	"bytes"
	"go/format"
	"slices"
	"strings"

	"github.com/deepreview-go/deepreview"
)

// Bounds on what is formatted for the sake of a fix.
const (
	tidyEditsMost = 20
	tidyBytesMost = 256 << 10
)

// tidy formats what edits write, each by itself, where the file is formatted now. Edits that cannot be are as they were.
func (w *work) tidy(edits []deepreview.Edit) []deepreview.Edit {
	if len(edits) > tidyEditsMost {
		return edits
	}
	out := slices.Clone(edits)
	for i, e := range edits {
		was := w.formatted(e.Path)
		if e.End > len(was) {
			continue
		}
		is := strings.Join(was[:e.Start-1], "") + e.New + strings.Join(was[e.End:], "")
		src, err := format.Source([]byte(is))
		if err != nil || string(src) == is {
			continue
		}
		now := strings.SplitAfter(string(src), "\n")
		start := 0
		for start < min(len(was), len(now)) && was[start] == now[start] {
			start++
		}
		end := 0
		for end < min(len(was), len(now))-start && was[len(was)-1-end] == now[len(now)-1-end] {
			end++
		}
		out[i] = deepreview.Edit{Path: e.Path, Start: start + 1, End: len(was) - end, New: strings.Join(now[start:len(now)-end], "")}
	}
	if (&deepreview.Finding{ID: "x", Title: "x", Fix: &deepreview.Fix{Edits: out}}).Validate() != nil {
		return edits // formatting made two of them meet
	}
	return out
}

// formatted returns the lines of a file at head with their newlines; none if it is large or not formatted as it stands.
func (w *work) formatted(name string) []string {
	lines, ok := w.lines[name]
	if !ok {
		src, err := w.copy.read(name)
		if err == nil && len(src) <= tidyBytesMost {
			if now, err := format.Source(src); err == nil && bytes.Equal(now, src) {
				lines = strings.SplitAfter(string(src), "\n")
			}
		}
		w.lines[name] = lines
	}
	return lines
}
