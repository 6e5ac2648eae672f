package reviewtest

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/deepreview-go/deepreview"
)

// rendererRows is the contract of a renderer.
func rendererRows() []row[*rendering] {
	return []row[*rendering]{
		onPapers(Clause{"never-panics", "Render bears any report: empty, with holes, with text that someone wrote to do harm",
			"treat every list as possibly empty, every pointer as possibly nil, and every name in the report as possibly unknown"}, func(_ *rendering, on *rendered) string {
			for _, w := range append(on.calls(), on.together...) {
				if w.panicked != "" {
					return "it panicked: " + w.panicked
				}
			}
			return ""
		}),
		onPapers(Clause{"returns", "Render returns",
			"bound what is done for each text; look for a loop or a lock that waits for itself"}, func(x *rendering, on *rendered) string {
			for _, w := range append(on.calls(), on.together...) {
				if w.stuck {
					return fmt.Sprintf("it had not returned after %v, and was abandoned", x.opt.Timeout)
				}
			}
			return ""
		}),
		onOutput(Clause{"any-report", "Every report can be rendered: an error means that the writer failed",
			"write what there is, and leave out what is missing"}, func(_ *rendering, on *rendered) string {
			if err := on.first.err; err != nil {
				return "it failed: " + shown(err.Error())
			}
			return ""
		}),
		onPapers(Clause{"report-unmodified", "Render does not modify the report",
			"copy what has to be sorted or filled in"}, func(_ *rendering, on *rendered) string {
			for _, w := range on.calls() {
				if w.modified != "" {
					return "after the call " + w.modified
				}
			}
			return ""
		}),
		onPapers(Clause{"deterministic", "Two renderings of one report are the same bytes",
			"sort what comes out of maps; leave out the clock, the environment and the machine"}, func(_ *rendering, on *rendered) string {
			if on.first == nil || on.again == nil {
				return ""
			}
			return outputs(on.first, on.again)
		}),
		onPapers(Clause{"same-from-json", "A report read back from its JSON renders to the same bytes",
			"render from what the report holds, and not from identities, nil lists or a cache"}, func(_ *rendering, on *rendered) string {
			if on.fromJSON == nil || on.again == nil || outputs(on.first, on.again) != "" {
				return ""
			}
			return outputs(on.first, on.fromJSON)
		}),
		onPapers(Clause{"concurrent", "Render is called concurrently",
			"keep what belongs to one rendering in variables of that call, and run go test -race"}, func(_ *rendering, on *rendered) string {
			if on.again == nil || outputs(on.first, on.again) != "" {
				return ""
			}
			for _, w := range on.together {
				if what := outputs(on.first, w); what != "" && w.panicked == "" && !w.stuck {
					return "side by side with others: " + what
				}
			}
			return ""
		}),
		onPapers(Clause{"writer-error", "An error of the writer is returned as it is",
			"return the error of every Write and Flush, unwrapped"}, func(_ *rendering, on *rendered) string {
			for _, w := range on.failed {
				if w != nil && !w.stuck && w.panicked == "" && w.err != errWriter {
					return fmt.Sprintf("the writer failed after %d of %d bytes, and the error was %s", w.room, len(on.first.out), errorText(w.err))
				}
			}
			return ""
		}),
		onOutput(Clause{"issues-shown", "Every issue is shown, with number and title; a hidden one is still there",
			"write a line for each issue, the folded ones, too"}, func(_ *rendering, on *rendered) string {
			if !on.legible {
				return ""
			}
			words := map[string]bool{}
			for word := range strings.FieldsFuncSeq(ownSequence.ReplaceAllString(string(on.first.out), ""), func(r rune) bool {
				return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)
			}) {
				words[word] = true
			}
			for i, is := range on.report.Issues {
				if !words[token(i)] {
					return fmt.Sprintf("the title of %s (%s) is nowhere", is.Number, shown(is.Title))
				}
				if !words[is.Number] {
					return fmt.Sprintf("the number %s is nowhere", is.Number)
				}
			}
			return ""
		}),
		onOutput(Clause{"text-is-utf-8", "What is written is valid UTF-8",
			"cut texts between runes"}, func(_ *rendering, on *rendered) string {
			for i := 0; i < len(on.first.out); {
				r, n := utf8.DecodeRune(on.first.out[i:])
				if r == utf8.RuneError && n == 1 {
					return fmt.Sprintf("at byte %d: %s", i, shown(string(on.first.out[max(0, i-20):min(len(on.first.out), i+20)])))
				}
				i += n
			}
			return ""
		}),
		onOutput(Clause{"no-controls", "No control character of a foreign text gets out, nor one that changes the direction of what follows (all formats but JSON)",
			"drop or spell out what unicode.Cc holds beside tab and line feed, and the bidi controls"}, func(x *rendering, on *rendered) string {
			if x.opt.Format == FormatJSON {
				return ""
			}
			out := string(on.first.out)
			if x.opt.Format == FormatText {
				out = ownSequence.ReplaceAllString(out, "")
			}
			if i := strings.IndexFunc(out, forbidden); i >= 0 {
				return fmt.Sprintf("it wrote %s", shown(out[i:min(len(out), i+40)]))
			}
			return ""
		}),
		onOutput(Clause{"no-markup", "No foreign text becomes markup: an element, an attribute, a script, a style, a dangerous link, a request (HTML and Markdown)",
			"escape each text for the place where it stands; allow http, https and mailto alone in links; load nothing that a text names"}, func(x *rendering, on *rendered) string {
			if !on.hostile {
				return ""
			}
			switch x.opt.Format {
			case FormatHTML:
				return injected(on.first.out)
			case FormatMarkdown:
				return injectedMarkdown(on.first.out)
			}
			return ""
		}),
		onOutput(Clause{"no-fake-lines", "A text of one line stays one: it cannot begin a line, a heading or a list of the report's own (Text and Markdown)",
			"replace white space in titles, names and paths by single spaces"}, func(x *rendering, on *rendered) string {
			if x.opt.Format != FormatText && x.opt.Format != FormatMarkdown {
				return ""
			}
			if on.spaced == nil || on.spaced.stuck {
				return ""
			}
			// A long line that was wrapped may go on with anything; it does so in the twin as well.
			if lines, most := faked(on.first.out), faked(on.spaced.out); len(lines) > len(most) {
				return fmt.Sprintf("a line of the report reads %s, and %d like it where line feeds are spaces", shown(lines[0]), len(most))
			}
			return ""
		}),
		onOutput(Clause{"json-reads-back", "What is written is read back by ReadReport without loss (JSON)",
			"write it with Report.WriteJSON"}, func(x *rendering, on *rendered) string {
			if x.opt.Format != FormatJSON {
				return ""
			}
			back, err := deepreview.ReadReport(bytes.NewReader(on.first.out))
			if err != nil {
				if reread(on.report) == nil {
					return "" // no JSON has it
				}
				return err.Error()
			}
			return difference(snapshot(on.report), snapshot(back))
		}),
	}
}

// faked lists the lines that read like the report's own verdict.
func faked(out []byte) []string {
	var lines []string
	for line := range strings.Lines(ownSequence.ReplaceAllString(string(out), "")) {
		if strings.HasPrefix(strings.TrimLeft(line, "# "), fake) && !strings.HasPrefix(line, " ") {
			lines = append(lines, line)
		}
	}
	return lines
}

// onPapers is a clause on each report with its calls.
func onPapers(c Clause, found func(x *rendering, on *rendered) string) row[*rendering] {
	return row[*rendering]{c, func(x *rendering, say saying) {
		for _, on := range x.papers {
			if what := found(x, on); what != "" {
				say(on.name, "%s", what)
			}
		}
	}}
}

// onOutput is a clause on what was written first.
func onOutput(c Clause, found func(x *rendering, on *rendered) string) row[*rendering] {
	return onPapers(c, func(x *rendering, on *rendered) string {
		if on.first == nil || on.first.stuck || on.first.panicked != "" {
			return ""
		}
		return found(x, on)
	})
}

// outputs tells how two renderings differ; empty if they do not.
func outputs(a, b *writing) string {
	if a == nil || b == nil || a.panicked != "" || b.panicked != "" || a.stuck || b.stuck {
		return ""
	}
	if (a.err == nil) != (b.err == nil) {
		return fmt.Sprintf("the error is %s, and was %s", errorText(b.err), errorText(a.err))
	}
	if bytes.Equal(a.out, b.out) {
		return ""
	}
	i := 0
	for i < len(a.out) && i < len(b.out) && a.out[i] == b.out[i] {
		i++
	}
	at := func(out []byte) string { return shown(string(out[max(0, i-20):min(len(out), i+40)])) }
	return fmt.Sprintf("from byte %d on it is %s, and was %s", i, at(b.out), at(a.out))
}

// ownSequence is what a text for a terminal may send by itself: colours, and links to the web. To conceal (8) is neither.
var ownSequence = regexp.MustCompile("\x1b\\[(?:0|[1-79]|[2-9][0-9]|10[0-7]|;|:)*m|\x1b\\]8;[a-zA-Z0-9=:]*;(?:https?://[\x21-\x7e]*)?(?:\x1b\\\\|\x07)")

func forbidden(r rune) bool {
	switch {
	case r == '\n', r == '\t':
		return false
	case isControl(r):
		return true
	}
	return r == '\u061c' || r == '\u200e' || r == '\u200f' || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}
