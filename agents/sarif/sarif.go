package sarif

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The parts of SARIF 2.1.0 that say something of a change. Indices are pointers where 0 is not the default.
type (
	sarifMessage struct {
		Text      string   `json:"text"`
		Markdown  string   `json:"markdown"`
		ID        string   `json:"id"`
		Arguments []string `json:"arguments"`
	}
	sarifArtifactLocation struct {
		URI   string `json:"uri"`
		Base  string `json:"uriBaseId"`
		Index *int   `json:"index"`
	}
	sarifArtifact struct {
		Location sarifArtifactLocation `json:"location"`
		Roles    []string              `json:"roles"`
	}
	sarifRegion struct {
		StartLine   int  `json:"startLine"`
		StartColumn int  `json:"startColumn"`
		EndLine     int  `json:"endLine"`
		EndColumn   int  `json:"endColumn"`
		CharOffset  *int `json:"charOffset"`
		CharLength  int  `json:"charLength"`
		Snippet     struct {
			Text string `json:"text"`
		} `json:"snippet"`
	}
	sarifLocation struct {
		Physical struct {
			Artifact sarifArtifactLocation `json:"artifactLocation"`
			Region   sarifRegion           `json:"region"`
			Context  sarifRegion           `json:"contextRegion"`
		} `json:"physicalLocation"`
		Logical []struct {
			Name string `json:"fullyQualifiedName"`
		} `json:"logicalLocations"`
		Message sarifMessage `json:"message"`
	}
	sarifReference struct {
		ID        string `json:"id"`
		Index     *int   `json:"index"`
		Component struct {
			Index *int `json:"index"`
		} `json:"toolComponent"`
	}
	sarifConfiguration struct {
		Level string      `json:"level"`
		Rank  json.Number `json:"rank"`
	}
	sarifRule struct {
		ID       string                  `json:"id"`
		Name     string                  `json:"name"`
		Short    sarifMessage            `json:"shortDescription"`
		Full     sarifMessage            `json:"fullDescription"`
		Help     sarifMessage            `json:"help"`
		HelpURI  string                  `json:"helpUri"`
		Messages map[string]sarifMessage `json:"messageStrings"`
		Default  sarifConfiguration      `json:"defaultConfiguration"`
		Extra    sarifProperties         `json:"properties"`
	}
	sarifComponent struct {
		Name            string      `json:"name"`
		FullName        string      `json:"fullName"`
		Version         string      `json:"version"`
		SemanticVersion string      `json:"semanticVersion"`
		Rules           []sarifRule `json:"rules"`
	}
	sarifResult struct {
		Rule         string          `json:"ruleId"`
		RuleIndex    *int            `json:"ruleIndex"`
		Reference    sarifReference  `json:"rule"`
		Kind         string          `json:"kind"`
		Level        string          `json:"level"`
		Rank         json.Number     `json:"rank"`
		Message      sarifMessage    `json:"message"`
		Locations    []sarifLocation `json:"locations"`
		Related      []sarifLocation `json:"relatedLocations"`
		Baseline     string          `json:"baselineState"`
		Extra        sarifProperties `json:"properties"`
		Suppressions []struct {
			Kind          string `json:"kind"`
			Status        string `json:"status"`
			Justification string `json:"justification"`
		} `json:"suppressions"`
		CodeFlows []struct {
			ThreadFlows []struct {
				Locations []struct {
					Location sarifLocation `json:"location"`
				} `json:"locations"`
			} `json:"threadFlows"`
		} `json:"codeFlows"`
		Fixes []struct {
			Description sarifMessage `json:"description"`
			Changes     []struct {
				Artifact     sarifArtifactLocation `json:"artifactLocation"`
				Replacements []struct {
					Deleted  sarifRegion `json:"deletedRegion"`
					Inserted struct {
						Text string `json:"text"`
					} `json:"insertedContent"`
				} `json:"replacements"`
			} `json:"artifactChanges"`
		} `json:"fixes"`
	}
	sarifNotification struct {
		Level      string          `json:"level"`
		Message    sarifMessage    `json:"message"`
		Locations  []sarifLocation `json:"locations"`
		Descriptor sarifReference  `json:"descriptor"`
	}
	sarifInvocation struct {
		Successful  *bool                 `json:"executionSuccessful"`
		ExitCode    *int                  `json:"exitCode"`
		ExitText    string                `json:"exitCodeDescription"`
		SignalName  string                `json:"exitSignalName"`
		StartFailed string                `json:"processStartFailureMessage"`
		Directory   sarifArtifactLocation `json:"workingDirectory"`
		Tool        []sarifNotification   `json:"toolExecutionNotifications"`
		Config      []sarifNotification   `json:"toolConfigurationNotifications"`
		Overrides   []struct {
			Configuration sarifConfiguration `json:"configuration"`
			Descriptor    sarifReference     `json:"descriptor"`
		} `json:"ruleConfigurationOverrides"`
	}
)

// sarifProperties are the properties that tools agree on by custom. A bag may hold anything, so nothing in it is a fault.
type sarifProperties struct {
	score word // "security-severity"
	tags  []string
}

// UnmarshalJSON implements json.Unmarshaler.
func (p *sarifProperties) UnmarshalJSON(data []byte) error {
	var bag struct {
		Score word            `json:"security-severity"`
		Tags  json.RawMessage `json:"tags"`
	}
	if json.Unmarshal(data, &bag) == nil {
		p.score = bag.Score
		_ = json.Unmarshal(bag.Tags, &p.tags)
	}
	return nil
}

// sarifRun is one run as it stands, before what it refers to is looked up: the tool may come after its results.
type sarifRun struct {
	tool struct {
		Driver     sarifComponent   `json:"driver"`
		Extensions []sarifComponent `json:"extensions"`
	}
	results     []sarifResult
	more        int
	artifacts   []sarifArtifact
	bases       map[string]sarifArtifactLocation
	invocations []sarifInvocation
	columns     string
	external    bool // results lie in other files

	rules     []map[string]*sarifRule // by component, the driver first
	overrides map[*sarifRule]sarifConfiguration
}

func readSARIF(s *stream) ([]*run, error) {
	var runs []*run
	results := 0
	err := s.object(func(key string) error {
		switch key {
		case "version":
			var version word
			if err := s.value(&version); err != nil {
				return err
			}
			if !strings.HasPrefix(string(version), "2.1.") {
				return fmt.Errorf("its SARIF has the version %q, and 2.1.0 is known here: set the tool to that, or convert the file with sarif-multitool", version)
			}
			return nil
		case "runs":
			return s.array(func() error {
				if len(runs) >= runsMost {
					runs[runsMost-1].fail(fmt.Sprintf("the report has more than %d runs: give it in parts", runsMost))
					return s.skip()
				}
				r := &sarifRun{}
				err := r.read(s, &results)
				runs = append(runs, r.run()) // also what is whole of a broken one
				return err
			})
		}
		return s.skip()
	})
	return runs, err
}

func (r *sarifRun) read(s *stream, results *int) error {
	return s.object(func(key string) error {
		switch key {
		case "tool":
			return s.value(&r.tool)
		case "artifacts":
			return s.value(&r.artifacts)
		case "originalUriBaseIds":
			return s.value(&r.bases)
		case "invocations":
			return s.value(&r.invocations)
		case "columnKind":
			return s.value(&r.columns)
		case "results":
			return s.array(func() error {
				if *results >= resultsMost {
					r.more++
					return s.skip()
				}
				*results++
				var x sarifResult
				err := s.value(&x)
				if err == nil {
					r.results = append(r.results, x)
				}
				return err
			})
		case "externalPropertyFileReferences":
			var files struct {
				Results []json.RawMessage `json:"results"`
			}
			err := s.value(&files)
			r.external = len(files.Results) > 0
			return err
		}
		return s.skip()
	})
}

// run looks up what the results refer to.
func (r *sarifRun) run() *run {
	d := &r.tool.Driver
	out := &run{tool: d.Name, version: d.SemanticVersion, more: r.more, skipped: map[string]string{}}
	if out.tool == "" {
		out.tool = d.FullName
	}
	if out.version == "" {
		out.version = d.Version
	}
	if r.external {
		out.partial = true
		out.fail("the report keeps results in other files, which are not opened: have them put into it")
	}
	r.rules = append(r.rules, index(d.Rules))
	for i := range r.tool.Extensions {
		r.rules = append(r.rules, index(r.tool.Extensions[i].Rules))
	}
	r.overrides = map[*sarifRule]sarifConfiguration{}
	for i := range r.invocations {
		r.invocation(&r.invocations[i], out)
	}
	for _, id := range slices.Sorted(maps.Keys(r.bases)) {
		if root, ok := r.base(id); ok && rooted(root) {
			out.roots = append(out.roots, root)
		}
	}
	for i := range r.artifacts {
		if target(r.artifacts[i].Roles) {
			if p := r.path(r.artifacts[i].Location); p != "" {
				out.analyzed = append(out.analyzed, p)
			}
		}
	}
	for i := range r.results {
		out.add(r.result(&r.results[i]))
	}
	return out
}

// target reports whether an artifact of these roles is a file that was looked at: the roles of SARIF 2.1.0 §3.24.6 that are about
// the tool itself do not make it one.
func target(roles []string) bool {
	for _, role := range roles {
		switch role {
		case "analysisTarget", "resultFile", "added", "deleted", "modified", "renamed", "unmodified", "memoryContents":
			return true
		}
	}
	return len(roles) == 0
}

func index(rules []sarifRule) map[string]*sarifRule {
	out := map[string]*sarifRule{}
	for i := range rules {
		if _, twice := out[rules[i].ID]; !twice {
			out[rules[i].ID] = &rules[i]
		}
	}
	return out
}

func (r *sarifRun) invocation(v *sarifInvocation, out *run) {
	for _, n := range append(v.Tool, v.Config...) {
		if n.Level != "error" {
			continue
		}
		text := n.Message.plain()
		if text == "" {
			text = "it notifies of an error (" + n.Descriptor.ID + ")"
		}
		if len(n.Locations) > 0 {
			if p := r.path(n.Locations[0].Physical.Artifact); p != "" {
				text = p + ": " + text
				out.skipped[p] = oneLine(n.Message.plain(), titleMost)
			}
		}
		out.fail(text)
	}
	if v.Successful != nil && !*v.Successful {
		out.partial = true
		text := "it says that its run did not succeed"
		for _, why := range []string{v.StartFailed, v.ExitText, v.SignalName} {
			if why != "" {
				text += ": " + why
			}
		}
		if v.ExitCode != nil {
			text += fmt.Sprintf(" (exit code %d)", *v.ExitCode)
		}
		out.fail(text)
	}
	for _, o := range v.Overrides {
		if rule := r.rule(o.Descriptor.ID, o.Descriptor.Index, o.Descriptor.Component.Index); rule != nil {
			r.overrides[rule] = o.Configuration
		}
	}
	if root := r.path(v.Directory); rooted(root) {
		out.roots = append(out.roots, root)
	}
}

// rule finds a rule by its index where that agrees with the ID, else by the ID, which may go on with a slash and a variant;
// nil if the run does not describe it.
func (r *sarifRun) rule(id string, at, component *int) *sarifRule {
	parts := []*sarifComponent{&r.tool.Driver}
	names := r.rules[:1]
	switch {
	case component == nil:
		for i := range r.tool.Extensions {
			parts = append(parts, &r.tool.Extensions[i])
		}
		names = r.rules
	case *component >= 0 && *component < len(r.tool.Extensions):
		parts, names = []*sarifComponent{&r.tool.Extensions[*component]}, r.rules[*component+1:*component+2]
	}
	if rules := parts[0].Rules; at != nil && *at >= 0 && *at < len(rules) {
		if rule := &rules[*at]; id == "" || rule.ID == id || strings.HasPrefix(id, rule.ID+"/") {
			return rule
		}
	}
	for id != "" {
		for _, named := range names {
			if rule := named[id]; rule != nil {
				return rule
			}
		}
		id = id[:max(0, strings.LastIndexByte(id, '/'))]
	}
	return nil
}

func (r *sarifRun) result(x *sarifResult) result {
	id, at := x.Rule, x.RuleIndex
	if id == "" {
		id = x.Reference.ID
	}
	if at == nil {
		at = x.Reference.Index
	}
	rule := r.rule(id, at, x.Reference.Component.Index)
	known := rule != nil
	if !known {
		rule = &sarifRule{}
	}
	if id == "" {
		id = rule.ID
	}
	out := result{rule: oneLine(id, titleMost), why: rule.why(), message: x.Message.of(rule)}
	if out.message == "" && known {
		out.message = rule.Short.plain()
		if out.message == "" {
			out.message = rule.Name
		}
	}
	configuration := r.overrides[rule]
	out.level, out.topic = x.rating(rule, configuration), topicOf(append(x.Extra.tags, rule.Extra.tags...))
	if out.topic == "" && (x.Extra.score != "" || rule.Extra.score != "") {
		out.topic = "security"
	}
	for i := range x.Locations {
		l := &x.Locations[i]
		switch p := r.path(l.Physical.Artifact); {
		case i >= placesMost:
			out.more++
		case p != "":
			out.places = append(out.places, r.place(l, p))
		case len(l.Logical) > 0 && l.Logical[0].Name != "":
			out.message += "\n\nIn " + codeSpan(oneLine(l.Logical[0].Name, labelMost)) + "."
		}
	}
	other := func(l *sarifLocation, label string) {
		switch p := r.path(l.Physical.Artifact); {
		case len(out.places) >= 2*placesMost:
			out.more++
		case p != "":
			at := r.place(l, p)
			at.other, at.label, at.quote = true, label, ""
			out.places = append(out.places, at)
		}
	}
	for i := range x.Related {
		other(&x.Related[i], x.Related[i].Message.of(rule))
	}
	if len(x.CodeFlows) > 0 && len(x.CodeFlows[0].ThreadFlows) > 0 {
		steps := x.CodeFlows[0].ThreadFlows[0].Locations
		for i := range steps {
			label := fmt.Sprintf("step %d of %d", i+1, len(steps))
			if text := steps[i].Location.Message.of(rule); text != "" {
				label += ": " + text
			}
			other(&steps[i].Location, label)
		}
	}
	r.fixes(x, rule, &out)
	out.aside, out.because = x.aside()
	return out
}

// rating weighs what the result, an override, the rule and the format say, in this order.
func (x *sarifResult) rating(rule *sarifRule, override sarifConfiguration) level {
	score := x.Extra.score
	if score == "" {
		score = rule.Extra.score
	}
	word, rank := x.Level, x.Rank
	if rank == "" || rank == "-1" || rank == "-1.0" {
		rank = override.Rank
	}
	if rank == "" {
		rank = rule.Default.Rank
	}
	switch {
	case word != "":
	case x.Kind != "" && x.Kind != "fail":
		word = "none" // §3.27.10: no failure has no level
	case override.Level != "":
		word = override.Level
	case rule.Default.Level != "":
		word = rule.Default.Level
	default:
		word = "warning"
	}
	n, err := strconv.ParseFloat(string(rank), 64)
	if err != nil {
		n = -1
	}
	l := sarifLevel(string(score), word, n, string(rank))
	if x.Kind != "" && x.Kind != "fail" {
		l.raw += ", kind " + oneLine(x.Kind, 30)
	}
	return l
}

// aside tells results that are no findings. A suppression counts if none of them was rejected or waits for review.
func (x *sarifResult) aside() (aside, string) {
	switch x.Kind {
	case "pass", "notApplicable":
		return asidePassed, x.Kind
	}
	why := ""
	for _, s := range x.Suppressions {
		if s.Status != "" && s.Status != "accepted" {
			why = ""
			break
		}
		why = strings.TrimSpace(s.Kind + " " + s.Justification)
		if why == "" {
			why = "suppressed"
		}
	}
	switch {
	case why != "":
		return asideSuppressed, why
	case x.Baseline == "unchanged":
		return asideUnchanged, ""
	case x.Baseline == "absent":
		return asideAbsent, ""
	}
	return "", ""
}

func (r *sarifRun) fixes(x *sarifResult, rule *sarifRule, out *result) {
	u := unitUTF16
	if r.columns == "unicodeCodePoints" {
		u = unitRune
	}
	for _, f := range x.Fixes[:min(len(x.Fixes), fixesMost)] {
		proposal := fix{text: f.Description.of(rule), unit: u}
		for _, c := range f.Changes {
			p := r.path(c.Artifact)
			for _, e := range c.Replacements {
				if len(proposal.edits) >= editsMost {
					proposal.why = fmt.Sprintf("it has more than %d replacements", editsMost)
					break
				}
				proposal.edits = append(proposal.edits, replacement{path: p, region: e.Deleted.region(), text: e.Inserted.Text})
			}
		}
		if len(proposal.edits) > 0 || proposal.text != "" {
			out.fixes = append(out.fixes, proposal)
		}
	}
}

func (g *sarifRegion) region() region {
	out := region{startLine: g.StartLine, startCol: g.StartColumn, endLine: g.EndLine, endCol: g.EndColumn}
	if g.StartLine == 0 && g.CharOffset != nil {
		out.offset, out.length, out.hasOffset = *g.CharOffset, g.CharLength, true
	}
	return out.mended()
}

// place makes a place of a location in the file p.
func (r *sarifRun) place(l *sarifLocation, p string) place {
	g := &l.Physical.Region
	out := place{path: p, region: g.region()}
	// A snippet is the region's text, which need not be whole lines; that of the context is.
	context := &l.Physical.Context
	if rest := g.StartLine - context.StartLine; context.Snippet.Text != "" && context.StartLine > 0 && rest >= 0 && context.StartColumn <= 1 {
		lines := strings.Split(strings.TrimSuffix(context.Snippet.Text, "\n"), "\n")
		if end := max(g.EndLine, g.StartLine) - context.StartLine; end >= rest && end < len(lines) && end-rest < quoteLines {
			out.quote = strings.Join(lines[rest:end+1], "\n")
		}
		return out
	}
	if text := strings.TrimRight(g.Snippet.Text, "\n"); text != "" && g.StartLine > 0 {
		one := g.EndLine == 0 || g.EndLine == g.StartLine
		longer := len([]rune(text)) > g.EndColumn-max(g.StartColumn, 1)
		if g.StartColumn <= 1 && g.EndColumn == 0 || one && longer {
			out.quote = text
		}
	}
	return out
}

// path resolves where a file is: slash-separated, absolute where its base is known.
func (r *sarifRun) path(l sarifArtifactLocation) string {
	if l.URI == "" && l.Index != nil && *l.Index >= 0 && *l.Index < len(r.artifacts) {
		l = r.artifacts[*l.Index].Location
	}
	if l.URI == "" {
		return ""
	}
	p := uriPath(l.URI)
	if rooted(p) || l.Base == "" {
		return p
	}
	if base, ok := r.base(l.Base); ok {
		return clip(strings.TrimSuffix(base, "/")+"/"+p, pathMost)
	}
	return p
}

// base resolves one of originalUriBaseIds, which may stand on another; false where that comes to nothing.
func (r *sarifRun) base(id string) (string, bool) {
	p := ""
	for range 10 { // deeper is a circle
		l, ok := r.bases[id]
		if !ok {
			return p, p != ""
		}
		if l.URI != "" {
			p = strings.TrimSuffix(uriPath(l.URI), "/") + "/" + p
		}
		if rooted(p) || l.Base == "" {
			return p, p != ""
		}
		id = l.Base
	}
	return "", false
}

var (
	placeholder = regexp.MustCompile(`\{\{|\}\}|\{(\d{1,3})\}`)
	// placeLink is a link from a message to one of the result's places; its text says enough.
	placeLink = regexp.MustCompile(`\[((?:[^\[\]\\]|\\.){1,500})\]\(\d{1,6}\)`)
)

// of returns the message in Markdown where there is some, with its arguments; text that it does not hold is the rule's.
func (m sarifMessage) of(rule *sarifRule) string {
	if m.Text == "" && m.Markdown == "" && m.ID != "" {
		named := rule.Messages[m.ID]
		m.Text, m.Markdown = named.Text, named.Markdown
	}
	return m.plain()
}

func (m sarifMessage) plain() string {
	text := m.Text
	if text == "" {
		text = m.Markdown
	}
	text = clip(text, messageMost)
	if len(m.Arguments) > 0 {
		text = placeholder.ReplaceAllStringFunc(text, func(s string) string {
			if n, err := strconv.Atoi(strings.Trim(s, "{}")); err == nil && s[1] != '{' {
				if n < len(m.Arguments) {
					return clip(m.Arguments[n], labelMost)
				}
				return s
			}
			return s[:1]
		})
	}
	return clip(placeLink.ReplaceAllString(text, "$1"), messageMost)
}

// why explains a rule: help in Markdown, or the longest of its descriptions, and where to read on.
func (r *sarifRule) why() string {
	text := r.Help.Markdown
	for _, t := range []string{r.Full.Markdown, r.Full.Text, r.Help.Text, r.Short.Text} {
		if text == "" {
			text = t
		}
	}
	text = clip(strings.TrimSpace(text), whyMost)
	if at := link(r.HelpURI); at != "" {
		text = strings.TrimSpace(text + "\n\n" + at)
	}
	return text
}
