package analyzer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"honnef.co/go/tools/lintcmd/cache"
)

// entryAge is how long a result lies unused before it is removed.
const entryAge = 30 * 24 * time.Hour

// layout changes whenever what is stored, or how it is computed, does.
const layout = "1"

// version identifies the analyzers: every module compiled into this program, with its version.
var version = sync.OnceValue(func() string {
	h := sha256.New()
	io.WriteString(h, layout)
	if info, ok := debug.ReadBuildInfo(); ok {
		io.WriteString(h, info.GoVersion)
		for _, m := range info.Deps {
			for ; m != nil; m = m.Replace {
				fmt.Fprintf(h, "\x00%s\x00%s\x00%s", m.Path, m.Version, m.Sum)
			}
		}
	}
	// A program that does not tell still knows what its rules are.
	for _, r := range allRules() {
		fmt.Fprintf(h, "\x00%s\x00%s", r.ID, r.Why)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
})

// store holds results on disk: results, of a whole tree, and facts, of each package on the way there.
type store struct{ dir, results, facts string }

// openStore makes the folders of a store below dir.
func openStore(dir string) (*store, error) {
	s := &store{dir, filepath.Join(dir, "results"), filepath.Join(dir, "facts-"+version())}
	for _, d := range []string{s.results, s.facts} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// sealed is how a result lies on disk.
type sealed struct {
	Key    string          `json:"key"`
	Digest string          `json:"digest"`
	Result json.RawMessage `json:"result"`
}

func seal(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// load returns the result of a key, and false if there is none or it is not what was written.
func (s *store) load(key string) (*side, bool) {
	name := filepath.Join(s.results, key+".json")
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, false
	}
	var e sealed
	if json.Unmarshal(data, &e) != nil || e.Key != key || e.Digest != seal(e.Result) {
		return nil, false
	}
	var r side
	if json.Unmarshal(e.Result, &r) != nil {
		return nil, false
	}
	now := time.Now()
	_ = os.Chtimes(name, now, now) // only makes it live longer
	return &r, true
}

// save writes the result of a key, so that no reader sees half of it, and removes what nobody asked for in a long time.
func (s *store) save(key string, r *side) (err error) {
	data, err := json.Marshal(r)
	if err == nil {
		data, err = json.Marshal(sealed{key, seal(data), data})
	}
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(s.results, "new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), filepath.Join(s.results, key+".json"))
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	s.trim(time.Now().Add(-entryAge))
	return nil
}

// trim removes results that were last used before a time, and the facts of other versions of the analyzers. That one cannot be
// removed is no reason to fail.
func (s *store) trim(before time.Time) {
	others, _ := os.ReadDir(s.dir)
	for _, e := range others {
		dir := filepath.Join(s.dir, e.Name())
		if !e.IsDir() || !strings.HasPrefix(e.Name(), "facts-") || dir == s.facts {
			continue
		}
		if info, err := e.Info(); err == nil && info.ModTime().Before(before) {
			_ = os.RemoveAll(dir)
		}
	}
	entries, _ := os.ReadDir(s.results)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && info.ModTime().Before(before) {
			_ = os.Remove(filepath.Join(s.results, e.Name()))
		}
	}
}

// facts is the cache of what is known of each package. It believes no entry that is not what was written, and takes nothing from
// an analysis that was stopped or in which an analyzer broke: the runner would store that as if nothing had been found.
type facts struct {
	*cache.DiskCache
	ctx    context.Context
	broken *atomic.Bool
}

func openFacts(ctx context.Context, dir string, broken *atomic.Bool) (*facts, error) {
	disk, err := cache.Open(dir)
	if err != nil {
		return nil, err
	}
	return &facts{disk, ctx, broken}, nil
}

var errDamaged = errors.New("cache entry is damaged")

// Get returns the entry of an action, if what it stands for is whole.
func (f *facts) Get(id cache.ActionID) (cache.Entry, error) {
	entry, err := f.DiskCache.Get(id)
	if err != nil {
		return entry, err
	}
	file, err := os.Open(f.OutputFile(entry.OutputID))
	if err != nil {
		return entry, err
	}
	defer file.Close()
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return entry, err
	}
	if cache.OutputID(h.Sum(nil)) != entry.OutputID {
		return entry, errDamaged
	}
	return entry, nil
}

// Put stores an entry.
func (f *facts) Put(id cache.ActionID, r io.ReadSeeker) (cache.OutputID, int64, error) {
	if err := context.Cause(f.ctx); err != nil {
		return cache.OutputID{}, 0, err
	}
	if f.broken.Load() {
		return cache.OutputID{}, 0, errBroken
	}
	return f.DiskCache.Put(id, r)
}

// resultKey identifies an analysis by all that goes into it.
func resultKey(parts ...string) string {
	h := sha256.New()
	for _, p := range append(parts, version()) {
		fmt.Fprintf(h, "%d:%s,", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// joined is a list as one part of a key.
func joined(list []string) string { return strings.Join(list, "\x00") }
