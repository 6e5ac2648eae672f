package patterns

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/deepreview-go/deepreview"
)

var strayFile = Rule{
	ID:       "stray-file",
	Why:      "What an editor, a system or a broken merge leaves behind is of use to nobody else.",
	Severity: deepreview.SeveritySuggestion,
	Category: deepreview.CategoryGap,
	Topic:    deepreview.TopicMaintenance,
	file:     strayFiles,
}

var strayName = compile(`(?i)^(?:\.ds_store|thumbs\.db|desktop\.ini|npm-debug\.log.*|yarn-error\.log|\.?nfs[0-9a-f]{16,}|.*\.(?:orig|rej|swp|swo|pyc|bak)|.*~|#.*#|core\.\d+|__debug_bin\w*|nohup\.out|\.coverage|\.eslintcache)$`)

func strayFiles(f *file, report func(hit)) {
	if f.Status != deepreview.FileAdded || f.test || f.vendored {
		return
	}
	base := path.Base(f.Path)
	if !strayName.MatchString(base) && !folders(f.Path, "__pycache__", ".pytest_cache", ".mypy_cache", "node_modules", ".ipynb_checkpoints") {
		return
	}
	report(hit{
		title:  fmt.Sprintf("%s does not belong into a repository", base),
		detail: "By its name a tool left it behind. Delete it, and list it in the ignore file.",
		at:     []deepreview.Location{{Path: f.Path}},
	})
}

var pathPortability = Rule{
	ID:       "path-portability",
	Why:      "A repository with such a name cannot be checked out whole on Windows or macOS.",
	Severity: deepreview.SeverityImportant,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicCorrectness,
	change:   pathsPortable,
}

// windowsName matches what Windows does not allow in a name (Microsoft's "Naming Files, Paths, and Namespaces").
var windowsName = compile(`(?i)^(?:con|prn|aux|nul|com[1-9]|lpt[1-9])(?:\.|$)|[<>:"|?*\\\x00-\x1f]|[. ]$`)

func pathsPortable(v *view, report func(hit)) {
	lower := map[string]string{}
	for _, f := range v.files {
		if !f.gone() {
			lower[strings.ToLower(f.Path)] = f.Path
		}
	}
	dirs := map[string][]fs.DirEntry{}
	for _, f := range v.files {
		if v.ctx.Err() != nil {
			return
		}
		if f.Status != deepreview.FileAdded && f.Status != deepreview.FileRenamed && f.Status != deepreview.FileCopied {
			continue
		}
		for part := range strings.SplitSeq(f.Path, "/") {
			if windowsName.MatchString(part) {
				report(hit{
					title:    fmt.Sprintf("Windows cannot hold a file called %q", part),
					detail:   "A check-out there stops at it, and none of the repository can be used. Choose another name.",
					severity: deepreview.SeveritySuggestion,
					at:       []deepreview.Location{{Path: f.Path}},
				})
				break
			}
		}
		other := lower[strings.ToLower(f.Path)]
		if other == f.Path && v.Tree != nil {
			other = ""
			entries, ok := dirs[f.dir()]
			if !ok {
				entries, _ = fs.ReadDir(v.Tree, f.dir())
				dirs[f.dir()] = entries
			}
			for _, e := range entries {
				if name := path.Join(f.dir(), e.Name()); name != f.Path && strings.EqualFold(e.Name(), path.Base(f.Path)) {
					other = name
				}
			}
		}
		if other != "" && other != f.Path {
			report(hit{
				title:  fmt.Sprintf("%s and %s differ in case only", path.Base(f.Path), path.Base(other)),
				detail: "On Windows and macOS one overwrites the other, and the check-out is never clean.",
				at:     []deepreview.Location{{Path: f.Path}, {Path: other, Label: "the other one"}},
			})
		}
	}
}

var lineEndings = Rule{
	ID:       "line-endings",
	Why:      "A change of line endings makes every line of a file differ, and hides what really did.",
	Severity: deepreview.SeveritySuggestion,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicMaintenance,
	file:     lineEndingChanges,
}

func lineEndingChanges(f *file, report func(hit)) {
	const least = 5
	if f.Status != deepreview.FileModified && f.Status != deepreview.FileRenamed {
		return
	}
	was := map[string]int{}
	returns := map[deepreview.Op]int{}
	total := map[deepreview.Op]int{}
	for _, l := range f.lines {
		total[l.Op]++
		if strings.HasSuffix(l.Text, "\r") {
			returns[l.Op]++
		}
		if l.deleted() {
			was[l.text()]++
		}
	}
	same := 0
	var first line
	for _, l := range f.added() {
		if was[l.text()] > 0 {
			was[l.text()]--
			same++
		}
		if first.New == 0 {
			first = l
		}
	}
	added, deleted := returns[deepreview.OpAdd], returns[deepreview.OpDelete]
	switch all := total[deepreview.OpAdd]; {
	case all >= least && same*5 >= all*4 && (added == all && deleted == 0 || added == 0 && deleted == total[deepreview.OpDelete]):
		h := on(f, first, "Only the line endings of a file changed")
		h.detail = fmt.Sprintf("%d of %d changed lines are the same but for a carriage return. Leave the endings as they were, or change them in a commit of their own.", same, all)
		report(h)
	case added > 0 && f.lang != langProse && returns[deepreview.OpContext] == 0 && total[deepreview.OpContext] > 0 && deleted == 0:
		for _, l := range f.added() {
			if strings.HasSuffix(l.Text, "\r") {
				h := on(f, l, "A file has both kinds of line ending now")
				h.detail = "The lines around it end in a line feed alone; this one has a carriage return before it."
				report(h)
				return
			}
		}
	}
}
