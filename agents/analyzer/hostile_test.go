package analyzer

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
)

// canary is a program that leaves a file behind when it runs, with what it was called.
func canary(t *testing.T, dir, name string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the canary is a shell script")
	}
	program := filepath.Join(dir, name)
	script := fmt.Sprintf("#!/bin/sh\necho \"$0 $*\" >> %q\nexit 1\n", filepath.Join(dir, "ran"))
	require.NoError(t, os.WriteFile(program, []byte(script), 0o700))
	return program
}

func TestNothingOfTheRepositoryOrTheEnvironmentRuns(t *testing.T) {
	dir := t.TempDir()
	program := canary(t, dir, "canary")
	canary(t, dir, "gopackagesdriver") // looked for in PATH
	canary(t, dir, "git")
	userEnv := filepath.Join(dir, "goenv")
	require.NoError(t, os.WriteFile(userEnv, []byte("GOFLAGS=-toolexec="+program+"\nCC="+program+"\nGOCACHEPROG="+program+"\n"), 0o600))
	overlay := filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(overlay, []byte(`{"Replace":{}}`), 0o600))
	for name, value := range map[string]string{
		"PATH":             dir + string(os.PathListSeparator) + os.Getenv("PATH"),
		"GOFLAGS":          "-toolexec=" + program + " -overlay=" + overlay,
		"GOENV":            userEnv,
		"GOPACKAGESDRIVER": program,
		"GOCACHEPROG":      program,
		"GOTOOLCHAIN":      "go1.999.0+auto",
		"GOWORK":           "/nowhere/go.work",
		"CGO_ENABLED":      "1",
		"CC":               program,
		"CXX":              program,
		"PKG_CONFIG":       program,
		"GOAUTH":           program,
		"GOPROXY":          "direct",
		"GOINSECURE":       "*",
	} {
		t.Setenv(name, value)
	}
	after := tree(map[string]string{
		"go.mod":           "module example.com/m\n\ngo 1.24\n\ntoolchain go1.999.0\n\ntool example.com/m/tool\n",
		"go.work":          "go 1.24\n\ntoolchain go1.999.0\n\nuse ./nowhere\n",
		"go.env":           "GOFLAGS=-toolexec=" + program + "\nGOTOOLCHAIN=auto\n",
		".config/go/env":   "GOFLAGS=-toolexec=" + program + "\n",
		"m.go":             "package m\n\n//go:generate " + program + "\n\nfunc Set(n int) int {\n\tn = n\n\treturn n + 1\n}\n",
		"m_test.go":        "package m\n\nimport \"os/exec\"\n\nfunc init() { exec.Command(\"" + program + "\").Run() }\n",
		"cgo.go":           "package m\n\n// #cgo CFLAGS: -fplugin=" + program + "\n// #cgo pkg-config: x\nimport \"C\"\n",
		"gopackagesdriver": "#!/bin/sh\n" + program + "\n",
		"go":               "#!/bin/sh\n" + program + "\n",
		"tool/main.go":     "package main\n\nfunc main() {}\n",
		".golangci.yml":    "run: " + program + "\n",
		".gitattributes":   "*.go filter=x\n",
		"evil/go.mod":      "module example.com/evil\n\ngo 1.24\n\nrequire example.org/x v1.0.0\n\nreplace example.org/x => git.example.org/x v1.0.0\n",
		"evil/evil.go":     "package evil\n\nimport _ \"example.org/x\"\n",
		"swig.swig":        "x",
		"default.pgo":      "x",
		"asm/a.go":         "package asm\n\nfunc F()\n",
		"asm/a_amd64.s":    "#include \"../../../../../../../../../etc/passwd\"\nTEXT ·F(SB),0,$0\n\tRET\n",
		"asm/a_arm64.s":    "#include \"../../../../../../../../../etc/passwd\"\nTEXT ·F(SB),0,$0\n\tRET\n",
	})
	rev := reviewOf(t, changeOf(tree(nil), after))
	assert.Equal(t, []string{"m.go:6 SA4018"}, found(rev))
	ran, err := os.ReadFile(filepath.Join(dir, "ran"))
	assert.ErrorIs(t, err, os.ErrNotExist, "it ran: %s", ran)

	reasons := map[string]string{}
	for _, x := range rev.Coverage {
		reasons[x.Path] = x.Reason
	}
	assert.Contains(t, reasons["cgo.go"], "it needs cgo")
	assert.Contains(t, reasons["evil/evil.go"], "example.org/x")
	assert.NotContains(t, fmt.Sprint(reasons), "root:", "what another file holds is not told")
	assert.NotEmpty(t, reasons["asm/a.go"])
}

func TestTheEnvironmentIsAnAllowList(t *testing.T) {
	env := environment(func(name string) (string, bool) {
		if name == "PATH" {
			return strings.Join([]string{"relative", ".", "", filepath.Join(string(filepath.Separator), "abs")}, string(os.PathListSeparator)), true
		}
		return "/x", true
	})
	got := map[string]string{}
	for _, e := range env {
		name, value, _ := strings.Cut(e, "=")
		got[name] = value
	}
	assert.Equal(t, filepath.Join(string(filepath.Separator), "abs"), got["PATH"])
	for name, want := range map[string]string{
		"GOTOOLCHAIN": "local", "GOWORK": "off", "CGO_ENABLED": "0", "GOPROXY": "off", "GOPACKAGESDRIVER": "off", "GOFLAGS": "-buildvcs=false",
	} {
		assert.Equal(t, want, got[name])
	}
	for _, name := range []string{"GODEBUG", "GOCACHEPROG", "GOENV", "CC", "GIT_DIR", "LD_PRELOAD", "AWS_PROFILE"} {
		assert.NotContains(t, got, name)
	}
}

func TestNoSymbolicLinkIsFollowed(t *testing.T) {
	outside := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(outside, "secret.go"), []byte(self), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(outside, "secret.txt"), []byte("x"), 0o600))
	repo := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module example.com/m\n\ngo 1.24\n",
		"m.go":   "package m\n\nimport _ \"embed\"\n\n//go:embed secret.txt\nvar S string\n",
		"n/n.go": "package n\n\nimport _ \"example.com/m/linked\"\n",
	} {
		require.NoError(t, os.MkdirAll(filepath.Join(repo, filepath.Dir(name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(repo, name), []byte(text), 0o600))
	}
	if err := os.Symlink(outside, filepath.Join(repo, "linked")); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	for _, name := range []string{"secret.go", "secret.txt"} {
		require.NoError(t, os.Symlink(filepath.Join(outside, name), filepath.Join(repo, name)))
	}
	// os.DirFS follows links, out of its folder too; and the change does not tell that they are links.
	c := &deepreview.Change{Tree: os.DirFS(repo)}
	for _, name := range []string{"m.go", "secret.go", "linked/secret.go", "n/n.go"} {
		c.Files = append(c.Files, &deepreview.File{Path: name, Status: deepreview.FileAdded})
	}
	rev, err := new(Reviewer).Review(t.Context(), c)
	require.ErrorContains(t, err, "pattern secret.txt: no matching files found")
	require.NotNil(t, rev)
	assert.Empty(t, rev.Findings)
	for _, x := range rev.Coverage {
		assert.Equal(t, deepreview.CoverageUnreviewed, x.Status, x.Path)
	}
	assert.Equal(t, "it is no regular file of the tree at head", rev.Coverage[1].Reason)
}

func TestAChangeDoesNotSteerItsOwnReview(t *testing.T) {
	line := func(text string) string { return strings.Replace(self, "\tn = n\n", "\t"+text+"\n\tn = n\n", 1) }
	for _, tt := range []struct {
		name          string
		before, after map[string]string
		found, notes  []string
		detail        string
	}{
		{
			name:   "a directive that the change adds is mentioned, not obeyed",
			before: map[string]string{"m.go": clean},
			after:  map[string]string{"m.go": line("//lint:ignore SA4018 because")},
			found:  []string{"m.go:5 SA4018"},
			detail: "The change adds a directive to ignore this, on line 4.",
		},
		{
			name:   "nor is one for a whole file",
			before: map[string]string{"m.go": clean},
			after:  map[string]string{"m.go": self + "\n//lint:file-ignore SA* because\n"},
			found:  []string{"m.go:4 SA4018"},
			detail: "The change adds a directive to ignore this, on line 8.",
		},
		{
			name:   "nor one for unused code",
			before: map[string]string{"m.go": clean},
			after:  map[string]string{"m.go": clean + "\n//lint:ignore U1000 because\nfunc old() {}\n"},
			found:  []string{"m.go:6 U1000"},
			detail: "on line 5.",
		},
		{
			name:   "one that was there is obeyed",
			before: map[string]string{"m.go": line("//lint:ignore SA4018 because")},
			after:  map[string]string{"m.go": line("//lint:ignore SA4018 because") + "\nvar N int\n"},
		},
		{
			name:   "one that has nothing left to silence is reported",
			before: map[string]string{"m.go": line("//lint:ignore SA4018 because")},
			after:  map[string]string{"m.go": strings.Replace(line("//lint:ignore SA4018 because"), "n = n\n", "n = -n\n", 1)},
			found:  []string{"m.go:4 staticcheck"},
		},
		{
			name:   "a configuration that the change brings is not read",
			before: map[string]string{"m.go": clean},
			after:  map[string]string{"m.go": self, "staticcheck.conf": "checks = [\"-all\"]\n"},
			found:  []string{"m.go:4 SA4018"},
		},
		{
			name:   "one that was there is, though the change takes it away",
			before: map[string]string{"m.go": clean, "staticcheck.conf": "checks = [\"inherit\", \"-SA4018\"]\n"},
			after:  map[string]string{"m.go": self + "\nfunc Get(n int) int {\n\tn = 1\n\treturn n\n}\n"},
			found:  []string{"m.go:8 SA4009"},
		},
		{
			name:   "a line directive moves nothing",
			before: map[string]string{"m.go": clean, "n.go": "package m\n"},
			after:  map[string]string{"m.go": strings.Replace(self, "\tn = n\n", "//line n.go:1\n\tn = n\n", 1), "n.go": "package m\n"},
			found:  []string{"m.go:5 SA4018"},
		},
		{
			name:   "nor does one in the middle of a line",
			before: map[string]string{"m.go": clean},
			after:  map[string]string{"m.go": strings.Replace(self, "\tn = n\n", "\t/*line /etc/passwd.go:1*/ n = n\n", 1)},
			found:  []string{"m.go:4 SA4018"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rev := reviewOf(t, changeOf(tree(tt.before), tree(tt.after)))
			assert.Equal(t, tt.found, found(rev))
			assert.Equal(t, tt.notes, notes(rev))
			if tt.detail != "" {
				require.NotEmpty(t, rev.Findings)
				assert.Contains(t, rev.Findings[0].Detail, tt.detail)
			}
		})
	}
}

func TestATreeTooLargeIsRefused(t *testing.T) {
	files := map[string]string{"m.go": "package m\n\nimport _ \"example.com/m/sub\"\n", "sub/s.go": "package sub\n", "else/e.go": "package e\n"}
	for _, tt := range []struct {
		name  string
		bound func(*treeCopy)
		fits  bool
	}{
		{"as it is", func(*treeCopy) {}, true},
		{"go.mod and two files", func(c *treeCopy) { c.filesMost = 3 }, true},
		{"fewer", func(c *treeCopy) { c.filesMost = 2 }, false},
		{"bytes", func(c *treeCopy) { c.bytesMost = 80 }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := newCopy(tree(files), t.TempDir(), func(string) map[int]bool { return nil })
			require.NoError(t, err)
			defer c.close()
			tt.bound(c)
			if err = c.add(t.Context(), []string{"."}); tt.fits {
				assert.NoError(t, err)
				assert.NotContains(t, c.files, "else/e.go")
			} else {
				assert.ErrorIs(t, err, errTooMuch)
			}
		})
	}
}

func TestNamesThatNoFileCanHaveAreNamed(t *testing.T) {
	long := strings.Repeat("n", 300) + ".go"
	after := tree(map[string]string{"m.go": clean, long: "package m\n", "sub\nfolder/s.go": "package s\n"})
	rev := reviewOf(t, changeOf(tree(nil), after))
	for _, x := range rev.Coverage {
		if x.Path == "m.go" {
			assert.True(t, x.Looked())
			continue
		}
		assert.Equal(t, deepreview.CoverageUnreviewed, x.Status, x.Path)
		assert.NotEmpty(t, x.Reason)
	}
}

func TestTheGoCommandWorksInTheFolderThatIsRemoved(t *testing.T) {
	dir := t.TempDir()
	tc, err := findToolchain(t.Context(), dir)
	require.NoError(t, err)
	assert.Contains(t, tc.env, "GOTMPDIR="+dir)
	assert.Contains(t, tc.env, "GOENV=off")
}
