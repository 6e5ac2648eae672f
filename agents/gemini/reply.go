package gemini

import (
	"context"
	"encoding/json"
	"fmt"

	"google.golang.org/genai"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents"
)

// stream is what came of a reply so far.
type stream struct {
	parts   []*genai.Part
	usage   *genai.GenerateContentResponseUsageMetadata
	model   string
	blocked *genai.GenerateContentResponsePromptFeedback
	finish  genai.FinishReason
}

func (s *stream) add(chunk *genai.GenerateContentResponse) {
	if chunk.UsageMetadata != nil {
		s.usage = chunk.UsageMetadata // a running total
	}
	if chunk.ModelVersion != "" {
		s.model = chunk.ModelVersion
	}
	if f := chunk.PromptFeedback; f != nil && f.BlockReason != "" && f.BlockReason != genai.BlockedReasonUnspecified {
		s.blocked = f
	}
	if len(chunk.Candidates) == 0 || chunk.Candidates[0] == nil {
		return
	}
	c := chunk.Candidates[0] // no more are asked for
	if c.FinishReason != "" && c.FinishReason != genai.FinishReasonUnspecified {
		s.finish = c.FinishReason // the vendor's words for it get lost in the SDK
	}
	if c.Content == nil {
		return
	}
	for _, p := range c.Content.Parts {
		s.addPart(p)
	}
}

// addPart keeps a part as it came. Only plain texts without a signature are put together: a signature belongs to its own part.
func (s *stream) addPart(p *genai.Part) {
	if p == nil {
		return
	}
	if n := len(s.parts); n > 0 && plain(p) && plain(s.parts[n-1]) && s.parts[n-1].Thought == p.Thought {
		s.parts[n-1].Text += p.Text
		return
	}
	if plain(p) && p.Text == "" {
		return
	}
	if p.FunctionCall != nil {
		p.FunctionCall.PartialArgs, p.FunctionCall.WillContinue = nil, nil // the API has no place for them on the way back
	}
	s.parts = append(s.parts, p)
}

// plain says that there is nothing but text in a part.
func plain(p *genai.Part) bool {
	return len(p.ThoughtSignature) == 0 && p.FunctionCall == nil && p.FunctionResponse == nil && p.InlineData == nil && p.FileData == nil &&
		p.ExecutableCode == nil && p.CodeExecutionResult == nil && p.ToolCall == nil && p.ToolResponse == nil && p.PartMetadata == nil
}

// send sends one request and reads its stream to the end.
func (m *Model) send(ctx context.Context, req *agents.Request, contents []*genai.Content, config *genai.GenerateContentConfig) (reply *agents.Reply, err error) {
	var ex exchange
	var s stream
	defer func() {
		// The SDK's converters trust the shape of what a server sends, and panic where it is another.
		if p := recover(); p != nil {
			reply, err = m.reply(req, &s, &ex), m.fault(agents.KindBadReply, fmt.Sprintf("what came cannot be read: %v", p), nil)
		}
	}()
	var failed error
	for chunk, err := range m.client.Models.GenerateContentStream(ex.in(ctx), m.Name, contents, config) {
		if err != nil {
			failed = err
			break
		}
		s.add(chunk)
	}
	reply = m.reply(req, &s, &ex)
	switch {
	case ex.cut != nil || failed != nil:
		return reply, m.failure(ctx, &ex, failed)
	case s.blocked != nil:
		reply.Stop = agents.StopRefused
		return reply, m.fault(agents.KindRefused, fmt.Sprintf("the request was blocked: %s %s", s.blocked.BlockReason, s.blocked.BlockReasonMessage), nil)
	case s.finish == "":
		return reply, m.fault(agents.KindCut, "the stream ended before the reply did", nil)
	case s.finish == "FUNCTION_CALL" && len(reply.Turn.Calls) > 0: // what some compatible servers write for STOP
	case s.finish != genai.FinishReasonStop:
		kind, message := finished(s.finish), "it ended with "+string(s.finish)
		switch kind {
		case agents.KindTruncated:
			reply.Stop = agents.StopLength
			message = fmt.Sprintf("it was cut after %d tokens", reply.Usage.TokensOut)
		case agents.KindRefused:
			reply.Stop = agents.StopRefused
		}
		return reply, m.fault(kind, message, nil)
	case reply.Turn.Text == "" && len(reply.Turn.Calls) == 0 && reply.Answer == nil:
		return reply, m.fault(agents.KindBadReply, "the reply is empty", nil)
	}
	return reply, nil
}

// finished tells what a reason other than STOP is. What is not listed is a fault of the model's, a malformed call for one.
func finished(reason genai.FinishReason) agents.Kind {
	switch reason {
	case genai.FinishReasonMaxTokens, genai.FinishReasonContinuation:
		return agents.KindTruncated
	case genai.FinishReasonSafety, genai.FinishReasonRecitation, genai.FinishReasonBlocklist, genai.FinishReasonProhibitedContent,
		genai.FinishReasonSPII, genai.FinishReasonLanguage, genai.FinishReasonImageSafety, genai.FinishReasonImageProhibitedContent,
		genai.FinishReasonImageRecitation:
		return agents.KindRefused
	}
	return agents.KindBadReply
}

// reply reads what came, whole or not; nil where nothing reached the vendor.
func (m *Model) reply(req *agents.Request, s *stream, ex *exchange) *agents.Reply {
	if ex.status == 0 {
		return nil
	}
	r := &agents.Reply{
		Model: s.model, Stop: agents.StopDone, Turn: agents.Turn{Role: agents.RoleModel}, Usage: deepreview.Usage{Requests: 1},
	}
	if u := s.usage; u != nil {
		r.Usage.TokensIn = int64(u.PromptTokenCount) + int64(u.ToolUsePromptTokenCount)
		r.Usage.TokensOut = int64(u.CandidatesTokenCount) + int64(u.ThoughtsTokenCount)
		r.Usage.TokensCached = int64(u.CachedContentTokenCount)
	}
	content := &genai.Content{Role: genai.RoleModel, Parts: s.parts}
	for _, p := range s.parts {
		if !p.Thought {
			r.Turn.Text += p.Text
		}
	}
	var answer json.RawMessage
	for i, c := range calls(content) {
		args := json.RawMessage("{}")
		if len(c.Args) > 0 {
			if b, err := json.Marshal(c.Args); err == nil {
				args = b
			}
		}
		if m.answersByTool(req) && c.Name == req.Answer.Name {
			answer = args
			continue
		}
		r.Turn.Calls = append(r.Turn.Calls, agents.Call{ID: callID(c, i), Name: c.Name, Args: args})
	}
	switch {
	case len(r.Turn.Calls) > 0:
		r.Stop = agents.StopCalls // an answer beside them was given too early
	case answer != nil:
		r.Answer = answer
	case req.Answer != nil && json.Valid([]byte(r.Turn.Text)):
		r.Answer = json.RawMessage(r.Turn.Text)
	}
	if len(s.parts) > 0 {
		if native, err := json.Marshal(content); err == nil {
			r.Turn.Native = native
		}
	}
	return r
}
