package openai

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/responses"
	"github.com/openai/openai-go/v3/shared"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents"
)

// Model is one of OpenAI's models over the Responses API. Name and Key must be set; it must not be copied after its first use.
type Model struct {
	// Name is the vendor's name for the model: "gpt-5.4".
	Name string
	Key  string
	// BaseURL is where the API is, version included; empty means the vendor's own.
	BaseURL string
	// Client sends the requests; nil means [agents.HTTPClient]. Its timeout has to leave a long answer time.
	Client *http.Client
	// Window and MaxOutput are in tokens; 0 means 400,000 and 128,000, which GPT-5 has.
	Window, MaxOutput int
	// Attempts says how requests are retried.
	Attempts agents.Attempts

	once    sync.Once
	service responses.ResponseService
}

const (
	vendor           = "openai"
	defaultWindow    = 400_000
	defaultMaxOutput = 128_000
)

// clientOptions are those of every client. The services are made without the SDK's own NewClient, which reads the environment.
func clientOptions(key, base string, client *http.Client) []option.RequestOption {
	options := []option.RequestOption{
		option.WithEnvironmentProduction(), // the vendor's base URL, for all its name
		option.WithAPIKey(key),
		option.WithMaxRetries(0), // agents.Retry does, the same for every vendor
	}
	if base != "" {
		options = append(options, option.WithBaseURL(base))
	}
	if client == nil {
		client = agents.HTTPClient()
	}
	return append(options, option.WithHTTPClient(client))
}

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
	m.once.Do(func() { m.service = responses.NewResponseService(clientOptions(m.Key, m.BaseURL, m.Client)...) })
	return agents.Retry(ctx, m.Attempts, func(ctx context.Context) (*agents.Reply, error) {
		return m.send(ctx, req, params)
	})
}

// params puts a request into the vendor's form. Nothing is stored there: the reasoning comes back encrypted, and is sent again.
func (m *Model) params(req *agents.Request) (responses.ResponseNewParams, error) {
	p := responses.ResponseNewParams{
		Model:           m.Name,
		Instructions:    sdk.String(req.System),
		MaxOutputTokens: sdk.Int(int64(cmp.Or(req.MaxOutput, m.MaxOutput, defaultMaxOutput))),
		Store:           sdk.Bool(false),
		Include:         []responses.ResponseIncludable{responses.ResponseIncludableReasoningEncryptedContent},
		Reasoning:       shared.ReasoningParam{Effort: effort(req.Effort)},
	}
	for _, t := range req.Tools {
		parameters, err := object(t.Parameters)
		if err != nil {
			return p, fmt.Errorf("tool %s: %w", t.Name, err)
		}
		p.Tools = append(p.Tools, responses.ToolUnionParam{OfFunction: &responses.FunctionToolParam{
			Name: t.Name, Description: sdk.String(t.Description), Parameters: parameters, Strict: sdk.Bool(true),
		}})
	}
	if req.Final && len(p.Tools) > 0 {
		p.ToolChoice.OfToolChoiceMode = param.NewOpt(responses.ToolChoiceOptionsNone)
	}
	if req.Answer != nil {
		schema, err := object(req.Answer.Schema)
		if err != nil {
			return p, fmt.Errorf("answer %s: %w", req.Answer.Name, err)
		}
		format := &responses.ResponseFormatTextJSONSchemaConfigParam{Name: req.Answer.Name, Schema: schema, Strict: sdk.Bool(true)}
		if req.Answer.Description != "" {
			format.Description = sdk.String(req.Answer.Description)
		}
		p.Text.Format = responses.ResponseFormatTextConfigUnionParam{OfJSONSchema: format}
	}
	var input responses.ResponseInputParam
	for i, t := range req.Turns {
		if i == 0 && req.Preamble != "" {
			input = append(input, responses.ResponseInputItemParamOfMessage(req.Preamble, responses.EasyInputMessageRoleUser))
		}
		items, err := turnItems(t)
		if err != nil {
			return p, fmt.Errorf("turn %d: %w", i+1, err)
		}
		input = append(input, items...)
	}
	p.Input.OfInputItemList = input
	return p, nil
}

func effort(e agents.Effort) shared.ReasoningEffort {
	switch e {
	case agents.EffortLow:
		return shared.ReasoningEffortLow
	case agents.EffortMedium:
		return shared.ReasoningEffortMedium
	case agents.EffortHigh:
		return shared.ReasoningEffortHigh
	}
	return ""
}

func object(schema json.RawMessage) (map[string]any, error) {
	var m map[string]any
	err := json.Unmarshal(schema, &m)
	return m, err
}

// turnItems puts one turn into the vendor's form. A model's own turn goes back as it came.
func turnItems(t agents.Turn) ([]responses.ResponseInputItemUnionParam, error) {
	var out []responses.ResponseInputItemUnionParam
	if t.Role == agents.RoleModel {
		if len(t.Native) > 0 {
			var items []json.RawMessage
			if err := json.Unmarshal(t.Native, &items); err != nil {
				return nil, fmt.Errorf("what the model said cannot be read back: %w", err)
			}
			for _, item := range items {
				out = append(out, param.Override[responses.ResponseInputItemUnionParam](item))
			}
			return out, nil
		}
		if t.Text != "" {
			out = append(out, responses.ResponseInputItemParamOfMessage(t.Text, responses.EasyInputMessageRoleAssistant))
		}
		for _, c := range t.Calls {
			out = append(out, responses.ResponseInputItemParamOfFunctionCall(arguments(c.Args), c.ID, c.Name))
		}
		return out, nil
	}
	for _, r := range t.Results {
		out = append(out, responses.ResponseInputItemUnionParam{OfFunctionCallOutput: &responses.ResponseInputItemFunctionCallOutputParam{
			CallID: sdk.String(r.Call),
			Output: responses.ResponseInputItemFunctionCallOutputOutputUnionParam{OfString: sdk.String(resultText(r))},
		}})
	}
	if t.Text != "" {
		out = append(out, responses.ResponseInputItemParamOfMessage(t.Text, responses.EasyInputMessageRoleUser))
	}
	return out, nil
}

// resultText says in the text that a tool failed: the vendor has no field for it.
func resultText(r agents.Result) string {
	if r.Failed {
		return "Error: " + r.Text
	}
	return cmp.Or(r.Text, "(nothing)")
}

// arguments are a call's, in a form that the vendor takes back: the text of an object.
func arguments(args json.RawMessage) string {
	if trimmed := bytes.TrimSpace(args); len(trimmed) > 0 && trimmed[0] == '{' && json.Valid(trimmed) {
		return string(trimmed)
	}
	return "{}"
}

// send sends one request and reads its stream to the end.
func (m *Model) send(ctx context.Context, req *agents.Request, params responses.ResponseNewParams) (*agents.Reply, error) {
	stream := m.service.NewStreaming(ctx, params)
	defer stream.Close()
	var response *responses.Response
	var text string // what came so far, for a stream that breaks off
	for stream.Next() {
		switch event := stream.Current(); event.Type {
		case "response.output_text.delta":
			text += event.Delta
		case "response.completed", "response.incomplete", "response.failed":
			final := event.Response
			response = &final
		case "error":
			e := fault(m.Info(), m.Key, kindOf(0, event.Code, event.Message), event.Message, nil)
			return partial(text), e
		}
	}
	if err := stream.Err(); err != nil {
		return reached(partial(text), err), failure(ctx, m.Info(), m.Key, err)
	}
	if response == nil {
		return partial(text), fault(m.Info(), m.Key, agents.KindCut, "the stream ended before the reply did", nil)
	}
	return m.finish(req, response)
}

// partial is a reply of which only text came.
func partial(text string) *agents.Reply {
	if text == "" {
		return nil
	}
	return &agents.Reply{Turn: agents.Turn{Role: agents.RoleModel, Text: text}, Usage: deepreview.Usage{Requests: 1}}
}

// finish reads a response that came to an end, good or bad.
func (m *Model) finish(req *agents.Request, response *responses.Response) (*agents.Reply, error) {
	u := response.Usage
	r := &agents.Reply{
		Model: response.Model, Stop: agents.StopDone, Turn: agents.Turn{Role: agents.RoleModel},
		Usage: deepreview.Usage{
			Requests: 1, TokensIn: u.InputTokens, TokensOut: u.OutputTokens, TokensCached: u.InputTokensDetails.CachedTokens,
		},
	}
	refusal := ""
	var native []json.RawMessage
	for _, item := range response.Output {
		native = append(native, json.RawMessage(item.RawJSON()))
		switch item.Type {
		case "message":
			for _, part := range item.Content {
				r.Turn.Text += part.Text
				refusal += part.Refusal
			}
		case "function_call":
			r.Turn.Calls = append(r.Turn.Calls, agents.Call{ID: item.CallID, Name: item.Name, Args: callArgs(item.Arguments.OfString)})
		}
	}
	if b, err := json.Marshal(native); err == nil && len(native) > 0 {
		r.Turn.Native = b
	}
	info := m.Info()
	switch {
	case response.Status == responses.ResponseStatusFailed:
		return r, fault(info, m.Key, kindOf(0, string(response.Error.Code), response.Error.Message), response.Error.Message, nil)
	case response.Status == responses.ResponseStatusIncomplete && response.IncompleteDetails.Reason == "content_filter":
		r.Stop = agents.StopRefused
		return r, fault(info, m.Key, agents.KindRefused, "the vendor's content filter stopped it", nil)
	case response.Status == responses.ResponseStatusIncomplete:
		r.Stop = agents.StopLength
		return r, fault(info, m.Key, agents.KindTruncated, fmt.Sprintf("it was cut after %d tokens", u.OutputTokens), nil)
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

func callArgs(text string) json.RawMessage {
	if text == "" {
		return json.RawMessage("{}")
	}
	return json.RawMessage(text)
}
