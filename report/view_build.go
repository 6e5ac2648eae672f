package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/deepreview-go/deepreview"
)

// NewView makes r ready for templates. Every text in it is cleaned and bounded; see [View].
func NewView(r *deepreview.Report) *View {
	var whole deepreview.Report // without the holes that only a broken one has
	if r != nil {
		whole = *r
	}
	whole.Issues, whole.Notes, whole.Reviews = present(whole.Issues), present(whole.Notes), present(whole.Reviews)
	b := &viewBuilder{r: &whole, labels: map[string]int{}, coverage: map[string]map[string]deepreview.Coverage{},
		files: map[string]deepreview.FileSummary{}, issues: map[string]*deepreview.Issue{}, misses: map[[2]string]bool{}}
	b.index()
	return b.view()
}

// present returns list without nils.
func present[T any](list []*T) []*T {
	return slices.DeleteFunc(slices.Clone(list), func(p *T) bool { return p == nil })
}

// viewBuilder holds the look-ups that make a view cheap for a thousand issues.
type viewBuilder struct {
	r         *deepreview.Report
	reviewers []ReviewerView
	labels    map[string]int // reviewer's name → index
	coverage  map[string]map[string]deepreview.Coverage
	files     map[string]deepreview.FileSummary
	issues    map[string]*deepreview.Issue
	misses    map[[2]string]bool // reviewer, issue's ID
	byFile    map[string][]*deepreview.Issue
	anchors   map[*deepreview.Issue]string
}

func (b *viewBuilder) index() {
	add := func(name, label string) {
		if _, ok := b.labels[name]; ok {
			return
		}
		i := len(b.reviewers)
		b.labels[name] = i
		b.reviewers = append(b.reviewers, ReviewerView{Name: cleanLine(name), Label: cleanLine(cmp.Or(label, name)), Index: i,
			Anchor: "review-" + strconv.Itoa(i+1), State: "finished"})
	}
	for _, rev := range b.r.Reviews {
		add(rev.Reviewer, rev.Label)
		m := map[string]deepreview.Coverage{}
		for _, c := range rev.Coverage {
			if _, ok := m[c.Path]; !ok {
				m[c.Path] = c
			}
		}
		b.coverage[rev.Reviewer] = m
	}
	for _, s := range b.r.Scorecards {
		add(s.Reviewer, s.Label)
		for _, id := range s.Misses {
			b.misses[[2]string{s.Reviewer, id}] = true
		}
	}
	for _, f := range b.r.Files {
		b.files[f.Path] = f
	}
	b.byFile, b.anchors = map[string][]*deepreview.Issue{}, map[*deepreview.Issue]string{}
	taken := map[string]bool{}
	for i, is := range b.r.Issues {
		anchor := "issue-" + anchorPart(is.Number, i)
		if taken[anchor] {
			anchor = "issue-" + anchorPart("", i)
		}
		taken[anchor] = true
		b.anchors[is] = anchor
		if _, ok := b.issues[is.ID]; !ok {
			b.issues[is.ID] = is
		}
		seen := map[string]bool{}
		for _, l := range is.Locations {
			if !seen[l.Path] {
				seen[l.Path] = true
				b.byFile[l.Path] = append(b.byFile[l.Path], is)
			}
		}
		for _, s := range is.Sources { // a reviewer without a review or a scorecard still has a column
			add(s.Reviewer, "")
		}
	}
}

func (b *viewBuilder) label(name string) string {
	if i, ok := b.labels[name]; ok {
		return b.reviewers[i].Label
	}
	return cleanLine(name)
}

func (b *viewBuilder) view() *View {
	r := b.r
	v := &View{
		Version:   ViewVersion,
		Date:      date(r.Date),
		Elapsed:   elapsed(r.Elapsed),
		Structure: r.Structure(),
		Summary:   prose(r.Summary),
		Closing:   prose(r.Closing),
		Warnings:  lines(r.Warnings),
		Change:    b.change(),
	}
	v.Verdict = VerdictView{Kind: r.Verdict.Kind.String(), Label: sentence(r.Verdict.Kind.String()), Reason: cleanLine(r.Verdict.Reason),
		Missing: lines(unsaid(r.Verdict)), Complete: len(r.Verdict.Missing) == 0}
	if r.Verdict.Kind == deepreview.VerdictUnset {
		v.Verdict.Label = "No verdict"
	}
	v.Title = cmp.Or(v.Change.Title, v.Change.Repository, v.Change.Range, "Change")
	if p := v.Change.PullRequest; p != nil && v.Change.Title == "" {
		v.Title = p.Text
	}
	v.Counts = counts(r.Counts())
	levels := deepreview.Severities()
	if r.Counts().Unset > 0 {
		levels = append(levels, deepreview.SeverityUnset)
	}
	for _, level := range levels {
		v.Severities = append(v.Severities, SeverityView{Name: level.String()})
	}
	for _, is := range r.Issues {
		iv := b.issue(is)
		k := slices.Index(levels, is.Severity)
		if k < 0 {
			k = len(levels) - 1
		}
		s := &v.Severities[k]
		s.Issues = append(s.Issues, iv)
		if iv.Hidden == "" {
			s.Shown = append(s.Shown, iv)
		} else {
			s.Hidden = append(s.Hidden, iv)
		}
		if iv.Category != "" && !slices.Contains(v.Categories, iv.Category) {
			v.Categories = append(v.Categories, iv.Category)
		}
		if iv.Status != "" && !slices.Contains(v.Statuses, iv.Status) {
			v.Statuses = append(v.Statuses, iv.Status)
		}
	}
	slices.Sort(v.Categories)
	slices.Sort(v.Statuses)
	b.notes(v)
	for _, t := range r.Threads {
		tv := ThreadView{Place: b.place(t.Location), Author: cleanLine(t.Author), URL: webURL(t.URL)}
		for _, c := range t.Comments {
			tv.Comments = append(tv.Comments, prose(c))
		}
		v.Threads = append(v.Threads, tv)
	}
	for _, p := range r.Prior {
		pv := PriorView{Status: cleanLine(string(p.Status)), Reason: cleanLine(p.Reason)}
		if is := p.Issue; is != nil {
			pv.Number, pv.ID, pv.Title, pv.Severity = cleanLine(is.Number), cleanLine(is.ID), cleanLine(is.Title), severity(is.Severity)
			pv.Places = b.places(is.Locations)
			if pv.Reason == "" {
				pv.Resolution = resolution(is.Resolution)
			}
		}
		if p.Status == deepreview.StatusDeclined || p.Status == deepreview.StatusSuppressed {
			v.Settled = append(v.Settled, pv)
		} else {
			v.Prior = append(v.Prior, pv)
		}
	}
	v.Began, v.Span = b.reviews()
	v.Reviewers = b.reviewers
	for _, f := range r.Files {
		v.Files = append(v.Files, b.file(f))
	}
	v.Table = b.table()
	b.ledger(v)
	b.cited(v)
	b.charts(v)
	return v
}

func (b *viewBuilder) change() ChangeView {
	h := &b.r.Change
	c := ChangeView{Repository: cleanLine(h.Repository), Title: cleanLine(h.Title), Author: cleanLine(h.Author), Branch: cleanLine(h.Branch),
		Range: cleanLine(h.Range), Description: prose(h.Description), Base: short(h.Base), Head: short(h.Head), Round: h.Round,
		Files: len(b.r.Files), Excluded: lines(h.Excluded)}
	if p := h.PullRequest; p != nil {
		c.PullRequest = &LinkView{Text: "#" + strconv.Itoa(p.Number), URL: webURL(p.URL)}
		if title := cleanLine(p.Title); title != "" && title != c.Title {
			c.PullRequest.Text += " " + title
		}
	}
	for _, k := range h.Commits {
		c.Commits = append(c.Commits, CommitView{Short: short(k.ID), Subject: cleanLine(k.Subject), Author: cleanLine(k.Author), Date: date(k.Date),
			Body: prose(k.Body), URL: expand(h.CommitURL, "{commit}", k.ID)})
	}
	for _, f := range b.r.Files {
		c.Added += f.Added
		c.Deleted += f.Deleted
	}
	return c
}

func (b *viewBuilder) issue(is *deepreview.Issue) *IssueView {
	v := &IssueView{ID: cleanLine(is.ID), Number: cleanLine(is.Number), Anchor: b.anchors[is],
		Title: cleanLine(is.Title), Severity: severity(is.Severity), Category: cleanLine(string(is.Category)), Topic: cleanLine(string(is.Topic)),
		Status: cleanLine(string(is.Status)), StatusReason: cleanLine(is.StatusReason), Hidden: cleanLine(is.Hidden), Detail: prose(is.Detail), Impact: prose(is.Impact),
		Patch: cleanCode(bounded(is.Patch, maxPatch)), Reported: is.Reported, Read: is.Read, Reasons: lines(is.Reasons),
		Survival: percent(is.Survival), Resolution: resolution(is.Resolution)}
	if is.Fix != nil {
		v.Fix = prose(is.Fix.Text)
	}
	if o := is.Odds; o != (deepreview.Odds{}) {
		v.Odds = []CountView{{"critical", percent(o.Critical)}, {"important", percent(o.Important)}, {"suggestion", percent(o.Suggestion)}}
	}
	for k, e := range is.Excerpts {
		v.Excerpts = append(v.Excerpts, b.excerpt(e, v.Anchor+"-code-"+strconv.Itoa(k+1), k < 2))
	}
	v.Places = b.places(is.Locations)
	for p := range v.Places {
		for l := range v.Places[p].Lines {
			if place := &v.Places[p].Lines[l]; place.URL == "" {
				place.URL = excerptAnchor(v.Excerpts, is.Excerpts, v.Places[p], place.Text)
			}
		}
	}
	v.Panel = b.panel(is)
	for _, s := range v.Panel {
		switch s.Kind {
		case "raised":
			v.Raised = append(v.Raised, s)
		case "silent":
			v.Silent = append(v.Silent, s)
		}
	}
	for _, m := range is.Merges {
		mv := MergeView{Claim: cleanLine(m.Claim.String()), With: cleanLine(m.With.String()), Score: percent(m.Score), Threshold: percent(m.Threshold)}
		for _, e := range m.Evidence {
			mv.Evidence = append(mv.Evidence, EvidenceView{cleanLine(e.Name), fmt.Sprintf("%+.2f", e.Weight)})
		}
		v.Merges = append(v.Merges, mv)
	}
	for _, c := range is.Checks {
		v.Checks = append(v.Checks, CheckView{Claim: cleanLine(c.Claim.String()), Name: cleanLine(c.Name), Detail: cleanLine(c.Detail), Holds: c.Holds,
			Evidence: b.placeList(c.Evidence)})
	}
	for _, s := range is.Sources {
		if len(s.Anchoring) > 0 {
			v.Anchoring = append(v.Anchoring, AnchoringView{cleanLine(s.Ref().String()), lines(s.Anchoring)})
		}
	}
	if w := is.Verification; w != nil {
		v.Verification = &VerificationView{Status: cleanLine(string(w.Status)), By: cleanLine(w.By), Reason: cleanLine(w.Reason),
			Evidence: b.placeList(w.Evidence)}
	}
	return v
}

// panel says for each reviewer how it stands to is.
func (b *viewBuilder) panel(is *deepreview.Issue) []StanceView {
	out := make([]StanceView, len(b.reviewers))
	for i := range out {
		out[i] = StanceView{Reviewer: b.reviewers[i].Name, Label: b.reviewers[i].Label, Index: i, Kind: "absent"}
	}
	high := make([]deepreview.Severity, len(out))
	for _, s := range is.Sources {
		i := b.labels[s.Reviewer]
		st := &out[i]
		st.Kind = "raised"
		st.Claims = append(st.Claims, cleanLine(s.Finding))
		if s.Severity >= high[i] {
			high[i] = s.Severity
			st.Severity = severity(s.Severity)
		}
		if st.Category == "" {
			st.Category = cleanLine(string(s.Category))
		}
	}
	for name, i := range b.labels {
		st := &out[i]
		if st.Kind == "raised" {
			st.Differs = high[i] != is.Severity
			continue
		}
		cover := b.coverage[name]
		for _, l := range is.Locations {
			c, ok := cover[l.Path]
			switch {
			case !ok || !c.Looked():
			case c.Read():
				if st.Kind != "silent" || weight(c.Status) > weight(deepreview.CoverageStatus(st.Marked)) {
					st.Kind, st.Marked = "silent", cleanLine(string(c.Status))
				}
			case st.Kind == "absent":
				st.Kind = "scanned"
			}
		}
		st.Missed = b.misses[[2]string{name, is.ID}]
	}
	return out
}

// weight orders what a reviewer says of an issue's files: "clean" says most against it.
func weight(s deepreview.CoverageStatus) int {
	switch s {
	case deepreview.CoverageClean:
		return 3
	case deepreview.CoverageTrivial:
		return 2
	case deepreview.CoverageFindings:
		return 1
	}
	return 0
}

func (b *viewBuilder) excerpt(e deepreview.Excerpt, anchor string, first bool) *ExcerptView {
	v := &ExcerptView{Anchor: anchor, Path: cleanLine(e.Path), Old: e.Old, Cut: e.Cut, First: first}
	last := e.Start + len(e.Lines) - 1
	v.Range = lineRange(e.Start, last)
	v.URL = b.fileURL(deepreview.Location{Path: e.Path, Start: e.Start, End: last, Old: e.Old})
	cited := map[int]bool{}
	for _, n := range e.Cited {
		cited[n] = true
	}
	for i, l := range e.Lines {
		l = strings.ReplaceAll(cleanCode(bounded(l, maxLine)), "\n", "␊")
		v.Lines = append(v.Lines, LineView{Number: e.Start + i, Text: l, Cited: cited[e.Start+i]})
	}
	return v
}

// places groups locations by file, in their order. A range inside another one of its file is left out unless it has a label.
func (b *viewBuilder) places(locations []deepreview.Location) []PlacesView {
	var out []PlacesView
	index := map[deepreview.Location]int{}
	over := len(locations) - maxPlaces
	if over > 0 {
		locations = locations[:maxPlaces]
	}
	for i, l := range locations {
		if l.Label == "" && slices.ContainsFunc(locations, func(o deepreview.Location) bool { return within(l, o) }) ||
			slices.Index(locations[:i], l) >= 0 {
			continue
		}
		key := deepreview.Location{Path: l.Path, Old: l.Old}
		k, ok := index[key]
		if !ok {
			k = len(out)
			index[key] = k
			out = append(out, PlacesView{Path: cleanLine(l.Path), Old: l.Old})
		}
		out[k].Lines = append(out[k].Lines, b.place(l))
	}
	if over > 0 {
		out = append(out, PlacesView{Path: fmt.Sprintf("… and %d more places", over)})
	}
	return out
}

// within reports whether l says no more than o, which is wider.
func within(l, o deepreview.Location) bool {
	return l.Path == o.Path && l.Old == o.Old && l.Start > 0 && o.Start > 0 && o.Start <= l.Start && l.Last() <= o.Last() &&
		o.Last()-o.Start > l.Last()-l.Start
}

func (b *viewBuilder) place(l deepreview.Location) PlaceView {
	text := "whole file"
	if l.Start > 0 {
		text = lineRange(l.Start, l.Last())
	}
	return PlaceView{Text: text, Full: cleanLine(l.String()), Label: cleanLine(l.Label), URL: b.fileURL(l)}
}

func (b *viewBuilder) placeList(locations []deepreview.Location) []PlaceView {
	var out []PlaceView
	for _, l := range locations {
		out = append(out, b.place(l))
	}
	return out
}

// fileURL leads to l at the forge; empty where that is not known.
func (b *viewBuilder) fileURL(l deepreview.Location) string {
	h := &b.r.Change
	commit := h.Head
	if l.Old {
		commit = h.Base
	}
	if commit == "" || h.FileURL == "" || l.Path == "" {
		return ""
	}
	start := max(l.Start, 1)
	return expand(h.FileURL, "{commit}", commit, "{path}", l.Path, "{start}", strconv.Itoa(start), "{end}", strconv.Itoa(max(l.Last(), start)))
}

// excerptAnchor leads to the excerpt that shows the first line of place.
func excerptAnchor(views []*ExcerptView, excerpts []deepreview.Excerpt, in PlacesView, text string) string {
	first, _, _ := strings.Cut(text, "–")
	n, err := strconv.Atoi(first)
	for i, e := range excerpts {
		if views[i].Path == in.Path && e.Old == in.Old && (err != nil || n >= e.Start && n < e.Start+len(e.Lines)) {
			return "#" + views[i].Anchor
		}
	}
	return ""
}

func (b *viewBuilder) notes(v *View) {
	commits := map[string]int{}
	for i, c := range b.r.Change.Commits {
		cv := v.Change.Commits[i]
		v.Commits = append(v.Commits, cv)
		commits[c.ID] = i
	}
	for _, n := range b.r.Notes {
		nv := NoteView{Kind: cleanLine(string(n.Kind)), Title: cleanLine(n.Title), Text: prose(n.Text), Commit: short(n.Commit), Places: b.places(n.Locations)}
		if n.Risk != deepreview.RiskUnset {
			nv.Risk = n.Risk.String()
		}
		for _, name := range n.Names() {
			i, ok := b.labels[name]
			if !ok {
				i = -1
			}
			nv.Badges = append(nv.Badges, StanceView{Reviewer: cleanLine(name), Label: b.label(name), Index: i, Kind: "raised"})
		}
		switch n.Kind {
		case deepreview.NoteConcern:
			v.Concerns = append(v.Concerns, nv)
		case deepreview.NoteStrength:
			v.Strengths = append(v.Strengths, nv)
		case deepreview.NoteTested:
			v.Tested = append(v.Tested, nv)
		case deepreview.NoteUntested:
			v.Untested = append(v.Untested, nv)
		case deepreview.NoteDocumented:
			v.Documented = append(v.Documented, nv)
		case deepreview.NoteDocumentationGap:
			v.DocumentationGaps = append(v.DocumentationGaps, nv)
		case deepreview.NoteLimitation:
			v.Limitations = append(v.Limitations, nv)
		case deepreview.NoteCommit:
			at := -1
			for i, c := range b.r.Change.Commits {
				if n.Commit != "" && (strings.HasPrefix(c.ID, n.Commit) || strings.HasPrefix(n.Commit, c.ID) && c.ID != "") {
					at = i
					break
				}
			}
			if at >= 0 {
				v.Commits[at].Notes = append(v.Commits[at].Notes, nv)
			} else {
				v.CommitNotes = append(v.CommitNotes, nv)
			}
		default:
			v.OtherNotes = append(v.OtherNotes, nv)
		}
	}
}

// cited numbers the files that issues cite.
func (b *viewBuilder) cited(v *View) {
	paths := slices.Sorted(maps.Keys(b.byFile))
	index := map[string]int{}
	for i, p := range paths {
		index[p] = i
		v.Cited = append(v.Cited, CitedView{i, cleanLine(p), len(b.byFile[p])})
	}
	views := map[string]*IssueView{} // by anchor, which is unique
	for _, s := range v.Severities {
		for _, iv := range s.Issues {
			views[iv.Anchor] = iv
		}
	}
	for _, p := range paths {
		for _, is := range b.byFile[p] {
			iv := views[b.anchors[is]]
			iv.Cited = append(iv.Cited, index[p])
		}
	}
}

// reviews fills in what came of each reviewer, and its review as it came. It returns the ends of the time line.
func (b *viewBuilder) reviews() (began, span string) {
	var first, last time.Time
	for _, rev := range b.r.Reviews {
		if rev.Started.IsZero() || rev.Duration <= 0 {
			continue
		}
		if first.IsZero() || rev.Started.Before(first) {
			first = rev.Started
		}
		if end := rev.Started.Add(rev.Duration); end.After(last) {
			last = end
		}
	}
	whole := last.Sub(first)
	for _, rev := range b.r.Reviews {
		v := &b.reviewers[b.labels[rev.Reviewer]]
		v.Vendor, v.Model, v.Verdict = cleanLine(rev.Vendor), cleanLine(rev.Model), cleanLine(rev.Verdict)
		v.Duration = clock(rev.Duration)
		if !rev.Started.IsZero() {
			v.Started = rev.Started.UTC().Format("15:04:05 UTC")
			if whole > 0 && rev.Duration > 0 {
				v.BarStart = int(100 * rev.Started.Sub(first) / whole)
				v.BarWidth = max(1, int(100*rev.Duration/whole))
			}
		}
		v.Passes = rev.Passes
		if rev.Failure != nil {
			v.State = "failed"
			if rev.Failure.Kind == deepreview.FailureSkipped {
				v.State = "skipped"
			}
			v.Failure = cleanLine(string(rev.Failure.Kind) + ": " + rev.Failure.Message)
		}
		v.Summary, v.Repairs = prose(rev.Summary), lines(rev.Repairs)
		v.Transcript = Prose(cleanProse(rev.Transcript, maxTranscript))
		for _, f := range present(rev.Findings) {
			v.Findings = append(v.Findings, b.finding(f))
		}
		for _, n := range present(rev.Notes) {
			nv := NoteView{Kind: cleanLine(string(n.Kind)), Title: cleanLine(n.Title), Text: prose(n.Text), Commit: short(n.Commit), Places: b.places(n.Locations)}
			if n.Risk != deepreview.RiskUnset {
				nv.Risk = n.Risk.String()
			}
			v.Notes = append(v.Notes, nv)
		}
	}
	for _, s := range b.r.Scorecards {
		v := &b.reviewers[b.labels[s.Reviewer]]
		v.Duration = cmp.Or(v.Duration, clock(s.Duration))
		v.Kept = counts(s.Kept)
		for _, m := range s.Retro {
			v.Retro = append(v.Retro, RemarkView{cleanLine(m.Aspect), prose(m.Text)})
		}
		if s.Failure != nil && v.Failure == "" {
			v.State, v.Failure = "failed", cleanLine(string(s.Failure.Kind)+": "+s.Failure.Message)
		}
	}
	if whole <= 0 {
		return "", ""
	}
	return first.UTC().Format("15:04:05 UTC"), clock(whole)
}

func (b *viewBuilder) finding(f *deepreview.Finding) FindingView {
	v := FindingView{ID: cleanLine(f.ID), Title: cleanLine(f.Title), Severity: severity(f.Severity), RawSeverity: cleanLine(f.RawSeverity),
		Category: cleanLine(string(f.Category)), Topic: cleanLine(string(f.Topic)), Rule: cleanLine(f.Rule), Confidence: percent(f.Confidence),
		Detail: prose(f.Detail), Impact: prose(f.Impact), Quote: cleanCode(bounded(f.Quote, maxProse)), Places: b.places(f.Locations)}
	if f.Fix != nil {
		v.Fix = prose(f.Fix.Text)
		for _, e := range f.Fix.Edits {
			at := lineRange(e.Start, e.End)
			if e.End < e.Start {
				at = "before " + strconv.Itoa(e.Start)
			}
			v.Edits = append(v.Edits, EditView{cleanLine(e.Path), at, cleanCode(bounded(e.New, maxProse))})
		}
	}
	return v
}

func (b *viewBuilder) file(f deepreview.FileSummary) FileView {
	v := FileView{Path: cleanLine(f.Path), OldPath: cleanLine(f.OldPath), Status: cleanLine(string(f.Status)), Added: f.Added, Deleted: f.Deleted,
		Note: cleanLine(f.Unreadable)}
	if v.Note == "" && f.Binary {
		v.Note = "binary"
	}
	issues := b.byFile[f.Path]
	for _, is := range issues {
		v.Issues = append(v.Issues, b.link(is.ID))
	}
	byIndex := make([]string, len(b.reviewers))
	for name, i := range b.labels {
		byIndex[i] = name
	}
	for _, name := range byIndex {
		c, ok := b.coverage[name][f.Path]
		cell := CellView{Status: "not stated"}
		if ok {
			cell.Status, cell.Reason = cleanLine(string(c.Status)), cleanLine(c.Reason)
			switch c.Status {
			case deepreview.CoverageClean, deepreview.CoverageTrivial, deepreview.CoverageFindings:
				cell.Scanned = !c.Read()
			default:
				cell.Status = "unreviewed"
			}
			if c.Status == deepreview.CoverageClean || c.Status == deepreview.CoverageTrivial {
				cell.Missed = slices.ContainsFunc(issues, func(is *deepreview.Issue) bool { return b.misses[[2]string{name, is.ID}] })
			}
		}
		v.Cells = append(v.Cells, cell)
	}
	return v
}

// link leads to the issue with this ID.
func (b *viewBuilder) link(id string) LinkView {
	is := b.issues[id]
	if is == nil {
		return LinkView{Text: cleanLine(id)}
	}
	return LinkView{Text: cleanLine(is.Number), URL: "#" + b.anchors[is]}
}

func (b *viewBuilder) table() []RowView {
	cards := make([]*deepreview.Scorecard, len(b.reviewers))
	for i := range b.r.Scorecards {
		s := &b.r.Scorecards[i]
		cards[b.labels[s.Reviewer]] = s
	}
	var rows []RowView
	add := func(name string, cell func(s *deepreview.Scorecard) string) {
		row := RowView{Name: name}
		for i, s := range cards {
			text := "–"
			switch {
			case s != nil:
				text = cmp.Or(cell(s), "–")
			case name == "Duration":
				text = cmp.Or(b.reviewers[i].Duration, "–")
			}
			row.Cells = append(row.Cells, text)
		}
		rows = append(rows, row)
	}
	number := func(n int) string { return thousands(int64(n)) }
	known := func(n int64) string {
		if n == 0 {
			return ""
		}
		return thousands(n)
	}
	add("Duration", func(s *deepreview.Scorecard) string { return clock(s.Duration) })
	add("Critical / important / suggestion as raised", func(s *deepreview.Scorecard) string {
		text := fmt.Sprintf("%d / %d / %d", s.Raised.Critical, s.Raised.Important, s.Raised.Suggestion)
		if s.Raised.Unset > 0 {
			text += fmt.Sprintf(" (%d without)", s.Raised.Unset)
		}
		return text
	})
	add("Design observations", func(s *deepreview.Scorecard) string { return number(s.Observations) })
	add("False positives", func(s *deepreview.Scorecard) string { return number(s.DroppedAs(deepreview.DropFalsePositive)) })
	add("Downgraded / dropped", func(s *deepreview.Scorecard) string {
		var kinds []string
		for _, d := range s.Dropped {
			if d.Count > 0 {
				kinds = append(kinds, fmt.Sprintf("%d %s", d.Count, cleanLine(string(d.Kind))))
			}
		}
		return fmt.Sprintf("%d / %s", len(s.Downgraded), cmp.Or(strings.Join(kinds, ", "), "0"))
	})
	add("Unique insights", func(s *deepreview.Scorecard) string { return number(len(s.Unique)) })
	add("Files reviewed", func(s *deepreview.Scorecard) string {
		if s.FilesRead < s.FilesReviewed {
			return fmt.Sprintf("%d (%d read)", s.FilesReviewed, s.FilesRead)
		}
		return number(s.FilesReviewed)
	})
	add("Coverage misses", func(s *deepreview.Scorecard) string { return number(len(s.Misses)) })
	add("Tool calls", func(s *deepreview.Scorecard) string { return known(int64(s.Usage.ToolCalls)) })
	add("Tokens in / out", func(s *deepreview.Scorecard) string {
		if s.Usage.TokensIn == 0 && s.Usage.TokensOut == 0 {
			return ""
		}
		return thousands(s.Usage.TokensIn) + " / " + thousands(s.Usage.TokensOut)
	})
	add("Cost", func(s *deepreview.Scorecard) string {
		if !s.Usage.Priced {
			return ""
		}
		return fmt.Sprintf("$%.2f", s.Usage.Cost)
	})
	return rows
}

func (b *viewBuilder) ledger(v *View) {
	var raised deepreview.SeverityCount
	for _, d := range b.r.Ledger {
		if !d.Note {
			raised.Add(d.Raised)
		}
		c := ClaimView{Claim: cleanLine(d.Claim.String()), Reviewer: b.label(d.Claim.Reviewer), Title: cleanLine(d.Title), Note: d.Note,
			Outcome: cleanLine(string(d.Outcome)), Drop: cleanLine(string(d.Drop)), Downgraded: d.Downgraded(), Rule: cleanLine(d.Rule),
			Reason: cleanLine(d.Reason), Score: percent(d.Score)}
		if d.Raised != deepreview.SeverityUnset {
			c.Raised = severity(d.Raised)
		}
		if d.Final != deepreview.SeverityUnset {
			c.Final = severity(d.Final)
		}
		for _, id := range d.Issues {
			c.Issues = append(c.Issues, b.link(id))
		}
		v.Ledger = append(v.Ledger, c)
	}
	v.Raised, v.Final = counts(raised), counts(b.r.Counts())
}

func counts(n deepreview.SeverityCount) []CountView {
	out := []CountView{{"critical", n.Critical}, {"important", n.Important}, {"suggestion", n.Suggestion}}
	if n.Unset > 0 {
		out = append(out, CountView{"unset", n.Unset})
	}
	return out
}

// severity returns the word of s; a number that is none of ours is unset.
func severity(s deepreview.Severity) string {
	if !slices.Contains(deepreview.Severities(), s) {
		s = deepreview.SeverityUnset
	}
	return s.String()
}

func resolution(r *deepreview.Resolution) *ResolutionView {
	if r == nil {
		return nil
	}
	return &ResolutionView{As: cleanLine(string(r.As)), Why: cleanLine(r.Why), By: cleanLine(r.By), Date: date(r.Date)}
}

// unsaid is what is missing and is not the verdict's reason already.
func unsaid(v deepreview.Verdict) []string {
	return slices.DeleteFunc(slices.Clone(v.Missing), func(s string) bool { return s == v.Reason })
}

func prose(s string) Prose { return Prose(cleanProse(s, maxProse)) }

func lines(list []string) []string {
	var out []string
	for _, s := range list {
		out = append(out, cleanLine(s))
	}
	return out
}

// bounded cuts s at n bytes and says so.
func bounded(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return cutAt(s, n) + "…"
}

// anchorPart makes part of a fragment of an issue's number; the position in the report stands in for one that has other
// characters than letters and digits.
func anchorPart(number string, i int) string {
	if number == "" || len(number) > 12 || strings.ContainsFunc(number, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9')
	}) {
		return "n" + strconv.Itoa(i+1)
	}
	return number
}

func lineRange(start, end int) string {
	if end <= start {
		return strconv.Itoa(start)
	}
	return strconv.Itoa(start) + "–" + strconv.Itoa(end)
}

func percent(p float64) int {
	if !(p > 0) { // also for what is no number
		return 0
	}
	return int(min(p, 1)*100 + 0.5)
}

func short(id string) string {
	id = cleanLine(id)
	if len(id) >= 40 && !strings.ContainsFunc(id, func(r rune) bool { return r > 0x7f }) {
		return id[:7]
	}
	return id
}

func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}

// elapsed is "14 min 40 s".
func elapsed(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	s := int(d.Round(time.Second) / time.Second)
	h, m, s := s/3600, s/60%60, s%60
	switch {
	case h > 0:
		return fmt.Sprintf("%d h %d min", h, m)
	case m > 0:
		return fmt.Sprintf("%d min %d s", m, s)
	}
	return fmt.Sprintf("%d s", s)
}

// clock is "6:10", or "1:02:03".
func clock(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	s := int(d.Round(time.Second) / time.Second)
	if h := s / 3600; h > 0 {
		return fmt.Sprintf("%d:%02d:%02d", h, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// thousands is "12,345".
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func sentence(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// expand puts values into a template for a link, each escaped for its place. What does not come out as a link to the web is
// no link.
func expand(template string, pairs ...string) string {
	if template == "" {
		return ""
	}
	escaped := make([]string, len(pairs))
	for i, p := range pairs {
		if i%2 == 1 {
			p = pathEscape(p)
		}
		escaped[i] = p
	}
	return webURL(strings.NewReplacer(escaped...).Replace(template))
}

// webURL returns s if it leads to the web, else "".
func webURL(s string) string {
	u := safeURL(s)
	if strings.HasPrefix(strings.ToLower(u), "mailto:") {
		return ""
	}
	return u
}
