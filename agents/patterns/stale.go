package patterns

import (
	"errors"
	"fmt"
	"go/ast"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/deepreview-go/deepreview"
)

var staleComment = Rule{
	ID:       "stale-comment",
	Why:      "A comment that speaks of a name that is gone sends its reader to look for it.",
	Severity: deepreview.SeveritySuggestion,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicDocumentation,
	change:   staleComments,
}

var staleDocs = Rule{
	ID:     "stale-documentation",
	Why:    "Documentation that names what is gone tells its reader to use it.",
	Note:   deepreview.NoteDocumentationGap,
	Topic:  deepreview.TopicDocumentation,
	change: staleDocumentation,
}

// besideMost is how much of the files beside the changed ones is looked at, in bytes.
const besideMost = 64 << 20

// declaration finds what a line declares, in the languages whose declarations begin with a word for it.
var declaration = compile(`^\s*(?:export\s+(?:default\s+)?|pub(?:\([\w:]+\))?\s+|public\s+|private\s+|protected\s+|static\s+|async\s+|abstract\s+|final\s+)*(?:func\s+(?:\([^)]*\)\s*)?|function\*?\s+|def\s+(?:self\.)?|fn\s+|class\s+|type\s+|struct\s+|enum\s+|interface\s+|trait\s+|const\s+|let\s+|var\s+)(\w+)`)

// localName matches a declaration that, indented, is a variable of a function.
var localName = compile(`^\s+(?:const|let|var)\s`)

// distinctive reports whether a name is one that people make up for one thing: long, and of several words.
func distinctive(name string) bool {
	if len(name) < 8 {
		return false
	}
	humps := 0
	for i := 1; i < len(name); i++ {
		if name[i-1] >= 'a' && name[i-1] <= 'z' && (name[i] >= 'A' && name[i] <= 'Z') || name[i] == '_' && i < len(name)-1 {
			humps++
		}
	}
	return humps > 0
}

// vanished returns the distinctive names that deleted lines declare and that no added line of the change has, with the
// file each was declared in, in order.
func (v *view) vanished() (names []string, where map[string]*file) {
	const namesMost = 500
	where = map[string]*file{}
	for _, f := range v.files {
		if !f.lang.program() || f.vendored || f.built || f.test || f.generated != "" {
			continue
		}
		for l := range f.raw() {
			if l.Op != deepreview.OpDelete {
				continue
			}
			// What a function declares inside is nobody's business outside of it.
			if m := declaration.FindStringSubmatch(l.Text); m != nil && (len(m[0]) == len(strings.TrimLeft(m[0], " \t")) || !localName.MatchString(m[0])) && distinctive(m[1]) && where[m[1]] == nil && len(names) < namesMost {
				where[m[1]] = f
				names = append(names, m[1])
			}
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	for _, f := range v.files {
		if v.ctx.Err() != nil {
			return nil, nil
		}
		x := lexer{syntax: syntaxOf(f.lang)}
		for l := range f.raw() {
			if l.Op == deepreview.OpDelete {
				continue
			}
			code, _ := x.next(l.Text)
			for w := range words(code) {
				delete(where, w)
			}
			if l.Op == deepreview.OpAdd {
				// Someone wrote the name just now, in whatever place: it is known.
				for w := range words(l.Text) {
					delete(where, w)
				}
			}
		}
	}
	names = slices.DeleteFunc(names, func(n string) bool { return where[n] == nil })
	return names, where
}

// words yields the names in text.
func words(text string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for i := 0; i < len(text); {
			if !word(text[i]) {
				i++
				continue
			}
			start := i
			for i < len(text) && word(text[i]) {
				i++
			}
			if !yield(text[start:i]) {
				return
			}
		}
	}
}

// staleComments looks for comments in the changed files and beside them that name what the change has taken away. Where the
// head is known, a name that any code of those folders still has is not gone.
func staleComments(v *view, report func(hit)) {
	names, missing := v.missing()
	where := maps.Clone(missing)
	if len(names) == 0 {
		return
	}
	type mention struct {
		at    deepreview.Location
		quote string
	}
	said := map[string][]mention{}
	look := func(name string, x *lexer, lineNumber int, text, of string) {
		code, comment := x.next(strings.TrimSuffix(text, "\r"))
		for w := range words(code) {
			delete(where, w)
		}
		if comment == "" {
			return
		}
		for w := range words(comment) {
			if where[w] != nil {
				said[w] = append(said[w], mention{deepreview.Location{Path: of, Start: lineNumber, End: lineNumber}, strings.TrimSuffix(text, "\r")})
			}
		}
	}
	looked := map[string]bool{}
	bytes := 0
	for _, f := range v.files {
		if v.ctx.Err() != nil {
			return
		}
		if !f.lang.program() || f.vendored || f.built {
			continue
		}
		for _, name := range v.siblings(f) {
			if looked[name] || bytes > besideMost {
				continue
			}
			looked[name] = true
			text := readText(v.Tree, name)
			bytes += len(text)
			x := lexer{syntax: syntaxOf(languageOf(name))}
			n := 0
			for l := range strings.SplitSeq(text, "\n") {
				n++
				look(name, &x, n, l, name)
			}
		}
		if v.Tree == nil && !f.gone() {
			x := lexer{syntax: syntaxOf(f.lang)}
			for l := range f.raw() {
				if l.Op != deepreview.OpDelete {
					look(f.Path, &x, l.New, l.Text, f.Path)
				}
			}
		}
	}
	for _, name := range names {
		for _, m := range said[name] {
			if where[name] == nil || !v.near(name, where[name], m.at.Path) || vendored(m.at.Path) || builtFile(m.at.Path) || testFile(m.at.Path) && !where[name].test {
				continue
			}
			report(hit{
				title:  fmt.Sprintf("A comment still speaks of %s, which is gone", name),
				detail: fmt.Sprintf("`%s` was declared in `%s` before this change; nothing is called that any more.", name, where[name].Before()),
				at:     []deepreview.Location{m.at},
				quote:  m.quote,
			})
		}
	}
}

// near reports whether a comment in the file of that name means what f declared: a name that only its own package sees is another
// one elsewhere, unless the file came with this change.
func (v *view) near(name string, f *file, other string) bool {
	return f.lang != langGo || ast.IsExported(name) || path.Dir(other) == path.Dir(f.Before()) || v.paths[other] != nil && v.paths[other].Status != deepreview.FileModified
}

// siblings returns the names of f and of the other files of its language in its folder at head.
func (v *view) siblings(f *file) []string {
	const most = 300
	if v.Tree == nil {
		return nil
	}
	var out []string
	entries, err := fs.ReadDir(v.Tree, f.dir())
	if err != nil {
		return nil
	}
	for _, e := range entries[:min(most, len(entries))] {
		name := path.Join(f.dir(), e.Name())
		if e.Type().IsRegular() && languageOf(name) == f.lang {
			out = append(out, name)
		}
	}
	return out
}

// staleDocumentation looks for vanished names in the head's documentation.
func staleDocumentation(v *view, report func(hit)) {
	if v.Tree == nil {
		return
	}
	names, missing := v.missing()
	where := maps.Clone(missing)
	if len(names) == 0 {
		return
	}
	// Declared elsewhere in a folder of the change, it is not gone.
	looked, bytes := map[string]bool{}, 0
	for _, f := range v.files {
		if v.ctx.Err() != nil {
			return
		}
		key := f.dir() + "\x00" + string(f.lang)
		if !f.lang.program() || looked[key] {
			continue
		}
		looked[key] = true
		for _, name := range v.siblings(f) {
			if bytes > besideMost {
				return // what was not looked at may have the name
			}
			text := readText(v.Tree, name)
			bytes += len(text)
			for w := range words(text) {
				delete(where, w)
			}
		}
	}
	v.walk(func(name string) bool { return languageOf(name) == langProse && !historyFile(name) }, func(name, text string) {
		n := 0
		for l := range strings.SplitSeq(text, "\n") {
			n++
			for w := range words(l) {
				if where[w] != nil {
					report(hit{
						title:  fmt.Sprintf("%s speaks of %s, which is gone", path.Base(name), w),
						detail: fmt.Sprintf("`%s` was declared in `%s` before this change.", w, where[w].Before()),
						at:     []deepreview.Location{{Path: name, Start: n, End: n}},
					})
				}
			}
		}
	})
}

// historyFile reports whether a text tells what was, so that names in it may well be gone.
func historyFile(name string) bool {
	base := strings.ToLower(path.Base(name))
	for _, w := range []string{"change", "history", "news", "release", "upgrad", "migrat", "todo", "rfc", "proposal", "adr"} {
		if strings.Contains(base, w) {
			return true
		}
	}
	return vendored(name) || testFile(name) || folders(name, "changelog", "changelogs", "changes", ".changeset", "releases", "adr", "rfcs", "proposals", "blog", "posts")
}

// walk reads the head's files that want accepts, within bounds, in the order of their names.
func (v *view) walk(want func(name string) bool, read func(name, text string)) {
	const entriesMost, filesMost, bytesMost = 50_000, 1_000, 32 << 20
	entries, files, bytes := 0, 0, 0
	err := fs.WalkDir(v.Tree, ".", func(name string, d fs.DirEntry, err error) error {
		switch entries++; {
		case err != nil:
			return nil // what cannot be read costs this look, not the rule
		case v.ctx.Err() != nil || entries > entriesMost || files > filesMost || bytes > bytesMost:
			return errStopped
		case d.IsDir():
			if d.Name() == "node_modules" || d.Name() == "vendor" {
				return fs.SkipDir
			}
			return nil
		case !d.Type().IsRegular() || !want(name):
			return nil
		}
		text := readText(v.Tree, name)
		files++
		bytes += len(text)
		read(name, text)
		return nil
	})
	if err != nil && !errors.Is(err, errStopped) {
		return
	}
}

var deletedReferenced = Rule{
	ID:       "deleted-referenced",
	Why:      "A build, a workflow or a page that names a file that is gone fails, or leads nowhere.",
	Severity: deepreview.SeverityImportant,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicCorrectness,
	change:   deletedReferences,
}

// deletedReferences looks for the full names of files that are deleted, or renamed away, in what runs or links them: build files,
// workflows, scripts, manifests and documentation. Code is left to compilers.
func deletedReferences(v *view, report func(hit)) {
	const goneMost = 2_000
	if v.Tree == nil {
		return
	}
	gone := map[string]bool{}
	for _, f := range v.files {
		name := ""
		switch f.Status {
		case deepreview.FileDeleted:
			name = f.Path
		case deepreview.FileRenamed:
			name = f.OldPath
		}
		if strings.Contains(name, "/") && len(gone) < goneMost && !v.exists(name) {
			gone[name] = true
		}
	}
	if len(gone) == 0 {
		return
	}
	v.walk(func(name string) bool {
		if historyFile(name) || builtFile(name) {
			return false
		}
		switch languageOf(name) {
		case langYAML, langMake, langDocker, langShell, langTOML, langProse:
			return true
		case langJSON:
			return path.Base(name) == "package.json" || strings.HasPrefix(path.Base(name), "tsconfig")
		}
		return path.Base(name) == "CODEOWNERS" || path.Base(name) == "MANIFEST.in"
	}, func(name, text string) {
		n := 0
		for l := range strings.SplitSeq(text, "\n") {
			n++
			for _, p := range paths(l) {
				target := ""
				switch {
				case gone[p]:
					target = p
				case gone[path.Join(path.Dir(name), p)]:
					target = path.Join(path.Dir(name), p)
				}
				if target == "" || v.resolves(target) {
					continue
				}
				severity := deepreview.SeverityImportant
				if languageOf(name) == langProse || strings.Contains(l, "ignore") || onlyLists(path.Base(name)) {
					severity = deepreview.SeveritySuggestion // nothing fails; it only speaks of what is not there
				}
				report(hit{
					severity: severity,
					title:    fmt.Sprintf("%s names %s, which is gone", path.Base(name), target),
					detail:   fmt.Sprintf("The change takes `%s` away, and `%s` still refers to it.", target, name),
					at:       []deepreview.Location{{Path: name, Start: n, End: n}},
					quote:    strings.TrimSuffix(l, "\r"),
				})
			}
		}
	})
}

// onlyLists reports whether a file's entries say how others are treated, so that one too many does nothing.
func onlyLists(base string) bool {
	base = strings.TrimPrefix(base, ".")
	return base == "CODEOWNERS" || strings.HasPrefix(base, "codecov.") || strings.HasPrefix(base, "golangci.") || strings.HasPrefix(base, "labeler.")
}

// resolves reports whether a name that is gone still leads somewhere: Node.js looks for extensions and for an index.
func (v *view) resolves(name string) bool {
	for _, end := range []string{".js", ".cjs", ".mjs", ".ts", ".json", "/index.js", "/index.ts"} {
		if v.exists(name + end) {
			return true
		}
	}
	return false
}

var pathInText = compile(`(?:^|[\s"'\x60(=:,<\[])(?:\./)?([\w.@-]+(?:/[\w.@-]+)+)`)

// paths returns what looks like a path of files in a line.
func paths(text string) []string {
	if len(text) > lineMost || !strings.Contains(text, "/") {
		return nil
	}
	var out []string
	for _, m := range pathInText.FindAllStringSubmatch(text, 20) {
		out = append(out, strings.TrimRight(m[1], "."))
	}
	return out
}

var documented = Rule{
	ID:     "documented",
	Why:    "A reader of the report wants to know which documentation came with the change.",
	Note:   deepreview.NoteDocumented,
	Topic:  deepreview.TopicDocumentation,
	change: documentedFiles,
}

func documentedFiles(v *view, report func(hit)) {
	h := hit{title: "Documentation changed"}
	var names []string
	for _, f := range v.files {
		if f.lang == langProse && !f.test && !f.vendored && !f.built && !f.gone() && f.Added > 0 && !strings.Contains(strings.ToLower(path.Base(f.Path)), "requirements") && path.Ext(f.Path) != ".txt" {
			names = append(names, fmt.Sprintf("`%s` (+%d −%d)", f.Path, f.Added, f.Deleted))
			h.at = append(h.at, deepreview.Location{Path: f.Path})
		}
	}
	if len(names) > 0 {
		h.detail = "Changed along with the code: " + list(names, func(s string) string { return s }) + "."
		report(h)
	}
}
