package agents

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/deepreview-go/deepreview"
)

// allTools are the tools a reviewer has, in the order in which a model sees them. All parameters are required, as the
// vendors' strict modes want it; 0 and the empty string stand for none.
func allTools() []boundTool {
	head := func(c *deepreview.Change) bool { return c.Tree != nil }
	base := func(c *deepreview.Change) bool { return c.BaseTree != nil }
	return []boundTool{
		{Tool{
			"read_file", "Reads a file at the head revision, with line numbers. At most 400 lines come back at a time.",
			parameters("path", "string", "path from the repository's root", "start", "integer", "first line, 0 for the beginning", "end", "integer", "last line, 0 for the end"),
		}, head, func(t *toolbox, _ context.Context, args json.RawMessage) (string, error) {
			return t.readFile(&t.head, args)
		}},
		{Tool{
			"list_files", "Lists the files below a folder at the head revision. With a pattern like *.go all that match at any depth, without one what lies directly in the folder.",
			parameters("dir", "string", "folder from the repository's root, . for the root", "pattern", "string", "pattern of base names, empty for none"),
		}, head, (*toolbox).listFiles},
		{Tool{
			"search", "Finds the lines that match a regular expression (RE2 syntax, no look-around) in the files at the head revision.",
			parameters("pattern", "string", "regular expression", "files", "string", "pattern of base names like *.go, or a folder followed by a slash; empty for all files"),
		}, head, (*toolbox).search},
		{Tool{
			"find_symbol", "Finds where a function, type, variable or constant is declared and used at the head revision.",
			parameters("name", "string", "the name alone: Close, not (*Store).Close"),
		}, head, (*toolbox).findSymbol},
		{Tool{
			"show_base", "Reads a file as it was before the change, with line numbers.",
			parameters("path", "string", "path before the change", "start", "integer", "first line, 0 for the beginning", "end", "integer", "last line, 0 for the end"),
		}, base, func(t *toolbox, _ context.Context, args json.RawMessage) (string, error) {
			return t.readFile(&t.base, args)
		}},
		{Tool{
			"diff_file", "Shows what the change does to one file, with line numbers on both sides.",
			parameters("path", "string", "path of a changed file"),
		}, func(*deepreview.Change) bool { return true }, (*toolbox).diffFile},
		{Tool{
			"blame", "Tells which commit last touched each of some lines at the head revision, and whether that commit is part of the change.",
			parameters("path", "string", "path from the repository's root", "start", "integer", "first line", "end", "integer", "last line"),
		}, func(c *deepreview.Change) bool { return c.Blame != nil }, (*toolbox).blame},
		{Tool{
			"log", "Lists the commits that touched a file, the newest first.",
			parameters("path", "string", "path from the repository's root", "count", "integer", "how many, 30 at most"),
		}, func(c *deepreview.Change) bool { return c.Log != nil }, (*toolbox).log},
	}
}

// parameters makes a strict schema of triples of name, type and description.
func parameters(triples ...string) json.RawMessage {
	type property struct {
		Type        string `json:"type"`
		Description string `json:"description"`
	}
	schema := struct {
		Type       string              `json:"type"`
		Properties map[string]property `json:"properties"`
		Required   []string            `json:"required"`
		Additional bool                `json:"additionalProperties"`
	}{"object", map[string]property{}, nil, false}
	for i := 0; i < len(triples); i += 3 {
		schema.Properties[triples[i]] = property{triples[i+1], triples[i+2]}
		schema.Required = append(schema.Required, triples[i])
	}
	b, err := json.Marshal(schema)
	if err != nil {
		panic(err) // strings and a map of them always marshal
	}
	return b
}

// place is a range of lines of a file. Models write numbers as strings and as floats at times; those count, too.
type place struct {
	Path  string  `json:"path"`
	Start flexInt `json:"start"`
	End   flexInt `json:"end"`
}

func (t *toolbox) readFile(x *index, args json.RawMessage) (string, error) {
	p, err := decodeArgs[place](args)
	if err != nil {
		return "", err
	}
	name := cleanPath(p.Path)
	data, err := x.read(name)
	if err != nil {
		return "", err
	}
	lines := textLines(data)
	start, end := max(int(p.Start), 1), int(p.End)
	if end <= 0 || end > len(lines) {
		end = len(lines)
	}
	if len(lines) == 0 {
		return name + " is empty.\n", nil
	}
	if start > len(lines) {
		return "", fmt.Errorf("%s has %d lines; there is no line %d", name, len(lines), start)
	}
	if end < start {
		return "", fmt.Errorf("lines %d to %d are no range", start, end)
	}
	last := min(end, start+maxReadLines-1)
	if x == &t.head {
		t.give(name)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s, lines %d to %d of %d:\n", name, start, last, len(lines))
	numbered(&b, lines[start-1:last], start)
	if last < end {
		fmt.Fprintf(&b, "… %d more lines; ask for them from %d on\n", end-last, last+1)
	}
	return b.String(), nil
}

func (t *toolbox) listFiles(ctx context.Context, args json.RawMessage) (string, error) {
	a, err := decodeArgs[struct{ Dir, Pattern string }](args)
	if err != nil {
		return "", err
	}
	dir := cmp.Or(strings.TrimSuffix(cleanPath(a.Dir), "/"), ".")
	if !fs.ValidPath(dir) {
		return "", fmt.Errorf("%.200q is no folder inside the repository", a.Dir)
	}
	names := t.head.names(ctx)
	var found []string
	if a.Pattern == "" {
		found = inDir(names, dir)
	} else if found, err = below(names, dir, a.Pattern); err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", fmt.Errorf("nothing in %s matches", dir)
	}
	var b strings.Builder
	for i, name := range found {
		if i == maxListed || b.Len() > maxResult {
			fmt.Fprintf(&b, "… and %d more\n", len(found)-i)
			break
		}
		fmt.Fprintf(&b, "%s\n", shownPath(name))
	}
	if t.head.cut {
		fmt.Fprintf(&b, "(of the repository's first %d files)\n", maxIndexed)
	}
	return b.String(), nil
}

func (t *toolbox) search(ctx context.Context, args json.RawMessage) (string, error) {
	a, err := decodeArgs[struct{ Pattern, Files string }](args)
	if err != nil {
		return "", err
	}
	switch {
	case a.Pattern == "":
		return "", errors.New("the pattern is empty")
	case len(a.Pattern) > 1000:
		return "", errors.New("the pattern is longer than 1000 bytes")
	}
	re, err := regexp.Compile(a.Pattern)
	if err != nil {
		return "", fmt.Errorf("the pattern is no RE2 expression: %w", err)
	}
	names := t.head.names(ctx)
	if dir, ok := strings.CutSuffix(a.Files, "/"); ok {
		names, err = below(names, cleanPath(dir), "")
	} else {
		names, err = below(names, ".", a.Files)
	}
	if err != nil {
		return "", err
	}
	return t.grep(ctx, names, func(line string) bool { return re.MatchString(line) })
}

// grep lists the lines of the files that match. It says how far it came where a bound stopped it.
func (t *toolbox) grep(ctx context.Context, names []string, match func(line string) bool) (string, error) {
	var b strings.Builder
	found, searched := 0, 0
	for i, name := range names {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		if searched > maxSearched {
			fmt.Fprintf(&b, "… stopped after %d of %d files; narrow the search\n", i, len(names))
			break
		}
		data, err := t.head.read(name)
		if err != nil {
			continue // too large, binary or unreadable: nothing to find in it
		}
		searched += len(data)
		for n, line := range textLines(data) {
			if !match(line) {
				continue
			}
			if found == maxMatches || b.Len() > maxResult {
				fmt.Fprintf(&b, "… more lines match; narrow the search\n")
				return b.String(), nil
			}
			found++
			fmt.Fprintf(&b, "%s:%d: %s\n", shownPath(name), n+1, clip(strings.TrimSpace(line)))
		}
	}
	if found == 0 {
		fmt.Fprintf(&b, "No line matches in %d files.\n", len(names))
	}
	return b.String(), nil
}

var symbolName = regexp.MustCompile(`^[\pL_$][\pL\pN_$]*$`)

// declaring recognises a declaration in languages whose declarations begin with a word for it.
const declaring = `(?:^|\s)(?:func|function|def|class|struct|enum|interface|trait|impl|type|const|let|var|val|fn|module|namespace|sub|proc|macro|#define|public|private|protected|static)\b[^=;{}]*\b`

func (t *toolbox) findSymbol(ctx context.Context, args json.RawMessage) (string, error) {
	a, err := decodeArgs[struct{ Name string }](args)
	if err != nil {
		return "", err
	}
	if !symbolName.MatchString(a.Name) || len(a.Name) > 200 {
		return "", fmt.Errorf("%.100q is no name; give the name alone, like Close", a.Name)
	}
	quoted := regexp.QuoteMeta(a.Name)
	word := regexp.MustCompile(`(?:^|[^\pL\pN_$])` + quoted + `(?:$|[^\pL\pN_$])`)
	declares := regexp.MustCompile(declaring + quoted + `(?:$|[^\pL\pN_$])`)
	type hit struct {
		rank int
		text string
	}
	var hits []hit
	searched, left := 0, 0
	names := t.head.names(ctx)
	for i, name := range names {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		if searched > maxSearched {
			left = len(names) - i
			break
		}
		data, err := t.head.read(name)
		if err != nil {
			continue
		}
		searched += len(data)
		if !bytes.Contains(data, []byte(a.Name)) {
			continue
		}
		declared := map[int]bool{}
		goFile := path.Ext(name) == ".go"
		if goFile {
			declared, goFile = goDeclarations(data, a.Name)
		}
		for n, line := range textLines(data) {
			switch {
			case declared[n+1], !goFile && declares.MatchString(line):
				hits = append(hits, hit{0, fmt.Sprintf("%s:%d: declared: %s\n", shownPath(name), n+1, clip(strings.TrimSpace(line)))})
			case word.MatchString(line):
				hits = append(hits, hit{1, fmt.Sprintf("%s:%d: %s\n", shownPath(name), n+1, clip(strings.TrimSpace(line)))})
			}
		}
	}
	if len(hits) == 0 {
		return fmt.Sprintf("%s stands in none of %d files.\n", a.Name, len(names)-left), nil
	}
	slices.SortStableFunc(hits, func(x, y hit) int { return x.rank - y.rank })
	var b strings.Builder
	for i, h := range hits {
		if i == maxMatches || b.Len() > maxResult {
			fmt.Fprintf(&b, "… and %d more\n", len(hits)-i)
			break
		}
		b.WriteString(h.text)
	}
	if left > 0 {
		fmt.Fprintf(&b, "(%d files were not searched)\n", left)
	}
	return b.String(), nil
}

// goDeclarations returns the lines that declare name in a Go file, and whether the file parses at all.
func goDeclarations(src []byte, name string) (lines map[int]bool, ok bool) {
	lines = map[int]bool{}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "", src, parser.SkipObjectResolution)
	if err != nil {
		return lines, false
	}
	mark := func(ids ...*ast.Ident) {
		for _, id := range ids {
			if id != nil && id.Name == name {
				lines[set.Position(id.Pos()).Line] = true
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch d := n.(type) {
		case *ast.FuncDecl:
			mark(d.Name)
		case *ast.TypeSpec:
			mark(d.Name)
		case *ast.ValueSpec:
			mark(d.Names...)
		case *ast.Field:
			mark(d.Names...)
		}
		return true
	})
	return lines, true
}

func (t *toolbox) diffFile(_ context.Context, args json.RawMessage) (string, error) {
	p, err := decodeArgs[place](args)
	if err != nil {
		return "", err
	}
	f := t.change.File(cleanPath(p.Path))
	if f == nil {
		return "", fmt.Errorf("%.200q is none of the %d changed files", p.Path, len(t.change.Files))
	}
	var b strings.Builder
	switch whole := writeDiff(&b, f, maxResult); {
	case !whole:
		b.WriteString("… cut here; read the rest with read_file\n")
	case unshown(f) == "":
		t.give(f.Path)
	}
	return b.String(), nil
}

func (t *toolbox) blame(ctx context.Context, args json.RawMessage) (string, error) {
	p, err := decodeArgs[place](args)
	if err != nil {
		return "", err
	}
	name := cleanPath(p.Path)
	if !fs.ValidPath(name) {
		return "", fmt.Errorf("%.200q is no path inside the repository", p.Path)
	}
	start := max(int(p.Start), 1)
	end := min(max(int(p.End), start), start+maxBlameLines-1)
	lines, err := t.change.Blame(ctx, name, start, end)
	if err != nil {
		return "", fmt.Errorf("no blame of %s, lines %d to %d: %w", name, start, end, err)
	}
	var b strings.Builder
	for _, l := range lines {
		when := "before the change"
		if l.InChange {
			when = "in this change"
		}
		fmt.Fprintf(&b, "%6d\t%.8s %s (%s) %s\t%s\n", l.Line, l.Commit, l.Date.Format("2006-01-02"), when, clip(l.Author), clip(l.Text))
		if b.Len() > maxResult {
			b.WriteString("… cut here\n")
			break
		}
	}
	return b.String(), nil
}

func (t *toolbox) log(ctx context.Context, args json.RawMessage) (string, error) {
	a, err := decodeArgs[struct {
		Path  string  `json:"path"`
		Count flexInt `json:"count"`
	}](args)
	if err != nil {
		return "", err
	}
	name := cleanPath(a.Path)
	if !fs.ValidPath(name) {
		return "", fmt.Errorf("%.200q is no path inside the repository", a.Path)
	}
	n := int(a.Count)
	if n <= 0 || n > maxLog {
		n = maxLog
	}
	commits, err := t.change.Log(ctx, name, n)
	if err != nil {
		return "", fmt.Errorf("no log of %s: %w", name, err)
	}
	if len(commits) == 0 {
		return fmt.Sprintf("No commit touched %s.\n", name), nil
	}
	var b strings.Builder
	for _, c := range commits {
		fmt.Fprintf(&b, "%s %s %s: %s\n", c.Short(), c.Date.Format("2006-01-02"), clip(c.Author), clip(c.Subject))
	}
	return b.String(), nil
}

// cleanPath takes off what models put before a path.
func cleanPath(p string) string {
	return cmp.Or(strings.TrimPrefix(strings.TrimSpace(p), "./"), ".")
}

// shownPath is a name as a list shows it: quoted where it holds what could begin a line of its own.
func shownPath(name string) string {
	if strings.ContainsFunc(name, unicode.IsControl) {
		return clip(strconv.Quote(name))
	}
	return clip(name)
}
