package report

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"text/template"
	"text/template/parse"
)

//go:embed templates
var embedded embed.FS

// Templates returns the embedded templates. A renderer's own Templates lays files over them by name:
//
//	words.json              the words of all formats, to translate or replace
//	html/page.tmpl          the page; it includes the other html/*.tmpl
//	html/style.css          its style; html/house.css, empty here, comes after it
//	html/page.js            its script, which cannot be replaced: the page works without
//	markdown/report.tmpl    the Markdown file; it includes the other markdown/*.tmpl
//	text/report.tmpl        the terminal's text; it includes the other text/*.tmpl
//
// What a template sees is a [View]. Files of other names that end in .tmpl, beside those, can be included by the name they
// have.
//
// All formats have, besides the usual funcs but call, html, js and urlquery:
//
//	word W          the reader's word for W, from words.json
//	parts LINE      the pieces of a line, those between backticks marked as Code
//	join, lines     strings.Join; the lines of a text
//	add A B         a sum
//	code EXCERPT    an excerpt's lines: in HTML a list of CodeLine, else laid out
//	prose P         foreign Markdown as HTML or Markdown; in text "prose INDENT P"
//
// HTML also has diff (a patch as a list of DiffLine), style, script and pause, each with its hash for the policy, nth and fileClasses.
// Markdown has inline, cell, span, fenced, indent, link and inHTML. Text has para, item, heading, columns, verbatim, diff and, to
// put into them, style, link, dots, prefix, badges, places and the small ones that the embedded templates use; each is explained
// where it is made, in html.go, markdown.go and text.go.
//
// A template has no func that reads a file or runs anything, and what it can compute and write is bounded.
func Templates() fs.FS {
	sub, err := fs.Sub(embedded, "templates")
	if err != nil {
		panic(err) // the name is valid
	}
	return sub
}

// Bounds on what a template may do.
const (
	maxTemplate  = 1 << 20   // bytes of one template file
	maxTemplates = 200       // files of one format
	maxSteps     = 2_000_000 // turns of loops in one rendering; a call of a template, which takes longer, counts for callSteps
	callSteps    = 4
	maxOutput    = 512 << 20 // bytes of one rendering
	maxValue     = 1 << 20   // bytes that print and its kin may make at once
)

// set is the parsed templates of one format.
type set struct {
	format string
	html   *htmltemplate.Template // of format "html", else nil
	text   *template.Template     // of the others
	words  map[string]string
	style  string // of format "html"
	script string // of format "html"
}

// The embedded templates are parsed once.
var (
	embeddedHTML     = sync.OnceValues(func() (*set, error) { return parseSet("html", nil) })
	embeddedMarkdown = sync.OnceValues(func() (*set, error) { return parseSet("markdown", nil) })
	embeddedText     = sync.OnceValues(func() (*set, error) { return parseSet("text", nil) })
)

// templatesOf returns the templates of a format with those of overlay laid over them.
func templatesOf(format string, overlay fs.FS) (*set, error) {
	if overlay != nil {
		return parseSet(format, overlay)
	}
	switch format {
	case "html":
		return embeddedHTML()
	case "markdown":
		return embeddedMarkdown()
	default:
		return embeddedText()
	}
}

func parseSet(format string, overlay fs.FS) (*set, error) {
	s := &set{format: format}
	names, err := templateNames(format, overlay)
	if err != nil {
		return nil, err
	}
	words, err := readTemplate("words.json", overlay)
	if err != nil {
		return nil, err
	}
	if s.words, err = parseWords(words, overlay); err != nil {
		return nil, err
	}
	funcs := s.funcs(new(run))
	if format == "html" {
		s.html = htmltemplate.New(format).Funcs(funcs)
		for _, name := range []string{"html/style.css", "html/house.css"} {
			css, err := readTemplate(name, overlay)
			if err != nil {
				return nil, err
			}
			if strings.Contains(css, "</") {
				return nil, fmt.Errorf("template: %s: a style cannot contain %q: it would end the page's style element", name, "</")
			}
			s.style += strings.ReplaceAll(css, "\r\n", "\n")
		}
		// The script is not to be replaced: what a page runs is known.
		if s.script, err = readTemplate("html/page.js", nil); err != nil {
			return nil, err
		}
	} else {
		s.text = template.New(format).Funcs(funcs)
	}
	for _, name := range names {
		body, err := readTemplate(name, overlay)
		if err != nil {
			return nil, err
		}
		if err := s.parse(name, body); err != nil {
			return nil, err
		}
	}
	return s, s.guard()
}

// templateNames lists the .tmpl files of a format, embedded and laid over, in order.
func templateNames(format string, overlay fs.FS) ([]string, error) {
	names := map[string]bool{}
	for _, fsys := range []fs.FS{Templates(), overlay} {
		if fsys == nil {
			continue
		}
		entries, err := fs.ReadDir(fsys, format)
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			return nil, fmt.Errorf("templates of %s: %w", format, err)
		}
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), ".tmpl") {
				names[path.Join(format, e.Name())] = true
			}
		}
	}
	if len(names) > maxTemplates {
		return nil, fmt.Errorf("templates of %s: %d files, at most %d are read", format, len(names), maxTemplates)
	}
	return slices.Sorted(maps.Keys(names)), nil
}

// readTemplate returns the overlay's file, or the embedded one where it has none.
func readTemplate(name string, overlay fs.FS) (string, error) {
	fsys := Templates()
	if overlay != nil {
		if _, err := fs.Stat(overlay, name); err == nil {
			fsys = overlay
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("template: %w", err)
		}
	}
	f, err := fsys.Open(name)
	if err != nil {
		return "", fmt.Errorf("template: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxTemplate+1))
	if err != nil {
		return "", fmt.Errorf("template: %s: %w", name, err)
	}
	if len(data) > maxTemplate {
		return "", fmt.Errorf("template: %s: larger than %d bytes", name, maxTemplate)
	}
	return string(data), nil
}

// parseWords reads words.json: an object of strings. An overlay's words come over the embedded ones, so it need not have all.
func parseWords(data string, overlay fs.FS) (map[string]string, error) {
	words := map[string]string{}
	if overlay != nil {
		base, err := readTemplate("words.json", nil)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(base), &words); err != nil {
			return nil, fmt.Errorf("template: words.json: %w", err)
		}
	}
	if err := json.Unmarshal([]byte(data), &words); err != nil {
		line := ""
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			line = fmt.Sprintf("%d: ", 1+strings.Count(data[:min(int(syntax.Offset), len(data))], "\n"))
		}
		return nil, fmt.Errorf("template: words.json:%s%w", line, err)
	}
	return words, nil
}

func (s *set) parse(name, body string) error {
	body = strings.ReplaceAll(body, "\r\n", "\n")
	var err error
	if s.html != nil {
		_, err = s.html.New(name).Parse(body)
	} else {
		_, err = s.text.New(name).Parse(body)
	}
	return err
}

// trees returns the parsed templates with their names, in order.
func (s *set) trees() []*parse.Tree {
	var out []*parse.Tree
	if s.html != nil {
		for _, t := range s.html.Templates() {
			if t.Tree != nil {
				out = append(out, t.Tree)
			}
		}
	} else {
		for _, t := range s.text.Templates() {
			if t.Tree != nil {
				out = append(out, t.Tree)
			}
		}
	}
	slices.SortFunc(out, func(a, b *parse.Tree) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// guard rewrites the templates so that each loop and each call is counted, and that in the text formats each value is escaped. The
// funcs that make other code than a format's out of a value, and call, are refused: no template needs them.
func (s *set) guard() error {
	for _, t := range s.trees() {
		g := guard{tree: t, escape: s.html == nil}
		g.list(t.Root, "_call")
		if g.err != nil {
			return g.err
		}
	}
	return nil
}

type guard struct {
	tree   *parse.Tree
	escape bool
	err    error
}

// list guards what is below l, and puts a call of the func count before it; "" is none.
func (g *guard) list(l *parse.ListNode, count string) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.ActionNode:
			g.pipe(n.Pipe)
			if g.escape && len(n.Pipe.Decl) == 0 {
				n.Pipe.Cmds = append(n.Pipe.Cmds, g.command("_escape"))
			}
		case *parse.IfNode:
			g.branch(&n.BranchNode, "")
		case *parse.WithNode:
			g.branch(&n.BranchNode, "")
		case *parse.RangeNode:
			g.branch(&n.BranchNode, "_turn")
		case *parse.TemplateNode:
			g.pipe(n.Pipe)
		}
	}
	if count != "" {
		// A declaration writes nothing, so it may stand in any context of a page.
		v := &parse.VariableNode{NodeType: parse.NodeVariable, Pos: l.Pos, Ident: []string{"$_step"}}
		pipe := &parse.PipeNode{NodeType: parse.NodePipe, Pos: l.Pos, Decl: []*parse.VariableNode{v}, Cmds: []*parse.CommandNode{g.command(count)}}
		l.Nodes = slices.Insert(l.Nodes, 0, parse.Node(&parse.ActionNode{NodeType: parse.NodeAction, Pos: l.Pos, Pipe: pipe}))
	}
}

func (g *guard) command(name string) *parse.CommandNode {
	pos := g.tree.Root.Pos
	return &parse.CommandNode{NodeType: parse.NodeCommand, Pos: pos,
		Args: []parse.Node{parse.NewIdentifier(name).SetPos(pos).SetTree(g.tree)}}
}

func (g *guard) branch(b *parse.BranchNode, loop string) {
	g.pipe(b.Pipe)
	g.list(b.List, loop)
	g.list(b.ElseList, "")
}

// pipe refuses what a template is not given.
func (g *guard) pipe(p *parse.PipeNode) {
	if p == nil {
		return
	}
	for _, c := range p.Cmds {
		for _, a := range c.Args {
			switch a := a.(type) {
			case *parse.PipeNode:
				g.pipe(a)
			case *parse.ChainNode:
				if inner, ok := a.Node.(*parse.PipeNode); ok {
					g.pipe(inner)
				}
			case *parse.IdentifierNode:
				switch a.Ident {
				case "call", "html", "js", "urlquery", "_turn", "_call", "_escape":
					if g.err == nil {
						at, _ := g.tree.ErrorContext(a)
						g.err = fmt.Errorf("template: %s: there is no func %s here; values are escaped without it", at, a.Ident)
					}
				}
			}
		}
	}
}

// run is the state of one rendering.
type run struct {
	steps int
	term  terminal
	code  *highlighter
	// reviewers and cited count the reviewers, and the files that issues cite.
	reviewers, cited int
}

// errBound is what a template that goes too far fails with.
var errBound = errors.New("the template does too much")

func (r *run) turn() (bool, error) { return r.step(1) }

func (r *run) call() (bool, error) { return r.step(callSteps) }

func (r *run) step(n int) (bool, error) {
	if r.steps += n; r.steps > maxSteps {
		return false, fmt.Errorf("%w: more than %d turns of loops", errBound, maxSteps)
	}
	return true, nil
}

// limited fails once more than maxOutput bytes were written. It keeps the error of w apart, so that it can be returned as it is.
type limited struct {
	w   io.Writer
	n   int
	err error
}

func (l *limited) Write(p []byte) (int, error) {
	if l.n += len(p); l.n > maxOutput {
		return 0, fmt.Errorf("%w: more than %d bytes", errBound, maxOutput)
	}
	n, err := l.w.Write(p)
	if err != nil {
		l.err = err
	}
	return n, err
}

// render executes the format's page with v.
func (s *set) render(w io.Writer, v *View, r *run) error {
	out := &limited{w: w}
	r.reviewers, r.cited = len(v.Reviewers), len(v.Cited)
	err := s.execute(out, v, r)
	if out.err != nil {
		return out.err
	}
	return err
}

func (s *set) execute(w io.Writer, v *View, r *run) error {
	// A clone, so that the funcs of this rendering have its state.
	if s.html != nil {
		t, err := s.html.Clone()
		if err != nil {
			return err
		}
		return s.blame(t.Funcs(s.funcs(r)).ExecuteTemplate(w, "html/page.tmpl", v))
	}
	t, err := s.text.Clone()
	if err != nil {
		return err
	}
	return t.Funcs(s.funcs(r)).ExecuteTemplate(w, s.format+"/report.tmpl", v)
}

// blame returns a better error for a page whose markup does not close: package html/template names the page, though it may be any
// file that it includes.
func (s *set) blame(err error) error {
	var whole *htmltemplate.Error
	if !errors.As(err, &whole) || whole.ErrorCode != htmltemplate.ErrEndContext {
		return err
	}
	for _, tree := range s.trees() {
		t, cerr := s.html.Clone()
		if cerr != nil || tree.Name == "html/page.tmpl" {
			continue
		}
		var one *htmltemplate.Error
		if errors.As(t.ExecuteTemplate(io.Discard, tree.Name, nil), &one) && one.Name == tree.Name {
			return one
		}
	}
	return err
}

// funcs are what a template can call, for one rendering.
func (s *set) funcs(r *run) template.FuncMap {
	word := func(w string) string {
		if t, ok := s.words[w]; ok {
			return t
		}
		return w
	}
	funcs := template.FuncMap{
		"_turn": r.turn,
		"_call": r.call,
		"word":  word, // the reader's word for one of ours, from words.json
		"add":   func(a, b int) int { return a + b },
		"join":  func(list []string, sep string) (string, error) { return bound(strings.Join(list, sep)) },
		"lines": func(text string) []string { return strings.Split(strings.TrimSuffix(text, "\n"), "\n") },
		"parts": parts,
		"print": func(a ...any) (string, error) { return bound(fmt.Sprint(a...)) },
		"printf": func(format string, a ...any) (string, error) {
			return bound(fmt.Sprintf(format, a...))
		},
		"println": func(a ...any) (string, error) { return bound(fmt.Sprintln(a...)) },
	}
	switch s.format {
	case "html":
		maps.Copy(funcs, s.htmlFuncs(r))
	case "markdown":
		maps.Copy(funcs, markdownFuncs())
	default:
		maps.Copy(funcs, textFuncs(r.term, word))
	}
	return funcs
}

func bound(s string) (string, error) {
	if len(s) > maxValue {
		return "", fmt.Errorf("%w: a text of %d bytes, at most %d can be made at once", errBound, len(s), maxValue)
	}
	return s, nil
}

// Part is a piece of a line of text: Code says that it stood between backticks.
type Part struct {
	Text string
	Code bool
}

// parts splits a line at its backticks. One without a partner is text.
func parts(s string) []Part {
	var out []Part
	for s != "" {
		open := strings.IndexByte(s, '`')
		if open < 0 {
			break
		}
		n := strings.IndexByte(s[open+1:], '`')
		if n <= 0 {
			break
		}
		if open > 0 {
			out = append(out, Part{Text: s[:open]})
		}
		out = append(out, Part{Text: s[open+1 : open+1+n], Code: true})
		s = s[open+n+2:]
	}
	if s != "" {
		out = append(out, Part{Text: s})
	}
	return out
}

// walk calls f with the name of every template that is executed below n.
func walk(n parse.Node, f func(name string)) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n != nil {
			for _, c := range n.Nodes {
				walk(c, f)
			}
		}
	case *parse.IfNode:
		walk(n.List, f)
		walk(n.ElseList, f)
	case *parse.WithNode:
		walk(n.List, f)
		walk(n.ElseList, f)
	case *parse.RangeNode:
		walk(n.List, f)
		walk(n.ElseList, f)
	case *parse.TemplateNode:
		f(n.Name)
	}
}
