package git

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/deepreview-go/deepreview"
)

// commitFormat has git write what parseCommits reads: four lines, the subject as one line, the body.
const commitFormat = "--format=%H%n%P%n%an%n%aI%n%s%n%b"

// maxHistory bounds what log and rev-list may write.
const maxHistory = 256 << 20

// commits returns the commits of a range, oldest first, and the ids of all of them.
func (r *repository) commits(ctx context.Context, base, head string, most int) ([]deepreview.Commit, error) {
	if head == "" {
		return nil, nil
	}
	args := []string{"log", "-z", "--topo-order", "--no-color", "--no-decorate", "--no-notes", "--no-mailmap", "--no-show-signature",
		"--encoding=UTF-8", "-n", strconv.Itoa(most + 1), commitFormat, head}
	if base != "" {
		args = append(args, "^"+base)
	}
	out, err := r.output(ctx, maxHistory, r.shadowed(append(args, "--")...))
	if err != nil {
		return nil, r.missing(err)
	}
	list, err := r.parseCommits(string(out))
	if err != nil {
		return nil, err
	}
	if len(list) > most {
		return nil, fmt.Errorf("%w: the range has more than %d commits; review a shorter one, or raise MaxCommits", ErrTooLarge, most)
	}
	slices.Reverse(list)
	return list, nil
}

// parseCommits reads what git log -z writes in commitFormat.
func (r *repository) parseCommits(out string) ([]deepreview.Commit, error) {
	var list []deepreview.Commit
	for record := range strings.SplitSeq(out, "\x00") {
		if record == "" {
			continue
		}
		parts := strings.SplitN(record, "\n", 6)
		if len(parts) != 6 || !r.objectID(parts[0]) {
			return nil, fmt.Errorf("git log wrote what is no commit: %q", printable(record, 100))
		}
		c := deepreview.Commit{
			ID:      parts[0],
			Author:  validText(parts[2]),
			Subject: validText(parts[4]),
			Body:    strings.TrimSpace(validText(parts[5])),
			Parents: strings.Fields(parts[1]),
		}
		if !allObjectIDs(r, c.Parents) {
			return nil, fmt.Errorf("git log gave commit %s parents that are no ids", c.ID)
		}
		// A date that cannot be read is left out: anyone can write any into a commit.
		c.Date, _ = time.Parse(time.RFC3339, parts[3])
		list = append(list, c)
	}
	return list, nil
}

func allObjectIDs(r *repository, ids []string) bool {
	return !slices.ContainsFunc(ids, func(id string) bool { return !r.objectID(id) })
}

// validText returns foreign text as valid UTF-8.
func validText(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// log is [deepreview.Change.Log]. It follows the file over renames.
func (r *repository) log(ctx context.Context, head, path string, n int) ([]deepreview.Commit, error) {
	if !fs.ValidPath(path) || path == "." {
		return nil, &fs.PathError{Op: "log", Path: path, Err: fs.ErrInvalid}
	}
	if n <= 0 || head == "" {
		return nil, nil
	}
	out, err := r.output(ctx, maxHistory, r.shadowed("log", "-z", "--follow", "--no-color", "--no-decorate", "--no-notes", "--no-mailmap",
		"--no-show-signature", "--no-ext-diff", "--no-textconv", "--encoding=UTF-8", "-n", strconv.Itoa(n), commitFormat, head, "--", path))
	if err != nil {
		return nil, r.missing(err)
	}
	return r.parseCommits(string(out))
}

// authors names those who wrote the commits, in the order of their first one.
func authors(commits []deepreview.Commit) string {
	var names []string
	for _, c := range commits {
		if name := cmp.Or(c.Author, "unknown"); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) > 3 {
		return fmt.Sprintf("%s and %d others", strings.Join(names[:2], ", "), len(names)-2)
	}
	return strings.Join(names, ", ")
}
