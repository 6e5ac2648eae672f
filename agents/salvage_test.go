package agents

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTheObjectInAModelsProseIsFound(t *testing.T) {
	for _, test := range []struct {
		name, text, want string
		cut              bool
	}{
		{"bare", `{"a":1}`, `{"a":1}`, false},
		{"in a fence", "Here:\n```json\n{\"a\": [1, 2]}\n```\n", `{"a": [1, 2]}`, false},
		{"behind words in braces", `The set {x} is fine. {"a":1} Done.`, `{"a":1}`, false},
		{"the longest of several", `{"a":1} or rather {"a":1,"b":{"c":"}"}}`, `{"a":1,"b":{"c":"}"}}`, false},
		{"braces and quotes in strings", `{"a":"} \" {"}`, `{"a":"} \" {"}`, false},
		{"cut in a list", `{"a":[{"b":1},{"b":2},{"b":`, `{"a":[{"b":1},{"b":2}]}`, true},
		{"cut in a string", `{"a":[{"b":"x"}],"c":"so mu`, `{"a":[{"b":"x"}]}`, true},
		{"cut before anything is whole", `{"a":"x`, ``, false},
		{"no object", `Looks good to me!`, ``, false},
		{"nothing", ``, ``, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, cut := findJSON(test.text)
			assert.Equal(t, test.want, string(got))
			assert.Equal(t, test.cut, cut)
		})
	}
}

func FuzzFindJSON(f *testing.F) {
	for _, seed := range []string{`{"a":1}`, "```json\n{\"a\":[{\"b\":1},{", `{x} {"a":"\"}"}`, strings.Repeat("{", 1000), `{"a":]}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, cut := findJSON(text)
		if got == nil {
			assert.False(t, cut)
			return
		}
		var object map[string]any
		assert.NoError(t, json.Unmarshal(got, &object), "what is found is an object")
	})
}

func FuzzReadAnswer(f *testing.F) {
	form, err := reviewForm()
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		`{"findings":[{"title":"x","locations":[{"path":"a","start":1,"end":-5}],"edits":[{"path":"a","old":"b","new":""}]}],"coverage":[{"path":"a","status":"CLEAN"}]}`,
		`{"findings":[null,1,{}],"coverage":{},"summary":7}`, `[]`, `null`, `{"observations":[{"path":"../x","line":1e9}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		r := readAnswer(newToolbox(fuzzChange), []string{"a"}, form, raw)
		for _, c := range r.review.Coverage {
			assert.False(t, c.Looked(), "nothing was handed out, so nothing was read")
		}
	})
}
