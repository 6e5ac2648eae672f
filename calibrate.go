package deepreview

import (
	"strings"
	"sync"

	"github.com/deepreview-go/deepreview/internal/calibrate"
)

// Case is what an issue is rated by.
type Case struct {
	// Claims are the issue's, in roster order.
	Claims []Claim
	// Reported counts the reviewers that raised it, Read those that raised it or read one of its files.
	Reported, Read int
	// Contradicted says that the code answers one of the claims otherwise; see [Check].
	Contradicted bool
	// Verification is the outcome of a second look, empty where there was none.
	Verification VerificationStatus
}

// Claim is a finding with the reviewer that raised it.
type Claim struct {
	*Finding
	// Reviewer, Vendor and Model are the review's.
	Reviewer, Vendor, Model string
}

// Calibration is the rating of an issue.
type Calibration struct {
	Severity Severity
	// Odds may be all 0 where the rule knows none.
	Odds Odds
	// Survival is how likely a careful lead would keep the issue, 0 to 1; 0 where the rule does not know.
	Survival float64
	// Reasons are the chain that led to the severity, in words, at least one.
	Reasons []string
}

// DefaultCalibrate rates an issue by what became of such claims before, as recorded of agents by Anthropic, OpenAI, Google
// and others on public pull requests; by the words of the claims; by category, place and votes; and by what the code
// and a second look said. It is [Calibrator] without a record of your own.
//
// The severity raised is evidence, never the answer: the highest raised is neither taken nor a bound. Where nobody stated
// one, the words decide. A claim that carries a [Finding.Rule] is an exception: whoever configured the rule knew how bad it
// is, so its severity stands unless other claims speak against it.
//
// More votes, words of graver impact and a confirmation never lower severity or survival; words of doubt, a contradiction
// and a refutation never raise them. That is so by how the rating is built: see package internal/calibrate, and
// internal/lab/calibrate, which derives its weights.
func DefaultCalibrate(k Case) Calibration { return shippedCalibrator()(k) }

var shippedCalibrator = sync.OnceValue(func() func(Case) Calibration { return Calibrator(nil) })

// Calibrator returns a rule for [Pipeline.Calibrate] that reads each reviewer's claims by own, your record of that reviewer,
// as far as it goes: a few claims hardly tell, after some twenty they outweigh what is shipped, which goes by the
// maker of the model, and where that is not known by all. Own is read now and not kept; nil is no record.
func Calibrator(own TrackRecord) func(Case) Calibration {
	rater := calibrate.Shipped().With(own.tallies())
	return func(k Case) Calibration {
		r := rater.Rate(k.plain())
		return Calibration{
			Severity: severityOfLevel[r.Level],
			Odds:     Odds{Critical: r.Odds[2], Important: r.Odds[1], Suggestion: r.Odds[0]},
			Survival: r.Survival,
			Reasons:  r.Reasons,
		}
	}
}

var severityOfLevel = [...]Severity{
	calibrate.Unset: SeverityUnset, calibrate.Suggestion: SeveritySuggestion,
	calibrate.Important: SeverityImportant, calibrate.Critical: SeverityCritical,
}

// levelOf returns the rank of a severity; a value between two of ours counts as the lower one.
func levelOf(s Severity) int {
	switch {
	case s >= SeverityCritical:
		return calibrate.Critical
	case s >= SeverityImportant:
		return calibrate.Important
	case s > SeverityUnset:
		return calibrate.Suggestion
	}
	return calibrate.Unset
}

// plain returns k as package calibrate knows it.
func (k Case) plain() calibrate.Case {
	out := calibrate.Case{Reported: k.Reported, Read: k.Read, Contradicted: k.Contradicted}
	switch k.Verification {
	case VerificationConfirmed:
		out.Verified = 1
	case VerificationRefuted:
		out.Verified = -1
	}
	for _, c := range k.Claims {
		claim := calibrate.Claim{Reviewer: c.Reviewer, Family: c.family()}
		if f := c.Finding; f != nil {
			claim.Level, claim.Title, claim.Body, claim.Impact = levelOf(f.Severity), f.Title, f.Detail, f.Impact
			claim.Category, claim.Rule, claim.Confidence = string(f.Category), f.Rule != "", f.Confidence
			for _, l := range f.Locations {
				claim.Paths = append(claim.Paths, l.Path)
			}
		}
		out.Claims = append(out.Claims, claim)
	}
	return out
}

// families are the makers that the shipped record knows, by the words that name them or their models. The first that fits
// counts: Gemma is Google's too, and another record.
var families = []struct{ name, word string }{
	{"claude", "claude"}, {"claude", "anthropic"}, {"codex", "codex"}, {"codex", "gpt"}, {"codex", "openai"},
	{"gemma", "gemma"}, {"gemini", "gemini"}, {"gemini", "google"}, {"qwen", "qwen"},
}

// family is whose record the claim is read by: what the model, the vendor, else the reviewer's own name says.
func (c Claim) family() string {
	for _, name := range []string{c.Model, c.Vendor, c.Reviewer} {
		name = strings.ToLower(name)
		for _, f := range families {
			if strings.Contains(name, f.word) {
				return f.name
			}
		}
	}
	return ""
}

// TrackRecord is what became of reviewers' claims: how often each reviewer's claims of each severity ended at each. It is
// plain data, to be kept as JSON between reviews, and the order of its lines does not matter. Count what a person decided:
// what the program decided by itself tells nothing of how right it was. The zero value is an empty record.
type TrackRecord []TrackCount

// TrackCount is one line of a [TrackRecord]. Final is unset for claims that were not kept.
type TrackCount struct {
	Reviewer string   `json:"reviewer"`
	Raised   Severity `json:"raised,omitzero"`
	Final    Severity `json:"final,omitzero"`
	Claims   int      `json:"claims"`
}

// Add counts one claim more.
func (t *TrackRecord) Add(reviewer string, raised, final Severity) {
	for i := range *t {
		if c := &(*t)[i]; c.Reviewer == reviewer && c.Raised == raised && c.Final == final {
			c.Claims++
			return
		}
	}
	*t = append(*t, TrackCount{reviewer, raised, final, 1})
}

// tallies returns t as package calibrate knows it. Negative counts are nothing.
func (t TrackRecord) tallies() calibrate.Record {
	out := calibrate.Record{}
	for _, c := range t {
		if out[c.Reviewer] == nil {
			out[c.Reviewer] = &calibrate.Tally{}
		}
		out[c.Reviewer][levelOf(c.Raised)][levelOf(c.Final)] += float64(max(c.Claims, 0))
	}
	return out
}
