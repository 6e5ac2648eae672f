package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	gh "github.com/google/go-github/v93/github"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/git"
)

// LoadOptions are the settings of [Client.Load]. The zero value needs no clone.
type LoadOptions struct {
	// Clone is a folder in a local clone. Where it has the pull request's commits, the change is made from it by package git,
	// with trees, blame, log and guidance. Empty, and where it has not, the change is what GitHub's API tells: diffs, no trees.
	Clone string
	// Git are the settings of [git.Load].
	Git *git.Options
	// Closed loads a closed or merged pull request, too, which is an error otherwise.
	Closed bool
}

// Pull is a pull request made ready for review.
type Pull struct {
	*deepreview.Change
	Ref Ref
	// Fork says that the head is in another repository: whoever wrote it may have no rights here. Give a review of it
	// no secrets that a file of the change could make use of.
	Fork bool
	// Draft and Labels are as GitHub has them.
	Draft  bool
	Labels []string
	// Notes say, in sentences, what of the pull request could not be had.
	Notes []string
}

const (
	maxFiles   = 3000 // how many files of a pull request the API lists, and 250 are the commits: GitHub's documentation
	maxCommits = 250
)

// plainBranch matches a branch's name that means nothing else to a shell or to git.
var plainBranch = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_./-]*$`)

// Load makes a change of a pull request: title, description, author, commits, the files with their diffs, and the open review threads
// with what was answered in them. Threads of a [Client.Post] that nobody else answered in are left out: they are no feedback.
//
// Every changed file is in the change. One whose diff GitHub does not give is unreadable, with the reason; where it does not
// even list all the files there is an ErrTooLarge, which a clone helps.
//
// The change is read-only and is to be closed; its trees work until ctx ends.
func (c *Client) Load(ctx context.Context, ref Ref, opt *LoadOptions) (*Pull, error) {
	var o LoadOptions
	if opt != nil {
		o = *opt
	}
	s, err := c.session(ctx, ref)
	if err != nil {
		return nil, err
	}
	p, err := s.pull()
	if err != nil {
		return nil, err
	}
	for range 3 {
		pull, err := s.load(p, o)
		if err != nil {
			return nil, err
		}
		// The diff is always of the branch as it is now, and the rest is of what it was before.
		again, err := s.pull()
		if err == nil && again.GetHead().GetSHA() == p.GetHead().GetSHA() && again.GetBase().GetSHA() == p.GetBase().GetSHA() {
			return pull, nil
		}
		if closing := pull.Close(); err != nil || closing != nil {
			return nil, errors.Join(err, closing)
		}
		p = again
	}
	return nil, fmt.Errorf("reading pull request %s: %w while it was read, again and again; run it again when it rests", s.ref, ErrMoved)
}

func (s *session) load(p *gh.PullRequest, o LoadOptions) (*Pull, error) {
	if p.GetState() == "closed" && !o.Closed {
		return nil, fmt.Errorf("%w: %s is %s; ask for closed ones, too, to review it all the same", ErrClosed, s.ref, closed(p))
	}
	pull := &Pull{Ref: s.ref, Draft: p.GetDraft(), Fork: fork(p)}
	for _, l := range p.Labels {
		pull.Labels = append(pull.Labels, l.GetName())
	}
	var err error
	if pull.Change, err = s.clone(p, o, pull); err != nil {
		return nil, err
	}
	if pull.Change == nil {
		if pull.Change, err = s.remote(p, pull); err != nil {
			return nil, err
		}
	}
	s.header(pull.Change, p)
	if threads, err := s.threads(); err != nil {
		if s.ctx.Err() != nil {
			return nil, errors.Join(err, pull.Close())
		}
		pull.Notes = append(pull.Notes, fmt.Sprintf("The review threads could not be read: %v.", err))
	} else {
		pull.Threads = feedback(threads)
	}
	return pull, nil
}

// fork reports whether the head is in another repository, or in one that is gone.
func fork(p *gh.PullRequest) bool {
	return p.GetHead().GetRepo().GetFullName() != p.GetBase().GetRepo().GetFullName()
}

func closed(p *gh.PullRequest) string {
	if p.GetMerged() {
		return "merged"
	}
	return "closed"
}

// clone makes the change from the local clone; nil where there is none, or where it has not got the commits.
func (s *session) clone(p *gh.PullRequest, o LoadOptions, pull *Pull) (*deepreview.Change, error) {
	const without = "so there are only diffs: no trees, no blame and no guidance"
	if o.Clone == "" {
		pull.Notes = append(pull.Notes, "No local clone was named, "+without+".")
		return nil, nil
	}
	c, err := git.Load(s.ctx, o.Clone, p.GetBase().GetSHA()+"..."+p.GetHead().GetSHA(), o.Git)
	switch {
	case err == nil:
		return c, nil
	case s.ctx.Err() != nil:
		return nil, s.ctx.Err()
	case errors.Is(err, git.ErrEmptyRange):
		return nil, fmt.Errorf("reading pull request %s: %w", s.ref, err)
	}
	why := "The local clone cannot be used (" + err.Error() + ")"
	if errors.Is(err, git.ErrRevision) || errors.Is(err, git.ErrMissing) || errors.Is(err, git.ErrNoMergeBase) {
		base := p.GetBase().GetRef()
		if !plainBranch.MatchString(base) {
			base = "BASE" // the line is there to be copied into a shell
		}
		why = fmt.Sprintf("The local clone lacks the pull request's commits (fetch them: git fetch origin %s pull/%d/head)", base, s.ref.Number)
	}
	pull.Notes = append(pull.Notes, why+", "+without+".")
	return nil, nil
}

// remote makes the change from the API.
func (s *session) remote(p *gh.PullRequest, pull *Pull) (*deepreview.Change, error) {
	doing := "reading the diff of " + s.ref.String()
	if n := p.GetChangedFiles(); n > maxFiles {
		return nil, fmt.Errorf("%s: %w: it changes %d files, of which GitHub lists %d; name a local clone that has its commits",
			doing, ErrTooLarge, n, maxFiles)
	}
	var c *deepreview.Change
	text, _, err := s.rest.PullRequests.GetRaw(s.ctx, s.ref.Owner, s.ref.Name, s.ref.Number, gh.RawOptions{Type: gh.Diff})
	switch err := s.wrap(doing, err); {
	case err == nil:
		if c, err = deepreview.ParseDiff(strings.NewReader(text)); err != nil {
			return nil, fmt.Errorf("%s: %w", doing, err)
		}
	case status(err) == http.StatusNotAcceptable:
		// Over 300 files, 20,000 lines or a megabyte GitHub gives no diff as a whole, but still that of each file.
		if c, err = s.files(p); err != nil {
			return nil, err
		}
	default:
		return nil, err
	}
	if n := p.GetChangedFiles(); n != len(c.Files) {
		pull.Notes = append(pull.Notes, fmt.Sprintf("GitHub counts %d changed files, and its diff has %d.", n, len(c.Files)))
	}
	c.Base, c.Head = p.GetBase().GetSHA(), p.GetHead().GetSHA()
	// The second page has no files: only the merge-base is wanted.
	compared, _, err := s.rest.Repositories.CompareCommits(s.ctx, s.ref.Owner, s.ref.Name, c.Base, c.Head,
		&gh.ListOptions{Page: 2, PerPage: 1})
	if id := compared.GetMergeBaseCommit().GetSHA(); err == nil && objectID(id) {
		c.Base = id
	} else if s.ctx.Err() != nil {
		return nil, s.ctx.Err()
	} else {
		pull.Notes = append(pull.Notes, "The merge-base is not known; the base is shown as the tip of its branch.")
	}
	for k, err := range s.rest.PullRequests.ListCommitsIter(s.ctx, s.ref.Owner, s.ref.Name, s.ref.Number, &gh.ListOptions{PerPage: 100}) {
		if err != nil {
			return nil, s.wrap("reading the commits of "+s.ref.String(), err)
		}
		c.Commits = append(c.Commits, commit(k))
		if len(c.Commits) == maxCommits {
			break
		}
	}
	if n := p.GetCommits(); n > len(c.Commits) {
		pull.Notes = append(pull.Notes, fmt.Sprintf("GitHub lists %d of its %d commits.", len(c.Commits), n))
	}
	return c, nil
}

func commit(k *gh.RepositoryCommit) deepreview.Commit {
	subject, body, _ := strings.Cut(k.GetCommit().GetMessage(), "\n")
	c := deepreview.Commit{ID: k.GetSHA(), Subject: strings.TrimSpace(subject), Body: strings.TrimSpace(body),
		Author: k.GetCommit().GetAuthor().GetName(), Date: k.GetCommit().GetAuthor().GetDate().UTC()}
	for _, parent := range k.Parents {
		c.Parents = append(c.Parents, parent.GetSHA())
	}
	return c
}

// header fills in what the pull request says about itself.
func (s *session) header(c *deepreview.Change, p *gh.PullRequest) {
	c.Title, c.Description, c.Author = p.GetTitle(), p.GetBody(), p.GetUser().GetLogin()
	c.Branch = p.GetHead().GetRef()
	c.Range = p.GetBase().GetRef() + "..." + c.Branch
	if owner, _, ok := strings.Cut(p.GetHead().GetLabel(), ":"); ok && fork(p) {
		c.Branch = owner + ":" + c.Branch
	}
	c.PullRequest = &deepreview.PullRequest{Number: s.ref.Number, Title: c.Title}
	pages, err := url.Parse(p.GetBase().GetRepo().GetHTMLURL())
	if err != nil || pages.Host == "" || pages.Scheme != "https" && pages.Scheme != "http" {
		c.Repository = s.ref.Owner + "/" + s.ref.Name
		return
	}
	root := pages.Scheme + "://" + pages.Host + "/" + s.ref.Owner + "/" + s.ref.Name
	c.Repository = pages.Host + "/" + s.ref.Owner + "/" + s.ref.Name
	c.PullRequest.URL = fmt.Sprintf("%s/pull/%d", root, s.ref.Number)
	c.CommitURL, c.FileURL = root+"/commit/{commit}", root+"/blob/{commit}/{path}#L{start}-L{end}"
}
