package agents

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/deepreview-go/deepreview"
)

// Bounds of a question and its answer.
const (
	maxExternalDiff   = 300 << 10 // bytes of diff: about half of what fits a window of 200 000 tokens
	maxExternalAnswer = 4 << 20   // bytes of an answer that are read as JSON
)

// Question is a change as one question to an agent that is no [Model]: a program with tools of its own, asked once. Package
// command puts it to a command line. It belongs to one review and is not for concurrent use.
type Question struct {
	// Prompt is the whole question, rules and schema included: foreign text fenced, likely secrets in it masked.
	Prompt string
	// Schema is the JSON Schema of the answer, of type object, in the strict subset that every vendor takes.
	Schema json.RawMessage
	// Sparse lets an answer leave properties out: they stand for empty ones. Words out of a list cannot be left out.
	Sparse bool

	box   *toolbox
	asked []string
	form  *form
}

// QuestionOptions says how a [Question] is put. The zero value asks about the diff alone.
type QuestionOptions struct {
	// Instructions are the user's own; see [LLM.Instructions].
	Instructions string
	// Prompts replaces built-in prompts by name: system.tmpl, change.tmpl and external.tmpl; see [Prompts].
	Prompts fs.FS
	// Checkout is where the agent finds the repository at the head revision; empty means nowhere.
	Checkout string
	// Readable reports whether the agent can read a changed file in its checkout; nil means that it can read none. What
	// it can read, it may state to have read.
	Readable func(path string) bool
}

// externalData is what external.tmpl sees.
type externalData struct {
	Count                    int
	Paths, Named, Cut, Diffs string
	Checkout, Answer, Schema string
}

// NewQuestion asks about all of a change at once. Diffs that do not fit are left out, the largest first, and named. An error
// is about a caller's prompts.
func NewQuestion(c *deepreview.Change, opt *QuestionOptions) (*Question, error) {
	var o QuestionOptions
	if opt != nil {
		o = *opt
	}
	f, err := reviewForm()
	if err != nil {
		return nil, err
	}
	q := &Question{Schema: slices.Clone(f.answer.Schema), form: f, box: newToolbox(c)}
	p, err := newPrompter(o.Prompts, c.Fingerprint(), q.box.countMasked)
	if err != nil {
		return nil, err
	}
	system, err := p.write("system.tmpl", systemData{Open: p.open(), Close: p.close(), Answer: f.answer.Name, Instructions: o.Instructions})
	if err != nil {
		return nil, err
	}
	change, err := p.write("change.tmpl", newChangeData(c))
	if err != nil {
		return nil, err
	}
	external, err := p.write("external.tmpl", q.handOut(c, o))
	if err != nil {
		return nil, err
	}
	q.Prompt = system + "\n\n" + change + "\n\n" + external
	return q, nil
}

// handOut shows the files that fit, names the others, and notes which of them the agent has before it.
func (q *Question) handOut(c *deepreview.Change, o QuestionOptions) externalData {
	d := externalData{Count: len(c.Files), Checkout: o.Checkout, Answer: q.form.answer.Name, Schema: string(q.Schema)}
	var paths, named, cut, diffs strings.Builder
	fits := fitting(c.Files, maxExternalDiff)
	for _, f := range c.Files {
		q.asked = append(q.asked, f.Path)
		fmt.Fprintln(&paths, shownPath(f.Path))
		there := o.Readable != nil && f.Status != deepreview.FileDeleted && o.Readable(f.Path)
		switch {
		case byName(f):
			fmt.Fprintln(&named, describeFile(f))
		case fits[f] && writeDiff(&diffs, f, maxExternalDiff):
			there = true
			diffs.WriteByte('\n')
		default:
			fmt.Fprintln(&cut, describeFile(f))
		}
		if there && unshown(f) == "" {
			q.box.give(f.Path)
		}
	}
	d.Paths, d.Named, d.Cut, d.Diffs = paths.String(), named.String(), cut.String(), diffs.String()
	return d
}

// fitting are the files whose diffs fit together in room bytes. Small ones go first, so that most files are shown.
func fitting(files []*deepreview.File, room int) map[*deepreview.File]bool {
	bySize := slices.Clone(files)
	slices.SortStableFunc(bySize, func(a, b *deepreview.File) int { return cmp.Compare(diffSize(a), diffSize(b)) })
	fits := map[*deepreview.File]bool{}
	for _, f := range bySize {
		if byName(f) {
			continue
		}
		if room -= diffSize(f); room < 0 {
			break
		}
		fits[f] = true
	}
	return fits
}

// Read makes a review of the agent's answer: the JSON object of the question's form, bare, in a fence or with words around it.
//
// With a nil error all of it fits the form. An answer that does not, or that breaks off, is an error together with the
// review of what could be kept: one that is [deepreview.ErrBadAnswer], or an [*Error] of [KindTruncated], which names no vendor.
// Where nothing in the text is an answer, as in a review in prose, the review is nil.
func (q *Question) Read(answer []byte) (*deepreview.Review, error) {
	if len(answer) > maxExternalAnswer {
		return nil, fmt.Errorf("%w: it has %d bytes; over %d are not read as JSON", deepreview.ErrBadAnswer, len(answer), maxExternalAnswer)
	}
	text := strings.TrimSpace(string(answer))
	object, cut := findJSON(text)
	if object == nil || !hasList(object, "findings") && !hasList(object, "coverage") {
		bare := strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(text, "```"), "json"))
		if strings.HasPrefix(bare, "{") && (object == nil || cut) {
			return nil, &Error{Kind: KindTruncated, Message: fmt.Sprintf("the answer breaks off: %.200q", q.box.mask(cutText(text, 1000)))}
		}
		return nil, fmt.Errorf("%w: the answer is not in the form it was asked for: %.300q", deepreview.ErrBadAnswer, q.box.mask(cutText(text, 1000)))
	}
	if q.Sparse {
		object = filled(object, q.Schema)
	}
	unfit := q.form.check(object)
	r := readAnswer(q.box, q.asked, q.form, object)
	rev := r.review
	rev.Findings = slices.DeleteFunc(rev.Findings, func(f *deepreview.Finding) bool {
		if f.Title != "untitled" || f.Detail != "" || f.Impact != "" || f.Quote != "" {
			return false
		}
		r.lost = append(r.lost, fmt.Sprintf("finding %s says nothing in the form asked for, and is left out", f.ID))
		return true
	})
	q.account(rev)
	rev.Repairs = r.lost
	for _, problem := range r.problems {
		rev.Repairs = append(rev.Repairs, "left as it was: "+problem)
	}
	if n := q.box.maskedCount(); n > 0 {
		rev.Repairs = append(rev.Repairs, fmt.Sprintf("%d likely secrets were masked in what the agent was sent", n))
	}
	switch {
	case cut:
		return rev, &Error{Kind: KindTruncated, Message: "the answer breaks off; what was whole in it is kept"}
	case unfit != nil:
		return rev, fmt.Errorf("%w: it does not fit the form: %.400s", deepreview.ErrBadAnswer, unfit)
	}
	return rev, nil
}

// account states of each file that the answer says nothing about that it is unreviewed, in the order of the change.
func (q *Question) account(rev *deepreview.Review) {
	stated := map[string]deepreview.Coverage{}
	for _, c := range rev.Coverage {
		stated[c.Path] = better(stated[c.Path], c)
	}
	rev.Coverage = nil
	for _, path := range q.asked {
		c, ok := stated[path]
		if !ok {
			c = deepreview.Coverage{Path: path, Status: deepreview.CoverageUnreviewed, Reason: "the agent said nothing of it"}
		}
		rev.Coverage = append(rev.Coverage, c)
	}
}

func hasList(object json.RawMessage, name string) bool {
	var parts map[string]json.RawMessage
	if json.Unmarshal(object, &parts) != nil {
		return false
	}
	var list []json.RawMessage
	return json.Unmarshal(parts[name], &list) == nil && list != nil
}

// filled puts in what the answer leaves out: empty texts and lists, and zeros. What cannot be read stays as it is, for the
// check of the form to say so.
func filled(answer, schema json.RawMessage) json.RawMessage {
	var v any
	var s schemaNode
	if errors.Join(json.Unmarshal(answer, &v), json.Unmarshal(schema, &s)) != nil {
		return answer
	}
	s.fill(v)
	out, err := json.Marshal(v)
	if err != nil {
		return answer
	}
	return out
}

// schemaNode is as much of a schema as filled needs.
type schemaNode struct {
	Type       string                 `json:"type"`
	Enum       []any                  `json:"enum"`
	Properties map[string]*schemaNode `json:"properties"`
	Items      *schemaNode            `json:"items"`
}

func (s *schemaNode) fill(v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, p := range s.Properties {
			if _, ok := v[name]; ok {
				p.fill(v[name])
				continue
			}
			switch {
			case len(p.Enum) > 0:
			case p.Type == "string":
				v[name] = ""
			case p.Type == "array":
				v[name] = []any{}
			case p.Type == "integer", p.Type == "number":
				v[name] = 0
			}
		}
	case []any:
		for _, item := range v {
			if s.Items != nil {
				s.Items.fill(item)
			}
		}
	}
}
