package calibrate

// Model is what cases are rated with. The training program makes it; [Shipped] is the one in use.
type Model struct {
	Record  Record
	Bias    [heads]float64
	Weights [heads]Vector
}

// Bounds returns what a weight may be for the question, whatever the training data says. They are what makes a
// rating monotone.
func Bounds(h Head, f Feature) (low, high float64) {
	const free = 100
	switch s := signal(f - firstSignal); {
	case f <= ThreeHigh, f == Impact, f >= firstSignal && s.impact():
		return 0, free
	case f == Doubt, f >= firstSignal && s.doubt():
		return -free, 0
	}
	return -free, free
}

// Impact, Doubt and Grave report what the feature is a signal of.
// Grave is the impact that makes an issue critical by definition: data lost or spoiled, security broken.
func (f Feature) Impact() bool { return f >= firstSignal && signal(f-firstSignal).impact() }
func (f Feature) Doubt() bool  { return f >= firstSignal && signal(f-firstSignal).doubt() }
func (f Feature) Grave() bool {
	s := signal(f - firstSignal)
	return f >= firstSignal && (s == sigLoss || s == sigSecurity || s == sigCorrupt)
}

// Heads is the number of questions, Features that of numbers that answer them.
const (
	Heads    = int(heads)
	Features = int(features)
)

// Examine returns the features of a case for each question, as the training program needs them.
func (m *Model) Examine(c Case) [Heads]Vector { return gather(c, newStanding(m.Record, nil)).vectors }

// Relift puts what the model's record says of the case into vectors that were examined with another record.
func (m *Model) Relift(c Case, vectors *[Heads]Vector) {
	s := newStanding(m.Record, nil)
	e := &evidence{claims: c.Claims}
	for h := range heads {
		v := &vectors[h]
		v[LiftMean], v[LiftLow], v[LiftHigh] = e.lift(s, h)
	}
}

// scores returns the log-odds of each question.
func (m *Model) scores(e *evidence) (z [heads]float64) {
	for h := range heads {
		z[h] = m.Bias[h]
		for f, x := range e.vectors[h] {
			z[h] += m.Weights[h][f] * x
		}
	}
	return z
}
