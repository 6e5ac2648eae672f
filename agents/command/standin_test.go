//go:build unix

package command_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// standin begins the last argument of this test binary where it stands in for an agent: -standin=WHAT=ARGUMENT.
const standin = "-standin="

func TestMain(m *testing.M) {
	if last := os.Args[len(os.Args)-1]; strings.HasPrefix(last, standin) {
		what, arg, _ := strings.Cut(strings.TrimPrefix(last, standin), "=")
		syscall.Exit(standIn(what, arg)) // the race detector would let os.Exit wait for a second
	}
	os.Exit(m.Run())
}

// seen is what a stand-in was given.
type seen struct {
	Args, Env []string
	Dir       string
	Stdin     string
	Files     []string
}

func standIn(what, arg string) int {
	switch what {
	case "replay": // prints what stands in ARGUMENT.stdout and .stderr and ends as ARGUMENT.rc says; 124 is a hang
		return replay(arg)
	case "print": // prints a file
		text, _ := os.ReadFile(arg)
		_, _ = os.Stdout.Write(text)
		return 0
	case "tell": // writes down what it was given
		in, _ := io.ReadAll(os.Stdin)
		dir, _ := os.Getwd()
		s := seen{Args: os.Args[1:], Env: os.Environ(), Dir: dir, Stdin: string(in)}
		_ = filepath.WalkDir(os.Getenv("DEEPREVIEW_CHECKOUT"), func(name string, d os.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				s.Files = append(s.Files, name)
			}
			return nil
		})
		text, _ := json.Marshal(s)
		_ = os.WriteFile(arg, text, 0o600)
		fmt.Println(`{"findings":[],"coverage":[]}`)
		return 0
	case "hang":
		mark(arg)
		select {}
	case "deaf": // does not end when asked to
		signal.Ignore(syscall.SIGTERM, syscall.SIGINT)
		mark(arg)
		select {}
	case "fork": // leaves a process behind in its group, and one outside of it, and ends well
		spawn(arg+".1", "deaf", false)
		spawn(arg+".2", "deaf", true)
		fmt.Println(`{"findings":[],"coverage":[]}`)
		return 0
	case "forkhang": // the same, and hangs
		spawn(arg+".1", "deaf", false)
		spawn(arg+".2", "deaf", true)
		select {}
	case "escape": // leaves a process that nobody can know to be its own, and that holds the pipes
		_ = os.Unsetenv("DEEPREVIEW_RUN")
		spawn(arg, "deaf", true)
		fmt.Println(`{"findings":[],"coverage":[]}`)
		return 0
	case "flood":
		block := bytes.Repeat([]byte("0123456789abcdef"), 1<<12)
		out := os.Stdout
		if arg == "stderr" {
			out = os.Stderr
		}
		for range 1 << 30 / len(block) {
			if _, err := out.Write(block); err != nil {
				return 1
			}
		}
		return 0
	case "nothing":
		return 0
	case "selfkill":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	case "write": // writes all over its checkout
		root := os.Getenv("DEEPREVIEW_CHECKOUT")
		_ = os.Chmod(root, 0o755)
		_ = os.Chmod(filepath.Join(root, "main.go"), 0o644)
		_ = os.WriteFile(filepath.Join(root, "main.go"), []byte("package changed\n"), 0o644)
		_ = os.WriteFile(filepath.Join(root, "pwned"), []byte("x"), 0o644)
		_ = os.Symlink("/", filepath.Join(root, "rootlink"))
		_ = os.WriteFile(filepath.Join(os.Getenv("TMPDIR"), "scratch"), []byte("x"), 0o644)
		fmt.Println(`{"findings":[],"coverage":[]}`)
		return 0
	}
	fmt.Fprintln(os.Stderr, "no such stand-in:", what)
	return 99
}

// mark tells the test that the stand-in is there, and which process it is. The file appears whole.
func mark(name string) {
	if name == "" {
		return
	}
	_ = os.WriteFile(name+".new", []byte(strconv.Itoa(os.Getpid())), 0o600)
	_ = os.Rename(name+".new", name)
}

// spawn starts another stand-in and waits until it is there.
func spawn(file, what string, session bool) {
	exe, _ := os.Executable()
	cmd := exec.Command(exe, standin+what+"="+file)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr // so that it holds the pipes
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: session}
	if err := cmd.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(98)
	}
	for {
		if _, err := os.Stat(file); err == nil {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

func replay(arg string) int {
	base, ready, _ := strings.Cut(arg, "=")
	stdout, _ := os.ReadFile(base + ".stdout")
	stderr, _ := os.ReadFile(base + ".stderr")
	rc, err := os.ReadFile(base + ".rc")
	if err != nil {
		return 97
	}
	_, _ = os.Stdout.Write(stdout)
	code := 0
	_, _ = fmt.Sscanf(string(rc), "rc=%d", &code)
	// Of a run that was interrupted, the last line of standard error is the wrapper's, with the true status.
	if i := bytes.LastIndex(stderr, []byte("SIG")); i >= 0 {
		if _, err := fmt.Sscanf(string(stderr[i:]), "SIGTERM rc=%d", &code); err != nil {
			_, _ = fmt.Sscanf(string(stderr[i:]), "SIGINT rc=%d", &code)
		}
		stderr = stderr[:i]
	}
	_, _ = os.Stderr.Write(stderr)
	if code == 124 {
		mark(ready)
		select {}
	}
	return code
}

// waitFor waits until a file is there, and returns what stands in it.
func waitFor(t *testing.T, name string) string {
	t.Helper()
	for {
		text, err := os.ReadFile(name)
		if err == nil {
			return string(text)
		}
		require.NoError(t, t.Context().Err())
		time.Sleep(time.Millisecond)
	}
}

// alive reports whether a process runs; one that is dead and was not waited for does not.
func alive(t *testing.T, pid string) bool {
	t.Helper()
	n, err := strconv.Atoi(pid)
	require.NoError(t, err)
	if syscall.Kill(n, 0) != nil {
		return false
	}
	stat, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return err == nil
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(rest, "Z") && !strings.HasPrefix(rest, "X")
}
