package deepreview_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/bluekeyes/go-gitdiff/gitdiff"
	godiff "github.com/sourcegraph/go-diff/diff"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
)

// generatedDiff writes a git diff of about size bytes whose files, hunks and lines have the lengths of real
// code. The same seed gives the same bytes.
func generatedDiff(size int, seed uint64) []byte {
	rnd := rand.New(rand.NewPCG(seed, 0))
	words := []string{"return", "err", "if", "ctx", "change.Files", "func(c *Client) Close() error {", "}", "value :=", "0x3f,", "// why", "\"text\"", "[]string{"}
	var b bytes.Buffer
	line := func(op byte) {
		b.WriteByte(op)
		for range rnd.IntN(4) {
			b.WriteByte('\t')
		}
		for range rnd.IntN(8) {
			b.WriteString(words[rnd.IntN(len(words))])
			b.WriteByte(' ')
		}
		b.WriteByte('\n')
	}
	for file := 0; b.Len() < size; file++ {
		name := fmt.Sprintf("pkg%02d/file%06d.go", file%97, file)
		fmt.Fprintf(&b, "diff --git a/%s b/%s\nindex %07x..%07x 100644\n--- a/%s\n+++ b/%s\n", name, name, file+1, file+2, name, name)
		at, delta := 1, 0
		for range 1 + rnd.IntN(6) {
			at += rnd.IntN(200)
			before, deleted, added, after := rnd.IntN(4), rnd.IntN(12), 1+rnd.IntN(20), 3
			fmt.Fprintf(&b, "@@ -%d,%d +%d,%d @@ func name()\n", at, before+deleted+after, at+delta, before+added+after)
			for range before {
				line(' ')
			}
			for range deleted {
				line('-')
			}
			for range added {
				line('+')
			}
			for range after {
				line(' ')
			}
			at += before + deleted + after
			delta += added - deleted
		}
	}
	return b.Bytes()
}

var hundredMB = sync.OnceValue(func() []byte { return generatedDiff(100<<20, 1) })

// BenchmarkParseDiff compares ParseDiff, all of its checks included, with the parser inside it and with another.
func BenchmarkParseDiff(b *testing.B) {
	text := hundredMB()
	for _, bench := range []struct {
		name  string
		parse func(io.Reader) error
	}{
		{"deepreview", func(r io.Reader) error {
			_, err := deepreview.ParseDiff(r)
			return err
		}},
		{"go-diff", func(r io.Reader) error {
			_, err := godiff.NewMultiFileDiffReaderOptions(r, godiff.ParseOptions{KeepCR: true}).ReadAllFiles()
			return err
		}},
		{"go-gitdiff", func(r io.Reader) error {
			files, _, err := gitdiff.Parse(r)
			for range files {
			}
			return err
		}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				require.NoError(b, bench.parse(bytes.NewReader(text)))
			}
		})
	}
}
