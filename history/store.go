package history

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// Schema names the form of a store. Its number is raised when an older program could not read what a newer one writes.
const Schema = "deepreview.history/1"

var (
	// ErrNewer means that a later version of this package wrote the store.
	ErrNewer = errors.New("history of a newer version")
	// ErrBusy means that another process holds what was asked for.
	ErrBusy = errors.New("in use by another process")
	// ErrDamaged means that a file of the store is not what this package writes.
	ErrDamaged = errors.New("damaged")
	// ErrUnknown means that the store has nothing by that name.
	ErrUnknown = errors.New("not in the history")
)

// Store is a folder of reviews. It is safe for concurrent use, also by several processes.
type Store struct {
	dir string
	// Patience is how long a lock is waited for that others hold for a moment only; 0 means 10 seconds.
	Patience time.Duration
}

// header is what the store's own file holds.
type header struct {
	Schema string `json:"schema"`
}

const headerFile = "history.json"

// Open returns the store in dir, which need not exist: nothing is written until there is something to keep. It fails with
// [ErrNewer] or [ErrDamaged].
func Open(dir string) (*Store, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	s := &Store{dir: abs}
	info, err := os.Stat(abs)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return s, nil
	case err != nil:
		return nil, fmt.Errorf("history: %w", err)
	case !info.IsDir():
		return nil, fmt.Errorf("history: %s is a file; name a folder", dir)
	}
	var h header
	err = s.read(headerFile, &h)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return s, nil
	case err != nil:
		return nil, err
	case h.Schema == Schema:
		return s, nil
	case strings.HasPrefix(h.Schema, "deepreview.history/"):
		return nil, fmt.Errorf("%w: %s is in the form %s, and this program writes %s; update it, or name another folder", ErrNewer, dir, h.Schema, Schema)
	}
	return nil, fmt.Errorf("%w: %s is no history of deepreview (its %s says %q); name another folder", ErrDamaged, dir, headerFile, h.Schema)
}

// Dir is the store's folder, absolute.
func (s *Store) Dir() string { return s.dir }

// path is the place of a file of the store, by its slash-separated name in it.
func (s *Store) path(name string) string { return filepath.Join(s.dir, filepath.FromSlash(name)) }

// read reads JSON. Its error wraps fs.ErrNotExist or ErrDamaged.
func (s *Store) read(name string, into any) error {
	data, err := os.ReadFile(s.path(name))
	if err != nil {
		return fmt.Errorf("history: %w", err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%w: %s: %w; move the file away to go on without it", ErrDamaged, s.path(name), err)
	}
	return nil
}

// write writes v as JSON in one step.
func (s *Store) write(name string, v any) error {
	data, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return fmt.Errorf("history: %s: %w", name, err)
	}
	return s.writeBytes(name, append(data, '\n'))
}

func (s *Store) writeBytes(name string, data []byte) error {
	if err := s.prepare(); err != nil {
		return err
	}
	return s.put(name, data)
}

// prepare makes the folder a store.
func (s *Store) prepare() error {
	if _, err := os.Lstat(s.path(headerFile)); err == nil {
		return nil
	}
	data, err := json.Marshal(header{Schema})
	if err != nil {
		return err
	}
	return s.put(headerFile, append(data, '\n'))
}

// tempPrefix begins the name of a file that is being written.
const tempPrefix = ".tmp-"

// put writes a file beside its place, flushes it and renames it, so that whoever looks sees the old file or the new one.
func (s *Store) put(name string, data []byte) (err error) {
	place := s.path(name)
	defer func() {
		if err != nil {
			err = fmt.Errorf("history: %w; what was there before is untouched. Make room or rights there, or name another folder", err)
		}
	}()
	folder := filepath.Dir(place)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(folder, tempPrefix+"*") // for its owner alone
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), place); err != nil {
		return err
	}
	syncFolder(folder)
	return nil
}

// syncFolder makes the renames in a folder last. Not every system can, and then there is nothing to do about it.
func syncFolder(folder string) {
	if d, err := os.Open(folder); err == nil {
		_ = d.Sync()
		d.Close()
	}
}

// briefly runs do while no other process changes the store.
func (s *Store) briefly(ctx context.Context, do func() error) error {
	patience := s.Patience
	if patience <= 0 {
		patience = 10 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := s.prepare(); err != nil {
		return err
	}
	lock := flock.New(s.path("lock"), flock.SetPermissions(0o600))
	defer lock.Close()
	if ok, err := lock.TryLockContext(ctx, 20*time.Millisecond); !ok {
		if errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("history: %w: %s has been locked for %v; try again when the other is done", ErrBusy, s.dir, patience)
		}
		return fmt.Errorf("history: %s cannot be locked: %w", s.dir, err)
	}
	return do()
}

// list returns the names in a folder of the store that end in suffix, without it, in order.
func (s *Store) list(folder, suffix string) ([]string, error) {
	entries, err := os.ReadDir(s.path(folder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	var out []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), suffix); ok && !strings.HasPrefix(name, ".") {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out, nil
}
