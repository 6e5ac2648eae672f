package reviewtest

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/deepreview-go/deepreview/agents"
)

// modelRows is the contract of a model.
func modelRows() []row[*modelling] {
	return []row[*modelling]{
		{Clause{"info-stable", "Info names vendor and model, and is the same at each call", "return constants; leave a number that is not known at 0"},
			func(x *modelling, say saying) {
				i := x.infos[0]
				switch {
				case i.Vendor == "" || i.Model == "":
					say("", "it names the vendor %q and the model %q", i.Vendor, i.Model)
				case i.Window < 0 || i.MaxOutput < 0:
					say("", "its window is %d and its longest output %d", i.Window, i.MaxOutput)
				case x.infos[1] != i:
					say("", "it was %+v at first and %+v later", i, x.infos[1])
				}
			}},
		everyCall(Clause{"never-panics", "Generate does not panic", "check what comes from the vendor before it is used"}, func(a *asking, say saying) {
			if a.panicked != "" {
				say(a.sample, "it panicked: %s", a.panicked)
			}
		}),
		everyCall(Clause{"obeys-context", "Generate returns soon after its context ends", "pass ctx to every request and every wait"}, func(a *asking, say saying) {
			if a.stuck {
				say(a.sample, "it went on, and was abandoned")
			}
		}),
		{Clause{"context-error", "A call whose context has ended fails with the context's error", "return ctx.Err() where ctx has ended, however the request failed"},
			func(x *modelling, say saying) {
				if a := x.canceled; a.panicked == "" && !a.stuck && !errors.Is(a.err, context.Canceled) {
					say(a.sample, "the error is %v", a.err)
				}
			}},
		everyCall(Clause{"request-unmodified", "Generate modifies nothing of the request", "build the vendor's request beside ours"}, func(a *asking, say saying) {
			if a.modified != "" {
				say(a.sample, "%s", a.modified)
			}
		}),
		everyCall(Clause{"reply-or-error", "Generate returns a reply, an error, or both", "make an error of a reply without content"}, func(a *asking, say saying) {
			if a.panicked == "" && !a.stuck && a.reply == nil && a.err == nil {
				say(a.sample, "it returned neither")
			}
		}),
		{Clause{"answers", "A small request is answered", "see what the error says; the other clauses could not be checked"}, func(x *modelling, say saying) {
			for _, a := range x.asked {
				if a.err != nil {
					say(a.sample, "it failed: %s", shown(a.err.Error()))
				}
			}
		}},
		everyReply(Clause{"says-something", "A reply without error has text, calls or an answer", "make an error of it: the vendor's reason is in its stop"}, func(a *asking, say saying) {
			if t := a.reply.Turn; t.Text == "" && len(t.Calls) == 0 && len(a.reply.Answer) == 0 {
				say(a.sample, "the reply is empty")
			}
		}),
		everyReply(Clause{"role", "A reply's turn is the model's", "set Turn.Role to agents.RoleModel"}, func(a *asking, say saying) {
			if a.reply.Turn.Role != agents.RoleModel {
				say(a.sample, "its role is %q", a.reply.Turn.Role)
			}
		}),
		everyReply(Clause{"call-ids", "Each call has an ID of its own in its turn", "make one up where the vendor gives none"}, func(a *asking, say saying) {
			var ids []string
			for _, c := range a.reply.Turn.Calls {
				if c.ID == "" || slices.Contains(ids, c.ID) {
					say(a.sample, "a call of %s has the ID %q", c.Name, c.ID)
				}
				ids = append(ids, c.ID)
			}
		}),
		everyReply(Clause{"call-args", "A call's arguments are never empty", "write {} where the model wrote nothing"}, func(a *asking, say saying) {
			for _, c := range a.reply.Turn.Calls {
				if len(c.Args) == 0 {
					say(a.sample, "a call of %s has none", c.Name)
				}
			}
		}),
		everyReply(Clause{"final", "Where the answer is due no tool is called", "forbid tools, or leave them out, where Request.Final is set"}, func(a *asking, say saying) {
			if (a.req.Final || len(a.req.Tools) == 0) && len(a.reply.Turn.Calls) > 0 {
				say(a.sample, "it calls %s", a.reply.Turn.Calls[0].Name)
			}
		}),
		everyReply(Clause{"answer", "An answer is given only where a form was asked for, and beside no call", "leave Reply.Answer nil where the request has no Answer, or the model calls tools"}, func(a *asking, say saying) {
			switch {
			case a.req.Answer == nil && a.reply.Answer != nil:
				say(a.sample, "nobody asked for %s", shown(string(a.reply.Answer)))
			case a.reply.Answer != nil && len(a.reply.Turn.Calls) > 0:
				say(a.sample, "it gives an answer and calls %s", a.reply.Turn.Calls[0].Name)
			}
		}),
		everyReply(Clause{"stop", "Stop says why the reply ended; one that was cut or refused is an error", "map each of the vendor's reasons; return an *agents.Error with the last two"}, func(a *asking, say saying) {
			switch calls := len(a.reply.Turn.Calls) > 0; {
			case a.reply.Stop == agents.StopLength, a.reply.Stop == agents.StopRefused:
				say(a.sample, "it ended with %q and without an error", a.reply.Stop)
			case calls != (a.reply.Stop == agents.StopCalls):
				say(a.sample, "it has %d calls and ended with %q", len(a.reply.Turn.Calls), a.reply.Stop)
			}
		}),
		everyReply(Clause{"usage", "Usage counts this request: one or more, cached tokens among those that went in", "fill in Reply.Usage from what the vendor says"}, func(a *asking, say saying) {
			if u := a.reply.Usage; u.Requests < 1 || u.TokensIn < 0 || u.TokensOut < 0 || u.TokensCached < 0 || u.TokensCached > u.TokensIn {
				say(a.sample, "it says %+v", u)
			}
		}),
		everyReply(Clause{"native", "A turn's native form is JSON, and survives it", "keep the vendor's own bytes in Turn.Native, or nothing"}, func(a *asking, say saying) {
			if n := a.reply.Turn.Native; len(n) > 0 && !json.Valid(n) {
				say(a.sample, "it is %s", shown(string(n)))
			}
		}),
	}
}

// everyCall judges each call by itself.
func everyCall(c Clause, judge func(a *asking, say saying)) row[*modelling] {
	return row[*modelling]{c, func(x *modelling, say saying) {
		for _, a := range append(slices.Clone(x.asked), x.canceled, x.interrupted) {
			judge(a, say)
		}
	}}
}

// everyReply judges each reply that came without an error.
func everyReply(c Clause, judge func(a *asking, say saying)) row[*modelling] {
	return row[*modelling]{c, func(x *modelling, say saying) {
		for _, a := range x.asked {
			if a.reply != nil && a.err == nil {
				judge(a, say)
			}
		}
	}}
}
