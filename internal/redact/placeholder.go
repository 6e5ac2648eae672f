package redact

import (
	"math"
	"strings"
)

// placeholderWords mark a value that stands for a secret rather than being one.
var placeholderWords = []string{
	"example", "sample", "dummy", "fake", "mock", "changeme", "change-me", "change_me", "placeholder", "replace", "redacted", "masked",
	"insert", "your-", "your_", "yourtoken", "yourkey", "yoursecret", "mytoken", "mysecret", "my-secret", "my_secret", "mypassword", "notreal", "not-real",
	"not_real", "invalid", "xxxx", "****", "0000000", "1234567", "abcdef", "deadbeef", "foobar", "foo-bar", "foo_bar", "lorem", "secret-", "-secret",
	"test", "unused", "todo", "tbd", "none", "null", "undefined", "default", "qwerty", "...",
}

// placeholder reports whether a value says of itself that it is none.
func placeholder(value string) bool {
	v := strings.ToLower(value)
	for _, w := range placeholderWords {
		if len(w) <= 5 && len(v) > 60 && w[0] >= 'a' && w[0] <= 'z' {
			// In a long random value a short word turns up by chance.
			continue
		}
		if strings.Contains(v, w) {
			return true
		}
	}
	return false
}

// sameFew reports whether value is made of so few different bytes that nobody drew it at random.
func sameFew(value string) bool {
	var seen [256]bool
	n := 0
	for i := range len(value) {
		if !seen[value[i]] {
			seen[value[i]] = true
			n++
		}
	}
	return n < 6
}

// entropy returns the bits a byte of value carries by its own frequencies (Shannon).
func entropy(value string) float64 {
	var count [256]int
	for i := range len(value) {
		count[value[i]]++
	}
	bits := 0.0
	for _, n := range count {
		if n > 0 {
			p := float64(n) / float64(len(value))
			bits -= p * math.Log2(p)
		}
	}
	return bits
}
