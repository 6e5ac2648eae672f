package agents_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents"
)

func TestAReviewIsMadeOfCallsAndAnAnswer(t *testing.T) {
	m := &scripted{reply: func(n int, req *agents.Request) (*agents.Reply, error) {
		switch n {
		case 1:
			return calls("read_file", `{"path":"store.go","start":0,"end":0}`, "find_symbol", `{"name":"Save"}`), nil
		default:
			return answers(review(func(a map[string]any) {
				a["findings"] = []any{found("A failed write is not noticed", 11, func(f map[string]any) {
					f["quote"] = "f.Write(data)"
					f["edits"] = []any{map[string]any{"path": "store.go", "old": "\tf.Write(data)\n", "new": "\tif _, err := f.Write(data); err != nil {\n\t\treturn err\n\t}\n"}}
				})}
				a["observations"] = []any{map[string]any{"kind": "strength", "title": "Small", "text": "One function.", "path": "store.go", "line": 6}}
				a["untested"] = []any{map[string]any{"text": "a full disk", "risk": "high"}}
				a["coverage"] = []any{map[string]any{"path": "store.go", "status": "findings", "reason": ""}}
			})), nil
		}
	}}
	rev := run(t, storeChange(t), &agents.LLM{Model: m})
	require.Nil(t, rev.Failure)
	assert.Empty(t, rev.Repairs)
	assert.Equal(t, "acme", rev.Reviewer)
	assert.Equal(t, "acme-1", rev.Label)
	require.Len(t, rev.Findings, 1)
	f := rev.Findings[0]
	require.NoError(t, f.Validate())
	assert.Equal(t, deepreview.SeverityImportant, f.Severity)
	assert.Equal(t, []deepreview.Edit{{Path: "store.go", Start: 11, End: 11, New: "\tif _, err := f.Write(data); err != nil {\n\t\treturn err\n\t}\n"}}, f.Fix.Edits)
	assert.Equal(t, []deepreview.Coverage{{Path: "store.go", Status: deepreview.CoverageFindings, Depth: deepreview.DepthRead}}, rev.Coverage)
	assert.Len(t, rev.Notes, 2)
	assert.Equal(t, deepreview.RiskHigh, rev.Notes[1].Risk)
	assert.Equal(t, 2, rev.Usage.ToolCalls)
	assert.Equal(t, 2, rev.Usage.Requests)

	results := m.requests[1].Turns[2].Results
	require.Len(t, results, 2)
	assert.Contains(t, results[0].Text, "    11\t\tf.Write(data)")
	assert.Contains(t, results[1].Text, "store.go:6: declared: func Save")
	assert.Contains(t, results[1].Text, "main.go:4: _ = store.Save")
}

func TestTheRequestsOfAConversationOnlyGrowAtTheirEnd(t *testing.T) {
	m := &scripted{reply: func(n int, req *agents.Request) (*agents.Reply, error) {
		if n < 5 {
			return calls("read_file", fmt.Sprintf(`{"path":"store.go","start":%d,"end":0}`, n)), nil
		}
		return answers(review(nil)), nil
	}}
	run(t, storeChange(t), &agents.LLM{Model: m})
	require.Len(t, m.requests, 5)
	for i, req := range m.requests[1:] {
		before := m.requests[i]
		assert.Equal(t, before.System, req.System)
		assert.Equal(t, before.Preamble, req.Preamble)
		assert.Equal(t, before.Tools, req.Tools)
		assert.Equal(t, before.Answer, req.Answer)
		assert.Equal(t, before.Turns, req.Turns[:len(before.Turns)])
	}
}

func TestAnAnswerIsMendedOnceAndThenKeptAsFarAsItHolds(t *testing.T) {
	broken := review(func(a map[string]any) {
		a["findings"] = []any{
			found("kept", 6, nil),
			found("past the end", 99, nil),
			found("an odd severity", 6, func(f map[string]any) { f["severity"] = "P1" }),
			"no object at all",
		}
		a["coverage"] = []any{}
	})
	t.Run("the second answer takes its place", func(t *testing.T) {
		m := &scripted{reply: func(n int, req *agents.Request) (*agents.Reply, error) {
			if n == 1 {
				return answers(broken), nil
			}
			last := req.Turns[len(req.Turns)-1].Text
			assert.Contains(t, last, "there is no line 99")
			assert.Contains(t, last, "coverage says nothing about store.go")
			assert.True(t, req.Final)
			return answers(review(func(a map[string]any) {
				a["findings"] = []any{found("kept", 6, nil), found("past the end", 12, nil), found("an odd severity", 6, nil), found("was no object", 6, nil)}
				a["coverage"] = []any{map[string]any{"path": "store.go", "status": "findings", "reason": ""}}
			})), nil
		}}
		rev := run(t, storeChange(t), &agents.LLM{Model: m})
		assert.Nil(t, rev.Failure)
		assert.Len(t, rev.Findings, 4)
		assert.Empty(t, rev.Repairs)
		assert.Len(t, m.requests, 2)
	})
	t.Run("a second answer with fewer findings does not", func(t *testing.T) {
		m := &scripted{reply: func(n int, req *agents.Request) (*agents.Reply, error) {
			if n == 1 {
				return answers(broken), nil
			}
			return answers(review(nil)), nil
		}}
		rev := run(t, storeChange(t), &agents.LLM{Model: m})
		assert.Nil(t, rev.Failure)
		require.Len(t, rev.Findings, 3, "what was whole is kept")
		assert.Equal(t, "P1", rev.Findings[2].RawSeverity)
		repairs := strings.Join(rev.Repairs, "\n")
		assert.Contains(t, repairs, "no object at all", "what was lost is named")
		assert.Contains(t, repairs, "there is no line 99")
		assert.Equal(t, deepreview.CoverageUnreviewed, rev.Coverage[0].Status, "the answer that is kept says nothing of the file")
	})
}

func TestAFileThatWasNeitherShownNorReadIsNotClean(t *testing.T) {
	c := change(t, map[string]string{"store.go": storeGo, "go.sum": "a v1 h1:x\n"})
	m := &scripted{reply: func(n int, req *agents.Request) (*agents.Reply, error) {
		return answers(review(func(a map[string]any) {
			a["coverage"] = []any{
				map[string]any{"path": "store.go", "status": "clean", "reason": ""}, map[string]any{"path": "go.sum", "status": "clean", "reason": ""},
				map[string]any{"path": "elsewhere.go", "status": "clean", "reason": ""},
			}
		})), nil
	}}
	rev := run(t, c, &agents.LLM{Model: m})
	assert.Equal(t, []deepreview.Coverage{
		{Path: "go.sum", Status: deepreview.CoverageUnreviewed, Reason: "stated to be clean, but it was neither shown nor read"},
		{Path: "store.go", Status: deepreview.CoverageClean, Depth: deepreview.DepthRead},
	}, sorted(rev.Coverage))
	assert.Contains(t, strings.Join(rev.Repairs, "\n"), "elsewhere.go")
}

func TestAModelThatGivesNoAnswerIsAFailureThatSaysSo(t *testing.T) {
	for name, test := range map[string]struct {
		reply func(n int, req *agents.Request) (*agents.Reply, error)
		kind  deepreview.FailureKind
		says  string
		found int
	}{
		"prose": {func(int, *agents.Request) (*agents.Reply, error) {
			return &agents.Reply{Turn: agents.Turn{Text: "Looks good to me!"}}, nil
		}, deepreview.FailureBadAnswer, "Looks good to me", 0},
		"prose, then the form": {func(n int, _ *agents.Request) (*agents.Reply, error) {
			if n == 1 {
				return &agents.Reply{Turn: agents.Turn{Text: "Looks good to me!"}}, nil
			}
			return answers(review(func(a map[string]any) { a["findings"] = []any{found("x", 6, nil)} })), nil
		}, "", "", 1},
		"JSON in prose": {func(int, *agents.Request) (*agents.Reply, error) {
			b, _ := json.Marshal(review(func(a map[string]any) { a["findings"] = []any{found("x", 6, nil)} }))
			return &agents.Reply{Turn: agents.Turn{Text: "Here {it} is:\n```json\n" + string(b) + "\n```\nThat is all."}}, nil
		}, "", "", 1},
		"tools without end": {func(n int, _ *agents.Request) (*agents.Reply, error) {
			return calls("search", fmt.Sprintf(`{"pattern":"x%d","files":""}`, n)), nil
		}, deepreview.FailureBadAnswer, "went on calling tools", 0},
		"an unknown tool, then the answer": {func(n int, req *agents.Request) (*agents.Reply, error) {
			if n == 1 {
				return calls("run_command", `{"command":"id"}`, "read_file", `[]`), nil
			}
			results := req.Turns[2].Results
			if !results[0].Failed || !strings.Contains(results[0].Text, "there is no tool") || !results[1].Failed {
				return nil, fmt.Errorf("the results say %v", results)
			}
			return answers(review(nil)), nil
		}, "", "", 0},
		"an answer cut short": {func(int, *agents.Request) (*agents.Reply, error) {
			b, _ := json.Marshal(review(func(a map[string]any) { a["findings"] = []any{found("x", 6, nil), found("y", 7, nil)} }))
			text := string(b)
			text = text[:strings.Index(text, `"y"`)]
			return &agents.Reply{Stop: agents.StopLength, Turn: agents.Turn{Text: text}}, &agents.Error{Kind: agents.KindTruncated, Vendor: "acme", Model: "acme-1"}
		}, "truncated", "allow a longer output", 2},
		"a refusal": {func(int, *agents.Request) (*agents.Reply, error) {
			return nil, &agents.Error{Kind: agents.KindRefused, Vendor: "acme", Model: "acme-1", Message: "no"}
		}, "refused", "refused: no", 0},
		"nothing at all": {func(int, *agents.Request) (*agents.Reply, error) { return nil, nil }, deepreview.FailureBadAnswer, "neither", 0},
		"a panic":        {func(int, *agents.Request) (*agents.Reply, error) { panic("oh") }, deepreview.FailurePanic, "oh", 0},
	} {
		t.Run(name, func(t *testing.T) {
			rev := run(t, storeChange(t), &agents.LLM{Model: &scripted{reply: test.reply}, MaxTurns: 4})
			if test.kind == "" {
				require.Nil(t, rev.Failure)
			} else {
				require.NotNil(t, rev.Failure)
				assert.Equal(t, test.kind, rev.Failure.Kind)
				assert.Contains(t, rev.Failure.Message, test.says)
			}
			assert.Len(t, rev.Findings, test.found)
			if test.kind != "" && test.found == 0 {
				for _, c := range rev.Coverage {
					assert.False(t, c.Looked(), "a failed review calls no file clean")
				}
			}
		})
	}
}

func TestALargeChangeIsReviewedInParts(t *testing.T) {
	files := map[string]string{}
	for i := range 12 {
		files[fmt.Sprintf("pkg%d/file.go", i)] = strings.Repeat("var x = 1 // a line of some length, to fill the window\n", 100)
	}
	c := change(t, files)
	m := &scripted{info: agents.Info{Vendor: "acme", Model: "small", Window: 12_000, MaxOutput: 2000}, reply: func(n int, req *agents.Request) (*agents.Reply, error) {
		assert.Contains(t, req.Turns[0].Text, "part ")
		var coverage []any
		for name := range files {
			if strings.Contains(req.Turns[0].Text, "\n"+name+"\n") {
				coverage = append(coverage, map[string]any{"path": name, "status": "clean", "reason": ""})
			}
		}
		if strings.Contains(req.Turns[0].Text, "\npkg3/file.go\n") {
			return nil, &agents.Error{Kind: agents.KindOverloaded, Vendor: "acme", Model: "small"}
		}
		return answers(review(func(a map[string]any) { a["coverage"] = coverage })), nil
	}}
	rev := run(t, c, &agents.LLM{Model: m})
	assert.Greater(t, len(m.requests), 2)
	assert.Equal(t, deepreview.FailureKind("overloaded"), rev.Failure.Kind)
	require.Len(t, rev.Coverage, 12, "every file is accounted for")
	unread := 0
	for _, cov := range rev.Coverage {
		if !cov.Read() {
			unread++
			assert.Contains(t, cov.Reason, "overloaded")
		}
	}
	assert.Positive(t, unread)
	assert.Less(t, unread, 12, "the other parts were reviewed")
	for _, req := range m.requests {
		assert.Equal(t, m.requests[0].System+m.requests[0].Preamble, req.System+req.Preamble, "all parts begin with the same")
	}
}

func TestAPartThatDoesNotFitIsHalved(t *testing.T) {
	c := change(t, map[string]string{"a.go": "package a\n", "b.go": "package b\n", "c.go": "package c\n"})
	m := &scripted{reply: func(n int, req *agents.Request) (*agents.Reply, error) {
		text := req.Turns[0].Text
		var coverage []any
		for _, name := range []string{"a.go", "b.go", "c.go"} {
			if strings.Contains(text, "\n"+name+"\n") {
				coverage = append(coverage, map[string]any{"path": name, "status": "clean", "reason": ""})
			}
		}
		if len(coverage) > 1 {
			return nil, &agents.Error{Kind: agents.KindTooLong, Vendor: "acme", Model: "acme-1"}
		}
		return answers(review(func(a map[string]any) { a["coverage"] = coverage })), nil
	}}
	rev := run(t, c, &agents.LLM{Model: m})
	assert.Nil(t, rev.Failure)
	assert.Len(t, rev.Coverage, 3)
	for _, cov := range rev.Coverage {
		assert.True(t, cov.Read(), cov.Path)
	}
}

func TestWhatWasReadIsLeftOutWhereTheConversationGrowsTooLong(t *testing.T) {
	m := &scripted{reply: func(n int, req *agents.Request) (*agents.Reply, error) {
		read := 0
		for _, turn := range req.Turns {
			for _, r := range turn.Results {
				if strings.Contains(r.Text, "os.Create") {
					read++
				}
			}
		}
		switch {
		case read > 2:
			return nil, &agents.Error{Kind: agents.KindTooLong, Vendor: "acme", Model: "acme-1"}
		case req.Final:
			return answers(review(nil)), nil
		}
		return calls("read_file", fmt.Sprintf(`{"path":"store.go","start":%d,"end":0}`, n)), nil
	}}
	rev := run(t, storeChange(t), &agents.LLM{Model: m})
	assert.Nil(t, rev.Failure)
	assert.True(t, rev.Coverage[0].Read())
}

func TestSeveralPassesAreOneReview(t *testing.T) {
	pass := make(chan int, 3)
	for i := range 3 {
		pass <- i
	}
	m := &scripted{reply: func(int, *agents.Request) (*agents.Reply, error) {
		i := <-pass
		return answers(review(func(a map[string]any) {
			a["findings"] = []any{found(fmt.Sprint("finding of pass ", i), 6, nil)}
			a["coverage"] = []any{map[string]any{"path": "store.go", "status": "findings", "reason": ""}}
		})), nil
	}}
	rev := run(t, storeChange(t), &agents.LLM{Model: m, Passes: 3})
	assert.Len(t, rev.Findings, 3)
	assert.Equal(t, 3, rev.Passes)
	assert.Len(t, rev.Coverage, 1)
}

func TestABudgetStopsBeforeTheNextRequestAndKeepsWhatIsThere(t *testing.T) {
	m := &scripted{reply: func(n int, req *agents.Request) (*agents.Reply, error) {
		return calls("search", fmt.Sprintf(`{"pattern":"x%d","files":""}`, n)), nil
	}}
	purse := agents.NewPurse(agents.Budget{Requests: 3})
	rev := run(t, storeChange(t), &agents.LLM{Model: purse.Model(m, agents.Price{In: 10, Out: 100})})
	assert.Len(t, m.requests, 3)
	assert.Equal(t, deepreview.FailureKind("budget"), rev.Failure.Kind)
	assert.Contains(t, rev.Failure.Message, "3 of 3 requests")
	assert.True(t, rev.Usage.Priced)
	assert.InDelta(t, 3*(100*10+10*100)/1e6, rev.Usage.Cost, 1e-9)
	assert.InDelta(t, rev.Usage.Cost, purse.Spent().Cost, 1e-9)
}

func TestSecretsAreMaskedInWhatAModelIsSent(t *testing.T) {
	token := "ghp_" + "Zk3Qw9Lr5Tx7" + "Vb2Nc8Md4Pf6" + "Hj1Gs0Ya5Ue9"
	c := change(t, map[string]string{"store.go": "package store\n\nvar token = \"" + token + "\"\n"})
	c.Description = "Use " + token
	c.Tree = fsOf(map[string]string{"store.go": "package store\n\nvar token = \"" + token + "\"\n"})
	m := &scripted{reply: func(n int, req *agents.Request) (*agents.Reply, error) {
		if n == 1 {
			return calls("read_file", `{"path":"store.go","start":0,"end":0}`, "search", `{"pattern":"token","files":""}`), nil
		}
		return answers(review(nil)), nil
	}}
	rev := run(t, c, &agents.LLM{Model: m})
	for i, req := range m.requests {
		b, err := json.Marshal(req)
		require.NoError(t, err)
		assert.False(t, strings.Contains(string(b), token), "request %d holds the secret", i+1)
	}
	assert.Contains(t, strings.Join(rev.Repairs, "\n"), "likely secrets were masked")
}

func TestAModelWithoutToolsIsGivenTheFiles(t *testing.T) {
	m := &scripted{info: agents.Info{Vendor: "acme", Model: "plain"}, reply: func(n int, req *agents.Request) (*agents.Reply, error) {
		assert.Empty(t, req.Tools)
		assert.True(t, req.Final)
		assert.Contains(t, req.Turns[0].Text, "store.go:\n     1\tpackage store")
		assert.NotContains(t, req.System, "tools you are given")
		return answers(review(nil)), nil
	}}
	assert.Nil(t, run(t, storeChange(t), &agents.LLM{Model: m}).Failure)
}

func TestAFileOfAnotherConversationWasNotShownInThisOne(t *testing.T) {
	long := strings.Repeat("// a line that fills the window of a small model, again and again\n", 300)
	c := change(t, map[string]string{"a/a.go": long, "b/b.go": long})
	m := &scripted{info: agents.Info{Vendor: "acme", Model: "small", Window: 12_000, MaxOutput: 1000}, reply: func(int, *agents.Request) (*agents.Reply, error) {
		return answers(review(func(a map[string]any) {
			a["coverage"] = []any{map[string]any{"path": "a/a.go", "status": "clean", "reason": ""}, map[string]any{"path": "b/b.go", "status": "clean", "reason": ""}}
		})), nil
	}}
	for range 5 { // whatever conversation is the first
		rev := run(t, c, &agents.LLM{Model: m})
		require.Greater(t, len(m.requests), 1, "it takes more than one conversation")
		told := strings.Join(rev.Repairs, "\n")
		assert.Contains(t, told, "a/a.go was stated to be clean, but it was neither shown nor read")
		assert.Contains(t, told, "b/b.go was stated to be clean, but it was neither shown nor read")
	}
}
