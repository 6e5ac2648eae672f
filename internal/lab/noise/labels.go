package main

import (
	"cmp"
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strings"
)

// labelText has a line for each finding that was judged: the pair's name, the finding's ID, where it stands, "useful" or "noise",
// and why, parted by tabs. Lines that begin with # are comments.
//
//go:embed labels.tsv
var labelText string

// label is a reader's verdict on one finding.
type label struct {
	pair, id, place string
	noise           bool
	why             string
}

// rule returns the rule that the finding is of: its ID without the digest and what tells equals apart.
func (l label) rule() string {
	at := strings.LastIndex(l.id, "-")
	if len(l.id)-at-1 < 8 { // "-2" after the digest
		at = strings.LastIndex(l.id[:at], "-")
	}
	return l.id[:at]
}

func readLabels(text string) ([]label, error) {
	var out []label
	seen := map[string]bool{}
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimRight(line, "\r\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 5 || f[3] != "useful" && f[3] != "noise" || f[4] == "" || strings.Count(f[1], "-") < 1 {
			return nil, fmt.Errorf("labels.tsv:%d: want pair, ID, place, useful or noise, and why, parted by tabs", n)
		}
		l := label{pair: f[0], id: f[1], place: f[2], noise: f[3] == "noise", why: f[4]}
		if seen[l.pair+" "+l.id] {
			return nil, fmt.Errorf("labels.tsv:%d: %s of %s is judged twice", n, l.id, l.pair)
		}
		seen[l.pair+" "+l.id] = true
		out = append(out, l)
	}
	return out, nil
}

// tally counts verdicts.
type tally struct{ useful, noise int }

func (t *tally) add(l label) {
	if l.noise {
		t.noise++
	} else {
		t.useful++
	}
}

func (t tally) all() int { return t.useful + t.noise }

// share is the part of noise in words: "18%".
func (t tally) share() string {
	if t.all() == 0 {
		return "–"
	}
	return fmt.Sprintf("%.0f%%", 100*float64(t.noise)/float64(t.all()))
}

// byRule counts the verdicts of a set by rule.
func byRule(labels []label, set string) map[string]*tally {
	of := map[string]string{}
	for _, p := range pairs {
		of[p.name] = p.set
	}
	out := map[string]*tally{}
	for _, l := range labels {
		if of[l.pair] != set {
			continue
		}
		if out[l.rule()] == nil {
			out[l.rule()] = new(tally)
		}
		out[l.rule()].add(l)
	}
	return out
}

// ruleTable writes the table of rules, the most frequent first, with its total.
func ruleTable(out io.Writer, labels []label, set string) {
	rules := byRule(labels, set)
	names := make([]string, 0, len(rules))
	var total tally
	for name, t := range rules {
		names = append(names, name)
		total.useful += t.useful
		total.noise += t.noise
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(rules[b].all(), rules[a].all()), cmp.Compare(a, b))
	})
	fmt.Fprintf(out, "| rule | findings | useful | noise |\n|---|---:|---:|---:|\n")
	for _, name := range names {
		t := rules[name]
		fmt.Fprintf(out, "| `%s` | %d | %d | %d |\n", name, t.all(), t.useful, t.noise)
	}
	fmt.Fprintf(out, "| all | %d | %d | %d (%s) |\n", total.all(), total.useful, total.noise, total.share())
}

// tables writes the tables of pairs and of rules of a set whose labels are all there.
func tables(out io.Writer, set string, all []outcome, labels []label) error {
	judged := map[string]label{}
	for _, l := range labels {
		judged[l.pair+" "+l.id] = l
	}
	fmt.Fprintf(out, "| pair | files | changed lines | findings | useful | noise |\n|---|---:|---:|---:|---:|---:|\n")
	for _, x := range all {
		var t tally
		for _, f := range x.review.Findings {
			l, ok := judged[x.name+" "+f.ID]
			if !ok {
				return fmt.Errorf("%s of %s at %s is not judged: add it to labels.tsv", f.ID, x.name, place(f))
			}
			delete(judged, x.name+" "+f.ID)
			t.add(l)
		}
		registry := ""
		if x.npm {
			registry = " (npm)"
		}
		fmt.Fprintf(out, "| %s%s %s → %s | %d | %d | %d | %d | %d |\n", x.name, registry, x.old, x.now, x.files, x.lines, t.all(), t.useful, t.noise)
	}
	for _, x := range all {
		for _, l := range labels {
			if _, left := judged[l.pair+" "+l.id]; left && l.pair == x.name {
				return fmt.Errorf("%s of %s is judged, but not raised any more: take it out of labels.tsv", l.id, l.pair)
			}
		}
	}
	fmt.Fprintln(out)
	ruleTable(out, labels, set)
	return nil
}
