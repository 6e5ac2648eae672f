package deepreview

import (
	"fmt"
	"strings"
)

// Every ordered enum is written to JSON as a word, never as its number: a report stays readable by hand, and
// a number can be put between two others without a new schema.

// enumWord is one value of an ordered enum with its word.
type enumWord[E ~int] struct {
	value E
	word  string
}

// enumString returns the word of v, "unset" for zero, and its number where it has no word.
func enumString[E ~int](v E, words []enumWord[E]) string {
	for _, w := range words {
		if w.value == v {
			return w.word
		}
	}
	if v == 0 {
		return "unset"
	}
	return fmt.Sprintf("%d", int(v))
}

// enumMarshal returns the word of v, empty for zero, and an error for a value that has none.
func enumMarshal[E ~int](kind string, v E, words []enumWord[E]) ([]byte, error) {
	if v == 0 {
		return []byte{}, nil
	}
	for _, w := range words {
		if w.value == v {
			return []byte(w.word), nil
		}
	}
	return nil, fmt.Errorf("%s %d has no name", kind, int(v))
}

// enumUnmarshal reads what enumMarshal writes, and "unset".
func enumUnmarshal[E ~int](kind string, v *E, text []byte, words []enumWord[E]) error {
	if len(text) == 0 || string(text) == "unset" {
		*v = 0
		return nil
	}
	known := make([]string, len(words))
	for i, w := range words {
		if w.word == string(text) {
			*v = w.value
			return nil
		}
		known[i] = w.word
	}
	return fmt.Errorf("%s %q is none of %s", kind, text, strings.Join(known, ", "))
}
