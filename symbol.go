package deepreview

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strings"
)

// symbolReach is how many lines above a place are searched for the definition around it.
const symbolReach = 400

// symbol returns the name of the function or type around the first line of a place: "Store.Put" for a method in Go,
// "Put" elsewhere. Go is parsed where the whole file is known; otherwise the lines above are read by their
// indentation, and at last the hunk's header. Empty where nothing is found.
func (s *sources) symbol(l Location) string {
	if l.Start < 1 {
		return ""
	}
	t := s.text(l.Path, l.Old)
	if strings.HasSuffix(l.Path, ".go") && t.whole && len(t.spans) > 0 {
		for _, d := range t.goDecls() {
			if d.start <= l.Start && l.Start <= d.end {
				return d.name
			}
		}
		return ""
	}
	if name := t.definitionAbove(l.Start); name != "" {
		return name
	}
	if f := s.files[l.Path]; f != nil {
		for _, h := range f.Hunks {
			start, lines := h.NewStart, h.NewLines
			if l.Old {
				start, lines = h.OldStart, h.OldLines
			}
			if start <= l.Start && l.Start < start+lines {
				return definitionIn(h.Section)
			}
		}
	}
	return ""
}

// symbols returns the names around all the places, each once.
func (s *sources) symbols(locations []Location) []string {
	var out []string
	for _, l := range locations {
		if name := s.symbol(l); name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// decl is a top-level declaration of a Go file with its lines.
type decl struct {
	name       string
	start, end int
}

// goDecls parses the file once. A file that does not parse gives the declarations before the error.
func (t *text) goDecls() []decl {
	if t.parsed {
		return t.decls
	}
	t.parsed = true
	set := token.NewFileSet()
	file, _ := parser.ParseFile(set, "", strings.Join(t.spans[0].lines, "\n"), parser.SkipObjectResolution|parser.ParseComments)
	if file == nil {
		return nil
	}
	add := func(name string, doc *ast.CommentGroup, n ast.Node) {
		start := n.Pos()
		if doc != nil {
			start = doc.Pos()
		}
		t.decls = append(t.decls, decl{name, set.Position(start).Line, set.Position(n.End()).Line})
	}
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			name := d.Name.Name
			if d.Recv != nil && len(d.Recv.List) > 0 {
				name = receiver(d.Recv.List[0].Type) + "." + name
			}
			add(name, d.Doc, d)
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if ts, ok := spec.(*ast.TypeSpec); ok {
					add(ts.Name.Name, ts.Doc, ts)
				}
			}
		}
	}
	return t.decls
}

func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.IndexListExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

var (
	// definition matches a line that begins a function, method or type in the languages people review most: a keyword
	// and a name after any modifiers.
	definition = regexp.MustCompile(`^\s*(?:(?:export|default|public|private|protected|internal|static|final|abstract|async|pub(?:\([a-z]+\))?|unsafe|virtual|override|inline|constexpr|extern|open|sealed|data|suspend)\s+)*` +
		`(?:func|function|fn|def|class|interface|struct|trait|impl|enum|type|module|object|record|fun|sub|proc)\b\s*\*?\s*(?:\([^)]*\)\s*)?([A-Za-z_$][\w$.]*)`)
	// signature matches a C-like function: a type or modifier, a name, and an opening parenthesis.
	signature = regexp.MustCompile(`^\s*(?:[A-Za-z_][\w<>\[\],:*&?]*\s+)+[*&]*([A-Za-z_~][\w:~]*)\s*\(`)
	// statement begins a line that looks like a signature and is none.
	statement = regexp.MustCompile(`^\s*(?:return|else|if|for|while|switch|case|throw|new|await|yield|go|defer|delete|raise|assert|not|in|and|or)\b`)
)

// definitionIn returns the name that a line defines, empty if it defines none.
func definitionIn(line string) string {
	if len(line) > 500 {
		return ""
	}
	if m := definition.FindStringSubmatch(line); m != nil {
		return m[1]
	}
	if !statement.MatchString(line) && !strings.HasSuffix(strings.TrimSpace(line), ";") {
		if m := signature.FindStringSubmatch(line); m != nil {
			return m[1]
		}
	}
	return ""
}

// definitionAbove reads upwards from line n, through lines that are indented less and less, to one that defines something.
func (t *text) definitionAbove(n int) string {
	run, ok := t.spanAt(n)
	if !ok {
		return ""
	}
	limit := -1
	for i := n - run.start; i >= 0 && i > n-run.start-symbolReach; i-- {
		line := run.lines[i]
		if line := strings.TrimSpace(line); line == "" || line == "{" {
			continue // a brace on a line of its own stands as far in as what it opens for
		}
		in := indentation(line)
		if limit >= 0 && in >= limit {
			continue
		}
		if name := definitionIn(line); name != "" {
			return name
		}
		limit = in
		if limit == 0 {
			break
		}
	}
	return ""
}

// indentation counts leading white space; a tab counts as eight.
func indentation(line string) int {
	n := 0
	for _, c := range line {
		switch c {
		case ' ':
			n++
		case '\t':
			n += 8
		default:
			return n
		}
	}
	return n
}
