package deepreview

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview/internal/golden"
)

// fill gives every field below v a value that is not zero, so that a field which JSON loses is seen to be lost.
func fill(v reflect.Value, n *int) {
	*n++
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(time.Date(2026, 3, 25, 18, 2, *n%60, 0, time.UTC)))
		return
	case Severity:
		v.Set(reflect.ValueOf(Severities()[*n%3]))
		return
	case Depth:
		v.Set(reflect.ValueOf(DepthRead))
		return
	case Risk:
		v.Set(reflect.ValueOf(RiskHigh))
		return
	case VerdictKind:
		v.Set(reflect.ValueOf(VerdictRework))
		return
	case Ref:
		v.Set(reflect.ValueOf(Ref{"vendor/model", "S1"}))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), n)
	case reflect.String:
		v.SetString("text " + string(rune('a'+*n%26)) + " <&> ü\n")
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Float64:
		v.SetFloat(float64(*n) / 7)
	case reflect.Bool:
		v.SetBool(true)
	default:
		panic("a report has a field of kind " + v.Kind().String() + ", which this test does not know to fill")
	}
}

func TestAReportSurvivesJSONWithoutLoss(t *testing.T) {
	want := new(Report)
	n := 0
	fill(reflect.ValueOf(want).Elem(), &n)
	want.Schema = Schema
	var b bytes.Buffer
	require.NoError(t, want.WriteJSON(&b))
	golden.Check(t, filepath.Join("testdata", "report.json"), b.Bytes())

	got, err := ReadReport(bytes.NewReader(b.Bytes()))
	require.NoError(t, err)
	assert.Equal(t, want, got)
	var again bytes.Buffer
	require.NoError(t, got.WriteJSON(&again))
	assert.Equal(t, b.String(), again.String())
}

func TestAReportOfAnEarlierReleaseIsStillRead(t *testing.T) {
	// The file is never rewritten: it holds every field the schema had when it was first published.
	data, err := os.ReadFile(filepath.Join("testdata", "report-first.json"))
	require.NoError(t, err)
	got, err := ReadReport(bytes.NewReader(data))
	require.NoError(t, err)
	var then, now map[string]any
	require.NoError(t, json.Unmarshal(data, &then))
	var b bytes.Buffer
	require.NoError(t, got.WriteJSON(&b))
	require.NoError(t, json.Unmarshal(b.Bytes(), &now))
	assertContains(t, "report", then, now)
}

// assertContains fails for each value of then that now does not have.
func assertContains(t *testing.T, path string, then, now any) {
	t.Helper()
	switch then := then.(type) {
	case map[string]any:
		m, ok := now.(map[string]any)
		if assert.True(t, ok, path) {
			for k, v := range then {
				assertContains(t, path+"."+k, v, m[k])
			}
		}
	case []any:
		l, ok := now.([]any)
		if assert.True(t, ok, path) && assert.Len(t, l, len(then), path) {
			for i, v := range then {
				assertContains(t, path, v, l[i])
			}
		}
	default:
		assert.Equal(t, then, now, path)
	}
}

func TestReadReportSaysWhatIsWrong(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"empty":                   {"", "line 1"},
		"cut short":               {"{\n\"schema\": \"deepreview.report/1\",\n\"issues\": [", "line 3"},
		"more than one":           {`{"schema":"deepreview.report/1"} {}`, "line 1"},
		"another program's JSON":  {`{"version": "2.1.0"}`, `it says ""`},
		"a later schema":          {`{"schema":"deepreview.report/2"}`, `it says "deepreview.report/2"`},
		"a severity of elsewhere": {"{\"schema\":\"deepreview.report/1\",\n\"issues\":[{\"severity\":\"P1\"}]}", `severity "P1" is none of`},
		"a number for a text":     {"{\"schema\":\"deepreview.report/1\",\n\n\"summary\": 3}", "line 3"},
		"a claim without a name":  {`{"schema":"deepreview.report/1","ledger":[{"claim":"S1"}]}`, `claim "S1" has not the form reviewer/id`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadReport(strings.NewReader(tc.text))
			assert.ErrorContains(t, err, tc.want)
		})
	}
	_, err := ReadReport(strings.NewReader(`{"schema":"deepreview.report/2"}`))
	assert.ErrorIs(t, err, ErrSchema)
}

func TestEnumsKeepTheirWords(t *testing.T) {
	for _, s := range append(Severities(), SeverityUnset) {
		text, err := s.MarshalText()
		require.NoError(t, err)
		var back Severity
		require.NoError(t, back.UnmarshalText(text))
		assert.Equal(t, s, back)
	}
	_, err := Severity(15).MarshalText()
	assert.ErrorContains(t, err, "severity 15")
	assert.Equal(t, "unset", SeverityUnset.String())
	assert.Less(t, SeveritySuggestion, SeverityCritical)
	assert.Less(t, SeverityUnset, SeveritySuggestion, "what nobody rated is not the worst")
}
