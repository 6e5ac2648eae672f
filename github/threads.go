package github

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/report"
)

// What is resolved, outdated or one's own is known to GraphQL alone. Of a long thread come the first comment and the last fifty.
const threadsQuery = `query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      reviewThreads(first: 50, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes {
          id isResolved isOutdated path line startLine diffSide
          opening: comments(first: 1) { nodes { id body url viewerDidAuthor author { login } } }
          latest: comments(last: 50) { totalCount nodes { id body url viewerDidAuthor author { login } } }
        }
      }
    }
  }
}`

const reviewsQuery = `query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      reviews(first: 100, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes { id body url state viewerDidAuthor }
      }
    }
  }
}`

type page struct {
	HasNextPage bool   `json:"hasNextPage"`
	EndCursor   string `json:"endCursor"`
}

// comment is one comment of a thread.
type comment struct {
	ID              string `json:"id"`
	Body            string `json:"body"`
	URL             string `json:"url"`
	ViewerDidAuthor bool   `json:"viewerDidAuthor"`
	Author          *struct {
		Login string `json:"login"`
	} `json:"author"`
}

func (c comment) author() string {
	if c.Author == nil {
		return "ghost" // what GitHub calls an account that is gone
	}
	return c.Author.Login
}

// mark is the mark that the account's own comment begins with. Somebody else's has none, whatever it begins with.
func (c comment) mark() (report.Mark, bool) {
	if !c.ViewerDidAuthor {
		return report.Mark{}, false
	}
	return report.ReadMark(c.Body)
}

type comments struct {
	TotalCount int       `json:"totalCount"`
	Nodes      []comment `json:"nodes"`
}

// thread is a review thread.
type thread struct {
	ID         string   `json:"id"`
	IsResolved bool     `json:"isResolved"`
	IsOutdated bool     `json:"isOutdated"`
	Path       string   `json:"path"`
	Line       int      `json:"line"` // 0 where it is null: the lines are not there any more
	StartLine  int      `json:"startLine"`
	DiffSide   string   `json:"diffSide"`
	Opening    comments `json:"opening"`
	Latest     comments `json:"latest"`
}

// mark is that of the comment that began the thread.
func (t *thread) mark() (report.Mark, bool) {
	if len(t.Opening.Nodes) == 0 {
		return report.Mark{}, false
	}
	m, ok := t.Opening.Nodes[0].mark()
	return m, ok && m.Kind == report.MarkIssue
}

// maxPages bounds what a server can make us read.
const maxPages = 200

func (s *session) threads() ([]*thread, error) {
	var all []*thread
	err := s.pages("reading the review threads of "+s.ref.String(), threadsQuery, func(p *pullPage) page {
		all = append(all, p.ReviewThreads.Nodes...)
		return p.ReviewThreads.PageInfo
	})
	return all, err
}

// review is a review as a whole.
type review struct {
	ID              string `json:"id"`
	Body            string `json:"body"`
	URL             string `json:"url"`
	State           string `json:"state"`
	ViewerDidAuthor bool   `json:"viewerDidAuthor"`
}

// reviews are those of this account.
func (s *session) reviews() ([]review, error) {
	var own []review
	err := s.pages("reading the reviews of "+s.ref.String(), reviewsQuery, func(p *pullPage) page {
		for _, r := range p.Reviews.Nodes {
			if r.ViewerDidAuthor {
				own = append(own, r)
			}
		}
		return p.Reviews.PageInfo
	})
	return own, err
}

type pullPage struct {
	ReviewThreads struct {
		PageInfo page      `json:"pageInfo"`
		Nodes    []*thread `json:"nodes"`
	} `json:"reviewThreads"`
	Reviews struct {
		PageInfo page     `json:"pageInfo"`
		Nodes    []review `json:"nodes"`
	} `json:"reviews"`
}

func (s *session) pages(doing, query string, take func(*pullPage) page) error {
	variables := map[string]any{"owner": s.ref.Owner, "name": s.ref.Name, "number": s.ref.Number, "after": nil}
	for range maxPages {
		var answer struct {
			Repository struct {
				PullRequest *pullPage `json:"pullRequest"`
			} `json:"repository"`
		}
		if err := s.query(doing, query, variables, &answer); err != nil {
			return err
		}
		if answer.Repository.PullRequest == nil {
			return s.wrap(doing, &fault{kind: ErrNotFound})
		}
		next := take(answer.Repository.PullRequest)
		if !next.HasNextPage {
			return nil
		}
		variables["after"] = next.EndCursor
	}
	return s.wrap(doing, &fault{kind: ErrTooLarge, message: "", advice: fmt.Sprintf("there are more than %d pages of them", maxPages)})
}

// feedback are the threads that wait for an answer, but for those in which this account talks to itself.
func feedback(threads []*thread) []deepreview.Thread {
	var open []deepreview.Thread
	for _, t := range threads {
		if t.IsResolved || len(t.Opening.Nodes) == 0 {
			continue
		}
		all := t.Latest.Nodes
		if first := t.Opening.Nodes[0]; len(all) == 0 || all[0].ID != first.ID {
			all = append([]comment{first}, all...)
		}
		_, ours := t.mark()
		for _, c := range all {
			_, marked := c.mark()
			ours = ours && marked
		}
		if ours {
			continue
		}
		at := deepreview.Location{Path: t.Path, Start: max(0, t.Line), Old: t.DiffSide == "LEFT"}
		if !fs.ValidPath(t.Path) {
			at.Path = ""
		}
		if t.StartLine > 0 && t.StartLine < t.Line {
			at.Start, at.End = t.StartLine, t.Line
		}
		if at.Start == 0 {
			at.Old = false
		}
		thread := deepreview.Thread{Location: at, Author: all[0].author(), URL: all[0].URL}
		for i, c := range all {
			text := c.Body
			if _, marked := c.mark(); marked {
				_, text, _ = strings.Cut(text, "\n")
			}
			if i == 1 && t.Latest.TotalCount > len(all) {
				thread.Comments = append(thread.Comments, fmt.Sprintf("GitHub: %d comments are left out here", t.Latest.TotalCount-len(all)))
			}
			thread.Comments = append(thread.Comments, c.author()+": "+strings.TrimSpace(text))
		}
		open = append(open, thread)
	}
	return open
}
