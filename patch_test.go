package deepreview

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// applyPatch has git apply a patch to files, and returns them after it.
func applyPatch(t *testing.T, files map[string]string, patch string) map[string]string {
	t.Helper()
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("git is not installed, so no patch can be applied")
	}
	dir := t.TempDir()
	for name, data := range files {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(data), 0o666))
	}
	cmd := exec.Command(git, "apply", "-")
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "GIT_CEILING_DIRECTORIES=" + filepath.Dir(dir), "GIT_CONFIG_NOSYSTEM=1"}
	cmd.Stdin = strings.NewReader(patch)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s\n%s", out, patch)
	after := map[string]string{}
	for name := range files {
		data, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		after[name] = string(data)
	}
	return after
}

func TestPatchesApply(t *testing.T) {
	ten := "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n"
	many := strings.Repeat("line\n", 30)
	for name, tc := range map[string]struct {
		before, after string
		edits         []Edit
	}{
		"a line replaced":                     {ten, "1\n2\n3\n4\nfive\n6\n7\n8\n9\n10\n", []Edit{{Start: 5, End: 5, New: "five\n"}}},
		"lines deleted":                       {ten, "1\n2\n3\n7\n8\n9\n10\n", []Edit{{Start: 4, End: 6}}},
		"lines inserted before the first":     {ten, "0\n" + ten, []Edit{{Start: 1, End: 0, New: "0\n"}}},
		"lines inserted behind the last":      {ten, ten + "11\n12\n", []Edit{{Start: 11, End: 10, New: "11\n12\n"}}},
		"an empty line inserted":              {ten, "1\n\n2\n3\n4\n5\n6\n7\n8\n9\n10\n", []Edit{{Start: 2, End: 1, New: "\n"}}},
		"near edits share a hunk":             {ten, "one\n2\n3\n4\n5\nsix\n7\n8\n9\n10\n", []Edit{{Start: 6, End: 6, New: "six\n"}, {Start: 1, End: 1, New: "one\n"}}},
		"far edits have their own":            {many, "a\nb\n" + strings.Repeat("line\n", 28) + "z\n", []Edit{{Start: 1, End: 1, New: "a\nb\n"}, {Start: 30, End: 30, New: "z\n"}}},
		"everything deleted but the last":     {"1\n2\n", "2\n", []Edit{{Start: 1, End: 1}}},
		"a last line without a newline stays": {"1\n2\n3", "1\ntwo\n3", []Edit{{Start: 2, End: 2, New: "two\n"}}},
		"a last line without a newline goes":  {"1\n2\n3", "1\n2\nthree\n", []Edit{{Start: 3, End: 3, New: "three\n"}}},
		"carriage returns are kept":           {"1\r\n2\r\n3\r\n", "1\r\ntwo\r\n3\r\n", []Edit{{Start: 2, End: 2, New: "two\r\n"}}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range []string{"a.txt", "dir with space/ü\".txt"} {
				for i := range tc.edits {
					tc.edits[i].Path = path
				}
				s := newSources(&Change{Tree: fstest.MapFS{path: {Data: []byte(tc.before)}}})
				patch, err := s.patch(tc.edits)
				require.NoError(t, err)
				assert.Equal(t, tc.after, applyPatch(t, map[string]string{path: tc.before}, patch)[path])
			}
		})
	}
}

func TestAPatchOfTwoFilesApplies(t *testing.T) {
	files := map[string]string{"a": "1\n2\n", "b": "3\n4\n"}
	s := newSources(&Change{Tree: fstest.MapFS{"a": {Data: []byte(files["a"])}, "b": {Data: []byte(files["b"])}}})
	patch, err := s.patch([]Edit{{Path: "b", Start: 1, End: 1, New: "drei\n"}, {Path: "a", Start: 2, End: 2, New: "zwei\n"}})
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"a": "1\nzwei\n", "b": "drei\n4\n"}, applyPatch(t, files, patch))
}

func TestAPatchNeedsToKnowTheLines(t *testing.T) {
	s := newSources(storeChange(false))
	_, err := s.patch([]Edit{{Path: "lib/store.go", Start: 11, End: 11, New: "\tif err := s.put(k); err != nil {\n"}})
	assert.NoError(t, err, "the hunk shows what is before and after")
	for name, tc := range map[string]struct {
		edits []Edit
		want  string
	}{
		"a line far from the hunk":  {[]Edit{{Path: "lib/store.go", Start: 200, End: 200, New: "x\n"}}, "line 200 of lib/store.go is not known"},
		"the last line of the hunk": {[]Edit{{Path: "lib/store.go", Start: 14, End: 14, New: "x\n"}}, "what follows line 14"},
		"a range that leaves it":    {[]Edit{{Path: "lib/store.go", Start: 13, End: 40, New: "x\n"}}, "line 40 of lib/store.go is not known"},
		"edits that overlap":        {[]Edit{{Path: "lib/store.go", Start: 11, End: 12}, {Path: "lib/store.go", Start: 12, End: 12}}, "overlap"},
		"a secret in the lines":     {[]Edit{{Path: "lib/store.go", Start: 11, End: 11, New: "key := \"AKIA" + "QX7BNTR2LMZK5W3V\"\n"}}, "secret"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.patch(tc.edits)
			assert.ErrorContains(t, err, tc.want)
		})
	}
}
