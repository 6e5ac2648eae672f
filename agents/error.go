package agents

import (
	"fmt"
	"time"

	"github.com/deepreview-go/deepreview"
)

// Kind says what went wrong with a request, as far as a caller could act on it.
type Kind string

// The kinds of an [*Error]. Each is also the kind of failure that a review then has.
const (
	KindRateLimited  Kind = "rate limited" // too many requests or tokens in a while; the wait is over or too long
	KindOverloaded   Kind = "overloaded"   // the vendor has no room now
	KindUnavailable  Kind = "unavailable"  // a fault of the vendor's, or no connection
	KindUnauthorized Kind = "unauthorized" // the key is missing, wrong, or not allowed to use this model
	KindQuota        Kind = "quota"        // the account's money or quota is spent: waiting does not help
	KindTooLong      Kind = "too long"     // the request does not fit the model's window or the vendor's limit
	KindTruncated    Kind = "truncated"    // the reply was cut by its bound on length
	KindCut          Kind = "cut"          // the stream ended before the reply did
	KindRefused      Kind = "refused"      // the model or the vendor's safety rules declined
	KindInvalid      Kind = "invalid"      // the vendor does not take the request: no such model, a parameter it does not know
	KindBadReply     Kind = "bad reply"    // what came is no reply in the vendor's own form
	KindBudget       Kind = "budget"       // the next request would have gone over the budget; none was sent
)

// Error is a request that went wrong.
type Error struct {
	Kind Kind
	// Vendor and Model say whose it is.
	Vendor, Model string
	// Status is the HTTP status; 0 where there was none.
	Status int
	// RetryAfter is how long the vendor asked to wait; 0 where it did not.
	RetryAfter time.Duration
	// Message is the vendor's own, without the key: foreign text, bounded.
	Message string
	// Err is the cause; nil where Message is all that is known. It is never shown.
	Err error
}

// Error returns a sentence that says what happened, to what, and what to do.
func (e *Error) Error() string {
	s := fmt.Sprintf("%s %s: %s", e.Vendor, e.Model, e.Kind)
	if e.Status != 0 {
		s += fmt.Sprintf(" (HTTP %d)", e.Status)
	}
	if e.Message != "" {
		s += ": " + e.Message
	}
	if a := advice[e.Kind]; a != "" {
		s += "; " + a
	}
	return s
}

// advice is what to do next.
var advice = map[Kind]string{
	KindRateLimited:  "try again later, or with fewer reviewers at once",
	KindOverloaded:   "try again later",
	KindUnavailable:  "try again later; check the base URL and the network",
	KindUnauthorized: "check the key and that it may use this model",
	KindQuota:        "check the account's plan and balance",
	KindTooLong:      "review fewer files at once, or take a model with a larger window",
	KindTruncated:    "allow a longer output",
	KindCut:          "try again",
	KindRefused:      "another model may take it",
	KindInvalid:      "check the name of the model and the settings",
	KindBudget:       "raise the budget, or review fewer files",
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// FailureKind makes the kind of the error the kind of the review's failure.
func (e *Error) FailureKind() deepreview.FailureKind { return deepreview.FailureKind(e.Kind) }

// Passing reports whether the same request may well succeed a little later.
func (e *Error) Passing() bool {
	switch e.Kind {
	case KindRateLimited, KindOverloaded, KindUnavailable, KindCut:
		return true
	}
	return false
}
