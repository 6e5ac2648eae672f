package openai_test

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
	"github.com/deepreview-go/deepreview/agents/internal/wiretest"
	"github.com/deepreview-go/deepreview/agents/openai"
)

// key is no key of anybody's.
var key = "sk-" + strings.Repeat("k", 20)

var attempts = agents.Attempts{Most: 3, First: time.Millisecond, Longest: 50 * time.Millisecond}

func overResponses(s *wiretest.Server) agents.Model {
	return &openai.Model{Name: "gpt-test-1", Key: key, BaseURL: s.URL, Attempts: attempts}
}

func overChat(s *wiretest.Server) agents.Model {
	return &openai.Chat{Name: "gpt-test-1", Key: key, BaseURL: s.URL, Attempts: attempts}
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

func data(v string) string { return "data: " + v }

// responded is a whole stream of the Responses API.
func responded(status, details string, items ...string) []string {
	response := fmt.Sprintf(`{"id":"resp_1","object":"response","created_at":1,"model":"gpt-test-1-2026-01-01","status":%q,"error":null,"incomplete_details":%s,"output":[%s],"usage":{"input_tokens":100,"input_tokens_details":{"cached_tokens":70},"output_tokens":33,"output_tokens_details":{"reasoning_tokens":10},"total_tokens":133}}`,
		status, details, strings.Join(items, ","))
	kind := map[string]string{"completed": "response.completed", "incomplete": "response.incomplete", "failed": "response.failed"}[status]
	return []string{
		"event: response.created\n" + data(`{"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","status":"in_progress","output":[]}}`),
		"event: response.output_text.delta\n" + data(`{"type":"response.output_text.delta","sequence_number":1,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"half of it"}`),
		"event: " + kind + "\n" + data(fmt.Sprintf(`{"type":%q,"sequence_number":2,"response":%s}`, kind, response)),
	}
}

func said(text string) string {
	return fmt.Sprintf(`{"id":"msg_1","type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":%q,"annotations":[]}]}`, text)
}

func refused(text string) string {
	return fmt.Sprintf(`{"id":"msg_1","type":"message","role":"assistant","status":"completed","content":[{"type":"refusal","refusal":%q}]}`, text)
}

func TestAConversationOverResponsesGoesBackAndForth(t *testing.T) {
	reasoning := `{"id":"rs_1","type":"reasoning","summary":[],"encrypted_content":"c2VjcmV0"}`
	call := func(id, args string) string {
		return fmt.Sprintf(`{"id":"fc_%s","type":"function_call","call_id":%q,"name":"read_file","arguments":%q,"status":"completed"}`, id, id, args)
	}
	s := wiretest.New(t,
		wiretest.Response{Events: responded("completed", "null", reasoning, call("call_1", `{"path":"a.go"}`), call("call_2", `{"path":"b.go"}`))},
		wiretest.Response{Events: responded("completed", "null", said(`{"ok":true}`))},
	)
	m := overResponses(s)
	req := request()
	reply, err := m.Generate(t.Context(), req)
	require.NoError(t, err)
	assert.Equal(t, agents.StopCalls, reply.Stop)
	assert.Equal(t, []agents.Call{{ID: "call_1", Name: "read_file", Args: json.RawMessage(`{"path":"a.go"}`)}, {ID: "call_2", Name: "read_file", Args: json.RawMessage(`{"path":"b.go"}`)}}, reply.Turn.Calls)
	assert.Equal(t, "gpt-test-1-2026-01-01", reply.Model)
	assert.Equal(t, []int64{100, 70, 33}, []int64{reply.Usage.TokensIn, reply.Usage.TokensCached, reply.Usage.TokensOut})

	req.Turns = append(req.Turns, reply.Turn, agents.Turn{Role: agents.RoleUser, Results: []agents.Result{
		{Call: "call_1", Name: "read_file", Text: "package a"}, {Call: "call_2", Name: "read_file", Text: "no such file", Failed: true},
	}})
	req.Final = true
	reply, err = m.Generate(t.Context(), req)
	require.NoError(t, err)
	assert.JSONEq(t, `{"ok":true}`, string(reply.Answer))

	var first, second struct {
		Instructions string
		Store        bool
		Include      []string
		Reasoning    map[string]any
		Choice       any `json:"tool_choice"`
		Tools        json.RawMessage
		Text         json.RawMessage
		Input        []json.RawMessage
	}
	requests := s.Requests()
	require.NoError(t, json.Unmarshal(requests[0].Body, &first))
	require.NoError(t, json.Unmarshal(requests[1].Body, &second))
	assert.Equal(t, "Bearer "+key, requests[0].Header.Get("Authorization"))
	assert.Equal(t, "/responses", requests[0].Path)
	assert.False(t, first.Store)
	assert.Equal(t, []string{"reasoning.encrypted_content"}, first.Include)
	assert.Equal(t, map[string]any{"effort": "high"}, first.Reasoning)
	assert.Equal(t, string(first.Tools), string(second.Tools))
	assert.Equal(t, string(first.Text), string(second.Text))
	assert.Contains(t, string(first.Text), `"strict":true`)
	assert.Nil(t, first.Choice)
	assert.Equal(t, "none", second.Choice)
	require.Len(t, second.Input, 7)
	assert.Equal(t, first.Input, second.Input[:2], "what was sent is sent again as it was")
	assert.JSONEq(t, reasoning, string(second.Input[2]), "the model's items go back as they came")
	assert.JSONEq(t, `{"type":"function_call_output","call_id":"call_2","output":"Error: no such file"}`, string(second.Input[6]))
}

// chunk is one piece of a Chat Completions stream.
func chunk(delta, finish string) string {
	reason := "null"
	if finish != "" {
		reason = fmt.Sprintf("%q", finish)
	}
	return data(fmt.Sprintf(`{"id":"c_1","object":"chat.completion.chunk","created":1,"model":"gpt-test-1-2026-01-01","choices":[{"index":0,"delta":%s,"finish_reason":%s}]}`, delta, reason))
}

const usageChunk = `data: {"id":"c_1","object":"chat.completion.chunk","created":1,"model":"gpt-test-1-2026-01-01","choices":[],"usage":{"prompt_tokens":100,"completion_tokens":33,"total_tokens":133,"prompt_tokens_details":{"cached_tokens":70}}}`

func chatted(finish string, deltas ...string) []string {
	var out []string
	for _, d := range deltas {
		out = append(out, chunk(d, ""))
	}
	return append(out, chunk(`{}`, finish), usageChunk, data("[DONE]"))
}

func content(text string) string { return fmt.Sprintf(`{"role":"assistant","content":%q}`, text) }

func TestAConversationOverChatGoesBackAndForth(t *testing.T) {
	s := wiretest.New(t,
		wiretest.Response{Events: chatted("tool_calls", content("I look."),
			`{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"read_file","arguments":"{\"path\":"}}]}`,
			`{"tool_calls":[{"index":1,"id":"call_2","type":"function","function":{"name":"read_file","arguments":""}}]}`,
			`{"tool_calls":[{"index":0,"function":{"arguments":"\"a.go\"}"}}]}`)},
		wiretest.Response{Events: chatted("stop", content(`{"ok":`), content(`true}`))},
	)
	m := overChat(s)
	req := request()
	reply, err := m.Generate(t.Context(), req)
	require.NoError(t, err)
	assert.Equal(t, "I look.", reply.Turn.Text)
	assert.Equal(t, []agents.Call{{ID: "call_1", Name: "read_file", Args: json.RawMessage(`{"path":"a.go"}`)}, {ID: "call_2", Name: "read_file", Args: json.RawMessage(`{}`)}}, reply.Turn.Calls)
	assert.Equal(t, []int64{100, 70, 33}, []int64{reply.Usage.TokensIn, reply.Usage.TokensCached, reply.Usage.TokensOut})

	req.Turns = append(req.Turns, reply.Turn, agents.Turn{Role: agents.RoleUser, Results: []agents.Result{
		{Call: "call_1", Name: "read_file", Text: "package a"}, {Call: "call_2", Name: "read_file", Text: "no path", Failed: true},
	}})
	req.Final = true
	reply, err = m.Generate(t.Context(), req)
	require.NoError(t, err)
	assert.JSONEq(t, `{"ok":true}`, string(reply.Answer))

	var second struct {
		Effort   string `json:"reasoning_effort"`
		Choice   string `json:"tool_choice"`
		Format   any    `json:"response_format"`
		Messages []map[string]any
	}
	requests := s.Requests()
	assert.Equal(t, "/chat/completions", requests[1].Path)
	require.NoError(t, json.Unmarshal(requests[1].Body, &second))
	assert.Equal(t, "high", second.Effort)
	assert.Equal(t, "none", second.Choice)
	var roles []any
	for _, message := range second.Messages {
		roles = append(roles, message["role"])
	}
	assert.Equal(t, []any{"system", "user", "assistant", "tool", "tool"}, roles)
	assert.Equal(t, "call_2", second.Messages[4]["tool_call_id"])
	assert.Equal(t, "Error: no path", second.Messages[4]["content"])
}

func TestAServerWithoutSchemasIsAskedInWords(t *testing.T) {
	s := wiretest.New(t, wiretest.Response{Events: chatted("stop", content(`{"ok":true}`))})
	m := &openai.Chat{Name: "llama", BaseURL: s.URL, Vendor: "local", NoTools: true, NoSchema: true, OldLimit: true, MaxOutput: 1000, Attempts: attempts}
	req := request()
	req.Tools = nil
	reply, err := m.Generate(t.Context(), req)
	require.NoError(t, err)
	assert.JSONEq(t, `{"ok":true}`, string(reply.Answer))
	body := string(s.Requests()[0].Body)
	assert.NotContains(t, body, "response_format")
	assert.Contains(t, body, `"max_tokens":1000`)
	assert.Contains(t, body, "JSON Schema")
	assert.Equal(t, agents.Info{Vendor: "local", Model: "llama", MaxOutput: 1000}, m.Info())
}

func failure(code, kind, message string) string {
	return fmt.Sprintf(`{"error":{"message":%q,"type":%q,"param":null,"code":%s}}`, message, kind, code)
}

type failing struct {
	name     string
	script   []wiretest.Response
	kind     agents.Kind
	says     string
	requests int
	text     string
}

// onTheWay are the failures before any reply, the same for both APIs.
var onTheWay = []failing{
	{"400", []wiretest.Response{{Status: 400, Body: failure("null", "invalid_request_error", "no such parameter")}}, agents.KindInvalid, "no such parameter", 1, ""},
	{"400 for its length", []wiretest.Response{{Status: 400, Body: failure(`"context_length_exceeded"`, "invalid_request_error", "too many tokens")}}, agents.KindTooLong, "too many", 1, ""},
	{"401", []wiretest.Response{{Status: 401, Body: failure(`"invalid_api_key"`, "invalid_request_error", "Incorrect API key provided: "+key)}}, agents.KindUnauthorized, "[key]", 1, ""},
	{"403", []wiretest.Response{{Status: 403, Body: failure("null", "permission", "not allowed")}}, agents.KindUnauthorized, "not allowed", 1, ""},
	{"404", []wiretest.Response{{Status: 404, Body: failure(`"model_not_found"`, "invalid_request_error", "no model gpt-test-1")}}, agents.KindInvalid, "no model", 1, ""},
	{"413", []wiretest.Response{{Status: 413, Body: "<html>"}}, agents.KindTooLong, "413", 1, ""},
	{"429 with a wait", []wiretest.Response{{Status: 429, Header: map[string]string{"Retry-After": "0.01"}, Body: failure(`"rate_limit_exceeded"`, "requests", "slow down")}}, agents.KindRateLimited, "slow down", 3, ""},
	{"429 with a long wait", []wiretest.Response{{Status: 429, Header: map[string]string{"Retry-After": "3600"}, Body: failure(`"rate_limit_exceeded"`, "requests", "slow down")}}, agents.KindRateLimited, "slow down", 1, ""},
	{"429 without", []wiretest.Response{{Status: 429, Body: failure("null", "requests", "slow down")}}, agents.KindRateLimited, "slow down", 3, ""},
	{"429 for the quota", []wiretest.Response{{Status: 429, Body: failure(`"insufficient_quota"`, "insufficient_quota", "You exceeded your current quota")}}, agents.KindQuota, "quota", 1, ""},
	{"500", []wiretest.Response{{Status: 500, Body: failure(`"server_error"`, "server_error", "oops")}}, agents.KindUnavailable, "oops", 3, ""},
	{"502 in HTML", []wiretest.Response{{Status: 502, Header: map[string]string{"Content-Type": "text/html"}, Body: "<html>bad gateway</html>"}}, agents.KindUnavailable, "502", 3, ""},
	{"503", []wiretest.Response{{Status: 503}}, agents.KindOverloaded, "503", 3, ""},
	{"529", []wiretest.Response{{Status: 529}}, agents.KindOverloaded, "529", 3, ""},
	{"no stream at all", []wiretest.Response{{Body: "{}"}}, agents.KindCut, "ended before", 3, ""},
}

func TestEveryWayToFail(t *testing.T) {
	responsesOnly := []failing{
		{"503, then an answer", []wiretest.Response{{Status: 503}, {Events: responded("completed", "null", said(`{"ok":true}`))}}, "", "", 2, `{"ok":true}`},
		{"an error inside of the stream", []wiretest.Response{{Events: append(responded("completed", "null")[:2], "event: error\n"+data(`{"type":"error","sequence_number":3,"code":"server_error","message":"oops","param":null}`))}}, agents.KindUnavailable, "oops", 3, "half of it"},
		{"a response that failed", []wiretest.Response{{Events: []string{data(`{"type":"response.failed","sequence_number":2,"response":{"id":"resp_1","object":"response","model":"gpt-test-1","status":"failed","error":{"code":"rate_limit_exceeded","message":"slow down"},"output":[],"usage":null}}`)}}}, agents.KindRateLimited, "slow down", 3, ""},
		{"a refusal", []wiretest.Response{{Events: responded("completed", "null", refused("I cannot"))}}, agents.KindRefused, "I cannot", 1, ""},
		{"the content filter", []wiretest.Response{{Events: responded("incomplete", `{"reason":"content_filter"}`, said("x"))}}, agents.KindRefused, "filter", 1, "x"},
		{"an answer cut by its length", []wiretest.Response{{Events: responded("incomplete", `{"reason":"max_output_tokens"}`, said(`{"ok":`))}}, agents.KindTruncated, "33 tokens", 1, `{"ok":`},
		{"no output", []wiretest.Response{{Events: responded("completed", "null")}}, agents.KindBadReply, "empty", 1, ""},
		{"a stream that is cut", []wiretest.Response{{Events: responded("completed", "null", said("x"))[:2], Cut: true}}, agents.KindCut, "", 3, "half of it"},
		{"a stream that just ends", []wiretest.Response{{Events: responded("completed", "null", said("x"))[:2]}}, agents.KindCut, "ended before", 3, "half of it"},
	}
	chatOnly := []failing{
		{"503, then an answer", []wiretest.Response{{Status: 503}, {Events: chatted("stop", content(`{"ok":true}`))}}, "", "", 2, `{"ok":true}`},
		{"an error inside of the stream", []wiretest.Response{{Events: []string{chunk(content("half of it"), ""), data(failure(`"server_error"`, "server_error", "oops"))}}}, agents.KindUnavailable, "oops", 3, "half of it"},
		{"a refusal", []wiretest.Response{{Events: chatted("stop", `{"refusal":"I cannot"}`)}}, agents.KindRefused, "I cannot", 1, ""},
		{"the content filter", []wiretest.Response{{Events: chatted("content_filter", content("x"))}}, agents.KindRefused, "filter", 1, "x"},
		{"an answer cut by its length", []wiretest.Response{{Events: chatted("length", content(`{"ok":`))}}, agents.KindTruncated, "33 tokens", 1, `{"ok":`},
		{"no output", []wiretest.Response{{Events: chatted("stop")}}, agents.KindBadReply, "empty", 1, ""},
		{"a stream that is cut", []wiretest.Response{{Events: []string{chunk(content("half of it"), "")}, Cut: true}}, agents.KindCut, "", 3, "half of it"},
		{"a stream that just ends", []wiretest.Response{{Events: []string{chunk(content("half of it"), "")}}}, agents.KindCut, "ended before", 3, "half of it"},
		{"a call without end of indices", []wiretest.Response{{Events: chatted("tool_calls", `{"tool_calls":[{"index":2000000000,"id":"x","function":{"name":"y","arguments":""}}]}`)}}, agents.KindBadReply, "index", 1, ""},
	}
	for api, m := range map[string]struct {
		model func(*wiretest.Server) agents.Model
		tests []failing
	}{"responses": {overResponses, append(responsesOnly, onTheWay...)}, "chat": {overChat, append(chatOnly, onTheWay...)}} {
		for _, test := range m.tests {
			t.Run(api+"/"+test.name, func(t *testing.T) {
				s := wiretest.New(t, test.script...)
				reply, err := m.model(s).Generate(t.Context(), request())
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
}

func TestAHangEndsWithTheContext(t *testing.T) {
	for name, model := range map[string]func(*wiretest.Server) agents.Model{"responses": overResponses, "chat": overChat} {
		for _, script := range []wiretest.Response{
			{Hang: true},
			{Events: []string{": nothing yet"}, Hang: true},
			{Events: strings.Split(strings.Repeat(": drip\n\n", 1000), "\n\n"), Pause: 5 * time.Millisecond},
		} {
			t.Run(name, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
				defer cancel()
				_, err := model(wiretest.New(t, script)).Generate(ctx, request())
				assert.ErrorIs(t, err, context.DeadlineExceeded)
			})
		}
	}
}

func TestNothingIsTakenFromTheEnvironment(t *testing.T) {
	t.Setenv("OPENAI_API_KEY", "of-the-environment")
	t.Setenv("OPENAI_BASE_URL", "http://127.0.0.1:1")
	t.Setenv("OPENAI_ORG_ID", "org-of-the-environment")
	t.Setenv("OPENAI_CUSTOM_HEADERS", "X-Of-Environment: yes")
	s := wiretest.New(t, wiretest.Response{Events: responded("completed", "null", said(`{"ok":true}`))})
	_, err := overResponses(s).Generate(t.Context(), request())
	require.NoError(t, err)
	for name, values := range s.Requests()[0].Header {
		assert.NotContains(t, strings.ToLower(strings.Join(values, " ")+name), "environment")
	}
}
