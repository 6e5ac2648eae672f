package agents_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview/agents"
	"github.com/deepreview-go/deepreview/agents/internal/wiretest"
	"github.com/deepreview-go/deepreview/reviewtest"
)

// TestEveryVendorsModelKeepsTheContract checks each adapter against a server that answers in its vendor's wire format by what is asked.
func TestEveryVendorsModelKeepsTheContract(t *testing.T) {
	for name, w := range wires {
		t.Run(name, func(t *testing.T) {
			s := wiretest.NewFunc(t, func(r wiretest.Request) wiretest.Response {
				switch body := string(r.Body); {
				case strings.Contains(body, "a.txt says yes"):
					return wiretest.Response{Events: w.answer(`{"yes":true}`)}
				case strings.Contains(body, "Look at a.txt"):
					return wiretest.Response{Events: w.call("call_1", `{"path":"a.txt"}`)}
				case strings.Contains(body, "additionalProperties"):
					return wiretest.Response{Events: w.answer(`{"yes":true}`)}
				}
				return wiretest.Response{Events: w.answer("Yes.")}
			})
			require.NoError(t, reviewtest.CheckModel(t.Context(), w.model(s.URL), nil))
		})
	}
}

func TestTheReviewerOnAModelKeepsTheContract(t *testing.T) {
	m := &scripted{reply: func(n int, req *agents.Request) (*agents.Reply, error) { return answers(review(nil)), nil }}
	require.NoError(t, reviewtest.CheckReviewer(t.Context(), &agents.LLM{Model: m}, nil))
}
