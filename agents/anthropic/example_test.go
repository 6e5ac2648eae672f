package anthropic_test

import (
	"fmt"

	"github.com/deepreview-go/deepreview/agents"
	"github.com/deepreview-go/deepreview/agents/anthropic"
)

func Example() {
	reviewer := &agents.LLM{Model: &anthropic.Model{Name: "claude-opus-4-6", Key: "…"}, Effort: agents.EffortHigh}
	fmt.Println(reviewer.Name(), reviewer.Model.Info().Model)
	// Output: anthropic claude-opus-4-6
}
