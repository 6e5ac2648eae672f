package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/git"
	"github.com/deepreview-go/deepreview/github"
)

// loadPull makes the change of a pull request, from the clone around where that has its commits.
func (e *env) loadPull(ctx context.Context, s *settings) (*deepreview.Change, error) {
	ref, err := github.ParseRef(s.pr)
	if err != nil {
		return nil, usagef("--pr: %v", err)
	}
	place, err := git.Locate(ctx, s.dir)
	clone := s.dir
	if err != nil {
		if !errors.Is(err, git.ErrNotRepository) && !errors.Is(err, git.ErrNoGit) {
			return nil, err
		}
		clone = ""
	}
	if ref.Owner == "" {
		// The number alone is one of the repository around, or of the one that a workflow runs for.
		from := place.Repository
		if name := e.getenv("GITHUB_REPOSITORY"); from == "" && name != "" {
			from = cmp.Or(strings.TrimPrefix(e.getenv("GITHUB_SERVER_URL"), "https://"), "github.com") + "/" + name
		}
		repository, err := github.ParseRepository("https://" + from)
		if from == "" || err != nil {
			return nil, usagef("--pr %s: of which repository? Write owner/name#%d, or the address of its page", s.pr, ref.Number)
		}
		ref = ref.In(repository)
	}
	// The change has to outlive an interrupt, since the report quotes it; so loading has an end of its own.
	loading, stop := context.WithCancel(context.WithoutCancel(ctx))
	release := context.AfterFunc(ctx, stop)
	pull, err := e.github(ref).Load(loading, ref, &github.LoadOptions{Clone: clone})
	release()
	if err != nil {
		stop()
		return nil, fmt.Errorf("--pr %s: %w", s.pr, err)
	}
	s.loaded = pull
	for _, n := range pull.Notes {
		e.note(s, "%s", n)
	}
	if pull.Fork {
		e.note(s, "It comes from a fork: what it says is somebody's words, and reviewers that run commands run over somebody's code.")
	}
	return pull.Change, nil
}

// github is the client for a pull request's host. A token goes nowhere but to the host that it is for.
func (e *env) github(ref github.Ref) *github.Client {
	host := cmp.Or(ref.Host, "github.com")
	c := &github.Client{BaseURL: github.APIURL(host), Transport: e.transport}
	own := strings.TrimPrefix(e.getenv("GITHUB_SERVER_URL"), "https://") // where a workflow runs
	switch {
	case host == "github.com" || host == own:
		c.Token = cmp.Or(e.getenv("GITHUB_TOKEN"), e.getenv("GH_TOKEN"))
	default:
		c.Token = e.getenv("GH_ENTERPRISE_TOKEN")
	}
	return c
}

// post brings the report to the pull request.
func (e *env) post(ctx context.Context, s *settings, c *deepreview.Change, r *deepreview.Report) error {
	posted, err := e.github(s.loaded.Ref).Post(ctx, s.loaded.Ref, c, r, nil)
	if posted != nil {
		for _, n := range posted.Notes {
			e.note(s, "%s", n)
		}
		if err == nil {
			e.note(s, "Posted to %s: %s, %d there before, %d answered as fixed, %d opened again.", cmp.Or(posted.URL, s.loaded.Ref.String()),
				count(len(posted.Commented), "new comment"), len(posted.Kept), len(posted.Fixed), len(posted.Reopened))
		}
	}
	if err != nil {
		return fmt.Errorf("--post: %w; the report is written, and posting again adds what is missing", err)
	}
	return nil
}
