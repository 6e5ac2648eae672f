package match

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheShippedWeightsAreWhole(t *testing.T) {
	m := Shipped()
	assert.Same(t, m, Shipped(), "decoded once")
	assert.Greater(t, m.Changes, 100)
	assert.Greater(t, len(m.Elsewhere), 1000)
	for w, n := range m.Elsewhere {
		require.GreaterOrEqual(t, n, 3, w)
		require.LessOrEqual(t, n, m.Changes, w)
	}
	assert.NotEmpty(t, m.Trees)
	assert.NotEmpty(t, m.Sense)
	assert.Greater(t, m.Threshold, 0.0)
	assert.Less(t, m.Threshold, m.Second)
	assert.Less(t, len(shipped), 300<<10, "every program that imports the library carries them")
}

func TestWeightsComeBackAsTheyWereWritten(t *testing.T) {
	first, err := Shipped().Encode()
	require.NoError(t, err)
	m, err := Decode(first)
	require.NoError(t, err)
	second, err := m.Encode()
	require.NoError(t, err)
	assert.True(t, bytes.Equal(first, second))
	assert.True(t, bytes.Equal(shipped, first), "the file is what the training program wrote, by nobody's hand")
}

func TestWeightsThatCannotBeAreRefused(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON":                           `x`,
		"an unknown kind":                   `{"weight":{"smell":1}}`,
		"a word count that is none":         `{"elsewhere":{"few":"a b"}}`,
		"a split of four numbers":           `{"kinds":["text"],"trees":["0 1 0 0"]}`,
		"a split of six":                    `{"kinds":["text"],"trees":["0 1 0 0 1 1"]}`,
		"a split on an unknown kind":        `{"kinds":["smell"],"trees":["0 1 0 0 1"]}`,
		"a split on a kind that is missing": `{"kinds":[],"trees":["0 1 0 0 1"]}`,
		"a tree that leads back":            `{"kinds":["text"],"trees":["0 1 0 1 1,0 1 0 0 1"]}`,
		"a tree that leads out":             `{"kinds":["text"],"trees":["0 1 1 2 1,0 1 0 0 1"]}`,
		"a vector without a scale":          `{"sense":{"a":"ABC"}}`,
		"a vector of strange digits":        `{"sense":{"a":"1 A!"}}`,
		"vectors of two lengths":            `{"sense":{"a":"1 AB","b":"1 ABC"}}`,
	} {
		_, err := Decode([]byte(text))
		assert.Error(t, err, name)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(`{"kinds":["text"],"trees":["0 .5 1 2 0,0 0 0 0 -1,0 0 0 0 1"],"sense":{"a":"1 AZ~"},"elsewhere":{"3":"a b"},"changes":4}`)
	f.Fuzz(func(t *testing.T, text string) {
		m, err := Decode([]byte(text))
		if err != nil {
			return
		}
		var x Features
		x[Text] = .7
		m.probability(&x) // a tree that was accepted ends
	})
}

func TestTreesAccountForWhatTheySay(t *testing.T) {
	tree := Tree{{Kind: Text, Cut: .5, Less: 1, Else: 2, Value: -.1}, {Value: -.4}, {Kind: Near, Cut: .2, Less: 3, Else: 4, Value: .3}, {Value: .2}, {Value: .9}}
	for _, test := range []struct {
		text, near, value, byText, byNear float64
	}{
		{.4, 1, -.4, -.3, 0},
		{.5, .1, .2, .4, -.1},
		{.9, .9, .9, .4, .6},
	} {
		f := Features{Text: test.text, Near: test.near}
		assert.Equal(t, test.value, tree.Eval(&f))
		var by Features
		tree.account(&f, &by)
		assert.InDelta(t, test.byText, by[Text], 1e-12)
		assert.InDelta(t, test.byNear, by[Near], 1e-12)
		assert.InDelta(t, test.value, tree[0].Value+by[Text]+by[Near], 1e-12)
	}
}
