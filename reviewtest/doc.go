// Package reviewtest checks other people's reviewers, consolidators, renderers and models against their contracts, clause by clause.
//
//	sample changes, panels, reports      built here; hostile, broken and empty ones among them
//	        │  exercise                  alone, again, side by side, cut short, read back from JSON
//	   what was seen                     answers, panics, what was modified, what stayed behind
//	        │  judge                     a row a clause: [ReviewerClauses] and its like list them
//	     Problems                        which clause, on which sample, what was seen, what to do
//
// A check takes no *testing.T, so that it runs anywhere: in a test, behind a flag, in a build. It returns nil, or [Problems]:
//
//	if err := reviewtest.CheckReviewer(ctx, mine, nil); err != nil {
//		t.Fatal(err)
//	}
//
// What no check can see from outside are data races: run it under go test -race.
package reviewtest
