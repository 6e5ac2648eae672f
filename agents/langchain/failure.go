package langchain

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"

	"github.com/tmc/langchaingo/llms"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents"
	"github.com/deepreview-go/deepreview/internal/redact"
)

// urlKey is a key in a URL, where Google's client puts it.
var urlKey = regexp.MustCompile(`(?i)([?&](?:key|api[_-]?key|token|access[_-]?token)=)[^&\s"']+`)

// fault describes a failed request. The key may not be known here, so whatever looks like one goes, too.
func (m *Model) fault(kind agents.Kind, message string, cause error) *agents.Error {
	if m.Key != "" {
		message = strings.ReplaceAll(message, m.Key, "[key]")
	}
	message, _ = redact.Mask(urlKey.ReplaceAllString(message, "${1}[key]"))
	return agents.NewError(m.Info(), kind, message, m.Key, cause)
}

// failure tells what an error of langchaingo is. A status shows that the request reached the vendor, and counts it.
func (m *Model) failure(ctx context.Context, err error) (*agents.Reply, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	status := statusOf(err)
	e := m.fault(kindOf(status, err), err.Error(), err)
	e.Status = status
	if status == 0 {
		return nil, e
	}
	return &agents.Reply{Turn: agents.Turn{Role: agents.RoleModel}, Usage: deepreview.Usage{Requests: 1}}, e
}

// statusText is how the clients write an HTTP status: "unexpected status code: 429" of most, "429 Too Many Requests: …" of Ollama,
// "(HTTP Error 429)" of Mistral, "Error 429" of Google.
var statusText = regexp.MustCompile(`(?i)(?:status(?: code)?|http(?: error)?|\berror)[:= ]+([1-5]\d\d)\b|^([45]\d\d) [A-Z]`)

// statusOf is the HTTP status of an error: as AWS and Google's libraries tell it, or as it stands in the text; 0 where it does not.
func statusOf(err error) int {
	var aws interface{ HTTPStatusCode() int }
	var google interface{ HTTPCode() int }
	switch {
	case errors.As(err, &aws):
		return aws.HTTPStatusCode()
	case errors.As(err, &google) && google.HTTPCode() > 0:
		return google.HTTPCode()
	}
	if found := statusText.FindStringSubmatch(err.Error()); found != nil {
		status, _ := strconv.Atoi(found[1] + found[2]) // three digits
		return status
	}
	return 0
}

// codes are langchaingo's own, where a client uses them.
var codes = map[llms.ErrorCode]agents.Kind{
	llms.ErrCodeAuthentication:      agents.KindUnauthorized,
	llms.ErrCodeRateLimit:           agents.KindRateLimited,
	llms.ErrCodeInvalidRequest:      agents.KindInvalid,
	llms.ErrCodeResourceNotFound:    agents.KindInvalid,
	llms.ErrCodeTimeout:             agents.KindUnavailable,
	llms.ErrCodeCanceled:            agents.KindUnavailable, // by somebody else: our context lives
	llms.ErrCodeQuotaExceeded:       agents.KindQuota,
	llms.ErrCodeContentFilter:       agents.KindRefused,
	llms.ErrCodeTokenLimit:          agents.KindTooLong,
	llms.ErrCodeProviderUnavailable: agents.KindUnavailable,
	llms.ErrCodeNotImplemented:      agents.KindInvalid,
}

// words are the last resort, the first that fits counts. Those of finer are asked first, for a 400 or 429 says many things.
var (
	finer = []struct {
		kind  agents.Kind
		words []string
	}{
		{agents.KindTooLong, []string{"context length", "context window", "context_length_exceeded", "maximum context", "prompt is too long", "too many input tokens"}},
		{agents.KindQuota, []string{"insufficient_quota", "current quota", "billing", "credit balance", "balance is too low"}},
		{agents.KindRefused, []string{"content_filter", "content filter", "content management policy", "blocked by safety", "response was blocked"}},
	}
	words = []struct {
		kind  agents.Kind
		words []string
	}{
		{agents.KindUnauthorized, []string{"unauthorized", "invalid api key", "incorrect api key", "invalid_api_key", "permission denied", "accessdenied"}},
		{agents.KindRateLimited, []string{"rate limit", "too many requests", "throttl"}},
		{agents.KindOverloaded, []string{"overloaded", "server busy", "service unavailable"}},
		{agents.KindUnavailable, []string{"timeout", "timed out", "network error", "connection refused", "connection reset", "request cancelled", "internal server error", "bad gateway"}},
		{agents.KindBadReply, []string{"empty response", "no response", "no content"}},
		{agents.KindCut, []string{"unexpected eof", "unexpected end of json input"}},
	}
)

// kindOf goes by types as far as there are any. What nobody can tell is not worth a retry: a message that a client refuses looks so.
func kindOf(status int, err error) agents.Kind {
	text := strings.ToLower(err.Error())
	if status == 0 || status >= 400 && status < 500 {
		for _, f := range finer {
			if containsAny(text, f.words) {
				return f.kind
			}
		}
	}
	var typed *llms.Error
	var network net.Error
	var syntax *json.SyntaxError
	var shape *json.UnmarshalTypeError
	switch {
	case status > 0:
		return agents.StatusKind(status)
	case errors.As(err, &typed) && codes[typed.Code] != "":
		return codes[typed.Code]
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled), errors.As(err, &network):
		return agents.KindUnavailable // not by our context: it lives
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return agents.KindCut
	case errors.As(err, &syntax) && !strings.Contains(text, "unexpected end"), errors.As(err, &shape):
		return agents.KindBadReply
	}
	for _, w := range words {
		if containsAny(text, w.words) {
			return w.kind
		}
	}
	return agents.KindInvalid
}

func containsAny(text string, words []string) bool {
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}
