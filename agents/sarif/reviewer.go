package sarif

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/deepreview-go/deepreview"
)

// Reviewer is what linters wrote down of the change's head revision. Give each tool's report a Reviewer of its own: what one report
// holds is one review, and one vote. It is safe for concurrent use.
type Reviewer struct {
	// ID names the reviewer; empty means the name of the file without its extension, or "linter".
	ID string
	// Path is the report, a regular file, which is read anew for each review; Data is one that is in memory and comes before Path.
	Path string
	Data []byte
}

// Name returns the ID, or what stands for it.
func (r *Reviewer) Name() string {
	if r.ID != "" {
		return r.ID
	}
	name := strings.TrimSuffix(filepath.Base(r.Path), filepath.Ext(r.Path))
	if r.Path == "" {
		return "linter"
	}
	return slug(name)
}

// Review reads the report and returns its results on c.
//
// A result is a finding if its problem is in a changed file, on whatever line, or in no file; see the package for the
// others. An absolute path is taken to lead into the repository where a folder the report names, or the one that explains the most of its
// paths, is the root; else the longest of its ends that is a file of the change or its tree. Of a path that is only short,
// or leads out of its folder with "..", there is the one changed file that it ends. What leads nowhere in the
// repository stands in the text as it was given, and is not opened.
//
// Fixes are edits of whole lines where the tree is known, nothing shows that the tool saw another text, and the place exists;
// prose otherwise. Only the first of several is an edit, since they are alternatives.
//
// Changed files that the tool says it analysed, or has results in, are scanned, never read. Those it could not parse or left out are
// unreviewed; nothing is stated of others, and nothing is called clean of a run that failed.
//
// The error wraps [deepreview.ErrBadAnswer] where the report is broken, and says so where the tool itself failed; the review
// then holds what there is. Lists are bounded: 100,000 results of at most 64 MB are read, and the 500 worst on the change are findings.
func (r *Reviewer) Review(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	name := r.Path
	if r.Data != nil {
		name = r.Name()
	}
	data, err := r.data()
	if err != nil {
		return nil, err
	}
	deepreview.Progress(ctx, "reading the report "+name)
	runs, err := read(ctx, data)
	if err == nil && len(runs) == 0 {
		err = fmt.Errorf("%w: there is no run in it: did the tool come to its end?", deepreview.ErrBadAnswer)
	}
	if err == nil {
		err = failure(runs)
	}
	if err != nil {
		err = fmt.Errorf("report %s: %w", name, err)
	}
	if stop := ctx.Err(); stop != nil {
		return nil, stop
	}
	if len(runs) == 0 {
		return nil, err
	}
	if err != nil { // what was not read may be about any file
		for _, x := range runs {
			x.partial = x.partial || errors.Is(err, deepreview.ErrBadAnswer)
		}
	}
	rev := newReport(c, runs).review()
	return rev, errors.Join(err, ctx.Err())
}

// data returns the report's bytes.
func (r *Reviewer) data() ([]byte, error) {
	if r.Data != nil {
		return r.Data, nil
	}
	if r.Path == "" {
		return nil, errors.New("no report is given: set Path or Data")
	}
	info, err := os.Stat(r.Path)
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("report %s: it is no regular file: give the file that the tool writes, or what it holds as Data", r.Path)
	}
	f, err := os.Open(r.Path)
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	defer f.Close()
	var b bytes.Buffer
	if _, err := io.Copy(&b, io.LimitReader(f, inputMost+1)); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	return b.Bytes(), nil // of a longer one too much to be taken
}
