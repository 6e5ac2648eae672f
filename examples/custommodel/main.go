// Command custommodel reviews a patch on standard input with a model of one's own: here one behind an endpoint that takes
// {"system", "prompt", "schema"} and answers with the object that the schema asks for. Prompts, tools, the check of the answer and
// the coverage are agents.LLM's; Generate is all there is to write.
//
//	git diff | go run ./examples/custommodel http://127.0.0.1:8080/generate
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents"
)

// endpoint is a model behind a URL.
type endpoint struct{ url string }

// Info says that it takes no tools, so that it is given the files with the question.
func (e endpoint) Info() agents.Info { return agents.Info{Vendor: "in-house", Model: "endpoint-1"} }

// Generate asks the endpoint, with the retries that every model has.
func (e endpoint) Generate(ctx context.Context, req *agents.Request) (*agents.Reply, error) {
	prompt := req.Preamble
	for _, t := range req.Turns {
		prompt += "\n" + t.Text
	}
	question := map[string]any{"system": req.System, "prompt": prompt}
	if req.Answer != nil {
		question["schema"] = req.Answer.Schema
	}
	body, err := json.Marshal(question)
	if err != nil {
		return nil, err
	}
	return agents.Retry(ctx, agents.Attempts{}, func(ctx context.Context) (*agents.Reply, error) {
		post, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		resp, err := agents.HTTPClient().Do(post)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			return nil, agents.NewError(e.Info(), agents.KindUnavailable, err.Error(), "", err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(io.LimitReader(resp.Body, 16<<20))
		if err != nil {
			return nil, agents.NewError(e.Info(), agents.KindCut, err.Error(), "", err)
		}
		if resp.StatusCode != http.StatusOK {
			return nil, agents.NewError(e.Info(), agents.StatusKind(resp.StatusCode), string(text), "", nil)
		}
		r := &agents.Reply{Stop: agents.StopDone, Turn: agents.Turn{Role: agents.RoleModel, Text: string(text)}, Usage: deepreview.Usage{Requests: 1}}
		if req.Answer != nil && json.Valid(text) {
			r.Answer = text
		}
		return r, nil
	})
}

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "custommodel:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	if len(args) != 1 {
		return fmt.Errorf("it takes one argument, the URL of the model; %d were given", len(args))
	}
	change, err := deepreview.ParseDiff(in)
	if err != nil {
		return err
	}
	reviews, err := deepreview.Run(ctx, change, []deepreview.Reviewer{&agents.LLM{Model: endpoint{args[0]}}}, nil)
	if err != nil {
		return err
	}
	r, err := new(deepreview.Pipeline).Consolidate(ctx, change, reviews)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: %s. %s\n", r.Verdict.Kind, r.Verdict.Reason, r.Structure())
	return nil
}
