package agents

import (
	"fmt"
	"strings"

	"github.com/deepreview-go/deepreview"
)

// writeDiff writes what the change does to f, each line with its numbers before and after, and reports whether all of it
// fitted in most bytes.
//
//	12    14  	unchanged
//	13       -	deleted
//	      15 +	added
func writeDiff(b *strings.Builder, f *deepreview.File, most int) bool {
	from := b.Len()
	fmt.Fprintf(b, "%s\n", describeFile(f))
	for _, h := range f.Hunks {
		fmt.Fprintf(b, "@@ -%d,%d +%d,%d @@ %s\n", h.OldStart, h.OldLines, h.NewStart, h.NewLines, clip(h.Section))
		for l := range h.Lines() {
			if b.Len()-from > most {
				return false
			}
			fmt.Fprintf(b, "%s %s %c\t%s\n", lineNumber(l.Old), lineNumber(l.New), l.Op, clip(l.Text))
			if l.NoEOL {
				b.WriteString("              \\ no newline at the end of the file\n")
			}
		}
	}
	return true
}

// unshown says why there is nothing of f to be read; empty where there is.
func unshown(f *deepreview.File) string {
	switch {
	case f.Unreadable != "":
		return f.Unreadable
	case f.Binary:
		return "its content is binary"
	case f.LFS:
		return "its content is kept elsewhere (LFS); the diff shows a pointer"
	case f.Submodule():
		return "a submodule; its content is in another repository"
	}
	return ""
}

func lineNumber(n int) string {
	if n == 0 {
		return "      "
	}
	return fmt.Sprintf("%6d", n)
}

// describeFile says in one line what happened to a file.
func describeFile(f *deepreview.File) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", f.Path, f.Status)
	if f.OldPath != "" {
		fmt.Fprintf(&b, " from %s", f.OldPath)
	}
	if f.OldMode != f.NewMode && f.OldMode != 0 && f.NewMode != 0 {
		fmt.Fprintf(&b, ", mode %v to %v", f.OldMode, f.NewMode)
	}
	switch {
	case unshown(f) != "":
		fmt.Fprintf(&b, ", not shown: %s", unshown(f))
	default:
		fmt.Fprintf(&b, ", +%d -%d", f.Added, f.Deleted)
	}
	if f.Symlink() {
		b.WriteString(", a symbolic link")
	}
	return b.String()
}
