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

// Editor is a model that writes the words of a finished report: it implements [deepreview.Editor]. The pipeline checks each
// text against the report's facts and leaves out one that says anything else. Only Model must be set.
type Editor struct {
	// ID is the editor's name in reports; empty means the model's.
	ID     string
	Model  Model
	Effort Effort
	// Prompts replaces built-in prompts by name: edit.tmpl and report.tmpl; see [Prompts].
	Prompts fs.FS
}

type editAnswer struct {
	Summary       string      `json:"summary" jsonschema:"one to three paragraphs of Markdown; may be empty"`
	VerdictReason string      `json:"verdict_reason" jsonschema:"one line; may be empty"`
	Closing       string      `json:"closing" jsonschema:"one paragraph of Markdown; may be empty"`
	Retro         []editRetro `json:"retro" jsonschema:"remarks on reviewers"`
	Titles        []editTitle `json:"titles" jsonschema:"better titles for issues that need one"`
}

type editRetro struct {
	Reviewer string `json:"reviewer" jsonschema:"the reviewer's name, as in the report"`
	Aspect   string `json:"aspect" jsonschema:"unique contributions, accuracy, depth, coverage or signal to noise"`
	Text     string `json:"text" jsonschema:"one or two sentences"`
}

type editTitle struct {
	Issue string `json:"issue" jsonschema:"the issue's number, like I1"`
	Title string `json:"title" jsonschema:"one line"`
}

var editForm = sync.OnceValues(func() (*form, error) {
	return newForm[editAnswer]("submit_words", "The words of the report.", nil)
})

// Name returns ID, or the model's name.
func (e *Editor) Name() string { return cmp.Or(e.ID, e.Model.Info().Model) }

// Edit implements [deepreview.Editor].
func (e *Editor) Edit(ctx context.Context, r *deepreview.Report) (*deepreview.Words, error) {
	f, err := editForm()
	if err != nil {
		return nil, err
	}
	p, err := newPrompter(e.Prompts, r.Fingerprint, nil)
	if err != nil {
		return nil, err
	}
	system, err := p.write("edit.tmpl", systemData{Open: p.open(), Close: p.close(), Answer: f.answer.Name})
	if err != nil {
		return nil, err
	}
	facts, err := reportText(r)
	if err != nil {
		return nil, err
	}
	question, err := p.write("report.tmpl", facts)
	if err != nil {
		return nil, err
	}
	var got editAnswer
	d := &dialog{
		model: e.Model, prompter: p,
		req: &Request{System: system, Answer: f.answer, Effort: e.Effort, Turns: []Turn{{Role: RoleUser, Text: question}}, Final: true},
		take: func(answer json.RawMessage, _ bool) []string {
			if err := f.check(answer); err != nil {
				return []string{fmt.Sprintf("it does not fit the form: %.400v", err)}
			}
			if err := json.Unmarshal(answer, &got); err != nil {
				return []string{err.Error()}
			}
			return nil
		},
	}
	if err := d.run(ctx); err != nil {
		return nil, err
	}
	words := &deepreview.Words{
		Summary: got.Summary, VerdictReason: got.VerdictReason, Closing: got.Closing,
		Retro: map[string][]deepreview.Remark{}, Titles: map[string]string{},
	}
	for _, x := range got.Retro {
		words.Retro[x.Reviewer] = append(words.Retro[x.Reviewer], deepreview.Remark{Aspect: x.Aspect, Text: x.Text})
	}
	for _, t := range got.Titles {
		if is := r.Issue(t.Issue); is != nil {
			words.Titles[is.ID] = t.Title
		}
	}
	return words, nil
}

// maxReport bounds what an editor reads of a report, in bytes.
const maxReport = 200 << 10

// reportText is what an editor reads: the facts of the report, without the reviews, the code and the ledger's long tail.
func reportText(r *deepreview.Report) (string, error) {
	own := *r
	own.Reviews, own.Threads, own.Prior = nil, nil, nil
	own.Issues = nil
	for _, is := range r.Issues {
		short := *is
		short.Excerpts, short.Merges, short.Checks, short.Patch, short.Fix = nil, nil, nil, "", nil
		short.Detail = cutText(short.Detail, 1500)
		own.Issues = append(own.Issues, &short)
	}
	var b strings.Builder
	if err := own.WriteJSON(&b); err != nil {
		return "", err
	}
	return cutText(b.String(), maxReport), nil
}
