package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/internal/corpus"
)

// trio is the panel whose worth is measured: three tools that reviewed every pull request of the corpus.
var trio = []string{"claude", "copilot", "gemini"}

func sortedKeys(m map[string]float64) []string { return slices.Sorted(maps.Keys(m)) }

// column is one figure of the table: where it is measured and how it is read from the figures.
type column struct {
	corpus, name string
	value        func(f figures) string
}

var columns = []column{
	{"deepreview", "pairs F1", func(f figures) string { return f.pairs }},
	{"deepreview", "B³ F1", func(f figures) string { return f.bcubed }},
	{"martian", "pairs F1", func(f figures) string { return f.golden }},
	{"martian", "ext F1", func(f figures) string { return f.extended }},
	{"aacr", "over-merge", func(f figures) string { return f.overmerge }},
	{"deepreview", "severity", func(f figures) string { return f.severity }},
	{"deepreview", "survival AUC", func(f figures) string { return f.survival }},
	{"martian", "ranking AUC", func(f figures) string { return f.ranking }},
}

// table scores the default pipeline and every baseline on all corpora below dir, as a Markdown table.
func table(ctx context.Context, w io.Writer, dir string) error {
	corpora := map[string]*corpus.Corpus{}
	for _, name := range []string{"deepreview", "martian", "aacr"} {
		c, err := corpus.Load(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		corpora[name] = c
	}
	if len(corpora) == 0 {
		return fmt.Errorf("%s holds none of the folders deepreview, martian and aacr", dir)
	}
	header := []string{"rule"}
	for _, c := range columns {
		header = append(header, c.corpus+" "+c.name)
	}
	header = append(header, "panel any1", "panel rep")
	row(w, header)
	row(w, slices.Repeat([]string{"---"}, len(header)))
	rules := append(slices.Clone(baselines), baseline{name: "**deepreview**"})
	for _, b := range rules {
		cells, err := measureRule(ctx, corpora, b)
		if err != nil {
			return err
		}
		row(w, append([]string{b.name}, cells...))
	}
	_, err := fmt.Fprint(w, trained)
	return err
}

// trained is what a reader must know to compare the last row with the others.
const trained = `
Every rule groups by average linkage, as the pipeline does. The last row is apparent where these are the reviews that the
weights were learned from: what to expect elsewhere is what cross-validation says, go run ./internal/lab/match --data DIR.
`

func row(w io.Writer, cells []string) { fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | ")) }

func measureRule(ctx context.Context, corpora map[string]*corpus.Corpus, b baseline) ([]string, error) {
	p := &deepreview.Pipeline{Similarity: b.rule}
	all := map[string]figures{}
	for _, name := range slices.Sorted(maps.Keys(corpora)) {
		predictions, err := predict(ctx, corpora[name], nil, p)
		if err != nil {
			return nil, err
		}
		f, err := measure(corpora[name], predictions)
		if err != nil {
			return nil, err
		}
		all[name] = f
	}
	var cells []string
	for _, c := range columns {
		cells = append(cells, c.value(all[c.corpus]))
	}
	any1, rep := "", ""
	if c := corpora["martian"]; c != nil {
		predictions, err := predict(ctx, c, trio, p)
		if err != nil {
			return nil, err
		}
		panel, err := corpus.Panel(c, predictions, trio, corpus.TwoVotes)
		if err != nil {
			return nil, err
		}
		any1, rep = ratio(panel.Any.PRF().F1), ratio(panel.Rep.PRF().F1)
	}
	return append(cells, any1, rep), nil
}
