package agents

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"text/template"
)

// maxPrompt bounds a caller's prompt, in bytes.
const maxPrompt = 1 << 20

// CheckPrompts says what is wrong with prompts that are to be laid over the built-in ones, all of it in one error: what does not
// parse or fails, with file and line; what writes material under review outside of the borders that the func fence puts around it;
// and files that replace no prompt. Prompts with such a mistake are not used: a review with them fails before a model is asked.
//
// What is between the borders is no instruction: a prompt of the caller's that leaves that sentence out has it put at its end.
func CheckPrompts(over fs.FS) error {
	if over == nil {
		return nil
	}
	names, err := promptNames()
	if err != nil {
		return err
	}
	var errs []error
	for _, name := range names {
		if err := checkPrompt(over, name); err != nil {
			errs = append(errs, err)
		}
	}
	entries, err := fs.ReadDir(over, ".")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		errs = append(errs, fmt.Errorf("prompts: %w", err))
	}
	for _, e := range entries {
		if !e.IsDir() && strings.HasSuffix(e.Name(), ".tmpl") && !slices.Contains(names, e.Name()) {
			errs = append(errs, fmt.Errorf("prompt %s: replaces no prompt; there are %s", e.Name(), strings.Join(names, ", ")))
		}
	}
	return errors.Join(errs...)
}

// promptNames lists the built-in prompts.
func promptNames() ([]string, error) { return fs.Glob(Prompts(), "*.tmpl") }

// ownPrompt reads a caller's prompt; false where it has none of that name.
func ownPrompt(over fs.FS, name string) (string, bool, error) {
	text, err := fs.ReadFile(over, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", false, nil
	case err != nil:
		return "", false, fmt.Errorf("prompt %s: %w", name, err)
	case len(text) > maxPrompt:
		return "", false, fmt.Errorf("prompt %s: %d bytes, at most %d are read", name, len(text), maxPrompt)
	}
	return string(text), true, nil
}

// checkPrompt writes a caller's prompt with marks for what is foreign, and looks for them outside of the borders.
func checkPrompt(over fs.FS, name string) error {
	text, ok, err := ownPrompt(over, name)
	if err != nil || !ok {
		return err
	}
	p := blankPrompter(strings.Repeat("0", 12), nil)
	t, err := p.set.New(name).Parse(text)
	if err != nil {
		return fmt.Errorf("prompt %s: %w", name, err)
	}
	block := regexp.MustCompile(`(?s)` + regexp.QuoteMeta(p.open()) + `\n.*?\n` + regexp.QuoteMeta(p.close()))
	for _, data := range promptSamples(name, p) {
		var b strings.Builder
		if err := t.Execute(&b, data); err != nil {
			return fmt.Errorf("prompt %s: %w", name, err)
		}
		if bare := foreignMark.FindStringSubmatch(block.ReplaceAllString(b.String(), "")); bare != nil {
			field := bare[1]
			return fmt.Errorf("prompt %s:%d: it writes %s, which is material under review, outside of the borders; write {{fence %s}}", name,
				lineOf(text, field), field, field)
		}
	}
	return nil
}

// foreignMark stands for foreign text in a check; it names the field.
var foreignMark = regexp.MustCompile(`‹foreign (\.[A-Z]?[A-Za-z]*)›`)

func foreign(field string) string { return "‹foreign ." + field + "›" }

// lineOf is the line on which an action writes a field without fence, as near as can be told.
func lineOf(text, field string) int {
	bare := regexp.MustCompile(`\{\{-?\s*` + regexp.QuoteMeta(field) + `\b|\{\{[^}]*\bprint[a-z]*\b[^}]*` + regexp.QuoteMeta(field))
	if field == "." {
		bare = regexp.MustCompile(`\{\{-?\s*\.\s*-?\}\}`)
	}
	if at := bare.FindStringIndex(text); at != nil {
		return 1 + strings.Count(text[:at[0]], "\n")
	}
	return 1
}

// promptSamples are values for a prompt: with all there may be, and with none of it.
func promptSamples(name string, p *prompter) []any {
	rules := func(tools bool, instructions string) any {
		return systemData{Tools: tools, Open: p.open(), Close: p.close(), Answer: "answer", Instructions: instructions}
	}
	switch name {
	case "change.tmpl":
		return []any{changeData{Counts: "1 file", Guidance: []string{foreign("")}, About: foreign("About"), Commits: foreign("Commits"), Previous: foreign("Previous"),
			Threads: foreign("Threads"), Files: foreign("Files")}, changeData{}}
	case "batch.tmpl":
		full := batchData{Part: 1, Of: 2, Count: 3, Tools: true, Paths: foreign("Paths"), Named: foreign("Named"), Diffs: foreign("Diffs"),
			Context: foreign("Context"), Answer: "answer"}
		bare := full
		bare.Of, bare.Tools = 1, false
		return []any{full, bare, batchData{}}
	case "external.tmpl":
		full := externalData{Count: 1, Paths: foreign("Paths"), Named: foreign("Named"), Cut: foreign("Cut"), Diffs: foreign("Diffs"),
			Checkout: "folder", Answer: "answer", Schema: "{}"}
		bare := full
		bare.Checkout = ""
		return []any{full, bare, externalData{}}
	case "claim.tmpl":
		full := claimData{Severity: "important", Category: "gap", Answer: "answer", Claim: foreign("Claim"), Places: foreign("Places"), Code: foreign("Code"),
			Diff: foreign("Diff"), Tools: true}
		bare := full
		bare.Tools = false
		return []any{full, bare, claimData{}}
	case "pairs.tmpl":
		return []any{pairsData{Answer: "answer", Pairs: []pairData{{1, foreign("A"), foreign("B")}}}, pairsData{}}
	case "report.tmpl":
		return []any{foreign("")}
	case "repair.tmpl":
		return []any{[]string{"a part is missing"}}
	default: // the rules: system, verify, adjudicate, edit
		return []any{rules(true, "Be brief."), rules(false, "")}
	}
}

// ruleOf is the sentence of a built-in prompt that says what the borders mean; empty where it has none.
func ruleOf(text string) string {
	for line := range strings.Lines(text) {
		if strings.Contains(line, "{{.Open}}") {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

// addRule reads the sentence that a caller's prompt cannot do without.
func (p *prompter) addRule(name, builtin string) error {
	text := ruleOf(builtin)
	if text == "" {
		return nil
	}
	t, err := template.New(name).Option("missingkey=error").Parse(text)
	if err != nil {
		return fmt.Errorf("prompt %s: %w", name, err)
	}
	p.rules[name] = t
	return nil
}

// withRule puts the rule of a caller's prompt at its end, where it is not there.
func (p *prompter) withRule(name, text string, data any) (string, error) {
	rule := p.rules[name]
	if rule == nil {
		return text, nil
	}
	var b strings.Builder
	if err := rule.Execute(&b, data); err != nil {
		return "", fmt.Errorf("prompt %s: %w", name, err)
	}
	if strings.Contains(text, b.String()) {
		return text, nil
	}
	return strings.TrimRight(text, "\n") + "\n\n" + b.String() + "\n", nil
}
