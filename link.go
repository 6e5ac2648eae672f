package deepreview

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

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
	prev := b.change.Previous
	if prev == nil {
		return b.suppress(ctx, r)
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
	stands := b.followAll(prev.Issues)
	raised := slices.Clone(r.Issues)
	earlier := b.earlier(prev.Issues, stands, raised)
	warnings := b.suppress(ctx, r) // behind that, since a comment may name the ID that an issue had from the beginning

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
		res := decided[old.ID]
		if overruled(old, res) {
			res = nil
		}
		own := *old
		p := PriorIssue{Issue: &own}
		p.Status, p.Reason = b.fate(ctx, old, stands[i], res)
		if res != nil {
			own.Resolution = res
		}
		b.place(&own, stands[i])
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
		is.overrule(is.Status, res, graver(res.Severity, is.Severity))
	case res != nil:
		is.overrule(StatusReopened, res, "raised again")
	case ended != nil:
		is.Resolution = ended
		is.StatusReason = over(ended)
	}
}

// graver says why a decision does not hold for an issue about the same code.
func graver(then, now Severity) string {
	return fmt.Sprintf("but that was rated %s, and this is rated %s", then, now)
}

// over says that a decision has ended.
func over(ended *Resolution) string {
	return fmt.Sprintf("%s; that ended on %s", ended, ended.Expires.Format(time.DateOnly))
}

// overrule keeps the issue open in spite of a decision about it.
func (is *Issue) overrule(status RoundStatus, res *Resolution, why string) {
	void := *res
	void.Overruled = true
	is.Resolution = &void
	is.Status, is.StatusReason = status, res.String()+"; "+why
}

// overruled reports whether an earlier round kept the issue open in spite of this very decision. It takes another one to
// settle it then.
func overruled(old *Issue, res *Resolution) bool {
	was := old.Resolution
	return res != nil && was != nil && was.Overruled &&
		was.As == res.As && was.Why == res.Why && was.By == res.By && was.Date.Equal(res.Date) && was.Expires.Equal(res.Expires)
}

// again gives its status to an issue that an earlier one is linked to. Where not both its code and its words say that they are
// the same, a decision does not hold for an issue that is graver: it may be another one.
func (b *builder) again(is, old *Issue, at standing, alike bool, res, ended *Resolution, before int) {
	is.Resolution = res
	if overruled(old, res) {
		is.Resolution, res = old.Resolution, nil
	}
	unsuppressed := is.StatusReason // why the comment that silenced it does not any more
	is.Since = cmp.Or(old.Since, before)
	is.Status, is.StatusReason = StatusPersisting, fmt.Sprintf("raised since round %d", is.Since)
	switch {
	case res.Settles() && at.code != codeChanged && (alike && at.code == codeUnchanged || is.Severity <= old.Severity):
		b.decline(is, res)
	case res.Settles() && at.code != codeChanged:
		is.overrule(StatusReopened, res, graver(old.Severity, is.Severity))
	case res.Settles():
		is.overrule(StatusReopened, res, "but its code has changed since")
	case res != nil:
		is.overrule(StatusReopened, res, "raised again")
	case ended != nil:
		is.Resolution = ended
		is.StatusReason = over(ended)
		if old.Status == StatusDeclined {
			is.Status = StatusReopened
		}
	case old.Status == StatusFixed:
		is.Status, is.StatusReason = StatusReopened, "it was seen as fixed, and is raised again"
	case old.Status == StatusDeclined:
		is.Status, is.StatusReason = StatusReopened, "it was settled, and that was taken back"
	case old.Status == StatusSuppressed:
		is.Status, is.StatusReason = StatusReopened, cmp.Or(unsuppressed, "it was suppressed in the code, and is no longer")
	}
}

func (b *builder) decline(is *Issue, res *Resolution) {
	is.Status, is.StatusReason = StatusDeclined, res.String()
	b.settled[is] = settlement{OutcomeDeclined, "resolution", "settled earlier: " + res.String()}
}

// fate is what became of an earlier issue that nobody raised this time.
func (b *builder) fate(ctx context.Context, old *Issue, at standing, res *Resolution) (RoundStatus, string) {
	read := at.Path != "" && b.panel.readers(func(string) bool { return false }, []Location{at.Location}) > 0
	var silenced *suppression
	if old.Status == StatusSuppressed && at.code == codeUnchanged {
		silenced = b.suppressionAt(at.Location)
	}
	switch {
	case res.Settles() && at.code != codeChanged:
		return StatusDeclined, res.String()
	case silenced != nil:
		return StatusSuppressed, b.silence(ctx, silenced)
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
	// Where the code was touched and not replaced it is as likely as not.
	touchedCode = 0.50
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
	for _, sure := range []bool{true, false} { // behind all that say the same: the same place, then a place that reads the same
		for i, old := range olds {
			for j, is := range issues {
				if stands[i].is(is) == sure && (sure || old.sameCode(is)) {
					ties = append(ties, tie{i, j, 0})
				}
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

// sameCode reports whether both cite code of one file that reads the same.
func (is *Issue) sameCode(other *Issue) bool { return is.Code != "" && is.Code == other.Code }

// needed is how likely the matcher has to find it that is says the same as old, which is at now.
func needed(old *Issue, at standing, is *Issue) float64 {
	if old.sameCode(is) || at.is(is) {
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
	cited, now := citedLines(old), citedLines(is)
	switch share, known := shared(cited, now, func(a, b string) bool { return a == b }); {
	case known && share >= 0.5:
		return min(need, sharedCode)
	case !known && at.code != codeChanged:
		return need
	}
	// What reviewers quote besides is often how it should be, and alike by intention.
	if share, _ := shared(shownLines(old), shownLines(is), alikeLines); share >= 0.5 {
		return max(need, touchedCode)
	}
	return max(need, otherCode)
}

// citedLines are the lines of code that an issue is about: those its excerpts mark, and those it quotes in fences; without white
// space around them and without what could stand anywhere.
func citedLines(is *Issue) []string {
	out := shownLines(is)
	fenced := false
	for line := range strings.Lines(is.Detail) {
		switch {
		case strings.HasPrefix(strings.TrimSpace(line), "```"):
			fenced = !fenced
		case fenced:
			out = addLine(out, line)
		}
	}
	return out
}

// shownLines are those of the cited lines that the issue's excerpts mark.
func shownLines(is *Issue) (out []string) {
	for _, e := range is.Excerpts {
		for _, n := range e.Cited {
			if i := n - e.Start; i >= 0 && i < len(e.Lines) {
				out = addLine(out, e.Lines[i])
			}
		}
	}
	return out
}

func addLine(lines []string, line string) []string {
	line = strings.Join(strings.Fields(line), " ")
	if (&citation{lines: []string{line}}).weak() || slices.Contains(lines, line) {
		return lines
	}
	return append(lines, line)
}

// shared is how much of the smaller list the larger one has; it is not known where one is empty.
func shared(a, b []string, same func(a, b string) bool) (share float64, known bool) {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) == 0 {
		return 0, false
	}
	n := 0
	for _, line := range a {
		if slices.ContainsFunc(b, func(other string) bool { return same(line, other) }) {
			n++
		}
	}
	return float64(n) / float64(len(a)), true
}

// alikeLines reports whether two lines of code have two thirds of their words in common.
func alikeLines(a, b string) bool {
	words := func(line string) []string {
		return strings.FieldsFunc(line, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	}
	x, y := words(a), words(b)
	left := map[string]int{}
	for _, w := range x {
		left[w]++
	}
	both := 0
	for _, w := range y {
		if left[w] > 0 {
			left[w]--
			both++
		}
	}
	return 3*both >= len(x)+len(y)
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
