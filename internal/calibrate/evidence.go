package calibrate

import (
	"cmp"
	"math"
	"path"
	"slices"
	"strings"
)

// Feature is one number that a case is rated by.
type Feature int

// The features that are not signals. Each is between claims' least and greatest or says whether any claim has it, so that
// a claim repeated by another reviewer changes nothing but the votes.
const (
	// LiftMean, LiftLow and LiftHigh are the log-odds that the record gives for each severity raised: the best
	// that any reviewer gives it, then over the severities. They differ from question to question.
	LiftMean Feature = iota
	LiftLow
	LiftHigh
	// TwoVotes, ThreeVotes and FiveVotes are 1 where at least so many reviewers raised it.
	TwoVotes
	ThreeVotes
	FiveVotes
	// TwoHigh and ThreeHigh are 1 where at least so many reviewers raised it as important or critical.
	TwoHigh
	ThreeHigh
	// Regression, Gap, Enhancement and OtherCategory are 1 where any claim says so.
	Regression
	Gap
	Enhancement
	OtherCategory
	// InTests, InDocs, InConfig and InGenerated are 1 where all places are of that kind.
	InTests
	InDocs
	InConfig
	InGenerated
	// Impact and Doubt sum the signals of their kind.
	Impact
	Doubt
	firstSignal
	features = firstSignal + Feature(signals)
)

// Vector holds a case's features.
type Vector [features]float64

// bodyWeight is what a word in the body counts for beside one in the title: a body is long, and tells the mechanism
// rather than the point. Chosen by cross-validation, where 0 to 0.5 make no difference beyond the noise.
const bodyWeight = 0.5

// evidence is a case made ready to be rated.
type evidence struct {
	claims       []Claim // in an order of their own
	reported     int
	silent       int // that read the place and raised nothing
	vectors      [heads]Vector
	words        [signals]string // that gave the signals
	confidence   float64
	contradicted bool
	verified     int
}

func gather(c Case, s *standing) *evidence {
	e := &evidence{claims: slices.Clone(c.Claims), contradicted: c.Contradicted, verified: c.Verified}
	slices.SortFunc(e.claims, compareClaims)
	reviewers := map[string]bool{}
	for i := range e.claims {
		e.claims[i].Level = min(max(e.claims[i].Level, Unset), Critical)
		reviewers[e.claims[i].Reviewer] = true
		e.confidence = max(e.confidence, min(e.claims[i].Confidence, 1))
	}
	e.reported = cmp.Or(max(c.Reported, 0), len(reviewers))
	e.silent = max(c.Read-e.reported, 0)

	shared := e.circumstances()
	for h := range heads {
		e.vectors[h] = shared
		e.vectors[h][LiftMean], e.vectors[h][LiftLow], e.vectors[h][LiftHigh] = e.lift(s, h)
	}
	return e
}

// asks returns the questions on severity that fit the case: other ones where no severity was stated.
func (e *evidence) asks() (worse, worst Head) {
	if slices.ContainsFunc(e.claims, func(c Claim) bool { return c.Level != Unset }) {
		return Worse, Worst
	}
	return WorseByWords, WorstByWords
}

func compareClaims(a, b Claim) int {
	return cmp.Or(cmp.Compare(a.Reviewer, b.Reviewer), cmp.Compare(b.Level, a.Level), cmp.Compare(a.Title, b.Title),
		cmp.Compare(a.Body, b.Body), cmp.Compare(a.Impact, b.Impact), cmp.Compare(a.Family, b.Family), cmp.Compare(a.Category, b.Category),
		cmp.Compare(a.Confidence, b.Confidence), cmp.Compare(one(a.Rule), one(b.Rule)), slices.Compare(a.Paths, b.Paths))
}

// ruleLift is the log-odds of a severity that comes with a rule: whoever wrote or configured the rule knew what it fires
// at, and it says the same each time. It is beyond what words and votes can move.
const ruleLift = 6

// lift returns mean, least and greatest of the record's log-odds over the severities raised.
func (e *evidence) lift(s *standing, h Head) (mean, low, high float64) {
	var best [levels]float64
	var said [levels]bool
	for i := range e.claims {
		c := &e.claims[i]
		var l float64
		switch {
		case c.Rule && c.Level != Unset:
			l = ruleLifts(h, c.Level)
		default:
			l = s.of(c).lifts[h][c.Level]
		}
		if !said[c.Level] || l > best[c.Level] {
			best[c.Level], said[c.Level] = l, true
		}
	}
	if said[Suggestion] || said[Important] || said[Critical] {
		said[Unset] = false // no severity says nothing where there is one
	}
	var n float64
	low, high = math.Inf(1), math.Inf(-1)
	for level, ok := range said {
		if ok {
			n++
			mean += best[level]
			low, high = min(low, best[level]), max(high, best[level])
		}
	}
	if n == 0 {
		return 0, 0, 0
	}
	return mean / n, low, high
}

func ruleLifts(h Head, level int) float64 {
	switch {
	case h == Kept:
		return 0
	case h == Worse && level >= Important, h == Worst && level == Critical:
		return ruleLift
	}
	return -ruleLift
}

// circumstances returns the features that do not depend on the question.
func (e *evidence) circumstances() (v Vector) {
	for f, n := range map[Feature]int{TwoVotes: 2, ThreeVotes: 3, FiveVotes: 5} {
		v[f] = one(e.reported >= n)
	}
	high := map[string]bool{}
	for i := range e.claims {
		if e.claims[i].Level >= Important {
			high[e.claims[i].Reviewer] = true
		}
	}
	v[TwoHigh], v[ThreeHigh] = one(len(high) >= 2), one(len(high) >= 3)
	var values [signals]float64
	kinds := map[placeKind]bool{}
	for i := range e.claims {
		c := &e.claims[i]
		switch c.Category {
		case "regression":
			v[Regression] = 1
		case "gap":
			v[Gap] = 1
		case "enhancement":
			v[Enhancement] = 1
		default:
			v[OtherCategory] = 1
		}
		for _, p := range c.Paths {
			kinds[kindOf(p)] = true
		}
		if c.Rule && c.Level != Unset {
			continue // its words are those of the rule, not of the case
		}
		title, body := c.Title, c.Body
		if strings.TrimSpace(title) == "" {
			title, body = firstSentence(body)
		}
		inTitle, inBody, inImpact := spot(title), spot(body), spot(c.Impact)
		for s := range signals {
			switch word := cmp.Or(inImpact[s], inBody[s]); {
			case inTitle[s] != "":
				if values[s] < 1 {
					values[s], e.words[s] = 1, inTitle[s]
				}
			case word != "" && values[s] == 0:
				values[s], e.words[s] = bodyWeight, word
			}
		}
	}
	for f, k := range map[Feature]placeKind{InTests: placeTest, InDocs: placeDocs, InConfig: placeConfig, InGenerated: placeGenerated} {
		v[f] = one(kinds[k] && len(kinds) == 1)
	}
	for s := range signals {
		v[firstSignal+Feature(s)] = values[s]
		switch {
		case s.impact():
			v[Impact] += values[s]
		case s.doubt():
			v[Doubt] += values[s]
		}
	}
	return v
}

func one(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// firstSentence splits a text that has no title. What is appended to the text leaves the words of both parts in them.
func firstSentence(text string) (first, rest string) {
	text = strings.TrimSpace(text)
	first, rest = text, ""
	if i := strings.IndexByte(first, '\n'); i >= 0 {
		first, rest = text[:i], text[i:]
	}
	if i := strings.Index(first, ". "); i >= 0 {
		first, rest = text[:i], text[i:]
	}
	return first, rest
}

// placeKind is what kind of file a place is in.
type placeKind int

const (
	placeCode placeKind = iota
	placeTest
	placeDocs
	placeConfig
	placeGenerated
)

// kindOf tells by the name alone, by the conventions of the common languages.
func kindOf(p string) placeKind {
	p = strings.ToLower(p)
	base := path.Base(p)
	within := func(dirs ...string) bool {
		return slices.ContainsFunc(dirs, func(d string) bool { return strings.HasPrefix(p, d+"/") || strings.Contains(p, "/"+d+"/") })
	}
	has := func(marks ...string) bool {
		return slices.ContainsFunc(marks, func(m string) bool { return strings.Contains(base, m) })
	}
	switch ext := path.Ext(base); {
	case within("vendor", "node_modules", "third_party", "generated"), has("zz_generated", ".pb.", "_generated.", ".gen.", ".min.", "_pb2."),
		ext == ".lock", base == "go.sum", base == "package-lock.json":
		return placeGenerated
	case within("test", "tests", "testdata", "__tests__", "spec", "e2e", "bats"), has("_test.", ".test.", ".spec.", "_spec."),
		strings.HasPrefix(base, "test_"), ext == ".bats", strings.HasSuffix(base, "test.java"), strings.HasSuffix(base, "tests.cs"):
		return placeTest
	case within("docs", "doc"), ext == ".md", ext == ".rst", ext == ".adoc", ext == ".txt":
		return placeDocs
	case within(".github", ".gitlab", ".circleci"), base == "makefile", base == "dockerfile", ext == ".yml", ext == ".yaml", ext == ".toml":
		return placeConfig
	}
	return placeCode
}
