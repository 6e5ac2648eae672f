package history

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/deepreview-go/deepreview"
)

const resolutionsFile = "resolutions.json"

// Resolutions returns what people decided, in the order they did; of several about one issue the last one is kept.
func (s *Store) Resolutions() ([]deepreview.Resolution, error) {
	var doc struct {
		Resolutions []deepreview.Resolution `json:"resolutions"`
	}
	if err := s.read(resolutionsFile, &doc); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return doc.Resolutions, nil
}

// Resolve keeps decisions. One about an issue that was decided about before takes the place of that.
func (s *Store) Resolve(ctx context.Context, decisions ...deepreview.Resolution) error {
	return s.amend(ctx, func(all []deepreview.Resolution) []deepreview.Resolution {
		for _, d := range decisions {
			all = slices.DeleteFunc(all, func(r deepreview.Resolution) bool { return r.Issue == d.Issue })
			all = append(all, d)
		}
		return all
	})
}

// Reopen takes back what was decided about the issues.
func (s *Store) Reopen(ctx context.Context, issues ...string) error {
	return s.amend(ctx, func(all []deepreview.Resolution) []deepreview.Resolution {
		return slices.DeleteFunc(all, func(r deepreview.Resolution) bool { return slices.Contains(issues, r.Issue) })
	})
}

func (s *Store) amend(ctx context.Context, change func([]deepreview.Resolution) []deepreview.Resolution) error {
	return s.briefly(ctx, func() error {
		all, err := s.Resolutions()
		if err != nil {
			return err
		}
		return s.write(resolutionsFile, map[string]any{"resolutions": change(all)})
	})
}

// Found is an issue of a series' newest round.
type Found struct {
	Series *Series
	Round  int
	Issue  *deepreview.Issue
}

// Newest returns the series whose newest round is the latest of all; nil where there is none.
func (s *Store) Newest() (*Series, error) {
	all, err := s.All()
	if err != nil {
		return nil, err
	}
	var newest *Series
	var date time.Time
	for _, se := range all {
		last, err := se.newest()
		if err != nil {
			return nil, err
		}
		if newest == nil || last.Round.Date.After(date) {
			newest, date = se, last.Round.Date
		}
	}
	return newest, nil
}

// Find returns the issue that name means: its number ("I1") in the newest round of all, or its ID, or the beginning of one, in the newest
// round of any series. It fails with [ErrUnknown], also where several begin so.
func (s *Store) Find(name string) (*Found, error) {
	newest, err := s.Newest()
	if err != nil {
		return nil, err
	}
	if newest == nil {
		return nil, fmt.Errorf("issue %s: %w: there is no round yet in %s", name, ErrUnknown, s.dir)
	}
	last, err := newest.newest()
	if err != nil {
		return nil, err
	}
	for _, is := range last.Round.Issues {
		if strings.EqualFold(is.Number, name) && is.Status != deepreview.StatusFixed {
			if r, err := newest.Report(last.Round.Number); err == nil && !numbered(r, is) {
				continue // the number is one of an earlier report
			}
			return &Found{newest, last.Round.Number, is}, nil
		}
	}
	all, err := s.All()
	if err != nil {
		return nil, err
	}
	var found []*Found
	for _, se := range all {
		k, err := se.newest()
		if err != nil {
			return nil, err
		}
		for _, is := range k.Round.Issues {
			if len(name) >= 4 && strings.HasPrefix(is.ID, strings.ToLower(name)) &&
				!slices.ContainsFunc(found, func(f *Found) bool { return f.Issue.ID == is.ID }) {
				found = append(found, &Found{se, k.Round.Number, is})
			}
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, fmt.Errorf("issue %s: %w: it is no number of round %d of %s, and no ID", name, ErrUnknown, last.Round.Number, newest.name)
	}
	return nil, fmt.Errorf("issue %s: %w: %d issues begin so; give more of the ID", name, ErrUnknown, len(found))
}

// numbered reports whether the issue has its number from r.
func numbered(r *deepreview.Report, is *deepreview.Issue) bool {
	return slices.ContainsFunc(r.Issues, func(x *deepreview.Issue) bool { return x.ID == is.ID })
}
