package redact

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// draw makes n characters of a set, always the same for the same seed: the repository's files hold no secret-like text.
func draw(seed uint64, n int, c *charset) string {
	var set []byte
	for i := range len(c) {
		if c[i] && i != '.' && i != '-' && i != '=' && i != '/' {
			set = append(set, byte(i))
		}
	}
	r := rand.New(rand.NewPCG(seed, 7))
	b := make([]byte, n)
	for i := range b {
		b[i] = set[r.IntN(len(set))]
	}
	return string(b)
}

// mixed is a value as a password generator makes it.
func mixed(n int) string { return "k7" + draw(3, n-2, alnum) }

func TestEveryFormatIsFoundAndMaskedToAtMostFourCharacters(t *testing.T) {
	for _, f := range formats {
		t.Run(f.kind, func(t *testing.T) {
			for _, n := range []int{f.least, f.most} {
				token := f.prefix + draw(uint64(n), n, f.chars)
				text := "before " + token + " after"
				found := Find(text)
				require.Len(t, found, 1, "%d characters", n)
				assert.Equal(t, f.kind, found[0].Kind)
				assert.True(t, found[0].Known)
				assert.Equal(t, token, text[found[0].Start:found[0].End])
				masked, count := Mask(text)
				assert.Equal(t, 1, count)
				assert.Equal(t, "before "+f.prefix[:min(4, len(f.prefix))]+"["+f.kind+" masked] after", masked)
			}
			short := f.prefix + draw(1, f.least-1, f.chars)
			assert.Empty(t, Find("x "+short+" y"), "one character short")
			assert.Empty(t, Find("tail"+f.prefix+draw(1, f.least, f.chars)), "the tail of a word")
		})
	}
}

func TestSecretsOfEachShapeAreFound(t *testing.T) {
	jwt := "eyJ" + draw(1, 20, alnum) + "." + "eyJ" + draw(2, 40, alnum) + "." + draw(3, 43, alnum)
	key := draw(4, 64, alnum) + "\n" + draw(5, 64, alnum) + "\n"
	armour := func(name string) (string, string) {
		return "-----BEGIN " + name + "-----", "-----END " + name + "-----"
	}
	begin, end := armour("RSA PRIVATE" + " KEY")
	pgp, pgpEnd := armour("PGP PRIVATE" + " KEY BLOCK")
	old := "sk-" + draw(6, 20, alnum) + "T3Blbk" + "FJ" + draw(7, 20, alnum)
	for name, tc := range map[string]struct {
		text, kind, secret string
	}{
		"a JSON Web Token":               {"Cookie: " + jwt + ";", "JSON Web Token", jwt},
		"an older OpenAI key":            {"key=" + old, "OpenAI key", old},
		"a private key":                  {"a\n" + begin + "\n" + key + end + "\nb", "private key", begin + "\n" + key + end},
		"a private key on one line":      {`"` + begin + `\n` + strings.ReplaceAll(key, "\n", `\n`) + end + `\n"`, "private key", begin + `\n` + strings.ReplaceAll(key, "\n", `\n`) + end},
		"a private key cut off":          {begin + "\n" + key, "private key", begin + "\n" + strings.TrimSpace(key)},
		"a private key in a diff":        {"+" + begin + "\n+" + strings.ReplaceAll(key, "\n", "\n+") + end, "private key", begin + "\n+" + strings.ReplaceAll(key, "\n", "\n+") + end},
		"an armoured OpenPGP key":        {pgp + "\n\n" + key + pgpEnd, "private key", pgp + "\n\n" + key + pgpEnd},
		"a password in a URL":            {"postgres://app:" + mixed(14) + "@db.internal:5432/x", "password in a URL", mixed(14)},
		"a password with an @ in a URL":  {"amqp://app:" + mixed(8) + "@" + mixed(6) + "@mq.internal", "password in a URL", mixed(8) + "@" + mixed(6)},
		"a Go variable":                  {`apiKey := "` + mixed(24) + `"`, "API key", mixed(24)},
		"a JSON property":                {`{"client_secret": "` + mixed(32) + `"}`, "client secret", mixed(32)},
		"a YAML value":                   {"  db_password: " + mixed(20) + "\n", "password", mixed(20)},
		"an environment file":            {"export AUTH_TOKEN=" + mixed(32) + "\n", "token", mixed(32)},
		"a map's element":                {`cfg["password"] = '` + mixed(12) + `';`, "password", mixed(12)},
		"hexadecimal digits":             {`secret = "` + draw(9, 40, newCharset("abcdef0123456789")) + `"`, "secret", draw(9, 40, newCharset("abcdef0123456789"))},
		"a bearer token":                 {"Authorization: Bearer " + mixed(40), "bearer token", mixed(40)},
		"a secret access key with marks": {"aws_secret_access_key = " + mixed(19) + "/" + mixed(10) + "+" + mixed(9), "secret key", mixed(19) + "/" + mixed(10) + "+" + mixed(9)},
	} {
		t.Run(name, func(t *testing.T) {
			found := Find(tc.text)
			require.Len(t, found, 1)
			assert.Equal(t, tc.kind, found[0].Kind)
			assert.Equal(t, tc.secret, tc.text[found[0].Start:found[0].End])
			masked, n := Mask(tc.text)
			assert.Equal(t, 1, n)
			assert.NotContains(t, masked, tc.secret)
			assert.Equal(t, strings.Count(tc.text, "\n"), strings.Count(masked, "\n"), "line numbers hold")
			again, n := Mask(masked)
			assert.Zero(t, n)
			assert.Equal(t, masked, again)
		})
	}
}

func TestWhatIsNoSecretIsLeftAlone(t *testing.T) {
	begin := "-----BEGIN RSA PRIVATE" + " KEY-----"
	for name, text := range map[string]string{
		"an example of a vendor's page":     "AKIA" + "IOSFODNN7EXAMPLE",
		"a token of one letter":             "ghp_" + strings.Repeat("x", 36),
		"a password from the environment":   `password = os.Getenv("DB_PASSWORD_PRODUCTION_1")`,
		"a template":                        `token: "${{ secrets.DEPLOY_TOKEN_2 }}"`,
		"a variable in a URL":               "postgres://app:${PASSWORD}@db.internal/x",
		"a default password in a URL":       "postgres://postgres:postgres@db.internal/x",
		"a URL of an example host":          "https://user:" + mixed(12) + "@example.com/",
		"a port":                            "http://localhost:8080/a@b",
		"a placeholder":                     `api_key = "your-api-key-1234567890"`,
		"words":                             `secret: "the-quick-brown-fox-2"`,
		"a message":                         `password: "must be at least 12 characters"`,
		"a path":                            `token = "/var/run/secrets/kubernetes.io/token1"`,
		"a selector":                        `token = response.data.accessToken2.value`,
		"a call":                            `token = generateToken32(userID99x)`,
		"an integrity":                      `integrity: "sha512-` + mixed(60) + `"`,
		"a hash given to no secret's name":  `checksum = "` + mixed(40) + `"`,
		"an assembly's public key":          "PublicKeyToken=" + draw(1, 16, hex),
		"an armour line in a parser":        `strings.Contains(s, "` + begin + `")`,
		"an armour line in prose":           "The file begins with " + begin + " and ends with",
		"a public key":                      "-----BEGIN PUBLIC KEY-----\n" + draw(1, 64, alnum) + "\n-----END PUBLIC KEY-----",
		"an identifier with a prefix in it": "risk-management-and-other-long-words-that-go-on",
		"a type annotation":                 "function f(password: string, token: AuthToken2Interface)",
		"nothing":                           "",
	} {
		t.Run(name, func(t *testing.T) {
			masked, n := Mask(text)
			assert.Zero(t, n)
			assert.Equal(t, text, masked)
		})
	}
}

func TestOverlappingSecretsAreMaskedTogether(t *testing.T) {
	token := "ghp_" + draw(1, 36, alnum)
	for _, text := range []string{
		`auth_token = "` + token + `"`,
		"https://bot:" + token + "@git.internal/x",
	} {
		masked, n := Mask(text)
		assert.Equal(t, 1, n)
		assert.NotContains(t, masked, token[4:])
		assert.Contains(t, masked, "GitHub personal access token masked")
	}
}

// Each text repeats what makes a naive search start over; the rate must not fall with the text's length.
func BenchmarkHostileText(b *testing.B) {
	for _, part := range []string{
		"sk-", "eyJ", "eyJ.", "://", "://a:", "-----BEGIN ", "-----BEGIN A PRIVATE" + " KEY-----", "password=", "password=\"", "T3Blbk" + "FJ", "Bearer ", "token:",
		"AKIA", "glpat-", "a", "=", "A1b", "\xff",
	} {
		for _, size := range []int{1 << 16, 1 << 20} {
			text := strings.Repeat(part, size/len(part))
			b.Run(fmt.Sprintf("%q/%d", part, size), func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					Mask(text)
				}
			})
		}
	}
}

func FuzzMask(f *testing.F) {
	f.Add("password = \"" + mixed(20) + "\"")
	f.Add("-----BEGIN X PRIVATE" + " KEY-----\n" + draw(1, 70, alnum))
	f.Add("https://a:" + mixed(9) + "@h.internal")
	f.Add("eyJ" + draw(1, 20, alnum) + ".eyJ" + draw(2, 20, alnum) + "." + draw(3, 30, alnum))
	for _, x := range formats {
		f.Add(x.prefix + draw(2, x.least, x.chars))
	}
	f.Fuzz(func(t *testing.T, text string) {
		found := Find(text)
		at := 0
		for _, s := range found {
			require.True(t, at <= s.Start && s.Start < s.End && s.End <= len(text), "span %+v after %d of %d", s, at, len(text))
			require.NotEmpty(t, s.Kind)
			at = s.End
		}
		masked, n := Mask(text)
		require.Equal(t, len(found), n)
		require.Equal(t, strings.Count(text, "\n"), strings.Count(masked, "\n"))
		if utf8.ValidString(text) {
			require.True(t, utf8.ValidString(masked))
		}
	})
}

func BenchmarkMask(b *testing.B) {
	text := strings.Repeat("func (s *Server) Serve(l net.Listener) error { return s.serve(l, \"tcp\", map[string]int{\"a\": 1}) }\n", 1000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Mask(text)
	}
}

func ExampleMask() {
	masked, n := Mask(`db_password = "k7` + `Qz9-Vw3xR5"`)
	fmt.Println(n, masked)
	// Output: 1 db_password = "[password masked]"
}
