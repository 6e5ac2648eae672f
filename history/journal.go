package history

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/deepreview-go/deepreview"
)

// Journal keeps answers by what was asked, so that nothing is paid for twice. It has the methods of agents.Journal, and
// [Journal.Reviewer] for reviewers that are no model. It is safe for concurrent use, also by several processes.
type Journal struct {
	store *Store
	// fresh says that nothing is taken out.
	fresh bool

	mu     sync.Mutex
	reused int
	err    error
}

// Journal returns the store's journal. With fresh nothing is taken out of it: everybody is asked again, and answers are
// kept still.
func (s *Store) Journal(fresh bool) *Journal { return &Journal{store: s, fresh: fresh} }

// entry is a kept answer.
type entry struct {
	Schema string `json:"schema"`
	About  string `json:"about"`
	// Sum is the SHA-256 of Data, compacted: a file that was damaged is no answer.
	Sum  string          `json:"sum"`
	Data json.RawMessage `json:"data"`
}

const entrySchema = "deepreview.journal/1"

func entryName(key string) string {
	sum := sha256.Sum256([]byte(key)) // whatever the key is made of, the name is a name
	name := hex.EncodeToString(sum[:])
	return path.Join("journal", name[:2], name+".json")
}

func sumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Load returns what was kept under key, and false where nothing was, or it is damaged.
func (j *Journal) Load(key string) ([]byte, bool) {
	if j.fresh {
		return nil, false
	}
	data, err := os.ReadFile(j.store.path(entryName(key)))
	if err != nil {
		return nil, false
	}
	var e entry
	if json.Unmarshal(data, &e) != nil || e.Schema != entrySchema || e.Sum != sumOf(e.Data) {
		return nil, false
	}
	j.mu.Lock()
	j.reused++
	j.mu.Unlock()
	return e.Data, true
}

// Save keeps data, which is JSON, under key; about is what it is, for a person. A failure is told by [Journal.Err].
func (j *Journal) Save(key, about string, data []byte) {
	compact, err := json.Marshal(json.RawMessage(data))
	if err == nil {
		var file []byte
		if file, err = json.Marshal(entry{entrySchema, about, sumOf(compact), compact}); err == nil {
			err = j.store.writeBytes(entryName(key), append(file, '\n'))
		}
	}
	if err != nil {
		j.mu.Lock()
		j.err = errors.Join(j.err, err)
		if len(j.err.Error()) > 1<<10 {
			j.err = err // one is enough to say what is the matter
		}
		j.mu.Unlock()
	}
}

// Reused is how many answers were taken out of the journal.
func (j *Journal) Reused() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.reused
}

// Err returns what kept answers from being kept, nil if nothing did.
func (j *Journal) Err() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.err
}

// Prune removes answers that were kept before the given time, and returns how many. What a process that was killed then left half
// written goes too.
func (j *Journal) Prune(before time.Time) (removed int, err error) {
	err = filepath.WalkDir(j.store.path("journal"), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // what cannot be read stays
		}
		answer, half := strings.HasSuffix(name, ".json"), strings.HasPrefix(d.Name(), tempPrefix)
		if info, err := d.Info(); err == nil && info.ModTime().Before(before) && (answer || half) {
			if err := os.Remove(name); err != nil {
				return fmt.Errorf("history: %w", err)
			}
			if answer {
				removed++
			}
		}
		return nil
	})
	return removed, err
}

// Reviewer returns r with its finished reviews kept: asked again about a change that is equal in everything, it
// answers out of the journal. Settings are what its review depends on besides the change: the version of its rules, its model, its
// options. A reviewer whose answer is made of the replies of a Model need not be wrapped; see agents.Journaled.
func (j *Journal) Reviewer(r deepreview.Reviewer, settings string) deepreview.Reviewer {
	return &remembering{r, j, settings}
}

type remembering struct {
	deepreview.Reviewer
	journal  *Journal
	settings string
}

func (r *remembering) Review(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error) {
	key := "review\x00" + r.Name() + "\x00" + r.settings + "\x00" + inputs(c)
	if data, ok := r.journal.Load(key); ok {
		var kept deepreview.Review
		if json.Unmarshal(data, &kept) == nil {
			return &kept, nil
		}
	}
	began := time.Now()
	rev, err := r.Reviewer.Review(ctx, c)
	if err != nil || rev == nil {
		return rev, err
	}
	own := *rev
	if own.Started.IsZero() {
		own.Started = began
	}
	if own.Duration == 0 {
		own.Duration = time.Since(began)
	}
	if data, err := json.Marshal(&own); err == nil {
		r.journal.Save(key, "review by "+r.Name(), data)
	}
	return &own, nil
}

// inputs identifies all that a reviewer is given. The base and the files' content identify the trees.
func inputs(c *deepreview.Change) string {
	type file struct {
		Path, OldPath, Status, OldID, NewID, Unreadable string
		OldMode, NewMode                                deepreview.FileMode
	}
	in := struct {
		Fingerprint string
		Header      deepreview.Header
		Files       []file
		Guidance    []deepreview.Guidance
		Threads     []deepreview.Thread
		Previous    *deepreview.Round
		Trees       [2]bool
	}{c.Fingerprint(), c.Header, nil, c.Guidance, c.Threads, c.Previous, [2]bool{c.BaseTree != nil, c.Tree != nil}}
	for _, f := range c.Files {
		in.Files = append(in.Files, file{f.Path, f.OldPath, string(f.Status), f.OldID, f.NewID, f.Unreadable, f.OldMode, f.NewMode})
	}
	data, err := json.Marshal(in)
	if err != nil {
		return fmt.Sprint(err, time.Now()) // equal to nothing
	}
	return sumOf(data)
}
