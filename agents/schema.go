package agents

import (
	"encoding/json"
	"fmt"

	"github.com/google/jsonschema-go/jsonschema"
)

// form is the schema of an answer, as a vendor is sent it and as we check what comes back.
type form struct {
	answer   *Answer
	resolved *jsonschema.Resolved
}

// newForm makes the form of T in the strict subset that every vendor takes: objects with all of their properties required
// and no others, arrays that are never null, and words out of a list where words has one, by the property's name.
func newForm[T any](name, description string, words map[string][]any) (*form, error) {
	s, err := jsonschema.For[T](nil)
	if err != nil {
		return nil, fmt.Errorf("schema of %s: %w", name, err)
	}
	strict(s, "", words)
	text, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("schema of %s: %w", name, err)
	}
	resolved, err := s.Resolve(nil)
	if err != nil {
		return nil, fmt.Errorf("schema of %s: %w", name, err)
	}
	return &form{&Answer{Name: name, Description: description, Schema: text}, resolved}, nil
}

func strict(s *jsonschema.Schema, name string, words map[string][]any) {
	if len(s.Types) == 2 && s.Types[0] == "null" {
		s.Type, s.Types = s.Types[1], nil
	}
	if s.Type == "string" && words[name] != nil {
		s.Enum = words[name]
	}
	for name, p := range s.Properties {
		strict(p, name, words)
	}
	if s.Items != nil {
		strict(s.Items, name, words)
	}
}

// check returns what in the answer does not fit the form; nil if all does.
func (f *form) check(answer json.RawMessage) error {
	var v any
	if err := json.Unmarshal(answer, &v); err != nil {
		return fmt.Errorf("it is no JSON: %w", err)
	}
	return f.resolved.Validate(v)
}
