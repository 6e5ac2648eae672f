package deepreview

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// builder makes a report's parts from claims that are anchored and grouped.
type builder struct {
	pipeline *Pipeline
	change   *Change
	panel    *panel
	sources  *sources
	claims   []*anchored
	rulings  *rulingIndex

	// supports are the issues of a claim, the primary one first.
	supports map[Ref][]*Issue
	// rated is what each issue was rated by.
	rated map[*Issue]rated
	// reading is held while sources are read by one of several verifications.
	reading sync.Mutex
	// settled are the issues that a person took out of the open ones.
	settled map[*Issue]settlement
}

// rated is what an issue was rated by, so that it can be rated again when more is known.
type rated struct {
	Case
	ruling *Ruling
}

// group is the claims that say the same.
type group struct {
	// members are indices of claims in roster order; lead is the one that speaks for them.
	members []int
	// also are the members whose own group is another: they support this one too.
	also   []int
	lead   int
	merges []Merge
	// ruling made the group; nil if the matcher did.
	ruling *Ruling
}

// issues makes one issue of each group.
func (b *builder) issues(groups []group) []*Issue {
	b.supports = map[Ref][]*Issue{}
	b.rated = map[*Issue]rated{}
	var out []*Issue
	for _, g := range groups {
		is := b.issue(g)
		out = append(out, is)
	}
	for _, also := range []bool{false, true} { // the primary issue first
		for i, g := range groups {
			for _, m := range g.members {
				if slices.Contains(g.also, m) == also {
					ref := b.claims[m].ref
					b.supports[ref] = append(b.supports[ref], out[i])
				}
			}
		}
	}
	b.identify(out)
	return out
}

func (b *builder) issue(g group) *Issue {
	lead := b.claims[g.lead]
	is := &Issue{
		Title: lead.Title, Detail: lead.Detail, Impact: lead.Impact,
		Category: lead.Category, Topic: lead.Topic, Fix: lead.Fix,
		Lead: lead.ref, Merges: g.merges,
	}
	is.Locations = slices.Clone(lead.locations)
	var case_ Case
	for _, m := range g.members {
		a := b.claims[m]
		is.Sources = append(is.Sources, Source{
			Reviewer: a.ref.Reviewer, Finding: a.ref.ID, Severity: a.Severity, Category: a.Category,
			Locations: a.locations, Anchoring: a.moved,
		})
		for _, l := range a.locations {
			if !slices.Contains(is.Locations, l) {
				is.Locations = append(is.Locations, l)
			}
		}
		case_.Claims = append(case_.Claims, a.Claim)
		is.Checks = append(is.Checks, b.sources.checks(a)...)
		is.Topic = cmp.Or(is.Topic, a.Topic)
		if is.Fix == nil {
			is.Fix = a.Fix
		}
	}
	is.Category = b.category(g, lead)
	if g.ruling != nil {
		is.rule(g.ruling)
	}
	is.Reported = len(is.Names())
	is.Read = b.panel.readers(is.RaisedBy, is.Locations)
	case_.Reported, case_.Read = is.Reported, is.Read
	case_.Contradicted = len(contradictions(is.Checks)) > 0
	b.rated[is] = rated{case_, g.ruling}
	b.rate(is, case_, g.ruling)
	is.Excerpts = b.sources.excerpts(is.Locations)
	is.Symbols = b.sources.symbols(is.Locations)
	if is.Fix != nil && len(is.Fix.Edits) > 0 {
		patch, err := b.sources.patch(is.Fix.Edits)
		if err != nil {
			is.Reasons = append(is.Reasons, fmt.Sprintf("The fix is shown without a patch: %v.", err))
		}
		is.Patch = patch
	}
	return is
}

// rerate rates an issue again after a second look.
func (b *builder) rerate(is *Issue) {
	again := b.rated[is]
	again.Verification = is.Verification.Status
	b.rate(is, again.Case, again.ruling)
}

// hide folds away what the caller does not want to see at once.
func (b *builder) hide(issues []*Issue) {
	for _, is := range issues {
		if is.Survival < b.pipeline.MinScore {
			is.Hidden = fmt.Sprintf("survival score %.2f is below the %.2f asked for", is.Survival, b.pipeline.MinScore)
		}
	}
}

// category is what most claims say; of equals the lead's, then the one that comes first in the alphabet.
func (b *builder) category(g group, lead *anchored) Category {
	count := map[Category]int{}
	for _, m := range g.members {
		if c := b.claims[m].Category; c != "" {
			count[c]++
		}
	}
	best := lead.Category
	for _, m := range g.members {
		c := b.claims[m].Category
		if count[c] > count[best] || (count[c] == count[best] && best != lead.Category && c < best) {
			best = c
		}
	}
	return best
}

// rule puts a lead's words in the place of the claims'.
func (is *Issue) rule(ru *Ruling) {
	is.Title = cmp.Or(ru.Title, is.Title)
	is.Detail = cmp.Or(ru.Detail, is.Detail)
	is.Impact = cmp.Or(ru.Impact, is.Impact)
	is.Category = cmp.Or(ru.Category, is.Category)
	if ru.Fix != nil {
		is.Fix = ru.Fix
	}
	for i := len(ru.Locations) - 1; i >= 0; i-- {
		l := ru.Locations[i]
		is.Locations = slices.DeleteFunc(is.Locations, func(o Location) bool { return o == l })
		is.Locations = slices.Insert(is.Locations, 0, l)
	}
}

// rate gives the issue its severity and score. A ruling that names a severity decides it.
func (b *builder) rate(is *Issue, k Case, ru *Ruling) {
	calibrate := b.pipeline.Calibrate
	if calibrate == nil {
		calibrate = DefaultCalibrate
	}
	c := calibrate(k)
	is.Severity, is.Odds, is.Survival, is.Reasons = c.Severity, c.Odds, c.Survival, c.Reasons
	if is.Severity == SeverityUnset {
		// A caller's rule may not know. An issue without a level would be in no section of the report.
		is.Severity = max(is.HighestRaised(), SeveritySuggestion)
		is.Reasons = append(is.Reasons, fmt.Sprintf("No severity was derived, so it is the highest raised: %s.", is.Severity))
	}
	if ru == nil {
		return
	}
	is.Survival = 1 // a person kept it
	if ru.Severity != SeverityUnset {
		derived := is.Severity
		is.Severity, is.Odds = ru.Severity, Odds{}
		reason := fmt.Sprintf("The lead ruled it %s", ru.Severity)
		if ru.Reason != "" {
			reason += ": " + ru.Reason
		}
		is.Reasons = []string{reason + "."}
		if derived != ru.Severity {
			is.Reasons = append(is.Reasons, fmt.Sprintf("Without the ruling it would be %s.", derived))
		}
	}
}

// identify gives every issue an ID made of what does not change as long as its code does not: see [Issue.Code].
func (b *builder) identify(issues []*Issue) {
	for _, is := range issues {
		h := sha256.New()
		hashString(h, b.identity(is))
		is.Code = hex.EncodeToString(h.Sum(nil))[:identityDigits]
	}
	// Issues about the same code are told apart by their order, which is that of their own words.
	all := slices.Clone(issues)
	slices.SortStableFunc(all, func(x, y *Issue) int {
		return cmp.Or(cmp.Compare(x.Code, y.Code), compareIssues(x, y), cmp.Compare(x.Lead.String(), y.Lead.String()))
	})
	taken := map[string]bool{}
	for _, is := range all {
		is.ID = freeID(is.Code, taken)
	}
}

// identityDigits is how many hexadecimal digits an ID has.
const identityDigits = 12

// freeID returns the first ID for an issue about code that is not taken, and takes it.
func freeID(code string, taken map[string]bool) string {
	id := code
	for n := 1; taken[id]; n++ {
		h := sha256.New()
		hashString(h, code, strconv.Itoa(n))
		id = hex.EncodeToString(h.Sum(nil))[:identityDigits]
	}
	taken[id] = true
	return id
}

// identityLines is how much of a long range tells an issue apart.
const identityLines = 10

func (b *builder) identity(is *Issue) string {
	if len(is.Locations) == 0 {
		return "title\x00" + strings.Join(strings.Fields(strings.ToLower(is.Title)), " ")
	}
	l := is.Locations[0]
	lines, ok := b.sources.text(l.Path, l.Old).slice(l.Start, min(l.Last(), l.Start+identityLines-1))
	if !ok {
		return "title\x00" + l.Path + "\x00" + strings.Join(strings.Fields(strings.ToLower(is.Title)), " ")
	}
	code := make([]string, len(lines))
	for i, line := range lines {
		code[i] = strings.Join(strings.Fields(line), " ")
	}
	return "code\x00" + l.Path + "\x00" + strings.Join(code, "\n")
}

// ledger returns the decision on every finding, and on every note that a ruling dropped, in roster order.
func (b *builder) ledger(r *Report) []Decision {
	var out []Decision
	for _, a := range b.claims {
		out = append(out, b.decide(a))
	}
	for _, rev := range b.panel.reviews {
		for _, n := range rev.Notes {
			ref := Ref{rev.Reviewer, n.ID}
			if ru := b.rulings.first(ref); ru != nil && !ru.keeps() {
				out = append(out, Decision{
					Claim: ref, Note: true, Title: cmp.Or(n.Title, shorten(n.Text, 80)), Outcome: ru.Outcome, Drop: ru.dropKind(),
					Rule: "ruling", Reason: ru.Reason,
				})
			}
		}
	}
	slices.SortStableFunc(out, func(x, y Decision) int {
		return cmp.Compare(b.panel.rank[x.Claim.Reviewer], b.panel.rank[y.Claim.Reviewer])
	})
	return out
}

// dropKind is the ruling's kind of drop, which a drop always has.
func (r *Ruling) dropKind() DropKind {
	if r.Outcome != OutcomeDropped {
		return ""
	}
	return cmp.Or(r.Drop, DropOther)
}

func (b *builder) decide(a *anchored) Decision {
	d := Decision{Claim: a.ref, Title: a.Title, Raised: a.Severity}
	ru := b.rulings.first(a.ref)
	var issues []*Issue
	var out []settlement
	for _, is := range b.supports[a.ref] {
		if s, settled := b.settled[is]; settled {
			out = append(out, s)
		} else {
			issues = append(issues, is)
		}
	}
	if len(issues) == 0 && len(out) > 0 {
		d.Outcome, d.Rule, d.Reason = out[0].outcome, out[0].rule, out[0].reason
		return d
	}
	if len(issues) == 0 {
		d.Outcome, d.Drop, d.Rule, d.Reason = ru.Outcome, ru.dropKind(), "ruling", ru.Reason
		return d
	}
	primary := issues[0]
	for _, is := range issues {
		d.Issues = append(d.Issues, is.ID)
	}
	d.Final = primary.Severity
	d.Outcome, d.Rule = OutcomeKept, "alone"
	switch {
	case ru != nil:
		d.Rule, d.Reason = "ruling", ru.Reason
	case len(primary.Sources) > 1:
		d.Rule = "match"
	}
	if v := primary.Verification; v != nil && v.Status == VerificationRefuted {
		d.Reason = joinText(d.Reason, fmt.Sprintf("refuted by %s: %s", v.By, v.Reason))
	}
	if primary.Lead != a.ref {
		d.Outcome = OutcomeMerged
		if m, with := primary.mergeOf(a.ref); m != nil && ru == nil {
			d.Score, d.Reason = m.Score, joinText(fmt.Sprintf("says the same as %s", with), d.Reason)
		}
	}
	if d.Downgraded() && d.Reason == "" && len(primary.Reasons) > 0 {
		d.Reason = primary.Reasons[0]
	}
	return d
}
