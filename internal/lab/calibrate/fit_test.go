package main

import (
	"bytes"
	"go/parser"
	"go/token"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview/internal/calibrate"
)

// rows makes n rows for each of the given shares of yes, the feature 0 in the first and 1 in the second.
func rows(f calibrate.Feature, n int, without, with float64) []row {
	var off, on calibrate.Vector
	on[f] = 1
	var out []row
	for i := range n {
		out = append(out, row{x: &off, yes: float64(i) < without*float64(n), weight: 1}, row{x: &on, yes: float64(i) < with*float64(n), weight: 1})
	}
	return out
}

func TestFitFindsTheLogOddsAndKeepsTheBounds(t *testing.T) {
	bias, w := fit(calibrate.Worse, rows(calibrate.Regression, 20000, 0.3, 0.6))
	assert.InDelta(t, math.Log(0.3/0.7), bias, 0.01)
	assert.InDelta(t, math.Log(0.6/0.4)-math.Log(0.3/0.7), w[calibrate.Regression], 0.01)

	_, w = fit(calibrate.Worse, rows(calibrate.TwoVotes, 2000, 0.6, 0.3))
	assert.Zero(t, w[calibrate.TwoVotes], "the data speaks against votes, which never count against")
	_, w = fit(calibrate.Kept, rows(calibrate.Doubt, 2000, 0.3, 0.6))
	assert.Zero(t, w[calibrate.Doubt], "the data speaks for doubt, which never counts for")
}

func TestARecordNeverCountsTheFoldItIsReadFor(t *testing.T) {
	samples := []*sample{
		{fold: "1", led: true, claims: []outcome{{family: "a", raised: 2, final: 1}, {family: "a", raised: 2, earlier: true}}},
		{fold: "2", led: true, claims: []outcome{{family: "a", raised: 2, final: 2}}},
		{fold: "3", claims: []outcome{{family: "a", raised: 2, final: 3}}},
	}
	assert.Equal(t, calibrate.Record{"a": {2: {0, 0, 1, 0}}}, record(samples, "1"))
	assert.Equal(t, calibrate.Record{"a": {2: {0, 1, 1, 0}}}, record(samples, ""))
}

func TestTheWeightsAreWrittenAsGoSource(t *testing.T) {
	m := &calibrate.Model{Record: calibrate.Record{"b": {}, "a": {2: {1, 2, 3, 4}}}}
	m.Weights[calibrate.Worse][calibrate.Gap] = 0.12345
	var one, two bytes.Buffer
	write(&one, m, nil)
	write(&two, m, nil)
	assert.Equal(t, one.String(), two.String())
	assert.Contains(t, one.String(), "Gap: 0.123,")
	_, err := parser.ParseFile(token.NewFileSet(), "weights.go", &one, 0)
	require.NoError(t, err)
}
