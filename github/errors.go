package github

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	gh "github.com/google/go-github/v93/github"
)

// What a caller can branch on. Each comes wrapped in a sentence that says to what it happened and what to do.
var (
	// ErrRef means that a text names no pull request or repository.
	ErrRef = errors.New("no pull request")
	// ErrURL means that [Client.BaseURL] is none, or belongs to another host than the pull request.
	ErrURL = errors.New("not the address of GitHub's API")
	// ErrToken means that GitHub does not accept the token at all.
	ErrToken = errors.New("the token is not accepted")
	// ErrForbidden means that the token is accepted and may not do this.
	ErrForbidden = errors.New("the token does not allow this")
	// ErrNotFound means that there is no such thing, or that the token may not see it: GitHub does not say which.
	ErrNotFound = errors.New("not found")
	// ErrClosed means that the pull request is closed or merged.
	ErrClosed = errors.New("the pull request is closed")
	// ErrTooLarge means that GitHub does not tell all of the pull request: it lists 3,000 files.
	ErrTooLarge = errors.New("too large")
	// ErrMoved means that the branch was pushed to while it was read.
	ErrMoved = errors.New("the branch moved")
	// ErrRateLimit means that GitHub wants fewer requests, and longer than [Client.MaxWait] is to be waited.
	ErrRateLimit = errors.New("GitHub's rate limit is reached")
	// ErrRefused means that GitHub does not take what was sent.
	ErrRefused = errors.New("refused by GitHub")
	// ErrUnknown means that the connection broke before GitHub answered: whether it took what was sent is not known. Post again:
	// what it took is found then.
	ErrUnknown = errors.New("no answer from GitHub")
)

// fault is an answer of GitHub that is no success.
type fault struct {
	kind    error
	status  int
	message string // GitHub's, without the token
	advice  string
	field   string // of a GraphQL answer: which part of the request it is about
}

func (f *fault) Error() string {
	s := f.kind.Error()
	if f.message != "" {
		s += fmt.Sprintf(": GitHub says %q", f.message)
	}
	if f.advice != "" {
		s += "; " + f.advice
	}
	return s
}

func (f *fault) Unwrap() error { return f.kind }

// wrap makes an error of ours of what go-github or the transport returned. Nothing of it is kept but its words: requests and
// responses hold the token.
func (s *session) wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	var f *fault
	var response *gh.ErrorResponse
	var primary *gh.RateLimitError
	var secondary *gh.AbuseRateLimitError
	var two *gh.TwoFactorAuthError
	var redirect *gh.RedirectionError
	var own *fault
	switch {
	case s.ctx.Err() != nil:
		return fmt.Errorf("%s: %w", doing, s.ctx.Err())
	case errors.As(err, &own):
		f = own
	case errors.As(err, &primary):
		f = rateFault(primary.Message, time.Until(primary.Rate.Reset.Time))
	case errors.As(err, &secondary):
		f = rateFault(secondary.Message, secondary.GetRetryAfter())
	case errors.As(err, &two):
		f = &fault{kind: ErrToken, status: http.StatusUnauthorized, message: two.Message, advice: "use a token: a password needs a second factor"}
	case errors.As(err, &redirect):
		f = &fault{kind: ErrRefused, status: redirect.StatusCode, advice: "it redirects; give the address that it redirects to"}
	case errors.As(err, &response):
		f = s.statusFault(response)
	default:
		return fmt.Errorf("%s: %w: %s", doing, ErrUnknown, s.scrub(err.Error()))
	}
	own = new(fault)
	*own = *f
	own.message = s.scrub(own.message)
	return fmt.Errorf("%s: %w", doing, own)
}

func rateFault(message string, wait time.Duration) *fault {
	f := &fault{kind: ErrRateLimit, status: http.StatusTooManyRequests, message: message, advice: "wait some minutes and run it again"}
	switch {
	case wait > 2*time.Minute:
		f.advice = fmt.Sprintf("run it again in %d minutes", int((wait+time.Minute-1)/time.Minute))
	case wait > 0:
		f.advice = fmt.Sprintf("run it again in %d seconds", int((wait+time.Second-1)/time.Second))
	}
	return f
}

func (s *session) statusFault(r *gh.ErrorResponse) *fault {
	f := &fault{kind: ErrRefused, message: r.Message}
	if r.Response != nil {
		f.status = r.Response.StatusCode
	}
	for i, e := range r.Errors {
		if i == 5 {
			f.message += " …"
			break
		}
		if e.Message != "" {
			f.message += " " + e.Message
		} else if e.Field != "" {
			f.message += fmt.Sprintf(" (%s: %s)", e.Field, e.Code)
		}
	}
	switch {
	case f.status == http.StatusUnauthorized:
		f.kind, f.advice = ErrToken, "it is wrong, expired or revoked; make a new one"
	case f.status == http.StatusForbidden && r.Response.Header.Get("X-GitHub-SSO") != "":
		f.kind, f.advice = ErrForbidden, "authorize the token for the organisation's single sign-on"
	case f.status == http.StatusTooManyRequests, f.status == http.StatusForbidden && strings.Contains(strings.ToLower(f.message), "rate limit"):
		return rateFault(r.Message, 0)
	case f.status == http.StatusForbidden:
		f.kind, f.advice = ErrForbidden, "it needs to read the repository's contents and pull requests, and to write pull requests for a post"
	case f.status == http.StatusNotFound && s.token == "":
		f.kind, f.advice = ErrNotFound, "a private repository needs a token"
	case f.status == http.StatusNotFound:
		f.kind, f.advice = ErrNotFound, "it is not there, or the token may not see it"
	case f.status >= 500:
		f.kind = ErrUnknown
	}
	return f
}

// status is the HTTP status that err tells of; 0 where it tells none.
func status(err error) int {
	var f *fault
	if errors.As(err, &f) {
		return f.status
	}
	return 0
}

// scrub takes the token out of a text that others wrote, and cuts it.
func (s *session) scrub(text string) string {
	if s.token != "" {
		text = strings.ReplaceAll(text, s.token, "‹token›")
	}
	if len(text) > 600 {
		text = strings.ToValidUTF8(text[:600], "") + " …"
	}
	return text
}
