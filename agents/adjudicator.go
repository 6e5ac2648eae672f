package agents

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/deepreview-go/deepreview"
)

// Adjudicator is a model that settles whether two claims say the same, where the matcher is in doubt: it implements
// [deepreview.Adjudicator]. It is shown the claims alone. Only Model must be set.
type Adjudicator struct {
	// ID is the adjudicator's name in reports; empty means the model's.
	ID     string
	Model  Model
	Effort Effort
	// Prompts replaces built-in prompts by name: adjudicate.tmpl and pairs.tmpl; see [Prompts].
	Prompts fs.FS
}

type adjudication struct {
	Judgements []judgement `json:"judgements" jsonschema:"one for each pair"`
}

type judgement struct {
	Pair   flexInt `json:"pair" jsonschema:"the pair's number"`
	Same   string  `json:"same" jsonschema:"yes, no or unsure"`
	Reason string  `json:"reason" jsonschema:"one sentence"`
}

var adjudicateForm = sync.OnceValues(func() (*form, error) {
	return newForm[adjudication]("submit_judgements", "The judgements on all pairs.", map[string][]any{"same": {"yes", "no", "unsure"}})
})

// pairsData is what pairs.tmpl sees.
type pairsData struct {
	Pairs  []pairData
	Answer string
}

type pairData struct {
	Number int
	A, B   string // foreign text
}

// Name returns ID, or the model's name.
func (a *Adjudicator) Name() string { return cmp.Or(a.ID, a.Model.Info().Model) }

// Adjudicate implements [deepreview.Adjudicator]. A pair that the model says nothing about, or twice different things, is unsure.
func (a *Adjudicator) Adjudicate(ctx context.Context, c *deepreview.Change, pairs []deepreview.Pair) ([]deepreview.Judgement, error) {
	f, err := adjudicateForm()
	if err != nil {
		return nil, err
	}
	p, err := newPrompter(a.Prompts, c.Fingerprint(), nil)
	if err != nil {
		return nil, err
	}
	system, err := p.write("adjudicate.tmpl", systemData{Open: p.open(), Close: p.close(), Answer: f.answer.Name})
	if err != nil {
		return nil, err
	}
	data := pairsData{Answer: f.answer.Name}
	for i, pair := range pairs {
		data.Pairs = append(data.Pairs, pairData{i + 1, claimText(&pair.A), claimText(&pair.B)})
	}
	question, err := p.write("pairs.tmpl", data)
	if err != nil {
		return nil, err
	}
	out := make([]deepreview.Judgement, len(pairs))
	d := &dialog{
		model: a.Model, prompter: p,
		req: &Request{System: system, Answer: f.answer, Effort: a.Effort, Turns: []Turn{{Role: RoleUser, Text: question}}, Final: true},
		take: func(answer json.RawMessage, _ bool) []string {
			var got adjudication
			if err := f.check(answer); err != nil {
				return []string{fmt.Sprintf("it does not fit the form: %.400v", err)}
			}
			if err := json.Unmarshal(answer, &got); err != nil {
				return []string{err.Error()}
			}
			return judge(out, got)
		},
	}
	if err := d.run(ctx); err != nil {
		return nil, err
	}
	return out, nil
}

// judge fills the judgements in and says what is missing.
func judge(out []deepreview.Judgement, got adjudication) []string {
	said := make([]string, len(out))
	for _, j := range got.Judgements {
		i := int(j.Pair) - 1
		if i < 0 || i >= len(out) {
			continue
		}
		answer := map[string]deepreview.Answer{"yes": deepreview.AnswerYes, "no": deepreview.AnswerNo}[j.Same]
		if said[i] != "" && said[i] != j.Same {
			answer = deepreview.AnswerUnsure
		}
		said[i] = j.Same
		out[i] = deepreview.Judgement{Same: answer, Reason: j.Reason}
	}
	var problems []string
	for i, s := range said {
		if s == "" {
			problems = append(problems, fmt.Sprintf("there is no judgement on pair %d", i+1))
		}
	}
	return problems
}

// claimText is a claim as a model reads it.
func claimText(f *deepreview.Finding) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", f.Title)
	for _, l := range f.Locations {
		fmt.Fprintf(&b, "at %s\n", l)
	}
	for _, text := range []string{f.Detail, f.Impact} {
		if text != "" {
			fmt.Fprintf(&b, "\n%s\n", cutText(text, 4000))
		}
	}
	if f.Quote != "" {
		fmt.Fprintf(&b, "\nThe code:\n%s\n", cutText(f.Quote, 2000))
	}
	if f.Fix != nil && f.Fix.Text != "" {
		fmt.Fprintf(&b, "\nThe fix: %s\n", cutText(f.Fix.Text, 2000))
	}
	return b.String()
}
