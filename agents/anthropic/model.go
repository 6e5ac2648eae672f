package anthropic

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"

	sdk "github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents"
)

// Model is one of Anthropic's models. Name and Key must be set; it must not be copied after its first use.
type Model struct {
	// Name is the vendor's name for the model: "claude-opus-4-6".
	Name string
	Key  string
	// BaseURL is where the API is; empty means the vendor's own.
	BaseURL string
	// Client sends the requests; nil means [agents.HTTPClient]. Its timeout has to leave a long answer time.
	Client *http.Client
	// Window and MaxOutput are in tokens; 0 means 200,000 and 32,000, which every model since Claude 4 has.
	Window, MaxOutput int
	// Thinking is how many tokens a model may think that takes a budget; 0 leaves thinking to the model, as those do
	// that adapt it themselves. Below 0 it does not think.
	Thinking int
	// Attempts says how requests are retried.
	Attempts agents.Attempts

	once   sync.Once
	client sdk.Client
}

const (
	vendor           = "anthropic"
	defaultWindow    = 200_000
	defaultMaxOutput = 32_000
)

// Info implements [agents.Model].
func (m *Model) Info() agents.Info {
	return agents.Info{
		Vendor: vendor, Model: m.Name, Window: cmp.Or(m.Window, defaultWindow), MaxOutput: cmp.Or(m.MaxOutput, defaultMaxOutput), Tools: true,
	}
}

// Generate implements [agents.Model].
func (m *Model) Generate(ctx context.Context, req *agents.Request) (*agents.Reply, error) {
	params, err := m.params(req)
	if err != nil {
		return nil, err
	}
	m.once.Do(func() {
		options := []option.RequestOption{
			option.WithoutEnvironmentDefaults(),
			option.WithAPIKey(m.Key),
			option.WithMaxRetries(0), // agents.Retry does, the same for every vendor
		}
		if m.BaseURL != "" {
			options = append(options, option.WithBaseURL(m.BaseURL))
		}
		client := m.Client
		if client == nil {
			client = agents.HTTPClient()
		}
		options = append(options, option.WithHTTPClient(client))
		m.client = sdk.NewClient(options...)
	})
	return agents.Retry(ctx, m.Attempts, func(ctx context.Context) (*agents.Reply, error) {
		return m.send(ctx, req, params)
	})
}

// params puts a request into the vendor's form. Three breakpoints end what a cache may keep: the tools and the system prompt, the
// preamble, and the conversation so far.
func (m *Model) params(req *agents.Request) (sdk.MessageNewParams, error) {
	p := sdk.MessageNewParams{
		Model:     sdk.Model(m.Name),
		MaxTokens: int64(cmp.Or(req.MaxOutput, m.MaxOutput, defaultMaxOutput)),
		System:    []sdk.TextBlockParam{{Text: req.System, CacheControl: sdk.NewCacheControlEphemeralParam()}},
	}
	for _, t := range req.Tools {
		schema, err := inputSchema(t.Parameters)
		if err != nil {
			return p, fmt.Errorf("tool %s: %w", t.Name, err)
		}
		p.Tools = append(p.Tools, sdk.ToolUnionParam{OfTool: &sdk.ToolParam{
			Name: t.Name, Description: sdk.String(t.Description), InputSchema: schema,
		}})
	}
	if req.Final && len(p.Tools) > 0 {
		p.ToolChoice = sdk.ToolChoiceUnionParam{OfNone: &sdk.ToolChoiceNoneParam{}}
	}
	if req.Answer != nil {
		var schema map[string]any
		if err := json.Unmarshal(req.Answer.Schema, &schema); err != nil {
			return p, fmt.Errorf("answer %s: %w", req.Answer.Name, err)
		}
		p.OutputConfig.Format = sdk.JSONOutputFormatParam{Schema: schema}
	}
	switch req.Effort {
	case agents.EffortLow:
		p.OutputConfig.Effort = sdk.OutputConfigEffortLow
	case agents.EffortMedium:
		p.OutputConfig.Effort = sdk.OutputConfigEffortMedium
	case agents.EffortHigh:
		p.OutputConfig.Effort = sdk.OutputConfigEffortHigh
	}
	switch {
	case m.Thinking > 0:
		p.Thinking = sdk.ThinkingConfigParamOfEnabled(min(int64(m.Thinking), p.MaxTokens-1))
	case m.Thinking < 0:
		p.Thinking = sdk.ThinkingConfigParamUnion{OfDisabled: &sdk.ThinkingConfigDisabledParam{}}
	default:
		p.Thinking = sdk.ThinkingConfigParamUnion{OfAdaptive: &sdk.ThinkingConfigAdaptiveParam{}}
	}
	for i, t := range req.Turns {
		message, err := turnMessage(t)
		if err != nil {
			return p, fmt.Errorf("turn %d: %w", i+1, err)
		}
		if i == 0 && req.Preamble != "" {
			preamble := sdk.NewTextBlock(req.Preamble)
			preamble.OfText.CacheControl = sdk.NewCacheControlEphemeralParam()
			message.Content = append([]sdk.ContentBlockParamUnion{preamble}, message.Content...)
		}
		p.Messages = append(p.Messages, message)
	}
	if n := len(p.Messages); n > 0 {
		markCached(p.Messages[n-1].Content)
	}
	return p, nil
}

// markCached ends the part that a cache may keep behind the last block.
func markCached(blocks []sdk.ContentBlockParamUnion) {
	if len(blocks) == 0 {
		return
	}
	switch last := &blocks[len(blocks)-1]; {
	case last.OfText != nil:
		last.OfText.CacheControl = sdk.NewCacheControlEphemeralParam()
	case last.OfToolResult != nil:
		last.OfToolResult.CacheControl = sdk.NewCacheControlEphemeralParam()
	}
}

func inputSchema(parameters json.RawMessage) (sdk.ToolInputSchemaParam, error) {
	var s struct {
		Properties json.RawMessage `json:"properties"`
		Required   []string        `json:"required"`
		Additional *bool           `json:"additionalProperties"`
	}
	if err := json.Unmarshal(parameters, &s); err != nil {
		return sdk.ToolInputSchemaParam{}, err
	}
	out := sdk.ToolInputSchemaParam{Properties: s.Properties, Required: s.Required}
	if s.Additional != nil {
		out.ExtraFields = map[string]any{"additionalProperties": *s.Additional}
	}
	return out, nil
}

// turnMessage puts one turn into the vendor's form. A model's own turn goes back as it came.
func turnMessage(t agents.Turn) (sdk.MessageParam, error) {
	if t.Role == agents.RoleModel {
		if len(t.Native) > 0 {
			var message sdk.MessageParam
			if err := json.Unmarshal(t.Native, &message); err != nil {
				return message, fmt.Errorf("what the model said cannot be read back: %w", err)
			}
			return message, nil
		}
		var blocks []sdk.ContentBlockParamUnion
		if t.Text != "" {
			blocks = append(blocks, sdk.NewTextBlock(t.Text))
		}
		for _, c := range t.Calls {
			blocks = append(blocks, sdk.NewToolUseBlock(c.ID, arguments(c.Args), c.Name))
		}
		return sdk.NewAssistantMessage(blocks...), nil
	}
	var blocks []sdk.ContentBlockParamUnion
	for _, r := range t.Results {
		blocks = append(blocks, sdk.NewToolResultBlock(r.Call, cmp.Or(r.Text, "(nothing)"), r.Failed))
	}
	if t.Text != "" {
		blocks = append(blocks, sdk.NewTextBlock(t.Text))
	}
	return sdk.NewUserMessage(blocks...), nil
}

// arguments are a call's, in a form that the vendor takes back: an object.
func arguments(args json.RawMessage) json.RawMessage {
	if trimmed := bytes.TrimSpace(args); len(trimmed) > 0 && trimmed[0] == '{' && json.Valid(trimmed) {
		return trimmed
	}
	return json.RawMessage("{}")
}

// send sends one request and reads its stream to the end.
func (m *Model) send(ctx context.Context, req *agents.Request, params sdk.MessageNewParams) (*agents.Reply, error) {
	stream := m.client.Messages.NewStreaming(ctx, params)
	defer stream.Close()
	var message sdk.Message
	ended := false
	for stream.Next() {
		event := stream.Current()
		if err := message.Accumulate(event); err != nil {
			return m.reply(req, &message), m.fault(agents.KindBadReply, err.Error(), err)
		}
		ended = ended || event.Type == "message_stop"
	}
	var reply *agents.Reply
	if message.ID != "" {
		reply = m.reply(req, &message)
	}
	if err := stream.Err(); err != nil {
		if reply == nil && reached(err) {
			reply = &agents.Reply{Turn: agents.Turn{Role: agents.RoleModel}, Usage: deepreview.Usage{Requests: 1}}
		}
		return reply, m.failure(ctx, err)
	}
	if !ended {
		return reply, m.fault(agents.KindCut, "the stream ended before the reply did", nil)
	}
	switch message.StopReason {
	case sdk.StopReasonMaxTokens:
		reply.Stop = agents.StopLength
		return reply, m.fault(agents.KindTruncated, fmt.Sprintf("it was cut after %d tokens", message.Usage.OutputTokens), nil)
	case sdk.StopReasonModelContextWindowExceeded:
		reply.Stop = agents.StopLength
		return reply, m.fault(agents.KindTooLong, "the model's window was full before the reply ended", nil)
	case sdk.StopReasonRefusal:
		reply.Stop = agents.StopRefused
		return reply, m.fault(agents.KindRefused, message.StopDetails.Explanation, nil)
	}
	if len(message.Content) == 0 {
		return reply, m.fault(agents.KindBadReply, "the reply is empty", nil)
	}
	return reply, nil
}

// reply reads what came, whole or not.
func (m *Model) reply(req *agents.Request, message *sdk.Message) *agents.Reply {
	r := &agents.Reply{Model: string(message.Model), Stop: agents.StopDone, Turn: agents.Turn{Role: agents.RoleModel}}
	u := message.Usage
	r.Usage = deepreview.Usage{
		Requests:     1,
		TokensIn:     u.InputTokens + u.CacheCreationInputTokens + u.CacheReadInputTokens,
		TokensOut:    u.OutputTokens,
		TokensCached: u.CacheReadInputTokens,
	}
	for _, block := range message.Content {
		switch block.Type {
		case "text":
			r.Turn.Text += block.Text
		case "tool_use":
			r.Turn.Calls = append(r.Turn.Calls, agents.Call{ID: block.ID, Name: block.Name, Args: json.RawMessage(bytes.Clone(block.Input))})
		}
	}
	if len(r.Turn.Calls) > 0 {
		r.Stop = agents.StopCalls
	} else if req.Answer != nil && json.Valid([]byte(r.Turn.Text)) {
		r.Answer = json.RawMessage(r.Turn.Text)
	}
	if native, err := json.Marshal(message.ToParam()); err == nil {
		r.Turn.Native = native
	}
	return r
}
