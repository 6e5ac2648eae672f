package patterns

import (
	"fmt"
	"path"
	"strings"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/internal/redact"
)

var generatedEdited = Rule{
	ID:       "generated-edited",
	Why:      "An edit by hand in a generated file is lost when the generator runs again.",
	Severity: deepreview.SeverityImportant,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicMaintenance,
	change:   generatedEdits,
}

// namedSource finds the file that a generated header names as its source: "source: api/x.proto", "from grammar.y".
var namedSource = compile(`(?i)(?:\bsource:?|\bfrom)\s+["'\x60]?([\w./-]+\.\w+)`)

// generatedEdits looks for changed files that a tool wrote, in a change that holds nothing a tool could have made them
// anew from: neither the source that the header names nor, where it names none, any hand-written file, dependency or other
// generated file. A header whose own line changed (a generator's new version) says that the tool ran.
func generatedEdits(v *view, report func(hit)) {
	var generated []*file
	sources := 0
	for _, f := range v.files {
		if v.ctx.Err() != nil {
			return
		}
		if f.generated == "" {
			// It may have been, or become so, only beyond the bounds; then it counts as a source, the safe side.
			sources++
			continue
		}
		if f.Status == deepreview.FileModified && !f.vendored && len(f.Hunks) > 0 {
			generated = append(generated, f)
		}
	}
	if sources > 0 && len(generated) > 0 {
		kept := generated[:0]
		for _, f := range generated {
			if name := f.generatedSource(); name != "" && !v.changed(name) && !v.toolsChanged() && v.held(f, name) {
				kept = append(kept, f)
			}
		}
		generated = kept
	}
	for _, f := range generated {
		if f.headerChanged() {
			continue
		}
		detail := fmt.Sprintf("Its header says %q, and the change holds nothing that it could have been generated anew from.", shorten(f.generated, 100))
		if name := f.generatedSource(); name != "" {
			detail = fmt.Sprintf("Its header says %q, and its source `%s` is not part of the change.", shorten(f.generated, 100), name)
		}
		h := hit{title: "A generated file was edited by hand", detail: detail + " Change the source or the generator, and run it."}
		for l := range f.raw() {
			if l.Op != deepreview.OpContext {
				x := line{Line: l}
				h.at = []deepreview.Location{f.at(x)}
				break
			}
		}
		report(h)
	}
}

// generatedSource returns the source that the top of a generated file names; "" if it names none.
func (f *file) generatedSource() string {
	m := namedSource.FindStringSubmatch(f.generated)
	if m == nil {
		return ""
	}
	name := strings.TrimPrefix(m[1], "./")
	switch path.Ext(name) {
	case ".go", ".com", ".io", ".org", ".dev", ".exe":
		if !strings.HasSuffix(name, ".go") || path.Base(name) == path.Base(f.Path) {
			return "" // a generator's home page, or the file itself
		}
	}
	return name
}

// changed reports whether the change holds a file of that name, wherever it lies.
func (v *view) changed(name string) bool { return v.index().bases[path.Base(name)] }

// held reports whether the repository has the source that f names, as far as is known: one kept elsewhere may have changed there.
func (v *view) held(f *file, name string) bool {
	return v.Tree == nil || v.exists(name) || v.exists(path.Join(f.dir(), name)) || v.exists(path.Join(f.dir(), path.Base(name)))
}

// toolsChanged reports whether the change touches what pins the versions of tools.
func (v *view) toolsChanged() bool {
	for _, base := range []string{"go.mod", "go.sum", "package.json", "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "Cargo.toml", "Cargo.lock", "requirements.txt", "pyproject.toml", "poetry.lock", "Makefile", "buf.gen.yaml", "tools.go", "Gemfile.lock"} {
		if v.index().bases[base] {
			return true
		}
	}
	return false
}

// headerChanged reports whether a line that says who generated the file, or with what, is among the changed ones.
func (f *file) headerChanged() bool {
	const headerMost = 40
	for l := range f.raw() {
		if l.Op == deepreview.OpContext || max(l.Old, l.New) > headerMost {
			continue
		}
		t := strings.ToLower(l.Text)
		if strings.Contains(t, "generated") || strings.Contains(t, "version") || strings.Contains(t, "protoc") || generatedHeader.MatchString(l.Text) {
			return true
		}
	}
	return false
}

// shorten masks secrets in text and cuts it to most bytes and a mark; in this order, since half a secret is not recognised any more.
func shorten(text string, most int) string {
	text, _ = redact.Mask(text)
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}
