package deepreview

import (
	"fmt"
	"strings"
)

// Severity is how bad a finding is, on the one scale of a report. Larger is worse, and the zero value
// means that nobody said: it is never compared as the best or the worst.
type Severity int

const (
	// SeverityUnset means that no severity was stated.
	SeverityUnset Severity = 0
	// SeveritySuggestion is latent, cosmetic or hardening.
	SeveritySuggestion Severity = 10
	// SeverityImportant is a real defect on a reachable path.
	SeverityImportant Severity = 20
	// SeverityCritical blocks the merge: it loses data, or breaks security or correctness on a path users take.
	SeverityCritical Severity = 30
)

// Severities lists the three levels, worst first: the order of a report's sections.
func Severities() []Severity {
	return []Severity{SeverityCritical, SeverityImportant, SeveritySuggestion}
}

var severityWords = []enumWord[Severity]{
	{SeverityCritical, "critical"}, {SeverityImportant, "important"}, {SeveritySuggestion, "suggestion"},
}

// String returns "critical", "important", "suggestion", or "unset".
func (s Severity) String() string { return enumString(s, severityWords) }

// letter is the first letter of an issue's number: I1 is the first important issue.
func (s Severity) letter() string {
	switch s {
	case SeverityCritical:
		return "C"
	case SeverityImportant:
		return "I"
	}
	return "S"
}

// MarshalText returns the word of s, empty for [SeverityUnset].
func (s Severity) MarshalText() ([]byte, error) { return enumMarshal("severity", s, severityWords) }

// UnmarshalText reads the word of a severity. Words of other scales are an error here:
// [ParseSeverity] maps those.
func (s *Severity) UnmarshalText(text []byte) error {
	return enumUnmarshal("severity", s, text, severityWords)
}

// Category says what a finding asks of the change. It is an open word; these three are the usual ones.
type Category string

const (
	// CategoryRegression means that this change made something worse.
	CategoryRegression Category = "regression"
	// CategoryGap means that the change leaves something undone.
	CategoryGap Category = "gap"
	// CategoryEnhancement is an optional betterment.
	CategoryEnhancement Category = "enhancement"
)

// Topic is the field a finding belongs to. It is an open word; these are the usual ones.
type Topic string

// The usual topics.
const (
	TopicCorrectness   Topic = "correctness"
	TopicSecurity      Topic = "security"
	TopicConcurrency   Topic = "concurrency"
	TopicPerformance   Topic = "performance"
	TopicTesting       Topic = "testing"
	TopicDocumentation Topic = "documentation"
	TopicStyle         Topic = "style"
	TopicMaintenance   Topic = "maintenance"
)

// SeverityCount holds how many findings or issues there are at each level.
type SeverityCount struct {
	Critical   int `json:"critical"`
	Important  int `json:"important"`
	Suggestion int `json:"suggestion"`
	// Unset counts claims raised without a severity; an issue always has one.
	Unset int `json:"unset,omitempty"`
}

// Add counts one more at level s.
func (n *SeverityCount) Add(s Severity) {
	switch s {
	case SeverityCritical:
		n.Critical++
	case SeverityImportant:
		n.Important++
	case SeveritySuggestion:
		n.Suggestion++
	default:
		n.Unset++
	}
}

// At returns the count at level s.
func (n SeverityCount) At(s Severity) int {
	switch s {
	case SeverityCritical:
		return n.Critical
	case SeverityImportant:
		return n.Important
	case SeveritySuggestion:
		return n.Suggestion
	}
	return n.Unset
}

// Total returns the sum over all levels, unset included.
func (n SeverityCount) Total() int {
	return n.Critical + n.Important + n.Suggestion + n.Unset
}

// String returns the structure line of a report without its full stop: "0 critical, 1 important, 4 suggestions".
func (n SeverityCount) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d critical, %d important, %d %s", n.Critical, n.Important, n.Suggestion, plural(n.Suggestion, "suggestion"))
	if n.Unset > 0 {
		fmt.Fprintf(&b, ", %d without severity", n.Unset)
	}
	return b.String()
}

// plural returns noun for one and noun with an s for any other number.
func plural(n int, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}
