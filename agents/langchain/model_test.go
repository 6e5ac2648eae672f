package langchain_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tmc/langchaingo/llms"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents"
	"github.com/deepreview-go/deepreview/agents/langchain"
)

var attempts = agents.Attempts{Most: 3, First: time.Millisecond, Longest: 50 * time.Millisecond}

// played is a model that plays a script, the last of it again and again, and keeps what it was asked.
type played struct {
	script []func() (*llms.ContentResponse, error)

	mu       sync.Mutex
	messages [][]llms.MessageContent
	options  []llms.CallOptions
}

func (p *played) GenerateContent(_ context.Context, messages []llms.MessageContent, options ...llms.CallOption) (*llms.ContentResponse, error) {
	var o llms.CallOptions
	for _, option := range options {
		option(&o)
	}
	p.mu.Lock()
	p.messages, p.options = append(p.messages, messages), append(p.options, o)
	step := p.script[min(len(p.messages), len(p.script))-1]
	p.mu.Unlock()
	return step()
}

func (p *played) Call(context.Context, string, ...llms.CallOption) (string, error) {
	return "", errors.New("nobody calls this")
}

func gives(choices ...*llms.ContentChoice) func() (*llms.ContentResponse, error) {
	return func() (*llms.ContentResponse, error) { return &llms.ContentResponse{Choices: choices}, nil }
}

func fails(err error) func() (*llms.ContentResponse, error) {
	return func() (*llms.ContentResponse, error) { return nil, err }
}

func of(script ...func() (*llms.ContentResponse, error)) (*langchain.Model, *played) {
	p := &played{script: script}
	return &langchain.Model{LLM: p, Vendor: "local", Name: "test-1", Tools: true, Attempts: attempts}, p
}

func toolCall(id, args string) llms.ToolCall {
	return llms.ToolCall{ID: id, Type: "function", FunctionCall: &llms.FunctionCall{Name: "read_file", Arguments: args}}
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

const inWords = "You review.\n\nThe form submit is a JSON object that keeps to this JSON Schema. Write the final answer as that object alone, without a word around it.\n\n" +
	`{"type":"object","properties":{"ok":{"type":"boolean"}},"required":["ok"],"additionalProperties":false}`

func said(role llms.ChatMessageType, part llms.ContentPart) llms.MessageContent {
	return llms.MessageContent{Role: role, Parts: []llms.ContentPart{part}}
}

func TestAConversationGoesBackAndForth(t *testing.T) {
	anthropics := map[string]any{"InputTokens": 10, "OutputTokens": 33, "CacheCreationInputTokens": 20, "CacheReadInputTokens": 70}
	m, p := of(
		gives(
			&llms.ContentChoice{Content: "I look.", StopReason: "tool_use", GenerationInfo: anthropics},
			&llms.ContentChoice{ToolCalls: []llms.ToolCall{toolCall("c1", `{"path":"a.go"}`)}, StopReason: "tool_use", GenerationInfo: anthropics},
			nil,
			&llms.ContentChoice{ToolCalls: []llms.ToolCall{toolCall("c2", "")}, StopReason: "tool_use", GenerationInfo: anthropics},
		),
		gives(&llms.ContentChoice{Content: `{"ok":true}`, StopReason: "end_turn", GenerationInfo: anthropics}),
	)
	req := request()
	reply, err := m.Generate(t.Context(), req)
	require.NoError(t, err)
	assert.Equal(t, agents.StopCalls, reply.Stop)
	assert.Equal(t, "I look.", reply.Turn.Text)
	assert.Equal(t, []agents.Call{{ID: "c1", Name: "read_file", Args: json.RawMessage(`{"path":"a.go"}`)}, {ID: "c2", Name: "read_file", Args: json.RawMessage(`{}`)}}, reply.Turn.Calls, "of every choice, and never without arguments")
	assert.Equal(t, deepreview.Usage{Requests: 1, TokensIn: 100, TokensOut: 33, TokensCached: 70}, reply.Usage, "the choices tell the same tokens")

	req.Turns = append(req.Turns, reply.Turn, agents.Turn{Role: agents.RoleUser, Results: []agents.Result{
		{Call: "c1", Name: "read_file", Text: "package a"}, {Call: "c2", Name: "read_file", Text: "no path", Failed: true},
	}})
	req.Final, req.MaxOutput = true, 1000
	reply, err = m.Generate(t.Context(), req)
	require.NoError(t, err)
	assert.Equal(t, agents.StopDone, reply.Stop)
	assert.JSONEq(t, `{"ok":true}`, string(reply.Answer))

	assert.Equal(t, []llms.MessageContent{
		said(llms.ChatMessageTypeSystem, llms.TextContent{Text: inWords}),
		said(llms.ChatMessageTypeHuman, llms.TextContent{Text: "The change.\n\nReview it."}),
	}, p.messages[0])
	assert.Equal(t, append(p.messages[0][:2:2],
		said(llms.ChatMessageTypeAI, llms.TextContent{Text: "I look."}),
		said(llms.ChatMessageTypeAI, toolCall("c1", `{"path":"a.go"}`)),
		said(llms.ChatMessageTypeTool, llms.ToolCallResponse{ToolCallID: "c1", Name: "read_file", Content: "package a"}),
		said(llms.ChatMessageTypeAI, toolCall("c2", `{}`)),
		said(llms.ChatMessageTypeTool, llms.ToolCallResponse{ToolCallID: "c2", Name: "read_file", Content: "Error: no path\n\n(No tool can be called any more: the final answer is due now.)"}),
	), p.messages[1], "one part a message, each call before its result")
	require.Len(t, p.options[0].Tools, 1)
	assert.Equal(t, "function", p.options[0].Tools[0].Type)
	assert.IsType(t, map[string]any{}, p.options[0].Tools[0].Function.Parameters)
	assert.Equal(t, p.options[0].Tools, p.options[1].Tools, "a conversation with calls needs its tools to the end")
	assert.Nil(t, p.options[0].ToolChoice)
	assert.Equal(t, "none", p.options[1].ToolChoice)
	assert.False(t, p.options[0].JSONMode, "it would keep the model from calling")
	assert.True(t, p.options[1].JSONMode)
	assert.Zero(t, p.options[0].MaxTokens)
	assert.Equal(t, 1000, p.options[1].MaxTokens)
	assert.Nil(t, p.options[0].StreamingFunc)
	assert.Nil(t, p.options[0].Metadata)
	assert.Empty(t, p.options[0].Model, "the LLM knows its name")
}

func TestAModelWithoutToolsIsGivenNone(t *testing.T) {
	m, p := of(gives(&llms.ContentChoice{Content: "Sure: {\"ok\":true}"}))
	m.Tools, m.MaxOutput, m.Window = false, 500, 8000
	req := request()
	req.Final = true
	reply, err := m.Generate(t.Context(), req)
	require.NoError(t, err)
	assert.Nil(t, reply.Answer)
	assert.Equal(t, "Sure: {\"ok\":true}", reply.Turn.Text, "prose around JSON is the dialog's to read")
	assert.Empty(t, p.options[0].Tools)
	assert.Nil(t, p.options[0].ToolChoice)
	assert.True(t, p.options[0].JSONMode)
	assert.Equal(t, 500, p.options[0].MaxTokens)
	assert.NotContains(t, fmt.Sprint(p.messages), "No tool")
	assert.Equal(t, agents.Info{Vendor: "local", Model: "test-1", Window: 8000, MaxOutput: 500}, m.Info())

	m.NoJSON = true
	req.Answer = nil
	req.System = ""
	_, err = m.Generate(t.Context(), req)
	require.NoError(t, err)
	assert.False(t, p.options[1].JSONMode)
	assert.Equal(t, llms.ChatMessageTypeHuman, p.messages[1][0].Role, "there is nothing of a system")
}

func TestARepairIsAskedForInText(t *testing.T) {
	m, p := of(gives(&llms.ContentChoice{Content: `{"ok":1}`}), gives(&llms.ContentChoice{Content: `{"ok":true}`}))
	req := request()
	reply, err := m.Generate(t.Context(), req)
	require.NoError(t, err)
	req.Turns = append(req.Turns, reply.Turn, agents.Turn{Role: agents.RoleUser, Text: "Mend it."})
	req.Final = true
	_, err = m.Generate(t.Context(), req)
	require.NoError(t, err)
	assert.Equal(t, []llms.MessageContent{
		said(llms.ChatMessageTypeAI, llms.TextContent{Text: `{"ok":1}`}),
		said(llms.ChatMessageTypeHuman, llms.TextContent{Text: "Mend it.\n\n(No tool can be called any more: the final answer is due now.)"}),
	}, p.messages[1][2:])
}

func TestCallsAreToldApart(t *testing.T) {
	for name, test := range map[string]struct {
		choices []*llms.ContentChoice
		want    []string
	}{
		"Google's have no IDs":  {[]*llms.ContentChoice{{ToolCalls: []llms.ToolCall{toolCall("", "{}"), toolCall("", "{}")}}}, []string{"call_1", "call_2"}},
		"one ID twice":          {[]*llms.ContentChoice{{ToolCalls: []llms.ToolCall{toolCall("call_2", "{}"), toolCall("call_2", "{}"), toolCall("", " ")}}}, []string{"call_2", "call_3", "call_4"}},
		"the older field alone": {[]*llms.ContentChoice{{FuncCall: toolCall("", "{}").FunctionCall}}, []string{"call_1"}},
		"the older field, too":  {[]*llms.ContentChoice{{FuncCall: toolCall("", "{}").FunctionCall, ToolCalls: []llms.ToolCall{toolCall("x", "{}")}}}, []string{"x"}},
		"calls of nothing":      {[]*llms.ContentChoice{{Content: "x", ToolCalls: []llms.ToolCall{{ID: "y"}, {ID: "z", FunctionCall: &llms.FunctionCall{}}}}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			m, _ := of(gives(test.choices...))
			reply, err := m.Generate(t.Context(), request())
			require.NoError(t, err)
			var ids []string
			for _, c := range reply.Turn.Calls {
				ids = append(ids, c.ID)
				assert.Equal(t, json.RawMessage("{}"), c.Args)
			}
			assert.Equal(t, test.want, ids)
		})
	}
}

func TestTokensAreFoundUnderEveryName(t *testing.T) {
	type usage struct { // as in the Mistral SDK
		PromptTokens     int `json:"prompt_tokens"`
		CompletionTokens int `json:"completion_tokens"`
		TotalTokens      int `json:"total_tokens"`
	}
	loop := map[string]any{}
	loop["usage"] = func() {}
	for name, test := range map[string]struct {
		info             map[string]any
		in, out, cached  int64
		answeringAnother string
	}{
		"OpenAI":             {map[string]any{"PromptTokens": 100, "CompletionTokens": 33, "PromptCachedTokens": 70, "ReasoningTokens": 10}, 100, 33, 70, ""},
		"Ollama":             {map[string]any{"PromptTokens": 100, "CompletionTokens": 33, "ThinkingTokens": 0}, 100, 33, 0, ""},
		"Anthropic":          {map[string]any{"InputTokens": 10, "OutputTokens": 33, "CacheCreationInputTokens": 20, "CacheReadInputTokens": 70}, 100, 33, 70, ""},
		"Google":             {map[string]any{"input_tokens": int32(100), "PromptTokens": int32(100), "CompletionTokens": int32(33), "CachedTokens": int32(70), "CacheReadInputTokens": int32(70), "NonCachedInputTokens": int32(30)}, 100, 33, 70, ""},
		"Bedrock":            {map[string]any{"input_tokens": 100, "output_tokens": 33}, 100, 33, 0, ""},
		"Mistral":            {map[string]any{"created": 1, "model": "mistral-x", "usage": usage{100, 33, 133}}, 100, 33, 0, "mistral-x"},
		"JSON":               {map[string]any{"prompt_tokens": 100.0, "completion_tokens": 33.0}, 100, 33, 0, ""},
		"nothing":            {nil, 0, 0, 0, ""},
		"nonsense":           {map[string]any{"PromptTokens": -5, "CompletionTokens": "many", "model": 7}, 0, 0, 0, ""},
		"usage of no shape":  {loop, 0, 0, 0, ""},
		"usage within usage": {map[string]any{"usage": map[string]any{"usage": map[string]any{"prompt_tokens": 1}}}, 0, 0, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			m, _ := of(gives(&llms.ContentChoice{Content: "x", GenerationInfo: test.info}))
			reply, err := m.Generate(t.Context(), request())
			require.NoError(t, err)
			assert.Equal(t, deepreview.Usage{Requests: 1, TokensIn: test.in, TokensOut: test.out, TokensCached: test.cached}, reply.Usage)
			assert.Equal(t, test.answeringAnother, reply.Model)
		})
	}
}

func TestEveryEndOfAReply(t *testing.T) {
	for _, test := range []struct {
		reason string
		tokens int
		kind   agents.Kind
		stop   agents.Stop
	}{
		{"stop", 0, "", agents.StopDone},
		{"end_turn", 0, "", agents.StopDone},
		{"FinishReasonStop", 0, "", agents.StopDone},
		{"", 99, "", agents.StopDone},
		{"", 100, agents.KindTruncated, agents.StopLength},
		{"stop", 100, "", agents.StopDone},
		{"length", 0, agents.KindTruncated, agents.StopLength},
		{"model_length", 0, agents.KindTruncated, agents.StopLength},
		{"max_tokens", 0, agents.KindTruncated, agents.StopLength},
		{"MAX_TOKENS", 0, agents.KindTruncated, agents.StopLength},
		{"FinishReasonMaxTokens", 0, agents.KindTruncated, agents.StopLength},
		{"content_filter", 0, agents.KindRefused, agents.StopRefused},
		{"CONTENT_FILTERED", 0, agents.KindRefused, agents.StopRefused},
		{"FinishReasonSafety", 0, agents.KindRefused, agents.StopRefused},
		{"refusal", 0, agents.KindRefused, agents.StopRefused},
		{"guardrail_intervened", 0, agents.KindRefused, agents.StopRefused},
	} {
		t.Run(fmt.Sprint(test.reason, test.tokens), func(t *testing.T) {
			m, _ := of(gives(
				&llms.ContentChoice{Content: `{"ok":`, StopReason: test.reason, GenerationInfo: map[string]any{"output_tokens": test.tokens}},
				&llms.ContentChoice{StopReason: test.reason},
			))
			m.MaxOutput = 100
			reply, err := m.Generate(t.Context(), request())
			require.NotNil(t, reply)
			assert.Equal(t, test.stop, reply.Stop)
			assert.Equal(t, `{"ok":`, reply.Turn.Text, "what came is kept")
			if test.kind == "" {
				require.NoError(t, err)
				return
			}
			var e *agents.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, test.kind, e.Kind)
		})
	}
}

// awsError and googleError have the methods that the errors of AWS's and Google's libraries have.
type awsError struct{}

func (awsError) Error() string {
	return "operation error Bedrock Runtime: InvokeModel, ThrottlingException"
}
func (awsError) HTTPStatusCode() int { return 429 }

type googleError struct{}

func (googleError) Error() string { return "rpc error" }
func (googleError) HTTPCode() int { return 503 }

func TestErrorsAreTypedByWhatCanBeHadOfThem(t *testing.T) {
	var b strings.Builder
	for i := range 35 { // no key of anybody's
		b.WriteByte("Qz7RkW2mXv9TbN4pLd8Hs6Jc"[i*7%24])
	}
	secret := "AI" + "za" + b.String()
	status := func(code int, words string) error {
		return fmt.Errorf("API returned unexpected status code: %d: %s", code, words)
	}
	for _, test := range []struct {
		name   string
		err    error
		kind   agents.Kind
		status int
		sent   int
		says   string
	}{
		{"400", status(400, "no such parameter"), agents.KindInvalid, 400, 1, "no such parameter"},
		{"400 for its length", status(400, "This model's maximum context length is 8192 tokens"), agents.KindTooLong, 400, 1, "8192"},
		{"401", status(401, "Incorrect API key provided"), agents.KindUnauthorized, 401, 1, "Incorrect"},
		{"403", status(403, "not allowed"), agents.KindUnauthorized, 403, 1, ""},
		{"404", status(404, "no model"), agents.KindInvalid, 404, 1, ""},
		{"413", status(413, ""), agents.KindTooLong, 413, 1, ""},
		{"429", status(429, "slow down"), agents.KindRateLimited, 429, 3, "slow down"},
		{"429 for the quota", status(429, "You exceeded your current quota, please check your plan and billing details"), agents.KindQuota, 429, 1, ""},
		{"500", status(500, "oops, 400 things failed"), agents.KindUnavailable, 500, 3, ""},
		{"502", status(502, ""), agents.KindUnavailable, 502, 3, ""},
		{"503 of Ollama", errors.New("503 Service Unavailable: server busy"), agents.KindOverloaded, 503, 3, ""},
		{"529", status(529, "overloaded"), agents.KindOverloaded, 529, 3, ""},
		{"429 of Mistral", errors.New("(HTTP Error 429) {\"message\":\"slow down\"}"), agents.KindRateLimited, 429, 3, ""},
		{"429 of AWS", fmt.Errorf("bedrock: %w", awsError{}), agents.KindRateLimited, 429, 3, ""},
		{"503 of Google", googleError{}, agents.KindOverloaded, 503, 3, ""},
		{"numbers that are no status", errors.New("a message of 429 words, 500 lines"), agents.KindInvalid, 0, 1, ""},
		{"langchaingo's own code", llms.NewError(llms.ErrCodeRateLimit, "openai", "x"), agents.KindRateLimited, 0, 3, ""},
		{"langchaingo's own code inside", fmt.Errorf("y: %w", llms.NewError(llms.ErrCodeAuthentication, "openai", "x")), agents.KindUnauthorized, 0, 1, ""},
		{"langchaingo's code with a status below", llms.NewError(llms.ErrCodeInvalidRequest, "x", "x: status code: 503"), agents.KindOverloaded, 503, 3, ""},
		{"langchaingo does not know", llms.NewError(llms.ErrCodeUnknown, "x", "throttled"), agents.KindRateLimited, 0, 3, ""},
		{"langchaingo's content filter", llms.NewError(llms.ErrCodeContentFilter, "x", "x"), agents.KindRefused, 0, 1, ""},
		{"langchaingo's token limit", llms.NewError(llms.ErrCodeTokenLimit, "x", "x"), agents.KindTooLong, 0, 1, ""},
		{"the client's own deadline", context.DeadlineExceeded, agents.KindUnavailable, 0, 3, ""},
		{"no connection", &net.OpError{Op: "dial", Err: errors.New("connection refused")}, agents.KindUnavailable, 0, 3, "refused"},
		{"a key in a URL", &url.Error{Op: "Post", URL: "https://x.invalid/v1beta/models/m?alt=sse&key=" + secret, Err: errors.New("no route")}, agents.KindUnavailable, 0, 3, "key=[key]"},
		{"a key in the text", errors.New("invalid api key " + secret), agents.KindUnauthorized, 0, 1, "api key"},
		{"half a body", fmt.Errorf("decode: %w", io.ErrUnexpectedEOF), agents.KindCut, 0, 3, ""},
		{"half a line", json.Unmarshal([]byte(`{"a":`), new(any)), agents.KindCut, 0, 3, ""},
		{"a page", json.Unmarshal([]byte(`<html>`), new(any)), agents.KindBadReply, 0, 1, ""},
		{"another shape", json.Unmarshal([]byte(`"x"`), new(int)), agents.KindBadReply, 0, 1, ""},
		{"a hidden deadline", errors.New("request timeout: API call exceeded deadline"), agents.KindUnavailable, 0, 3, ""},
		{"too long in words", errors.New("input exceeds the context window"), agents.KindTooLong, 0, 1, ""},
		{"a message it cannot send", errors.New("expecting a single Text content"), agents.KindInvalid, 0, 1, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			m, p := of(fails(test.err))
			reply, err := m.Generate(t.Context(), request())
			var e *agents.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, test.kind, e.Kind)
			assert.Equal(t, test.status, e.Status)
			assert.Len(t, p.messages, test.sent)
			assert.ErrorContains(t, err, test.says)
			assert.ErrorIs(t, err, test.err)
			assert.NotContains(t, err.Error(), secret)
			requests := 0
			if reply != nil {
				requests = int(reply.Usage.Requests)
			}
			if test.status > 0 {
				assert.Equal(t, test.sent, requests, "what reached the vendor is counted")
			} else {
				assert.Zero(t, requests)
			}
		})
	}
}

func TestNoReplyIsABadOne(t *testing.T) {
	for name, step := range map[string]func() (*llms.ContentResponse, error){
		"nothing":     func() (*llms.ContentResponse, error) { return nil, nil },
		"no choices":  gives(),
		"nil choices": gives(nil, nil),
		"no words":    gives(&llms.ContentChoice{StopReason: "stop"}),
	} {
		t.Run(name, func(t *testing.T) {
			m, _ := of(step)
			_, err := m.Generate(t.Context(), request())
			var e *agents.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, agents.KindBadReply, e.Kind)
		})
	}
}

func TestOurContextIsTheError(t *testing.T) {
	for name, step := range map[string]func() (*llms.ContentResponse, error){
		"hidden by the client": fails(errors.New("request timeout: API call exceeded deadline")),
		"taken for a success":  gives(&llms.ContentChoice{}),
	} {
		t.Run(name, func(t *testing.T) {
			m, p := of(step)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			_, err := m.Generate(ctx, request())
			assert.ErrorIs(t, err, context.Canceled)
			assert.Len(t, p.messages, 1)
		})
	}
}

func TestManyAskAtOnce(t *testing.T) {
	m, p := of(gives(&llms.ContentChoice{Content: `{"ok":true}`}))
	req := request()
	before, err := json.Marshal(req)
	require.NoError(t, err)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			reply, err := m.Generate(t.Context(), req)
			assert.NoError(t, err)
			assert.JSONEq(t, `{"ok":true}`, string(reply.Answer))
		})
	}
	all.Wait()
	after, err := json.Marshal(req)
	require.NoError(t, err)
	assert.Equal(t, string(before), string(after), "a request is read only")
	assert.Len(t, p.messages, 8)
	assert.Equal(t, p.messages[0], p.messages[7])
}

func TestAToolWithoutASchemaIsNotSent(t *testing.T) {
	m, p := of(gives(&llms.ContentChoice{Content: "x"}))
	req := request()
	req.Tools[0].Parameters = json.RawMessage(`{`)
	_, err := m.Generate(t.Context(), req)
	assert.ErrorContains(t, err, "read_file")
	assert.Empty(t, p.messages)
}

// FuzzAnError holds that no error's text makes a panic or shows what a URL holds as its key.
func FuzzAnError(f *testing.F) {
	f.Add("API returned unexpected status code: 429: slow down")
	f.Add("503 Service Unavailable: x")
	f.Add("Post \"https://x/?key=abc\": EOF")
	f.Fuzz(func(t *testing.T, s string) {
		m, _ := of(fails(errors.New(s)))
		m.Attempts.Most = 1
		_, err := m.Generate(t.Context(), request())
		var e *agents.Error
		require.ErrorAs(t, err, &e)
		assert.NotEmpty(t, e.Kind)
		assert.True(t, e.Status == 0 || e.Status >= 100 && e.Status < 600)
		assert.Less(t, len(e.Message), 1000)
	})
}
