package github

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"unicode"

	gh "github.com/google/go-github/v93/github"

	"github.com/deepreview-go/deepreview"
)

// files makes the change from the list of its files, each with its own patch.
func (s *session) files(p *gh.PullRequest) (*deepreview.Change, error) {
	doing := "reading the files of " + s.ref.String()
	c := new(deepreview.Change)
	known := map[string]bool{}
	for f, err := range s.rest.PullRequests.ListFilesIter(s.ctx, s.ref.Owner, s.ref.Name, s.ref.Number, &gh.ListOptions{PerPage: 100}) {
		if err != nil {
			return nil, s.wrap(doing, err)
		}
		file := fileOf(f)
		if known[file.Path] {
			return nil, fmt.Errorf("%s: %w: it lists %q twice", doing, ErrMoved, file.Path) // the pages are of different states
		}
		known[file.Path] = true
		if c.Files = append(c.Files, file); len(c.Files) > maxFiles {
			return nil, fmt.Errorf("%s: %w: there are more than %d files", doing, ErrTooLarge, maxFiles)
		}
	}
	if n := p.GetChangedFiles(); len(c.Files) < n {
		return nil, fmt.Errorf("%s: %w: GitHub counts %d files and lists %d; name a local clone that has the commits", doing, ErrTooLarge, n, len(c.Files))
	}
	return c, nil
}

// emptyBlob are the ids of a file without content, in git's two formats.
var emptyBlob = map[string]bool{
	"e69de29bb2d1d6434b8b29ae775ad8c2e48c5391":                         true,
	"473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813": true,
}

// fileOf makes a file of what the API lists.
func fileOf(f *gh.CommitFile) *deepreview.File {
	file := &deepreview.File{Path: f.GetFilename(), OldPath: f.GetPreviousFilename()}
	switch f.GetStatus() {
	case "added":
		file.Status, file.NewID = deepreview.FileAdded, f.GetSHA()
	case "removed":
		file.Status, file.OldID = deepreview.FileDeleted, f.GetSHA()
	case "renamed":
		file.Status, file.NewID = deepreview.FileRenamed, f.GetSHA()
	case "copied":
		file.Status, file.NewID = deepreview.FileCopied, f.GetSHA()
	default:
		file.Status, file.NewID = deepreview.FileModified, f.GetSHA()
	}
	if file.Status != deepreview.FileRenamed && file.Status != deepreview.FileCopied {
		file.OldPath = ""
	}
	file.Added, file.Deleted = f.GetAdditions(), f.GetDeletions()
	name, ok := validName(file.Path)
	before, okBefore := validName(file.OldPath)
	file.Path, file.OldPath = name, before
	if !ok || file.OldPath != "" && !okBefore {
		file.Unreadable = "its name is no path inside a repository"
		return file
	}
	patch := f.GetPatch()
	if patch == "" {
		switch {
		case file.Added+file.Deleted > 0:
			file.Unreadable = fmt.Sprintf("GitHub gives no diff of it: it is too large (+%d −%d lines)", file.Added, file.Deleted)
		case file.Status == deepreview.FileRenamed, file.Status == deepreview.FileCopied, emptyBlob[f.GetSHA()]:
		default:
			file.Binary = true // or only its mode changed, which the API does not tell
		}
		return file
	}
	// The patch is hunks alone. Names that need no quoting stand in for the file's own.
	c, err := deepreview.ParseDiff(strings.NewReader("diff --git a/f b/f\n--- a/f\n+++ b/f\n" + strings.TrimSuffix(patch, "\n") + "\n"))
	switch {
	case err != nil:
		file.Unreadable = fmt.Sprintf("GitHub's diff of it cannot be read: %v", err)
	case len(c.Files) != 1 || c.Files[0].Path != "f":
		file.Unreadable = "GitHub's diff of it is not of one file"
	case c.Files[0].Added != file.Added || c.Files[0].Deleted != file.Deleted:
		file.Unreadable = fmt.Sprintf("GitHub's diff of it is cut: it has +%d −%d of +%d −%d lines",
			c.Files[0].Added, c.Files[0].Deleted, file.Added, file.Deleted)
	default:
		file.Hunks, file.LFS, file.Unreadable = c.Files[0].Hunks, c.Files[0].LFS, c.Files[0].Unreadable
	}
	return file
}

// validName returns name, or a quoted form of it and false where no path can be made of it.
func validName(name string) (string, bool) {
	if fs.ValidPath(name) && name != "." && !strings.ContainsFunc(name, unicode.IsControl) {
		return name, true
	}
	if name == "" {
		return "", false
	}
	return strconv.Quote(name), false
}
