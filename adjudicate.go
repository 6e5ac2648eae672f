package deepreview

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/deepreview-go/deepreview/internal/match"
)

// Adjudicator settles whether two claims say the same where the matcher is in doubt. It sees no other pairs, and not who
// made the claims.
type Adjudicator interface {
	// Name identifies the adjudicator in reports.
	Name() string
	// Adjudicate returns one judgement for each pair, in their order. It obeys ctx. An error, or another number of
	// judgements, leaves every pair of the call as the matcher had it.
	Adjudicate(ctx context.Context, c *Change, pairs []Pair) ([]Judgement, error)
}

// Pair is two claims that may say the same. The findings are copies without ID, and in no order that tells.
type Pair struct {
	A, B Finding
}

// Judgement is the answer on one pair.
type Judgement struct {
	// Same is AnswerUnsure where the matcher's own decision should stand.
	Same   Answer
	Reason string
}

// Answer is yes, no, or neither.
type Answer int

// The answers, with zero for not knowing.
const (
	AnswerUnsure Answer = 0
	AnswerNo     Answer = 10
	AnswerYes    Answer = 20
)

// Bounds of an adjudication.
const (
	defaultAdjudicate = 60 // pairs; see [Pipeline.AdjudicateAtMost]
	adjudicateBatch   = 20 // pairs in one call
)

// adjudicate asks about the doubts, the closest decisions first, and returns the answers as the matcher takes them, and
// what went wrong. The indices are those of the findings.
func (p *Pipeline) adjudicate(ctx context.Context, c *Change, findings []*Finding, doubts []match.Doubt) ([]match.Ruling, []string) {
	if p.Adjudicator == nil {
		return nil, nil
	}
	most := cmp.Or(p.AdjudicateAtMost, defaultAdjudicate)
	doubts = doubts[:min(len(doubts), max(most, 0))]
	var rulings []match.Ruling
	var problems []string
	for batch := range slices.Chunk(doubts, adjudicateBatch) {
		pairs := make([]Pair, len(batch))
		for i, d := range batch {
			pairs[i] = Pair{nameless(findings[d.A]), nameless(findings[d.B])}
		}
		got, err := guard(func() ([]Judgement, error) { return p.Adjudicator.Adjudicate(ctx, c, pairs) })
		if err == nil && len(got) != len(pairs) {
			err = fmt.Errorf("%d answers for %d pairs", len(got), len(pairs))
		}
		if err != nil {
			problems = append(problems, fmt.Sprintf("%s did not settle %s that the matcher is in doubt about: %v.", p.Adjudicator.Name(), counted(len(pairs), "pair"), err))
			continue
		}
		for i, j := range got {
			switch j.Same {
			case AnswerUnsure:
			case AnswerNo, AnswerYes:
				rulings = append(rulings, match.Ruling{A: batch[i].A, B: batch[i].B, Same: j.Same == AnswerYes})
			default:
				problems = append(problems, fmt.Sprintf("%s answered %d, which is none of yes, no, unsure.", p.Adjudicator.Name(), j.Same))
			}
		}
	}
	return rulings, problems
}

// nameless returns the claim without what would tell whose it is.
func nameless(f *Finding) Finding {
	out := *f
	out.ID, out.RawSeverity, out.Rule, out.Confidence = "", "", "", 0
	out.Locations = slices.Clone(f.Locations)
	return out
}

// Remember returns an adjudicator that asks a about each pair of claims once and answers from memory after that, for as
// long as it lives. It may be shared by several pipelines.
func Remember(a Adjudicator) Adjudicator { return &remembering{asks: a, known: map[string]Judgement{}} }

type remembering struct {
	asks  Adjudicator
	mu    sync.Mutex
	known map[string]Judgement
}

func (r *remembering) Name() string { return r.asks.Name() }

func (r *remembering) Adjudicate(ctx context.Context, c *Change, pairs []Pair) ([]Judgement, error) {
	out := make([]Judgement, len(pairs))
	var ask []Pair
	var at []int
	r.mu.Lock()
	for i, p := range pairs {
		if j, ok := r.known[p.key()]; ok {
			out[i] = j
			continue
		}
		ask, at = append(ask, p), append(at, i)
	}
	r.mu.Unlock()
	if len(ask) == 0 {
		return out, nil
	}
	got, err := r.asks.Adjudicate(ctx, c, ask)
	if err != nil {
		return nil, err
	}
	if len(got) != len(ask) {
		return nil, fmt.Errorf("%d answers for %d pairs", len(got), len(ask))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for k, i := range at {
		out[i] = got[k]
		if got[k].Same != AnswerUnsure {
			r.known[pairs[i].key()] = got[k]
		}
	}
	return out, nil
}

// key is the same for equal claims, whichever stands first.
func (p Pair) key() string {
	a, b := claimDigest(&p.A), claimDigest(&p.B)
	return min(a, b) + max(a, b)
}
