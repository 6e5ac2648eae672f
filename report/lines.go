package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/deepreview-go/deepreview"
)

// Lines writes a report the way a compiler does, for hooks, editors and pipes: a line an issue that is open, and last the
// verdict with what is missing.
//
//	lib/store.go:12: important: The error of Open is dropped (Claude, Codex) [I1]
//	deepreview: merge with fixes: 1 important issue. 0 critical, 1 important, 0 suggestions.
//
// An issue without a place begins with "-". What the round before left and what was settled is not shown.
type Lines struct{}

// Render implements [Renderer].
func (Lines) Render(w io.Writer, r *deepreview.Report) error {
	label := map[string]string{}
	for _, rev := range r.Reviews {
		label[rev.Reviewer] = rev.DisplayName()
	}
	b := bufio.NewWriter(w)
	for _, is := range r.Issues {
		if !is.Open() {
			continue
		}
		place := "-"
		if len(is.Locations) > 0 {
			l := is.Locations[0]
			place = l.Path
			if l.Start > 0 {
				place = fmt.Sprintf("%s:%d", l.Path, l.Start)
			}
			if l.Old {
				place += " (before the change)"
			}
		}
		var who []string
		for _, name := range is.Names() {
			if label[name] != "" {
				name = label[name]
			}
			who = append(who, name)
		}
		fmt.Fprintln(b, cleanLine(fmt.Sprintf("%s: %s: %s (%s) [%s]", place, is.Severity, cleanLine(is.Title), strings.Join(who, ", "), is.Number)))
	}
	fmt.Fprintln(b, cleanLine(fmt.Sprintf("deepreview: %s: %s. %s.", r.Verdict.Kind, r.Verdict.Reason, strings.TrimSuffix(r.Structure(), "."))))
	for _, m := range r.Verdict.Missing {
		if m != r.Verdict.Reason {
			fmt.Fprintln(b, cleanLine("deepreview: missing: "+m))
		}
	}
	return b.Flush()
}
