package openai

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"strings"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/ssestream"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents"
)

func fault(info agents.Info, key string, kind agents.Kind, message string, cause error) *agents.Error {
	return agents.NewError(info, kind, message, key, cause)
}

// reached makes a reply without words of one that failed on the way, where the request came to the vendor, which then counts it.
func reached(reply *agents.Reply, err error) *agents.Reply {
	var api *sdk.Error
	if reply == nil && errors.As(err, &api) {
		return &agents.Reply{Turn: agents.Turn{Role: agents.RoleModel}, Usage: deepreview.Usage{Requests: 1}}
	}
	return reply
}

// failure tells what an error of the SDK is. The SDK's own text of an error leaves the vendor's message out.
func failure(ctx context.Context, info agents.Info, key string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var api *sdk.Error
	var inStream *ssestream.StreamError
	var network net.Error
	switch {
	case errors.As(err, &api):
		message := api.Message
		if message == "" {
			message = api.RawJSON()
		}
		word := api.Code
		if word == "" {
			word = api.Type
		}
		e := fault(info, key, kindOf(api.StatusCode, word, message), message, err)
		e.Status = api.StatusCode
		if api.Response != nil {
			e.RetryAfter = agents.RetryAfter(api.Response.Header)
		}
		return e
	case errors.As(err, &inStream):
		var body struct {
			Error struct{ Code, Type, Message string }
		}
		_ = json.Unmarshal(inStream.Event.Data, &body) // what is no JSON has no code
		word := body.Error.Code
		if word == "" {
			word = body.Error.Type
		}
		message := body.Error.Message
		if message == "" {
			message = inStream.Message
		}
		return fault(info, key, kindOf(500, word, message), message, err)
	case errors.As(err, &network):
		return fault(info, key, agents.KindUnavailable, err.Error(), err)
	}
	return fault(info, key, agents.KindCut, err.Error(), err)
}

// kindOf goes by the vendor's own code for the error, and by the status where there is none that it knows.
func kindOf(status int, word, message string) agents.Kind {
	switch word {
	case "rate_limit_exceeded", "tokens", "requests":
		return agents.KindRateLimited
	case "insufficient_quota", "billing_hard_limit_reached":
		return agents.KindQuota
	case "invalid_api_key", "invalid_organization", "account_deactivated":
		return agents.KindUnauthorized
	case "context_length_exceeded", "string_above_max_length":
		return agents.KindTooLong
	case "server_error", "vector_store_timeout":
		return agents.KindUnavailable
	case "slow_down", "engine_overloaded":
		return agents.KindOverloaded
	case "content_filter", "content_policy_violation", "bio_policy", "misalignment_policy_violation", "cyber_policy":
		return agents.KindRefused
	}
	text := strings.ToLower(message)
	switch {
	case strings.Contains(text, "maximum context length"), strings.Contains(text, "context window"):
		return agents.KindTooLong
	case strings.Contains(text, "exceeded your current quota"):
		return agents.KindQuota
	case status == 0:
		return agents.KindUnavailable
	}
	return agents.StatusKind(status)
}
