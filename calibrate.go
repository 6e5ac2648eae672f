package deepreview

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
