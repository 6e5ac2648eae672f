package main

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/deepreview-go/deepreview"
)

// writeFile has render write the file called name below folder. It appears when it is whole; until then, and where
// anything goes wrong, what was there before stays.
func writeFile(folder, name string, render func(io.Writer) error) (err error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer root.Close()
	mode := fs.FileMode(0)
	if info, err := root.Lstat(name); err == nil {
		if err := replaceable(info); err != nil {
			return err
		}
		mode = info.Mode().Perm()
	}
	temp := filepath.Join(filepath.Dir(name), ".deepreview-"+rand.Text()[:12]+".tmp")
	f, err := root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close() // a second time perhaps, which does nothing
			root.Remove(temp)
		}
	}()
	w := bufio.NewWriterSize(f, 64<<10)
	if err := render(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	// Some file systems find out that they are full only now.
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if mode != 0 {
		if err := root.Chmod(temp, mode); err != nil {
			return err
		}
	}
	return root.Rename(temp, name)
}

// sealed returns r as its JSON has it. Every format is rendered from that, so that the JSON renders to the same bytes later.
func sealed(r *deepreview.Report) (*deepreview.Report, error) {
	in, out := io.Pipe()
	go func() { out.CloseWithError(r.WriteJSON(out)) }()
	defer in.Close()
	return deepreview.ReadReport(in)
}

// write writes r, a report of c if that is known, everywhere it should go. One that fails does not stop the others.
func (e *env) write(s *settings, c *deepreview.Change, r *deepreview.Report) error {
	file := medium{templates: s.templateFS(), change: c}
	var written, failed []string
	var problems []error
	toStdout := false
	// Files come first: whoever reads standard output may leave early, which ends the process.
	for _, d := range slices.SortedStableFunc(slices.Values(s.out), stdoutLast) {
		var err error
		if d.path == stdoutPath {
			w := bufio.NewWriterSize(e.stdout, 64<<10)
			screen := file
			screen.look = e.look(e.stdout)
			if err = d.format.renderer(screen).Render(w, r); err == nil {
				err = w.Flush()
			}
			toStdout = true
		} else {
			folder, name := d.place()
			err = writeFile(folder, name, func(w io.Writer) error { return d.format.renderer(file).Render(w, r) })
		}
		switch {
		case err != nil:
			problems = append(problems, fmt.Errorf("--out %s could not be written: %w", d, err))
			failed = append(failed, "--out "+quoteArgument(d.String()))
		case d.path != stdoutPath:
			written = append(written, d.path)
		}
	}
	if len(written) > 0 {
		e.note(s, "Wrote %s. A report contains source code of the change: share it like the code.", strings.Join(written, ", "))
	}
	if len(problems) > 0 {
		problems = append(problems, e.rescue(r, failed, toStdout))
	}
	return errors.Join(problems...)
}

func stdoutLast(a, b destination) int {
	switch {
	case a.path != stdoutPath && b.path == stdoutPath:
		return -1
	case a.path == stdoutPath && b.path != stdoutPath:
		return 1
	}
	return 0
}

// rescue keeps a report that could not be written to all of its places, and returns what to do with it.
func (e *env) rescue(r *deepreview.Report, failed []string, stdoutUsed bool) error {
	folder := os.TempDir()
	name := "deepreview-" + rand.Text()[:12] + ".json"
	err := writeFile(folder, name, r.WriteJSON)
	if err == nil {
		path := filepath.Join(folder, name)
		return fmt.Errorf("the report is kept in %s; when there is room, or with another place:\n  deepreview render %s %s",
			path, quoteArgument(path), strings.Join(failed, " "))
	}
	if stdoutUsed {
		return fmt.Errorf("nor could it be kept in %s: %w; make room and run this again, or pass it on with --out json=-", folder, err)
	}
	if err := r.WriteJSON(e.stdout); err != nil {
		return fmt.Errorf("nor could it be kept in %s or on standard output: %w; make room and run this again", folder, err)
	}
	return fmt.Errorf("nor could it be kept in %s: %w; its JSON went to standard output instead, for deepreview render", folder, err)
}

// quoteArgument is an argument as a shell takes it.
func quoteArgument(s string) string {
	if strings.IndexFunc(s, func(r rune) bool {
		return !strings.ContainsRune(`/\._-=:+@%,`, r) && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
