package patterns

import (
	"fmt"
	"strings"

	"github.com/deepreview-go/deepreview"
)

var workflowRisk = Rule{
	ID:       "workflow-risk",
	Why:      "A workflow runs with the repository's secrets; what strangers can put into it runs with them too.",
	Severity: deepreview.SeverityCritical,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicSecurity,
	file:     workflowRisks,
}

// The risks are those of GitHub's "Secure use reference" for Actions: script injection, pull_request_target, unpinned actions and
// wide permissions.
var (
	foreignText   = compile(`\$\{\{\s*(?:github\.head_ref|github\.event\.(?:issue\.(?:title|body)|pull_request\.(?:title|body|head\.(?:ref|label|repo\.\w+))|comment\.body|review\.body|review_comment\.body|discussion\.(?:title|body)|head_commit\.(?:message|author\.\w+)|commits\[?\S*\.message|pages\S*\.page_name|workflow_run\.head_branch))\s*(?:\|\|[^}]*)?\}\}`)
	yamlKey       = compile(`^\s*(?:-\s+)?([\w-]+):(?:\s|$)`)
	targetTrigger = compile(`^\s*(?:-\s*)?pull_request_target\b|^\s*on:.*\bpull_request_target\b`)
	headCheckout  = compile(`^\s*(?:ref|repository):.*(?:github\.event\.pull_request\.head|github\.head_ref|refs/pull/)`)
	writeAll      = compile(`^\s*permissions:\s*write-all\b`)
	usesAction    = compile(`^\s*(?:-\s*)?uses:\s*["']?([\w.-]+)/([\w./-]+)@([\w./-]+)`)
	commitPin     = compile(`^[0-9a-f]{40}$`)
)

func workflowRisks(f *file, report func(hit)) {
	if f.lang != langYAML || f.gone() || !strings.HasPrefix(f.Path, ".github/workflows/") && f.Path != "action.yml" && f.Path != "action.yaml" && !strings.HasPrefix(f.Path, ".github/actions/") {
		return
	}
	pinned := map[string]bool{} // actions that a commit was named for, and "" where any was
	target, head, checkout, headNew := false, false, false, false
	see := func(text string, now bool) {
		if m := usesAction.FindStringSubmatch(text); m != nil && commitPin.MatchString(m[3]) {
			pinned[m[1]+"/"+m[2]] = true
			pinned[""] = true
		}
		target = target || now && targetTrigger.MatchString(text)
		head = head || now && headCheckout.MatchString(text)
		checkout = checkout || now && strings.Contains(text, "actions/checkout")
	}
	for _, l := range f.lines {
		see(l.text(), !l.deleted())
		headNew = headNew || l.added() && headCheckout.MatchString(l.text())
	}
	for _, text := range f.whole(false) {
		see(text, true)
	}
	inScript, indent := false, 0
	for _, l := range f.lines {
		if l.deleted() {
			continue
		}
		text := l.text()
		depth := len(text) - len(strings.TrimLeft(text, " "))
		if inScript && strings.TrimSpace(text) != "" && depth <= indent {
			inScript = false
		}
		key := ""
		if m := yamlKey.FindStringSubmatch(text); m != nil && !inScript {
			key = m[1]
			if rest := strings.TrimSpace(text[strings.Index(text, ":")+1:]); (key == "run" || key == "script") && (strings.HasPrefix(rest, "|") || strings.HasPrefix(rest, ">")) {
				inScript, indent = true, depth+strings.Count(text[:strings.Index(text, key)], "-")
			}
		}
		if !l.added() || strings.HasPrefix(strings.TrimSpace(text), "#") {
			continue
		}
		if foreignText.MatchString(text) && (inScript || key == "run" || key == "script" || key == "") {
			h := on(f, l, "Text that a stranger writes becomes part of a script")
			h.detail = fmt.Sprintf("`%s`: the text is put in before the shell reads the line, so a title or branch with `$(…)` in it runs. Hand it over through `env:` and quote the variable.", excerpt(l))
			report(h)
		}
		switch {
		case targetTrigger.MatchString(text) && (head && !headNew || checkout && !head):
			// One that checks nothing out, to label or to greet, is what the trigger is for.
			h := on(f, l, "A workflow runs with the repository's secrets on strangers' pull requests")
			h.detail = "`pull_request_target` has secrets and a token that writes. It must not check out, build or run anything of the pull request."
			if !head {
				h.severity = deepreview.SeveritySuggestion
			}
			report(h)
		case headCheckout.MatchString(text) && target:
			h := on(f, l, "A workflow with secrets checks out a stranger's code")
			h.detail = fmt.Sprintf("`%s` under `pull_request_target`: what it builds or runs has the repository's secrets.", excerpt(l))
			report(h)
		case writeAll.MatchString(text):
			h := on(f, l, "A workflow may write everything")
			h.detail = "`write-all` gives every step, and every action it uses, all rights on the repository. Name those that are needed."
			h.severity = deepreview.SeverityImportant
			report(h)
		}
		if m := usesAction.FindStringSubmatch(text); m != nil && !commitPin.MatchString(m[3]) {
			action := m[1] + "/" + m[2]
			switch {
			case pinned[action] && wasPinned(f, action):
				h := on(f, l, fmt.Sprintf("Action %s is no longer pinned to a commit", action))
				h.detail = fmt.Sprintf("`%s` can be moved to other code by whoever holds its repository.", m[3])
				h.severity = deepreview.SeverityImportant
				report(h)
			case m[3] == "main" || m[3] == "master" || m[3] == "HEAD" || m[3] == "develop":
				h := on(f, l, fmt.Sprintf("Action %s follows a branch", action))
				h.detail = fmt.Sprintf("Each run takes whatever is on `%s`, with this repository's rights. Name a commit.", m[3])
				h.severity = deepreview.SeveritySuggestion
				report(h)
			case pinned[""] && m[1] != "actions" && m[1] != "github":
				h := on(f, l, fmt.Sprintf("Action %s is not pinned, others of the file are", action))
				h.detail = fmt.Sprintf("`%s` can be moved to other code; the project names commits elsewhere.", m[3])
				h.severity = deepreview.SeveritySuggestion
				report(h)
			}
		}
	}
}

// wasPinned reports whether a deleted line named a commit for an action.
func wasPinned(f *file, action string) bool {
	for _, l := range f.deleted() {
		if m := usesAction.FindStringSubmatch(l.text()); m != nil && m[1]+"/"+m[2] == action && commitPin.MatchString(m[3]) {
			return true
		}
	}
	return false
}
