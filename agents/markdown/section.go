package markdown

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/deepreview-go/deepreview"
)

// part is what a section of a review is about.
type part int

const (
	partPreamble part = iota
	partOther         // a heading that says nothing to us
	partAside         // known, and no part of this review: threads, earlier findings, what was found to be none
	partSummary
	partFindings
	partDesign
	partStrengths
	partConcerns
	partTesting
	partTested
	partUntested
	partDocumentation
	partCommits
	partLimitations
	partCoverage
	partVerdict
)

// noted reports whether sections of part p are read as notes.
func (p part) noted() bool { return p >= partDesign && p <= partLimitations }

// section is what a heading says of the lines below it.
type section struct {
	part     part
	severity deepreview.Severity // of a group of findings
	word     string              // its own word for the severity
	path     string              // of a group of findings in one file
	topic    deepreview.Topic
}

// block is the lines of one section, without its heading and without the sections inside it.
type block struct {
	section
	lines []line
	title string
}

// wording are the words that headings use for each part, in the order that they are tried; the first that the heading
// contains, at the beginning of a word, decides.
var wording = []struct {
	part  part
	words []string
}{
	{partAside, []string{"previous", "prior ", "earlier", "non-issue", "nonissue", "false positive", "out of scope", "out-of-scope", "unresolved",
		"clarification", "action item", "actionable", "resolved", "question", "next step", "feedback", "considered", "methodology",
		"frühere", "offene fragen", "之前", "误报"}},
	{partUntested, []string{"not covered", "uncovered", "untested", "not tested", "missing test", "test gap", "testing gap", "coverage gap",
		"missing coverage", "lacking", "nicht getestet", "ungetestet", "nicht abgedeckt", "未测试", "未覆盖", "缺少测试"}},
	{partTesting, []string{"test coverage", "testabdeckung", "测试覆盖"}},
	{partCoverage, []string{"coverage", "files reviewed", "reviewed files", "file review", "files examined", "abdeckung", "geprüfte dateien", "覆盖", "已审查"}},
	{partTested, []string{"covered", "tested", "getestet", "abgedeckt", "已测试"}},
	{partTesting, []string{"testing", "test", "测试"}},
	{partDocumentation, []string{"documentation", "docs", "dokumentation", "文档"}},
	{partCommits, []string{"commit", "提交"}},
	{partLimitations, []string{"limitation", "known issue", "einschränkung", "限制", "局限"}},
	{partStrengths, []string{"strength", "positive", "what works", "works well", "well done", "praise", "highlight", "good ", "stärken", "positiv", "优点", "亮点"}},
	{partConcerns, []string{"concern", "bedenken", "顾虑", "担忧"}},
	{partDesign, []string{"design", "architecture", "observation", "architektur", "beobachtung", "entwurf", "设计", "观察", "架构"}},
	{partVerdict, []string{"verdict", "recommendation", "conclusion", "final assessment", "decision", "fazit", "empfehlung", "urteil", "结论", "合并建议"}},
	{partSummary, []string{"summary", "overview", "overall", "tl;dr", "tldr", "scope", "zusammenfassung", "überblick", "摘要", "总结", "概述", "总体"}},
}

// findingWords make a heading one of findings; beside them it may have the words of besideWords, and a severity.
var findingWords = words(`issue issues finding findings problem problems bug bugs defect defects comment comments
	befund befunde probleme problem fehler mängel 问题 发现 审查结果 审查发现`)

var besideWords = words(`items found review code detailed key main all new specific by file files severity and the priority level list of
	details inline category fix und der die das nach im line potential confirmed actionable`)

// topics are the words of groups inside the findings that say what they are about.
var topics = map[string]deepreview.Topic{
	"security": deepreview.TopicSecurity, "vulnerabilities": deepreview.TopicSecurity, "sicherheit": deepreview.TopicSecurity, "安全": deepreview.TopicSecurity,
	"correctness": deepreview.TopicCorrectness, "logic": deepreview.TopicCorrectness, "reliability": deepreview.TopicCorrectness, "robustness": deepreview.TopicCorrectness,
	"concurrency": deepreview.TopicConcurrency, "performance": deepreview.TopicPerformance, "性能": deepreview.TopicPerformance,
	"style": deepreview.TopicStyle, "readability": deepreview.TopicStyle, "maintainability": deepreview.TopicMaintenance, "maintenance": deepreview.TopicMaintenance,
	"testing": deepreview.TopicTesting, "documentation": deepreview.TopicDocumentation, "docs": deepreview.TopicDocumentation, "tests": deepreview.TopicTesting,
}

// foreignLevels are words for a severity in languages that ParseSeverity does not know.
var foreignLevels = map[string]string{
	"kritisch": "critical", "kritische": "critical", "schwerwiegend": "critical", "schwerwiegende": "critical", "wichtig": "important",
	"wichtige": "important", "vorschläge": "suggestion", "vorschlag": "suggestion", "hinweise": "suggestion", "hinweis": "suggestion",
	"hoch": "high", "mittel": "medium", "niedrig": "low", "gering": "low",
	"严重": "critical", "致命": "critical", "重要": "important", "建议": "suggestion", "一般": "important", "轻微": "suggestion", "次要": "suggestion",
	"高": "high", "中": "medium", "低": "low", "严重问题": "critical", "重要问题": "important", "轻微问题": "suggestion", "一般问题": "important", "改进建议": "suggestion",
}

func words(s string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(s) {
		out[w] = true
	}
	return out
}

// severityOf maps a short word, in any of our languages, to a severity.
func severityOf(word string) deepreview.Severity {
	word = strings.TrimSpace(word)
	if len(word) > 60 || len(word) > 20 && strings.Count(word, " ") > 4 {
		return deepreview.SeverityUnset
	}
	bare := strings.ToLower(strings.TrimFunc(word, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }))
	if s, ok := foreignLevels[bare]; ok {
		word = s
	}
	if s := deepreview.ParseSeverity(word); s != deepreview.SeverityUnset {
		return s
	}
	return deepreview.ParseSeverity(strings.TrimSuffix(bare, "s")) // "warnings", "minors"
}

var (
	leadingNumber = regexp.MustCompile(`^(?:\d{1,3}(?:\.\d{1,3}){0,3}[.):]?|[IVX]{1,4}[.)]|[A-Z][.)])\s+`)
	trailingCount = regexp.MustCompile(`\s*[(（\[]\s*(?:\d+|none|no |keine|无)[^()（）\[\]]{0,20}[)）\]]\s*$|\s*[:：—–-]\s*\d+\s*$`)
)

// headingWords brings a heading to the words that it is compared by.
func headingWords(text string) string {
	text = strings.NewReplacer("*", "", "_", " ", "`", "", "#", "").Replace(text)
	edge := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	text = strings.TrimLeftFunc(text, edge)
	text = leadingNumber.ReplaceAllString(text, "")
	text = trailingCount.ReplaceAllString(strings.TrimRight(text, " :：."), "")
	return strings.ToLower(strings.TrimFunc(text, edge))
}

// classify says which section a heading opens, if it is one that we know.
func classify(text string) (section, bool) {
	if len(text) > 200 {
		return section{}, false
	}
	all := headingWords(text)
	fields := strings.FieldsFunc(all, func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune("/&,()（）—–:：", r)
	})
	if len(fields) == 0 || len(fields) > 7 {
		return section{}, false
	}
	var rest []string
	found := false
	for _, w := range fields {
		found = found || findingWords[w]
		if !findingWords[w] && !besideWords[w] {
			rest = append(rest, w)
		}
	}
	if len(rest) == 0 && found {
		return section{part: partFindings}, true
	}
	if n := len(rest); n >= 1 && n <= 4 && !strings.ContainsAny(all, "`.") {
		if word := strings.Join(rest, " "); severityOf(word) != deepreview.SeverityUnset {
			return section{part: partFindings, severity: severityOf(word), word: word}, true
		}
	}
	for _, w := range wording {
		for _, word := range w.words {
			if holds(all, word) {
				return section{part: w.part}, true
			}
		}
	}
	return section{}, false
}

// holds reports whether word begins at the beginning of a word of all; a Chinese character is a word of its own.
func holds(all, word string) bool {
	for from := 0; ; {
		i := strings.Index(all[from:], word)
		if i < 0 {
			return false
		}
		i += from
		if i == 0 || word[0] >= 0x80 || !isWordByte(all[i-1]) {
			return true
		}
		from = i + len(word)
	}
}

func isWordByte(b byte) bool {
	return b|0x20 >= 'a' && b|0x20 <= 'z' || b >= '0' && b <= '9' || b >= 0x80
}

// boldHeading reads a line that is a heading in all but form: "**Findings**", "- **Suggestions**", "Strengths:". What may also
// head a paragraph of a finding, as "**Suggestion:**" does, is none.
func boldHeading(s string) (title string, sec section, ok bool) {
	if len(s) > 120 || indentOf(s) > 3 {
		return "", section{}, false
	}
	t := strings.TrimSpace(s)
	t = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(t, "- "), "* "))
	inner := strings.TrimRight(t, ":： ")
	colon := inner != t
	bold := false
	for _, mark := range []string{"***", "**", "__"} {
		if len(inner) > 2*len(mark) && strings.HasPrefix(inner, mark) && strings.HasSuffix(inner, mark) {
			inner, bold = inner[len(mark):len(inner)-len(mark)], true
			break
		}
	}
	if strings.ContainsAny(inner, "*`.") && !bold || strings.Contains(inner, "**") {
		return "", section{}, false
	}
	bare := strings.ToLower(strings.Trim(inner, ":： "))
	if _, label := labelOf(bare); label {
		return "", section{}, false
	}
	if !bold && (!colon || len(strings.Fields(inner)) > 4) {
		return "", section{}, false
	}
	sec, ok = classify(inner)
	if !bold && sec.part == partFindings && sec.severity == deepreview.SeverityUnset {
		return "", section{}, false
	}
	return inner, sec, ok
}

// sectionLine reports whether s begins a section that is known.
func sectionLine(s string) bool {
	if hashes(s) > 0 {
		_, ok := classify(strings.Trim(s, " #\t"))
		return ok
	}
	_, _, ok := boldHeading(s)
	return ok
}

// frame is an open section.
type frame struct {
	level int
	section
}

// sections cuts the lines into blocks. Headings that head a finding, or stand inside one, stay in their block.
func (p *parser) sections(lines []line) []block {
	var stack []frame
	var out []block
	cur := block{}
	level := 0 // of the current section
	item := 0  // level of the heading that heads the current finding; 0 where none does
	start := 0
	cut := func(end int) {
		cur.lines = lines[start:end]
		if len(cur.lines) > 0 {
			out = append(out, cur)
		}
		start = end + 1
	}
	for i := range lines {
		if p.stopped {
			break
		}
		l := &lines[i]
		var sec section
		var known bool
		title := l.text
		switch l.kind {
		case heading:
			p.look(l.text)
			if _, file := groupPath(l.text); !file {
				sec, known = classify(l.text)
			}
		case prose:
			p.look(l.text)
			if title, sec, known = boldHeading(l.text); !known {
				continue
			}
			if item > 0 && cur.part == partFindings && sec.part != partFindings && !strings.HasPrefix(strings.TrimSpace(l.text), "**") {
				continue
			}
			l.level = boldLevel
		default:
			continue
		}
		own := cur.part <= partOther || cur.part == partFindings
		if l.kind == heading && own && !(known && (sec.part == partFindings || len(strings.Fields(headingWords(l.text))) <= 3)) {
			if h := l.asHead(); h != nil && h.strong() {
				item = l.level
				continue
			}
		}
		if item > 0 && l.level > item && l.kind == heading {
			continue
		}
		// What the section is in.
		for len(stack) > 0 && stack[len(stack)-1].level >= l.level {
			stack = stack[:len(stack)-1]
		}
		var in section
		if len(stack) > 0 {
			in = stack[len(stack)-1].section
		}
		if in.part == partFindings && l.kind == heading {
			if t, ok := topics[headingWords(l.text)]; ok && (!known || sec.part == partFindings) {
				sec.part, sec.topic, known = partFindings, t, true
			}
			if path, ok := groupPath(l.text); ok && !known {
				sec, known = section{part: partFindings, path: path}, true
			}
		}
		if !known {
			if path, ok := groupPath(l.text); ok && cur.part <= partOther {
				sec, known = section{part: partOther, path: path}, true
			}
		}
		switch {
		case known && sec.part == partFindings && in.part == partFindings:
			sec = inherit(sec, in)
		case !known && cur.part == partFindings && l.level > level:
			item = l.level // a heading of its own words: a finding, or a part of one
			continue
		case !known && cur.part.noted() && l.level > level:
			continue
		case !known:
			sec = section{part: partOther}
		}
		cut(i)
		cur, level, item = block{section: sec, title: title}, l.level, 0
		stack = append(stack, frame{l.level, sec})
	}
	cut(len(lines))
	return out
}

// inherit fills in what the enclosing section says.
func inherit(sec, in section) section {
	if sec.severity == deepreview.SeverityUnset {
		sec.severity, sec.word = in.severity, in.word
	}
	if sec.path == "" {
		sec.path = in.path
	}
	if sec.topic == "" {
		sec.topic = in.topic
	}
	return sec
}

// groupPath reads a heading that is the name of a file, with nothing else but a word for it.
func groupPath(text string) (string, bool) {
	t := strings.TrimSpace(strings.ReplaceAll(text, "**", ""))
	for _, word := range []string{"File:", "file:", "File ", "Datei:", "文件：", "📄"} {
		t = strings.TrimSpace(strings.TrimPrefix(t, word))
	}
	at := placesIn(t, true)
	if len(at) == 0 || at[0].start > 0 || at[len(at)-1].end < len(strings.TrimRight(t, ":： ")) || at[0].loc.Start > 0 {
		return "", false
	}
	if slices.ContainsFunc(at, func(f foundPlace) bool { return f.loc.Path != at[0].loc.Path }) {
		return "", false
	}
	return at[0].loc.Path, true
}
