package analyzer

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/deepreview-go/deepreview"
)

// Bounds on what one review says. What is beyond them is counted in a note.
const (
	findingsMost = 200
	placesMost   = 20  // locations of a note, related ones of a finding
	spanMost     = 10  // lines of a location; a longer one is cited by its first line
	quoteMost    = 600 // bytes of a quote's line
	titleMost    = 200 // bytes of a title
)

// review says what is known so far.
func (w *work) review() *deepreview.Review {
	rev := &deepreview.Review{Label: "Go analyzers"}
	if w.at != nil {
		w.speak(rev)
	}
	rev.Coverage = w.coverage(rev.Findings)
	return rev
}

// speak makes findings and notes of the diagnostics.
func (w *work) speak(rev *deepreview.Review) {
	head := twinless(w.at.Diagnostics)
	base := w.was
	if base != nil {
		b := *base
		b.Diagnostics = twinless(b.Diagnostics)
		base = &b
	}
	written := map[string]map[int]bool{}
	for _, d := range head {
		if written[d.Place.Path] == nil {
			written[d.Place.Path] = w.scope.added(d.Place.Path)
		}
	}
	ids := map[string]int{}
	var old, unknown, more []diagnostic
	kinds := ages(w.scope, head, base, written)
	var fresh []diagnostic
	for i, d := range head {
		switch {
		case d.Ignored:
		case kinds[i] == ageNew:
			fresh = append(fresh, d)
		case kinds[i] == ageOld:
			old = append(old, d)
		default:
			unknown = append(unknown, d)
		}
	}
	slices.SortStableFunc(fresh, func(a, b diagnostic) int {
		return cmp.Or(-cmp.Compare(ruleOf(a.Rule).Severity, ruleOf(b.Rule).Severity), compareDiagnostics(a, b))
	})
	if len(fresh) > findingsMost {
		fresh, more = fresh[:findingsMost], fresh[findingsMost:]
	}
	for _, d := range fresh {
		f := w.finding(d, base)
		f.ID = identity(d, ids)
		rev.Findings = append(rev.Findings, f)
	}
	say := func(kind string, all []diagnostic, title, text string) {
		if len(all) == 0 {
			return
		}
		n := &deepreview.Note{
			ID:    kind,
			Kind:  deepreview.NoteConcern,
			Title: title,
			Text:  text + " " + tally(all) + ".",
		}
		for _, d := range all[:min(len(all), placesMost)] {
			n.Locations = append(n.Locations, deepreview.Location{Path: d.Place.Path, Start: d.Place.Line, Label: valid(d.Rule + ": " + d.Message)})
		}
		rev.Notes = append(rev.Notes, n)
	}
	say("more", more, count(len(more), "more finding")+" of the analyzers",
		fmt.Sprintf("Only the %d worst are listed. The others:", findingsMost))
	say("older", old, count(len(old), "finding")+" of the analyzers that the merge-base has too",
		"In the packages that the change touches, but not its doing:")
	reason := cmp.Or(w.noBase, "their packages do not load at the merge-base")
	if why := w.was.failure(); why != "" {
		reason += " (" + why + ")"
	}
	say("unknown", unknown, count(len(unknown), "finding")+" of the analyzers on lines that the change did not write",
		"Whether the change brought them is not known, since "+reason+":")
}

// twinless drops the findings of go vet that staticcheck has too, on the same line; a fix that only the former has is kept.
func twinless(all []diagnostic) []diagnostic {
	all = slices.Clone(all)
	var out []diagnostic
	twins := map[int]bool{}
	for i, d := range all {
		twin := ruleOf(d.Rule).twin
		if twin == "" {
			continue
		}
		j := slices.IndexFunc(all, func(o diagnostic) bool {
			return o.Rule == twin && o.Place.Path == d.Place.Path && o.Place.Line == d.Place.Line
		})
		if j < 0 {
			continue
		}
		twins[i] = true
		if len(all[j].Fix) == 0 {
			all[j].Fix, all[j].FixText = d.Fix, d.FixText
		}
	}
	for i, d := range all {
		if !twins[i] {
			out = append(out, d)
		}
	}
	return out
}

func (w *work) finding(d diagnostic, base *side) *deepreview.Finding {
	rule := ruleOf(d.Rule)
	f := &deepreview.Finding{
		Title:       title(d.Message),
		Detail:      rule.Why,
		Severity:    rule.Severity,
		RawSeverity: rule.RawSeverity,
		Topic:       rule.Topic,
		Rule:        d.Rule,
	}
	if rule.URL != "" {
		f.Detail += "\n\n<" + rule.URL + ">"
	}
	if f.Title != d.Message {
		f.Detail = valid(d.Message) + "\n\n" + f.Detail
	}
	if line, ok := w.silenced(d); ok {
		f.Detail += fmt.Sprintf("\n\nThe change adds a directive to ignore this, on line %d. A directive counts once it is at the merge-base.", line)
	}
	before, existed := w.scope.before(d.Place.Path)
	switch {
	case f.Severity < deepreview.SeverityImportant:
		f.Category = deepreview.CategoryEnhancement
	case !existed, base != nil && base.analyzed(before):
		f.Category = deepreview.CategoryRegression
	}
	at := deepreview.Location{Path: d.Place.Path, Start: d.Place.Line}
	if d.End > at.Start && d.End-at.Start < spanMost {
		at.End = d.End
	}
	f.Locations = append(f.Locations, at)
	for _, r := range d.Related[:min(len(d.Related), placesMost)] {
		f.Locations = append(f.Locations, deepreview.Location{Path: r.Path, Start: r.Line, Label: cmp.Or(title(r.Label), "related")})
	}
	if len(d.Text) <= quoteMost {
		f.Quote = valid(d.Text)
	}
	if len(d.Fix) > 0 && !slices.ContainsFunc(d.Fix, func(e deepreview.Edit) bool { return valid(e.New) != e.New }) {
		f.Fix = &deepreview.Fix{Text: valid(d.FixText), Edits: w.tidy(d.Fix)}
	}
	return f
}

// silenced returns the line of a directive that the change adds and that would have hidden d.
func (w *work) silenced(d diagnostic) (int, bool) {
	const above = 3 // lines of comment between a directive and the code that it is about
	f := w.scope.byPath[d.Place.Path]
	if f == nil {
		return 0, false
	}
	for _, h := range f.Hunks {
		for l := range h.Lines() {
			if l.Op != deepreview.OpAdd {
				continue
			}
			_, text, ok := strings.Cut(l.Text, "//lint:")
			args := strings.Fields(text)
			if !ok || len(args) < 2 || !named(strings.Split(args[1], ","), d.Rule) {
				continue
			}
			if args[0] == "file-ignore" || args[0] == "ignore" && l.New <= d.Place.Line && d.Place.Line-l.New <= above {
				return l.New, true
			}
		}
	}
	return 0, false
}

// coverage says of every changed Go file whether its package was analyzed.
func (w *work) coverage(findings []*deepreview.Finding) []deepreview.Coverage {
	hit := map[string]bool{}
	for _, f := range findings {
		hit[f.Locations[0].Path] = true
	}
	var out []deepreview.Coverage
	for _, f := range w.scope.files {
		c := deepreview.Coverage{Path: f.Path, Status: deepreview.CoverageUnreviewed}
		if c.Reason = w.unreviewed(f); c.Reason == "" {
			c.Status, c.Depth, c.Reason = deepreview.CoverageClean, deepreview.DepthScanned, w.without()
			if hit[f.Path] {
				c.Status = deepreview.CoverageFindings
			}
		}
		c.Reason = valid(c.Reason)
		out = append(out, c)
	}
	return out
}

// unreviewed says why a changed file was not analyzed; empty if it was.
func (w *work) unreviewed(f *deepreview.File) string {
	dir := path.Dir(f.Path)
	if why := w.scope.outside[f.Path]; why != "" {
		return why
	}
	switch {
	case gone(f):
		return "deleted"
	case w.at != nil && w.at.analyzed(f.Path):
		return ""
	case w.copy == nil:
		return "the analysis was stopped before this file"
	case w.copy.left[f.Path] != "":
		return w.copy.left[f.Path]
	case !w.copy.has(f.Path):
		return "it is no regular file of the tree at head"
	}
	switch m := w.copy.moduleOf(dir); {
	case m == nil:
		return "no go.mod above it"
	case m.broken != "":
		return m.broken
	case w.at == nil:
		return "the analysis was stopped before this file"
	}
	constraint := w.constraint(f.Path)
	if why := w.at.Failed[f.Path]; why != "" {
		return why
	}
	// A file that is left out by its own constraints would not be analyzed if its package loaded, either.
	return cmp.Or(constraint, w.at.Failed[dir], "its package was loaded without it")
}

// constraint says why the go command leaves a file of the copy out of its package on this machine; empty if it does not.
func (w *work) constraint(name string) string {
	local := filepath.Join(w.copy.dir, filepath.FromSlash(name))
	dir, base := filepath.Split(local)
	match := func(cgo bool) bool {
		ctx := build.Default
		ctx.CgoEnabled = cgo
		ctx.BuildTags = nil
		ok, err := ctx.MatchFile(dir, base)
		return ok || err != nil // one that cannot be read so far is the compiler's to complain about
	}
	switch file, err := parser.ParseFile(token.NewFileSet(), local, nil, parser.ImportsOnly); {
	case err == nil && slices.ContainsFunc(file.Imports, func(i *ast.ImportSpec) bool { return i.Path.Value == `"C"` }),
		!match(false) && match(true):
		return "it needs cgo, which is off here since it would run a C compiler"
	case !match(false):
		return "its build constraints, or its name, exclude it on " + build.Default.GOOS + "/" + build.Default.GOARCH
	}
	return ""
}

// without names the rules that failed on this code.
func (w *work) without() string {
	if len(w.at.Crashed) == 0 {
		return ""
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(w.at.Crashed)) {
		all = append(all, name+" "+w.at.Crashed[name])
	}
	return "without the analyzers that failed: " + strings.Join(all, "; ")
}

// foldersOf returns the folders that diagnostics are in, sorted.
func foldersOf(all []diagnostic) []string {
	folders := map[string]bool{}
	for _, d := range all {
		folders[path.Dir(d.Place.Path)] = true
	}
	return slices.Sorted(maps.Keys(folders))
}

// tally counts diagnostics by rule.
func tally(all []diagnostic) string {
	n := map[string]int{}
	for _, d := range all {
		n[d.Rule]++
	}
	var parts []string
	for _, id := range slices.Sorted(maps.Keys(n)) {
		parts = append(parts, fmt.Sprintf("%d × %s", n[id], id))
	}
	return strings.Join(parts, ", ")
}

// identity makes an ID that stays the same while the file, the problem and the line's text do, wherever the line moves.
func identity(d diagnostic, ids map[string]int) string {
	k := keyOf(d, d.Place.Path)
	h := sha256.Sum256([]byte(strings.Join([]string{k.path, k.rule, k.message, k.text}, "\x00")))
	id := strings.ReplaceAll(d.Rule, "/", "-") + "-" + hex.EncodeToString(h[:4])
	ids[id]++
	if n := ids[id]; n > 1 {
		id = fmt.Sprintf("%s-%d", id, n)
	}
	return id
}

// title makes one line of a message.
func title(message string) string {
	text := strings.Join(strings.Fields(valid(message)), " ")
	if len(text) > titleMost {
		text = strings.ToValidUTF8(text[:titleMost], "") + "…"
	}
	return text
}

func valid(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }
