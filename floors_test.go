package deepreview_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "github.com/deepreview-go/deepreview"

// floor returns the floor of a package, by its folder. A package imports lower floors only.
func floor(dir string) int {
	first, rest, _ := strings.Cut(dir, "/")
	switch {
	case first == "internal" && !strings.HasPrefix(rest, "lab"):
		return 0
	case dir == ".":
		return 1
	case dir == "git", dir == "report", dir == "history", dir == "agents":
		return 2
	case first == "agents", first == "report", first == "git", dir == "github", dir == "reviewtest":
		return 3
	}
	return 4 // examples, and the programs of internal/lab
}

// rootMayImport is what the root imports beside the standard library and internal packages: whoever imports the root
// compiles no more than this.
var rootMayImport = []string{"github.com/sourcegraph/go-diff/", "golang.org/x/sync/"}

func TestAPackageImportsLowerFloorsOnly(t *testing.T) {
	seen := 0
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		require.NoError(t, err)
		if strings.HasSuffix(name, "_test.go") && strings.HasSuffix(file.Name.Name, "_test") {
			return nil // an external test may use what stands above its package
		}
		seen++
		dir := path.Dir(name)
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			require.NoError(t, err)
			inside, ours := strings.CutPrefix(imported, module)
			inside = strings.TrimPrefix(inside, "/")
			if inside == "" {
				inside = "."
			}
			switch {
			case ours && strings.HasSuffix(name, "_test.go"):
			case ours && floor(dir) > 0:
				assert.Less(t, floor(inside), floor(dir), "%s imports %s, which stands on the same floor or above", name, imported)
			case ours:
				assert.Equal(t, 0, floor(inside), "%s imports %s, which stands above it", name, imported)
			case dir == "." && strings.Contains(strings.Split(imported, "/")[0], ".") && !strings.HasSuffix(name, "_test.go"):
				assert.True(t, hasAnyPrefix(imported, rootMayImport), "the root imports %s", imported)
			}
		}
		return nil
	})
	require.NoError(t, err)
	assert.Greater(t, seen, 20, "the walk found the module's files")
}

func hasAnyPrefix(s string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}
