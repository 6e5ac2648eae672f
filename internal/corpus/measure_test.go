package corpus_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview/internal/corpus"
)

// led is a change with a lead's verdicts: gold clusters {1 2} {3 4 5} {6}, the last dropped.
func led(t *testing.T) *corpus.Corpus {
	return load(t, map[string]string{
		"changes.jsonl": `{"id":"a"}
{"id":"b"}`,
		"findings.jsonl": `
{"change":"a","reviewer":"r","id":"1","cluster":"K1","status":"kept","final_severity":"important"}
{"change":"a","reviewer":"s","id":"2","cluster":"K1","status":"kept","final_severity":"important"}
{"change":"a","reviewer":"r","id":"3","cluster":"K2","status":"kept","final_severity":"suggestion"}
{"change":"a","reviewer":"s","id":"4","cluster":"K2","status":"kept","final_severity":"suggestion"}
{"change":"a","reviewer":"t","id":"5","cluster":"K2","status":"kept","final_severity":"suggestion"}
{"change":"a","reviewer":"t","id":"6","cluster":"K3","status":"dropped"}
{"change":"b","reviewer":"t","id":"7","cluster":"K1","status":"kept","final_severity":"critical"}`,
	})
}

// into predicts "finding=issue" in the order given.
func into(change string, assignments ...string) []corpus.Prediction {
	var out []corpus.Prediction
	for _, s := range assignments {
		id, issue, _ := strings.Cut(s, "=")
		out = append(out, corpus.Prediction{Change: change, ID: id, Issue: issue})
	}
	return out
}

func TestPairsAndBCubed(t *testing.T) {
	// Predicted {1 2 3} {4 5} {6}, and 7 under a name that change a uses too.
	p := append(into("a", "1=x", "2=x", "3=x", "4=y", "5=y", "6=z"), into("b", "7=x")...)
	c := led(t)
	pairs, err := corpus.Pairs(c, p)
	require.NoError(t, err)
	// Different reviewers: predicted 12 23 45 (13 is one reviewer's); gold 12 34 35 45; both 12 45.
	assert.Equal(t, corpus.Counts{Both: 2, Predicted: 3, True: 4}, pairs)
	assert.InDelta(t, 4.0/7, pairs.PRF().F1, 1e-12)

	b, err := corpus.BCubed(c, p)
	require.NoError(t, err)
	// Precision 2/3 2/3 1/3 1 1 1 1, recall 1 1 1/3 2/3 2/3 1 1.
	assert.InDelta(t, (2.0/3+2.0/3+1.0/3+4)/7, b.Precision, 1e-12)
	assert.InDelta(t, (1+1+1.0/3+2.0/3+2.0/3+1+1)/7, b.Recall, 1e-12)
}

func TestSeverityCountsKeptFindingsOnly(t *testing.T) {
	p := append(into("a", "1=x", "2=x", "3=x", "4=y", "5=y", "6=z"), into("b", "7=x")...)
	for i, s := range []string{"important", "suggestion", "suggestion", "suggestion", "", "critical", "critical"} {
		p[i].Severity = s
	}
	got, err := corpus.Severity(led(t), p)
	require.NoError(t, err)
	assert.Equal(t, corpus.Severities{
		All:     corpus.Share{Hit: 4, Of: 6},
		Alone:   corpus.Share{Hit: 1, Of: 1},
		Company: corpus.Share{Hit: 3, Of: 5},
	}, got)
}

func TestSurvivalCountsTiesHalf(t *testing.T) {
	p := append(into("a", "1=x", "2=x", "3=x", "4=y", "5=y", "6=z"), into("b", "7=x")...)
	for i, s := range []float64{.1, .2, .5, .6, .7, .5, .9} {
		p[i].Score = s
	}
	got, err := corpus.Survival(led(t), p)
	require.NoError(t, err)
	// Above the dropped one: .6 .7 .9, level with it: .5, below: .1 .2.
	assert.InDelta(t, 3.5/6, got, 1e-12)
}

// golden is a change with goldens g1 to g3: r1 s1 on g1, s2 on g1 and g2, r2 on g3, t1 t2 unmatched, t3 unknown.
func golden(t *testing.T) *corpus.Corpus {
	return load(t, map[string]string{
		"changes.jsonl": `{"id":"a","issues":[{"id":"g1"},{"id":"g2"},{"id":"g3"}]}`,
		"findings.jsonl": `
{"change":"a","reviewer":"r","id":"r1","issues":["g1"],"status":"valid"}
{"change":"a","reviewer":"r","id":"r2","issues":["g3"],"status":"valid"}
{"change":"a","reviewer":"s","id":"s1","issues":["g1"],"status":"valid"}
{"change":"a","reviewer":"s","id":"s2","issues":["g1","g2"],"status":"valid"}
{"change":"a","reviewer":"t","id":"t1","issues":[],"status":"unmatched"}
{"change":"a","reviewer":"t","id":"t2","issues":[],"status":"unmatched"}
{"change":"a","reviewer":"t","id":"t3","issues":[],"status":"unknown"}`,
	})
}

func TestGoldenPairsAndRanking(t *testing.T) {
	c := golden(t)
	p := into("a", "r1=x", "r2=y", "s1=x", "s2=y", "t1=x", "t2=z", "t3=x")
	matched, extended, err := corpus.GoldenPairs(c, p)
	require.NoError(t, err)
	// r1s1 r1s2 are true; predicted r1s1 r2s2, and with unmatched r1t1 s1t1.
	assert.Equal(t, corpus.Counts{Both: 1, Predicted: 2, True: 2}, matched)
	assert.Equal(t, corpus.Counts{Both: 1, Predicted: 4, True: 2}, extended)

	for i, s := range []float64{.9, .2, .8, .8, .8, .1, 1} {
		p[i].Score = s
	}
	area, precision, err := corpus.Ranking(c, p)
	require.NoError(t, err)
	// Against t1 .8: won by .9, level .8 .8; against t2 .1: won by all four.
	assert.InDelta(t, (1+.5+.5+4)/8, area, 1e-12)
	// .9 alone: 1 of 1; the three at .8: 3 of 4 found; .2: 4 of 5.
	assert.InDelta(t, (1*1+2*.75+1*.8)/4, precision, 1e-12)
}

func TestOverMergeLooksAtNearCommentsOfOneFile(t *testing.T) {
	c := load(t, map[string]string{
		"changes.jsonl": `{"id":"a"}`,
		"findings.jsonl": `
{"change":"a","reviewer":"r","id":"1","path":"x","start":10,"end":12}
{"change":"a","reviewer":"s","id":"2","path":"x","start":17,"end":15}
{"change":"a","reviewer":"s","id":"3","path":"x","start":16,"end":16}
{"change":"a","reviewer":"s","id":"4","path":"y","start":10,"end":12}
{"change":"a","reviewer":"r","id":"5","path":"x","start":12,"end":12}`,
	})
	got, err := corpus.OverMerge(c, into("a", "1=i", "2=i", "3=i", "4=i", "5=i"))
	require.NoError(t, err)
	// 1 and 5 with 2, whose range runs backwards from 17 to 15; 3 is four lines off, 4 in another file.
	assert.Equal(t, corpus.Share{Hit: 2, Of: 2}, got)
}

func TestPanelEarnsEachGoldenOnce(t *testing.T) {
	c := golden(t)
	// x: r1 first, s2 behind it. y: t1 speaks, r2 matched g3. z: unmatched. u: s1, a second issue for g1.
	p := into("a", "r1=x", "s2=x", "t1=y", "r2=y", "t2=z", "s1=u", "t3=w")
	for i := range p {
		p[i].Score = map[string]float64{"x": .9, "y": .8, "z": .1, "u": .7, "w": .9}[p[i].Issue]
	}
	all := []string{"r", "s", "t"}
	two, err := corpus.Panel(c, p, all, corpus.TwoVotes)
	require.NoError(t, err)
	assert.Equal(t, 2, two.Issues)
	assert.Equal(t, corpus.Counts{Both: 2, Predicted: 2, True: 3}, two.Any)
	assert.Equal(t, corpus.Counts{Both: 1, Predicted: 2, True: 3}, two.Rep, "t1 speaks for y and matched nothing")
	assert.Equal(t, "r", two.Best)
	assert.InDelta(t, .8, two.Single.F1, 1e-12, "r: two right of two, of three goldens")

	scored, err := corpus.Panel(c, p, all, corpus.ScoreAbove(.5))
	require.NoError(t, err)
	// x, y, u are kept; w holds only a finding of unknown status. x can earn g2 so that u earns g1.
	assert.Equal(t, corpus.Counts{Both: 3, Predicted: 3, True: 3}, scored.Any)
	assert.Equal(t, corpus.Counts{Both: 1, Predicted: 3, True: 3}, scored.Rep, "r1 and s1 both ask for g1")

	_, err = corpus.Panel(c, p, []string{"r", "s"}, corpus.TwoVotes)
	assert.ErrorContains(t, err, "not of the panel")
	_, err = corpus.Panel(c, p[:3], all, corpus.TwoVotes)
	assert.ErrorContains(t, err, "has no prediction")
}

func TestPredictionsMustFitTheCorpus(t *testing.T) {
	c := golden(t)
	whole := into("a", "r1=x", "r2=y", "s1=x", "s2=y", "t1=x", "t2=z", "t3=x")
	for name, test := range map[string]struct {
		p    []corpus.Prediction
		want string
	}{
		"one left out":         {whole[1:], `finding "r1" of corpus toy has no prediction (6 of 7`},
		"one given twice":      {append(into("a", "r1=x"), whole...), `"r1": given twice`},
		"one unknown":          {append(into("a", "q=x"), whole...), "no such finding"},
		"one of another place": {append(into("b", "r1=x"), whole[1:]...), `says change "b"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := corpus.Pairs(c, test.p)
			assert.ErrorContains(t, err, test.want)
		})
	}
}

func TestPredictionsSurviveWritingAndReading(t *testing.T) {
	want := []corpus.Prediction{{Change: "a", ID: "1", Issue: "<I1>", Severity: "critical", Score: .25}, {Change: "a", ID: "2", Issue: "I2"}}
	var b bytes.Buffer
	require.NoError(t, corpus.WritePredictions(&b, want))
	assert.Contains(t, b.String(), `"issue":"<I1>"`)
	got, err := corpus.ReadPredictions(&b)
	require.NoError(t, err)
	assert.Equal(t, want, got)
	_, err = corpus.ReadPredictions(strings.NewReader("{}\nnonsense"))
	assert.ErrorContains(t, err, "predictions:2")
}

func TestPairsDefinedByNothingAreZero(t *testing.T) {
	assert.Equal(t, corpus.PRF{}, corpus.Counts{}.PRF())
	assert.Zero(t, corpus.Share{}.Value())
}

func FuzzReadPredictions(f *testing.F) {
	f.Add([]byte(`{"change":"a","id":"1","issue":"x","severity":"","score":0.5}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := corpus.ReadPredictions(bytes.NewReader(text))
		if err != nil {
			return
		}
		var b bytes.Buffer
		require.NoError(t, corpus.WritePredictions(&b, p))
		again, err := corpus.ReadPredictions(&b)
		require.NoError(t, err)
		assert.Equal(t, p, again)
	})
}

func TestReliabilityIsTheShareKeptOfEachTenth(t *testing.T) {
	p := append(into("a", "1=x", "2=x", "3=x", "4=y", "5=y", "6=z"), into("b", "7=x")...)
	for i, score := range []float64{1, .95, .9, .15, .18, .12, -3} {
		p[i].Score = score
	}
	got, err := corpus.Reliability(led(t), p)
	require.NoError(t, err)
	require.Len(t, got, 3)
	assert.Equal(t, corpus.Share{Hit: 1, Of: 1}, got[0].Kept, "what is below the scale is in its first tenth")
	assert.Equal(t, .1, got[1].Low)
	assert.InDelta(t, .15, got[1].Mean, 1e-12)
	assert.Equal(t, corpus.Share{Hit: 2, Of: 3}, got[1].Kept, "6 was dropped")
	assert.Equal(t, .9, got[2].Low)
	assert.Equal(t, corpus.Share{Hit: 3, Of: 3}, got[2].Kept, "1 is in the last tenth")
	_, err = corpus.Reliability(led(t), p[:3])
	assert.ErrorContains(t, err, "has no prediction")
}
