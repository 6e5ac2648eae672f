package redact

import "strings"

const (
	nameMost  = 64  // how far before an assignment its name is looked for, in bytes
	valueMost = 512 // a longer value is data, not a credential
)

// secretNames are the endings of a name, in lower case and without separators, that a secret is given to, with what
// to call it.
var secretNames = []struct{ ending, kind string }{
	{"password", "password"}, {"passwd", "password"}, {"passphrase", "password"}, {"pwd", "password"},
	{"clientsecret", "client secret"}, {"appsecret", "client secret"}, {"signingsecret", "secret"}, {"secretkey", "secret key"},
	{"secretaccesskey", "secret key"}, {"secret", "secret"},
	{"apikey", "API key"}, {"apitoken", "API token"}, {"accesskey", "access key"}, {"accesstoken", "access token"},
	{"authtoken", "token"}, {"authkey", "key"}, {"bearertoken", "token"}, {"refreshtoken", "token"}, {"privatekey", "private key"},
	{"encryptionkey", "encryption key"}, {"signingkey", "signing key"}, {"masterkey", "master key"}, {"token", "token"},
	{"credential", "credential"}, {"credentials", "credential"},
}

// appendAssigned appends random-looking values given to a name of [secretNames]: name = "value", name: value,
// "name": "value", NAME=value; and bearer tokens in a header.
func appendAssigned(all []Secret, text string) []Secret {
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c != '=' && c != ':' {
			continue
		}
		kind := nameBefore(text, i)
		if kind == "" {
			continue
		}
		start, end, quoted := valueAfter(text, i+1)
		if end-start > valueMost {
			continue
		}
		if randomValue(text[start:end], kind, quoted) {
			all = append(all, Secret{Kind: kind, Start: start, End: end})
			i = end - 1
		}
	}
	return appendBearer(all, text)
}

// nameBefore returns the kind of secret that the name before text[at] is for, or "".
func nameBefore(text string, at int) string {
	end := at
	for end > 0 && at-end < 8 && strings.IndexByte(" \t\"'`]:", text[end-1]) >= 0 {
		end--
	}
	start := end
	for start > 0 && end-start < nameMost && (word[text[start-1]] || text[start-1] == '-') {
		start--
	}
	if end-start < 3 {
		return ""
	}
	buf := make([]byte, 0, nameMost)
	for _, c := range []byte(text[start:end]) {
		switch {
		case c >= 'A' && c <= 'Z':
			buf = append(buf, c-'A'+'a')
		case c != '_' && c != '-':
			buf = append(buf, c)
		}
	}
	name := string(buf)
	if strings.HasSuffix(name, "publickeytoken") {
		return "" // of a .NET assembly: a hash of the public key
	}
	for _, n := range secretNames {
		if strings.HasSuffix(name, n.ending) {
			return n.kind
		}
	}
	return ""
}

// valueAfter returns the value after an assignment that ends before from, and whether it is quoted.
func valueAfter(text string, from int) (start, end int, quoted bool) {
	i := from
	for i < len(text) && i-from < 8 && strings.IndexByte(" \t=>", text[i]) >= 0 {
		i++
	}
	if i >= len(text) {
		return i, i, false
	}
	limit := min(len(text), i+1+valueMost+1)
	if q := text[i]; q == '"' || q == '\'' || q == '`' {
		for j := i + 1; j < limit; j++ {
			switch text[j] {
			case q:
				return i + 1, j, true
			case '\n', '\\':
				return i, i, false
			}
		}
		return i, i, false
	}
	j := i
	for j < limit && text[j] > ' ' && text[j] < 0x7f && strings.IndexByte("\"'`,;(){}[]<>|&", text[j]) < 0 {
		j++
	}
	if j < len(text) && strings.IndexByte("([{", text[j]) >= 0 {
		return i, i, false // a call or an index: code, not a value
	}
	return i, j, false
}

// randomValue reports whether value looks drawn at random.
func randomValue(value, kind string, quoted bool) bool {
	least := 16
	if kind == "password" && quoted {
		least = 10
	}
	if len(value) < least {
		return false
	}
	var lowers, uppers, nums, marks int
	for i := range len(value) {
		switch c := value[i]; {
		case c >= 'a' && c <= 'z':
			lowers++
		case c >= 'A' && c <= 'Z':
			uppers++
		case c >= '0' && c <= '9':
			nums++
		case c <= ' ' || c >= 0x7f:
			return false
		case strings.IndexByte("${}<>()[]", c) >= 0:
			return false // a variable, a template, a call
		default:
			marks++
		}
	}
	if nums == 0 || lowers+uppers == 0 || nums == 1 && len(value) < 24 {
		return false
	}
	if !quoted && marks > 0 && (strings.ContainsAny(value, ".:") || strings.HasPrefix(value, "/")) {
		return false // a selector, an address, a path
	}
	switch {
	case placeholder(value), sameFew(value), wordy(value):
		return false
	case strings.Contains(value, "://"), strings.HasPrefix(value, "/"), strings.HasPrefix(value, "./"), strings.HasPrefix(value, "sha"),
		strings.HasPrefix(value, "arn:"), strings.HasPrefix(value, "ENC"), strings.HasPrefix(value, "vault:"), strings.HasPrefix(value, "urn:"):
		return false
	}
	switch {
	case lowers+nums == len(value) && onlyHex(value) || uppers+nums == len(value) && onlyHex(value):
		return entropy(value) >= 3
	case kind == "password":
		return (lowers > 0 && uppers > 0 || marks > 0) && entropy(value) >= 3
	case lowers == 0 || uppers == 0:
		// One case only: a name with a number in it looks the same, unless digits are many.
		return nums*6 >= len(value) && entropy(value) >= 3.5
	}
	return entropy(value) >= 3.5
}

func onlyHex(s string) bool { return only(hex, s) }

// wordy reports whether value is made of words: a name, a key of a message, a path.
func wordy(value string) bool {
	letters := 0
	run, longest := 0, 0
	for i := 0; i <= len(value); i++ {
		if i < len(value) && value[i] >= 'a' && value[i] <= 'z' {
			letters++
			run++
			continue
		}
		longest = max(longest, run)
		run = 0
	}
	// Random text over 62 characters has a run of nine lower-case letters once in 2,000 values of 40.
	return longest >= 9 || strings.Count(value, "-")+strings.Count(value, "_")+strings.Count(value, ".") >= 2 && letters*3 >= len(value)*2 ||
		strings.Count(value, "/") >= 3 && !strings.ContainsAny(value, "+=") && len(value) != 40
}

// appendBearer appends the tokens of "Authorization: Bearer …" headers (RFC 6750 section 2.1).
func appendBearer(all []Secret, text string) []Secret {
	const mark = "Bearer "
	token := newCharset(lower + upper + digits + "-._~+/=")
	for from := 0; ; {
		at := strings.Index(text[from:], mark)
		if at < 0 {
			return all
		}
		start := from + at + len(mark)
		end := start
		for end < len(text) && end-start <= valueMost && token[text[end]] {
			end++
		}
		from = end
		if end-start <= valueMost && end-start >= 20 && randomValue(strings.TrimRight(text[start:end], "."), "token", true) {
			all = append(all, Secret{Kind: "bearer token", Start: start, End: end})
		}
	}
}
