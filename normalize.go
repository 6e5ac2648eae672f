package deepreview

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/deepreview-go/deepreview/internal/redact"
)

// maxRepairs bounds the list of repairs: a review that is nonsense from end to end is described by its beginning.
const maxRepairs = 20

// normalize makes a review fit to be held: each claim has an ID of its own, each text is valid UTF-8 and without likely
// secrets, no claim is nil, no file is stated twice. What it had to mend stands in Repairs. It does not change what r points to, and changes
// nothing the second time.
func normalize(r *Review) *Review {
	out := *r
	n := &normalizer{taken: map[string]bool{}, repairs: slices.Clone(r.Repairs)}
	n.texts("the review", &out.Label, &out.Vendor, &out.Model, &out.Summary, &out.Verdict, &out.Transcript)
	if r.Failure != nil {
		f := *r.Failure
		n.texts("the failure", &f.Message)
		out.Failure = &f
	}
	// IDs that were given are all reserved before any is made up, so that a made-up one takes nobody's.
	given := map[string]bool{}
	for _, f := range r.Findings {
		if f != nil {
			given[f.ID] = true
		}
	}
	for _, note := range r.Notes {
		if note != nil {
			given[note.ID] = true
		}
	}
	n.given = given
	out.Findings = nil
	for i, f := range r.Findings {
		if f == nil {
			n.say("finding %d was nil, and nothing could be kept of it", i+1)
			continue
		}
		out.Findings = append(out.Findings, n.finding(i, f))
	}
	out.Notes = nil
	for i, note := range r.Notes {
		if note == nil {
			n.say("note %d was nil, and nothing could be kept of it", i+1)
			continue
		}
		out.Notes = append(out.Notes, n.note(i, note))
	}
	out.Coverage = n.coverage(r.Coverage)
	out.Repairs = n.list()
	return &out
}

// normalizer is one review's way through [normalize].
type normalizer struct {
	taken, given map[string]bool
	repairs      []string
	more         int
}

func (n *normalizer) say(format string, args ...any) {
	if len(n.repairs) >= maxRepairs {
		n.more++
		return
	}
	n.repairs = append(n.repairs, fmt.Sprintf(format, args...))
}

func (n *normalizer) list() []string {
	if n.more > 0 {
		return append(n.repairs, fmt.Sprintf("and %d more", n.more))
	}
	return n.repairs
}

// valid makes each text valid UTF-8: a byte that is none shows as the replacement character.
func (n *normalizer) valid(where string, texts ...*string) {
	for _, t := range texts {
		if !utf8.ValidString(*t) {
			n.say("%s held bytes that are no UTF-8: %.60q", where, *t)
			*t = strings.ToValidUTF8(*t, "\uFFFD")
		}
	}
}

// texts makes each text valid UTF-8 and masks the likely secrets in it: a report is passed on more freely than code.
func (n *normalizer) texts(where string, texts ...*string) {
	n.valid(where, texts...)
	for _, t := range texts {
		masked, secrets := redact.Mask(*t)
		if secrets > 0 {
			n.say("%s held %s, masked here", where, counted(secrets, "likely secret"))
			*t = masked
		}
	}
}

// id returns the claim's ID if it is its own, else one that is nobody's.
func (n *normalizer) id(kind string, i int, id string) string {
	own := strings.ToValidUTF8(strings.ReplaceAll(id, "/", "-"), "\uFFFD")
	if own == "" || n.taken[own] {
		base := own
		if base == "" {
			base = fmt.Sprintf("%s%d", kind[:1], i+1)
		}
		own = base
		for k := 2; n.taken[own] || n.given[own]; k++ {
			own = fmt.Sprintf("%s-%d", base, k)
		}
	}
	if own != id {
		n.say("%s %d had the ID %q and is %q here", kind, i+1, id, own)
	}
	n.taken[own] = true
	return own
}

func (n *normalizer) finding(i int, f *Finding) *Finding {
	out := *f
	out.ID = n.id("finding", i, f.ID)
	where := "finding " + out.ID
	n.texts(where, &out.Title, &out.Detail, &out.Impact, &out.Quote, &out.RawSeverity,
		(*string)(&out.Category), (*string)(&out.Topic), &out.Rule)
	out.Locations = n.locations(where, f.Locations)
	if f.Fix != nil {
		fix := Fix{Text: f.Fix.Text, Edits: slices.Clone(f.Fix.Edits)}
		n.texts(where, &fix.Text)
		for j := range fix.Edits {
			n.valid(where, &fix.Edits[j].Path, &fix.Edits[j].New)
			if len(redact.Find(fix.Edits[j].New)) > 0 {
				n.say("%s: its edits held a likely secret and are left out", where)
				fix.Edits = nil
				break
			}
		}
		out.Fix = &fix
	}
	if _, err := out.Severity.MarshalText(); err != nil {
		n.say("%s: %v, so it counts as not stated", where, err)
		out.Severity = SeverityUnset
	}
	if !(out.Confidence >= 0 && out.Confidence <= 1) {
		n.say("%s: confidence %v is outside 0 to 1, so it counts as not stated", where, out.Confidence)
		out.Confidence = 0
	}
	return &out
}

func (n *normalizer) note(i int, note *Note) *Note {
	out := *note
	out.ID = n.id("note", i, note.ID)
	where := "note " + out.ID
	n.texts(where, &out.Title, &out.Text, &out.Commit, (*string)(&out.Kind))
	out.Locations = n.locations(where, note.Locations)
	if _, err := out.Risk.MarshalText(); err != nil {
		n.say("%s: %v, so it counts as not stated", where, err)
		out.Risk = RiskUnset
	}
	return &out
}

func (n *normalizer) locations(where string, locations []Location) []Location {
	out := slices.Clone(locations)
	for i := range out {
		l := &out[i]
		n.valid(where, &l.Path, &l.Label)
		if l.Start < 0 || l.End < 0 || (l.Start == 0 && l.End > 0) || (l.End > 0 && l.End < l.Start) {
			n.say("%s: lines %d to %d are no range, so %s counts as cited whole", where, l.Start, l.End, l.Path)
			l.Start, l.End = 0, 0
		}
	}
	return out
}

// coverage keeps one entry a file. Of two that differ the one that claims less counts.
func (n *normalizer) coverage(entries []Coverage) []Coverage {
	var out []Coverage
	at := map[string]int{}
	for _, c := range entries {
		n.valid("the coverage", &c.Path, &c.Reason, (*string)(&c.Status))
		if _, err := c.Depth.MarshalText(); err != nil {
			n.say("coverage of %s: %v, so it counts as not stated", c.Path, err)
			c.Depth = DepthUnset
		}
		i, twice := at[c.Path]
		if !twice {
			at[c.Path] = len(out)
			out = append(out, c)
			continue
		}
		if out[i] != c {
			n.say("%s is stated twice, as %s and as %s; the lesser counts", c.Path, out[i].Status, c.Status)
			if !c.Looked() || (out[i].Looked() && c.Depth < out[i].Depth) {
				out[i] = c
			}
		}
	}
	return out
}
