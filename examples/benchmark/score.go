package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/deepreview-go/deepreview/internal/corpus"
)

// figures are the measures that a corpus has the truth for; the others are empty.
type figures struct {
	pairs, bcubed            string
	severity, alone, company string
	survival                 string
	golden, extended         string
	ranking, precision       string
	overmerge                string
}

// measure scores predictions by every measure that the corpus has the truth for: gold clusters, kept and dropped findings,
// human-checked issues, or, where there is none of these, comments that annotators kept apart.
func measure(c *corpus.Corpus, predictions []corpus.Prediction) (f figures, err error) {
	clusters, outcomes := false, false
	for _, v := range c.Truth.Findings {
		clusters = clusters || v.Cluster != ""
		outcomes = outcomes || v.Status == corpus.Kept
	}
	if clusters {
		pairs, err := corpus.Pairs(c, predictions)
		if err != nil {
			return f, err
		}
		b3, err := corpus.BCubed(c, predictions)
		if err != nil {
			return f, err
		}
		f.pairs, f.bcubed = ratio(pairs.PRF().F1), ratio(b3.F1)
	}
	if outcomes {
		severities, err := corpus.Severity(c, predictions)
		if err != nil {
			return f, err
		}
		area, err := corpus.Survival(c, predictions)
		if err != nil {
			return f, err
		}
		f.severity, f.alone, f.company = ratio(severities.All.Value()), ratio(severities.Alone.Value()), ratio(severities.Company.Value())
		f.survival = ratio(area)
	}
	if len(c.Truth.Golden) > 0 {
		matched, extended, err := corpus.GoldenPairs(c, predictions)
		if err != nil {
			return f, err
		}
		area, precision, err := corpus.Ranking(c, predictions)
		if err != nil {
			return f, err
		}
		f.golden, f.extended = ratio(matched.PRF().F1), ratio(extended.PRF().F1)
		f.ranking, f.precision = ratio(area), ratio(precision)
	}
	if !clusters && len(c.Truth.Golden) == 0 {
		share, err := corpus.OverMerge(c, predictions)
		if err != nil {
			return f, err
		}
		f.overmerge = ratio(share.Value())
	}
	return f, nil
}

func ratio(x float64) string { return fmt.Sprintf("%.3f", x) }

func score(w io.Writer, dir, file string, panel []string) error {
	c, err := corpus.Load(dir)
	if err != nil {
		return err
	}
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	predictions, err := corpus.ReadPredictions(in)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if len(panel) > 0 {
		return scorePanel(w, c, predictions, panel)
	}
	f, err := measure(c, predictions)
	if err != nil {
		return err
	}
	for _, row := range [][2]string{
		{"pairs F1", f.pairs}, {"B³ F1", f.bcubed}, {"pairs F1 against golden issues", f.golden}, {"the same, extended", f.extended},
		{"over-merge", f.overmerge}, {"severity of kept findings", f.severity}, {"  alone in their cluster", f.alone}, {"  in company", f.company},
		{"survival AUC", f.survival}, {"ranking AUC", f.ranking}, {"ranking average precision", f.precision},
	} {
		if row[1] != "" {
			fmt.Fprintf(w, "%-32s %s\n", row[0], row[1])
		}
	}
	if f.survival != "" {
		return reliability(w, c, predictions)
	}
	return nil
}

// scorePanel scores the issues that two or more of a panel raised.
func scorePanel(w io.Writer, c *corpus.Corpus, predictions []corpus.Prediction, panel []string) error {
	if len(c.Truth.Golden) == 0 {
		return fmt.Errorf("corpus %s has no golden issues to score a panel against: its changes list none under \"issues\"", c.Name)
	}
	s, err := corpus.Panel(c, predictions, panel, corpus.TwoVotes)
	if err != nil {
		return err
	}
	for _, row := range []struct {
		name string
		of   corpus.PRF
	}{
		{"any member matched (any1)", s.Any.PRF()},
		{"the one that speaks matched (rep)", s.Rep.PRF()},
		{"best alone: " + s.Best, s.Single},
	} {
		fmt.Fprintf(w, "%-34s F1 %.3f  precision %.3f  recall %.3f\n", row.name, row.of.F1, row.of.Precision, row.of.Recall)
	}
	fmt.Fprintf(w, "%d issues with two votes or more, %d golden issues\n", s.Issues, s.Goldens)
	return nil
}

// reliability draws how often findings were kept beside how likely that was said to be: a bar for what came out, and a
// mark where the prediction lies. Where scores are probabilities the bars end at the marks.
func reliability(w io.Writer, c *corpus.Corpus, predictions []corpus.Prediction) error {
	bins, err := corpus.Reliability(c, predictions)
	if err != nil {
		return err
	}
	const width = 40
	fmt.Fprintf(w, "\nsurvival  findings  predicted  kept\n")
	for _, b := range bins {
		bar := []rune(strings.Repeat("█", int(b.Kept.Value()*width+.5)) + strings.Repeat("·", width))[:width]
		bar[min(width-1, int(b.Mean*width))] = '|'
		fmt.Fprintf(w, "%.1f–%.1f   %8d  %9.3f  %.3f  %s\n", b.Low, b.Low+.1, b.Kept.Of, b.Mean, b.Kept.Value(), string(bar))
	}
	return nil
}
