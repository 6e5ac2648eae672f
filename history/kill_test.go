package history_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/history"
)

// Environment variables that make the test binary another process with a store: what it does there, in which folder, and a name
// of its own.
const (
	childDoes = "DEEPREVIEW_TEST_CHILD"
	childDir  = "DEEPREVIEW_TEST_DIR"
	childName = "DEEPREVIEW_TEST_NAME"
)

// child is another process that does something in dir.
func child(t *testing.T, does, dir, name string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self, "-test.run=^TestAsAnotherProcess$", "-test.v")
	cmd.Env = append(os.Environ(), childDoes+"="+does, childDir+"="+dir, childName+"="+name)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	return cmd, &out
}

// others are what another process can do, by name.
var others = map[string]func(t *testing.T, s *history.Store, name string){
	// adds five rounds, and waits for nobody.
	"add": func(t *testing.T, s *history.Store, name string) {
		for i := range 5 {
			round(t, s.Series("b"), changeOf(t, name, i), claims{name: name, at: map[int]string{1: fmt.Sprintf("%s finds fault %d", name, i)}})
		}
	},
	// writes everything there is to write until it is killed.
	"write": func(t *testing.T, s *history.Store, name string) {
		j := s.Journal(false)
		for i := 0; ; i++ {
			r := round(t, s.Series("b"), changeOf(t, name, i), claims{name: "ann", at: map[int]string{1: fmt.Sprintf("%s finds fault %d", name, i)}})
			require.NoError(t, s.Resolve(t.Context(), deepreview.Resolution{Issue: r.Issues[0].ID, As: deepreview.ResolvedDeclined, Why: strings.Repeat("because ", 500)}))
			j.Save(fmt.Sprint(name, i), "an answer", []byte(`{"text":"`+strings.Repeat("x", 9000)+`"}`))
			require.NoError(t, s.Series("b").Started(history.Run{Args: []string{name}, Began: day}))
		}
	},
	// holds a series until it is killed.
	"hold": func(t *testing.T, s *history.Store, name string) {
		_, err := s.Series(name).Lock()
		require.NoError(t, err)
		require.NoError(t, s.Series(name).Started(history.Run{Args: []string{"main...HEAD"}, Began: day}))
		require.NoError(t, os.WriteFile(filepath.Join(s.Dir(), "held"), nil, 0o600))
		select {}
	},
}

// changeOf is a change like no other.
func changeOf(t testing.TB, name string, i int) *deepreview.Change {
	return code(t, fmt.Sprintf("%s := fault(%d, %q)", name, i, name), "done()")
}

// TestAsAnotherProcess is no test but what the other processes of the tests run.
func TestAsAnotherProcess(t *testing.T) {
	does := os.Getenv(childDoes)
	if does == "" {
		t.Skip("it is for the processes that other tests start")
	}
	s, err := history.Open(os.Getenv(childDir))
	require.NoError(t, err)
	others[does](t, s, os.Getenv(childName))
}

func TestRoundsOfSeveralProcessesAreAllKept(t *testing.T) {
	s := open(t)
	var running []*exec.Cmd
	var outputs []*bytes.Buffer
	names := []string{"ann", "bob", "carl", "dora"}
	for _, name := range names {
		cmd, out := child(t, "add", s.Dir(), name)
		require.NoError(t, cmd.Start())
		running, outputs = append(running, cmd), append(outputs, out)
	}
	for i, cmd := range running {
		require.NoError(t, cmd.Wait(), "%s", outputs[i])
	}
	se := s.Series("b")
	numbers, err := se.Numbers()
	require.NoError(t, err)
	require.Len(t, numbers, 5*len(names))
	titles := map[string]bool{}
	for i, n := range numbers {
		assert.Equal(t, i+1, n)
		r, err := se.Report(n)
		require.NoError(t, err)
		require.Len(t, r.Reviews, 1)
		titles[r.Reviews[0].Findings[0].Title] = true
	}
	assert.Len(t, titles, 5*len(names), "each round is somebody's own")
}

func TestAProcessKilledWhileItWritesLeavesTheHistoryWhole(t *testing.T) {
	times := 25
	if testing.Short() {
		times = 4
	}
	s := open(t)
	se := s.Series("b")
	random := rand.New(rand.NewPCG(9, 25))
	before := 0
	for i := range times {
		cmd, out := child(t, "write", s.Dir(), fmt.Sprintf("p%d", i))
		require.NoError(t, cmd.Start())
		time.Sleep(100*time.Millisecond + time.Duration(random.IntN(int(300*time.Millisecond))))
		require.NoError(t, cmd.Process.Kill())
		require.Error(t, cmd.Wait())
		require.NotContains(t, out.String(), "Error", "it had not failed by itself")

		again, err := history.Open(s.Dir())
		require.NoError(t, err)
		numbers, err := se.Numbers()
		require.NoError(t, err)
		require.GreaterOrEqual(t, len(numbers), before, "no round is lost")
		before = len(numbers)
		if before > 0 {
			assert.Equal(t, before, numbers[before-1], "no number is left out")
			last, err := se.Last()
			require.NoError(t, err)
			assert.Equal(t, before, last.Number)
			_, err = se.Report(before)
			require.NoError(t, err, "a round that is there has a report")
		}
		_, err = again.Resolutions()
		require.NoError(t, err)
		_, err = again.BrokenOff()
		require.NoError(t, err)
		wholeFiles(t, s.Dir())
	}
	require.Positive(t, before)
	for _, n := range []int{1, (before + 1) / 2, before} {
		_, err := se.Report(n)
		require.NoError(t, err)
	}
	round(t, se, changeOf(t, "after", 0), claims{name: "ann", at: map[int]string{1: "it goes on"}})
	last, err := se.Last()
	require.NoError(t, err)
	assert.Equal(t, before+1, last.Number)
	t.Logf("killed %d times, with %d rounds", times, before)
}

// wholeFiles checks that each file of a store that has its name is whole.
func wholeFiles(t *testing.T, dir string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".tmp-") || !strings.HasSuffix(path, ".json") {
			return err
		}
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.True(t, bytes.HasSuffix(data, []byte("}\n")), "%s ends in %q", path, data[max(0, len(data)-20):])
		return nil
	}))
}

func TestAnotherProcessHoldsASeriesUntilItDies(t *testing.T) {
	s := open(t)
	cmd, out := child(t, "hold", s.Dir(), "b")
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	held := func() bool {
		_, err := os.Stat(filepath.Join(s.Dir(), "held"))
		return err == nil
	}
	require.Eventually(t, held, 20*time.Second, 10*time.Millisecond, "%s", out)
	_, err := s.Series("b").Lock()
	require.ErrorIs(t, err, history.ErrBusy)
	assert.ErrorContains(t, err, fmt.Sprintf("process %d", cmd.Process.Pid))
	run, err := s.BrokenOff()
	require.NoError(t, err)
	assert.Nil(t, run, "it goes on")

	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait()
	run, err = s.BrokenOff()
	require.NoError(t, err)
	require.NotNil(t, run)
	assert.Equal(t, cmd.Process.Pid, run.PID)
	release, err := s.Series("b").Lock()
	require.NoError(t, err, "its lock went with it")
	release()
}

func TestWhatAKilledProcessLeftIsCleanedUpAfterAWhile(t *testing.T) {
	s := open(t)
	s.Journal(false).Save("a", "an answer", []byte(`1`))
	left := filepath.Join(s.Dir(), "journal", "ab", ".tmp-123")
	require.NoError(t, os.MkdirAll(filepath.Dir(left), 0o700))
	require.NoError(t, os.WriteFile(left, []byte(`{"half`), 0o600))
	_, err := s.Journal(false).Prune(time.Now().Add(-time.Hour))
	require.NoError(t, err)
	assert.FileExists(t, left, "it may be somebody's who is writing now")
	removed, err := s.Journal(false).Prune(time.Now().Add(time.Hour))
	require.NoError(t, err)
	assert.Equal(t, 1, removed, "a half file was no answer")
	assert.NoFileExists(t, left)
}

func TestRoundsAreOrderedByTheirNumbersWhateverTheClockSays(t *testing.T) {
	s := open(t)
	se := s.Series("b")
	ann := claims{name: "ann", at: map[int]string{1: "alpha is wrong"}}
	for i, date := range []time.Time{day, day.AddDate(0, 0, -30), day.AddDate(-9, 0, 0), day.AddDate(0, 0, 1)} {
		c := code(t, "alpha()", fmt.Sprintf("beta(%d)", i))
		require.NoError(t, se.Begin(c))
		require.Equal(t, i+1, c.Round)
		reviews, err := deepreview.Run(t.Context(), c, []deepreview.Reviewer{ann}, nil)
		require.NoError(t, err)
		r, err := (&deepreview.Pipeline{Date: date}).Consolidate(t.Context(), c, reviews)
		require.NoError(t, err)
		_, err = se.Add(t.Context(), r)
		require.NoError(t, err)
		last, err := se.Last()
		require.NoError(t, err)
		assert.Equal(t, i+1, last.Number)
		require.Len(t, last.Issues, 1)
		assert.Equal(t, 1, last.Issues[0].Since)
	}
}

func TestARoundOfANewerVersionIsNeitherReadNorOverwritten(t *testing.T) {
	s := open(t)
	se := s.Series("b")
	r := round(t, se, code(t, "a", "b"), claims{name: "ann", at: map[int]string{1: "x"}})
	file := filepath.Join(s.Dir(), "rounds", "b", "0001.round.json")
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	newer := bytes.Replace(data, []byte(history.Schema), []byte("deepreview.history/9"), 1)
	require.NotEqual(t, data, newer)
	require.NoError(t, os.WriteFile(file, newer, 0o600))
	_, err = se.Last()
	require.ErrorIs(t, err, history.ErrNewer)
	require.ErrorIs(t, se.Begin(code(t, "a")), history.ErrNewer)
	_, err = se.Add(context.Background(), r)
	require.ErrorIs(t, err, history.ErrNewer)
	left, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, newer, left)
}
