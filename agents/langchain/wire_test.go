package langchain_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tmc/langchaingo/llms/ollama"
	"github.com/tmc/langchaingo/llms/openai"

	"github.com/deepreview-go/deepreview/agents"
	"github.com/deepreview-go/deepreview/agents/internal/wiretest"
	"github.com/deepreview-go/deepreview/agents/langchain"
)

// key is no key of anybody's.
var key = "sk-" + strings.Repeat("k", 20)

// overOpenAI and overOllama are langchaingo's own clients, over real HTTP.
func overOpenAI(t *testing.T, s *wiretest.Server) *langchain.Model {
	t.Helper()
	llm, err := openai.New(openai.WithToken(key), openai.WithBaseURL(s.URL), openai.WithModel("gpt-test-1"), openai.WithHTTPClient(&http.Client{}))
	require.NoError(t, err)
	return &langchain.Model{LLM: llm, Vendor: "local", Name: "gpt-test-1", Key: key, Tools: true, Attempts: attempts}
}

func overOllama(t *testing.T, s *wiretest.Server) *langchain.Model {
	t.Helper()
	llm, err := ollama.New(ollama.WithModel("llama-test"), ollama.WithServerURL(s.URL), ollama.WithHTTPClient(&http.Client{}), ollama.WithRunnerNumCtx(32000))
	require.NoError(t, err)
	return &langchain.Model{LLM: llm, Vendor: "ollama", Name: "llama-test", Window: 32000, Attempts: attempts}
}

// chatted is a body of Chat Completions, and talked one of Ollama's.
func chatted(finish, message string) string {
	return fmt.Sprintf(`{"id":"c_1","object":"chat.completion","created":1,"model":"gpt-test-1","choices":[{"index":0,"message":%s,"finish_reason":%q}],"usage":{"prompt_tokens":100,"completion_tokens":33,"total_tokens":133,"prompt_tokens_details":{"cached_tokens":70}}}`, message, finish)
}

func content(text string) string { return fmt.Sprintf(`{"role":"assistant","content":%q}`, text) }

func talked(text string) string {
	return fmt.Sprintf(`{"model":"llama-test","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":%q},"done":true,"done_reason":"stop","prompt_eval_count":100,"eval_count":33}`, text) + "\n"
}

func TestAConversationOverOpenAIGoesBackAndForth(t *testing.T) {
	calls := `{"role":"assistant","content":"I look.","tool_calls":[{"id":"call_1","type":"function","function":{"name":"read_file","arguments":"{\"path\":\"a.go\"}"}},{"id":"call_2","type":"function","function":{"name":"read_file","arguments":""}}]}`
	s := wiretest.New(t,
		wiretest.Response{Body: chatted("tool_calls", calls)},
		wiretest.Response{Body: chatted("stop", content(`{"ok":true}`))},
	)
	m := overOpenAI(t, s)
	req := request()
	reply, err := m.Generate(t.Context(), req)
	require.NoError(t, err)
	assert.Equal(t, agents.StopCalls, reply.Stop)
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
		Model    string
		Choice   any            `json:"tool_choice"`
		Format   map[string]any `json:"response_format"`
		Tools    []any
		Messages []struct {
			Role      string
			Content   any
			ToolCalls []map[string]any `json:"tool_calls"`
			ToolCall  string           `json:"tool_call_id"`
		}
	}
	require.NoError(t, json.Unmarshal(s.Requests()[1].Body, &second))
	assert.Equal(t, "gpt-test-1", second.Model)
	assert.Equal(t, "none", second.Choice)
	assert.Equal(t, map[string]any{"type": "json_object"}, second.Format)
	assert.Len(t, second.Tools, 1)
	var roles []string
	for i, message := range second.Messages {
		roles = append(roles, message.Role)
		if message.Role == "tool" {
			require.Len(t, second.Messages[i-1].ToolCalls, 1, "a result follows its call at once, as the API wants it")
			assert.Equal(t, second.Messages[i-1].ToolCalls[0]["id"], message.ToolCall)
		}
	}
	assert.Equal(t, []string{"system", "user", "assistant", "assistant", "tool", "assistant", "tool"}, roles)
}

func TestOllamaGetsAllUpFront(t *testing.T) {
	s := wiretest.New(t, wiretest.Response{Body: talked(`{"ok":true}`)})
	m := overOllama(t, s)
	req := request()
	req.Tools, req.MaxOutput = nil, 500
	reply, err := m.Generate(t.Context(), req)
	require.NoError(t, err)
	assert.JSONEq(t, `{"ok":true}`, string(reply.Answer))
	assert.Equal(t, []int64{100, 33}, []int64{reply.Usage.TokensIn, reply.Usage.TokensOut})
	var sent struct {
		Model, Format string
		Stream        bool
		Messages      []map[string]any
		Options       map[string]any
	}
	require.NoError(t, json.Unmarshal(s.Requests()[0].Body, &sent))
	assert.Equal(t, "/api/chat", s.Requests()[0].Path)
	assert.Equal(t, "json", sent.Format)
	assert.False(t, sent.Stream)
	assert.EqualValues(t, 32000, sent.Options["num_ctx"])
	assert.EqualValues(t, 500, sent.Options["num_predict"])
	assert.Equal(t, []map[string]any{{"role": "system", "content": inWords}, {"role": "user", "content": "The change.\n\nReview it."}}, sent.Messages)

	req.MaxOutput = 33
	_, err = m.Generate(t.Context(), req)
	var e *agents.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, agents.KindTruncated, e.Kind, "it came as far as its bound")
}

func TestEveryWayToFailOverHTTP(t *testing.T) {
	failure := func(message string) string { return fmt.Sprintf(`{"error":{"message":%q,"type":"x"}}`, message) }
	short := func(message string) string { return fmt.Sprintf(`{"error":%q}`, message) + "\n" }
	for client, over := range map[string]struct {
		model func(*testing.T, *wiretest.Server) *langchain.Model
		tests []failing
	}{
		"openai": {overOpenAI, []failing{
			{"400", wiretest.Response{Status: 400, Body: failure("no such parameter")}, agents.KindInvalid, "no such parameter", 1},
			{"401", wiretest.Response{Status: 401, Body: failure("Incorrect API key provided: " + key)}, agents.KindUnauthorized, "[key]", 1},
			{"403", wiretest.Response{Status: 403, Body: failure("not allowed")}, agents.KindUnauthorized, "not allowed", 1},
			{"404", wiretest.Response{Status: 404, Body: failure("no model")}, agents.KindInvalid, "no model", 1},
			{"413", wiretest.Response{Status: 413, Body: "<html>"}, agents.KindTooLong, "413", 1},
			{"429 with a wait", wiretest.Response{Status: 429, Header: map[string]string{"Retry-After": "0.01"}, Body: failure("slow down")}, agents.KindRateLimited, "slow down", 3},
			{"429 without", wiretest.Response{Status: 429, Body: failure("slow down")}, agents.KindRateLimited, "slow down", 3},
			{"429 for the quota", wiretest.Response{Status: 429, Body: failure("You exceeded your current quota")}, agents.KindQuota, "quota", 1},
			{"500", wiretest.Response{Status: 500, Body: failure("oops")}, agents.KindUnavailable, "oops", 3},
			{"502 in HTML", wiretest.Response{Status: 502, Body: "<html>bad gateway</html>"}, agents.KindUnavailable, "502", 3},
			{"503", wiretest.Response{Status: 503}, agents.KindOverloaded, "503", 3},
			{"529", wiretest.Response{Status: 529}, agents.KindOverloaded, "529", 3},
			{"the content filter", wiretest.Response{Body: chatted("content_filter", content("x"))}, agents.KindRefused, "content_filter", 1},
			{"an answer cut by its length", wiretest.Response{Body: chatted("length", content(`{"ok":`))}, agents.KindTruncated, "33 tokens", 1},
			{"no content", wiretest.Response{Body: chatted("stop", content(""))}, agents.KindBadReply, "empty", 1},
			{"no choices", wiretest.Response{Body: `{}`}, agents.KindBadReply, "empty response", 1},
			{"a body that is cut", wiretest.Response{Body: chatted("stop", content("half of it"))[:120], Cut: true}, agents.KindCut, "", 3},
			{"a body that just ends", wiretest.Response{Body: chatted("stop", content("half of it"))[:120]}, agents.KindCut, "", 3},
			{"nothing at all", wiretest.Response{}, agents.KindCut, "", 3},
			{"a page", wiretest.Response{Body: "<html>"}, agents.KindBadReply, "", 1},
		}},
		"ollama": {overOllama, []failing{
			{"404", wiretest.Response{Status: 404, Body: short("model 'llama-test' not found")}, agents.KindInvalid, "not found", 1},
			{"429", wiretest.Response{Status: 429, Body: "{}\n"}, agents.KindRateLimited, "429", 3},
			{"500", wiretest.Response{Status: 500, Body: "{}\n"}, agents.KindUnavailable, "500", 3},
			{"502 in HTML", wiretest.Response{Status: 502, Body: "<html>bad gateway</html>"}, agents.KindBadReply, "", 1},
			{"503", wiretest.Response{Status: 503, Body: short("server busy, please try again")}, agents.KindOverloaded, "busy", 3},
			{"no content", wiretest.Response{Body: talked("")}, agents.KindBadReply, "empty", 1},
			{"a body that is cut", wiretest.Response{Body: talked("half of it")[:90], Cut: true}, agents.KindCut, "", 3},
			{"a body that just ends", wiretest.Response{Body: talked("half of it")[:90]}, agents.KindCut, "", 3},
			{"nothing at all", wiretest.Response{}, agents.KindBadReply, "empty", 1},
		}},
	} {
		for _, test := range over.tests {
			t.Run(client+"/"+test.name, func(t *testing.T) {
				s := wiretest.New(t, test.response)
				req := request()
				if client == "ollama" {
					req.Tools = nil
				}
				_, err := over.model(t, s).Generate(t.Context(), req)
				assert.Len(t, s.Requests(), test.requests)
				var e *agents.Error
				require.ErrorAs(t, err, &e)
				assert.Equal(t, test.kind, e.Kind)
				assert.ErrorContains(t, err, test.says)
				assert.NotContains(t, err.Error(), key)
			})
		}
	}
}

type failing struct {
	name     string
	response wiretest.Response
	kind     agents.Kind
	says     string
	requests int
}

func TestAFaultThenAnAnswer(t *testing.T) {
	s := wiretest.New(t, wiretest.Response{Status: 503}, wiretest.Response{Body: chatted("stop", content(`{"ok":true}`))})
	reply, err := overOpenAI(t, s).Generate(t.Context(), request())
	require.NoError(t, err)
	assert.JSONEq(t, `{"ok":true}`, string(reply.Answer))
	assert.EqualValues(t, 2, reply.Usage.Requests)
}

func TestAHangEndsWithTheContext(t *testing.T) {
	for client, model := range map[string]func(*testing.T, *wiretest.Server) *langchain.Model{"openai": overOpenAI, "ollama": overOllama} {
		for name, script := range map[string]wiretest.Response{
			"before the first byte": {Hang: true},
			"in the middle":         {Body: `{"id":"c_1",`, Hang: true},
			"drop by drop":          {Events: strings.Split(strings.Repeat(" ", 1000), ""), Pause: 5 * time.Millisecond},
		} {
			t.Run(client+"/"+name, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
				defer cancel()
				req := request()
				if client == "ollama" {
					if script.Events != nil {
						t.Skip("it reads whole lines")
					}
					req.Tools = nil
				}
				_, err := model(t, wiretest.New(t, script)).Generate(ctx, req)
				assert.ErrorIs(t, err, context.DeadlineExceeded)
			})
		}
	}
}
