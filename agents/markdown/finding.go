package markdown

import (
	"cmp"
	"regexp"
	"strings"

	"github.com/deepreview-go/deepreview"
)

// role is what a part of a finding is.
type role int

const (
	detail role = iota
	impact
	fix
	where // its places
	rated // its severity, category, confidence
)

var (
	fixWords = words(`suggestion recommendation recommended recommend remediation solution resolution mitigation patch remedy workaround proposal action behebung
		vorschlag empfehlung lösung korrektur abhilfe 修复 建议 修复建议 建议修复 解决方案 改进建议 修复方案`)
	impactWords = words(`impact consequence consequences effect effects auswirkung auswirkungen folgen 影响 后果`)
	detailWords = words(`problem issue description detail details evidence analysis explanation cause why reason rationale context scenario reproduction code current example
		note background observation what how snippet quote trace beschreibung ursache begründung beispiel 问题 描述 问题描述 原因 分析 说明 代码 示例 验证`)
	whereWords = words(`file files location locations path paths place where line lines datei dateien ort zeile zeilen stelle 文件 位置 行 行号`)
	ratedWords = words(`severity priority category type confidence level schweregrad priorität kategorie konfidenz 严重程度 严重性 级别 类别 类型 置信度 优先级`)
	fixPhrase  = regexp.MustCompile(`^(?:(?:the|a|one|suggested|proposed|possible|recommended|simple|simplest|easiest|minimal|quick|potential|concrete|alternative|better|safer) )*` +
		`(?:fix|fixes|change|correction|approach|patch|diff)(?: (?:options?|sketch|suggestions?|idea|ideas|proposal|direction|at minimum|details|code))?$`)
	labelLine = regexp.MustCompile(`^\s*(?:[-*+]\s+|>\s*)?(?:(?:\*\*|__)([^*_\n]{1,40}?)\s*[:：.]?(?:\*\*|__)\s*([:：—–-])?|[*_]([^*_\n]{1,40}?)\s*[:：]?[*_]\s*([:：])?|([\pL][\pL '/-]{0,30}?)(?:\s*\([^()\n]{1,60}\))?\s*[:：])\s*(.*)$`)
)

// plainLabel are the labels of a detail that say nothing beside that.
var plainLabel = regexp.MustCompile(`(?i)^\W*(?:problem|issue|description|details?|explanation|beschreibung|问题|描述|问题描述)\b`)

// labelOf reads the name of a part of a finding, in lower case.
func labelOf(s string) (role, bool) {
	s = strings.TrimSpace(parenthesis.ReplaceAllString(s, ""))
	switch {
	case s == "" || len(s) > 40:
		return 0, false
	case fixWords[s], fixPhrase.MatchString(s):
		return fix, true
	case impactWords[s], s == "why it matters", s == "why this matters", s == "failure scenario", s == "who is affected", s == "user impact":
		return impact, true
	case whereWords[s]:
		return where, true
	case ratedWords[s]:
		return rated, true
	case detailWords[s], s == "root cause", s == "current code", s == "relevant code", s == "what happens", s == "steps to reproduce", s == "code snippet":
		return detail, true
	}
	return 0, false
}

// labelIn reads a line that begins a part of a finding, and returns what stands behind the name of the part.
func labelIn(l line) (r role, rest string, ok bool) {
	if l.kind == heading {
		r, ok = labelOf(strings.ToLower(strings.Trim(l.text, " :：*`_.")))
		return r, "", ok
	}
	if l.kind != prose || indentOf(l.text) > 8 {
		return 0, "", false
	}
	text, tail := l.text, ""
	if len(text) > headMost {
		text, tail = text[:headMost], text[headMost:]
	}
	m := labelLine.FindStringSubmatch(text)
	if m == nil {
		return 0, "", false
	}
	r, ok = labelOf(strings.ToLower(cmp.Or(m[1], m[3], m[5])))
	if ok && m[5] == "" && m[2] == "" && m[4] == "" && m[6] != "" && !strings.ContainsAny(text[:len(text)-len(m[6])], ":：.") {
		return 0, "", false // "**Fix** the test first": words of a sentence
	}
	return r, m[6] + tail, ok
}

// field reads a line of names and values, "**File:** `a.go:1` | **Severity:** high", into h. It reports whether it was one.
func (h *head) field(text string) bool {
	if len(text) > 1000 {
		return false
	}
	any := false
	for _, part := range fieldSplit.Split(text, 8) {
		m := labelLine.FindStringSubmatch(part)
		if m == nil {
			if !any {
				return false
			}
			continue
		}
		name := strings.ToLower(cmp.Or(m[1], m[3], m[5]))
		r, ok := labelOf(name)
		value := strings.Trim(m[6], " *_")
		switch {
		case ok && r == where && strings.HasPrefix(name, "line") || name == "zeile" || name == "zeilen" || name == "行" || name == "行号":
			if s := spanOfLines.FindStringSubmatch(strings.Trim(value, "` ")); s != nil && len(h.places) > 0 && h.places[len(h.places)-1].Start == 0 {
				last := h.places[len(h.places)-1]
				h.places = h.places[:len(h.places)-1]
				for _, f := range addLines(nil, s[1], last, 0, 0) {
					h.places = append(h.places, f.loc)
				}
			} else if s != nil && len(h.places) == 0 {
				h.lines = s[1]
			}
		case ok && r == where:
			for _, f := range placesIn(value, true) {
				h.places = append(h.places, f.loc)
			}
			if h.lines != "" && len(h.places) == 1 && h.places[0].Start == 0 {
				loc := h.places[0]
				h.places = nil
				for _, f := range addLines(nil, h.lines, loc, 0, 0) {
					h.places = append(h.places, f.loc)
				}
			}
		case ok && r == rated:
			if o, known := parseMeta(name + ": " + value); known {
				h.take(o)
			} else if strings.HasPrefix(name, "severity") && h.word == "" && len(value) < 60 {
				h.word, h.severity = value, severityOf(value)
			}
		default:
			return any
		}
		any = true
	}
	return any
}

var fieldSplit = regexp.MustCompile(`\s+[|·•]\s+|;\s+`)

// quoteMost bounds what is taken as a quotation: a whole file is none.
const quoteMost = 8 << 10

// finish makes a finding of its head and the lines below.
func (p *parser) finish(b block, h head, body []line) *deepreview.Finding {
	body = h.absorb(body)
	if h.word == "" {
		h.severity, h.word = b.severity, b.word
	}
	if h.word == "" && h.sign != "" {
		h.severity, h.word = h.signed, h.sign
	}
	h.inProse(body)
	if h.topic == "" {
		h.topic = b.topic
	}
	f := &deepreview.Finding{ID: h.id, Severity: h.severity, Category: h.category, Topic: h.topic, Confidence: h.confidence}
	if word := strings.Trim(h.word, "*_` :"); !strings.EqualFold(strings.TrimSuffix(word, "s"), h.severity.String()) {
		f.RawSeverity = cutText(word, 60)
	}
	parts := [3]*strings.Builder{{}, {}, {}}
	if h.rest != "" {
		r, rest, ok := labelIn(line{text: h.rest, kind: prose})
		if !ok || r > fix {
			r, rest = detail, h.rest
		}
		parts[r].WriteString(rest)
	}
	now := detail
	seen := [3]bool{detail: true}
	var diffs strings.Builder
	for i := 0; i < len(body) && !p.stopped; i++ {
		l := body[i]
		p.look(l.text)
		if r, rest, ok := labelIn(l); ok && r <= fix && !(now == fix && r == detail && l.kind != heading && !strings.Contains(l.text, "**")) {
			now, seen[r] = r, true
			gap(parts[now])
			if r == detail && !plainLabel.MatchString(l.text) { // "Root cause:" says something
				rest = join([]line{l})
			}
			if rest = strings.TrimSpace(rest); rest != "" {
				parts[now].WriteString(rest)
			}
			continue
		}
		if l.opens {
			end := i + 1
			for end < len(body) && body[end].kind == code {
				end++
			}
			if end < len(body) && body[end].kind == fence && !body[end].opens {
				end++
			}
			text := join(body[i:end])
			isDiff := l.info == "diff" || l.info == "patch" || l.info == "suggestion"
			taken := false
			if now == detail && !isDiff && f.Quote == "" && l.info != "text" && l.info != "console" && l.info != "log" && l.info != "output" {
				quote, whole := quotation(body[i:end])
				f.Quote = quote
				taken = whole && quote != "" && parts[detail].Len() == 0 && len(h.places) > 0
			}
			switch {
			case taken:
			case isDiff && now != fix:
				gap(&diffs)
				diffs.WriteString(text)
			default:
				gap(parts[now])
				parts[now].WriteString(text)
			}
			i = end - 1
			continue
		}
		b := parts[now]
		if l.kind == blank {
			gap(b)
			continue
		}
		if b.Len() > 0 && !strings.HasSuffix(b.String()[max(0, b.Len()-1):], "\n") {
			b.WriteByte('\n')
		}
		b.WriteString(join([]line{l}))
	}
	if diffs.Len() > 0 {
		into := parts[detail] // a fix of its own follows: the diff shows what is wrong
		if !seen[fix] {
			into = parts[fix]
		}
		gap(into)
		into.WriteString(diffs.String())
	}
	f.Title = h.title
	f.Detail = strings.TrimSpace(parts[detail].String())
	f.Impact = strings.TrimSpace(parts[impact].String())
	if text := strings.TrimSpace(parts[fix].String()); text != "" {
		f.Fix = &deepreview.Fix{Text: text}
	}
	if f.Title == "" {
		f.Title, f.Detail = firstSentence(cmp.Or(f.Detail, f.Impact, "untitled"))
	}
	if len(f.Title) > titleMost {
		if f.Detail == "" || !strings.HasPrefix(f.Detail, f.Title) {
			f.Detail = strings.TrimSpace(f.Title + "\n\n" + f.Detail)
		}
		f.Title = cutText(f.Title, titleMost)
	}
	p.place(f, b, &h, body)
	return f
}

// titleMost bounds a title, in bytes; a longer one stands in the detail whole.
const titleMost = 600

// absorb reads the lines directly below the head that say where and how bad, and returns the others.
func (h *head) absorb(body []line) []line {
	for n := 0; n < 16 && len(body) > 0; n++ {
		l := body[0]
		if l.kind == blank {
			body = body[1:]
			continue
		}
		if l.kind != prose || len(l.text) > 1000 {
			break
		}
		t := strings.TrimSpace(l.text)
		if h.title == "" && n < 3 { // "### Finding 3", and the title below
			if o, ok := parseHead(line{text: t, kind: prose}); ok && o.list == 0 {
				if _, _, label := labelIn(l); !label {
					h.title, h.rest = o.title, o.rest
					h.places = append(h.places, o.places...)
					h.take(o.meta)
					body = body[1:]
					continue
				}
			}
		}
		if m := metaSpan.FindStringSubmatch(t); m != nil && len(m[0]) == len(t) {
			if o, ok := spanMeta(m[1]); ok {
				h.take(o)
				body = body[1:]
				continue
			}
		}
		if h.field(t) {
			body = body[1:]
			continue
		}
		if bare := strings.Trim(t, "*_→>- "); len(h.places) == 0 && bare != "" {
			if found := placesIn(bare, true); len(found) > 0 && found[0].start <= 2 {
				k, end := leadingPlaces(bare, found)
				behind := strings.TrimSpace(bare[min(end, len(bare)):])
				if m := metaSpan.FindStringSubmatch(behind); m != nil && len(m[0]) == len(behind) {
					if o, ok := spanMeta(m[1]); ok {
						h.take(o)
						behind = ""
					}
				}
				if k == len(found) && strings.Trim(behind, ".:`*_) ") == "" {
					for _, f := range found {
						h.places = append(h.places, f.loc)
					}
					body = body[1:]
					continue
				}
			}
		}
		break
	}
	return body
}

// inProse looks for what the finding says of itself between its sentences: "(important, regression)", both words of it.
func (h *head) inProse(body []line) {
	if h.word != "" && h.category != "" {
		return
	}
	for _, l := range body[:min(len(body), bodyMost)] {
		if l.kind != prose || len(l.text) > headMost || !strings.ContainsAny(l.text, "([") {
			continue
		}
		for _, m := range metaSpan.FindAllStringSubmatch(l.text, 8) {
			if o, ok := spanMeta(m[1]); ok && o.word != "" && o.category != "" {
				h.take(o)
				return
			}
		}
	}
}

// gap ends a paragraph.
func gap(b *strings.Builder) {
	if b.Len() == 0 {
		return
	}
	s := b.String()
	switch {
	case strings.HasSuffix(s, "\n\n"):
	case strings.HasSuffix(s, "\n"):
		b.WriteByte('\n')
	default:
		b.WriteString("\n\n")
	}
}

var elision = regexp.MustCompile(`^\s*(?://|#|--|/\*|<!--)?\s*(?:\.\.\.|…|\[\.\.\.\]|\(\.\.\.\))`)

// quotation returns the code of a block as it stands in its file: what comes before it leaves something out. It is whole if nothing was
// left out.
func quotation(fenced []line) (quote string, whole bool) {
	var lines []string
	whole = true
	size := 0
	for _, l := range fenced {
		if l.kind != code {
			continue
		}
		if len(lines) == 0 && caption(l.text) {
			whole = false
			continue
		}
		if elision.MatchString(l.text) {
			whole = false
			if len(lines) > 0 {
				break
			}
			continue
		}
		if size += len(l.text) + 1; size > quoteMost {
			return "", false
		}
		lines = append(lines, l.text)
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n"), whole
}

// caption reports whether a line of code is a comment that says where it is from.
func caption(s string) bool {
	t := strings.TrimSpace(s)
	bare := strings.TrimLeft(t, "/#-*<!; ")
	if bare == t || len(t) > 300 {
		return false
	}
	found := placesIn(strings.TrimRight(bare, " */->:"), true)
	return len(found) > 0 && found[0].start == 0
}

// place gives f its locations: those of its head, of its group with the lines that its words name, or else the first place that the
// words name.
func (p *parser) place(f *deepreview.Finding, b block, h *head, body []line) {
	places := h.places
	if len(places) == 0 && b.path != "" {
		loc := deepreview.Location{Path: b.path}
		places = []deepreview.Location{loc}
		if list := cmp.Or(h.lines, linesIn(h.title), linesIn(h.rest), linesOf(body)); list != "" {
			places = nil
			for _, found := range addLines(nil, list, loc, 0, 0) {
				places = append(places, found.loc)
			}
		}
	}
	if len(places) == 0 {
		places = h.mentioned
	}
	if len(places) == 0 {
		places = p.firstPlace(h.rest, body)
	}
	for _, loc := range places {
		if loc.Path = p.paths.find(loc.Path); loc.Path == "" || len(f.Locations) >= placesMost {
			continue
		}
		dup := false
		for _, l := range f.Locations {
			dup = dup || l == loc
		}
		if !dup {
			f.Locations = append(f.Locations, loc)
		}
	}
}

// linesIn returns the first lines that text names without a file.
func linesIn(text string) string {
	if len(text) > headMost {
		text = text[:headMost]
	}
	m := lineWords.FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	return cmp.Or(m[1], m[2])
}

// bodyMost is how much of a finding's prose is searched for its place, in lines.
const bodyMost = 200

func linesOf(body []line) string {
	for _, l := range body[:min(len(body), bodyMost)] {
		if l.kind == prose {
			if list := linesIn(l.text); list != "" {
				return list
			}
		}
	}
	return ""
}

// firstPlace returns the first place with lines that a finding's prose names.
func (p *parser) firstPlace(rest string, body []line) []deepreview.Location {
	try := func(text string) []deepreview.Location {
		for _, f := range placesIn(text, false) {
			if f.loc.Start > 0 {
				return []deepreview.Location{f.loc}
			}
		}
		return nil
	}
	if at := try(rest); at != nil {
		return at
	}
	for _, l := range body[:min(len(body), bodyMost)] {
		if l.kind == prose {
			if at := try(l.text); at != nil {
				return at
			}
		}
	}
	return nil
}

// cutText cuts s to at most n bytes, at a rune.
func cutText(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}
