package patterns

import (
	"fmt"
	"strings"

	"github.com/deepreview-go/deepreview"
)

var checkDisabled = Rule{
	ID:       "check-disabled",
	Why:      "A check that is switched off for everything, or may fail unseen, hides the next fault along with this one.",
	Severity: deepreview.SeveritySuggestion,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicMaintenance,
	file:     checksDisabled,
}

var (
	// Switched off as a whole: no rule is named.
	disabledAll = compile(`^\s*//\s*nolint(?::all\b|\s*$|\s+//|\s+[^:])` +
		`|\beslint-disable(?:-line|-next-line)?\s*$|\btslint:disable(?:-line|-next-line)?\s*$|@ts-nocheck\b|\bbiome-ignore-all\b` +
		`|#\s*(?:flake8|ruff): noqa\s*$|#\s*pylint:\s*(?:disable=all\b|skip-file)|#\s*mypy:\s*ignore-errors|\brubocop:disable all\b` +
		`|^\s*//\s*NOLINT\s*$|\bphpcs:(?:ignoreFile|disable)\s*$|\bcppcheck-suppress \*|#\s*shellcheck disable=all\b|/\*\s*(?:istanbul|c8|v8) ignore file`)
	// Attributes are code, not comments.
	disabledCode = compile(`@SuppressWarnings\(\s*"all"\s*\)|#!?\[allow\((?:warnings|clippy::all)\)\]|#pragma warning disable\s*$`)
	mayFail      = compile(`^\s*(?:-\s*)?(?:continue-on-error|allow_failure|continueOnError):\s*true\s*$`)
	orTrue       = compile(`^(.*\S)\s*\|\|\s*(?:true|:|exit 0)\s*$`)
)

func checksDisabled(f *file, report func(hit)) {
	if !f.handWritten() || f.gone() || f.lang == langProse {
		return
	}
	for _, l := range f.added() {
		if f.removed(l.Text) {
			continue
		}
		switch {
		case !f.test && (l.Comment != "" && disabledAll.MatchString(l.Comment) || disabledCode.MatchString(l.text()) && notInString(l)):
			h := on(f, l, "A check is switched off as a whole")
			h.detail = fmt.Sprintf("`%s` names no rule, so it silences what comes later too. Name the rule, and say why it does not hold here.", excerpt(l))
			report(h)
		case f.lang == langYAML && mayFail.MatchString(l.text()):
			h := on(f, l, "A step of the pipeline may now fail unseen")
			h.detail = fmt.Sprintf("With `%s` the run stays green whatever comes of it.", excerpt(l))
			report(h)
		case f.lang == langYAML || f.lang == langShell || f.lang == langMake:
			if m := orTrue.FindStringSubmatch(l.text()); m != nil && f.removed(m[1]) {
				h := on(f, l, "A command that had to succeed may now fail unseen")
				h.detail = fmt.Sprintf("`%s`: before this change its failure ended the run.", excerpt(l))
				report(h)
			}
		}
	}
}

var doNotMerge = Rule{
	ID:       "do-not-merge",
	Why:      "Its author wrote that it must not be merged.",
	Severity: deepreview.SeverityImportant,
	Category: deepreview.CategoryGap,
	Topic:    deepreview.TopicMaintenance,
	file:     doNotMerges,
}

var doNotMergeMark = compile(`\bDO NOT (?:MERGE|SUBMIT|COMMIT|CHECK ?IN|LAND)\b|(?i:\bnocommit\b|\bnomerge\b|\bremoveme\b|\b(?:remove|delete|revert|undo)(?: this| me| it)? (?:before|prior to) (?:merg|commit|submit|land|ship|push|releas)\w*)`)

func doNotMerges(f *file, report func(hit)) {
	if !f.handWritten() || f.gone() || f.lang == langProse {
		return
	}
	for _, l := range f.added() {
		text := l.Comment
		if syntaxOf(f.lang) == nil {
			text = l.text()
		}
		if text != "" && doNotMergeMark.MatchString(text) {
			h := on(f, l, "A line says that it must not be merged")
			h.detail = fmt.Sprintf("`%s`", excerpt(l))
			report(h)
		}
	}
}

var commentedOut = Rule{
	ID:       "commented-out",
	Why:      "Code in comments is neither run nor kept right; history keeps what was deleted.",
	Severity: deepreview.SeverityImportant,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicMaintenance,
	file:     commentedOuts,
}

var (
	commentStart = compile(`^\s*(?://+|#+|--|/\*+)\s?(.*?)\s*(?:\*/)?$`)
	assertion    = compile(`\b(?:assert\w*|require|expect|verify)\b[\w.]*[\s(!]|\bt\.(?:Error|Fatal)f?\(|\bshould\b`)
)

// statementLike matches what does something: a bracket with a word in it, or before it, is only the frame of what does.
var statementLike = compile(`\w{2,}.*[(=;:,]|[(=].*\w{2,}`)

// commentedOuts looks for lines that the change takes out as code and puts in as comments.
func commentedOuts(f *file, report func(hit)) {
	if !f.lang.program() || !f.handWritten() || f.example || f.gone() {
		return
	}
	gone := map[string]bool{}
	for _, l := range f.deleted() {
		if text := strings.TrimSpace(l.Text); statementLike.MatchString(text) && strings.TrimSpace(l.Code) != "" && l.Comment == "" {
			gone[text] = true
		}
	}
	if len(gone) == 0 {
		return
	}
	for _, l := range f.added() {
		if l.Comment == "" || strings.TrimSpace(l.Code) != "" {
			continue
		}
		m := commentStart.FindStringSubmatch(l.text())
		if m == nil || !gone[strings.TrimSpace(m[1])] {
			continue
		}
		h := on(f, l, "Code was commented out")
		h.severity = deepreview.SeveritySuggestion
		if f.test && assertion.MatchString(m[1]) {
			h.severity = deepreview.SeverityImportant
		}
		h.detail = fmt.Sprintf("`%s` ran before this change. Delete it, or say what it waits for.", excerpt(l))
		report(h)
	}
}

var constantCondition = Rule{
	ID:       "constant-condition",
	Why:      "A condition that is always the same is how code is switched on or off for a trial, and forgotten.",
	Severity: deepreview.SeverityImportant,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicCorrectness,
	file:     constantConditions,
}

var constantIf = compile(`^\s*(?:\}\s*)?(?:else\s+)?(?:el)?if\s*(?:\(\s*(?:false|true|0|1)\s*\)|(?:false|true)\s*\{|(?:False|True|0|1)\s*:)|^\s*(?:\}\s*)?(?:else\s+)?(?:el)?if\b.*(?:\|\|\s*true|&&\s*false|\bor True|\band False)\s*\)?\s*[{:]?\s*$|^\s*(?:el)?if\s*\(?\s*(?:false\s*&&|true\s*\|\||False and|True or)`)

func constantConditions(f *file, report func(hit)) {
	if !f.lang.program() || !f.production() || f.gone() {
		return
	}
	for _, l := range f.added() {
		if constantIf.MatchString(l.Code) && !f.removed(l.Text) {
			h := on(f, l, "A condition is always the same")
			h.detail = fmt.Sprintf("`%s` decides nothing: one of its branches never runs.", excerpt(l))
			report(h)
		}
	}
}
