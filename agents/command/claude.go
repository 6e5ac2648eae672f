package command

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents"
)

// claudeResult is the record that ends what Claude Code prints as JSON, and as a stream of it.
type claudeResult struct {
	Type        string          `json:"type"`
	Subtype     string          `json:"subtype"`
	IsError     bool            `json:"is_error"`
	Result      string          `json:"result"`
	Structured  json.RawMessage `json:"structured_output"`
	StopReason  string          `json:"stop_reason"`
	Terminal    string          `json:"terminal_reason"`
	Status      int             `json:"api_error_status"`
	Errors      []string        `json:"errors"`
	SafetyStops int             `json:"safety_stops"`
	Turns       int             `json:"num_turns"`
	Cost        float64         `json:"total_cost_usd"`
	Usage       struct {
		In      int64 `json:"input_tokens"`
		Out     int64 `json:"output_tokens"`
		Created int64 `json:"cache_creation_input_tokens"`
		Cached  int64 `json:"cache_read_input_tokens"`
	} `json:"usage"`
	Models map[string]struct {
		Out int64 `json:"outputTokens"`
	} `json:"modelUsage"`
}

// readClaude reads what Claude Code printed. A failure of the API has is_error with the subtype success; a schema that was not
// met has no structured_output with exit status 0; an interrupted run ends with 0 and no result.
func readClaude(o *Output) Answer {
	var last *claudeResult
	records(o.Stdout, func(raw json.RawMessage) {
		var r claudeResult
		if json.Unmarshal(raw, &r) == nil && r.Type == "result" {
			last = &r
		}
	})
	if last == nil {
		return unrecorded(o)
	}
	a := Answer{Text: last.Result, Usage: deepreview.Usage{
		Requests: last.Turns, TokensIn: last.Usage.In + last.Usage.Created + last.Usage.Cached, TokensOut: last.Usage.Out,
		TokensCached: last.Usage.Cached, Cost: last.Cost, Priced: last.Cost > 0,
	}}
	// Small models do chores; the one that wrote most is the one that answered.
	names := slices.Sorted(maps.Keys(last.Models))
	for _, name := range names {
		if a.Model == "" || last.Models[name].Out > last.Models[a.Model].Out {
			a.Model = name
		}
	}
	if len(last.Structured) > 0 && string(last.Structured) != "null" {
		a.Text = string(last.Structured)
	}
	said := cmp.Or(strings.Join(last.Errors, "; "), last.Result, last.Subtype)
	switch {
	case last.Terminal == "prompt_too_long":
		a.Err = &agents.Error{Kind: agents.KindTooLong, Status: last.Status, Message: bounded(said)}
	case strings.HasPrefix(last.Subtype, "error_max"):
		a.Err = &agents.Error{Kind: agents.KindBudget, Message: bounded(said)}
	case last.IsError:
		a.Err = failure(said, last.Status, agents.KindUnavailable)
	case o.Exit != 0:
		a.Err = &agents.Error{Kind: agents.KindCut, Message: ended(o) + " after its result"}
	case len(last.Structured) > 0:
	case last.SafetyStops > 0, last.StopReason == "refusal":
		a.Err = &agents.Error{Kind: agents.KindRefused, Message: bounded(said)}
	case last.StopReason == "max_tokens":
		a.Err = &agents.Error{Kind: agents.KindTruncated, Message: bounded(said)}
	}
	if last.IsError {
		a.Text = "" // it is the error's own
	}
	return a
}
