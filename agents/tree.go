package agents

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// Bounds of walking a tree.
const (
	maxIndexed  = 100_000  // files of a tree that are known by name
	maxFileSize = 2 << 20  // bytes of a file that is read
	maxSearched = 64 << 20 // bytes that one search reads
)

// index is one tree and the names in it, which are collected once.
type index struct {
	tree fs.FS
	once sync.Once
	// files are the regular files in order; cut says that there are more.
	files []string
	cut   bool
}

// names returns the regular files of the tree, in order.
func (x *index) names(ctx context.Context) []string {
	x.once.Do(func() {
		// Names alone are collected: a walk that is broken off by one caller would leave the others half a list.
		ctx := context.WithoutCancel(ctx)
		_ = fs.WalkDir(x.tree, ".", func(name string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return nil // one folder that cannot be read does not hide the others
			case ctx.Err() != nil:
				return ctx.Err()
			case len(x.files) == maxIndexed:
				x.cut = true
				return fs.SkipAll
			case d.Type().IsRegular():
				x.files = append(x.files, name)
			}
			return nil
		})
	})
	return x.files
}

// read returns a file of the tree. No link is followed on the way to it, whatever kind of file system the tree is.
func (x *index) read(name string) ([]byte, error) {
	if x.tree == nil {
		return nil, errors.New("this side of the change has no tree to read from")
	}
	if !fs.ValidPath(name) || name == "." {
		return nil, fmt.Errorf("%.200q is no path inside the repository; paths look like dir/file.go", name)
	}
	for i := 0; i <= len(name); i++ {
		if i < len(name) && name[i] != '/' {
			continue
		}
		info, err := fs.Lstat(x.tree, name[:i])
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, x.missing(name)
		case err != nil:
			return nil, fmt.Errorf("%.200q cannot be read", name)
		case info.Mode()&fs.ModeSymlink != 0:
			return nil, fmt.Errorf("%.200q is a symbolic link, and links are not followed", name[:i])
		case i < len(name) && !info.IsDir():
			return nil, x.missing(name)
		case i == len(name) && info.IsDir():
			return nil, fmt.Errorf("%.200q is a folder; use list_files", name)
		case i == len(name) && !info.Mode().IsRegular():
			return nil, fmt.Errorf("%.200q is no regular file", name)
		case i == len(name) && info.Size() > maxFileSize:
			return nil, fmt.Errorf("%.200q has %d bytes; files over %d are not read", name, info.Size(), maxFileSize)
		}
	}
	data, err := fs.ReadFile(x.tree, name)
	if err != nil {
		return nil, fmt.Errorf("%.200q cannot be read", name)
	}
	if isBinary(data) {
		return nil, fmt.Errorf("%.200q is binary (%d bytes)", name, len(data))
	}
	return data, nil
}

// missing says that there is no such file, and where one of that name is.
func (x *index) missing(name string) error {
	var like []string
	for _, f := range x.names(context.Background()) {
		if path.Base(f) == path.Base(name) && len(like) < 5 {
			like = append(like, f)
		}
	}
	if len(like) > 0 {
		return fmt.Errorf("there is no file %.200q; did you mean %s?", name, strings.Join(like, ", "))
	}
	return fmt.Errorf("there is no file %.200q", name)
}

// isBinary is how git decides it: a NUL byte near the beginning.
func isBinary(data []byte) bool { return bytes.IndexByte(data[:min(len(data), 8000)], 0) >= 0 }

// textLines returns the lines of a text without their line feeds, made valid UTF-8.
func textLines(data []byte) []string {
	s := string(data)
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	if s == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(s, "\n"), "\n")
}

// below returns the names below a folder that match a pattern; all of them where the pattern is empty. A pattern without a slash
// is matched with a file's base name, another with its path below the folder.
func below(names []string, dir, pattern string) ([]string, error) {
	if _, err := path.Match(pattern, ""); err != nil {
		return nil, fmt.Errorf("%.100q is no pattern: use * ? [a-z], like *.go", pattern)
	}
	var out []string
	for _, name := range names {
		rest := name
		if dir != "." && dir != "" {
			var in bool
			if rest, in = strings.CutPrefix(name, dir+"/"); !in {
				continue
			}
		}
		if pattern != "" {
			subject := rest
			if !strings.Contains(pattern, "/") {
				subject = path.Base(rest)
			}
			if ok, _ := path.Match(pattern, subject); !ok {
				continue
			}
		}
		out = append(out, name)
	}
	return out, nil
}

// inDir lists what lies directly in dir, folders with a slash behind them.
func inDir(names []string, dir string) []string {
	var out []string
	for _, name := range names {
		rest := name
		if dir != "." && dir != "" {
			var in bool
			if rest, in = strings.CutPrefix(name, dir+"/"); !in {
				continue
			}
		}
		first, _, deeper := strings.Cut(rest, "/")
		if deeper {
			first += "/"
		}
		if len(out) == 0 || out[len(out)-1] != first {
			out = append(out, first)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
