//go:build unix

package command

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents"
)

var update = flag.Bool("update", false, "write review.schema.json anew")

func TestTheSchemaBesideTheDocumentationIsTheOneThatIsUsed(t *testing.T) {
	q, err := agents.NewQuestion(&deepreview.Change{Files: []*deepreview.File{{Path: "a", Status: deepreview.FileModified}}}, nil)
	require.NoError(t, err)
	var want bytes.Buffer
	require.NoError(t, json.Indent(&want, q.Schema, "", "  "))
	want.WriteByte('\n')
	const name = "review.schema.json"
	if *update {
		require.NoError(t, os.WriteFile(name, want.Bytes(), 0o644))
	}
	got, err := os.ReadFile(name)
	require.NoError(t, err)
	assert.Equal(t, want.String(), string(got), "run the test with -update")
}

// FuzzRead reads whatever agents may print: there is an answer or an error, and no error is without a kind.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"type":"result","subtype":"success","is_error":true,"api_error_status":429,"result":"Rate limited"}`), []byte(""), 1)
	f.Add([]byte("{\"type\":\"turn.started\"}\n{\"type\":\"turn.failed\",\"error\":{\"message\":\"status: 500\"}}\n"), []byte("x"), 1)
	f.Add([]byte("{\"type\":\"item.completed\",\"item\":{\"type\":\"agent_message\",\"text\":\"a\"}}\n{\"type\":\"turn.completed\"}"), []byte(""), 0)
	f.Add([]byte(`{"response":"x","stats":{"models":{"m":{"tokens":{"prompt":1}}}},"error":{"message":"safety"}}`), []byte(""), 0)
	f.Add([]byte(""), []byte("noise\n{\n  \"error\": {\"message\": \"m\", \"code\": 41}\n}\n"), 41)
	f.Add([]byte(""), []byte("\x1b[31mAttempt 1 failed with status 429. Retrying with backoff"), -1)
	f.Fuzz(func(t *testing.T, stdout, stderr []byte, exit int) {
		o := &Output{Stdout: stdout, Stderr: stderr, Exit: exit}
		for _, p := range []Profile{Claude(), Codex(), Gemini(), Exec("x")} {
			a := p.Read(o)
			if exit != 0 {
				require.Error(t, a.Err, p.Name)
			}
			if e, ok := a.Err.(*agents.Error); ok { //nolint:errorlint // it is never wrapped
				require.NotEmpty(t, e.Kind, p.Name)
				require.Less(t, len(e.Message), 4096, p.Name)
			}
		}
	})
}

func TestAWindowKeepsTheBeginningAndTheEnd(t *testing.T) {
	overs := 0
	w := &window{head: 4, tail: 4, most: 50, over: func() { overs++ }}
	for _, part := range []string{"ab", "cdef", strings.Repeat("x", 30), "yz", strings.Repeat(".", 20), "tail"} {
		n, err := w.Write([]byte(part))
		require.NoError(t, err)
		assert.Len(t, part, n)
	}
	assert.Equal(t, "abcd\n… 54 bytes left out …\ntail", string(w.bytes()))
	assert.Equal(t, 1, overs)

	w = &window{head: 4, tail: 4, most: 50}
	_, _ = w.Write([]byte("abcdefgh"))
	assert.Equal(t, "abcdefgh", string(w.bytes()))
}

func TestAFolderWithReadOnlyFoldersIsRemovedAndNoLinkFollowed(t *testing.T) {
	dir, other := filepath.Join(t.TempDir(), "x"), t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "a", "b"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a", "b", "f"), nil, 0o444))
	require.NoError(t, os.WriteFile(filepath.Join(other, "kept"), nil, 0o444))
	require.NoError(t, os.Symlink(other, filepath.Join(dir, "a", "link")))
	require.NoError(t, os.Chmod(filepath.Join(dir, "a", "b"), 0o555))
	require.NoError(t, os.Chmod(filepath.Join(dir, "a"), 0o555))
	require.NoError(t, removeAll(dir))
	assert.NoDirExists(t, dir)
	assert.FileExists(t, filepath.Join(other, "kept"))
}

func TestNamesThatConfigureAnAgentAreKnownInEverySpelling(t *testing.T) {
	for _, name := range []string{".git", ".GIT", ".git.", "GIT~1", ".claude", "Claude.md", "AGENTS.md", ".mcp.json", ".env"} {
		assert.True(t, isWithheld(name), name)
	}
	for _, name := range []string{".github", ".gitignore", "claude.go", "agents", ".env.example", "gemini"} {
		assert.False(t, isWithheld(name), name)
	}
}
