package patterns

import (
	"io/fs"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
)

// FuzzReview runs every rule over files of any name and content, with and without trees. A token stands in the middle of each line and
// must not be in what is said.
func FuzzReview(f *testing.F) {
	f.Add("a.test.js", "+it.only('a', f)\n-debugger;\n", "x", "fix", true)
	f.Add("go.mod", "+replace a => ../a\n", "module a", "WIP", false)
	f.Add(".github/workflows/x.yml", "+  uses: a/b@main\n+  run: curl x | sh\n", "on: pull_request_target", "", true)
	f.Add("a.go", "+func F() {\n-// F is\n+}\n", "package a\nfunc G() {}\n", "", true)
	f.Add("package.json", "+\"a\": \"*\",\n", "{}", "", true)
	f.Add("migrations/1.sql", "+DROP TABLE x;\n", "", "", false)
	f.Add("a.py", "+\xff\u202e\n+x = '''\n+ y\n", "\"\"\"", "", true)
	f.Fuzz(func(t *testing.T, name, body, tree, subject string, trees bool) {
		if len(body) > 1<<14 || len(tree) > 1<<14 {
			t.Skip("what is long is bounded elsewhere")
		}
		if name == "" || body == "" {
			return
		}
		token := spell("gh", "p_", "a1B2c3D4e5F6g7H8i9", "J0k1L2m3N4o5P6q7R8")
		half := len(body) / 2
		c := files(edit(name, body), edit("z/"+name, body[:half]+" "+token+" "+body[half:]), add("x/"+name, body), remove("y/"+name, body), renamed(name+".old", edit(name+".now", body)))
		c.Commits = []deepreview.Commit{{ID: "0", Subject: subject, Body: tree}}
		if trees {
			at := map[string]string{}
			for _, f := range c.Files {
				if fs.ValidPath(f.Path) && f.Path != "." {
					at[f.Path] = tree
				}
			}
			withTrees(c, at, at)
		}
		rev, err := new(Reviewer).Review(t.Context(), c)
		require.NoError(t, err)
		require.Len(t, rev.Coverage, len(c.Files))
		ids := map[string]bool{}
		for _, x := range rev.Findings {
			require.NoError(t, x.Validate())
			require.False(t, ids[x.ID], "two findings are called %s", x.ID)
			ids[x.ID] = true
			require.True(t, utf8.ValidString(x.Title+x.Detail+x.Quote))
			require.LessOrEqual(t, len(x.Locations), 10*placesMost)
		}
		require.NotContains(t, dump(rev), token[8:20])
	})
}
