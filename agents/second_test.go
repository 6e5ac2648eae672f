package agents_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents"
)

func verdictOf(status string, evidence ...any) map[string]any {
	return map[string]any{"status": status, "reason": "Because.", "evidence": append([]any{}, evidence...)}
}

func line(path string, n int) map[string]any {
	return map[string]any{"path": path, "start": n, "end": n, "before": false}
}

func TestAVerifierReadsBeforeItRefutes(t *testing.T) {
	q := deepreview.Question{Title: "A failed write is not noticed", Severity: deepreview.SeverityImportant, Locations: []deepreview.Location{{Path: "store.go", Start: 11}}}
	for _, test := range []struct {
		name   string
		read   string
		answer map[string]any
		want   deepreview.VerificationStatus
	}{
		{"confirmed", "", verdictOf("confirmed", line("store.go", 11)), deepreview.VerificationConfirmed},
		{"refuted with the lines it was shown", "", verdictOf("refuted", line("store.go", 11)), deepreview.VerificationRefuted},
		{"refuted with lines it read", `{"path":"main.go","start":0,"end":0}`, verdictOf("refuted", line("main.go", 4)), deepreview.VerificationRefuted},
		{"refuted with lines it never read", "", verdictOf("refuted", line("main.go", 4)), deepreview.VerificationUnsure},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := &scripted{reply: func(n int, req *agents.Request) (*agents.Reply, error) {
				if n == 1 && test.read != "" {
					return calls("read_file", test.read), nil
				}
				return answers(test.answer), nil
			}}
			got, err := (&agents.Verifier{Model: m}).Verify(t.Context(), storeChange(t), q)
			require.NoError(t, err)
			assert.Equal(t, test.want, got.Status)
			assert.Contains(t, m.requests[0].Turns[0].Text, "A failed write is not noticed")
		})
	}
}

func TestAVerifierInThePipelineNeverLearnsWhoClaims(t *testing.T) {
	c := storeChange(t)
	m := &scripted{reply: func(int, *agents.Request) (*agents.Reply, error) {
		return answers(verdictOf("refuted", line("store.go", 99))), nil
	}}
	p := &deepreview.Pipeline{Verifier: &agents.Verifier{ID: "judge", Model: m}}
	r, err := p.Consolidate(t.Context(), c, []*deepreview.Review{{Reviewer: "somebody-special", Findings: []*deepreview.Finding{{
		ID: "F1", Title: "A failed write is not noticed", Severity: deepreview.SeverityImportant, Locations: []deepreview.Location{{Path: "store.go", Start: 11}},
	}}}})
	require.NoError(t, err)
	require.Len(t, r.Issues, 1)
	assert.Equal(t, deepreview.VerificationUnsure, r.Issues[0].Verification.Status, "a line that does not exist shows nothing")
	assert.True(t, r.Issues[0].Open())
	for _, req := range m.requests {
		assert.NotContains(t, req.System+req.Preamble+req.Turns[0].Text, "somebody-special")
	}
}

func TestAnAdjudicatorAnswersPairByPair(t *testing.T) {
	judged := func(pair int, same string) map[string]any {
		return map[string]any{"pair": pair, "same": same, "reason": "r"}
	}
	pairs := []deepreview.Pair{
		{A: deepreview.Finding{Title: "one"}, B: deepreview.Finding{Title: "uno"}},
		{A: deepreview.Finding{Title: "two"}, B: deepreview.Finding{Title: "three"}},
		{A: deepreview.Finding{Title: "four"}, B: deepreview.Finding{Title: "five"}},
	}
	answered := func(js ...any) *agents.Reply { return answers(map[string]any{"judgements": js}) }
	same := func(js []deepreview.Judgement) []deepreview.Answer {
		var out []deepreview.Answer
		for _, j := range js {
			out = append(out, j.Same)
		}
		return out
	}
	t.Run("in any order", func(t *testing.T) {
		m := &scripted{reply: func(int, *agents.Request) (*agents.Reply, error) {
			return answered(judged(3, "unsure"), judged(1, "yes"), judged(2, "no"), judged(9, "yes")), nil
		}}
		got, err := (&agents.Adjudicator{Model: m}).Adjudicate(t.Context(), storeChange(t), pairs)
		require.NoError(t, err)
		assert.Equal(t, []deepreview.Answer{deepreview.AnswerYes, deepreview.AnswerNo, deepreview.AnswerUnsure}, same(got))
		assert.Empty(t, m.requests[0].Tools)
	})
	t.Run("what is missing is asked for once, and is unsure then", func(t *testing.T) {
		m := &scripted{reply: func(n int, req *agents.Request) (*agents.Reply, error) {
			if n == 2 {
				assert.Contains(t, req.Turns[2].Text, "no judgement on pair 2")
			}
			return answered(judged(1, "yes"), judged(3, "no")), nil
		}}
		got, err := (&agents.Adjudicator{Model: m}).Adjudicate(t.Context(), storeChange(t), pairs)
		require.NoError(t, err)
		assert.Equal(t, []deepreview.Answer{deepreview.AnswerYes, deepreview.AnswerUnsure, deepreview.AnswerNo}, same(got))
		assert.Len(t, m.requests, 2)
	})
	t.Run("two answers to one question are none", func(t *testing.T) {
		m := &scripted{reply: func(int, *agents.Request) (*agents.Reply, error) {
			return answered(judged(1, "yes"), judged(1, "no"), judged(2, "no"), judged(3, "no")), nil
		}}
		got, err := (&agents.Adjudicator{Model: m}).Adjudicate(t.Context(), storeChange(t), pairs)
		require.NoError(t, err)
		assert.Equal(t, deepreview.AnswerUnsure, got[0].Same)
	})
	t.Run("a failure is an error", func(t *testing.T) {
		m := &scripted{reply: func(int, *agents.Request) (*agents.Reply, error) { return nil, errors.New("no") }}
		_, err := (&agents.Adjudicator{Model: m}).Adjudicate(t.Context(), storeChange(t), pairs)
		require.Error(t, err)
	})
}

func TestAnEditorsWordsAreCheckedAgainstTheFacts(t *testing.T) {
	c := storeChange(t)
	edited := func(summary, closing, title string) map[string]any {
		return map[string]any{
			"summary": summary, "verdict_reason": "", "closing": closing, "retro": []any{map[string]any{"reviewer": "ann", "aspect": "depth", "text": "Looked closely."}},
			"titles": []any{map[string]any{"issue": "I1", "title": title}},
		}
	}
	m := &scripted{reply: func(_ int, req *agents.Request) (*agents.Reply, error) {
		assert.Contains(t, req.Turns[0].Text, "A failed write")
		return answers(edited("It adds a store. There are 7 critical issues.", "One reviewer found what matters.", "Save drops the error of Write")), nil
	}}
	p := &deepreview.Pipeline{
		Editor: &agents.Editor{ID: "scribe", Model: m},
		Calibrate: func(deepreview.Case) deepreview.Calibration {
			return deepreview.Calibration{Severity: deepreview.SeverityImportant, Survival: .5, Reasons: []string{"so"}}
		},
	}
	r, err := p.Consolidate(context.Background(), c, []*deepreview.Review{{Reviewer: "ann", Findings: []*deepreview.Finding{{ID: "F1", Title: "A failed write", Severity: deepreview.SeverityImportant}}}})
	require.NoError(t, err)
	assert.NotContains(t, r.Summary, "7 critical", "a number that does not hold is left out")
	assert.Equal(t, "One reviewer found what matters.", r.Closing)
	assert.Equal(t, "Save drops the error of Write", r.Issues[0].Title)
	assert.Equal(t, "Looked closely.", r.Scorecards[0].Retro[0].Text)
	assert.Contains(t, strings.Join(r.Warnings, "\n"), "scribe is left out")
}
