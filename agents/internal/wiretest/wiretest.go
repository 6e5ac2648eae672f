// Package wiretest is a model server on loopback for tests: it plays responses out of a script, over real HTTP, and keeps
// the requests as they came.
package wiretest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// Response is one response of a script. The zero value is an empty 200.
type Response struct {
	Status int
	Header map[string]string
	// Body is sent as it is; Events instead, one by one, as a stream of server-sent events: each a whole "event: …\ndata: …" or
	// "data: …" without the blank line that ends it.
	Body   string
	Events []string
	// Pause is between events. Cut closes the connection after the last of them, without the end of the HTTP body. Hang
	// keeps it open until the client is gone.
	Pause time.Duration
	Cut   bool
	Hang  bool
}

// Request is what a client sent.
type Request struct {
	Method, Path string
	Header       http.Header
	Body         []byte
}

// Server plays a script.
type Server struct {
	URL string

	respond func(Request) Response

	mu       sync.Mutex
	script   []Response
	requests []Request
}

// New starts a server that plays the responses one after the other and the last of them again and again. It ends with the test.
func New(t testing.TB, script ...Response) *Server {
	t.Helper()
	s := &Server{script: script}
	server := httptest.NewServer(s)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	s.URL = server.URL
	return s
}

// NewFunc is like [New], with a response chosen by each request.
func NewFunc(t testing.TB, respond func(Request) Response) *Server {
	t.Helper()
	s := New(t)
	s.respond = respond
	return s
}

// Requests returns what came so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.requests = append(s.requests, Request{r.Method, r.URL.RequestURI(), r.Header.Clone(), body})
	var resp Response
	if n := len(s.script); n > 0 {
		resp = s.script[min(len(s.requests), n)-1]
	}
	came := s.requests[len(s.requests)-1]
	s.mu.Unlock()
	if s.respond != nil {
		resp = s.respond(came)
	}

	if resp.Events != nil {
		w.Header().Set("Content-Type", "text/event-stream")
	} else {
		w.Header().Set("Content-Type", "application/json")
	}
	for k, v := range resp.Header {
		w.Header().Set(k, v)
	}
	if resp.Cut {
		w.Header().Set("Content-Length", "1000000") // the client knows then that the body is not whole
	}
	status := resp.Status
	if status == 0 {
		status = http.StatusOK
	}
	w.WriteHeader(status)
	flusher, _ := w.(http.Flusher)
	io.WriteString(w, resp.Body)
	for _, e := range resp.Events {
		fmt.Fprintf(w, "%s\n\n", e)
		flusher.Flush()
		select {
		case <-time.After(resp.Pause):
		case <-r.Context().Done():
			return
		}
	}
	switch {
	case resp.Hang:
		flusher.Flush()
		<-r.Context().Done()
	case resp.Cut:
		flusher.Flush()
		panic(http.ErrAbortHandler)
	}
}
