package patterns

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/internal/redact"
)

var commitMessage = Rule{
	ID:     "commit-message",
	Why:    "A commit's message is what the next reader has to go by, and it cannot be mended after the merge.",
	Note:   deepreview.NoteCommit,
	Topic:  deepreview.TopicMaintenance,
	change: commitMessages,
}

// subjectMost is the longest subject that passes, in characters: git's own advice is 50 and tools cut at 72; what is noted
// here is beyond every habit.
const subjectMost = 100

var (
	fixupSubject = compile(`^(?:fixup|squash|amend)! `)
	wipSubject   = compile(`(?i)^(?:\[?wip\b|draft:|do not merge|don't merge|dnm\b|tmp\b|temp\b|checkpoint\b|saving work)`)
	emptySubject = compile(`(?i)^(?:\W*|update|updates|fix|fixes|fixed|changes|change|misc|stuff|wip|cleanup|refactor|test|tests|commit|minor|asdf|\.+|update [\w.-]+\.\w+)\W*$`)
	bareRevert   = compile(`^Revert "`)
	revertOnly   = compile(`(?s)^\s*This reverts commit [0-9a-f]{7,64}[.,]?\s*$`)
)

func commitMessages(v *view, report func(hit)) {
	for _, c := range v.Commits {
		subject := strings.TrimSpace(c.Subject)
		title, text := "", ""
		_, masked := redact.Mask(c.Subject + "\n\n" + c.Body)
		switch {
		case masked > 0:
			title, text = "A commit's message holds a likely secret", "Its message holds what looks like a credential. Revoke it; a message cannot be taken back once it is merged."
		case len(c.Parents) > 1:
			continue // the series' rule counts merges
		case subject == "":
			title, text = "A commit without a subject", "It says nothing about itself."
		case fixupSubject.MatchString(subject):
			title, text = "A commit to be squashed is still there", fmt.Sprintf("%q was made to be folded into another one: run an interactive rebase with `--autosquash`.", shorten(subject, subjectMost))
		case wipSubject.MatchString(subject):
			title, text = "A commit says that it is unfinished", fmt.Sprintf("Its subject is %q.", shorten(subject, subjectMost))
		case emptySubject.MatchString(subject) && strings.TrimSpace(c.Body) == "":
			title, text = "A subject that says nothing", fmt.Sprintf("%q does not tell what the commit changes or why.", subject)
		case utf8.RuneCountInString(subject) > subjectMost:
			title, text = "A very long subject", fmt.Sprintf("It is %d characters long, and lists cut it. Say what in one short line, and why in the body.", utf8.RuneCountInString(subject))
		case bareRevert.MatchString(subject) && (strings.TrimSpace(c.Body) == "" || revertOnly.MatchString(c.Body)):
			title, text = "A revert without a reason", "It says what it takes back, but not why. The next one who tries it should know."
		default:
			continue
		}
		report(hit{title: title + ": " + c.Short(), detail: text, commit: c.ID})
	}
}

var commitSeries = Rule{
	ID:     "commit-series",
	Why:    "A series that mixes concerns, or merges back and forth, can be neither read nor reverted in parts.",
	Note:   deepreview.NoteCommit,
	Topic:  deepreview.TopicMaintenance,
	change: commitSeriesNotes,
}

// conventional is the form of the Conventional Commits specification 1.0.0: type(scope)!: subject.
var conventional = compile(`^([a-z]+)(?:\([^)]*\))?!?: `)

func commitSeriesNotes(v *view, report func(hit)) {
	var merges []deepreview.Commit
	var kinds, twice []string
	subjects := map[string]int{}
	for _, c := range v.Commits {
		if len(c.Parents) > 1 {
			merges = append(merges, c)
			continue
		}
		if m := conventional.FindStringSubmatch(c.Subject); m != nil && !slices.Contains(kinds, m[1]) {
			switch m[1] {
			case "feat", "fix", "perf", "refactor", "revert":
				kinds = append(kinds, m[1])
			}
		}
		if subjects[c.Subject]++; subjects[c.Subject] == 2 && strings.TrimSpace(c.Subject) != "" {
			twice = append(twice, c.Subject)
		}
	}
	if len(merges) > 0 {
		report(hit{
			title:  countOf(len(merges), "merge in the range", "merges in the range"),
			detail: "Merged into the branch: " + list(merges, func(c deepreview.Commit) string { return "`" + c.Short() + "`" }) + ". Where the project keeps a straight history, rebase instead; a merge can also carry changes of its own that no diff of a commit shows.",
		})
	}
	if len(kinds) >= 3 {
		report(hit{
			title:  "Several concerns in one change",
			detail: fmt.Sprintf("By their own subjects the commits are of the kinds %s. Apart they could be reviewed and reverted one by one.", strings.Join(kinds, ", ")),
		})
	}
	if len(twice) > 0 {
		report(hit{
			title:  "Commits with the same subject",
			detail: "More than one commit is called " + list(twice, func(s string) string { return fmt.Sprintf("%q", shorten(s, subjectMost)) }) + ". Either they belong together, or their subjects do not say how they differ.",
		})
	}
}
