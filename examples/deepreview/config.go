package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/deepreview-go/deepreview"
)

// A configuration file has flags in YAML, by their names without hyphens: one value, or a list where a flag may be repeated.
//
//	reviewer: [claude, patterns]
//	budget: 2M
//	exclude: ["vendor/**"]
//
// What the command line says counts before the user's file, and that before the repository's.

const (
	userConfig       = "config.yaml"      // in the folder deepreview of the user's configuration
	repositoryConfig = ".deepreview.yaml" // at the root of the revision before the change
	maxConfigFile    = 1 << 20
)

// userMay are the flags that the user's own file may set: all that are no matter of a single run.
var userMay = []string{
	"reviewer", "model", "base-url", "effort", "passes", "budget", "price", "verify", "adjudicate", "edit", "instructions", "timeout",
	"path", "exclude", "out", "templates", "min-score", "fail-on", "quiet", "history",
}

// repositoryMay are the flags that a repository's file may set: none that runs something, sends anything anywhere, costs more,
// or writes a file.
var repositoryMay = []string{"exclude", "instructions", "min-score", "fail-on"}

// configureUser reads the user's own file: the one that was named, or the one in the user's folder if there is one.
func (e *env) configureUser(s *settings) error {
	name := s.config
	if name == "" {
		if e.configDir == "" {
			return nil
		}
		name = filepath.Join(e.configDir, "deepreview", userConfig)
	}
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && s.config == "":
		return nil
	case err != nil:
		return fmt.Errorf("--config: %w", err)
	case info.Size() > maxConfigFile:
		return fmt.Errorf("%s has %d bytes; a configuration has at most %d", name, info.Size(), maxConfigFile)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	return s.configure(name, text, userMay, "is no matter of a configuration file; give it on the command line")
}

// configureRepository reads the repository's file as it was before the change: a change cannot configure its own review. Its
// instructions are guidance, as a repository's other rules for reviewers are.
func (e *env) configureRepository(s *settings, c *deepreview.Change) error {
	if c.BaseTree == nil {
		return nil
	}
	info, err := fs.Lstat(c.BaseTree, repositoryConfig)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("the repository's %s: %w", repositoryConfig, err)
	case !info.Mode().IsRegular() || info.Size() > maxConfigFile:
		return fmt.Errorf("the repository's %s is no file of at most %d bytes", repositoryConfig, maxConfigFile)
	}
	text, err := fs.ReadFile(c.BaseTree, repositoryConfig)
	if err != nil {
		return fmt.Errorf("the repository's %s: %w", repositoryConfig, err)
	}
	own := s.instructions
	s.instructions = ""
	if err := s.configure("the repository's "+repositoryConfig, text, repositoryMay, "is nothing a repository may set; put it into your own configuration or on the command line"); err != nil {
		return err
	}
	if s.instructions != "" {
		c.Guidance = append(c.Guidance, deepreview.Guidance{Path: repositoryConfig, Dir: ".", Text: s.instructions})
	}
	s.instructions = own
	return nil
}

// configure sets the flags that a file names and nothing before it set.
func (s *settings) configure(file string, text []byte, may []string, refusal string) error {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return usagef("%s: %v", file, err)
	}
	if len(document.Content) == 0 {
		return nil // nothing but comments
	}
	root := document.Content[0]
	if root.Kind != yaml.MappingNode {
		return usagef("%s:%d: a configuration is a list of flag: value", file, root.Line)
	}
	var set []string
	var wrong []error
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		at := fmt.Sprintf("%s:%d: ", file, key.Line)
		switch {
		case key.Kind != yaml.ScalarNode:
			wrong = append(wrong, usagef("%sa flag's name is a word", at))
			continue
		case slices.Contains(set, key.Value):
			wrong = append(wrong, usagef("%s%s stands there twice", at, key.Value))
			continue
		case s.parser.Lookup(key.Value) == nil:
			wrong = append(wrong, usagef("%sthere is no flag %q; %s", at, key.Value, instead(key.Value, may)))
			continue
		case !slices.Contains(may, key.Value):
			wrong = append(wrong, usagef("%s%s %s", at, key.Value, refusal))
			continue
		}
		set = append(set, key.Value)
		if slices.Contains(s.given, key.Value) {
			continue
		}
		for _, v := range values(value) {
			if v.Kind != yaml.ScalarNode {
				wrong = append(wrong, usagef("%s:%d: %s takes a value or a list of values", file, v.Line, key.Value))
				continue
			}
			s.parser.problem = nil
			if err := s.parser.Set(key.Value, v.Value); err != nil {
				if s.parser.problem != nil {
					err = s.parser.problem
				}
				wrong = append(wrong, usagef("%s:%d: %s", file, v.Line, strings.TrimPrefix(err.Error(), "--")))
			}
		}
	}
	s.given = append(s.given, set...)
	slices.Sort(s.given)
	s.given = slices.Compact(s.given)
	if len(wrong) > 0 {
		lines := make([]string, len(wrong))
		for i, err := range wrong {
			lines[i] = err.Error()
		}
		return usagef("%s", strings.Join(lines, "\n"))
	}
	return nil
}

// values are the values of a flag: the elements of a list, or the one there is.
func values(n *yaml.Node) []*yaml.Node {
	if n.Kind == yaml.SequenceNode {
		return n.Content
	}
	return []*yaml.Node{n}
}
