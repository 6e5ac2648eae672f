// Command link measures how well a round's issues are recognized as those of the round before, on recorded reviews whose
// pairs were labelled by a reader.
//
//	go run ./internal/lab/link -data ../shared/data        precision and recall, with baselines, and by pull request
//	go run ./internal/lab/link -data ../shared/data -v     and each pair that comes out wrong
//
// Data flow:
//
//	recorded issues ─ pull requests, their reviews in order of date, every two consecutive ones a step (rounds.go)
//	                ─ the earlier issues as a Round, the later ones as one reviewer's findings ─ Pipeline ─ links (pipeline.go)
//	                ─ simpler rules for comparison ─ links (baseline.go)
//	labels.jsonl    ─ what a reader says of a pair (labels.go) ─ compared with the links (score.go) ─ tables
//
// The recorded reviews have neither trees nor diffs, so code that stands where it stood cannot be seen: this measures what
// words, paths and line numbers give, which is the least that linking has to go by.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/deepreview-go/deepreview/internal/corpus"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "link:", err)
		}
		os.Exit(2)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("link", flag.ContinueOnError)
	data := flags.String("data", "", "folder that holds the corpus deepreview")
	verbose := flags.Bool("v", false, "print each pair that comes out wrong")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *data == "" {
		return errors.New("-data names the folder of recorded reviews; it is missing")
	}
	c, err := corpus.Load(filepath.Join(*data, "deepreview"))
	if err != nil {
		return err
	}
	read, err := readLabels(labelText)
	if err != nil {
		return err
	}
	all := steps(c)
	if err := read.check(all); err != nil {
		return err
	}
	fmt.Fprintln(out, scoreHeading)
	piped, err := measure(ctx, all, read, byPipeline)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, piped.row("the pipeline"))
	for _, b := range baselines {
		s, err := measure(ctx, all, read, b.rule)
		if err != nil {
			return err
		}
		fmt.Fprintln(out, s.row(b.name))
	}
	same, most := read.count(yes), oneToOne(read)
	fmt.Fprintf(out, "\n%d steps, %d pairs that are the same, %d that look so and are not, %d undecided and not counted.\n",
		len(all), same, read.count(no), read.count(unsure))
	fmt.Fprintf(out, "Where no issue has two partners, at most %d can be linked: recall %.3f.\n",
		most, corpus.Share{Hit: most, Of: same}.Value())
	fmt.Fprintf(out, "\n%s\n", pullHeading)
	for _, p := range piped.pulls {
		fmt.Fprintln(out, p.row())
	}
	if *verbose {
		piped.printWrong(out)
	}
	return nil
}
