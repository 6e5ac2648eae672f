package git

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestRemoteIsNamedWithoutItsSecrets(t *testing.T) {
	for _, c := range []struct{ remote, name, commit, file string }{
		{"https://github.com/ada/engine.git", "github.com/ada/engine", "https://github.com/ada/engine/commit/{commit}", "https://github.com/ada/engine/blob/{commit}/{path}#L{start}-L{end}"},
		{"https://ada:s3cret@github.com/ada/engine", "github.com/ada/engine", "https://github.com/ada/engine/commit/{commit}", "https://github.com/ada/engine/blob/{commit}/{path}#L{start}-L{end}"},
		{"https://s3cret@GitHub.com/ada/engine.git/?token=s3cret#s3cret", "github.com/ada/engine", "https://github.com/ada/engine/commit/{commit}", "https://github.com/ada/engine/blob/{commit}/{path}#L{start}-L{end}"},
		{"git@github.com:ada/engine.git", "github.com/ada/engine", "https://github.com/ada/engine/commit/{commit}", "https://github.com/ada/engine/blob/{commit}/{path}#L{start}-L{end}"},
		{"ssh://git@ssh.github.com:443/ada/engine.git", "github.com/ada/engine", "https://github.com/ada/engine/commit/{commit}", "https://github.com/ada/engine/blob/{commit}/{path}#L{start}-L{end}"},
		{"https://github.example.com:8443/ada/engine.git", "github.example.com/ada/engine", "https://github.example.com:8443/ada/engine/commit/{commit}", "https://github.example.com:8443/ada/engine/blob/{commit}/{path}#L{start}-L{end}"},
		{"git@gitlab.com:group/sub group/engine.git", "gitlab.com/group/sub group/engine", "https://gitlab.com/group/sub%20group/engine/-/commit/{commit}", "https://gitlab.com/group/sub%20group/engine/-/blob/{commit}/{path}#L{start}-{end}"},
		{"ssh://git@gitlab.example.com:2222/a/b.git", "gitlab.example.com/a/b", "https://gitlab.example.com/a/b/-/commit/{commit}", "https://gitlab.example.com/a/b/-/blob/{commit}/{path}#L{start}-{end}"},
		{"https://codeberg.org/a/b.git", "codeberg.org/a/b", "https://codeberg.org/a/b/commit/{commit}", "https://codeberg.org/a/b/src/commit/{commit}/{path}#L{start}-L{end}"},
		{"https://gitea.example.com/a/b.git", "gitea.example.com/a/b", "https://gitea.example.com/a/b/commit/{commit}", "https://gitea.example.com/a/b/src/commit/{commit}/{path}#L{start}-L{end}"},
		{"https://ada@bitbucket.org/a/b.git", "bitbucket.org/a/b", "https://bitbucket.org/a/b/commits/{commit}", "https://bitbucket.org/a/b/src/{commit}/{path}#lines-{start}:{end}"},
		{"https://bitbucket.example.com/scm/KEY/b.git", "bitbucket.example.com/scm/KEY/b", "https://bitbucket.example.com/projects/KEY/repos/b/commits/{commit}", "https://bitbucket.example.com/projects/KEY/repos/b/browse/{path}?at={commit}#{start}-{end}"},
		{"https://bitbucket.example.com/context/scm/~ada/b.git", "bitbucket.example.com/context/scm/~ada/b", "https://bitbucket.example.com/context/users/ada/repos/b/commits/{commit}", "https://bitbucket.example.com/context/users/ada/repos/b/browse/{path}?at={commit}#{start}-{end}"},
		{"ssh://git@bitbucket.example.com:7999/KEY/b.git", "bitbucket.example.com/KEY/b", "https://bitbucket.example.com/projects/KEY/repos/b/commits/{commit}", "https://bitbucket.example.com/projects/KEY/repos/b/browse/{path}?at={commit}#{start}-{end}"},
		{"https://bitbucket.example.com/b.git", "bitbucket.example.com/b", "", ""},
		{"git@bitbucket.org:a/b.git", "bitbucket.org/a/b", "https://bitbucket.org/a/b/commits/{commit}", "https://bitbucket.org/a/b/src/{commit}/{path}#lines-{start}:{end}"},
		{"ada:s3cret@github.com:ada/engine.git", "", "", ""},
		{"ssh://ada:s3cret@github.com/ada/engine.git", "github.com/ada/engine", "https://github.com/ada/engine/commit/{commit}", "https://github.com/ada/engine/blob/{commit}/{path}#L{start}-L{end}"},
		{"s3://s3cret:s3cret@bucket/ada/engine", "engine", "", ""},
		{"https://ada:s3%zzcret@github.com/ada/engine", "", "", ""},
		{"https://git.example.com/a/{commit}.git", "git.example.com/a/{commit}", "", ""},
		{"https://github.com/a/{commit}", "github.com/a/{commit}", "https://github.com/a/%7Bcommit%7D/commit/{commit}", "https://github.com/a/%7Bcommit%7D/blob/{commit}/{path}#L{start}-L{end}"},
		{"file:///home/ada/private/engine.git", "engine", "", ""},
		{"/home/ada/private/engine", "engine", "", ""},
		{"../engine.git", "engine", "", ""},
		{`C:\Users\ada\engine`, "engine", "", ""},
		{"https://github.com.evil.example/a/b", "github.com.evil.example/a/b", "https://github.com.evil.example/a/b/commit/{commit}", "https://github.com.evil.example/a/b/blob/{commit}/{path}#L{start}-L{end}"},
		{"https://github.com/../../a/b", "github.com/a/b", "https://github.com/a/b/commit/{commit}", "https://github.com/a/b/blob/{commit}/{path}#L{start}-L{end}"},
		{"ext::sh -c evil", "", "", ""},
		{"https://host\"><script>/a/b", "", "", ""},
		{"https://host/\x1b[2J", "", "", ""},
		{"https://github.com/", "", "", ""},
		{"", "", "", ""},
	} {
		t.Run(c.remote, func(t *testing.T) {
			o, ok := parseRemote(c.remote)
			assert.Equal(t, c.name != "", ok)
			if !ok {
				return
			}
			commit, file := o.links()
			assert.Equal(t, c.name, o.name())
			assert.Equal(t, c.commit, commit)
			assert.Equal(t, c.file, file)
			assert.NotContains(t, o.name()+commit+file, "s3cret")
		})
	}
}

func FuzzRemote(f *testing.F) {
	for _, s := range []string{"https://u:p@h/a/b.git", "git@h:a/b", "ssh://h:1/a", "C:\\x", "ext::x", "://", "a:b:c", "https://[::1]/x", " "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		o, ok := parseRemote(s)
		if !ok {
			assert.Zero(t, o)
			return
		}
		commit, file := o.links()
		if o.name() == "" {
			t.Errorf("%q has no name", s)
		}
		for _, link := range []string{commit, file} {
			if link != "" && (!strings.HasPrefix(link, "https://") || strings.Contains(link, "@h")) || strings.ContainsAny(link, "\x00\n\r\"<> ") {
				t.Errorf("%q becomes %q", s, link)
			}
		}
	})
}
