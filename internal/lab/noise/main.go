// Command noise runs the rules of package patterns over pairs of published versions and prints every finding with its
// lines, for a person to read and to judge: which are of use, and which are noise.
//
//	pairs.go ── fetch ──▶ two folders ── git diff ──▶ a change ── patterns ──▶ findings
//	labels.tsv: the verdicts of a reader ──▶ the tables of agents/patterns/NOISE.md
//
//	go run ./internal/lab/noise -work DIR [-set first|…|seventh|measured] [-only NAME] > findings.txt
//	go run ./internal/lab/noise -work DIR -set measured -table > table.md
//
// It needs the commands go, npm and git, and fetches the versions into DIR, which it reuses. Version pairs have no
// commits, so the rules on commits say nothing here. A finding that has no label, or a label whose finding is not raised any
// more, is an error of -table: the count would not be that of the rules as they are.
package main

import (
	"archive/tar"
	"bytes"
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
	"strings"
	"time"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents/patterns"
)

func main() {
	var o options
	flag.StringVar(&o.work, "work", "", "folder for the versions and their diffs")
	flag.StringVar(&o.only, "only", "", "run the pairs whose name contains this")
	flag.StringVar(&o.set, "set", first, "which set of pairs: first to seventh, or measured")
	flag.BoolVar(&o.table, "table", false, "print the tables of the set's labels instead of findings")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "noise:", err)
		os.Exit(1)
	}
}

type options struct {
	work, only, set string
	table           bool
}

// outcome is what the rules said of one pair.
type outcome struct {
	pair
	files, lines int
	review       *deepreview.Review
	took         time.Duration
}

func run(ctx context.Context, o options, out io.Writer) error {
	if o.work == "" {
		return errors.New("no folder to work in: give one with -work")
	}
	work, err := filepath.Abs(o.work)
	if err != nil {
		return err
	}
	var all []outcome
	for _, p := range pairs {
		if p.set != o.set || !strings.Contains(p.name, o.only) {
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
		x := outcome{pair: p, files: len(c.Files), review: rev, took: took}
		for _, f := range c.Files {
			x.lines += f.Added + f.Deleted
		}
		all = append(all, x)
		if !o.table {
			x.print(out)
		}
	}
	if !o.table {
		return nil
	}
	labels, err := readLabels(labelText)
	if err != nil {
		return err
	}
	return tables(out, o.set, all, labels)
}

// print writes what a reader needs to judge each finding.
func (x outcome) print(out io.Writer) {
	fmt.Fprintf(out, "\n######## %s %s..%s: %d files, %d changed lines, %d findings, %v\n", x.name, x.old, x.now, x.files, x.lines, len(x.review.Findings), x.took.Round(time.Millisecond))
	for _, f := range x.review.Findings {
		fmt.Fprintf(out, "\n%s [%s] %s\n  %s (%d places)\n  | %s\n  %s\n", f.ID, f.Severity, f.Title, place(f), len(f.Locations), f.Quote, f.Detail)
	}
	for _, n := range x.review.Notes {
		fmt.Fprintf(out, "\nnote %s [%s] %s: %s\n", n.ID, n.Kind, n.Title, n.Text)
	}
}

// place names where a finding stands first.
func place(f *deepreview.Finding) string {
	switch {
	case len(f.Locations) == 0:
		return "-"
	case f.Locations[0].Old:
		return "old " + f.Locations[0].String()
	}
	return f.Locations[0].String()
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
