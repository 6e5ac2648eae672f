package reviewtest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/deepreview-go/deepreview/agents"
)

// ModelOptions are the settings of [CheckModel]. The zero value works.
type ModelOptions struct {
	// Timeout is for each call; 0 means a minute.
	Timeout time.Duration
	// Grace is how long a call may go on after its context ended; 0 means 5 seconds.
	Grace time.Duration
}

// CheckModel has m answer small requests, six of them and one more for each reply that calls a tool, and returns [Problems] with
// every clause of [agents.Model] that it does not keep; [ModelClauses] lists them. A model behind a paid API costs a few cents:
// to check an adapter, give it a server of your own.
//
// The error is another if ctx ended first; it then wraps the problems found so far.
func CheckModel(ctx context.Context, m agents.Model, opt *ModelOptions) error {
	if m == nil {
		return errors.New("check: no model")
	}
	var o ModelOptions
	if opt != nil {
		o = *opt
	}
	o.Timeout, o.Grace = cmp.Or(o.Timeout, defaultTimeout), cmp.Or(o.Grace, defaultGrace)
	x := &modelling{model: m, opt: o}
	x.exercise(ctx)
	return result(judge(modelRows(), x), ctx.Err())
}

// ModelClauses lists what [CheckModel] checks, in order.
func ModelClauses() []Clause { return clauses(modelRows()) }

// modelling is a model at work, and what was seen of it.
type modelling struct {
	model agents.Model
	opt   ModelOptions
	infos []agents.Info
	asked []*asking
	// canceled is a call whose context had ended, interrupted one whose context ends at once.
	canceled, interrupted *asking
}

// asking is one call of Generate.
type asking struct {
	sample   string
	req      *agents.Request
	reply    *agents.Reply
	err      error
	modified string
	ending
}

// question is a small request of each kind.
func question(sample string) *agents.Request {
	req := &agents.Request{
		System: "You are asked for very little, to see that you are there.",
		Turns:  []agents.Turn{{Role: agents.RoleUser, Text: "Say yes."}},
	}
	schema := json.RawMessage(`{"type":"object","properties":{"yes":{"type":"boolean"}},"required":["yes"],"additionalProperties":false}`)
	tool := agents.Tool{
		Name: "look", Description: "Looks at a file.",
		Parameters: json.RawMessage(`{"type":"object","properties":{"path":{"type":"string"}},"required":["path"],"additionalProperties":false}`),
	}
	switch sample {
	case "a form":
		req.Answer = &agents.Answer{Name: "submit", Description: "The answer.", Schema: schema}
	case "tools and a form":
		req.Preamble = "There is a file a.txt."
		req.Answer = &agents.Answer{Name: "submit", Description: "The answer.", Schema: schema}
		req.Tools = []agents.Tool{tool}
		req.Turns[0].Text = "Look at a.txt with the tool look. Say yes if it says yes."
	case "an answer that is due":
		req.Answer = &agents.Answer{Name: "submit", Description: "The answer.", Schema: schema}
		req.Tools, req.Final = []agents.Tool{tool}, true
	}
	return req
}

func (x *modelling) exercise(ctx context.Context) {
	x.infos = append(x.infos, x.model.Info())
	samples := []string{"plain words", "a form"}
	if x.infos[0].Tools {
		samples = append(samples, "tools and a form", "an answer that is due")
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, sample := range samples { // side by side: a model is called concurrently
		all.Go(func() {
			a := x.ask(ctx, sample, question(sample))
			mu.Lock()
			x.asked = append(x.asked, a)
			mu.Unlock()
			if a.reply == nil || a.err != nil || len(a.reply.Turn.Calls) == 0 {
				return
			}
			next := question(sample)
			next.Turns = append(next.Turns, a.reply.Turn, agents.Turn{Role: agents.RoleUser})
			last := &next.Turns[len(next.Turns)-1]
			for _, c := range a.reply.Turn.Calls {
				last.Results = append(last.Results, agents.Result{Call: c.ID, Name: c.Name, Text: "a.txt says yes."})
			}
			b := x.ask(ctx, sample+", with its results", next)
			mu.Lock()
			x.asked = append(x.asked, b)
			mu.Unlock()
		})
	}
	all.Wait()
	ended, cancel := context.WithCancel(ctx)
	cancel()
	x.canceled = x.ask(ended, "a context that has ended", question("plain words"))
	soon, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	x.interrupted = x.ask(soon, "a context that ends at once", question("plain words"))
	x.infos = append(x.infos, x.model.Info())
}

// ask makes one call.
func (x *modelling) ask(ctx context.Context, sample string, req *agents.Request) *asking {
	a := &asking{sample: sample, req: req}
	before := asJSON(req)
	ctx, cancel := context.WithTimeout(ctx, x.opt.Timeout)
	defer cancel()
	type outcome struct {
		reply *agents.Reply
		err   error
	}
	got, end := attempt(ctx, x.opt.Grace, sample, func(ctx context.Context) outcome {
		reply, err := x.model.Generate(ctx, req)
		return outcome{reply, err}
	})
	a.reply, a.err, a.ending = got.reply, got.err, end
	if after := asJSON(req); !end.stuck && after != before {
		a.modified = fmt.Sprintf("the request was %.200s and is %.200s", before, after)
	}
	return a
}

// asJSON is a request as text, to be compared.
func asJSON(req *agents.Request) string {
	b, err := json.Marshal(req)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
