package report

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"math"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/deepreview-go/deepreview"
)

// SARIF writes a report as a log of SARIF 2.1.0 with one run, for code scanning and for viewers.
//
// A result is an issue. Its rule is that of the linter that raised it, or "deepreview-" and its topic; its level is error, warning
// or note for critical, important and suggestion; its rank is a hundred times its survival; its partial fingerprint is
// [deepreview.Issue.ID]. The places beside the first are related locations, and those of each claim, in its own order, a code flow.
// Lines from before the change or from an earlier round are told in words, since a region would count in the file as it is now; such a
// place, as that of a whole file, has an empty region. An issue that cites no place has the location ".", the repository.
//
// What a person declined, a second look refuted or the user's score folds away is suppressed, with the reason, and so is what a comment in the code silences. Of the round before,
// a fixed issue is absent, with kind "pass"; one that nobody raised again though its code is unchanged is of kind "review", and one
// whose file nobody looked at is of kind "open", never absent. A reader that knows neither suppressions nor kinds shows all of them.
//
// The invocation was successful if every reviewer finished and every file was read; what was not done is in its notifications.
// What SARIF cannot hold is left out: notes, threads, the ledger, scorecards, the reviews as they came.
type SARIF struct {
	// Version is the version of the program, "1.2.3"; empty means that of this module in the program's build.
	Version string
}

// sarifSchema is where the final schema of SARIF 2.1.0 is published.
const sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

// sarifRoot is the usual name of the folder that paths are relative to.
const sarifRoot = "SRCROOT"

// The parts of SARIF 2.1.0 that are written here.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool struct {
			Driver sarifDriver `json:"driver"`
		} `json:"tool"`
		Automation  sarifAutomation          `json:"automationDetails"`
		Invocations []sarifInvocation        `json:"invocations"`
		Provenance  []sarifProvenance        `json:"versionControlProvenance,omitempty"`
		Bases       map[string]sarifArtifact `json:"originalUriBaseIds"`
		Artifacts   []sarifFile              `json:"artifacts,omitempty"`
		ColumnKind  string                   `json:"columnKind"`
		Language    string                   `json:"language"`
		Results     []sarifResult            `json:"results"`
		Properties  sarifRunProperties       `json:"properties"`
	}
	sarifDriver struct {
		Name            string       `json:"name"`
		Organization    string       `json:"organization"`
		Version         string       `json:"version"`
		SemanticVersion string       `json:"semanticVersion,omitempty"`
		URL             string       `json:"informationUri"`
		Short           sarifText    `json:"shortDescription"`
		Rules           []*sarifRule `json:"rules"`
		Notifications   []*sarifRule `json:"notifications,omitempty"`
	}
	sarifText struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}
	sarifRule struct {
		ID         string          `json:"id"`
		Name       string          `json:"name,omitempty"`
		Short      sarifText       `json:"shortDescription"`
		Full       sarifText       `json:"fullDescription"`
		Help       *sarifText      `json:"help,omitempty"`
		HelpURL    string          `json:"helpUri,omitempty"`
		Default    *sarifLevel     `json:"defaultConfiguration,omitempty"`
		Properties *sarifRuleExtra `json:"properties,omitempty"`
	}
	sarifLevel struct {
		Level string `json:"level"`
	}
	sarifRuleExtra struct {
		Tags []string `json:"tags"`
	}
	sarifAutomation struct {
		ID          string    `json:"id"`
		Description sarifText `json:"description"`
	}
	sarifInvocation struct {
		Start         string              `json:"startTimeUtc,omitempty"`
		End           string              `json:"endTimeUtc,omitempty"`
		Successful    bool                `json:"executionSuccessful"`
		Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNotification struct {
		Descriptor sarifDescriptor `json:"descriptor"`
		Level      string          `json:"level"`
		Message    sarifText       `json:"message"`
		Locations  []sarifLocation `json:"locations,omitempty"`
	}
	sarifDescriptor struct {
		ID    string `json:"id"`
		Index int    `json:"index"`
	}
	sarifProvenance struct {
		Repository string        `json:"repositoryUri"`
		Revision   string        `json:"revisionId,omitempty"`
		Branch     string        `json:"branch,omitempty"`
		MappedTo   sarifArtifact `json:"mappedTo"`
	}
	// sarifArtifact is an artifactLocation.
	sarifArtifact struct {
		URI         string     `json:"uri,omitempty"`
		Base        string     `json:"uriBaseId,omitempty"`
		Index       *int       `json:"index,omitempty"`
		Description *sarifText `json:"description,omitempty"`
	}
	// sarifFile is an artifact.
	sarifFile struct {
		Location   sarifArtifact  `json:"location"`
		Roles      []string       `json:"roles,omitempty"`
		Properties sarifFileExtra `json:"properties"`
	}
	sarifFileExtra struct {
		Status     string   `json:"status,omitempty"`
		OldPath    string   `json:"oldPath,omitempty"`
		ReadBy     []string `json:"readBy,omitempty"`
		ScannedBy  []string `json:"scannedBy,omitempty"`
		Unreadable string   `json:"unreadable,omitempty"`
	}
	sarifRegion struct {
		StartLine   int  `json:"startLine,omitempty"`
		StartColumn int  `json:"startColumn,omitempty"`
		EndLine     int  `json:"endLine,omitempty"`
		EndColumn   int  `json:"endColumn,omitempty"`
		CharOffset  *int `json:"charOffset,omitempty"`
		CharLength  *int `json:"charLength,omitempty"`
	}
	sarifLocation struct {
		ID       int            `json:"id,omitempty"`
		Physical *sarifPhysical `json:"physicalLocation,omitempty"`
		Message  *sarifText     `json:"message,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifResult struct {
		Rule         string             `json:"ruleId"`
		RuleIndex    int                `json:"ruleIndex"`
		Kind         string             `json:"kind,omitempty"`
		Level        string             `json:"level"`
		Rank         float64            `json:"rank,omitempty"`
		Message      sarifText          `json:"message"`
		Locations    []sarifLocation    `json:"locations,omitempty"`
		Related      []sarifLocation    `json:"relatedLocations,omitempty"`
		Flows        []sarifFlow        `json:"codeFlows,omitempty"`
		Fixes        []sarifFix         `json:"fixes,omitempty"`
		Suppressions []sarifSuppression `json:"suppressions,omitempty"`
		Baseline     string             `json:"baselineState,omitempty"`
		Fingerprints map[string]string  `json:"partialFingerprints"`
		Properties   sarifResultExtra   `json:"properties"`
	}
	sarifFlow struct {
		Message sarifText         `json:"message"`
		Threads []sarifThreadFlow `json:"threadFlows"`
	}
	sarifThreadFlow struct {
		Locations []sarifStep `json:"locations"`
	}
	sarifStep struct {
		Location sarifLocation `json:"location"`
	}
	sarifFix struct {
		Description sarifText     `json:"description"`
		Changes     []sarifChange `json:"artifactChanges"`
	}
	sarifChange struct {
		Artifact     sarifArtifact      `json:"artifactLocation"`
		Replacements []sarifReplacement `json:"replacements"`
	}
	sarifReplacement struct {
		Deleted  sarifRegion `json:"deletedRegion"`
		Inserted sarifText   `json:"insertedContent"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Status        string `json:"status"`
		Justification string `json:"justification"`
	}
	// sarifResultExtra are the properties of a result.
	sarifResultExtra struct {
		Number       string             `json:"number,omitempty"`
		Severity     string             `json:"severity"`
		Category     string             `json:"category,omitempty"`
		Topic        string             `json:"topic,omitempty"`
		Status       string             `json:"status,omitempty"`
		StatusReason string             `json:"statusReason,omitempty"`
		Since        int                `json:"sinceRound,omitempty"`
		Symbols      []string           `json:"symbols,omitempty"`
		Survival     float64            `json:"survival,omitempty"`
		Odds         *deepreview.Odds   `json:"odds,omitempty"`
		Votes        *sarifVotes        `json:"votes,omitempty"`
		Reviewers    []sarifVoter       `json:"reviewers,omitempty"`
		Reasons      []string           `json:"reasons,omitempty"`
		Verification *sarifVerification `json:"verification,omitempty"`
	}
	sarifVotes struct {
		Reported int `json:"reported"`
		Read     int `json:"read"`
	}
	sarifVoter struct {
		Name        string  `json:"name"`
		Label       string  `json:"label"`
		Finding     string  `json:"finding"`
		Severity    string  `json:"severity,omitempty"`
		RawSeverity string  `json:"rawSeverity,omitempty"`
		Category    string  `json:"category,omitempty"`
		Confidence  float64 `json:"confidence,omitempty"`
	}
	sarifVerification struct {
		Status string `json:"status"`
		By     string `json:"by,omitempty"`
		Reason string `json:"reason,omitempty"`
	}
	// sarifRunProperties are the properties of the run.
	sarifRunProperties struct {
		Verdict     sarifVerdict    `json:"verdict"`
		Structure   string          `json:"structure"`
		Fingerprint string          `json:"fingerprint,omitempty"`
		Round       int             `json:"round,omitempty"`
		Title       string          `json:"title,omitempty"`
		PullRequest string          `json:"pullRequest,omitempty"`
		Base        string          `json:"base,omitempty"`
		Reviewers   []sarifReviewer `json:"reviewers,omitempty"`
	}
	sarifVerdict struct {
		Kind    string   `json:"kind"`
		Reason  string   `json:"reason,omitempty"`
		Missing []string `json:"missing,omitempty"`
	}
	sarifReviewer struct {
		Name    string  `json:"name"`
		Label   string  `json:"label"`
		Vendor  string  `json:"vendor,omitempty"`
		Model   string  `json:"model,omitempty"`
		State   string  `json:"state"`
		Seconds float64 `json:"durationSeconds,omitempty"`
	}
)

// What a notification is about; their IDs do not change.
var sarifNotes = []struct{ id, name, about string }{
	{"reviewer-failed", "ReviewerFailed", "A reviewer did not finish: what it returned still counts, and what it would have found is not known."},
	{"reviewer-skipped", "ReviewerSkipped", "A reviewer declined the change."},
	{"file-unread", "FileUnread", "Nobody read a changed file: that it has no results does not make it clean."},
	{"file-excluded", "FileExcluded", "A changed file was left out of the review at the user's wish."},
	{"incomplete", "IncompleteReview", "Something that the review should have done was not done."},
	{"remark", "ReportRemark", "Something to know about the report itself."},
}

// Render implements [Renderer].
func (s SARIF) Render(w io.Writer, r *deepreview.Report) error {
	b := &sarifBuilder{digest: digested(r), files: map[string]int{}, rules: map[string]int{}, notes: map[string]int{}}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{b.build(s.Version)}})
}

type sarifBuilder struct {
	*digest
	run   sarifRun
	files map[string]int // path → index of the artifact
	rules map[string]int // ID → index of the rule
	notes map[string]int // ID → index of the notification's descriptor
}

func (b *sarifBuilder) build(version string) sarifRun {
	r := b.r
	d := &b.run.Tool.Driver
	d.Name, d.Organization, d.URL = toolName, toolName+"-go", toolURL
	d.Rules = []*sarifRule{}
	d.Short = sarifText{Text: "A panel of reviewers examines a change, and one report is made of what they found."}
	if d.Version = cleanLine(version); d.Version == "" {
		d.Version = moduleVersion()
	}
	if semantic.MatchString(d.Version) {
		d.SemanticVersion = d.Version
	}
	b.run.Automation = b.automation()
	b.run.Bases = map[string]sarifArtifact{sarifRoot: {Description: &sarifText{Text: "The root of the repository."}}}
	b.run.ColumnKind, b.run.Language = "unicodeCodePoints", "en-US"
	if at := repositoryURL(r.Change); at != "" {
		b.run.Provenance = []sarifProvenance{{Repository: at, Revision: cleanLine(r.Change.Head), Branch: cleanLine(r.Change.Branch),
			MappedTo: sarifArtifact{Base: sarifRoot}}}
	}
	b.artifacts()
	b.invocation()
	b.run.Results = []sarifResult{}
	for i := range b.entries {
		b.run.Results = append(b.run.Results, b.result(&b.entries[i]))
	}
	b.properties()
	return b.run
}

// semantic is a version that semantic versioning knows.
var semantic = regexp.MustCompile(`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`)

// moduleVersion is the version of this module that the program was built with, as far as its build says.
func moduleVersion() string {
	const module = "github.com/deepreview-go/deepreview"
	if info, ok := debug.ReadBuildInfo(); ok {
		found := info.Main
		for _, dep := range info.Deps {
			if dep.Path == module {
				found = *dep
			}
		}
		if v := strings.TrimPrefix(found.Version, "v"); found.Path == module && semantic.MatchString(v) {
			return v
		}
	}
	return "0.0.0-unreleased"
}

// automation names the run. Code scanning takes what stands before the last slash as the category, within which alerts of runs are
// compared: it is the same for every change.
func (b *sarifBuilder) automation() sarifAutomation {
	a := sarifAutomation{ID: toolName + "/", Description: sarifText{Text: "A review of a change."}}
	if f := b.r.Fingerprint; hexDigest.MatchString(f) {
		a.ID += f[:12]
	}
	if title := cleanLine(b.r.Change.Title); title != "" {
		a.Description.Text = "A review of the change: " + full(title)
	}
	return a
}

var hexDigest = regexp.MustCompile(`^[0-9a-f]{12,64}$`)

// hosted is the name of a repository that begins with a forge's host.
var hosted = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)+(/[A-Za-z0-9._-]+)+$`)

// repositoryURL is the address of the repository that a change is from, empty where it is not known.
func repositoryURL(h deepreview.Header) string {
	if h.PullRequest != nil {
		for _, part := range []string{"/-/merge_requests/", "/pull/", "/pulls/", "/pull-requests/"} {
			if at := strings.LastIndex(h.PullRequest.URL, part); at > 0 {
				return webURL(h.PullRequest.URL[:at])
			}
		}
	}
	for _, part := range []string{"/-/commit/{commit}", "/commit/{commit}", "/commits/{commit}"} {
		if at, ok := strings.CutSuffix(h.CommitURL, part); ok {
			return webURL(at)
		}
	}
	if hosted.MatchString(h.Repository) {
		return webURL("https://" + h.Repository)
	}
	return ""
}

// artifacts lists the changed files, with who looked at them.
func (b *sarifBuilder) artifacts() {
	for _, f := range b.r.Files {
		if _, twice := b.files[f.Path]; twice || !fs.ValidPath(f.Path) || f.Path == "." {
			continue
		}
		b.files[f.Path] = len(b.run.Artifacts)
		a := sarifFile{Location: sarifArtifact{URI: relativeURI(f.Path), Base: sarifRoot}}
		a.Properties = sarifFileExtra{Status: cleanLine(string(f.Status)), OldPath: shownPath(f.OldPath), Unreadable: cleanLine(f.Unreadable)}
		for _, rev := range b.r.Reviews {
			switch c, ok := rev.CoverageOf(f.Path); {
			case ok && c.Read():
				a.Properties.ReadBy = append(a.Properties.ReadBy, cleanLine(rev.Reviewer))
			case ok && c.Looked():
				a.Properties.ScannedBy = append(a.Properties.ScannedBy, cleanLine(rev.Reviewer))
			}
		}
		if len(a.Properties.ReadBy)+len(a.Properties.ScannedBy) > 0 {
			a.Roles = append(a.Roles, "analysisTarget")
		}
		switch f.Status {
		case deepreview.FileAdded, deepreview.FileCopied:
			a.Roles = append(a.Roles, "added")
		case deepreview.FileDeleted:
			a.Roles = append(a.Roles, "deleted")
		case deepreview.FileRenamed:
			a.Roles = append(a.Roles, "renamed")
		case deepreview.FileModified, deepreview.FileTypeChanged:
			a.Roles = append(a.Roles, "modified")
		}
		b.run.Artifacts = append(b.run.Artifacts, a)
	}
}

// artifact is where the file of a valid path is.
func (b *sarifBuilder) artifact(path string) sarifArtifact {
	a := sarifArtifact{URI: relativeURI(path), Base: sarifRoot}
	if i, ok := b.files[path]; ok {
		a.Index = &i
	}
	return a
}

// invocation says how the review went.
func (b *sarifBuilder) invocation() {
	r := b.r
	v := sarifInvocation{Successful: true}
	if !r.Date.IsZero() {
		v.Start = sarifTime(r.Date)
		if r.Elapsed > 0 {
			v.End = sarifTime(r.Date.Add(r.Elapsed))
		}
	}
	say := func(id, level, text string, path string) {
		n := sarifNotification{Descriptor: b.note(id), Level: level, Message: sarifText{Text: text}}
		if fs.ValidPath(path) && path != "." {
			n.Locations = []sarifLocation{{Physical: &sarifPhysical{Artifact: b.artifact(path)}}}
		} else if path != "" {
			n.Message.Text = cleanLine(path) + ": " + text
		}
		v.Notifications = append(v.Notifications, n)
	}
	ran := false
	for _, rev := range r.Reviews {
		name := b.label(rev.Reviewer)
		switch {
		case rev.Skipped():
			say("reviewer-skipped", "note", name+" did not take part: "+full(rev.Failure.Message), "")
			continue
		case !rev.Finished():
			v.Successful = false
			say("reviewer-failed", "error", fmt.Sprintf("%s did not finish (%s): %s", name, cleanLine(string(rev.Failure.Kind)), full(rev.Failure.Message)), "")
		}
		ran = true
	}
	if !ran {
		v.Successful = false
		say("incomplete", "error", "No reviewer ran, so nothing is known of the change.", "")
	}
	for _, f := range r.Files {
		if why := b.unread(f); why != "" {
			v.Successful = false
			say("file-unread", "warning", why, f.Path)
		}
	}
	if missing := b.incomplete(); v.Successful && len(missing) > 0 { // of a policy of one's own
		v.Successful = false
		for _, what := range missing {
			say("incomplete", "warning", sentence(full(what)), "")
		}
	}
	for _, path := range r.Change.Excluded {
		say("file-excluded", "note", "The user left this file out of the review.", path)
	}
	for _, text := range r.Warnings {
		say("remark", "note", sentence(full(text)), "")
	}
	b.run.Invocations = []sarifInvocation{v}
}

// unread says why nobody read f; empty if somebody did.
func (b *sarifBuilder) unread(f deepreview.FileSummary) string {
	scanned, reason := false, cleanLine(f.Unreadable)
	for _, rev := range b.r.Reviews {
		c, ok := rev.CoverageOf(f.Path)
		switch {
		case !ok:
		case c.Read():
			return ""
		case c.Looked():
			scanned = true
		case reason == "":
			reason = cleanLine(c.Reason)
		}
	}
	switch {
	case scanned:
		return "Rules ran over this file, and nobody read it."
	case reason != "":
		return "Nobody read this file: " + full(reason)
	}
	return "Nobody read this file."
}

func sarifTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// note refers to the descriptor of a notification, which is added if it is not there.
func (b *sarifBuilder) note(id string) sarifDescriptor {
	d := &b.run.Tool.Driver
	i, ok := b.notes[id]
	if !ok {
		i = len(d.Notifications)
		b.notes[id] = i
		for _, n := range sarifNotes {
			if n.id == id {
				d.Notifications = append(d.Notifications, &sarifRule{ID: id, Name: n.name, Short: sarifText{Text: firstSentence(n.about)}, Full: sarifText{Text: n.about}, Help: &sarifText{Text: n.about}})
			}
		}
	}
	return sarifDescriptor{id, i}
}

// firstSentence is a sentence of ours up to its first colon.
func firstSentence(s string) string {
	head, _, ok := strings.Cut(s, ":")
	if ok {
		head += "."
	}
	return head
}

// ruleIndex is the index of a rule, which is added if it is not there.
func (b *sarifBuilder) ruleIndex(ru rule) int {
	i, ok := b.rules[ru.id]
	if ok {
		return i
	}
	i = len(b.run.Tool.Driver.Rules)
	b.rules[ru.id] = i
	d := &sarifRule{ID: ru.id, Name: ru.name, Short: sarifText{Text: ru.about}, Full: sarifText{Text: ru.about}, HelpURL: toolURL, Default: &sarifLevel{"warning"}}
	help := "A claim made by judgement, by one reviewer or several: read the code at the place before you act on it."
	if ru.own != "" {
		help = "The linter's own documentation explains the rule " + ru.own + "."
	}
	d.Help = &sarifText{Text: help}
	if ru.topic != "" {
		d.Properties = &sarifRuleExtra{Tags: []string{ru.topic}}
	}
	b.run.Tool.Driver.Rules = append(b.run.Tool.Driver.Rules, d)
	return i
}

func (b *sarifBuilder) location(p site) sarifLocation {
	l := sarifLocation{Physical: &sarifPhysical{Artifact: b.artifact(p.path), Region: &sarifRegion{StartLine: p.start}}}
	if p.end > p.start {
		l.Physical.Region.EndLine = p.end
	}
	if p.start == 0 { // readers want a region: this one is empty, and on no line
		l.Physical.Region.CharOffset, l.Physical.Region.CharLength = new(int), new(int)
	}
	if text := p.remark(); text != "" {
		l.Message = &sarifText{Text: text, Markdown: string(escapeMarkdown(text))}
	}
	return l
}

func (b *sarifBuilder) result(e *entry) sarifResult {
	sections := b.sections(e, maxProse)
	out := sarifResult{Rule: e.rule.id, RuleIndex: b.ruleIndex(e.rule), Level: sarifLevelOf(e.Severity),
		Message: sarifText{Text: plainText(sections), Markdown: markdownText(sections)}, Fingerprints: map[string]string{}, Properties: b.extra(e)}
	// Braces stay as they are: without arguments readers replace nothing, and would show doubled ones doubled.
	if id := cleanLine(e.ID); id != "" {
		out.Fingerprints["deepreviewIssue/v1"] = id
	}
	if code := cleanLine(e.Code); code != "" {
		out.Fingerprints["deepreviewCode/v1"] = code
	}
	if share := probability(e.Survival); share > 0 {
		out.Rank = math.Round(share*10000) / 100
	}
	for i, p := range e.places {
		l := b.location(p)
		if i == 0 {
			out.Locations = []sarifLocation{l}
			continue
		}
		if l.ID = i; l.Message == nil {
			l.Message = &sarifText{Text: b.citing(e, i)}
		}
		out.Related = append(out.Related, l)
	}
	if len(e.places) == 0 { // code scanning takes no result without a location
		out.Locations = []sarifLocation{b.location(site{path: ".", label: "No place is cited."})}
	}
	if len(e.places) > 1 {
		out.Flows = b.flows(e)
	}
	b.fix(&out, e)
	switch e.Status {
	case deepreview.StatusNew, deepreview.StatusReopened: // what was fixed or settled was not in the round before
		out.Baseline = "new"
	case deepreview.StatusPersisting, deepreview.StatusDeclined, deepreview.StatusSuppressed:
		out.Baseline = "unchanged"
	}
	// Only a failure has a level: SARIF 2.1.0, §3.27.9.
	switch e.standing {
	case standsFolded, standsRefuted, standsSettled:
		out.Suppressions = []sarifSuppression{{"external", "accepted", e.why}}
	case standsSilenced:
		out.Suppressions = []sarifSuppression{{"inSource", "accepted", e.why}}
	case standsQuiet:
		out.Kind, out.Level, out.Baseline = "review", "none", "unchanged"
	case standsUnseen:
		out.Kind, out.Level, out.Baseline = "open", "none", ""
	case standsFixed:
		out.Kind, out.Level, out.Baseline = "pass", "none", "absent"
	}
	return out
}

// citing says who cites the place with index i of e.
func (b *sarifBuilder) citing(e *entry, i int) string {
	var names []string
	for _, s := range e.Sources {
		at, _ := sitesOf(s.Locations, "")
		name := b.label(s.Reviewer)
		if slices.Contains(at, e.places[i]) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "Cited, too."
	}
	return "Cited by " + strings.Join(names[:min(len(names), 20)], ", ") + "."
}

func sarifLevelOf(s deepreview.Severity) string {
	switch {
	case s >= deepreview.SeverityCritical:
		return "error"
	case s >= deepreview.SeverityImportant:
		return "warning"
	case s >= deepreview.SeveritySuggestion:
		return "note"
	}
	return "warning" // the format's own default
}

// probability is p where it is one, else 0.
func probability(p float64) float64 {
	if !(p > 0 && p <= 1) {
		return 0
	}
	return p
}

// flows are the places of each claim that cites several, in its order; where none does, those of the issue.
func (b *sarifBuilder) flows(e *entry) []sarifFlow {
	var out []sarifFlow
	add := func(text string, at []site) {
		if len(at) < 2 {
			return
		}
		f := sarifFlow{Message: sarifText{Text: text}, Threads: []sarifThreadFlow{{}}}
		for _, p := range at {
			f.Threads[0].Locations = append(f.Threads[0].Locations, sarifStep{b.location(p)})
		}
		out = append(out, f)
	}
	when := ""
	if e.earlier {
		when = "in the round before"
	}
	for _, s := range e.Sources[:min(len(e.Sources), 50)] {
		at, _ := sitesOf(s.Locations, when)
		add(fmt.Sprintf("The places that %s cites in its finding %s, in its order.", b.label(s.Reviewer), cleanLine(s.Finding)), at)
	}
	if len(out) == 0 {
		add("The places that are cited, the first one first.", e.places)
	}
	return out
}

func (b *sarifBuilder) fix(out *sarifResult, e *entry) {
	if len(e.edits) == 0 {
		return
	}
	f := sarifFix{Description: sarifText{Text: "The proposed fix."}}
	if text := prose(e.Fix.Text); text != "" {
		f.Description = sarifText{Text: plainText([]section{{body: text}}), Markdown: markdownText([]section{{body: text}})}
	}
	for _, edit := range e.edits {
		if n := len(f.Changes); n == 0 || f.Changes[n-1].Artifact.URI != relativeURI(edit.Path) {
			f.Changes = append(f.Changes, sarifChange{Artifact: b.artifact(edit.Path)})
		}
		c := &f.Changes[len(f.Changes)-1]
		at, text := replaced(edit)
		c.Replacements = append(c.Replacements, sarifReplacement{sarifRegion{StartLine: at.startLine, StartColumn: at.startColumn, EndLine: at.endLine, EndColumn: at.endColumn}, sarifText{Text: text}})
	}
	out.Fixes = []sarifFix{f}
}

// extra is what SARIF has no word for.
func (b *sarifBuilder) extra(e *entry) sarifResultExtra {
	out := sarifResultExtra{Number: cleanLine(e.Number), Severity: e.Severity.String(), Category: cleanLine(string(e.Category)), Topic: cleanLine(string(e.Topic)),
		Status: cleanLine(string(e.Status)), StatusReason: cleanLine(e.StatusReason), Since: max(e.Since, 0), Symbols: lines(e.Symbols), Survival: probability(e.Survival), Reasons: lines(e.Reasons)}
	if o := (deepreview.Odds{Critical: probability(e.Odds.Critical), Important: probability(e.Odds.Important), Suggestion: probability(e.Odds.Suggestion)}); o != (deepreview.Odds{}) {
		out.Odds = &o
	}
	if e.Read > 0 || e.Reported > 0 {
		out.Votes = &sarifVotes{e.Reported, e.Read}
	}
	switch e.standing {
	case standsUnseen:
		out.Status = string(deepreview.StatusNotExamined)
	case standsFixed:
		out.Status = string(deepreview.StatusFixed)
	case standsQuiet:
		out.Status = string(deepreview.StatusPersisting)
	}
	for _, s := range e.Sources {
		v := sarifVoter{Name: cleanLine(s.Reviewer), Label: b.label(s.Reviewer), Finding: cleanLine(s.Finding), Category: cleanLine(string(s.Category))}
		if s.Severity != deepreview.SeverityUnset {
			v.Severity = s.Severity.String()
		}
		if f := b.findings[s.Ref()]; f != nil && !e.earlier {
			v.RawSeverity, v.Confidence = cleanLine(f.RawSeverity), probability(f.Confidence)
		}
		out.Reviewers = append(out.Reviewers, v)
	}
	if v := e.Verification; v != nil {
		out.Verification = &sarifVerification{cleanLine(string(v.Status)), cleanLine(v.By), cleanLine(v.Reason)}
	}
	return out
}

func (b *sarifBuilder) properties() {
	r := b.r
	p := &b.run.Properties
	p.Verdict = sarifVerdict{r.Verdict.Kind.String(), cleanLine(r.Verdict.Reason), b.incomplete()}
	p.Structure, p.Fingerprint, p.Round, p.Title, p.Base = r.Structure(), cleanLine(r.Fingerprint), r.Change.Round, cleanLine(r.Change.Title), cleanLine(r.Change.Base)
	if pr := r.Change.PullRequest; pr != nil {
		p.PullRequest = webURL(pr.URL)
	}
	for _, rev := range r.Reviews {
		v := sarifReviewer{Name: cleanLine(rev.Reviewer), Label: b.label(rev.Reviewer), Vendor: cleanLine(rev.Vendor), Model: cleanLine(rev.Model), State: "finished"}
		switch {
		case rev.Skipped():
			v.State = "skipped"
		case !rev.Finished():
			v.State = "failed"
		}
		if rev.Duration > 0 {
			v.Seconds = rev.Duration.Seconds()
		}
		p.Reviewers = append(p.Reviewers, v)
	}
}
