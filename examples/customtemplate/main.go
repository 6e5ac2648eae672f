// Command customtemplate renders a report in the style of a house: its own header and colours, its own words for the severities,
// German headings.
//
//	customtemplate REPORT.json > page.html
//
// What is in the folder house is laid over the templates of package report file by file, and words.json word by word; all
// else stays as it is, escaping included. What a template sees is a report.View; report.Templates has the originals.
package main

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/report"
)

//go:embed house
var files embed.FS

// house returns the renderer with the templates of the house. They could as well be read from a folder, by os.DirFS.
func house() (report.Renderer, error) {
	templates, err := fs.Sub(files, "house")
	return report.HTML{Templates: templates}, err
}

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "customtemplate:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	if len(args) != 1 {
		return errors.New("name one file: a report in JSON, as deepreview --out json=REPORT.json writes it")
	}
	f, err := os.Open(args[0])
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := deepreview.ReadReport(f)
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	h, err := house()
	if err != nil {
		return err
	}
	return h.Render(out, r)
}
