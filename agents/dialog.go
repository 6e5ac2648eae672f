package agents

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/deepreview-go/deepreview"
)

// Bounds of one conversation.
const (
	defaultTurns = 40
	callsAtOnce  = 4
	maxCalls     = 32 // calls of one reply that are answered; the others are told to ask again
)

// dialog is one conversation with a model: a question, any number of tool calls, and an answer in a form. Every look that this
// package takes at a change is one.
type dialog struct {
	model    Model
	req      *Request
	box      *toolbox // nil where there are no tools
	prompter *prompter
	// turns is how many replies there may be before the answer is due; 0 means defaultTurns.
	turns int
	// take is given each answer, and cut says that it broke off. It returns what a second answer should mend. It is called
	// once or twice, and keeps the better one itself.
	take func(answer json.RawMessage, cut bool) (problems []string)
	// progress tells what reply is waited for; nil tells nobody.
	progress func(reply int)

	// usage is what the conversation took so far, and answeredBy the model that the vendor says to have answered.
	usage      deepreview.Usage
	answeredBy string
}

// run has the conversation. A nil error means that an answer was taken; with an error one may have been, too.
func (d *dialog) run(ctx context.Context) error {
	turns := d.turns
	if turns <= 0 {
		turns = defaultTurns
	}
	repaired, elided := false, false
	for n := 1; ; n++ {
		req := *d.req
		req.Final = req.Final || n >= turns || elided || repaired
		if d.progress != nil {
			d.progress(n)
		}
		reply, err := d.generate(ctx, &req)
		var e *Error
		switch {
		case errors.As(err, &e) && e.Kind == KindTooLong && n > 1 && !elided:
			// What was read fills the window. Without the older results the answer still fits.
			d.req.Turns, elided = elide(d.req.Turns), true
			continue
		case err != nil:
			d.salvage(reply)
			return err
		}
		d.req.Turns = append(d.req.Turns[:len(d.req.Turns):len(d.req.Turns)], reply.Turn)
		answer := reply.Answer
		if answer == nil && len(reply.Turn.Calls) == 0 {
			answer, _ = findJSON(reply.Turn.Text)
		}
		problems := []string{"it is prose; give it as " + d.req.Answer.Name}
		switch {
		case answer != nil:
			if problems = d.take(answer, false); len(problems) == 0 || repaired {
				return nil
			}
		case len(reply.Turn.Calls) > 0 && n <= turns && !repaired:
			results := d.call(ctx, reply.Turn.Calls)
			d.usage.ToolCalls += len(results)
			d.req.Turns = append(d.req.Turns, Turn{Role: RoleUser, Results: results})
			continue
		case len(reply.Turn.Calls) > 0:
			return fmt.Errorf("%w: the model went on calling tools when its answer was due, %d replies in", deepreview.ErrBadAnswer, n)
		case repaired || n > turns:
			return fmt.Errorf("%w: the model answered in prose: %.300q", deepreview.ErrBadAnswer, reply.Turn.Text)
		}
		text, err := d.prompter.write("repair.tmpl", problems)
		if err != nil {
			return err
		}
		d.req.Turns = append(d.req.Turns, Turn{Role: RoleUser, Text: text})
		repaired = true
	}
}

// generate asks the model, and counts what that took. The model is anybody's code, and is called from goroutines of ours: its
// panic becomes an error here.
func (d *dialog) generate(ctx context.Context, req *Request) (reply *Reply, err error) {
	defer func() {
		if p := recover(); p != nil {
			reply, err = nil, panicError{fmt.Sprintf("the model panicked: %v", p)}
		}
	}()
	if err := ctx.Err(); err != nil {
		return nil, err // nothing is sent that nobody waits for
	}
	reply, err = d.model.Generate(ctx, req)
	if reply == nil {
		if err == nil {
			err = fmt.Errorf("%w: the model returned neither a reply nor an error", deepreview.ErrBadAnswer)
		}
		return nil, err
	}
	d.usage = d.usage.Add(reply.Usage)
	if reply.Model != "" {
		d.answeredBy = reply.Model
	}
	reply.Turn.Role = RoleModel
	return reply, err
}

// panicError is the panic of a model, or of what a change stands on.
type panicError struct{ text string }

func (e panicError) Error() string { return e.text }

// FailureKind says that it was a panic.
func (panicError) FailureKind() deepreview.FailureKind { return deepreview.FailurePanic }

// salvage takes what is whole of an answer that broke off.
func (d *dialog) salvage(reply *Reply) {
	if reply == nil {
		return
	}
	answer, cut := reply.Answer, true
	if !json.Valid(answer) {
		answer, _ = findJSON(string(reply.Answer))
	}
	if answer == nil {
		answer, cut = findJSON(reply.Turn.Text)
	}
	if answer != nil {
		d.take(answer, cut)
	}
}

// call answers the calls of one reply, several at once, in their order.
func (d *dialog) call(ctx context.Context, calls []Call) []Result {
	out := make([]Result, len(calls))
	slots := make(chan struct{}, callsAtOnce)
	var all sync.WaitGroup
	for i, c := range calls {
		out[i] = Result{Call: c.ID, Name: c.Name, Failed: true}
		switch {
		case d.box == nil:
			out[i].Text = "there are no tools"
		case i >= maxCalls:
			out[i].Text = fmt.Sprintf("not answered: %d calls at once are too many; ask again", len(calls))
		default:
			all.Go(func() {
				slots <- struct{}{}
				defer func() { <-slots }()
				out[i] = d.box.answer(ctx, c)
			})
		}
	}
	all.Wait()
	return out
}

// elide takes the text out of all results but those of the last turn.
func elide(turns []Turn) []Turn {
	out := make([]Turn, len(turns))
	for i, t := range turns {
		out[i] = t
		if i == len(turns)-1 || len(t.Results) == 0 {
			continue
		}
		out[i].Results = make([]Result, len(t.Results))
		for j, r := range t.Results {
			r.Text = "(left out, for want of room)"
			out[i].Results[j] = r
		}
	}
	return out
}
