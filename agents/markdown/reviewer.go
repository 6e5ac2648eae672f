package markdown

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/deepreview-go/deepreview"
)

// Reviewer is a review of the change that somebody wrote in Markdown and that is in a file or in memory. It is safe for
// concurrent use.
type Reviewer struct {
	// ID names the reviewer; empty means the name of the file without its extension, or "markdown".
	ID string
	// Path is the review, a regular file, which is read anew for each review; Data is one that is in memory and comes before Path.
	Path string
	Data []byte
	// Vendor is the maker of the model that wrote it, by whose record its severities are read; empty where not known.
	Vendor string
}

// Name returns the ID, or what stands for it.
func (r *Reviewer) Name() string {
	name := filepath.Base(r.Path)
	if r.Path == "" {
		name = "markdown"
	}
	return cmp.Or(r.ID, strings.TrimSuffix(name, filepath.Ext(name)), name)
}

// Review implements [deepreview.Reviewer]: it reads the file and parses it as [Parse] does. What a text that is no review holds after
// all, its Transcript at least, comes with the error.
func (r *Reviewer) Review(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	data, err := r.data()
	if err != nil {
		return nil, err
	}
	rev, err := parse(ctx, c, string(data))
	rev.Vendor = r.Vendor
	if err != nil {
		err = fmt.Errorf("review %s: %w", cmp.Or(r.Path, r.Name()), err)
	}
	return rev, err
}

// data returns the review's bytes, one more than are read of one that is too long.
func (r *Reviewer) data() ([]byte, error) {
	if r.Data != nil {
		return r.Data, nil
	}
	if r.Path == "" {
		return nil, errors.New("no review is given: set Path or Data")
	}
	info, err := os.Stat(r.Path)
	if err != nil {
		return nil, fmt.Errorf("review: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("review %s: it is no regular file: give the file with the review, or what it holds as Data", r.Path)
	}
	f, err := os.Open(r.Path)
	if err != nil {
		return nil, fmt.Errorf("review: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxText+1))
	if err != nil {
		return nil, fmt.Errorf("review: %w", err)
	}
	return data, nil
}
