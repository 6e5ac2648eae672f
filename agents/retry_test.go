package agents_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents"
)

func TestRetryWaitsAsTheVendorAsksAndNoLonger(t *testing.T) {
	passing := func(after time.Duration) error { return &agents.Error{Kind: agents.KindOverloaded, RetryAfter: after} }
	for _, test := range []struct {
		name   string
		errs   []error // of each attempt; nil is an answer
		atMost time.Duration
		least  time.Duration
		sent   int
		fails  bool
	}{
		{"nothing is wrong", []error{nil}, 0, 0, 1, false},
		{"once", []error{passing(0), nil}, time.Second, 500 * time.Millisecond, 2, false},
		{"twice", []error{passing(0), passing(0), nil}, 3 * time.Second, 1500 * time.Millisecond, 3, false},
		{"four times is enough", []error{passing(0), passing(0), passing(0), passing(0)}, 7 * time.Second, 3500 * time.Millisecond, 4, true},
		{"as long as it is asked to", []error{passing(30 * time.Second), nil}, 30 * time.Second, 30 * time.Second, 2, false},
		{"not for hours", []error{passing(2 * time.Hour), nil}, 0, 0, 1, true},
		{"not what will fail again", []error{&agents.Error{Kind: agents.KindUnauthorized}, nil}, 0, 0, 1, true},
		{"not what is no failure of a request", []error{context.Canceled, nil}, 0, 0, 1, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start, sent := time.Now(), 0
				reply, err := agents.Retry(t.Context(), agents.Attempts{}, func(context.Context) (*agents.Reply, error) {
					sent++
					return &agents.Reply{Usage: deepreview.Usage{Requests: 1, TokensIn: 10}}, test.errs[sent-1]
				})
				assert.Equal(t, test.sent, sent)
				assert.Equal(t, test.fails, err != nil)
				assert.Equal(t, deepreview.Usage{Requests: sent, TokensIn: int64(10 * sent)}, reply.Usage, "every attempt is paid for")
				assert.GreaterOrEqual(t, time.Since(start), test.least)
				assert.LessOrEqual(t, time.Since(start), test.atMost)
			})
		})
	}
}

func TestRetryEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		start := time.Now()
		time.AfterFunc(100*time.Millisecond, cancel)
		_, err := agents.Retry(ctx, agents.Attempts{}, func(context.Context) (*agents.Reply, error) {
			return nil, &agents.Error{Kind: agents.KindOverloaded, RetryAfter: 10 * time.Second}
		})
		assert.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, 100*time.Millisecond, time.Since(start))
	})
}

func TestRetryDoesNotBeginAWaitThatCannotEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := agents.Retry(ctx, agents.Attempts{}, func(context.Context) (*agents.Reply, error) {
			return nil, &agents.Error{Kind: agents.KindRateLimited, RetryAfter: 10 * time.Second}
		})
		var e *agents.Error
		assert.ErrorAs(t, err, &e)
		assert.Zero(t, time.Since(start))
	})
}

func TestRetryAfterIsReadInEveryForm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for value, want := range map[string]time.Duration{
			"": 0, "2": 2 * time.Second, "0.5": 500 * time.Millisecond, "-1": 0, "soon": 0, "NaN": 0, "1e99": 0,
			time.Now().Add(time.Minute).UTC().Format(http.TimeFormat): time.Minute,
			time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat):  0,
		} {
			assert.Equal(t, want, agents.RetryAfter(http.Header{"Retry-After": {value}}), value)
		}
		assert.Equal(t, 250*time.Millisecond, agents.RetryAfter(http.Header{"Retry-After-Ms": {"250"}, "Retry-After": {"9"}}))
	})
}
