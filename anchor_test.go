package deepreview

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
)

// storeChange edits lib/store.go, renames old/name.go to new/name.go and deletes gone.go. Lines 10 to 14 of the store stand
// in its hunk; with a tree all twenty are known.
func storeChange(tree bool) *Change {
	c := &Change{Files: []*File{
		{Path: "lib/store.go", Status: FileModified, Added: 2, Deleted: 1, Hunks: []*Hunk{{
			OldStart: 10, OldLines: 4, NewStart: 10, NewLines: 5, Section: "func (s *Store) Put",
			Body: " func (s *Store) Put(k string) error {\n-\treturn s.put(k)\n+\terr := s.put(k)\n+\treturn wrap(err)\n }\n \n",
		}}},
		{Path: "new/name.go", OldPath: "old/name.go", Status: FileRenamed},
		{Path: "gone.go", Status: FileDeleted, Deleted: 2, Hunks: []*Hunk{{
			OldStart: 1, OldLines: 2, NewStart: 0, NewLines: 0, Body: "-package gone\n-var lost int\n",
		}}},
		{Path: "cmd/store.go", Status: FileAdded, Added: 1, Hunks: []*Hunk{{
			NewStart: 1, NewLines: 1, Body: "+package only\n",
		}}},
	}}
	if tree {
		c.Tree = fstest.MapFS{
			"lib/store.go": {Data: []byte("package lib\n\n\n\nvar x = 1\n\n\n\n\nfunc (s *Store) Put(k string) error {\n\terr := s.put(k)\n\treturn wrap(err)\n}\n\n\n\n\nfunc last() {\n}\n// end\n")},
			"lib/other.go": {Data: []byte("package lib\n")},
			"cmd/store.go": {Data: []byte("package only\n")},
			"new/name.go":  {Data: []byte("package name\n")},
		}
	}
	return c
}

func TestAnchoring(t *testing.T) {
	for name, tc := range map[string]struct {
		tree  bool
		given Location
		quote string
		want  string
		old   bool
		moved string
	}{
		"a place that holds stays":                      {false, Location{Path: "lib/store.go", Start: 11}, "", "lib/store.go:11", false, ""},
		"a quote at the line given changes nothing":     {false, Location{Path: "lib/store.go", Start: 12}, "\treturn wrap(err)", "lib/store.go:12", false, ""},
		"a quote inside the range given keeps it":       {false, Location{Path: "lib/store.go", Start: 10, End: 13}, "return wrap(err)", "lib/store.go:10-13", false, ""},
		"a quote elsewhere in the hunk moves it":        {false, Location{Path: "lib/store.go", Start: 40}, "return wrap(err)", "lib/store.go:12", false, "moved from line 40 to 12"},
		"a quote of several lines gives a range":        {false, Location{Path: "lib/store.go", Start: 1}, "err := s.put(k)\n  return wrap(err)\n", "lib/store.go:11-12", false, "moved from line 1 to 11"},
		"a quote of a deleted line is before":           {false, Location{Path: "lib/store.go", Start: 11}, "return s.put(k)", "lib/store.go:11", true, "moved from"},
		"a quote far from the hunk needs the tree":      {true, Location{Path: "lib/store.go", Start: 3}, "func last() {", "lib/store.go:18", false, "moved from line 3 to 18"},
		"without the tree it stays where it was":        {false, Location{Path: "lib/store.go", Start: 3}, "func last() {", "lib/store.go:3", false, "nowhere in the change"},
		"a quote that only another file has goes there": {false, Location{Path: "new/name.go", Start: 3}, "return wrap(err)", "lib/store.go:12", false, "moved from new/name.go:3 to lib/store.go:12"},
		"a path given short is resolved":                {false, Location{Path: "name.go", Start: 1}, "", "new/name.go:1", false, `"name.go" is new/name.go`},
		"a short path that two files end in is not":     {false, Location{Path: "store.go", Start: 1}, "", "store.go:1", false, `no file "store.go" in the change`},
		"an absolute path of another machine":           {false, Location{Path: "/home/ann/src/lib/store.go", Start: 12}, "", "lib/store.go:12", false, "is lib/store.go"},
		"a Windows path":                                {false, Location{Path: `C:\src\lib\store.go`, Start: 12}, "", "lib/store.go:12", false, "is lib/store.go"},
		"a diff's prefix":                               {false, Location{Path: "b/lib/store.go", Start: 12}, "", "lib/store.go:12", false, "is lib/store.go"},
		"the name before a rename is before":            {false, Location{Path: "old/name.go", Start: 2}, "", "old/name.go:2", true, ""},
		"a file beside the change is found in the tree": {true, Location{Path: "other.go", Start: 1}, "", "lib/other.go:1", false, "is lib/other.go"},
		"a file that is nowhere stays as given":         {true, Location{Path: "made/up.go", Start: 1}, "", "made/up.go:1", false, "no file \"made/up.go\" in the change or the repository"},
		"a line past the end is said to be":             {true, Location{Path: "lib/store.go", Start: 99}, "", "lib/store.go:99", false, "has only 20 lines"},
		"no place but a quote gets one":                 {false, Location{}, "package only", "cmd/store.go:1", false, "placed at cmd/store.go:1"},
	} {
		t.Run(name, func(t *testing.T) {
			f := &Finding{ID: "1", Title: "t", Quote: tc.quote}
			if tc.given.Path != "" {
				f.Locations = []Location{tc.given}
			}
			a := &anchored{Claim: Claim{Finding: f}}
			newSources(storeChange(tc.tree)).anchor(a)
			if assert.Len(t, a.locations, 1) {
				assert.Equal(t, tc.want, a.locations[0].String())
				assert.Equal(t, tc.old, a.locations[0].Old)
			}
			if tc.moved == "" {
				assert.Empty(t, a.moved)
			} else if assert.NotEmpty(t, a.moved) {
				assert.Contains(t, a.moved[len(a.moved)-1], tc.moved)
			}
		})
	}
}

func TestAQuoteInTwoPlacesOfTheChangeMovesNothing(t *testing.T) {
	c := storeChange(false)
	c.Files = append(c.Files, &File{Path: "copy.go", Status: FileAdded, Hunks: []*Hunk{{NewStart: 1, NewLines: 1, Body: "+\treturn wrap(err)\n"}}})
	a := &anchored{Claim: Claim{Finding: &Finding{Quote: "return wrap(err)", Locations: []Location{{Path: "new/name.go", Start: 3}}}}}
	newSources(c).anchor(a)
	assert.Equal(t, "new/name.go:3", a.locations[0].String())
}

// twice has one line of code in a hunk at line 30 and, unchanged, at lines 2 and 60.
func twice() *Change {
	lines := make([]string, 60)
	for i := range lines {
		lines[i] = fmt.Sprint("line ", i+1)
	}
	lines[1], lines[29], lines[59] = "\treturn err", "\treturn err", "\treturn err"
	return &Change{
		Files: []*File{{Path: "a.go", Status: FileModified, Hunks: []*Hunk{{OldStart: 29, OldLines: 2, NewStart: 29, NewLines: 3,
			Body: " line 29\n+\treturn err\n line 31\n"}}}},
		Tree: fstest.MapFS{"a.go": {Data: []byte(strings.Join(lines, "\n") + "\n")}},
	}
}

func TestAQuoteGoesToTheHunkBeforeTheRestOfTheFile(t *testing.T) {
	for given, want := range map[string]string{
		"a.go:3":     "a.go:30", // line 2 is nearer and was not touched
		"a.go:60":    "a.go:60", // it stands where it was said to
		"a.go:55-60": "a.go:55-60",
		"a.go:58-70": "a.go:58-70", // inside a range that runs past the end
	} {
		var l Location
		_, err := fmt.Sscanf(strings.ReplaceAll(given, "-", " "), "a.go:%d %d", &l.Start, &l.End)
		if l.Start == 0 {
			t.Fatal(err)
		}
		l.Path = "a.go"
		a := &anchored{Claim: Claim{Finding: &Finding{Quote: "return err", Locations: []Location{l}}}}
		newSources(twice()).anchor(a)
		assert.Equal(t, want, a.locations[0].String(), given)
	}
}

func TestAQuoteWithoutALetterMovesNothing(t *testing.T) {
	a := &anchored{Claim: Claim{Finding: &Finding{Quote: " }\n", Locations: []Location{{Path: "lib/store.go", Start: 11}}}}}
	newSources(storeChange(true)).anchor(a)
	assert.Equal(t, "lib/store.go:11", a.locations[0].String())
	assert.Empty(t, a.moved)
}

func TestSeveralPlacesAreKeptAndOnlyTheFirstFollowsTheQuote(t *testing.T) {
	a := &anchored{Claim: Claim{Finding: &Finding{Quote: "return wrap(err)", Locations: []Location{
		{Path: "store/../lib/store.go", Start: 40}, {Path: "name.go", Start: 1, Label: "caller"}, {Path: "lib/store.go", Start: 12}, {Path: "made/up.go"},
	}}}}
	newSources(storeChange(true)).anchor(a)
	var got []string
	for _, l := range a.locations {
		got = append(got, l.String())
	}
	assert.Equal(t, []string{"lib/store.go:12", "new/name.go:1", "made/up.go"}, got, "the third is the first, after it moved")
	assert.Equal(t, "caller", a.locations[1].Label)
	assert.Equal(t, []string{"Store.Put"}, a.symbols)
}

func FuzzAnchor(f *testing.F) {
	f.Add("lib/store.go", 11, 12, "return wrap(err)")
	f.Add(`C:\..\lib\store.go`, -3, 1<<40, "\n\n}")
	f.Add("", 0, 0, "func\x00 last() {\n}\n// end\n\n")
	f.Add("../../../etc/passwd", 1, 0, "package only\n")
	f.Fuzz(func(t *testing.T, path string, start, end int, quote string) {
		for _, tree := range []bool{false, true} {
			given := Location{Path: path, Start: start, End: end}
			a := &anchored{Claim: Claim{Finding: &Finding{ID: "1", Title: "t", Quote: quote, Locations: []Location{given}}}}
			newSources(storeChange(tree)).anchor(a)
			if len(a.locations) != 1 {
				t.Fatalf("%d places", len(a.locations))
			}
			if got := a.locations[0]; got != given && len(a.moved) == 0 && !got.Old {
				t.Errorf("%v became %v without a word", given, got)
			}
		}
	})
}

func TestExcerptsShowTheCitedLinesWithTheirNumbers(t *testing.T) {
	s := newSources(storeChange(false))
	got := s.excerpts([]Location{{Path: "lib/store.go", Start: 11}, {Path: "lib/store.go", Start: 12, End: 13}, {Path: "gone.go", Start: 2, Old: true}, {Path: "made/up.go", Start: 1}})
	assert.Equal(t, []Excerpt{
		{Path: "lib/store.go", Start: 10, Lines: []string{"func (s *Store) Put(k string) error {", "\terr := s.put(k)", "\treturn wrap(err)", "}", ""}, Cited: []int{11, 12, 13}},
		{Path: "gone.go", Old: true, Start: 1, Lines: []string{"package gone", "var lost int"}, Cited: []int{2}},
	}, got)
}

func TestExcerptsAreBoundedAndMasked(t *testing.T) {
	key := "AKIA" + "QX7BNTR2LMZK5W3V"
	long := make([]byte, 3000)
	for i := range long {
		long[i] = 'x'
	}
	body := "+id = \"" + key + "\"\n+" + string(long) + "\n"
	for range 100 {
		body += "+line\n"
	}
	c := &Change{Files: []*File{{Path: "a.txt", Status: FileAdded, Hunks: []*Hunk{{NewStart: 1, NewLines: 102, Body: body}}}}}
	got := newSources(c).excerpts([]Location{{Path: "a.txt", Start: 1, End: 102}})
	if assert.Len(t, got, 1) {
		assert.NotContains(t, got[0].Lines[0], key)
		assert.Contains(t, got[0].Lines[0], "masked")
		assert.Len(t, got[0].Lines[1], excerptWidth+len("…"))
		assert.Len(t, got[0].Lines, excerptLines+excerptContext)
		assert.True(t, got[0].Cut)
	}
}
