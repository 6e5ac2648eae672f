package anthropic_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview/agents"
	"github.com/deepreview-go/deepreview/agents/anthropic"
	"github.com/deepreview-go/deepreview/agents/internal/wiretest"
)

// key is no key of anybody's.
var key = "sk-ant-" + strings.Repeat("k", 20)

func model(s *wiretest.Server) *anthropic.Model {
	return &anthropic.Model{Name: "claude-test-1", Key: key, BaseURL: s.URL, Attempts: agents.Attempts{Most: 3, First: time.Millisecond, Longest: 50 * time.Millisecond}}
}

func event(kind string, data string) string { return "event: " + kind + "\ndata: " + data }

// message is a whole stream of the given blocks.
func message(stop string, blocks ...string) []string {
	out := []string{event("message_start", `{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-test-1-20260101","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":10,"cache_creation_input_tokens":20,"cache_read_input_tokens":70,"output_tokens":1}}}`)}
	for i, b := range blocks {
		out = append(out, strings.Split(strings.ReplaceAll(b, "INDEX", fmt.Sprint(i)), "\n\n")...)
		out = append(out, event("content_block_stop", fmt.Sprintf(`{"type":"content_block_stop","index":%d}`, i)))
	}
	return append(out,
		event("message_delta", fmt.Sprintf(`{"type":"message_delta","delta":{"stop_reason":%q,"stop_sequence":null},"usage":{"output_tokens":33}}`, stop)),
		event("message_stop", `{"type":"message_stop"}`))
}

func text(s string) string {
	quoted, _ := json.Marshal(s)
	return event("content_block_start", `{"type":"content_block_start","index":INDEX,"content_block":{"type":"text","text":""}}`) + "\n\n" +
		event("content_block_delta", `{"type":"content_block_delta","index":INDEX,"delta":{"type":"text_delta","text":`+string(quoted)+`}}`)
}

func toolUse(id, name, args string) string {
	half := len(args) / 2
	a, _ := json.Marshal(args[:half])
	b, _ := json.Marshal(args[half:])
	return event("content_block_start", fmt.Sprintf(`{"type":"content_block_start","index":INDEX,"content_block":{"type":"tool_use","id":%q,"name":%q,"input":{}}}`, id, name)) + "\n\n" +
		event("content_block_delta", `{"type":"content_block_delta","index":INDEX,"delta":{"type":"input_json_delta","partial_json":`+string(a)+`}}`) + "\n\n" +
		event("content_block_delta", `{"type":"content_block_delta","index":INDEX,"delta":{"type":"input_json_delta","partial_json":`+string(b)+`}}`)
}

func thinking(words, signature string) string {
	return event("content_block_start", `{"type":"content_block_start","index":INDEX,"content_block":{"type":"thinking","thinking":"","signature":""}}`) + "\n\n" +
		event("content_block_delta", fmt.Sprintf(`{"type":"content_block_delta","index":INDEX,"delta":{"type":"thinking_delta","thinking":%q}}`, words)) + "\n\n" +
		event("content_block_delta", fmt.Sprintf(`{"type":"content_block_delta","index":INDEX,"delta":{"type":"signature_delta","signature":%q}}`, signature))
}

func request() *agents.Request {
	return &agents.Request{
		System: "You review.", Preamble: "The change.",
		Tools:  []agents.Tool{{Name: "read_file", Description: "Reads.", Parameters: json.RawMessage(`{"type":"object","properties":{"path":{"type":"string"}},"required":["path"],"additionalProperties":false}`)}},
		Answer: &agents.Answer{Name: "submit", Schema: json.RawMessage(`{"type":"object","properties":{"ok":{"type":"boolean"}},"required":["ok"],"additionalProperties":false}`)},
		Effort: agents.EffortHigh,
		Turns:  []agents.Turn{{Role: agents.RoleUser, Text: "Review it."}},
	}
}

func TestAConversationGoesBackAndForth(t *testing.T) {
	s := wiretest.New(t,
		wiretest.Response{Events: message("tool_use", thinking("let me look", "c2lnbmVk"), text("I look."), toolUse("toolu_1", "read_file", `{"path":"a.go"}`), toolUse("toolu_2", "read_file", `{"path":"b.go"}`))},
		wiretest.Response{Events: message("end_turn", text(`{"ok":true}`))},
	)
	m := model(s)
	req := request()
	reply, err := m.Generate(t.Context(), req)
	require.NoError(t, err)
	assert.Equal(t, agents.StopCalls, reply.Stop)
	assert.Nil(t, reply.Answer)
	assert.Equal(t, []agents.Call{{ID: "toolu_1", Name: "read_file", Args: json.RawMessage(`{"path":"a.go"}`)}, {ID: "toolu_2", Name: "read_file", Args: json.RawMessage(`{"path":"b.go"}`)}}, reply.Turn.Calls)
	assert.Equal(t, "claude-test-1-20260101", reply.Model)
	assert.Equal(t, int64(100), reply.Usage.TokensIn)
	assert.Equal(t, int64(70), reply.Usage.TokensCached)
	assert.Equal(t, int64(33), reply.Usage.TokensOut)

	req.Turns = append(req.Turns, reply.Turn, agents.Turn{Role: agents.RoleUser, Results: []agents.Result{
		{Call: "toolu_1", Name: "read_file", Text: "package a"}, {Call: "toolu_2", Name: "read_file", Text: "no such file", Failed: true},
	}})
	req.Final = true
	reply, err = m.Generate(t.Context(), req)
	require.NoError(t, err)
	assert.Equal(t, agents.StopDone, reply.Stop)
	assert.JSONEq(t, `{"ok":true}`, string(reply.Answer))

	var first, second struct {
		System   json.RawMessage
		Tools    json.RawMessage
		Choice   map[string]any `json:"tool_choice"`
		Output   map[string]any `json:"output_config"`
		Messages []struct {
			Role    string
			Content []map[string]any
		}
	}
	requests := s.Requests()
	require.NoError(t, json.Unmarshal(requests[0].Body, &first))
	require.NoError(t, json.Unmarshal(requests[1].Body, &second))
	assert.Equal(t, key, requests[0].Header.Get("X-Api-Key"))
	assert.Equal(t, string(first.System), string(second.System), "what is cached is sent as it was")
	assert.Equal(t, string(first.Tools), string(second.Tools))
	assert.Equal(t, first.Output, second.Output)
	assert.Nil(t, first.Choice)
	assert.Equal(t, map[string]any{"type": "none"}, second.Choice)
	assert.Equal(t, "high", first.Output["effort"])
	assert.Equal(t, map[string]any{"type": "ephemeral"}, first.Messages[0].Content[0]["cache_control"], "the preamble ends a cached part")
	require.Len(t, second.Messages, 3)
	assert.Equal(t, []map[string]any{
		{"type": "thinking", "thinking": "let me look", "signature": "c2lnbmVk"},
		{"type": "text", "text": "I look."},
		{"type": "tool_use", "id": "toolu_1", "name": "read_file", "input": map[string]any{"path": "a.go"}},
		{"type": "tool_use", "id": "toolu_2", "name": "read_file", "input": map[string]any{"path": "b.go"}},
	}, second.Messages[1].Content, "the model's turn goes back as it came")
	assert.Equal(t, "toolu_2", second.Messages[2].Content[1]["tool_use_id"])
	assert.Equal(t, true, second.Messages[2].Content[1]["is_error"])
}

func failure(kind, message string) string {
	return fmt.Sprintf(`{"type":"error","error":{"type":%q,"message":%q},"request_id":"req_1"}`, kind, message)
}

func TestEveryWayToFail(t *testing.T) {
	for _, test := range []struct {
		name     string
		script   []wiretest.Response
		kind     agents.Kind
		says     string
		requests int
		text     string
	}{
		{"400", []wiretest.Response{{Status: 400, Body: failure("invalid_request_error", "no such parameter")}}, agents.KindInvalid, "no such parameter", 1, ""},
		{"400 for its length", []wiretest.Response{{Status: 400, Body: failure("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum")}}, agents.KindTooLong, "210000", 1, ""},
		{"400 for the balance", []wiretest.Response{{Status: 400, Body: failure("invalid_request_error", "Your credit balance is too low")}}, agents.KindQuota, "balance", 1, ""},
		{"401", []wiretest.Response{{Status: 401, Body: failure("authentication_error", "invalid x-api-key "+key)}}, agents.KindUnauthorized, "[key]", 1, ""},
		{"403", []wiretest.Response{{Status: 403, Body: failure("permission_error", "not allowed")}}, agents.KindUnauthorized, "not allowed", 1, ""},
		{"404", []wiretest.Response{{Status: 404, Body: failure("not_found_error", "model: claude-test-1")}}, agents.KindInvalid, "claude-test-1", 1, ""},
		{"413", []wiretest.Response{{Status: 413, Body: failure("request_too_large", "too large")}}, agents.KindTooLong, "too large", 1, ""},
		{"429 with a wait", []wiretest.Response{{Status: 429, Header: map[string]string{"Retry-After": "0.01"}, Body: failure("rate_limit_error", "slow down")}}, agents.KindRateLimited, "slow down", 3, ""},
		{"429 with a long wait", []wiretest.Response{{Status: 429, Header: map[string]string{"Retry-After": "3600"}, Body: failure("rate_limit_error", "slow down")}}, agents.KindRateLimited, "slow down", 1, ""},
		{"429 without", []wiretest.Response{{Status: 429, Body: failure("rate_limit_error", "slow down")}}, agents.KindRateLimited, "try again later", 3, ""},
		{"500", []wiretest.Response{{Status: 500, Body: failure("api_error", "oops")}}, agents.KindUnavailable, "oops", 3, ""},
		{"502 in HTML", []wiretest.Response{{Status: 502, Header: map[string]string{"Content-Type": "text/html"}, Body: "<html>bad gateway</html>"}}, agents.KindUnavailable, "bad gateway", 3, ""},
		{"503", []wiretest.Response{{Status: 503, Body: ""}}, agents.KindOverloaded, "503", 3, ""},
		{"529", []wiretest.Response{{Status: 529, Body: failure("overloaded_error", "overloaded")}}, agents.KindOverloaded, "overloaded", 3, ""},
		{"529, then an answer", []wiretest.Response{{Status: 529, Body: failure("overloaded_error", "overloaded")}, {Events: message("end_turn", text(`{"ok":true}`))}}, "", "", 2, `{"ok":true}`},
		{"an error inside of the stream", []wiretest.Response{{Events: append(message("end_turn", text("half"))[:3], event("error", failure("overloaded_error", "overloaded")))}}, agents.KindOverloaded, "overloaded", 3, "half"},
		{"a refusal", []wiretest.Response{{Events: message("refusal", text("I will"))}}, agents.KindRefused, "", 1, "I will"},
		{"an answer cut by its length", []wiretest.Response{{Events: message("max_tokens", text(`{"ok":`))}}, agents.KindTruncated, "33 tokens", 1, `{"ok":`},
		{"a window that is full", []wiretest.Response{{Events: message("model_context_window_exceeded", text("x"))}}, agents.KindTooLong, "window", 1, "x"},
		{"no content", []wiretest.Response{{Events: message("end_turn")}}, agents.KindBadReply, "empty", 1, ""},
		{"a stream that is cut", []wiretest.Response{{Events: message("end_turn", text("half of it"))[:3], Cut: true}}, agents.KindCut, "", 3, "half of it"},
		{"a stream that just ends", []wiretest.Response{{Events: message("end_turn", text("half of it"))[:4]}}, agents.KindCut, "ended before", 3, "half of it"},
		{"no stream at all", []wiretest.Response{{Body: "{}"}}, agents.KindCut, "", 3, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := wiretest.New(t, test.script...)
			reply, err := model(s).Generate(t.Context(), request())
			assert.Len(t, s.Requests(), test.requests)
			if test.kind != "" && strings.HasPrefix(test.name, "4") {
				require.NotNil(t, reply)
				assert.Equal(t, test.requests, reply.Usage.Requests, "what failed counts, too")
			}
			if test.text != "" {
				require.NotNil(t, reply)
				assert.Equal(t, test.text, reply.Turn.Text, "what came is kept")
			}
			if test.kind == "" {
				require.NoError(t, err)
				return
			}
			var e *agents.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, test.kind, e.Kind)
			assert.ErrorContains(t, err, test.says)
			assert.NotContains(t, err.Error(), key)
		})
	}
}

func TestAHangEndsWithTheContext(t *testing.T) {
	for name, script := range map[string]wiretest.Response{
		"before the first byte": {Hang: true},
		"in the middle":         {Events: message("end_turn", text("x"))[:2], Hang: true},
		"drop by drop":          {Events: append(message("end_turn", text("x"))[:2], strings.Split(strings.Repeat(event("ping", `{"type":"ping"}`)+"\n\n", 1000), "\n\n")...), Pause: 5 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			s := wiretest.New(t, script)
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			_, err := model(s).Generate(ctx, request())
			assert.ErrorIs(t, err, context.DeadlineExceeded)
		})
	}
}

func TestNobodyListens(t *testing.T) {
	m := &anthropic.Model{Name: "claude-test-1", Key: key, BaseURL: "http://127.0.0.1:1", Attempts: agents.Attempts{Most: 2, First: time.Millisecond}}
	_, err := m.Generate(t.Context(), request())
	var e *agents.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, agents.KindUnavailable, e.Kind)
}
