package deepreview_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
)

// reviewer is a Reviewer made of a func.
type reviewer struct {
	name   string
	review func(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error)
}

func (r reviewer) Name() string { return r.name }

func (r reviewer) Review(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error) {
	return r.review(ctx, c)
}

// says returns a reviewer that raises one finding of that title.
func says(name, title string) deepreview.Reviewer {
	return reviewer{name, func(context.Context, *deepreview.Change) (*deepreview.Review, error) {
		return &deepreview.Review{Findings: []*deepreview.Finding{{ID: "1", Title: title}}}, nil
	}}
}

// fails returns a reviewer that ends with err, and with one finding all the same.
func fails(name string, err error) deepreview.Reviewer {
	return reviewer{name, func(context.Context, *deepreview.Change) (*deepreview.Review, error) {
		return &deepreview.Review{Findings: []*deepreview.Finding{{ID: "1", Title: "half of it"}}}, err
	}}
}

func TestRunRefusesWhatItCannotStart(t *testing.T) {
	change := &deepreview.Change{}
	for name, tc := range map[string]struct {
		change    *deepreview.Change
		reviewers []deepreview.Reviewer
		want      string
	}{
		"no change":            {nil, []deepreview.Reviewer{says("a", "x")}, "no change"},
		"no reviewers":         {change, nil, "no reviewers"},
		"a nil reviewer":       {change, []deepreview.Reviewer{nil}, "reviewer 1 is nil"},
		"a reviewer unnamed":   {change, []deepreview.Reviewer{says("", "x")}, "has no name"},
		"two of the same name": {change, []deepreview.Reviewer{says("a", "x"), says("a", "y")}, `two reviewers are named "a"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := deepreview.Run(t.Context(), tc.change, tc.reviewers, nil)
			require.ErrorContains(t, err, tc.want)
		})
	}
}

func TestRunKeepsTheOrderOfReviewersAndWhatEachReturned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := reviewer{"slow", func(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error) {
			time.Sleep(time.Minute)
			return &deepreview.Review{Label: "Slow One"}, nil
		}}
		change := &deepreview.Change{}
		reviews, err := deepreview.Run(t.Context(), change, []deepreview.Reviewer{slow, says("quick", "x")}, nil)
		require.NoError(t, err)
		require.Len(t, reviews, 2)
		assert.Equal(t, "slow", reviews[0].Reviewer)
		assert.Equal(t, "Slow One", reviews[0].DisplayName())
		assert.Equal(t, time.Minute, reviews[0].Duration)
		assert.Equal(t, "x", reviews[1].Findings[0].Title)
		assert.Equal(t, change.Fingerprint(), reviews[1].Change)
		assert.True(t, reviews[1].Finished())
	})
}

func TestOneReviewersFailureCostsOnlyItself(t *testing.T) {
	own := fmt.Errorf("asking: %w", kinded{})
	for name, tc := range map[string]struct {
		reviewer deepreview.Reviewer
		kind     deepreview.FailureKind
		message  string
		findings int
	}{
		"an error keeps what was found": {fails("r", errors.New("disk gone")), deepreview.FailureError, "disk gone", 1},
		"a skip":                        {fails("r", fmt.Errorf("no key: %w", deepreview.ErrSkip)), deepreview.FailureSkipped, "no key", 1},
		"an error that knows its kind":  {fails("r", own), "rate limited", "asking", 1},
		"a bad answer":                  {fails("r", deepreview.ErrBadAnswer), deepreview.FailureBadAnswer, "no review", 1},
		"a panic": {reviewer{"r", func(context.Context, *deepreview.Change) (*deepreview.Review, error) {
			panic("out of cheese")
		}}, deepreview.FailurePanic, "out of cheese", 0},
		"neither a review nor an error": {reviewer{"r", func(context.Context, *deepreview.Change) (*deepreview.Review, error) {
			return nil, nil
		}}, deepreview.FailureBadAnswer, "neither", 0},
	} {
		t.Run(name, func(t *testing.T) {
			reviews, err := deepreview.Run(t.Context(), &deepreview.Change{}, []deepreview.Reviewer{tc.reviewer, says("other", "x")}, nil)
			require.NoError(t, err)
			require.NotNil(t, reviews[0].Failure)
			assert.Equal(t, tc.kind, reviews[0].Failure.Kind)
			assert.Contains(t, reviews[0].Failure.Message, tc.message)
			assert.Len(t, reviews[0].Findings, tc.findings)
			assert.Nil(t, reviews[1].Failure)
			assert.Len(t, reviews[1].Findings, 1)
		})
	}
}

type kinded struct{}

func (kinded) Error() string                       { return "slow down" }
func (kinded) FailureKind() deepreview.FailureKind { return "rate limited" }

func TestADeadlineIsToldFromAnInterrupt(t *testing.T) {
	obedient := reviewer{"obedient", func(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error) {
		<-ctx.Done()
		return &deepreview.Review{Findings: []*deepreview.Finding{{Title: "so far"}}}, ctx.Err()
	}}
	synctest.Test(t, func(t *testing.T) {
		reviews, err := deepreview.Run(t.Context(), &deepreview.Change{}, []deepreview.Reviewer{obedient}, &deepreview.Options{Timeout: time.Minute})
		require.NoError(t, err)
		assert.Equal(t, deepreview.FailureTimeout, reviews[0].Failure.Kind)
		assert.Contains(t, reviews[0].Failure.Message, "1m0s")
		assert.Len(t, reviews[0].Findings, 1)

		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		reviews, err = deepreview.Run(ctx, &deepreview.Change{}, []deepreview.Reviewer{obedient}, &deepreview.Options{Timeout: time.Minute})
		require.NoError(t, err)
		assert.Equal(t, deepreview.FailureCanceled, reviews[0].Failure.Kind)
		assert.Len(t, reviews[0].Findings, 1)
	})
}

func TestAReviewerThatIgnoresItsContextIsAbandoned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []deepreview.EventKind
		deaf := reviewer{"deaf", func(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error) {
			deepreview.Progress(ctx, "humming")
			time.Sleep(time.Hour)
			deepreview.Progress(ctx, "still humming")
			return &deepreview.Review{Findings: []*deepreview.Finding{{Title: "too late"}}}, nil
		}}
		opt := &deepreview.Options{Timeout: time.Minute, Grace: 3 * time.Second, Progress: func(e deepreview.Event) { told = append(told, e.Kind) }}
		start := time.Now()
		reviews, err := deepreview.Run(t.Context(), &deepreview.Change{}, []deepreview.Reviewer{deaf, says("other", "x")}, opt)
		require.NoError(t, err)
		assert.Equal(t, time.Minute+3*time.Second, time.Since(start))
		assert.Equal(t, deepreview.FailureStuck, reviews[0].Failure.Kind)
		assert.Empty(t, reviews[0].Findings, "a late result is discarded")
		assert.Len(t, reviews[1].Findings, 1)
		time.Sleep(2 * time.Hour) // the abandoned one comes to its end, and is heard no more
		assert.ElementsMatch(t, []deepreview.EventKind{
			deepreview.EventStarted, deepreview.EventStarted, deepreview.EventProgress, deepreview.EventFinished, deepreview.EventFinished,
		}, told)
	})
}

func TestParallelBoundsHowManyRunAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int32
		var panel []deepreview.Reviewer
		for i := range 9 {
			panel = append(panel, reviewer{fmt.Sprint(i), func(context.Context, *deepreview.Change) (*deepreview.Review, error) {
				most.Store(max(most.Load(), now.Add(1)))
				defer now.Add(-1)
				time.Sleep(time.Second)
				return &deepreview.Review{}, nil
			}})
		}
		start := time.Now()
		_, err := deepreview.Run(t.Context(), &deepreview.Change{}, panel, &deepreview.Options{Parallel: 3})
		require.NoError(t, err)
		assert.Equal(t, int32(3), most.Load())
		assert.Equal(t, 3*time.Second, time.Since(start))
	})
}

func TestLeavingAStreamEarlyStopsTheOthersAndWaitsForThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var stopped sync.WaitGroup
		stopped.Add(1)
		waits := reviewer{"waits", func(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error) {
			defer stopped.Done()
			<-ctx.Done()
			return nil, ctx.Err()
		}}
		quick := reviewer{"quick", func(context.Context, *deepreview.Change) (*deepreview.Review, error) {
			time.Sleep(time.Second) // by then the other is at work
			return &deepreview.Review{}, nil
		}}
		seq, err := deepreview.Stream(t.Context(), &deepreview.Change{}, []deepreview.Reviewer{waits, quick}, nil)
		require.NoError(t, err)
		for i, rev := range seq {
			assert.Equal(t, 1, i)
			assert.Equal(t, "quick", rev.Reviewer)
			break
		}
		stopped.Wait() // deadlocks, and fails the test, where the other was not told to stop
	})
}

// BenchmarkRunOverhead shows what Run adds to its slowest reviewer, with eight of them: the metric over/op is the time beyond it.
func BenchmarkRunOverhead(b *testing.B) {
	const slowest = 50 * time.Millisecond
	var panel []deepreview.Reviewer
	for i := range 8 {
		d := slowest * time.Duration(i+1) / 8
		panel = append(panel, reviewer{fmt.Sprint(i), func(ctx context.Context, c *deepreview.Change) (*deepreview.Review, error) {
			select {
			case <-time.After(d):
			case <-ctx.Done():
			}
			return &deepreview.Review{Findings: []*deepreview.Finding{{Title: "x"}}}, nil
		}})
	}
	var over time.Duration
	for b.Loop() {
		start := time.Now()
		if _, err := deepreview.Run(b.Context(), &deepreview.Change{}, panel, nil); err != nil {
			b.Fatal(err)
		}
		over += time.Since(start) - slowest
	}
	b.ReportMetric(float64(over.Microseconds())/float64(b.N), "over-µs/op")
}
