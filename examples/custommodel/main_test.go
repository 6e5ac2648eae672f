package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview/reviewtest"
)

const patch = "--- /dev/null\n+++ b/hello.txt\n@@ -0,0 +1 @@\n+hello\n"

// answering is an endpoint that answers in the form it is asked for.
func answering(t *testing.T) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var q struct {
			Prompt string
			Schema json.RawMessage
		}
		if json.NewDecoder(r.Body).Decode(&q) != nil {
			http.Error(w, "no question", http.StatusBadRequest)
			return
		}
		switch {
		case strings.Contains(q.Prompt, "hello.txt"):
			fmt.Fprint(w, `{"summary":"","findings":[],"observations":[],"tested":[],"untested":[],"documentation":[],"commits":[],"limitations":[],
				"coverage":[{"path":"hello.txt","status":"clean","reason":""}],"verdict":""}`)
		case q.Schema != nil:
			fmt.Fprint(w, `{"yes":true}`)
		default:
			fmt.Fprint(w, "Yes.")
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestTheModelKeepsTheContract(t *testing.T) {
	require.NoError(t, reviewtest.CheckModel(t.Context(), endpoint{answering(t)}, nil))
}

func TestAPatchIsReviewedByTheModel(t *testing.T) {
	var out strings.Builder
	require.NoError(t, run(t.Context(), []string{answering(t)}, strings.NewReader(patch), &out))
	assert.Equal(t, "merge: no issue was found. 0 critical, 0 important, 0 suggestions.\n", out.String())
}

func TestAModelThatIsNotThereIsNoCleanReview(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	var out strings.Builder
	require.NoError(t, run(t.Context(), []string{server.URL}, strings.NewReader(patch), &out))
	assert.Contains(t, out.String(), "incomplete: endpoint-1 did not finish (invalid)")
	assert.Error(t, run(t.Context(), nil, strings.NewReader(patch), &out))
}
