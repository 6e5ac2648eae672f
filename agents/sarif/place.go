package sarif

import (
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/deepreview-go/deepreview"
)

// uriPath returns the path that a URI reference names, decoded. What cannot be parsed as one is taken as a path.
func uriPath(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || len(u.Scheme) == 1 || strings.Contains(uri, `\`) { // a drive's letter
		if p, err := url.PathUnescape(uri); err == nil && !strings.Contains(uri, `\`) {
			uri = p
		}
		return filePath(uri)
	}
	p := u.Path
	switch {
	case p == "" && u.Opaque != "":
		p = u.Opaque
		if text, err := url.PathUnescape(p); err == nil {
			p = text
		}
	case u.Host != "" && u.Host != "localhost":
		p = "//" + u.Host + p
	}
	return filePath(p)
}

// filePath makes a path of any system one with slashes; "/C:/x" is "C:/x". It is not cleaned, since that is what was given.
func filePath(p string) string {
	p = strings.ToValidUTF8(p, "\uFFFD")
	if strings.Contains(p, `\`) && (!strings.Contains(p, "/") || drive(p)) {
		p = strings.ReplaceAll(p, `\`, "/")
	}
	if strings.HasPrefix(strings.ToLower(p), "file://") {
		p = p[len("file://"):]
	}
	if len(p) > 2 && p[0] == '/' && drive(p[1:]) {
		p = p[1:]
	}
	return clip(p, pathMost)
}

// drive reports whether p begins with a drive's letter.
func drive(p string) bool {
	return len(p) >= 2 && p[1] == ':' && (p[0]|0x20 >= 'a' && p[0]|0x20 <= 'z')
}

// rooted reports whether p is absolute, on any system.
func rooted(p string) bool { return strings.HasPrefix(p, "/") || drive(p) }

// rooms is the change that paths are held against.
type rooms struct {
	change *deepreview.Change // nil where none is known
	files  map[string]*deepreview.File
	// tails are the changed files by their base name.
	tails map[string][]string
	exist map[string]bool // of paths asked for in the tree
	// roots are folders of another machine, the likeliest first; each is the repository's root there.
	roots []string
	found map[string]spot
}

// spot is where a path leads.
type spot struct {
	// path satisfies fs.ValidPath; empty where nothing inside the repository is meant.
	path string
	// file is the changed file; nil if it is none.
	file *deepreview.File
}

func newRooms(c *deepreview.Change) *rooms {
	o := &rooms{change: c, files: map[string]*deepreview.File{}, tails: map[string][]string{}, exist: map[string]bool{}, found: map[string]spot{}}
	if c != nil {
		for _, f := range c.Files {
			if fs.ValidPath(f.Path) && f.Path != "." {
				o.files[f.Path] = f
				o.tails[path.Base(f.Path)] = append(o.tails[path.Base(f.Path)], f.Path)
			}
		}
	}
	return o
}

// known reports whether p is a changed file, or a file of the tree at head.
func (o *rooms) known(p string) bool {
	if o.files[p] != nil {
		return true
	}
	if o.change == nil || o.change.Tree == nil || !fs.ValidPath(p) {
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

// Bounds on finding another machine's root.
const (
	votersMost = 200 // paths that are asked
	depthMost  = 40  // folders of a path that are tried
)

// settle finds the root that explains the most of the absolute paths. A root that the report itself states comes first.
func (o *rooms) settle(stated []string, paths []string) {
	for _, r := range stated {
		if r = strings.TrimSuffix(path.Clean(r), "/"); r != "" && !slices.Contains(o.roots, r) && len(o.roots) < 10 {
			o.roots = append(o.roots, r)
		}
	}
	slices.Sort(o.roots)
	votes := map[string]int{}
	asked := map[string]bool{}
	for _, p := range paths {
		if p = path.Clean(p); !rooted(p) || asked[p] || len(asked) >= votersMost {
			continue
		}
		asked[p] = true
		for root, tail := range tails(p) {
			if o.known(tail) {
				votes[root]++
			}
		}
	}
	best, any := "", false
	for root, n := range votes {
		if !any || n > votes[best] || n == votes[best] && (len(root) < len(best) || len(root) == len(best) && root < best) {
			best, any = root, true
		}
	}
	if any && !slices.Contains(o.roots, best) {
		o.roots = append(o.roots, best)
	}
}

// tails yields the folders above p with what of p is below them, the longest rest first.
func tails(p string) func(yield func(root, tail string) bool) {
	return func(yield func(root, tail string) bool) {
		rest := p
		for range depthMost {
			_, tail, more := strings.Cut(rest, "/")
			if !more || tail == "" {
				return
			}
			if !yield(strings.TrimSuffix(p[:len(p)-len(tail)], "/"), tail) {
				return
			}
			rest = tail
		}
	}
}

// find says where a path as given leads. Without a change it is only made one that can be held.
func (o *rooms) find(given string) spot {
	if s, ok := o.found[given]; ok {
		return s
	}
	s := o.search(given)
	s.file = o.files[s.path]
	o.found[given] = s
	return s
}

func (o *rooms) search(given string) spot {
	p := path.Clean(given)
	if strings.ContainsFunc(p, func(r rune) bool { return r < 0x20 || r == 0x7f }) {
		return spot{}
	}
	if o.change == nil {
		p = strings.TrimLeft(p, "/")
		if fs.ValidPath(p) && p != "." {
			return spot{path: p}
		}
		return spot{}
	}
	if !rooted(p) && (o.known(p)) {
		return spot{path: p}
	}
	for _, root := range o.roots {
		if tail, ok := strings.CutPrefix(p, root+"/"); ok && rooted(p) && o.known(tail) {
			return spot{path: tail}
		}
	}
	// A foreign prefix: the longest end that is a file. Of a path that is only short there is the one file that it ends, but
	// only where the tree shows that it is none of its own.
	short := p
	for strings.HasPrefix(short, "../") {
		short = short[len("../"):]
	}
	if rooted(p) || short != p {
		if short != p && o.known(short) {
			return spot{path: short}
		}
		for _, tail := range tails(p) {
			if o.known(tail) {
				return spot{path: tail}
			}
		}
	}
	if !rooted(p) && (o.change.Tree != nil || short != p) {
		only, n := "", 0
		for _, q := range o.tails[path.Base(short)] {
			if n < 2 && strings.HasSuffix(q, "/"+short) {
				only = q
				n++
			}
		}
		if n == 1 {
			return spot{path: only}
		}
	}
	if !rooted(p) && fs.ValidPath(p) && p != "." {
		return spot{path: p}
	}
	return spot{}
}
