package analyzer

import (
	"bytes"
	"cmp"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"honnef.co/go/tools/go/loader"
	"honnef.co/go/tools/lintcmd/runner"
	"honnef.co/go/tools/unused"

	"github.com/deepreview-go/deepreview"
)

// diagnostic is what one rule says of one place of a tree.
type diagnostic struct {
	Rule    string  `json:"rule"`
	Message string  `json:"message"`
	Place   place   `json:"place"`
	End     int     `json:"end,omitzero"` // last line
	Related []place `json:"related,omitempty"`
	// Fix is the first that was suggested, FixText what it does.
	Fix     []deepreview.Edit `json:"fix,omitempty"`
	FixText string            `json:"fix_text,omitempty"`
	// Ignored says that a directive silences it.
	Ignored bool `json:"ignored,omitzero"`
	// Text is the line, for matching.
	Text string `json:"text,omitempty"`
}

// place is a line of a file.
type place struct {
	Path  string `json:"path"`
	Line  int    `json:"line"`
	Label string `json:"label,omitempty"`

	offset int // of the position in the file, while it is converted
}

func compareDiagnostics(a, b diagnostic) int {
	return cmp.Or(
		cmp.Compare(a.Place.Path, b.Place.Path),
		cmp.Compare(a.Place.Line, b.Place.Line),
		cmp.Compare(a.Rule, b.Rule),
		cmp.Compare(a.Message, b.Message),
		cmp.Compare(a.End, b.End),
	)
}

// once sorts diagnostics and drops those that a package and its variant with tests both have.
func once(all []diagnostic) []diagnostic {
	slices.SortStableFunc(all, compareDiagnostics)
	return slices.CompactFunc(all, func(a, b diagnostic) bool { return compareDiagnostics(a, b) == 0 })
}

// convert makes our diagnostics of what the runner found in a package: places in the tree, fixes as edits of lines,
// //lint:ignore obeyed.
func (t *treeCopy) convert(m *module, files []string, data runner.ResultData, checks []string) []diagnostic {
	texts := map[string][]byte{}
	text := func(name string) []byte {
		b, ok := texts[name]
		if !ok {
			b, _ = t.read(name) // it was read before; what cannot be read has no line
			texts[name] = b
		}
		return b
	}
	var out []diagnostic
	for _, d := range data.Diagnostics {
		at, ok := t.place(m, files, d.Position)
		if !ok || !chosen(checks, d.Category) {
			continue
		}
		if twin := ruleOf(d.Category).twin; twin != "" && !chosen(checks, twin) {
			continue // who does not want the check from staticcheck does not want it from go vet
		}
		c := diagnostic{Rule: d.Category, Message: d.Message, Place: at}
		if d.End.Filename == d.Position.Filename && d.End.Line > at.Line {
			c.End = d.End.Line
		}
		for _, r := range d.Related {
			if p, ok := t.place(m, files, r.Position); ok {
				p.Label = r.Message
				c.Related = append(c.Related, p)
			}
		}
		if len(d.SuggestedFixes) > 0 {
			if edits, ok := t.edits(m, files, d.SuggestedFixes[0], text); ok {
				c.Fix, c.FixText = edits, d.SuggestedFixes[0].Message
			}
		}
		out = append(out, c)
	}
	return append(out, t.obey(m, files, data.Directives, checks, out)...)
}

// quote sets the text of the line of each diagnostic, which are sorted by file.
func (t *treeCopy) quote(all []diagnostic) {
	var name string
	var lines []string
	for i := range all {
		at := all[i].Place
		if at.Path != name || lines == nil {
			data, _ := t.read(at.Path) // it was read before; what cannot be read has no line
			name, lines = at.Path, strings.Split(string(data), "\n")
		}
		if at.Line <= len(lines) {
			all[i].Text = strings.TrimSuffix(lines[at.Line-1], "\r")
		}
	}
}

// edits makes edits of whole lines of a fix; false if it does not fit the files.
func (t *treeCopy) edits(m *module, files []string, fix runner.SuggestedFix, text func(string) []byte) ([]deepreview.Edit, bool) {
	type change struct {
		path       string
		start, end int // bytes
		text       []byte
	}
	var changes []change
	for _, e := range fix.TextEdits {
		from, ok := t.place(m, files, e.Position)
		if !ok {
			return nil, false
		}
		c := change{from.Path, from.offset, from.offset, e.NewText}
		if e.End.Filename != "" {
			c.end = e.End.Offset
		}
		if c.end < c.start || c.end > len(text(from.Path)) {
			return nil, false
		}
		changes = append(changes, c)
	}
	slices.SortStableFunc(changes, func(a, b change) int {
		return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end))
	})
	for i := 1; i < len(changes); i++ {
		if a, b := changes[i-1], changes[i]; a.path == b.path && b.start < a.end {
			return nil, false // they contradict one another
		}
	}
	var out []deepreview.Edit
	for i := 0; i < len(changes); {
		// Changes whose lines touch are one edit.
		name, src := changes[i].path, text(changes[i].path)
		start := lineStart(src, changes[i].start)
		end := lineEnd(src, changes[i].end)
		j := i + 1
		for ; j < len(changes) && changes[j].path == name && changes[j].start < end; j++ {
			end = max(end, lineEnd(src, changes[j].end))
		}
		var b bytes.Buffer
		at := start
		for _, c := range changes[i:j] {
			b.Write(src[at:c.start])
			b.Write(c.text)
			at = c.end
		}
		b.Write(src[at:end])
		e := deepreview.Edit{Path: name, Start: 1 + bytes.Count(src[:start], []byte("\n")), New: b.String()}
		e.End = e.Start + bytes.Count(bytes.TrimSuffix(src[start:end], []byte("\n")), []byte("\n"))
		if start == end {
			e.End = e.Start - 1 // behind the last line
		}
		if e.New != "" && !strings.HasSuffix(e.New, "\n") {
			e.New += "\n"
		}
		if strings.TrimSpace(e.New) == "" {
			e.New = "" // a statement that went leaves no empty line
		}
		out = append(out, e)
		i = j
	}
	return out, len(out) > 0
}

func lineStart(src []byte, at int) int { return bytes.LastIndexByte(src[:at], '\n') + 1 }

// lineEnd returns where the line that holds at ends, behind its newline.
func lineEnd(src []byte, at int) int {
	if i := bytes.IndexByte(src[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(src)
}

// obey marks the diagnostics that a //lint:ignore or //lint:file-ignore silences, and returns those about directives that silence
// nothing. It follows staticcheck's own rules: U1000 is left to that check, and a useless directive counts only
// if a rule that it names is chosen.
func (t *treeCopy) obey(m *module, files []string, dirs []runner.SerializedDirective, checks []string, all []diagnostic) []diagnostic {
	var useless []diagnostic
	for _, d := range dirs {
		if d.Command != "ignore" && d.Command != "file-ignore" {
			continue
		}
		at, ok := t.place(m, files, d.NodePosition)
		if !ok {
			continue
		}
		if len(d.Arguments) < 2 {
			useless = append(useless, diagnostic{Rule: directiveRule, Place: at,
				Message: "malformed linter directive; missing the required reason field?"})
			continue
		}
		names := strings.Split(d.Arguments[0], ",")
		matched := false
		for i := range all {
			if all[i].Place.Path == at.Path && (d.Command == "file-ignore" || all[i].Place.Line == at.Line) && named(names, all[i].Rule) {
				all[i].Ignored, matched = true, true
			}
		}
		if matched || d.Command != "ignore" || named(names, "U1000") && slices.Contains(lower(names), "u1000") {
			continue
		}
		if slices.ContainsFunc(names, func(n string) bool { return chosen(checks, n) && ruleOf(strings.ToUpper(n)).analyzer != nil }) {
			if pos, ok := t.place(m, files, d.DirectivePosition); ok {
				useless = append(useless, diagnostic{Rule: directiveRule, Place: pos,
					Message: "this linter directive didn't match anything; should it be removed?"})
			}
		}
	}
	return useless
}

// named reports whether one of the patterns of a directive matches a rule. A pass of go vet is named without "vet/".
func named(patterns []string, rule string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		ok, _ := path.Match(strings.ToLower(p), strings.ToLower(strings.TrimPrefix(rule, "vet/")))
		return ok
	})
}

func lower(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = strings.ToLower(s)
	}
	return out
}

// usage puts together what is used in a package and in its variant with tests: what either uses is used.
type usage struct {
	used map[usageKey]bool
	all  []unusedObject
}

type usageKey struct {
	pkg, file string
	line      int
	name      string
}

type unusedObject struct {
	key    usageKey
	pkg    *loader.PackageSpec
	object unused.Object
}

func newUsage() *usage { return &usage{used: map[usageKey]bool{}} }

func (u *usage) add(pkg *loader.PackageSpec, r unused.Result, wanted bool) {
	key := func(o unused.Object) usageKey {
		return usageKey{pkg.PkgPath, filepath.Base(o.Position.Filename), o.Position.Line, o.Name}
	}
	for _, o := range r.Used {
		u.used[key(o)] = true
	}
	if !wanted {
		return
	}
	for _, o := range r.Unused {
		u.all = append(u.all, unusedObject{key(o), pkg, o})
	}
}

func (u *usage) unused() []unusedObject {
	return slices.DeleteFunc(slices.Clone(u.all), func(o unusedObject) bool { return u.used[o.key] })
}
