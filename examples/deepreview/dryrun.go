package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/deepreview-go/deepreview"
)

// dryRun says who would get what, and where the report would go.
func (e *env) dryRun(s *settings, c *deepreview.Change, p *panel) error {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s: %s\n", oneLine(what(c, s)), size(c))
	if c.Title != "" {
		fmt.Fprintf(w, "%s\n", oneLine(c.Title))
	}
	fmt.Fprintf(w, "\nFiles\n")
	for _, f := range c.Files {
		lines := fmt.Sprintf("+%d −%d", f.Added, f.Deleted)
		switch {
		case f.Unreadable != "":
			lines = "cannot be read: " + oneLine(f.Unreadable)
		case f.Binary:
			lines = "binary"
		}
		name := f.Path
		if f.OldPath != "" {
			name = f.OldPath + " → " + name
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\n", f.Status, lines, oneLine(name))
	}
	if len(c.Excluded) > 0 {
		fmt.Fprintf(w, "\nLeft out\n")
		for _, name := range c.Excluded {
			fmt.Fprintf(w, "  %s\n", oneLine(name))
		}
	}
	fmt.Fprintf(w, "\nReviewers, each of which would get all of that%s\n", beyondDiff(c))
	for _, m := range p.members {
		fmt.Fprintf(w, "  %s\t%s\n", m.Name(), m.about)
	}
	if len(p.absent) > 0 {
		fmt.Fprintf(w, "\nNot taking part\n")
		for _, a := range p.absent {
			fmt.Fprintf(w, "  %s\t%s\n", a.name, a.why)
		}
	}
	fmt.Fprintf(w, "\nThe report would go to\n")
	for _, d := range s.out {
		fmt.Fprintf(w, "  %s\n", d)
	}
	w.Flush()
	if _, err := fmt.Fprint(e.stdout, harmless(b.String())); err != nil {
		return fmt.Errorf("standard output: %w", err)
	}
	return nil
}

// beyondDiff names what a reviewer can see beyond the diff.
func beyondDiff(c *deepreview.Change) string {
	if c.Tree == nil {
		return " and no more: there is no repository"
	}
	out := ", and the whole repository to read"
	if n := len(c.Guidance); n > 0 {
		out += ", with its guidance for reviewers:"
		for i, g := range c.Guidance {
			if i > 0 {
				out += ","
			}
			out += " " + oneLine(g.Path)
		}
	}
	return out
}
