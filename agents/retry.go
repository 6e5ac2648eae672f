package agents

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// Attempts says how a model retries. The zero value is what every adapter of this module does.
type Attempts struct {
	// Most is how often a request is sent at all; 0 means 4, 1 means that nothing is sent twice.
	Most int
	// First is the wait before the second attempt, doubled from one to the next and drawn between half of it and all
	// of it, so that several clients do not come back at once; 0 means a second.
	First time.Duration
	// Longest is the longest wait; 0 means a minute. Where the vendor asks for more, nobody waits: the error says so.
	Longest time.Duration
}

// Retry calls send until it succeeds, fails for good, or was sent a.Most times, and returns the last outcome. It waits
// between attempts as long as the vendor asked ([Error.RetryAfter]), else as [Attempts] says, and no longer than ctx lives.
// Usage of all attempts is added up in the reply.
//
// Only an [*Error] that is [Error.Passing] is worth a retry. Its caller must have turned off the retries of its SDK.
func Retry(ctx context.Context, a Attempts, send func(ctx context.Context) (*Reply, error)) (*Reply, error) {
	most, wait, longest := a.Most, a.First, a.Longest
	if most <= 0 {
		most = 4
	}
	if wait <= 0 {
		wait = time.Second
	}
	if longest <= 0 {
		longest = time.Minute
	}
	var spent Reply
	for attempt := 1; ; attempt++ {
		reply, err := send(ctx)
		if reply != nil {
			reply.Usage = spent.Usage.Add(reply.Usage)
			spent.Usage = reply.Usage
		}
		var e *Error
		if err == nil || attempt == most || !errors.As(err, &e) || !e.Passing() || ctx.Err() != nil {
			if reply == nil && err != nil && spent.Usage.Requests > 0 {
				reply = &spent
			}
			return reply, err
		}
		pause := wait/2 + rand.N(wait/2+1)
		if e.RetryAfter > 0 {
			pause = e.RetryAfter
		}
		if deadline, ok := ctx.Deadline(); pause > longest || ok && time.Until(deadline) < pause {
			return &spent, err
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return &spent, errors.Join(ctx.Err(), err)
		}
		wait = min(2*wait, longest)
	}
}
