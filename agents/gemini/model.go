package gemini

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strings"
	"sync"

	"google.golang.org/genai"

	"github.com/deepreview-go/deepreview/agents"
)

// Model is one of Google's Gemini models. Name and Key must be set; it must not be copied after its first use.
type Model struct {
	// Name is the vendor's name for the model: "gemini-3.1-pro-preview".
	Name string
	Key  string
	// BaseURL is where the API is, without its version; empty means the vendor's own.
	BaseURL string
	// Client sends the requests; nil means [agents.HTTPClient]. Its timeout has to leave a long answer time. One that does not
	// say how to follow redirects follows none: the key would go along.
	Client *http.Client
	// Window and MaxOutput are in tokens; 0 means 1,048,576 and 65,536, which every model since Gemini 2.5 has.
	Window, MaxOutput int
	// Legacy says that the model is older than Gemini 3 where its name does not. Such a model thinks by a budget, or not
	// at all, and keeps to no schema while it has tools: its answer is a tool, too.
	Legacy bool
	// Attempts says how requests are retried.
	Attempts agents.Attempts

	once   sync.Once
	client *genai.Client
	broken error // why there is no client
}

const (
	vendor           = "gemini"
	vendorURL        = "https://generativelanguage.googleapis.com/"
	defaultWindow    = 1_048_576
	defaultMaxOutput = 65_536
)

// Info implements [agents.Model].
func (m *Model) Info() agents.Info {
	return agents.Info{
		Vendor: vendor, Model: m.Name, Window: cmp.Or(m.Window, defaultWindow), MaxOutput: cmp.Or(m.MaxOutput, defaultMaxOutput), Tools: true,
	}
}

// Generate implements [agents.Model].
func (m *Model) Generate(ctx context.Context, req *agents.Request) (*agents.Reply, error) {
	if m.Key == "" {
		return nil, m.fault(agents.KindUnauthorized, "no key is given", nil) // the SDK would look for one in the environment
	}
	contents, err := m.contents(req)
	if err != nil {
		return nil, err
	}
	config, err := m.config(req)
	if err != nil {
		return nil, err
	}
	m.once.Do(func() {
		m.client, m.broken = genai.NewClient(context.Background(), &genai.ClientConfig{
			Backend:     genai.BackendGeminiAPI,
			APIKey:      m.Key,
			HTTPClient:  watched(m.Client),
			HTTPOptions: genai.HTTPOptions{BaseURL: cmp.Or(m.BaseURL, vendorURL)},
		})
	})
	if m.broken != nil {
		return nil, m.fault(agents.KindInvalid, m.broken.Error(), m.broken)
	}
	return agents.Retry(ctx, m.Attempts, func(ctx context.Context) (*agents.Reply, error) {
		return m.send(ctx, req, contents, config)
	})
}

// config puts all of a request but its turns into the vendor's form.
func (m *Model) config(req *agents.Request) (*genai.GenerateContentConfig, error) {
	limit := min(cmp.Or(req.MaxOutput, m.MaxOutput, defaultMaxOutput), math.MaxInt32)
	system := req.System
	c := &genai.GenerateContentConfig{
		MaxOutputTokens: int32(limit),
		ThinkingConfig:  m.thinking(req.Effort, int32(limit)),
		// The SDK would go on with a stream that broke off, by requests that nobody counts.
		AutomaticContinuation: genai.Ptr(false),
		HTTPOptions:           &genai.HTTPOptions{ExtrasRequestProvider: keepEmptyTexts},
	}
	var functions []*genai.FunctionDeclaration
	for _, t := range req.Tools {
		parameters, err := ordered(t.Parameters)
		if err != nil {
			return nil, fmt.Errorf("tool %s: %w", t.Name, err)
		}
		functions = append(functions, &genai.FunctionDeclaration{Name: t.Name, Description: t.Description, ParametersJsonSchema: parameters})
	}
	calling := &genai.FunctionCallingConfig{Mode: genai.FunctionCallingConfigModeNone}
	if req.Answer != nil {
		schema, err := ordered(req.Answer.Schema)
		if err != nil {
			return nil, fmt.Errorf("answer %s: %w", req.Answer.Name, err)
		}
		if m.answersByTool(req) {
			functions = append(functions, &genai.FunctionDeclaration{Name: req.Answer.Name, Description: req.Answer.Description, ParametersJsonSchema: schema})
			calling = &genai.FunctionCallingConfig{Mode: genai.FunctionCallingConfigModeAny, AllowedFunctionNames: []string{req.Answer.Name}}
			system += fmt.Sprintf("\n\nThe form %s is a function: give the final answer by one call of it, and by nothing else.", req.Answer.Name)
		} else {
			c.ResponseMIMEType = "application/json"
			c.ResponseJsonSchema = schema
		}
	}
	if len(functions) > 0 {
		c.Tools = []*genai.Tool{{FunctionDeclarations: functions}}
		if req.Final {
			c.ToolConfig = &genai.ToolConfig{FunctionCallingConfig: calling}
		}
	}
	if system != "" {
		c.SystemInstruction = genai.NewContentFromText(system, genai.RoleUser)
	}
	return c, nil
}

// answersByTool says that the answer is a tool like the others. Before Gemini 3, the vendor refuses a request that has both
// tools and a schema: "Function calling with a response mime type: 'application/json' is unsupported".
func (m *Model) answersByTool(req *agents.Request) bool {
	return req.Answer != nil && len(req.Tools) > 0 && m.legacy()
}

// legacy goes by the name, as the vendor writes it: a number of the generation behind "gemini-". Tuned models were made of those
// generations alone.
func (m *Model) legacy() bool {
	name := strings.TrimPrefix(m.Name, "models/")
	for _, prefix := range []string{"gemini-1", "gemini-2", "gemma-", "tunedModels/"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return m.Legacy
}

// thinking says how much the model may think. Models since Gemini 3 take a level, those of 2.5 a budget in tokens, and it is an
// error to send both (https://ai.google.dev/gemini-api/docs/thinking). The budgets are the ones that Google itself makes of
// an effort where it is asked in OpenAI's form (https://ai.google.dev/gemini-api/docs/openai#thinking); half of the output is kept
// for the answer.
func (m *Model) thinking(effort agents.Effort, limit int32) *genai.ThinkingConfig {
	if effort == agents.EffortUnset {
		return nil
	}
	if m.legacy() {
		if !strings.Contains(m.Name, "gemini-2.5") {
			return nil // it knows no thinking, or nobody knows how it is asked to
		}
		budget := map[agents.Effort]int32{agents.EffortLow: 1024, agents.EffortMedium: 8192, agents.EffortHigh: 24576}[effort]
		return &genai.ThinkingConfig{ThinkingBudget: genai.Ptr(min(budget, limit/2))}
	}
	level := map[agents.Effort]genai.ThinkingLevel{
		agents.EffortLow: genai.ThinkingLevelLow, agents.EffortMedium: genai.ThinkingLevelMedium, agents.EffortHigh: genai.ThinkingLevelHigh,
	}[effort]
	if level == genai.ThinkingLevelMedium && strings.Contains(m.Name, "gemini-3-pro") {
		level = genai.ThinkingLevelHigh // it has low and high alone
	}
	return &genai.ThinkingConfig{ThinkingLevel: level}
}

// contents puts the turns into the vendor's form.
func (m *Model) contents(req *agents.Request) ([]*genai.Content, error) {
	var out []*genai.Content
	var asked []*genai.FunctionCall // by the turn before
	for i, t := range req.Turns {
		if t.Role == agents.RoleModel {
			content, err := modelContent(t)
			if err != nil {
				return nil, fmt.Errorf("turn %d: %w", i+1, err)
			}
			asked = calls(content)
			out = append(out, content)
			continue
		}
		content := &genai.Content{Role: genai.RoleUser, Parts: responses(asked, t.Results)}
		asked = nil
		if i == 0 && req.Preamble != "" {
			content.Parts = append(content.Parts, genai.NewPartFromText(req.Preamble))
		}
		if t.Text != "" {
			content.Parts = append(content.Parts, genai.NewPartFromText(t.Text))
		}
		out = append(out, content)
	}
	return out, nil
}

// modelContent is a model's own turn, as it came.
func modelContent(t agents.Turn) (*genai.Content, error) {
	content := &genai.Content{Role: genai.RoleModel}
	if len(t.Native) > 0 {
		if err := json.Unmarshal(t.Native, content); err != nil {
			return nil, fmt.Errorf("what the model said cannot be read back: %w", err)
		}
		return content, nil
	}
	if t.Text != "" {
		content.Parts = append(content.Parts, genai.NewPartFromText(t.Text))
	}
	for _, c := range t.Calls {
		content.Parts = append(content.Parts, &genai.Part{FunctionCall: &genai.FunctionCall{ID: c.ID, Name: c.Name, Args: arguments(c.Args)}})
	}
	return content, nil
}

// arguments are a call's, in the form that the vendor takes back: an object.
func arguments(args json.RawMessage) map[string]any {
	var m map[string]any
	if json.Unmarshal(args, &m) != nil {
		return nil
	}
	return m
}

func calls(content *genai.Content) []*genai.FunctionCall {
	var out []*genai.FunctionCall
	for _, p := range content.Parts {
		if p.FunctionCall != nil {
			out = append(out, p.FunctionCall)
		}
	}
	return out
}

// callID is the vendor's ID of the call at index i of its turn, or one of ours: not every model gives one.
func callID(c *genai.FunctionCall, i int) string { return cmp.Or(c.ID, fmt.Sprintf("call_%d", i+1)) }

// responses answer each call, as the vendor wants it, in the order of the calls. An ID of ours stays with us: there the name and
// the order tell what belongs together.
func responses(asked []*genai.FunctionCall, results []agents.Result) []*genai.Part {
	byID := map[string]agents.Result{}
	for _, r := range results {
		byID[r.Call] = r
	}
	var out []*genai.Part
	for i, c := range asked {
		response := map[string]any{"output": "noted"} // an answer that is asked for again
		if r, ok := byID[callID(c, i)]; ok {
			response = map[string]any{"output": cmp.Or(r.Text, "(nothing)")}
			if r.Failed {
				response = map[string]any{"error": r.Text}
			}
		}
		out = append(out, &genai.Part{FunctionResponse: &genai.FunctionResponse{ID: c.ID, Name: c.Name, Response: response}})
	}
	return out
}

// keepEmptyTexts restores what the SDK leaves out: a signature can come with an empty text, and goes back with it. Without a text
// its part has no content, which the vendor does not take.
func keepEmptyTexts(body map[string]any) map[string]any {
	contents, _ := body["contents"].([]map[string]any)
	for _, c := range contents {
		parts, _ := c["parts"].([]map[string]any)
		for _, p := range parts {
			if p["thoughtSignature"] != nil && !hasContent(p) {
				p["text"] = ""
			}
		}
	}
	return body
}

func hasContent(part map[string]any) bool {
	for key := range part {
		switch key {
		case "thought", "thoughtSignature", "partMetadata":
		default:
			return true
		}
	}
	return false
}

// ordered is a schema with the order of its properties beside them, under the name that the vendor has for it: the SDK sends them by
// the alphabet, and a model writes an answer in the order of its schema.
func ordered(schema json.RawMessage) (map[string]any, error) {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(schema, &m); err != nil {
		return nil, err
	}
	out := map[string]any{}
	for key, value := range m {
		var err error
		switch trimmed := bytes.TrimSpace(value); {
		case key == "properties" || key == "$defs":
			var names []string
			var inner map[string]any
			names, inner, err = orderedAll(value)
			out[key] = inner
			if key == "properties" && len(names) > 1 {
				out["propertyOrdering"] = names
			}
		case (key == "items" || key == "additionalProperties") && len(trimmed) > 0 && trimmed[0] == '{':
			out[key], err = ordered(value)
		case key == "anyOf" || key == "oneOf":
			var list []json.RawMessage
			err = json.Unmarshal(value, &list)
			inner := make([]any, len(list))
			for i := 0; i < len(list) && err == nil; i++ {
				inner[i], err = ordered(list[i])
			}
			out[key] = inner
		default:
			out[key] = value
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
	}
	return out, nil
}

// orderedAll is an object whose values are schemas, with its names in the order they have.
func orderedAll(object json.RawMessage) ([]string, map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(object))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, nil, fmt.Errorf("it is no object")
	}
	var names []string
	inner := map[string]any{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, nil, err
		}
		name, _ := t.(string) // the name of a member is a string
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, nil, err
		}
		if inner[name], err = ordered(value); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		names = append(names, name)
	}
	return names, inner, nil
}
