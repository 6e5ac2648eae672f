package deepreview_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/deepreview-go/deepreview"
)

func TestParseSeverityReadsTheScalesInUse(t *testing.T) {
	const unset, suggestion, important, critical = deepreview.SeverityUnset, deepreview.SeveritySuggestion, deepreview.SeverityImportant, deepreview.SeverityCritical
	for scale, words := range map[string]map[string]deepreview.Severity{
		"our own": {"critical": critical, "important": important, "suggestion": suggestion, "unset": unset, "": unset},
		"priorities": {
			"P0": critical, "P1": important, "P2": important, "P3": suggestion, "P4": suggestion, "p-1": important, "[P1]": important,
			"Priority 0": critical, "Priority: P3": suggestion, "prio 2": important, "P7": unset, "P12": unset,
		},
		"incident levels": {"sev0": critical, "SEV-1": critical, "Sev 2": important, "sev3": important, "sev4": suggestion, "sev9": unset},
		"the numbers of our own reports are no severity": {"S0": unset, "S1": unset, "C1": unset, "I2": unset},
		"CVSS words": {"Critical": critical, "High": important, "MEDIUM": important, "moderate": important, "low": suggestion, "none": unset},
		"CVSS scores": {
			"10": critical, "9.0": critical, "8.9": important, "7.5": important, "4.0": important, "3.9": suggestion, "1": suggestion,
			"0.8": unset, "0": unset, "0.0": unset, "10.1": unset, "75": unset, "-7": unset, "CVSS 7.5": important, "CVSS:3.1 9.8 (Critical)": critical,
			"CVSS v4.0: 2.1": suggestion, "CVSS:3.1/AV:N/AC:L": unset, "1e1": unset, "7.5.1": unset, "NaN": unset,
		},
		"scores out of a maximum": {
			"8/10": important, "9 out of 10": critical, "4/5": important, "5/5": critical, "1/5": suggestion, "95/100": critical, "0/10": unset,
			"12/10": unset, "3/7": unset,
		},
		"SonarQube, GitLab, review bots": {"BLOCKER": critical, "major": important, "minor": suggestion, "info": suggestion, "trivial": suggestion},
		"SARIF and linters": {
			"error": important, "warning": important, "note": suggestion, "hint": suggestion, "information": suggestion, "fatal": critical,
		},
		"obligation": {
			"must": critical, "must fix": critical, "should": important, "should fix": important, "could": suggestion, "nice to have": suggestion,
			"optional": suggestion, "won't": unset,
		},
		"review comments": {
			"nit": suggestion, "nitpick:": suggestion, "issue (blocking)": critical, "suggestion (non-blocking)": suggestion, "praise": unset,
			"question": unset, "issue": unset,
		},
		"markers": {
			"🔴": critical, "🟠": important, "🟡": important, "🟢": suggestion, "🔵": suggestion, "⚠️": important, "🚨": critical, "ℹ️": suggestion, "🎉": unset,
			"🔴 high": important, "🟡 Minor": suggestion, "🔴🟢": unset, "🔴🔴": critical, "🔴P2": important,
		},
		"dress": {
			"  severity: High ": important, "**[HIGH]**": important, "(low)": suggestion, "`major`": important, "High-severity issue": important,
			"Risk: Medium": important, "![P1 Badge](https://img.shields.io/badge/P1-orange)": important, "<sub><b>critical</b></sub>": critical,
			"![high](https://example.com/high-priority.svg)": important, "medium/high": important,
		},
		"what contradicts itself or says no is unset": {
			"low to medium": unset, "critical or minor": unset, "not critical": unset, "non-critical": unset, "uncritical": unset, "P1 (low)": unset,
		},
		"other words": {"severity": unset, "unknown": unset, "highest": unset, "?": unset, "tbd": unset, "crítico": unset, "the build is broken": unset},
	} {
		t.Run(scale, func(t *testing.T) {
			for word, want := range words {
				assert.Equal(t, want, deepreview.ParseSeverity(word), "%q", word)
			}
		})
	}
	assert.Equal(t, unset, deepreview.ParseSeverity(strings.Repeat(" ", 300)+"high"), "a text is no rating")
}

func TestScalesKeepTheirOrder(t *testing.T) {
	for _, scale := range [][]string{
		{"critical", "important", "suggestion"}, {"p0", "p1", "p2", "p3", "p4"}, {"sev0", "sev1", "sev2", "sev3", "sev4", "sev5"},
		{"critical", "high", "medium", "low"}, {"blocker", "critical", "major", "minor", "info"}, {"fatal", "error", "warning", "note"},
		{"10", "9", "8", "7", "6", "5", "4", "3", "2", "1", "0"}, {"must", "should", "could"}, {"🔴", "🟠", "🟡", "🟢"},
	} {
		for i := range scale[1:] {
			assert.GreaterOrEqual(t, deepreview.ParseSeverity(scale[i]), deepreview.ParseSeverity(scale[i+1]), "%s before %s", scale[i], scale[i+1])
		}
	}
}

func FuzzParseSeverity(f *testing.F) {
	for _, s := range []string{"P1", "8/10", "🔴 high", "![P1 Badge](x)", "CVSS:3.1 9.8", "nice to have", "<a>[b](c)</a>", "\xff", "-1", "9.9.9"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, word string) {
		s := deepreview.ParseSeverity(word)
		assert.Contains(t, []deepreview.Severity{0, deepreview.SeveritySuggestion, deepreview.SeverityImportant, deepreview.SeverityCritical}, s)
		assert.Equal(t, s, deepreview.ParseSeverity(s.String()), "its own word means the same")
		if len(word) < 200 {
			assert.Equal(t, s, deepreview.ParseSeverity(" "+word+" "), "spaces around do not matter")
		}
	})
}
