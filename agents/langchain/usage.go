package langchain

import (
	"encoding/json"
	"math"
	"reflect"

	"github.com/deepreview-go/deepreview"
)

// Under which key a client of langchaingo v0.1.14 counts what. Of those that one response has, the first counts.
var (
	inputKeys = []string{
		"PromptTokens",  // OpenAI, Ollama, Google, Maritaca
		"InputTokens",   // Anthropic, without what its cache holds
		"input_tokens",  // Bedrock, Google
		"prompt_tokens", // Mistral, inside of "usage"
	}
	outputKeys = []string{"CompletionTokens", "OutputTokens", "output_tokens", "completion_tokens"}
	cachedKeys = []string{"PromptCachedTokens", "CacheReadInputTokens", "CachedTokens", "cached_tokens"}
)

// usage reads what a choice says of its tokens.
func usage(info map[string]any) deepreview.Usage {
	var u deepreview.Usage
	u.TokensIn = count(info, inputKeys)
	u.TokensOut = count(info, outputKeys)
	u.TokensCached = count(info, cachedKeys)
	if n, ok := number(info["InputTokens"]); ok {
		u.TokensIn = n + count(info, []string{"CacheCreationInputTokens"}) + count(info, []string{"CacheReadInputTokens"})
	}
	if inner := info["usage"]; inner != nil && u.TokensIn == 0 && u.TokensOut == 0 {
		var m map[string]any
		if b, err := json.Marshal(inner); err == nil && json.Unmarshal(b, &m) == nil && m["usage"] == nil {
			return usage(m)
		}
	}
	return u
}

func count(info map[string]any, keys []string) int64 {
	for _, k := range keys {
		if n, ok := number(info[k]); ok {
			return n
		}
	}
	return 0
}

// number is v if it is a count of any numeric type.
func number(v any) (int64, bool) {
	r := reflect.ValueOf(v)
	var n int64
	switch {
	case !r.IsValid():
		return 0, false
	case r.CanInt():
		n = r.Int()
	case r.CanUint():
		n = int64(min(r.Uint(), math.MaxInt64))
	case r.CanFloat():
		if f := r.Float(); f >= 0 && f < 1<<53 {
			n = int64(f)
		}
	default:
		return 0, false
	}
	return max(n, 0), true
}
