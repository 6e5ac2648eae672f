// Command noise runs the rules of package patterns over pairs of published versions and prints every finding with its
// lines, for a person to read and to judge: which are of use, and which are noise.
//
//	go run ./internal/lab/noise -work DIR [-held-out] [-only NAME] > findings.txt
//
// It needs the commands go, npm and git, and fetches the versions into DIR, which it reuses. Version pairs have no
// commits, so the rules on commits say nothing here. NOISE.md holds what a reading of its output came to.
package main

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents/patterns"
)

func main() {
	work := flag.String("work", "", "folder for the versions and their diffs")
	only := flag.String("only", "", "run the pairs whose name contains this")
	heldOut := flag.Bool("held-out", false, "run the held-out set instead of the first")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *work, *only, *heldOut, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "noise:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, work, only string, heldOut bool, out io.Writer) error {
	if work == "" {
		return errors.New("no folder to work in: give one with -work")
	}
	work, err := filepath.Abs(work)
	if err != nil {
		return err
	}
	rules := map[string]int{}
	var table strings.Builder
	for _, p := range pairs {
		if p.heldOut != heldOut || !strings.Contains(p.name, only) {
			continue
		}
		dir := filepath.Join(work, strings.ReplaceAll(p.name, "/", "_"))
		if err := fetch(ctx, p, dir); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		rev, c, took, err := review(ctx, dir)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		fmt.Fprintf(out, "\n######## %s %s..%s: %d files\n", p.name, p.old, p.now, len(c.Files))
		for _, f := range rev.Findings {
			rules[f.Rule]++
			where := "(no place)"
			if len(f.Locations) > 0 {
				where = f.Locations[0].String()
				if f.Locations[0].Old {
					where = "old " + where
				}
			}
			fmt.Fprintf(out, "\n%s [%s] %s\n  %s (%d places)\n  | %s\n  %s\n", f.ID, f.Severity, f.Title, where, len(f.Locations), f.Quote, f.Detail)
		}
		for _, n := range rev.Notes {
			fmt.Fprintf(out, "\nnote %s [%s] %s: %s\n", n.ID, n.Kind, n.Title, n.Text)
		}
		lines := 0
		for _, f := range c.Files {
			lines += f.Added + f.Deleted
		}
		fmt.Fprintf(&table, "%s %s..%s\t%d files\t%d lines\t%d findings\t%d notes\t%v\n", p.name, p.old, p.now, len(c.Files), lines, len(rev.Findings), len(rev.Notes), took.Round(time.Millisecond))
	}
	fmt.Fprintf(out, "\n######## pairs\n\n%s\n######## rules\n\n", table.String())
	names := make([]string, 0, len(rules))
	for name := range rules {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(rules[b], rules[a]), cmp.Compare(a, b)) })
	for _, name := range names {
		fmt.Fprintf(out, "%d\t%s\n", rules[name], name)
	}
	return nil
}

// review runs the rules over what git says differs between the two versions in dir.
func review(ctx context.Context, dir string) (*deepreview.Review, *deepreview.Change, time.Duration, error) {
	cmd := exec.CommandContext(ctx, "git", "diff", "--no-index", "--no-ext-diff", "--no-textconv", "--no-color", "-M", "--no-prefix", "a", "b")
	cmd.Dir = dir
	diff, err := cmd.Output()
	if exit := new(exec.ExitError); err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1) {
		return nil, nil, 0, fmt.Errorf("comparing the two versions: %w", err)
	}
	c, err := deepreview.ParseDiff(bytes.NewReader(diff))
	if err != nil {
		return nil, nil, 0, err
	}
	for _, f := range c.Files {
		// git keeps the folders' names where the two names of a file differ, or one side lacks it.
		switch f.Status {
		case deepreview.FileAdded:
			f.Path = strings.TrimPrefix(f.Path, "b/")
		case deepreview.FileDeleted:
			f.Path = strings.TrimPrefix(f.Path, "a/")
		case deepreview.FileRenamed, deepreview.FileCopied:
			f.OldPath, f.Path = strings.TrimPrefix(f.OldPath, "a/"), strings.TrimPrefix(f.Path, "b/")
		}
	}
	c.BaseTree, c.Tree = os.DirFS(filepath.Join(dir, "a")), os.DirFS(filepath.Join(dir, "b"))
	start := time.Now()
	rev, err := new(patterns.Reviewer).Review(ctx, c)
	return rev, c, time.Since(start), err
}

// fetch brings both versions of p into the folders a and b of dir, unless they are there.
func fetch(ctx context.Context, p pair, dir string) error {
	for side, version := range map[string]string{"a": p.old, "b": p.now} {
		to := filepath.Join(dir, side)
		if _, err := os.Stat(to); err == nil {
			continue
		}
		get := fetchGo
		if p.npm {
			get = fetchNPM
		}
		part := to + ".part"
		if err := os.RemoveAll(part); err != nil {
			return err
		}
		if err := get(ctx, p.name+"@"+version, part); err != nil {
			return fmt.Errorf("fetching %s: %w", version, err)
		}
		if err := os.Rename(part, to); err != nil {
			return err
		}
	}
	return nil
}

func fetchGo(ctx context.Context, module, to string) error {
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", module)
	cmd.Dir = os.TempDir() // outside of every module
	data, err := cmd.Output()
	if err != nil {
		return err
	}
	var got struct{ Dir string }
	if err := json.Unmarshal(data, &got); err != nil {
		return err
	}
	return os.CopyFS(to, os.DirFS(got.Dir))
}

func fetchNPM(ctx context.Context, pkg, to string) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "npm", "pack", "--silent", pkg)
	cmd.Dir = to
	name, err := cmd.Output()
	if err != nil {
		return err
	}
	archive := filepath.Join(to, strings.TrimSpace(string(name)))
	data, err := os.ReadFile(archive)
	if err != nil {
		return err
	}
	if err := os.Remove(archive); err != nil {
		return err
	}
	return unpack(data, to)
}

// unpack writes the regular files of an npm package into a folder, without the archive's own top folder.
func unpack(data []byte, to string) error {
	zip, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return err
	}
	for r := tar.NewReader(zip); ; {
		h, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		_, name, ok := strings.Cut(path.Clean(h.Name), "/")
		if !ok || h.Typeflag != tar.TypeReg || !filepath.IsLocal(name) {
			continue
		}
		file := filepath.Join(to, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		content, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		if err := os.WriteFile(file, content, 0o644|os.FileMode(h.Mode)&0o111); err != nil {
			return err
		}
	}
}
