package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
)

// oracle is a server that speaks Chat Completions. What it replies depends on the request alone, and names it, so that a kept reply
// says which request it answers.
type oracle struct {
	*httptest.Server
	mu sync.Mutex
	// asked counts requests by their name; before are the requests that a request goes on from.
	asked  map[string]int
	before map[string]bool
	// run numbers what begins with a forget. A process that was killed leaves requests in the system's buffers, which come when the next
	// one runs: the key that a request carries says whose it is.
	run int
}

var (
	callNamed = regexp.MustCompile(`call_([0-9a-f]{16})`)
	fileNamed = regexp.MustCompile(`part[0-9]/shelf\.go`)
	// partBegins is where a request lists the files that it is about.
	partBegins = regexp.MustCompile(`review these [0-9]+ files`)
)

// toolTurns is how often the model looks something up before it answers.
const toolTurns = 3

func newOracle(t *testing.T) *oracle {
	t.Helper()
	o := &oracle{}
	o.forget()
	o.Server = httptest.NewServer(o)
	t.Cleanup(func() {
		o.CloseClientConnections()
		o.Close()
	})
	return o
}

func (o *oracle) forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.asked, o.before = map[string]int{}, map[string]bool{}
	o.run++
}

// key is what the processes of the run that goes on send.
func (o *oracle) key() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return fmt.Sprintf("run-%d", o.run)
}

// counts returns how often each request came since the last forget, and which replies it shows the client to have had.
func (o *oracle) counts() (asked map[string]int, before []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	asked = map[string]int{}
	for name, n := range o.asked {
		asked[name] = n
	}
	for name := range o.before {
		before = append(before, name)
	}
	slices.Sort(before)
	return asked, before
}

func (o *oracle) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body bytes.Buffer
	if _, err := body.ReadFrom(r.Body); err != nil {
		return // the client was killed while it wrote
	}
	sum := sha256.Sum256(body.Bytes())
	name := fmt.Sprintf("%x", sum[:8])
	var req struct {
		Messages []struct {
			Role string `json:"role"`
		} `json:"messages"`
		Format struct {
			Schema struct {
				Name string `json:"name"`
			} `json:"json_schema"`
		} `json:"response_format"`
	}
	if err := json.Unmarshal(body.Bytes(), &req); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	late := r.Header.Get("Authorization") != "Bearer "+o.key()
	o.mu.Lock()
	if !late {
		o.asked[name]++
		for _, m := range callNamed.FindAllSubmatch(body.Bytes(), -1) {
			o.before[string(m[1])] = true
		}
	}
	o.mu.Unlock()

	turn := 0
	for _, m := range req.Messages {
		if m.Role == "assistant" {
			turn++
		}
	}
	text := body.String()
	if at := partBegins.FindStringIndex(text); at != nil {
		text, _, _ = strings.Cut(text[at[0]:], "What changes")
	}
	paths := fileNamed.FindAllString(text, -1)
	slices.Sort(paths)
	paths = slices.Compact(paths)
	verifying := strings.Contains(req.Format.Schema.Name, "verification")
	var delta map[string]any
	finish := "stop"
	switch {
	case len(paths) == 0:
		http.Error(w, `{"error":{"message":"no file of the test is in the request"}}`, http.StatusBadRequest)
		return
	case verifying && turn >= 1:
		delta = map[string]any{"role": "assistant", "content": jsonText(map[string]any{
			"status": "confirmed", "reason": "It was looked at (" + name + ").", "evidence": []any{}})}
	case !verifying && turn >= toolTurns:
		delta = map[string]any{"role": "assistant", "content": jsonText(reviewOf(name, paths))}
	default:
		finish = "tool_calls"
		delta = map[string]any{"role": "assistant", "content": "I look.", "tool_calls": []any{map[string]any{
			"index": 0, "id": "call_" + name, "type": "function",
			"function": map[string]any{"name": "read_file", "arguments": jsonText(map[string]any{"path": paths[0], "start": 10*turn + 1, "end": 10*turn + 5})},
		}}}
	}
	time.Sleep(20*time.Millisecond + time.Duration(sum[9])*200*time.Microsecond)
	w.Header().Set("Content-Type", "text/event-stream")
	send := func(choices []any, usage any) {
		fmt.Fprintf(w, "data: %s\n\n", jsonText(map[string]any{
			"id": "c_" + name, "object": "chat.completion.chunk", "created": 1, "model": "m-1", "choices": choices, "usage": usage}))
		w.(http.Flusher).Flush()
	}
	send([]any{map[string]any{"index": 0, "delta": delta, "finish_reason": nil}}, nil)
	send([]any{map[string]any{"index": 0, "delta": map[string]any{}, "finish_reason": finish}}, nil)
	send([]any{}, map[string]any{"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110})
	fmt.Fprint(w, "data: [DONE]\n\n")
}

func jsonText(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(data)
}

// reviewOf is an answer with a finding in each file.
func reviewOf(name string, paths []string) map[string]any {
	answer := map[string]any{
		"summary": "It adds shelves (" + name + ").", "verdict": "fix it", "observations": []any{}, "tested": []any{}, "untested": []any{},
		"documentation": []any{}, "commits": []any{}, "limitations": []any{},
	}
	var findings, coverage []any
	for i, path := range paths {
		findings = append(findings, map[string]any{
			"title": fmt.Sprintf("Shelf%d of %s is never closed", i, path), "severity": "important", "category": "gap", "topic": "correctness",
			"detail": "What it holds is lost.", "impact": "Rows go missing.", "locations": []any{map[string]any{"path": path, "start": 10 + i, "end": 10 + i}},
			"quote": "", "confidence": 0.9, "fix": "Close it.", "edits": []any{},
		})
		coverage = append(coverage, map[string]any{"path": path, "status": "findings", "reason": ""})
	}
	answer["findings"], answer["coverage"] = findings, coverage
	return answer
}

// keptReplies counts the replies in a history's journal by the requests that they answer.
func keptReplies(t *testing.T, history string) map[string]int {
	t.Helper()
	named := regexp.MustCompile(`call_([0-9a-f]{16})|shelves \(([0-9a-f]{16})\)|looked at \(([0-9a-f]{16})\)`)
	out := map[string]int{}
	err := filepath.WalkDir(filepath.Join(history, "journal"), func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		require.NoError(t, err)
		if d.IsDir() || !strings.HasSuffix(path, ".json") {
			return nil
		}
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		require.True(t, json.Valid(data), "a half file: %s", path)
		if bytes.Contains(data, []byte(`"about":"review by patterns"`)) {
			return nil // no model's
		}
		m := named.FindSubmatch(data)
		require.NotNil(t, m, "%s", data)
		out[string(m[1])+string(m[2])+string(m[3])]++
		return nil
	})
	require.NoError(t, err)
	return out
}

// timeless is a report without the times that differ from run to run.
func timeless(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	require.NoError(t, err)
	_, err = deepreview.ReadReport(bytes.NewReader(data))
	require.NoError(t, err)
	var doc any
	require.NoError(t, json.Unmarshal(data, &doc))
	var strip func(v any)
	strip = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, key := range []string{"date", "elapsed_ns", "started", "duration_ns"} {
				delete(v, key)
			}
			for _, x := range v {
				strip(x)
			}
		case []any:
			for _, x := range v {
				strip(x)
			}
		}
	}
	strip(doc)
	out, err := json.MarshalIndent(doc, "", " ")
	require.NoError(t, err)
	return string(out)
}

// buildCommand builds the command.
func buildCommand(t testing.TB) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "deepreview.exe")
	out, err := exec.Command("go", "build", "-o", program, "github.com/deepreview-go/deepreview/examples/deepreview").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return program
}

// TestAKilledRunIsResumedWithoutPayingTwice kills the command at moments spread over its run, and resumes it. A request counts as
// finished when its reply is in the journal: what was on its way when the process died has to be asked again.
func TestAKilledRunIsResumedWithoutPayingTwice(t *testing.T) {
	moments := 50
	if testing.Short() {
		moments = 5
	}
	program := buildCommand(t) // before the test has a home of its own, and no cache in it
	s := newRepository(t)
	for part := 1; part <= 3; part++ { // too much for one conversation
		var code strings.Builder
		fmt.Fprintf(&code, "package part%d\n\n", part)
		for i := range 800 {
			fmt.Fprintf(&code, "var Shelf%d = open(\"the shelf number %d of part %d, which holds what comes in at night\")\n", i, i, part)
		}
		s.write(fmt.Sprintf("part%d/shelf.go", part), code.String())
	}
	s.commit("Add shelves")
	o := newOracle(t)
	t.Setenv("NO_PROXY", "127.0.0.1")

	command := func(args ...string) (*exec.Cmd, *bytes.Buffer) {
		cmd := exec.Command(program, args...)
		cmd.Dir = s.dir
		cmd.Env = append(os.Environ(), "DEEPREVIEW_CHAT_KEY="+o.key())
		var messages bytes.Buffer
		cmd.Stderr = &messages
		return cmd, &messages
	}
	arguments := func(history string) []string {
		return []string{"--reviewer", "chat", "--reviewer", "patterns", "--base-url", "chat=" + o.URL, "--model", "chat=m-1", "--passes", "2", "--verify", "chat",
			"--history", history, "--out", "json=r.json", "HEAD"}
	}
	finish := func(cmd *exec.Cmd, messages *bytes.Buffer) {
		t.Helper()
		err := cmd.Run()
		var status *exec.ExitError
		if errors.As(err, &status) && status.ExitCode() == exitFindings {
			err = nil
		}
		require.NoError(t, err, "%s", messages)
	}

	var whole time.Duration
	var want string
	var all map[string]int
	for i := range 3 { // the fastest is the measure, or too many moments are behind the end
		o.forget()
		cmd, messages := command(arguments(filepath.Join(t.TempDir(), "history"))...)
		began := time.Now()
		finish(cmd, messages)
		if took := time.Since(began); i == 0 || took < whole {
			whole = took
		}
		asked, _ := o.counts()
		got := timeless(t, "r.json")
		if i > 0 {
			require.Equal(t, want, got, "the same run again")
			require.Equal(t, all, asked)
		}
		want, all = got, asked
	}
	total := 0
	for _, n := range all {
		total += n
	}
	require.Greater(t, total, 2*2*toolTurns, "several conversations of several turns")
	r := s.report("r.json")
	require.Len(t, r.Issues, 3)
	for _, is := range r.Issues {
		require.NotNil(t, is.Verification)
	}

	// Each moment is drawn from its own part of the run, with the same numbers every time.
	random := rand.New(rand.NewPCG(8, 50))
	early, late, halfway, lost := 0, 0, 0, 0
	for i := range moments {
		moment := time.Duration((float64(i) + random.Float64()) / float64(moments) * float64(whole))
		history := filepath.Join(t.TempDir(), "history")
		require.NoError(t, os.RemoveAll("r.json"))
		o.forget()
		cmd, _ := command(arguments(history)...)
		require.NoError(t, cmd.Start())
		time.Sleep(moment)
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()
		stored := keptReplies(t, history)
		asked, before := o.counts()
		for _, name := range before {
			require.Positive(t, stored[name], "moment %d: a request went on from a reply that was not kept", i)
		}
		for name, n := range asked {
			require.LessOrEqual(t, stored[name], n)
			lost += n - stored[name]
		}
		ended := cmd.ProcessState.Exited()
		if _, err := os.Stat("r.json"); err == nil {
			require.Equal(t, want, timeless(t, "r.json"), "a report that is there is whole")
		} else {
			require.False(t, ended, "moment %d", i)
		}

		runs, err := filepath.Glob(filepath.Join(history, "runs", "*.json"))
		require.NoError(t, err)
		o.forget()
		switch {
		case ended:
			late++
			continue
		case len(runs) == 0: // it had not begun, or had just ended
			early++
			cmd, messages := command("--resume", "--history", history)
			require.Error(t, cmd.Run())
			require.Contains(t, messages.String(), "nothing to resume")
			cmd, messages = command(arguments(history)...)
			finish(cmd, messages)
		default:
			halfway++
			cmd, messages := command("--resume", "--history", history)
			finish(cmd, messages)
		}
		require.Equal(t, want, timeless(t, "r.json"), "moment %d, killed after %v", i, moment)
		again, _ := o.counts()
		for name, n := range all {
			if !assert.Equal(t, n-stored[name], again[name], "moment %d: %d replies to %s were kept of %d", i, stored[name], name, n) {
				t.FailNow()
			}
		}
		require.Subset(t, keysOf(all), keysOf(again), "nothing else is asked")
	}
	t.Logf("a run takes %v and %d requests; killed %d times: %d before it began, %d halfway, %d after its end; %d requests were on their way",
		whole, total, moments, early, halfway, late, lost)
	assert.Positive(t, halfway)
}

func keysOf(m map[string]int) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// BenchmarkStagedAgain is the offline panel on 20 staged files of this repository: a run on what nobody has seen yet, and a second one with
// nothing changed. It reports the medians in milliseconds, and the second as a part of the first.
func BenchmarkStagedAgain(b *testing.B) {
	root, err := exec.Command("git", "rev-parse", "--show-toplevel").Output()
	if err != nil {
		b.Skip("this is no clone of the repository")
	}
	program := buildCommand(b)
	dir := b.TempDir()
	run := func(args ...string) {
		b.Helper()
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		var status *exec.ExitError
		if errors.As(err, &status) && status.ExitCode() == exitFindings {
			err = nil
		}
		require.NoError(b, err, "%s", out)
	}
	run("git", "clone", "-q", strings.TrimSpace(string(root)), ".")
	var files []string
	require.NoError(b, filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") && !strings.Contains(name, "testdata") {
			files = append(files, name)
		}
		return err
	}))
	require.Greater(b, len(files), 40)
	edited := 0
	edit := func() {
		edited++
		for i := range 20 { // from all over the repository
			f, err := os.OpenFile(files[i*len(files)/20], os.O_APPEND|os.O_WRONLY, 0)
			require.NoError(b, err)
			fmt.Fprintf(f, "\nfunc Staged%dAs%d(values []int) (sum int) {\n\tfor _, v := range values {\n\t\tsum += v\n\t}\n\treturn sum\n}\n", edited, i)
			require.NoError(b, f.Close())
		}
		run("git", "add", "-A")
	}
	staged := func() float64 {
		began := time.Now()
		run(program, "--staged", "--reviewer", "patterns", "--reviewer", "analyzer", "--out", "text=-")
		return time.Since(began).Seconds() * 1e3
	}
	edit()
	staged() // the analysers' own cache knows the dependencies from here on
	var first, again []float64
	for b.Loop() {
		edit()
		first = append(first, staged())
		again = append(again, staged())
	}
	slices.Sort(first)
	slices.Sort(again)
	b.ReportMetric(first[len(first)/2], "first-ms")
	b.ReportMetric(again[len(again)/2], "again-ms")
	b.ReportMetric(again[len(again)/2]/first[len(first)/2], "again/first")
}
