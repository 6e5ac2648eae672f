// Command calibrate derives the weights of internal/calibrate from recorded reviews and says how well they do.
//
//	recorded reviews ─ one case for each problem, with what became of its claims (sample.go)
//	                 ─ three logistic regressions with bounded weights (fit.go)
//	                 ─ checked by pull request and by repository (validate.go)
//	weights.go
//
// Run from the module's root:
//
//	go run ./internal/lab/calibrate --data ../shared/data                                        measure only
//	go run ./internal/lab/calibrate --data ../shared/data -o internal/calibrate/weights.go       and write the weights
//
// The same data gives the same file. The data is not part of the repository.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"go/format"
	"os"
	"slices"
)

func main() {
	data := flag.String("data", "../shared/data", "folder of recorded reviews")
	out := flag.String("o", "", "file to write the weights to")
	repeats := flag.Int("repeats", 8, "splits into thirds to average over")
	flag.Parse()
	if err := run(*data, *out, *repeats); err != nil {
		fmt.Fprintln(os.Stderr, "calibrate:", err)
		os.Exit(1)
	}
}

func run(data, out string, repeats int) error {
	gold, err := load(data, "deepreview", byGold)
	if err != nil {
		return err
	}
	matched, err := load(data, "deepreview", byMatch)
	if err != nil {
		return err
	}
	tools, err := load(data, "martian", byMatch)
	if err != nil {
		return err
	}
	training := slices.Concat(gold, tools)
	validate(training, matched, repeats)
	if out == "" {
		return nil
	}
	var b bytes.Buffer
	write(&b, train(training), gold)
	source, err := format.Source(b.Bytes())
	if err != nil {
		return err
	}
	return os.WriteFile(out, source, 0o644)
}
