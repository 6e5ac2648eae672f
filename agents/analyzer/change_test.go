package analyzer

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
)

// sharedCache keeps what is known of the standard library from test to test. What a test writes itself differs, or ought to come
// out the same.
var sharedCache string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "analyzer-test-")
	if err != nil {
		panic(err)
	}
	sharedCache = dir
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// tree is a module "example.com/m" of some files, unless they have a go.mod themselves. A file with the text "-" is not there.
func tree(files map[string]string) fstest.MapFS {
	t := fstest.MapFS{"go.mod": {Data: []byte("module example.com/m\n\ngo 1.24\n")}}
	for name, text := range files {
		t[name] = &fstest.MapFile{Data: []byte(text)}
		if text == "-" {
			delete(t, name)
		}
	}
	return t
}

// changeOf is the change from one tree to another. Each changed file has one hunk, from the first line that differs to the last.
func changeOf(before, after fstest.MapFS) *deepreview.Change {
	c := &deepreview.Change{Tree: after, BaseTree: before}
	names := map[string]bool{}
	for name := range before {
		names[name] = true
	}
	for name := range after {
		names[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		was, is := before[name], after[name]
		f := &deepreview.File{Path: name, Status: deepreview.FileModified}
		var a, b []string
		switch {
		case was != nil && is != nil && string(was.Data) == string(is.Data) && was.Mode == is.Mode:
			continue
		case was == nil:
			f.Status = deepreview.FileAdded
		case is == nil:
			f.Status = deepreview.FileDeleted
		}
		if was != nil {
			a = strings.SplitAfter(strings.TrimSuffix(string(was.Data), "\n")+"\n", "\n")
		}
		if is != nil {
			b = strings.SplitAfter(strings.TrimSuffix(string(is.Data), "\n")+"\n", "\n")
		}
		start := 0
		for start < len(a) && start < len(b) && a[start] == b[start] {
			start++
		}
		for len(a) > start && len(b) > start && a[len(a)-1] == b[len(b)-1] {
			a, b = a[:len(a)-1], b[:len(b)-1]
		}
		h := &deepreview.Hunk{OldStart: start + 1, NewStart: start + 1, OldLines: len(a) - start, NewLines: len(b) - start}
		for _, l := range a[start:] {
			h.Body += "-" + strings.TrimSuffix(l, "\n") + "\n"
		}
		for _, l := range b[start:] {
			h.Body += "+" + strings.TrimSuffix(l, "\n") + "\n"
		}
		f.Hunks = []*deepreview.Hunk{h}
		c.Files = append(c.Files, f)
	}
	return c
}

func reviewOf(t *testing.T, c *deepreview.Change) *deepreview.Review {
	t.Helper()
	rev, err := (&Reviewer{Cache: sharedCache}).Review(t.Context(), c)
	require.NoError(t, err)
	for _, f := range rev.Findings {
		require.NoError(t, f.Validate())
	}
	return rev
}

// found lists the findings, each as "path:line rule".
func found(rev *deepreview.Review) []string {
	var out []string
	for _, f := range rev.Findings {
		out = append(out, f.Locations[0].String()+" "+f.Rule)
	}
	return out
}

// notes lists the notes' titles.
func notes(rev *deepreview.Review) []string {
	var out []string
	for _, n := range rev.Notes {
		out = append(out, n.Title)
	}
	return out
}
