package command

import (
	"encoding/json"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents"
)

// codexEvent is one line of what codex exec --json prints.
type codexEvent struct {
	Type string `json:"type"`
	Item struct {
		Type string `json:"type"`
		Text string `json:"text"`
	} `json:"item"`
	Message string `json:"message"`
	Error   struct {
		Message string `json:"message"`
	} `json:"error"`
	Usage struct {
		In     int64 `json:"input_tokens"`
		Cached int64 `json:"cached_input_tokens"`
		Out    int64 `json:"output_tokens"`
	} `json:"usage"`
}

// readCodex reads what Codex printed: the answer is the last agent_message before turn.completed. Items of type error are
// warnings, since they stand in runs that succeed, too.
func readCodex(o *Output) Answer {
	var a Answer
	completed, failed := false, ""
	records(o.Stdout, func(raw json.RawMessage) {
		var e codexEvent
		if json.Unmarshal(raw, &e) != nil {
			return
		}
		switch {
		case e.Type == "item.completed" && e.Item.Type == "agent_message":
			a.Text = e.Item.Text
		case e.Type == "item.completed" && e.Item.Type != "error" && e.Item.Type != "reasoning":
			a.Usage.ToolCalls++
		case e.Type == "turn.completed":
			completed, failed = true, ""
			a.Usage = a.Usage.Add(deepreview.Usage{Requests: 1, TokensIn: e.Usage.In, TokensCached: e.Usage.Cached, TokensOut: e.Usage.Out})
		case e.Type == "turn.failed":
			completed, failed = false, e.Error.Message
		case e.Type == "error":
			failed = e.Message
		}
	})
	switch {
	case completed && o.Exit == 0:
		if a.Text == "" {
			a.Text = string(o.File)
		}
	case failed != "":
		a.Err = failure(failed, 0, agents.KindUnavailable)
	case a.Text == "":
		return unrecorded(o)
	default:
		a.Err = noRecord(o)
	}
	return a
}
