package agents

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/deepreview-go/deepreview"
)

// Verifier is a model that takes a second look at issues: it implements [deepreview.Verifier] with the tools that an [LLM] has.
// It is told what is claimed, never by whom. Only Model must be set.
type Verifier struct {
	// ID is the verifier's name in reports; empty means the model's.
	ID     string
	Model  Model
	Effort Effort
	// MaxTurns is how many replies one look may take before its answer is due; 0 means 20.
	MaxTurns int
	// Prompts replaces built-in prompts by name: verify.tmpl and claim.tmpl; see [Prompts].
	Prompts fs.FS
}

const defaultVerifyTurns = 20

type verifyAnswer struct {
	Status   string           `json:"status" jsonschema:"confirmed, refuted or unsure"`
	Reason   string           `json:"reason" jsonschema:"one or two sentences"`
	Evidence []verifyEvidence `json:"evidence" jsonschema:"the lines that show it, in files that you read"`
}

type verifyEvidence struct {
	Path   string  `json:"path" jsonschema:"path from the repository's root"`
	Start  flexInt `json:"start" jsonschema:"first line"`
	End    flexInt `json:"end" jsonschema:"last line"`
	Before bool    `json:"before" jsonschema:"whether the lines count in the file before the change"`
}

var verifyForm = sync.OnceValues(func() (*form, error) {
	return newForm[verifyAnswer]("submit_verification", "What the second look came to.", map[string][]any{
		"status": {"confirmed", "refuted", "unsure"},
	})
})

// claimData is what claim.tmpl sees. Strings are foreign text but for Severity and Answer.
type claimData struct {
	Severity, Category, Answer string
	Claim, Places, Code, Diff  string
	Tools                      bool
}

// Name returns ID, or the model's name.
func (v *Verifier) Name() string { return cmp.Or(v.ID, v.Model.Info().Model) }

// Verify implements [deepreview.Verifier]. A refutation counts only where each file that it cites was read in this look or was
// shown with the question; another is returned as unsure.
func (v *Verifier) Verify(ctx context.Context, c *deepreview.Change, q deepreview.Question) (*deepreview.Verification, error) {
	f, err := verifyForm()
	if err != nil {
		return nil, err
	}
	box := newToolbox(c)
	p, err := newPrompter(v.Prompts, c.Fingerprint(), nil)
	if err != nil {
		return nil, err
	}
	tools := v.Model.Info().Tools && len(box.tools) > 0
	system, err := p.write("verify.tmpl", systemData{Tools: tools, Open: p.open(), Close: p.close(), Answer: f.answer.Name})
	if err != nil {
		return nil, err
	}
	question, err := p.write("claim.tmpl", claimOf(c, box, q, tools, f.answer.Name))
	if err != nil {
		return nil, err
	}
	var got verifyAnswer
	turns := v.MaxTurns
	if turns <= 0 {
		turns = defaultVerifyTurns
	}
	d := &dialog{
		model: v.Model, prompter: p, turns: turns,
		req: &Request{
			System: system, Answer: f.answer, Effort: v.Effort, Turns: []Turn{{Role: RoleUser, Text: question}}, Final: !tools,
		},
		take: func(answer json.RawMessage, cut bool) []string {
			if err := f.check(answer); err != nil || cut {
				return []string{fmt.Sprintf("it does not fit the form: %.400v", err)}
			}
			if err := json.Unmarshal(answer, &got); err != nil {
				return []string{err.Error()}
			}
			return nil
		},
	}
	if tools {
		d.box, d.req.Tools = box, box.offered()
	}
	if err := d.run(ctx); err != nil {
		return nil, err
	}
	if got.Status == "" {
		return nil, fmt.Errorf("%w: the second look kept to no form", deepreview.ErrBadAnswer)
	}
	return verification(box, got), nil
}

func verification(box *toolbox, got verifyAnswer) *deepreview.Verification {
	out := &deepreview.Verification{Status: deepreview.VerificationStatus(got.Status), Reason: got.Reason}
	for _, e := range got.Evidence {
		l := deepreview.Location{Path: cleanPath(e.Path), Start: int(e.Start), End: int(e.End), Old: e.Before}
		out.Evidence = append(out.Evidence, l)
		if out.Status == deepreview.VerificationRefuted && !box.wasGiven(l.Path) {
			out.Status = deepreview.VerificationUnsure
			out.Reason = strings.TrimSpace(out.Reason + fmt.Sprintf(" (It cited %s, which it did not read.)", l.Path))
		}
	}
	return out
}

// claimOf puts a question into words, and hands out the diffs it shows.
func claimOf(c *deepreview.Change, box *toolbox, q deepreview.Question, tools bool, answer string) claimData {
	d := claimData{Severity: q.Severity.String(), Category: string(q.Category), Tools: tools, Answer: answer}
	d.Claim = strings.TrimSpace(q.Title + "\n\n" + q.Detail + "\n\n" + q.Impact)
	var places, code, diff strings.Builder
	shown := map[string]bool{}
	for _, l := range q.Locations {
		side := ""
		if l.Old {
			side = " (before the change)"
		}
		fmt.Fprintf(&places, "%s%s\n", l, side)
		f := c.File(l.Path)
		if f == nil || shown[l.Path] || tools && len(shown) > 0 {
			continue
		}
		shown[l.Path] = true
		if writeDiff(&diff, f, maxResult) && unshown(f) == "" {
			box.give(f.Path)
		}
	}
	for _, e := range q.Excerpts {
		fmt.Fprintf(&code, "%s:\n", e.Path)
		numbered(&code, e.Lines, e.Start)
	}
	d.Places, d.Code, d.Diff = places.String(), code.String(), diff.String()
	return d
}
