package github

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	gh "github.com/google/go-github/v93/github"
)

// Client talks to one GitHub. The zero value is github.com without a token, which can load what is public, threads aside. It is safe for
// concurrent use.
type Client struct {
	// BaseURL is the root of the REST API; empty means https://api.github.com/, and see [APIURL] for others. It is https, but for
	// a server on this machine: a token goes over no open line.
	BaseURL string
	// Token is sent to BaseURL's host with each request; empty sends none.
	Token string
	// Transport sends the requests; nil means [http.DefaultTransport]. It is given requests with the token in them.
	Transport http.RoundTripper
	// MaxWait bounds how long one request waits, all in all, where GitHub asks to wait; 0 means two minutes, below zero is
	// not at all. Beyond it there is an ErrRateLimit.
	MaxWait time.Duration
	// Timeout bounds one request, waits aside; 0 means two minutes.
	Timeout time.Duration
}

// session is what one call of Load or Post works with.
type session struct {
	ctx     context.Context
	rest    *gh.Client
	http    *http.Client
	graphql string
	token   string
	ref     Ref // with the repository's name as GitHub has it, after [session.pull]
}

func (c *Client) session(ctx context.Context, ref Ref) (*session, error) {
	base, err := c.baseURL()
	if err != nil {
		return nil, err
	}
	switch {
	case ref.Number < 1:
		return nil, fmt.Errorf("%w: its number is %d", ErrRef, ref.Number)
	case ref.Owner == "":
		return nil, fmt.Errorf("%w: #%d of which repository? Write owner/name#%d", ErrRef, ref.Number, ref.Number)
	case !validRepository(ref.Owner, ref.Name):
		return nil, fmt.Errorf("%w: %q is no name of a repository", ErrRef, ref.Owner+"/"+ref.Name)
	case ref.Host != "" && ref.Host != webHost(base):
		return nil, fmt.Errorf("%w: the pull request is on %s, and the token is for %s", ErrURL, ref.Host, webHost(base))
	}
	t := &transport{next: c.Transport, base: base, token: c.Token,
		maxWait: cmp.Or(c.MaxWait, 2*time.Minute), timeout: cmp.Or(c.Timeout, 2*time.Minute)}
	if t.next == nil {
		t.next = http.DefaultTransport
	}
	client := &http.Client{Transport: t, CheckRedirect: t.redirect}
	root := base.String()
	// The transport waits for limits itself; go-github would refuse requests by what it remembers.
	rest, err := gh.NewClient(gh.WithHTTPClient(client), gh.WithURLs(&root, nil), gh.WithUserAgent("deepreview"),
		gh.WithDisableRateLimitCheck())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrURL, err)
	}
	graphql := *base
	if p, ok := strings.CutSuffix(base.Path, "/api/v3/"); ok {
		graphql.Path = p + "/api/graphql"
	} else {
		graphql.Path += "graphql"
	}
	return &session{ctx: ctx, rest: rest, http: client, graphql: graphql.String(), token: c.Token, ref: ref}, nil
}

func (c *Client) baseURL() (*url.URL, error) {
	refuse := func(why string) (*url.URL, error) {
		return nil, fmt.Errorf("%w: it %s; %s is github.com's, https://HOST/api/v3/ that of GitHub Enterprise Server", ErrURL, why, defaultURL)
	}
	u, err := url.Parse(cmp.Or(c.BaseURL, defaultURL))
	switch {
	case err != nil:
		return refuse("is no URL")
	case u.User != nil:
		return refuse("has a name or a password in it")
	case u.Scheme != "https" && u.Scheme != "http", u.Host == "":
		return refuse("does not begin with https:// and a host")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return refuse("is http, over which a token can be read")
	case u.RawQuery != "" || u.Fragment != "":
		return refuse("has a query or a fragment")
	case u.Host == "github.com":
		return refuse("is that of the pages")
	}
	if !strings.HasSuffix(u.Path, "/") {
		u.Path += "/"
	}
	return u, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// graphQLError is one entry of the errors of a GraphQL answer.
type graphQLError struct {
	Type    string `json:"type"`
	Message string `json:"message"`
	Path    []any  `json:"path"`
}

// query sends a GraphQL request and reads its data into out. Errors beside the data are errors.
func (s *session) query(doing, query string, variables map[string]any, out any) error {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	ctx := s.ctx
	if !strings.HasPrefix(query, "mutation") {
		ctx = context.WithValue(ctx, readOnly{}, true)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.graphql, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "deepreview")
	var answer struct {
		Data   json.RawMessage `json:"data"`
		Errors []graphQLError  `json:"errors"`
	}
	if _, err := s.rest.Do(req, &answer); err != nil {
		return s.wrap(doing, err)
	}
	if len(answer.Errors) > 0 {
		e := answer.Errors[0]
		f := &fault{kind: ErrRefused, message: e.Message}
		if len(e.Path) > 0 {
			f.field, _ = e.Path[0].(string)
		}
		switch e.Type {
		case "FORBIDDEN", "INSUFFICIENT_SCOPES":
			f.kind, f.status = ErrForbidden, http.StatusForbidden
		case "NOT_FOUND":
			f.kind, f.status = ErrNotFound, http.StatusNotFound
		case "RATE_LIMITED", "RATE_LIMIT":
			f = rateFault(e.Message, 0)
		}
		return s.wrap(doing, f)
	}
	if err := json.Unmarshal(answer.Data, out); err != nil {
		return s.wrap(doing, errors.New("the answer is not of the form that was asked for"))
	}
	return nil
}

// pull reads the pull request, and takes over what its repository is called now.
func (s *session) pull() (*gh.PullRequest, error) {
	p, _, err := s.rest.PullRequests.Get(s.ctx, s.ref.Owner, s.ref.Name, s.ref.Number)
	if err != nil {
		return nil, s.wrap("reading pull request "+s.ref.String(), err)
	}
	if owner, name, ok := strings.Cut(p.GetBase().GetRepo().GetFullName(), "/"); ok && validRepository(owner, name) {
		s.ref.Owner, s.ref.Name = owner, name
	}
	if !objectID(p.GetHead().GetSHA()) || !objectID(p.GetBase().GetSHA()) {
		return nil, s.wrap("reading pull request "+s.ref.String(), errors.New("the answer names no commits"))
	}
	return p, nil
}

// objectID reports whether id is a full object id.
func objectID(id string) bool {
	return (len(id) == 40 || len(id) == 64) && strings.Trim(id, "0123456789abcdef") == ""
}
