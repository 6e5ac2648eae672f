package history

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"time"
)

// Run is a run that began: what is needed to go on with it if it breaks off.
type Run struct {
	Schema string `json:"schema"`
	Series string `json:"series"`
	// Args are the arguments it was started with, Dir the folder it was started in.
	Args  []string  `json:"args"`
	Dir   string    `json:"dir"`
	Began time.Time `json:"began"`
	PID   int       `json:"pid"`
	// Fingerprint is that of its change, Base and Head its revisions.
	Fingerprint string `json:"fingerprint"`
	Base        string `json:"base,omitempty"`
	Head        string `json:"head,omitempty"`
}

func (se *Series) runFile() string { return path.Join("runs", escape(se.name)+".json") }

// Started notes that a run began. Hold the series' lock.
func (se *Series) Started(run Run) error {
	run.Schema, run.Series, run.PID = Schema, se.name, os.Getpid()
	return se.store.write(se.runFile(), run)
}

// Ended notes that the series' run came to its end.
func (se *Series) Ended() error {
	if err := os.Remove(se.store.path(se.runFile())); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("history: %w", err)
	}
	return nil
}

func (se *Series) pending() (*Run, error) {
	var run Run
	if err := se.store.read(se.runFile(), &run); err != nil {
		return nil, err
	}
	return &run, nil
}

// BrokenOff returns the run that broke off last, nil where every run ended or goes on.
func (s *Store) BrokenOff() (*Run, error) {
	names, err := s.list("runs", ".json")
	if err != nil {
		return nil, err
	}
	var last *Run
	for _, name := range names {
		var run Run
		if err := s.read(path.Join("runs", name+".json"), &run); err != nil {
			return nil, err
		}
		release, err := s.Series(run.Series).Lock()
		if errors.Is(err, ErrBusy) {
			continue
		}
		if err != nil {
			return nil, err
		}
		release()
		if last == nil || run.Began.After(last.Began) {
			last = &run
		}
	}
	return last, nil
}
