package main

import (
	"context"
	"fmt"

	"github.com/deepreview-go/deepreview/report"
)

// schema writes the JSON Schema of a report's JSON.
func schema(_ context.Context, e *env, _ *settings) int {
	if _, err := e.stdout.Write(report.Schema()); err != nil {
		return e.fail(fmt.Errorf("standard output: %w", err))
	}
	return exitFine
}
