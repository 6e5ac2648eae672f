package agents

import (
	"testing/fstest"

	"github.com/deepreview-go/deepreview"
)

// fuzzChange is a change of one line in a small tree.
var fuzzChange = &deepreview.Change{
	Files: []*deepreview.File{{Path: "a", Status: deepreview.FileModified, Hunks: []*deepreview.Hunk{{OldStart: 1, OldLines: 1, NewStart: 1, NewLines: 1, Body: "-a\n+b\n"}}, Added: 1, Deleted: 1}},
	Tree:  fstest.MapFS{"a": {Data: []byte("b\n")}},
}
