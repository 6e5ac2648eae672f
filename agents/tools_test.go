package agents_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents"
)

// ask has a model make calls about c and returns what it was answered.
func ask(t testing.TB, c *deepreview.Change, pairs ...string) []agents.Result {
	t.Helper()
	var out []agents.Result
	m := &scripted{reply: func(n int, req *agents.Request) (*agents.Reply, error) {
		if n == 1 {
			return calls(pairs...), nil
		}
		out = req.Turns[2].Results
		return answers(review(nil)), nil
	}}
	run(t, c, &agents.LLM{Model: m})
	require.Len(t, out, len(pairs)/2)
	return out
}

func TestEachToolAnswersFromTheChangeAlone(t *testing.T) {
	c := storeChange(t)
	c.Blame = func(_ context.Context, path string, start, end int) ([]deepreview.BlameLine, error) {
		if path != "store.go" {
			return nil, errors.New("no such file")
		}
		return []deepreview.BlameLine{{Line: start, Text: "func Save", Commit: "0123456789abcdef", Author: "Ann", Date: time.Unix(0, 0).UTC(), InChange: true}}, nil
	}
	c.Log = func(_ context.Context, path string, n int) ([]deepreview.Commit, error) {
		return []deepreview.Commit{{ID: "0123456789abcdef", Subject: fmt.Sprintf("of %s, %d", path, n), Author: "Ann"}}, nil
	}
	for _, test := range []struct{ name, tool, args, says string }{
		{"a file", "read_file", `{"path":"store.go","start":6,"end":7}`, "store.go, lines 6 to 7 of 13:\n     6\tfunc Save(name string, data []byte) error {\n     7\t\tf, err := os.Create(name)\n"},
		{"a file to its end", "read_file", `{"path":"./store.go","start":13,"end":0}`, "lines 13 to 13 of 13"},
		{"lines written as text", "read_file", `{"path":"store.go","start":"6","end":"6.0"}`, "lines 6 to 6"},
		{"a folder's files", "list_files", `{"dir":".","pattern":""}`, "docs/\nlogo.png\nmain.go\nstore.go\n"},
		{"files by a pattern", "list_files", `{"dir":"","pattern":"*.md"}`, "docs/readme.md\n"},
		{"a search", "search", `{"pattern":"Sa[v]e\\(","files":"*.go"}`, "main.go:4: _ = store.Save(\"x\", nil)\nstore.go:6: func Save(name string, data []byte) error {\n"},
		{"a search below a folder", "search", `{"pattern":"Store","files":"docs/"}`, "docs/readme.md:1: # Store\n"},
		{"a search for nothing there", "search", `{"pattern":"zebra","files":""}`, "No line matches"},
		{"a symbol", "find_symbol", `{"name":"Save"}`, "store.go:6: declared: func Save"},
		{"a symbol nobody has", "find_symbol", `{"name":"Zebra"}`, "stands in none of"},
		{"the file before", "show_base", `{"path":"main.go","start":0,"end":0}`, "     3\tfunc main() {}\n"},
		{"a diff", "diff_file", `{"path":"store.go"}`, "            6 +\tfunc Save"},
		{"blame", "blame", `{"path":"store.go","start":6,"end":6}`, "     6\t01234567 1970-01-01 (in this change) Ann\tfunc Save"},
		{"the log", "log", `{"path":"store.go","count":500}`, "0123456 0001-01-01 Ann: of store.go, 30"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := ask(t, c, test.tool, test.args)[0]
			assert.False(t, r.Failed, r.Text)
			assert.Contains(t, r.Text, test.says)
		})
	}
}

func TestAToolSaysWhatIsWrongWithACall(t *testing.T) {
	c := storeChange(t)
	for _, test := range []struct{ tool, args, says string }{
		{"read_file", `{"path":"../secret","start":0,"end":0}`, "no path inside the repository"},
		{"read_file", `{"path":"/etc/passwd","start":0,"end":0}`, "no path inside the repository"},
		{"read_file", `{"path":"docs/../../x","start":0,"end":0}`, "no path inside the repository"},
		{"read_file", `{"path":"C:\\Windows\\x","start":0,"end":0}`, "there is no file"},
		{"read_file", `{"path":".git/config","start":0,"end":0}`, "there is no file"},
		{"read_file", `{"path":"readme.md","start":0,"end":0}`, "did you mean docs/readme.md?"},
		{"read_file", `{"path":"docs","start":0,"end":0}`, "is a folder"},
		{"read_file", `{"path":"link","start":0,"end":0}`, "symbolic link"},
		{"read_file", `{"path":"etc/passwd","start":0,"end":0}`, "symbolic link"},
		{"read_file", `{"path":"logo.png","start":0,"end":0}`, "binary"},
		{"read_file", `{"path":"store.go","start":99,"end":0}`, "there is no line 99"},
		{"read_file", `{"path":"store.go","start":9,"end":3}`, "no range"},
		{"read_file", `{"path":7}`, "path is a number"},
		{"read_file", `{"path":"store.go","start":"soon"}`, "no whole number"},
		{"read_file", `[]`, "no JSON object"},
		{"read_file", `{"path":`, "no JSON object"},
		{"read_file", `{"path":"` + strings.Repeat("x", 20_000) + `"}`, "at most 16384"},
		{"list_files", `{"dir":"../","pattern":""}`, "no folder inside"},
		{"list_files", `{"dir":"nowhere","pattern":""}`, "nothing in nowhere"},
		{"list_files", `{"dir":".","pattern":"[a"}`, "no pattern"},
		{"search", `{"pattern":"(?=x)","files":""}`, "no RE2 expression"},
		{"search", `{"pattern":"","files":""}`, "empty"},
		{"search", `{"pattern":"` + strings.Repeat("x", 2000) + `","files":""}`, "longer than 1000"},
		{"find_symbol", `{"name":"(*Store).Close"}`, "is no name"},
		{"diff_file", `{"path":"main.go"}`, "none of the 1 changed files"},
		{"show_base", `{"path":"store.go","start":0,"end":0}`, "there is no file"},
		{"blame", `{"path":"store.go","start":1,"end":1}`, "there is no tool"},
		{"bash", `{"command":"id"}`, "there is no tool"},
	} {
		t.Run(test.tool+" "+test.args[:min(40, len(test.args))], func(t *testing.T) {
			r := ask(t, c, test.tool, test.args)[0]
			assert.True(t, r.Failed, r.Text)
			assert.Contains(t, r.Text, test.says)
		})
	}
}

// TestNoLinkLeadsOutOfATreeOnDisk uses the tree that a program would make of a folder, which follows links by itself.
func TestNoLinkLeadsOutOfATreeOnDisk(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(outside, "canary"), []byte("the canary sings\n"), 0o666))
	if err := os.Symlink(filepath.Join(outside, "canary"), filepath.Join(dir, "file")); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, "folder")))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "store.go"), []byte(storeGo), 0o666))
	c := storeChange(t)
	c.Tree, c.BaseTree = os.DirFS(dir), os.DirFS(dir)
	for _, r := range ask(t, c,
		"read_file", `{"path":"file","start":0,"end":0}`, "read_file", `{"path":"folder/canary","start":0,"end":0}`,
		"show_base", `{"path":"file","start":0,"end":0}`, "search", `{"pattern":"canary","files":""}`,
		"find_symbol", `{"name":"canary"}`, "list_files", `{"dir":"folder","pattern":""}`, "list_files", `{"dir":".","pattern":"canary"}`) {
		assert.NotContains(t, r.Text, "sings")
		assert.NotContains(t, r.Text, "canary\n")
	}
}

func TestResultsAreBounded(t *testing.T) {
	long := strings.Repeat("x", 5000) + "\n"
	many := fstest.MapFS{"big.txt": {Data: []byte(strings.Repeat(long, 300))}, "huge.bin": {Data: make([]byte, 3<<20)}}
	for i := range 3000 {
		many[fmt.Sprintf("dir/f%04d.txt", i)] = &fstest.MapFile{Data: []byte("xx\n")}
	}
	c := storeChange(t)
	c.Tree = many
	for _, r := range ask(t, c,
		"read_file", `{"path":"big.txt","start":0,"end":0}`, "search", `{"pattern":"x","files":""}`, "list_files", `{"dir":"dir","pattern":""}`,
		"find_symbol", `{"name":"xx"}`) {
		assert.False(t, r.Failed, r.Text)
		assert.Less(t, len(r.Text), 40<<10)
		assert.Regexp(t, "more|cut here", r.Text)
	}
	assert.Contains(t, ask(t, c, "read_file", `{"path":"huge.bin","start":0,"end":0}`)[0].Text, "are not read")
}

// counting counts what is opened in a tree.
type counting struct {
	fs.FS
	opened map[string]int
}

func (c counting) Open(name string) (fs.File, error) {
	c.opened[name]++
	return c.FS.Open(name)
}

func TestTheSameCallTwiceIsAnsweredFromMemory(t *testing.T) {
	c := storeChange(t)
	tree := counting{c.Tree, map[string]int{}}
	c.Tree = tree
	m := &scripted{reply: func(n int, req *agents.Request) (*agents.Reply, error) {
		if n < 4 {
			return calls("read_file", `{"path":"docs/readme.md",`+strings.Repeat(" ", n)+`"start":0,"end":0}`), nil
		}
		return answers(review(nil)), nil
	}}
	run(t, c, &agents.LLM{Model: m})
	once := tree.opened["docs/readme.md"]
	assert.Positive(t, once)
	assert.LessOrEqual(t, once, 2, "a look at what it is, and a reading")
}

func TestATreeThatPanicsCostsOneAnswer(t *testing.T) {
	c := storeChange(t)
	c.Log = func(context.Context, string, int) ([]deepreview.Commit, error) { panic("oh") }
	r := ask(t, c, "log", `{"path":"store.go","count":1}`)[0]
	assert.True(t, r.Failed)
	assert.Contains(t, r.Text, "panicked: oh")
}
