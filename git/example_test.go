package git_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/git"
)

// A change is loaded from a repository that the example makes.
func Example() {
	dir, err := os.MkdirTemp("", "example-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	write := func(name, text string) { _ = os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666) }
	run := func(args ...string) {
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=Ada", "-c", "user.email=ada@example.com"}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			fmt.Println(string(out), err)
		}
	}
	run("init", "-q", "-b", "main")
	write("greet.go", "package greet\n\nconst Hello = \"hello\"\n")
	write("REVIEW.md", "Names are in English.\n")
	run("add", ".")
	run("commit", "-q", "-m", "Greet")
	run("checkout", "-q", "-b", "german")
	write("greet.go", "package greet\n\nconst Hallo = \"hallo\"\n")
	run("commit", "-q", "-a", "-m", "Greet in German")

	c, err := git.Load(context.Background(), dir, "main...HEAD", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	fmt.Println(c.Title, "by", c.Author, "on", c.Branch)
	for _, f := range c.Files {
		fmt.Println(f.Status, f.Path, f.Added, f.Deleted)
		for l := range f.Hunks[0].Lines() {
			if l.Op != deepreview.OpContext {
				fmt.Println(string(l.Op) + l.Text)
			}
		}
	}
	before, err := fs.ReadFile(c.BaseTree, "greet.go")
	fmt.Printf("%d bytes before, %v\n", len(before), err)
	fmt.Print(c.Guidance[0].Path, ": ", c.Guidance[0].Text)
	lines, err := c.Blame(context.Background(), "greet.go", 1, 3)
	fmt.Println(lines[0].InChange, lines[2].InChange, err)
	// Output:
	// Greet in German by Ada on german
	// modified greet.go 1 1
	// -const Hello = "hello"
	// +const Hallo = "hallo"
	// 37 bytes before, <nil>
	// REVIEW.md: Names are in English.
	// false true <nil>
}
