package report

import (
	"html/template"
	"path"
	"strings"
	"sync"

	"github.com/alecthomas/chroma/v2"
	chromahtml "github.com/alecthomas/chroma/v2/formatters/html"
	"github.com/alecthomas/chroma/v2/lexers"
	"github.com/alecthomas/chroma/v2/styles"
)

// maxHighlight is how many bytes of code one page highlights; what comes after is shown plain. It bounds time by size, so that
// two renderings of a report stay the same.
const maxHighlight = 4 << 20

// highlighter colours code for one rendering.
type highlighter struct {
	lexers map[string]chroma.Lexer // by the file's extension or name; nil for a language that is not known
	spent  int
}

// formatter writes tokens as spans with classes. It and the style, which is never used for colours, hold no state of a page.
var formatter = sync.OnceValue(func() *chromahtml.Formatter {
	return chromahtml.New(chromahtml.WithClasses(true), chromahtml.PreventSurroundingPre(true))
})

// CodeLine is a line of code, highlighted.
type CodeLine struct {
	Number int
	Code   template.HTML
	Cited  bool
}

// excerpt colours the lines of e.
func (h *highlighter) excerpt(e *ExcerptView) ([]CodeLine, error) {
	texts := make([]string, len(e.Lines))
	for i, l := range e.Lines {
		texts[i] = l.Text
	}
	tokens := h.tokens(e.Path, strings.Join(texts, "\n")+"\n")
	out := make([]CodeLine, len(e.Lines))
	for i, l := range e.Lines {
		line := []chroma.Token{{Type: chroma.Text, Value: l.Text}}
		if len(tokens) >= len(e.Lines) {
			line = tokens[i]
		}
		code, err := formatLine(line)
		if err != nil {
			return nil, err
		}
		out[i] = CodeLine{l.Number, code, l.Cited}
	}
	return out, nil
}

// maxExtension is longer than any extension or name that a language is known by, in bytes.
const maxExtension = 40

func formatLine(tokens []chroma.Token) (template.HTML, error) {
	var b strings.Builder
	if err := formatter().Format(&b, styles.Fallback, chroma.Literator(tokens...)); err != nil {
		return "", err
	}
	return template.HTML(b.String()), nil //nolint:gosec // chroma's formatter escapes
}

// tokens splits code into lines of tokens; nil where its language is not known or it cannot be read.
func (h *highlighter) tokens(file, code string) [][]chroma.Token {
	key := path.Ext(file)
	if key == "" {
		key = path.Base(file)
	}
	lexer, ok := h.lexers[key]
	if !ok && len(key) > maxExtension {
		return nil // matching costs its length times the patterns of every language
	}
	if !ok {
		if m := lexers.Match("x" + key); path.Ext(file) != "" && m != nil {
			lexer = m
		} else {
			lexer = lexers.Match(path.Base(file))
		}
		if h.lexers == nil {
			h.lexers = map[string]chroma.Lexer{}
		}
		h.lexers[key] = lexer
	}
	if lexer == nil || h.spent+len(code) > maxHighlight {
		return nil
	}
	h.spent += len(code)
	it, err := lexer.Tokenise(&chroma.TokeniseOptions{State: "root"}, code)
	if err != nil {
		return nil
	}
	tokens := it.Tokens()
	var whole strings.Builder
	for i, t := range tokens {
		tokens[i].Type = class(t.Type)
		whole.WriteString(t.Value)
	}
	if strings.TrimRight(whole.String(), "\n") != strings.TrimRight(code, "\n") {
		return nil // a lexer that changes the code is of no use here
	}
	lines := chroma.SplitTokensIntoLines(merge(tokens))
	for i, line := range lines {
		for j := range line {
			lines[i][j].Value = strings.TrimSuffix(line[j].Value, "\n")
		}
	}
	return lines
}

// class reduces chroma's types to the few that are given a colour: a page of a thousand excerpts has a hundred thousand tokens.
func class(t chroma.TokenType) chroma.TokenType {
	switch {
	case t.InCategory(chroma.Comment):
		return chroma.Comment
	case t.InCategory(chroma.Keyword):
		if t == chroma.KeywordType {
			return chroma.KeywordType
		}
		return chroma.Keyword
	case t.InSubCategory(chroma.LiteralString):
		return chroma.LiteralString
	case t.InSubCategory(chroma.LiteralNumber):
		return chroma.LiteralNumber
	case t == chroma.NameFunction, t == chroma.NameBuiltin:
		return chroma.NameFunction
	case t == chroma.NameTag, t == chroma.NameClass, t == chroma.NameDecorator, t == chroma.NameAttribute:
		return chroma.NameTag
	}
	return chroma.Text
}

// merge joins neighbours of one type, and white space with what stands before it.
func merge(tokens []chroma.Token) []chroma.Token {
	out := tokens[:0]
	for _, t := range tokens {
		if t.Value == "" {
			continue
		}
		if n := len(out); n > 0 && (out[n-1].Type == t.Type || strings.TrimSpace(t.Value) == "" && !strings.Contains(t.Value, "\n")) {
			out[n-1].Value += t.Value
			continue
		}
		out = append(out, t)
	}
	return out
}

// DiffLine is a line of a patch. Kind is "file", "hunk", "add", "delete" or "context".
type DiffLine struct {
	Kind, Text string
}

// diffLines splits a unified diff.
func diffLines(patch string) []DiffLine {
	var out []DiffLine
	body := false
	for line := range strings.SplitSeq(strings.TrimSuffix(patch, "\n"), "\n") {
		kind := "context"
		switch {
		case strings.HasPrefix(line, "@@"):
			kind, body = "hunk", true
		case strings.HasPrefix(line, "diff "):
			kind, body = "file", false
		case !body, strings.HasPrefix(line, "--- a/"), strings.HasPrefix(line, "+++ b/"):
			kind = "file"
		case strings.HasPrefix(line, "+"):
			kind = "add"
		case strings.HasPrefix(line, "-"):
			kind = "delete"
		}
		out = append(out, DiffLine{kind, line})
	}
	return out
}
