package patterns

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/internal/redact"
)

// Reviewer runs the rules of this package over a change. The zero value runs all of them; it is safe for concurrent use.
type Reviewer struct {
	// Only holds the IDs of the rules to run; empty means all. Skip holds those to leave out, of Only too. An ID that no rule
	// has is an error of Review.
	Only, Skip []string
}

// Bounds on what one review says. What is beyond them is counted in the last finding of the rule.
const (
	placesMost   = 30  // locations of one finding
	findingsMost = 40  // findings of one rule
	filesMost    = 3   // findings that say the same of different files; of more, one names them all
	quoteMost    = 600 // bytes of a quote's line
	titleMost    = 160 // bytes of a title
)

// progressEvery is how many files there are to a line of progress.
const progressEvery = 50

// Name returns "patterns".
func (*Reviewer) Name() string { return "patterns" }

// Review runs the rules over c. Every file with text is covered at [deepreview.DepthScanned]: rules ran over it, and
// nobody judged it. A file without, or one that ctx left no time for, is unreviewed with the reason. The error is
// that of ctx, or names an ID of Only or Skip that no rule has.
//
// Nothing that looks like a secret is in what is returned, names of files excepted.
func (r *Reviewer) Review(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error) {
	rules, err := r.rules()
	if err != nil {
		return nil, err
	}
	v := newView(ctx, c)
	found := newCollector(rules)
	var stop error
	for i, f := range v.files {
		if i%progressEvery == 0 {
			deepreview.Progress(ctx, fmt.Sprintf("rules over file %d of %d", i+1, len(v.files)))
		}
		if stop = ctx.Err(); stop == nil {
			stop = f.scan(ctx, rules, found)
		}
		if stop != nil {
			break
		}
		found.scanned[f.Path] = f.beyond
		f.release()
	}
	for i := range rules {
		if stop == nil {
			stop = ctx.Err()
		}
		if rules[i].change != nil && stop == nil {
			deepreview.Progress(ctx, "rule "+rules[i].ID+" over the whole change")
			rules[i].change(v, func(h hit) { found.add(i, "", h) })
		}
	}
	if stop == nil {
		stop = ctx.Err() // a rule that was told to stop may have missed something
	}
	rev := &deepreview.Review{Label: "Patterns"}
	rev.Findings, rev.Notes = found.results()
	rev.Coverage = coverage(c, found)
	if stop != nil {
		return rev, fmt.Errorf("rules over %d changed files: %w", len(c.Files), stop)
	}
	return rev, nil
}

// rules returns the rules to run.
func (r *Reviewer) rules() ([]Rule, error) {
	rules := Rules()
	var unknown []string
	for _, id := range slices.Concat(r.Only, r.Skip) {
		if !slices.ContainsFunc(rules, func(x Rule) bool { return x.ID == id }) {
			unknown = append(unknown, id)
		}
	}
	if len(unknown) > 0 {
		return nil, fmt.Errorf("no rule is called %s: name rules that Rules lists", strings.Join(unknown, ", "))
	}
	return slices.DeleteFunc(rules, func(x Rule) bool {
		return slices.Contains(r.Skip, x.ID) || len(r.Only) > 0 && !slices.Contains(r.Only, x.ID)
	}), nil
}

// scan runs the rules that look at one file over f.
func (f *file) scan(ctx context.Context, rules []Rule, found *collector) error {
	if err := f.read(ctx); err != nil {
		return err
	}
	for i := range rules {
		if rules[i].file == nil {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		rules[i].file(f, func(h hit) { found.add(i, f.Path, h) })
	}
	return nil
}

// collector gathers hits: those with one title in one file are one finding.
type collector struct {
	rules   []Rule
	scanned map[string]string // what was beyond the bounds, by the path of each file that was scanned
	hits    [][]*gathered     // by rule, in the order they came
	seen    map[key]*gathered
	paths   map[string]bool // of files that findings are about
}

type key struct {
	rule        int
	path, title string
}

type gathered struct {
	hit
	more  int // places beyond placesMost
	files int // files that it stands for; 0 where it is about one
}

func newCollector(rules []Rule) *collector {
	return &collector{rules: rules, scanned: map[string]string{}, hits: make([][]*gathered, len(rules)), seen: map[key]*gathered{}, paths: map[string]bool{}}
}

func (c *collector) add(rule int, path string, h hit) {
	if c.rules[rule].Note == "" {
		for _, at := range h.at {
			c.paths[at.Path] = true
		}
	}
	k := key{rule, path, h.title}
	if path == "" && len(h.at) > 0 {
		k.path = h.at[0].Path
	}
	if g := c.seen[k]; g != nil {
		for _, at := range h.at {
			switch {
			case slices.Contains(g.at, at):
			case len(g.at) < placesMost:
				g.at = append(g.at, at)
			default:
				g.more++
			}
		}
		g.severity = max(g.severity, h.severity)
		return
	}
	g := &gathered{hit: h}
	if len(g.at) > placesMost {
		g.more = len(g.at) - placesMost
		g.at = g.at[:placesMost]
	}
	g.at = slices.Clone(g.at)
	c.seen[k] = g
	c.hits[rule] = append(c.hits[rule], g)
}

// results makes findings and notes of what was gathered, in the order of the rules and then of the change.
func (c *collector) results() (findings []*deepreview.Finding, notes []*deepreview.Note) {
	ids := map[string]int{}
	for i, hits := range c.hits {
		rule := &c.rules[i]
		hits = together(hits)
		over := hits[min(len(hits), findingsMost):]
		for _, g := range hits[:len(hits)-len(over)] {
			if rule.Note != "" {
				notes = append(notes, note(rule, g, ids))
				continue
			}
			findings = append(findings, finding(rule, g, ids))
		}
		if len(over) == 0 {
			continue
		}
		rest := &gathered{hit: hit{title: fmt.Sprintf("%d more of the rule %s", len(over), rule.ID), detail: rule.Why}}
		for _, g := range over {
			rest.severity = max(rest.severity, cmp.Or(g.severity, rule.Severity))
			rest.more += g.more
			for _, at := range g.at {
				if len(rest.at) < placesMost*10 {
					rest.at = append(rest.at, at)
				} else {
					rest.more++
				}
			}
		}
		if rule.Note != "" {
			notes = append(notes, note(rule, rest, ids))
		} else {
			findings = append(findings, finding(rule, rest, ids))
		}
	}
	return findings, notes
}

// together makes one of hits that say the same of more than filesMost files, where the first of them stood.
func together(hits []*gathered) []*gathered {
	times := map[string]int{}
	for _, g := range hits {
		times[g.title]++
	}
	first := map[string]*gathered{}
	var out []*gathered
	for _, g := range hits {
		if times[g.title] <= filesMost || len(g.at) == 0 {
			out = append(out, g)
			continue
		}
		all := first[g.title]
		if all == nil {
			first[g.title] = g
			g.files = 1
			out = append(out, g)
			continue
		}
		all.files++
		all.severity = max(all.severity, g.severity)
		all.more += g.more + len(g.at)
		if len(all.at) < placesMost {
			all.at = append(all.at, g.at[0]) // one a file says more than many of a few
			all.more--
		}
	}
	return out
}

func finding(rule *Rule, g *gathered, ids map[string]int) *deepreview.Finding {
	f := &deepreview.Finding{
		Title:     clean(g.title, titleMost),
		Detail:    clean(detail(g), 0),
		Impact:    clean(cmp.Or(g.impact, rule.Why), 0),
		Locations: g.at,
		Quote:     quote(g.quote),
		Severity:  cmp.Or(g.severity, rule.Severity),
		Category:  rule.Category,
		Topic:     rule.Topic,
		Rule:      rule.ID,
	}
	f.ID = identity(rule.ID, f.Title, f.Quote, g, ids)
	return f
}

func note(rule *Rule, g *gathered, ids map[string]int) *deepreview.Note {
	n := &deepreview.Note{
		Kind:      rule.Note,
		Title:     clean(g.title, titleMost),
		Text:      clean(cmp.Or(detail(g), g.title), 0),
		Locations: g.at,
		Risk:      g.risk,
		Commit:    g.commit,
	}
	n.ID = identity(rule.ID, n.Title, n.Commit, g, ids)
	return n
}

// detail is the text of a finding with what its bounds left out.
func detail(g *gathered) string {
	text := g.detail
	if g.files > 1 {
		text += fmt.Sprintf("\n\nThe same holds of %s.", countOf(g.files-1, "other file", "other files"))
	}
	if g.more > 0 && g.risk == deepreview.RiskUnset { // a note on what is untested counts its files itself
		text += fmt.Sprintf("\n\nAnd %s.", countOf(g.more, "more place", "more places"))
	}
	return strings.TrimSpace(text)
}

// identity makes an ID that stays the same while the file, the problem and the line's text do, wherever the line moves.
func identity(rule, title, quote string, g *gathered, ids map[string]int) string {
	path := ""
	if len(g.at) > 0 {
		path = g.at[0].Path
	}
	h := sha256.Sum256([]byte(strings.Join([]string{rule, path, title, quote}, "\x00")))
	id := rule + "-" + hex.EncodeToString(h[:4])
	ids[id]++
	if n := ids[id]; n > 1 {
		id = fmt.Sprintf("%s-%d", id, n)
	}
	return id
}

// clean makes foreign text fit to be said: valid UTF-8, without secrets, at most most bytes where most is not 0.
func clean(text string, most int) string {
	text, _ = redact.Mask(strings.ToValidUTF8(text, "\uFFFD"))
	if most > 0 {
		text = strings.Join(strings.Fields(text), " ")
		if len(text) > most {
			text = strings.ToValidUTF8(text[:most], "") + "…"
		}
	}
	return text
}

// quote masks a line that stands in a finding. A line too long to show is left out, since a part of it anchors nothing.
func quote(text string) string {
	if len(text) > quoteMost {
		return ""
	}
	return clean(text, 0)
}

// coverage says of every changed file whether rules ran over it.
func coverage(c *deepreview.Change, found *collector) []deepreview.Coverage {
	hit := found.paths
	out := make([]deepreview.Coverage, 0, len(c.Files))
	for _, f := range c.Files {
		if f == nil {
			continue
		}
		cov := deepreview.Coverage{Path: f.Path, Status: deepreview.CoverageUnreviewed}
		beyond, scanned := found.scanned[f.Path]
		switch {
		case f.Unreadable != "":
			cov.Reason = f.Unreadable
		case !scanned:
			cov.Reason = "the rules were stopped before this file"
		case f.Submodule():
			cov.Reason = "a submodule: its content is in another repository"
		case f.LFS:
			cov.Reason = "a pointer to a large file: its content is kept elsewhere"
		case f.Binary:
			cov.Reason = "binary: it has no text for rules to run over"
		case beyond != "" && !hit[f.Path] && !hit[f.OldPath]:
			cov.Reason = beyond
		default:
			cov.Status, cov.Depth, cov.Reason = deepreview.CoverageClean, deepreview.DepthScanned, beyond
		}
		if hit[f.Path] || f.OldPath != "" && hit[f.OldPath] {
			cov.Status = deepreview.CoverageFindings
			if cov.Depth == deepreview.DepthUnset {
				cov.Depth = deepreview.DepthScanned
			}
		}
		out = append(out, cov)
	}
	return out
}

// errStopped is what a rule that walks a tree ends its walk with.
var errStopped = errors.New("walk stopped")
