package match

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// shipped is what the training program wrote; [Model.Encode] says in what form.
//
//go:embed weights.json
var shipped []byte

// Shipped returns the weights that ship, decoded at the first call. Nobody may change them.
var Shipped = sync.OnceValue(func() *Model {
	m, err := Decode(shipped)
	if err != nil {
		panic("match: the embedded weights: " + err.Error())
	}
	return m
})

// stored is a Model as it is written: evidence by name, so that a new kind does not shift the others, and the words
// elsewhere gathered under the number of changes they occur in.
type stored struct {
	Field      [fields]float64    `json:"field"`
	Identifier float64            `json:"identifier"`
	Concept    float64            `json:"concept"`
	Sharpness  float64            `json:"sharpness"`
	Local      float64            `json:"local"`
	Shrink     float64            `json:"shrink"`
	FirstBias  float64            `json:"first_bias"`
	First      map[string]float64 `json:"first"`
	Bias       float64            `json:"bias"`
	Weight     map[string]float64 `json:"weight"`
	SameGroup  float64            `json:"same_group"`
	Threshold  float64            `json:"threshold"`
	Second     float64            `json:"second"`
	Changes    int                `json:"changes"`
	// Elsewhere lists words by the number of changes they occur in.
	Elsewhere map[string]string `json:"elsewhere"`
	// Kinds names the evidence that Trees speak of by number; a tree is its splits as "kind cut less else value",
	// separated by commas.
	Kinds []string `json:"kinds"`
	Trees []string `json:"trees"`
	// Sense holds each word's vector: a scale, and after a space one of 64 digits for each dimension.
	Sense map[string]string `json:"sense"`
}

// Encode returns m as JSON: the same bytes for the same model.
func (m *Model) Encode() ([]byte, error) {
	s := stored{
		Field: m.Field, Identifier: m.Identifier, Concept: m.Concept, Sharpness: m.Sharpness, Local: m.Local, Shrink: m.Shrink,
		FirstBias: rounded(m.FirstBias), First: named(m.First), Bias: rounded(m.Bias), Weight: named(m.Weight), SameGroup: m.SameGroup,
		Threshold: m.Threshold, Second: m.Second, Changes: m.Changes, Elsewhere: map[string]string{},
	}
	words := map[int][]string{}
	for w, n := range m.Elsewhere {
		words[n] = append(words[n], w)
	}
	for n, ws := range words {
		slices.Sort(ws)
		s.Elsewhere[strconv.Itoa(n)] = strings.Join(ws, " ")
	}
	s.Kinds = kindNames[:]
	for _, t := range m.Trees {
		s.Trees = append(s.Trees, t.encode())
	}
	s.Sense = make(map[string]string, len(m.Sense))
	for w, v := range m.Sense {
		s.Sense[w] = encodeVector(v)
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "\t")
	err := e.Encode(&s)
	return out.Bytes(), err
}

// Decode is the inverse of [Model.Encode].
func Decode(data []byte) (*Model, error) {
	var s stored
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, err
	}
	m := &Model{
		Field: s.Field, Identifier: s.Identifier, Concept: s.Concept, Sharpness: s.Sharpness, Local: s.Local, Shrink: s.Shrink,
		FirstBias: s.FirstBias, Bias: s.Bias, SameGroup: s.SameGroup, Threshold: s.Threshold, Second: s.Second,
		Changes: s.Changes, Elsewhere: map[string]int{}, Sense: make(map[string][]float32, len(s.Sense)),
	}
	for _, f := range []struct {
		from map[string]float64
		to   *Features
	}{{s.First, &m.First}, {s.Weight, &m.Weight}} {
		for name, w := range f.from {
			k := slices.Index(kindNames[:], name)
			if k < 0 {
				return nil, fmt.Errorf("%q is no kind of evidence", name)
			}
			f.to[k] = w
		}
	}
	for count, words := range s.Elsewhere {
		n, err := strconv.Atoi(count)
		if err != nil {
			return nil, err
		}
		for w := range strings.SplitSeq(words, " ") {
			m.Elsewhere[w] = n
		}
	}
	for i, text := range s.Trees {
		t, err := decodeTree(text, s.Kinds)
		if err != nil {
			return nil, fmt.Errorf("tree %d: %w", i, err)
		}
		m.Trees = append(m.Trees, t)
	}
	dims := 0
	for w, text := range s.Sense {
		v, err := decodeVector(text)
		if err != nil {
			return nil, fmt.Errorf("the sense of %q: %w", w, err)
		}
		if dims == 0 {
			dims = len(v)
		}
		if len(v) != dims {
			return nil, fmt.Errorf("the sense of %q has %d dimensions, another word's %d", w, len(v), dims)
		}
		m.Sense[w] = v
	}
	return m, nil
}

func (t Tree) encode() string {
	var out strings.Builder
	for i, s := range t {
		if i > 0 {
			out.WriteByte(',')
		}
		fmt.Fprintf(&out, "%d %s %d %d %s", s.Kind, digits(s.Cut), s.Less, s.Else, digits(s.Value))
	}
	return out.String()
}

func decodeTree(text string, kinds []string) (Tree, error) {
	var t Tree
	for one := range strings.SplitSeq(text, ",") {
		var numbers [5]float64
		n := 0
		for number := range strings.SplitSeq(one, " ") {
			x, err := strconv.ParseFloat(number, 64)
			if err != nil || n == len(numbers) {
				return nil, fmt.Errorf("%q is not five numbers", one)
			}
			numbers[n] = x
			n++
		}
		if n < len(numbers) {
			return nil, fmt.Errorf("%q is not five numbers", one)
		}
		kind := int(numbers[0])
		s := Split{Cut: numbers[1], Less: int(numbers[2]), Else: int(numbers[3]), Value: numbers[4]}
		if kind < 0 || kind >= len(kinds) {
			return nil, fmt.Errorf("no kind of evidence has the number %d", kind)
		}
		at := slices.Index(kindNames[:], kinds[kind])
		if at < 0 {
			return nil, fmt.Errorf("%q is no kind of evidence", kinds[kind])
		}
		s.Kind = Kind(at)
		t = append(t, s)
	}
	for i, s := range t {
		// Branches lead onwards, so that every walk ends.
		if leaf := s.Less == 0 && s.Else == 0; !leaf && (s.Less <= i || s.Else <= i || s.Less >= len(t) || s.Else >= len(t)) {
			return nil, fmt.Errorf("split %d leads to %d and %d of %d", i, s.Less, s.Else, len(t))
		}
	}
	return t, nil
}

// digit64 are the digits of a vector, the smallest first.
const digit64 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~"

func encodeVector(v []float32) string {
	scale := 0.0
	for _, x := range v {
		scale = max(scale, math.Abs(float64(x)))
	}
	out := []byte(strconv.FormatFloat(scale, 'g', 3, 64) + " ")
	for _, x := range v {
		n := 0.0
		if scale > 0 {
			n = float64(x) / scale
		}
		out = append(out, digit64[int(math.Round((n+1)*31.5))])
	}
	return string(out)
}

func decodeVector(text string) ([]float32, error) {
	number, rest, _ := strings.Cut(text, " ")
	scale, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return nil, err
	}
	out := make([]float32, len(rest))
	for i := range len(rest) {
		n := strings.IndexByte(digit64, rest[i])
		if n < 0 {
			return nil, fmt.Errorf("%q is no digit", rest[i])
		}
		out[i] = float32((float64(n)/31.5 - 1) * scale)
	}
	return out, nil
}

// digits writes x to four significant digits: more would be noise.
func digits(x float64) string { return strconv.FormatFloat(x, 'g', 4, 64) }

func rounded(x float64) float64 {
	x, _ = strconv.ParseFloat(digits(x), 64)
	return x
}

// named returns the evidence that has a weight, by name.
func named(f Features) map[string]float64 {
	out := map[string]float64{}
	for k, w := range f {
		if w != 0 {
			out[Kind(k).String()] = rounded(w)
		}
	}
	return out
}
