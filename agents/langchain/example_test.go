package langchain_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/tmc/langchaingo/llms/ollama"

	"github.com/deepreview-go/deepreview/agents"
	"github.com/deepreview-go/deepreview/agents/langchain"
)

// A model of a server of one's own. Here a stand-in answers for it.
func Example() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"message":{"role":"assistant","content":"Nothing to report."},"done":true,"prompt_eval_count":9,"eval_count":4}`)
	}))
	defer server.Close()

	llm, err := ollama.New(ollama.WithServerURL(server.URL), ollama.WithModel("qwen3-coder"), ollama.WithRunnerNumCtx(32768))
	if err != nil {
		fmt.Println(err)
		return
	}
	m := &langchain.Model{LLM: llm, Vendor: "ollama", Name: "qwen3-coder", Window: 32768}
	reply, err := m.Generate(context.Background(), &agents.Request{
		System: "You review code.",
		Turns:  []agents.Turn{{Role: agents.RoleUser, Text: "Review this change."}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(reply.Turn.Text, reply.Usage.TokensIn, reply.Usage.TokensOut)
	// Output: Nothing to report. 9 4
}
