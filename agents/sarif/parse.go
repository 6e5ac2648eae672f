package sarif

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/deepreview-go/deepreview"
)

// Parse reads a report in any of the formats of this package, told apart by its content, as one review for each run of a tool, in the
// order of the report; of rdjsonl one for each tool. It knows no change: paths are as the tool gave them but for what
// [deepreview.Location] cannot hold (a leading slash, "file://"), one that leads out of its folder stands in the finding's
// detail instead, fixes are prose, coverage is not stated, and a review has every result. A tool's own failure is the review's
// Failure. [Reviewer] does the rest.
//
// An error wraps [deepreview.ErrBadAnswer] and says where and what to do; the reviews then hold what could be read.
// More than 64 MB is refused, as is any other encoding than UTF-8.
func Parse(data []byte) ([]*deepreview.Review, error) {
	runs, err := read(context.Background(), data)
	var out []*deepreview.Review
	names := map[string]int{}
	for _, r := range runs {
		rev := newReport(nil, []*run{r}).review()
		name := slug(r.tool)
		if names[name]++; names[name] > 1 {
			name = fmt.Sprintf("%s-%d", name, names[name])
		}
		rev.Reviewer = name
		if why := failure([]*run{r}); why != nil {
			rev.Failure = deepreview.NewFailure(why)
		}
		out = append(out, rev)
	}
	return out, err
}

// slug makes a reviewer's name of a tool's.
func slug(tool string) string {
	name := strings.Join(strings.FieldsFunc(strings.ToLower(clip(tool, 60)), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}), "-")
	if name == "" {
		return "linter"
	}
	return name
}

// read returns the runs of a report, with an error as far as it is broken.
func read(ctx context.Context, data []byte) ([]*run, error) {
	data, err := text(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", deepreview.ErrBadAnswer, err)
	}
	format, err := detect(ctx, data)
	if err != nil {
		return nil, err
	}
	if format == formatRDJSONL {
		return readRDJSONL(ctx, data)
	}
	s := newStream(ctx, data)
	var runs []*run
	switch format {
	case formatSARIF:
		runs, err = readSARIF(s)
	case formatRDJSON:
		runs, err = readRDJSON(s)
	case formatGolangci:
		runs, err = readGolangci(s)
	default:
		runs, err = readESLint(s, format == formatESLintMeta)
	}
	if err == nil {
		err = s.end()
	}
	switch {
	case err == nil:
	case errors.Is(err, deepreview.ErrBadAnswer):
	case ctx.Err() != nil:
		err = ctx.Err()
	default:
		err = s.broken(err)
	}
	return runs, errors.Join(err, s.faulty())
}

// text returns the report as UTF-8 without a mark at its beginning, or says what it is instead.
func text(data []byte) ([]byte, error) {
	if len(data) > inputMost {
		return nil, fmt.Errorf("the report is larger than %d MB: have the tool look at fewer files, or leave out what is not needed", inputMost>>20)
	}
	data = bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))
	zero := bytes.IndexByte(data[:min(len(data), 64)], 0) >= 0
	if bytes.HasPrefix(data, []byte("\xFF\xFE")) || bytes.HasPrefix(data, []byte("\xFE\xFF")) || zero {
		return nil, errors.New("the report is UTF-16 or binary, as a redirection in PowerShell writes: have the tool write the file itself, " +
			"or convert it with iconv -f UTF-16 -t UTF-8")
	}
	if !utf8.Valid(data) {
		at := 0
		for at < len(data) {
			r, n := utf8.DecodeRune(data[at:])
			if r == utf8.RuneError && n <= 1 {
				break
			}
			at += n
		}
		return nil, fmt.Errorf("line %d, byte %d is no UTF-8: convert the report from its encoding, as with iconv -f WINDOWS-1252 -t UTF-8",
			line(data, int64(at)), at)
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, errors.New("the report is empty: did the tool run, and write it here?")
	}
	return data, nil
}

// format is one of those that are known here.
type format int

const (
	formatUnknown format = iota
	formatSARIF
	formatRDJSON
	formatRDJSONL
	formatGolangci
	formatESLint
	formatESLintMeta // eslint's json-with-metadata: the list in an object
)

// telling are the keys of a report that only one format has.
var telling = map[string]format{
	"runs": formatSARIF, "diagnostics": formatRDJSON, "Issues": formatGolangci, "Report": formatGolangci,
	"message": formatRDJSONL, "location": formatRDJSONL, "results": formatESLintMeta,
}

var errUnknown = fmt.Errorf("%w: this is none of SARIF, rdjson, rdjsonl, golangci-lint JSON and eslint JSON: "+
	"have the tool write one of them, as with --format sarif", deepreview.ErrBadAnswer)

// detect goes by the first key that tells.
func detect(ctx context.Context, data []byte) (format, error) {
	s := newStream(ctx, data)
	at := s.start()
	if at >= int64(len(data)) {
		return formatUnknown, errUnknown
	}
	switch data[at] {
	case '[':
		return formatESLint, nil
	case '{':
	default:
		return formatUnknown, errUnknown
	}
	found := formatUnknown
	err := s.object(func(key string) error {
		if found = telling[key]; found != formatUnknown {
			return errUnknown // any error ends the walk
		}
		return s.skip()
	})
	switch {
	case found != formatUnknown:
		return found, nil
	case err != nil:
		return formatUnknown, s.broken(err)
	}
	return formatUnknown, errUnknown
}
