package sarif

// eslint's json format: a list of files with their messages; with metadata that list is in "results". Lines and columns count from
// 1, the end column is exclusive, a fix's range counts from 0; all in UTF-16, without a byte order mark.
type (
	eslintFile struct {
		Path       string          `json:"filePath"`
		Messages   []eslintMessage `json:"messages"`
		Suppressed []eslintMessage `json:"suppressedMessages"`
		Source     string          `json:"source"`
	}
	eslintMessage struct {
		Rule         string             `json:"ruleId"`
		Severity     word               `json:"severity"`
		Fatal        bool               `json:"fatal"`
		Message      string             `json:"message"`
		Line         int                `json:"line"`
		Column       int                `json:"column"`
		EndLine      int                `json:"endLine"`
		EndColumn    int                `json:"endColumn"`
		Fix          *eslintFix         `json:"fix"`
		Suggestions  []eslintSuggestion `json:"suggestions"`
		Suppressions []struct {
			Kind          string `json:"kind"`
			Justification string `json:"justification"`
		} `json:"suppressions"`
	}
	eslintFix struct {
		Range []int  `json:"range"`
		Text  string `json:"text"`
	}
	eslintSuggestion struct {
		Desc string    `json:"desc"`
		Fix  eslintFix `json:"fix"`
	}
)

// eslintLevels are the numbers that eslint writes.
var eslintLevels = map[word]word{"1": "warning", "2": "error"}

func readESLint(s *stream, inObject bool) ([]*run, error) {
	r := &run{tool: "ESLint", skipped: map[string]string{}}
	strange := 0
	files := func() error {
		return s.array(func() error {
			at := s.start()
			var f eslintFile
			if err := s.value(&f); err != nil {
				return err
			}
			if f.Path == "" {
				if strange++; strange == 1 {
					s.fault(at, "an entry without filePath, so no file of eslint's; have another tool write SARIF instead of its own JSON")
				}
				return nil
			}
			r.eslint(&f)
			return nil
		})
	}
	if !inObject {
		return []*run{r}, files()
	}
	return []*run{r}, s.object(func(key string) error {
		if key == "results" {
			return files()
		}
		return s.skip()
	})
}

func (r *run) eslint(f *eslintFile) {
	path := filePath(f.Path)
	looked := true
	for _, m := range f.Messages {
		if m.Rule == "" && !m.Fatal && m.Line <= 0 {
			// What eslint says about itself: the file is ignored, or no configuration is for it.
			r.skipped[path], looked = oneLine(m.Message, titleMost), false
			continue
		}
		if m.Fatal {
			r.skipped[path], looked = oneLine(m.Message, titleMost), false
		}
		r.add(m.result(f, path))
	}
	for _, m := range f.Suppressed {
		x := m.result(f, path)
		x.aside = asideSuppressed
		for _, s := range m.Suppressions {
			x.because = s.Kind + " " + s.Justification
		}
		r.add(x)
	}
	if looked {
		r.analyzed = append(r.analyzed, path)
	}
}

func (m *eslintMessage) result(f *eslintFile, path string) result {
	if named, ok := eslintLevels[m.Severity]; ok {
		m.Severity = named
	}
	x := result{rule: m.Rule, message: m.Message, level: levelOf(string(m.Severity)), source: f.Source}
	p := place{path: path, region: region{startLine: m.Line, startCol: m.Column, endLine: m.EndLine, endCol: m.EndColumn}.mended()}
	x.places = []place{p}
	add := func(text string, from eslintFix) {
		e := replacement{path: path, text: from.Text}
		if len(from.Range) == 2 && from.Range[0] >= 0 && from.Range[1] >= from.Range[0] {
			e.region = region{offset: from.Range[0], length: from.Range[1] - from.Range[0], hasOffset: true}
		}
		x.fixes = append(x.fixes, fix{text: text, unit: unitUTF16, edits: []replacement{e}})
	}
	if m.Fix != nil {
		add("", *m.Fix)
	}
	for _, s := range m.Suggestions[:min(len(m.Suggestions), fixesMost)] {
		add(s.Desc, s.Fix)
	}
	return x
}
