package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/report"
)

// stdoutPath is the path that stands for standard output.
const stdoutPath = "-"

// format is a format a report can be written in.
type format struct {
	// names are what a user can call it, the usual one first.
	names    []string
	renderer func(m medium) report.Renderer
}

// medium is what a format may need besides the report.
type medium struct {
	templates fs.FS
	look      look
	// change is what was reviewed; nil where the report was read from a file.
	change *deepreview.Change
}

func formats() []format {
	return []format{
		{[]string{"html", "htm"}, func(m medium) report.Renderer { return report.HTML{Templates: m.templates} }},
		{[]string{"markdown", "md"}, func(m medium) report.Renderer { return report.Markdown{Templates: m.templates} }},
		{[]string{"text", "txt"}, func(m medium) report.Renderer {
			return report.Text{Templates: m.templates, Width: min(m.look.columns, widest), Color: m.look.color, Links: m.look.color}
		}},
		{[]string{"lines"}, func(medium) report.Renderer { return report.Lines{} }},
		{[]string{"json"}, func(medium) report.Renderer { return report.JSON{} }},
		{[]string{"sarif"}, func(medium) report.Renderer { return report.SARIF{} }},
		{[]string{"rdjson"}, func(medium) report.Renderer { return report.RDJSON{} }},
		{[]string{"rdjsonl"}, func(medium) report.Renderer { return report.RDJSONLines{} }},
		{[]string{"gitlab"}, func(medium) report.Renderer { return report.GitLab{} }},
		{[]string{"github"}, func(m medium) report.Renderer { return report.GitHubReview{Change: m.change} }},
	}
}

// widest is the number of columns from which prose is tiring to read.
const widest = 110

func formatNamed(name string) (format, bool) {
	at := slices.IndexFunc(formats(), func(f format) bool { return slices.Contains(f.names, strings.ToLower(name)) })
	if at < 0 {
		return format{}, false
	}
	return formats()[at], true
}

// destination is where a report goes, and in which format.
type destination struct {
	format format
	path   string
}

// parseDestination reads FORMAT=PATH.
func parseDestination(text string) (destination, error) {
	name, path, ok := strings.Cut(text, "=")
	f, known := formatNamed(name)
	switch {
	case !ok:
		if f, known := formatNamed(strings.TrimPrefix(filepath.Ext(text), ".")); known {
			return destination{}, fmt.Errorf("it names no format; write --out %s=%s", f.names[0], text)
		}
		if known {
			return destination{}, fmt.Errorf("it names no file; write --out %s=FILE, or %s=- for standard output", f.names[0], f.names[0])
		}
		return destination{}, errors.New("write it as FORMAT=PATH, such as html=review.html")
	case !known:
		var all, usual []string
		for _, f := range formats() {
			all, usual = append(all, f.names...), append(usual, f.names[0])
		}
		if near := nearest(name, all); near != "" {
			return destination{}, fmt.Errorf("there is no format %q; did you mean %s?", name, near)
		}
		return destination{}, fmt.Errorf("there is no format %q; choose from %s", name, strings.Join(usual, ", "))
	case path == "":
		return destination{}, fmt.Errorf("it names no file; write --out %s=FILE, or %s=- for standard output", name, name)
	}
	return destination{f, path}, nil
}

func (d destination) String() string { return d.format.names[0] + "=" + d.path }

// place is the folder that d's file must not leave, and its name there. What lies below the current folder stays below it,
// so that a symbolic link in a repository leads nowhere; what the user names elsewhere stays in the named folder.
func (d destination) place() (folder, name string) {
	if filepath.IsLocal(d.path) {
		return ".", filepath.Clean(d.path)
	}
	return filepath.Dir(d.path), filepath.Base(d.path)
}

// checkDestinations finds what could not be written, before anything is paid for.
func checkDestinations(out []destination) error {
	for i, d := range out {
		for _, other := range out[:i] {
			if d.path == stdoutPath && other.path == stdoutPath {
				return usagef("--out %s and --out %s are both standard output; write one of them to a file", other, d)
			}
			if d.path != stdoutPath && other.path != stdoutPath && sameFile(d.path, other.path) {
				return usagef("--out %s and --out %s are one file; name two", other, d)
			}
		}
		if d.path == stdoutPath {
			continue
		}
		if err := d.check(); err != nil {
			return usagef("--out %s: %v", d, err)
		}
	}
	return nil
}

func sameFile(a, b string) bool {
	if x, err := filepath.Abs(a); err == nil {
		if y, err := filepath.Abs(b); err == nil && realPath(x) == realPath(y) {
			return true
		}
	}
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

func (d destination) check() error {
	if os.IsPathSeparator(d.path[len(d.path)-1]) {
		return errors.New("that is a folder; name a file in it")
	}
	folder, name := d.place()
	root, err := os.OpenRoot(folder)
	if err != nil {
		return placeError(err, folder)
	}
	defer root.Close()
	info, err := root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err = root.Stat(filepath.Dir(name)); err != nil {
			return placeError(err, filepath.Dir(d.path))
		}
		return nil
	}
	if err != nil {
		return placeError(err, filepath.Dir(d.path))
	}
	return replaceable(info)
}

// replaceable says why what is there is not to be replaced by a report.
func replaceable(info fs.FileInfo) error {
	switch mode := info.Mode(); {
	case mode.IsDir():
		return errors.New("that is a folder; name a file in it")
	case mode&fs.ModeSymlink != 0:
		return errors.New("that is a symbolic link, which is not followed; name the file itself, or - for standard output")
	case !mode.IsRegular():
		return errors.New("that is no ordinary file, and would be replaced; name another, or - for standard output")
	}
	return nil
}

func placeError(err error, folder string) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no folder %s; make it first", folder)
	case strings.Contains(err.Error(), "escapes from parent"): // os.Root has no error to compare with
		return fmt.Errorf("a symbolic link leads from %s to elsewhere; name the place itself", folder)
	}
	return err
}
