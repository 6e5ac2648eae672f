package langchain

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tmc/langchaingo/llms"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents"
)

// Model is a model of langchaingo's. LLM must be set; it holds the key, the address, the HTTP client and the name that is
// sent. It is called concurrently and must bear that, as langchaingo's own clients of HTTP APIs do.
//
// Nothing is streamed: langchaingo takes a stream that broke off for a short success, and a broken body for an error. So
// the HTTP client's timeout has to leave the time of a whole answer. A model that ignores its context, as langchaingo's
// Mistral does, is waited for. Its panics are its caller's.
//
// Ollama cuts a prompt to the length it was loaded with, a few thousand tokens if nobody says more, without a word: give the model
// ollama.WithRunnerNumCtx, and Window the same number.
type Model struct {
	LLM llms.Model
	// Vendor and Name are what reports call it; empty Vendor means "langchain".
	Vendor, Name string
	// Key is the key that LLM was made with. It is sent by nobody here, only kept out of errors; without it they lose what looks
	// like a key.
	Key string
	// Window and MaxOutput are in tokens. 0 means not known; then MaxOutput is left to langchaingo, whose own bound can be low:
	// 2,048 for Anthropic, for one.
	Window, MaxOutput int
	// Tools says that the model can call tools, over langchaingo, too: for Ollama it does not carry them. A model without gets
	// its context up front.
	Tools bool
	// NoJSON says that the server refuses the JSON mode. It is asked for where an answer in a form is due and no tool can be
	// called; the form itself is told in words.
	NoJSON bool
	// Attempts says how requests are retried. How long a server asks to wait is not to be had from langchaingo.
	Attempts agents.Attempts
}

// Info implements [agents.Model].
func (m *Model) Info() agents.Info {
	return agents.Info{Vendor: cmp.Or(m.Vendor, "langchain"), Model: m.Name, Window: m.Window, MaxOutput: m.MaxOutput, Tools: m.Tools}
}

// Generate implements [agents.Model].
func (m *Model) Generate(ctx context.Context, req *agents.Request) (*agents.Reply, error) {
	messages := m.messages(req)
	options, limit, err := m.options(req)
	if err != nil {
		return nil, err
	}
	return agents.Retry(ctx, m.Attempts, func(ctx context.Context) (*agents.Reply, error) {
		resp, err := m.LLM.GenerateContent(ctx, messages, options...)
		if err != nil {
			return m.failure(ctx, err)
		}
		return m.reply(ctx, req, resp, limit)
	})
}

// options also returns the bound on the output that was set, 0 for none.
func (m *Model) options(req *agents.Request) ([]llms.CallOption, int, error) {
	var options []llms.CallOption
	limit := cmp.Or(req.MaxOutput, m.MaxOutput)
	if limit > 0 {
		options = append(options, llms.WithMaxTokens(limit))
	}
	tools := m.tools(req)
	if len(tools) > 0 {
		var list []llms.Tool
		for _, t := range tools {
			var parameters map[string]any // langchaingo's converters look into it: googleai for a map, bedrock for JSON
			if err := json.Unmarshal(t.Parameters, &parameters); err != nil {
				return nil, 0, fmt.Errorf("tool %s: %w", t.Name, err)
			}
			list = append(list, llms.Tool{Type: "function", Function: &llms.FunctionDefinition{Name: t.Name, Description: t.Description, Parameters: parameters}})
		}
		options = append(options, llms.WithTools(list))
		if req.Final {
			options = append(options, llms.WithToolChoice("none")) // Anthropic's client does not send it: messages says it, too
		}
	}
	if req.Answer != nil && !m.NoJSON && (len(tools) == 0 || req.Final) {
		options = append(options, llms.WithJSONMode())
	}
	return options, limit, nil
}

func (m *Model) tools(req *agents.Request) []agents.Tool {
	if !m.Tools {
		return nil
	}
	return req.Tools
}

// messages puts the conversation into langchaingo's form, one part a message: of a model's message Anthropic's client sends the
// first part only, and Ollama's takes no two. So calls cannot stand side by side; each is followed by its result at once, which every
// vendor takes for calls made one after the other.
func (m *Model) messages(req *agents.Request) []llms.MessageContent {
	var out []llms.MessageContent
	say := func(role llms.ChatMessageType, part llms.ContentPart) {
		out = append(out, llms.MessageContent{Role: role, Parts: []llms.ContentPart{part}})
	}
	if system := system(req); system != "" {
		say(llms.ChatMessageTypeSystem, llms.TextContent{Text: system})
	}
	due := req.Final && len(m.tools(req)) > 0
	for i, t := range req.Turns {
		last := i == len(req.Turns)-1
		if t.Role == agents.RoleModel {
			if t.Text != "" {
				say(llms.ChatMessageTypeAI, llms.TextContent{Text: t.Text})
			}
			var results []agents.Result
			if !last {
				results = req.Turns[i+1].Results
			}
			for j, c := range t.Calls {
				say(llms.ChatMessageTypeAI, llms.ToolCall{ID: c.ID, Type: "function", FunctionCall: &llms.FunctionCall{Name: c.Name, Arguments: arguments(c.Args)}})
				if j < len(results) {
					text := resultText(results[j])
					if due && i == len(req.Turns)-2 && j == len(results)-1 && req.Turns[i+1].Text == "" {
						text += finalWords // in the result itself: after one, not every vendor takes a word of the user's
					}
					say(llms.ChatMessageTypeTool, llms.ToolCallResponse{ToolCallID: c.ID, Name: c.Name, Content: text})
				}
			}
			continue
		}
		text := t.Text
		if i == 0 && req.Preamble != "" {
			text = strings.TrimSuffix(req.Preamble+"\n\n"+text, "\n\n")
		}
		if text == "" {
			continue
		}
		if due && last {
			text += finalWords
		}
		say(llms.ChatMessageTypeHuman, llms.TextContent{Text: text})
	}
	return out
}

const finalWords = "\n\n(No tool can be called any more: the final answer is due now.)"

// system tells the answer's form, too: langchaingo has no schema.
func system(req *agents.Request) string {
	if req.Answer == nil {
		return req.System
	}
	words := fmt.Sprintf("The form %s is a JSON object that keeps to this JSON Schema. Write the final answer as that object alone, without a word around it.\n\n%s",
		req.Answer.Name, req.Answer.Schema)
	if req.System == "" {
		return words
	}
	return req.System + "\n\n" + words
}

func resultText(r agents.Result) string {
	if r.Failed {
		return "Error: " + r.Text
	}
	return cmp.Or(r.Text, "(nothing)")
}

// arguments are a call's, in a form that every client takes back: the text of an object. An empty text is an error to some.
func arguments(args json.RawMessage) string {
	if trimmed := bytes.TrimSpace(args); len(trimmed) > 0 && trimmed[0] == '{' && json.Valid(trimmed) {
		return string(trimmed)
	}
	return "{}"
}

// reply reads a response. limit is the bound on its tokens, 0 for none.
func (m *Model) reply(ctx context.Context, req *agents.Request, resp *llms.ContentResponse, limit int) (*agents.Reply, error) {
	r := &agents.Reply{Stop: agents.StopDone, Turn: agents.Turn{Role: agents.RoleModel}, Usage: deepreview.Usage{Requests: 1}}
	if resp == nil {
		resp = &llms.ContentResponse{}
	}
	end := ""
	var asked []llms.ToolCall
	var legacy *llms.FunctionCall
	for _, c := range resp.Choices {
		if c == nil {
			continue
		}
		r.Turn.Text += c.Content
		asked = append(asked, c.ToolCalls...)
		if legacy == nil {
			legacy = c.FuncCall
		}
		if k := endKind(c.StopReason); k != "" || end == "" {
			end = c.StopReason
		}
		used := usage(c.GenerationInfo)
		// Each choice counts the whole request.
		r.Usage.TokensIn, r.Usage.TokensOut = max(r.Usage.TokensIn, used.TokensIn), max(r.Usage.TokensOut, used.TokensOut)
		r.Usage.TokensCached = max(r.Usage.TokensCached, used.TokensCached)
		if name, ok := c.GenerationInfo["model"].(string); ok {
			r.Model = name
		}
	}
	if len(asked) == 0 && legacy != nil {
		asked = []llms.ToolCall{{FunctionCall: legacy}}
	}
	r.Turn.Calls = calls(asked)
	kind := endKind(end)
	if end == "" && limit > 0 && r.Usage.TokensOut >= int64(limit) {
		kind = agents.KindTruncated // Ollama's client says how much came, but not why it ended
	}
	switch {
	case kind == agents.KindTruncated:
		r.Stop = agents.StopLength
		return r, m.fault(kind, fmt.Sprintf("it was cut after %d tokens", r.Usage.TokensOut), nil)
	case kind == agents.KindRefused:
		r.Stop = agents.StopRefused
		return r, m.fault(kind, "it ended with "+end, nil)
	case len(r.Turn.Calls) > 0:
		r.Stop = agents.StopCalls
	case r.Turn.Text == "" && ctx.Err() != nil:
		return r, ctx.Err() // Ollama's client returns nothing and no error then
	case r.Turn.Text == "":
		return r, m.fault(agents.KindBadReply, "the reply is empty", nil)
	case req.Answer != nil && json.Valid([]byte(r.Turn.Text)):
		r.Answer = json.RawMessage(r.Turn.Text)
	}
	return r, nil
}

// calls gives each call an ID of its own, and arguments.
func calls(asked []llms.ToolCall) []agents.Call {
	var out []agents.Call
	seen := map[string]bool{}
	for _, c := range asked {
		if c.FunctionCall == nil || c.FunctionCall.Name == "" {
			continue
		}
		id := c.ID
		for n := len(out) + 1; id == "" || seen[id]; n++ {
			id = fmt.Sprintf("call_%d", n)
		}
		seen[id] = true
		out = append(out, agents.Call{ID: id, Name: c.FunctionCall.Name, Args: json.RawMessage(cmp.Or(strings.TrimSpace(c.FunctionCall.Arguments), "{}"))})
	}
	return out
}

// endKind tells what the clients' own words for an end mean, whose letters alone count: "length" of OpenAI and Mistral, "max_tokens" of
// Anthropic, "FinishReasonMaxTokens" of Google, "CONTENT_FILTERED" of Amazon. Empty is an end like any.
func endKind(reason string) agents.Kind {
	letters := strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z':
			return r
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A'
		}
		return -1
	}, reason)
	switch strings.TrimPrefix(letters, "finishreason") {
	case "length", "modellength", "maxtokens", "maxlength", "modelcontextwindowexceeded":
		return agents.KindTruncated
	case "contentfilter", "contentfiltered", "safety", "recitation", "refusal", "guardrailintervened", "errortoxic":
		return agents.KindRefused
	}
	return ""
}
