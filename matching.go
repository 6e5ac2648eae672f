package deepreview

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/deepreview-go/deepreview/internal/match"
)

// sameAt is where a caller's [Pipeline.Similarity] begins to mean that two findings say the same.
const sameAt = 0.5

// group finds the claims that say the same: where a ruling speaks as it says, elsewhere as the matcher does. A claim
// that a ruling drops or demotes is in no group. It also returns what went wrong with an adjudication.
func (p *Pipeline) group(ctx context.Context, c *Change, claims []*anchored, rulings *rulingIndex) ([]group, []string) {
	var out []group
	for i := range rulings.rulings {
		ru := &rulings.rulings[i]
		if !ru.keeps() {
			continue
		}
		g := group{ruling: ru, lead: -1}
		for m, a := range claims {
			if first := rulings.first(a.ref); first != nil && first.keeps() && slices.Contains(rulings.of[a.ref], i) {
				g.members = append(g.members, m)
				if g.lead < 0 || slices.Index(ru.Claims, a.ref) < slices.Index(ru.Claims, claims[g.lead].ref) {
					g.lead = m
				}
			}
		}
		if len(g.members) > 0 {
			out = append(out, g)
		}
	}
	var free []int
	for m, a := range claims {
		if rulings.first(a.ref) == nil {
			free = append(free, m)
		}
	}
	matched, problems := p.match(ctx, c, claims, free)
	return append(out, matched...), problems
}

// match groups the claims with the given indices.
func (p *Pipeline) match(ctx context.Context, c *Change, claims []*anchored, free []int) ([]group, []string) {
	groupOf := map[string]int{}
	docs := make([]match.Doc, len(free))
	findings := make([]*Finding, len(free))
	for k, m := range free {
		a := claims[m]
		if _, ok := groupOf[a.Reviewer]; !ok {
			groupOf[a.Reviewer] = len(groupOf)
		}
		docs[k] = matchDoc(a, groupOf[a.Reviewer])
		findings[k] = a.Finding
	}
	opt := match.Options{}
	if p.Similarity != nil {
		opt.Similarity, opt.Threshold = p.Similarity(findings), sameAt
	}
	result := match.Cluster(docs, opt)
	settled, problems := p.adjudicate(ctx, c, findings, result.Doubts)
	if len(settled) > 0 {
		opt.Rulings = settled
		result = match.Cluster(docs, opt)
	}

	out := make([]group, len(result.Groups))
	for gi, members := range result.Groups {
		g := &out[gi]
		for _, k := range members {
			g.members = append(g.members, free[k])
		}
		g.lead = free[result.Speakers[gi]]
	}
	for _, also := range result.Also {
		g := &out[also.Group]
		if m := free[also.Doc]; !slices.Contains(g.members, m) {
			g.members = append(g.members, m)
			slices.Sort(g.members)
			g.also = append(g.also, m)
		}
	}
	for _, mg := range result.Merges {
		gi := result.Of[mg.Pair[0]]
		claim, with := mg.Pair[0], mg.Pair[1]
		// The claim that joins is the one whose side does not hold the voice.
		speaker := result.Speakers[gi]
		here := slices.Contains(mg.A, speaker) || slices.Contains(mg.B, speaker)
		if here && slices.Contains(mg.A, speaker) == slices.Contains(mg.A, claim) {
			claim, with = with, claim
		}
		out[gi].merges = append(out[gi].merges, Merge{
			Claim: claims[free[claim]].ref, With: claims[free[with]].ref,
			Score: mg.Score, Threshold: mg.Score - mg.Margin, Evidence: p.evidence(mg),
		})
	}
	return out, problems
}

// evidence puts a merge's evidence into words.
func (p *Pipeline) evidence(mg match.Merge) []Evidence {
	switch mg.Cause {
	case match.Copies:
		return []Evidence{{Name: "the same words at the same place"}}
	case match.Ruled:
		return []Evidence{{Name: "settled by " + p.Adjudicator.Name()}}
	}
	var out []Evidence
	if len(mg.Shared) > 0 {
		out = append(out, Evidence{Name: "words in both: " + strings.Join(mg.Shared, ", ")})
	}
	for _, e := range mg.Evidence {
		out = append(out, Evidence{Name: fmt.Sprintf("%s %.2f", e.Kind, e.Value), Weight: e.Weight})
	}
	return out
}

func matchDoc(a *anchored, group int) match.Doc {
	d := match.Doc{
		Group: group, Title: a.Title, Body: joinText(a.Detail, a.Impact), Quote: a.Quote,
		Category: string(a.Category), Level: int(a.Severity), Places: places(a.locations), Symbols: a.symbols,
	}
	if a.Fix != nil {
		d.Fix = a.Fix.Text
		for _, e := range a.Fix.Edits {
			d.Fix = joinText(d.Fix, e.New)
		}
	}
	return d
}

func places(locations []Location) []match.Place {
	out := make([]match.Place, len(locations))
	for i, l := range locations {
		out[i] = match.Place{Path: l.Path, Start: l.Start, End: l.End}
	}
	return out
}

// joinText joins paragraphs, leaving out empty ones.
func joinText(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(s string) bool { return s == "" }), "\n\n")
}

// sameNotes groups notes of one kind that say the same.
func sameNotes(notes []heldNote) [][]int {
	groupOf := map[string]int{}
	docs := make([]match.Doc, len(notes))
	for i, n := range notes {
		if _, ok := groupOf[n.ref.Reviewer]; !ok {
			groupOf[n.ref.Reviewer] = len(groupOf)
		}
		docs[i] = match.Doc{
			Group: groupOf[n.ref.Reviewer], Title: n.Title, Body: n.Text, Category: n.Commit, Places: places(n.Locations),
		}
	}
	return match.Cluster(docs, match.Options{}).Groups
}
