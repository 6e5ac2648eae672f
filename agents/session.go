package agents

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/deepreview-go/deepreview"
)

// session is what the conversations of one review share.
type session struct {
	llm      *LLM
	box      *toolbox
	prompter *prompter
	form     *form
	info     Info
	tools    bool

	system, preamble string
}

// begin writes what every conversation begins with.
func (s *session) begin() (err error) {
	s.system, err = s.prompter.write("system.tmpl", systemData{
		Tools: s.tools, Open: s.prompter.open(), Close: s.prompter.close(), Answer: s.form.answer.Name, Instructions: s.llm.Instructions,
	})
	if err != nil {
		return err
	}
	s.preamble, err = s.prompter.write("change.tmpl", newChangeData(s.box.change))
	return err
}

// room is how many bytes of diff a batch may have: half of what the window leaves, so that the other half is there for what
// the model reads and writes.
func (s *session) room() int {
	window := s.info.Window
	if window <= 0 {
		window = defaultWindow
	}
	output := s.info.MaxOutput
	if output <= 0 {
		output = 16_000
	}
	left := (window-min(output, window/4))*bytesPerToken - len(s.system) - len(s.preamble) - len(s.form.answer.Schema)
	return max(left/2, 8<<10)
}

// first writes the question of a batch, and hands its files out.
func (s *session) first(box *toolbox, b batch, part, of int) (string, error) {
	d := batchData{Part: part, Of: of, Count: len(b.files), Tools: s.tools, Answer: s.form.answer.Name}
	room := s.room()
	var paths, named, diffs, context strings.Builder
	for _, f := range b.files {
		fmt.Fprintln(&paths, f.Path)
		whole := writeDiff(&diffs, f, room)
		switch {
		case !whole:
			fmt.Fprintf(&diffs, "… the diff of %s is cut here\n", f.Path)
		case unshown(f) == "":
			box.give(f.Path)
		}
		diffs.WriteByte('\n')
	}
	for _, f := range b.named {
		fmt.Fprintln(&named, describeFile(f))
	}
	if !s.tools {
		for _, f := range b.files {
			data, err := s.box.head.read(f.Path)
			if err != nil || diffs.Len()+context.Len()+len(data) > 2*room {
				continue // the diff has to do
			}
			fmt.Fprintf(&context, "%s:\n", f.Path)
			numbered(&context, textLines(data), 1)
		}
	}
	d.Paths, d.Named, d.Diffs, d.Context = paths.String(), named.String(), diffs.String(), context.String()
	return s.prompter.write("batch.tmpl", d)
}

// review has one conversation about one batch. A batch that does not fit after all is halved.
func (s *session) review(ctx context.Context, b batch, pass, n, of int) part {
	pt := s.converse(ctx, b, pass, n, of)
	var e *Error
	if pt.reading == nil && errors.As(pt.err, &e) && e.Kind == KindTooLong {
		if first, second, ok := b.halves(); ok {
			x, y := s.review(ctx, first, pass, n, of+1), s.review(ctx, second, pass, n+1, of+1)
			return joinHalves(pt.usage, x, y, b)
		}
	}
	return pt
}

// joinHalves makes one part of two.
func joinHalves(spent deepreview.Usage, x, y part, b batch) part {
	out := part{usage: spent.Add(x.usage).Add(y.usage), model: x.model, err: joinErrors([]error{x.err, y.err}), batch: b}
	switch {
	case x.reading == nil:
		out.reading = y.reading
	case y.reading == nil:
		out.reading = x.reading
	default:
		r, other := x.reading, y.reading
		r.review.Summary = strings.TrimSpace(r.review.Summary + "\n\n" + other.review.Summary)
		r.review.Findings = append(r.review.Findings, other.review.Findings...)
		r.review.Notes = append(r.review.Notes, other.review.Notes...)
		r.review.Coverage = append(r.review.Coverage, other.review.Coverage...)
		r.lost = append(r.lost, other.lost...)
		out.reading = r
	}
	return out
}

// converse has one conversation about one batch.
func (s *session) converse(ctx context.Context, b batch, pass, n, of int) part {
	pt := part{batch: b}
	box := s.box.another()
	question, err := s.first(box, b, n, of)
	if err != nil {
		pt.err = err
		return pt
	}
	asked := b.paths()
	d := &dialog{
		model: s.llm.Model, prompter: s.prompter, turns: s.llm.MaxTurns,
		req: &Request{
			System: s.system, Preamble: s.preamble, Answer: s.form.answer, Effort: s.llm.Effort, MaxOutput: s.llm.MaxOutput,
			Turns: []Turn{{Role: RoleUser, Text: question}}, Final: !s.tools, Pass: pass,
		},
		progress: func(reply int) { deepreview.Progress(ctx, progressText(reply, n, of)) },
		take: func(answer json.RawMessage, cut bool) []string {
			got := readAnswer(box, asked, s.form, answer)
			if cut {
				got.lost = append(got.lost, "the answer broke off; what was whole in it is kept")
			}
			if pt.reading == nil || got.betterThan(pt.reading) {
				pt.reading = got
			}
			return got.problems
		},
	}
	if s.tools {
		d.box, d.req.Tools = box, box.offered()
	}
	pt.err = d.run(ctx)
	pt.usage, pt.model = d.usage, d.answeredBy
	if pt.reading != nil {
		for _, problem := range pt.reading.problems {
			pt.reading.lost = append(pt.reading.lost, "left as it was: "+problem)
		}
	}
	return pt
}

func progressText(reply, n, of int) string {
	text := "reading"
	if reply > 1 {
		text = fmt.Sprintf("reading, reply %d", reply)
	}
	if of > 1 {
		text += fmt.Sprintf(" (part %d of %d)", n, of)
	}
	return text
}
