package calibrate

import (
	"strings"
	"unicode"
)

// maxText bounds how much of a text is read, in bytes: what matters stands at the beginning.
const maxText = 8 << 10

// maxWord is how long a word may be, in bytes, to be told to a reader.
const maxWord = 40

// tokens returns the words of Markdown in lower case. Code is left out: a name says little of what happens to users.
func tokens(text string) []string {
	text = strings.ToLower(prose(text[:min(len(text), maxText)]))
	return strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\'' })
}

// prose returns text without fenced blocks and inline code.
func prose(text string) string {
	if !strings.ContainsAny(text, "`~") {
		return text
	}
	var b strings.Builder
	fence := ""
	for line := range strings.Lines(text) {
		t := strings.TrimSpace(line)
		switch {
		case fence != "":
			if strings.HasPrefix(t, fence) {
				fence = ""
			}
			continue
		case strings.HasPrefix(t, "```"), strings.HasPrefix(t, "~~~"):
			fence = t[:3]
			continue
		}
		for i, part := range strings.Split(line, "`") {
			if i%2 == 0 {
				b.WriteString(part)
			} else {
				b.WriteString(" ` ") // keeps the words on either side from becoming a phrase
			}
		}
	}
	return b.String()
}

// spot returns, for each signal, the first word or phrase of the text that gives it.
func spot(text string) (found [signals]string) {
	ws := tokens(text)
	for i, w := range ws {
		if len(w) > maxWord || len(w) < 3 {
			continue
		}
		for _, e := range lexiconIndex[head(w)] {
			if found[e.signal] == "" && e.matches(ws[i:]) {
				found[e.signal] = strings.Join(ws[i:i+len(e.words)], " ")
			}
		}
	}
	return found
}

// head is what the index of the lexicon goes by: the first letters of a word.
func head(word string) (h [3]byte) {
	copy(h[:], word)
	return h
}
