package anthropic

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	sdk "github.com/anthropics/anthropic-sdk-go"

	"github.com/deepreview-go/deepreview/agents"
)

func (m *Model) fault(kind agents.Kind, message string, cause error) *agents.Error {
	return agents.NewError(m.Info(), kind, message, m.Key, cause)
}

// reached reports whether the request came to the vendor, which then counts it.
func reached(err error) bool {
	var api *sdk.Error
	return errors.As(err, &api)
}

// failure tells what an error of the SDK is.
func (m *Model) failure(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var api *sdk.Error
	if !errors.As(err, &api) {
		var network interface{ Timeout() bool }
		if errors.As(err, &network) {
			return m.fault(agents.KindUnavailable, err.Error(), err)
		}
		return m.fault(agents.KindCut, err.Error(), err)
	}
	message := vendorMessage(api.RawJSON())
	e := m.fault(kindOf(api.StatusCode, string(api.Type()), message), message, err)
	e.Status = api.StatusCode
	if api.Response != nil {
		e.RetryAfter = agents.RetryAfter(api.Response.Header)
	}
	return e
}

// kindOf goes by the vendor's own word for the error, which also comes in the middle of a stream whose status was 200, and by the
// status where there is none.
func kindOf(status int, word, message string) agents.Kind {
	switch word {
	case "rate_limit_error":
		return agents.KindRateLimited
	case "overloaded_error":
		return agents.KindOverloaded
	case "api_error", "timeout_error":
		return agents.KindUnavailable
	case "authentication_error", "permission_error":
		return agents.KindUnauthorized
	case "billing_error":
		return agents.KindQuota
	case "request_too_large":
		return agents.KindTooLong
	case "invalid_request_error", "not_found_error":
		text := strings.ToLower(message)
		switch {
		case strings.Contains(text, "too long"), strings.Contains(text, "context limit"), strings.Contains(text, "context window"):
			return agents.KindTooLong
		case strings.Contains(text, "credit balance"):
			return agents.KindQuota
		}
		return agents.KindInvalid
	}
	return agents.StatusKind(status)
}

// vendorMessage is what stands in {"error":{"message":…}}, or the body itself.
func vendorMessage(body string) string {
	var envelope struct {
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	if json.Unmarshal([]byte(body), &envelope) == nil && envelope.Error.Message != "" {
		return envelope.Error.Message
	}
	return body
}
