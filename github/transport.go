package github

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// transport adds the token, waits where GitHub asks to, and tries again what can be: what GitHub refused for its number, and
// what only reads.
type transport struct {
	next    http.RoundTripper
	base    *url.URL
	token   string
	maxWait time.Duration
	timeout time.Duration
}

// readOnly is the key of a context whose request changes nothing, though it is a POST.
type readOnly struct{}

const (
	// maxAnswer bounds the body of one answer, in bytes; GitHub's diffs end long before.
	maxAnswer = 256 << 20
	// tries bounds how often a request that failed is sent, the first time included.
	tries = 4
	// unsaid is how long to wait after a secondary limit that names no time: GitHub's documentation asks for a minute at least.
	unsaid = time.Minute
)

// RoundTrip implements [http.RoundTripper].
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	safe := req.Method == http.MethodGet || ctx.Value(readOnly{}) != nil
	left := t.maxWait
	for n := 1; ; n++ {
		resp, err := t.once(req, n)
		var wait time.Duration
		switch limited, asked := limit(resp); {
		case err != nil:
			if !safe || n == tries || ctx.Err() != nil {
				return nil, err
			}
			wait = time.Duration(n) * 500 * time.Millisecond
		case limited:
			if wait = asked; wait > left || n == tries {
				return resp, nil
			}
		case resp.StatusCode >= 500 && safe && n < tries:
			wait = time.Duration(n) * 500 * time.Millisecond
		default:
			return resp, nil
		}
		if wait > left {
			return resp, err
		}
		if resp != nil {
			resp.Body.Close()
		}
		left -= wait
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(wait):
		}
	}
}

// once sends req. Its answer's body is bounded, and so is the time until it was read.
func (t *transport) once(req *http.Request, n int) (*http.Response, error) {
	ctx, cancel := context.WithTimeoutCause(req.Context(), t.timeout, fmt.Errorf("no answer within %s", t.timeout))
	own := req.Clone(ctx)
	if n > 1 && req.Body != nil {
		body, err := req.GetBody()
		if err != nil {
			cancel()
			return nil, err
		}
		own.Body = body
	}
	own.Header.Del("Authorization")
	if t.token != "" && t.trusted(own.URL) {
		own.Header.Set("Authorization", "Bearer "+t.token)
	}
	resp, err := t.next.RoundTrip(own)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil && req.Context().Err() == nil {
			err = cause
		}
		cancel()
		return nil, err
	}
	resp.Body = &answer{io.LimitReader(resp.Body, maxAnswer), resp.Body, cancel}
	// What is handed on must not lead to the token.
	resp.Request = req
	return resp, nil
}

// answer is a body that ends its request when it is closed.
type answer struct {
	io.Reader
	body   io.Closer
	cancel context.CancelFunc
}

func (a *answer) Close() error {
	err := a.body.Close()
	a.cancel()
	return err
}

// trusted reports whether the token may go to u.
func (t *transport) trusted(u *url.URL) bool {
	return u.Scheme == t.base.Scheme && strings.EqualFold(u.Host, t.base.Host)
}

// redirect follows a redirect to where the token may go, for what only reads.
func (t *transport) redirect(req *http.Request, via []*http.Request) error {
	switch {
	case !t.trusted(req.URL):
		return &fault{kind: ErrRefused, advice: fmt.Sprintf("%s redirects to %s, where the token does not go", t.base.Host, req.URL.Host)}
	case via[0].Method != http.MethodGet:
		return http.ErrUseLastResponse // a POST would become a GET
	case len(via) > 5:
		return &fault{kind: ErrRefused, advice: "it redirects without an end"}
	}
	return nil
}

// limit reports whether resp says that there were too many requests, and how long to wait.
func limit(resp *http.Response) (limited bool, wait time.Duration) {
	if resp == nil || resp.StatusCode != http.StatusForbidden && resp.StatusCode != http.StatusTooManyRequests {
		return false, 0
	}
	if after := resp.Header.Get("Retry-After"); after != "" {
		if seconds, err := strconv.Atoi(after); err == nil {
			return true, max(0, time.Duration(min(seconds, 1<<20))*time.Second)
		}
		if at, err := http.ParseTime(after); err == nil {
			return true, max(0, time.Until(at))
		}
	}
	if resp.Header.Get("X-Ratelimit-Remaining") == "0" {
		reset, err := strconv.ParseInt(resp.Header.Get("X-Ratelimit-Reset"), 10, 64)
		if err != nil {
			return true, unsaid
		}
		// A second more: the clocks differ.
		return true, max(0, time.Until(time.Unix(reset, 0))) + time.Second
	}
	// A 403 can also be a refusal: only its words tell.
	head, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(head), resp.Body), resp.Body}
	if resp.StatusCode == http.StatusTooManyRequests || strings.Contains(strings.ToLower(string(head)), "secondary rate limit") {
		return true, unsaid
	}
	return false, 0
}
