package github

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// Ref names a pull request.
type Ref struct {
	// Host is that of the web pages, "github.com"; empty where it was not given.
	Host string
	// Owner and Name are the repository's; both empty where only a number was given.
	Owner, Name string
	Number      int
}

// String returns "owner/name#234", or "#234".
func (r Ref) String() string {
	if r.Owner == "" {
		return "#" + strconv.Itoa(r.Number)
	}
	return r.Owner + "/" + r.Name + "#" + strconv.Itoa(r.Number)
}

// In returns r with the repository that it lacks; see [ParseRepository]. What r has stays.
func (r Ref) In(repository Ref) Ref {
	if r.Owner == "" {
		r.Host, r.Owner, r.Name = repository.Host, repository.Owner, repository.Name
	}
	return r
}

var (
	// What GitHub allows in names: letters, digits, hyphens; underscores in accounts that a company manages, and dots in repositories.
	ownerName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$`)
	repoName  = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,100}$`)
	hostName  = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?$`)
)

// ParseRef reads "234", "#234", "owner/name#234", "owner/name/pull/234", or the address of a pull request's page. The error
// wraps [ErrRef].
func ParseRef(s string) (Ref, error) {
	refuse := func(why string) (Ref, error) {
		return Ref{}, fmt.Errorf("%w: %.200q %s; write 234, owner/name#234 or the address of its page", ErrRef, s, why)
	}
	text := strings.TrimSpace(s)
	var r Ref
	if strings.Contains(text, "://") {
		u, err := url.Parse(text)
		if err != nil {
			return refuse("is no address")
		}
		switch {
		case u.Scheme != "https" && u.Scheme != "http":
			return refuse("is no address of a page")
		case u.User != nil:
			return refuse("has a name or a password in it")
		case !hostName.MatchString(u.Host):
			return refuse("has no host")
		}
		r.Host = strings.TrimPrefix(strings.ToLower(u.Host), "www.")
		text = strings.Trim(u.Path, "/")
	}
	number := text
	if repository, after, ok := strings.Cut(text, "#"); ok && r.Host == "" {
		number, text = after, repository
	} else if parts := strings.Split(text, "/"); len(parts) > 1 {
		// Pages below the pull request's, such as /files, name it, too.
		if len(parts) < 4 || (parts[2] != "pull" && parts[2] != "pulls") {
			return refuse("names no pull request")
		}
		number, text = parts[3], parts[0]+"/"+parts[1]
	} else {
		text = ""
	}
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || number[0] < '0' || number[0] > '9' {
		return refuse("has no number of a pull request")
	}
	r.Number = n
	if text == "" {
		if r.Host != "" {
			return refuse("names no repository")
		}
		return r, nil
	}
	owner, name, ok := strings.Cut(text, "/")
	if !ok || !validRepository(owner, name) {
		return refuse("names no repository")
	}
	r.Owner, r.Name = owner, name
	return r, nil
}

func validRepository(owner, name string) bool {
	return ownerName.MatchString(owner) && repoName.MatchString(name) && name != "." && name != ".."
}

// ParseRepository reads "owner/name", or a remote as git has it: "https://github.com/owner/name.git", "git@github.com:owner/name",
// "ssh://git@github.com/owner/name". Credentials in it are not kept. The error wraps [ErrRef].
func ParseRepository(s string) (Ref, error) {
	refuse := func() (Ref, error) {
		// The text is not quoted: a remote can hold a password.
		return Ref{}, fmt.Errorf("%w: the repository is neither owner/name nor a remote on a forge", ErrRef)
	}
	text := strings.TrimSpace(s)
	var r Ref
	if strings.Contains(text, "://") {
		u, err := url.Parse(text)
		if err != nil || !hostName.MatchString(u.Host) {
			return refuse()
		}
		switch u.Scheme {
		case "https", "http":
			r.Host = u.Host
		case "ssh", "git", "git+ssh", "ssh+git":
			r.Host = u.Hostname() // the port is ssh's, not that of the pages
		default:
			return refuse()
		}
		text = u.Path
	} else if before, after, ok := strings.Cut(text, ":"); ok {
		r.Host = before[strings.LastIndexByte(before, '@')+1:]
		if !hostName.MatchString(r.Host) || strings.Contains(before, "/") || len(r.Host) == 1 { // one letter is a drive
			return refuse()
		}
		text = after
	}
	if r.Host = strings.ToLower(r.Host); r.Host == "ssh.github.com" || r.Host == "www.github.com" {
		r.Host = "github.com"
	}
	owner, name, ok := strings.Cut(strings.Trim(text, "/"), "/")
	name = strings.TrimSuffix(name, ".git")
	if !ok || !validRepository(owner, name) {
		return refuse()
	}
	r.Owner, r.Name = owner, name
	return r, nil
}

// APIURL returns the [Client.BaseURL] for the host of a forge's pages: that of github.com for "github.com" and "", a company's own
// with data residency for a subdomain of ghe.com, else that of GitHub Enterprise Server.
func APIURL(host string) string {
	switch host = strings.ToLower(host); {
	case host == "" || host == "github.com":
		return defaultURL
	case strings.HasSuffix(host, ".ghe.com"):
		return "https://api." + host + "/"
	}
	return "https://" + host + "/api/v3/"
}

const defaultURL = "https://api.github.com/"

// webHost is the host of the pages that belong to an API's URL: the inverse of APIURL.
func webHost(api *url.URL) string {
	if strings.HasSuffix(api.Path, "/api/v3/") {
		return strings.ToLower(api.Host)
	}
	return strings.TrimPrefix(strings.ToLower(api.Host), "api.")
}
