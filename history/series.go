package history

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/deepreview-go/deepreview"
)

// Series is the rounds of one change that is reviewed again and again: a branch, a pull request.
type Series struct {
	store *Store
	name  string
}

// Series returns the series by that name, which need not have a round yet.
func (s *Store) Series(name string) *Series { return &Series{s, name} }

// All returns every series that has a round, in the order of their folders. One whose newest round cannot be read is an error.
func (s *Store) All() ([]*Series, error) {
	folders, err := s.list("rounds", "")
	if err != nil {
		return nil, err
	}
	var out []*Series
	for _, folder := range folders {
		rounds, err := s.list(path.Join("rounds", folder), roundSuffix)
		if err != nil {
			return nil, err
		}
		if len(rounds) == 0 {
			continue // a run that broke off before its end
		}
		var k kept
		if err := s.read(path.Join("rounds", folder, rounds[len(rounds)-1]+roundSuffix), &k); err != nil {
			return nil, err
		}
		out = append(out, s.Series(k.Series))
	}
	return out, nil
}

// Name is the series' name.
func (se *Series) Name() string { return se.name }

const (
	roundSuffix  = ".round.json"
	reportSuffix = ".report.json"
)

func (se *Series) folder() string { return path.Join("rounds", escape(se.name)) }

func (se *Series) file(n int, suffix string) string {
	return path.Join(se.folder(), fmt.Sprintf("%04d%s", n, suffix))
}

// longestFolder is well below what file systems take for one name.
const longestFolder = 120

// escape makes a folder's name of any text: small letters, digits, "-", "_" and dots inside stand for themselves. Capitals do not,
// since not every file system tells them apart. What is long ends in its digest.
func escape(name string) string {
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_', c == '.' && i > 0 && i < len(name)-1:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02x", c)
		}
	}
	out := b.String()
	if len(out) > longestFolder {
		out = out[:longestFolder-20] + "%" + sumOf([]byte(name))[:16]
	}
	return cmp.Or(out, "%")
}

// kept is a round as it is on disk.
type kept struct {
	Schema string `json:"schema"`
	Series string `json:"series"`
	// Fingerprint is that of the change that was reviewed, Runs how often: the same change reviewed again is the same round.
	Fingerprint string            `json:"fingerprint"`
	Runs        int               `json:"runs"`
	Round       *deepreview.Round `json:"round"`
}

// Numbers returns the numbers of the rounds there are, ascending.
func (se *Series) Numbers() ([]int, error) {
	names, err := se.store.list(se.folder(), roundSuffix)
	if err != nil {
		return nil, err
	}
	var out []int
	for _, name := range names {
		if n, err := strconv.Atoi(name); err == nil && n > 0 {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out, nil
}

// load reads a round.
func (se *Series) load(n int) (*kept, error) {
	var k kept
	err := se.store.read(se.file(n, roundSuffix), &k)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("round %d of %s: %w", n, se.name, ErrUnknown)
	case err != nil:
		return nil, err
	case k.Schema == "" || k.Round == nil || slices.Contains(k.Round.Issues, nil):
		return nil, fmt.Errorf("%w: %s holds no round; move the file away to go on without it", ErrDamaged, se.store.path(se.file(n, roundSuffix)))
	case k.Schema != Schema:
		return nil, fmt.Errorf("%w: round %d of %s is in the form %q, and this program reads %s", ErrNewer, n, se.name, k.Schema, Schema)
	}
	return &k, nil
}

// newest returns the newest round, nil where there is none.
func (se *Series) newest() (*kept, error) {
	numbers, err := se.Numbers()
	if err != nil || len(numbers) == 0 {
		return nil, err
	}
	return se.load(numbers[len(numbers)-1])
}

// before returns the round before the newest, nil where there is none.
func (se *Series) before() (*deepreview.Round, error) {
	numbers, err := se.Numbers()
	if err != nil || len(numbers) < 2 {
		return nil, err
	}
	k, err := se.load(numbers[len(numbers)-2])
	if err != nil {
		return nil, err
	}
	return k.Round, nil
}

// Last returns the newest round with what people decided until now, nil where there is none.
func (se *Series) Last() (*deepreview.Round, error) {
	last, err := se.newest()
	if err != nil || last == nil {
		return nil, err
	}
	last.Round.Resolutions, err = se.store.Resolutions()
	return last.Round, err
}

// Begin tells c which round this is, and what the rounds before it and people's decisions left; extra are decisions kept
// elsewhere. A change that the newest round reviewed already is that round again.
func (se *Series) Begin(c *deepreview.Change, extra ...deepreview.Resolution) error {
	last, err := se.newest()
	if err != nil {
		return err
	}
	decided, err := se.store.Resolutions()
	if err != nil {
		return err
	}
	decided = append(slices.Clone(extra), decided...) // a later one counts
	var prev *deepreview.Round
	switch {
	case last == nil:
		c.Round = 1
	case se.same(last, c.Fingerprint(), c.Base):
		c.Round = last.Round.Number
		if prev, err = se.before(); err != nil {
			return err
		}
	default:
		c.Round, prev = last.Round.Number+1, last.Round
	}
	if prev == nil && len(decided) > 0 {
		prev = &deepreview.Round{}
	}
	if prev != nil {
		prev.Resolutions = decided
		c.Previous = prev
	}
	return nil
}

func (se *Series) same(k *kept, fingerprint, base string) bool {
	return k.Fingerprint == fingerprint && k.Round.Base == base
}

// Add keeps the report of a change that [Series.Begin] knows. Where another process added a round since, the report's is the one
// behind it: nothing is overwritten. The report of the same change reviewed before stays beside this one.
func (se *Series) Add(ctx context.Context, r *deepreview.Report) (*deepreview.Round, error) {
	var out *deepreview.Round
	err := se.store.briefly(ctx, func() error {
		last, err := se.newest()
		if err != nil {
			return err
		}
		k := kept{Schema: Schema, Series: se.name, Fingerprint: r.Fingerprint, Runs: 1}
		switch {
		case last != nil && se.same(last, r.Fingerprint, r.Change.Base):
			prev, err := se.before()
			if err != nil {
				return err
			}
			k.Runs = last.Runs + 1
			k.Round = prev.Next(r)
			k.Round.Number = last.Round.Number
			carry(k.Round, last.Round)
		case last != nil:
			k.Round = last.Round.Next(r)
		default:
			k.Round = (*deepreview.Round)(nil).Next(r)
		}
		n := k.Round.Number
		name := se.file(n, reportSuffix)
		if k.Runs > 1 {
			name = se.file(n, fmt.Sprintf("-%d%s", k.Runs, reportSuffix))
		}
		var report bytes.Buffer
		if err := r.WriteJSON(&report); err != nil {
			return err
		}
		// The report comes first: a round that is there has one.
		if err := se.store.writeBytes(name, report.Bytes()); err != nil {
			return err
		}
		out = k.Round
		return se.store.write(se.file(n, roundSuffix), k)
	})
	return out, err
}

// carry adds to a round what an earlier run of it found and this one did not: another panel may have looked.
func carry(round, earlier *deepreview.Round) {
	for _, is := range earlier.Issues {
		if !slices.ContainsFunc(round.Issues, func(x *deepreview.Issue) bool { return x.ID == is.ID }) {
			round.Issues = append(round.Issues, is)
		}
	}
	slices.SortFunc(round.Issues, func(a, b *deepreview.Issue) int { return cmp.Compare(a.ID, b.ID) })
}

// Report returns the newest report of a round.
func (se *Series) Report(n int) (*deepreview.Report, error) {
	k, err := se.load(n)
	if err != nil {
		return nil, err
	}
	name := se.file(n, reportSuffix)
	if k.Runs > 1 {
		name = se.file(n, fmt.Sprintf("-%d%s", k.Runs, reportSuffix))
	}
	f, err := os.Open(se.store.path(name))
	if err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	defer f.Close()
	r, err := deepreview.ReadReport(f)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrDamaged, f.Name(), err)
	}
	return r, nil
}

// Prune removes all but the newest keep rounds, at least one, and returns how many it removed. The newest knows every issue of those
// before it.
func (se *Series) Prune(ctx context.Context, keep int) (removed int, err error) {
	err = se.store.briefly(ctx, func() error {
		numbers, err := se.Numbers()
		if err != nil {
			return err
		}
		for _, n := range numbers[:max(0, len(numbers)-max(keep, 1))] {
			// The round goes first: a report alone is nothing.
			if err := os.Remove(se.store.path(se.file(n, roundSuffix))); err != nil {
				return fmt.Errorf("history: %w", err)
			}
			removed++
			names, err := se.store.list(se.folder(), reportSuffix)
			if err != nil {
				return err
			}
			for _, name := range names {
				if strings.HasPrefix(name, fmt.Sprintf("%04d", n)) {
					if err := os.Remove(se.store.path(path.Join(se.folder(), name+reportSuffix))); err != nil {
						return fmt.Errorf("history: %w", err)
					}
				}
			}
		}
		return nil
	})
	return removed, err
}

// Forget removes the series that match by name and have had no round since the given time, and returns how many. What people decided
// stays.
func (s *Store) Forget(ctx context.Context, before time.Time, match func(name string) bool) (removed int, err error) {
	all, err := s.All()
	if err != nil {
		return 0, err
	}
	for _, se := range all {
		if !match(se.name) {
			continue
		}
		numbers, err := se.Numbers()
		if err != nil {
			return removed, err
		}
		info, err := os.Stat(s.path(se.file(numbers[len(numbers)-1], roundSuffix)))
		if err != nil || !info.ModTime().Before(before) {
			continue
		}
		if err := s.briefly(ctx, func() error { return os.RemoveAll(s.path(se.folder())) }); err != nil {
			return removed, fmt.Errorf("history: %w", err)
		}
		removed++
	}
	return removed, nil
}

// Lock keeps other processes from running this series until release is called or this process ends. It does not wait: it fails
// with [ErrBusy], saying who holds it.
func (se *Series) Lock() (release func(), err error) {
	if err := se.store.prepare(); err != nil {
		return nil, err
	}
	name := path.Join("runs", escape(se.name)+".lock")
	if err := os.MkdirAll(se.store.path("runs"), 0o700); err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	lock := flock.New(se.store.path(name), flock.SetPermissions(0o600))
	ok, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("history: %s cannot be locked: %w", se.name, err)
	}
	if !ok {
		lock.Close()
		who := ""
		if run, err := se.pending(); err == nil && run != nil {
			who = fmt.Sprintf(" (process %d, since %s)", run.PID, run.Began.Local().Format(time.TimeOnly))
		}
		return nil, fmt.Errorf("%s: %w%s", se.name, ErrBusy, who)
	}
	return func() { lock.Close() }, nil
}

// Export writes everything that the series has as one JSON document: its name, rounds, reports and the decisions of the store.
func (se *Series) Export() ([]byte, error) {
	numbers, err := se.Numbers()
	if err != nil {
		return nil, err
	}
	doc := struct {
		Schema      string                  `json:"schema"`
		Series      string                  `json:"series"`
		Resolutions []deepreview.Resolution `json:"resolutions,omitempty"`
		Rounds      []*kept                 `json:"rounds"`
		Reports     []*deepreview.Report    `json:"reports"`
	}{Schema: Schema, Series: se.name, Rounds: []*kept{}, Reports: []*deepreview.Report{}}
	if doc.Resolutions, err = se.store.Resolutions(); err != nil {
		return nil, err
	}
	for _, n := range numbers {
		k, err := se.load(n)
		if err != nil {
			return nil, err
		}
		r, err := se.Report(n)
		if err != nil {
			return nil, err
		}
		doc.Rounds, doc.Reports = append(doc.Rounds, k), append(doc.Reports, r)
	}
	return json.MarshalIndent(doc, "", " ")
}
