package analyzer

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/deepreview-go/deepreview"
)

// scope is what of a change is Go code.
type scope struct {
	change *deepreview.Change
	// files are the changed Go files in the order of the change.
	files  []*deepreview.File
	byPath map[string]*deepreview.File // all changed files
	// outside says of those that are not analyzed why, by path.
	outside map[string]string
	// folders are those of the others, sorted.
	folders []string
}

func newScope(c *deepreview.Change) *scope {
	s := &scope{change: c, byPath: map[string]*deepreview.File{}, outside: map[string]string{}}
	folders := map[string]bool{}
	for _, f := range c.Files {
		if f == nil {
			continue
		}
		s.byPath[f.Path] = f
		if !strings.HasSuffix(f.Path, ".go") {
			continue
		}
		s.files = append(s.files, f)
		if why := leftOut(f); why != "" {
			s.outside[f.Path] = why
			continue
		}
		folders[path.Dir(f.Path)] = true
	}
	s.folders = slices.Sorted(maps.Keys(folders))
	return s
}

// leftOut says why a changed Go file is not even looked for in the tree; empty if it is. A deleted file is not analyzed
// itself, but what is left of its package is.
func leftOut(f *deepreview.File) string {
	switch {
	case f.Unreadable != "":
		return f.Unreadable
	case f.Submodule():
		return "a submodule: its content is in another repository"
	case f.LFS:
		return "a pointer to a large file: its content is kept elsewhere"
	case f.Symlink():
		return "a symbolic link, which is not followed"
	}
	return beyondTheGoCommand(f.Path)
}

// beyondTheGoCommand says why the go command passes over a path.
func beyondTheGoCommand(name string) string {
	elements := strings.Split(name, "/")
	for i, e := range elements {
		switch file := i == len(elements)-1; {
		case e == "vendor" && !file:
			return "vendored: the code of other people, which is compiled but not analyzed"
		case e == "testdata" && !file, strings.HasPrefix(e, "_"), strings.HasPrefix(e, "."):
			return "the go command passes over " + e
		case strings.Contains(e, "...") && !file:
			return "the go command takes the name of its folder for a pattern"
		}
	}
	return ""
}

// gone reports whether the file is no more at head.
func gone(f *deepreview.File) bool { return f.Status == deepreview.FileDeleted }

// before returns the name that a file at head had at the merge-base, and false if it is new.
func (s *scope) before(name string) (string, bool) {
	f := s.byPath[name]
	switch {
	case f == nil:
		return name, true
	case f.Status == deepreview.FileAdded, f.Status == deepreview.FileCopied:
		return "", false
	}
	return f.Before(), true
}

// added returns the lines of a file at head that the change wrote.
func (s *scope) added(name string) map[int]bool {
	lines := map[int]bool{}
	if f := s.byPath[name]; f != nil {
		for _, h := range f.Hunks {
			for l := range h.Lines() {
				if l.Op == deepreview.OpAdd {
					lines[l.New] = true
				}
			}
		}
	}
	return lines
}

// baseFolders returns the folders at the merge-base that correspond to those at head, sorted.
func (s *scope) baseFolders(head []string) []string {
	folders := slices.Clone(head)
	for _, f := range s.files {
		if f.OldPath != "" && slices.Contains(head, path.Dir(f.Path)) && beyondTheGoCommand(f.OldPath) == "" {
			folders = append(folders, path.Dir(f.OldPath))
		}
	}
	slices.Sort(folders)
	return slices.Compact(folders)
}
