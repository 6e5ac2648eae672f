package match

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// field is where in a document a word stands: words weigh by it.
type field uint8

const (
	inTitle field = iota
	inProse
	inCode  // inline code of the body
	inBlock // a fenced block or the quote
	inFix
	fields
)

// compound receives what stands between white space and punctuation: "pkg/instance/logs.go", "cross-device"; code says
// that it is certainly code.
type compound func(text string, at field, code bool)

// sink receives words: stems of plain words, and whole identifiers under a prefix that keeps them apart.
type sink func(token string, at field, kind tokenKind)

// tokenKind tells what a token is.
type tokenKind uint8

const (
	partOfName tokenKind = iota // a stem out of code or an identifier
	plainWord                   // a stem out of prose
	wholeName                   // an identifier, error name or path
	concept                     // what stands for a group of synonyms
)

// identifierPrefix marks a token that is a whole identifier, error name or path, not a stem.
const identifierPrefix = "`"

// conceptPrefix marks a token that stands for a group of [synonyms].
const conceptPrefix = "~"

// readMarkdown sends the compounds of Markdown text to each: prose as at, inline code as inCode (where at is the
// body's), fenced blocks as inBlock.
func readMarkdown(text string, at field, each compound) {
	for text != "" {
		fence := strings.Index(text, "```")
		if fence < 0 {
			readInline(text, at, each)
			return
		}
		readInline(text[:fence], at, each)
		text = text[fence+3:]
		end := strings.Index(text, "```")
		block := text
		if end >= 0 {
			block, text = text[:end], text[end+3:]
		} else {
			text = ""
		}
		// The language after the fence is no word of the claim.
		if nl := strings.IndexByte(block, '\n'); nl >= 0 {
			block = block[nl:]
		}
		where := inBlock
		if at == inFix {
			where = inFix
		}
		readWords(block, where, true, each)
	}
}

func readInline(text string, at field, each compound) {
	for text != "" {
		open := strings.IndexByte(text, '`')
		if open < 0 {
			readWords(text, at, false, each)
			return
		}
		readWords(text[:open], at, false, each)
		text = text[open+1:]
		end := strings.IndexByte(text, '`')
		if end < 0 {
			readWords(text, at, false, each)
			return
		}
		where := at
		if at == inProse {
			where = inCode
		}
		readWords(text[:end], where, true, each)
		text = text[end+1:]
	}
}

// readWords splits text into runs of letters, digits and what joins them in code: "_" anywhere, and ".", "/",
// "-" between two of the former.
func readWords(text string, at field, code bool, each compound) {
	start := -1
	for i := 0; i <= len(text); {
		r, size := rune(0), 1
		if i < len(text) {
			r, size = rune(text[i]), 1
			if r >= utf8.RuneSelf {
				r, size = utf8.DecodeRuneInString(text[i:])
			}
		}
		joined := start >= 0 && joins(r) && i+size < len(text) && wordByte(text[i+size]) && wordByte(text[i-1])
		inside := i < len(text) && (wordRune(r) || joined)
		switch {
		case inside && start < 0:
			start = i
		case !inside && start >= 0:
			each(text[start:i], at, code)
			start = -1
		}
		i += size
	}
}

func joins(r rune) bool { return r == '.' || r == '/' || r == '-' }

func wordRune(r rune) bool {
	return r == '_' || r < utf8.RuneSelf && wordByte(byte(r)) || r >= utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

func wordByte(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= utf8.RuneSelf
}

// readCompound sends the parts of "pkg/instance/logs.go", "os.Rename" or "cross-device", and the whole where it
// is a path or a dotted name.
func readCompound(text string, at field, code bool, out sink) {
	text = strings.Trim(text, "_")
	if slash := strings.LastIndexByte(text, '/'); slash >= 0 {
		// Of a path the last part tells most; the whole is the same however much of it is given.
		base := text[slash+1:]
		if strings.IndexByte(base, '.') > 0 {
			out(identifierPrefix+strings.ToLower(base), at, wholeName)
		}
		for part := range strings.SplitSeq(text, "/") {
			readDotted(part, at, code, out)
		}
		return
	}
	readDotted(text, at, code, out)
}

func readDotted(text string, at field, code bool, out sink) {
	if strings.IndexByte(text, '.') > 0 {
		if whole := strings.ToLower(text); len(whole) > 4 && !plainNumber(whole) {
			out(identifierPrefix+whole, at, wholeName)
		}
		for part := range strings.SplitSeq(text, ".") {
			readDashed(part, at, code, out)
		}
		return
	}
	readDashed(text, at, code, out)
}

func readDashed(text string, at field, code bool, out sink) {
	for part := range strings.SplitSeq(text, "-") {
		readIdentifier(part, at, code, out)
	}
}

// readIdentifier sends the whole of camelCase, snake_case, SHOUTED and digit-bearing names as an identifier,
// and the stems of their parts.
func readIdentifier(text string, at field, code bool, out sink) {
	if text == "" {
		return
	}
	if plainNumber(text) {
		// Line numbers, which differ between two who mean the same, outnumber telling numbers: 0o755, 409.
		if len(text) >= 3 && code {
			out(text, at, partOfName)
		}
		return
	}
	parts := splitName(text)
	if len(parts) > 1 || shouted(text) {
		out(identifierPrefix+strings.ToLower(text), at, wholeName)
	} else if code && len(text) > 2 {
		out(identifierPrefix+strings.ToLower(text), at, wholeName)
	}
	for _, part := range parts {
		part = strings.ToLower(part)
		if len(part) < 2 || stopWords[part] || plainNumber(part) {
			continue
		}
		part = stem(part)
		kind := partOfName
		if !code && len(parts) == 1 && at != inFix {
			kind = plainWord
		}
		out(part, at, kind)
		if one, ok := synonyms[part]; ok {
			out(conceptPrefix+one, at, concept)
		}
	}
}

// shouted reports whether text is an error name or constant: EXDEV, HTTP2.
func shouted(text string) bool {
	if len(text) < 3 {
		return false
	}
	for i := range len(text) {
		if c := text[i]; !('A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_') {
			return false
		}
	}
	return true
}

func plainNumber(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < '0' || c > '9') && c != '.' {
			return false
		}
	}
	return true
}

// splitName splits at underscores and changes of case: "parseURLPath_v2" is parse, URL, Path, v2.
func splitName(text string) []string {
	var parts []string
	start := 0
	cut := func(end int) {
		if end > start {
			parts = append(parts, text[start:end])
		}
		start = end
	}
	for i := range len(text) {
		c := text[i]
		if c == '_' {
			cut(i)
			start = i + 1
			continue
		}
		if i == 0 || i == start {
			continue
		}
		upper := 'A' <= c && c <= 'Z'
		before := text[i-1]
		afterLower := 'a' <= before && before <= 'z' || '0' <= before && before <= '9'
		beforeLower := i+1 < len(text) && 'a' <= text[i+1] && text[i+1] <= 'z'
		// A lone trailing s belongs to the shouted word before it: URLs, IDs.
		if beforeLower && text[i+1] == 's' && (i+2 == len(text) || text[i+2] == '_') {
			beforeLower = false
		}
		if upper && (afterLower || beforeLower && 'A' <= before && before <= 'Z') {
			cut(i)
		}
	}
	cut(len(text))
	return parts
}

// stem cuts the endings that two writers of one claim vary most: plural, -ing, -ed, -ly, -ion. It is light on
// purpose: "process" and "procession" apart matters less than a rule that a reader can check.
func stem(w string) string {
	if len(w) <= 3 {
		return w
	}
	switch {
	case strings.HasSuffix(w, "sses"):
		w = w[:len(w)-2]
	case strings.HasSuffix(w, "ies") && len(w) > 4:
		w = w[:len(w)-3] + "y"
	case strings.HasSuffix(w, "ss"), strings.HasSuffix(w, "us"), strings.HasSuffix(w, "is"):
	case strings.HasSuffix(w, "s"):
		w = w[:len(w)-1]
	}
	switch {
	case strings.HasSuffix(w, "ing") && len(w) > 5:
		w = undouble(w[:len(w)-3])
	case strings.HasSuffix(w, "ied") && len(w) > 4:
		w = w[:len(w)-3] + "y"
	case strings.HasSuffix(w, "ed") && len(w) > 4:
		w = undouble(w[:len(w)-2])
	case strings.HasSuffix(w, "ation") && len(w) > 7:
		w = w[:len(w)-5]
	case strings.HasSuffix(w, "ion") && len(w) > 6:
		w = w[:len(w)-3]
	case strings.HasSuffix(w, "ly") && len(w) > 5:
		w = w[:len(w)-2]
	case strings.HasSuffix(w, "ment") && len(w) > 7:
		w = w[:len(w)-4]
	}
	if len(w) > 4 && strings.HasSuffix(w, "e") {
		w = w[:len(w)-1]
	}
	// What is left of "validate" joins "validation", which has lost more.
	if len(w) > 6 && strings.HasSuffix(w, "at") {
		w = w[:len(w)-2]
	}
	return w
}

// undouble takes back the doubling before an ending: "stopp" is "stop"; "pass" stays.
func undouble(w string) string {
	n := len(w)
	if n > 3 && w[n-1] == w[n-2] && !strings.ContainsRune("aeiouls", rune(w[n-1])) {
		return w[:n-1]
	}
	return w
}

// stopWords carry no claim: English function words, and words that every review is full of.
var stopWords = func() map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(`
a about above after again all also although am an and any are as at be because been before being below between both
but by can cannot could did do does doing don down during each either else even ever every few for from further get
gets got had has have having he her here hers him his how however if in instead into is isn it its itself just least
less let like likely ll may me might more most much must my need needs neither no nor not now of off on once only or
other our out over own per rather re same shall she should since so some still such than that the their them then
there therefore these they this those though through thus to too under until up upon us use used uses using ve very
via was way we well were what when where whether which while who why will with within without would yet you your eg
ie etc line lines problem issue fix suggestion consider potential potentially`) {
		set[w] = true
	}
	return set
}()
