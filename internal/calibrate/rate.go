package calibrate

// What the training data does not tell is judgement, in log-odds of survival.
const (
	// confirmed is what a second look is known to be worth: verification took one model's precision from 0.26 to 0.60,
	// which is 1.45. A refutation shows its evidence, so it is worth twice that.
	confirmed = 1.45
	refuted   = -2.9
	// contradicted is for a claim that names lines, quotes or names that are not there: it may be right with a wrong line.
	contradicted = -1
	// silent is for each reviewer that read the place and raised nothing, up to maxSilent. It is little, since most of
	// what a panel rightly finds is found by one.
	silent    = -0.1
	maxSilent = 5
	// confidence is for the reviewer's own of 1 over one of 0.5.
	confidence = 0.5
)

// Rater rates cases. It may be used concurrently.
type Rater struct {
	model    *Model
	standing *standing
}

// With returns a rater that reads each claim by own where that has the reviewer. Own may be nil, and is not kept.
func (m *Model) With(own Record) *Rater { return &Rater{m, newStanding(m.Record, own)} }

// Rate rates a case.
func (rt *Rater) Rate(c Case) Rating {
	m, s := rt.model, rt.standing
	e := gather(c, s)
	z := m.scores(e)
	h, hh := e.asks()
	worse, worst := logistic(z[h]), logistic(z[hh])

	kept := z[Kept] + silent*float64(min(e.silent, maxSilent))
	switch {
	case e.verified > 0:
		kept += confirmed
	case e.verified < 0:
		kept += refuted
	}
	if e.contradicted {
		kept += contradicted
	}
	if e.confidence > 0 {
		kept += confidence * (2*e.confidence - 1)
	}

	r := Rating{
		Level:    Suggestion,
		Odds:     [3]float64{1 - worse, worse * (1 - worst), worse * worst},
		Survival: logistic(kept),
	}
	switch {
	case r.Odds[2] >= 0.5:
		r.Level = Critical
	case worse >= 0.5:
		r.Level = Important
	}
	r.Reasons = m.reasons(e, s, &r)
	return r
}
