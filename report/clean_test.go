package report

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
)

func TestProseLosesWhatMustNotBeShown(t *testing.T) {
	tests := map[string][2]string{
		"plain text":                     {"a b\tc\nd", "a b\tc\nd"},
		"colours":                        {"\x1b[1;31mred\x1b[0m", "red"},
		"C1 colours":                     {"\u009b31mred", "red"},
		"a title set":                    {"a\x1b]0;title\x07b", "ab"},
		"a hyperlink":                    {"\x1b]8;;http://x\x1b\\text\x1b]8;;\x1b\\", "text"},
		"a sequence without an end":      {"a\x1b]0;title\nb", "a0;title\nb"},
		"a device control string":        {"a\x1bPq\u009cb", "ab"},
		"a character set":                {"a\x1b(0b", "ab"},
		"a lone escape":                  {"a\x1b", "a"},
		"bells and backspaces":           {"a\x07\x08\x00b", "ab"},
		"carriage returns":               {"a\r\nb\rc", "a\nb\nc"},
		"direction overrides":            {"a\u202eb\u202c\u2066c\u2069", "abc"},
		"zero-width spaces":              {"a\u200bb\ufeffc\u2060d", "abcd"},
		"tags":                           {"a\U000e0041\U000e007fb", "ab"},
		"a joiner between letters":       {"a\u200db", "ab"},
		"a joiner in an emoji":           {"👩\u200d💻", "👩\u200d💻"},
		"a non-joiner in Persian":        {"می\u200cخواهم", "می\u200cخواهم"},
		"a variation selector":           {"❤\ufe0f", "❤\ufe0f"},
		"line separators":                {"a\u2028b\u2029c", "a\nb\nc"},
		"bytes that are no characters":   {"caf\xe9", "caf\ufffd"},
		"a pile of marks":                {"x" + strings.Repeat("\u0301", 50), "x" + strings.Repeat("\u0301", 4)},
		"letters without a shape":        {"a\u3164\u115fb", "ab"},
		"characters HTML cannot have":    {"a\ufffeb", "ab"},
		"Hebrew and Japanese":            {"עברית 日本語", "עברית 日本語"},
		"accents of their own, composed": {"é", "é"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { assert.Equal(t, test[1], cleanText(test[0])) })
	}
}

func TestCodeShowsWhatProseLoses(t *testing.T) {
	tests := map[string][2]string{
		"direction overrides": {"if x { \u202e } \u2066", "if x { ‹U+202E› } ‹U+2066›"},
		"zero-width spaces":   {"a\u200bb", "a‹U+200B›b"},
		"escapes":             {"\x1b[31m", "␛[31m"},
		"NUL and DEL":         {"\x00\x7f", "␀␡"},
		"a CRLF":              {"a\r\nb\r", "a\nb"},
		"a CR alone":          {"a\rb", "a␍b"},
		"C1":                  {"\u009b", "‹U+009B›"},
		"tabs":                {"\ta\n", "\ta\n"},
		"emoji":               {"👩\u200d💻", "👩\u200d💻"},
		"a joiner in a name":  {"ad\u200dmin", "ad‹U+200D›min"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { assert.Equal(t, test[1], cleanCode(test[0])) })
	}
}

func TestALongTextIsCutAndSaysSo(t *testing.T) {
	line := cleanLine(strings.Repeat("日本 ", 2000))
	assert.LessOrEqual(t, len(line), maxLine+len("…"))
	assert.True(t, strings.HasSuffix(line, "…") && utf8.ValidString(line))
	text := cleanProse(strings.Repeat("é", maxProse), maxProse)
	assert.True(t, strings.HasSuffix(text, "\n\n… (65536 more bytes, not shown)"), text[len(text)-50:])
	assert.True(t, utf8.ValidString(text))
}

func FuzzClean(f *testing.F) {
	f.Add("\x1b[31m\u202e\u009bx\xff")
	f.Fuzz(func(t *testing.T, s string) {
		for _, clean := range []func(string) string{cleanText, cleanCode, cleanLine} {
			once := clean(s)
			if !utf8.ValidString(once) {
				t.Fatalf("%q is not valid", once)
			}
			for _, r := range once {
				if r == 0x1b || r == '\r' || r >= 0x80 && r <= 0x9f || r >= 0x202a && r <= 0x202e {
					t.Fatalf("%U in %q", r, once)
				}
			}
			if twice := clean(once); twice != once {
				t.Fatalf("%q becomes %q", once, twice)
			}
		}
	})
}
