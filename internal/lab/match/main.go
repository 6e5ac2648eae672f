// Command match derives the weights of package internal/match from recorded reviews, and measures them.
//
//	go run ./internal/lab/match -data ../shared/data                                     what cross-validation says
//	go run ./internal/lab/match -data ../shared/data -write internal/match/weights.json  the weights that ship
//	go run ./internal/lab/match -data ../shared/data -errors missed                      pairs to read
//
// Data flow:
//
//	recorded reviews ─ findings as documents, read once; pull requests dealt into folds (reviews.go)
//	                 ─ how common words are, and which keep company (background.go, sense.go)
//	                 ─ pairs with evidence and truth (pairs.go), every pair seen by a background without its own fold
//	                 ─ logistic regression (regression.go) and boosted trees (boost.go), averaged (train.go)
//	                 ─ weights.json; or, trained without one fold and tried on it, the figures (measure.go)
//
// One configuration serves all corpora. What it chooses, it chooses by the mean over repeated cross-validations by pull
// request, never by the figures on what it was trained on. The same data gives the same bytes.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/deepreview-go/deepreview/internal/match"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "match:", err)
		}
		os.Exit(2)
	}
}

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("match", flag.ContinueOnError)
	data := flags.String("data", "", "folder that holds the corpora deepreview, martian and aacr")
	write := flags.String("write", "", "train on everything and write the weights to this file")
	try := flags.String("try", "", "measure the weights in this file on everything: what is apparent, not what to expect")
	mistakes := flags.String("errors", "", "print pairs that cross-validation gets wrong: missed or merged")
	every := flags.Int("every", 1, "print every so many of them")
	folds := flags.Int("folds", 6, "folds of a cross-validation")
	repeats := flags.Int("repeats", 3, "cross-validations, each with the pull requests dealt anew")
	cuts := flags.String("cuts", ".25,.3,.35,.4,.45,.5", "thresholds to measure")
	change := flags.String("set", "", "settings to change, as in ridge=1,rounds=0")
	without := flags.String("without", "", "kinds of evidence to leave out, separated by commas")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *data == "" {
		return errors.New("-data names the folder of recorded reviews; it is missing")
	}
	set := shipped()
	for change := range strings.FieldsFuncSeq(*change, func(r rune) bool { return r == ',' }) {
		name, value, _ := strings.Cut(change, "=")
		if err := set.change(name, value); err != nil {
			return err
		}
	}
	for name := range strings.SplitSeq(*without, ",") {
		set.kinds = slices.DeleteFunc(set.kinds, func(k match.Kind) bool { return k.String() == name })
	}
	sources, err := loadAll(*data)
	if err != nil {
		return err
	}
	switch {
	case *write != "":
		deal(sources, *folds, 0)
		b, err := train(sources, *folds, none, set).Encode()
		if err != nil {
			return err
		}
		return os.WriteFile(*write, b, 0o644)
	case *try != "":
		b, err := os.ReadFile(*try)
		if err != nil {
			return err
		}
		m, err := match.Decode(b)
		if err != nil {
			return err
		}
		f, err := measure(sources, m.Threshold, func(*source, int) *match.Model { return m })
		if err != nil {
			return err
		}
		fmt.Fprintln(out, heading)
		fmt.Fprintln(out, f)
		return nil
	case *mistakes != "":
		deal(sources, *folds, 0)
		return printMistakes(out, sources[0], crossed(sources, *folds, set), *mistakes, *every)
	}
	var at []float64
	for cut := range strings.SplitSeq(*cuts, ",") {
		x, err := strconv.ParseFloat(cut, 64)
		if err != nil {
			return err
		}
		at = append(at, x)
	}
	sums := make([]figures, len(at))
	for seed := range *repeats {
		deal(sources, *folds, seed)
		models := crossed(sources, *folds, set)
		for i, cut := range at {
			f, err := measure(sources, cut, models)
			if err != nil {
				return err
			}
			sums[i] = sums[i].plus(f)
		}
	}
	fmt.Fprintln(out, heading)
	for _, sum := range sums {
		fmt.Fprintln(out, sum.over(float64(*repeats)))
	}
	return nil
}
