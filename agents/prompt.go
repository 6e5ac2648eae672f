package agents

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"text/template"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/internal/redact"
)

// PromptVersion changes whenever what the built-in prompts say does, so that an answer can be told from one to another question.
const PromptVersion = "1"

//go:embed prompts/*.tmpl
var embeddedPrompts embed.FS

// Prompts returns the built-in prompts by name: system.tmpl, change.tmpl, batch.tmpl, repair.tmpl, external.tmpl, and those of
// the second looks. [LLM.Prompts] may replace any of them; [CheckPrompts] says what is wrong with such.
func Prompts() fs.FS {
	sub, err := fs.Sub(embeddedPrompts, "prompts")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sub
}

// Bounds of foreign text in a prompt.
const (
	maxGuidance    = 40 << 10 // bytes of all guidance together
	maxDescription = 16 << 10
	maxCommits     = 200
	maxThreads     = 50
	maxListedFiles = 2000
)

// prompter writes the prompts of one review.
type prompter struct {
	set *template.Template
	// fence marks the borders of foreign text. It is made of the change's fingerprint, which nobody can write into
	// the change: the text would change it.
	fence  string
	masked func(n int)
	// rules are the sentences that a caller's prompts cannot do without, by prompt.
	rules map[string]*template.Template
}

// blankPrompter is one without prompts.
func blankPrompter(fingerprint string, masked func(n int)) *prompter {
	p := &prompter{fence: "data-" + fingerprint[:min(12, len(fingerprint))], masked: masked, rules: map[string]*template.Template{}}
	p.set = template.New("").Funcs(template.FuncMap{"fence": p.fenced}).Option("missingkey=error")
	return p
}

// newPrompter reads the prompts, a caller's laid over the built-in ones.
func newPrompter(over fs.FS, fingerprint string, masked func(n int)) (*prompter, error) {
	if err := CheckPrompts(over); err != nil {
		return nil, err
	}
	p := blankPrompter(fingerprint, masked)
	entries, err := fs.ReadDir(Prompts(), ".")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		text, err := fs.ReadFile(Prompts(), e.Name())
		if err != nil {
			return nil, err
		}
		if over != nil {
			own, ok, err := ownPrompt(over, e.Name())
			if err != nil {
				return nil, err
			}
			if ok {
				if err := p.addRule(e.Name(), string(text)); err != nil {
					return nil, err
				}
				text = []byte(own)
			}
		}
		if _, err := p.set.New(e.Name()).Parse(string(text)); err != nil {
			return nil, fmt.Errorf("prompt %s: %w", e.Name(), err)
		}
	}
	return p, nil
}

func (p *prompter) write(name string, data any) (string, error) {
	var b strings.Builder
	if err := p.set.ExecuteTemplate(&b, name, data); err != nil {
		return "", fmt.Errorf("prompt %s: %w", name, err)
	}
	return p.withRule(name, b.String(), data)
}

func (p *prompter) open() string  { return "<<<" + p.fence }
func (p *prompter) close() string { return p.fence + ">>>" }

// fenced puts foreign text between the borders, with its likely secrets masked.
func (p *prompter) fenced(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	text, n := redact.Mask(text)
	if n > 0 && p.masked != nil {
		p.masked(n)
	}
	text = strings.ReplaceAll(text, p.fence, "data-…")
	return p.open() + "\n" + strings.TrimSuffix(text, "\n") + "\n" + p.close()
}

// systemData is what system.tmpl sees.
type systemData struct {
	Tools               bool
	Open, Close, Answer string
	Instructions        string
}

// changeData is what change.tmpl sees. Strings are foreign text.
type changeData struct {
	Counts                   string
	Guidance                 []string
	About, Commits           string
	Previous, Threads, Files string
}

// batchData is what batch.tmpl sees.
type batchData struct {
	Part, Of       int
	Count          int
	Tools          bool
	Paths, Named   string
	Diffs, Context string
	Answer         string
}

func newChangeData(c *deepreview.Change) changeData {
	var d changeData
	added, deleted := 0, 0
	var files strings.Builder
	for i, f := range c.Files {
		added, deleted = added+f.Added, deleted+f.Deleted
		if i < maxListedFiles {
			fmt.Fprintf(&files, "%s\n", describeFile(f))
		}
	}
	if n := len(c.Files) - maxListedFiles; n > 0 {
		fmt.Fprintf(&files, "… and %d more\n", n)
	}
	d.Files = files.String()
	d.Counts = fmt.Sprintf("%d files, %d lines added, %d deleted, %d commits", len(c.Files), added, deleted, len(c.Commits))
	room := maxGuidance
	for _, g := range c.Guidance {
		text := fmt.Sprintf("%s (for files below %s)\n\n%s", g.Path, g.Dir, g.Text)
		text = cutText(text, room)
		if room -= len(text); room < 0 || text == "" {
			break
		}
		d.Guidance = append(d.Guidance, text)
	}
	var about []string
	if c.Repository != "" {
		about = append(about, "Repository: "+c.Repository)
	}
	if pr := c.PullRequest; pr != nil {
		about = append(about, fmt.Sprintf("Pull request %d: %s", pr.Number, pr.Title))
	} else if c.Title != "" {
		about = append(about, c.Title)
	}
	if c.Description != "" {
		about = append(about, cutText(c.Description, maxDescription))
	}
	d.About = strings.Join(about, "\n\n")
	d.Commits = commitText(c.Commits)
	d.Previous = previousText(c.Previous)
	for i, t := range c.Threads {
		if i == maxThreads {
			d.Threads += fmt.Sprintf("… and %d more\n", len(c.Threads)-i)
			break
		}
		d.Threads += fmt.Sprintf("%s\n%s\n\n", t.Location, cutText(strings.Join(t.Comments, "\n"), 4000))
	}
	return d
}

func commitText(commits []deepreview.Commit) string {
	var b strings.Builder
	for i, c := range commits {
		if i == maxCommits {
			fmt.Fprintf(&b, "… and %d more\n", len(commits)-i)
			break
		}
		fmt.Fprintf(&b, "%s %s\n", c.Short(), c.Subject)
		if c.Body != "" {
			fmt.Fprintf(&b, "    %s\n", strings.ReplaceAll(cutText(strings.TrimSpace(c.Body), 2000), "\n", "\n    "))
		}
	}
	return b.String()
}

func previousText(r *deepreview.Round) string {
	if r == nil {
		return ""
	}
	settled := map[string]deepreview.Resolution{}
	for _, res := range r.Resolutions {
		settled[res.Issue] = res
	}
	var b strings.Builder
	for _, is := range r.Issues {
		if is.Status == deepreview.StatusFixed {
			continue
		}
		fmt.Fprintf(&b, "- %s, %s", is.Severity, is.Title)
		if len(is.Locations) > 0 {
			fmt.Fprintf(&b, " (%s)", is.Locations[0])
		}
		if res, ok := settled[is.ID]; ok {
			fmt.Fprintf(&b, ": %s", res.As)
			if res.Why != "" {
				fmt.Fprintf(&b, ", %s", cutText(res.Why, 500))
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

// cutText shortens text to at most n bytes and says so.
func cutText(text string, n int) string {
	if len(text) <= n {
		return text
	}
	if n <= 0 {
		return ""
	}
	return strings.ToValidUTF8(text[:n], "") + "\n… (cut)"
}
