package history_test

import (
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/history"
)

// small is a file system of the given size for a test.
func small(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("no file system can be mounted here (%v); the test needs a small one", err)
	}
	t.Cleanup(func() { assert.NoError(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	return dir
}

// fill writes until nothing fits any more.
func fill(t *testing.T, dir string) string {
	t.Helper()
	name := filepath.Join(dir, "filler")
	f, err := os.Create(name)
	require.NoError(t, err)
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	require.ErrorIs(t, err, syscall.ENOSPC)
	return name
}

func TestAFullDiskCostsTheRoundAndNothingThatWasThere(t *testing.T) {
	disk := small(t, "256k")
	s, err := history.Open(filepath.Join(disk, "history"))
	require.NoError(t, err)
	se := s.Series("b")
	ann := claims{name: "ann", at: map[int]string{1: "alpha is wrong"}}
	first := round(t, se, code(t, "alpha()"), ann)
	require.NoError(t, s.Resolve(t.Context(), deepreview.Resolution{Issue: first.Issues[0].ID, As: deepreview.ResolvedDeclined, Why: "no"}))
	filler := fill(t, disk)

	c := code(t, "alpha()", "beta()")
	require.NoError(t, se.Begin(c), "what is there can be read")
	require.Equal(t, 2, c.Round)
	reviews, err := deepreview.Run(t.Context(), c, []deepreview.Reviewer{ann}, nil)
	require.NoError(t, err)
	second, err := (&deepreview.Pipeline{Date: day}).Consolidate(t.Context(), c, reviews)
	require.NoError(t, err)
	_, err = se.Add(t.Context(), second)
	require.ErrorIs(t, err, syscall.ENOSPC)
	assert.ErrorContains(t, err, "what was there before is untouched. Make room or rights there, or name another folder")
	require.ErrorIs(t, s.Resolve(t.Context(), deepreview.Resolution{Issue: "0123456789ab", As: deepreview.ResolvedDeclined, Why: strings.Repeat("because ", 2000)}), syscall.ENOSPC)
	j := s.Journal(false)
	j.Save("key", "an answer", []byte(`{"a":1}`))
	require.ErrorIs(t, j.Err(), syscall.ENOSPC)
	_, ok := j.Load("key")
	assert.False(t, ok)

	assert.Empty(t, leftovers(t, s.Dir()), "no half file")
	wholeFiles(t, s.Dir())
	last, err := se.Last()
	require.NoError(t, err)
	assert.Equal(t, 1, last.Number)
	require.Len(t, last.Resolutions, 1)
	assert.Equal(t, "no", last.Resolutions[0].Why)

	require.NoError(t, os.Remove(filler))
	_, err = se.Add(t.Context(), second)
	require.NoError(t, err, "with room it goes on")
	last, err = se.Last()
	require.NoError(t, err)
	assert.Equal(t, 2, last.Number)
}

// TestAFileThatMayNotGrowIsNeverLeftHalf needs no rights: the other process may write no file of more than 2 kB.
func TestAFileThatMayNotGrowIsNeverLeftHalf(t *testing.T) {
	if os.Getenv(childDoes) == "grow" {
		grow(t)
		return
	}
	s := open(t)
	round(t, s.Series("b"), code(t, "alpha()"), claims{name: "ann", at: map[int]string{1: "alpha is wrong"}})
	cmd, out := child(t, "grow", s.Dir(), "")
	cmd.Args[1] = "-test.run=^" + t.Name() + "$"
	require.NoError(t, cmd.Run(), "%s", out)
	require.Contains(t, out.String(), "both said so")
	assert.Empty(t, leftovers(t, s.Dir()), "no half file")
	wholeFiles(t, s.Dir())
	last, err := s.Series("b").Last()
	require.NoError(t, err)
	assert.Equal(t, 1, last.Number)
}

// grow is what the other process does.
func grow(t *testing.T) {
	signal.Ignore(syscall.SIGXFSZ)
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 2048, Max: 2048}))
	s, err := history.Open(os.Getenv(childDir))
	require.NoError(t, err)
	c := code(t, "alpha()", "beta()")
	require.NoError(t, s.Series("b").Begin(c))
	ann := claims{name: "ann", at: map[int]string{1: strings.Repeat("alpha is wrong ", 500)}}
	reviews, err := deepreview.Run(t.Context(), c, []deepreview.Reviewer{ann}, nil)
	require.NoError(t, err)
	r, err := (&deepreview.Pipeline{Date: day}).Consolidate(t.Context(), c, reviews)
	require.NoError(t, err)
	_, err = s.Series("b").Add(t.Context(), r)
	require.ErrorIs(t, err, syscall.EFBIG)
	j := s.Journal(false)
	j.Save("key", "an answer", []byte(`"`+strings.Repeat("x", 9000)+`"`))
	require.ErrorIs(t, j.Err(), syscall.EFBIG)
	t.Log("both said so")
}

func TestAReadOnlyFolderCanBeReadAndSaysSoWhenWritten(t *testing.T) {
	disk := small(t, "256k")
	s, err := history.Open(filepath.Join(disk, "history"))
	require.NoError(t, err)
	se := s.Series("b")
	ann := claims{name: "ann", at: map[int]string{1: "alpha is wrong"}}
	r := round(t, se, code(t, "alpha()"), ann)
	require.NoError(t, syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))

	c := code(t, "alpha()", "beta()")
	require.NoError(t, se.Begin(c))
	assert.Equal(t, 2, c.Round)
	_, err = se.Add(t.Context(), r)
	require.ErrorIs(t, err, syscall.EROFS)
	_, err = se.Lock()
	require.Error(t, err)
	assert.False(t, errors.Is(err, history.ErrBusy), "nobody holds it: %v", err)
	require.ErrorIs(t, se.Started(history.Run{}), syscall.EROFS)
	run, err := s.BrokenOff()
	require.NoError(t, err)
	assert.Nil(t, run)
	last, err := se.Last()
	require.NoError(t, err)
	assert.Equal(t, 1, last.Number)
}

func TestAFileInTheWayOfAFolderIsNamed(t *testing.T) {
	for _, name := range []string{"rounds", "journal", "runs"} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			require.NoError(t, os.MkdirAll(s.Dir(), 0o700))
			require.NoError(t, os.WriteFile(filepath.Join(s.Dir(), name), []byte("mine"), 0o600))
			var err error
			switch name {
			case "rounds":
				c := code(t, "alpha()")
				reviews, rerr := deepreview.Run(t.Context(), c, []deepreview.Reviewer{claims{name: "ann"}}, nil)
				require.NoError(t, rerr)
				r, rerr := new(deepreview.Pipeline).Consolidate(t.Context(), c, reviews)
				require.NoError(t, rerr)
				_, err = s.Series("b").Add(t.Context(), r)
			case "journal":
				j := s.Journal(false)
				j.Save("key", "an answer", []byte(`1`))
				err = j.Err()
			case "runs":
				_, err = s.Series("b").Lock()
			}
			require.ErrorIs(t, err, syscall.ENOTDIR)
			assert.ErrorContains(t, err, filepath.Join(s.Dir(), name))
			mine, err := os.ReadFile(filepath.Join(s.Dir(), name))
			require.NoError(t, err)
			assert.Equal(t, "mine", string(mine))
		})
	}
}
