package gemini_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	pb "cloud.google.com/go/ai/generativelanguage/apiv1beta/generativelanguagepb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/deepreview-go/deepreview/agents"
	"github.com/deepreview-go/deepreview/agents/gemini"
	"github.com/deepreview-go/deepreview/agents/internal/wiretest"
	"github.com/deepreview-go/deepreview/internal/golden"
)

// key is no key of anybody's.
var key = "AI" + "za" + strings.Repeat("k", 35)

var attempts = agents.Attempts{Most: 3, First: time.Millisecond, Longest: 50 * time.Millisecond}

func model(s *wiretest.Server) *gemini.Model {
	return &gemini.Model{Name: "gemini-3-test", Key: key, BaseURL: s.URL, Attempts: attempts}
}

func legacy(s *wiretest.Server) *gemini.Model {
	return &gemini.Model{Name: "gemini-2.5-test", Key: key, BaseURL: s.URL, Attempts: attempts}
}

const usage = `"usageMetadata":{"promptTokenCount":100,"cachedContentTokenCount":70,"candidatesTokenCount":20,"thoughtsTokenCount":13,"totalTokenCount":133},"modelVersion":"gemini-3-test-001","responseId":"r1"`

// chunk is one piece of a stream, with parts in the vendor's form.
func chunk(parts ...string) string {
	return fmt.Sprintf(`data: {"candidates":[{"content":{"role":"model","parts":[%s]},"index":0}],%s}`, strings.Join(parts, ","), usage)
}

func end(reason string) string {
	return fmt.Sprintf(`data: {"candidates":[{"content":{"role":"model","parts":[]},"finishReason":%q,"index":0}],%s}`, reason, usage)
}

// said is a whole stream, one chunk a part.
func said(reason string, parts ...string) []string {
	var out []string
	for _, p := range parts {
		out = append(out, chunk(p))
	}
	return append(out, end(reason))
}

func text(s string) string { return fmt.Sprintf(`{"text":%q}`, s) }

func call(id, args, signature string) string {
	if id != "" {
		id = fmt.Sprintf(`"id":%q,`, id)
	}
	if signature != "" {
		signature = fmt.Sprintf(`,"thoughtSignature":%q`, signature)
	}
	return fmt.Sprintf(`{"functionCall":{%s"name":"read_file","args":%s}%s}`, id, args, signature)
}

func request() *agents.Request {
	return &agents.Request{
		System: "You review.", Preamble: "The change.",
		Tools:  []agents.Tool{{Name: "read_file", Description: "Reads.", Parameters: json.RawMessage(`{"type":"object","properties":{"path":{"type":"string"},"first":{"type":"integer"}},"required":["path","first"],"additionalProperties":false}`)}},
		Answer: &agents.Answer{Name: "submit", Description: "The review.", Schema: json.RawMessage(`{"type":"object","properties":{"ok":{"type":"boolean"},"notes":{"type":"array","items":{"type":"object","properties":{"title":{"type":"string"},"detail":{"type":"string"}},"required":["title","detail"],"additionalProperties":false}}},"required":["ok","notes"],"additionalProperties":false}`)},
		Effort: agents.EffortHigh,
		Turns:  []agents.Turn{{Role: agents.RoleUser, Text: "Review it."}},
	}
}

const answer = `{"ok":true,"notes":[]}`

// body checks a recorded request against the vendor's own description of the API and against a file.
func body(t *testing.T, r wiretest.Request, file string) map[string]any {
	t.Helper()
	accepted(t, r.Body)
	var indented bytes.Buffer
	require.NoError(t, json.Indent(&indented, r.Body, "", "  "))
	golden.Check(t, "testdata/"+file, indented.Bytes())
	var m map[string]any
	require.NoError(t, json.Unmarshal(r.Body, &m))
	return m
}

// newer are fields that the published description does not have yet, cloud.google.com/go/ai v0.13.0 of September 2025.
var newer = [][]string{{"generationConfig", "thinkingConfig", "thinkingLevel"}}

func accepted(t *testing.T, request []byte) {
	t.Helper()
	var m map[string]any
	require.NoError(t, json.Unmarshal(request, &m))
	for _, path := range newer {
		inner := m
		for _, name := range path[:len(path)-1] {
			inner, _ = inner[name].(map[string]any)
		}
		delete(inner, path[len(path)-1])
	}
	known, err := json.Marshal(m)
	require.NoError(t, err)
	require.NoError(t, protojson.UnmarshalOptions{DiscardUnknown: false}.Unmarshal(known, new(pb.GenerateContentRequest)), "%s", request)
}

func TestTheVendorsDescriptionRefusesWhatItDoesNotKnow(t *testing.T) {
	err := protojson.UnmarshalOptions{}.Unmarshal([]byte(`{"contents":[{"parts":[{"txt":"x"}]}]}`), new(pb.GenerateContentRequest))
	assert.ErrorContains(t, err, "txt")
}

func TestAConversationGoesBackAndForth(t *testing.T) {
	s := wiretest.New(t,
		wiretest.Response{Events: said("STOP", text("I "), text("look."), call("fc1", `{"path":"a.go","first":1}`, "c2lnbmVk"), call("fc2", `{"path":"b.go","first":1}`, ""))},
		wiretest.Response{Events: said("STOP", text(`{"ok":true,`), text(`"notes":[]}`), `{"text":"","thoughtSignature":"bGFzdA=="}`)},
		wiretest.Response{Events: said("STOP", text(answer))},
	)
	m := model(s)
	req := request()
	reply, err := m.Generate(t.Context(), req)
	require.NoError(t, err)
	assert.Equal(t, agents.StopCalls, reply.Stop)
	assert.Nil(t, reply.Answer)
	assert.Equal(t, "I look.", reply.Turn.Text)
	assert.Equal(t, []agents.Call{{ID: "fc1", Name: "read_file", Args: json.RawMessage(`{"first":1,"path":"a.go"}`)}, {ID: "fc2", Name: "read_file", Args: json.RawMessage(`{"first":1,"path":"b.go"}`)}}, reply.Turn.Calls)
	assert.Equal(t, "gemini-3-test-001", reply.Model)
	assert.Equal(t, []int64{1, 100, 70, 33}, []int64{int64(reply.Usage.Requests), reply.Usage.TokensIn, reply.Usage.TokensCached, reply.Usage.TokensOut}, "thinking is output")

	req.Turns = append(req.Turns, reply.Turn, agents.Turn{Role: agents.RoleUser, Results: []agents.Result{
		{Call: "fc1", Name: "read_file", Text: "package a"}, {Call: "fc2", Name: "read_file", Text: "no such file", Failed: true},
	}})
	req.Final = true
	reply, err = m.Generate(t.Context(), req)
	require.NoError(t, err)
	assert.Equal(t, agents.StopDone, reply.Stop)
	assert.JSONEq(t, answer, string(reply.Answer))

	req.Turns = append(req.Turns, reply.Turn, agents.Turn{Role: agents.RoleUser, Text: "Mend it."})
	_, err = m.Generate(t.Context(), req)
	require.NoError(t, err)

	requests := s.Requests()
	assert.Equal(t, "/v1beta/models/gemini-3-test:streamGenerateContent?alt=sse", requests[0].Path, "no key in the URL")
	assert.Equal(t, key, requests[0].Header.Get("X-Goog-Api-Key"))
	first, second, third := body(t, requests[0], "first.json"), body(t, requests[1], "second.json"), body(t, requests[2], "third.json")
	for _, same := range []string{"systemInstruction", "tools", "generationConfig"} {
		assert.Equal(t, first[same], second[same], "what is cached is sent as it was")
	}
	assert.Nil(t, first["toolConfig"])
	assert.Equal(t, map[string]any{"functionCallingConfig": map[string]any{"mode": "NONE"}}, second["toolConfig"])
	generation := first["generationConfig"].(map[string]any)
	assert.Equal(t, map[string]any{"thinkingLevel": "HIGH"}, generation["thinkingConfig"])
	schema := generation["responseJsonSchema"].(map[string]any)
	assert.Equal(t, []any{"ok", "notes"}, schema["propertyOrdering"])
	assert.Equal(t, []any{"title", "detail"}, schema["properties"].(map[string]any)["notes"].(map[string]any)["items"].(map[string]any)["propertyOrdering"])

	contents := third["contents"].([]any)
	require.Len(t, contents, 5)
	assert.Equal(t, first["contents"], contents[:1])
	assert.Equal(t, second["contents"], contents[:3])
	assert.Equal(t, []any{map[string]any{"text": "The change."}, map[string]any{"text": "Review it."}}, contents[0].(map[string]any)["parts"])
	assert.Equal(t, []any{
		map[string]any{"text": "I look."},
		map[string]any{"functionCall": map[string]any{"id": "fc1", "name": "read_file", "args": map[string]any{"path": "a.go", "first": 1.0}}, "thoughtSignature": "c2lnbmVk"},
		map[string]any{"functionCall": map[string]any{"id": "fc2", "name": "read_file", "args": map[string]any{"path": "b.go", "first": 1.0}}},
	}, contents[1].(map[string]any)["parts"], "the model's turn goes back as it came")
	assert.Equal(t, []any{
		map[string]any{"functionResponse": map[string]any{"id": "fc1", "name": "read_file", "response": map[string]any{"output": "package a"}}},
		map[string]any{"functionResponse": map[string]any{"id": "fc2", "name": "read_file", "response": map[string]any{"error": "no such file"}}},
	}, contents[2].(map[string]any)["parts"])
	assert.Equal(t, []any{
		map[string]any{"text": answer},
		map[string]any{"text": "", "thoughtSignature": "bGFzdA=="},
	}, contents[3].(map[string]any)["parts"], "a signature keeps its own part, and its empty text")
}

func TestSignedTextsAndThoughtsStayApart(t *testing.T) {
	s := wiretest.New(t,
		wiretest.Response{Events: said("STOP", `{"text":"hm, ","thought":true}`, `{"text":"well","thought":true}`, text("a"), `{"text":"b","thoughtSignature":"Yg=="}`, text("c"), text("d"))},
		wiretest.Response{Events: said("STOP", text("x"))},
	)
	m := model(s)
	req := request()
	reply, err := m.Generate(t.Context(), req)
	require.NoError(t, err)
	assert.Equal(t, "abcd", reply.Turn.Text, "thoughts are not said")
	req.Turns = append(req.Turns, reply.Turn, agents.Turn{Role: agents.RoleUser, Text: "Again."})
	_, err = m.Generate(t.Context(), req)
	require.NoError(t, err)
	second := body(t, s.Requests()[1], "signed.json")
	assert.Equal(t, []any{
		map[string]any{"text": "hm, well", "thought": true},
		map[string]any{"text": "a"},
		map[string]any{"text": "b", "thoughtSignature": "Yg=="},
		map[string]any{"text": "cd"},
	}, second["contents"].([]any)[1].(map[string]any)["parts"])
}

func TestAnOlderModelAnswersByATool(t *testing.T) {
	submit := `{"functionCall":{"name":"submit","args":{"ok":true,"notes":[]}}}`
	s := wiretest.New(t,
		wiretest.Response{Events: []string{chunk(call("", `{"path":"a.go","first":1}`, ""), call("", `{"path":"b.go","first":1}`, ""), submit), end("STOP")}},
		wiretest.Response{Events: said("STOP", submit)},
		wiretest.Response{Events: said("STOP", submit)},
	)
	m := legacy(s)
	req := request()
	req.Effort = agents.EffortMedium
	reply, err := m.Generate(t.Context(), req)
	require.NoError(t, err)
	assert.Equal(t, agents.StopCalls, reply.Stop)
	assert.Nil(t, reply.Answer, "an answer beside calls is too early")
	assert.Equal(t, []string{"call_1", "call_2"}, []string{reply.Turn.Calls[0].ID, reply.Turn.Calls[1].ID}, "IDs are made up")

	req.Turns = append(req.Turns, reply.Turn, agents.Turn{Role: agents.RoleUser, Results: []agents.Result{
		{Call: "call_1", Name: "read_file"}, {Call: "call_2", Name: "read_file", Text: "package b"},
	}})
	reply, err = m.Generate(t.Context(), req)
	require.NoError(t, err)
	assert.Equal(t, agents.StopDone, reply.Stop)
	assert.JSONEq(t, answer, string(reply.Answer))
	assert.Empty(t, reply.Turn.Calls)

	req.Turns = append(req.Turns, reply.Turn, agents.Turn{Role: agents.RoleUser, Text: "Mend it."})
	req.Final = true
	reply, err = m.Generate(t.Context(), req)
	require.NoError(t, err)
	assert.JSONEq(t, answer, string(reply.Answer))

	requests := s.Requests()
	first, third := body(t, requests[0], "legacy-first.json"), body(t, requests[2], "legacy-third.json")
	body(t, requests[1], "legacy-second.json")
	generation := first["generationConfig"].(map[string]any)
	assert.Equal(t, map[string]any{"thinkingBudget": 8192.0}, generation["thinkingConfig"])
	assert.NotContains(t, generation, "responseJsonSchema", "it is an error beside tools")
	assert.NotContains(t, generation, "responseMimeType")
	assert.Len(t, first["tools"].([]any)[0].(map[string]any)["functionDeclarations"], 2)
	assert.Equal(t, map[string]any{"functionCallingConfig": map[string]any{"mode": "ANY", "allowedFunctionNames": []any{"submit"}}}, third["toolConfig"])
	contents := third["contents"].([]any)
	assert.Len(t, contents[2].(map[string]any)["parts"], 3, "each call has a response")
	assert.Equal(t, []any{
		map[string]any{"functionResponse": map[string]any{"name": "submit", "response": map[string]any{"output": "noted"}}},
		map[string]any{"text": "Mend it."},
	}, contents[4].(map[string]any)["parts"])
}

func TestThinkingGoesByTheModel(t *testing.T) {
	for _, test := range []struct {
		name   string
		legacy bool
		effort agents.Effort
		limit  int
		want   any
	}{
		{"gemini-3-flash-preview", false, agents.EffortUnset, 0, nil},
		{"gemini-3-flash-preview", false, agents.EffortLow, 0, map[string]any{"thinkingLevel": "LOW"}},
		{"gemini-3-flash-preview", false, agents.EffortMedium, 0, map[string]any{"thinkingLevel": "MEDIUM"}},
		{"gemini-3-pro-preview", false, agents.EffortMedium, 0, map[string]any{"thinkingLevel": "HIGH"}},
		{"gemini-3.1-pro-preview", false, agents.EffortMedium, 0, map[string]any{"thinkingLevel": "MEDIUM"}},
		{"gemini-flash-latest", false, agents.EffortHigh, 0, map[string]any{"thinkingLevel": "HIGH"}},
		{"gemini-2.5-pro", false, agents.EffortUnset, 0, nil},
		{"gemini-2.5-pro", false, agents.EffortLow, 0, map[string]any{"thinkingBudget": 1024.0}},
		{"gemini-2.5-pro", false, agents.EffortHigh, 0, map[string]any{"thinkingBudget": 24576.0}},
		{"models/gemini-2.5-pro", false, agents.EffortHigh, 10000, map[string]any{"thinkingBudget": 5000.0}},
		{"gemini-2.0-flash", false, agents.EffortHigh, 0, nil},
		{"of-our-own", true, agents.EffortHigh, 0, nil},
		{"of-our-own", false, agents.EffortHigh, 0, map[string]any{"thinkingLevel": "HIGH"}},
	} {
		t.Run(fmt.Sprint(test.name, test.legacy, test.effort, test.limit), func(t *testing.T) {
			s := wiretest.New(t, wiretest.Response{Events: said("STOP", text(answer))})
			m := &gemini.Model{Name: test.name, Key: key, BaseURL: s.URL, Legacy: test.legacy, MaxOutput: test.limit}
			req := request()
			req.Tools, req.Effort = nil, test.effort
			reply, err := m.Generate(t.Context(), req)
			require.NoError(t, err)
			assert.JSONEq(t, answer, string(reply.Answer))
			var got struct {
				Generation map[string]any `json:"generationConfig"`
			}
			accepted(t, s.Requests()[0].Body)
			require.NoError(t, json.Unmarshal(s.Requests()[0].Body, &got))
			assert.Equal(t, test.want, got.Generation["thinkingConfig"])
			assert.Contains(t, got.Generation, "responseJsonSchema", "without tools each model takes a schema")
		})
	}
}

func failure(code int, status, message string, details ...string) string {
	return fmt.Sprintf(`{"error":{"code":%d,"message":%q,"status":%q,"details":[%s]}}`, code, message, status, strings.Join(details, ","))
}

func retryInfo(delay string) string {
	return fmt.Sprintf(`{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":%q}`, delay)
}

func quota(id string) string {
	return fmt.Sprintf(`{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaMetric":"m","quotaId":%q,"quotaValue":"250"}]}`, id)
}

func TestEveryWayToFail(t *testing.T) {
	const exceeded = "You exceeded your current quota, please check your plan and billing details."
	blocked := func(reason string) []string {
		return []string{fmt.Sprintf(`data: {"promptFeedback":{"blockReason":%q},%s}`, reason, usage)}
	}
	tests := []struct {
		name     string
		script   []wiretest.Response
		kind     agents.Kind
		says     string
		requests int
		text     string
	}{
		{"400", []wiretest.Response{{Status: 400, Body: failure(400, "INVALID_ARGUMENT", "no such parameter")}}, agents.KindInvalid, "no such parameter", 1, ""},
		{"400 for its length", []wiretest.Response{{Status: 400, Body: failure(400, "INVALID_ARGUMENT", "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).")}}, agents.KindTooLong, "1200000", 1, ""},
		{"400 for the key", []wiretest.Response{{Status: 400, Body: failure(400, "INVALID_ARGUMENT", "not valid: "+key, `{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}`)}}, agents.KindUnauthorized, "[key]", 1, ""},
		{"400 for billing", []wiretest.Response{{Status: 400, Body: failure(400, "FAILED_PRECONDITION", "enable billing")}}, agents.KindQuota, "billing", 1, ""},
		{"401", []wiretest.Response{{Status: 401, Body: failure(401, "UNAUTHENTICATED", "who are you")}}, agents.KindUnauthorized, "who are you", 1, ""},
		{"403", []wiretest.Response{{Status: 403, Body: failure(403, "PERMISSION_DENIED", "not allowed")}}, agents.KindUnauthorized, "not allowed", 1, ""},
		{"404", []wiretest.Response{{Status: 404, Body: failure(404, "NOT_FOUND", "models/gemini-3-test is not found")}}, agents.KindInvalid, "gemini-3-test", 1, ""},
		{"413", []wiretest.Response{{Status: 413, Body: "<html>too large"}}, agents.KindTooLong, "too large", 1, ""},
		{"429 with a wait", []wiretest.Response{{Status: 429, Header: map[string]string{"Retry-After": "0.01"}, Body: failure(429, "RESOURCE_EXHAUSTED", "slow down")}}, agents.KindRateLimited, "slow down", 3, ""},
		{"429 with a long wait", []wiretest.Response{{Status: 429, Header: map[string]string{"Retry-After": "3600"}, Body: failure(429, "RESOURCE_EXHAUSTED", "slow down")}}, agents.KindRateLimited, "slow down", 1, ""},
		{"429 with a wait inside", []wiretest.Response{{Status: 429, Body: failure(429, "RESOURCE_EXHAUSTED", exceeded, quota("GenerateRequestsPerMinutePerProjectPerModel"), retryInfo("0.01s"))}}, agents.KindRateLimited, "current quota", 3, ""},
		{"429 with a long wait inside", []wiretest.Response{{Status: 429, Body: failure(429, "RESOURCE_EXHAUSTED", exceeded, quota("GenerateRequestsPerMinutePerProjectPerModel"), retryInfo("53.7s"))}}, agents.KindRateLimited, "current quota", 1, ""},
		{"429 without", []wiretest.Response{{Status: 429, Body: failure(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota).")}}, agents.KindRateLimited, "exhausted", 3, ""},
		{"429 for the day's quota", []wiretest.Response{{Status: 429, Body: failure(429, "RESOURCE_EXHAUSTED", exceeded, quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier"), retryInfo("0.01s"))}}, agents.KindQuota, "current quota", 1, ""},
		{"429 for the account", []wiretest.Response{{Status: 429, Body: failure(429, "RESOURCE_EXHAUSTED", exceeded)}}, agents.KindQuota, "current quota", 1, ""},
		{"500", []wiretest.Response{{Status: 500, Body: failure(500, "INTERNAL", "oops")}}, agents.KindUnavailable, "oops", 3, ""},
		{"502 in HTML", []wiretest.Response{{Status: 502, Header: map[string]string{"Content-Type": "text/html"}, Body: "<html>bad gateway</html>"}}, agents.KindUnavailable, "bad gateway", 3, ""},
		{"503", []wiretest.Response{{Status: 503, Body: failure(503, "UNAVAILABLE", "The model is overloaded.")}}, agents.KindOverloaded, "overloaded", 3, ""},
		{"503 without a body", []wiretest.Response{{Status: 503}}, agents.KindOverloaded, "503", 3, ""},
		{"504", []wiretest.Response{{Status: 504, Body: failure(504, "DEADLINE_EXCEEDED", "took too long")}}, agents.KindUnavailable, "took", 3, ""},
		{"529", []wiretest.Response{{Status: 529}}, agents.KindOverloaded, "529", 3, ""},
		{"a redirect", []wiretest.Response{{Status: 307, Header: map[string]string{"Location": "/elsewhere"}}}, agents.KindInvalid, "307", 1, ""},
		{"503, then an answer", []wiretest.Response{{Status: 503}, {Events: said("STOP", text(answer))}}, "", "", 2, answer},
		{"an error inside of the stream", []wiretest.Response{{Events: []string{chunk(text("half")), "data: " + failure(503, "UNAVAILABLE", "overloaded")}}}, agents.KindOverloaded, "overloaded", 3, "half"},
		{"a blocked request", []wiretest.Response{{Events: blocked("PROHIBITED_CONTENT")}}, agents.KindRefused, "PROHIBITED_CONTENT", 1, ""},
		{"an answer cut by its length", []wiretest.Response{{Events: said("MAX_TOKENS", text(`{"ok":`))}}, agents.KindTruncated, "33 tokens", 1, `{"ok":`},
		{"no content", []wiretest.Response{{Events: said("STOP")}}, agents.KindBadReply, "empty", 1, ""},
		{"an unknown end", []wiretest.Response{{Events: said("WHATEVER", text("x"))}}, agents.KindBadReply, "WHATEVER", 1, "x"},
		{"a stream that is cut", []wiretest.Response{{Events: []string{chunk(text("half of it"))}, Cut: true}}, agents.KindCut, "", 3, "half of it"},
		{"a stream cut in a line", []wiretest.Response{{Body: chunk(text("half of it")) + "\n\ndata: {\"candi", Cut: true}}, agents.KindCut, "", 3, "half of it"},
		{"a stream that just ends", []wiretest.Response{{Events: []string{chunk(text("half of it"))}}}, agents.KindCut, "ended before", 3, "half of it"},
		{"an end that is none", []wiretest.Response{{Events: said("FINISH_REASON_UNSPECIFIED", text("half of it"))}}, agents.KindCut, "ended before", 3, "half of it"},
		{"nothing at all", []wiretest.Response{{}}, agents.KindCut, "ended before", 3, ""},
		{"no stream at all", []wiretest.Response{{Body: "{}"}}, agents.KindBadReply, "invalid stream chunk", 1, ""},
		{"a page", []wiretest.Response{{Body: "<html>Log in</html>"}}, agents.KindBadReply, "Log in", 1, ""},
		{"half a line of JSON", []wiretest.Response{{Events: []string{`data: {"candidates":[{"content":`}}}, agents.KindBadReply, "", 1, ""},
		{"candidates of another shape", []wiretest.Response{{Events: []string{chunk(text("half")), `data: {"candidates":{"0":1}}`}}}, agents.KindBadReply, "cannot be read", 1, "half"},
		{"a signature that is no base64", []wiretest.Response{{Events: said("STOP", `{"text":"x","thoughtSignature":"%%"}`)}}, agents.KindBadReply, "", 1, ""},
	}
	for _, reason := range []string{"SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY"} {
		tests = append(tests, tests[0])
		last := &tests[len(tests)-1]
		last.name, last.script = "stopped for "+reason, []wiretest.Response{{Events: said(reason, text("I"))}}
		last.kind, last.says, last.requests, last.text = agents.KindRefused, reason, 1, "I"
	}
	for _, reason := range []string{"MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "OTHER"} {
		tests = append(tests, tests[0])
		last := &tests[len(tests)-1]
		last.name, last.script = "ended by "+reason, []wiretest.Response{{Events: said(reason, text("I"))}}
		last.kind, last.says, last.requests, last.text = agents.KindBadReply, reason, 1, "I"
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := wiretest.New(t, test.script...)
			reply, err := model(s).Generate(t.Context(), request())
			assert.Len(t, s.Requests(), test.requests)
			require.NotNil(t, reply)
			assert.EqualValues(t, test.requests, reply.Usage.Requests, "what reached the vendor is counted")
			assert.Equal(t, test.text, reply.Turn.Text, "what came is kept")
			if test.kind == "" {
				require.NoError(t, err)
				return
			}
			var e *agents.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, test.kind, e.Kind)
			assert.ErrorContains(t, err, test.says)
			assert.NotContains(t, err.Error(), key)
			switch test.kind {
			case agents.KindRefused:
				assert.Equal(t, agents.StopRefused, reply.Stop)
			case agents.KindTruncated:
				assert.Equal(t, agents.StopLength, reply.Stop)
			}
		})
	}
}

func TestAWaitThatIsTooLongIsTold(t *testing.T) {
	for name, response := range map[string]wiretest.Response{
		"in a header": {Status: 429, Header: map[string]string{"Retry-After": "54"}, Body: failure(429, "RESOURCE_EXHAUSTED", "slow down")},
		"in the body": {Status: 429, Body: failure(429, "RESOURCE_EXHAUSTED", "slow down", retryInfo("54s"))},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := model(wiretest.New(t, response)).Generate(t.Context(), request())
			var e *agents.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, 54*time.Second, e.RetryAfter)
			assert.Equal(t, 429, e.Status)
		})
	}
}

func TestTheKeyDoesNotFollowARedirect(t *testing.T) {
	stranger := wiretest.New(t, wiretest.Response{Events: said("STOP", text(answer))})
	for name, client := range map[string]*http.Client{"no client": nil, "a client of the caller's": {}} {
		t.Run(name, func(t *testing.T) {
			m := model(wiretest.New(t, wiretest.Response{Status: 307, Header: map[string]string{"Location": stranger.URL}}))
			m.Client = client
			_, err := m.Generate(t.Context(), request())
			assert.Error(t, err)
			assert.Empty(t, stranger.Requests())
		})
	}
}

func TestAHangEndsWithTheContext(t *testing.T) {
	for name, script := range map[string]wiretest.Response{
		"before the first byte": {Hang: true},
		"in the middle":         {Events: []string{chunk(text("x"))}, Hang: true},
		"drop by drop":          {Events: strings.Split(strings.Repeat(chunk()+"\n\n", 1000), "\n\n")[:1000], Pause: 5 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			var logged bytes.Buffer
			defer log.SetOutput(log.Writer())
			log.SetOutput(&logged)
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			_, err := model(wiretest.New(t, script)).Generate(ctx, request())
			assert.ErrorIs(t, err, context.DeadlineExceeded)
			assert.Empty(t, logged.String(), "the SDK logs nothing")
		})
	}
}

func TestNobodyListens(t *testing.T) {
	m := &gemini.Model{Name: "gemini-3-test", Key: key, BaseURL: "http://127.0.0.1:1", Attempts: agents.Attempts{Most: 2, First: time.Millisecond}}
	reply, err := m.Generate(t.Context(), request())
	var e *agents.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, agents.KindUnavailable, e.Kind)
	assert.Nil(t, reply, "nothing reached the vendor")
	assert.NotContains(t, err.Error(), key)
}

func TestNothingIsTakenFromTheEnvironment(t *testing.T) {
	defer log.SetOutput(log.Writer())
	log.SetOutput(io.Discard) // the SDK warns of two keys, for all that it is given one
	stranger := wiretest.New(t)
	t.Setenv("GOOGLE_API_KEY", "of-the-environment")
	t.Setenv("GEMINI_API_KEY", "of-the-environment")
	t.Setenv("GOOGLE_GEMINI_BASE_URL", stranger.URL)
	t.Setenv("GOOGLE_VERTEX_BASE_URL", stranger.URL)
	t.Setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
	t.Setenv("GOOGLE_GENAI_USE_ENTERPRISE", "true")
	t.Setenv("GOOGLE_CLOUD_PROJECT", "project-of-the-environment")
	t.Setenv("GOOGLE_CLOUD_LOCATION", "location-of-the-environment")
	s := wiretest.New(t, wiretest.Response{Events: said("STOP", text(answer))})
	_, err := model(s).Generate(t.Context(), request())
	require.NoError(t, err)
	sent := s.Requests()[0]
	assert.Equal(t, "/v1beta/models/gemini-3-test:streamGenerateContent?alt=sse", sent.Path)
	for name, values := range sent.Header {
		assert.NotContains(t, strings.ToLower(strings.Join(values, " ")+name), "environment")
	}

	m := model(s)
	m.Key = ""
	_, err = m.Generate(t.Context(), request())
	var e *agents.Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, agents.KindUnauthorized, e.Kind)

	var hosts []string
	m = &gemini.Model{Name: "gemini-3-test", Key: key, Attempts: agents.Attempts{Most: 1}, Client: &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
		hosts = append(hosts, r.URL.Host)
		return nil, context.Canceled
	})}}
	_, err = m.Generate(t.Context(), request())
	require.Error(t, err)
	assert.Equal(t, []string{"generativelanguage.googleapis.com"}, hosts, "without a base URL it is the vendor's own")
	assert.Empty(t, stranger.Requests())
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestManyAskAtOnce(t *testing.T) {
	s := wiretest.New(t, wiretest.Response{Events: said("STOP", text(answer))})
	m := model(s)
	req := request()
	before, err := json.Marshal(req)
	require.NoError(t, err)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			reply, err := m.Generate(t.Context(), req)
			assert.NoError(t, err)
			assert.JSONEq(t, answer, string(reply.Answer))
		})
	}
	all.Wait()
	after, err := json.Marshal(req)
	require.NoError(t, err)
	assert.Equal(t, string(before), string(after), "a request is read only")
	assert.Equal(t, agents.Info{Vendor: "gemini", Model: "gemini-3-test", Window: 1048576, MaxOutput: 65536, Tools: true}, m.Info())
}

func TestARequestThatCannotBeMadeIsNotSent(t *testing.T) {
	for name, spoil := range map[string]func(*agents.Request){
		"a tool's schema": func(r *agents.Request) { r.Tools[0].Parameters = json.RawMessage(`{`) },
		"properties":      func(r *agents.Request) { r.Tools[0].Parameters = json.RawMessage(`{"properties":[]}`) },
		"the answer's":    func(r *agents.Request) { r.Answer.Schema = nil },
		"a native turn": func(r *agents.Request) {
			r.Turns = append(r.Turns, agents.Turn{Role: agents.RoleModel, Native: json.RawMessage(`[]`)}, agents.Turn{Role: agents.RoleUser, Text: "x"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := wiretest.New(t)
			req := request()
			spoil(req)
			_, err := model(s).Generate(t.Context(), req)
			assert.Error(t, err)
			assert.Empty(t, s.Requests())
		})
	}
}

// FuzzAStream holds that no stream makes a panic or an empty success, and that what a model said can be sent back.
func FuzzAStream(f *testing.F) {
	f.Add(strings.Join(said("STOP", text(answer)), "\n\n"))
	f.Add(chunk(call("", `{"path":"a"}`, "YQ==")) + "\n\n" + end("STOP"))
	f.Add(`data: {"candidates":{}}`)
	f.Add(`data: {"candidates":[null,1]}` + "\r\n\r\ndata: x")
	f.Add("data: " + failure(429, "RESOURCE_EXHAUSTED", "x", quota("PerDay"), retryInfo("1s")))
	var stream string
	m := &gemini.Model{Name: "gemini-3-test", Key: key, Attempts: agents.Attempts{Most: 1}, Client: &http.Client{Transport: transport(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(stream))}, nil
	})}}
	f.Fuzz(func(t *testing.T, s string) {
		stream = s
		reply, err := m.Generate(t.Context(), request())
		if err == nil {
			require.NotNil(t, reply)
			assert.True(t, reply.Turn.Text != "" || len(reply.Turn.Calls) > 0)
			req := request()
			req.Turns = append(req.Turns, reply.Turn, agents.Turn{Role: agents.RoleUser, Text: "Again."})
			again, err := m.Generate(t.Context(), req)
			require.NoError(t, err)
			assert.Equal(t, reply.Turn, again.Turn)
		}
	})
}
