package agents_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents"
)

// scripted is a model that gives replies out of a script and keeps what it was asked.
type scripted struct {
	info agents.Info
	// reply answers the nth request of its conversation, counted from 1.
	reply func(n int, req *agents.Request) (*agents.Reply, error)

	mu       sync.Mutex
	requests []*agents.Request
}

func (s *scripted) Info() agents.Info {
	info := s.info
	if info.Vendor == "" {
		info.Vendor, info.Model, info.Tools = "acme", "acme-1", true
	}
	return info
}

func (s *scripted) Generate(ctx context.Context, req *agents.Request) (*agents.Reply, error) {
	s.mu.Lock()
	own := *req
	s.requests = append(s.requests, &own)
	s.mu.Unlock()
	n := 1
	for _, t := range req.Turns {
		if t.Role == agents.RoleModel {
			n++
		}
	}
	reply, err := s.reply(n, req)
	if reply != nil && reply.Usage.Requests == 0 {
		reply.Usage = deepreview.Usage{Requests: 1, TokensIn: 100, TokensOut: 10}
	}
	return reply, err
}

// calls makes a reply that calls tools: pairs of a name and arguments.
func calls(pairs ...string) *agents.Reply {
	r := &agents.Reply{Stop: agents.StopCalls, Turn: agents.Turn{Role: agents.RoleModel}}
	for i := 0; i < len(pairs); i += 2 {
		r.Turn.Calls = append(r.Turn.Calls, agents.Call{ID: fmt.Sprint("call", i/2), Name: pairs[i], Args: json.RawMessage(pairs[i+1])})
	}
	return r
}

// answers makes a reply with a final answer.
func answers(answer any) *agents.Reply {
	b, err := json.Marshal(answer)
	if err != nil {
		panic(err)
	}
	return &agents.Reply{Stop: agents.StopDone, Answer: b, Turn: agents.Turn{Role: agents.RoleModel, Text: string(b)}}
}

// review is a whole answer, with what set changes.
func review(set func(map[string]any)) map[string]any {
	a := map[string]any{
		"summary": "It adds a store.", "verdict": "approve", "findings": []any{}, "observations": []any{}, "tested": []any{}, "untested": []any{},
		"documentation": []any{}, "commits": []any{}, "limitations": []any{},
		"coverage": []any{map[string]any{"path": "store.go", "status": "clean", "reason": ""}},
	}
	if set != nil {
		set(a)
	}
	return a
}

// found is a finding of an answer.
func found(title string, line int, set func(map[string]any)) map[string]any {
	f := map[string]any{
		"title": title, "severity": "important", "category": "gap", "topic": "correctness", "detail": "It happens.", "impact": "Users.",
		"locations": []any{map[string]any{"path": "store.go", "start": line, "end": 0}}, "quote": "", "confidence": 0.8, "fix": "", "edits": []any{},
	}
	if set != nil {
		set(f)
	}
	return f
}

const storeGo = `package store

import "os"

// Save writes data to the file name.
func Save(name string, data []byte) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	f.Write(data)
	return f.Close()
}
`

// storeChange adds store.go to a small repository.
func storeChange(t testing.TB) *deepreview.Change {
	t.Helper()
	c := change(t, map[string]string{"store.go": storeGo})
	c.Tree = fstest.MapFS{
		"store.go":       {Data: []byte(storeGo)},
		"main.go":        {Data: []byte("package main\n\nfunc main() {\n\t_ = store.Save(\"x\", nil)\n}\n")},
		"docs/readme.md": {Data: []byte("# Store\n")},
		"logo.png":       {Data: []byte("\x89PNG\x00\x00")},
		"link":           {Data: []byte("/etc/passwd"), Mode: fs.ModeSymlink | 0o777},
		"etc":            {Data: []byte("/etc"), Mode: fs.ModeSymlink | 0o777},
	}
	c.BaseTree = fstest.MapFS{"main.go": {Data: []byte("package main\n\nfunc main() {}\n")}}
	return c
}

// change is a change that adds files.
func change(t testing.TB, files map[string]string) *deepreview.Change {
	t.Helper()
	var b strings.Builder
	for name, text := range files {
		lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		fmt.Fprintf(&b, "diff --git a/%s b/%s\nnew file mode 100644\nindex 0000000..1111111\n--- /dev/null\n+++ b/%s\n@@ -0,0 +1,%d @@\n", name, name, name, len(lines))
		for _, line := range lines {
			fmt.Fprintf(&b, "+%s\n", line)
		}
	}
	c, err := deepreview.ParseDiff(strings.NewReader(b.String()))
	require.NoError(t, err)
	return c
}

// run has one reviewer review c, as a program would.
func run(t testing.TB, c *deepreview.Change, l *agents.LLM) *deepreview.Review {
	t.Helper()
	reviews, err := deepreview.Run(t.Context(), c, []deepreview.Reviewer{l}, nil)
	require.NoError(t, err)
	return reviews[0]
}

func fsOf(files map[string]string) fs.FS {
	tree := fstest.MapFS{}
	for name, text := range files {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return tree
}

func sorted(coverage []deepreview.Coverage) []deepreview.Coverage {
	out := slices.Clone(coverage)
	slices.SortFunc(out, func(a, b deepreview.Coverage) int { return strings.Compare(a.Path, b.Path) })
	return out
}
