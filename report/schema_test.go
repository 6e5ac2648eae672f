package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/constant"
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/internal/golden"
	"github.com/deepreview-go/deepreview/report"
)

// schemaOf makes the schema of a report's JSON: a definition for each struct, with the comments of its fields.
func schemaOf(t testing.TB) []byte {
	t.Helper()
	g := &schemaMaker{docs: docsOf(t), known: map[reflect.Type]*jsonschema.Schema{}}
	for typ, words := range enums() {
		g.known[typ] = &jsonschema.Schema{Type: "string", Enum: words}
	}
	g.known[reflect.TypeFor[time.Time]()] = &jsonschema.Schema{Type: "string", Format: "date-time"}
	g.known[reflect.TypeFor[time.Duration]()] = &jsonschema.Schema{Type: "integer", Description: "Nanoseconds."}
	g.known[reflect.TypeFor[deepreview.Ref]()] = &jsonschema.Schema{Type: "string", Pattern: "/", Description: "reviewer/id: the reviewer's name ends at the last slash"}
	g.collect(reflect.TypeFor[deepreview.Report]())
	defs := map[string]*jsonschema.Schema{}
	for _, typ := range g.structs {
		defs[typ.Name()] = g.object(t, typ)
	}
	root := defs["Report"]
	delete(defs, "Report")
	root.Schema = "https://json-schema.org/draft/2020-12/schema"
	root.ID = "https://github.com/deepreview-go/deepreview/report/schema.json"
	root.Title = "A report of deepreview"
	root.Defs = defs
	var form any = deepreview.Schema
	root.Properties["schema"].Const = &form
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	require.NoError(t, enc.Encode(root))
	return b.Bytes()
}

// enums are the words of the types that have a text form and no others.
func enums() map[reflect.Type][]any {
	out := map[reflect.Type][]any{}
	for _, v := range []any{deepreview.SeverityUnset, deepreview.RiskUnset, deepreview.DepthUnset, deepreview.VerdictUnset} {
		typ := reflect.TypeOf(v)
		for i := range int64(256) {
			n := reflect.New(typ).Elem()
			n.SetInt(i)
			if text, err := n.Interface().(interface{ MarshalText() ([]byte, error) }).MarshalText(); err == nil {
				out[typ] = append(out[typ], string(text))
			}
		}
	}
	return out
}

type schemaMaker struct {
	docs    map[string]typeDoc
	known   map[reflect.Type]*jsonschema.Schema
	structs []reflect.Type
}

// collect lists the structs below typ, and has them referred to.
func (g *schemaMaker) collect(typ reflect.Type) {
	switch typ.Kind() {
	case reflect.Pointer, reflect.Slice:
		g.collect(typ.Elem())
	case reflect.String:
		if examples := g.docs[typ.Name()].words; g.known[typ] == nil && typ.Name() != "string" && len(examples) > 0 {
			g.known[typ] = &jsonschema.Schema{Type: "string", Examples: examples}
		}
	case reflect.Struct:
		if g.known[typ] != nil {
			return
		}
		g.known[typ] = &jsonschema.Schema{Ref: "#/$defs/" + typ.Name()}
		g.structs = append(g.structs, typ)
		for i := range typ.NumField() {
			g.collect(typ.Field(i).Type)
		}
	}
}

func (g *schemaMaker) object(t testing.TB, typ reflect.Type) *jsonschema.Schema {
	t.Helper()
	others := map[reflect.Type]*jsonschema.Schema{}
	for other, s := range g.known {
		if other != typ {
			others[other] = s
		}
	}
	s, err := jsonschema.ForType(typ, &jsonschema.ForOptions{TypeSchemas: others})
	require.NoError(t, err, typ.Name())
	s.AdditionalProperties = nil // within a schema's number fields may be added
	d := g.docs[typ.Name()]
	s.Description = d.text
	for i := range typ.NumField() {
		f := typ.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		p := s.Properties[name]
		require.NotNil(t, p, "%s.%s has a name in JSON", typ.Name(), f.Name)
		if options != "" || f.Type.Kind() == reflect.Pointer { // what would be null is not written
			notNull(p)
		}
		if text := d.fields[f.Name]; text != "" {
			p.Description = strings.TrimSpace(text + " " + p.Description)
		}
	}
	return s
}

// notNull takes null from the types of a property, and from those of its items, which [deepreview.ReadReport] refuses.
func notNull(s *jsonschema.Schema) {
	switch {
	case s.Ref != "": // a pointer to a struct is given the type null beside the reference
		s.Types = nil
	case len(s.Types) == 2 && s.Types[0] == "null":
		s.Type, s.Types = s.Types[1], nil
	}
	if s.Items != nil {
		notNull(s.Items)
	}
}

// typeDoc are the comments of a type and of its fields, and its constants' words.
type typeDoc struct {
	text   string
	fields map[string]string
	words  []any
}

// docsOf reads the comments of the root package.
func docsOf(t testing.TB) map[string]typeDoc {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "*.go"))
	require.NoError(t, err)
	set := token.NewFileSet()
	var parsed []*ast.File
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(set, name, nil, parser.ParseComments)
		require.NoError(t, err)
		parsed = append(parsed, f)
	}
	p, err := doc.NewFromFiles(set, parsed, "github.com/deepreview-go/deepreview")
	require.NoError(t, err)
	out := map[string]typeDoc{}
	for _, typ := range p.Types {
		d := typeDoc{text: paragraph(p, typ.Doc), fields: map[string]string{}}
		for _, spec := range typ.Decl.Specs {
			s, ok := spec.(*ast.TypeSpec).Type.(*ast.StructType)
			if !ok {
				continue
			}
			for _, f := range s.Fields.List {
				for _, n := range f.Names {
					d.fields[n.Name] = paragraph(p, f.Doc.Text()+f.Comment.Text())
				}
			}
		}
		for _, consts := range typ.Consts {
			for _, spec := range consts.Decl.Specs {
				for _, v := range spec.(*ast.ValueSpec).Values {
					if lit, ok := v.(*ast.BasicLit); ok && lit.Kind == token.STRING {
						d.words = append(d.words, constant.StringVal(constant.MakeFromLiteral(lit.Value, lit.Kind, 0)))
					}
				}
			}
		}
		out[typ.Name] = d
	}
	return out
}

// paragraph is the first paragraph of a comment as plain text.
func paragraph(p *doc.Package, text string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(text), "\n\n")
	return strings.Join(strings.Fields(string(p.Text(first))), " ")
}

func TestTheSchemaIsWhatTheTypesSay(t *testing.T) {
	data, err := os.ReadFile("schema.json")
	require.NoError(t, err)
	assert.Equal(t, string(data), string(report.Schema()))
	golden.Check(t, "schema.json", schemaOf(t))
}

// validator is the published schema.
func validator(t testing.TB) *jsonschema.Resolved {
	t.Helper()
	s := new(jsonschema.Schema)
	require.NoError(t, json.Unmarshal(report.Schema(), s))
	v, err := s.Resolve(nil)
	require.NoError(t, err)
	return v
}

func decoded(t testing.TB, text string) any {
	t.Helper()
	var v any
	require.NoError(t, json.Unmarshal([]byte(text), &v))
	return v
}

func TestReportsOfEveryKindAreValidByTheirSchema(t *testing.T) {
	v := validator(t)
	for name, r := range reports(t) {
		r.Schema = deepreview.Schema
		assert.NoError(t, v.Validate(decoded(t, render(t, report.JSON{}, r))), name)
	}
	for _, text := range hostile() {
		for i, r := range written(text) {
			r.Schema = deepreview.Schema // any other is refused
			assert.NoError(t, v.Validate(decoded(t, render(t, report.JSON{}, r))), "%d %.40q", i, text)
		}
	}
}

func TestWhatIsNoReportIsNotValidByTheSchema(t *testing.T) {
	v := validator(t)
	text := render(t, report.JSON{}, recorded(t))
	for name, wrong := range map[string]string{
		"another schema":       strings.Replace(text, deepreview.Schema, "deepreview.report/2", 1),
		"an unknown severity":  strings.Replace(text, `"severity": "important"`, `"severity": "blocker"`, 1),
		"a line in words":      strings.Replace(text, `"start": 77`, `"start": "77"`, 1),
		"a duration in words":  strings.Replace(text, `"elapsed_ns": 880000000000`, `"elapsed_ns": "14m"`, 1),
		"an issue without ID":  strings.Replace(text, `"id": "10638e8506b5"`, `"identity": "10638e8506b5"`, 1),
		"a claim without name": strings.Replace(text, `"lead": "codex/I1"`, `"lead": "codex"`, 1),
		"an unknown verdict":   strings.Replace(text, `"kind": "merge with fixes"`, `"kind": "ship it"`, 1),
		"issues of no kind":    strings.Replace(text, `"issues": [`, `"issues": [null, `, 1),
	} {
		require.NotEqual(t, text, wrong, name)
		assert.Error(t, v.Validate(decoded(t, wrong)), name)
	}
	added := strings.Replace(text, `"schema":`, `"new_field": 1, "schema":`, 1)
	assert.NoError(t, v.Validate(decoded(t, added)), "later versions may add fields")
}

func TestEveryFieldOfTheSchemaIsDescribedOrSpeaksForItself(t *testing.T) {
	s := new(jsonschema.Schema)
	require.NoError(t, json.Unmarshal(report.Schema(), s))
	assert.Greater(t, len(s.Defs), 20)
	assert.Contains(t, s.Defs["Issue"].Properties["survival"].Description, "0 to 1")
	assert.Equal(t, "[suggestion important critical]", fmt.Sprint(s.Defs["Issue"].Properties["severity"].Enum[1:]), "the first is none")
	for name, def := range s.Defs {
		assert.NotEmpty(t, def.Description, name)
	}
}
