package gemini

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"google.golang.org/genai"

	"github.com/deepreview-go/deepreview/agents"
)

// exchange is what the SDK keeps to itself of one HTTP exchange. Only the goroutine that sends uses it.
type exchange struct {
	status int // 0 where no response came
	header http.Header
	cut    error // what ended the body before its end
}

type exchangeKey struct{}

// in returns a context whose request is watched.
func (ex *exchange) in(ctx context.Context) context.Context {
	return context.WithValue(ctx, exchangeKey{}, ex)
}

// watcher fills in the exchange of each request's context.
type watcher struct{ base http.RoundTripper }

// watched returns a copy of c whose exchanges are watched; c may be nil.
func watched(c *http.Client) *http.Client {
	if c == nil {
		c = agents.HTTPClient()
	}
	out := *c
	if out.Transport == nil {
		out.Transport = http.DefaultTransport
	}
	if out.CheckRedirect == nil {
		// net/http takes the vendor's key header along to another host. The API has no redirects.
		out.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	out.Transport = watcher{out.Transport}
	return &out
}

// maxErrorBody bounds what is read of a response that is an error, in bytes.
const maxErrorBody = 1 << 20

// RoundTrip implements [http.RoundTripper].
func (w watcher) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := w.base.RoundTrip(r)
	ex, _ := r.Context().Value(exchangeKey{}).(*exchange)
	if err != nil || ex == nil {
		return resp, err
	}
	ex.status, ex.header = resp.StatusCode, resp.Header
	var body io.Reader = resp.Body
	if resp.StatusCode >= 300 {
		body = io.LimitReader(body, maxErrorBody)
	}
	resp.Body = &watchedBody{body, resp.Body, ex}
	return resp, nil
}

// watchedBody keeps the error that ends a body for us, and shows the SDK its end instead: the SDK writes such errors, an expired
// context among them, to the process's log.
type watchedBody struct {
	io.Reader
	io.Closer
	ex *exchange
}

// Read implements [io.Reader].
func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		b.ex.cut, err = err, io.EOF
	}
	return n, err
}

func (m *Model) fault(kind agents.Kind, message string, cause error) *agents.Error {
	return agents.NewError(m.Info(), kind, message, m.Key, cause)
}

// failure tells what went wrong with an exchange; err is the SDK's, nil where only the body broke off.
func (m *Model) failure(ctx context.Context, ex *exchange, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var api genai.APIError
	var network net.Error
	switch {
	case errors.As(err, &api):
		status := ex.status
		if status < 300 {
			status = api.Code // it came in the middle of a stream
		}
		e := m.fault(kindOf(status, &api), api.Message, err)
		e.Status = status
		e.RetryAfter = max(agents.RetryAfter(ex.header), retryDelay(api.Details))
		return e
	case ex.cut != nil:
		return m.fault(agents.KindCut, ex.cut.Error(), ex.cut)
	case errors.As(err, &network):
		return m.fault(agents.KindUnavailable, err.Error(), err)
	}
	return m.fault(agents.KindBadReply, err.Error(), err)
}

// kindOf goes by the vendor's own word for the error (https://ai.google.dev/gemini-api/docs/troubleshooting and google.rpc.Code), and
// by the status where there is none that it knows.
func kindOf(status int, api *genai.APIError) agents.Kind {
	text := strings.ToLower(api.Message)
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(text, w) {
				return true
			}
		}
		return false
	}
	switch api.Status {
	case "RESOURCE_EXHAUSTED":
		if spent(api.Details) || len(api.Details) == 0 && has("billing", "credit") {
			return agents.KindQuota
		}
		return agents.KindRateLimited
	case "UNAUTHENTICATED", "PERMISSION_DENIED":
		return agents.KindUnauthorized
	case "INVALID_ARGUMENT", "FAILED_PRECONDITION", "NOT_FOUND", "OUT_OF_RANGE", "UNIMPLEMENTED":
		switch {
		case has("api key") || detail(api.Details, "reason", "API_KEY_INVALID"):
			return agents.KindUnauthorized
		case has("number of tokens", "token count", "payload size", "too long", "too large"):
			return agents.KindTooLong
		case has("billing"):
			return agents.KindQuota
		}
		return agents.KindInvalid
	case "UNAVAILABLE":
		return agents.KindOverloaded
	case "INTERNAL", "UNKNOWN", "ABORTED", "DEADLINE_EXCEEDED", "CANCELLED", "DATA_LOSS":
		return agents.KindUnavailable
	}
	return agents.StatusKind(status)
}

// spent says that a quota is used up that no short wait brings back: google.rpc.QuotaFailure names the quota, as in
// "GenerateRequestsPerDayPerProjectPerModel-FreeTier". A quota of 0 is none at all. The vendor gives a delay with these, too.
func spent(details []map[string]any) bool {
	for _, d := range details {
		violations, _ := d["violations"].([]any)
		for _, v := range violations {
			violation, _ := v.(map[string]any)
			id, _ := violation["quotaId"].(string)
			if strings.Contains(id, "PerDay") || strings.Contains(id, "PerMonth") || fmt.Sprint(violation["quotaValue"]) == "0" {
				return true
			}
		}
	}
	return false
}

// detail says that some detail has the value.
func detail(details []map[string]any, key, value string) bool {
	for _, d := range details {
		if d[key] == value {
			return true
		}
	}
	return false
}

// retryDelay is the wait of google.rpc.RetryInfo, 0 where there is none.
func retryDelay(details []map[string]any) time.Duration {
	for _, d := range details {
		text, _ := d["retryDelay"].(string)
		if wait, err := time.ParseDuration(text); err == nil && wait > 0 {
			return wait
		}
	}
	return 0
}
