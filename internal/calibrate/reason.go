package calibrate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

var levelNames = [levels]string{"no severity", "suggestion", "important", "critical"}

// maxRecords is how many reviewers' records are told.
const maxRecords = 3

// reasons tells what a rating is made of: the outcome, the records, the words, the circumstances, the second look.
func (m *Model) reasons(e *evidence, s *standing, r *Rating) []string {
	out := []string{outcome(e, r)}
	out = append(out, records(e, s)...)
	if words := m.wordsOf(e); words != "" {
		out = append(out, words)
	}
	if last := circumstances(e); last != "" {
		out = append(out, last)
	}
	return out
}

func outcome(e *evidence, r *Rating) string {
	odds := fmt.Sprintf("critical %s, important %s, suggestion %s", percent(r.Odds[2]), percent(r.Odds[1]), percent(r.Odds[0]))
	low, high := Critical+1, Unset
	for i := range e.claims {
		if l := e.claims[i].Level; l != Unset {
			low, high = min(low, l), max(high, l)
		}
	}
	how := ""
	switch {
	case high == Unset:
		how = "no severity was stated, so the words and the circumstances decide"
	case r.Level < low:
		how = "below the " + levelNames[low] + " raised"
	case r.Level > high:
		how = "above the " + levelNames[high] + " raised"
	case low == high:
		how = "as raised"
	default:
		how = fmt.Sprintf("raised as %s to %s", levelNames[low], levelNames[high])
	}
	return fmt.Sprintf("Rated %s, %s: %s.", counted(r.Level, 1), how, odds)
}

func percent(p float64) string { return fmt.Sprintf("%.0f%%", 100*p) }

// records tells what became of such claims before, those of the highest severity first.
func records(e *evidence, s *standing) []string {
	claims := slices.Clone(e.claims)
	slices.SortStableFunc(claims, func(a, b Claim) int { return cmp.Compare(b.Level, a.Level) })
	var out []string
	told := map[string]bool{}
	for i := range claims {
		c := &claims[i]
		name := cmp.Or(c.Reviewer, "A reviewer")
		switch {
		case c.Level == Unset, told[c.Reviewer]:
			continue
		case len(told) == maxRecords:
			out[maxRecords-1] += " More reviewers raised it too."
			return out
		case c.Rule:
			out = append(out, fmt.Sprintf("%s is a rule, whose severity is taken as configured: %s.", name, levelNames[c.Level]))
		default:
			by := s.of(c)
			out = append(out, fmt.Sprintf("%s rated it %s; %s.", name, counted(c.Level, 1), history(c.Level, by.tally, by.whose)))
		}
		told[c.Reviewer] = true
	}
	return out
}

// history tells what became of a reviewer's claims at one level: "of 109 such claims by this reviewer 85 stayed important, 5
// became critical, 10 were not kept". Where there were none at that level, all its claims are told.
func history(raised int, t *Tally, by string) string {
	row, verb, what := t.row(raised), "became", fmt.Sprintf("of %.0f such claims by %s ", total(t.row(raised)), by)
	if total(row) == 0 {
		row, verb, raised = t.row(Unset), "ended as", Unset
		what = fmt.Sprintf("no such claim by %s is on record, and of %.0f others ", by, total(row))
	}
	var parts []string
	if raised != Unset {
		parts = append(parts, fmt.Sprintf("%.0f stayed %s", row[raised], counted(raised, row[raised])))
	}
	for final := Critical; final > Unset; final-- {
		if n := row[final]; final != raised && n > 0 {
			parts = append(parts, fmt.Sprintf("%.0f %s %s", n, verb, counted(final, n)))
		}
	}
	switch n := row[Unset]; {
	case n == 1:
		parts = append(parts, "1 was not kept")
	case n > 0:
		parts = append(parts, fmt.Sprintf("%.0f were not kept", n))
	}
	return what + strings.Join(parts, ", ")
}

// counted is a level as n claims have it.
func counted(level int, n float64) string {
	switch {
	case level != Suggestion:
		return levelNames[level]
	case n == 1:
		return "a suggestion"
	}
	return "suggestions"
}

// telling is the log-odds from which a word is worth a mention.
const telling = 0.05

// wordsOf tells the words that moved the severity, the strongest first.
func (m *Model) wordsOf(e *evidence) string {
	type moved struct {
		word string
		by   float64
	}
	var up, down []moved
	worse, worst := e.asks()
	for s := range signals {
		f := firstSignal + Feature(s)
		by := m.Weights[worse][f]*e.vectors[worse][f] + m.Weights[worst][f]*e.vectors[worst][f]
		switch {
		case by >= telling:
			up = append(up, moved{e.words[s], by})
		case by <= -telling:
			down = append(down, moved{e.words[s], -by})
		}
	}
	list := func(all []moved) string {
		slices.SortStableFunc(all, func(a, b moved) int { return cmp.Compare(b.by, a.by) })
		var quoted []string
		for _, w := range all[:min(len(all), 4)] {
			quoted = append(quoted, `"`+w.word+`"`)
		}
		return strings.Join(quoted, ", ")
	}
	var parts []string
	if len(up) > 0 {
		parts = append(parts, list(up)+" spoke for more")
	}
	if len(down) > 0 {
		parts = append(parts, list(down)+" for less")
	}
	if len(parts) == 0 {
		return ""
	}
	if len(up) == 0 {
		parts[0] = list(down) + " spoke for less"
	}
	return "Of its words " + strings.Join(parts, ", ") + "."
}

// circumstances tells the votes and what the code or a second look said, in one line.
func circumstances(e *evidence) string {
	var parts []string
	if n := e.reported + e.silent; n > 1 {
		parts = append(parts, fmt.Sprintf("Raised by %d of the %d that read it.", e.reported, n))
	}
	if e.vectors[Kept][Enhancement] == 1 {
		parts = append(parts, "It asks for an enhancement.")
	}
	for f, place := range map[Feature]string{InTests: "tests", InDocs: "documentation", InConfig: "configuration", InGenerated: "generated files"} {
		if e.vectors[Kept][f] == 1 {
			parts = append(parts, "It lies in "+place+".") // at most one of them
		}
	}
	if e.contradicted {
		parts = append(parts, "The code contradicts what it says, so it is less likely to survive.")
	}
	switch {
	case e.verified > 0:
		parts = append(parts, "A second look confirmed it.")
	case e.verified < 0:
		parts = append(parts, "A second look refuted it.")
	}
	return strings.Join(parts, " ")
}
