package analyzer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A toolchain is the go command with the environment it is given.
type toolchain struct {
	version  string // "go1.26.1"
	platform string // "linux/amd64"
	env      []string
}

// passedOn are the variables of the caller's environment that the go command may see: those that a program needs to start at all,
// and where caches and modules lie.
var passedOn = []string{
	"HOME", "USERPROFILE", "LocalAppData", "AppData", "XDG_CACHE_HOME", "XDG_CONFIG_HOME",
	"GOPATH", "GOMODCACHE", "GOCACHE",
	"SystemRoot", "SYSTEMDRIVE", "windir", "COMSPEC", "PATHEXT", "TEMP", "TMP", "TMPDIR",
}

// fixed is what the caller's environment has no say in. GOFLAGS is not empty, since an empty one is looked for elsewhere;
// whether modules come from the vendor folder is left to go.mod.
var fixed = []string{
	"GOFLAGS=-buildvcs=false",
	"GOTOOLCHAIN=local",
	"GOWORK=off",
	"GO111MODULE=on",
	"CGO_ENABLED=0",
	"GOPROXY=off",
	"GOSUMDB=off",
	"GOVCS=*:off",
	"GOAUTH=off",
	// A program of this name in PATH would be asked in the place of the go command.
	"GOPACKAGESDRIVER=off",
	"LC_ALL=C",
}

// findToolchain asks the go command where its caches are. dir is an empty folder, in which it works from then on: what it leaves
// behind when it is stopped is removed with that.
func findToolchain(ctx context.Context, dir string) (*toolchain, error) {
	program, err := exec.LookPath("go")
	if err != nil {
		return nil, fmt.Errorf("no go command to compile with: %w; install Go or leave this reviewer out", err)
	}
	base := environment(os.LookupEnv)
	cmd := exec.CommandContext(ctx, program, "env", "-json", "GOVERSION", "GOHOSTOS", "GOHOSTARCH", "GOPATH", "GOMODCACHE", "GOCACHE")
	cmd.Dir = dir
	cmd.Env = base
	cmd.WaitDelay = 2 * time.Second
	var messages bytes.Buffer
	cmd.Stderr = &messages
	out, err := cmd.Output()
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, fmt.Errorf("go env: %w: %s", err, firstLine(messages.String()))
	}
	var vars map[string]string
	if err := json.Unmarshal(out, &vars); err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	if vars["GOCACHE"] == "" || vars["GOCACHE"] == "off" {
		return nil, errors.New("go env knows no GOCACHE: set it, or HOME")
	}
	t := &toolchain{version: vars["GOVERSION"], platform: vars["GOHOSTOS"] + "/" + vars["GOHOSTARCH"]}
	// From here on not even the user's own go env file is read: it may hold flags.
	t.env = append(base, "GOENV=off", "GOTMPDIR="+dir)
	for _, name := range []string{"GOPATH", "GOMODCACHE", "GOCACHE"} {
		t.env = append(t.env, name+"="+vars[name])
	}
	t.env = append(t.env, "GOOS="+vars["GOHOSTOS"], "GOARCH="+vars["GOHOSTARCH"])
	return t, nil
}

// environment returns the whole environment of a go command: an allow-list, never the caller's own. A later entry overrides an
// earlier one.
func environment(lookup func(string) (string, bool)) []string {
	var env []string
	if v, ok := lookup("PATH"); ok {
		// A program is never taken from the working directory, which is foreign.
		dirs := slices.DeleteFunc(filepath.SplitList(v), func(dir string) bool { return !filepath.IsAbs(dir) })
		env = append(env, "PATH="+strings.Join(dirs, string(filepath.ListSeparator)))
	}
	for _, name := range passedOn {
		if v, ok := lookup(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return append(env, fixed...)
}
