package patterns

import (
	"fmt"
	"strings"
	"sync"

	"github.com/deepreview-go/deepreview"
)

var debugLeftover = Rule{
	ID:       "debug-leftover",
	Why:      "A breakpoint or a print left from debugging stops or clutters the program where users run it.",
	Severity: deepreview.SeverityImportant,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicCorrectness,
	file:     debugLeftovers,
}

// What stops a program until someone attaches, or shows its inside to whoever looks for a fault.
var (
	breakJavaScript = compile(`(?:^|[\s;{}])debugger\s*;?\s*$`)
	breakPython     = compile(`^\s*(?:import i?pdb\b|i?pdb\.set_trace\(|from i?pdb import|breakpoint\(\)|import pudb\b|pudb\.set_trace\()|;\s*i?pdb\.set_trace\(`)
	breakRuby       = compile(`(?:^|[\s;])binding\.(?:pry|irb)\b|^\s*(?:byebug|debugger)\s*$`)
	breakRust       = compile(`(?:^|[\s=(,;&])dbg!\(`)
	breakPHP        = compile(`^\s*(?:var_dump|dd|xdebug_break)\s*\(`)
	breakCSharp     = compile(`^\s*(?:System\.Diagnostics\.)?Debugger\.(?:Break|Launch)\(\)`)
	breakGo         = compile(`^\s*runtime\.Breakpoint\(\)|(?:^|[\s;])spew\.Dump\(`)
)

// breakpoint returns what is a debugger's call in a language; nil where none is known.
func breakpoint(l language) *pattern {
	switch l {
	case langJavaScript:
		return breakJavaScript
	case langPython:
		return breakPython
	case langRuby:
		return breakRuby
	case langRust:
		return breakRust
	case langPHP:
		return breakPHP
	case langCSharp:
		return breakCSharp
	case langGo:
		return breakGo
	}
	return nil
}

var (
	consoleLog = compile(`(?:^|[\s;{(>])console\.(?:log|debug|dir|trace|table)\(`)
	fmtPrint   = compile(`^\s*(?:fmt\.Print(?:ln|f)?|println|print)\(`)
	// What people print while they look for something: a bare mark, "here", "got here", "DEBUG".
	markedPrint = compile(`(?i)\b(?:print|println|printf|puts|echo|log|p|NSLog|console\.\w+|fmt\.Print\w*|System\.out\.print\w*)\s*\(?\s*f?["'\x60](?:[-=*#>! ]{3,}\s*\w{0,12}\s*[-=*#<! ]*|(?:(?:got|am|was) )?here\b[^a-z"']*\d*|debug(?:ging)?\s*[:>\-\]!]|xxx+\b|asdf|foo+|wtf|aaa+)\s*["'\x60:,]`)
	pythonEqual = compile(`^\s*print\(f["']\{\w+=\}`)
	commandPkg  = compile(`^package main\b`)
)

func debugLeftovers(f *file, report func(hit)) {
	if !f.lang.program() || !f.handWritten() || f.gone() {
		return
	}
	prints := sync.OnceValue(f.printsAnyway)
	for i, l := range f.added() {
		if f.removed(l.Text) {
			continue
		}
		stop := breakpoint(f.lang)
		switch {
		case stop != nil && stop.MatchString(l.Code):
			if f.example || folders(f.Path, "testdata", "fixtures", "_fixtures", "__fixtures__") {
				continue // to show the value, or to be stopped at, is what it is there for
			}
			h := on(f, l, "A debugger's call was left in")
			h.detail = fmt.Sprintf("`%s` is for the one who looks for a fault; in everyone else's run it stops or clutters the program.", excerpt(l))
			report(h)
		case !f.production(), f.switched(i):
		case pythonEqual.MatchString(l.text()) && f.lang == langPython, markedPrint.MatchString(l.text()) && notInString(l):
			h := on(f, l, "A print left from debugging")
			h.detail = fmt.Sprintf("`%s` reads like a mark set while looking for a fault.", excerpt(l))
			h.severity = deepreview.SeveritySuggestion
			report(h)
		case f.lang == langJavaScript && consoleLog.MatchString(l.Code) && !prints():
			h := on(f, l, "console output in a file that had none")
			h.detail = fmt.Sprintf("`%s` writes to the console of everyone who uses this code; nothing else in the file does.", excerpt(l))
			h.severity = deepreview.SeveritySuggestion
			report(h)
		case f.lang == langGo && fmtPrint.MatchString(l.Code) && !prints():
			h := on(f, l, "A package prints to standard output")
			h.detail = fmt.Sprintf("`%s` stands in a package that is no program and printed nothing before: the output of every program that uses it now has this line in it.", excerpt(l))
			h.severity = deepreview.SeveritySuggestion
			report(h)
		}
	}
}

// switchedOn is a condition under which a program is asked to show its inside.
var switchedOn = compile(`(?i)\bif\b.*(?:debug|verbose|trace|tracing|dump|\bprint|\blog|quiet|silent)|\bif\s*\(?\s*false\b`)

// switched reports whether line i stands in a block, by its indentation, that only such a condition enters.
func (f *file) switched(i int) bool {
	const above = 40
	depth := indentOf(f.lines[i].Text)
	for j := i - 1; j >= max(0, i-above) && depth > 0 && f.lines[j].hunk == f.lines[i].hunk; j-- {
		l := f.lines[j]
		if d := indentOf(l.Text); !l.deleted() && strings.TrimSpace(l.Code) != "" && d < depth {
			depth = d
			if switchedOn.MatchString(l.Code) {
				return true
			}
		}
	}
	return false
}

// indentOf counts the white space that a line begins with, in bytes.
func indentOf(text string) int { return len(text) - len(strings.TrimLeft(text, " \t")) }

// printsAnyway reports whether the file's work is to print, or whether it did so before: a program's main package, a script,
// a logger, a file with other prints in it that the change did not add.
func (f *file) printsAnyway() bool {
	if commandFile(f.Path) {
		return true
	}
	name := strings.ToLower(f.Path)
	for _, w := range []string{"log", "print", "debug", "console", "trace", "report", "output", "format", "dump", "term", "usage", "help", "version", "prompt", "wizard"} {
		if strings.Contains(name, w) {
			return true
		}
	}
	if f.lang == langGo {
		if head := f.whole(false); head != nil {
			for _, l := range head {
				if commandPkg.MatchString(l) {
					return true
				}
			}
		} else if !goPackageKnown(f) {
			return true // it may be a program: no one can tell
		}
	}
	re := consoleLog
	if f.lang == langGo {
		re = fmtPrint
	}
	for _, l := range f.lines {
		if !l.added() && re.MatchString(l.Code) || commandPkg.MatchString(l.Text) || l.New == 1 && strings.HasPrefix(l.Text, "#!") {
			return true
		}
	}
	for _, l := range f.whole(true) {
		if re.MatchString(l) {
			return true
		}
	}
	return false
}

// goPackageKnown reports whether the diff shows the package clause of a Go file.
func goPackageKnown(f *file) bool {
	for _, l := range f.lines {
		if !l.deleted() && strings.HasPrefix(l.Text, "package ") {
			return true
		}
	}
	return false
}
