package deepreview

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Editor writes the words of a finished report. It may change no number, severity or attribution: each text is checked
// against the report, and one that says anything else is left out, with a warning.
type Editor interface {
	// Name identifies the editor in reports.
	Name() string
	// Edit returns words for r, which it must not modify. Empty ones leave what is there. It obeys ctx; an error leaves
	// everything as it was.
	Edit(ctx context.Context, r *Report) (*Words, error)
}

// Words are the texts that an [Editor] writes.
type Words struct {
	// Summary and Closing are Markdown, VerdictReason is one line.
	Summary, VerdictReason, Closing string
	// Retro replaces the remarks on a reviewer, by its name.
	Retro map[string][]Remark
	// Titles replaces the titles of issues, by their ID.
	Titles map[string]string
}

// edit puts the editor's words into the report as far as they hold, and returns what did not.
func (p *Pipeline) edit(ctx context.Context, r *Report) []string {
	if p.Editor == nil {
		return nil
	}
	name := p.Editor.Name()
	w, err := guard(func() (*Words, error) { return p.Editor.Edit(ctx, r) })
	if err == nil && w == nil {
		err = fmt.Errorf("it returned neither words nor an error")
	}
	if err != nil {
		return []string{fmt.Sprintf("%s wrote no words for this report: %v.", name, err)}
	}
	f := factsOf(r)
	var problems []string
	put := func(what string, to *string, text string) {
		if text == "" || text == *to {
			return
		}
		n := &normalizer{}
		n.texts(what, &text)
		if why := f.contradicted(text); why != "" {
			problems = append(problems, fmt.Sprintf("%s by %s is left out: %s.", what, name, why))
			return
		}
		*to = text
	}
	put("The summary", &r.Summary, w.Summary)
	put("The closing paragraph", &r.Closing, w.Closing)
	if !strings.Contains(w.VerdictReason, "\n") {
		put("The reason of the verdict", &r.Verdict.Reason, w.VerdictReason)
	}
	for i := range r.Scorecards {
		s := &r.Scorecards[i]
		var retro []Remark
		for _, remark := range w.Retro[s.Reviewer] {
			text := ""
			put("A remark on "+s.Label, &text, remark.Text)
			if text != "" {
				retro = append(retro, Remark{remark.Aspect, text})
			}
		}
		if len(retro) > 0 {
			s.Retro = retro
		}
	}
	for _, is := range r.Issues {
		title := w.Titles[is.ID]
		if strings.Contains(title, "\n") || (severityWord.MatchString(title) && !severityWord.MatchString(is.Title)) {
			problems = append(problems, fmt.Sprintf("A title for %s by %s is left out: it is more than one line, or speaks of the severity.", is.Number, name))
			continue
		}
		put("A title for "+is.Number, &is.Title, title)
	}
	return problems
}

// facts are what the words of a report may say.
type facts struct {
	report  *Report
	numbers map[string]bool
	// raised are the labels of the reviewers that raised an issue, by its number.
	raised map[string][]string
	labels []string
}

var (
	figure       = regexp.MustCompile(`\d+(?:[.,]\d+)*`)
	countWords   = regexp.MustCompile(`(?i)\b(\d+|no|one|two|three|four|five|six|seven|eight|nine|ten)\s+(critical|important|suggestions?)\b`)
	issueName    = regexp.MustCompile(`\b[CIS]\d+\b`)
	crediting    = regexp.MustCompile(`(?i)\b(raised|found|reported|flagged|identified|caught|spotted|discovered|noticed)\b`)
	negating     = regexp.MustCompile(`(?i)\b(not|missed|nobody|no one|without|other than|unlike|didn't|alone)\b`)
	severityWord = regexp.MustCompile(`(?i)\b(critical|important|suggestion|blocker|trivial)\b`)
	sentence     = regexp.MustCompile(`[^.!?\n]+`)
	rating       = regexp.MustCompile(`(?i)\b([CIS]\d+)\b\W+(?:is|was|are|were|stays|remains)\W+(?:an?\W+)?(critical|important|suggestion)\b`)
)

var smallNumbers = []string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"}

// factsOf collects every number that stands anywhere in the report's own facts.
func factsOf(r *Report) *facts {
	f := &facts{report: r, numbers: map[string]bool{}, raised: map[string][]string{}}
	var b strings.Builder
	own := *r
	own.Reviews = nil // a reviewer's transcript is no fact
	_ = own.WriteJSON(&b)
	for _, n := range figure.FindAllString(b.String(), -1) {
		f.numbers[n] = true
	}
	for _, text := range []string{fmt.Sprint(len(r.Issues)), fmt.Sprint(len(r.Files)), fmt.Sprint(len(r.Reviews)), fmt.Sprint(len(r.Ledger)), fmt.Sprint(len(r.Change.Commits))} {
		f.numbers[text] = true
	}
	for _, s := range r.Scorecards {
		f.labels = append(f.labels, s.Label)
	}
	for _, is := range r.Issues {
		for _, name := range is.Names() {
			f.raised[is.Number] = append(f.raised[is.Number], r.Label(name))
		}
	}
	return f
}

// contradicted says what in the text the report does not hold; empty where it is nothing.
func (f *facts) contradicted(text string) string {
	counts := f.report.Counts()
	for _, m := range countWords.FindAllStringSubmatch(text, -1) {
		n := strings.ToLower(m[1])
		if i := slices.Index(smallNumbers, n); i >= 0 {
			n = fmt.Sprint(i)
		}
		var s Severity
		_ = s.UnmarshalText([]byte(strings.TrimSuffix(strings.ToLower(m[2]), "s")))
		if n != fmt.Sprint(counts.At(s)) {
			return fmt.Sprintf("it says %q, and there are %d", m[0], counts.At(s))
		}
	}
	for _, name := range issueName.FindAllString(text, -1) {
		if f.report.Issue(name) == nil {
			return fmt.Sprintf("it names %s, which is no issue of this report", name)
		}
	}
	for _, m := range rating.FindAllStringSubmatch(text, -1) {
		if is := f.report.Issue(m[1]); is != nil && is.Severity.String() != strings.ToLower(m[2]) {
			return fmt.Sprintf("it calls %s %s, and it is %s", is.Number, m[2], is.Severity)
		}
	}
	for _, n := range figure.FindAllString(issueName.ReplaceAllString(text, ""), -1) {
		if !f.numbers[n] {
			return fmt.Sprintf("it says %s, a number that is nowhere in the report", n)
		}
	}
	for _, s := range sentence.FindAllString(text, -1) {
		if !crediting.MatchString(s) || negating.MatchString(s) {
			continue
		}
		for _, name := range issueName.FindAllString(s, -1) {
			for _, label := range f.labels {
				if strings.Contains(s, label) && !slices.Contains(f.raised[name], label) {
					return fmt.Sprintf("it credits %s with %s, which it did not raise", label, name)
				}
			}
		}
	}
	return ""
}
