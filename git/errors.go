package git

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// What a caller can branch on. Each comes wrapped in a sentence that says to what it happened and what to do.
var (
	// ErrNoGit means that there is no git to run, or one that is too old.
	ErrNoGit = errors.New("git 2.39 or later is needed")
	// ErrNotRepository means that the folder is in no git repository.
	ErrNotRepository = errors.New("not a git repository")
	// ErrOwnership means that the repository belongs to someone else and git refuses it.
	ErrOwnership = errors.New("the repository belongs to another user")
	// ErrRevision means that a revision is malformed, unknown, or names more than one thing.
	ErrRevision = errors.New("no such revision")
	// ErrNoCommits means that the branch has no commits yet.
	ErrNoCommits = errors.New("no commits yet")
	// ErrNoMergeBase means that the two sides of a range have no common ancestor.
	ErrNoMergeBase = errors.New("no common ancestor")
	// ErrEmptyRange means that there is nothing to review: the two sides do not differ.
	ErrEmptyRange = errors.New("nothing to review")
	// ErrMissing means that an object is not in this clone, which is shallow, partial or damaged.
	ErrMissing = errors.New("object is not in this clone")
	// ErrTooLarge means that a limit of [Options] was reached.
	ErrTooLarge = errors.New("too large")
)

// commandError is a git command that ended with an error.
type commandError struct {
	command string // "diff-tree"
	code    int    // exit status; -1 where it was killed or not started
	stderr  string // bounded, printable
	err     error
}

func (e *commandError) Error() string {
	if e.stderr == "" {
		return fmt.Sprintf("git %s: %v", e.command, e.err)
	}
	return fmt.Sprintf("git %s: %s", e.command, e.stderr)
}

func (e *commandError) Unwrap() error { return e.err }

// said reports whether err is of a git command whose messages hold text.
func said(err error, text string) bool {
	var ce *commandError
	return errors.As(err, &ce) && strings.Contains(ce.stderr, text)
}

// exited reports whether err is of a git command that ended by itself with the exit status code.
func exited(err error, code int) bool {
	var ce *commandError
	return errors.As(err, &ce) && ce.code == code
}

// printable returns foreign text as one line that can be put into a message: no control characters, nothing
// that turns the direction of writing, valid UTF-8, at most limit bytes.
func printable(s string, limit int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	var b strings.Builder
	space := false
	for _, r := range s {
		switch {
		case r == '\n' || r == '\t' || r == ' ':
			space = b.Len() > 0
			continue
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			r = '\uFFFD'
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		if b.Len()+4 > limit {
			b.WriteString("…")
			break
		}
		b.WriteRune(r)
	}
	return b.String()
}
