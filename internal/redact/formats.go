package redact

import "strings"

// format is a published token format: a fixed prefix, then characters of one set.
type format struct {
	kind   string
	prefix string
	chars  *charset
	// least and most bound the characters after the prefix. A longer run is not this format.
	least, most int
}

// charset says which bytes belong to a set.
type charset [256]bool

func newCharset(chars string) *charset {
	var c charset
	for i := range len(chars) {
		c[chars[i]] = true
	}
	return &c
}

const (
	lower  = "abcdefghijklmnopqrstuvwxyz"
	upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits = "0123456789"
)

var (
	alnum     = newCharset(lower + upper + digits)
	word      = newCharset(lower + upper + digits + "_")
	urlSafe   = newCharset(lower + upper + digits + "_-")
	dotted    = newCharset(lower + upper + digits + "_-.")
	hex       = newCharset("abcdefABCDEF" + digits)
	base32    = newCharset(upper + "234567")
	base64    = newCharset(lower + upper + digits + "+/=")
	upperNum  = newCharset(upper + digits)
	slackPath = newCharset(upper + lower + digits + "/")
)

// formats are the token formats that issuers have published, with the page that does. Lengths are those of the
// page, or of tokens seen where it leaves them open; "most" then leaves room.
var formats = []format{
	// AWS, IAM identifiers: "unique identifiers", the table of prefixes; the rest is base32.
	{"AWS access key", "AKIA", base32, 16, 16},
	{"AWS temporary access key", "ASIA", base32, 16, 16},
	// Google Cloud, "Manage API keys"; "Using OAuth 2.0": access tokens and client secrets.
	{"Google API key", "AIza", urlSafe, 35, 35},
	{"Google OAuth client secret", "GOCSPX-", urlSafe, 24, 40},
	{"Google OAuth access token", "ya29.", dotted, 30, 2048},
	// GitHub, "About authentication to GitHub: GitHub's token formats".
	{"GitHub personal access token", "ghp_", alnum, 36, 251},
	{"GitHub OAuth token", "gho_", alnum, 36, 251},
	{"GitHub user-to-server token", "ghu_", alnum, 36, 251},
	{"GitHub server-to-server token", "ghs_", alnum, 36, 251},
	{"GitHub refresh token", "ghr_", alnum, 36, 251},
	{"GitHub fine-grained token", "github_pat_", word, 60, 244},
	// GitLab, "Token overview: token prefixes".
	{"GitLab personal access token", "glpat-", dotted, 20, 300},
	{"GitLab deploy token", "gldt-", dotted, 20, 300},
	{"GitLab runner token", "glrt-", dotted, 20, 300},
	{"GitLab CI job token", "glcbt-", dotted, 20, 300},
	{"GitLab trigger token", "glptt-", dotted, 20, 300},
	{"GitLab feed token", "glft-", dotted, 20, 300},
	{"GitLab agent token", "glagent-", dotted, 20, 300},
	{"GitLab SCIM token", "glsoat-", dotted, 20, 300},
	// Slack, "Token types" and "Incoming webhooks".
	{"Slack bot token", "xoxb-", urlSafe, 24, 255},
	{"Slack user token", "xoxp-", urlSafe, 24, 255},
	{"Slack workspace token", "xoxa-", urlSafe, 24, 255},
	{"Slack refresh token", "xoxr-", urlSafe, 24, 255},
	{"Slack session token", "xoxs-", urlSafe, 24, 255},
	{"Slack rotating token", "xoxe-", urlSafe, 24, 255},
	{"Slack app token", "xapp-", urlSafe, 24, 255},
	{"Slack webhook", "hooks.slack.com/services/T", slackPath, 34, 80},
	// Stripe, "API keys" and "Webhook signatures". Test keys reach no money and stand in Stripe's own examples.
	{"Stripe live key", "sk_live_", alnum, 16, 247},
	{"Stripe restricted live key", "rk_live_", alnum, 16, 247},
	{"Stripe webhook secret", "whsec_", alnum, 32, 64},
	// OpenAI, "API keys": project, service account and admin keys.
	{"OpenAI project key", "sk-proj-", urlSafe, 40, 200},
	{"OpenAI service account key", "sk-svcacct-", urlSafe, 40, 200},
	{"OpenAI admin key", "sk-admin-", urlSafe, 40, 200},
	// Anthropic, "API overview: authentication"; "Admin API".
	{"Anthropic key", "sk-ant-", urlSafe, 32, 200},
	// Package registries: "About access tokens" of npm; "API tokens" of PyPI (a macaroon: always the same start);
	// "API key scopes" of RubyGems; crates.io's tokens.
	{"npm token", "npm_", alnum, 36, 36},
	{"PyPI token", "pypi-AgE", urlSafe, 50, 1000},
	{"RubyGems key", "rubygems_", hex, 48, 48},
	// Model hosts: Hugging Face "User access tokens", Groq, Replicate "API tokens", xAI, Perplexity.
	{"Hugging Face token", "hf_", alnum, 34, 40},
	{"Groq key", "gsk_", alnum, 52, 52},
	{"Replicate token", "r8_", alnum, 37, 37},
	{"xAI key", "xai-", alnum, 80, 80},
	{"Perplexity key", "pplx-", alnum, 48, 56},
	// Clouds and tools, each "API tokens" or "access tokens" page of its issuer.
	{"DigitalOcean token", "dop_v1_", hex, 64, 64},
	{"DigitalOcean OAuth token", "doo_v1_", hex, 64, 64},
	{"DigitalOcean refresh token", "dor_v1_", hex, 64, 64},
	{"Databricks token", "dapi", hex, 32, 32},
	{"Docker token", "dckr_pat_", urlSafe, 27, 36},
	{"Shopify token", "shpat_", hex, 32, 32},
	{"Shopify shared secret", "shpss_", hex, 32, 32},
	{"Shopify custom app token", "shpca_", hex, 32, 32},
	{"Shopify private app token", "shppa_", hex, 32, 32},
	{"Vault service token", "hvs.", urlSafe, 24, 300},
	{"Vault batch token", "hvb.", urlSafe, 100, 500},
	{"SendGrid key", "SG.", dotted, 66, 66},
	{"Grafana service account token", "glsa_", word, 41, 41},
	{"Grafana cloud token", "glc_eyJ", base64, 32, 400},
	{"Linear key", "lin_api_", alnum, 40, 40},
	{"Notion token", "ntn_", alnum, 40, 50},
	{"New Relic key", "NRAK-", upperNum, 27, 27},
	{"PlanetScale token", "pscale_tkn_", dotted, 32, 64},
	{"PlanetScale password", "pscale_pw_", dotted, 32, 64},
	{"Supabase token", "sbp_", hex, 40, 40},
	{"Doppler token", "dp.pt.", alnum, 40, 44},
	{"Atlassian token", "ATATT3xFfGF0", newCharset(lower + upper + digits + "_-="), 100, 250},
	{"Azure storage key", "AccountKey=", base64, 86, 88},
	{"age secret key", "AGE-SECRET-KEY-1", upperNum, 58, 58},
}

// appendFormats appends the tokens of known formats.
func appendFormats(all []Secret, text string) []Secret {
	for i := range formats {
		f := &formats[i]
		for from := 0; ; {
			at := strings.Index(text[from:], f.prefix)
			if at < 0 {
				break
			}
			at += from
			body := at + len(f.prefix)
			end := body
			for end < len(text) && end-body <= f.most && f.chars[text[end]] {
				end++
			}
			from = body
			// A token that is the tail of a longer word is no token.
			if at > 0 && alnum[text[at-1]] {
				continue
			}
			// A full stop or a dash ends a sentence, not a token.
			for end > body && (text[end-1] == '.' || text[end-1] == '-') {
				end--
			}
			if n := end - body; n < f.least || n > f.most || placeholder(text[body:end]) || sameFew(text[body:end]) {
				continue
			}
			all = append(all, Secret{Kind: f.kind, Start: at, End: end, Known: true, keep: len(f.prefix)})
			from = end
		}
	}
	all = appendJWT(all, text)
	return appendOpenAI(all, text)
}

// appendJWT appends JSON Web Tokens (RFC 7519, RFC 7515 section 7.1): three base64url parts joined by full stops, the first two
// JSON objects, so that both begin with "eyJ".
func appendJWT(all []Secret, text string) []Secret {
	const start = "eyJ"
	for from := 0; ; {
		at := strings.Index(text[from:], start)
		if at < 0 {
			return all
		}
		at += from
		end := at
		for end < len(text) && dotted[text[end]] {
			end++
		}
		// The whole run is passed over, so that a run of starts costs one pass.
		from = end
		if at > 0 && dotted[text[at-1]] {
			continue
		}
		parts := strings.SplitN(strings.TrimRight(text[at:end], "."), ".", 4)
		if len(parts) != 3 || len(parts[0]) < 10 || len(parts[1]) < 10 || len(parts[2]) < 20 || !strings.HasPrefix(parts[1], start) {
			continue
		}
		if placeholder(parts[2]) || sameFew(parts[2]) {
			continue
		}
		all = append(all, Secret{Kind: "JSON Web Token", Start: at, End: end, Known: true, keep: len(start)})
	}
}

// appendOpenAI appends OpenAI's older keys: "sk-", twenty characters, the eight that say OpenAI in base64, twenty more.
func appendOpenAI(all []Secret, text string) []Secret {
	const mark, side = "T3Blbk" + "FJ", 20
	for from := 0; ; {
		at := strings.Index(text[from:], mark)
		if at < 0 {
			return all
		}
		at += from
		from = at + len(mark)
		start, end := at-side-len("sk-"), from+side
		if start < 0 || end > len(text) || !strings.HasPrefix(text[start:], "sk-") || !only(alnum, text[start+3:end]) {
			continue
		}
		all = append(all, Secret{Kind: "OpenAI key", Start: start, End: end, Known: true, keep: len("sk-")})
		from = end
	}
}

func only(c *charset, s string) bool {
	for i := range len(s) {
		if !c[s[i]] {
			return false
		}
	}
	return true
}
