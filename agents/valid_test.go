package agents_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview/agents"
	"github.com/deepreview-go/deepreview/agents/anthropic"
	"github.com/deepreview-go/deepreview/agents/internal/wiretest"
	"github.com/deepreview-go/deepreview/agents/openai"
	"github.com/deepreview-go/deepreview/internal/procgroup"
)

// describedBy starts a server that checks each request against a vendor's own description of its API. DEEPREVIEW_STEADY names the
// command of npm's @stdy/cli.
func describedBy(t *testing.T, description string) string {
	t.Helper()
	steady := os.Getenv("DEEPREVIEW_STEADY")
	if steady == "" {
		t.Skip("DEEPREVIEW_STEADY does not name the command of @stdy/cli: nobody checks the requests here")
	}
	packed, err := os.Open(description)
	if err != nil {
		t.Skipf("no description of the API: %v", err)
	}
	defer packed.Close()
	text, err := gzip.NewReader(packed)
	require.NoError(t, err)
	spec := filepath.Join(t.TempDir(), "spec.json")
	out, err := os.Create(spec)
	require.NoError(t, err)
	_, err = io.Copy(out, text)
	require.NoError(t, err)
	require.NoError(t, out.Close())

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	listener.Close()
	server := exec.Command(steady, "--host", "127.0.0.1", "-p", port, spec)
	procgroup.Own(server) // a command of npm's is a launcher, and its child would live on
	require.NoError(t, server.Start())
	t.Cleanup(func() {
		_ = procgroup.Kill(server.Process)
		_ = server.Wait()
	})
	require.Eventually(t, func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return err == nil
	}, time.Minute, 100*time.Millisecond, "the server listens")
	return "http://" + address
}

// moduleFile is a file of a module that the tests are built with.
func moduleFile(t *testing.T, module, name string) string {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		t.Skip("the go command is not there to find the module's files: ", err)
	}
	return filepath.Join(strings.TrimSpace(string(dir)), filepath.FromSlash(name))
}

func recordedData() string {
	if dir := os.Getenv("DEEPREVIEW_DATA"); dir != "" {
		return dir
	}
	return filepath.Join("..", "..", "shared", "data")
}

// TestRequestsAreAsTheVendorsDescribeThem has each model make the requests of a whole conversation, with tools, results, a failed one, and
// an answer asked for again, and shows every body to the vendor's own description.
func TestRequestsAreAsTheVendorsDescribeThem(t *testing.T) {
	answer, err := json.Marshal(review(nil))
	require.NoError(t, err)
	broken, err := json.Marshal(review(func(a map[string]any) { a["coverage"] = []any{} }))
	require.NoError(t, err)
	anthropicSpec := func(t *testing.T) string {
		return moduleFile(t, "github.com/anthropics/anthropic-sdk-go", "scripts/mock-spec.json.gz")
	}
	openaiSpec := func(*testing.T) string { return filepath.Join(recordedData(), "schemas", "openai.json.gz") }
	for _, test := range []struct {
		name string
		spec func(*testing.T) string
		path string
		wire string
		make func(base string) agents.Model
	}{
		{"Anthropic, adaptive thinking", anthropicSpec, "/v1/messages", "anthropic", func(base string) agents.Model {
			return &anthropic.Model{Name: "claude-test-1", Key: "k", BaseURL: base}
		}},
		{"Anthropic, a budget of thinking", anthropicSpec, "/v1/messages", "anthropic", func(base string) agents.Model {
			return &anthropic.Model{Name: "claude-test-1", Key: "k", BaseURL: base, Thinking: 2000}
		}},
		{"Anthropic, no thinking", anthropicSpec, "/v1/messages", "anthropic", func(base string) agents.Model {
			return &anthropic.Model{Name: "claude-test-1", Key: "k", BaseURL: base, Thinking: -1}
		}},
		{"OpenAI Responses", openaiSpec, "/responses", "openai responses", func(base string) agents.Model {
			return &openai.Model{Name: "gpt-test-1", Key: "k", BaseURL: base}
		}},
		{"OpenAI Chat Completions", openaiSpec, "/chat/completions", "openai chat", func(base string) agents.Model {
			return &openai.Chat{Name: "gpt-test-1", Key: "k", BaseURL: base, MaxOutput: 1000}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			judge := describedBy(t, test.spec(t))
			w := wires[test.wire]
			s := wiretest.New(t,
				wiretest.Response{Events: w.call("call_1", `{"path":"store.go","start":0,"end":0}`)},
				wiretest.Response{Events: w.call("call_2", `{"path":"nowhere.go","start":0,"end":0}`)},
				wiretest.Response{Events: w.answer(string(broken))},
				wiretest.Response{Events: w.answer(string(answer))},
			)
			rev := run(t, storeChange(t), &agents.LLM{Model: test.make(s.URL), Effort: agents.EffortMedium})
			require.Nil(t, rev.Failure)
			require.Len(t, s.Requests(), 4)
			for i, req := range s.Requests() {
				again, err := http.NewRequest(req.Method, judge+test.path, bytes.NewReader(req.Body))
				require.NoError(t, err)
				again.Header = req.Header.Clone()
				again.Header.Del("Accept-Encoding")
				again.Header.Del("Content-Length")
				resp, err := http.DefaultClient.Do(again)
				require.NoError(t, err)
				said, err := io.ReadAll(io.LimitReader(resp.Body, 2000))
				resp.Body.Close()
				require.NoError(t, err)
				assert.Less(t, resp.StatusCode, 300, "request %d: %s", i+1, said)
			}
		})
	}
}
