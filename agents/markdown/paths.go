package markdown

import (
	"io/fs"
	"path"
	"strings"

	"github.com/deepreview-go/deepreview"
)

// paths makes the paths of a review those of the repository.
type paths struct {
	change *deepreview.Change // nil where none is known
	// files are those of the change, or where none is known those that the review names with their folders; ends are the same by
	// their base names.
	files map[string]bool
	ends  map[string][]string
	exist map[string]bool   // in the tree, of those asked for
	found map[string]string // what each path as written means
	// root is the folder of another machine that is the repository's root there; empty where nothing shows it.
	root string
}

// Bounds of finding another machine's root.
const (
	depthMost  = 40   // folders of a path that are tried
	namesMost  = 50   // files of one base name
	votersMost = 500  // absolute paths that are asked
	linesMost  = 5000 // lines that are searched for paths
)

// newPaths learns from the change, or without one from the review itself, which files there are, and where the root of absolute
// paths is.
func newPaths(c *deepreview.Change, blocks []block, look func(string)) *paths {
	o := &paths{change: c, files: map[string]bool{}, ends: map[string][]string{}, exist: map[string]bool{}, found: map[string]string{}}
	add := func(p string) {
		if base := path.Base(p); fs.ValidPath(p) && p != "." && !o.files[p] && len(o.ends[base]) < namesMost {
			o.files[p] = true
			o.ends[base] = append(o.ends[base], p)
		}
	}
	if c != nil {
		for _, f := range c.Files {
			add(f.Path)
		}
	}
	absolute := absolutePaths(blocks, look)
	if c == nil && len(absolute) > 0 {
		for _, p := range relativePaths(blocks, look) {
			add(p)
		}
	}
	votes := map[string]int{}
	for _, p := range absolute {
		rest := p
		for range depthMost {
			_, tail, more := strings.Cut(rest, "/")
			if !more || tail == "" {
				break
			}
			if o.known(tail) {
				votes[strings.TrimSuffix(p[:len(p)-len(tail)], "/")]++
			}
			rest = tail
		}
	}
	for root, n := range votes {
		if best := votes[o.root]; n > best || n == best && (o.root == "" || len(root) < len(o.root) || len(root) == len(o.root) && root < o.root) {
			o.root = root
		}
	}
	return o
}

// absolutePaths are the first absolute paths that a review names.
func absolutePaths(blocks []block, look func(string)) []string {
	var out []string
	seen := map[string]bool{}
	take := func(p string) {
		if rooted(p) && !seen[p] {
			seen[p] = true
			out = append(out, p)
		}
	}
	asked := 0
	for _, b := range blocks {
		for _, l := range b.lines {
			if l.kind != prose && l.kind != heading || !absoluteHint(l.text) {
				continue
			}
			if asked++; asked > linesMost {
				return out
			}
			look(l.text)
			text := l.text[:min(len(l.text), headMost)]
			for _, m := range mdLink.FindAllStringSubmatch(text, placesMost) {
				if loc, _, ok := splitPlace(m[2]); ok {
					take(loc.Path)
				}
			}
			for _, f := range placesIn(text, true) {
				take(f.loc.Path)
			}
			if len(out) >= votersMost {
				return out
			}
		}
	}
	return out
}

// absoluteHint reports whether there may be an absolute path in s.
func absoluteHint(s string) bool {
	for _, sign := range []string{"](/", "`/", " /", ":\\", ":/", "](\\/", "(/"} {
		if strings.Contains(s, sign) {
			return true
		}
	}
	return strings.HasPrefix(s, "/")
}

// relativePaths are those that a review names with their folder: what it calls the files of the repository.
func relativePaths(blocks []block, look func(string)) []string {
	var out []string
	asked := 0
	for _, b := range blocks {
		for _, l := range b.lines {
			if l.kind != prose && l.kind != heading || !strings.Contains(l.text, "/") {
				continue
			}
			if asked++; asked > linesMost {
				return out
			}
			look(l.text)
			for _, f := range placesIn(l.text, true) {
				if !rooted(f.loc.Path) && strings.Contains(f.loc.Path, "/") {
					out = append(out, f.loc.Path)
				}
			}
		}
	}
	return out
}

// known reports whether p is a changed file, or a file of the tree at head.
func (o *paths) known(p string) bool {
	if o.files[p] {
		return true
	}
	if o.change == nil || o.change.Tree == nil || !fs.ValidPath(p) || len(o.exist) > 10_000 {
		return false
	}
	is, asked := o.exist[p]
	if !asked {
		info, err := fs.Stat(o.change.Tree, p)
		is = err == nil && !info.IsDir()
		o.exist[p] = is
	}
	return is
}

// changed reports whether coverage can be of p.
func (o *paths) changed(p string) bool { return o.change == nil || o.files[p] }

// named reports whether p is the whole name of a changed file, however it looks: "gradlew".
func (o *paths) named(p string) bool { return o.change != nil && o.files[p] }

// unreadable says why nobody can have read a changed file, whatever a review says of it; empty where one can.
func (o *paths) unreadable(p string) string {
	if o.change == nil {
		return ""
	}
	switch f := o.change.File(p); {
	case f == nil:
	case f.Binary:
		return "it is binary, and was not shown"
	case f.Unreadable != "":
		return f.Unreadable
	}
	return ""
}

// find says which file a path as written means: itself, unless something shows that it is another. It is empty for what cannot be a
// path inside a repository.
func (o *paths) find(given string) string {
	if p, ok := o.found[given]; ok {
		return p
	}
	p := o.search(given)
	if !fs.ValidPath(p) || p == "." {
		p = ""
	}
	o.found[given] = p
	return p
}

func (o *paths) search(p string) string {
	if rooted(p) {
		if tail, ok := strings.CutPrefix(p, o.root+"/"); ok && o.root != "" {
			return tail
		}
		rest := p
		for range depthMost {
			_, tail, more := strings.Cut(rest, "/")
			if !more || tail == "" {
				break
			}
			if o.known(tail) {
				return tail
			}
			rest = tail
		}
		if drive(p) {
			p = p[2:]
		}
		return strings.TrimLeft(p, "/")
	}
	if o.change == nil || o.known(p) {
		return p
	}
	for _, prefix := range []string{"a/", "b/"} { // of a diff
		if tail, ok := strings.CutPrefix(p, prefix); ok && o.known(tail) {
			return tail
		}
	}
	only, n := "", 0
	for _, q := range o.ends[path.Base(p)] {
		if strings.HasSuffix(q, "/"+p) {
			only, n = q, n+1
		}
	}
	if n == 1 {
		return only
	}
	// The repository's name before the path.
	if _, tail, ok := strings.Cut(p, "/"); ok && o.known(tail) {
		return tail
	}
	return p
}
