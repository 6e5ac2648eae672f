package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/deepreview-go/deepreview"
)

// templateFS is what --templates names; nil means the built-in ones.
func (s *settings) templateFS() fs.FS {
	if s.templates == "" {
		return nil
	}
	return os.DirFS(s.templates)
}

// checkTemplates renders an empty report, so that a template with a mistake is found before anything is paid for.
func (s *settings) checkTemplates() error {
	if s.templates == "" {
		return nil
	}
	if info, err := os.Stat(s.templates); err != nil {
		return usagef("--templates: %v", err)
	} else if !info.IsDir() {
		return usagef("--templates %s: that is no folder", s.templates)
	}
	for _, d := range s.out {
		empty := &deepreview.Report{Schema: deepreview.Schema}
		if err := d.format.renderer(s.templateFS(), look{}).Render(io.Discard, empty); err != nil {
			return fmt.Errorf("--templates %s: %w", s.templates, err)
		}
	}
	return nil
}
