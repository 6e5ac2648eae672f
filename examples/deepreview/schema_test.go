package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/report"
)

func TestTheSchemaIsPrinted(t *testing.T) {
	s := newScratch(t)
	require.Equal(t, exitFine, s.run("schema"), s.err.String())
	assert.Equal(t, string(report.Schema()), s.out.String())
}

func TestEveryFormatIsWritten(t *testing.T) {
	s := newScratch(t)
	s.write("r.json", `{"schema": "`+deepreview.Schema+`", "issues": [{"id": "0a1b2c3d", "number": "I1", "title": "The lock is kept", "severity": "important", "lead": "a/F1", "sources": []}]}`)
	args := []string{"render", "r.json"}
	for _, f := range formats() {
		for _, name := range f.names {
			args = append(args, "--out", name+"=out."+name)
		}
	}
	require.Equal(t, exitFine, s.run(args...), s.err.String())
	for _, f := range formats() {
		for _, name := range f.names {
			text, err := os.ReadFile(filepath.Join(s.dir, "out."+name))
			require.NoError(t, err)
			assert.Contains(t, string(text), "The lock is kept", name)
			switch name {
			case "json", "sarif", "rdjson", "gitlab":
				assert.True(t, json.Valid(text), name)
			case "rdjsonl":
				for line := range strings.Lines(string(text)) {
					assert.True(t, json.Valid([]byte(line)), line)
				}
			}
		}
	}
}
