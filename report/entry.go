package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"math"
	"net/url"
	"slices"
	"strings"

	"github.com/deepreview-go/deepreview"
)

// The formats that programs read (SARIF, rdjson, GitLab Code Quality) are made of the same entries: what each issue is to a reader
// that can neither fold nor explain, where it is in the files at head, and what may be said of it.

const (
	toolName = "deepreview"
	toolURL  = "https://github.com/deepreview-go/deepreview"
)

// standing says what an entry asks of a reader.
type standing int

const (
	standsOpen     standing = iota // to be looked at
	standsFolded                   // below the score that the user asked for; see Issue.Hidden
	standsRefuted                  // a second look shows why it does not hold
	standsSettled                  // a person settled it in an earlier round
	standsSilenced                 // a comment that stood in the code before the change silences it
	standsQuiet                    // of the round before: not raised again, and its code is as it was
	standsUnseen                   // of the round before: nobody looked at its file this time
	standsFixed                    // of the round before: its code changed, and who read it did not raise it again
)

// entry is an issue as a program is told of it.
type entry struct {
	*deepreview.Issue
	standing standing
	// earlier says that nobody raised it this time: its lines count in the files of the round before.
	earlier bool
	// done says that it is none of the report's issues and asks for nothing, which formats without a word for that leave out.
	done bool
	// why says how the standing came about, in a sentence; empty for an open issue.
	why  string
	rule rule
	// places are where it is. odd are cited paths that name nothing inside of a repository, made harmless.
	places []site
	odd    []string
	// edits are the fix's, sorted; withheld says why a proposal has none, though it was made with some.
	edits    []deepreview.Edit
	withheld string
}

// site is a location in the files at head.
type site struct {
	path string // satisfies fs.ValidPath
	// start and end are both 0 where the whole file is meant, or the lines are not those at head.
	start, end int
	label      string
	// elsewhen says which lines are meant where they are not those at head: "lines 3-5 before the change".
	elsewhen string
}

// digest collects what the entries of a report need.
type digest struct {
	r        *deepreview.Report // without the holes that only a broken one has
	labels   map[string]string
	findings map[deepreview.Ref]*deepreview.Finding
	entries  []entry
}

// digested makes entries of every issue of r, in the report's order, and then of those of the round before.
func digested(r *deepreview.Report) *digest {
	var whole deepreview.Report
	if r != nil {
		whole = *r
	}
	whole.Issues, whole.Reviews = present(whole.Issues), present(whole.Reviews)
	d := &digest{r: &whole, labels: map[string]string{}, findings: map[deepreview.Ref]*deepreview.Finding{}}
	for _, rev := range whole.Reviews {
		if _, twice := d.labels[rev.Reviewer]; twice {
			continue
		}
		d.labels[rev.Reviewer] = cleanLine(rev.DisplayName())
		for _, f := range present(rev.Findings) {
			d.findings[deepreview.Ref{Reviewer: rev.Reviewer, ID: f.ID}] = f
		}
	}
	for _, is := range whole.Issues {
		e := entry{Issue: is}
		switch {
		case is.Status == deepreview.StatusDeclined:
			e.standing, e.why = standsSettled, settledAs(is, "")
		case is.Status == deepreview.StatusSuppressed:
			e.standing, e.why = standsSilenced, settledAs(is, "")
		case is.Verification != nil && is.Verification.Status == deepreview.VerificationRefuted:
			e.standing, e.why = standsRefuted, refutedBy(is.Verification)
		case is.Hidden != "":
			e.standing, e.why = standsFolded, "Folded away: "+full(is.Hidden)
		}
		d.add(e)
	}
	for _, p := range whole.Prior {
		if p.Issue == nil {
			continue
		}
		e := entry{Issue: p.Issue, earlier: true}
		switch p.Status {
		case deepreview.StatusDeclined, deepreview.StatusSuppressed:
			e.standing, e.why = standsSettled, settledAs(p.Issue, p.Reason)
			if p.Status == deepreview.StatusSuppressed {
				e.standing = standsSilenced
			}
			e.earlier = p.Issue.StatusReason == "" // a round does not keep it: see deepreview.Round.Next
		case deepreview.StatusFixed:
			e.standing, e.why = standsFixed, "Fixed since the round before: "+full(p.Reason)
		case deepreview.StatusPersisting:
			e.standing, e.why = standsQuiet, "Of the round before: "+full(p.Reason)
		default: // what nobody looked at is never called fixed
			e.standing, e.why = standsUnseen, "Of the round before, and not re-examined: "+full(p.Reason)
		}
		e.done = e.standing == standsSettled || e.standing == standsSilenced || e.standing == standsFixed
		d.add(e)
	}
	return d
}

func (d *digest) add(e entry) {
	e.rule = d.ruleOf(&e)
	when := ""
	if e.earlier {
		when = "in the round before"
	}
	e.places, e.odd = sitesOf(e.Locations, when)
	if f := e.Fix; f != nil && len(f.Edits) > 0 && !e.earlier {
		e.edits, e.withheld = soundEdits(f.Edits)
	}
	d.entries = append(d.entries, e)
}

// full makes a sentence of a reason.
func full(s string) string {
	s = cmp.Or(cleanLine(s), "no reason is given")
	if strings.HasSuffix(s, ".") || strings.HasSuffix(s, "!") || strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}

func settledAs(is *deepreview.Issue, reason string) string {
	if reason = cmp.Or(reason, is.StatusReason); reason == "" && is.Resolution != nil {
		reason = is.Resolution.String()
	}
	return "Settled: " + full(cmp.Or(reason, "in an earlier round"))
}

func refutedBy(v *deepreview.Verification) string {
	return "Refuted by " + cmp.Or(cleanLine(v.By), "a second look") + ": " + full(v.Reason)
}

// label is the name of a reviewer that a reader sees.
func (d *digest) label(name string) string {
	return cmp.Or(d.labels[name], cleanLine(name), "somebody")
}

// sitesOf makes places of locations. Their lines are not those at head where when says so, or they count before the change.
func sitesOf(locations []deepreview.Location, when string) (at []site, odd []string) {
	for _, l := range locations[:min(len(locations), maxPlaces)] {
		if !fs.ValidPath(l.Path) || l.Path == "." {
			odd = append(odd, cmp.Or(cleanLine(l.Path), "(no name)"))
			continue
		}
		p := site{path: l.Path, label: cleanLine(l.Label)}
		if l.Start > 0 {
			p.start, p.end = l.Start, max(l.Start, l.Last())
		}
		then := when
		if l.Old {
			then = "before the change"
		}
		if p.end > math.MaxInt32 { // readers hold lines in 32 bits, and refuse the whole file otherwise
			then = cmp.Or(then, "of the file")
		}
		if then != "" && p.start > 0 {
			noun := "line"
			if p.end > p.start {
				noun = "lines"
			}
			p.elsewhen = strings.Replace(fmt.Sprintf("%s %s %s", noun, lineRange(p.start, p.end), then), "–", "-", 1)
			p.start, p.end = 0, 0
		}
		at = append(at, p)
	}
	return at, odd
}

// remark says of a place what its numbers do not.
func (p site) remark() string {
	switch {
	case p.elsewhen == "":
		return p.label
	case p.label == "":
		return sentence(p.elsewhen)
	}
	return p.label + " (" + p.elsewhen + ")"
}

// relativeURI is a path as a relative reference of RFC 3986.
func relativeURI(path string) string {
	parts := strings.Split(path, "/")
	for i := range parts {
		parts[i] = strings.ReplaceAll(url.PathEscape(parts[i]), ":", "%3A") // a first element with a colon would be a scheme
	}
	return strings.Join(parts, "/")
}

// shownPath is a path for formats that do not escape it. What must not be shown is written out, so that it names no file
// rather than another one.
func shownPath(path string) string {
	return strings.NewReplacer("\n", "␊", "\t", "␉").Replace(cleanCode(path))
}

// soundEdits returns edits in order, or says why none can be offered: a fix is applied as a whole, at a click, so one that is
// doubtful in any part is none.
func soundEdits(edits []deepreview.Edit) ([]deepreview.Edit, string) {
	edits = slices.Clone(edits)
	slices.SortStableFunc(edits, func(a, b deepreview.Edit) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
	})
	size := 0
	for i, e := range edits {
		size += len(e.New)
		switch {
		case !fs.ValidPath(e.Path) || e.Path == ".":
			return nil, "they name no file of a repository"
		case e.Start < 1 || e.End < e.Start-1 || e.End >= math.MaxInt32:
			return nil, "their lines run backwards"
		case i > 0 && e.Path == edits[i-1].Path && (e.Start <= edits[i-1].End || e.End < e.Start && e.Start == edits[i-1].Start):
			return nil, "they overlap" // two insertions at one place do, since nothing says which comes first
		case e.End < e.Start && e.New == "":
			return nil, "they change nothing"
		case size > maxPatch:
			return nil, "they are too long"
		case e.New != "" && !strings.HasSuffix(e.New, "\n"):
			return nil, "they do not consist of whole lines"
		}
		if text := strings.ReplaceAll(e.New, "\r\n", "\n"); cleanCode(text) != text {
			return nil, "they hold characters that cannot be seen, or no text"
		}
	}
	return edits, ""
}

// region is what an edit replaces. Columns are 0 where whole lines are meant without the end of the last.
type region struct {
	startLine, startColumn, endLine, endColumn int
}

// replaced is the region of an edit and what takes its place. Whole lines are replaced without the end of the last one, since
// that is the form in which forges make suggestions; where a line goes or comes, or ends in a carriage return, the region is exact.
func replaced(e deepreview.Edit) (region, string) {
	switch {
	case e.End < e.Start:
		return region{e.Start, 1, e.Start, 1}, e.New
	case e.New == "" || strings.Contains(e.New, "\r"):
		return region{e.Start, 1, e.End + 1, 1}, e.New
	}
	return region{startLine: e.Start, endLine: e.End}, strings.TrimSuffix(e.New, "\n")
}

// rule is what kind of finding an entry is. Its ID is stable from report to report.
type rule struct {
	id string
	// topic is set for a claim made by judgement, own for a linter's rule.
	topic, own  string
	name, about string
}

// topics describe the usual ones.
var topics = map[string][2]string{
	"correctness":   {"Correctness", "The code does something else than it should."},
	"security":      {"Security", "Somebody could do or learn what they should not."},
	"concurrency":   {"Concurrency", "Something goes wrong when things happen at the same time."},
	"performance":   {"Performance", "The code takes more time, memory or traffic than it needs."},
	"testing":       {"Testing", "Something is not tested, or a test does not show what it should."},
	"documentation": {"Documentation", "What is written about the code is missing, stale or wrong."},
	"style":         {"Style", "The code departs from the way the rest is written."},
	"maintenance":   {"Maintenance", "The code is harder to change or to understand than it need be."},
	"regression":    {"Regression", "The change made something worse."},
	"gap":           {"Gap", "The change leaves something undone."},
	"enhancement":   {"Enhancement", "An optional betterment."},
	"other":         {"Other", "A finding without a topic."},
}

// ruleOf returns the rule of the linter that speaks for e, or made a claim of it; else one for its topic, or its category. The
// claims of an earlier round are not in the report: there the topic has to do.
func (d *digest) ruleOf(e *entry) rule {
	if !e.earlier {
		refs := []deepreview.Ref{e.Lead}
		for _, s := range e.Sources {
			refs = append(refs, s.Ref())
		}
		for _, ref := range refs {
			if f := d.findings[ref]; f != nil && cleanLine(f.Rule) != "" {
				id := cutAt(cleanLine(f.Rule), 200)
				return rule{id: id, own: id, about: "A rule of " + d.label(ref.Reviewer) + "."}
			}
		}
	}
	topic := cmp.Or(slug(string(e.Topic)), slug(string(e.Category)), "other")
	ru := rule{id: toolName + "-" + topic, topic: topic, name: sentence(topic), about: "A finding about " + topic + "."}
	if t, ok := topics[topic]; ok {
		ru.name, ru.about = t[0], t[1]
	}
	return ru
}

// slug makes part of an identifier of an open word: letters, digits and single hyphens. One of other letters becomes its digest.
func slug(s string) string {
	s = cleanLine(s)
	if s == "" {
		return ""
	}
	out := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return ' '
	}, cutAt(s, 60))
	if out = strings.Join(strings.Fields(out), "-"); out == "" {
		sum := sha256.Sum256([]byte(s))
		out = "topic-" + hex.EncodeToString(sum[:4])
	}
	return out
}

// section is a part of what is said about an entry.
type section struct {
	head string
	line string // one line of plain text
	body Prose  // or Markdown
}

// sections say what an entry is about, each text of at most limit bytes. The last is a sentence of ours.
func (d *digest) sections(e *entry, limit int) []section {
	var out []section
	add := func(s section) {
		if s.line != "" || s.body != "" {
			out = append(out, s)
		}
	}
	add(section{line: cmp.Or(bounded(cleanLine(e.Title), limit), "(no title)")})
	add(section{body: Prose(cleanProse(e.Detail, limit))})
	add(section{head: "Impact", body: Prose(cleanProse(e.Impact, limit))})
	if e.Fix != nil {
		add(section{head: "Proposed fix", body: Prose(cleanProse(e.Fix.Text, limit))})
	}
	if e.withheld != "" {
		add(section{line: "The edits of the proposed fix are left out: " + e.withheld + "."})
	}
	add(section{line: e.why})
	if over := len(e.Locations) - maxPlaces; over > 0 {
		add(section{line: fmt.Sprintf("It cites %d places, of which %d are left out.", len(e.Locations), over)})
	}
	if len(e.odd) > 0 {
		add(section{line: fmt.Sprintf("It also cites what is no path inside of the repository: %s.", bounded(strings.Join(e.odd, ", "), limit))})
	}
	if len(e.places) > 0 && e.places[0].elsewhen != "" {
		add(section{line: "It is about " + bounded(shownPath(e.places[0].path), 500) + ", " + e.places[0].elsewhen + "."})
	}
	if len(e.places) == 0 {
		add(section{line: "It cites no place in the code."})
	}
	add(section{line: d.who(e)})
	return out
}

// who is the sentence that says what number e has and who raised it, each with its own severity where that differed.
func (d *digest) who(e *entry) string {
	said := map[string]bool{}
	var names []string
	for _, s := range e.Sources {
		if said[s.Reviewer] {
			continue
		}
		said[s.Reviewer] = true
		name := bounded(d.label(s.Reviewer), 200)
		if s.Severity != e.Severity && s.Severity != deepreview.SeverityUnset {
			name += " as " + s.Severity.String()
		}
		if len(names) < 20 {
			names = append(names, name)
		}
	}
	var notes []string
	if number := bounded(cleanLine(e.Number), 40); number != "" {
		notes = append(notes, number)
	}
	if e.Read > 0 && e.Reported > 0 {
		notes = append(notes, fmt.Sprintf("%d of %d that read it", e.Reported, e.Read))
	}
	aside := ""
	if len(notes) > 0 {
		aside = " (" + strings.Join(notes, "; ") + ")"
	}
	switch n := len(names); {
	case n == 0:
		return "The report does not say who raised it" + aside + "."
	case len(said) > n:
		return fmt.Sprintf("Raised by %s and %d more%s.", strings.Join(names, ", "), len(said)-n, aside)
	case n == 1:
		return fmt.Sprintf("Raised by %s%s.", names[0], aside)
	default:
		return fmt.Sprintf("Raised by %s and %s%s.", strings.Join(names[:n-1], ", "), names[n-1], aside)
	}
}

// plainText writes sections as text without markup.
func plainText(sections []section) string {
	t := terminal{width: 1 << 20} // the reader wraps
	var parts []string
	for _, s := range sections {
		if s.line != "" {
			parts = append(parts, s.line)
			continue
		}
		var b strings.Builder
		if s.head != "" {
			b.WriteString(s.head + ":\n")
		}
		for _, line := range t.proseText(s.body, "") {
			t.write(&b, line)
			b.WriteByte('\n')
		}
		parts = append(parts, strings.TrimRight(b.String(), "\n"))
	}
	return strings.Join(parts, "\n\n")
}

// markdownText writes sections as Markdown that cannot reach beyond itself.
func markdownText(sections []section) string {
	var parts []string
	for _, s := range sections {
		text := string(escapeMarkdown(s.line))
		if s.line == "" {
			text = strings.TrimRight(proseMarkdown(s.body), "\n")
		}
		if s.head != "" {
			text = "**" + s.head + "**\n\n" + text
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "\n\n")
}

// incomplete lists, in words, what was not done; none if all was. It is the verdict's list, or the default quorum's for a
// report without a verdict.
func (d *digest) incomplete() []string {
	if d.r.Verdict.Kind == deepreview.VerdictUnset && len(d.r.Verdict.Missing) == 0 {
		return lines(deepreview.Missing(d.r))
	}
	return lines(d.r.Verdict.Missing)
}

// fingerprints gives each entry a name that no other has: its issue's ID where that is so.
func (d *digest) fingerprints() []string {
	out := make([]string, len(d.entries))
	taken := map[string]bool{}
	for i, e := range d.entries {
		id := cleanLine(e.ID)
		for n := 0; id == "" || taken[id]; n++ {
			sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%d", e.ID, e.Title, n))
			id = hex.EncodeToString(sum[:])
		}
		taken[id] = true
		out[i] = id
	}
	return out
}
