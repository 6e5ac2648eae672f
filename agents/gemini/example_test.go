package gemini_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/deepreview-go/deepreview/agents"
	"github.com/deepreview-go/deepreview/agents/gemini"
)

// A model at a base URL of one's own. Here a stand-in answers for the vendor.
func Example() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `data: {"candidates":[{"content":{"parts":[{"text":"Nothing to report."}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":4}}`+"\n\n")
	}))
	defer server.Close()

	m := &gemini.Model{Name: "gemini-3.1-pro-preview", Key: "a key", BaseURL: server.URL}
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
