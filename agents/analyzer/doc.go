// Package analyzer is a reviewer that compiles what a change touches: the passes of go vet and the analyzers of
// staticcheck, in process, over the Go packages of the changed files.
//
//	Change.Tree ──▶ copy in a temporary folder: the packages touched and those they import, nothing else
//	            ──▶ go list, type-check, analyze, one package from source at a time ──▶ diagnostics at head
//	Change.BaseTree ──▶ the same for the packages in which something was found ────▶ diagnostics at the merge-base
//	            ──▶ match by rule, message and the text of the line: new ones are findings, the others are counted
//	*Review
//
// A package counts as analyzed only if it was loaded whole; every changed Go file of another is named in the coverage with
// the reason. That rules ran over a file does not mean that anybody read it: coverage never goes beyond
// [deepreview.DepthScanned].
//
// # What runs
//
// The only program started is the go command of the PATH, to list and compile the copy; no program of the repository
// runs. Its environment is an allow-list with GOTOOLCHAIN=local, GOWORK=off, CGO_ENABLED=0, GOPROXY=off, GOENV=off and
// GOFLAGS of our own, so that neither a go.work, a newer toolchain, cgo, a wrapper around the compiler nor the network
// comes in. Modules are taken from the vendor folder of the tree or from the module cache; one that is in neither makes
// its importers unreviewed. A replace directive that points out of the tree is not followed, nor is a symbolic link.
// The go command writes to its build cache as it does for any build, and may unpack a module that had been downloaded.
//
// # What is believed
//
// A change does not steer its own review: staticcheck.conf is taken from the merge-base, and a //lint:ignore on a line that the
// change adds does not silence anything; the finding mentions it. Line directives are not followed. //nolint means
// nothing to these analyzers.
//
// # Severity
//
// Important: what staticcheck itself rates an error, its groups SA2 (concurrency) and SA5 (correctness), the vet passes that
// go test runs by itself, and those that point at a leak, a race or a lost result. All else is a suggestion; nothing here is
// critical. [Rules] lists each.
package analyzer
