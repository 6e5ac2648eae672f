package patterns

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/deepreview-go/deepreview"
)

var executableBit = Rule{
	ID:       "executable-bit",
	Why:      "A script that loses its executable bit no longer runs; a source file that gains one was copied carelessly.",
	Severity: deepreview.SeverityImportant,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicCorrectness,
	file:     executableBits,
}

func executableBits(f *file, report func(hit)) {
	if f.gone() || f.vendored || f.Symlink() || f.Submodule() {
		return
	}
	script := f.shebang()
	switch {
	case f.OldMode == deepreview.ModeExecutable && f.NewMode == deepreview.ModeRegular && script && !f.npmCommand():
		report(hit{
			title:  "A script is no longer executable",
			detail: "Its first line names an interpreter, so it is meant to be run by its name, and that fails with “permission denied” from this change on.",
			at:     []deepreview.Location{{Path: f.Path}},
		})
	case f.NewMode == deepreview.ModeExecutable && f.OldMode != deepreview.ModeExecutable && !script && !f.Binary && plainSource(f):
		report(hit{
			title:    "A file that is no program became executable",
			detail:   "Nothing in it can be run by its name. The bit usually comes from a copy over a file system that has none.",
			severity: deepreview.SeveritySuggestion,
			at:       []deepreview.Location{{Path: f.Path}},
		})
	}
}

// npmCommand reports whether the package.json at the top names the file: npm makes the commands of a package executable itself.
func (f *file) npmCommand() bool {
	return f.lang == langJavaScript && strings.Contains(readText(f.view.Tree, "package.json"), f.Path)
}

// shebang reports whether the first line of the file names an interpreter, as far as it is to be seen.
func (f *file) shebang() bool {
	if head := f.whole(false); len(head) > 0 {
		return strings.HasPrefix(head[0], "#!")
	}
	for _, l := range f.lines {
		if l.New == 1 {
			return strings.HasPrefix(l.Text, "#!")
		}
	}
	// Not to be seen: a name without an extension, or that of a script, is taken for one.
	return path.Ext(f.Path) == "" || f.lang == langShell
}

// plainSource reports whether a file is of a language whose files nobody runs by their name.
func plainSource(f *file) bool {
	switch f.lang {
	case langGo, langJava, langC, langCSharp, langRust, langSwift, langYAML, langTOML, langJSON, langProse, langMarkup, langSQL:
		return true
	}
	return f.lang == langJavaScript && !commandFile(f.Path)
}

var symlinkTarget = Rule{
	ID:       "symlink-target",
	Why:      "A symbolic link that leaves the repository reads or writes files of the machine that checks it out.",
	Severity: deepreview.SeverityImportant,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicSecurity,
	file:     symlinkTargets,
}

func symlinkTargets(f *file, report func(hit)) {
	if f.gone() || f.NewMode != deepreview.ModeSymlink {
		return
	}
	for _, l := range f.added() {
		target := l.text()
		where := ""
		switch slashed := strings.ReplaceAll(target, `\`, "/"); {
		case strings.HasPrefix(slashed, "/"), len(slashed) > 2 && slashed[1] == ':' && slashed[2] == '/':
			where = "an absolute path, which is another file on every machine"
		case outside(path.Join(f.dir(), slashed)):
			where = "a path outside of the repository"
		case inside(path.Join(f.dir(), slashed), ".git"):
			where = "the repository's own administration"
		}
		if where == "" {
			continue
		}
		h := on(f, l, "A symbolic link leaves the repository")
		h.detail = fmt.Sprintf("Its target `%s` is %s.", excerpt(l), where)
		h.impact = "Programs that follow it read or overwrite files that belong to whoever checked the repository out."
		report(h)
	}
	if f.Status == deepreview.FileTypeChanged && f.OldMode != 0 && f.OldMode != deepreview.ModeSymlink {
		report(hit{
			title:    "A file became a symbolic link",
			detail:   "Its content is now that of the link's target. Archives and Windows check-outs may hold a small text file instead.",
			severity: deepreview.SeveritySuggestion,
			at:       []deepreview.Location{{Path: f.Path}},
		})
	}
}

func outside(joined string) bool { return joined == ".." || strings.HasPrefix(joined, "../") }

func inside(joined, dir string) bool { return joined == dir || strings.HasPrefix(joined, dir+"/") }

var binaryFile = Rule{
	ID:       "binary-file",
	Why:      "Nobody can review a compiled program, and what it does is not in its source.",
	Severity: deepreview.SeverityImportant,
	Category: deepreview.CategoryGap,
	Topic:    deepreview.TopicSecurity,
	file:     binaryFiles,
}

// binaryFiles looks for programs and libraries among the binary files. Pictures, fonts and the like are what binary files
// are for.
func binaryFiles(f *file, report func(hit)) {
	if !f.Binary || f.gone() || f.Status == deepreview.FileRenamed {
		return
	}
	what := ""
	switch strings.ToLower(path.Ext(f.Path)) {
	case ".exe", ".dll", ".so", ".dylib", ".sys", ".msi", ".com", ".scr", ".node", ".ko":
		what = "a program or library"
	case ".class", ".jar", ".war", ".pyc", ".pyd", ".o", ".obj", ".a", ".lib", ".wasm", ".elc", ".whl":
		what = "compiled code"
	default:
		what = f.program()
	}
	if what == "" || (f.test || f.example) && !f.runs() {
		return // tests of what reads such files need them
	}
	h := hit{
		title:  fmt.Sprintf("A program in binary form was %s", f.Status),
		detail: fmt.Sprintf("`%s` is %s. What it does cannot be read from this change; build it from its source, or say where it comes from and how to check it.", strings.ReplaceAll(path.Base(f.Path), "`", "'"), what),
		at:     []deepreview.Location{{Path: f.Path}},
	}
	if f.test || f.example || f.vendored || f.lang == langJava || strings.HasSuffix(f.Path, "gradle-wrapper.jar") {
		h.severity = deepreview.SeveritySuggestion
	}
	report(h)
}

// runs reports whether a binary is one that machines run by itself, or load into what runs: one that is only to be read as data,
// such as an object file, is not.
func (f *file) runs() bool {
	switch strings.ToLower(path.Ext(f.Path)) {
	case ".exe", ".dll", ".so", ".dylib", ".sys", ".msi", ".scr", ".node", ".ko":
		return true
	case ".o", ".a", ".obj", ".lib", ".elf", ".class", ".jar", ".war", ".pyc", ".wasm", ".elc", ".whl":
		return false
	}
	return f.NewMode == deepreview.ModeExecutable
}

// program names what kind of program a binary file is by its first bytes, where a tree has it; "" if it is none.
func (f *file) program() string {
	if f.view.Tree == nil {
		return ""
	}
	x, err := f.view.Tree.Open(f.Path)
	if err != nil {
		return ""
	}
	defer x.Close()
	if info, err := x.Stat(); err != nil || !info.Mode().IsRegular() {
		return ""
	}
	var head [4]byte
	if n, _ := x.Read(head[:]); n < len(head) {
		return ""
	}
	switch string(head[:]) {
	case "\x7fELF":
		return "an ELF program"
	case "\xcf\xfa\xed\xfe", "\xce\xfa\xed\xfe", "\xfe\xed\xfa\xcf", "\xfe\xed\xfa\xce":
		return "a Mach-O program"
	}
	return ""
}

var hugeFile = Rule{
	ID:       "huge-file",
	Why:      "A large file stays in the history: everyone who clones the repository fetches it for ever.",
	Severity: deepreview.SeveritySuggestion,
	Category: deepreview.CategoryGap,
	Topic:    deepreview.TopicMaintenance,
	file:     hugeFiles,
}

// hugeMost is the size from which a file is huge, in bytes: hosts warn from 50 MB on (GitHub's "About large files"), but a
// tenth of that is already more than a person wrote.
const hugeMost = 5 << 20

func hugeFiles(f *file, report func(hit)) {
	if f.Status != deepreview.FileAdded && f.Status != deepreview.FileModified || f.LFS || f.Submodule() {
		return
	}
	size, before := int64(0), int64(0)
	if f.view.Tree != nil {
		size = treeSize(f.view.Tree, f.Path)
		if f.view.BaseTree != nil {
			before = treeSize(f.view.BaseTree, f.Before())
		}
	} else {
		for _, h := range f.Hunks {
			size += int64(len(h.Body))
		}
	}
	if size < hugeMost || before >= hugeMost {
		return
	}
	report(hit{
		title:  fmt.Sprintf("A file of %d MB was %s", size>>20, f.Status),
		detail: "It will be in every clone. Keep it outside of the repository, or in its large file storage.",
		at:     []deepreview.Location{{Path: f.Path}},
	})
}

func treeSize(tree fs.FS, name string) int64 {
	if !fs.ValidPath(name) {
		return 0
	}
	info, err := fs.Stat(tree, name)
	if err != nil || !info.Mode().IsRegular() {
		return 0
	}
	return info.Size()
}
