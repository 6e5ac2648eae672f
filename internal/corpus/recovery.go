package corpus

import (
	"cmp"
	"encoding/json"
	"errors"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// RawReviews reads raw_reviews.jsonl of the folder dir, and no other file.
func RawReviews(dir string) ([]RawReview, error) {
	return decodeLines[RawReview](filepath.Join(dir, "raw_reviews.jsonl"))
}

// RawFindings reads findings.jsonl of the folder dir, and no other file: what the raw reviews hold. It is nil where there is none.
func RawFindings(dir string) ([]Finding, error) {
	out, err := decodeLines[Finding](filepath.Join(dir, "findings.jsonl"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return out, err
}

func decodeLines[T any](name string) ([]T, error) {
	var out []T
	err := readLines(name, func(line []byte) error {
		var v T
		if err := json.Unmarshal(line, &v); err != nil {
			return err
		}
		out = append(out, v)
		return nil
	})
	return out, err
}

// Recovered is a finding that a parser read off a raw review. Fields that it does not know are empty.
type Recovered struct {
	Change   string `json:"change"`
	Reviewer string `json:"reviewer"`
	Pass     int    `json:"pass"`
	// Severity is critical, important, suggestion, or empty.
	Severity string `json:"severity"`
	Category string `json:"category"`
	// Path, Start and End are the primary place.
	Path  string `json:"path"`
	Start int    `json:"start"`
	End   int    `json:"end"`
	Title string `json:"title"`
}

// Recovery is how much of what raw reviews hold was read off them.
type Recovery struct {
	// Found are the true findings that were recovered. Of all true ones, Rated are those recovered with their severity, Placed with their
	// path and lines, PlacedByEnd the same where one path may be the end of the other: reviewers write short names.
	Found, Rated, Placed, PlacedByEnd Share
	// Invented are those read off that are in no review, of all read off.
	Invented Share
}

// add sums the counts of r and o.
func (r *Recovery) add(o Recovery) {
	for _, s := range []struct{ to, of *Share }{
		{&r.Found, &o.Found}, {&r.Rated, &o.Rated}, {&r.Placed, &o.Placed}, {&r.PlacedByEnd, &o.PlacedByEnd}, {&r.Invented, &o.Invented},
	} {
		s.to.Hit += s.of.Hit
		s.to.Of += s.of.Of
	}
}

// Pairing is what became of one finding on the way: recovered where both are there, missed or invented where one is nil.
type Pairing struct {
	True *Finding
	Got  *Recovered
}

// Recover pairs the findings read off raw reviews with the true ones, by vendor; the key "" is all of them.
//
// Findings are paired within one change and reviewer, one to one, the most alike first. Two are of one finding if six tenths of the words
// of their titles are common (Jaccard), or if one title begins with the other, or if a third is common and they begin in the same line.
// Of one pass comes before of another. What is left over was invented, unless it says the same by the same rule as a true one that is
// paired: a finding that was raised in two passes may stand in the truth once.
func Recover(truth []Finding, got []Recovered) (map[string]Recovery, []Pairing) {
	type key struct{ change, reviewer string }
	want := map[key][]*Finding{}
	vendor := map[key]string{}
	for i := range truth {
		k := key{truth[i].Change, truth[i].Reviewer}
		want[k] = append(want[k], &truth[i])
		vendor[k] = truth[i].Vendor
	}
	have := map[key][]*Recovered{}
	for i := range got {
		k := key{got[i].Change, got[i].Reviewer}
		have[k] = append(have[k], &got[i])
		if vendor[k] == "" {
			vendor[k] = got[i].Reviewer
		}
	}
	out := map[string]Recovery{}
	var pairings []Pairing
	for k, v := range vendor {
		r, of := recoverOne(want[k], have[k])
		sum, all := out[v], out[""]
		sum.add(r)
		all.add(r)
		out[v], out[""] = sum, all
		pairings = append(pairings, of...)
	}
	return out, pairings
}

func recoverOne(want []*Finding, have []*Recovered) (Recovery, []Pairing) {
	type candidate struct {
		i, j  int
		score float64
	}
	var all []candidate
	same := map[int]bool{} // of have: says the same as a true one
	for i, w := range want {
		for j, h := range have {
			if s := likeness(w, h); s > 0 {
				all = append(all, candidate{i, j, s})
				same[j] = true
			}
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(b.score, a.score) })
	of := map[int]int{}
	used := map[int]bool{}
	for _, c := range all {
		if _, taken := of[c.i]; !taken && !used[c.j] {
			of[c.i], used[c.j] = c.j, true
		}
	}
	var r Recovery
	var pairings []Pairing
	n := len(want)
	r.Found.Of, r.Rated.Of, r.Placed.Of, r.PlacedByEnd.Of, r.Invented.Of = n, n, n, n, len(have)
	for i, w := range want {
		j, ok := of[i]
		if !ok {
			pairings = append(pairings, Pairing{True: w})
			continue
		}
		h := have[j]
		pairings = append(pairings, Pairing{w, h})
		r.Found.Hit++
		if w.Severity == h.Severity {
			r.Rated.Hit++
		}
		lines := w.Start == h.Start && max(w.Start, w.End) == max(h.Start, h.End)
		if lines && w.Path == h.Path {
			r.Placed.Hit++
		}
		if lines && (w.Path == h.Path || strings.HasSuffix(h.Path, "/"+w.Path) || strings.HasSuffix(w.Path, "/"+h.Path)) {
			r.PlacedByEnd.Hit++
		}
	}
	for j, h := range have {
		if !used[j] && !same[j] {
			r.Invented.Hit++
			pairings = append(pairings, Pairing{Got: h})
		}
	}
	return r, pairings
}

var titleWord = regexp.MustCompile(`[\pL\pN_]+`)

// likeness is above 0 where two findings are one, and grows with how alike they are.
func likeness(w *Finding, h *Recovered) float64 {
	a, b := titleWords(w.Title), titleWords(h.Title)
	both := 0
	for word := range a {
		if b[word] {
			both++
		}
	}
	score := ratio(float64(both), float64(len(a)+len(b)-both))
	x, y := strings.ToLower(w.Title), strings.ToLower(h.Title)
	begins := len(x) > 20 && strings.HasPrefix(y, x) || len(y) > 20 && strings.HasPrefix(x, y)
	place := h.Start > 0 && w.Start == h.Start && filepath.Base(w.Path) == filepath.Base(h.Path)
	if score < .6 && !begins && (score < 1./3 || !place) {
		return 0
	}
	if begins {
		score += 1
	}
	if place {
		score += .5
	}
	if w.Pass == h.Pass {
		score += 2
	}
	return score
}

func titleWords(s string) map[string]bool {
	out := map[string]bool{}
	for _, w := range titleWord.FindAllString(strings.ToLower(s), -1) {
		out[w] = true
	}
	return out
}
