package redact

import "strings"

// blockMost bounds a private key, in bytes: an RSA key of 16,384 bits takes about 13,000.
const blockMost = 16 << 10

// appendBlocks appends private keys in PEM armour (RFC 7468, RFC 4716 and OpenPGP's RFC 9580), whole or cut off.
func appendBlocks(all []Secret, text string) []Secret {
	const begin, tail = "-----BEGIN ", "PRIVATE KEY"
	for from := 0; ; {
		at := strings.Index(text[from:], begin)
		if at < 0 {
			return all
		}
		at += from
		label := text[at+len(begin) : min(len(text), at+len(begin)+64)]
		from = at + len(begin)
		name, _, ok := strings.Cut(label, "-----")
		name = strings.TrimSuffix(name, " BLOCK")
		if !ok || strings.ContainsAny(name, "\n\r\"'`") || !strings.HasSuffix(name, tail) {
			continue
		}
		head := at + len(begin) + strings.Index(label, "-----") + len("-----")
		rest := text[head:min(len(text), head+blockMost)]
		end, random := keyBody(rest)
		if random < 20 {
			// An armour line alone is a format string or a parser's, not a key.
			continue
		}
		all = append(all, Secret{Kind: "private key", Start: at, End: head + end, Known: true})
		from = head + end
	}
}

// keyBody returns how far a key's body goes in text, its END line included, and how many base64 characters it has.
// A body may stand in a diff, in a quoted string with "\n", or be indented, so what surrounds base64 is let through.
func keyBody(text string) (end, random int) {
	const closing = "-----END "
	stop := len(text)
	if i := strings.Index(text, closing); i >= 0 {
		stop = i
	}
	for i := 0; i < stop; i++ {
		switch c := text[i]; {
		case base64[c]:
			random++
			end = i + 1
		case strings.IndexByte("\n\r\t \\\"'`,;:-()*#", c) >= 0:
		default:
			return end, random
		}
	}
	if stop == len(text) {
		return end, random
	}
	end = stop + len(closing)
	if i := strings.Index(text[end:min(len(text), end+64)], "-----"); i >= 0 {
		end += i + len("-----")
	}
	return end, random
}
