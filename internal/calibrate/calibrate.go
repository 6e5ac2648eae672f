// Package calibrate rates a problem that one or more reviewers raised: how bad it is, and how likely a careful lead
// keeps it. It knows nothing of reviews but what [Case] holds, asks nobody, and says for each rating what made it.
//
// What flows:
//
//	Case ─ what became of such claims before, by reviewer and severity as raised (record.go)
//	     ─ words of impact, of doubt, of matter (lexicon.go, words.go), category, place, votes
//	     ─ a number for each, the same however often it is said (evidence.go)
//	     ─ three linear scores: important or worse; critical, if so; kept (model.go, weights.go)
//	     ─ what the training data does not know: a contradiction, a second look, a confidence (rate.go)
//	Rating: level, odds, survival, reasons in words (reason.go)
//
// The weights of a record, of votes and of words of impact are never negative, those of words of doubt never positive, no
// number but the votes changes when a claim is repeated, and the level is the median of the odds. So stronger
// evidence and more votes cannot lower a rating and doubt cannot raise one, by construction. (The likeliest level would not
// do: a rise of the worst can take from the middle what leaves the lowest the likeliest.)
package calibrate

// Levels of severity. Larger is worse, and 0 means that none was stated.
const (
	Unset = iota
	Suggestion
	Important
	Critical
	levels
)

// Case is what a problem is rated by. The order of claims does not matter.
type Case struct {
	Claims []Claim
	// Reported counts the reviewers that raised it, Read those that raised it or read the place. Where Reported is 0 the
	// distinct reviewers of Claims are counted; Read is never taken to be less than Reported.
	Reported, Read int
	// Contradicted says that the code answers one of the claims otherwise.
	Contradicted bool
	// Verified is above 0 where a second look confirmed the problem, below 0 where it refuted it.
	Verified int
}

// Claim is one reviewer's account of a problem. Everything may be empty.
type Claim struct {
	Reviewer string
	// Family is whose record the claim is read by where the reviewer has none of its own: the maker of the model.
	Family string
	// Level is the severity as raised.
	Level int
	// Title, Body and Impact are Markdown. Where there is no title, the first sentence of Body stands in.
	Title, Body, Impact string
	Paths               []string
	// Category is "regression", "gap", "enhancement" or any other word.
	Category string
	// Rule says that a rule fired, rather than that somebody judged.
	Rule bool
	// Confidence is the reviewer's own, above 0 and at most 1; 0 means not stated.
	Confidence float64
}

// Rating is what a problem is worth.
type Rating struct {
	// Level is never Unset.
	Level int
	// Odds are the probabilities of Suggestion, Important and Critical; they add up to 1.
	Odds [3]float64
	// Survival is the probability that a careful lead keeps the problem.
	Survival float64
	// Reasons are what the rating is made of, in plain sentences, the outcome first; at most six.
	Reasons []string
}
