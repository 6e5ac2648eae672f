package agents_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview/agents"
)

// memory is a journal in memory.
type memory struct {
	mu   sync.Mutex
	kept map[string][]byte
}

func (m *memory) Load(key string) ([]byte, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	data, ok := m.kept[key]
	return data, ok
}

func (m *memory) Save(key, about string, data []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kept == nil {
		m.kept = map[string][]byte{}
	}
	m.kept[key] = data
}

// chatty reads the file and then answers; each pass finds something else.
func chatty(n int, req *agents.Request) (*agents.Reply, error) {
	if n < 4 {
		r := calls("read_file", fmt.Sprintf(`{"path":"store.go","start":%d,"end":0}`, n))
		r.Turn.Native = []byte(fmt.Sprintf(`{"thinking": "<%d>",  "signature": "s"}`, n))
		return r, nil
	}
	return answers(review(func(a map[string]any) {
		a["findings"] = []any{found(fmt.Sprintf("Found by pass %d", req.Pass), 8+req.Pass, nil)}
		a["coverage"] = []any{map[string]any{"path": "store.go", "status": "findings", "reason": ""}}
	})), nil
}

func TestAReviewThatBrokeOffGoesOnWithoutSendingAnythingTwice(t *testing.T) {
	const passes, turns = 2, 4
	whole := &scripted{reply: chatty}
	want := run(t, storeChange(t), &agents.LLM{Model: whole, Passes: passes})
	require.Len(t, want.Findings, passes)
	require.Len(t, whole.requests, passes*turns)
	require.Nil(t, want.Failure)

	for broken := range passes * turns {
		journal := &memory{}
		sent, gone := 0, errors.New("the process is gone")
		var mu sync.Mutex
		first := &scripted{reply: func(n int, req *agents.Request) (*agents.Reply, error) {
			mu.Lock()
			defer mu.Unlock()
			if sent == broken {
				return nil, gone
			}
			sent++
			return chatty(n, req)
		}}
		run(t, storeChange(t), &agents.LLM{Model: &agents.Journaled{Model: first, Journal: journal, Scope: "a"}, Passes: passes})
		require.Len(t, journal.kept, broken)

		second := &scripted{reply: chatty}
		got := run(t, storeChange(t), &agents.LLM{Model: &agents.Journaled{Model: second, Journal: journal, Scope: "a"}, Passes: passes})
		assert.Len(t, second.requests, passes*turns-broken, "broken after %d", broken)
		got.Started, got.Duration = want.Started, want.Duration
		assert.Equal(t, want, got)
	}
}

func TestAJournalKeepsApartWhatDiffers(t *testing.T) {
	journal := &memory{}
	m := &scripted{reply: func(int, *agents.Request) (*agents.Reply, error) { return answers(review(nil)), nil }}
	generate := func(scope string, change func(*agents.Request)) {
		req := &agents.Request{System: "s", Turns: []agents.Turn{{Role: agents.RoleUser, Text: "t"}}}
		change(req)
		_, err := (&agents.Journaled{Model: m, Journal: journal, Scope: scope}).Generate(t.Context(), req)
		require.NoError(t, err)
	}
	same := func(*agents.Request) {}
	generate("a", same)
	generate("a", same)
	require.Len(t, m.requests, 1)
	for i, change := range []func(*agents.Request){
		func(r *agents.Request) { r.System, r.Preamble = "", "s" },
		func(r *agents.Request) { r.Turns[0].Text = "u" },
		func(r *agents.Request) { r.Effort = agents.EffortHigh },
		func(r *agents.Request) { r.Pass = 1 },
		func(r *agents.Request) { r.Final = true },
		func(r *agents.Request) { r.MaxOutput = 9 },
		func(r *agents.Request) { r.Tools = []agents.Tool{{Name: "x"}} },
		func(r *agents.Request) { r.Answer = &agents.Answer{Name: "x"} },
	} {
		generate("a", change)
		assert.Len(t, m.requests, i+2)
	}
	generate("b", same)
	assert.Len(t, m.requests, 10)
}

func TestWhatFailedOrIsNoJSONIsHandledWithCare(t *testing.T) {
	journal := &memory{}
	broken := &scripted{reply: func(int, *agents.Request) (*agents.Reply, error) {
		r := answers(1)
		r.Answer = []byte(`{"half`)
		return r, &agents.Error{Kind: agents.KindTruncated}
	}}
	req := &agents.Request{Turns: []agents.Turn{{Role: agents.RoleUser, Text: "t"}}}
	_, err := (&agents.Journaled{Model: broken, Journal: journal}).Generate(t.Context(), req)
	require.Error(t, err)
	assert.Empty(t, journal.kept, "a failure is asked again")

	odd := &scripted{reply: func(int, *agents.Request) (*agents.Reply, error) {
		r := calls("read_file", `{"path": not json`)
		r.Answer, r.Turn.Native = []byte("no JSON <at all>"), []byte("{ \"a\":  1 }")
		return r, nil
	}}
	model := &agents.Journaled{Model: odd, Journal: journal}
	first, err := model.Generate(t.Context(), req)
	require.NoError(t, err)
	again, err := model.Generate(t.Context(), req)
	require.NoError(t, err)
	assert.Equal(t, first, again, "byte for byte, as a vendor's signature needs it")
	assert.Len(t, odd.requests, 1)

	for key := range journal.kept {
		journal.kept[key] = []byte(`{"text": "cut`)
	}
	_, err = model.Generate(t.Context(), req)
	require.NoError(t, err)
	assert.Len(t, odd.requests, 2, "what cannot be read was not kept")
}
