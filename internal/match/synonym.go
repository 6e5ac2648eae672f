package match

import "strings"

// synonyms maps the stem of a word to the one that stands for all words reviewers use in its place. The groups
// are the vocabulary of code review, not of any one review.
var synonyms = func() map[string]string {
	of := map[string]string{}
	for line := range strings.Lines(`
null nil none undefined nullptr
race racy concurrent concurrency concurrently simultaneous simultaneously parallel toctou interleaving interleave interleaved
crash crashes panic panics abort segfault
exception throw throws thrown raise raises raised
delete deletion remove removal erase unlink purge
hang hangs deadlock stuck stall stalls indefinitely forever
duplicate duplicated duplication redundant redundantly twice identical copy
unused dead unreachable
incorrect incorrectly wrong wrongly invalid improper improperly inaccurate
mismatch inconsistent inconsistently inconsistency contradict diverge disagree
missing lack lacks absent omit omits omitted
ignore ignored ignores swallow swallowed discard discarded silently silent suppress
overwrite overwrites overwritten clobber clobbers replace
validate validation check verify sanitize guard
hardcoded hardcode hardcodes literal magic
typo misspelled misspelling spelling
test tests testing coverage untested
doc docs documentation comment comments docstring
performance slow inefficient inefficiency expensive
security vulnerability vulnerable exploit attack attacker malicious insecure
timeout timeouts deadline
kill kills terminate terminates termination sigkill
directory directories folder dir dirs
function func method
parameter argument param params arg args
start launch boot spawn
config configuration setting settings option options
auth authentication authorization authenticate authorize
permission permissions privilege privileges
leak leaks orphan orphaned orphans dangling leftover
stale outdated obsolete
rename renaming move moving
empty blank
log logs logging logged logger
message messages text string
memory oom heap
export exported public
unhandled uncaught unchecked
infinite endless unbounded
error errors err fail fails failure failing failed
break breaks broken regress regression
`) {
		var first string
		for w := range strings.FieldsSeq(line) {
			w = stem(w)
			if first == "" {
				first = w
			}
			of[w] = first
		}
	}
	return of
}()
