// Package git makes a [deepreview.Change] from a git repository: a range, one commit, what is staged, or the
// working tree.
//
//	"main...HEAD"
//	      │  rev-parse, in the repository: the only place where its configuration is read
//	 object ids
//	      │  a shadow repository in a temporary folder, which borrows the objects and nothing else
//	 diff-tree, log, ls-tree, blame, cat-file
//	      │  ParseDiff, reconciled with git's own list of the changed files
//	 *deepreview.Change   files, commits, both trees as fs.FS, blame, log, guidance of the base
//
// git itself is run as a command, version 2.39 or later. A repository under review is hostile until shown otherwise: its
// configuration and its attributes can name programs for git to run, and attributes can hide code as "binary". So all
// work but the resolving of names is done in a shadow repository that has a configuration of our own, no attributes, no
// index, no hooks, no remotes and no working tree. Nothing is written to the repository, nothing is
// fetched, and no environment variable of the caller but PATH and its like reaches git.
//
// Trees, blame and log read from the repository's objects as long as the change is open; see [Load].
package git
