package main

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// outsider is a program that uses the root of the library and nothing else of it.
const outsider = `package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/deepreview-go/deepreview"
)

func main() {
	c, err := deepreview.ParseDiff(strings.NewReader("--- a/a.go\n+++ b/a.go\n@@ -1 +1 @@\n-a\n+b\n"))
	if err != nil {
		panic(err)
	}
	r, err := new(deepreview.Pipeline).Consolidate(context.Background(), c, nil)
	if err != nil {
		panic(err)
	}
	fmt.Print(r.Verdict.Kind)
}
`

// Only these modules are downloaded, and beside our own only packages of these are compiled, by whoever imports the root.
var needed = []string{"github.com/sourcegraph/go-diff", "golang.org/x/sync"}

var goLine = regexp.MustCompile(`(?m)^go .*$`)

const ours = "github.com/deepreview-go/deepreview"

// The test builds a module of its own with an empty module cache. What it needs comes from the cache of this machine, which is
// laid out as a module proxy is, so that no network is asked and every download can be counted.
func TestAnOutsideModuleThatImportsOnlyTheRootGetsLittle(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds another module with an empty module cache")
	}
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	cached, err := exec.CommandContext(t.Context(), "go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Skipf("there is no go command to build with: %v", err)
	}
	proxy := filepath.Join(strings.TrimSpace(string(cached)), "cache", "download")
	for _, module := range needed {
		if have, _ := filepath.Glob(filepath.Join(proxy, module, "@v", "*.zip")); have == nil {
			t.Skipf("%s is not in this machine's module cache; run go mod download", module)
		}
	}

	dir, fresh := t.TempDir(), t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	write("main.go", outsider)
	write("go.mod", "module example.com/outside\n\n"+goLine.FindString(string(mod))+"\n\nrequire "+ours+" v0.0.0\n\nreplace "+ours+" => "+root+"\n")
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	require.NoError(t, err)
	write("go.sum", string(sums))
	run := func(args ...string) string {
		cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod -modcacherw", "GOMODCACHE="+fresh, "GOPROXY=file:///"+strings.TrimPrefix(filepath.ToSlash(proxy), "/"),
			"GOSUMDB=off", "GOWORK=off", "GOTOOLCHAIN=local")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		require.NoError(t, err, "%s\n%s", strings.Join(args, " "), &stderr)
		return string(out)
	}
	program := filepath.Join(dir, "outside.exe")
	run("go", "build", "-o", program, ".")
	assert.Equal(t, "incomplete", run(program))

	var compiled, foreign, standard []string
	for line := range strings.Lines(run("go", "list", "-deps", "-f", "{{.ImportPath}} {{.Standard}} {{with .Module}}{{.Path}}{{end}}", ".")) {
		fields := strings.Fields(line)
		switch {
		case fields[1] == "true":
			standard = append(standard, fields[0])
		case fields[2] == ours:
			compiled = append(compiled, fields[0])
		case fields[2] != "example.com/outside":
			foreign = append(foreign, fields[0])
			assert.Contains(t, needed, fields[2], "the root compiles %s", fields[0])
		}
	}
	for _, p := range compiled {
		assert.True(t, p == ours || strings.HasPrefix(p, ours+"/internal/"), "the root compiles %s", p)
	}
	var downloaded []string
	var bytesDownloaded, described int64
	require.NoError(t, fs.WalkDir(os.DirFS(fresh), "cache/download", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		module, file, _ := strings.Cut(strings.TrimPrefix(name, "cache/download/"), "/@v/")
		switch filepath.Ext(file) {
		case ".zip":
			info, err := d.Info()
			if err != nil {
				return err
			}
			bytesDownloaded += info.Size()
			downloaded = append(downloaded, module+"@"+strings.TrimSuffix(file, ".zip"))
			assert.Contains(t, needed, module, "an importer of the root downloads it")
		case ".mod":
			described++
		}
		return nil
	}))
	assert.Len(t, downloaded, len(needed))
	slices.Sort(downloaded)
	t.Logf("downloads %d modules, %d KB: %s; reads the go.mod of %d", len(downloaded), bytesDownloaded>>10, strings.Join(downloaded, ", "), described)
	t.Logf("compiles %d packages of ours (%s), %d of others (%s), %d of the standard library",
		len(compiled), strings.Join(compiled, ", "), len(foreign), strings.Join(foreign, ", "), len(standard))
}
