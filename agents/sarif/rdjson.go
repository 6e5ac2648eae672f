package sarif

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/deepreview-go/deepreview"
)

// The Reviewdog Diagnostic Format: lines and columns from 1, columns in bytes, an end column exclusive. Without columns a
// range is whole lines, its last included. Severities are words, or the numbers of the protocol's enum.
type (
	rdDiagnostic struct {
		Message  string     `json:"message"`
		Location rdLocation `json:"location"`
		Severity word       `json:"severity"`
		Source   *rdSource  `json:"source"`
		Code     struct {
			Value word   `json:"value"`
			URL   string `json:"url"`
		} `json:"code"`
		Suggestions []struct {
			Range rdRange `json:"range"`
			Text  string  `json:"text"`
		} `json:"suggestions"`
		// Related has the name that Protobuf's JSON gives it, RelatedPlain the one in the format's own schema: readers take both.
		Related      []rdRelated `json:"relatedLocations"`
		RelatedPlain []rdRelated `json:"related_locations"`
	}
	rdRelated struct {
		Message  string     `json:"message"`
		Location rdLocation `json:"location"`
	}
	rdSource struct {
		Name string `json:"name"`
		URL  string `json:"url"`
	}
	rdLocation struct {
		Path  string  `json:"path"`
		Range rdRange `json:"range"`
	}
	rdRange struct {
		Start rdPosition  `json:"start"`
		End   *rdPosition `json:"end"`
	}
	rdPosition struct {
		Line   int `json:"line"`
		Column int `json:"column"`
	}
)

// rdSeverities are the numbers of the protocol's enum.
var rdSeverities = map[word]word{"0": "", "UNKNOWN_SEVERITY": "", "1": "ERROR", "2": "WARNING", "3": "INFO"}

func (r rdRange) region() region {
	out := region{startLine: r.Start.Line, startCol: r.Start.Column}
	if r.End != nil {
		out.endLine, out.endCol = r.End.Line, r.End.Column
	}
	return out.mended()
}

func (l rdLocation) place() place {
	return place{path: filePath(l.Path), region: l.Range.region()}
}

func (d *rdDiagnostic) result(severity word) result {
	if d.Severity == "" || d.Severity == "UNKNOWN_SEVERITY" || d.Severity == "0" {
		d.Severity = severity
	}
	if named, ok := rdSeverities[d.Severity]; ok {
		d.Severity = named
	}
	r := result{rule: string(d.Code.Value), message: d.Message, why: link(d.Code.URL), level: levelOf(string(d.Severity))}
	if d.Location.Path != "" {
		r.places = append(r.places, d.Location.place())
	}
	related := append(d.Related, d.RelatedPlain...)
	for _, o := range related[:min(len(related), placesMost)] {
		p := o.Location.place()
		p.other, p.label = true, o.Message
		r.places = append(r.places, p)
	}
	r.more = max(0, len(related)-placesMost)
	for _, s := range d.Suggestions[:min(len(d.Suggestions), fixesMost)] {
		e := replacement{path: filePath(d.Location.Path), region: s.Range.region(), text: s.Text}
		switch {
		case s.Range.Start.Column == 0 && (s.Range.End == nil || s.Range.End.Column == 0):
			e.lines = strings.HasSuffix(s.Text, "\n") // else the last line's end stays
		case s.Range.End == nil:
			e.endCol = e.startCol // an insertion
		}
		r.fixes = append(r.fixes, fix{unit: unitByte, edits: []replacement{e}})
	}
	return r
}

// bySource sorts diagnostics into runs by the tool that they name, in the order of its first.
type bySource struct {
	runs  []*run
	named map[string]*run
}

func (b *bySource) add(d *rdDiagnostic, common rdSource, severity word) {
	name := common.Name
	if d.Source != nil && d.Source.Name != "" {
		name = d.Source.Name
	}
	r := b.named[name]
	if r == nil && len(b.runs) >= runsMost {
		r = b.runs[runsMost-1]
	}
	if r == nil {
		r = &run{tool: name}
		b.named[name] = r
		b.runs = append(b.runs, r)
	}
	r.add(d.result(severity))
}

// add keeps a result, if there is room and anything in it.
func (r *run) add(x result) {
	x.rule = oneLine(x.rule, titleMost)
	switch {
	case len(r.results) >= resultsMost:
		r.more++
	case x.rule == "" && oneLine(x.message, titleMost) == "":
		r.unreadable++
	default:
		r.results = append(r.results, x)
	}
}

func readRDJSON(s *stream) ([]*run, error) {
	var source rdSource
	var severity word
	var all []rdDiagnostic
	more := 0
	err := s.object(func(key string) error {
		switch key {
		case "source":
			return s.value(&source)
		case "severity":
			return s.value(&severity)
		case "diagnostics":
			return s.array(func() error {
				if len(all) >= resultsMost {
					more++
					return s.skip()
				}
				var d rdDiagnostic
				err := s.value(&d)
				if err == nil {
					all = append(all, d)
				}
				return err
			})
		}
		return s.skip()
	})
	b := bySource{named: map[string]*run{}}
	for i := range all {
		b.add(&all[i], source, severity)
	}
	if len(b.runs) == 0 {
		b.runs = []*run{{tool: source.Name}}
	}
	b.runs[0].more += more
	return b.runs, err
}

// readRDJSONL reads a diagnostic a line. A line that is none costs only itself.
func readRDJSONL(ctx context.Context, data []byte) ([]*run, error) {
	b := bySource{named: map[string]*run{}}
	var errs []error
	bad := 0
	for n := 1; len(data) > 0; n++ {
		if err := ctx.Err(); err != nil {
			return b.runs, err
		}
		var text []byte
		text, data, _ = bytes.Cut(data, []byte("\n"))
		if text = bytes.TrimSpace(text); len(text) == 0 {
			continue
		}
		var d rdDiagnostic
		err := json.Unmarshal(text, &d)
		if err != nil {
			if bad++; bad <= problemsMost {
				errs = append(errs, fmt.Errorf("%w: line %d is no diagnostic of rdjsonl (%s): one JSON object a line is expected, so let the tool write it anew",
					deepreview.ErrBadAnswer, n, oneLine(err.Error(), titleMost)))
			}
		}
		var typ *json.UnmarshalTypeError
		if err == nil || errors.As(err, &typ) && d.Message != "" {
			b.add(&d, rdSource{}, "")
		}
	}
	if bad > problemsMost {
		errs = append(errs, fmt.Errorf("%w: and %d more lines", deepreview.ErrBadAnswer, bad-problemsMost))
	}
	return b.runs, errors.Join(errs...)
}
