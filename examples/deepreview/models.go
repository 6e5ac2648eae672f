package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents"
	"github.com/deepreview-go/deepreview/agents/anthropic"
	"github.com/deepreview-go/deepreview/agents/gemini"
	"github.com/deepreview-go/deepreview/agents/openai"
)

// A provider is where a model is to be had.
type provider struct {
	// keys are the environment variables that may hold the key, the first that is set counts.
	keys []string
	// model is asked for where the user names none; empty means that one has to be named, and a base URL too.
	model string
	make  func(name, key, baseURL string) agents.Model
}

// providers are the models that can review, verify, adjudicate and edit, by the name of their reviewer.
func providers() map[string]*provider {
	return map[string]*provider{
		"claude": {[]string{"ANTHROPIC_API_KEY"}, "claude-opus-4-6", func(name, key, base string) agents.Model {
			return &anthropic.Model{Name: name, Key: key, BaseURL: base}
		}},
		"gpt": {[]string{"OPENAI_API_KEY"}, "gpt-5.4", func(name, key, base string) agents.Model {
			return &openai.Model{Name: name, Key: key, BaseURL: base}
		}},
		"gemini": {[]string{"GEMINI_API_KEY", "GOOGLE_API_KEY"}, "gemini-3.1-pro-preview", func(name, key, base string) agents.Model {
			return &gemini.Model{Name: name, Key: key, BaseURL: base}
		}},
		"chat": {[]string{"DEEPREVIEW_CHAT_KEY"}, "", func(name, key, base string) agents.Model {
			return &openai.Chat{Name: name, Key: key, BaseURL: base, Vendor: "chat"}
		}},
	}
}

// modelSettings is what the arguments say about models.
type modelSettings struct {
	// names and bases are by the name of a reviewer.
	names, bases             map[string]string
	effort                   agents.Effort
	passes                   int
	budget                   agents.Budget
	prices                   map[string]agents.Price
	verify, adjudicate, edit string
	// prompts are laid over the built-in ones; nil leaves them as they are.
	prompts fs.FS
	// purse is what all models of the run are paid from.
	purse *agents.Purse
	// keeper keeps their replies.
	keeper *keeper
}

// declare adds the flags on models.
func (m *modelSettings) declare(p *parser) {
	m.names, m.bases, m.prices = map[string]string{}, map[string]string{}, map[string]agents.Price{}
	named := func(into map[string]string) func(string) error {
		return func(text string) error {
			name, value, ok := strings.Cut(text, "=")
			if !ok || value == "" {
				return errors.New("it is NAME=VALUE, such as claude=…")
			}
			if providers()[name] == nil {
				return errors.New(instead(name, providerNames()))
			}
			into[name] = value
			return nil
		}
	}
	p.value("model", named(m.names))
	p.value("base-url", named(m.bases))
	prices := map[string]string{}
	p.value("price", func(text string) error {
		if err := named(prices)(text); err != nil {
			return err
		}
		name, value, _ := strings.Cut(text, "=")
		price, err := parsePrice(value)
		m.prices[name] = price
		return err
	})
	p.value("effort", func(text string) error {
		for _, e := range []agents.Effort{agents.EffortLow, agents.EffortMedium, agents.EffortHigh} {
			if e.String() == text {
				m.effort = e
				return nil
			}
		}
		return errors.New(instead(text, []string{"low", "medium", "high"}))
	})
	p.value("passes", func(text string) (err error) {
		if m.passes, err = strconv.Atoi(text); err != nil || m.passes < 1 || m.passes > 20 {
			return errors.New("it is a number from 1 to 20")
		}
		return nil
	})
	p.value("budget", func(text string) error { return parseBudget(text, &m.budget) })
	second := func(name string, into *string) {
		p.value(name, func(text string) error {
			if providers()[text] == nil {
				return errors.New(instead(text, providerNames()))
			}
			*into = text
			return nil
		})
	}
	second("verify", &m.verify)
	second("adjudicate", &m.adjudicate)
	second("edit", &m.edit)
}

func providerNames() []string { return []string{"claude", "gpt", "gemini", "chat"} }

// parsePrice reads IN/CACHED/OUT, in dollars for a million tokens.
func parsePrice(text string) (p agents.Price, err error) {
	parts := strings.Split(text, "/")
	if len(parts) != 3 {
		return p, errors.New("it is NAME=IN/CACHED/OUT, in dollars for a million tokens: claude=5/0.5/25")
	}
	for i, into := range []*float64{&p.In, &p.Cached, &p.Out} {
		if *into, err = strconv.ParseFloat(parts[i], 64); err != nil || !(*into >= 0 && *into < 1e6) {
			return p, fmt.Errorf("%q is no price", parts[i])
		}
	}
	return p, nil
}

// parseBudget reads $3.50, 200r (requests), or a number of tokens, which may end in k or M.
func parseBudget(text string, b *agents.Budget) error {
	bad := errors.New("it is dollars ($3.50), tokens (500k, 2M) or requests (200r), above 0")
	if dollars, ok := strings.CutPrefix(text, "$"); ok {
		v, err := strconv.ParseFloat(dollars, 64)
		if err != nil || !(v > 0 && v < 1e9) {
			return bad
		}
		b.Cost = v
		return nil
	}
	number, factor := text, int64(1)
	requests := false
	switch {
	case strings.HasSuffix(text, "r"):
		number, requests = text[:len(text)-1], true
	case strings.HasSuffix(text, "k"):
		number, factor = text[:len(text)-1], 1000
	case strings.HasSuffix(text, "M"):
		number, factor = text[:len(text)-1], 1_000_000
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 1 || n > 1e12 {
		return bad
	}
	if requests {
		b.Requests = int(n)
	} else {
		b.Tokens = n * factor
	}
	return nil
}

// check finds what cannot be held.
func (m *modelSettings) check() error {
	if m.budget.Cost > 0 && len(m.prices) == 0 {
		return usagef("a budget in dollars needs the prices: --price claude=IN/CACHED/OUT, in dollars for a million tokens; or give it in tokens")
	}
	return nil
}

// lacking says what a model reviewer needs and does not find; empty where nothing.
func (m *modelSettings) lacking(e *env, name string) string {
	p := providers()[name]
	switch {
	case p.model == "" && (m.bases[name] == "" || m.names[name] == ""):
		return fmt.Sprintf("it needs --base-url %s=URL and --model %s=MODEL", name, name)
	case p.model != "" && key(e, p) == "" && m.bases[name] == "":
		return strings.Join(p.keys, " or ") + " is not set"
	}
	return ""
}

// key is the provider's key out of the environment; empty where there is none.
func key(e *env, p *provider) string {
	for _, name := range p.keys {
		if v := e.getenv(name); v != "" {
			return v
		}
	}
	return ""
}

// model makes the named provider's model, paid out of the run's purse, and with its replies kept where there is a history.
func (m *modelSettings) model(e *env, name string) agents.Model {
	p := providers()[name]
	model := m.names[name]
	if model == "" {
		model = p.model
	}
	if m.purse == nil {
		m.purse = agents.NewPurse(m.budget)
	}
	return m.keeper.model(m.purse.Model(p.make(model, key(e, p), m.bases[name]), m.prices[name]), name)
}

// reviewer makes the named provider's reviewer.
func (m *modelSettings) reviewer(e *env, name, instructions string) deepreview.Reviewer {
	return &agents.LLM{ID: name, Model: m.model(e, name), Effort: m.effort, Passes: m.passes, Instructions: instructions, Prompts: m.prompts}
}

// checkSecond says which model that is to take a second look cannot.
func (m *modelSettings) checkSecond(e *env) error {
	for _, look := range [][2]string{{"verify", m.verify}, {"adjudicate", m.adjudicate}, {"edit", m.edit}} {
		if look[1] == "" {
			continue
		}
		if why := m.lacking(e, look[1]); why != "" {
			return fmt.Errorf("%s %s cannot be had: %s", dashed(look[0]), look[1], why)
		}
	}
	return nil
}

// second gives the pipeline the models that take a second look.
func (m *modelSettings) second(e *env, p *deepreview.Pipeline) {
	if m.verify != "" {
		p.Verifier = &agents.Verifier{Model: m.model(e, m.verify), Effort: m.effort, Prompts: m.prompts}
	}
	if m.adjudicate != "" {
		p.Adjudicator = &agents.Adjudicator{Model: m.model(e, m.adjudicate), Effort: m.effort, Prompts: m.prompts}
	}
	if m.edit != "" {
		p.Editor = &agents.Editor{Model: m.model(e, m.edit), Effort: m.effort, Prompts: m.prompts}
	}
}

// spent is what the models took, in a line; empty where none was asked.
func (m *modelSettings) spent() string {
	if m.purse == nil {
		return ""
	}
	u := m.purse.Spent()
	if u.Requests == 0 {
		return ""
	}
	out := fmt.Sprintf("The models took %s, %d tokens in (%d from a cache) and %d out", count(u.Requests, "request"), u.TokensIn, u.TokensCached, u.TokensOut)
	if u.Priced {
		out += fmt.Sprintf(", $%.2f", u.Cost)
	}
	return out + "."
}

// modelCandidates are the models among those who could review.
func modelCandidates() []candidate {
	about := map[string]string{
		"claude": "Anthropic's model, with the repository at hand",
		"gpt":    "OpenAI's model, with the repository at hand",
		"gemini": "Google's model, with the repository at hand",
		"chat":   "a model on any server that speaks Chat Completions: Ollama, vLLM, OpenRouter …",
	}
	var out []candidate
	for _, name := range providerNames() {
		out = append(out, candidate{name: name, about: about[name], model: true})
	}
	return out
}
