package deepreview

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
)

// Check is something about a claim that the code itself answers. A check that does not hold marks the claim and is
// shown with it; it never removes it, since a claim may be right with a wrong line.
type Check struct {
	Claim Ref `json:"claim"`
	// Name is "path", "lines", "quote", "identifiers", "new code" or "fix".
	Name  string `json:"name"`
	Holds bool   `json:"holds"`
	// Detail says what was found, and Evidence where.
	Detail   string     `json:"detail,omitempty"`
	Evidence []Location `json:"evidence,omitempty"`
}

// checks asks of a claim what can be answered without judgement. What is not known, for want of a tree, is not asked.
func (s *sources) checks(a *anchored) []Check {
	var out []Check
	add := func(name string, holds bool, evidence []Location, format string, args ...any) {
		out = append(out, Check{Claim: a.ref, Name: name, Holds: holds, Evidence: evidence, Detail: fmt.Sprintf(format, args...)})
	}
	if len(a.locations) > 0 {
		var unknown, past []string
		whole := true
		for _, l := range a.locations {
			t := s.text(l.Path, l.Old)
			switch {
			case s.files[l.Path] == nil && s.olds[l.Path] == nil && !t.whole:
				unknown = append(unknown, l.Path)
			case t.whole && l.Last() > t.last():
				past = append(past, l.String())
			}
			whole = whole && t.whole
		}
		if s.change.Tree != nil || len(unknown) == 0 {
			add("path", len(unknown) == 0, nil, "%s", orElse(unknown, "not in the repository: ", "every file cited exists"))
		}
		if whole {
			add("lines", len(past) == 0, nil, "%s", orElse(past, "past the end of the file: ", "every line cited exists"))
		}
	}
	if want := quoteLines(a.Quote); len(want) > 0 && len(a.locations) > 0 {
		l := a.locations[0]
		t := s.text(l.Path, l.Old)
		at := t.find(want)
		if t.whole || len(at) > 0 {
			add("quote", len(at) > 0, nil, "%s", map[bool]string{true: "the quoted code stands in the file", false: "the quoted code does not stand in " + l.Path}[len(at) > 0])
		}
	}
	if named, found, asked := s.identifiers(a); asked && len(named) > 0 {
		if len(found) == 0 {
			add("identifiers", false, nil, "none of what it names is in the files of the change: %s", listed(named, 5))
		} else {
			add("identifiers", true, nil, "%d of the %d names in it are in the files of the change", len(found), len(named))
		}
	}
	if old := s.older(a); len(old) > 0 && len(old) == len(a.locations) && claimsNew(a.Finding) {
		add("new code", false, old, "the cited lines are as they were before the change")
	}
	if a.Fix != nil && len(a.Fix.Edits) > 0 {
		err := s.tryFix(a.Fix.Edits)
		detail := "the fix applies"
		if err != nil {
			detail = err.Error()
		}
		add("fix", err == nil, nil, "%s", detail)
	}
	return out
}

// contradictions returns the checks that do not hold.
func contradictions(checks []Check) []Check {
	var out []Check
	for _, c := range checks {
		if !c.Holds {
			out = append(out, c)
		}
	}
	return out
}

func orElse(list []string, before, otherwise string) string {
	if len(list) == 0 {
		return otherwise
	}
	return before + listed(list, 5)
}

var (
	inlineCode = regexp.MustCompile("`([^`\n]{2,120})`")
	identifier = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]{2,}`)
	// newness are the words of a claim that what it cites came with the change.
	newness = regexp.MustCompile(`(?i)\b(newly|introduc\w+|regress\w+|this (?:change|pr|commit|patch) (?:adds|breaks|removes|changes)|no longer)\b`)
)

// identifiers returns the names that a claim sets as code, those of them that stand in the files cited or changed, and
// whether that can be told: with a tree, or where each file cited is known whole.
func (s *sources) identifiers(a *anchored) (named, found []string, asked bool) {
	if s.change.Tree == nil {
		return nil, nil, false
	}
	for _, m := range inlineCode.FindAllStringSubmatch(a.Title+"\n"+a.Detail, 40) {
		for _, id := range identifier.FindAllString(m[1], 10) {
			if !slices.Contains(named, id) && !token.IsKeyword(id) {
				named = append(named, id)
			}
		}
	}
	var paths []string
	for _, l := range a.locations {
		paths = append(paths, l.Path)
	}
	for _, f := range s.change.Files {
		if len(paths) < 50 && !slices.Contains(paths, f.Path) {
			paths = append(paths, f.Path)
		}
	}
	for _, id := range named {
		if slices.ContainsFunc(paths, func(p string) bool { return s.mentions(p, id) }) {
			found = append(found, id)
		}
	}
	return named, found, true
}

// mentions reports whether the name stands in the file, at head or before, or in its path.
func (s *sources) mentions(p, id string) bool {
	return s.text(p, false).names()[id] || s.text(p, true).names()[id] || strings.Contains(p, id)
}

// names returns the identifiers in the text; they are collected once.
func (t *text) names() map[string]bool {
	if t.ids == nil {
		t.ids = map[string]bool{}
		for _, sp := range t.spans {
			for _, line := range sp.lines {
				for _, id := range identifier.FindAllString(line, -1) {
					t.ids[id] = true
				}
			}
		}
	}
	return t.ids
}

func claimsNew(f *Finding) bool {
	return f.Category == CategoryRegression || newness.MatchString(f.Title) || newness.MatchString(f.Detail)
}

// older returns the places of a claim that the change neither adds to nor takes from.
func (s *sources) older(a *anchored) []Location {
	var out []Location
	for _, l := range a.locations {
		if l.Start > 0 && !l.Old && !s.touched(l.Path, l.Start, l.Last()) {
			out = append(out, l)
		}
	}
	return out
}

// touched reports whether the change adds one of the lines start to end of path, or deletes lines right there.
func (s *sources) touched(path string, start, end int) bool {
	f := s.files[path]
	if f == nil {
		return false
	}
	for _, h := range f.Hunks {
		if start > h.NewStart+h.NewLines || end < h.NewStart-1 {
			continue
		}
		next := h.NewStart // the line that the next one at head has
		for l := range h.Lines() {
			switch {
			case l.Op == OpAdd && l.New >= start && l.New <= end,
				l.Op == OpDelete && next >= start && next <= end+1:
				return true
			}
			if l.New > 0 {
				next = l.New + 1
			}
		}
	}
	return false
}

// tryFix applies edits in memory. For Go it also parses the result, and type-checks it as far as one
// package alone allows: an error counts only if the file before did not have it.
func (s *sources) tryFix(edits []Edit) error {
	if _, err := s.patch(edits); err != nil {
		return err
	}
	after := map[string]string{}
	for _, e := range edits {
		t := s.text(e.Path, false)
		if _, done := after[e.Path]; done || !strings.HasSuffix(e.Path, ".go") || !t.whole || len(t.spans) == 0 {
			continue
		}
		after[e.Path] = applyEdits(t.spans[0].lines, e.Path, edits)
		set := token.NewFileSet()
		if _, err := parser.ParseFile(set, e.Path, after[e.Path], parser.SkipObjectResolution); err != nil {
			if _, before := parser.ParseFile(set, e.Path, strings.Join(t.spans[0].lines, "\n"), parser.SkipObjectResolution); before == nil {
				return fmt.Errorf("the fix applies, but %s does not parse after it: %w", e.Path, err)
			}
		}
	}
	for _, p := range sortedKeys(after) {
		before := s.typeErrors(path.Dir(p), nil)
		for _, e := range s.typeErrors(path.Dir(p), after) {
			if !slices.Contains(before, e) {
				return fmt.Errorf("the fix applies, but its package does not compile after it: %s", e)
			}
		}
	}
	return nil
}

// applyEdits returns the file's text after those of the edits that are its own.
func applyEdits(lines []string, path string, edits []Edit) string {
	var own []Edit
	for _, e := range edits {
		if e.Path == path {
			own = append(own, e)
		}
	}
	slices.SortFunc(own, func(a, b Edit) int { return a.Start - b.Start })
	var b strings.Builder
	n := 1
	for _, e := range own {
		for ; n < e.Start && n <= len(lines); n++ {
			b.WriteString(lines[n-1] + "\n")
		}
		b.WriteString(e.New)
		n = max(n, e.End+1)
	}
	for ; n <= len(lines); n++ {
		b.WriteString(lines[n-1] + "\n")
	}
	return b.String()
}

// maxPackageFiles bounds the entries of a folder that are looked through to type-check it.
const maxPackageFiles = 200

// typeErrors type-checks one folder of the head tree by itself, with the texts of replaced in the place of its files, and
// returns the messages. Imports are not resolved, so nothing is said about what comes from them.
func (s *sources) typeErrors(dir string, replaced map[string]string) []string {
	if s.change.Tree == nil {
		return nil
	}
	entries, err := fs.ReadDir(s.change.Tree, dir)
	if err != nil {
		return nil
	}
	set := token.NewFileSet()
	byPackage := map[string][]*ast.File{}
	files := 0
	for _, e := range entries {
		if files++; !strings.HasSuffix(e.Name(), ".go") || files > maxPackageFiles {
			continue
		}
		name := path.Join(dir, e.Name())
		text, ok := replaced[name]
		if !ok {
			t := s.text(name, false)
			if !t.whole || len(t.spans) == 0 {
				continue
			}
			text = strings.Join(t.spans[0].lines, "\n")
		}
		if f, err := parser.ParseFile(set, "", text, parser.SkipObjectResolution); err == nil && !constrained(text) {
			byPackage[f.Name.Name] = append(byPackage[f.Name.Name], f)
		}
	}
	var out []string
	for _, name := range sortedKeys(byPackage) {
		conf := types.Config{
			FakeImportC: true,
			Importer:    noImports{},
			Error: func(err error) {
				if te, ok := err.(types.Error); ok {
					out = append(out, te.Msg)
				}
			},
		}
		_, _ = conf.Check(name, set, byPackage[name], nil) // every error went to conf.Error
	}
	return out
}

// constrained reports whether the file is built on some systems only; two of those may declare the same name.
func constrained(text string) bool {
	return strings.Contains(text[:min(len(text), 2000)], "//go:build")
}

// noImports resolves nothing: go/types then keeps silent about what would come from there.
type noImports struct{}

func (noImports) Import(path string) (*types.Package, error) {
	return nil, fmt.Errorf("%s is not loaded", path)
}
