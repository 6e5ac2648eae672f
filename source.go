package deepreview

import (
	"io/fs"
	"sort"
	"strings"
)

// maxSourceFile is the largest file that is read whole from a tree to show or search it. Beyond it
// only what the diff shows is known.
const maxSourceFile = 4 << 20

// sources reads the code of a change, from its trees where there are any, else from the diff, which knows only
// the lines near a change. It serves one consolidation and is not safe for concurrent use.
type sources struct {
	change *Change
	files  map[string]*File // by Path
	olds   map[string]*File // by OldPath, where it differs
	texts  map[textKey]*text
	// Two indexes, made when first needed: paths of the head tree by base name, and the places of
	// the diff's lines at head by their text without white space around it.
	tree  map[string][]string
	lines map[string][]Location
}

type textKey struct {
	path string
	old  bool
}

func newSources(c *Change) *sources {
	s := &sources{change: c, files: map[string]*File{}, olds: map[string]*File{}, texts: map[textKey]*text{}}
	for _, f := range c.Files {
		s.files[f.Path] = f
		if f.OldPath != "" {
			s.olds[f.OldPath] = f
		}
	}
	return s
}

// text is what is known of a file's lines.
type text struct {
	// spans are runs of lines without a gap, in order.
	spans []span
	// whole says that the spans are the whole file; noEOL that its last line has no line feed.
	whole, noEOL bool
	// decls are the declarations of a Go file; see goDecls.
	decls  []decl
	parsed bool
	// ids are the identifiers in it; see names.
	ids map[string]bool
}

// span is a run of lines; the first is line start, counted from 1.
type span struct {
	start int
	lines []string
}

// last returns the number of the last line known.
func (t *text) last() int {
	if len(t.spans) == 0 {
		return 0
	}
	s := t.spans[len(t.spans)-1]
	return s.start + len(s.lines) - 1
}

// spanAt returns the run that holds line n.
func (t *text) spanAt(n int) (span, bool) {
	i := sort.Search(len(t.spans), func(i int) bool { return t.spans[i].start > n }) - 1
	if i < 0 || n >= t.spans[i].start+len(t.spans[i].lines) {
		return span{}, false
	}
	return t.spans[i], true
}

// slice returns the lines from start to end, both inclusive, and false where one of them is not known.
func (t *text) slice(start, end int) ([]string, bool) {
	s, ok := t.spanAt(start)
	if !ok || end < start || end >= s.start+len(s.lines) {
		return nil, false
	}
	return s.lines[start-s.start : end-s.start+1], true
}

// text returns what is known of a file on one side; never nil.
func (s *sources) text(path string, old bool) *text {
	key := textKey{path, old}
	if t, ok := s.texts[key]; ok {
		return t
	}
	tree := s.change.Tree
	if old {
		tree = s.change.BaseTree
	}
	t := readTree(tree, path)
	if t == nil {
		f := s.files[path]
		if f == nil && old {
			f = s.olds[path]
		}
		t = hunkText(f, old)
	}
	s.texts[key] = t
	return t
}

// readTree returns nil where the tree cannot serve the file.
func readTree(tree fs.FS, path string) *text {
	if tree == nil || !fs.ValidPath(path) {
		return nil
	}
	info, err := fs.Stat(tree, path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxSourceFile {
		return nil
	}
	data, err := fs.ReadFile(tree, path)
	if err != nil || strings.IndexByte(string(data[:min(len(data), 8000)]), 0) >= 0 {
		return nil
	}
	whole := strings.ToValidUTF8(string(data), "\uFFFD")
	if whole == "" {
		return &text{whole: true}
	}
	lines := strings.Split(strings.TrimSuffix(whole, "\n"), "\n")
	return &text{spans: []span{{1, lines}}, whole: true, noEOL: !strings.HasSuffix(whole, "\n")}
}

// hunkText returns the lines of one side that the diff shows.
func hunkText(f *File, old bool) *text {
	t := &text{}
	if f == nil {
		return t
	}
	for _, h := range f.Hunks {
		var s span
		for l := range h.Lines() {
			n := l.New
			if old {
				n = l.Old
			}
			if n == 0 {
				continue
			}
			if s.lines == nil {
				s.start = n
			}
			s.lines = append(s.lines, strings.ToValidUTF8(l.Text, "\uFFFD"))
		}
		if s.lines == nil {
			continue
		}
		if k := len(t.spans) - 1; k >= 0 && t.spans[k].start+len(t.spans[k].lines) == s.start {
			t.spans[k].lines = append(t.spans[k].lines, s.lines...)
			continue
		}
		t.spans = append(t.spans, s)
	}
	t.whole = (f.Status == FileAdded && !old) || (f.Status == FileDeleted && old)
	return t
}

// inTree returns the paths of the head tree whose last element is base, and whether the tree could be listed.
func (s *sources) inTree(base string) []string {
	if s.change.Tree == nil {
		return nil
	}
	if s.tree == nil {
		s.tree = map[string][]string{}
		_ = fs.WalkDir(s.change.Tree, ".", func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				s.tree[d.Name()] = append(s.tree[d.Name()], path)
			}
			return nil // a folder that cannot be read is one less to look in
		})
	}
	return s.tree[base]
}

// changedLines returns the places of the diff, at head, that read like line, which has no white space around it.
func (s *sources) changedLines(line string) []Location {
	if s.lines == nil {
		s.lines = map[string][]Location{}
		for _, f := range s.change.Files {
			for _, h := range f.Hunks {
				for l := range h.Lines() {
					if text := strings.TrimSpace(l.Text); l.New > 0 && text != "" {
						s.lines[text] = append(s.lines[text], Location{Path: f.Path, Start: l.New, End: l.New})
					}
				}
			}
		}
	}
	return s.lines[line]
}
