package agents_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents"
)

// canned is a model of one's own: two methods. It finds the same thing in every change.
type canned struct{}

func (canned) Info() agents.Info { return agents.Info{Vendor: "acme", Model: "canned-1"} }

func (canned) Generate(_ context.Context, req *agents.Request) (*agents.Reply, error) {
	answer := `{"summary":"It says hello.","findings":[{"title":"Nobody is greeted by name","severity":"suggestion","category":"enhancement",
		"topic":"style","detail":"","impact":"","locations":[{"path":"hello.txt","start":1,"end":0}],"quote":"hello","confidence":0.5,"fix":"","edits":[]}],
		"observations":[],"tested":[],"untested":[],"documentation":[],"commits":[],"limitations":[],
		"coverage":[{"path":"hello.txt","status":"findings","reason":""}],"verdict":"fine"}`
	return &agents.Reply{
		Answer: json.RawMessage(answer), Stop: agents.StopDone, Turn: agents.Turn{Role: agents.RoleModel, Text: answer}, Usage: deepreview.Usage{Requests: 1},
	}, nil
}

// Any model is a reviewer: the prompts, the tools, the check of the answer and the coverage are LLM's.
func ExampleLLM() {
	c, err := deepreview.ParseDiff(strings.NewReader("--- /dev/null\n+++ b/hello.txt\n@@ -0,0 +1 @@\n+hello\n"))
	if err != nil {
		panic(err)
	}
	reviews, err := deepreview.Run(context.Background(), c, []deepreview.Reviewer{&agents.LLM{Model: canned{}}}, nil)
	if err != nil {
		panic(err)
	}
	for _, f := range reviews[0].Findings {
		fmt.Println(f.Severity, f.Locations[0], f.Title)
	}
	fmt.Println(reviews[0].Coverage[0].Path, "read:", reviews[0].Coverage[0].Read())
	// Output:
	// suggestion hello.txt:1 Nobody is greeted by name
	// hello.txt read: true
}

// A purse is shared by all models of a run. It refuses the next request once a bound is reached.
func ExamplePurse() {
	purse := agents.NewPurse(agents.Budget{Requests: 1})
	m := purse.Model(canned{}, agents.Price{In: 3, Cached: 0.3, Out: 15})
	for range 2 {
		_, err := m.Generate(context.Background(), &agents.Request{})
		fmt.Println(err)
	}
	// Output:
	// <nil>
	// acme canned-1: budget: 1 of 1 requests were sent; raise the budget, or review fewer files
}
