package patterns

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/deepreview-go/deepreview"
)

var exportedRemoved = Rule{
	ID:       "exported-removed",
	Why:      "Whoever calls what is gone, or takes other arguments now, no longer compiles against the next version.",
	Severity: deepreview.SeverityImportant,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicCorrectness,
	change:   exportedRemovals,
}

// exportedGo finds an exported Go function, method or type on one line: receiver type, name, and the rest.
var exportedGo = compile(`^(func|type) (?:\(\s*(?:\w+\s+)?\*?(\w+)(?:\[[^\]]*\])?\s*\) )?([A-Z]\w*)(.*)$`)

// namesOf returns the names of declarations, each once, the first ten: code for several systems has one in each of its files.
func namesOf(decls []goDecl) (names []string) {
	const most = 10
	for _, d := range decls {
		if !slices.Contains(names, d.name) {
			names = append(names, d.name)
		}
	}
	if more := len(names) - most; more > 0 {
		names = append(names[:most], fmt.Sprintf("%d more", more))
	}
	return names
}

// notBuilt is the constraint of files that are built only by hand, for fuzzing or to name tools.
var notBuilt = compile(`^//(?:go:build| \+build) (?:ignore|gofuzz|tools?)\b`)

type goDecl struct {
	file *file
	line line
	kind string
	name string // "Type.Method" or "Name"
	rest string
}

// exportedRemovals compares the exported declarations that a Go package loses with those it gains.
func exportedRemovals(v *view, report func(hit)) {
	gone := map[string][]goDecl{}
	came := map[string]map[string]goDecl{}
	mention := map[string]map[string]bool{}
	var dirs []string
	for _, f := range v.files {
		if f.lang != langGo || f.test || f.example || f.vendored || f.built || folders(f.Path, "internal", "private") || folders(f.Before(), "internal", "private") || commandFile(f.Path) {
			continue
		}
		if v.ctx.Err() != nil {
			return
		}
		dir := path.Dir(f.Before())
		if f.Status == deepreview.FileAdded {
			dir = f.dir()
		}
		if came[dir] == nil {
			came[dir], mention[dir] = map[string]goDecl{}, map[string]bool{}
			dirs = append(dirs, dir)
		}
		for l := range f.raw() {
			text := strings.TrimSuffix(l.Text, "\r")
			if notBuilt.MatchString(text) {
				break // no part of the package as others import it
			}
			if l.Op == deepreview.OpContext {
				continue
			}
			if l.Op == deepreview.OpAdd {
				// In a group, an alias or a variable the name begins the line.
				mention[dir][firstWord(text)] = true
			}
			m := exportedGo.FindStringSubmatch(text)
			if m == nil || m[2] != "" && !ast.IsExported(m[2]) || strings.Contains(m[4], "testing.T") || strings.Contains(m[4], "*testing.B") {
				continue
			}
			d := goDecl{f, line{Line: l}, m[1], m[3], m[4]}
			if m[2] != "" {
				d.name = m[2] + "." + m[3]
			}
			if l.Op == deepreview.OpAdd {
				came[dir][d.name] = d
			} else {
				gone[dir] = append(gone[dir], d)
			}
		}
	}
	var packages []goDecl // one declaration of each package that is gone as a whole
	var found []apiLoss
	for _, dir := range dirs {
		if len(gone[dir]) > 0 && v.packageGone(dir) {
			if !gone[dir][0].file.mainPackage() {
				packages = append(packages, gone[dir][0])
			}
			continue
		}
		var lost, changed []goDecl
		for _, d := range gone[dir] {
			now, again := came[dir][d.name]
			switch {
			case again:
				if d.kind == "func" && now.kind == "func" && signatureBreaks(d.rest, now.rest) && !d.quoted() {
					changed = append(changed, d)
				}
			case mention[dir][strings.TrimPrefix(d.name[strings.LastIndex(d.name, ".")+1:], ".")]:
			case v.declaredAt(dir, d) || v.promoted(dir, d) || d.quoted():
			default:
				lost = append(lost, d)
			}
		}
		for _, group := range []struct {
			decls []goDecl
			title string
		}{{lost, "removed"}, {changed, "changed in a way that callers notice"}} {
			if len(group.decls) == 0 || group.decls[0].file.mainPackage() {
				continue
			}
			loss := apiLoss{what: group.title, dir: dir, names: namesOf(group.decls), hit: hit{
				title:  fmt.Sprintf("Exported API %s: %s", group.title, strings.Join(namesOf(group.decls), ", ")),
				detail: "Keep it as deprecated, or say so in the release notes.",
				quote:  group.decls[0].line.text(),
			}}
			if now, ok := came[dir][group.decls[0].name]; ok {
				loss.detail = fmt.Sprintf("It is now `%s`. Keep the old form beside it, or say so in the release notes.", excerptOf(now.line, 200))
			}
			for _, d := range group.decls {
				loss.at = append(loss.at, d.file.at(d.line))
			}
			found = append(found, loss)
		}
	}
	reportLosses(found, report)
	if len(packages) > 0 {
		h := hit{
			title:  fmt.Sprintf("%s removed: %s", countOf(len(packages), "package was", "packages were"), list(packages, func(d goDecl) string { return path.Dir(d.file.Before()) })),
			detail: "Code that imports it does not compile any more. Keep it as deprecated, or say so in the release notes.",
			quote:  packages[0].line.text(),
		}
		for _, d := range packages {
			h.at = append(h.at, d.file.at(d.line))
		}
		report(h)
	}
}

// quoted reports whether a deleted line that reads like a declaration is part of a string or comment: the text of a generator.
func (d goDecl) quoted() bool {
	text := readText(d.file.view.BaseTree, d.file.Before())
	if text == "" {
		return false
	}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "", text, parser.SkipObjectResolution)
	if err != nil {
		return false
	}
	return !slices.ContainsFunc(file.Decls, func(x ast.Decl) bool { return set.PositionFor(x.Pos(), false).Line == d.line.Old })
}

// apiLoss is what one package lost of its API, or changed in it.
type apiLoss struct {
	hit
	what, dir string
	names     []string
}

// reportLosses reports what packages lost, each by itself where they are few.
func reportLosses(found []apiLoss, report func(hit)) {
	times := map[string]int{}
	for _, x := range found {
		times[x.what]++
	}
	for i, x := range found {
		n := times[x.what]
		if n <= filesMost {
			report(x.hit)
			continue
		}
		if slices.IndexFunc(found, func(y apiLoss) bool { return y.what == x.what }) != i {
			continue
		}
		all := hit{title: fmt.Sprintf("Exported API %s in %d packages", x.what, n), quote: x.quote}
		var text strings.Builder
		for _, y := range found[i:] {
			if y.what == x.what {
				fmt.Fprintf(&text, "- `%s`: %s\n", y.dir, strings.Join(y.names, ", "))
				all.at = append(all.at, y.at...)
			}
		}
		all.detail = text.String() + "\nKeep it as deprecated, or say so in the release notes."
		report(all)
	}
}

// packageGone reports whether the head has no Go file in dir; false where no tree is known.
func (v *view) packageGone(dir string) bool {
	if v.Tree == nil || !fs.ValidPath(dir) {
		return false
	}
	entries, err := fs.ReadDir(v.Tree, dir)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	return !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return path.Ext(e.Name()) == ".go" })
}

// embedded matches a field of a struct that has no name of its own.
var embedded = compile(`^\t\*?((?:\w+\.)?[A-Z]\w*)(?:\[.*\])?\s*(?:$|//|` + "`" + `)`)

// promoted reports whether the method d may come from a type that its own embeds at head: one of this package with such a
// method, or any of another package.
func (v *view) promoted(dir string, d goDecl) bool {
	typ, method, ok := strings.Cut(d.name, ".")
	if !ok {
		return false
	}
	for _, name := range v.siblings(d.file) {
		inside := false
		for l := range strings.SplitSeq(readText(v.Tree, name), "\n") {
			switch m := embedded.FindStringSubmatch(strings.TrimSuffix(l, "\r")); {
			case strings.HasPrefix(l, "type "+typ+" struct"):
				inside = true
			case strings.HasPrefix(l, "}"):
				inside = false
			case inside && m != nil:
				if strings.Contains(m[1], ".") || v.declaredAt(dir, goDecl{file: d.file, kind: "func", name: m[1] + "." + method}) {
					return true
				}
			}
		}
	}
	return false
}

// mainPackage reports whether the file belongs to a program, which exports nothing.
func (f *file) mainPackage() bool {
	for _, old := range []bool{true, false} {
		text := readText(f.view.Tree, f.Path)
		if old {
			text = readText(f.view.BaseTree, f.Before())
		}
		for l := range strings.SplitSeq(text, "\n") {
			if strings.HasPrefix(l, "package ") {
				return strings.HasPrefix(l, "package main")
			}
		}
	}
	for l := range f.raw() {
		if strings.HasPrefix(l.Text, "package main") {
			return true
		}
	}
	return false
}

// declaredAt reports whether the head still declares d in another file of its folder, as code for several systems does.
func (v *view) declaredAt(dir string, d goDecl) bool {
	const filesMost = 400
	if v.Tree == nil || !fs.ValidPath(dir) {
		return false
	}
	entries, err := fs.ReadDir(v.Tree, dir)
	if err != nil {
		return false
	}
	for _, e := range entries[:min(filesMost, len(entries))] {
		if path.Ext(e.Name()) != ".go" || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		text := readText(v.Tree, path.Join(dir, e.Name()))
		if !strings.Contains(text, d.name[strings.LastIndex(d.name, ".")+1:]) {
			continue
		}
		for l := range strings.SplitSeq(text, "\n") {
			if m := exportedGo.FindStringSubmatch(strings.TrimSuffix(l, "\r")); m != nil {
				name := m[3]
				if m[2] != "" {
					name = m[2] + "." + name
				}
				if name == d.name {
					return true
				}
			}
			if d.kind == "type" && strings.HasPrefix(l, "\t") && firstWord(l) == d.name {
				return true
			}
		}
	}
	return false
}

// firstWord returns the name that a line begins with, after keywords of declarations.
func firstWord(text string) string {
	text = strings.TrimSpace(text)
	for _, k := range []string{"var ", "const ", "type ", "func "} {
		text = strings.TrimPrefix(text, k)
	}
	end := 0
	for end < len(text) && word(text[end]) {
		end++
	}
	return text[:end]
}

// word reports whether c is part of a name.
func word(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// signatureBreaks reports whether a call that suited the old signature no longer suits the new one, as far as one line tells. One that
// goes on over lines cannot be told, and is taken to be the same.
func signatureBreaks(old, now string) bool {
	a, aok := signature(old)
	b, bok := signature(now)
	if !aok || !bok {
		return false
	}
	// Who took no result need not take one now.
	return len(a.results) > 0 && !slices.EqualFunc(a.results, b.results, strings.EqualFold) || !takes(b.params, a.params)
}

// takes reports whether a function with the parameters now can be called as one with the parameters old was.
func takes(now, old []string) bool {
	if len(now) == len(old)+1 && strings.HasPrefix(now[len(old)], "...") {
		now = now[:len(old)] // it takes none as well
	}
	if len(now) != len(old) {
		return false
	}
	for i, t := range now {
		spread := i == len(now)-1 && t == "..."+old[i]
		// A type that is exported now is the same to callers.
		if !strings.EqualFold(t, old[i]) && !spread && (t != "any" || strings.HasPrefix(old[i], "...")) {
			return false
		}
	}
	return true
}

type goSignature struct{ params, results []string }

// signature returns the types of parameters and results, without names.
func signature(rest string) (s goSignature, ok bool) {
	rest = strings.TrimSpace(rest)
	if i := strings.LastIndex(rest, "{"); i >= 0 {
		rest = rest[:i]
	}
	file, err := parser.ParseFile(token.NewFileSet(), "", "package p\nfunc f"+rest, 0)
	if err != nil || len(file.Decls) != 1 {
		return s, false
	}
	fn, isFunc := file.Decls[0].(*ast.FuncDecl)
	if !isFunc || fn.Type.TypeParams != nil {
		return s, false
	}
	return goSignature{fieldTypes(fn.Type.Params), fieldTypes(fn.Type.Results)}, true
}

// fieldTypes spells out the types of a list, one a value.
func fieldTypes(fields *ast.FieldList) (out []string) {
	if fields == nil {
		return nil
	}
	for _, f := range fields.List {
		// A function's own parameters may be called anything.
		ast.Inspect(f.Type, func(n ast.Node) bool {
			if fn, ok := n.(*ast.FuncType); ok {
				nameless(fn.Params)
				nameless(fn.Results)
			}
			return true
		})
		t := strings.NewReplacer("interface{}", "any", "interface {}", "any").Replace(types.ExprString(f.Type))
		for range max(1, len(f.Names)) {
			out = append(out, t)
		}
	}
	return out
}

// nameless takes the names out of a list, keeping one entry a value.
func nameless(fields *ast.FieldList) {
	if fields == nil {
		return
	}
	var list []*ast.Field
	for _, f := range fields.List {
		for range max(1, len(f.Names)) {
			list = append(list, &ast.Field{Type: f.Type})
		}
	}
	fields.List = list
}

var functionGrown = Rule{
	ID:       "function-grown",
	Why:      "A function that was too long to hold in one's head became longer.",
	Severity: deepreview.SeveritySuggestion,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicMaintenance,
	file:     functionsGrown,
}

const (
	longFunction = 120 // lines from which a function is long: twice what a screen shows
	grownBy      = 30  // lines that are more than a tweak
	grownPart    = 5   // and they are one part in so many of what it was: a table of a thousand lines gains 30 every week
)

// functionsGrown compares the lengths of Go and Python functions on both sides, where both trees are known.
func functionsGrown(f *file, report func(hit)) {
	if !f.production() || f.Status != deepreview.FileModified && f.Status != deepreview.FileRenamed || f.Added < grownBy {
		return
	}
	var measure func(lines []string) map[string][2]int
	switch f.lang {
	case langGo:
		measure = goFunctions
	case langPython:
		measure = pythonFunctions
	default:
		return
	}
	old, now := measure(f.whole(true)), measure(f.whole(false))
	names := make([]string, 0, len(now))
	for name := range now {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return now[a][0] - now[b][0] })
	for _, name := range names {
		at, was := now[name], old[name]
		length, before := at[1]-at[0]+1, was[1]-was[0]+1
		if was[0] == 0 || before < longFunction || length-before < grownBy || (length-before)*grownPart < before {
			continue
		}
		report(hit{
			title:  fmt.Sprintf("%s grew from %d lines to %d", name, before, length),
			detail: "It was long before. What is new in it may be a function of its own.",
			at:     []deepreview.Location{{Path: f.Path, Start: at[0], End: at[0]}},
			quote:  strings.TrimSuffix(f.whole(false)[at[0]-1], "\r"),
		})
	}
}

// goFunctions returns the first and last line of each function of a Go file, by name; of those with the same name the last.
func goFunctions(lines []string) map[string][2]int {
	out := map[string][2]int{}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "", strings.Join(lines, "\n"), parser.SkipObjectResolution)
	if err != nil {
		return out
	}
	for _, d := range file.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		name := fn.Name.Name
		if fn.Recv != nil && len(fn.Recv.List) > 0 {
			name = strings.TrimPrefix(types.ExprString(fn.Recv.List[0].Type), "*") + "." + name
		}
		// A line directive moves positions; the file's own lines are wanted.
		out[name] = [2]int{set.PositionFor(fn.Pos(), false).Line, set.PositionFor(fn.End(), false).Line}
	}
	return out
}

var pythonDef = compile(`^(\s*)(?:async )?def (\w+)\(`)

// pythonFunctions does the same for Python, by indentation.
func pythonFunctions(lines []string) map[string][2]int {
	out := map[string][2]int{}
	type open struct {
		name          string
		indent, start int
	}
	var stack []open
	last := 0
	finish := func(indent int) {
		for len(stack) > 0 && stack[len(stack)-1].indent >= indent {
			top := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			out[top.name] = [2]int{top.start, max(top.start, last)}
		}
	}
	x := lexer{syntax: syntaxOf(langPython)}
	for i, text := range lines {
		inside := x.until != ""
		code, _ := x.next(strings.TrimSuffix(text, "\r"))
		if strings.TrimSpace(code) == "" || inside {
			if inside {
				last = i + 1
			}
			continue
		}
		indent := len(code) - len(strings.TrimLeft(code, " \t"))
		if c := strings.TrimSpace(code)[0]; c != ')' && c != ']' && c != '}' {
			finish(indent)
		}
		last = i + 1
		if m := pythonDef.FindStringSubmatch(code); m != nil {
			name := m[2]
			if len(stack) > 0 {
				name = stack[len(stack)-1].name + "." + name
			}
			stack = append(stack, open{name, indent, i + 1})
		}
	}
	finish(0)
	return out
}
