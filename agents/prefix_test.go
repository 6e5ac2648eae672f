package agents_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview/agents"
	"github.com/deepreview-go/deepreview/agents/anthropic"
	"github.com/deepreview-go/deepreview/agents/gemini"
	"github.com/deepreview-go/deepreview/agents/internal/wiretest"
	"github.com/deepreview-go/deepreview/agents/openai"
)

// vendorWire is how one vendor says the two things that a conversation needs, and in which order its cache reads a request.
type vendorWire struct {
	model  func(base string) agents.Model
	call   func(id, args string) []string
	answer func(text string) []string
	// order are the fields of a request in the order of the prompt that they make.
	order []string
}

var wires = map[string]vendorWire{
	"anthropic": {
		func(base string) agents.Model {
			return &anthropic.Model{Name: "claude-test-1", Key: "k", BaseURL: base}
		},
		func(id, args string) []string {
			return anthropicStream("tool_use", fmt.Sprintf(`{"type":"tool_use","id":%q,"name":"read_file","input":{}}`, id), fmt.Sprintf(`{"type":"input_json_delta","partial_json":%q}`, args))
		},
		func(text string) []string {
			return anthropicStream("end_turn", `{"type":"text","text":""}`, fmt.Sprintf(`{"type":"text_delta","text":%q}`, text))
		},
		[]string{"tools", "system", "messages"},
	},
	"openai responses": {
		func(base string) agents.Model { return &openai.Model{Name: "gpt-test-1", Key: "k", BaseURL: base} },
		func(id, args string) []string {
			return responsesStream(fmt.Sprintf(`{"type":"function_call","id":"fc_%s","call_id":%q,"name":"read_file","arguments":%q,"status":"completed"}`, id, id, args))
		},
		func(text string) []string {
			return responsesStream(fmt.Sprintf(`{"type":"message","id":"m","role":"assistant","status":"completed","content":[{"type":"output_text","text":%q,"annotations":[]}]}`, text))
		},
		[]string{"tools", "text", "instructions", "input"},
	},
	"openai chat": {
		func(base string) agents.Model { return &openai.Chat{Name: "gpt-test-1", Key: "k", BaseURL: base} },
		func(id, args string) []string {
			return chatStream("tool_calls", fmt.Sprintf(`{"tool_calls":[{"index":0,"id":%q,"type":"function","function":{"name":"read_file","arguments":%q}}]}`, id, args))
		},
		func(text string) []string { return chatStream("stop", fmt.Sprintf(`{"content":%q}`, text)) },
		[]string{"tools", "response_format", "messages"},
	},
	"gemini": {
		func(base string) agents.Model { return &gemini.Model{Name: "gemini-3-test", Key: "k", BaseURL: base} },
		func(id, args string) []string {
			return geminiStream(fmt.Sprintf(`{"functionCall":{"id":%q,"name":"read_file","args":%s}}`, id, args))
		},
		func(text string) []string { return geminiStream(fmt.Sprintf(`{"text":%q}`, text)) },
		[]string{"tools", "systemInstruction", "contents"},
	},
}

func anthropicStream(stop, block, delta string) []string {
	return []string{
		"event: message_start\ndata: " + `{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"claude-test-1","content":[],"stop_reason":null,"usage":{"input_tokens":1,"output_tokens":1}}}`,
		"event: content_block_start\ndata: " + fmt.Sprintf(`{"type":"content_block_start","index":0,"content_block":%s}`, block),
		"event: content_block_delta\ndata: " + fmt.Sprintf(`{"type":"content_block_delta","index":0,"delta":%s}`, delta),
		"event: content_block_stop\ndata: " + `{"type":"content_block_stop","index":0}`,
		"event: message_delta\ndata: " + fmt.Sprintf(`{"type":"message_delta","delta":{"stop_reason":%q},"usage":{"output_tokens":9}}`, stop),
		"event: message_stop\ndata: " + `{"type":"message_stop"}`,
	}
}

func responsesStream(item string) []string {
	return []string{"event: response.completed\ndata: " + fmt.Sprintf(`{"type":"response.completed","sequence_number":1,"response":{"id":"r","object":"response","model":"gpt-test-1","status":"completed","output":[%s],"usage":{"input_tokens":1,"output_tokens":1,"total_tokens":2}}}`, item)}
}

func chatStream(finish, delta string) []string {
	chunk := func(delta, finish string) string {
		return fmt.Sprintf(`data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"gpt-test-1","choices":[{"index":0,"delta":%s,"finish_reason":%s}]}`, delta, finish)
	}
	return []string{chunk(delta, "null"), chunk("{}", fmt.Sprintf("%q", finish)), "data: [DONE]"}
}

func geminiStream(part string) []string {
	return []string{fmt.Sprintf(`data: {"candidates":[{"content":{"role":"model","parts":[%s]},"finishReason":"STOP","index":0}],"modelVersion":"gemini-3-test","usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1,"totalTokenCount":2}}`, part)}
}

// breakpoints are marks in a request, and no part of the prompt.
var breakpoints = regexp.MustCompile(`,?"cache_control":\{"type":"ephemeral"\}`)

// prompt is what a vendor's cache compares: the fields of a request in the order of the prompt, closed lists left open.
func prompt(t *testing.T, body []byte, order []string) []byte {
	t.Helper()
	var fields map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(body, &fields))
	var b bytes.Buffer
	for _, name := range order {
		require.Contains(t, fields, name)
		b.Write(breakpoints.ReplaceAll(fields[name], nil))
	}
	return bytes.TrimRight(b.Bytes(), "]}")
}

// TestNineTenthsOfARequestAreThePrefixThatWasSentBefore has each vendor's model read five files' ends, and compares its requests.
func TestNineTenthsOfARequestAreThePrefixThatWasSentBefore(t *testing.T) {
	answer, err := json.Marshal(review(nil))
	require.NoError(t, err)
	for name, w := range wires {
		t.Run(name, func(t *testing.T) {
			var script []wiretest.Response
			for i := range 4 {
				script = append(script, wiretest.Response{Events: w.call(fmt.Sprintf("call_%d", i), fmt.Sprintf(`{"path":"store.go","start":%d,"end":0}`, 10+i))})
			}
			s := wiretest.New(t, append(script, wiretest.Response{Events: w.answer(string(answer))})...)
			rev := run(t, storeChange(t), &agents.LLM{Model: w.model(s.URL)})
			require.Nil(t, rev.Failure)
			requests := s.Requests()
			require.Len(t, requests, 5)
			for i := 1; i < len(requests); i++ {
				before, now := prompt(t, requests[i-1].Body, w.order), prompt(t, requests[i].Body, w.order)
				same := 0
				for same < len(before) && same < len(now) && before[same] == now[same] {
					same++
				}
				assert.Equal(t, len(before), same, "request %d begins with all of the one before: %s", i+1, clipAt(now, same))
				share := float64(same) / float64(len(now))
				t.Logf("request %d: %d of %d bytes were sent before (%.0f%%)", i+1, same, len(now), 100*share)
				assert.GreaterOrEqual(t, share, .9)
			}
		})
	}
}

func clipAt(b []byte, i int) string {
	return strings.ToValidUTF8(string(b[max(0, i-40):min(len(b), i+40)]), "?")
}
