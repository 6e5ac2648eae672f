// Command benchmark measures a consolidator on recorded reviews with ground truth.
//
//	benchmark predict --data DIR [--reviewers a,b] > predictions.jsonl
//	benchmark score   --data DIR --predictions FILE
//	benchmark table   --data DIR
//
// DIR is one corpus for predict and score, and the folder that holds the corpora for table. A corpus is a folder with
// changes.jsonl and findings.jsonl; to measure your own panel, write yours in the same form:
//
//	changes.jsonl   {"id", "repo", "title", "diff"}                     diff: a patch beside it, if there is one
//	findings.jsonl  {"change", "reviewer", "vendor", "id", "path", "start", "end", "severity", "category",
//	                 "title", "body", "fix"}                            what a consolidator sees, and
//	                {"issues", "cluster", "status", "final_severity"}   what it is measured against
//
// predict reads the first kind of field alone and runs the default [deepreview.Pipeline]. Nothing here asks a model.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "benchmark:", err)
		}
		os.Exit(2)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 {
		return errors.New("say what to do: predict, score or table")
	}
	set := flag.NewFlagSet("benchmark "+args[0], flag.ContinueOnError)
	data := set.String("data", "", "folder of recorded reviews")
	reviewers := set.String("reviewers", "", "predict on the findings of these reviewers alone, separated by commas")
	predictions := set.String("predictions", "", "file of predictions to score")
	if err := set.Parse(args[1:]); err != nil {
		return err
	}
	if *data == "" {
		return errors.New("--data names the folder of recorded reviews; it is missing")
	}
	switch args[0] {
	case "predict":
		var panel []string
		if *reviewers != "" {
			panel = strings.Split(*reviewers, ",")
		}
		return writePredictions(ctx, out, *data, panel)
	case "score":
		if *predictions == "" {
			return errors.New("--predictions names the file to score; it is missing")
		}
		return score(out, *data, *predictions)
	case "table":
		return table(ctx, out, *data)
	}
	return fmt.Errorf("%q is none of predict, score, table", args[0])
}
