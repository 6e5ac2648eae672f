package markdown

import (
	"regexp"
	"strings"

	"github.com/deepreview-go/deepreview"
)

var (
	lackWords = regexp.MustCompile(`(?i)\b(?:no|not|never|none|nothing|missing|lacks?|lacking|untested|uncovered|without|gaps?|fails? to|cannot|does(?:n't| not)|is(?:n't| not)|are(?:n't| not)|was(?:n't| not)|` +
		`should|needs?|would|could|stale|outdated|wrong|incorrect|omits?|still|only|kein\w*|nicht|fehlt|fehlen)\b|没有|缺少|未|缺失|应`)
	riskMark = regexp.MustCompile(`(?i)^\W*\(?(high|medium|low|hoch|mittel|niedrig)(?:[ -]risk)?\)?\W*[:—–)]|\((high|medium|low)(?: risk)?\)|\brisk:\W*(high|medium|low)`)
	shaMark  = regexp.MustCompile("^\\W*(?:commit\\s+)?`?([0-9a-f]{7,40})\\b")
)

// notes reads a section of observations: an item of a list is a note each, and so is a paragraph.
func (p *parser) notes(b block) {
	kind, label := noteKind(b.part), b.part
	var cur []line
	flush := func() {
		if text := strings.TrimSpace(join(cur)); text != "" {
			p.note(kind, label, text)
		}
		cur = nil
	}
	item, indent := false, 0
	for _, l := range b.lines {
		p.look(l.text)
		switch l.kind {
		case blank:
			if item {
				cur = append(cur, l)
			} else {
				flush()
			}
			continue
		case heading:
			flush()
			item = false
			if sec, ok := classify(l.text); ok && sec.part.noted() {
				label, kind = sec.part, noteKind(sec.part)
			}
			continue
		case fence, code:
			cur = append(cur, l)
			continue
		}
		if isRule(l) {
			continue
		}
		t := strings.TrimSpace(l.text)
		begins := bulletMark.MatchString(t) || numberMark.MatchString(t) && !strings.HasPrefix(t, "**")
		switch {
		case begins && (!item || indentOf(l.text) <= indent):
			flush()
			item, indent = true, indentOf(l.text)
		case item && len(cur) > 0 && cur[len(cur)-1].kind == blank && indentOf(l.text) <= indent:
			flush()
			item = false
		}
		cur = append(cur, l)
	}
	flush()
}

func noteKind(of part) deepreview.NoteKind {
	switch of {
	case partStrengths:
		return deepreview.NoteStrength
	case partTested:
		return deepreview.NoteTested
	case partUntested, partTesting:
		return deepreview.NoteUntested
	case partDocumentation:
		return deepreview.NoteDocumentationGap
	case partCommits:
		return deepreview.NoteCommit
	case partLimitations:
		return deepreview.NoteLimitation
	}
	return deepreview.NoteConcern
}

// note keeps one note. Of testing and documentation its words say on which side it is: only what speaks of nothing missing is
// done.
func (p *parser) note(kind deepreview.NoteKind, of part, text string) {
	if len(p.rev.Notes) >= MaxClaims {
		p.lost = true
		return
	}
	bare := text
	if m := bulletMark.FindString(bare); m != "" {
		bare = bare[len(m):]
	} else if m := numberMark.FindString(bare); m != "" {
		bare = bare[len(m):]
	}
	bare = strings.TrimSpace(bare)
	if bare == "" || len(bare) < 200 && nothing.MatchString(bare) {
		return
	}
	start := cutText(bare, headMost)
	n := &deepreview.Note{Kind: kind, Text: bare}
	if m := strongSpan.FindStringSubmatch(start); m != nil {
		n.Title = strings.Trim(strings.TrimSpace(m[2]), " :：.。—–-")
		rest := strings.TrimSpace(strings.TrimLeft(bare[len(m[0]):], " :：.—–-"))
		if label := strings.ToLower(n.Title); label == "strength" || label == "strengths" {
			n.Kind, n.Title, n.Text = deepreview.NoteStrength, "", rest
		} else if label == "concern" || label == "concerns" {
			n.Kind, n.Title, n.Text = deepreview.NoteConcern, "", rest
		} else if rest != "" {
			n.Text = rest
		}
		if n.Title == n.Text || len(n.Title) > 300 {
			n.Title = ""
		}
	}
	if (of == partTesting || of == partDocumentation) && !lackWords.MatchString(start) {
		n.Kind = deepreview.NoteTested
		if of == partDocumentation {
			n.Kind = deepreview.NoteDocumented
		}
	}
	if n.Kind == deepreview.NoteUntested {
		if m := riskMark.FindStringSubmatch(cutText(bare, 300)); m != nil {
			switch strings.ToLower(m[1] + m[2] + m[3]) {
			case "high", "hoch":
				n.Risk = deepreview.RiskHigh
			case "medium", "mittel":
				n.Risk = deepreview.RiskMedium
			case "low", "niedrig":
				n.Risk = deepreview.RiskLow
			}
		}
	}
	if n.Kind == deepreview.NoteCommit {
		if m := shaMark.FindStringSubmatch(cutText(bare, 100)); m != nil {
			n.Commit = m[1]
		}
	}
	for _, f := range placesIn(start, false) {
		loc := f.loc
		if loc.Path = p.paths.find(loc.Path); loc.Path != "" && loc.Start > 0 && len(n.Locations) < 5 {
			n.Locations = append(n.Locations, loc)
		}
	}
	n.ID = p.id("", "N", len(p.rev.Notes)+1)
	p.rev.Notes = append(p.rev.Notes, n)
}

var (
	statusClean   = regexp.MustCompile(`(?i)\bno (?:\w+[ ,]+){0,3}(?:issues?|findings?|problems?|concerns?|comments?|bugs?)\b|\bclean\b|\blgtm\b|\blooks good\b|^\W*ok(?:ay)?\b|✅|✓|keine (?:\w+ )?(?:probleme|befunde|mängel)|无问题|没有问题|未发现`)
	statusTrivial = regexp.MustCompile(`(?i)\btrivial\b|\bmechanical\b|\bwhitespace\b|\bformatting only\b|平凡`)
	statusNot     = regexp.MustCompile(`(?i)\bnot (?:fully |directly |deeply |yet )?(?:reviewed|read|examined|inspected|opened|looked)\b|\bunreviewed\b|\bskipped\b|\bskimmed\b|\bout of scope\b|nicht geprüft|übersprungen|未审查|跳过`)
	statusMade    = regexp.MustCompile(`(?i)^\W*(?:auto-?)?(?:binary|generated|vendored|lock ?file)\b`)
	statusFinding = regexp.MustCompile(`(?i)\b(?:see|findings?|issues?|critical|important|suggestions?|problems?|befunde?)\b|问题`)
	statusRead    = regexp.MustCompile(`(?i)^\W*(?:reviewed|read|examined|geprüft)\b|^\W*已审查`)
	firstSpan     = regexp.MustCompile("^\\**`([^`\n]{1,400})`\\**")
	statusLabel   = regexp.MustCompile(`[A-Z]{1,4}-?\d{1,3}`)
)

// coverage reads what a section states of files: the rows of a table, or the items of a list.
func (p *parser) coverage(b block) {
	for _, l := range b.lines {
		t := strings.TrimSpace(l.text)
		if l.kind != prose || t == "" || len(p.rev.Coverage) >= coverageMost {
			continue
		}
		p.look(t)
		t = cutText(t, headMost)
		var status string
		var found []foundPlace
		if strings.HasPrefix(t, "|") {
			cells := cellsOf(t)
			if name := strings.Trim(cells[0], "`* "); p.paths.named(name) {
				found = []foundPlace{{loc: deepreview.Location{Path: name}}}
			} else if found = placesIn(cells[0], true); len(found) == 0 && len(cells) > 1 {
				found, cells = placesIn(cells[1], true), cells[1:]
			}
			status = strings.Join(cells[1:], " · ")
		} else {
			bare := bulletMark.ReplaceAllString(t, "")
			bare = strings.TrimLeft(strings.TrimPrefix(numberMark.ReplaceAllString(bare, ""), "**"), "✅❌⚠️✓ ")
			if m := firstSpan.FindStringSubmatch(bare); m != nil && p.paths.named(m[1]) {
				found, status = []foundPlace{{loc: deepreview.Location{Path: m[1]}}}, bare[len(m[0]):]
			} else {
				all := placesIn(bare, true)
				if len(all) == 0 || all[0].start > 2 {
					continue
				}
				n, end := leadingPlaces(bare, all)
				found, status = all[:n], bare[min(end, len(bare)):]
			}
		}
		status = trimSeparators(strings.Trim(status, "*` "))
		for _, f := range found {
			path := p.paths.find(f.loc.Path)
			if path == "" {
				continue
			}
			c, ok := p.statusOf(status)
			if !ok {
				p.unclear++
				continue
			}
			c.Path = path
			if c.Status == deepreview.CoverageClean && c.Reason != "" && p.cited(path) { // "Reviewed", and a finding of its own
				c.Status, c.Reason = deepreview.CoverageFindings, ""
			}
			p.rev.Coverage = append(p.rev.Coverage, c)
		}
	}
}

// cited reports whether one of the findings is in the file path.
func (p *parser) cited(path string) bool {
	if p.cites == nil {
		p.cites = map[string]bool{}
		for _, f := range p.rev.Findings {
			for _, l := range f.Locations {
				p.cites[l.Path] = true
			}
		}
	}
	return p.cites[path]
}

// coverageMost bounds the files of a coverage table.
const coverageMost = 20_000

// statusOf reads what is said of a file: false where the words are none that are known, so that nothing is stated of it.
func (p *parser) statusOf(text string) (deepreview.Coverage, bool) {
	c := deepreview.Coverage{Depth: deepreview.DepthRead}
	labelled := false
	for _, label := range statusLabel.FindAllString(text, 50) {
		labelled = labelled || p.taken[label]
	}
	reason := cutText(strings.TrimSpace(text), 300)
	switch {
	case statusNot.MatchString(text), statusMade.MatchString(text) && !statusClean.MatchString(text):
		c.Status, c.Reason, c.Depth = deepreview.CoverageUnreviewed, reason, deepreview.DepthUnset
	case labelled:
		c.Status = deepreview.CoverageFindings
	case statusClean.MatchString(text):
		c.Status = deepreview.CoverageClean
	case statusTrivial.MatchString(text):
		c.Status = deepreview.CoverageTrivial
	case statusFinding.MatchString(text):
		c.Status = deepreview.CoverageFindings
	case statusRead.MatchString(text):
		c.Status, c.Reason = deepreview.CoverageClean, reason
	default:
		return c, false
	}
	return c, true
}
