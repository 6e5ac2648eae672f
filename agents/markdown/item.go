package markdown

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/deepreview-go/deepreview"
)

// marker is what shows that a line heads a finding.
type marker int

const (
	plain    marker = iota // nothing but that it is an item of a list, or a heading
	placed                 // it begins with a place
	bold                   // its title is bold
	numbered               // "1." before or inside the bold title
	tagged                 // "[P1]", "🔴 Critical:"
	worded                 // "Finding 3:"
	labelled               // "I1."
)

// shape is the form of the first line of a finding. Those of one section have one shape.
type shape struct {
	marker marker
	// list is what the line is an item of: '-', '1', '#' for a heading of level, '|' for a table, 0 for none.
	list   byte
	level  int
	indent int
	bold   bool
}

// head is the first line of a finding.
type head struct {
	shape
	meta
	// id is the label as written: "I1"; number what is counted by, 0 for none.
	id     string
	number int
	title  string
	places []deepreview.Location
	// mentioned are places inside the title's own words, which count if there is no other.
	mentioned []deepreview.Location
	// lines are those that a field names before its file.
	lines string
	// rest is prose behind the title.
	rest string
}

// meta is what a finding says of itself in single words.
type meta struct {
	severity deepreview.Severity
	word     string
	// sign is a coloured marker, which counts where no word does, not even its section's; signed is what it means.
	sign       string
	signed     deepreview.Severity
	category   deepreview.Category
	topic      deepreview.Topic
	confidence float64
}

func (m *meta) stated() bool {
	return m.word != "" || m.sign != "" || m.category != "" || m.topic != "" || m.confidence > 0
}

// take fills in what m does not have yet.
func (m *meta) take(o meta) {
	if m.word == "" {
		m.severity, m.word = o.severity, o.word
	}
	if m.category == "" {
		m.category = o.category
	}
	if m.topic == "" {
		m.topic = o.topic
	}
	if m.confidence == 0 {
		m.confidence = o.confidence
	}
}

// evident reports whether the line shows more than its form: where, or how bad.
func (h *head) evident() bool { return len(h.places) > 0 || h.stated() }

// strong reports whether a heading is that of a finding wherever it stands.
func (h *head) strong() bool {
	return h.marker >= numbered || len(h.places) > 0 && h.places[0].Start > 0 || h.stated() && h.title != ""
}

var (
	bulletMark = regexp.MustCompile(`^[-*+•]\s+(?:\[[ xX]\]\s+)?`)
	numberMark = regexp.MustCompile(`^(\d{1,5})[.)、]\s*`)
	labelMark  = regexp.MustCompile(`^(?:\[([A-Z]{1,4}-?\d{1,3})\]\s*[.:：]?|([A-Z]{1,4}-?\d{1,3})(?:[.:)：、]|\s*[—–]|\s+-{1,2}\s|$))\s*`)
	wordMark   = regexp.MustCompile(`^(?i:finding|issue|problem|bug|befund|fehler|defect|comment|item|问题|发现)\s*[#№]?\s*([A-Z]?-?\d{1,3}(?:\.\d{1,2})?)\s*(?:[:.)：、—–]|-{1,2}\s|$)\s*`)
	tagMark    = regexp.MustCompile(`^[\[【(（]([^\[\]【】()（）]{1,40})[\]】)）]\s*(?:[:：—–]|-{1,2}\s)?\s*`)
	// wordTag is a word or three, and what parts them from the title.
	wordTag    = regexp.MustCompile(`^([\pL][\pL\pN -]{1,24}?)\s*(?:[:：—–|]|\s-{1,2}\s)\s*`)
	badgeMark  = regexp.MustCompile(`^!\[([^\[\]]{1,60})\]\([^()\s]{1,500}\)\s*`)
	strongSpan = regexp.MustCompile(`^(\*\*\*|\*\*|__)(.+?)(\*\*\*|\*\*|__)`)
	separator  = regexp.MustCompile(`^(?:[\s—–:：|,;→]|-{1,2}(?:\s|$)|in\s|at\s|file:?\s|location:?\s|see\s|@\s?|位于|在)+`)
	metaSpan   = regexp.MustCompile("[`*_]*[(（\\[]\\s*[`*_]*([^()（）\\[\\]]{2,300})[`*_]*\\s*[)）\\]][`*_]*")
	nothing    = regexp.MustCompile(`(?i)^\W*(?:none|nothing|no\b.{0,80}|n/a|nil|keine.{0,40}|nichts|无|没有.{0,30}|not applicable|\(none\)|-)(?:\s+(?:found|identified|noted|observed|to report|at this time|gefunden))?\W*$`)
)

// asHead reads the line as the first of a finding, once; nil if it is none.
func (l *line) asHead() *head {
	if !l.asked {
		l.asked = true
		if h, ok := parseHead(*l); ok {
			l.head = &h
		}
	}
	return l.head
}

// parseHead reads a line as the first of a finding. It is not one if it is empty, a rule, a quotation, or a label of a finding's parts.
func parseHead(l line) (head, bool) {
	h := head{}
	text := l.text
	tail := ""
	if len(text) > headMost {
		text, tail = text[:headMost], text[headMost:]
	}
	if l.kind == heading {
		h.list, h.level = '#', l.level
	} else {
		h.indent = indentOf(text)
	}
	s := strings.TrimSpace(text)
	if !strings.ContainsFunc(s[:min(len(s), 200)], func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		return h, false
	}
	if s == "" || s[0] == '>' || s[0] == '|' || isRule(l) || len(s) < 120 && nothing.MatchString(s) {
		return h, false
	}
	if l.kind != heading && (s[0]|0x20 >= 'a' && s[0]|0x20 <= 'z') && !strings.ContainsAny(s[:min(len(s), 100)], ":.)—–|-/") {
		return h, false // the words of a sentence
	}
	if m := bulletMark.FindString(s); m != "" && l.kind != heading {
		h.list, s = '-', s[len(m):]
	} else if m := numberMark.FindStringSubmatch(s); m != nil && len(m[0]) < len(s) && (l.kind == heading || strings.TrimSpace(m[0]) != m[0]) {
		h.number, _ = strconv.Atoi(m[1])
		s = s[len(m[0]):]
		h.marker = numbered
		if l.kind != heading {
			h.list = '1'
		}
	}
	s = h.leading(strings.TrimSpace(s))
	if m := strongSpan.FindStringSubmatch(s); m != nil && h.title == "" {
		h.bold = true
		inner := h.leading(strings.TrimSpace(m[2]))
		s = strings.TrimSpace(s[len(m[0]):])
		if inner == "" { // "**I1.** title", "**[P1]** **title**"
			s = h.leading(strings.TrimLeft(s, " :：—–"))
			if m := strongSpan.FindStringSubmatch(s); m != nil {
				inner, s = m[2], strings.TrimSpace(s[len(m[0]):])
			} else {
				h.bold = false
			}
		}
		h.title = inner
		if h.bold && (endsLabel(inner) || namesPart(inner, s)) && h.marker < tagged {
			return h, false
		}
	}
	if h.bold && h.marker == plain {
		h.marker = bold
	}
	if word, _, _ := strings.Cut(s, " "); h.marker == plain && h.list == 0 && !strings.ContainsAny(word, "./\\`[") {
		return h, false // neither an item nor a place
	}
	if at := placesIn(h.title, true); h.bold && len(at) > 0 && h.title != "" {
		if n, end := leadingPlaces(h.title, at); at[0].start <= 2 && n == len(at) && strings.Trim(h.title[min(end, len(h.title)):], "`:*_ ") == "" && s != "" {
			for _, f := range at { // the bold words are the place: "**`a.go:1`** – The title."
				h.places = append(h.places, f.loc)
			}
			h.title, h.marker, s = "", max(h.marker, placed), h.leading(separator.ReplaceAllString(s, ""))
		}
	}
	if h.title == "" {
		h.loose(s + tail)
	} else {
		h.behind(s + tail)
	}
	h.title, h.mentioned = h.tidy()
	return h, h.title != "" || h.marker >= worded
}

// leading takes numbers, labels and tags off the beginning of s.
func (h *head) leading(s string) string {
	for range 6 {
		s = strings.TrimLeft(s, " \t")
		if m := badgeMark.FindStringSubmatch(s); m != nil && severityOf(m[1]) != deepreview.SeverityUnset {
			h.tag(m[1])
			s = s[len(m[0]):]
			continue
		}
		if n := emojiAt(s); n > 0 {
			if sev := severityOf(s[:n]); sev != deepreview.SeverityUnset && h.sign == "" {
				h.sign, h.signed = strings.TrimSpace(s[:n]), sev
				h.marker = max(h.marker, tagged)
			}
			s = s[n:]
			continue
		}
		if m := labelMark.FindStringSubmatch(s); m != nil && h.id == "" && severityOf(m[1]+m[2]) == deepreview.SeverityUnset &&
			(h.number == 0 || m[1] != "" || m[2][1] <= '9') { // behind a number "WSL2:" is a word
			h.id, h.marker = m[1]+m[2], labelled
			s = s[len(m[0]):]
			continue
		}
		if m := wordMark.FindStringSubmatch(s); m != nil && h.marker < worded {
			h.marker = worded
			h.number, _ = strconv.Atoi(m[1])
			s = s[len(m[0]):]
			continue
		}
		if m := numberMark.FindStringSubmatch(s); m != nil && h.number == 0 && h.marker < numbered && strings.HasSuffix(m[0], " ") {
			h.number, _ = strconv.Atoi(m[1])
			h.marker = max(h.marker, numbered)
			s = s[len(m[0]):]
			continue
		}
		if m := tagMark.FindStringSubmatch(s); m != nil {
			if o, ok := parseMeta(m[1]); ok {
				h.take(o)
				h.marker = max(h.marker, tagged)
				s = s[len(m[0]):]
				continue
			}
		}
		if m := wordTag.FindStringSubmatch(s); m != nil && h.word == "" && len(strings.Fields(m[1])) <= 3 {
			if o, ok := parseMeta(m[1]); ok && o.word != "" && len(m[0]) < len(s) {
				h.take(o)
				h.marker = max(h.marker, tagged)
				s = s[len(m[0]):]
				continue
			}
		}
		if len(s) > 60 || strings.Count(s, " ") > 3 {
			break
		}
		if o, ok := parseMeta(s); ok && o.word != "" { // all there is of a bold span: "**High**"
			h.take(o)
			h.marker = max(h.marker, tagged)
			return ""
		}
		break
	}
	return s
}

// tag notes a coloured marker or a badge.
func (h *head) tag(s string) {
	h.severity, h.word = severityOf(s), strings.TrimSpace(s)
	h.marker = max(h.marker, tagged)
}

// emojiAt returns the length of the sign that s begins with, 0 for none.
func emojiAt(s string) int {
	n := 0
	for i, r := range s {
		if r == 0xFE0F && n > 0 || unicode.Is(unicode.So, r) && r != unicode.ReplacementChar || r >= 0x1F300 && r <= 0x1FAFF {
			n = i + len(string(r))
			continue
		}
		break
	}
	return n
}

// endsLabel reports whether a bold span is only the name of a part of a finding, as "Fix:" is.
func endsLabel(inner string) bool {
	_, ok := labelOf(strings.ToLower(strings.Trim(inner, " :：.")))
	return ok
}

// namesPart reports whether a bold span is a label by the colon behind it: "**Why it is wrong**: …" is not, but "**Impact**: …" is.
func namesPart(inner, after string) bool {
	return (strings.HasPrefix(after, ":") || strings.HasSuffix(inner, ":")) && endsLabel(inner)
}

// behind reads what stands behind a bold title: places, words about the finding, prose.
func (h *head) behind(s string) {
	s = h.metaOf(s, true)
	t := separator.ReplaceAllString(s, "")
	found := placesIn(t, true)
	if len(found) > 0 && found[0].start <= 2 {
		n, end := leadingPlaces(t, found)
		for _, f := range found[:n] {
			h.places = append(h.places, f.loc)
		}
		h.rest = trimSeparators(t[end:])
		return
	}
	h.rest = trimSeparators(t)
}

// leadingPlaces returns how many of the places stand side by side from the first on, and where that ends in t. What stands in
// parentheses between them does not part them.
func leadingPlaces(t string, found []foundPlace) (n, end int) {
	for i, f := range found {
		if i > 0 {
			gap := ""
			if f.start > end {
				gap = parenthesis.ReplaceAllString(t[end:f.start], " ")
			}
			if !betweenPlaces.MatchString(strings.Trim(gap, "`*_[]()")) {
				break
			}
		}
		n, end = i+1, max(end, f.end)
	}
	if end < len(t) && (t[end] == '`' || t[end] == ')' || t[end] == ']') {
		end++
	}
	return n, end
}

var parenthesis = regexp.MustCompile(`\([^()]{0,80}\)`)

// loose reads a head without a bold title: a place and a title, a title and a place, or a sentence.
func (h *head) loose(s string) {
	s = strings.TrimSpace(h.metaOf(s, false))
	found := placesIn(s, true)
	if len(found) > 0 && found[0].start <= 2 {
		n, end := leadingPlaces(s, found)
		if after := s[end:]; separates(after) || strings.TrimSpace(after) == "" {
			for _, f := range found[:n] {
				h.places = append(h.places, f.loc)
			}
			if h.marker == plain {
				h.marker = placed
			}
			s = h.leading(separator.ReplaceAllString(after, ""))
			if m := strongSpan.FindStringSubmatch(s); m != nil { // "`a.go:1` — **title** prose"
				h.bold, h.title = true, m[2]
				h.rest = trimSeparators(h.metaOf(s[len(m[0]):], true))
				return
			}
		}
	}
	h.title, h.rest = firstSentence(s)
}

// metaOf takes out of s what stands in parentheses and says how bad the finding is, or of what kind. Where the whole of s follows a
// title, "severity: high" without them counts, too.
func (h *head) metaOf(s string, tail bool) string {
	limit := min(len(s), headMost)
	part := s[:limit]
	for _, m := range metaSpan.FindAllStringSubmatchIndex(part, 8) {
		if m[1] < len(part) && part[m[1]] == '(' {
			continue // a link
		}
		if o, ok := spanMeta(part[m[2]:m[3]]); ok {
			h.take(o)
			return strings.TrimRight(s[:m[0]], " —–-") + " " + strings.TrimLeft(s[m[1]:], " ")
		}
	}
	if t := strings.Trim(separator.ReplaceAllString(part, ""), "*_` "); tail && t != "" && len(t) < 100 {
		if o, ok := parseMeta(t); ok {
			h.take(o)
			return ""
		}
	}
	return s
}

// tidy makes the title one line of plain text, and takes the places out that stand at its beginning or end.
func (h *head) tidy() (string, []deepreview.Location) {
	t := strings.Join(strings.Fields(h.metaOf(h.title, false)), " ")
	found := placesIn(t, true)
	var mentioned []deepreview.Location
	for _, f := range found {
		mentioned = append(mentioned, f.loc)
	}
	if len(found) > 0 {
		n, end := leadingPlaces(t, found)
		after := t[min(end, len(t)):]
		switch {
		case found[0].start <= 2 && separates(after) && len(separator.ReplaceAllString(after, "")) > 3:
			if len(h.places) == 0 {
				h.places = mentioned[:n]
			}
			t = separator.ReplaceAllString(after, "")
			if h.marker <= bold {
				h.marker = max(h.marker, placed)
			}
		default:
			// From behind: the places after the last separator.
			if at := lastSeparator(t, found); at > 0 {
				var last []deepreview.Location
				for _, f := range found {
					if f.start >= at {
						last = append(last, f.loc)
					}
				}
				if len(h.places) == 0 {
					h.places = last
				}
				t = t[:at]
			}
		}
	}
	t = strings.Trim(t, " *_—–-:：|,;")
	t = strings.TrimRight(t, ".。")
	if strings.Count(t, "`")%2 == 1 {
		t = strings.TrimSuffix(strings.TrimPrefix(t, "`"), "`")
	}
	return t, mentioned
}

// separates reports whether s goes on with a dash, a colon or a bar rather than with words.
func separates(s string) bool {
	t := strings.TrimLeft(s, "`*)] ")
	return strings.HasPrefix(t, "—") || strings.HasPrefix(t, "–") || strings.HasPrefix(t, "- ") || strings.HasPrefix(t, "-- ") ||
		strings.HasPrefix(t, ":") || strings.HasPrefix(t, "：") || strings.HasPrefix(t, "|")
}

// lastSeparator finds where the places at the end of a title begin with the dash or the parenthesis before them; 0 if they are
// words of it.
func lastSeparator(t string, found []foundPlace) int {
	first := len(found)
	for i := len(found) - 1; i >= 0; i-- {
		end := len(t)
		if i+1 < len(found) {
			end = found[i+1].start
		}
		gap := ""
		if found[i].end < end {
			gap = strings.Trim(t[found[i].end:end], "`*_[]() .")
		}
		if !betweenPlaces.MatchString(parenthesis.ReplaceAllString(gap, "")) {
			break
		}
		first = i
	}
	if first == len(found) {
		return 0
	}
	before := strings.TrimRight(t[:found[first].start], " `*[")
	for _, sep := range []string{"—", "–", " --", " -", ":", "(", "|", "@", " in", " at"} {
		if strings.HasSuffix(before, sep) && len(before) > len(sep)+3 {
			if sep == " in" || sep == " at" { // words of the title: it would not be one without them
				return 0
			}
			return len(before) - len(sep)
		}
	}
	return 0
}

func trimSeparators(s string) string {
	return strings.TrimSpace(strings.TrimLeft(s, " \t—–:：|,;.)]*_"))
}

// firstSentence cuts s behind its first sentence, or where that is long, behind a part of it.
func firstSentence(s string) (first, rest string) {
	s = strings.TrimSpace(s)
	for i := 0; i+1 < len(s) && i < 300; i++ {
		c, next := s[i], s[i+1]
		switch {
		case (c == '.' || c == '!' || c == '?' || c == ';') && next == ' ' && i > 15 && !strings.HasSuffix(s[:i], "e.g") && !strings.HasSuffix(s[:i], "i.e"),
			c == ':' && next == ' ' && i > 15, c == '\n':
			return s[:i], strings.TrimSpace(s[i+1:])
		}
	}
	if i := strings.Index(s[:min(len(s), 300)], "。"); i > 0 {
		return s[:i], strings.TrimSpace(s[i+len("。"):])
	}
	if len(s) <= 300 {
		return s, ""
	}
	cut := strings.LastIndexByte(s[:200], ' ')
	if cut < 50 {
		cut = 200
		for cut > 0 && s[cut]&0xC0 == 0x80 {
			cut--
		}
	}
	return s[:cut] + " …", s
}

var categories = map[string]deepreview.Category{
	"regression": deepreview.CategoryRegression, "gap": deepreview.CategoryGap, "enhancement": deepreview.CategoryEnhancement,
	"回归": deepreview.CategoryRegression, "缺失": deepreview.CategoryGap, "改进": deepreview.CategoryEnhancement, "lücke": deepreview.CategoryGap, "verbesserung": deepreview.CategoryEnhancement,
}

var (
	metaKey     = regexp.MustCompile(`^(?i:severity|priority|category|type|confidence|topic|impact|level|risk|schweregrad|kategorie|konfidenz|严重程度|严重性|级别|类别|类型|置信度)\s*[:：=]\s*`)
	percentage  = regexp.MustCompile(`^(\d{1,3})\s*(%|/\s*10|/\s*100)?$`)
	metaSplit   = regexp.MustCompile(`\s*[,/|;·•，、]\s*|\s+[—–-]\s+`)
	confidences = map[string]float64{"high": .9, "medium": .6, "low": .3, "certain": 1, "likely": .8, "possible": .4, "hoch": .9, "mittel": .6, "niedrig": .3, "高": .9, "中": .6, "低": .3}
)

// parseMeta reads single words about a finding: "important, regression", "Severity: high | Confidence: 80%". It is no such thing
// if one of the words is none that is known.
func parseMeta(s string) (meta, bool) {
	var m meta
	s = strings.Trim(s, " \t*_`.:：")
	if s == "" || len(s) > 100 {
		return m, false
	}
	for _, piece := range metaSplit.Split(s, 8) {
		piece = strings.Trim(piece, " *_`[]().")
		key := strings.ToLower(metaKey.FindString(piece))
		word := strings.TrimSpace(strings.Trim(piece[len(key):], "*_` "))
		low := strings.ToLower(word)
		switch {
		case word == "":
			return m, false
		case strings.HasPrefix(key, "confidence"), strings.HasPrefix(key, "konfidenz"), strings.HasPrefix(key, "置信度"), strings.HasSuffix(low, " confidence"):
			c, ok := confidenceOf(strings.TrimSuffix(low, " confidence"))
			if !ok {
				return m, false
			}
			m.confidence = c
		case categories[low] != "":
			if m.category == "" {
				m.category = categories[low]
			}
		case topics[low] != "" && m.topic == "" && low != "style":
			m.topic = topics[low]
		case m.word == "" && rates(word, &m.severity):
			m.word = word
		case low == "style" || low == "pre-existing" || low == "new" || low == "in-scope" || low == "in scope" || low == "nit":
		case key != "" && len(word) < 40 && !strings.HasPrefix(key, "severity"): // a type or category of the agent's own
			if m.category == "" && (strings.HasPrefix(key, "category") || strings.HasPrefix(key, "type") || strings.HasPrefix(key, "kategorie")) {
				m.category = deepreview.Category(low)
			}
		default:
			return m, false
		}
	}
	return m, m.stated()
}

// rates reads a severity into s, and reports whether word is one.
func rates(word string, s *deepreview.Severity) bool {
	*s = severityOf(word)
	return *s != deepreview.SeverityUnset
}

// spanMeta is parseMeta of what stands in parentheses, where an explanation may follow: "(important, regression — new here)".
func spanMeta(s string) (meta, bool) {
	if m, ok := parseMeta(s); ok {
		return m, ok
	}
	at := explained.FindStringIndex(s)
	if at == nil || !strings.Contains(s[:at[0]], ",") {
		return meta{}, false
	}
	return parseMeta(s[:at[0]])
}

var explained = regexp.MustCompile(`\s[—–-]{1,2}\s|[;:.]\s`)

func confidenceOf(s string) (float64, bool) {
	if c, ok := confidences[s]; ok {
		return c, true
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil && f > 0 && f <= 1 {
		return f, true
	}
	m := percentage.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	n, _ := strconv.Atoi(m[1])
	f := float64(n) / 100
	if strings.HasSuffix(m[2], "10") {
		f = float64(n) / 10
	}
	return f, f > 0 && f <= 1
}
