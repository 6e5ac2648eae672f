package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/history"
)

// rounds lists the history, or shows one round of it.
func rounds(ctx context.Context, e *env, s *settings) int {
	if err := e.rounds(ctx, s); err != nil {
		return e.fail(err)
	}
	return exitFine
}

func (e *env) rounds(ctx context.Context, s *settings) error {
	st, err := e.mustStore(ctx, s)
	if err != nil {
		return err
	}
	all, err := st.All()
	if err != nil {
		return err
	}
	if len(s.args) > 0 {
		var chosen []*history.Series
		for _, se := range all {
			if se.Name() == s.args[0] {
				chosen = append(chosen, se)
			}
		}
		if len(chosen) == 0 {
			var names []string
			for _, se := range all {
				names = append(names, se.Name())
			}
			return usagef("there is no series %q in %s; %s", s.args[0], st.Dir(), instead(s.args[0], names))
		}
		all = chosen
	}
	switch {
	case len(s.args) == 2:
		return e.showRound(s, all[0])
	case len(s.out) > 0 || s.templates != "":
		return usagef("--out is for one round: deepreview history SERIES ROUND --out html=FILE")
	case s.export:
		return e.exportRounds(all)
	case s.prune > 0:
		for _, se := range all {
			n, err := se.Prune(ctx, s.prune)
			if err != nil {
				return err
			}
			e.note(s, "%s: %s removed.", se.Name(), count(n, "round"))
		}
		return nil
	case len(all) == 0:
		e.note(s, "There is no round yet in %s.", st.Dir())
		return nil
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, se := range all {
		numbers, err := se.Numbers()
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\n", se.Name())
		for _, n := range numbers {
			r, err := se.Report(n)
			if err != nil {
				fmt.Fprintf(w, "  %d\t%v\n", n, err)
				continue
			}
			fmt.Fprintf(w, "  %d\t%s\t%.7s\t%s\t%s\n", n, r.Date.Local().Format("2006-01-02 15:04"), r.Change.Head, r.Verdict.Kind, r.Structure())
		}
		if len(s.args) > 0 {
			if err := e.listIssues(w, se); err != nil {
				return err
			}
		}
	}
	w.Flush()
	_, err = fmt.Fprint(e.stdout, harmless(b.String()))
	return err
}

// showRound writes the report of one round again.
func (e *env) showRound(s *settings, se *history.Series) error {
	n, err := strconv.Atoi(s.args[1])
	if err != nil {
		return usagef("%q is no number of a round", s.args[1])
	}
	if len(s.out) == 0 {
		s.out = []destination{mustDestination("text=-")}
	}
	if err := errors.Join(checkDestinations(s.out), s.checkTemplates()); err != nil {
		return err
	}
	r, err := se.Report(n)
	if err != nil {
		return err
	}
	return e.write(s, nil, r)
}

// listIssues writes what is known of each issue of a series.
func (e *env) listIssues(w *tabwriter.Writer, se *history.Series) error {
	last, err := se.Last()
	if err != nil {
		return err
	}
	decided := map[string]deepreview.Resolution{}
	for _, r := range last.Resolutions {
		decided[r.Issue] = r
	}
	fmt.Fprintf(w, "\n")
	for _, is := range last.Issues {
		fmt.Fprintf(w, "  %s\t%s\t%s\tsince round %d\t%s\n", is.ID, is.Severity, is.Status, is.Since, oneLine(is.Title))
		if r, ok := decided[is.ID]; ok {
			fmt.Fprintf(w, "  \t\t%s\n", oneLine(r.String()))
		}
	}
	return nil
}

func (e *env) exportRounds(all []*history.Series) error {
	for _, se := range all {
		doc, err := se.Export()
		if err != nil {
			return err
		}
		if _, err := e.stdout.Write(append(doc, '\n')); err != nil {
			return fmt.Errorf("standard output: %w", err)
		}
	}
	return nil
}

// scorecard says what became of each reviewer's claims.
func scorecard(ctx context.Context, e *env, s *settings) int {
	st, err := e.mustStore(ctx, s)
	if err != nil {
		return e.fail(err)
	}
	record, err := st.Record()
	if err != nil {
		return e.fail(err)
	}
	if len(record.Scores) == 0 {
		e.note(s, "There is no claim yet in %s.", st.Dir())
		return exitFine
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "reviewer\traised as\tclaims\tkept\tdowngraded\tunique\tconfirmed\tfalse")
	for _, sc := range record.Scores {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\n", oneLine(sc.Reviewer), sc.Raised, sc.Claims, sc.Kept, sc.Downgraded, sc.Unique, sc.Confirmed, sc.False)
	}
	fmt.Fprintln(w, "\nreviewer\trounds\trequests\ttokens in\ttokens out\tcost\tfor each confirmed")
	for _, sp := range record.Spending {
		cost, each := "–", "–"
		if sp.Usage.Priced {
			cost = fmt.Sprintf("$%.2f", sp.Usage.Cost)
			if sp.Confirmed > 0 {
				each = fmt.Sprintf("$%.2f", sp.CostEach)
			}
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%s\t%s\n", oneLine(sp.Reviewer), sp.Rounds, sp.Usage.Requests, sp.Usage.TokensIn, sp.Usage.TokensOut, cost, each)
	}
	w.Flush()
	if _, err := fmt.Fprint(e.stdout, harmless(b.String())); err != nil {
		return e.fail(fmt.Errorf("standard output: %w", err))
	}
	return exitFine
}
