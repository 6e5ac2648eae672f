package agents

import (
	"encoding/json"
	"strings"
)

// findJSON returns the JSON object that stands in a model's prose: bare, in a fence, or with words around it. Of several
// it is the longest. An object that breaks off is closed behind its last whole element, and cut says so. Nil where there is
// none.
func findJSON(text string) (object json.RawMessage, cut bool) {
	const tries = 50 // brackets in prose; each costs a reading of what follows
	var best json.RawMessage
	rest := text
	for range tries {
		i := strings.IndexByte(rest, '{')
		if i < 0 {
			break
		}
		end, whole := scanObject(rest[i:])
		candidate := rest[i : i+end]
		if whole && json.Valid([]byte(candidate)) {
			if len(candidate) > len(best) {
				best = json.RawMessage(candidate)
			}
			rest = rest[i+end:]
			continue
		}
		if !whole && best == nil {
			if closed := closeObject(rest[i:]); closed != nil {
				return closed, true
			}
		}
		rest = rest[i+1:]
		if !whole {
			break // what begins later in an object that breaks off is part of it
		}
	}
	return best, false
}

// scanObject returns how long the object is that text begins with, and whether it comes to its end.
func scanObject(text string) (n int, whole bool) {
	depth, inString := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{', c == '[':
			depth++
		case c == '}', c == ']':
			if depth--; depth == 0 {
				return i + 1, true
			}
		}
	}
	return len(text), false
}

// closeObject closes an object that breaks off: what follows its last whole element is left out, and every bracket that is
// open there is closed. Nil where nothing whole is in it.
func closeObject(text string) json.RawMessage {
	var open []byte
	var kept, depth int // the length up to the last whole element, and how many brackets are open there
	inString := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{':
			open = append(open, '}')
		case c == '[':
			open = append(open, ']')
		case c == '}', c == ']':
			if len(open) == 0 || open[len(open)-1] != c {
				return nil
			}
			open = open[:len(open)-1]
			kept, depth = i+1, len(open)
		}
	}
	if kept == 0 {
		return nil
	}
	out := []byte(text[:kept])
	for i := depth - 1; i >= 0; i-- { // behind kept, brackets were opened alone: those below them still stand
		out = append(out, open[i])
	}
	if !json.Valid(out) {
		return nil
	}
	return out
}
