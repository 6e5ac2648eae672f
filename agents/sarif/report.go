package sarif

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/deepreview-go/deepreview"
)

// report is the runs of one report as they are held against a change, which is nil for [Parse].
type report struct {
	change *deepreview.Change
	runs   []*run
	rooms  *rooms
	codes  codes
	ids    map[string]int
	groups map[aside]*group
	// asides counts results that are no findings by the changed file they are in, and cut are files with findings beyond the bound.
	asides map[string]int
	cut    map[string]bool
}

// group is results that are counted in a note.
type group struct {
	n      int
	rules  map[string]int
	places []deepreview.Location
	// paths are those that no location can hold, as given; because are reasons.
	paths, because []string
}

// claim is a result of a run.
type claim struct {
	*result
	run *run
}

func newReport(c *deepreview.Change, runs []*run) *report {
	o := &report{
		change: c, runs: runs, rooms: newRooms(c), codes: codes{read: map[string]*code{}},
		ids: map[string]int{}, groups: map[aside]*group{}, asides: map[string]int{}, cut: map[string]bool{},
	}
	if c != nil {
		o.codes.tree = c.Tree
	}
	var roots, paths []string
	for _, r := range runs {
		roots = append(roots, r.roots...)
		for i := range r.results {
			for _, p := range r.results[i].places {
				paths = append(paths, p.path)
			}
		}
		paths = append(paths, r.analyzed...)
	}
	if c != nil {
		o.rooms.settle(roots, paths)
	}
	return o
}

// review says what the report says.
func (o *report) review() *deepreview.Review {
	rev := &deepreview.Review{Label: o.label()}
	var claims []claim
	more, unreadable := 0, 0
	for _, r := range o.runs {
		more += r.more
		unreadable += r.unreadable
		for i := range r.results {
			x := &r.results[i]
			kind := x.aside
			if kind == "" && !o.concerns(x) {
				kind = asideBeside
			}
			if kind != "" {
				o.set(x, kind)
				continue
			}
			claims = append(claims, claim{x, r})
		}
	}
	if o.change != nil && len(claims) > findingsMost {
		slices.SortStableFunc(claims, func(a, b claim) int { return -cmp.Compare(a.level.severity, b.level.severity) })
		for _, x := range claims[findingsMost:] {
			o.set(x.result, asideMore)
		}
		claims = claims[:findingsMost]
	}
	for _, x := range claims {
		rev.Findings = append(rev.Findings, o.finding(x))
	}
	rev.Notes = o.notes(more, unreadable)
	if o.change != nil {
		rev.Coverage = o.coverage(rev.Findings)
	}
	return rev
}

// label names the tools.
func (o *report) label() string {
	var names []string
	for _, r := range o.runs {
		name := oneLine(r.tool, 80)
		if name == "" {
			continue
		}
		if r.version != "" {
			name += " " + oneLine(r.version, 40)
		}
		if !slices.Contains(names, name) && len(names) < 10 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// concerns reports whether the change touches a file that the problem is in, or the problem is in none.
func (o *report) concerns(x *result) bool {
	placed := false
	for _, p := range x.places {
		if p.other {
			continue
		}
		placed = true
		if o.change == nil || o.rooms.find(p.path).file != nil {
			return true
		}
	}
	return !placed
}

// set counts a result among those that are no findings.
func (o *report) set(x *result, kind aside) {
	g := o.groups[kind]
	if g == nil {
		g = &group{rules: map[string]int{}}
		o.groups[kind] = g
	}
	g.n++
	g.rules[cmp.Or(oneLine(x.rule, 80), "no rule")]++
	if x.because != "" && len(g.because) < placesMost {
		if why := oneLine(x.because, labelMost); !slices.Contains(g.because, why) {
			g.because = append(g.because, why)
		}
	}
	for _, p := range x.places {
		if p.other {
			continue
		}
		at := o.location(p)
		if f := o.rooms.find(p.path).file; f != nil {
			if o.asides[f.Path]++; kind == asideMore {
				o.cut[f.Path] = true
			}
		}
		switch {
		case at.Path == "" && len(g.paths) < placesMost:
			if p := codeSpan(clip(p.path, labelMost)); !slices.Contains(g.paths, p) {
				g.paths = append(g.paths, p)
			}
		case at.Path != "" && len(g.places) < placesMost:
			at.Label = oneLine(x.rule+": "+x.message, labelMost)
			g.places = append(g.places, at)
		}
		break
	}
}

// location is where a place is; without a path if nothing in the repository is meant.
func (o *report) location(p place) deepreview.Location {
	out := deepreview.Location{Path: o.rooms.find(p.path).path, Start: p.startLine, End: p.endLine, Label: oneLine(p.label, labelMost)}
	if out.Path == "" {
		return out
	}
	if p.hasOffset {
		if c := o.codes.file(out.Path); c != nil {
			if at, ok := c.at(p.offset, unitUTF16); ok {
				out.Start = min(c.lineOf(at), max(c.lines(), 1))
			}
		}
	}
	if p.endCol == 1 && out.End > out.Start {
		out.End-- // it ends where that line begins
	}
	if out.End == out.Start {
		out.End = 0
	}
	return out
}

func (o *report) finding(x claim) *deepreview.Finding {
	f := &deepreview.Finding{
		Severity: x.level.severity, RawSeverity: x.level.raw,
		Topic: deepreview.Topic(x.topic), Rule: x.rule,
	}
	message := strings.TrimSpace(clip(x.message, messageMost))
	first, _, _ := strings.Cut(message, "\n\n")
	f.Title = cmp.Or(oneLine(first, titleMost), "rule "+x.rule)
	var detail []string
	if message != f.Title {
		detail = append(detail, message)
	}
	if why := strings.TrimSpace(x.why); why != "" && why != message {
		detail = append(detail, clip(why, whyMost))
	}
	more := x.more
	var lost []string
	for i, p := range x.places {
		at := o.location(p)
		switch {
		case at.Path == "":
			if p.path != "" && len(lost) < placesMost {
				text := codeSpan(clip(p.path, labelMost))
				if p.startLine > 0 {
					text += fmt.Sprintf(" line %d", p.startLine)
				}
				lost = append(lost, text)
			}
		case len(f.Locations) >= placesMost:
			more++
		default:
			if p.other && at.Label == "" {
				at.Label = "related"
			}
			if i == 0 {
				f.Quote = quote(p.quote, o.quoted(x.result, at))
			}
			if !slices.Contains(f.Locations, at) {
				f.Locations = append(f.Locations, at)
			}
		}
	}
	if more > 0 {
		detail = append(detail, fmt.Sprintf("There are %d more places.", more))
	}
	if len(lost) > 0 {
		detail = append(detail, "The tool places it at "+strings.Join(lost, ", ")+", which is outside of the repository as it is known here.")
	}
	if len(o.runs) > 1 && x.run.tool != "" {
		detail = append(detail, "Reported by "+oneLine(x.run.tool, 80)+".")
	}
	f.Detail = strings.Join(detail, "\n\n")
	f.Fix = o.fix(x.result)
	f.ID = o.id(f)
	return f
}

// quoted returns the lines of the text that the tool had, at a place.
func (o *report) quoted(x *result, at deepreview.Location) string {
	if x.source == "" || at.Start == 0 || at.Last()-at.Start >= quoteLines {
		return ""
	}
	var out []string
	n := 0
	for l := range strings.Lines(x.source) {
		if n++; n >= at.Start && n <= at.Last() {
			out = append(out, strings.TrimRight(l, "\r\n"))
		}
		if n == at.Last() {
			break
		}
	}
	return strings.Join(out, "\n")
}

// quote returns the first of the texts that is short enough.
func quote(texts ...string) string {
	for _, t := range texts {
		lines := strings.Split(t, "\n")
		if t != "" && len(lines) <= quoteLines && !slices.ContainsFunc(lines, func(l string) bool { return len(l) > quoteMost }) {
			return t
		}
	}
	return ""
}

// id makes an ID that stays while the file, the problem and the quoted code do, wherever the line moves.
func (o *report) id(f *deepreview.Finding) string {
	p := ""
	if len(f.Locations) > 0 {
		p = f.Locations[0].Path
	}
	h := sha256.Sum256([]byte(strings.Join([]string{p, f.Rule, f.Title, f.Quote}, "\x00")))
	id := cmp.Or(slugged(f.Rule), "F") + "-" + hex.EncodeToString(h[:4])
	o.ids[id]++
	if n := o.ids[id]; n > 1 {
		id = fmt.Sprintf("%s.%d", id, n) // a slug has no dot, so that this is nobody's
	}
	return id
}

// slugged makes a rule's name one that an ID may hold.
func slugged(rule string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '-'
	}, strings.TrimSuffix(clip(rule, 60), "…"))
}

// asides are the groups in the order of their notes, with what they are and why they are no findings.
var asides = []struct {
	kind        aside
	title, text string
}{
	{asideMore, "more of its findings", fmt.Sprintf("Only the %d worst are listed. The others:", findingsMost)},
	{asideSuppressed, "of its results suppressed", "They are held back by the code, or by the tool's configuration, which a change may bring along:"},
	{asideUnchanged, "of its results in its baseline, too", "The tool says that they were there before:"},
	{asideAbsent, "results of its baseline gone", "The tool does not find them any more:"},
	{asidePassed, "of its checks passed or not applicable", "They found nothing:"},
	{asideBeside, "of its results in files that the change does not touch", "They are no findings on this change:"},
}

func (o *report) notes(more, unreadable int) []*deepreview.Note {
	var out []*deepreview.Note
	for _, a := range asides {
		g := o.groups[a.kind]
		if g == nil {
			continue
		}
		n := &deepreview.Note{ID: string(a.kind), Kind: deepreview.NoteConcern, Title: fmt.Sprintf("%d %s", g.n, a.title), Locations: g.places}
		n.Text = a.text + " " + tally(g.rules) + "."
		if len(g.because) > 0 {
			n.Text += " Reasons given: " + strings.Join(g.because, "; ") + "."
		}
		if len(g.paths) > 0 {
			n.Text += " Some are outside of the repository as it is known here: " + strings.Join(g.paths, ", ") + "."
		}
		out = append(out, n)
	}
	if more+unreadable > 0 {
		out = append(out, &deepreview.Note{
			ID: "unread", Kind: deepreview.NoteConcern, Title: fmt.Sprintf("%d results of the report not read", more+unreadable),
			Text: fmt.Sprintf("%d are beyond the %d that are read of a report, and %d say neither what they found nor by which rule.",
				more, resultsMost, unreadable),
		})
	}
	return out
}

// tally counts rules, the most frequent first.
func tally(n map[string]int) string {
	rules := slices.SortedFunc(maps.Keys(n), func(a, b string) int { return cmp.Or(-cmp.Compare(n[a], n[b]), cmp.Compare(a, b)) })
	var parts []string
	for i, r := range rules {
		if i == placesMost {
			parts = append(parts, fmt.Sprintf("and %d rules more", len(rules)-i))
			break
		}
		parts = append(parts, fmt.Sprintf("%d × %s", n[r], r))
	}
	return strings.Join(parts, ", ")
}

// coverage states the changed files that a tool says it looked at, or has a result in.
func (o *report) coverage(findings []*deepreview.Finding) []deepreview.Coverage {
	hit := map[string]bool{}
	for _, f := range findings {
		for _, l := range f.Locations {
			hit[l.Path] = true
		}
	}
	looked, skipped := map[string]bool{}, map[string]string{}
	for _, r := range o.runs {
		for _, p := range r.analyzed {
			if f := o.rooms.find(p).file; f != nil && !r.partial && r.more == 0 {
				looked[f.Path] = true
			}
		}
		for _, p := range slices.Sorted(maps.Keys(r.skipped)) {
			if f := o.rooms.find(p).file; f != nil {
				skipped[f.Path] = cmp.Or(r.skipped[p], "the tool reports an error in it")
			}
		}
		for i := range r.results {
			for _, p := range r.results[i].places {
				if f := o.rooms.find(p.path).file; f != nil && !p.other && !r.partial {
					looked[f.Path] = true
				}
			}
		}
	}
	var out []deepreview.Coverage
	for _, f := range o.change.Files {
		if o.rooms.files[f.Path] != f {
			continue
		}
		c := deepreview.Coverage{Path: f.Path, Status: deepreview.CoverageUnreviewed}
		switch why := skipped[f.Path]; {
		case f.Unreadable != "" && (looked[f.Path] || hit[f.Path] || why != ""):
			c.Reason = f.Unreadable
		case why != "":
			c.Reason = why
		case hit[f.Path]:
			c.Status, c.Depth = deepreview.CoverageFindings, deepreview.DepthScanned
		case looked[f.Path] && !o.cut[f.Path]:
			c.Status, c.Depth = deepreview.CoverageClean, deepreview.DepthScanned
			if n := o.asides[f.Path]; n > 0 {
				c.Reason = fmt.Sprintf("%d of its results are no findings; see the notes", n)
			}
		default:
			continue
		}
		out = append(out, c)
	}
	return out
}

// failure is what went wrong in the tools themselves; nil if nothing did.
func failure(runs []*run) error {
	var errs []error
	for _, r := range runs {
		for _, f := range r.failures {
			errs = append(errs, fmt.Errorf("%s did not do all of its work: %s", cmp.Or(oneLine(r.tool, 80), "the tool"), f))
		}
	}
	return errors.Join(errs...)
}

// codeSpan shows a text as code in Markdown.
func codeSpan(text string) string {
	return "`" + strings.ReplaceAll(oneLine(text, pathMost), "`", "'") + "`"
}

// fenced shows lines as a block of code that nothing in them ends.
func fenced(text string) string {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fence + "\n" + strings.TrimSuffix(text, "\n") + "\n" + fence
}

// link shows where to read on; empty for what is no address of the web.
func link(url string) string {
	if len(url) > 500 || !strings.HasPrefix(url, "https://") && !strings.HasPrefix(url, "http://") || strings.ContainsAny(url, "<> \t\r\n`") {
		return ""
	}
	return "<" + url + ">"
}
