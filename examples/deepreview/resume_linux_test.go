package main

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/history"
)

func TestASecondRunOfOneSeriesIsToldAndNothingIsLost(t *testing.T) {
	s := newRepository(t)
	self, err := os.Executable()
	require.NoError(t, err)
	first := exec.Command(self, "--history", "../history", "--out", "json=first.json", "HEAD")
	first.Dir = s.dir
	first.Env = append(os.Environ(), childReviewer+"=hearing")
	messages, err := first.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, first.Start())
	t.Cleanup(func() { _ = first.Process.Kill() })
	var said strings.Builder
	lines := bufio.NewScanner(messages)
	for lines.Scan() && lines.Text() != "READY" {
		said.WriteString(lines.Text() + "\n")
	}

	s.roster = []candidate{reader("ada", deepreview.SeverityUnset)}
	assert.Equal(t, exitFailed, s.run("--history", "../history", "--out", "json=second.json", "HEAD"), "%s", &said)
	assert.Regexp(t, `in use by another process \(process \d+, since `, s.err.String())
	assert.Contains(t, s.err.String(), "wait for it, or run without a history: --history off")
	assert.NoFileExists(t, "second.json")
	assert.Equal(t, exitFailed, s.run("--resume", "--history", "../history"))
	assert.Contains(t, s.err.String(), "nothing to resume", "it goes on")
	assert.Equal(t, exitFine, s.run("--history", "off", "--out", "json=second.json", "HEAD"))

	require.NoError(t, first.Process.Signal(os.Interrupt))
	for lines.Scan() {
		said.WriteString(lines.Text() + "\n")
	}
	var status *exec.ExitError
	require.ErrorAs(t, first.Wait(), &status, "%s", &said)
	assert.Equal(t, exitFailed, status.ExitCode(), "%s", &said)
	assert.Len(t, s.report("first.json").Review("slow").Findings, 1)
	st, err := history.Open("../history")
	require.NoError(t, err)
	all, err := st.All()
	require.NoError(t, err)
	require.Len(t, all, 1, "what the first found is kept")
	r, err := all[0].Report(1)
	require.NoError(t, err)
	assert.Len(t, r.Review("slow").Findings, 1)
	assert.Equal(t, exitFine, s.run("--history", "../history", "--out", "json=second.json", "HEAD"), "%s", &s.err)
}

func TestAFullDiskCostsTheHistoryAndNotTheReport(t *testing.T) {
	s := newRepository(t)
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=128k"); err != nil {
		t.Skipf("no file system can be mounted here (%v); the test needs a small one", err)
	}
	t.Cleanup(func() { assert.NoError(t, syscall.Unmount(disk, syscall.MNT_DETACH)) })
	filler := filepath.Join(disk, "filler")
	fill := func() {
		f, err := os.Create(filler)
		require.NoError(t, err)
		defer f.Close()
		for err == nil {
			_, err = f.Write(make([]byte, 4096))
		}
		require.True(t, errors.Is(err, syscall.ENOSPC), "%v", err)
	}
	dir := filepath.Join(disk, "history")
	args := []string{"--history", dir, "--out", "json=r.json", "HEAD"}

	// It is full from the beginning.
	fill()
	s.roster = []candidate{reader("ada", deepreview.SeverityImportant)}
	assert.Equal(t, exitFindings, s.run(args...), "%s", &s.err)
	assert.Contains(t, s.err.String(), "This review is not kept: ")
	assert.Contains(t, s.err.String(), "no space left on device")
	assert.Len(t, s.report("r.json").Issues, 1)
	require.NoError(t, os.Remove(filler))

	// It is full before the end.
	ada := reader("ada", deepreview.SeverityImportant)
	s.roster = []candidate{candidateOf("ada", func(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error) {
		fill()
		return ada.reviewer().Review(ctx, c)
	})}
	require.NoError(t, os.Remove("r.json"))
	assert.Equal(t, exitFailed, s.run(args...), "%s", &s.err)
	assert.Contains(t, s.err.String(), "this round is not kept: ")
	assert.Contains(t, s.err.String(), "no space left on device")
	assert.Contains(t, s.err.String(), "what was there before is untouched")
	assert.Len(t, s.report("r.json").Issues, 1, "what was paid for is shown")
	require.NoError(t, os.Remove(filler))

	s.roster = []candidate{ada}
	assert.Equal(t, exitFindings, s.run(args...), "%s", &s.err)
	st, err := history.Open(dir)
	require.NoError(t, err)
	all, err := st.All()
	require.NoError(t, err)
	require.Len(t, all, 1)
	numbers, err := all[0].Numbers()
	require.NoError(t, err)
	assert.Equal(t, []int{1}, numbers)
}
