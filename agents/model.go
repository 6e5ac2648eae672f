package agents

import (
	"context"
	"encoding/json"

	"github.com/deepreview-go/deepreview"
)

// Model is one model of one vendor. Every reviewer, verifier, adjudicator and editor of this package stands on it, and
// reviewtest.CheckModel tells whether an implementation keeps what is said here.
type Model interface {
	// Info says what the model is and what it can do. It is the same at each call.
	Info() Info
	// Generate has the model answer one request. It is called concurrently, and modifies nothing of req.
	//
	// It retries what is worth a retry by itself, with [Retry], honouring ctx and the vendor's Retry-After; its callers
	// never do. An error is an [*Error] wherever a caller could act on its kind. With an error, Reply may be non-nil:
	// it holds what came and what it cost. A reply that was cut off is an error, never a short success.
	Generate(ctx context.Context, req *Request) (*Reply, error)
}

// Info is what a model is and can do.
type Info struct {
	// Vendor is the maker or host, in lower case: "anthropic". Model is the vendor's name for the model.
	Vendor, Model string
	// Window is how many tokens fit in, input and output together, and MaxOutput how many come out at most; 0 where
	// not known.
	Window, MaxOutput int
	// Tools says that the model can call tools. One that cannot is given its context up front.
	Tools bool
}

// Request is one question to a model: a conversation so far, and what may be done next.
//
// A vendor's cache works on prefixes. Tools, Answer, System and Preamble are the same for every request of one review, and
// Turns only grows at its end; an adapter keeps what it sends the same, byte for byte, in that order.
type Request struct {
	// System is who the model is to be and by what rules. It is ours, never foreign text.
	System string
	// Preamble is what several conversations begin with. It goes in front of the first turn's text, as a part of its own
	// where the vendor's cache can end at one. It may be empty.
	Preamble string
	// Turns alternate, beginning and ending with one of [RoleUser]. A model's turn that gave an answer may be followed
	// by a user's that asks for it again, in text alone.
	Turns []Turn
	// Tools may be called, any number of them in one reply.
	Tools []Tool
	// Answer is the form of the final answer; nil means text.
	Answer *Answer
	// Final says that no tool may be called any more: the answer is due.
	Final bool
	// Effort is how much the model may think; EffortUnset leaves it to the vendor.
	Effort Effort
	// MaxOutput bounds the tokens of the reply, thinking included; 0 means the model's own bound.
	MaxOutput int
	// Pass tells apart conversations that begin alike: several passes over one change. It is not sent.
	Pass int
}

// Role says who speaks in a turn.
type Role string

// The two roles.
const (
	RoleUser  Role = "user"
	RoleModel Role = "model"
)

// Turn is one turn of a conversation.
type Turn struct {
	Role Role `json:"role"`
	// Text is what is said; it may be empty where there are calls or results.
	Text string `json:"text,omitempty"`
	// Results answer the calls of the turn before, each of them, in their order. Set in a user's turn only.
	Results []Result `json:"results,omitempty"`
	// Calls are the tools that the model wants to be called. Set in a model's turn only.
	Calls []Call `json:"calls,omitempty"`
	// Native is the model's turn in the vendor's own form, with its thinking and signatures. It is opaque, comes from
	// [Reply.Turn], and goes back to the same model untouched. Empty means that Text and Calls are all there is.
	Native json.RawMessage `json:"native,omitempty"`
}

// Tool is something that a model may ask for.
type Tool struct {
	// Name has letters, digits and underscores only, 64 at most.
	Name string
	// Description says what it does and returns, for the model.
	Description string
	// Parameters is a JSON Schema of type object in the strict form that all vendors take: each property required,
	// nothing beside them.
	Parameters json.RawMessage
}

// Answer is the form of a final answer.
type Answer struct {
	// Name has letters, digits and underscores only, 64 at most; Description says what it is, for the model.
	Name, Description string
	// Schema is a JSON Schema of type object, in the same strict form as a tool's parameters.
	Schema json.RawMessage
}

// Call is a tool call of a model.
type Call struct {
	// ID is the vendor's, unique in its turn; an adapter makes one up where the vendor gives none.
	ID   string `json:"id"`
	Name string `json:"name"`
	// Args are as the model wrote them: JSON if it kept to its schema, which nobody has checked yet. "{}" where it
	// wrote nothing.
	Args json.RawMessage `json:"args"`
}

// Result answers a call.
type Result struct {
	// Call and Name are the call's.
	Call string `json:"call"`
	Name string `json:"name"`
	// Text is what the tool returned. Failed says that it is the description of an error.
	Text   string `json:"text"`
	Failed bool   `json:"failed,omitzero"`
}

// Reply is what a model answered.
type Reply struct {
	// Turn is the model's, to be appended to the conversation as it is.
	Turn Turn
	// Answer is the final answer where the request asked for a form and the model gave one: what it wrote, which
	// may or may not keep to the schema. Nil where it called tools, or answered in prose.
	Answer json.RawMessage
	// Stop says why the reply ended where it did.
	Stop Stop
	// Usage is of this request alone. Its Requests is 1 for each that reached the vendor, retries included.
	Usage deepreview.Usage
	// Model is the model that answered, where the vendor says so; it can differ from the one asked for.
	Model string
}

// Stop says why a reply ended.
type Stop string

// Why a reply can end. The last two come with an [*Error], which says the same.
const (
	StopDone    Stop = "done"    // it was finished
	StopCalls   Stop = "calls"   // it waits for results of its calls
	StopLength  Stop = "length"  // the bound on its length cut it: KindTruncated
	StopRefused Stop = "refused" // the model or the vendor's safety rules declined: KindRefused
)

// Effort is how much a model may think. Larger is more.
type Effort int

// The efforts, with zero for the vendor's own default.
const (
	EffortUnset  Effort = 0
	EffortLow    Effort = 10
	EffortMedium Effort = 20
	EffortHigh   Effort = 30
)

// String returns "low", "medium", "high", or "unset".
func (e Effort) String() string {
	switch e {
	case EffortLow:
		return "low"
	case EffortMedium:
		return "medium"
	case EffortHigh:
		return "high"
	}
	return "unset"
}
