package deepreview

import (
	"cmp"
	"slices"
	"strings"
)

// PanelNote is a note of one or more reviewers.
type PanelNote struct {
	Kind NoteKind `json:"kind"`
	// Title, Text, Locations and Commit are those of the source that speaks for the note.
	Title     string     `json:"title,omitempty"`
	Text      string     `json:"text"`
	Locations []Location `json:"locations,omitempty"`
	Commit    string     `json:"commit,omitempty"`
	// Risk is the highest of the sources.
	Risk Risk `json:"risk,omitzero"`
	// Sources are the notes it was made of, in roster order. A finding that was demoted to a note is one, too.
	Sources []Ref `json:"sources"`
}

// Names returns the reviewers that made the note, each once, in roster order.
func (n *PanelNote) Names() []string {
	var names []string
	for _, s := range n.Sources {
		if len(names) == 0 || names[len(names)-1] != s.Reviewer {
			names = append(names, s.Reviewer)
		}
	}
	return names
}

// noteKinds is the order of the report's sections.
var noteKinds = []NoteKind{
	NoteConcern, NoteStrength, NoteTested, NoteUntested, NoteDocumented, NoteDocumentationGap, NoteCommit, NoteLimitation,
}

// heldNote is a note with the reviewer that made it.
type heldNote struct {
	*Note
	ref Ref
}

// notes joins the notes that say the same, kind by kind. Nothing is left out but what a ruling drops.
func (b *builder) notes() []*PanelNote {
	byKind := map[NoteKind][]heldNote{}
	for _, r := range b.panel.reviews {
		for _, n := range r.Notes {
			ref := Ref{r.Reviewer, n.ID}
			if ru := b.rulings.first(ref); ru == nil || ru.keeps() {
				byKind[n.Kind] = append(byKind[n.Kind], heldNote{n, ref})
			}
		}
	}
	for i, ru := range b.rulings.rulings {
		if ru.Outcome == OutcomeDemoted {
			for _, h := range b.demoted(i) {
				byKind[h.Kind] = append(byKind[h.Kind], h)
			}
		}
	}
	kinds := slices.Clone(noteKinds)
	for k := range byKind {
		if !slices.Contains(kinds, k) {
			kinds = append(kinds, k)
		}
	}
	slices.Sort(kinds[len(noteKinds):]) // kinds of a caller's own, after ours
	var out []*PanelNote
	for _, k := range kinds {
		of := b.joinNotes(k, byKind[k])
		slices.SortStableFunc(of, func(x, y *PanelNote) int {
			return cmp.Or(cmp.Compare(y.Risk, x.Risk), b.commitRank(x)-b.commitRank(y), cmp.Compare(len(y.Names()), len(x.Names())))
		})
		out = append(out, of...)
	}
	return out
}

// commitRank puts notes on commits in the order of the commits.
func (b *builder) commitRank(n *PanelNote) int {
	if n.Kind != NoteCommit || n.Commit == "" {
		return -1
	}
	return slices.IndexFunc(b.change.Commits, func(c Commit) bool { return strings.HasPrefix(c.ID, n.Commit) })
}

// demoted returns the findings that ruling i made notes of, as notes.
func (b *builder) demoted(i int) []heldNote {
	ru := b.rulings.rulings[i]
	var out []heldNote
	for _, a := range b.claims {
		if at := b.rulings.of[a.ref]; len(at) > 0 && at[0] == i {
			out = append(out, heldNote{&Note{
				ID: a.ID, Kind: cmp.Or(ru.Note, NoteConcern), Title: a.Title, Text: cmp.Or(a.Detail, a.Title), Locations: a.locations,
			}, a.ref})
		}
	}
	return out
}

// joinNotes makes one note of those that a ruling or the matcher takes to be the same.
func (b *builder) joinNotes(kind NoteKind, notes []heldNote) []*PanelNote {
	var out []*PanelNote
	ruled := map[int]*PanelNote{}
	var rest []heldNote
	for _, n := range notes {
		at := b.rulings.of[n.ref]
		if len(at) == 0 {
			rest = append(rest, n)
			continue
		}
		pn := ruled[at[0]]
		if pn == nil {
			ru := b.rulings.rulings[at[0]]
			pn = newPanelNote(kind, n)
			pn.Title, pn.Text = cmp.Or(ru.Title, pn.Title), cmp.Or(ru.Detail, pn.Text)
			ruled[at[0]] = pn
			out = append(out, pn)
			continue
		}
		pn.add(n)
	}
	for _, g := range sameNotes(rest) {
		pn := newPanelNote(kind, rest[g[0]])
		for _, i := range g[1:] {
			pn.add(rest[i])
		}
		out = append(out, pn)
	}
	return out
}

func newPanelNote(kind NoteKind, n heldNote) *PanelNote {
	return &PanelNote{
		Kind: kind, Title: n.Title, Text: n.Text, Locations: n.Locations, Commit: n.Commit, Risk: n.Risk, Sources: []Ref{n.ref},
	}
}

func (pn *PanelNote) add(n heldNote) {
	pn.Sources = append(pn.Sources, n.ref)
	pn.Risk = max(pn.Risk, n.Risk)
}
