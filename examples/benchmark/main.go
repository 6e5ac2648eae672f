// Command benchmark measures a consolidator, and the parser of Markdown reviews, on recorded reviews with ground truth.
//
//	benchmark predict --data DIR [--reviewers a,b] > predictions.jsonl   what the default Pipeline makes of each finding
//	benchmark score   --data DIR --predictions FILE [--reviewers a,b]    how right that is
//	benchmark table   --data DIR                                         all corpora, beside the rules that others publish
//	benchmark markdown --data DIR > findings.jsonl                      what is read off each review's Markdown; how right, on standard error
//
// DIR is one corpus for predict and score, and the folder that holds the corpora for table. predict reads what a
// consolidator may see and nothing else, one change at a time, with one configuration for all; nothing here asks a model.
// score reads any predictions, so that another tool's can be compared.
//
// # Your own panel
//
// A corpus is a folder with two files of JSON lines. Write yours in the same form:
//
//	changes.jsonl   {"id", "repo", "title", "diff"}                     diff: the name of a patch beside it, if there is one
//	findings.jsonl  {"change", "reviewer", "vendor", "id", "path", "start", "end", "severity", "category",
//	                 "title", "body", "fix"}                            what a consolidator sees, and
//	                {"issues", "cluster", "status", "final_severity"}   what it is measured against
//
// Only change, reviewer, id and title or body are needed to predict. What is measured follows from what you know:
//
//	cluster         which findings are the same               pairs F1, B³
//	status          kept or dropped                           survival, and how reliable its scores are
//	final_severity  critical, important or suggestion         severity
//	issues          ids of the issues listed under "issues"   pairs F1 against golden issues; with --reviewers, what
//	                of the change, {"id"} each                two votes of that panel are worth
//	none of these   comments that are all different           over-merge: near ones that end in one issue
//
// A prediction is {"change", "id", "issue", "severity", "score"}; of an issue the finding listed first speaks for it.
//
// markdown reads raw_reviews.jsonl alone, {"change", "reviewer", "pass", "markdown"}, and writes {"change", "reviewer", "pass", "severity",
// "category", "path", "start", "end", "title"} for each finding. Where findings.jsonl is there, too, it is what the table is measured against.
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
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "benchmark:", err)
		}
		os.Exit(2)
	}
}

func run(ctx context.Context, args []string, out, notes io.Writer) error {
	if len(args) == 0 {
		return errors.New("say what to do: predict, score, table or markdown")
	}
	set := flag.NewFlagSet("benchmark "+args[0], flag.ContinueOnError)
	data := set.String("data", "", "folder of recorded reviews")
	reviewers := set.String("reviewers", "", "predict, or score, the findings of these reviewers alone, separated by commas")
	predictions := set.String("predictions", "", "file of predictions to score")
	if err := set.Parse(args[1:]); err != nil {
		return err
	}
	if *data == "" {
		return errors.New("--data names the folder of recorded reviews; it is missing")
	}
	if set.NArg() > 0 {
		return fmt.Errorf("%q is no option", set.Arg(0))
	}
	panel := strings.FieldsFunc(*reviewers, func(r rune) bool { return r == ',' })
	switch args[0] {
	case "predict":
		return writePredictions(ctx, out, *data, panel)
	case "score":
		if *predictions == "" {
			return errors.New("--predictions names the file to score; it is missing")
		}
		return score(out, *data, *predictions, panel)
	case "table":
		return table(ctx, out, *data)
	case "markdown":
		return recoverFindings(out, notes, *data)
	}
	return fmt.Errorf("%q is none of predict, score, table, markdown", args[0])
}
