package report

import (
	_ "embed"
	"slices"
)

//go:embed schema.json
var schema []byte

// Schema returns the JSON Schema (2020-12) of what [JSON] writes, which [deepreview.Report.WriteJSON] does, too. It is made of the Go
// types and their comments, and allows fields that it does not name, since later versions may add some: see [deepreview.Schema].
func Schema() []byte { return slices.Clone(schema) }
