//go:build !windows

package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
)

// childReviewer names the environment variable that makes the test binary the command, with a reviewer that hangs: until it is
// told to stop, or for good where the value is "deaf".
const childReviewer = "DEEPREVIEW_TEST_REVIEWER"

func TestMain(m *testing.M) {
	kind := os.Getenv(childReviewer)
	if kind == "" {
		os.Exit(m.Run())
	}
	start(func(e *env) {
		e.roster = []candidate{candidateOf("slow", func(ctx context.Context, _ *deepreview.Change) (*deepreview.Review, error) {
			fmt.Fprintln(os.Stderr, "READY")
			<-ctx.Done()
			if kind == "deaf" {
				select {}
			}
			return &deepreview.Review{Findings: []*deepreview.Finding{{Title: "found before that"}}}, ctx.Err()
		})}
	})
}

// interrupted runs the command as a process of its own, and interrupts it until it ends.
func interrupted(t *testing.T, kind string, signals int, args ...string) (string, error) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), childReviewer+"="+kind)
	messages, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	var text strings.Builder
	lines := bufio.NewScanner(messages)
	for lines.Scan() {
		text.WriteString(lines.Text() + "\n")
		again := strings.HasPrefix(lines.Text(), "Stopping the reviewers")
		if lines.Text() == "READY" || again && signals > 1 {
			require.NoError(t, cmd.Process.Signal(os.Interrupt))
		}
	}
	return text.String(), cmd.Wait()
}

func TestAnInterruptedProcessWritesWhatIsThere(t *testing.T) {
	s := newRepository(t)
	text, err := interrupted(t, "hearing", 1, "--out", "json=r.json")
	var status *exec.ExitError
	require.ErrorAs(t, err, &status, text)
	assert.Equal(t, exitFailed, status.ExitCode(), text)
	assert.Contains(t, text, "Stopping the reviewers")
	assert.Len(t, s.report("r.json").Review("slow").Findings, 1)
}

func TestASecondInterruptEndsTheProcessAtOnce(t *testing.T) {
	s := newRepository(t)
	text, err := interrupted(t, "deaf", 2, "--out", "json=r.json")
	var status *exec.ExitError
	require.ErrorAs(t, err, &status, text)
	assert.Equal(t, syscall.SIGINT, status.Sys().(syscall.WaitStatus).Signal(), text)
	assert.NotContains(t, s.files(), "r.json")
}
