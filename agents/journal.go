package agents

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"

	"github.com/deepreview-go/deepreview"
)

// Journal keeps answers, so that a run that broke off need not pay for them again. Package history has one on disk. It is
// called concurrently.
type Journal interface {
	// Load returns what was kept under key, and false if nothing was.
	Load(key string) (data []byte, ok bool)
	// Save keeps data under key. About is what it is, for a person who looks at the journal. It returns no error: a
	// journal that cannot be written costs no answer, and tells its owner in its own way.
	Save(key, about string, data []byte)
}

// Journaled is a model whose replies are kept before anybody reads them. A request that was answered already, in this run
// or an earlier one, is answered out of the journal and not sent: a reviewer that is run again says again what it
// said, as far as it came, and goes on from there. A reply that came with an error is not kept.
//
// Put it around everything else, [Purse.Model] included, so that what was paid for is not paid for again.
type Journaled struct {
	Model
	Journal Journal
	// Scope keeps apart the requests of reviewers that ask the same model the same.
	Scope string
}

// Generate implements [Model].
func (j *Journaled) Generate(ctx context.Context, req *Request) (*Reply, error) {
	info := j.Info()
	key := j.key(info, req)
	if data, ok := j.Journal.Load(key); ok {
		var kept keptReply
		if json.Unmarshal(data, &kept) == nil {
			return kept.reply(), nil
		}
	}
	reply, err := j.Model.Generate(ctx, req)
	if err == nil && reply != nil {
		if data, err := json.MarshalIndent(keep(reply), "", " "); err == nil {
			j.Journal.Save(key, fmt.Sprintf("reply %d of %s %s to %s", (len(req.Turns)+1)/2, info.Vendor, info.Model, j.Scope), data)
		}
	}
	return reply, err
}

// key identifies a request by all that goes into it.
func (j *Journaled) key(info Info, req *Request) string {
	h := sha256.New()
	put(h, "deepreview.reply/1", j.Scope, info.Vendor, info.Model, fmt.Sprint(req.Pass, req.Final, req.Effort, req.MaxOutput), req.System, req.Preamble)
	for _, t := range req.Tools {
		put(h, "tool", t.Name, t.Description, string(t.Parameters))
	}
	if a := req.Answer; a != nil {
		put(h, "answer", a.Name, a.Description, string(a.Schema))
	}
	for _, t := range req.Turns {
		put(h, "turn", string(t.Role), t.Text, string(t.Native))
		for _, r := range t.Results {
			put(h, "result", r.Call, r.Name, r.Text, fmt.Sprint(r.Failed))
		}
		for _, c := range t.Calls {
			put(h, "call", c.ID, c.Name, string(c.Args))
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// put writes strings with their lengths, so that no two lists of strings are the same bytes.
func put(h hash.Hash, parts ...string) {
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
}

// keptReply is a reply as it is kept. What a model wrote is kept as text: it need not be JSON.
type keptReply struct {
	Text   string           `json:"text,omitempty"`
	Calls  []keptCall       `json:"calls,omitempty"`
	Native string           `json:"native,omitempty"`
	Answer *string          `json:"answer,omitempty"`
	Stop   Stop             `json:"stop,omitempty"`
	Usage  deepreview.Usage `json:"usage,omitzero"`
	Model  string           `json:"model,omitempty"`
}

type keptCall struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Args string `json:"args"`
}

func keep(r *Reply) keptReply {
	k := keptReply{Text: r.Turn.Text, Native: string(r.Turn.Native), Stop: r.Stop, Usage: r.Usage, Model: r.Model}
	if r.Answer != nil {
		answer := string(r.Answer)
		k.Answer = &answer
	}
	for _, c := range r.Turn.Calls {
		k.Calls = append(k.Calls, keptCall{c.ID, c.Name, string(c.Args)})
	}
	return k
}

func (k keptReply) reply() *Reply {
	r := &Reply{Turn: Turn{Role: RoleModel, Text: k.Text}, Stop: k.Stop, Usage: k.Usage, Model: k.Model}
	if k.Native != "" {
		r.Turn.Native = json.RawMessage(k.Native)
	}
	if k.Answer != nil {
		r.Answer = json.RawMessage(*k.Answer)
	}
	for _, c := range k.Calls {
		r.Turn.Calls = append(r.Turn.Calls, Call{ID: c.ID, Name: c.Name, Args: json.RawMessage(c.Args)})
	}
	return r
}
