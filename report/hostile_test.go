package report_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/report"
)

// written is a report in which somebody wrote text wherever a reviewer, an author or a template of a link can.
func written(text string) *deepreview.Report {
	at := []deepreview.Location{{Path: text, Start: 1, End: 2, Label: text}}
	ref := deepreview.Ref{Reviewer: "ann", ID: "1"}
	return &deepreview.Report{
		Change: deepreview.Header{
			Repository: text, Title: text, Description: text, Author: text, Branch: text, Range: text, Head: "abc",
			PullRequest: &deepreview.PullRequest{Number: 1, Title: text, URL: text},
			Commits:     []deepreview.Commit{{ID: "abcdef0123", Subject: text, Body: text, Author: text}},
			CommitURL:   text, FileURL: text, Excluded: []string{text},
		},
		Files:   []deepreview.FileSummary{{Path: text, OldPath: text, Unreadable: text}},
		Verdict: deepreview.Verdict{Kind: deepreview.VerdictIncomplete, Reason: text, Missing: []string{text}},
		Summary: text, Closing: text, Warnings: []string{text},
		Issues: []*deepreview.Issue{{
			ID: "i", Number: "S1", Title: text, Detail: text, Impact: text, Severity: deepreview.SeveritySuggestion, Category: deepreview.Category(text),
			Topic: deepreview.Topic(text), Locations: at, Excerpts: []deepreview.Excerpt{{Path: text, Start: 1, Lines: strings.Split(text, "\n"), Cited: []int{1}}},
			Fix: &deepreview.Fix{Text: text, Edits: []deepreview.Edit{{Path: text, Start: 1, End: 1, New: text}}}, Patch: text, Lead: ref,
			Sources: []deepreview.Source{{Reviewer: "ann", Finding: "1", Locations: at, Anchoring: []string{text}}}, Reported: 1, Read: 1,
			Reasons: []string{text}, Hidden: text, Checks: []deepreview.Check{{Claim: ref, Name: text, Detail: text}},
			Verification: &deepreview.Verification{Status: deepreview.VerificationConfirmed, By: text, Reason: text, Evidence: at},
			Merges:       []deepreview.Merge{{Claim: ref, With: ref, Evidence: []deepreview.Evidence{{Name: text}}}},
			Resolution:   &deepreview.Resolution{Why: text, By: text},
		}},
		Notes:      []*deepreview.PanelNote{{Kind: deepreview.NoteConcern, Title: text, Text: text, Locations: at, Commit: text, Sources: []deepreview.Ref{ref}}},
		Threads:    []deepreview.Thread{{Location: at[0], Author: text, URL: text, Comments: []string{text}}},
		Prior:      []deepreview.PriorIssue{{Issue: &deepreview.Issue{Title: text, Severity: deepreview.SeverityImportant}, Reason: text}},
		Ledger:     []deepreview.Decision{{Claim: ref, Title: text, Outcome: deepreview.Outcome(text), Rule: text, Reason: text}},
		Scorecards: []deepreview.Scorecard{{Reviewer: "ann", Label: text, Retro: []deepreview.Remark{{Aspect: text, Text: text}}}},
		Reviews: []*deepreview.Review{{
			Reviewer: "ann", Label: text, Vendor: text, Model: text, Summary: text, Verdict: text, Transcript: text, Repairs: []string{text},
			Failure:  &deepreview.Failure{Kind: deepreview.FailureKind(text), Message: text},
			Findings: []*deepreview.Finding{{ID: "1", Title: text, Detail: text, Impact: text, Quote: text, Locations: at, Rule: text, RawSeverity: text}},
			Notes:    []*deepreview.Note{{ID: "2", Kind: deepreview.NoteKind(text), Title: text, Text: text, Locations: at}},
			Coverage: []deepreview.Coverage{{Path: text, Status: deepreview.CoverageUnreviewed, Reason: text}},
		}},
	}
}

// active are elements that run or load something, and that no page of ours has.
var active = []string{"script", "iframe", "object", "embed", "img", "image", "video", "audio", "link", "base", "form", "foreignobject", "template", "noscript"}

// harmless fails where a page runs, loads or leads to anything but the web and itself.
func harmless(t *testing.T, page []byte) {
	t.Helper()
	z := html.NewTokenizer(bytes.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return
		case html.StartTagToken, html.SelfClosingTagToken:
			tok := z.Token()
			require.False(t, slices.Contains(active, tok.Data), "<%s>", tok.Data)
			for _, a := range tok.Attr {
				require.False(t, strings.HasPrefix(a.Key, "on"), "%s=%q", a.Key, a.Val)
				switch a.Key {
				case "src", "srcset", "background", "formaction", "ping", "poster":
					t.Fatalf("%s=%q", a.Key, a.Val)
				case "href", "action", "cite", "xlink:href":
					scheme, _, ok := strings.Cut(a.Val, ":")
					require.True(t, strings.HasPrefix(a.Val, "#") || ok && slices.Contains([]string{"http", "https", "mailto"}, strings.ToLower(scheme)), "%s=%q", a.Key, a.Val)
				case "style":
					t.Fatalf("a style: %q", a.Val)
				}
			}
		}
	}
}

// calm fails where text for a terminal holds what could command it or turn its lines around.
func calm(t *testing.T, text []byte) {
	t.Helper()
	require.True(t, utf8.Valid(text))
	for _, r := range string(text) {
		require.False(t, r != '\n' && r < ' ' || r >= 0x7f && r <= 0x9f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069, "%U", r)
	}
}

func check(t *testing.T, text string) {
	t.Helper()
	r := written(text)
	var page, plain, md bytes.Buffer
	require.NoError(t, report.HTML{}.Render(&page, r))
	harmless(t, page.Bytes())
	require.NoError(t, report.Text{Width: 60}.Render(&plain, r))
	calm(t, plain.Bytes())
	require.NoError(t, report.Markdown{}.Render(&md, r))
	assert.True(t, utf8.Valid(md.Bytes()))
}

func TestNothingThatIsWrittenInAReportDoesHarm(t *testing.T) {
	for _, text := range []string{
		"<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "\"><script>alert(1)</script>", "' onmouseover='alert(1)",
		"javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:x", "file:///etc/passwd",
		"[x](javascript:alert(1))", "![x](http://127.0.0.1:1/x.png)", "<a href=\"javascript:alert(1)\">x</a>", "[x]: javascript:alert(1)\n\n[x]",
		"<iframe src=http://127.0.0.1:1>", "<style>*{display:none}</style>", "</style><script>alert(1)</script>", "<base href=http://127.0.0.1:1>",
		"<!--", "-->", "<![CDATA[", "]]>", "</details></main><script>", "```\n</pre><script>alert(1)</script>\n```", "`<script>`", "&lt;script&gt;", "&#60;script&#62;",
		"{{.}}", "{{template \"html/page.tmpl\" .}}", "{{range}}", "${x}", "\x1b[2J\x1b[31mred", "\x1b]8;;http://127.0.0.1:1\x1b\\x\x1b]8;;\x1b\\", "\x9b31m", "\x07\x08\x00",
		"\u202eevil\u202c", "\u2066x\u2069", "\u200b\u200d\ufeff", "\xff\xfe", "caf\xe9", "http://127.0.0.1:1/{commit}\"onclick=x", "https://ok.example/{path}",
		"https://ok.example/\"><script>", strings.Repeat("x", 5000), strings.Repeat("> ", 300) + "deep", strings.Repeat("- ", 300), strings.Repeat("*", 3000), strings.Repeat("[", 2000), "| a |\n|---|\n| <b onclick=x> |",
		"<details open ontoggle=alert(1)>", "<math><mtext><script>alert(1)</script>", "<input autofocus onfocus=alert(1)>", "a\nb\r\nc\rd", "https://user:pw@ok.example", "//127.0.0.1:1/x", "\\\\127.0.0.1\\x",
	} {
		t.Run(text[:min(20, len(text))], func(t *testing.T) { check(t, text) })
	}
}

func FuzzRender(f *testing.F) {
	f.Add("<script>")
	f.Add("[x](javascript:alert(1)) `<b>` \x1b[0m \u202e")
	f.Add("```go\n{{.}}\n```\n| a | b |\n|---|---|\n| <img src=x> | c |")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 2000 {
			return // length is another test's matter
		}
		check(t, text)
	})
}
