package openai_test

import (
	"fmt"

	"github.com/deepreview-go/deepreview/agents"
	"github.com/deepreview-go/deepreview/agents/openai"
)

func Example() {
	reviewer := &agents.LLM{Model: &openai.Model{Name: "gpt-5.4", Key: "…"}, Effort: agents.EffortHigh}
	fmt.Println(reviewer.Name(), reviewer.Model.Info().Model)
	// Output: openai gpt-5.4
}
