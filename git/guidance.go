package git

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/deepreview-go/deepreview"
)

// What is read of guidance at the most: a reviewer has to read it too.
const (
	maxGuidanceFile  = 64 << 10
	maxGuidanceTotal = 256 << 10
)

// guidanceNames are the files that hold for the folder they stand in, with all *.md of guidanceFolder there.
var guidanceNames = []string{"REVIEW.md", "AGENTS.md", "CLAUDE.md"}

const guidanceFolder = ".deepreview"

// guidance returns the texts of rules in the folders above the changed files, outermost first. They come from the
// base alone, or a change could write the rules for its own review. Links are not followed.
func guidance(base *Tree, files []*deepreview.File) ([]deepreview.Guidance, error) {
	dirs := map[string]bool{".": true}
	for _, f := range files {
		for _, name := range []string{f.Path, f.OldPath} {
			for dir := path.Dir(name); dir != "." && dir != "/" && !dirs[dir]; dir = path.Dir(dir) {
				dirs[dir] = true
			}
		}
	}
	var found []deepreview.Guidance
	total := 0
	for dir := range dirs {
		if n := base.entries[dir]; n == nil || !n.dir {
			delete(dirs, dir)
		}
	}
	for _, dir := range slices.SortedFunc(maps.Keys(dirs), func(a, b string) int {
		return cmp.Or(cmp.Compare(depth(a), depth(b)), cmp.Compare(a, b))
	}) {
		for _, name := range guidanceIn(base, dir) {
			n := base.entries[name]
			if n == nil || n.dir || n.Type() != 0 || n.size == 0 {
				continue
			}
			room := min(maxGuidanceFile, maxGuidanceTotal-total)
			g := deepreview.Guidance{Path: name, Dir: dir}
			switch {
			case n.size < 0: // a partial clone need not have what did not change
				g.Text = "(this guidance is not in the clone, so that nobody knows what it asks for)"
			case n.size > maxHeld, room <= 0:
				g.Text = fmt.Sprintf("(%s of guidance are left out: more than can be passed on)", size(n.size))
			default:
				text, err := base.ReadFile(name)
				if err != nil {
					return nil, fmt.Errorf("guidance: %w", err)
				}
				if isPointer(text) {
					continue
				}
				g.Text = validText(string(text[:min(room, len(text))]))
				total += len(g.Text)
				if len(text) > room {
					g.Text += fmt.Sprintf("\n(cut here: %s in all)\n", size(n.size))
				}
			}
			found = append(found, g)
		}
	}
	return found, nil
}

// guidanceIn returns the paths where guidance for dir may stand.
func guidanceIn(base *Tree, dir string) []string {
	var names []string
	for _, name := range guidanceNames {
		names = append(names, path.Join(dir, name))
	}
	folder := path.Join(dir, guidanceFolder)
	if n := base.entries[folder]; n != nil {
		for _, child := range n.children {
			if strings.HasSuffix(child.Name(), ".md") {
				names = append(names, path.Join(folder, child.Name()))
			}
		}
	}
	return names
}

// depth counts the elements of a folder's path.
func depth(dir string) int {
	if dir == "." {
		return 0
	}
	return 1 + strings.Count(dir, "/")
}
