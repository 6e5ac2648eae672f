package reviewtest_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"html/template"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/report"
	"github.com/deepreview-go/deepreview/reviewtest"
)

// renderer is a func as a Renderer.
type renderer func(w io.Writer, r *deepreview.Report) error

func (f renderer) Render(w io.Writer, r *deepreview.Report) error { return f(w, r) }

// line makes one harmless line of a foreign text.
func line(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Cf) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "\u0085", " ")), " ")
}

// asText, asMarkdown, asHTML and asJSON are small renderers that keep every clause.
func asText(w io.Writer, r *deepreview.Report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Report on %s: %s\n", line(r.Change.Title), r.Verdict.Kind)
	for _, is := range r.Issues {
		fmt.Fprintf(&b, "%s %s\n", line(is.Number), line(is.Title))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func asMarkdown(w io.Writer, r *deepreview.Report) error {
	var b strings.Builder
	for _, is := range r.Issues {
		fmt.Fprintf(&b, "- %s %s\n", line(is.Number), escaped(line(is.Title)))
	}
	_, err := io.WriteString(w, "# Report\n\n"+b.String())
	return err
}

// escaped puts a backslash before every ASCII punctuation.
func escaped(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r < unicode.MaxASCII && (unicode.IsPunct(r) || unicode.IsSymbol(r)) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

var page = template.Must(template.New("page").Funcs(template.FuncMap{"line": line}).Parse(
	`<!doctype html><title>{{line .Change.Title}}</title><h1 title="{{line .Change.Author}}">Report</h1>
{{with .Change.PullRequest}}<a href="{{line .URL}}">{{line .Title}}</a>{{end}}
<ul>{{range .Issues}}<li id="{{line .Number}}">{{line .Number}} {{line .Title}}{{end}}</ul>
`))

func asHTML(w io.Writer, r *deepreview.Report) error {
	var b bytes.Buffer
	if err := page.Execute(&b, r); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}

func asJSON(w io.Writer, r *deepreview.Report) error { return r.WriteJSON(w) }

// also is a renderer that writes something more, made of the first issue.
func also(honest renderer, write func(w io.Writer, is *deepreview.Issue) error) renderer {
	return func(w io.Writer, r *deepreview.Report) error {
		if err := honest(w, r); err != nil || len(r.Issues) == 0 {
			return err
		}
		return write(w, r.Issues[0])
	}
}

func brokenRenderers() []brokenRenderer {
	var turn, busy, busiest atomic.Int64
	raw := func(w io.Writer, is *deepreview.Issue) error {
		_, err := io.WriteString(w, is.Title+"\n")
		return err
	}
	return []brokenRenderer{
		{"never-panics", "", also(asText, func(_ io.Writer, is *deepreview.Issue) error { _ = is.Sources[0]; return nil })},
		{"returns", "", func(w io.Writer, r *deepreview.Report) error {
			time.Sleep(time.Duration(len(r.Issues)) * time.Minute)
			return asText(w, r)
		}},
		{"any-report", "", func(w io.Writer, r *deepreview.Report) error {
			if r.Fingerprint == "" {
				return fmt.Errorf("no change")
			}
			return asText(w, r)
		}},
		{"report-unmodified", "", func(w io.Writer, r *deepreview.Report) error {
			for _, is := range r.Issues {
				if is.Category != "seen" { // once, before calls stand side by side: that would be a race
					is.Category = "seen"
				}
			}
			return asText(w, r)
		}},
		{"deterministic", "", func(w io.Writer, r *deepreview.Report) error {
			if err := asText(w, r); err != nil {
				return err
			}
			_, err := fmt.Fprintf(w, "rendering %d\n", turn.Add(1))
			return err
		}},
		{"same-from-json", "", func(w io.Writer, r *deepreview.Report) error {
			if err := asText(w, r); err != nil || len(r.Reviews) == 0 || r.Reviews[0].Started.IsZero() {
				return err
			}
			// What JSON drops: the location of a time that stands for UTC.
			_, err := fmt.Fprintf(w, "%p\n", r.Reviews[0])
			return err
		}},
		{"concurrent", "", func(w io.Writer, r *deepreview.Report) error {
			busiest.Store(max(busiest.Load(), busy.Add(1)))
			defer busy.Add(-1)
			time.Sleep(time.Millisecond)
			if busiest.Load() > 1 {
				_, err := io.WriteString(w, "busy\n")
				return err
			}
			return asText(w, r)
		}},
		{"writer-error", "", func(w io.Writer, r *deepreview.Report) error {
			_ = asText(w, r)
			return nil
		}},
		{"writer-error", "", func(w io.Writer, r *deepreview.Report) error {
			if err := asText(w, r); err != nil {
				return fmt.Errorf("write: %w", err)
			}
			return nil
		}},
		{"writer-error", "", func(w io.Writer, r *deepreview.Report) error {
			b := bufio.NewWriterSize(w, 1<<20)
			defer b.Flush()
			return asText(b, r)
		}},
		{"issues-shown", "", func(w io.Writer, r *deepreview.Report) error {
			own := *r
			own.Issues = nil
			for _, is := range r.Issues {
				if is.Hidden == "" {
					own.Issues = append(own.Issues, is)
				}
			}
			return asText(w, &own)
		}},
		{"issues-shown", "", func(w io.Writer, r *deepreview.Report) error {
			own := *r
			own.Issues = nil
			for _, is := range r.Issues {
				is := *is
				is.Number = ""
				own.Issues = append(own.Issues, &is)
			}
			return asText(w, &own)
		}},
		{"text-is-utf-8", "", func(w io.Writer, r *deepreview.Report) error {
			for _, is := range r.Issues {
				if _, err := fmt.Fprintf(w, "%.40s\n%s\n", line(is.Title)[:min(39, len(line(is.Title)))], line(is.Number)+" "+line(is.Title)); err != nil {
					return err
				}
			}
			_, err := io.WriteString(w, "end\n")
			return err
		}},
		{"no-controls", reviewtest.FormatText, also(asText, func(w io.Writer, is *deepreview.Issue) error {
			_, err := io.WriteString(w, strings.Join(strings.FieldsFunc(is.Title, func(r rune) bool { return r == '\n' || r == '\r' }), " ")+"\n")
			return err
		})},
		{"no-controls", "", also(asText, func(w io.Writer, is *deepreview.Issue) error {
			if !strings.ContainsRune(is.Title, '\u202e') {
				return nil
			}
			_, err := io.WriteString(w, "\u202e\n")
			return err
		})},
		{"no-markup", reviewtest.FormatHTML, also(asHTML, func(w io.Writer, is *deepreview.Issue) error {
			_, err := io.WriteString(w, "<p>"+line(is.Title)+"</p>\n")
			return err
		})},
		{"no-markup", reviewtest.FormatHTML, also(asHTML, func(w io.Writer, is *deepreview.Issue) error {
			_, err := fmt.Fprintf(w, "<p title='%s'>x</p>\n", strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(line(is.Title)))
			return err
		})},
		{"no-markup", reviewtest.FormatHTML, func(w io.Writer, r *deepreview.Report) error {
			if err := asHTML(w, r); err != nil || r.Change.PullRequest == nil {
				return err
			}
			_, err := fmt.Fprintf(w, `<a href="%s">x</a>`+"\n", template.HTMLEscapeString(line(r.Change.PullRequest.URL)))
			return err
		}},
		{"no-markup", reviewtest.FormatHTML, also(asHTML, func(w io.Writer, is *deepreview.Issue) error {
			_, err := fmt.Fprintf(w, "<img src='%s'>\n", template.HTMLEscapeString(line(is.Title)))
			return err
		})},
		{"no-markup", reviewtest.FormatHTML, also(asHTML, func(w io.Writer, is *deepreview.Issue) error {
			_, err := fmt.Fprintf(w, "<script>var t = %q</script>\n", template.JSEscapeString(line(is.Title)))
			return err
		})},
		{"no-markup", reviewtest.FormatMarkdown, also(asMarkdown, func(w io.Writer, is *deepreview.Issue) error {
			_, err := io.WriteString(w, "\n- "+line(is.Title)+"\n")
			return err
		})},
		{"no-markup", reviewtest.FormatMarkdown, also(asMarkdown, func(w io.Writer, is *deepreview.Issue) error {
			// Backslashes escape nothing inside a block of HTML.
			_, err := io.WriteString(w, "\n<details><summary>"+escaped(line(is.Title))+"</summary></details>\n")
			return err
		})},
		{"no-fake-lines", reviewtest.FormatText, also(asText, func(w io.Writer, is *deepreview.Issue) error {
			if !strings.Contains(is.Title, "\nVerdict:") {
				return nil
			}
			return raw(w, &deepreview.Issue{Title: strings.ReplaceAll(is.Title, "\r", "")})
		})},
		{"no-fake-lines", reviewtest.FormatMarkdown, also(asMarkdown, func(w io.Writer, is *deepreview.Issue) error {
			if !strings.Contains(is.Title, "\n# Verdict:") {
				return nil
			}
			return raw(w, &deepreview.Issue{Title: strings.ReplaceAll(is.Title, "\r", "")})
		})},
		{"json-reads-back", reviewtest.FormatJSON, asText},
		{"json-reads-back", reviewtest.FormatJSON, func(w io.Writer, r *deepreview.Report) error {
			own := *r
			own.Warnings = nil
			return asJSON(w, &own)
		}},
	}
}

type brokenRenderer struct {
	clause string
	format reviewtest.Format
	renderer
}

func TestABrokenRendererIsCaughtByItsOwnClause(t *testing.T) {
	caught := map[string]bool{}
	for i, b := range brokenRenderers() {
		t.Run(fmt.Sprintf("%02d %s %s", i+1, b.clause, b.format), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				err := reviewtest.CheckRenderer(t.Context(), b.renderer, &reviewtest.RendererOptions{Format: b.format, Timeout: 5 * time.Minute})
				time.Sleep(24 * time.Hour) // of the bubble: what was abandoned ends
				requireOnly(t, err, b.clause)
			})
			caught[b.clause] = true
		})
	}
	for _, c := range reviewtest.RendererClauses() {
		assert.True(t, caught[c.Name], "no implementation breaks %s", c.Name)
	}
}

func TestSmallRenderersThatKeepTheContractPass(t *testing.T) {
	for format, r := range map[reviewtest.Format]renderer{
		reviewtest.FormatText: asText, reviewtest.FormatMarkdown: asMarkdown, reviewtest.FormatHTML: asHTML, reviewtest.FormatJSON: asJSON, "": asText,
	} {
		require.NoError(t, reviewtest.CheckRenderer(t.Context(), r, &reviewtest.RendererOptions{Format: format}), "%s", format)
	}
}

func TestTheRenderersOfPackageReportPass(t *testing.T) {
	var _ reviewtest.Renderer = report.Renderer(nil)
	for name, r := range map[string]struct {
		report.Renderer
		format reviewtest.Format
	}{
		"HTML":              {report.HTML{}, reviewtest.FormatHTML},
		"Markdown":          {report.Markdown{}, reviewtest.FormatMarkdown},
		"text":              {report.Text{}, reviewtest.FormatText},
		"narrow and bright": {report.Text{Width: 30, Color: true, Links: true}, reviewtest.FormatText},
		"JSON":              {report.JSON{}, reviewtest.FormatJSON},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, reviewtest.CheckRenderer(t.Context(), r, &reviewtest.RendererOptions{Format: r.format}))
		})
	}
}

func TestACheckOfARendererThatCannotBeginIsAnError(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.ErrorIs(t, reviewtest.CheckRenderer(ctx, renderer(asText), nil), context.Canceled)
	assert.ErrorContains(t, reviewtest.CheckRenderer(t.Context(), nil, nil), "no renderer")
	assert.ErrorContains(t, reviewtest.CheckRenderer(t.Context(), renderer(asText), &reviewtest.RendererOptions{Format: "pdf"}), `"pdf" is no format`)
}
