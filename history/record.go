package history

import (
	"cmp"
	"slices"

	"github.com/deepreview-go/deepreview"
)

// Score is what became of one reviewer's claims of one severity, over all rounds of all series. A claim that was raised round
// after round counts once.
type Score struct {
	Reviewer string              `json:"reviewer"`
	Raised   deepreview.Severity `json:"raised,omitzero"`
	// Claims is how many it raised; Kept of them support an issue, Downgraded at a lower severity, and Unique ones are of issues
	// that nobody else raised.
	Claims     int `json:"claims"`
	Kept       int `json:"kept"`
	Downgraded int `json:"downgraded"`
	Unique     int `json:"unique"`
	// Confirmed are of issues that were fixed, or that a person accepted as a risk; False are of issues that a person, a ruling or a
	// second look found wrong. The others nobody has decided about.
	Confirmed int `json:"confirmed"`
	False     int `json:"false"`
}

// Spending is what a reviewer took over all rounds. CostEach is by confirmed claim; 0 where nothing is priced or
// confirmed.
type Spending struct {
	Reviewer  string           `json:"reviewer"`
	Rounds    int              `json:"rounds"`
	Usage     deepreview.Usage `json:"usage"`
	Confirmed int              `json:"confirmed"`
	CostEach  float64          `json:"cost_each,omitzero"`
}

// Record is what the history says of the reviewers.
type Record struct {
	// Scores are by reviewer and severity, the gravest first; Spending by reviewer.
	Scores   []Score    `json:"scores"`
	Spending []Spending `json:"spending"`
	// Decided is what people decided about claims, or the code did by changing: what [deepreview.Calibrator] takes. What
	// the program decided by itself is not in it.
	Decided deepreview.TrackRecord `json:"decided"`
}

// Record reads every report of every series.
func (s *Store) Record() (*Record, error) {
	all, err := s.All()
	if err != nil {
		return nil, err
	}
	resolved := map[string]deepreview.Resolution{}
	decisions, err := s.Resolutions()
	if err != nil {
		return nil, err
	}
	for _, r := range decisions {
		resolved[r.Issue] = r
	}
	out := &Record{}
	scores := map[[2]any]*Score{}
	spent := map[string]*Spending{}
	for _, se := range all {
		if err := se.record(out, scores, spent, resolved); err != nil {
			return nil, err
		}
	}
	for _, sc := range scores {
		out.Scores = append(out.Scores, *sc)
	}
	slices.SortFunc(out.Scores, func(a, b Score) int {
		return cmp.Or(cmp.Compare(a.Reviewer, b.Reviewer), cmp.Compare(b.Raised, a.Raised))
	})
	for _, sp := range spent {
		if sp.Usage.Priced && sp.Confirmed > 0 {
			sp.CostEach = sp.Usage.Cost / float64(sp.Confirmed)
		}
		out.Spending = append(out.Spending, *sp)
	}
	slices.SortFunc(out.Spending, func(a, b Spending) int { return cmp.Compare(a.Reviewer, b.Reviewer) })
	slices.SortFunc(out.Decided, func(a, b deepreview.TrackCount) int {
		return cmp.Or(cmp.Compare(a.Reviewer, b.Reviewer), cmp.Compare(b.Raised, a.Raised), cmp.Compare(b.Final, a.Final))
	})
	return out, nil
}

// record adds what one series says.
func (se *Series) record(out *Record, scores map[[2]any]*Score, spent map[string]*Spending, resolved map[string]deepreview.Resolution) error {
	numbers, err := se.Numbers()
	if err != nil || len(numbers) == 0 {
		return err
	}
	last, err := se.load(numbers[len(numbers)-1])
	if err != nil {
		return err
	}
	fate := map[string]*deepreview.Issue{}
	for _, is := range last.Round.Issues {
		fate[is.ID] = is
	}
	counted := map[[2]string]bool{}
	for _, n := range numbers {
		r, err := se.Report(n)
		if err != nil {
			return err
		}
		for _, rev := range r.Reviews {
			sp := spent[rev.Reviewer]
			if sp == nil {
				sp = &Spending{Reviewer: rev.Reviewer}
				spent[rev.Reviewer] = sp
			}
			sp.Rounds++
			sp.Usage = sp.Usage.Add(rev.Usage)
		}
		issues := map[string]*deepreview.Issue{}
		for _, is := range r.Issues {
			issues[is.ID] = is
		}
		of := issuesOf(r)
		for _, d := range r.Ledger {
			if d.Note {
				continue
			}
			is := of[d.Claim]
			if is != nil {
				if k := [2]string{d.Claim.Reviewer, is.ID}; counted[k] {
					continue
				} else {
					counted[k] = true
				}
			}
			key := [2]any{d.Claim.Reviewer, d.Raised}
			sc := scores[key]
			if sc == nil {
				sc = &Score{Reviewer: d.Claim.Reviewer, Raised: d.Raised}
				scores[key] = sc
			}
			sc.Claims++
			if is == nil {
				if d.Drop == deepreview.DropFalsePositive {
					sc.False++
					out.Decided.Add(d.Claim.Reviewer, d.Raised, deepreview.SeverityUnset)
				}
				continue
			}
			sc.Kept++
			if d.Downgraded() {
				sc.Downgraded++
			}
			if is.Reported == 1 {
				sc.Unique++
			}
			res, decided := resolved[is.ID]
			fixed := fate[is.ID] != nil && fate[is.ID].Status == deepreview.StatusFixed
			refuted := is.Verification != nil && is.Verification.Status == deepreview.VerificationRefuted
			switch {
			case decided && res.As == deepreview.ResolvedFalsePositive, !decided && !fixed && refuted:
				sc.False++
				if decided {
					out.Decided.Add(d.Claim.Reviewer, d.Raised, deepreview.SeverityUnset)
				}
			case decided && res.As == deepreview.ResolvedDeclined:
				out.Decided.Add(d.Claim.Reviewer, d.Raised, deepreview.SeverityUnset)
			case decided, fixed:
				sc.Confirmed++
				spent[d.Claim.Reviewer].Confirmed++
				out.Decided.Add(d.Claim.Reviewer, d.Raised, is.Severity)
			}
		}
	}
	return nil
}

// issuesOf returns the issue that each claim supports, settled ones included.
func issuesOf(r *deepreview.Report) map[deepreview.Ref]*deepreview.Issue {
	of := map[deepreview.Ref]*deepreview.Issue{}
	add := func(is *deepreview.Issue) {
		for _, s := range is.Sources {
			if ref := s.Ref(); of[ref] == nil {
				of[ref] = is
			}
		}
	}
	for _, is := range r.Issues {
		add(is)
	}
	for _, p := range r.Prior {
		if p.Status == deepreview.StatusDeclined || p.Status == deepreview.StatusSuppressed {
			add(p.Issue)
		}
	}
	return of
}
