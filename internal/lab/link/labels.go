package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/deepreview-go/deepreview"
)

// labelText has a line for each pair that was judged, as JSON: the ids of an issue of one round and of one of the next round of
// the same pull request, and whether they are the same problem; null where that cannot be told. A pair that is not
// listed is not the same.
//
//go:embed labels.jsonl
var labelText string

// pair is an issue of one round and one of the next, by their ids.
type pair struct{ earlier, later string }

// Answers as labels have them.
const (
	unsure = deepreview.AnswerUnsure
	no     = deepreview.AnswerNo
	yes    = deepreview.AnswerYes
)

// labels are a reader's answers.
type labels struct {
	answer map[pair]deepreview.Answer
	// order is that of the file.
	order []pair
}

// of returns what is known of a pair: no where it is not listed.
func (l *labels) of(p pair) deepreview.Answer {
	if a, listed := l.answer[p]; listed {
		return a
	}
	return no
}

func (l *labels) count(a deepreview.Answer) int {
	n := 0
	for _, p := range l.order {
		if l.answer[p] == a {
			n++
		}
	}
	return n
}

// check returns an error that names the first label that is not about an issue of each side of one step.
func (l *labels) check(steps []*step) error {
	earlier, later := map[string]*step{}, map[string]*step{}
	for _, s := range steps {
		for _, is := range s.earlier {
			earlier[is.ID] = s
		}
		for _, is := range s.later {
			later[is.ID] = s
		}
	}
	for _, p := range l.order {
		switch a, b := earlier[p.earlier], later[p.later]; {
		case a == nil:
			return fmt.Errorf("labels.jsonl: %s is no issue of a round that has a next one", p.earlier)
		case b == nil:
			return fmt.Errorf("labels.jsonl: %s is no issue of a round that has one before", p.later)
		case a != b:
			return fmt.Errorf("labels.jsonl: %s and %s are not of consecutive rounds of one pull request", p.earlier, p.later)
		}
	}
	return nil
}

// readLabels reads lines of {"earlier": ID, "later": ID, "same": true, false or null}, with nothing else in them. An ID is a
// change's, a slash, and a number within the change: "20260101-000000-pr-1/I2".
func readLabels(text string) (*labels, error) {
	l := &labels{answer: map[pair]deepreview.Answer{}}
	n := 0
	for line := range strings.Lines(text) {
		n++
		if strings.TrimSpace(line) == "" {
			continue
		}
		var row struct {
			Earlier string          `json:"earlier"`
			Later   string          `json:"later"`
			Same    json.RawMessage `json:"same"`
		}
		in := json.NewDecoder(strings.NewReader(line))
		in.DisallowUnknownFields()
		if err := in.Decode(&row); err != nil {
			return nil, fmt.Errorf("labels.jsonl:%d: %w", n, err)
		}
		p := pair{row.Earlier, row.Later}
		a, known := map[string]deepreview.Answer{"true": yes, "false": no, "null": unsure}[string(bytes.TrimSpace(row.Same))]
		before, number, ok := strings.Cut(p.earlier, "/")
		after, number2, ok2 := strings.Cut(p.later, "/")
		switch {
		case !known:
			return nil, fmt.Errorf("labels.jsonl:%d: same is %q: want true, false or null", n, row.Same)
		case !ok || !ok2 || before == "" || after == "" || number == "" || number2 == "":
			return nil, fmt.Errorf("labels.jsonl:%d: an ID is a change, a slash and a number, not %q and %q", n, p.earlier, p.later)
		case before == after:
			return nil, fmt.Errorf("labels.jsonl:%d: both issues are of %s", n, before)
		}
		if _, twice := l.answer[p]; twice {
			return nil, fmt.Errorf("labels.jsonl:%d: %s and %s are judged twice", n, p.earlier, p.later)
		}
		l.answer[p] = a
		l.order = append(l.order, p)
	}
	return l, nil
}
