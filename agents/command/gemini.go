package command

import (
	"cmp"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents"
)

// geminiError stands in the record on standard output, or at the end of standard error in a record of its own.
type geminiError struct {
	Type    string `json:"type"`
	Message string `json:"message"`
	// Code is an HTTP status from 400 on, and an exit status below: 41 no authentication, 42 bad input, 44 no sandbox,
	// 52 bad settings, 53 too many turns, 55 an untrusted folder.
	Code int `json:"code"`
}

// geminiRecord is the one record of -o json, or one line of -o stream-json.
type geminiRecord struct {
	Response *string      `json:"response"`
	Error    *geminiError `json:"error"`
	Stats    struct {
		Models map[string]struct {
			API struct {
				Requests int `json:"totalRequests"`
			} `json:"api"`
			Tokens struct {
				Prompt     int64 `json:"prompt"`
				Candidates int64 `json:"candidates"`
				Thoughts   int64 `json:"thoughts"`
				Cached     int64 `json:"cached"`
			} `json:"tokens"`
		} `json:"models"`
		Tools struct {
			Calls int `json:"totalCalls"`
		} `json:"tools"`
	} `json:"stats"`

	Type    string `json:"type"`
	Role    string `json:"role"`
	Content string `json:"content"`
	Status  string `json:"status"`
}

// attempt is how Gemini tells on standard error that it will ask again, which it does for more than a minute.
var attempt = regexp.MustCompile(`failed with status (\d{3})\. Retrying`)

// readGemini reads what Gemini CLI printed. Standard output is empty where the API failed, and where a signal ended it with
// status 0; an answer that the safety rules blocked has an error in its record with status 0.
func readGemini(o *Output) Answer {
	var a Answer
	done := false
	var failed *geminiError
	records(o.Stdout, func(raw json.RawMessage) {
		var r geminiRecord
		if json.Unmarshal(raw, &r) != nil {
			return
		}
		switch {
		case r.Response != nil:
			done, a.Text = true, *r.Response
		case r.Type == "message" && r.Role == "assistant":
			a.Text += r.Content
		case r.Type == "tool_use":
			a.Text = "" // what was said before it looked is no answer
		case r.Type == "result":
			done = r.Status == "success"
		}
		if r.Error != nil {
			failed = r.Error
		}
		a.Usage.ToolCalls += r.Stats.Tools.Calls
		var most int64 = -1
		for _, name := range slices.Sorted(maps.Keys(r.Stats.Models)) {
			m := r.Stats.Models[name]
			if m.Tokens.Candidates > most {
				a.Model, most = name, m.Tokens.Candidates
			}
			a.Usage = a.Usage.Add(deepreview.Usage{Requests: m.API.Requests, TokensIn: m.Tokens.Prompt,
				TokensOut: m.Tokens.Candidates + m.Tokens.Thoughts, TokensCached: m.Tokens.Cached})
		}
	})
	if failed == nil && !done {
		failed = lastGeminiError(o.Stderr)
	}
	switch {
	case failed != nil:
		a.Err = failed.kind()
		if strings.TrimSpace(a.Text) == "" {
			a.Text = ""
		}
	case done && o.Exit == 0:
	default:
		err := noRecord(o)
		if all := attempt.FindAllSubmatch(o.Stderr, -1); len(all) > 0 {
			status, _ := strconv.Atoi(string(all[len(all)-1][1])) // three digits
			err = failure("it asked again and again, the last time after HTTP status "+strconv.Itoa(status), status, agents.KindUnavailable)
		}
		a.Err = err
		if a.Text == "" {
			a.Text = unrecorded(o).Text
		}
	}
	return a
}

func (e *geminiError) kind() *agents.Error {
	message := cmp.Or(e.Message, e.Type)
	switch e.Code {
	case 41:
		return &agents.Error{Kind: agents.KindUnauthorized, Message: bounded(message)}
	case 42, 44, 52, 55:
		return &agents.Error{Kind: agents.KindInvalid, Message: bounded(message)}
	case 53:
		return &agents.Error{Kind: agents.KindBudget, Message: bounded(message)}
	}
	status := e.Code
	if status < 400 {
		status = 0
	}
	return failure(message, status, agents.KindUnavailable)
}

// lastGeminiError finds the record that ends standard error.
func lastGeminiError(stderr []byte) *geminiError {
	text := string(stderr)
	at := strings.LastIndex("\n"+text, "\n{")
	if at < 0 {
		return nil
	}
	var r geminiRecord
	// Something may be printed behind the record.
	if json.NewDecoder(strings.NewReader(text[at:])).Decode(&r) != nil {
		return nil
	}
	return r.Error
}
