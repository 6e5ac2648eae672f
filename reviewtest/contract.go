package reviewtest

import (
	"fmt"
	"strings"
)

// Clause is one sentence of a contract.
type Clause struct {
	// Name is short and stays: "coverage-once".
	Name string
	// Says is what the contract promises, and Advice what to do where it is not kept.
	Says, Advice string
}

// Problem is a clause that is not kept.
type Problem struct {
	Clause
	// Case names the sample on which it showed first: "renamed files". Empty where no sample was needed.
	Case string
	// Detail is what was seen there. It may quote foreign text, escaped.
	Detail string
	// More counts the further times that it showed.
	More int
}

// Error returns the problem in one line: clause, sample, what was seen, what to do.
func (p Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.Name)
	if p.Case != "" {
		fmt.Fprintf(&b, " (%s)", p.Case)
	}
	fmt.Fprintf(&b, ": %s", p.Detail)
	if p.More > 0 {
		fmt.Fprintf(&b, ", and %d more like it", p.More)
	}
	return fmt.Sprintf("%s. Contract: %s. To do: %s.", b.String(), p.Says, p.Advice)
}

// Problems are the clauses that an implementation does not keep, one entry a clause, in the order of the contract. It is
// the error of every check here.
type Problems []Problem

// Error returns a line for each problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the problems, so that errors.As finds one.
func (ps Problems) Unwrap() []error {
	out := make([]error, len(ps))
	for i, p := range ps {
		out[i] = p
	}
	return out
}

// saying is how a row tells what it saw on a sample.
type saying func(sample, format string, args ...any)

// row is a clause with its judgement of what an exercise of type X brought to light.
type row[X any] struct {
	Clause
	judge func(x X, say saying)
}

// judge has every row look at x.
func judge[X any](rows []row[X], x X) Problems {
	var out Problems
	for _, r := range rows {
		var p *Problem
		r.judge(x, func(sample, format string, args ...any) {
			if p != nil {
				p.More++
				return
			}
			p = &Problem{Clause: r.Clause, Case: sample, Detail: fmt.Sprintf(format, args...)}
		})
		if p != nil {
			out = append(out, *p)
		}
	}
	return out
}

// clauses lists the rows without their judgements.
func clauses[X any](rows []row[X]) []Clause {
	out := make([]Clause, len(rows))
	for i, r := range rows {
		out[i] = r.Clause
	}
	return out
}

// result is what a check returns: the problems, with the reason why it did not see all, if there is one.
func result(ps Problems, stopped error) error {
	switch {
	case stopped == nil && len(ps) == 0:
		return nil
	case stopped == nil:
		return ps
	case len(ps) == 0:
		return fmt.Errorf("the check was stopped: %w", stopped)
	}
	return fmt.Errorf("the check was stopped: %w; it had found\n%w", stopped, ps)
}
