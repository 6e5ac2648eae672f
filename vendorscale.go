package deepreview

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// ParseSeverity maps a reviewer's own word for how bad something is to our scale: "P1", "High", "severity: blocker",
// "7.5 (high)", "[nit]", "🔴". It knows the scales in use once, here, so that no part of the program has its own idea of
// them, and returns [SeverityUnset] for whatever it does not know: a severity is never guessed.
//
// Three rules hold for every scale. A word is critical only if it says that the merge is blocked or the top is reached; it
// is a suggestion if it is the scale's bottom; what lies between is important. So "high" is important, since scales that
// have it put "critical" above it, and "warning" is important, since it is the middle of error, warning, note as
// of critical, warning, info.
//
// A number is a score from 0 to 10 and is read by the bands of CVSS 3.1 and 4.0: critical from 9.0, important from 4.0
// (their medium and high), a suggestion below. 0 says that there is nothing, and what lies between 0 and 1 is more likely a
// probability, so both are unset. "8/10" and "4/5" are taken to that scale. P0 to P4 and sev0 to sev5 run the
// other way. A lone "S1" is unset: it may be a severity, or the number of a suggestion.
//
// Case, punctuation, Markdown, brackets and words such as "severity" or "priority" do not matter. Where several words
// speak they must agree: "low to medium" is unset. A coloured marker counts only where no word does, since tools
// colour differently.
func ParseSeverity(word string) Severity {
	if len(word) > maxSeverityWord {
		return SeverityUnset // a sentence, not a rating
	}
	text := strings.ToLower(markup.ReplaceAllString(word, " $1 "))
	text = cvssVersion.ReplaceAllString(text, " ")
	text = strings.NewReplacer("non-blocking", "nonblocking", "non blocking", "nonblocking", "nice to have", "nicetohave",
		"nice-to-have", "nicetohave", "show-stopper", "showstopper", "won't", "wont").Replace(text)
	var said verdicts
	text = fraction.ReplaceAllStringFunc(text, func(s string) string {
		m := fraction.FindStringSubmatch(s)
		said.add(scoreSeverity(m[1], m[2]))
		return " "
	})
	text = reverseScale.ReplaceAllStringFunc(text, func(s string) string {
		m := reverseScale.FindStringSubmatch(s)
		said.add(reverseScales[m[1]+m[2]])
		return m[3]
	})
	if negative.MatchString(text) {
		return SeverityUnset
	}
	for _, t := range strings.FieldsFunc(text, func(r rune) bool {
		return r != '.' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && markerWords[r] == SeverityUnset
	}) {
		rest := strings.Map(func(r rune) rune {
			if s := markerWords[r]; s != SeverityUnset {
				said.mark(s)
				return -1
			}
			return r
		}, t)
		rest = strings.Trim(rest, ".")
		switch {
		case rest == "", severityFillers[rest]:
		case rest[0] >= '0' && rest[0] <= '9':
			said.add(scoreSeverity(rest, "10"))
		default:
			said.add(scaleWords[rest]) // the zero of an unknown word spoils the rating
		}
	}
	return said.severity()
}

// maxSeverityWord is how long a rating may be, in bytes. A badge with its link is the longest in use.
const maxSeverityWord = 256

var (
	// markup is what ratings come wrapped in: HTML tags go, of an image or link its text stays.
	markup = regexp.MustCompile(`<[^<>]*>|!?\[([^\[\]]*)\]\([^()]*\)`)
	// cvssVersion is the version of CVSS, which looks like a score.
	cvssVersion = regexp.MustCompile(`\bcvss[\s:_-]*v?[234]\.[01]\b`)
	fraction    = regexp.MustCompile(`\b(\d{1,3}(?:\.\d{1,2})?)\s*(?:/|out of|of)\s*(5|10|100)\b`)
	// reverseScale are ratings that grow less with the number.
	reverseScale = regexp.MustCompile(`\b(p|prio|priority|sev)[\s:_-]*([0-9])\b(\D|$)`)
	negative     = regexp.MustCompile(`(?:^|[\s(:])[-−]\s*\d`)
)

// reverseScales are the scales on which 0 or 1 is the worst. P0 to P4 are those of issue trackers and of the reviewing
// agents that took them over: drop everything, next, in its time, nice to have. Of incident levels, sev1 is the
// outage where there is no sev0, and sev4 the blemish.
var reverseScales = func() map[string]Severity {
	out := map[string]Severity{}
	for _, p := range []string{"p", "prio", "priority"} {
		out[p+"0"], out[p+"1"], out[p+"2"] = SeverityCritical, SeverityImportant, SeverityImportant
		out[p+"3"], out[p+"4"], out[p+"5"] = SeveritySuggestion, SeveritySuggestion, SeveritySuggestion
	}
	out["sev0"], out["sev1"], out["sev2"], out["sev3"] = SeverityCritical, SeverityCritical, SeverityImportant, SeverityImportant
	out["sev4"], out["sev5"] = SeveritySuggestion, SeveritySuggestion
	return out
}()

// scaleWords are the words of the scales in use, each with where it stands there.
var scaleWords = map[string]Severity{
	// Our own.
	"critical": SeverityCritical, "important": SeverityImportant, "suggestion": SeveritySuggestion,
	// CVSS and GitHub advisories: critical, high, medium or moderate, low, none. "None" is unset.
	"high": SeverityImportant, "medium": SeverityImportant, "moderate": SeverityImportant, "low": SeveritySuggestion,
	"med": SeverityImportant, "mid": SeverityImportant,
	// SonarQube, Code Climate and GitLab: blocker, critical, major, minor, info. Review bots add trivial.
	"blocker": SeverityCritical, "major": SeverityImportant, "minor": SeveritySuggestion, "info": SeveritySuggestion,
	"trivial": SeveritySuggestion, "blocking": SeverityCritical, "showstopper": SeverityCritical,
	// SARIF 2.1.0 §3.27.10: error is a serious problem, warning a problem and the default, note a minor one; none, that
	// severity does not apply. Compilers, linters, LSP and reviewdog add fatal, information and hint. An error is not
	// critical: that a rule fired does not show that users are hurt.
	"error": SeverityImportant, "warning": SeverityImportant, "note": SeveritySuggestion, "fatal": SeverityCritical,
	"err": SeverityImportant, "warn": SeverityImportant, "information": SeveritySuggestion, "informational": SeveritySuggestion,
	"hint": SeveritySuggestion, "notice": SeveritySuggestion, "convention": SeveritySuggestion, "refactor": SeveritySuggestion,
	// Syslog.
	"emergency": SeverityCritical, "crit": SeverityCritical,
	// Obligation, as in RFC 2119 and MoSCoW.
	"must": SeverityCritical, "required": SeverityCritical, "should": SeverityImportant, "recommended": SeverityImportant,
	"could": SeveritySuggestion, "may": SeveritySuggestion, "optional": SeveritySuggestion, "nicetohave": SeveritySuggestion,
	// Conventional comments and what people write in reviews.
	"nit": SeveritySuggestion, "nitpick": SeveritySuggestion, "nits": SeveritySuggestion, "suggestions": SeveritySuggestion,
	"nonblocking": SeveritySuggestion, "polish": SeveritySuggestion, "cosmetic": SeveritySuggestion, "style": SeveritySuggestion,
	"enhancement": SeveritySuggestion, "improvement": SeveritySuggestion,
	"severe": SeverityCritical, "serious": SeverityImportant, "significant": SeverityImportant, "normal": SeverityImportant,
	"negligible": SeveritySuggestion,
}

// markerWords are coloured markers: the traffic light with orange between, and the usual signs.
var markerWords = map[rune]Severity{
	'🔴': SeverityCritical, '🟥': SeverityCritical, '🛑': SeverityCritical, '⛔': SeverityCritical, '🚨': SeverityCritical,
	'🟠': SeverityImportant, '🟧': SeverityImportant, '🟡': SeverityImportant, '🟨': SeverityImportant, '⚠': SeverityImportant,
	'🟢': SeveritySuggestion, '🟩': SeveritySuggestion, '🔵': SeveritySuggestion, '🟦': SeveritySuggestion, '⚪': SeveritySuggestion,
	'💡': SeveritySuggestion, 'ℹ': SeveritySuggestion, '🧹': SeveritySuggestion,
}

// severityFillers are words that stand with a rating and say nothing of it.
var severityFillers = map[string]bool{
	"severity": true, "sev": true, "priority": true, "prio": true, "level": true, "rating": true, "score": true, "cvss": true,
	"risk": true, "impact": true, "issue": true, "issues": true, "bug": true, "finding": true, "problem": true, "comment": true,
	"badge": true, "fix": true, "be": true, "fixed": true, "is": true, "to": true,
}

// scoreSeverity maps a score out of some maximum.
func scoreSeverity(score, of string) Severity {
	x, err := strconv.ParseFloat(score, 64)
	top, _ := strconv.ParseFloat(of, 64) // one of the numbers in fraction
	if err != nil || x > top || strings.Trim(score, "0123456789.") != "" {
		return SeverityUnset
	}
	switch x = x * 10 / top; {
	case x >= 9:
		return SeverityCritical
	case x >= 4:
		return SeverityImportant
	case x >= 1:
		return SeveritySuggestion
	}
	return SeverityUnset
}

// verdicts collects what the parts of a rating say.
type verdicts struct {
	words, marks []Severity
}

func (v *verdicts) add(s Severity)  { v.words = append(v.words, s) }
func (v *verdicts) mark(s Severity) { v.marks = append(v.marks, s) }

// severity is what all words say, or without words all markers; unset where they differ.
func (v *verdicts) severity() Severity {
	all := v.words
	if len(all) == 0 {
		all = v.marks
	}
	if len(all) == 0 {
		return SeverityUnset
	}
	for _, s := range all {
		if s != all[0] {
			return SeverityUnset
		}
	}
	return all[0]
}
