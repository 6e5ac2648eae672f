package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents/markdown"
	"github.com/deepreview-go/deepreview/internal/corpus"
)

// recoverFindings parses the raw reviews of a corpus, each by itself and without its change, writes a line a finding to w, and the
// table by vendor to table where the truth is there.
func recoverFindings(w, table io.Writer, dir string) error {
	reviews, err := corpus.RawReviews(dir)
	if err != nil {
		return err
	}
	var got []corpus.Recovered
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for _, r := range reviews {
		for _, f := range recovered(r) {
			got = append(got, f)
			if err := enc.Encode(f); err != nil {
				return err
			}
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	truth, err := corpus.RawFindings(dir)
	if err != nil || truth == nil {
		return err
	}
	by, _ := corpus.Recover(truth, got)
	row(table, []string{"vendor", "findings", "recovered", "right severity", "right file and lines", "the same, by the path's end", "invented"})
	row(table, slices.Repeat([]string{"---"}, 7))
	for _, vendor := range slices.Sorted(maps.Keys(by)) {
		if vendor != "" {
			row(table, recoveryCells(vendor, by[vendor]))
		}
	}
	row(table, recoveryCells("**all**", by[""]))
	return nil
}

// recovered are the findings of one raw review. One that is no review has none.
func recovered(r corpus.RawReview) []corpus.Recovered {
	rev, _ := markdown.Parse(nil, r.Markdown)
	var out []corpus.Recovered
	for _, f := range rev.Findings {
		line := corpus.Recovered{Change: r.Change, Reviewer: r.Reviewer, Pass: r.Pass, Category: string(f.Category), Title: f.Title}
		if f.Severity != deepreview.SeverityUnset {
			line.Severity = f.Severity.String()
		}
		if len(f.Locations) > 0 {
			line.Path, line.Start, line.End = f.Locations[0].Path, f.Locations[0].Start, f.Locations[0].Last()
		}
		out = append(out, line)
	}
	return out
}

func recoveryCells(name string, r corpus.Recovery) []string {
	cells := []string{name, fmt.Sprint(r.Found.Of)}
	for _, s := range []corpus.Share{r.Found, r.Rated, r.Placed, r.PlacedByEnd} {
		cells = append(cells, fmt.Sprintf("%d (%.1f%%)", s.Hit, 100*s.Value()))
	}
	return append(cells, fmt.Sprintf("%d of %d (%.1f%%)", r.Invented.Hit, r.Invented.Of, 100*r.Invented.Value()))
}
