package report_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/report"
)

// browser is a Chromium without a window, driven over a pipe by the protocol of its developer tools.
type browser struct {
	t       testing.TB
	dir     string
	in      io.Writer
	session string
	mu      sync.Mutex
	last    int
	waiting map[int]chan reply
	seen    []happened
	loaded  chan struct{}
	traced  chan struct{}
	thread  map[[2]int]bool // of the page, once it was traced
}

type reply struct {
	Result json.RawMessage
	Error  *struct{ Message string }
}

// happened is something that the page did: a request, a message, a dialog.
type happened struct {
	method string
	params json.RawMessage
}

// newBrowser starts one with an empty page, or skips where there is none.
func newBrowser(t testing.TB) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed")
	}
	toBrowser, in, err := os.Pipe()
	require.NoError(t, err)
	out, fromBrowser, err := os.Pipe()
	require.NoError(t, err)
	b := &browser{t: t, dir: t.TempDir(), in: in, waiting: map[int]chan reply{}, loaded: make(chan struct{}, 1), traced: make(chan struct{}, 1)}
	profile, err := os.MkdirTemp("", "browser") // not TempDir: the browser may write to it after its end
	require.NoError(t, err)
	cmd := exec.Command(path, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-background-networking",
		"--user-data-dir="+profile, "--remote-debugging-pipe", "about:blank")
	cmd.ExtraFiles = []*os.File{toBrowser, fromBrowser}
	require.NoError(t, cmd.Start())
	toBrowser.Close()
	fromBrowser.Close()
	done := make(chan struct{})
	go func() { defer close(done); b.read(out) }()
	t.Cleanup(func() {
		b.send("", "Browser.close", nil)
		in.Close()
		<-done
		cmd.Wait()
		os.RemoveAll(profile)
	})
	var made struct{ TargetID string }
	b.into(b.call("", "Target.createTarget", map[string]any{"url": "about:blank"}), &made)
	var attached struct{ SessionID string }
	b.into(b.call("", "Target.attachToTarget", map[string]any{"targetId": made.TargetID, "flatten": true}), &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Network", "Runtime", "Log"} {
		b.do(domain+".enable", nil)
	}
	return b
}

// read takes what the browser says: messages that end in a zero.
func (b *browser) read(out io.ReadCloser) {
	defer out.Close()
	in := bufio.NewReaderSize(out, 1<<20)
	for {
		data, err := in.ReadBytes(0)
		if err != nil {
			return
		}
		var m struct {
			ID     int
			Method string
			Params json.RawMessage
			reply
		}
		if json.Unmarshal(bytes.TrimRight(data, "\x00"), &m) != nil {
			continue
		}
		b.mu.Lock()
		switch m.Method {
		case "":
			b.waiting[m.ID] <- m.reply // it has room for one
		case "Page.loadEventFired":
			select {
			case b.loaded <- struct{}{}:
			default:
			}
		case "Tracing.tracingComplete":
			b.traced <- struct{}{}
		case "Page.javascriptDialogOpening":
			b.seen = append(b.seen, happened{m.Method, m.Params})
			go b.send(b.session, "Page.handleJavaScriptDialog", map[string]any{"accept": false})
		default:
			b.seen = append(b.seen, happened{m.Method, m.Params})
		}
		b.mu.Unlock()
	}
}

func (b *browser) send(session, method string, params any) chan reply {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last++
	back := make(chan reply, 1)
	b.waiting[b.last] = back
	m := map[string]any{"id": b.last, "method": method}
	if session != "" {
		m["sessionId"] = session
	}
	if params != nil {
		m["params"] = params
	}
	data, _ := json.Marshal(m)
	b.in.Write(append(data, 0))
	return back
}

func (b *browser) call(session, method string, params any) json.RawMessage {
	b.t.Helper()
	select {
	case r := <-b.send(session, method, params):
		if r.Error != nil {
			b.t.Fatalf("%s: %s", method, r.Error.Message)
		}
		return r.Result
	case <-time.After(time.Minute):
		b.t.Fatalf("%s: no answer", method)
		return nil
	}
}

func (b *browser) do(method string, params any) json.RawMessage {
	b.t.Helper()
	return b.call(b.session, method, params)
}

func (b *browser) into(data json.RawMessage, v any) {
	b.t.Helper()
	require.NoError(b.t, json.Unmarshal(data, v))
}

// open shows a page out of a file and forgets what happened before.
func (b *browser) open(page string) {
	b.t.Helper()
	name := filepath.Join(b.dir, "page.html")
	require.NoError(b.t, os.WriteFile(name, []byte(page), 0o644))
	b.mu.Lock()
	b.seen = nil
	b.mu.Unlock()
	b.do("Page.navigate", map[string]any{"url": "file://" + name})
	b.load()
}

func (b *browser) load() {
	b.t.Helper()
	select {
	case <-b.loaded:
	case <-time.After(time.Minute):
		b.t.Fatal("the page does not load")
	}
}

// eval returns the value of an expression in the page, or of what it promises.
func (b *browser) eval(expression string, v any) {
	b.t.Helper()
	var r struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails json.RawMessage
	}
	b.into(b.do("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}), &r)
	require.Empty(b.t, string(r.ExceptionDetails), expression)
	if v != nil {
		b.into(r.Result.Value, v)
	}
}

func (b *browser) size(columns, rows int) {
	b.t.Helper()
	b.do("Emulation.setDeviceMetricsOverride", map[string]any{"width": columns, "height": rows, "deviceScaleFactor": 1, "mobile": false})
}

func (b *browser) media(kind, scheme string) {
	b.t.Helper()
	b.do("Emulation.setEmulatedMedia", map[string]any{"media": kind, "features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}})
}

// key presses a key where the focus is.
func (b *browser) key(name string, code int) {
	b.t.Helper()
	for _, kind := range []string{"keyDown", "keyUp"} {
		b.do("Input.dispatchKeyEvent", map[string]any{"type": kind, "key": name, "code": name, "windowsVirtualKeyCode": code})
	}
}

// misdeeds are what a page of ours does not do: ask for more than itself, say something, open a dialog, run out of its frame.
func (b *browser) misdeeds() []string {
	b.t.Helper()
	var out []string
	for _, width := range []int{1000, 400} {
		b.size(width, 800)
		var over int
		b.eval("document.documentElement.scrollWidth - innerWidth", &over)
		if over > 0 {
			out = append(out, fmt.Sprintf("%d pixels too wide for %d", over, width))
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	requests := 0
	for _, h := range b.seen {
		switch h.method {
		case "Network.requestWillBeSent":
			if requests++; requests > 1 {
				out = append(out, "a request: "+string(h.params))
			}
		case "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded", "Page.javascriptDialogOpening":
			out = append(out, h.method+": "+string(h.params))
		}
	}
	return out
}

func TestInABrowserNothingWrittenRunsLoadsOrBreaksThePage(t *testing.T) {
	if testing.Short() {
		t.Skip("it opens some two hundred and fifty pages")
	}
	b := newBrowser(t)
	b.open(strings.Replace(render(t, report.HTML{}, nil), "<main>", `<main><img src="x.png"><pre class="wide" style="width: 3000px">x</pre>`, 1))
	require.NotEmpty(t, b.misdeeds(), "a misdeed is seen")
	for i, text := range hostile() {
		b.open(render(t, report.HTML{}, written(text)[i%2])) // each in one of the two, which is half the time
		assert.Empty(t, b.misdeeds(), "%d %.40q", i, text)
	}
}

// shown counts the issues that are to be seen.
const shown = `[...document.querySelectorAll(".issue")].filter(e => e.offsetParent).length`

func TestInABrowserTheFiltersShowWhatFits(t *testing.T) {
	r := synthetic(60)
	r.Issues[0].Locations = append(r.Issues[0].Locations, deepreview.Location{Path: "zz/outside.go", Start: 1})
	count := func(fits func(is *deepreview.Issue) bool) (n int) {
		for _, is := range r.Issues {
			if fits(is) {
				n++
			}
		}
		return n
	}
	by := func(is *deepreview.Issue, name string) bool {
		return slices.ContainsFunc(is.Sources, func(s deepreview.Source) bool { return s.Reviewer == name })
	}
	cites := func(is *deepreview.Issue, path string) bool {
		return slices.ContainsFunc(is.Locations, func(l deepreview.Location) bool { return l.Path == path })
	}
	beta := r.Reviews[1].Reviewer
	file := r.Issues[slices.IndexFunc(r.Issues, func(is *deepreview.Issue) bool { return by(is, beta) })].Locations[0].Path
	option := -1
	for _, c := range report.NewView(r).Cited {
		if c.Path == file {
			option = c.Index
		}
	}
	b := newBrowser(t)
	b.size(1000, 800)
	page := render(t, report.HTML{}, r)
	sees := func(want int, why string) {
		t.Helper()
		var got int
		b.eval(shown, &got)
		assert.Equal(t, want, got, why)
	}
	for _, off := range []bool{false, true} {
		b.do("Emulation.setScriptExecutionDisabled", map[string]any{"value": off})
		b.open(page)
		sees(60, "all at first")
		b.eval(`document.getElementById("fs-important").click()`, nil)
		important := func(is *deepreview.Issue) bool { return is.Severity == deepreview.SeverityImportant }
		sees(count(important), "of a severity")
		b.eval(`document.getElementById("fc-gap").click()`, nil)
		sees(count(func(is *deepreview.Issue) bool { return important(is) && is.Category == deepreview.CategoryGap }), "and of a category")
		b.eval(`document.getElementById("fs-all").click(); document.getElementById("fc-all").click(); document.getElementById("fr-1").click()`, nil)
		sees(count(func(is *deepreview.Issue) bool { return by(is, beta) }), "of a reviewer")
		b.eval(fmt.Sprintf(`document.getElementById("ff-%d").selected = true`, option), nil)
		both := count(func(is *deepreview.Issue) bool { return by(is, beta) && cites(is, file) })
		sees(both, "of a reviewer in a file")
		assert.NotZero(t, both)
		b.media("print", "light")
		sees(60, "what is printed is whole")
		b.media("screen", "light")
		b.eval(`document.querySelector(".filter [type=reset]").click()`, nil)
		sees(60, "all again")
		b.eval(`document.getElementById("fs-all").focus()`, nil)
		b.key("ArrowRight", 39)
		sees(count(func(is *deepreview.Issue) bool { return is.Severity == deepreview.SeverityCritical }), "by the keyboard")
		b.do("Page.reload", nil)
		b.load()
		sees(60, "nothing is remembered")
	}
}

func TestInABrowserTheContentsFollowTheReader(t *testing.T) {
	b := newBrowser(t)
	b.size(1200, 800)
	page := render(t, report.HTML{}, recorded(t))
	marked := func() (text string) {
		time.Sleep(400 * time.Millisecond) // for the frames in which it is marked
		b.eval(`[...document.querySelectorAll(".contents [aria-current]")].map(a => a.textContent).join("|")`, &text)
		return text
	}
	b.open(page)
	b.eval(`document.getElementById("testing").scrollIntoView()`, nil)
	assert.Equal(t, "Testing assessment", marked())
	b.eval(`document.getElementById("issue-S2").scrollIntoView()`, nil)
	assert.Equal(t, "S2 A move across filesystems fails", marked())
	b.do("Emulation.setScriptExecutionDisabled", map[string]any{"value": true})
	b.open(page)
	assert.Empty(t, marked(), "without scripts nothing is marked")
	assert.Empty(t, b.misdeeds())
}

func TestInABrowserTheLayoutStandsAndIsAccessible(t *testing.T) {
	b := newBrowser(t)
	axe, err := os.ReadFile(os.Getenv("DEEPREVIEW_AXE"))
	if err != nil {
		t.Log("without axe-core: DEEPREVIEW_AXE names no file")
	}
	b.do("Page.setBypassCSP", map[string]any{"enabled": true}) // for axe
	for name, r := range map[string]*deepreview.Report{"recorded": recorded(t), "sample": report.Sample(), "large": synthetic(200), "empty": {}} {
		for _, look := range []struct {
			scheme string
			width  int
		}{{"light", 1280}, {"dark", 1280}, {"light", 400}} {
			b.media("screen", look.scheme)
			b.open(render(t, report.HTML{}, r))
			assert.Empty(t, b.misdeeds(), name)
			if len(axe) == 0 {
				continue
			}
			b.size(look.width, 900)
			b.eval(string(axe)+";0", nil)
			var violations []struct {
				ID    string
				Nodes []struct{ HTML, FailureSummary string }
			}
			b.eval(`document.querySelectorAll("details").forEach(d => d.open = true); axe.run(document, {resultTypes: ["violations"]}).then(r => r.violations)`, &violations)
			assert.Empty(t, violations, "%s %v", name, look)
		}
	}
}

// BenchmarkAThousandIssuesInABrowser tells the longest task of the page's own thread, in milliseconds: while it opens, and of each filter.
func BenchmarkAThousandIssuesInABrowser(b *testing.B) {
	w := newBrowser(b)
	w.size(1280, 900)
	page := render(b, report.HTML{}, synthetic(1000))
	for b.Loop() {
		open, click := w.longest(func() { w.open(page) }), 0.0
		for _, id := range []string{"fs-critical", "fr-2", "fc-gap", "fs-all", "fc-all", "fr-all"} {
			click = max(click, w.longest(func() { w.eval(fmt.Sprintf("document.getElementById(%q).click()", id), nil) }))
		}
		click = max(click, w.longest(func() { w.eval(`document.getElementById("ff-3").selected = true`, nil) }))
		b.ReportMetric(open, "ms-open")
		b.ReportMetric(click, "ms-filter")
	}
}

// longest does something under a trace, and returns the longest task of the page's thread.
func (b *browser) longest(do func()) float64 {
	b.t.Helper()
	b.call("", "Tracing.start", map[string]any{"transferMode": "ReportEvents", "traceConfig": map[string]any{"includedCategories": []string{"toplevel", "devtools.timeline"}}})
	b.mu.Lock()
	b.seen = nil
	b.mu.Unlock()
	do()
	time.Sleep(500 * time.Millisecond) // for the frames that follow
	b.call("", "Tracing.end", nil)
	<-b.traced
	b.mu.Lock()
	defer b.mu.Unlock()
	type event struct {
		Name     string
		Pid, Tid int
		Dur      float64
		Args     json.RawMessage
	}
	var events []event
	for _, h := range b.seen {
		if h.method == "Tracing.dataCollected" {
			var data struct{ Value []event }
			b.into(h.params, &data)
			events = append(events, data.Value...)
		}
	}
	ours := map[[2]int]bool{} // the threads of our page: those that lay something of it out, not those of the browser's own pages
	for _, e := range events {
		if e.Name == "ParseHTML" && strings.Contains(string(e.Args), "page.html") {
			ours[[2]int{e.Pid, e.Tid}] = true
		}
	}
	if len(ours) > 0 {
		b.thread = ours
	}
	worst := 0.0
	for _, e := range events {
		if strings.HasSuffix(e.Name, "RunTask") && b.thread[[2]int{e.Pid, e.Tid}] {
			worst = max(worst, e.Dur/1000)
		}
	}
	return worst
}
