package git

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/deepreview-go/deepreview"
)

// maxBlame is the size of a file, in bytes, from which its lines are not traced.
const maxBlame = 8 << 20

// history answers who wrote the lines of a change's files.
type history struct {
	r    *repository
	tree *Tree
	// head is the commit to begin at; uncommitted is the one made for what is not committed, empty if there is none.
	head, uncommitted string
	inChange          map[string]bool
}

func newHistory(r *repository, tree *Tree, head, uncommitted string, commits []deepreview.Commit) *history {
	h := &history{r: r, tree: tree, head: head, uncommitted: uncommitted, inChange: map[string]bool{}}
	for _, c := range commits {
		h.inChange[c.ID] = true
	}
	if uncommitted != "" {
		h.inChange[uncommitted] = true
	}
	return h
}

// blame is [deepreview.Change.Blame]: lines start to end, counted from 1, both included. An end beyond the last line
// means the last line.
func (h *history) blame(ctx context.Context, path string, start, end int) ([]deepreview.BlameLine, error) {
	fail := func(err error) ([]deepreview.BlameLine, error) {
		return nil, &fs.PathError{Op: "blame", Path: path, Err: err}
	}
	if start < 1 || end < start {
		return fail(fmt.Errorf("lines %d to %d: %w; lines count from 1", start, end, fs.ErrInvalid))
	}
	n, err := h.tree.find("blame", path)
	switch {
	case err != nil:
		return nil, err
	case n.dir:
		return fail(errFolder)
	case n.size > maxBlame:
		return fail(fmt.Errorf("%w: it has %s, and the limit is %s", ErrTooLarge, size(n.size), size(maxBlame)))
	}
	out, err := h.r.output(ctx, maxListing, h.r.shadowed("blame", "--porcelain", "--no-textconv", "--no-ignore-revs-file", "--no-color-lines",
		"-L", fmt.Sprintf("%d,%d", start, end), h.head, "--", path))
	if said(err, "has only") {
		return fail(fmt.Errorf("line %d: %w; the file ends before it", start, fs.ErrInvalid))
	}
	if err != nil {
		return fail(h.r.missing(err))
	}
	lines, err := parseBlame(string(out), len(h.r.emptyTree()))
	if err != nil {
		return fail(err)
	}
	for i := range lines {
		l := &lines[i]
		l.InChange = h.inChange[l.Commit]
		if l.Commit == h.uncommitted {
			l.Commit, l.Author, l.Date = "", "", time.Time{}
		}
	}
	return lines, nil
}

// parseBlame reads what git blame --porcelain writes, with ids of the given length.
func parseBlame(out string, idLength int) ([]deepreview.BlameLine, error) {
	type author struct {
		name string
		date time.Time
	}
	known := map[string]*author{}
	var lines []deepreview.BlameLine
	for out != "" {
		var head string
		head, out, _ = strings.Cut(out, "\n")
		fields := strings.Fields(head)
		if len(fields) < 3 || len(fields[0]) != idLength {
			return nil, fmt.Errorf("git blame wrote what begins no line: %q", printable(head, 100))
		}
		number, err := strconv.Atoi(fields[2])
		if err != nil || number < 1 {
			return nil, fmt.Errorf("git blame wrote a line number that is none: %q", printable(head, 100))
		}
		id := fields[0]
		if known[id] == nil {
			known[id] = new(author)
		}
		for {
			var line string
			var ok bool
			if line, out, ok = strings.Cut(out, "\n"); !ok {
				return nil, errors.New("git blame ended in the middle of a line")
			}
			if text, isText := strings.CutPrefix(line, "\t"); isText {
				a := known[id]
				lines = append(lines, deepreview.BlameLine{Line: number, Text: validText(text), Commit: id, Author: a.name, Date: a.date})
				break
			}
			key, value, _ := strings.Cut(line, " ")
			switch key {
			case "author":
				known[id].name = validText(value)
			case "author-time":
				// A time that cannot be read is left out: anyone can write any into a commit.
				if seconds, err := strconv.ParseInt(value, 10, 64); err == nil {
					known[id].date = time.Unix(seconds, 0).UTC()
				}
			case "author-tz":
				if zone, err := time.Parse("-0700", value); err == nil && !known[id].date.IsZero() {
					_, offset := zone.Zone()
					known[id].date = known[id].date.In(time.FixedZone("", offset))
				}
			}
		}
	}
	return lines, nil
}
