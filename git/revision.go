package git

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// revisionRange is what a user asked for, as text.
type revisionRange struct {
	// left and right are revisions; empty on one side of the dots means HEAD.
	left, right string
	// dots is "...", ".." or empty for a single revision, which is left.
	dots string
}

// parseRange splits a range at its dots. Those inside braces belong to a revision: HEAD^{/see a..b}.
func parseRange(s string) revisionRange {
	if strings.HasPrefix(s, ":/") {
		return revisionRange{left: s}
	}
	depth := 0
	for i := range len(s) {
		switch {
		case s[i] == '{':
			depth++
		case s[i] == '}' && depth > 0:
			depth--
		case depth == 0 && strings.HasPrefix(s[i:], "..."):
			return revisionRange{s[:i], s[i+3:], "..."}
		case depth == 0 && strings.HasPrefix(s[i:], ".."):
			return revisionRange{s[:i], s[i+2:], ".."}
		}
	}
	return revisionRange{left: s}
}

// resolve returns the id of the commit that revision names. Nothing after it is told the revision's text.
func (r *repository) resolve(ctx context.Context, revision string) (string, error) {
	shown := printable(revision, 200)
	switch {
	case revision == "":
		return "", fmt.Errorf("%w: it is empty", ErrRevision)
	case strings.HasPrefix(revision, "-"):
		return "", fmt.Errorf("%w: %q begins with a hyphen, which no name can", ErrRevision, shown)
	case strings.HasPrefix(revision, "^"), parseRange(revision).dots != "":
		return "", fmt.Errorf("%w: %q is no single revision; ranges are A..B and A...B", ErrRevision, shown)
	case len(revision) > 4096, strings.ContainsFunc(revision, unicode.IsControl):
		return "", fmt.Errorf("%w: %q is too long or has control characters", ErrRevision, shown)
	}
	name := revision + "^{commit}"
	if strings.HasPrefix(revision, ":/") {
		name = revision // all of it is the text to search messages for; what is found is a commit
	}
	out, warnings, err := r.realMessages(ctx, "rev-parse", "--verify", "--end-of-options", name)
	id := strings.TrimSuffix(string(out), "\n")
	switch {
	case err == nil && strings.Contains(warnings, "is ambiguous"):
		// git takes the tag and goes on. Someone who can push a tag could so choose what is reviewed.
		return "", fmt.Errorf("%w: %q names several things; write one out, such as refs/heads/%s", ErrRevision, shown, shown)
	case err == nil && r.objectID(id):
		return id, nil
	case err == nil:
		return "", fmt.Errorf("%w: %q gave %q and not one commit", ErrRevision, shown, printable(id, 200))
	case ctx.Err() != nil:
		return "", err
	case said(err, "is ambiguous"):
		return "", fmt.Errorf("%w: %q fits several objects; write more digits of it (%w)", ErrRevision, shown, err)
	case revision == "HEAD":
		if r.unborn(ctx) {
			return "", fmt.Errorf("%w on branch %s; commit first, or review what is staged or in the working tree", ErrNoCommits, printable(r.branch, 200))
		}
	}
	if said(err, "packed-refs") {
		return "", fmt.Errorf("the names in %s are damaged: %w; git fsck says more, and a new clone mends it", r.commonDir, err)
	}
	if r.dangling(ctx, revision) || said(err, "is corrupt") || said(err, "could not parse") || said(err, "does not match index") {
		return "", r.missingObject(err)
	}
	hint := "list the names with git branch --all and git tag"
	if r.shallow || r.partial {
		hint += "; this clone is not whole, so fetch it first if it exists elsewhere"
	}
	return "", fmt.Errorf("%w: %q (%w); %s", ErrRevision, shown, err, hint)
}

// dangling reports whether revision is, or begins with, a name, and no id, for an object that is not in the clone.
func (r *repository) dangling(ctx context.Context, revision string) bool {
	if i := strings.IndexAny(revision, "~^"); i > 0 {
		revision = revision[:i]
	}
	out, err := r.real(ctx, "rev-parse", "--verify", "-q", "--end-of-options", revision)
	id := strings.TrimSuffix(string(out), "\n")
	if err != nil || !r.objectID(id) || strings.EqualFold(id, revision) {
		return false
	}
	_, err = r.output(ctx, maxConfig, r.shadowed("cat-file", "-e", id))
	return err != nil
}

// unborn reports whether HEAD names a branch that has no commit yet.
func (r *repository) unborn(ctx context.Context) bool {
	if r.branch == "" {
		return false
	}
	_, err := r.real(ctx, "rev-parse", "--verify", "-q", "--end-of-options", "refs/heads/"+r.branch)
	return exited(err, 1)
}

// branchOf returns the short name of the branch that revision names; empty if it names something else.
func (r *repository) branchOf(ctx context.Context, revision string) string {
	if revision == "HEAD" || revision == "@" {
		return r.branch
	}
	out, err := r.real(ctx, "rev-parse", "--symbolic-full-name", "--verify", "-q", "--end-of-options", revision)
	if err != nil {
		return ""
	}
	if name, ok := strings.CutPrefix(strings.TrimSuffix(string(out), "\n"), "refs/heads/"); ok {
		return name
	}
	return ""
}

// sides is the two ends of a change, resolved.
type sides struct {
	// base is the commit compared with, empty for none; head is the commit reviewed, empty where there is none yet.
	base, head string
	// shown is the range as the user wrote it, or as the default has it; headName is the text that named head.
	shown, headName string
}

// committed resolves a range of commits.
func (r *repository) committed(ctx context.Context, revisions string) (sides, error) {
	if revisions == "" {
		return r.defaultRange(ctx)
	}
	rg := parseRange(revisions)
	s := sides{shown: revisions}
	if rg.dots == "" {
		return r.single(ctx, s, rg.left)
	}
	left, right := orHead(rg.left), orHead(rg.right)
	a, err := r.resolve(ctx, left)
	if err != nil {
		return s, err
	}
	b, err := r.resolve(ctx, right)
	if err != nil {
		return s, err
	}
	s.head, s.headName, s.base = b, right, a
	if rg.dots == "..." {
		s.base, err = r.mergeBase(ctx, a, b, left, right)
	}
	return s, err
}

func orHead(revision string) string {
	if revision == "" {
		return "HEAD"
	}
	return revision
}

// single resolves one commit, which is compared with its first parent, or with nothing if it has none.
func (r *repository) single(ctx context.Context, s sides, revision string) (sides, error) {
	var err error
	if s.head, err = r.resolve(ctx, revision); err != nil {
		return s, err
	}
	s.headName = revision
	parents, err := r.parents(ctx, s.head)
	if err != nil || len(parents) == 0 {
		return s, err
	}
	s.base = parents[0]
	return s, r.present(ctx, s.base, "the parent of "+printable(revision, 200))
}

// parents reads the parents of a commit from the commit itself: log would leave those out that a shallow clone
// has not, and the whole tree would then count as new.
func (r *repository) parents(ctx context.Context, commit string) ([]string, error) {
	out, err := r.output(ctx, maxConfig, r.shadowed("cat-file", "commit", commit))
	if err != nil {
		return nil, r.missing(err)
	}
	var parents []string
	for line := range strings.Lines(string(out)) {
		if line == "\n" {
			break
		}
		if id, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "parent "); ok && r.objectID(id) {
			parents = append(parents, id)
		}
	}
	return parents, nil
}

// present returns an error if the object is not in the clone.
func (r *repository) present(ctx context.Context, id, what string) error {
	_, err := r.output(ctx, maxConfig, r.shadowed("cat-file", "-e", id))
	if err != nil && ctx.Err() == nil {
		return r.missingObject(fmt.Errorf("%s, %s", what, id))
	}
	return err
}

// mergeBase returns the commit where the histories of a and b part; the first that git names if there are several.
func (r *repository) mergeBase(ctx context.Context, a, b, left, right string) (string, error) {
	out, err := r.output(ctx, maxConfig, r.shadowed("merge-base", a, b))
	if exited(err, 1) && !said(err, "error") && !said(err, "fatal") {
		advice := "their histories are unrelated; compare them with A..B"
		if r.shallow {
			advice = "this clone is shallow; fetch more history with git fetch --unshallow"
		}
		return "", fmt.Errorf("%w of %q and %q: %s", ErrNoMergeBase, printable(left, 200), printable(right, 200), advice)
	}
	if err != nil {
		return "", r.missing(err)
	}
	id := strings.TrimSuffix(string(out), "\n")
	if !r.objectID(id) {
		return "", fmt.Errorf("git merge-base gave %q and not one commit", printable(id, 200))
	}
	return id, nil
}

// defaultRange is from where the branch left the default branch to HEAD, or the last commit where that is nothing.
func (r *repository) defaultRange(ctx context.Context) (sides, error) {
	head, err := r.resolve(ctx, "HEAD")
	if err != nil {
		return sides{}, err
	}
	if ref, tip := r.defaultBranch(ctx); tip != "" {
		base, err := r.mergeBase(ctx, tip, head, ref, "HEAD")
		switch {
		case err == nil && base != head:
			return sides{base: base, head: head, shown: shortRef(ref) + "...HEAD", headName: "HEAD"}, nil
		case err != nil && (r.shallow || !errors.Is(err, ErrNoMergeBase)):
			// In a shallow clone the last commit would pass for the whole branch.
			return sides{}, err
		}
	}
	return r.single(ctx, sides{shown: "HEAD"}, "HEAD")
}

// defaultBranch returns the branch that changes are merged into, by its full name, and its commit; empty where none
// can be told. It is what the remote says, else the first that exists of init.defaultBranch, main, master and
// trunk, on the remote before here.
func (r *repository) defaultBranch(ctx context.Context) (ref, tip string) {
	remote := r.remote()
	var candidates []string
	if remote != "" {
		if out, err := r.real(ctx, "symbolic-ref", "-q", "refs/remotes/"+remote+"/HEAD"); err == nil {
			candidates = append(candidates, strings.TrimSuffix(string(out), "\n"))
		}
	}
	names := []string{"main", "master", "trunk"}
	if name := r.config.last("init.defaultbranch"); name != "" {
		names = slices.Insert(names, 0, name)
	}
	for _, where := range []string{"refs/remotes/" + remote + "/", "refs/heads/"} {
		for _, name := range names {
			if where != "refs/remotes//" {
				candidates = append(candidates, where+name)
			}
		}
	}
	for _, ref := range candidates {
		if id, err := r.resolve(ctx, ref); err == nil {
			return ref, id
		}
	}
	return "", ""
}

// shortRef returns a full name as people write it.
func shortRef(ref string) string {
	for _, prefix := range []string{"refs/heads/", "refs/remotes/", "refs/"} {
		if name, ok := strings.CutPrefix(ref, prefix); ok {
			return name
		}
	}
	return ref
}

// remote returns the name of the remote that the branch belongs to, else origin, else the only one; empty if there is none.
func (r *repository) remote() string {
	var names []string
	for _, e := range r.config {
		if name, ok := strings.CutPrefix(e.key, "remote."); ok {
			if name, ok := strings.CutSuffix(name, ".url"); ok && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	for _, name := range []string{r.config.last("branch." + r.branch + ".remote"), "origin"} {
		if slices.Contains(names, name) {
			return name
		}
	}
	if len(names) == 0 {
		return ""
	}
	return names[0]
}
