package patterns

import (
	"fmt"

	"github.com/deepreview-go/deepreview"
)

var tlsVerification = Rule{
	ID:       "tls-verification",
	Why:      "Without verification anyone on the way can be the server, read what is sent and answer in its place.",
	Severity: deepreview.SeverityImportant,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicSecurity,
	file:     tlsVerifications,
}

var noVerification = compile(`\bInsecureSkipVerify\s*[:=]\s*true\b|\bverify\s*=\s*False\b|\brejectUnauthorized["']?\s*:\s*false\b|\bstrictSSL["']?\s*:\s*false\b|NODE_TLS_REJECT_UNAUTHORIZED["']?\]?\s*[:=]\s*["']?0` +
	`|\bssl\._create_unverified_context\b|\bverify_mode\s*=\s*(?:ssl\.CERT_NONE|OpenSSL::SSL::VERIFY_NONE)|\bVERIFY_NONE\b|\bCURLOPT_SSL_VERIFY(?:PEER|HOST)\s*(?:,|=>)\s*(?:false|0)\b|\bdanger_accept_invalid_certs\(true\)` +
	`|\bStrictHostKeyChecking[= ]+no\b|\bssh\.InsecureIgnoreHostKey\(\)|\bcurl\b[^|;&]*\s(?:-\w*k\w*|--insecure)\s|\bwget\b[^|;&]*--no-check-certificate|\bhttp\.sslVerify[= ]+false\b|\bServerCertificate(?:Custom)?ValidationCallback\s*\+?=.*\btrue\b|\bALLOW_ALL_HOSTNAME_VERIFIER\b`)

func tlsVerifications(f *file, report func(hit)) {
	if f.gone() || !f.production() || f.lang == langProse {
		return
	}
	before := 0
	for _, l := range f.deleted() {
		if noVerification.MatchString(l.text()) {
			before++
		}
	}
	for i, l := range f.added() {
		if l.Code != "" && l.Comment == "" && noVerification.MatchString(l.text()) {
			if before--; before >= 0 || f.askedFor(i) {
				continue
			}
			h := on(f, l, "The other side's identity is not verified")
			h.detail = fmt.Sprintf("`%s` accepts any certificate or host key. Trust the one certificate that is meant instead.", excerpt(l))
			report(h)
		}
	}
}

// asksForIt is how a condition reads under which a user has asked for no verification.
var asksForIt = compile(`(?i)^\s*(?:\}?\s*(?:el|else )?if|case|when|when\s*\(|elif|unless)\b.*(?:skip|insecure|no_?verif|unsafe|allow_?self|trust)`)

// askedFor reports whether line i stands right under a condition that a setting for it decides.
func (f *file) askedFor(i int) bool {
	const above = 3
	seen := 0
	for j := i - 1; j >= 0 && seen < above && f.lines[j].hunk == f.lines[i].hunk; j-- {
		if f.lines[j].deleted() {
			continue
		}
		if asksForIt.MatchString(f.lines[j].text()) {
			return true
		}
		seen++
	}
	return false
}

var worldWritable = Rule{
	ID:       "world-writable",
	Why:      "What everyone may write, everyone can replace with their own.",
	Severity: deepreview.SeverityImportant,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicSecurity,
	file:     worldWritables,
}

// Making a folder with 0777 is left out: the process's mask takes the bits away again. chmod has no mask.
var chmodAll = compile(`\bchmod\s+(?:-\w+\s+)*(?:0?777|0?666|a\+\w*w\w*|o\+\w*w\w*)\b|\b(?:os\.Chmod|os\.chmod|fs\.chmod(?:Sync)?|File\.chmod|chmod|fchmod)\(.*\b0o?(?:777|666)\b`)

func worldWritables(f *file, report func(hit)) {
	if f.gone() || !f.production() || f.lang == langProse {
		return
	}
	for _, l := range f.added() {
		if l.Code != "" && l.Comment == "" && chmodAll.MatchString(l.text()) {
			h := on(f, l, "A file is made writable for everyone")
			h.detail = fmt.Sprintf("`%s` lets every user and process of the machine change it.", excerpt(l))
			report(h)
		}
	}
}

var encodedExecution = Rule{
	ID:       "encoded-execution",
	Why:      "Code that is decoded and run at once hides what it does from everyone who reads it.",
	Severity: deepreview.SeverityCritical,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicSecurity,
	file:     encodedExecutions,
}

var decodeAndRun = compile(`\b(?:eval|Function|execScript)\s*\(\s*(?:window\.|globalThis\.)?(?:atob|unescape|decodeURIComponent|Buffer\.from)\s*\(|\b(?:exec|eval)\s*\(\s*(?:compile\s*\(\s*)?(?:__import__\(['"]\w+['"]\)\.|codecs\.|zlib\.|base64\.|bytes\.fromhex|marshal\.loads)` +
	`|\b(?:eval|assert)\s*\(\s*(?:gzinflate|gzuncompress|str_rot13|base64_decode)\s*\(|\bbase64\s+(?:-d|-D|--decode)\b[^|]*\|\s*(?:sudo\s+)?(?:ba|z|da)?sh\b|(?i:\bpowershell(?:\.exe)?\b.*\s-e(?:nc|ncodedcommand)?\s+[A-Za-z0-9+/=]{20,})`)

func encodedExecutions(f *file, report func(hit)) {
	if f.gone() || f.lang == langProse || f.vendored && f.built {
		return
	}
	for _, l := range f.added() {
		if l.Comment == "" && decodeAndRun.MatchString(l.text()) {
			h := on(f, l, "Encoded code is decoded and run")
			h.detail = "What runs is not what stands here. Honest code has no reason to hide; decode it and read it before anything else."
			if f.test {
				h.severity = deepreview.SeverityImportant
			}
			report(h)
		}
	}
}

var pipedInstall = Rule{
	ID:       "piped-install",
	Why:      "A script run straight from the network is another one whenever its server wants it to be.",
	Severity: deepreview.SeveritySuggestion,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicSecurity,
	file:     pipedInstalls,
}

var pipeToShell = compile(`\b(?:curl|wget)\b[^|#]*\|\s*(?:sudo\s+(?:-\w+\s+)*)?(?:env\s+\S+\s+)?(?:/bin/)?(?:ba|z|da|k)?sh\b|\b(?:ba|z)?sh\s+(?:-c\s+)?["']?(?:<\(|\$\()\s*(?:curl|wget)\b|\biex\b.*\b(?:iwr|irm|Invoke-WebRequest|DownloadString)\b|\b(?:iwr|irm)\b[^|]*\|\s*iex\b`)

func pipedInstalls(f *file, report func(hit)) {
	switch f.lang {
	case langShell, langDocker, langYAML, langMake, langOther:
	default:
		return
	}
	if f.gone() || f.test || !f.handWritten() {
		return
	}
	before := 0
	for _, l := range f.deleted() {
		if pipeToShell.MatchString(l.text()) {
			before++
		}
	}
	for _, l := range f.added() {
		if l.Comment == "" && pipeToShell.MatchString(l.text()) {
			if before--; before >= 0 {
				continue // it only names another version
			}
			h := on(f, l, "A script is run straight from the network")
			h.detail = fmt.Sprintf("`%s`: fetch it, check it against a known hash, then run it.", excerpt(l))
			report(h)
		}
	}
}
