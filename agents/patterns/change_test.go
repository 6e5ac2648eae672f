package patterns

import (
	"strings"
	"testing/fstest"

	"github.com/deepreview-go/deepreview"
)

// edit is a modified file: lines with their op, hunks parted by a line "@@" (or "@@ 120" to begin at line 120).
func edit(path, body string) *deepreview.File {
	f := &deepreview.File{Path: path, Status: deepreview.FileModified}
	start := 10
	var h *deepreview.Hunk
	for text := range strings.SplitSeq(strings.TrimSuffix(strings.TrimPrefix(body, "\n"), "\n"), "\n") {
		if at, ok := strings.CutPrefix(text, "@@"); ok || h == nil {
			if n := strings.TrimSpace(at); ok && n != "" {
				start = 0
				for _, d := range n {
					start = start*10 + int(d-'0')
				}
			}
			h = &deepreview.Hunk{OldStart: start, NewStart: start}
			f.Hunks = append(f.Hunks, h)
			start += 100
			if ok {
				continue
			}
		}
		if text == "" {
			text = " "
		}
		switch text[0] {
		case '+':
			h.NewLines++
			f.Added++
		case '-':
			h.OldLines++
			f.Deleted++
		default:
			h.OldLines++
			h.NewLines++
		}
		h.Body += text + "\n"
	}
	return f
}

// add and remove are a whole file that comes or goes, given by its text.
func add(path, text string) *deepreview.File { return whole(path, text, "+", deepreview.FileAdded) }

func remove(path, text string) *deepreview.File {
	return whole(path, text, "-", deepreview.FileDeleted)
}

func whole(path, text, op string, status deepreview.FileStatus) *deepreview.File {
	var body strings.Builder
	for l := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		body.WriteString(op + l + "\n")
	}
	f := edit(path, "@@ 1\n"+body.String())
	f.Status = status
	return f
}

func renamed(from string, f *deepreview.File) *deepreview.File {
	f.Status, f.OldPath = deepreview.FileRenamed, from
	return f
}

func mode(old, now deepreview.FileMode, f *deepreview.File) *deepreview.File {
	f.OldMode, f.NewMode = old, now
	return f
}

func binary(path string, status deepreview.FileStatus) *deepreview.File {
	return &deepreview.File{Path: path, Status: status, Binary: true}
}

func files(f ...*deepreview.File) *deepreview.Change { return &deepreview.Change{Files: f} }

// withTrees gives a change the trees on both sides, each a list of name and text.
func withTrees(c *deepreview.Change, base, head map[string]string) *deepreview.Change {
	tree := func(m map[string]string) fstest.MapFS {
		fsys := fstest.MapFS{}
		for name, text := range m {
			fsys[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
		}
		return fsys
	}
	c.BaseTree, c.Tree = tree(base), tree(head)
	return c
}

func commits(c ...deepreview.Commit) *deepreview.Change {
	out := &deepreview.Change{}
	for i := range c {
		c[i].ID = strings.Repeat(string(rune('a'+i)), 40)
	}
	out.Commits = c
	return out
}
