package agents

import (
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// HTTPClient returns what adapters send requests with where a caller gives no client: without a timeout, since a long answer takes
// its time and ctx ends it, and without following redirects, with which the key would go along.
func HTTPClient() *http.Client {
	return &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// StatusKind tells what an HTTP status means, as all vendors use it: RFC 9110, 429 of RFC 6585, and 529, which is
// Anthropic's for an overload. A vendor's own error code may say it better.
func StatusKind(status int) Kind {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return KindUnauthorized
	case http.StatusPaymentRequired:
		return KindQuota
	case http.StatusRequestEntityTooLarge:
		return KindTooLong
	case http.StatusTooManyRequests:
		return KindRateLimited
	case http.StatusServiceUnavailable, 529:
		return KindOverloaded
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly:
		return KindUnavailable
	}
	switch {
	case status >= 500:
		return KindUnavailable
	case status >= 300: // a redirect, too: the base URL is not the API's
		return KindInvalid
	}
	return KindBadReply
}

// RetryAfter reads how long a vendor asks to wait, in seconds, as a date, or in the milliseconds of retry-after-ms; 0 where it
// does not, or asks for no time at all.
func RetryAfter(h http.Header) time.Duration {
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil && ms > 0 && ms < 1e9 {
		return time.Duration(ms * float64(time.Millisecond))
	}
	value := h.Get("Retry-After")
	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		if seconds > 0 && seconds < 1e6 {
			return time.Duration(seconds * float64(time.Second))
		}
		return 0
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(time.Until(at), 0)
	}
	return 0
}

// maxMessage bounds a vendor's own words in an error, in bytes.
const maxMessage = 500

// NewError describes a failed request to a model. The vendor's message is made one bounded line, without the key.
func NewError(info Info, kind Kind, message, key string, cause error) *Error {
	if key != "" {
		message = strings.ReplaceAll(message, key, "[key]")
	}
	message = strings.Join(strings.Fields(strings.ToValidUTF8(message, "\uFFFD")), " ")
	if len(message) > maxMessage {
		n := maxMessage
		for n > 0 && !utf8.RuneStart(message[n]) {
			n--
		}
		message = message[:n] + "…"
	}
	return &Error{Kind: kind, Vendor: info.Vendor, Model: info.Model, Message: message, Err: cause}
}
