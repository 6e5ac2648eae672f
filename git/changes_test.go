package git

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
)

var (
	idA = strings.Repeat("a", 40)
	idB = strings.Repeat("b", 40)
	no  = strings.Repeat("0", 40)
)

func TestListIsReadWhole(t *testing.T) {
	raw := ":100644 100755 " + idA + " " + idB + " M\x00a b\x00" +
		":100644 100644 " + idA + " " + idB + " R086\x00old\x00n\tew\x00" +
		":000000 100644 " + no + " " + idB + " A\x00bin\x00"
	numbers := "3\t1\ta b\x00" + "1\t0\t\x00old\x00n\tew\x00" + "-\t-\tbin\x00"
	list, err := parseListed(raw + numbers)
	require.NoError(t, err)
	assert.Equal(t, []listed{
		{oldMode: deepreview.ModeRegular, newMode: deepreview.ModeExecutable, oldID: idA, newID: idB, status: 'M', oldPath: "a b", path: "a b", added: 3, deleted: 1},
		{oldMode: deepreview.ModeRegular, newMode: deepreview.ModeRegular, oldID: idA, newID: idB, status: 'R', oldPath: "old", path: "n\tew", added: 1},
		{newMode: deepreview.ModeRegular, newID: idB, status: 'A', oldPath: "bin", path: "bin", added: -1, deleted: -1},
	}, list)

	for name, out := range map[string]string{
		"numbers are missing":        raw,
		"numbers are cut":            raw + numbers[:len(numbers)-1],
		"numbers too many":           raw + numbers + "1\t1\tx\x00",
		"numbers of another file":    raw + strings.Replace(numbers, "a b", "x", 1),
		"numbers of another rename":  raw + strings.Replace(numbers, "old", "x", 1),
		"numbers that are none":      raw + strings.Replace(numbers, "3", "x", 1),
		"numbers below nothing":      raw + strings.Replace(numbers, "3", "-3", 1),
		"a mode that is none":        strings.Replace(raw, "100755", "9", 1) + numbers,
		"a status that is not known": strings.Replace(raw, " M\x00", " X\x00", 1) + numbers,
		"a record that is cut":       raw[:20],
		"no names":                   ":100644 100755 " + idA + " " + idB + " M\x00",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseListed(out)
			require.Error(t, err)
		})
	}
}

func TestDisagreementIsAnError(t *testing.T) {
	list := func() []listed {
		return []listed{
			{oldMode: deepreview.ModeRegular, newMode: deepreview.ModeRegular, oldID: idA, newID: idB, status: 'M', oldPath: "a", path: "a", added: 1, deleted: 2},
			{oldMode: deepreview.ModeRegular, newMode: deepreview.ModeRegular, oldID: idA, newID: idA, status: 'R', oldPath: "b", path: "c"},
			{newMode: deepreview.ModeRegular, newID: idB, status: 'A', oldPath: "d", path: "d", added: -1, deleted: -1},
		}
	}
	files := func() []*deepreview.File {
		return []*deepreview.File{
			{Path: "a", Status: deepreview.FileModified, OldID: idA, NewID: idB, NewMode: deepreview.ModeRegular, Added: 1, Deleted: 2},
			{Path: "c", OldPath: "b", Status: deepreview.FileRenamed},
			{Path: "d", Status: deepreview.FileAdded, OldID: no, NewID: idB, Binary: true},
		}
	}
	got := files()
	require.NoError(t, reconcile(got, list()))
	assert.Equal(t, deepreview.ModeRegular, got[1].OldMode, "completed from the list")
	assert.Equal(t, idA, got[1].NewID)
	assert.Empty(t, got[2].OldID)

	for name, spoil := range map[string]func(f []*deepreview.File) []*deepreview.File{
		"a file is lost":         func(f []*deepreview.File) []*deepreview.File { return f[:2] },
		"a file is made up":      func(f []*deepreview.File) []*deepreview.File { return append(f, &deepreview.File{Path: "e"}) },
		"files change places":    func(f []*deepreview.File) []*deepreview.File { f[0], f[1] = f[1], f[0]; return f },
		"another name":           func(f []*deepreview.File) []*deepreview.File { f[0].Path = "x"; return f },
		"another old name":       func(f []*deepreview.File) []*deepreview.File { f[1].OldPath = "x"; return f },
		"an old name too many":   func(f []*deepreview.File) []*deepreview.File { f[0].OldPath = "x"; return f },
		"another status":         func(f []*deepreview.File) []*deepreview.File { f[0].Status = deepreview.FileDeleted; return f },
		"another mode":           func(f []*deepreview.File) []*deepreview.File { f[0].NewMode = deepreview.ModeExecutable; return f },
		"another id":             func(f []*deepreview.File) []*deepreview.File { f[0].NewID = idA; return f },
		"lines added are lost":   func(f []*deepreview.File) []*deepreview.File { f[0].Added--; return f },
		"lines deleted are lost": func(f []*deepreview.File) []*deepreview.File { f[0].Deleted--; return f },
		"text that is binary":    func(f []*deepreview.File) []*deepreview.File { f[2].Binary = false; return f },
		"binary that is text":    func(f []*deepreview.File) []*deepreview.File { f[0].Binary = true; return f },
	} {
		t.Run(name, func(t *testing.T) { require.Error(t, reconcile(spoil(files()), list())) })
	}
}

func FuzzListed(f *testing.F) {
	f.Add(":100644 100644 " + idA + " " + idB + " R086\x00old\x00new\x00" + "1\t0\t\x00old\x00new\x00")
	f.Add(":100644 000000 " + idA + " " + no + " D\x00x\x00" + "-\t-\tx\x00")
	f.Add(":::\x00\x00")
	f.Fuzz(func(t *testing.T, out string) {
		list, err := parseListed(out)
		if err != nil {
			return
		}
		for _, l := range list {
			if l.path == "" || l.oldPath == "" || (l.added < 0) != (l.deleted < 0) || l.added < -1 {
				t.Errorf("%+v", l)
			}
		}
		if len(list) == 0 && out != "" {
			t.Errorf("nothing was read of %q, and no error", out)
		}
	})
}

func FuzzTreeListing(f *testing.F) {
	f.Add("040000 tree " + idA + "       -\td\x00100644 blob " + idB + "      11\td/a\x00")
	f.Add("100644 blob " + idB + "     BAD\t.git\x00160000 commit " + idA + "       -\ts\x00")
	f.Add("100644 blob\tx")
	f.Add("0 0 0 0\t/0\x00")
	f.Fuzz(func(t *testing.T, out string) {
		l, err := parseTree(out, idA)
		if err != nil {
			return
		}
		for name, n := range l.entries {
			if !readableOrTab(name) {
				t.Errorf("%q is in the tree", name)
			}
			if n.children != nil && !n.dir {
				t.Errorf("%q has children and is no folder", name)
			}
		}
	})
}

// readableOrTab is readable, with control characters allowed, which a file system may have in names.
func readableOrTab(name string) bool {
	clean := strings.Map(func(r rune) rune {
		if r < 0x20 || r >= 0x7f && r < 0xa0 {
			return 'x'
		}
		return r
	}, name)
	return name == "." || readable(clean)
}

func FuzzBlame(f *testing.F) {
	f.Add(idA + " 1 1 1\nauthor n\nauthor-time 1795424458\nauthor-tz +0200\nsummary s\nfilename f\n\ttext\n" + idA + " 2 2\n\tmore\n")
	f.Add(idA + " 1 1 1\nauthor-time 99999999999999999999\nauthor-tz x\n\t\xff\n")
	f.Fuzz(func(t *testing.T, out string) {
		lines, err := parseBlame(out, 40)
		if err != nil {
			return
		}
		for _, l := range lines {
			if l.Line < 1 || len(l.Commit) != 40 || strings.ToValidUTF8(l.Text, "") != l.Text || strings.Contains(l.Text, "\n") {
				t.Errorf("%+v", l)
			}
		}
	})
}

func FuzzCommits(f *testing.F) {
	f.Add(idA + "\n" + idB + "\nAda\n2026-01-02T03:04:05+02:00\nsubject\nbody\n\n\x00")
	f.Add(idA + "\n\n\nx\n\n")
	r := &repository{format: "sha1"}
	f.Fuzz(func(t *testing.T, out string) {
		list, err := r.parseCommits(out)
		if err != nil {
			return
		}
		for _, c := range list {
			if !r.objectID(c.ID) || strings.ToValidUTF8(c.Subject+c.Body+c.Author, "") != c.Subject+c.Body+c.Author {
				t.Errorf("%+v", c)
			}
		}
	})
}

func FuzzConfig(f *testing.F) {
	f.Add("core.bare\nfalse\x00remote.a.b.url\nx\ny\x00alone\x00")
	f.Fuzz(func(t *testing.T, out string) {
		for _, e := range parseConfig(out) {
			if got := (config{e}).last(e.key); got != e.value {
				t.Errorf("%q is %q", e.key, got)
			}
		}
	})
}

func FuzzFilters(f *testing.F) {
	f.Add("a.bin\x00filter\x00lfs\x00b\x00filter\x00unspecified\x00")
	f.Add("a\x00filter")
	f.Fuzz(func(t *testing.T, out string) {
		filtered, err := parseFilters(out)
		if err != nil {
			return
		}
		if records := strings.Count(out, "\x00") / 3; len(filtered) > records {
			t.Errorf("%d files have a filter in %d records", len(filtered), records)
		}
		for name, filter := range filtered {
			if !strings.Contains(out, name+"\x00") || !strings.Contains(out, filter+"\x00") {
				t.Errorf("%q: %q is made up", name, filter)
			}
		}
	})
}
