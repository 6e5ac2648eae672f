package match

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// crossDevice, emptyFolder and ignoredError are three claims of which no two are the same; crossDevice comes in two
// wordings.
var (
	crossDevice = Doc{Group: 0, Title: "`os.Rename` fails across devices", Body: "`archiveLogs` moves the folder with `os.Rename`, which returns EXDEV " +
		"when the archive lies on another filesystem. The logs are then lost.", Places: []Place{{"pkg/store/logs.go", 54, 54}}, Level: 10}
	crossDevice2 = Doc{Group: 1, Title: "Cross-device rename is not handled", Body: "If the archive directory is a mount of its own, `os.Rename` in `archiveLogs` " +
		"gives EXDEV and log preservation fails. Fall back to a copy.", Places: []Place{{"store/logs.go", 52, 56}}, Level: 20}
	emptyFolder = Doc{Group: 1, Title: "Empty directory left behind", Body: "When there are no log files, `os.MkdirAll` has made the target already and nobody removes it.",
		Places: []Place{{"pkg/store/logs.go", 54, 58}}, Level: 10}
	ignoredError = Doc{Group: 0, Title: "Error of `Close` ignored", Body: "The deferred `Close` drops its error, so that a short write goes unnoticed.",
		Places: []Place{{"cmd/serve.go", 120, 120}}, Level: 10}
)

func TestClaimsThatSayTheSameAreGrouped(t *testing.T) {
	r := Cluster([]Doc{crossDevice, emptyFolder, crossDevice2, ignoredError}, Options{})
	assert.Equal(t, [][]int{{0, 2}, {1}, {3}}, r.Groups)
	assert.Equal(t, []int{0, 1, 0, 2}, r.Of)
	assert.Len(t, r.Speakers, 3)
	assert.Contains(t, []int{0, 2}, r.Speakers[0])
}

func TestAMergeExplainsItself(t *testing.T) {
	r := Cluster([]Doc{crossDevice, emptyFolder, crossDevice2}, Options{})
	require.Len(t, r.Merges, 1)
	m := r.Merges[0]
	assert.Equal(t, []int{0}, m.A)
	assert.Equal(t, []int{2}, m.B)
	assert.Equal(t, Alike, m.Cause)
	assert.Equal(t, [2]int{0, 2}, m.Pair)
	assert.Positive(t, m.Margin)
	assert.InDelta(t, Shipped().Threshold, m.Score-m.Margin, 1e-9)
	assert.Contains(t, m.Shared, "os.rename")
	require.NotEmpty(t, m.Evidence)
	assert.True(t, slices.IsSortedFunc(m.Evidence, func(a, b Evidence) int {
		return int(math.Copysign(1, math.Abs(b.Weight)-math.Abs(a.Weight)))
	}), "the weightiest evidence comes first")
	sum := 0.0
	for _, e := range m.Evidence {
		assert.NotEqual(t, "unknown evidence", e.Kind.String())
		sum += e.Weight
	}
	base := Shipped().Bias
	for _, tree := range Shipped().Trees {
		base += tree[0].Value
	}
	p := 1 / (1 + math.Exp(-base-sum))
	assert.InDelta(t, m.Score, p, .05, "the evidence adds up to the score, but for what is too slight to name")
}

func TestEveryEvidenceHasAName(t *testing.T) {
	seen := map[string]bool{}
	for k := range Kinds {
		name := k.String()
		assert.NotEmpty(t, name, k)
		assert.False(t, seen[name], name)
		seen[name] = true
	}
	assert.Equal(t, "unknown evidence", Kinds.String())
}

func TestACopyByAnotherIsAMergeOfItsOwn(t *testing.T) {
	copied := crossDevice
	copied.Group = 7
	r := Cluster([]Doc{crossDevice, copied, emptyFolder}, Options{})
	assert.Equal(t, [][]int{{0, 1}, {2}}, r.Groups)
	require.Len(t, r.Merges, 1)
	assert.Equal(t, Copies, r.Merges[0].Cause)
	assert.Equal(t, 1.0, r.Merges[0].Score)
	assert.Empty(t, r.Merges[0].Evidence)
	assert.Empty(t, r.Doubts, "nothing about a copy is in doubt")
}

func TestOneAuthorsClaimsStayApartUnlessTheyAreNearlyTheSame(t *testing.T) {
	mine := crossDevice2
	mine.Group = crossDevice.Group
	assert.Len(t, Cluster([]Doc{crossDevice, mine}, Options{}).Groups, 2, "one author in two wordings")
	assert.Len(t, Cluster([]Doc{crossDevice, crossDevice2}, Options{}).Groups, 1, "two authors in the same two wordings")
	again := crossDevice
	again.Body += " See above."
	assert.Len(t, Cluster([]Doc{crossDevice, again}, Options{}).Groups, 1, "one author, nearly word by word")
}

func TestRulingsHoldWhateverTheEvidence(t *testing.T) {
	docs := []Doc{crossDevice, crossDevice2, ignoredError}
	r := Cluster(docs, Options{Rulings: []Ruling{{A: 0, B: 1, Same: false}}})
	assert.Equal(t, [][]int{{0}, {1}, {2}}, r.Groups)
	r = Cluster(docs, Options{Rulings: []Ruling{{A: 0, B: 2, Same: true}, {A: 1, B: 2, Same: false}}})
	assert.Equal(t, [][]int{{0, 2}, {1}}, r.Groups, "what is ruled apart from a member does not join")
	assert.Equal(t, Ruled, r.Merges[0].Cause)
	r = Cluster(docs, Options{Rulings: []Ruling{{A: 0, B: 1, Same: true}, {A: 1, B: 0, Same: false}}})
	assert.Len(t, r.Groups, 3, "of two that contradict each other, keeping apart wins")
	copied := crossDevice
	copied.Group = 5
	r = Cluster([]Doc{crossDevice, copied}, Options{Rulings: []Ruling{{A: 0, B: 1, Same: false}}})
	assert.Len(t, r.Groups, 2, "even copies")
}

func TestDoubtsAreWhatIsNearTheThreshold(t *testing.T) {
	// A caller's similarity puts the two decisions where they are wanted.
	docs := []Doc{{Group: 0, Title: "a"}, {Group: 1, Title: "b"}, {Group: 2, Title: "c"}, {Group: 3, Title: "d"}}
	similarity := map[[2]int]float64{{0, 1}: .55, {0, 2}: .9, {1, 2}: .4, {2, 3}: .1}
	r := Cluster(docs, Options{Threshold: .5, Similarity: func(i, j int) float64 { return similarity[[2]int{min(i, j), max(i, j)}] }})
	assert.Equal(t, [][]int{{0, 2}, {1}, {3}}, r.Groups)
	require.Len(t, r.Doubts, 1)
	assert.Equal(t, [2]int{0, 1}, [2]int{r.Doubts[0].A, r.Doubts[0].B})
	assert.False(t, r.Doubts[0].Same)
	assert.InDelta(t, .475, r.Doubts[0].Score, 1e-9, "the mean over both pairs across")
	assert.InDelta(t, -.025, r.Doubts[0].Margin, 1e-9)
}

func TestAnUmbrellaSupportsASecondGroup(t *testing.T) {
	docs := []Doc{{Group: 0, Title: "a"}, {Group: 1, Title: "umbrella"}, {Group: 2, Title: "c"}}
	similarity := map[[2]int]float64{{0, 1}: .9, {1, 2}: .8}
	r := Cluster(docs, Options{Threshold: .5, Similarity: func(i, j int) float64 { return similarity[[2]int{min(i, j), max(i, j)}] }})
	assert.Equal(t, [][]int{{0, 1}, {2}}, r.Groups, "its first group is the one it is most like")
	assert.Equal(t, []Membership{{Doc: 1, Group: 1, Score: .8}, {Doc: 2, Group: 0, Score: .4}}[:1], r.Also)
}

func TestNoChainForms(t *testing.T) {
	// Each is like the next, the ends have nothing in common.
	docs := []Doc{{Group: 0, Title: "a"}, {Group: 1, Title: "b"}, {Group: 2, Title: "c"}, {Group: 3, Title: "d"}}
	r := Cluster(docs, Options{Threshold: .5, Similarity: func(i, j int) float64 {
		if i-j == 1 || j-i == 1 {
			return .7
		}
		return 0
	}})
	assert.Equal(t, [][]int{{0, 1}, {2, 3}}, r.Groups)
}

// sayings makes n documents by so many authors about issues of which each is raised by up to all of them, in words that
// vary, from a vocabulary in which some words are common and most are rare.
func sayings(seed uint64, n, authors int) []Doc {
	rng := rand.New(rand.NewPCG(seed, 1))
	word := func() string {
		letters := make([]byte, 4+rng.IntN(5))
		id := int(math.Pow(float64(4+n*3), rng.Float64()))
		r := rand.New(rand.NewPCG(uint64(id), 2))
		for i := range letters {
			letters[i] = byte('a' + r.IntN(26))
		}
		return string(letters)
	}
	some := func(k int) []string {
		out := make([]string, k)
		for i := range out {
			out[i] = word()
			if i%5 == 0 {
				out[i] = "`" + out[i] + "_" + word() + "`"
			}
		}
		return out
	}
	var docs []Doc
	for len(docs) < n {
		title, body := some(8), some(80)
		path, line := word()+"/"+word()+".go", 1+rng.IntN(900)
		who := rng.Perm(authors)[:1+rng.IntN(authors)]
		for _, g := range who {
			if len(docs) == n {
				break
			}
			vary := func(words []string) string {
				out := slices.Clone(words)
				for i := range out {
					if rng.IntN(3) == 0 {
						out[i] = word()
					}
				}
				return strings.Join(out, " ")
			}
			at := line + rng.IntN(5)
			docs = append(docs, Doc{Group: g, Title: vary(title), Body: vary(body), Places: []Place{{path, at, at + rng.IntN(6)}}, Level: 10 * (1 + rng.IntN(3))})
		}
	}
	return docs
}

// grouped says what r holds without saying in what order the documents came: by number tells each its name.
func grouped(r *Result, number func(d int) int) [][]int {
	var out [][]int
	for _, g := range r.Groups {
		var members []int
		for _, d := range g {
			members = append(members, number(d))
		}
		slices.Sort(members)
		out = append(out, members)
	}
	slices.SortFunc(out, slices.Compare)
	return out
}

func TestTheOrderOfDocumentsDoesNotMatter(t *testing.T) {
	for seed := range uint64(30) {
		docs := sayings(seed, 10+int(seed)*3, 3+int(seed%3))
		want := Cluster(docs, Options{})
		require.Less(t, len(want.Groups), len(docs), "some say the same")
		order := rand.New(rand.NewPCG(seed, 9)).Perm(len(docs))
		mixed := make([]Doc, len(docs))
		for i, d := range order {
			mixed[i] = docs[d]
		}
		got := Cluster(mixed, Options{})
		number := func(d int) int { return order[d] }
		require.Equal(t, grouped(want, func(d int) int { return d }), grouped(got, number), "seed %d", seed)
		speakers := func(r *Result, number func(int) int) []int {
			var out []int
			for _, d := range r.Speakers {
				out = append(out, number(d))
			}
			return slices.Sorted(slices.Values(out))
		}
		assert.Equal(t, speakers(want, func(d int) int { return d }), speakers(got, number), "seed %d", seed)
		scores := func(r *Result) []float64 {
			var out []float64
			for _, m := range r.Merges {
				out = append(out, m.Score)
			}
			return slices.Sorted(slices.Values(out))
		}
		assert.Equal(t, scores(want), scores(got), "seed %d: to the last bit", seed)
	}
}

func TestACopyByANewAuthorRegroupsNothing(t *testing.T) {
	for seed := range uint64(30) {
		docs := sayings(seed+100, 8+int(seed)*2, 3)
		before := Cluster(docs, Options{})
		for _, d := range []int{0, len(docs) / 2} {
			copied := docs[d]
			copied.Group = 99
			after := Cluster(append(slices.Clone(docs), copied), Options{})
			assert.Equal(t, after.Of[d], after.Of[len(docs)], "seed %d", seed)
			assert.Equal(t, before.Of, after.Of[:len(docs)], "seed %d", seed)
		}
	}
}

// partition checks that r is one of n documents.
func partition(t testing.TB, r *Result, n int) {
	t.Helper()
	seen := make([]bool, n)
	for g, members := range r.Groups {
		require.NotEmpty(t, members)
		require.True(t, slices.IsSorted(members))
		for _, d := range members {
			require.False(t, seen[d], "doc %d is in two groups", d)
			seen[d] = true
			require.Equal(t, g, r.Of[d])
		}
		require.Contains(t, members, r.Speakers[g])
	}
	require.NotContains(t, seen, false, "a doc is in no group")
	require.Len(t, r.Of, n)
	require.Len(t, r.Speakers, len(r.Groups))
	// Every merge takes two groups for one.
	require.Equal(t, n-len(r.Groups), len(r.Merges))
	for _, a := range r.Also {
		require.NotEqual(t, r.Of[a.Doc], a.Group)
	}
	for _, d := range r.Doubts {
		require.Less(t, d.A, d.B)
		require.Equal(t, d.Same, r.Of[d.A] == r.Of[d.B])
	}
}

func FuzzCluster(f *testing.F) {
	f.Add("os.Rename fails\nEXDEV is returned by `os.Rename`\npkg/a.go\n\nrename\nEXDEV again\na.go\n", uint16(3))
	f.Add("a\x00b\n\n\n\n\n\n", uint16(0))
	f.Add("same\nsame\nsame\nsame\nsame\nsame\nsame\nsame\nsame", uint16(0xffff))
	f.Fuzz(func(t *testing.T, text string, bits uint16) {
		lines := strings.Split(text, "\n")
		if len(lines) > 200 {
			return
		}
		var docs []Doc
		for i := 0; i+2 < len(lines); i += 3 {
			docs = append(docs, Doc{
				Group: int(bits>>(i%16)) % 3, Title: lines[i], Body: lines[i+1],
				Places: []Place{{lines[i+2], int(bits)%50 - 3, i - 5}}, Fix: lines[i][len(lines[i])/2:], Quote: lines[i+1], Level: int(bits) % 4,
			})
		}
		var rulings []Ruling
		if len(docs) > 2 {
			rulings = []Ruling{{A: 0, B: len(docs) - 1, Same: bits&1 == 0}, {A: 1, B: 0, Same: bits&2 == 0}}
		}
		r := Cluster(docs, Options{Rulings: rulings})
		partition(t, r, len(docs))
		mixed := slices.Clone(docs)
		slices.Reverse(mixed)
		for i := range rulings {
			rulings[i].A, rulings[i].B = len(docs)-1-rulings[i].A, len(docs)-1-rulings[i].B
		}
		back := Cluster(mixed, Options{Rulings: rulings})
		partition(t, back, len(docs))
		content := func(r *Result, docs []Doc) [][]int {
			// Equal documents are interchangeable: they are numbered alike.
			return grouped(r, func(d int) int {
				for k := range lines {
					if 3*k+2 < len(lines) && compareContent(&docs[d], &Doc{Title: lines[3*k], Body: lines[3*k+1], Places: docs[d].Places,
						Fix: docs[d].Fix, Quote: docs[d].Quote, Level: docs[d].Level}) == 0 {
						return k
					}
				}
				return -1
			})
		}
		if a, b := content(r, docs), content(back, mixed); len(rulings) == 0 && !assert.ObjectsAreEqual(a, b) {
			t.Errorf("in order %v, in reverse %v", a, b)
		}
	})
}

func TestTheOneMostLikeTheOthersSpeaks(t *testing.T) {
	docs := []Doc{{Group: 0, Title: "a"}, {Group: 1, Title: "b"}, {Group: 2, Title: "c"}}
	for speaker := range 3 {
		r := Cluster(docs, Options{Threshold: .5, Similarity: func(i, j int) float64 {
			if i == speaker || j == speaker {
				return .9
			}
			return .6
		}})
		require.Len(t, r.Groups, 1)
		assert.Equal(t, []int{speaker}, r.Speakers)
	}
	placed := []Doc{{Group: 0, Title: "a"}, {Group: 1, Title: "b", Places: []Place{{"a.go", 1, 1}}}}
	r := Cluster(placed, Options{Threshold: .5, Similarity: func(i, j int) float64 { return .9 }})
	assert.Equal(t, []int{1}, r.Speakers, "of equals the one that cites a place")
}

func TestOfCopiesTheFirstAuthorSpeaks(t *testing.T) {
	for _, groups := range [][2]int{{4, 2}, {2, 4}} {
		a, b := crossDevice, crossDevice
		a.Group, b.Group = groups[0], groups[1]
		docs := []Doc{a, b}
		assert.Equal(t, 2, docs[Cluster(docs, Options{}).Speakers[0]].Group)
	}
}

func TestWhoCopiesAClaimHasWrittenIt(t *testing.T) {
	copied := crossDevice
	copied.Group = crossDevice2.Group
	r := Cluster([]Doc{crossDevice, copied, crossDevice2}, Options{})
	assert.Equal(t, [][]int{{0, 1}, {2}}, r.Groups, "the second author made both claims, so they are two")
}
