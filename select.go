package deepreview

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// Select returns a copy of the change with the files that match a pattern of include (all, if there are none) and none of
// exclude. The changed files left out are named in the copy's Excluded. It shares all else with c, its Closer too.
//
// A pattern with a slash is matched against the whole path, element by element as by [path.Match]; the element "**"
// stands for any number of folders, none as well. A slash at the end means everything below: "vendor/" is "vendor/**". One
// without a slash is matched against the file's own name, in any folder: "*_test.go". Letters must agree in case.
//
// A renamed file is included if either of its names matches, and excluded only if both do: moving code into an excluded folder
// does not hide what it left. A pattern that is malformed, or no file at all left of a change that has some, is an error.
func (c *Change) Select(include, exclude []string) (*Change, error) {
	for _, pattern := range slices.Concat(include, exclude) {
		if err := checkPattern(pattern); err != nil {
			return nil, err
		}
	}
	out := *c
	out.Files = nil
	out.Excluded = slices.Clone(c.Excluded)
	for _, f := range c.Files {
		names := []string{f.Path}
		if f.Status == FileRenamed {
			names = append(names, f.OldPath)
		}
		matches := func(patterns []string) func(string) bool {
			return func(name string) bool {
				return slices.ContainsFunc(patterns, func(p string) bool { return matchPattern(p, name) })
			}
		}
		excluded := !slices.ContainsFunc(names, func(name string) bool { return !matches(exclude)(name) })
		if excluded || len(include) > 0 && !slices.ContainsFunc(names, matches(include)) {
			out.Excluded = append(out.Excluded, f.Path)
			continue
		}
		out.Files = append(out.Files, f)
	}
	if len(out.Files) == 0 && len(c.Files) > 0 {
		return nil, fmt.Errorf("the patterns leave none of the %d changed files: include %q, exclude %q; widen them", len(c.Files), include, exclude)
	}
	return &out, nil
}

// checkPattern reports what is wrong with a pattern of [Change.Select].
func checkPattern(pattern string) error {
	if pattern == "" {
		return fmt.Errorf("an empty pattern matches no file; leave it out")
	}
	if strings.HasPrefix(pattern, "/") || strings.HasPrefix(pattern, "./") {
		return fmt.Errorf("pattern %q: paths begin at the repository's root, without / or ./", pattern)
	}
	for _, element := range strings.Split(strings.TrimSuffix(pattern, "/"), "/") {
		switch {
		case element == "":
			return fmt.Errorf("pattern %q has two slashes in a row", pattern)
		case element != "**" && strings.Contains(element, "**"):
			return fmt.Errorf("pattern %q: ** must stand alone between slashes", pattern)
		}
		if _, err := path.Match(element, ""); err != nil {
			return fmt.Errorf("pattern %q: %w", pattern, err)
		}
	}
	return nil
}

// matchPattern reports whether name matches pattern, by the rules of [Change.Select].
func matchPattern(pattern, name string) bool {
	if !strings.Contains(pattern, "/") && pattern != "**" {
		ok, _ := path.Match(pattern, path.Base(name))
		return ok
	}
	if strings.HasSuffix(pattern, "/") {
		pattern += "**"
	}
	return matchElements(strings.Split(pattern, "/"), strings.Split(name, "/"))
}

// matchElements matches element by element, in time proportional to the product of their numbers: after a second "**" what
// the first stood for need not be tried again.
func matchElements(pattern, name []string) bool {
	star, resume := -1, 0
	p, n := 0, 0
	for n < len(name) {
		if p < len(pattern) {
			if pattern[p] == "**" {
				star, resume = p, n
				p++
				continue
			}
			if ok, _ := path.Match(pattern[p], name[n]); ok {
				p++
				n++
				continue
			}
		}
		if star < 0 {
			return false
		}
		resume++
		p, n = star+1, resume
	}
	for p < len(pattern) && pattern[p] == "**" {
		p++
	}
	return p == len(pattern)
}
