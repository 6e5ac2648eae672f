package deepreview

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/deepreview-go/deepreview/internal/redact"
)

// patchContext is how many unchanged lines stand around a change, as in git's own diffs.
const patchContext = 3

// patch returns edits as a unified diff that git apply accepts at the head revision, or an error that says why there is
// none: a line that is not known, edits that overlap, a likely secret in the lines around.
func (s *sources) patch(edits []Edit) (string, error) {
	edits = slices.Clone(edits)
	slices.SortStableFunc(edits, func(a, b Edit) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
	})
	var b strings.Builder
	for len(edits) > 0 {
		n := 1
		for n < len(edits) && edits[n].Path == edits[0].Path {
			n++
		}
		if err := s.patchFile(&b, edits[:n]); err != nil {
			return "", err
		}
		edits = edits[n:]
	}
	if len(redact.Find(b.String())) > 0 {
		return "", errors.New("it would show a likely secret")
	}
	return b.String(), nil
}

func (s *sources) patchFile(b *strings.Builder, edits []Edit) error {
	path := edits[0].Path
	t := s.text(path, false)
	for i, e := range edits {
		if e.Start < 1 || e.End < e.Start-1 || (i > 0 && e.Start <= edits[i-1].End) {
			return fmt.Errorf("edits of %s overlap or run backwards at line %d", path, e.Start)
		}
	}
	old, head := quotePath("a/"+path), quotePath("b/"+path)
	fmt.Fprintf(b, "diff --git %s %s\n--- %s\n+++ %s\n", old, head, old, head)
	shift := 0
	for len(edits) > 0 {
		// Edits whose contexts would touch share a hunk.
		n := 1
		for n < len(edits) && edits[n].Start-edits[n-1].End-1 <= 2*patchContext {
			n++
		}
		delta, err := t.patchHunk(b, path, edits[:n], shift)
		if err != nil {
			return err
		}
		shift += delta
		edits = edits[n:]
	}
	return nil
}

// quotePath writes a path as git does in a diff: in quotes, with octal escapes, where it holds more than plain text.
func quotePath(p string) string {
	var b strings.Builder
	plain := true
	for _, c := range []byte(p) {
		switch {
		case c == '"' || c == '\\':
			plain = false
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c == 0x7f:
			plain = false
			fmt.Fprintf(&b, "\\%03o", c)
		default:
			plain = plain && c != ' '
			b.WriteByte(c)
		}
	}
	if plain {
		return p
	}
	return `"` + b.String() + `"`
}

// patchHunk writes one hunk and returns by how many lines it moves what follows.
func (t *text) patchHunk(b *strings.Builder, path string, edits []Edit, shift int) (int, error) {
	first, last := edits[0].Start, edits[len(edits)-1].End
	anchor := first
	if last < first && first > t.last() {
		anchor = first - 1 // an insertion behind the last line
		if t.noEOL {
			return 0, fmt.Errorf("%s has no newline at its end to insert behind", path)
		}
	}
	run, ok := t.spanAt(anchor)
	if !ok {
		return 0, fmt.Errorf("line %d of %s is not known", first, path)
	}
	runEnd := run.start + len(run.lines) - 1
	if last > runEnd {
		return 0, fmt.Errorf("line %d of %s is not known", last, path)
	}
	from, to := max(run.start, first-patchContext), min(runEnd, last+patchContext)
	if to == last && !(t.whole && to == runEnd) {
		return 0, fmt.Errorf("what follows line %d of %s is not known", last, path)
	}
	var body strings.Builder
	olds, news := 0, 0
	line := func(op byte, text string) {
		body.WriteByte(op)
		body.WriteString(text)
		body.WriteByte('\n')
		if op != '+' && t.noEOL && from+olds == t.last() {
			body.WriteString("\\ No newline at end of file\n")
		}
		if op != '+' {
			olds++
		}
		if op != '-' {
			news++
		}
	}
	n := from
	for _, e := range edits {
		for ; n < e.Start; n++ {
			line(' ', run.lines[n-run.start])
		}
		for ; n <= e.End; n++ {
			line('-', run.lines[n-run.start])
		}
		if e.New != "" {
			for _, added := range strings.Split(strings.TrimSuffix(e.New, "\n"), "\n") {
				line('+', added)
			}
		}
	}
	for ; n <= to; n++ {
		line(' ', run.lines[n-run.start])
	}
	oldStart, newStart := from, from+shift
	if olds == 0 {
		oldStart--
	}
	if news == 0 {
		newStart--
	}
	fmt.Fprintf(b, "@@ -%d,%d +%d,%d @@\n%s", oldStart, olds, newStart, news, body.String())
	return news - olds, nil
}
