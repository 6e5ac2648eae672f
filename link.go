package deepreview

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/deepreview-go/deepreview/internal/match"
)

// settlement is how a person took an issue out of the open ones.
type settlement struct {
	outcome      Outcome
	rule, reason string
}

// link compares the report with the rounds before: an issue that says the same as an earlier one takes its ID, what a person
// settled is taken out of the open issues, and each has its status. It returns warnings.
func (b *builder) link(ctx context.Context, r *Report) []string {
	b.settled = map[*Issue]settlement{}
	warnings := b.suppress(ctx, r)
	prev := b.change.Previous
	if prev == nil {
		return warnings
	}
	decided := map[string]*Resolution{}
	ended := map[string]*Resolution{}
	for i := range prev.Resolutions {
		if res := &prev.Resolutions[i]; res.Expired(b.pipeline.Date) {
			ended[res.Issue] = res
		} else {
			decided[res.Issue] = res
		}
	}
	stands := make([]standing, len(prev.Issues))
	for i, old := range prev.Issues {
		stands[i] = b.follow(old)
	}
	var raised []*Issue
	raised = append(raised, r.Issues...)
	for _, p := range r.Prior {
		raised = append(raised, p.Issue) // suppressed ones are known from round to round, too
	}
	earlier := b.earlier(prev.Issues, stands, raised)

	round := cmp.Or(b.change.Round, prev.Number+1)
	var open []*Issue
	for _, is := range raised {
		if _, out := b.settled[is]; out {
			is.Since = round
			if k, ok := earlier[is]; ok {
				is.Since = cmp.Or(prev.Issues[k.old].Since, prev.Number)
			}
			continue
		}
		if k, known := earlier[is]; known {
			b.again(is, prev.Issues[k.old], stands[k.old], k.alike, decided[is.ID], ended[is.ID], prev.Number)
		} else {
			b.unknown(is, decided[is.ID], ended[is.ID], prev.Number, round)
		}
		if _, out := b.settled[is]; out {
			r.Prior = append(r.Prior, PriorIssue{Issue: is, Status: StatusDeclined, Reason: is.StatusReason})
		} else {
			open = append(open, is)
		}
	}
	r.Issues = open
	found := map[int]bool{}
	for _, k := range earlier {
		found[k.old] = true
	}
	for i, old := range prev.Issues {
		if found[i] || old.Status == StatusFixed {
			continue
		}
		p := PriorIssue{Issue: old}
		p.Status, p.Reason = b.fate(old, stands[i], decided[old.ID])
		if res := decided[old.ID]; res != nil && old.Resolution != res {
			own := *old
			own.Resolution = res
			p.Issue = &own
		}
		r.Prior = append(r.Prior, p)
	}
	return warnings
}

// unknown gives its status to an issue that no earlier round had. A decision holds for it where it was about the same code and an
// issue no less grave: so what was accepted on one branch is on the next.
func (b *builder) unknown(is *Issue, res, ended *Resolution, before, round int) {
	is.Resolution = res
	if before > 0 {
		is.Status, is.Since = StatusNew, round
	}
	switch {
	case res.Settles() && (res.Severity == SeverityUnset || is.Severity <= res.Severity):
		b.decline(is, res)
	case res.Settles():
		is.StatusReason = graver(res, res.Severity, is.Severity)
	case res != nil:
		is.Status, is.StatusReason = StatusReopened, res.String()+"; raised again"
	case ended != nil:
		is.Resolution = ended
		is.StatusReason = fmt.Sprintf("%s; that ended on %s", ended, ended.Expires.Format("2006-01-02"))
	}
}

// graver says why a decision does not hold for an issue about the same code.
func graver(res *Resolution, then, now Severity) string {
	return fmt.Sprintf("%s; but that was rated %s, and this is rated %s", res, then, now)
}

// again gives its status to an issue that an earlier one is linked to. Where only the code says that they are the same, and not
// their words, a decision does not hold for an issue that is graver: it may be another one.
func (b *builder) again(is, old *Issue, at standing, alike bool, res, ended *Resolution, before int) {
	is.Resolution = res
	is.Since = cmp.Or(old.Since, before)
	is.Status, is.StatusReason = StatusPersisting, fmt.Sprintf("raised since round %d", is.Since)
	switch {
	case res.Settles() && at.code != codeChanged && (alike || is.Severity <= old.Severity):
		b.decline(is, res)
	case res.Settles() && at.code != codeChanged:
		is.Status, is.StatusReason = StatusReopened, graver(res, old.Severity, is.Severity)
	case res.Settles():
		is.Status, is.StatusReason = StatusReopened, res.String()+"; but its code has changed since"
	case res != nil:
		is.Status, is.StatusReason = StatusReopened, res.String()+"; raised again"
	case ended != nil:
		is.Resolution = ended
		is.StatusReason = fmt.Sprintf("%s; that ended on %s", ended, ended.Expires.Format("2006-01-02"))
	case old.Status == StatusFixed:
		is.Status, is.StatusReason = StatusReopened, "it was seen as fixed, and is raised again"
	case old.Status == StatusSuppressed:
		is.Status, is.StatusReason = StatusReopened, "it was suppressed in the code, and is no longer"
	}
}

func (b *builder) decline(is *Issue, res *Resolution) {
	is.Status, is.StatusReason = StatusDeclined, res.String()
	b.settled[is] = settlement{OutcomeDeclined, "resolution", "settled earlier: " + res.String()}
}

// fate is what became of an earlier issue that nobody raised this time.
func (b *builder) fate(old *Issue, at standing, res *Resolution) (RoundStatus, string) {
	read := at.Path != "" && b.panel.readers(func(string) bool { return false }, []Location{at.Location}) > 0
	switch {
	case res.Settles() && at.code != codeChanged:
		return StatusDeclined, res.String()
	case at.Path == "":
		return StatusNotExamined, "it cites no place, so that nobody can be said to have looked"
	case !read && b.sources.files[at.Path] == nil:
		return StatusNotExamined, "its file is no part of the change now"
	case !read && res != nil:
		return StatusNotExamined, res.String() + "; nobody read its file this time"
	case !read:
		return StatusNotExamined, "nobody read its file this time"
	case res != nil && res.As == ResolvedFixed:
		return StatusFixed, res.String() + "; not raised again"
	case at.code == codeChanged:
		return StatusFixed, "its code changed, and those who read it did not raise it again"
	case at.code == codeUnchanged:
		return StatusPersisting, "not raised again, but its code is unchanged"
	}
	return StatusPersisting, "not raised again, and nothing says that its code changed"
}

// How likely two issues have to say the same, by the matcher, to be one issue of two rounds. Where both cite the same code
// little is needed; where they cite other code much, since what is raised where something was mended is mostly a fault of
// the mending. The cuts are rounded from what internal/lab/link measures on recorded rounds.
const (
	sharedCode = 0.20
	otherCode  = 0.85
	// Where one of them cites no code their places have to do.
	sameSymbol = 0.40 // in the same function, or near where no function is known
	sameFile   = 0.50 // in the same file, by that or an earlier name
	otherFile  = 0.70
)

// nearLines is how far apart places in one function are at most where no function is known.
const nearLines = 15

// kin is the earlier issue that an issue is linked to, by its index, and whether their words say the same.
type kin struct {
	old   int
	alike bool
}

// earlier finds for each issue the earlier one that it says the same as, and gives it that one's ID. Each has at most
// one, the likeliest pairs first. At last what cites the same code as an earlier issue nobody else took is linked to it.
func (b *builder) earlier(olds []*Issue, stands []standing, issues []*Issue) map[*Issue]kin {
	var docs []match.Doc
	for i, old := range olds {
		l := slices.Clone(old.Locations)
		if len(l) > 0 {
			l[0] = stands[i].Location
		}
		docs = append(docs, issueDoc(old, l, 0))
	}
	of := map[int]int{} // a doc's issue
	claim := map[Ref]*anchored{}
	for _, a := range b.claims {
		claim[a.ref] = a
	}
	for j, is := range issues {
		of[len(docs)] = j
		docs = append(docs, issueDoc(is, is.Locations, 1))
		for _, s := range is.Sources {
			if a := claim[s.Ref()]; a != nil && s.Ref() != is.Lead {
				of[len(docs)] = j
				docs = append(docs, matchDoc(a, 1))
			}
		}
	}
	likely := map[[2]int]float64{}
	for _, l := range match.Likelihoods(docs) {
		if l.A < len(olds) && l.B >= len(olds) {
			k := [2]int{l.A, of[l.B]}
			likely[k] = max(likely[k], l.P)
		}
	}

	type tie struct {
		old, is int
		score   float64
	}
	var ties []tie
	for k, p := range likely {
		need := needed(olds[k[0]], stands[k[0]], issues[k[1]])
		if p >= need {
			ties = append(ties, tie{k[0], k[1], p + 1 - need})
		}
	}
	slices.SortFunc(ties, func(x, y tie) int {
		return cmp.Or(cmp.Compare(y.score, x.score), cmp.Compare(olds[x.old].ID, olds[y.old].ID), cmp.Compare(issues[x.is].ID, issues[y.is].ID))
	})
	for i, old := range olds {
		for j, is := range issues {
			if old.Code != "" && old.Code == is.Code {
				ties = append(ties, tie{i, j, 0}) // behind all that say the same
			}
		}
	}
	out := map[*Issue]kin{}
	used := map[int]bool{}
	for _, t := range ties {
		if _, taken := out[issues[t.is]]; !taken && !used[t.old] {
			used[t.old] = true
			out[issues[t.is]] = kin{t.old, t.score > 0}
		}
	}
	taken := map[string]bool{}
	for _, old := range olds {
		taken[old.ID] = true
	}
	for _, is := range issues {
		if k, ok := out[is]; ok {
			is.ID = olds[k.old].ID
		} else {
			is.ID = freeID(is.Code, taken)
		}
	}
	return out
}

// needed is how likely the matcher has to find it that is says the same as old, which is at now.
func needed(old *Issue, at standing, is *Issue) float64 {
	if old.Code != "" && old.Code == is.Code {
		return sharedCode
	}
	need := otherFile
	for _, l := range is.Locations {
		if l.Path != at.Path || l.Old != at.Old {
			continue
		}
		need = min(need, sameFile)
		if at.Start < 1 || l.Start < 1 {
			continue
		}
		apart := max(l.Start-at.Last(), at.Start-l.Last())
		switch {
		case apart <= 0 && at.code == codeUnchanged:
			return sharedCode
		case apart <= 0, len(old.Symbols) == 0 && apart <= nearLines,
			slices.ContainsFunc(old.Symbols, func(s string) bool { return slices.Contains(is.Symbols, s) }):
			need = min(need, sameSymbol)
		}
	}
	switch share, known := shared(citedLines(old), citedLines(is)); {
	case known && share >= 0.5:
		return min(need, sharedCode)
	case known || at.code == codeChanged:
		return max(need, otherCode)
	}
	return need
}

// citedLines are the lines of code that an issue is about: those its excerpts mark, and those it quotes in fences; without white
// space around them and without what could stand anywhere.
func citedLines(is *Issue) map[string]bool {
	out := map[string]bool{}
	add := func(line string) {
		line = strings.Join(strings.Fields(line), " ")
		if (&citation{lines: []string{line}}).weak() {
			return
		}
		out[line] = true
	}
	for _, e := range is.Excerpts {
		for _, n := range e.Cited {
			if i := n - e.Start; i >= 0 && i < len(e.Lines) {
				add(e.Lines[i])
			}
		}
	}
	fenced := false
	for line := range strings.Lines(is.Detail) {
		switch {
		case strings.HasPrefix(strings.TrimSpace(line), "```"):
			fenced = !fenced
		case fenced:
			add(line)
		}
	}
	return out
}

// shared is how much of the smaller set the larger one has; it is not known where one is empty.
func shared(a, b map[string]bool) (share float64, known bool) {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) == 0 {
		return 0, false
	}
	n := 0
	for line := range a {
		if b[line] {
			n++
		}
	}
	return float64(n) / float64(len(a)), true
}

func issueDoc(is *Issue, locations []Location, group int) match.Doc {
	d := match.Doc{
		Group: group, Title: is.Title, Body: joinText(is.Detail, is.Impact),
		Category: string(is.Category), Level: int(is.Severity), Places: places(locations), Symbols: is.Symbols,
	}
	if is.Fix != nil {
		d.Fix = is.Fix.Text
	}
	return d
}
