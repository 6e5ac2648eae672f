package agents

import (
	"context"
	"fmt"
	"sync"

	"github.com/deepreview-go/deepreview"
)

// Budget is what may be spent. A zero field is no bound.
type Budget struct {
	Requests int
	// Tokens counts input and output together, cached input included.
	Tokens int64
	// Cost is in US dollars. It bounds only what is priced: see [Price].
	Cost float64
}

// Price is what a model costs, in US dollars for a million tokens. The zero value is no price.
type Price struct {
	// In is for input that came from no cache, Cached for input that did, Out for output, thinking included.
	In, Cached, Out float64
}

// Of returns what usage costs at p.
func (p Price) Of(u deepreview.Usage) float64 {
	return (float64(u.TokensIn-u.TokensCached)*p.In + float64(u.TokensCached)*p.Cached + float64(u.TokensOut)*p.Out) / 1e6
}

// Purse counts what its models spend together, and refuses a request once a bound is reached: the one before may have gone
// over it, the next is not sent. It is safe for concurrent use; a purse of a run is shared by the models of all
// its reviewers.
type Purse struct {
	budget Budget

	mu    sync.Mutex
	spent deepreview.Usage
}

// NewPurse returns a purse that holds b.
func NewPurse(b Budget) *Purse { return &Purse{budget: b} }

// Spent returns what was spent so far.
func (p *Purse) Spent() deepreview.Usage {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.spent
}

// Model returns m with its requests paid out of p at the given price. When a bound is reached, Generate fails with
// [KindBudget] and sends nothing. A nil purse refuses nothing and only prices.
func (p *Purse) Model(m Model, price Price) Model { return &paid{m, p, price} }

type paid struct {
	model Model
	purse *Purse
	price Price
}

func (m *paid) Info() Info { return m.model.Info() }

func (m *paid) Generate(ctx context.Context, req *Request) (*Reply, error) {
	if reached := m.purse.reached(); reached != "" {
		info := m.Info()
		return nil, &Error{Kind: KindBudget, Vendor: info.Vendor, Model: info.Model, Message: reached}
	}
	reply, err := m.model.Generate(ctx, req)
	if reply != nil {
		if m.price != (Price{}) {
			reply.Usage.Cost, reply.Usage.Priced = m.price.Of(reply.Usage), true
		}
		m.purse.add(reply.Usage)
	}
	return reply, err
}

func (p *Purse) add(u deepreview.Usage) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spent = p.spent.Add(u)
}

// reached says which bound is; empty while none is.
func (p *Purse) reached() string {
	if p == nil {
		return ""
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	b, s := p.budget, p.spent
	switch {
	case b.Requests > 0 && s.Requests >= b.Requests:
		return fmt.Sprintf("%d of %d requests were sent", s.Requests, b.Requests)
	case b.Tokens > 0 && s.TokensIn+s.TokensOut >= b.Tokens:
		return fmt.Sprintf("%d of %d tokens were used", s.TokensIn+s.TokensOut, b.Tokens)
	case b.Cost > 0 && s.Cost >= b.Cost:
		return fmt.Sprintf("$%.2f of $%.2f were spent", s.Cost, b.Cost)
	}
	return ""
}
