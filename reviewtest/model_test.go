package reviewtest_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents"
	"github.com/deepreview-go/deepreview/reviewtest"
)

// plainModel keeps the contract; wrong makes it break some of it.
type plainModel struct {
	infos int
	info  func(n int, i *agents.Info)
	wrong func(ctx context.Context, req *agents.Request, r *agents.Reply) (*agents.Reply, error)
}

func (m *plainModel) Info() agents.Info {
	i := agents.Info{Vendor: "acme", Model: "acme-1", Window: 1000, MaxOutput: 100, Tools: true}
	m.infos++
	if m.info != nil {
		m.info(m.infos, &i)
	}
	return i
}

func (m *plainModel) Generate(ctx context.Context, req *agents.Request) (*agents.Reply, error) {
	r := &agents.Reply{Stop: agents.StopDone, Turn: agents.Turn{Role: agents.RoleModel}, Usage: deepreview.Usage{Requests: 1, TokensIn: 10, TokensOut: 1}}
	switch {
	case len(req.Tools) > 0 && !req.Final && len(req.Turns) == 1:
		r.Stop = agents.StopCalls
		r.Turn.Calls = []agents.Call{{ID: "1", Name: "look", Args: json.RawMessage(`{"path":"a.txt"}`)}, {ID: "2", Name: "look", Args: json.RawMessage(`{}`)}}
	case req.Answer != nil:
		r.Turn.Text, r.Answer = `{"yes":true}`, json.RawMessage(`{"yes":true}`)
	default:
		r.Turn.Text = "Yes."
	}
	if m.wrong != nil {
		return m.wrong(ctx, req, r)
	}
	return r, ctx.Err()
}

func TestAModelThatKeepsTheContractHasNoProblem(t *testing.T) {
	require.NoError(t, reviewtest.CheckModel(t.Context(), &plainModel{}, nil))
}

func TestEachClauseOfAModelCatchesOneThatBreaksIt(t *testing.T) {
	type breaking = func(ctx context.Context, req *agents.Request, r *agents.Reply) (*agents.Reply, error)
	onReply := func(set func(req *agents.Request, r *agents.Reply)) breaking {
		return func(ctx context.Context, req *agents.Request, r *agents.Reply) (*agents.Reply, error) {
			set(req, r)
			return r, ctx.Err()
		}
	}
	broken := map[string]*plainModel{
		"info-stable":  {info: func(n int, i *agents.Info) { i.Window = n }},
		"never-panics": {wrong: func(context.Context, *agents.Request, *agents.Reply) (*agents.Reply, error) { panic("oh") }},
		"obeys-context": {wrong: func(ctx context.Context, _ *agents.Request, r *agents.Reply) (*agents.Reply, error) {
			if ctx.Err() != nil {
				time.Sleep(200 * time.Millisecond)
			}
			return r, ctx.Err()
		}},
		"context-error": {wrong: func(ctx context.Context, _ *agents.Request, r *agents.Reply) (*agents.Reply, error) {
			if ctx.Err() != nil {
				return nil, errors.New("no connection")
			}
			return r, nil
		}},
		"request-unmodified": {wrong: onReply(func(req *agents.Request, _ *agents.Reply) { req.System += "!" })},
		"reply-or-error": {wrong: func(ctx context.Context, _ *agents.Request, _ *agents.Reply) (*agents.Reply, error) {
			return nil, ctx.Err()
		}},
		"answers": {wrong: func(ctx context.Context, _ *agents.Request, _ *agents.Reply) (*agents.Reply, error) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			return nil, &agents.Error{Kind: agents.KindInvalid}
		}},
		"says-something": {wrong: onReply(func(_ *agents.Request, r *agents.Reply) {
			if r.Answer == nil && len(r.Turn.Calls) == 0 {
				r.Turn.Text = ""
			}
		})},
		"role":     {wrong: onReply(func(_ *agents.Request, r *agents.Reply) { r.Turn.Role = "assistant" })},
		"call-ids": {wrong: onReply(func(_ *agents.Request, r *agents.Reply) { eachCall(r.Turn.Calls, func(c *agents.Call) { c.ID = "1" }) })},
		"call-args": {wrong: onReply(func(_ *agents.Request, r *agents.Reply) {
			eachCall(r.Turn.Calls, func(c *agents.Call) { c.Args = nil })
		})},
		"final": {wrong: onReply(func(req *agents.Request, r *agents.Reply) {
			if req.Final {
				r.Stop, r.Answer, r.Turn.Calls = agents.StopCalls, nil, []agents.Call{{ID: "1", Name: "look", Args: json.RawMessage(`{}`)}}
			}
		})},
		"answer": {wrong: onReply(func(_ *agents.Request, r *agents.Reply) { r.Answer = json.RawMessage(`{}`) })},
		"stop":   {wrong: onReply(func(_ *agents.Request, r *agents.Reply) { r.Stop = agents.StopLength })},
		"usage":  {wrong: onReply(func(_ *agents.Request, r *agents.Reply) { r.Usage.Requests = 0 })},
		"native": {wrong: onReply(func(_ *agents.Request, r *agents.Reply) { r.Turn.Native = json.RawMessage(`{`) })},
	}
	for _, c := range reviewtest.ModelClauses() {
		t.Run(c.Name, func(t *testing.T) {
			m := broken[c.Name]
			require.NotNil(t, m, "no model breaks it")
			err := reviewtest.CheckModel(t.Context(), m, &reviewtest.ModelOptions{Grace: 50 * time.Millisecond})
			var ps reviewtest.Problems
			require.ErrorAs(t, err, &ps)
			var names []string
			for _, p := range ps {
				names = append(names, p.Name)
			}
			assert.Equal(t, []string{c.Name}, names, "%v", err)
		})
	}
}

// eachCall sets each call.
func eachCall(calls []agents.Call, set func(*agents.Call)) {
	for i := range calls {
		set(&calls[i])
	}
}
