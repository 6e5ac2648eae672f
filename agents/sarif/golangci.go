package sarif

import (
	"regexp"
	"strings"
)

// golangci-lint's JSON. Lines count from 1; columns are bytes. Version 1 proposes lines (Replacement), version 2 edits
// (SuggestedFixes). Those count bytes of the file in some releases, and of all files that the run had loaded in others; they
// are offsets for certain only where one of them is the issue's own.
type golangciIssue struct {
	Linter   string   `json:"FromLinter"`
	Text     string   `json:"Text"`
	Severity string   `json:"Severity"`
	Source   []string `json:"SourceLines"`
	Pos      struct {
		File   string `json:"Filename"`
		Offset int    `json:"Offset"` // from 0; 0 also where it is not known
		Line   int    `json:"Line"`
		Column int    `json:"Column"`
	} `json:"Pos"`
	Lines *struct {
		From int `json:"From"`
		To   int `json:"To"`
	} `json:"LineRange"`
	Replacement *struct {
		Delete bool     `json:"NeedOnlyDelete"`
		Lines  []string `json:"NewLines"`
		Inline *struct {
			Start  int    `json:"StartCol"` // from 0
			Length int    `json:"Length"`
			Text   string `json:"NewString"`
		} `json:"Inline"`
	} `json:"Replacement"`
	Fixes []struct {
		Message string `json:"Message"`
		Edits   []struct {
			From int    `json:"Pos"`
			To   int    `json:"End"`
			New  []byte `json:"NewText"`
		} `json:"TextEdits"`
	} `json:"SuggestedFixes"`
}

// golangciCode is the rule of a linter that has several, in front of the message: "SA4006: ", "G104: ".
var golangciCode = regexp.MustCompile(`^([A-Z]{1,8}[0-9]{3,5}|[a-zA-Z][a-zA-Z0-9-]{1,40}): `)

func readGolangci(s *stream) ([]*run, error) {
	r := &run{tool: "golangci-lint"}
	err := s.object(func(key string) error {
		switch key {
		case "Issues":
			return s.array(func() error {
				var i golangciIssue
				err := s.value(&i)
				if err == nil {
					r.add(i.result())
				}
				return err
			})
		case "Report":
			var report struct {
				Error string `json:"Error"`
			}
			err := s.value(&report)
			r.fail(report.Error)
			return err
		}
		return s.skip()
	})
	return []*run{r}, err
}

func (i *golangciIssue) result() result {
	rule := i.Linter
	if m := golangciCode.FindStringSubmatch(i.Text); m != nil {
		switch code := m[1]; {
		case strings.ToUpper(code) == code: // a rule known by its own name, whichever program runs it
			rule, i.Text = code, i.Text[len(m[0]):]
		case i.Linter == "revive" || i.Linter == "gocritic" || i.Linter == "govet":
			rule, i.Text = i.Linter+"/"+code, i.Text[len(m[0]):]
		}
	}
	x := result{rule: rule, message: i.Text, level: levelOf(i.Severity)}
	p := place{path: filePath(i.Pos.File), region: region{startLine: i.Pos.Line, startCol: i.Pos.Column}}
	if i.Lines != nil && i.Lines.From == i.Pos.Line {
		p.endLine = i.Lines.To
	}
	if len(i.Source) > 0 && len(i.Source) <= quoteLines {
		p.quote = strings.Join(i.Source, "\n")
	}
	p.region = p.region.mended()
	x.places = []place{p}
	if i.Replacement != nil {
		e := replacement{path: p.path, region: p.region, lines: true}
		e.startCol, e.endCol = 0, 0
		if i.Lines != nil {
			e.region = region{startLine: i.Lines.From, endLine: i.Lines.To}.mended()
		}
		switch r := i.Replacement; {
		case r.Inline != nil && r.Inline.Start >= 0 && r.Inline.Length >= 0 && r.Inline.Start < lineMost && r.Inline.Length < lineMost:
			e.lines, e.text = false, r.Inline.Text
			e.endLine = e.startLine
			e.startCol, e.endCol = r.Inline.Start+1, r.Inline.Start+1+r.Inline.Length
		case !r.Delete:
			e.text = strings.Join(r.Lines, "\n")
			if len(r.Lines) > 0 {
				e.text += "\n"
			}
		}
		x.fixes = append(x.fixes, fix{unit: unitByte, edits: []replacement{e}})
	}
	for _, f := range i.Fixes[:min(len(i.Fixes), fixesMost)] {
		out := fix{text: f.Message, unit: unitByte, why: "its positions are not told by lines"}
		for _, e := range f.Edits[:min(len(f.Edits), editsMost)] {
			if e.From == i.Pos.Offset && e.From > 0 {
				out.why, out.anchor = "", &region{startLine: i.Pos.Line, startCol: i.Pos.Column, offset: e.From}
			}
			at := region{offset: e.From, length: e.To - e.From, hasOffset: true}.mended()
			out.edits = append(out.edits, replacement{path: p.path, region: at, text: string(e.New)})
		}
		x.fixes = append(x.fixes, out)
	}
	return x
}
