package redact

import "strings"

// credentialsMost bounds the user and password of a URL, in bytes.
const credentialsMost = 256

// appendURLs appends the passwords in URLs with credentials (RFC 3986 section 3.2.1): scheme://user:password@host.
func appendURLs(all []Secret, text string) []Secret {
	const mark = "://"
	for from := 0; ; {
		at := strings.Index(text[from:], mark)
		if at < 0 {
			return all
		}
		at += from
		start := at + len(mark)
		from = start
		if at == 0 || !alnum[text[at-1]] {
			continue
		}
		colon, end := -1, -1
	scan:
		for i := start; i < min(len(text), start+credentialsMost); i++ {
			switch c := text[i]; {
			case c == '@':
				end = i // the last one: an unescaped @ in a password is common
			case c == ':' && colon < 0:
				colon = i
			case c <= ' ' || c >= 0x7f || strings.IndexByte("/?#\"'`<>{}[]()|\\,;", c) >= 0:
				break scan
			}
		}
		if colon < 0 || end <= colon+1 {
			continue
		}
		user, password := text[start:colon], text[colon+1:end]
		host := text[end+1 : min(len(text), end+1+64)]
		if trivialPassword(user, password) || exampleHost(host) {
			continue
		}
		all = append(all, Secret{Kind: "password in a URL", Start: colon + 1, End: end, Known: true})
		from = end
	}
}

// trivialPassword reports whether password is a placeholder, a default that everyone knows, or a variable.
func trivialPassword(user, password string) bool {
	if len(password) < 4 || strings.EqualFold(user, password) || strings.ContainsAny(password, "$*%") && !strings.Contains(password, "%2") {
		return true
	}
	p := strings.ToLower(password)
	for _, w := range []string{"pass", "pwd", "secret", "token", "root", "admin", "user", "guest", "postgres", "mysql", "1234", "qwerty", "...", "key", "minio"} {
		if strings.HasPrefix(p, w) && len(p) <= len(w)+6 {
			return true
		}
	}
	return placeholder(password) || sameFew(password) && len(password) > 6
}

// exampleHost reports whether the text after the @ begins with a host kept for examples (RFC 2606).
func exampleHost(host string) bool {
	if i := strings.IndexAny(host, "/:?#\"'` \n"); i >= 0 {
		host = host[:i]
	}
	host = strings.ToLower(host)
	for _, w := range []string{"example", "example.com", "example.org", "example.net", "host", "hostname", "server", "domain.com", "foo.com", "test.com"} {
		if host == w || strings.HasSuffix(host, "."+w) {
			return true
		}
	}
	return host == "" || strings.HasSuffix(host, ".example") || strings.HasSuffix(host, ".test") || strings.HasSuffix(host, ".invalid")
}
