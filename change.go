package deepreview

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"iter"
	"slices"
	"strings"
	"time"
)

// Change is what is reviewed: the files of a diff with, where known, the commits, the trees on both sides and
// the guidance that holds there. Loaders make it ([ParseDiff], package git); every reviewer of a [Run] shares it,
// so it is read-only from then on, and all of its funcs and trees are safe for concurrent use.
//
// Everything in it is foreign text, written by whoever wrote the change.
type Change struct {
	Header

	// Files are the changed files in the order of the diff. No two have the same Path.
	Files []*File
	// Guidance are the repository's own rules for reviewers, from the base revision only: a change
	// cannot steer its own review.
	Guidance []Guidance
	// Threads are the open review threads of a pull request.
	Threads []Thread
	// Previous is the round before this one; nil on the first.
	Previous *Round

	// Tree and BaseTree are the whole repository at the head revision and at the merge-base; nil where only a
	// diff is known.
	Tree, BaseTree fs.FS
	// Blame says which commit last touched each line of a file at head; nil where unknown.
	Blame func(ctx context.Context, path string, start, end int) ([]BlameLine, error)
	// Log returns at most n commits that touched path, newest first, beginning at head; nil where unknown.
	Log func(ctx context.Context, path string, n int) ([]Commit, error)

	// Closer ends what Tree, BaseTree, Blame and Log stand on; nil where there is nothing to end.
	Closer io.Closer
}

// Close ends what the change's trees and funcs stand on. It may be called more than once.
func (c *Change) Close() error {
	if c.Closer == nil {
		return nil
	}
	return c.Closer.Close()
}

// Header is what a report says about a change: where it is from and who made it. Every field may be empty.
type Header struct {
	// Repository is a name for a reader: "github.com/owner/name", or the folder's name.
	Repository string `json:"repository,omitempty"`
	// Title is one line: a pull request's title, or the subject of the only commit.
	Title string `json:"title,omitempty"`
	// Description is what the author says about the change, in Markdown.
	Description string `json:"description,omitempty"`
	Author      string `json:"author,omitempty"`
	Branch      string `json:"branch,omitempty"`
	// Range is what was asked for, as the user wrote it: "main...HEAD".
	Range string `json:"range,omitempty"`
	// Base and Head are full object ids: of the merge-base (or of the tree compared with), and of the head.
	Base string `json:"base,omitempty"`
	Head string `json:"head,omitempty"`
	// Round counts the reviews of this change from 1; 0 means not known.
	Round       int          `json:"round,omitzero"`
	PullRequest *PullRequest `json:"pull_request,omitempty"`
	// Commits are those of the range, oldest first.
	Commits []Commit `json:"commits,omitempty"`
	// Excluded are the changed files that the user left out of the review; see [Change.Select].
	Excluded []string `json:"excluded,omitempty"`
	// CommitURL and FileURL are templates for links to the forge; empty where it is not known.
	// CommitURL has {commit}; FileURL has {commit}, {path}, {start} and {end}.
	CommitURL string `json:"commit_url,omitempty"`
	FileURL   string `json:"file_url,omitempty"`
}

// PullRequest names a pull or merge request.
type PullRequest struct {
	Number int    `json:"number"`
	Title  string `json:"title,omitempty"`
	URL    string `json:"url,omitempty"`
}

// Commit is one commit of a change.
type Commit struct {
	// ID is the full object id.
	ID      string    `json:"id"`
	Subject string    `json:"subject,omitempty"`
	Body    string    `json:"body,omitempty"`
	Author  string    `json:"author,omitempty"`
	Date    time.Time `json:"date,omitzero"`
	// Parents are full object ids; a merge has more than one.
	Parents []string `json:"parents,omitempty"`
}

// Short returns the first seven characters of the commit's ID, as git shows it.
func (c Commit) Short() string { return c.ID[:min(7, len(c.ID))] }

// Guidance is a text of rules that holds for the files below Dir.
type Guidance struct {
	// Path is where the text stands: "AGENTS.md"; Dir is the folder that it holds for, "." for all.
	Path, Dir string
	Text      string
}

// Thread is an open review thread of a pull request.
type Thread struct {
	Location Location `json:"location"`
	Author   string   `json:"author,omitempty"`
	URL      string   `json:"url,omitempty"`
	// Comments are in the order written, each "author: text".
	Comments []string `json:"comments,omitempty"`
}

// BlameLine is one line of a file at head with the commit that last touched it.
type BlameLine struct {
	Line   int
	Text   string
	Commit string
	Author string
	Date   time.Time
	// InChange says that the commit is part of the change, so that the line is new in it.
	InChange bool
}

// FileStatus is what happened to a file.
type FileStatus string

// The statuses a file of a change can have.
const (
	FileAdded       FileStatus = "added"
	FileModified    FileStatus = "modified"
	FileDeleted     FileStatus = "deleted"
	FileRenamed     FileStatus = "renamed"
	FileCopied      FileStatus = "copied"
	FileTypeChanged FileStatus = "type changed" // a file became a symbolic link, or the like
)

// FileMode is a file's mode as git writes it, in octal: 0100644. 0 means absent or not known.
type FileMode uint32

// The modes git knows.
const (
	ModeRegular    FileMode = 0o100644
	ModeExecutable FileMode = 0o100755
	ModeSymlink    FileMode = 0o120000
	ModeSubmodule  FileMode = 0o160000
)

// String returns the six octal digits git writes.
func (m FileMode) String() string { return fmt.Sprintf("%06o", uint32(m)) }

// File is one changed file.
type File struct {
	// Path is the file's name after the change, or before it for a deleted file. It satisfies
	// [fs.ValidPath], unless Unreadable says that the name does not.
	Path string
	// OldPath is the name before the change where it differs (renamed, copied); else empty.
	OldPath string
	Status  FileStatus
	// OldMode and NewMode are 0 on the side where the file is absent, and where the diff does not say.
	OldMode, NewMode FileMode
	// OldID and NewID are blob ids as the diff has them, abbreviated perhaps; empty where not known.
	OldID, NewID string
	// Binary says that there is no text diff. Hunks is empty then.
	Binary bool
	// Hunks are the changed places in order. They do not overlap on either side.
	Hunks []*Hunk
	// Added and Deleted count lines.
	Added, Deleted int
	// LFS says that the content is a pointer to a large file kept elsewhere: the diff shows the pointer only.
	LFS bool
	// Unreadable says why this file's content cannot be reviewed: "name is not valid UTF-8". Empty if it can.
	// Its coverage is then unreviewed, with this reason.
	Unreadable string
}

// Symlink reports whether the file is a symbolic link after the change, or was one before its deletion.
func (f *File) Symlink() bool { return cmp.Or(f.NewMode, f.OldMode) == ModeSymlink }

// Submodule reports whether the entry is a submodule after the change, or was one before its deletion.
func (f *File) Submodule() bool { return cmp.Or(f.NewMode, f.OldMode) == ModeSubmodule }

// Before returns the file's name before the change; empty for an added file.
func (f *File) Before() string {
	if f.Status == FileAdded {
		return ""
	}
	return cmp.Or(f.OldPath, f.Path)
}

// Hunk is one changed place of a file.
type Hunk struct {
	// OldStart and NewStart count lines from 1; they are as the diff has them, so 0 for an empty side.
	OldStart, OldLines int
	NewStart, NewLines int
	// Section is the text after the second @@: usually the enclosing function.
	Section string
	// Body is the hunk's text verbatim: lines beginning with ' ', '+', '-', or '\' for
	// "\ No newline at end of file", each ending in "\n". Carriage returns are kept.
	Body string
}

// Op says which side a diff line stands on.
type Op byte

// The three kinds of line in a hunk.
const (
	OpContext Op = ' '
	OpAdd     Op = '+'
	OpDelete  Op = '-'
)

// Line is one line of a hunk.
type Line struct {
	Op Op
	// Old and New are the line's numbers on either side, counted from 1; 0 where it is absent.
	Old, New int
	// Text is the line without its op and line feed. A carriage return is kept.
	Text string
	// NoEOL says that no newline follows: it is the last line of its file.
	NoEOL bool
}

// Lines yields the hunk's lines in order, without the "\ No newline at end of file" markers.
func (h *Hunk) Lines() iter.Seq[Line] {
	return func(yield func(Line) bool) {
		oldLine, newLine := h.OldStart, h.NewStart
		rest := h.Body
		for rest != "" {
			text, after, _ := strings.Cut(rest, "\n")
			rest = after
			if text == "" {
				text = " " // some tools trim the op of an empty context line
			}
			l := Line{Op: Op(text[0]), Text: text[1:], NoEOL: strings.HasPrefix(rest, `\`)}
			switch l.Op {
			case OpAdd:
				l.New = newLine
				newLine++
			case OpDelete:
				l.Old = oldLine
				oldLine++
			case OpContext:
				l.Old, l.New = oldLine, newLine
				oldLine++
				newLine++
			default:
				continue
			}
			if !yield(l) {
				return
			}
		}
	}
}

// File returns the changed file whose name after the change (or before it, if deleted) is path; nil if there is none.
func (c *Change) File(path string) *File {
	for _, f := range c.Files {
		if f.Path == path {
			return f
		}
	}
	return nil
}

// Fingerprint identifies what the change does: equal for equal names, modes and changed lines, whatever the
// amount of context, the order of files or the commits that led there. It is 64 hexadecimal digits (SHA-256).
// A recorded review carries it, so that it cannot be replayed over another change.
func (c *Change) Fingerprint() string {
	files := slices.SortedFunc(slices.Values(c.Files), func(a, b *File) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.OldPath, b.OldPath))
	})
	h := sha256.New()
	for _, f := range files {
		hashString(h, "file", f.Path, f.OldPath, string(f.Status))
		if f.OldMode != f.NewMode {
			// Equal modes are left out: a plain diff does not state them.
			hashString(h, "mode", f.OldMode.String(), f.NewMode.String())
		}
		if f.Binary {
			// Abbreviated ids differ in length from one git to the next; seven digits are always there.
			hashString(h, "binary", f.OldID[:min(7, len(f.OldID))], f.NewID[:min(7, len(f.NewID))])
		}
		for _, hunk := range f.Hunks {
			for l := range hunk.Lines() {
				if l.Op != OpContext {
					hashLine(h, l)
				}
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// hashString writes each string with its length, so that no two lists of strings write the same bytes.
func hashString(h hash.Hash, parts ...string) {
	var n [8]byte
	for _, p := range parts {
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		io.WriteString(h, p)
	}
}

func hashLine(h hash.Hash, l Line) {
	var b [18]byte
	b[0] = byte(l.Op)
	if l.NoEOL {
		b[1] = 1
	}
	binary.BigEndian.PutUint64(b[2:], uint64(l.Old))
	binary.BigEndian.PutUint64(b[10:], uint64(l.New))
	h.Write(b[:])
	hashString(h, l.Text)
}

// claimDigest identifies the words and places of a claim.
func claimDigest(f *Finding) string {
	h := sha256.New()
	hashString(h, f.Title, f.Detail, f.Impact, f.Quote, string(f.Category))
	for _, l := range f.Locations {
		hashString(h, l.String())
	}
	return hex.EncodeToString(h.Sum(nil))
}
