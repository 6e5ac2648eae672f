package markdown

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/deepreview-go/deepreview"
)

// Bounds of a review.
const (
	// MaxText is how many bytes of a review are read.
	MaxText = 16 << 20
	// MaxClaims is how many findings of a review are kept, and how many notes.
	MaxClaims = 1000
)

// Parse reads a review. Where c is known, the paths in it are held against it: an absolute path of another machine, or the end of a
// path, becomes the file of the change or its tree that it means, if there is just one, and coverage is of changed files alone. Without
// one, paths stay as they were written, absolute ones cut where the review itself shows the root.
//
// Whatever is returned has the text as Transcript. The error is [deepreview.ErrBadAnswer] where nothing is recognised as a
// review, even if it has a summary: no findings, no observations, no coverage, no verdict, and no word that there is nothing to find.
//
// Finding IDs are the review's own labels where they are unique. Edits of a fix are always empty.
func Parse(c *deepreview.Change, text string) (*deepreview.Review, error) {
	return parse(context.Background(), c, text)
}

// parse is Parse until ctx ends: it then returns what there is so far.
func parse(ctx context.Context, c *deepreview.Change, text string) (*deepreview.Review, error) {
	p := newParser()
	p.ctx = ctx
	if len(text) > MaxText {
		p.say("the review has %d bytes; those beyond %d were left out", len(text), MaxText)
		text = text[:MaxText]
	}
	p.rev.Transcript = strings.ToValidUTF8(text, "\uFFFD")
	p.parse(c, text)
	switch {
	case p.stopped:
		return p.rev, ctx.Err()
	case len(p.unread) > 0 && len(p.rev.Findings) == 0 && !p.saidNothing:
		return p.rev, fmt.Errorf("%w: no finding is recognised in its section %.100q, and no word that there is none", deepreview.ErrBadAnswer, p.unread[0])
	case !p.isReview():
		return p.rev, fmt.Errorf("%w: no finding, observation, coverage or verdict is recognised in it: %.200q",
			deepreview.ErrBadAnswer, cutText(strings.TrimSpace(p.rev.Transcript), 800))
	}
	return p.rev, nil
}

// parser is one review's way through [Parse].
type parser struct {
	ctx   context.Context
	rev   *deepreview.Review
	paths *paths
	// steps counts the bytes looked at: each line a bounded number of times.
	steps   int
	stopped bool
	taken   map[string]bool
	cites   map[string]bool // the files that findings are in, once asked for
	// labelled and titled lead to findings by their labels, and by their titles in lower case.
	labelled, titled map[string]int
	// usual is the shape of the findings so far; nil before the first.
	usual *shape
	// headed says that there is a section of findings, whether there is one in it or not; clean that the text says it found nothing.
	headed, clean, saidNothing bool
	// broken says that the text tells of a run that went wrong: its "no findings" is then no judgement.
	broken bool
	// lost says that there are findings or notes beyond the bound; unclear counts the files whose coverage is in words that are not known.
	lost    bool
	unclear int
	labels  string                       // the letters that labels begin with, each once
	unrated map[*deepreview.Finding]bool // those that nothing rates
	// unread are the titles of sections of findings in which none was recognised.
	unread []string
}

func newParser() *parser {
	return &parser{
		ctx: context.Background(), rev: &deepreview.Review{}, taken: map[string]bool{}, labelled: map[string]int{}, titled: map[string]int{},
		unrated: map[*deepreview.Finding]bool{},
	}
}

// look counts the bytes of a line that is looked at, and sees from time to time whether there is still somebody who waits.
func (p *parser) look(s string) {
	before := p.steps / steps
	p.steps += len(s) + 1
	if p.steps/steps != before && p.ctx.Err() != nil {
		p.stopped = true
	}
}

// steps is how many bytes are looked at before the context is asked again: some milliseconds.
const steps = 16 << 10

func (p *parser) say(format string, args ...any) {
	p.rev.Repairs = append(p.rev.Repairs, fmt.Sprintf(format, args...))
}

func (p *parser) parse(c *deepreview.Change, text string) {
	lines := p.split(text)
	blocks := p.sections(lines)
	p.paths = newPaths(c, blocks, p.look)
	for _, b := range blocks {
		if b.part == partFindings {
			p.headed = true
			p.findings(b)
		}
	}
	if len(p.rev.Findings) == 0 && !p.headed {
		for _, b := range blocks {
			if b.part <= partOther {
				p.strongOnly(b)
			}
		}
	}
	if len(p.rev.Findings) == 0 {
		for _, b := range blocks {
			if b.part <= partOther || b.part == partSummary || b.part == partFindings {
				p.tables(b)
			}
		}
	}
	p.rate()
	for _, b := range blocks {
		switch {
		case b.part.noted():
			p.notes(b)
		case b.part == partCoverage:
			p.coverage(b)
		case b.part == partSummary && p.rev.Summary == "":
			p.rev.Summary = cutText(join(b.lines), 32<<10)
		case b.part == partVerdict && p.rev.Verdict == "":
			p.rev.Verdict = firstLine(b.lines)
		}
		if b.part <= partOther || b.part == partSummary || b.part == partVerdict || b.part == partFindings {
			p.words(b)
		}
	}
	p.settleCoverage()
	if n := len(p.unread); n > 0 {
		p.say("no finding is recognised in the section %.100q; sections like it: %d", p.unread[0], n)
	}
	if p.unclear > 0 {
		p.say("what the review says of %d files is no status that is known: nothing is stated of them", p.unclear)
	}
	if p.lost {
		p.say("findings and notes beyond %d of each were left out", MaxClaims)
	}
}

// isReview reports whether what was read is a review.
func (p *parser) isReview() bool {
	r := p.rev
	return len(r.Findings) > 0 || len(r.Notes) > 0 || len(r.Coverage) > 0 || r.Verdict != "" || p.clean && !p.broken || p.headed && p.saidNothing
}

var (
	verdictLine = regexp.MustCompile(`(?i)^\s*(?:[-*+]\s+)?(?:\*\*|__)?(?:overall |final |my )?(?:verdict|recommendation|decision|fazit|urteil|结论)\s*(?:\*\*|__)?\s*[:：]\s*(?:\*\*|__)?\s*(.+)$`)
	// cleanWords say plainly that there is nothing to find.
	cleanWords = regexp.MustCompile(`(?i)\b(?:no|zero|without(?: any)?|did(?: not|n't) find any|found no|not find any)\s+(?:\w+[ ,/-]+){0,4}(?:issues?|findings?|problems?|defects?|bugs?|concerns)\b` +
		`|\blgtm\b|\blooks good to me\b|\bnothing to (?:report|flag|fix)\b|\bkeine\s+(?:\w+\s+){0,3}(?:probleme|fehler|befunde|mängel)\b|未发现.{0,12}问题|没有发现.{0,12}问题|没有问题`)
)

// brokenWords are those of a run that did not come to its end, as agents and their scripts report it.
var brokenWords = regexp.MustCompile(`(?i)\b(?:failed (?:at|to|with|mid|during|before)|(?:could|was|did|am) ?(?:not|n't|unable) (?:to )?(?:start|finish|complete|produce|read|review|access|authenticate)|unable to|` +
	`no (?:\w+ )?(?:review|output|answer)\b|timed? ?-?out|quota|rate.?limit\w*|http (?:status )?[45]\d\d|unauthori[sz]ed|exit(?:ed)? (?:code|status|with)|exit \d+|aborted|interrupted|crashed|cancell?ed)\b`)

// words reads a verdict, and the plain word that nothing was found, in prose.
func (p *parser) words(b block) {
	for _, l := range b.lines {
		if l.kind != prose || len(l.text) > headMost || p.stopped {
			continue
		}
		p.look(l.text)
		if p.rev.Verdict == "" && strings.ContainsAny(l.text, ":：") {
			if m := verdictLine.FindStringSubmatch(l.text); m != nil {
				p.rev.Verdict = cutText(strings.Trim(m[1], "*_ "), 200)
			}
		}
		if len(p.rev.Findings) > 0 {
			continue // there is something, whatever the words say
		}
		p.clean = p.clean || cleanWords.MatchString(l.text)
		p.broken = p.broken || brokenWords.MatchString(l.text)
	}
}

func firstLine(lines []line) string {
	for _, l := range lines {
		if l.kind == prose && !isRule(l) {
			return cutText(strings.Trim(strings.TrimSpace(l.text), "*_ "), 200)
		}
	}
	return ""
}

// findings reads a section of findings.
func (p *parser) findings(b block) {
	if p.full() {
		p.lost = true
		return
	}
	shape, ok := p.shapeOf(b)
	if !ok {
		p.unshaped(b)
		return
	}
	p.items(b, shape)
}

// shapeOf finds the form of a section's items: the one that the review has had so far, if the section has it too, else that of the
// first. A plain item gives way to a later one that shows more.
func (p *parser) shapeOf(b block) (shape, bool) {
	var first *head
	for i := range b.lines {
		l := &b.lines[i]
		if l.kind != prose && l.kind != heading || p.stopped {
			continue
		}
		p.look(l.text)
		h := l.asHead()
		if h == nil || h.marker == plain && h.list == 0 {
			continue
		}
		if p.usual != nil && h.same(*p.usual) {
			return h.shape, true
		}
		better := first == nil || h.indent <= first.indent && first.marker <= plain && !first.evident() && first.list != '#' && (h.marker > plain || h.evident()) && h.list != first.list
		if better {
			first = h
		}
		if p.usual == nil && (first.marker > plain || first.evident() || first.list == '#') {
			break // nothing is better
		}
	}
	if first == nil {
		return shape{}, false
	}
	if first.marker < numbered && first.list == 0 && !first.evident() && b.part != partFindings {
		return shape{}, false
	}
	return first.shape, true
}

// same reports whether h has the shape s. A label shows by itself, so that what is around it may differ; in a list and among headings
// it is the place in them, whatever else one of them has.
func (h *head) same(s shape) bool {
	switch {
	case s.marker == labelled:
		return h.marker == labelled && h.indent <= s.indent+3 && (h.list == '#' || s.list != '#')
	case h.list != s.list || h.level != s.level || h.indent > s.indent+1:
		return false
	case s.list == '1':
		return h.bold == s.bold
	case s.list == '#':
		return s.marker < numbered || h.marker >= numbered || h.evident()
	case s.marker == worded || s.marker == tagged:
		return h.marker == s.marker && h.bold == s.bold
	}
	return h.bold == s.bold && (h.marker == s.marker || h.evident())
}

// items reads the items of shape s.
func (p *parser) items(b block, s shape) {
	var cur *head
	start := 0
	finish := func(end int) {
		if cur != nil {
			p.add(b, *cur, b.lines[start:end])
		}
	}
	evident := false // whether the first item shows more than its form
	last, inner := 0, 0
	for i := range b.lines {
		l := &b.lines[i]
		if l.kind != prose && l.kind != heading {
			continue
		}
		if p.stopped {
			break
		}
		if p.full() {
			p.lost = true
			cur = nil
			break
		}
		p.look(l.text)
		h := l.asHead()
		if h == nil || !h.same(s) || cur != nil && !p.follows(cur, h, evident, last, inner) {
			if m := numberMark.FindStringSubmatch(strings.TrimSpace(l.text[:min(len(l.text), 200)])); m != nil && cur != nil && l.kind == prose {
				if n, _ := strconv.Atoi(m[1]); n == 1 || n == inner {
					inner = n + 1
				}
			}
			continue
		}
		finish(i)
		if cur == nil {
			evident = h.evident()
		}
		cur, start, last, inner = h, i+1, h.number, 0
	}
	finish(len(b.lines))
	if cur != nil {
		p.usual = &s
	}
}

// follows reports whether h can head the item behind cur. Inside a finding there are lists, bold words and headings of the same form; what
// shows neither a place nor a rating where the first item did is taken for one of them.
func (p *parser) follows(cur, h *head, evident bool, last, inner int) bool {
	switch {
	case h.marker == labelled && cur.marker == labelled:
		return h.id != cur.id
	case h.marker == tagged && h.list == 0 && !h.bold:
		return len(h.places) > 0 || len(cur.places) == 0 // "Note: it is rare"
	case h.list == '#', h.marker == worded:
		return true
	case h.list == '1' || h.marker == numbered:
		if inner > 1 && h.number == inner && !h.evident() {
			return false // it goes on with a list inside
		}
		if h.number != last+1 {
			return evident && h.evident()
		}
		return true
	case h.marker == plain, h.list == '-' && h.marker < placed:
		return true
	}
	return !evident || h.evident()
}

// full reports whether there are as many findings as are kept.
func (p *parser) full() bool { return len(p.rev.Findings) >= MaxClaims }

// add keeps a finding. A review may name one twice, in a list and at length: then it is the longer of both.
func (p *parser) add(b block, h head, body []line) {
	f := p.finish(b, h, body)
	if f.Severity == deepreview.SeverityUnset && f.RawSeverity == "" {
		p.unrated[f] = true
	}
	i, known := p.labelled[f.ID]
	if !known || f.ID == "" || !alike(f, p.rev.Findings[i]) {
		i, known = p.titled[strings.ToLower(f.Title)]
	}
	if known && alike(f, p.rev.Findings[i]) {
		if old := p.rev.Findings[i]; size(f) > size(old) {
			f.ID = old.ID
			if len(f.Locations) == 0 {
				f.Locations = old.Locations
			}
			if f.Severity == deepreview.SeverityUnset {
				f.Severity, f.RawSeverity = old.Severity, old.RawSeverity
			}
			f.Category = cmp.Or(f.Category, old.Category)
			p.rev.Findings[i] = f
		}
		return
	}
	if p.full() {
		p.lost = true
		return
	}
	if letter := strings.TrimRight(h.id, "-0123456789"); letter != "" && !strings.Contains(p.labels, letter) {
		p.labels += letter
	}
	own := f.ID
	f.ID = p.id(own, "F", len(p.rev.Findings)+1)
	if own != "" {
		p.labelled[own] = len(p.rev.Findings)
	}
	p.titled[strings.ToLower(f.Title)] = len(p.rev.Findings)
	p.rev.Findings = append(p.rev.Findings, f)
}

// alike reports whether two findings of one label or one title are one: the titles begin alike, and the places do not differ.
func alike(a, b *deepreview.Finding) bool {
	x, y := strings.ToLower(a.Title), strings.ToLower(b.Title)
	n := min(len(x), len(y), 60)
	return n > 0 && x[:n] == y[:n] && (len(a.Locations) == 0 || len(b.Locations) == 0 || a.Locations[0] == b.Locations[0])
}

// size is how much a finding says.
func size(f *deepreview.Finding) int {
	n := len(f.Detail) + len(f.Quote) + len(f.Impact)
	if f.Fix != nil {
		n += len(f.Fix.Text)
	}
	return n
}

// id returns own if nobody has it yet, else one made of letter and n.
func (p *parser) id(own, letter string, n int) string {
	for id := own; ; n++ {
		if id != "" && !p.taken[id] {
			p.taken[id] = true
			return id
		}
		id = letter + strconv.Itoa(n)
	}
}

// rate reads the severity off the labels where nothing else states it: C1, I1 and S1 are the numbers of critical, important and
// suggestion, if the review uses more than one of the letters and no other.
func (p *parser) rate() {
	if len(p.labels) < 2 || strings.Trim(p.labels, "CIS") != "" {
		return
	}
	for _, f := range p.rev.Findings {
		if !p.unrated[f] {
			continue
		}
		switch f.ID[0] {
		case 'C':
			f.Severity = deepreview.SeverityCritical
		case 'I':
			f.Severity = deepreview.SeverityImportant
		case 'S':
			f.Severity = deepreview.SeveritySuggestion
		}
	}
}

// strongOnly reads findings where no section is one of findings: only what shows that it is one.
func (p *parser) strongOnly(b block) {
	for i := range b.lines {
		l := &b.lines[i]
		if l.kind != prose && l.kind != heading || p.stopped {
			continue
		}
		p.look(l.text)
		h := l.asHead()
		if h == nil {
			continue
		}
		lines := len(h.places) > 0 && h.places[0].Start > 0
		if h.marker >= labelled && (h.bold || lines) || h.marker == worded && (h.list == '#' || h.bold) || h.marker == placed && lines && h.stated() || h.marker == tagged && (lines || h.bold && h.word != "" || h.list == '#') ||
			h.marker >= bold && lines && (h.bold || h.list != 0) || b.path != "" && (h.bold && h.marker >= numbered) {
			p.items(b, h.shape)
			return
		}
	}
}

// unshaped reads a section of findings without items: it says that there is none, or is one in prose.
func (p *parser) unshaped(b block) {
	text := join(proseOf(b.lines))
	t := strings.TrimSpace(text)
	switch {
	case t == "":
	case len(t) < 300 && nothing.MatchString(t), cleanWords.MatchString(cutText(t, 200)):
		p.saidNothing = true
	default:
		found := placesIn(t, false)
		if b.word == "" && b.path == "" || len(found) == 0 || found[0].loc.Start == 0 {
			p.unread = append(p.unread, b.title)
			return
		}
		h := head{}
		h.loose(firstParagraph(t))
		h.title, h.mentioned = h.tidy()
		h.rest = "" // all of it is the detail
		p.add(b, h, b.lines)
	}
}

func firstParagraph(s string) string {
	s, _, _ = strings.Cut(s, "\n\n")
	return strings.ReplaceAll(s, "\n", " ")
}

// proseOf are the lines that are prose, without tables.
func proseOf(lines []line) []line {
	var out []line
	for _, l := range lines {
		if (l.kind == prose || l.kind == blank) && !strings.HasPrefix(strings.TrimSpace(l.text), "|") && !isRule(l) || l.kind == blank {
			out = append(out, l)
		}
	}
	return out
}

// tables reads the rows of a table as findings: one that has columns for what and where, or how bad.
func (p *parser) tables(b block) {
	var columns map[string]int
	for _, l := range b.lines {
		t := strings.TrimSpace(l.text)
		if l.kind != prose || !strings.HasPrefix(t, "|") || len(t) > headMost {
			columns = nil
			continue
		}
		p.look(t)
		cells := cellsOf(t)
		if columns == nil {
			columns = columnsOf(cells)
			continue
		}
		if columns["what"] == 0 || columns["where"] == 0 || columns["rated"] == 0 || strings.Trim(t, "|-: ") == "" {
			continue
		}
		cell := func(name string) string {
			if n := columns[name]; n > 0 && n <= len(cells) {
				return cells[n-1]
			}
			return ""
		}
		h := head{}
		for _, f := range placesIn(cell("where"), true) {
			h.places = append(h.places, f.loc)
		}
		if list := spanOfLines.FindStringSubmatch(strings.Trim(cell("line"), "` ")); list != nil && len(h.places) == 1 && h.places[0].Start == 0 {
			h.places = nil
			for _, f := range placesIn(cell("where")+":"+list[1], true) {
				h.places = append(h.places, f.loc)
			}
		}
		if o, ok := parseMeta(cell("rated")); ok {
			h.take(o)
		}
		if o, ok := parseMeta(cell("kind")); ok {
			h.take(o)
		}
		if m := labelMark.FindStringSubmatch(strings.Trim(cell("id"), "*` ")); m != nil {
			h.id = m[1] + m[2]
		}
		h.title, h.rest = firstSentence(cell("what"))
		h.title, h.mentioned = h.tidy()
		if h.title == "" || len(h.places) == 0 && h.word == "" {
			continue
		}
		var body []line
		if text := cell("fix"); text != "" {
			body = []line{{text: "Fix: " + text, kind: prose}}
		}
		p.add(b, h, body)
	}
}

// cellsOf cuts a row of a table; a bar in a code span or behind a backslash is none.
func cellsOf(row string) []string {
	row = strings.TrimSuffix(strings.TrimPrefix(row, "|"), "|")
	var out []string
	var b strings.Builder
	span := false
	for i := 0; i < len(row); i++ {
		switch c := row[i]; {
		case c == '\\' && i+1 < len(row) && row[i+1] == '|':
			b.WriteByte('|')
			i++
		case c == '|' && !span:
			out = append(out, strings.TrimSpace(b.String()))
			b.Reset()
		default:
			if c == '`' && (span || strings.IndexByte(row[i+1:], '`') >= 0) {
				span = !span
			}
			b.WriteByte(c)
		}
	}
	return append(out, strings.TrimSpace(b.String()))
}

// columnsOf tells the columns of a table by the words of its header, counted from 1.
func columnsOf(cells []string) map[string]int {
	out := map[string]int{}
	for i, c := range cells {
		name := ""
		switch w := strings.ToLower(strings.Trim(c, "*_` ")); w {
		case "#", "id", "no", "no.", "nr", "nr.", "编号":
			name = "id"
		case "severity", "priority", "level", "schweregrad", "严重程度", "级别", "严重性":
			name = "rated"
		case "line", "lines", "zeile", "zeilen", "行", "行号":
			name = "line"
		case "category", "type", "kind", "kategorie", "类别", "类型":
			name = "kind"
		case "fix", "recommendation", "suggestion", "suggested fix", "recommended fix", "empfehlung", "behebung", "建议", "修复建议":
			name = "fix"
		case "status", "verdict", "result", "review", "notes", "ergebnis", "状态", "结果":
			name = "status"
		default:
			r, ok := labelOf(w)
			switch {
			case ok && r == where:
				name = "where"
			case findingWords[w], ok && r == detail, w == "title", w == "summary", w == "titel", w == "标题":
				name = "what"
			}
		}
		if name != "" && out[name] == 0 {
			out[name] = i + 1
		}
	}
	return out
}

// settleCoverage keeps what is said of changed files, once each.
func (p *parser) settleCoverage() {
	said := map[string]int{}
	var out []deepreview.Coverage
	other := 0
	for _, c := range p.rev.Coverage {
		if !p.paths.changed(c.Path) {
			other++
			continue
		}
		if i, twice := said[c.Path]; twice {
			out[i].Reason = cmp.Or(out[i].Reason, c.Reason)
			continue
		}
		if why := p.paths.unreadable(c.Path); why != "" && c.Looked() {
			c.Status, c.Depth, c.Reason = deepreview.CoverageUnreviewed, deepreview.DepthUnset, why
		}
		said[c.Path] = len(out)
		out = append(out, c)
	}
	if other > 0 {
		p.say("coverage of %d files that are not in the change was left out", other)
	}
	p.rev.Coverage = out
}
