package main

import (
	"strings"
	"unicode"

	"github.com/mattn/go-runewidth"
)

// harmless returns foreign text that a terminal can be given: line feeds and tabs stay, other control characters and what
// turns the direction of writing or cannot be seen become U+FFFD.
func harmless(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r), unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp):
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(s, string(unicode.ReplacementChar)))
}

// oneLine returns foreign text as one harmless line.
func oneLine(s string) string { return strings.Join(strings.Fields(harmless(s)), " ") }

// firstLine returns the first line of foreign text that holds something, harmless.
func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return oneLine(line)
}

// clip cuts a harmless line to a number of columns of a terminal.
func clip(s string, columns int) string { return runewidth.Truncate(s, max(columns, 0), "…") }
