// Command prompt tells what a change costs a reviewing model to read: how many requests its first reading takes, how many
// tokens are in them, and how much of that every request shares, so that a vendor's cache can keep it. No model is asked.
//
//	go run ./internal/lab/prompt -C DIR [-window 200000] RANGE...
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"sync"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents"
	"github.com/deepreview-go/deepreview/git"
)

func main() {
	dir := flag.String("C", ".", "repository")
	window := flag.Int("window", 200_000, "tokens that the model holds")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *dir, *window, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "prompt:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, dir string, window int, ranges []string) error {
	fmt.Println("| change | files | lines | requests | tokens in | of them shared |")
	fmt.Println("|---|---:|---:|---:|---:|---:|")
	for _, r := range ranges {
		c, err := git.Load(ctx, dir, r, nil)
		if err != nil {
			return err
		}
		m := &counting{window: window}
		if _, err := (&agents.LLM{Model: m}).Review(ctx, c); err != nil {
			return err
		}
		lines := 0
		for _, f := range c.Files {
			lines += f.Added + f.Deleted
		}
		fmt.Printf("| %s | %d | %d | %d | %d | %.0f%% |\n", r, len(c.Files), lines, m.requests, m.tokens, 100*float64(m.shared)/float64(m.tokens))
		if err := c.Close(); err != nil {
			return err
		}
	}
	return nil
}

// counting is a model that reads nothing and counts what it is sent. It answers at once, with an empty review.
type counting struct {
	window int

	mu                       sync.Mutex
	requests, tokens, shared int
}

// bytesPerToken is what code has with the vendors' tokenizers, about.
const bytesPerToken = 3.5

func (m *counting) Info() agents.Info {
	return agents.Info{Vendor: "none", Model: "counting", Window: m.window, MaxOutput: 32_000, Tools: true}
}

func (m *counting) Generate(_ context.Context, req *agents.Request) (*agents.Reply, error) {
	shared := len(req.System) + len(req.Preamble) + len(req.Answer.Schema)
	for _, t := range req.Tools {
		shared += len(t.Name) + len(t.Description) + len(t.Parameters)
	}
	all := shared
	for _, t := range req.Turns {
		all += len(t.Text)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(req.Turns) == 1 { // not where the answer is asked for again
		m.requests++
		m.tokens += int(float64(all) / bytesPerToken)
		m.shared += int(float64(shared) / bytesPerToken)
	}
	answer := json.RawMessage(`{"summary":"","findings":[],"observations":[],"tested":[],"untested":[],"documentation":[],"commits":[],"limitations":[],"coverage":[],"verdict":""}`)
	return &agents.Reply{Answer: answer, Stop: agents.StopDone, Turn: agents.Turn{Role: agents.RoleModel}, Usage: deepreview.Usage{Requests: 1}}, nil
}
