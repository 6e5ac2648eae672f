package patterns

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/deepreview-go/deepreview"
)

var trojanSource = Rule{
	ID:       "trojan-source",
	Why:      "Characters that do not show make a reader see other code than the machine runs.",
	Severity: deepreview.SeverityCritical,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicSecurity,
	file:     trojanCharacters,
}

// trojanCharacters looks for the characters of "Trojan Source: Invisible Vulnerabilities" (Boucher and Anderson, 2021;
// CVE-2021-42574 and CVE-2021-42694) and of Unicode's Technical Standard 39.
func trojanCharacters(f *file, report func(hit)) {
	if f.vendored {
		return
	}
	translated := f.lang == langProse || f.lang == langMarkup || folders(f.Path, "i18n", "l10n", "locale", "locales", "lang", "langs", "translations", "intl", "cldr") || strings.HasSuffix(f.Path, ".po")
	for _, l := range f.added() {
		text := l.text()
		if ascii(text) || len(text) > minifiedLine {
			continue // nobody is shown a line so long in any order
		}
		if r := bidiControl(text); r != 0 {
			h := on(f, l, "A hidden "+nameOf(r)+" changes the order in which the line is shown")
			h.detail = "The line is shown in another order than it is read by a compiler, so that a reviewer sees other code than runs. Write the character as an escape if it is meant."
			if translated || f.test {
				if balancedBidi(text) {
					continue // a translation that mixes directions needs them
				}
				h.severity = deepreview.SeverityImportant
			}
			report(h)
		}
		if r := invisible(text, l.New == 1); r != 0 && !translated && !f.built {
			h := on(f, l, "An invisible character stands in the code: "+nameOf(r))
			h.detail = "It does not show, yet it is part of a name, a string or hidden data. Remove it, or write it as an escape if it is meant."
			h.severity = deepreview.SeverityImportant
			if f.test || f.lang == langOther || f.lang == langJSON || f.lang == langYAML {
				h.severity = deepreview.SeveritySuggestion
			}
			report(h)
		}
		if f.lang.program() {
			if word := lookalike(l.Code); word != "" {
				h := on(f, l, fmt.Sprintf("The name %q mixes alphabets that look alike", word))
				h.detail = fmt.Sprintf("It is spelled %+q: some letters are not the Latin ones they look like, so it is another name than the one it is read as.", word)
				report(h)
			}
		}
	}
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// bidiControl returns the first embedding, override or isolate of text; 0 if there is none.
func bidiControl(text string) rune {
	for _, r := range text {
		if r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 {
			return r
		}
	}
	return 0
}

// balancedBidi reports whether every embedding and isolate of text is ended in it, and no override is used.
func balancedBidi(text string) bool {
	embedded, isolated := 0, 0
	for _, r := range text {
		switch r {
		case 0x202D, 0x202E:
			return false
		case 0x202A, 0x202B:
			embedded++
		case 0x202C:
			embedded--
		case 0x2066, 0x2067, 0x2068:
			isolated++
		case 0x2069:
			isolated--
		}
		if embedded < 0 || isolated < 0 {
			return false
		}
	}
	return embedded == 0 && isolated == 0
}

// invisible returns the first character of text that has no shape and no use in source code; 0 if there is none. A joiner is
// let through between letters that need it (emoji, Persian, the scripts of India), a byte order mark where a file begins.
func invisible(text string, first bool) rune {
	before, after := rune(0), rune(0)
	runes := []rune(text)
	for i, r := range runes {
		if after = 0; i+1 < len(runes) {
			after = runes[i+1]
		}
		switch {
		case r == 0xFEFF && i == 0 && first:
		case r == 0x200B, r == 0x2060, r == 0xFEFF, r == 0x180E, r == 0x115F, r == 0x1160, r == 0x3164, r == 0xFFA0, r >= 0x2061 && r <= 0x2064:
			return r
		case r >= 0xE0001 && r <= 0xE007F && before < 0x1F000 && (before < 0xE0001 || before > 0xE007F), r >= 0xE0100 && r <= 0xE01EF && !unicode.Is(unicode.Han, before):
			return r // data hidden in tags and variation selectors; flags of regions use tags after an emoji
		case (r == 0x200C || r == 0x200D || r == 0x00AD) && before < utf8.RuneSelf && after < utf8.RuneSelf:
			return r
		}
		before = r
	}
	return 0
}

// lookalikes are the letters of other alphabets that are drawn as Latin ones in common fonts (Unicode's confusables.txt).
const lookalikes = "аеорсухіјѕһԁԛԝгАВЕКМНОРСТХІЈЅԌѴѵ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοϲϳ"

// lookalike returns a name in code that has both Latin letters and ones that only look Latin; "" if there is none.
func lookalike(code string) string {
	for word := range strings.FieldsFuncSeq(code, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' }) {
		if ascii(word) {
			continue
		}
		latin, alike, other := 0, 0, 0
		for _, r := range word {
			switch {
			case r < utf8.RuneSelf && unicode.IsLetter(r):
				latin++
			case strings.ContainsRune(lookalikes, r):
				alike++
			case unicode.IsLetter(r):
				other++
			}
		}
		// A letter that looks like no Latin one gives the alphabet away.
		if latin > 0 && alike > 0 && other == 0 {
			return word
		}
	}
	return ""
}

// nameOf names a character that does not show.
func nameOf(r rune) string {
	name := map[rune]string{
		0x202A: "left-to-right embedding", 0x202B: "right-to-left embedding", 0x202C: "pop directional formatting", 0x202D: "left-to-right override",
		0x202E: "right-to-left override", 0x2066: "left-to-right isolate", 0x2067: "right-to-left isolate", 0x2068: "first strong isolate",
		0x2069: "pop directional isolate", 0x200B: "zero width space", 0x200C: "zero width non-joiner", 0x200D: "zero width joiner",
		0x2060: "word joiner", 0xFEFF: "byte order mark", 0x00AD: "soft hyphen", 0x3164: "Hangul filler", 0xFFA0: "halfwidth Hangul filler",
	}[r]
	if name == "" {
		return fmt.Sprintf("U+%04X", r)
	}
	return fmt.Sprintf("%s (U+%04X)", name, r)
}
