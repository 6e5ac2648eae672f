package git

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hugeLimit is what Load and the largest of its commands may need together, in kB: 1.5 GB.
const hugeLimit = 1_500_000

// huge are repositories whose last commit is a change that is too large to be handled carelessly. Each writes the two commits
// for git fast-import.
var huge = []struct {
	name  string
	write func(w *bufio.Writer)
	// files and refused are what comes of it: so many files, or an error that says so.
	files   int
	refused string
}{
	{"one file of 1 GB", func(w *bufio.Writer) {
		hugeCommit(w, 1)
		hugeFile(w, "a", "a\n", 1)
		hugeCommit(w, 2)
		hugeFile(w, "big", strings.Repeat("some words of a line that is not short at all\n", 1<<10), 1<<30/(46<<10)+1)
	}, 1, ""},
	{"100,000 files", func(w *bufio.Writer) {
		for n, text := range []string{"one\ntwo\n", "one\nTWO\n"} {
			hugeCommit(w, n+1)
			for i := range 100_000 {
				hugeFile(w, fmt.Sprintf("d%d/f%d", i%300, i), fmt.Sprint(text, i, "\n"), 1)
			}
		}
	}, 100_000, ""},
	{"a diff of 1 GB", func(w *bufio.Writer) {
		hugeCommit(w, 1)
		hugeFile(w, "a", "a\n", 1)
		hugeCommit(w, 2)
		for i := range 140 {
			hugeFile(w, fmt.Sprint("f", i), fmt.Sprintf("%03d some words of a line\n", i), 300_000)
		}
	}, 0, "raise MaxDiff"},
	{"a diff just below the limit", func(w *bufio.Writer) {
		hugeCommit(w, 1)
		hugeFile(w, "a", "a\n", 1)
		hugeCommit(w, 2)
		for i := range 33 {
			hugeFile(w, fmt.Sprint("f", i), fmt.Sprintf("%03d some words of a line\n", i), 300_000)
		}
	}, 33, ""},
	{"short lines in the largest file that is compared", func(w *bufio.Writer) {
		hugeCommit(w, 1)
		hugeFile(w, "a", "a\na\na\na\n", 1_000_000)
		hugeCommit(w, 2)
		hugeFile(w, "a", "b\na\na\na\n", 1_000_000)
	}, 1, ""},
}

func hugeCommit(w *bufio.Writer, n int) {
	fmt.Fprintf(w, "commit refs/heads/main\ncommitter a <a> %d +0000\ndata 1\nx\n", n)
}

// hugeFile writes a file that has text so many times.
func hugeFile(w *bufio.Writer, name, text string, times int) {
	fmt.Fprintf(w, "M 100644 inline %s\ndata %d\n", name, len(text)*times)
	for range times {
		w.WriteString(text)
	}
	w.WriteByte('\n')
}

// TestHugeChanges loads each in a process of its own, and measures that and the largest git it starts.
func TestHugeChanges(t *testing.T) {
	if os.Getenv("DEEPREVIEW_HUGE") == "" {
		t.Skip("takes minutes and gigabytes; set DEEPREVIEW_HUGE=1")
	}
	for _, c := range huge {
		t.Run(c.name, func(t *testing.T) {
			s := newScratch(t)
			cmd := exec.Command("git", "fast-import", "--quiet")
			cmd.Dir, cmd.Env = s.dir, s.env
			in, err := cmd.StdinPipe()
			require.NoError(t, err)
			require.NoError(t, cmd.Start())
			w := bufio.NewWriterSize(in, 1<<20)
			c.write(w)
			require.NoError(t, w.Flush())
			require.NoError(t, in.Close())
			require.NoError(t, cmd.Wait())

			child := exec.Command(os.Args[0], "-test.run=^TestLoadMeasured$", "-test.v")
			child.Env = append(os.Environ(), "DEEPREVIEW_MEASURE="+s.dir)
			start := time.Now()
			out, err := child.CombinedOutput()
			require.NoError(t, err, "%s", out)
			m := regexp.MustCompile(`files (\d+), own (\d+) kB, largest command (\d+) kB, error (.*)`).FindStringSubmatch(string(out))
			require.NotNil(t, m, "%s", out)
			t.Logf("%s in %v", m[0], time.Since(start).Round(time.Millisecond))
			assert.Equal(t, strconv.Itoa(c.files), m[1])
			assert.Contains(t, m[4], c.refused)
			own, err := strconv.Atoi(m[2])
			require.NoError(t, err)
			command, err := strconv.Atoi(m[3])
			require.NoError(t, err)
			assert.Less(t, own+2*command, hugeLimit, "two commands run at a time")
		})
	}
}

// TestLoadMeasured is the process that TestHugeChanges starts.
func TestLoadMeasured(t *testing.T) {
	dir := os.Getenv("DEEPREVIEW_MEASURE")
	if dir == "" {
		t.Skip("is started by TestHugeChanges")
	}
	c, err := Load(testContext(t), dir, "HEAD", nil)
	files := 0
	if err == nil {
		files = len(c.Files)
		require.NoError(t, c.Close())
	}
	status, readErr := os.ReadFile("/proc/self/status")
	require.NoError(t, readErr)
	own := regexp.MustCompile(`VmHWM:\s*(\d+) kB`).FindSubmatch(status)
	require.NotNil(t, own)
	var children syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_CHILDREN, &children))
	fmt.Printf("files %d, own %s kB, largest command %d kB, error %v\n", files, own[1], children.Maxrss, err)
}
