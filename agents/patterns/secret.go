package patterns

import (
	"fmt"
	"path"
	"strings"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/internal/redact"
)

var secret = Rule{
	ID:       "secret",
	Why:      "A credential in a repository is known to everyone who can read it, for ever: history keeps it.",
	Severity: deepreview.SeverityCritical,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicSecurity,
	file:     secrets,
}

// secrets looks for likely secrets in added lines, hunk by hunk, since a private key has many lines.
func secrets(f *file, report func(hit)) {
	for start := 0; start < len(f.lines); {
		end := start
		var text strings.Builder
		var lines []line
		var begins []int
		for end < len(f.lines) && f.lines[end].hunk == f.lines[start].hunk && text.Len() < 8<<20 {
			if l := f.lines[end]; l.added() {
				begins = append(begins, text.Len())
				lines = append(lines, l)
				text.WriteString(l.text())
				text.WriteByte('\n')
			}
			end++
		}
		at := 0
		for _, s := range redact.Find(text.String()) {
			for at+1 < len(begins) && begins[at+1] <= s.Start {
				at++
			}
			if quietSecret(f, s) || s.Kind == "password in a URL" && localHost.MatchString(rest(text.String(), s.End)) {
				continue
			}
			h := on(f, lines[at], "Likely secret: "+s.Kind)
			h.detail = fmt.Sprintf("The line holds what looks like a real %s. Revoke it, take it out of the history, and read it from the environment or a secret store.", s.Kind)
			h.impact = "Whoever can read the repository, now or later, can use it."
			switch {
			case f.test || f.example || f.lang == langProse:
				h.severity = deepreview.SeverityImportant
			case !s.Known:
				h.severity = deepreview.SeverityImportant
			}
			report(h)
		}
		start = end
	}
}

// localHost matches what follows a password in a URL of one's own machine.
var localHost = compile(`^@?(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]|host\.docker\.internal)\b`)

func rest(text string, from int) string { return text[from:min(len(text), from+64)] }

// quietSecret reports whether a secret is one that stands there on purpose: keys made for a test, passwords of a test's
// database, hashes in what a tool wrote.
func quietSecret(f *file, s redact.Secret) bool {
	show := f.test || f.example || f.vendored || f.lang == langProse
	switch {
	case !s.Known:
		return show || f.built || f.generated != ""
	case s.Kind == "private key", s.Kind == "password in a URL", s.Kind == "JSON Web Token":
		return show
	}
	return false
}

var secretFile = Rule{
	ID:       "secret-file",
	Why:      "Files that hold keys or a machine's environment are not meant for a repository.",
	Severity: deepreview.SeverityImportant,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicSecurity,
	file:     secretFiles,
}

// secretFiles looks for added files that by their names hold secrets.
func secretFiles(f *file, report func(hit)) {
	if f.Status != deepreview.FileAdded || f.test || f.example || f.vendored {
		return
	}
	base := strings.ToLower(path.Base(f.Path))
	what := ""
	switch {
	case base == ".env", strings.HasPrefix(base, ".env.") && !publicEnv(base):
		for _, l := range f.lines {
			if l.added() && strings.Contains(l.Text, "=") && !strings.HasPrefix(strings.TrimSpace(l.Text), "#") {
				what = "an environment file, which tells a machine's settings and often its secrets"
			}
		}
	case base == "id_rsa", base == "id_dsa", base == "id_ecdsa", base == "id_ed25519":
		what = "an SSH private key"
	case base == ".netrc", base == "_netrc", base == ".pgpass", base == ".htpasswd", base == ".git-credentials":
		what = "a file of passwords"
	case strings.HasSuffix(base, ".p12"), strings.HasSuffix(base, ".pfx"), strings.HasSuffix(base, ".jks"), strings.HasSuffix(base, ".keystore"), strings.HasSuffix(base, ".kdbx"), strings.HasSuffix(base, ".ppk"):
		what = "a key store"
	}
	if what == "" || base == "debug.keystore" {
		return
	}
	report(hit{
		title:  fmt.Sprintf("%s was added", path.Base(f.Path)),
		detail: fmt.Sprintf("By its name it is %s. Take it out of the change and its history, and list it in the ignore file.", what),
		at:     []deepreview.Location{{Path: f.Path}},
	})
}

// publicEnv reports whether an environment file's name says that it holds no secrets.
func publicEnv(base string) bool {
	for _, w := range []string{"example", "sample", "template", "dist", "defaults", "test", "development", "ci", "schema", "vault"} {
		if strings.Contains(base, w) {
			return true
		}
	}
	return false
}
