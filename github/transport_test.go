package github

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type recording struct{ seen []string }

func (r *recording) RoundTrip(req *http.Request) (*http.Response, error) {
	r.seen = append(r.seen, req.URL.Host+" "+req.Header.Get("Authorization"))
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
}

// TestTheTransportItselfKnowsWhereTheTokenGoes is for a request to elsewhere that gets past everything else.
func TestTheTransportItselfKnowsWhereTheTokenGoes(t *testing.T) {
	base, err := url.Parse("https://ghe.example.com/api/v3/")
	require.NoError(t, err)
	sent := new(recording)
	tr := &transport{next: sent, base: base, token: "t", maxWait: time.Second, timeout: time.Second}
	for _, to := range []string{"https://ghe.example.com/x", "https://GHE.example.com/x", "http://ghe.example.com/x", "https://ghe.example.com:8443/x", "https://evil.example/x"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, to, nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer of another") // go-github sets none, and nobody else is to
		resp, err := tr.RoundTrip(req)
		require.NoError(t, err)
		resp.Body.Close()
	}
	assert.Equal(t, []string{"ghe.example.com Bearer t", "GHE.example.com Bearer t", "ghe.example.com ", "ghe.example.com:8443 ", "evil.example "}, sent.seen)
}
