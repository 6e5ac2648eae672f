package corpus

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
)

// Prediction is what a consolidator made of one finding. In a slice of predictions the first listed of an
// issue speaks for it.
type Prediction struct {
	Change string `json:"change"`
	// ID is the finding's.
	ID string `json:"id"`
	// Issue names the issue the finding ends in. Issues of two changes are never the same, whatever their names.
	Issue string `json:"issue"`
	// Severity is critical, important or suggestion; empty where the consolidator does not say.
	Severity string `json:"severity"`
	// Score says how likely the finding is to survive: any monotone score.
	Score float64 `json:"score"`
}

// ReadPredictions reads predictions, a JSON object a line.
func ReadPredictions(r io.Reader) ([]Prediction, error) {
	var out []Prediction
	err := eachLine(r, "predictions", func(line []byte) error {
		var p Prediction
		if err := json.Unmarshal(line, &p); err != nil {
			return err
		}
		out = append(out, p)
		return nil
	})
	return out, err
}

// WritePredictions writes predictions as [ReadPredictions] reads them.
func WritePredictions(w io.Writer, predictions []Prediction) error {
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for _, p := range predictions {
		if err := enc.Encode(p); err != nil {
			return err
		}
	}
	return out.Flush()
}

// issueKey names a predicted issue across changes.
type issueKey struct{ change, issue string }

func (p Prediction) key() issueKey { return issueKey{p.Change, p.Issue} }

// index keys predictions by finding ID. A prediction about a finding that c does not have, or a second one
// about the same, is an error; so is a finding without a prediction where complete is set, because leaving out
// the hard ones would raise every measure.
func (c *Corpus) index(predictions []Prediction, complete bool) (map[string]Prediction, error) {
	changes := make(map[string]string, len(c.Truth.Findings))
	for _, change := range c.Changes {
		for _, f := range change.Findings {
			changes[f.ID] = f.Change
		}
	}
	out := make(map[string]Prediction, len(predictions))
	for _, p := range predictions {
		change, known := changes[p.ID]
		switch {
		case !known:
			return nil, fmt.Errorf("prediction for %q: corpus %s has no such finding", p.ID, c.Name)
		case change != p.Change:
			return nil, fmt.Errorf("prediction for %q: says change %q, the finding is of %q", p.ID, p.Change, change)
		}
		if _, twice := out[p.ID]; twice {
			return nil, fmt.Errorf("prediction for %q: given twice", p.ID)
		}
		out[p.ID] = p
	}
	if complete && len(out) < len(changes) {
		for _, change := range c.Changes {
			for _, f := range change.Findings {
				if _, ok := out[f.ID]; !ok {
					return nil, fmt.Errorf("finding %q of corpus %s has no prediction (%d of %d have one): predict every finding",
						f.ID, c.Name, len(out), len(changes))
				}
			}
		}
	}
	return out, nil
}
