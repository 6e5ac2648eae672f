package deepreview

import (
	"cmp"
	"fmt"
	"slices"
	"unicode/utf8"
)

// panel is the reviews of one consolidation, fit to be held and in roster order.
type panel struct {
	reviews []*Review
	// rank is a reviewer's place in the order.
	rank map[string]int
}

func newPanel(reviews []*Review, roster []string, fingerprint string) (*panel, error) {
	pl := &panel{rank: map[string]int{}}
	seen := map[string]bool{}
	for i, r := range reviews {
		switch {
		case r == nil:
			return nil, fmt.Errorf("consolidate: review %d is nil", i+1)
		case r.Reviewer == "":
			return nil, fmt.Errorf("consolidate: review %d names no reviewer", i+1)
		case !utf8.ValidString(r.Reviewer):
			return nil, fmt.Errorf("consolidate: the name %q of the reviewer of review %d is not valid UTF-8; give it another", r.Reviewer, i+1)
		case seen[r.Reviewer]:
			return nil, fmt.Errorf("consolidate: two reviews are by %q; join the passes of one reviewer into one review", r.Reviewer)
		case r.Change != "" && r.Change != fingerprint:
			return nil, fmt.Errorf("consolidate: the review by %s is of the change %.12s…, and this one is %.12s…; review this change again", r.Reviewer, r.Change, fingerprint)
		}
		seen[r.Reviewer] = true
		pl.reviews = append(pl.reviews, normalize(r))
	}
	slices.SortFunc(pl.reviews, func(a, b *Review) int {
		return cmp.Or(
			cmp.Compare(rosterRank(roster, a.Reviewer), rosterRank(roster, b.Reviewer)),
			cmp.Compare(a.Reviewer, b.Reviewer),
		)
	})
	for i, r := range pl.reviews {
		pl.rank[r.Reviewer] = i
	}
	return pl, nil
}

// rosterRank puts those the roster does not name behind those it does.
func rosterRank(roster []string, name string) int {
	if i := slices.Index(roster, name); i >= 0 {
		return i
	}
	return len(roster)
}

// claims returns every finding of the panel, anchored, in roster order.
func (pl *panel) claims(src *sources) []*anchored {
	var out []*anchored
	for _, r := range pl.reviews {
		for _, f := range r.Findings {
			a := &anchored{
				Claim: Claim{Finding: f, Reviewer: r.Reviewer, Vendor: r.Vendor, Model: r.Model},
				ref:   Ref{r.Reviewer, f.ID},
			}
			src.anchor(a)
			out = append(out, a)
		}
	}
	return out
}

// readers counts the reviewers that raised an issue or read one of its files.
func (pl *panel) readers(raised func(reviewer string) bool, locations []Location) int {
	n := 0
	for _, r := range pl.reviews {
		if raised(r.Reviewer) || slices.ContainsFunc(locations, func(l Location) bool {
			c, ok := r.CoverageOf(l.Path)
			return ok && c.Read()
		}) {
			n++
		}
	}
	return n
}

// rulingIndex finds the rulings of a claim.
type rulingIndex struct {
	rulings []Ruling
	// of are the indices of a claim's rulings, in their order; the first is the primary one.
	of map[Ref][]int
}

// indexRulings also returns a warning for each name that no review holds.
func (pl *panel) indexRulings(rulings []Ruling, claims []*anchored) (*rulingIndex, []string) {
	known := map[Ref]bool{}
	for _, a := range claims {
		known[a.ref] = true
	}
	for _, r := range pl.reviews {
		for _, n := range r.Notes {
			known[Ref{r.Reviewer, n.ID}] = true
		}
	}
	idx := &rulingIndex{rulings: rulings, of: map[Ref][]int{}}
	var warnings []string
	for i, ru := range rulings {
		for _, ref := range ru.Claims {
			if !known[ref] {
				warnings = append(warnings, fmt.Sprintf("A ruling names %s, which is no claim of any review.", ref))
				continue
			}
			if !slices.Contains(idx.of[ref], i) {
				idx.of[ref] = append(idx.of[ref], i)
			}
		}
	}
	return idx, warnings
}

// first returns the primary ruling on a claim, nil if there is none.
func (x *rulingIndex) first(ref Ref) *Ruling {
	if at := x.of[ref]; len(at) > 0 {
		return &x.rulings[at[0]]
	}
	return nil
}

// keeps reports whether the ruling keeps its claims as an issue or a note.
func (r *Ruling) keeps() bool {
	return r.Outcome == "" || r.Outcome == OutcomeKept || r.Outcome == OutcomeMerged
}
