package git

import (
	"bytes"
	"strings"

	"github.com/deepreview-go/deepreview"
)

// pointerVersion begins the text that Git LFS commits in the place of a large file, and maxPointer bounds it; see the
// specification of Git LFS, docs/spec.md.
const (
	pointerVersion = "version https://git-lfs.github.com/spec/"
	maxPointer     = 1024
)

// isPointer reports whether content is a pointer of Git LFS.
func isPointer(content []byte) bool {
	return len(content) < maxPointer && bytes.HasPrefix(content, []byte(pointerVersion)) &&
		bytes.Contains(content, []byte("\noid ")) && bytes.Contains(content, []byte("\nsize "))
}

// pointerHunk reports whether the diff of f could be that of a pointer, so that the content is worth a look.
func pointerHunk(f *deepreview.File) bool {
	if len(f.Hunks) == 0 || f.Hunks[0].NewStart > 1 || f.Hunks[0].OldStart > 1 {
		return false
	}
	body := f.Hunks[0].Body
	return len(body) < 4*maxPointer && strings.Contains(body, pointerVersion)
}
