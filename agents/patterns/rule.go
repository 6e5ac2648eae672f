package patterns

import (
	"github.com/deepreview-go/deepreview"
)

// Rule is one thing that this package looks for.
type Rule struct {
	// ID names the rule in a [deepreview.Finding] and in [Reviewer.Only] and [Reviewer.Skip]: "conflict-marker".
	ID string
	// Why says in one line what goes wrong otherwise.
	Why string
	// Severity is the worst that the rule raises; a finding may be rated lower. Unset for a rule that makes notes.
	Severity deepreview.Severity
	Category deepreview.Category
	Topic    deepreview.Topic
	// Note is the kind of note that the rule makes; empty for a rule that raises findings.
	Note deepreview.NoteKind

	// file looks at one file, change at the whole change; a rule has one of the two.
	file   func(f *file, hit func(hit))
	change func(v *view, hit func(hit))
}

// hit is one place where a rule found what it looks for.
type hit struct {
	// title is the problem in one line. Hits of one rule with the same title in the same file become one finding.
	title  string
	detail string
	impact string // the rule's Why where it is empty
	// severity is the rule's own where it is unset.
	severity deepreview.Severity
	at       []deepreview.Location
	// quote is the text of the lines at the first location.
	quote string
	// risk and commit are for notes.
	risk   deepreview.Risk
	commit string
}

// on makes a hit on one line of f.
func on(f *file, l line, title string) hit {
	h := hit{title: title, at: []deepreview.Location{f.at(l)}, quote: l.text()}
	if l.key {
		h.quote = ""
	}
	return h
}

// Rules returns every rule in the order of the list below: what is surely wrong first.
func Rules() []Rule {
	return []Rule{
		conflictMarker,
		trojanSource,
		secret,
		secretFile,
		encodedExecution,
		workflowRisk,
		tlsVerification,
		worldWritable,
		installScript,
		lockSource,
		dependencyPin,
		pipedInstall,
		symlinkTarget,
		binaryFile,
		focusedTest,
		skippedTest,
		deletedTest,
		weakenedTest,
		debugLeftover,
		swallowedError,
		contextDropped,
		constantCondition,
		commentedOut,
		doNotMerge,
		checkDisabled,
		migrationEdited,
		migrationDestructive,
		migrationPermission,
		exportedRemoved,
		minimumRaised,
		generatedEdited,
		deletedReferenced,
		licenceLost,
		executableBit,
		pathPortability,
		lineEndings,
		strayFile,
		hugeFile,
		homePath,
		functionGrown,
		staleComment,
		staleDocs,
		documented,
		untested,
		commitMessage,
		commitSeries,
	}
}
