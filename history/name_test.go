package history

import (
	"path/filepath"
	"strings"
	"testing"
)

func FuzzSeriesNamesAreFolders(f *testing.F) {
	for _, name := range []string{"branch/feature", "Main", "main", "..", ".", "", "a b", "con", "%41", "\x00", "ü", strings.Repeat("x", 400)} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		folder := escape(name)
		if folder == "" || !filepath.IsLocal(folder) || strings.ContainsAny(folder, `/\:`) || strings.ToLower(folder) != folder {
			t.Fatalf("%q is no folder: %q", name, folder)
		}
		if len(folder) > longestFolder {
			t.Fatalf("%q is long: %q", name, folder)
		}
		if other := escape(name + "x"); other == folder {
			t.Fatalf("%q and %q have one folder", name, name+"x")
		}
	})
}
