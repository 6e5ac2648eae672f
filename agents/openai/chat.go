package openai

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/shared"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents"
)

// Chat is a model over Chat Completions, at OpenAI or at any server that speaks it: vLLM, Ollama, LM Studio, OpenRouter and
// many others. Name must be set, BaseURL nearly always; it must not be copied after its first use.
type Chat struct {
	Name string
	// Key is sent as a bearer token; a server of one's own may want none.
	Key string
	// BaseURL is where the API is, version included: "http://127.0.0.1:11434/v1". Empty means OpenAI's own.
	BaseURL string
	// Vendor names the host in reports; empty means "openai".
	Vendor string
	Client *http.Client
	// Window and MaxOutput are in tokens. 0 means not known; then MaxOutput is left to the server.
	Window, MaxOutput int
	// NoTools says that the server cannot call tools: the model then gets its context up front.
	NoTools bool
	// NoSchema says that the server knows no json_schema: the form of the answer is then asked for in words.
	NoSchema bool
	// OldLimit says that the server wants max_tokens, where OpenAI has max_completion_tokens now.
	OldLimit bool
	// Attempts says how requests are retried.
	Attempts agents.Attempts

	once    sync.Once
	service sdk.ChatCompletionService
}

// Info implements [agents.Model].
func (m *Chat) Info() agents.Info {
	return agents.Info{Vendor: cmp.Or(m.Vendor, vendor), Model: m.Name, Window: m.Window, MaxOutput: m.MaxOutput, Tools: !m.NoTools}
}

// Generate implements [agents.Model].
func (m *Chat) Generate(ctx context.Context, req *agents.Request) (*agents.Reply, error) {
	params, err := m.params(req)
	if err != nil {
		return nil, err
	}
	m.once.Do(func() { m.service = sdk.NewChatCompletionService(clientOptions(m.Key, m.BaseURL, m.Client)...) })
	return agents.Retry(ctx, m.Attempts, func(ctx context.Context) (*agents.Reply, error) {
		return m.send(ctx, req, params)
	})
}

func (m *Chat) params(req *agents.Request) (sdk.ChatCompletionNewParams, error) {
	p := sdk.ChatCompletionNewParams{
		Model:           m.Name,
		ReasoningEffort: effort(req.Effort),
		StreamOptions:   sdk.ChatCompletionStreamOptionsParam{IncludeUsage: sdk.Bool(true)},
	}
	if n := cmp.Or(req.MaxOutput, m.MaxOutput); n > 0 {
		if m.OldLimit {
			p.MaxTokens = sdk.Int(int64(n))
		} else {
			p.MaxCompletionTokens = sdk.Int(int64(n))
		}
	}
	for _, t := range req.Tools {
		parameters, err := object(t.Parameters)
		if err != nil {
			return p, fmt.Errorf("tool %s: %w", t.Name, err)
		}
		p.Tools = append(p.Tools, sdk.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
			Name: t.Name, Description: sdk.String(t.Description), Parameters: parameters, Strict: sdk.Bool(true),
		}))
	}
	if req.Final && len(p.Tools) > 0 {
		p.ToolChoice.OfAuto = param.NewOpt("none")
	}
	system := req.System
	if req.Answer != nil {
		schema, err := object(req.Answer.Schema)
		if err != nil {
			return p, fmt.Errorf("answer %s: %w", req.Answer.Name, err)
		}
		if m.NoSchema {
			system += fmt.Sprintf("\n\nThe form %s is a JSON object that keeps to this JSON Schema. Write the object alone, without a word around it.\n\n%s", req.Answer.Name, req.Answer.Schema)
		} else {
			p.ResponseFormat.OfJSONSchema = &shared.ResponseFormatJSONSchemaParam{
				JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{Name: req.Answer.Name, Schema: schema, Strict: sdk.Bool(true)},
			}
		}
	}
	p.Messages = append(p.Messages, sdk.SystemMessage(system))
	for i, t := range req.Turns {
		messages, err := chatMessages(t)
		if err != nil {
			return p, fmt.Errorf("turn %d: %w", i+1, err)
		}
		if i == 0 && req.Preamble != "" {
			// Some servers take no two messages of one role in a row.
			parts := []sdk.ChatCompletionContentPartUnionParam{sdk.TextContentPart(req.Preamble), sdk.TextContentPart(t.Text)}
			messages = []sdk.ChatCompletionMessageParamUnion{sdk.UserMessage(parts)}
		}
		p.Messages = append(p.Messages, messages...)
	}
	return p, nil
}

// chatMessages puts one turn into the vendor's form.
func chatMessages(t agents.Turn) ([]sdk.ChatCompletionMessageParamUnion, error) {
	var out []sdk.ChatCompletionMessageParamUnion
	if t.Role == agents.RoleModel {
		if len(t.Native) > 0 {
			return append(out, param.Override[sdk.ChatCompletionMessageParamUnion](t.Native)), nil
		}
		message := sdk.ChatCompletionAssistantMessageParam{}
		if t.Text != "" {
			message.Content.OfString = sdk.String(t.Text)
		}
		for _, c := range t.Calls {
			message.ToolCalls = append(message.ToolCalls, sdk.ChatCompletionMessageToolCallUnionParam{OfFunction: &sdk.ChatCompletionMessageFunctionToolCallParam{
				ID: c.ID, Function: sdk.ChatCompletionMessageFunctionToolCallFunctionParam{Name: c.Name, Arguments: arguments(c.Args)},
			}})
		}
		return append(out, sdk.ChatCompletionMessageParamUnion{OfAssistant: &message}), nil
	}
	for _, r := range t.Results {
		out = append(out, sdk.ToolMessage(resultText(r), r.Call))
	}
	if t.Text != "" {
		out = append(out, sdk.UserMessage(t.Text))
	}
	return out, nil
}

// chatCall is a tool call as its pieces come in.
type chatCall struct{ id, name, args string }

// send sends one request and reads its stream to the end.
func (m *Chat) send(ctx context.Context, req *agents.Request, params sdk.ChatCompletionNewParams) (*agents.Reply, error) {
	stream := m.service.NewStreaming(ctx, params)
	defer stream.Close()
	r := &agents.Reply{Stop: agents.StopDone, Turn: agents.Turn{Role: agents.RoleModel}, Usage: deepreview.Usage{Requests: 1}}
	var calls []chatCall
	finish, refusal := "", ""
	for stream.Next() {
		chunk := stream.Current()
		if chunk.Model != "" {
			r.Model = chunk.Model
		}
		if u := chunk.Usage; u.TotalTokens > 0 {
			r.Usage.TokensIn, r.Usage.TokensOut, r.Usage.TokensCached = u.PromptTokens, u.CompletionTokens, u.PromptTokensDetails.CachedTokens
		}
		if len(chunk.Choices) == 0 {
			continue
		}
		choice := chunk.Choices[0]
		r.Turn.Text += choice.Delta.Content
		refusal += choice.Delta.Refusal
		for _, piece := range choice.Delta.ToolCalls {
			i := int(piece.Index)
			if i < 0 || i > 1000 {
				return r, fault(m.Info(), m.Key, agents.KindBadReply, fmt.Sprintf("a tool call has the index %d", i), nil)
			}
			for len(calls) <= i {
				calls = append(calls, chatCall{})
			}
			calls[i].id += piece.ID
			calls[i].name += piece.Function.Name
			calls[i].args += piece.Function.Arguments
		}
		finish = cmp.Or(choice.FinishReason, finish)
	}
	if err := stream.Err(); err != nil {
		return reached(answered(r), err), failure(ctx, m.Info(), m.Key, err)
	}
	if finish == "" {
		return answered(r), fault(m.Info(), m.Key, agents.KindCut, "the stream ended before the reply did", nil)
	}
	return m.finish(req, r, calls, finish, refusal)
}

// answered is a reply that broke off, if anything of it came.
func answered(r *agents.Reply) *agents.Reply {
	if r.Turn.Text == "" {
		return nil
	}
	return r
}

// finish reads a reply that came to its end, good or bad.
func (m *Chat) finish(req *agents.Request, r *agents.Reply, calls []chatCall, finish, refusal string) (*agents.Reply, error) {
	for i, c := range calls {
		if c.name == "" {
			continue
		}
		id := cmp.Or(c.id, fmt.Sprintf("call_%d", i+1))
		r.Turn.Calls = append(r.Turn.Calls, agents.Call{ID: id, Name: c.name, Args: callArgs(c.args)})
	}
	info := m.Info()
	switch {
	case finish == "length":
		r.Stop = agents.StopLength
		return r, fault(info, m.Key, agents.KindTruncated, fmt.Sprintf("it was cut after %d tokens", r.Usage.TokensOut), nil)
	case finish == "content_filter":
		r.Stop = agents.StopRefused
		return r, fault(info, m.Key, agents.KindRefused, "the vendor's content filter stopped it", nil)
	case refusal != "" && len(r.Turn.Calls) == 0:
		r.Stop = agents.StopRefused
		return r, fault(info, m.Key, agents.KindRefused, refusal, nil)
	case len(r.Turn.Calls) > 0:
		r.Stop = agents.StopCalls
	case r.Turn.Text == "":
		return r, fault(info, m.Key, agents.KindBadReply, "the reply is empty", nil)
	case req.Answer != nil && json.Valid([]byte(r.Turn.Text)):
		r.Answer = json.RawMessage(r.Turn.Text)
	}
	return r, nil
}
