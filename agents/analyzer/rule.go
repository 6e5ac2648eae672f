package analyzer

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/appends"
	"golang.org/x/tools/go/analysis/passes/asmdecl"
	"golang.org/x/tools/go/analysis/passes/assign"
	"golang.org/x/tools/go/analysis/passes/atomic"
	"golang.org/x/tools/go/analysis/passes/bools"
	"golang.org/x/tools/go/analysis/passes/buildtag"
	"golang.org/x/tools/go/analysis/passes/composite"
	"golang.org/x/tools/go/analysis/passes/copylock"
	"golang.org/x/tools/go/analysis/passes/defers"
	"golang.org/x/tools/go/analysis/passes/directive"
	"golang.org/x/tools/go/analysis/passes/errorsas"
	"golang.org/x/tools/go/analysis/passes/framepointer"
	"golang.org/x/tools/go/analysis/passes/hostport"
	"golang.org/x/tools/go/analysis/passes/httpresponse"
	"golang.org/x/tools/go/analysis/passes/ifaceassert"
	"golang.org/x/tools/go/analysis/passes/loopclosure"
	"golang.org/x/tools/go/analysis/passes/lostcancel"
	"golang.org/x/tools/go/analysis/passes/nilfunc"
	"golang.org/x/tools/go/analysis/passes/printf"
	"golang.org/x/tools/go/analysis/passes/shift"
	"golang.org/x/tools/go/analysis/passes/sigchanyzer"
	"golang.org/x/tools/go/analysis/passes/slog"
	"golang.org/x/tools/go/analysis/passes/stdmethods"
	"golang.org/x/tools/go/analysis/passes/stdversion"
	"golang.org/x/tools/go/analysis/passes/stringintconv"
	"golang.org/x/tools/go/analysis/passes/structtag"
	"golang.org/x/tools/go/analysis/passes/testinggoroutine"
	"golang.org/x/tools/go/analysis/passes/tests"
	"golang.org/x/tools/go/analysis/passes/timeformat"
	"golang.org/x/tools/go/analysis/passes/unmarshal"
	"golang.org/x/tools/go/analysis/passes/unreachable"
	"golang.org/x/tools/go/analysis/passes/unsafeptr"
	"golang.org/x/tools/go/analysis/passes/unusedresult"
	"golang.org/x/tools/go/analysis/passes/waitgroup"
	"honnef.co/go/tools/analysis/lint"
	"honnef.co/go/tools/simple"
	"honnef.co/go/tools/staticcheck"
	"honnef.co/go/tools/stylecheck"
	"honnef.co/go/tools/unused"

	"github.com/deepreview-go/deepreview"
)

// Rule is one analyzer, with what its findings are rated.
type Rule struct {
	// ID is staticcheck's name of the check, "SA4006", or a vet pass as "vet/printf". It is the Rule of a finding.
	ID string
	// Severity and Topic are those of its findings. RawSeverity is the analyzer's own word: "error", "warning", or
	// "deprecated"; empty where it has none.
	Severity    deepreview.Severity
	RawSeverity string
	Topic       deepreview.Topic
	// Why is what the rule looks for, in Markdown; URL tells more.
	Why, URL string
	// Default says that the rule runs where no configuration of the merge-base chooses. The others run only if it does.
	Default bool

	analyzer *analysis.Analyzer
	// twin is the check of staticcheck that says the same as this vet pass: of two findings on one line it is the one kept.
	twin string
}

// directiveRule is the rule of findings about //lint:ignore itself; it has no analyzer.
const directiveRule = "staticcheck"

// vet are the passes of go vet but for cgocall, since cgo is off. Important are those that go test runs by itself, as they are
// nearly always right (go help test: atomic, bools, buildtag, directive, errorsas, ifaceassert, nilfunc, printf,
// stringintconv, tests), and those after which something leaks, races or is lost.
var vet = []struct {
	analyzer  *analysis.Analyzer
	important bool
	topic     deepreview.Topic
	twin      string
}{
	{appends.Analyzer, false, deepreview.TopicCorrectness, ""},
	{asmdecl.Analyzer, true, deepreview.TopicCorrectness, ""},
	{assign.Analyzer, false, deepreview.TopicCorrectness, "SA4018"},
	{atomic.Analyzer, true, deepreview.TopicConcurrency, ""},
	{bools.Analyzer, true, deepreview.TopicCorrectness, "SA4000"},
	{buildtag.Analyzer, true, deepreview.TopicCorrectness, ""},
	{composite.Analyzer, false, deepreview.TopicMaintenance, ""},
	{copylock.Analyzer, true, deepreview.TopicConcurrency, ""},
	{defers.Analyzer, false, deepreview.TopicCorrectness, ""},
	{directive.Analyzer, true, deepreview.TopicCorrectness, "SA9009"},
	{errorsas.Analyzer, true, deepreview.TopicCorrectness, ""},
	{framepointer.Analyzer, false, deepreview.TopicCorrectness, ""},
	{hostport.Analyzer, false, deepreview.TopicCorrectness, ""},
	{httpresponse.Analyzer, true, deepreview.TopicCorrectness, "SA5001"},
	{ifaceassert.Analyzer, true, deepreview.TopicCorrectness, "SA5010"},
	{loopclosure.Analyzer, true, deepreview.TopicConcurrency, ""},
	{lostcancel.Analyzer, true, deepreview.TopicConcurrency, ""},
	{nilfunc.Analyzer, true, deepreview.TopicCorrectness, ""},
	{printf.Analyzer, true, deepreview.TopicCorrectness, "SA5009"},
	{shift.Analyzer, false, deepreview.TopicCorrectness, ""},
	{sigchanyzer.Analyzer, true, deepreview.TopicConcurrency, "SA1017"},
	{slog.Analyzer, false, deepreview.TopicCorrectness, ""},
	{stdmethods.Analyzer, false, deepreview.TopicCorrectness, ""},
	{stdversion.Analyzer, false, deepreview.TopicMaintenance, ""},
	{stringintconv.Analyzer, true, deepreview.TopicCorrectness, ""},
	{structtag.Analyzer, true, deepreview.TopicCorrectness, "SA5008"},
	{tests.Analyzer, true, deepreview.TopicTesting, ""},
	{testinggoroutine.Analyzer, true, deepreview.TopicTesting, "SA2002"},
	{timeformat.Analyzer, true, deepreview.TopicCorrectness, ""},
	{unmarshal.Analyzer, true, deepreview.TopicCorrectness, "SA1014"},
	{unreachable.Analyzer, false, deepreview.TopicMaintenance, ""},
	{unsafeptr.Analyzer, false, deepreview.TopicCorrectness, ""},
	{unusedresult.Analyzer, true, deepreview.TopicCorrectness, "SA4017"},
	{waitgroup.Analyzer, true, deepreview.TopicConcurrency, "SA2000"},
}

// Rules lists the rules in the order of their IDs: staticcheck's checks but for quickfix, then the passes of go vet.
func Rules() []Rule { return slices.Clone(allRules()) }

var allRules = sync.OnceValue(func() []Rule {
	var rules []Rule
	for _, a := range slices.Concat(simple.Analyzers, staticcheck.Analyzers, stylecheck.Analyzers, []*lint.Analyzer{unused.Analyzer}) {
		doc := a.Doc.Compile()
		r := Rule{
			ID:          a.Analyzer.Name,
			RawSeverity: severityWords[doc.Severity],
			Why:         strings.TrimSpace(doc.TitleMarkdown + "\n\n" + doc.TextMarkdown),
			URL:         "https://staticcheck.dev/docs/checks/#" + a.Analyzer.Name,
			Default:     !doc.NonDefault,
			analyzer:    a.Analyzer,
		}
		r.Severity, r.Topic = rate(r.ID, doc.Severity)
		rules = append(rules, r)
	}
	for _, v := range vet {
		r := Rule{
			ID:       "vet/" + v.analyzer.Name,
			Severity: deepreview.SeveritySuggestion,
			Topic:    v.topic,
			Why:      firstParagraph(v.analyzer.Doc),
			URL:      v.analyzer.URL,
			Default:  true,
			analyzer: v.analyzer,
			twin:     v.twin,
		}
		if v.important {
			r.Severity = deepreview.SeverityImportant
		}
		rules = append(rules, r)
	}
	slices.SortFunc(rules, func(a, b Rule) int { return cmp.Compare(a.ID, b.ID) })
	return rules
})

// ruleOf returns the rule of an ID; one that only has its ID where there is none.
func ruleOf(id string) Rule {
	rules := allRules()
	if i, ok := slices.BinarySearchFunc(rules, id, func(r Rule, id string) int { return cmp.Compare(r.ID, id) }); ok {
		return rules[i]
	}
	return Rule{ID: id, Severity: deepreview.SeveritySuggestion, Topic: deepreview.TopicMaintenance}
}

var severityWords = map[lint.Severity]string{
	lint.SeverityError:      "error",
	lint.SeverityDeprecated: "deprecated",
	lint.SeverityWarning:    "warning",
	lint.SeverityInfo:       "info",
	lint.SeverityHint:       "hint",
}

// rate rates a check of staticcheck by its own severity and its group; the groups are those of
// https://staticcheck.dev/docs/checks.
func rate(id string, own lint.Severity) (deepreview.Severity, deepreview.Topic) {
	severity := deepreview.SeveritySuggestion
	if own == lint.SeverityError {
		severity = deepreview.SeverityImportant
	}
	switch {
	case own == lint.SeverityDeprecated:
		return severity, deepreview.TopicMaintenance
	case strings.HasPrefix(id, "SA2"):
		return deepreview.SeverityImportant, deepreview.TopicConcurrency
	case strings.HasPrefix(id, "SA3"):
		return severity, deepreview.TopicTesting
	case strings.HasPrefix(id, "SA5"):
		return deepreview.SeverityImportant, deepreview.TopicCorrectness
	case strings.HasPrefix(id, "SA6"):
		return severity, deepreview.TopicPerformance
	case strings.HasPrefix(id, "SA"):
		return severity, deepreview.TopicCorrectness
	case strings.HasPrefix(id, "U"):
		return severity, deepreview.TopicMaintenance
	}
	return severity, deepreview.TopicStyle
}

// firstParagraph returns what follows the title of a pass's documentation, up to an empty line.
func firstParagraph(doc string) string {
	title, rest, _ := strings.Cut(doc, "\n\n")
	text, _, _ := strings.Cut(rest, "\n\n")
	if text = strings.TrimSpace(text); text == "" || strings.HasPrefix(text, "\t") {
		text = strings.TrimSpace(title)
	}
	return strings.Join(strings.Fields(text), " ")
}

// chosen reports whether checks, staticcheck's setting of that name, turns the rule id on. A later entry overrides an
// earlier one. Passes of go vet are always on.
func chosen(checks []string, id string) bool {
	if strings.HasPrefix(id, "vet/") {
		return true
	}
	on := false
	for _, check := range checks {
		check, off := strings.CutPrefix(check, "-")
		stem, glob := strings.CutSuffix(check, "*")
		switch {
		case check == "all", check == "*":
		case glob && !strings.ContainsAny(stem, "0123456789"):
			// "S*" is the group S, not SA.
			if !strings.EqualFold(strings.TrimRight(id, "0123456789"), stem) {
				continue
			}
		case glob:
			if len(id) < len(stem) || !strings.EqualFold(id[:len(stem)], stem) {
				continue
			}
		case !strings.EqualFold(check, id):
			continue
		}
		on = !off
	}
	return on
}

// defaultChecks is staticcheck's own choice: everything but what it marks as not default.
func defaultChecks() []string {
	checks := []string{"all"}
	for _, r := range allRules() {
		if !r.Default {
			checks = append(checks, "-"+r.ID)
		}
	}
	return checks
}
