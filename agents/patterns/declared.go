package patterns

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"path"
	"regexp"
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
var exportedGo = regexp.MustCompile(`^(func|type) (?:\(\s*(?:\w+\s+)?\*?(\w+)(?:\[[^\]]*\])?\s*\) )?([A-Z]\w*)(.*)$`)

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
		if f.lang != langGo || f.test || f.example || f.vendored || f.built || folders(f.Path, "internal") || commandFile(f.Path) {
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
			if l.Op == deepreview.OpContext {
				continue
			}
			text := strings.TrimSuffix(l.Text, "\r")
			if l.Op == deepreview.OpAdd {
				// In a group, an alias or a variable the name begins the line.
				mention[dir][firstWord(text)] = true
			}
			m := exportedGo.FindStringSubmatch(text)
			if m == nil || m[2] != "" && !ast.IsExported(m[2]) {
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
	for _, dir := range dirs {
		var lost, changed []goDecl
		for _, d := range gone[dir] {
			now, again := came[dir][d.name]
			switch {
			case again:
				if d.kind == "func" && now.kind == "func" && signatureBreaks(d.rest, now.rest) {
					changed = append(changed, d)
				}
			case mention[dir][strings.TrimPrefix(d.name[strings.LastIndex(d.name, ".")+1:], ".")]:
			case v.declaredAt(dir, d):
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
			h := hit{
				title:  fmt.Sprintf("Exported API %s: %s", group.title, list(group.decls, func(d goDecl) string { return d.name })),
				detail: fmt.Sprintf("Code outside of `%s` that uses it does not compile any more. Keep it as deprecated, or say so in the release notes.", dir),
				quote:  group.decls[0].line.text(),
			}
			for _, d := range group.decls {
				h.at = append(h.at, d.file.at(d.line))
			}
			report(h)
		}
	}
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

// signatureBreaks reports whether two signatures on one line differ in their types. One that goes on over lines cannot be
// told, and is taken to be the same.
func signatureBreaks(old, now string) bool {
	a, aok := signature(old)
	b, bok := signature(now)
	if !aok || !bok || slices.Equal(a, b) {
		return false
	}
	// One more parameter that takes any number of values asks nothing of a caller.
	if i := slices.Index(b[1:], "|"); i > 0 && strings.HasPrefix(b[i], "...") && slices.Equal(a, slices.Delete(slices.Clone(b), i, i+1)) {
		return false
	}
	return true
}

// signature returns the types of parameters and results, "|" between the two.
func signature(rest string) ([]string, bool) {
	rest = strings.TrimSpace(rest)
	if i := strings.LastIndex(rest, "{"); i >= 0 {
		rest = rest[:i]
	}
	file, err := parser.ParseFile(token.NewFileSet(), "", "package p\nfunc f"+rest, 0)
	if err != nil || len(file.Decls) != 1 {
		return nil, false
	}
	fn, ok := file.Decls[0].(*ast.FuncDecl)
	if !ok || fn.Type.TypeParams != nil {
		return nil, false
	}
	var out []string
	for _, fields := range []*ast.FieldList{fn.Type.Params, fn.Type.Results} {
		out = append(out, "|")
		if fields == nil {
			continue
		}
		for _, field := range fields.List {
			t := types.ExprString(field.Type)
			if t == "interface{}" || t == "interface {}" {
				t = "any"
			}
			t = strings.ReplaceAll(t, "interface{}", "any")
			for range max(1, len(field.Names)) {
				out = append(out, t)
			}
		}
	}
	return out, true
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
		if was[0] == 0 || before < longFunction || length-before < grownBy {
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

var pythonDef = regexp.MustCompile(`^(\s*)(?:async )?def (\w+)\(`)

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
