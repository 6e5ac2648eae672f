package command

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/deepreview-go/deepreview/agents"
	"github.com/deepreview-go/deepreview/internal/redact"
)

// rules tell kinds of failure by an agent's own words; the first that matches holds. They are the words of the versions that
// the profiles name.
var rules = []struct {
	pattern *regexp.Regexp
	kind    agents.Kind
}{
	{regexp.MustCompile(`(?i)prompt is too long|context.{0,20}(window|length).{0,30}(exceed|limit)|input token count.{0,40}exceeds`), agents.KindTooLong},
	{regexp.MustCompile(`(?i)insufficient_quota|credit balance|(hit|reached|exceeded) your .{0,20}(usage|current quota|limit)|usage limit|billing|daily quota`), agents.KindQuota},
	{regexp.MustCompile(`(?i)not logged in|log ?in again|missing environment variable|must specify the \S+ environment variable|invalid (auth|x?-?api|bearer)|auth method|authentication`), agents.KindUnauthorized},
	{regexp.MustCompile(`(?i)safety|content policy|refused to answer|flagged`), agents.KindRefused},
	{regexp.MustCompile(`(?i)rate.?limit|too many requests`), agents.KindRateLimited},
	{regexp.MustCompile(`(?i)overloaded|high demand`), agents.KindOverloaded},
	{regexp.MustCompile(`(?i)stream disconnected|^terminated$|premature close|other side closed`), agents.KindCut},
	{regexp.MustCompile(`(?i)connection refused|ECONN|ENOTFOUND|timed out|network error|server-side issue|internal server error`), agents.KindUnavailable},
	{regexp.MustCompile(`(?i)unknown (option|argument)|unexpected argument|requires --|trusted directory|schema file|invalid value|model.{0,40}(not found|does not exist)`), agents.KindInvalid},
}

// statusPattern finds the HTTP status that an agent tells in a sentence.
var statusPattern = regexp.MustCompile(`(?i)status:? (\d{3})\b|\b(\d{3}) (?:unauthorized|forbidden|too many)`)

// ofStatus is the kind that an HTTP status alone tells; empty where it tells none.
func ofStatus(status int) agents.Kind {
	switch {
	case status == 401, status == 403:
		return agents.KindUnauthorized
	case status == 402:
		return agents.KindQuota
	case status == 413:
		return agents.KindTooLong
	case status == 429:
		return agents.KindRateLimited
	case status == 503, status == 529:
		return agents.KindOverloaded
	case status >= 500 && status < 600:
		return agents.KindUnavailable
	case status >= 400 && status < 500:
		return agents.KindInvalid
	}
	return ""
}

// failure makes an error of what an agent says of one. status is the HTTP status, 0 where it is not known; otherwise is the kind
// where nothing tells it.
func failure(message string, status int, otherwise agents.Kind) *agents.Error {
	message = inner(message)
	if m := statusPattern.FindStringSubmatch(message); status == 0 && m != nil {
		status, _ = strconv.Atoi(m[1] + m[2]) // three digits
	}
	e := &agents.Error{Kind: otherwise, Status: status, Message: bounded(message)}
	if k := ofStatus(status); k != "" {
		e.Kind = k
	}
	if e.Kind != otherwise && e.Kind != agents.KindInvalid && e.Kind != agents.KindRateLimited {
		return e // the status says it all
	}
	for _, r := range rules {
		if r.pattern.MatchString(e.Message) {
			e.Kind = r.kind
			break
		}
	}
	return e
}

// inner unwraps a message that is itself an API's error in JSON.
func inner(message string) string {
	var body struct {
		Error struct{ Message string } `json:"error"`
	}
	if strings.HasPrefix(strings.TrimSpace(message), "{") && json.Unmarshal([]byte(message), &body) == nil && body.Error.Message != "" {
		return body.Error.Message
	}
	return message
}

// ended says how the process ended where it says nothing itself.
func ended(o *Output) string {
	if o.Signal != "" {
		return "ended by " + o.Signal
	}
	return fmt.Sprintf("exit status %d", o.Exit)
}

// noRecord is the error of an agent that left no terminal record behind.
func noRecord(o *Output) *agents.Error {
	said := lastWords(o.Stderr)
	switch {
	case o.Exit > 0 && said != "":
		e := failure(said, 0, agents.KindCut)
		e.Message = ended(o) + ": " + e.Message
		return e
	case o.Exit == 0 && len(strings.TrimSpace(string(o.Stdout))) > 0 && !strings.HasPrefix(strings.TrimSpace(string(o.Stdout)), "{"):
		return &agents.Error{Kind: agents.KindBadReply, Message: fmt.Sprintf("printed no record: %.200q", bounded(string(o.Stdout)))}
	}
	return &agents.Error{Kind: agents.KindCut, Message: ended(o) + " without a final record"}
}

// unrecorded is the answer of an agent that left no terminal record behind. What it printed besides is kept.
func unrecorded(o *Output) Answer {
	a := Answer{Err: noRecord(o)}
	if text := strings.TrimSpace(string(o.Stdout)); !strings.HasPrefix(text, "{") {
		a.Text = text
	}
	return a
}

var escapes = regexp.MustCompile(`\x1b\[[0-9;]*[A-Za-z]`)

// lastWords is the beginning and the end of what stands on standard error, without colours and without the warnings that
// agents begin with.
func lastWords(stderr []byte) string {
	var lines []string
	for line := range strings.Lines(escapes.ReplaceAllString(strings.ToValidUTF8(string(stderr), "\uFFFD"), "")) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(strings.ToLower(line), "warning:") || strings.HasPrefix(line, "Reading additional input") ||
			strings.HasPrefix(line, "[STARTUP]") || strings.HasPrefix(line, "Ripgrep is not") {
			continue
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// bounded cuts what an agent says of itself, and masks the likely secrets in it: a key may be in the words of a refusal.
func bounded(s string) string {
	const most = 600
	s, _ = redact.Mask(strings.TrimSpace(strings.ToValidUTF8(s, "\uFFFD")))
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most/2], "") + " … " + strings.ToValidUTF8(s[len(s)-most/2:], "")
}

// records calls yield with each JSON object of the output: one a line, or all of it as one.
func records(stdout []byte, yield func(raw json.RawMessage)) {
	if json.Valid(stdout) {
		yield(stdout)
		return
	}
	for line := range strings.Lines(string(stdout)) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "{") && json.Valid([]byte(line)) {
			yield(json.RawMessage(line))
		}
	}
}
