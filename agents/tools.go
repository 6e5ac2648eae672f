package agents

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/internal/redact"
)

// Bounds of what a tool returns, so that no file and no question can flood a conversation.
const (
	maxResult     = 32 << 10 // bytes of one result
	maxLine       = 500      // bytes of one line in a result
	maxReadLines  = 400      // lines of one read_file or show_base
	maxListed     = 400      // names of one list_files
	maxMatches    = 100      // lines of one search or find_symbol
	maxBlameLines = 200
	maxLog        = 30
	maxArgs       = 16 << 10 // bytes of the arguments of one call
)

// toolbox answers a model's calls over one change: its trees, its blame and its log, never the disk and never the
// network. It is one conversation's and knows what was handed out there; what it stands on is shared by all of them. It is safe
// for concurrent use.
type toolbox struct {
	*ground

	handing sync.Mutex
	// given are the files at head whose text or diff was handed out.
	given map[string]bool
}

// ground is what the toolboxes of a change share.
type ground struct {
	change *deepreview.Change
	tools  []boundTool

	mu   sync.Mutex
	memo map[string]memo
	// masked counts the likely secrets masked.
	masked int

	head, base index
}

// memo is the outcome of a call, kept because models ask the same thing again.
type memo struct {
	text   string
	failed bool
	// given are the files that it hands out.
	given []string
}

// boundTool is a tool with what answers it.
type boundTool struct {
	Tool
	// there reports whether the change has what the tool stands on.
	there func(c *deepreview.Change) bool
	call  func(t *toolbox, ctx context.Context, args json.RawMessage) (string, error)
}

// newToolbox offers the tools that the change has the ground for.
func newToolbox(c *deepreview.Change) *toolbox {
	t := &toolbox{
		ground: &ground{change: c, memo: map[string]memo{}, head: index{tree: c.Tree}, base: index{tree: c.BaseTree}},
		given:  map[string]bool{},
	}
	for _, tool := range allTools() {
		if tool.there(c) {
			t.tools = append(t.tools, tool)
		}
	}
	return t
}

// another is the toolbox of another conversation about the same change.
func (t *toolbox) another() *toolbox { return &toolbox{ground: t.ground, given: map[string]bool{}} }

// offered are the tools as a model sees them, always in the same order.
func (t *toolbox) offered() []Tool {
	out := make([]Tool, len(t.tools))
	for i, tool := range t.tools {
		out[i] = tool.Tool
	}
	return out
}

// answer answers one call. A mistake of the model's is a result that says so, never an error of ours; the same call twice is
// answered from memory.
func (t *toolbox) answer(ctx context.Context, c Call) Result {
	r := Result{Call: c.ID, Name: c.Name}
	key := c.Name + "\x00" + compactJSON(c.Args)
	t.mu.Lock()
	m, again := t.memo[key]
	t.mu.Unlock()
	if !again {
		once := t.another() // which sees what this call alone hands out
		text, err := once.run(ctx, c)
		masked := 0
		if err != nil {
			m = memo{text: err.Error(), failed: true}
		} else {
			text, masked = redact.Mask(text)
			m = memo{text: text, given: slices.Sorted(maps.Keys(once.given))}
		}
		t.mu.Lock()
		if _, meanwhile := t.memo[key]; !meanwhile && ctx.Err() == nil {
			t.memo[key] = m
			t.masked += masked
		}
		t.mu.Unlock()
	}
	for _, name := range m.given {
		t.give(name)
	}
	r.Text, r.Failed = m.text, m.failed
	return r
}

func (t *toolbox) run(ctx context.Context, c Call) (text string, err error) {
	defer func() {
		// The trees and funcs of a change are anybody's code, and tools are called from goroutines of ours.
		if p := recover(); p != nil {
			text, err = "", panicError{fmt.Sprintf("the tool panicked: %v", p)}
		}
	}()
	if len(c.Args) > maxArgs {
		return "", fmt.Errorf("the arguments have %d bytes; at most %d are taken", len(c.Args), maxArgs)
	}
	var names []string
	for _, tool := range t.tools {
		if tool.Name == c.Name {
			return tool.call(t, ctx, c.Args)
		}
		names = append(names, tool.Name)
	}
	return "", fmt.Errorf("there is no tool %.80q; there are: %s", c.Name, strings.Join(names, ", "))
}

// mask takes likely secrets out of what goes to a vendor, and counts them.
func (t *toolbox) mask(text string) string {
	masked, n := redact.Mask(text)
	t.countMasked(n)
	return masked
}

// give notes that a changed file was handed out.
func (t *toolbox) give(path string) {
	t.handing.Lock()
	t.given[path] = true
	t.handing.Unlock()
}

// wasGiven reports whether the file's text or diff was handed out.
func (t *toolbox) wasGiven(path string) bool {
	t.handing.Lock()
	defer t.handing.Unlock()
	return t.given[path]
}

// compactJSON makes calls that differ in white space alone the same.
func compactJSON(args json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, args) != nil {
		return string(args)
	}
	return b.String()
}

// decodeArgs reads a call's arguments. It takes what is left out for zero, and refuses what is no object.
func decodeArgs[T any](args json.RawMessage) (T, error) {
	var v T
	if len(bytes.TrimSpace(args)) == 0 {
		args = json.RawMessage("{}")
	}
	if err := json.Unmarshal(args, &v); err != nil {
		var typ *json.UnmarshalTypeError
		var syntax *json.SyntaxError
		switch {
		case errors.As(err, &typ) && typ.Field != "":
			return v, fmt.Errorf("argument %s is a %s and has to be a %s", typ.Field, typ.Value, typ.Type)
		case errors.As(err, &typ), errors.As(err, &syntax):
			return v, errors.New("the arguments are no JSON object")
		}
		return v, err
	}
	return v, nil
}

// numbered writes lines with their numbers, from first on, and says where it had to stop.
func numbered(b *strings.Builder, lines []string, first int) {
	for i, line := range lines {
		if b.Len() > maxResult {
			fmt.Fprintf(b, "… cut here, before line %d; ask for it by its number\n", first+i)
			return
		}
		fmt.Fprintf(b, "%6d\t%s\n", first+i, clip(line))
	}
}

// clip shortens one line to what anybody reads.
func clip(line string) string {
	line = strings.TrimSuffix(line, "\r")
	if len(line) <= maxLine {
		return line
	}
	return strings.ToValidUTF8(line[:maxLine], "") + fmt.Sprintf("… (%d more bytes)", len(line)-maxLine)
}

func (t *toolbox) countMasked(n int) {
	t.mu.Lock()
	t.masked += n
	t.mu.Unlock()
}

func (t *toolbox) maskedCount() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.masked
}
