// Package redact finds likely secrets in text and masks them, so that none leaves in a finding, a prompt or a report.
//
//	text ── Find ──▶ spans, each with its kind
//	     ── Mask ──▶ the text with each span replaced by its kind
//
// Three things count as a secret: a token in a format that its issuer has published (formats.go), a private key or a
// password inside a URL (blocks.go, url.go), and a random-looking value given to a name like "password" or "api_key"
// (assigned.go). Values that are plainly placeholders do not count (placeholder.go).
//
// Work is linear in the length of the text, whatever it holds.
package redact

import (
	"cmp"
	"slices"
	"strings"
)

// Secret is one likely secret in a text.
type Secret struct {
	// Kind names it for a reader: "AWS access key".
	Kind string
	// Start and End delimit it: text[Start:End], in bytes.
	Start, End int
	// Known says that it has a published format. Otherwise its name and its randomness gave it away.
	Known bool
	// keep is how many leading bytes are public: a format's prefix.
	keep int
}

// Find returns the likely secrets of text in order. They do not overlap.
func Find(text string) []Secret {
	var all []Secret
	all = appendBlocks(all, text)
	all = appendFormats(all, text)
	all = appendURLs(all, text)
	all = appendAssigned(all, text)
	if len(all) < 2 {
		return all
	}
	// Where spans overlap, the one whose format is known says more; of two equals, the longer.
	slices.SortStableFunc(all, func(a, b Secret) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End))
	})
	out := all[:1]
	for _, s := range all[1:] {
		last := &out[len(out)-1]
		switch {
		case s.Start >= last.End:
			out = append(out, s)
		case s.Known && !last.Known:
			// The union stays masked: what surrounds a token may belong to the secret.
			*last = Secret{Kind: s.Kind, Start: last.Start, End: max(last.End, s.End), Known: true}
		default:
			last.End = max(last.End, s.End)
		}
	}
	return slices.Clip(out)
}

// keepMost is the most that a mask shows of a secret, in bytes.
const keepMost = 4

// Mask returns text with every secret that [Find] sees replaced by at most its first four characters and its kind,
// "AKIA[AWS access key masked]", and how many there were. Line breaks inside a secret stay, so that line numbers
// hold. A masked text is not masked again.
func Mask(text string) (masked string, n int) {
	secrets := Find(text)
	if len(secrets) == 0 {
		return text, 0
	}
	var b strings.Builder
	b.Grow(len(text))
	at := 0
	for _, s := range secrets {
		b.WriteString(text[at:s.Start])
		b.WriteString(text[s.Start : s.Start+min(s.keep, keepMost, s.End-s.Start)])
		b.WriteString("[" + s.Kind + " masked]")
		for range strings.Count(text[s.Start:s.End], "\n") {
			b.WriteByte('\n')
		}
		at = s.End
	}
	b.WriteString(text[at:])
	return b.String(), len(secrets)
}
