package patterns

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
)

// largeChange is a change of files files with about size bytes of diff each: statements, comments and strings, in four languages.
func largeChange(files, size int) (*deepreview.Change, int) {
	r := rand.New(rand.NewPCG(1, 2))
	lines := []string{
		" \tif err := store.Put(ctx, key%d, value); err != nil {", "+\t\treturn fmt.Errorf(\"storing %d: %%w\", err)", " \t}", "-\tlog.Printf(\"stored %d values in %%v\", time.Since(start))",
		"+\t// The value of %d is kept until the round ends.", "+\tresult[%d] = append(result[%d], normalize(value, options...))", " ", "-const limit%d = 1 << 20", "+\tconst name%d = 'a string with // no comment in it';",
		"+func readHeader%d(s string) (int, error) {", "-func parseHeader%d(s string) (int, error) {", "+}", "-}",
	}
	ext := []string{".go", ".js", ".py", ".rs"}
	c, total := new(deepreview.Change), 0
	for i := range files {
		f := &deepreview.File{Path: fmt.Sprintf("pkg%d/file%d%s", i%50, i, ext[i%len(ext)]), Status: deepreview.FileModified}
		for start := 1; size > 0 && f.Added+f.Deleted < size/40; start += 400 {
			h := &deepreview.Hunk{OldStart: start, NewStart: start}
			var b strings.Builder
			for range 100 {
				l := lines[r.IntN(len(lines))]
				if n := strings.Count(l, "%d"); n > 0 {
					l = fmt.Sprintf(l, []any{r.IntN(1000), r.IntN(1000)}[:n]...)
				}
				switch l[0] {
				case '+':
					f.Added++
					h.NewLines++
				case '-':
					f.Deleted++
					h.OldLines++
				default:
					h.NewLines++
					h.OldLines++
				}
				b.WriteString(l + "\n")
			}
			h.Body = b.String()
			total += len(h.Body)
			f.Hunks = append(f.Hunks, h)
		}
		c.Files = append(c.Files, f)
	}
	return c, total
}

// BenchmarkReview is over a change of 100 files and about 2.5 MB.
func BenchmarkReview(b *testing.B) {
	c, size := largeChange(100, 20<<10)
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		_, err := new(Reviewer).Review(b.Context(), c)
		require.NoError(b, err)
	}
}

// BenchmarkReviewOfManyFiles has tests deleted, generated files and renames by the thousand: what a rule asks of the whole change
// for each of them must not be a walk over all of it.
func BenchmarkReviewOfManyFiles(b *testing.B) {
	c := files()
	for i := range 2000 {
		c.Files = append(c.Files,
			edit(fmt.Sprintf("p%d/a%d_test.go", i%40, i), fmt.Sprintf("-func TestThing%d(t *testing.T) {\n-\tx()\n-}", i)),
			edit(fmt.Sprintf("p%d/b%d.go", i%40, i), fmt.Sprintf("-func ParseThing%d() {\n%s", i, strings.Repeat("+\tx()\n", 12))),
			edit(fmt.Sprintf("q%d/c%d.go", i%40, i), fmt.Sprintf("@@ 1\n // Code generated from x%d.tmpl. DO NOT EDIT.\n+var x int", i)),
			renamed(fmt.Sprintf("r/old%d.go", i), edit(fmt.Sprintf("r/new%d.go", i), "+x")))
	}
	b.ReportAllocs()
	for b.Loop() {
		_, err := new(Reviewer).Review(b.Context(), c)
		require.NoError(b, err)
	}
}
