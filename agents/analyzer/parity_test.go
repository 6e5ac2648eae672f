package analyzer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
)

// TestFindsWhatTheStaticcheckCommandFinds compares with the command on whole modules, and times both. It needs
// DEEPREVIEW_STATICCHECK, the command's path (go install honnef.co/go/tools/cmd/staticcheck@v0.8.2), and
// DEEPREVIEW_MODULES, folders of modules whose dependencies are downloaded, parted as PATH is.
func TestFindsWhatTheStaticcheckCommandFinds(t *testing.T) {
	program, modules := os.Getenv("DEEPREVIEW_STATICCHECK"), filepath.SplitList(os.Getenv("DEEPREVIEW_MODULES"))
	if program == "" || len(modules) == 0 {
		t.Skip("DEEPREVIEW_STATICCHECK and DEEPREVIEW_MODULES are not set")
	}
	for _, dir := range modules {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			tree := os.DirFS(dir)
			change := &deepreview.Change{Tree: tree}
			var patterns []string
			err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
				if err != nil {
					return err
				}
				if d.IsDir() && name != "." {
					if _, err := fs.Stat(tree, path.Join(name, "go.mod")); err == nil {
						return fs.SkipDir
					}
				}
				if path.Ext(name) == ".go" && beyondTheGoCommand(name) == "" {
					change.Files = append(change.Files, &deepreview.File{Path: name, Status: deepreview.FileModified})
				}
				return nil
			})
			require.NoError(t, err)
			for _, d := range newScope(change).folders {
				patterns = append(patterns, "./"+d)
			}

			// Every run of the command compiles again what lies in a folder of its own, as every run of ours does at first.
			temp := t.TempDir()
			cacheDir := filepath.Join(temp, "cache")
			command := func() (map[string]bool, time.Duration) {
				start := time.Now()
				cmd := exec.Command(program, append([]string{"-f", "json"}, patterns...)...)
				cmd.Dir = dir
				cmd.Env = append(os.Environ(), "STATICCHECK_CACHE="+cacheDir, "CGO_ENABLED=0", "GOWORK=off")
				var stderr bytes.Buffer
				cmd.Stderr = &stderr
				out, err := cmd.Output()
				var exit *exec.ExitError
				require.True(t, err == nil || errors.As(err, &exit) && exit.ExitCode() == 1, "%v %s", err, &stderr)
				took := time.Since(start)
				found := map[string]bool{}
				for dec := json.NewDecoder(bytes.NewReader(out)); ; {
					var d struct {
						Code, Message string
						Location      struct {
							File string
							Line int
						}
					}
					if err := dec.Decode(&d); errors.Is(err, io.EOF) {
						return found, took
					} else {
						require.NoError(t, err)
					}
					rel, err := filepath.Rel(dir, d.Location.File)
					require.NoError(t, err)
					found[fmt.Sprintf("%s:%d: %s (%s)", rel, d.Location.Line, d.Message, d.Code)] = true
				}
			}
			own := filepath.Join(temp, "own")
			ours := func() (map[string]bool, time.Duration, *work) {
				start := time.Now()
				w := &work{scope: newScope(change), dir: t.TempDir()}
				defer w.close()
				require.NoError(t, w.head(t.Context()))
				require.NoError(t, w.analyze(t.Context(), own))
				took := time.Since(start)
				found := map[string]bool{}
				for _, d := range w.at.Diagnostics {
					if !d.Ignored && !strings.HasPrefix(d.Rule, "vet/") {
						found[fmt.Sprintf("%s:%d: %s (%s)", d.Place.Path, d.Place.Line, d.Message, d.Rule)] = true
					}
				}
				return found, took, w
			}

			require.NoError(t, os.MkdirAll(cacheDir, 0o700))
			theirs, cold := command()
			_, warm := command()
			mine, first, w := ours()
			again, second, _ := ours()
			var failed []string
			for name, why := range w.at.Failed {
				failed = append(failed, name+": "+why)
			}
			slices.Sort(failed)
			t.Logf("%d packages, %d files analyzed; staticcheck: %d findings, %v without its cache, %v with; ours: %v, then %v; failed: %q; crashed: %v",
				len(patterns), len(w.at.Analyzed), len(theirs), cold, warm, first, second, failed, w.at.Crashed)
			assert.Equal(t, theirs, mine)
			assert.Equal(t, mine, again)
		})
	}
}
