package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents"
	"github.com/deepreview-go/deepreview/report"
)

// promptFolder is where the prompts lie in a folder of templates.
const promptFolder = "prompts"

// templateFS is what --templates names; nil means the built-in ones.
func (s *settings) templateFS() fs.FS {
	if s.templates == "" {
		return nil
	}
	return os.DirFS(s.templates)
}

// promptFS is the prompts in what --templates names; nil means the built-in ones.
func (s *settings) promptFS() fs.FS {
	if s.templates == "" {
		return nil
	}
	return os.DirFS(filepath.Join(s.templates, promptFolder))
}

// checkTemplates renders an empty report, so that a template with a mistake is found before anything is paid for.
func (s *settings) checkTemplates() error {
	if s.templates == "" {
		return nil
	}
	if err := templateFolder(s.templates); err != nil {
		return usagef("--templates: %v", err)
	}
	for _, d := range s.out {
		empty := &deepreview.Report{Schema: deepreview.Schema}
		if err := d.format.renderer(medium{templates: s.templateFS()}).Render(io.Discard, empty); err != nil {
			return fmt.Errorf("--templates %s: %w", s.templates, err)
		}
	}
	if err := agents.CheckPrompts(s.promptFS()); err != nil {
		return fmt.Errorf("--templates %s: %w", s.templates, err)
	}
	s.models.prompts = s.promptFS()
	return nil
}

// templateFolder says why dir cannot be a folder of templates.
func templateFolder(dir string) error {
	if info, err := os.Stat(dir); err != nil {
		return err
	} else if !info.IsDir() {
		return fmt.Errorf("%s is no folder", dir)
	}
	return nil
}

// builtIn holds all that can be replaced: the templates of package report, and the prompts of package agents in a folder of theirs.
type builtIn struct{}

func (builtIn) Open(name string) (fs.File, error) {
	if rest, ok := strings.CutPrefix(name, promptFolder+"/"); ok {
		return agents.Prompts().Open(rest)
	}
	return report.Templates().Open(name)
}

// names lists what can be replaced.
func (builtIn) names() ([]string, error) {
	var out []string
	for prefix, fsys := range map[string]fs.FS{"": report.Templates(), promptFolder: agents.Prompts()} {
		err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && path.Ext(name) != ".js" {
				out = append(out, path.Join(prefix, name))
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(out)
	return out, nil
}

// templates lists what of a report and of the prompts can be replaced, shows one of them, or checks those in a folder.
func templates(_ context.Context, e *env, s *settings) int {
	what, arg := s.args[0], ""
	if len(s.args) > 1 {
		arg = s.args[1]
	}
	switch {
	case what == "list" && arg == "":
		return e.listTemplates(s)
	case what == "show" && arg != "" && s.templates == "":
		return e.showTemplate(arg)
	case what == "check" && arg != "" && s.templates == "":
		return e.checkFolder(arg)
	}
	return e.fail(usagef("write deepreview templates list [--templates DIR], show NAME, or check DIR"))
}

func (e *env) listTemplates(s *settings) int {
	names, err := builtIn{}.names()
	if err != nil {
		return e.fail(err)
	}
	over := s.templateFS()
	if over != nil {
		if err := templateFolder(s.templates); err != nil {
			return e.fail(usagef("--templates: %v", err))
		}
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	row := func(name, from string) {
		format, _, ok := strings.Cut(name, "/")
		if !ok {
			format = "all"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", harmless(name), harmless(format), harmless(from))
	}
	for _, name := range names {
		from := "built in"
		if over != nil {
			if _, err := fs.Stat(over, name); err == nil {
				from = filepath.Join(s.templates, filepath.FromSlash(name))
			}
		}
		row(name, from)
	}
	if over != nil {
		err = fs.WalkDir(over, ".", func(name string, d fs.DirEntry, err error) error {
			if err == nil && path.Ext(name) == ".tmpl" && !d.IsDir() && !slices.Contains(names, name) {
				row(name, filepath.Join(s.templates, filepath.FromSlash(name))+", which replaces none")
			}
			return err
		})
	}
	if err := errors.Join(err, w.Flush()); err != nil {
		return e.fail(err)
	}
	return exitFine
}

func (e *env) showTemplate(name string) int {
	names, err := builtIn{}.names()
	if err != nil {
		return e.fail(err)
	}
	if !slices.Contains(names, name) {
		hint := "deepreview templates list has all"
		if near := nearest(name, names); near != "" {
			hint = fmt.Sprintf("did you mean %s?", near)
		}
		return e.fail(usagef("there is no template %q; %s", name, hint))
	}
	text, err := fs.ReadFile(builtIn{}, name)
	if err == nil {
		_, err = e.stdout.Write(text)
	}
	if err != nil {
		return e.fail(err)
	}
	return exitFine
}

// checkFolder says everything that is wrong with the templates and prompts in dir.
func (e *env) checkFolder(dir string) int {
	if err := templateFolder(dir); err != nil {
		return e.fail(usagef("%v", err))
	}
	err := errors.Join(report.CheckTemplates(os.DirFS(dir)), agents.CheckPrompts(os.DirFS(filepath.Join(dir, promptFolder))))
	if err != nil {
		return e.fail(fmt.Errorf("%s:\n%w", dir, err))
	}
	if _, err := fmt.Fprintf(e.stdout, "%s: nothing is wrong with it.\n", harmless(dir)); err != nil {
		return e.fail(err)
	}
	return exitFine
}
