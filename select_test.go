package deepreview_test

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
)

func TestSelect(t *testing.T) {
	for _, test := range []struct {
		name             string
		include, exclude []string
		want             []string
	}{
		{"no pattern keeps all", nil, nil, []string{"main.go", "api/v1/limit.go", "api/limit_test.go", "vendor/a/b.go", "docs/new.md"}},
		{"a pattern without a slash matches the base name in any folder", []string{"*.go"}, nil, []string{"main.go", "api/v1/limit.go", "api/limit_test.go", "vendor/a/b.go"}},
		{"a star does not cross folders", []string{"api/*"}, nil, []string{"api/limit_test.go"}},
		{"two stars cross folders", []string{"api/**"}, nil, []string{"api/v1/limit.go", "api/limit_test.go"}},
		{"two stars stand for no folder too", []string{"**/main.go", "api/**/limit_test.go"}, nil, []string{"main.go", "api/limit_test.go"}},
		{"two stars twice", []string{"**/v1/**/*.go"}, nil, []string{"api/v1/limit.go"}},
		{"two stars alone match all", []string{"**"}, nil, []string{"main.go", "api/v1/limit.go", "api/limit_test.go", "vendor/a/b.go", "docs/new.md"}},
		{"a slash at the end means everything below", nil, []string{"vendor/"}, []string{"main.go", "api/v1/limit.go", "api/limit_test.go", "docs/new.md"}},
		{"a folder's name without a slash is no folder", nil, []string{"vendor"}, []string{"main.go", "api/v1/limit.go", "api/limit_test.go", "vendor/a/b.go", "docs/new.md"}},
		{"exclusion wins", []string{"*.go"}, []string{"*_test.go", "vendor/"}, []string{"main.go", "api/v1/limit.go"}},
		{"a whole path", []string{"api/v1/limit.go"}, nil, []string{"api/v1/limit.go"}},
		{"a class of letters", []string{"[lm]*.go"}, nil, []string{"main.go", "api/v1/limit.go", "api/limit_test.go"}},
		{"letters must agree in case", []string{"MAIN.go", "main.go"}, nil, []string{"main.go"}},
		{"the old name of a renamed file includes it", []string{"old/"}, nil, []string{"docs/new.md"}},
		{"the new name alone does not exclude it", nil, []string{"docs/"}, []string{"main.go", "api/v1/limit.go", "api/limit_test.go", "vendor/a/b.go", "docs/new.md"}},
		{"both names exclude it", nil, []string{"docs/", "old/"}, []string{"main.go", "api/v1/limit.go", "api/limit_test.go", "vendor/a/b.go"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			tree := fstest.MapFS{}
			c := &deepreview.Change{
				Header: deepreview.Header{Title: "title", Excluded: []string{"before.go"}},
				Files: []*deepreview.File{
					{Path: "main.go"}, {Path: "api/v1/limit.go"}, {Path: "api/limit_test.go"}, {Path: "vendor/a/b.go"},
					{Path: "docs/new.md", OldPath: "old/old.txt", Status: deepreview.FileRenamed},
				},
				Tree: tree,
			}
			got, err := c.Select(test.include, test.exclude)
			require.NoError(t, err)
			excluded := []string{"before.go"}
			var paths []string
			for _, f := range got.Files {
				paths = append(paths, f.Path)
			}
			for _, f := range c.Files {
				if got.File(f.Path) == nil {
					excluded = append(excluded, f.Path)
				}
			}
			assert.Equal(t, test.want, paths)
			assert.Equal(t, excluded, got.Excluded)
			assert.Equal(t, []any{"title", tree}, []any{got.Title, got.Tree})
			assert.Len(t, c.Files, 5, "the change itself stays as it was")
			assert.Equal(t, []string{"before.go"}, c.Excluded)
		})
	}
}

func TestSelectRefuses(t *testing.T) {
	c := &deepreview.Change{Files: []*deepreview.File{{Path: "main.go"}}}
	for _, test := range []struct{ name, pattern, says string }{
		{"a class without an end", "[a", `"[a"`},
		{"a class without an end behind a folder that does not match", "x/[a", `"x/[a"`},
		{"an empty pattern", "", "empty"},
		{"two stars beside letters", "a**/b", `"a**/b"`},
		{"two slashes in a row", "a//b", `"a//b"`},
		{"a path from the root of the machine", "/main.go", `"/main.go"`},
		{"patterns that leave no file", "*.c", "none of the 1 changed files"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := c.Select([]string{test.pattern}, nil)
			assert.Nil(t, got)
			assert.ErrorContains(t, err, test.says)
		})
	}
	t.Run("a bad pattern to exclude", func(t *testing.T) {
		_, err := c.Select(nil, []string{"[a"})
		assert.ErrorContains(t, err, `"[a"`)
	})
}
