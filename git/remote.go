package git

import (
	"net/url"
	"path"
	"strings"
	"unicode"
)

// origin is where a repository is from, without credentials.
type origin struct {
	// host and path make up the name for readers: "github.com" and "owner/name".
	host, path string
	// web is the host, with its port, that serves pages.
	web string
}

// parseRemote reads a remote's URL in any form that git takes: a URL, host:path as ssh has it, or a path. It keeps no
// user, password, query or fragment. A path on this machine has no host.
func parseRemote(remote string) (o origin, ok bool) {
	if remote == "" || strings.ContainsFunc(remote, unicode.IsControl) || strings.Contains(remote, "::") {
		return o, false // name::address is a helper's own language
	}
	if strings.Contains(remote, "://") {
		u, err := url.Parse(remote)
		if err != nil {
			return o, false
		}
		o.host, o.path = strings.ToLower(u.Hostname()), u.Path
		switch u.Scheme {
		case "http", "https":
			o.web = strings.ToLower(u.Host)
		case "ssh", "git", "git+ssh", "ssh+git":
			o.web = o.host
		default:
			o.host = ""
		}
	} else if before, after, found := strings.Cut(remote, ":"); found && !strings.ContainsAny(before, `/\`) && len(before) > 1 {
		// One letter before the colon is a drive.
		if first, _, _ := strings.Cut(after, "/"); strings.Contains(first, "@") {
			return o, false // user:password@host:path is no form that git takes, and shows a password
		}
		o.host = strings.ToLower(before[strings.LastIndexByte(before, '@')+1:])
		o.web, o.path = o.host, after
	} else {
		o.path = strings.ReplaceAll(remote, `\`, "/")
	}
	o.path = strings.Trim(path.Clean("/"+strings.TrimSuffix(strings.TrimRight(o.path, "/"), ".git")), "/")
	if o.host == "" {
		o = origin{path: o.path}
		if o.path == "" || o.name() == "" {
			return origin{}, false
		}
		return o, true
	}
	if strings.ContainsFunc(o.host, func(r rune) bool { return !hostRune(r) }) || o.path == "" {
		return origin{}, false
	}
	// Names under which forges answer ssh on the port of https.
	switch o.host {
	case "ssh.github.com", "altssh.gitlab.com", "altssh.bitbucket.org":
		_, o.host, _ = strings.Cut(o.host, ".")
		o.web = o.host
	}
	return o, true
}

func hostRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_'
}

// name is what a reader calls the repository. Of a path on this machine it is the last folder: the rest is nobody
// else's business.
func (o origin) name() string {
	if o.host == "" {
		return printable(path.Base(o.path), 200)
	}
	return printable(o.host+"/"+o.path, 400)
}

// links returns the templates for [deepreview.Header] of the forges whose links are known, which are told by their host's name.
func (o origin) links() (commit, file string) {
	if o.host == "" || strings.Contains(o.path, "%") {
		return "", ""
	}
	segments := strings.Split(o.path, "/")
	for i, s := range segments {
		segments[i] = url.PathEscape(s)
	}
	base := "https://" + o.web + "/" + strings.Join(segments, "/")
	is := func(hosts ...string) bool {
		for _, h := range hosts {
			// A company's own: github.example.com.
			if o.host == h || strings.HasPrefix(o.host, strings.TrimSuffix(h, path.Ext(h))+".") {
				return true
			}
		}
		return false
	}
	switch {
	case is("github.com") || strings.HasSuffix(o.host, ".ghe.com"):
		return base + "/commit/{commit}", base + "/blob/{commit}/{path}#L{start}-L{end}"
	case is("gitlab.com"):
		return base + "/-/commit/{commit}", base + "/-/blob/{commit}/{path}#L{start}-{end}"
	case is("gitea.com", "forgejo.org", "codeberg.org"):
		return base + "/commit/{commit}", base + "/src/commit/{commit}/{path}#L{start}-L{end}"
	case o.host == "bitbucket.org":
		return base + "/commits/{commit}", base + "/src/{commit}/{path}#lines-{start}:{end}"
	case is("bitbucket.org"):
		// Bitbucket Data Center serves pages under other paths than clones: /scm/KEY/name, or /scm/~user/name.
		n := len(segments) - 2
		if n < 0 {
			return "", ""
		}
		owner := "projects/" + segments[n]
		if user, ok := strings.CutPrefix(segments[n], "~"); ok {
			owner = "users/" + user
		}
		base = strings.TrimSuffix(strings.TrimSuffix(base, strings.Join(segments[n:], "/")), "scm/") + owner + "/repos/" + segments[n+1]
		return base + "/commits/{commit}", base + "/browse/{path}?at={commit}#{start}-{end}"
	}
	return "", ""
}
