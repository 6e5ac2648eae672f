package github_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview/github"
)

func TestAPullRequestIsNamedInManyWays(t *testing.T) {
	for text, want := range map[string]github.Ref{
		"234":                                  {Number: 234},
		" #234 ":                               {Number: 234},
		"octo/shop#7":                          {Owner: "octo", Name: "shop", Number: 7},
		"octo-1/a.b_c-d#7":                     {Owner: "octo-1", Name: "a.b_c-d", Number: 7},
		"octo/shop/pull/7":                     {Owner: "octo", Name: "shop", Number: 7},
		"https://github.com/octo/shop/pull/7":  {Host: "github.com", Owner: "octo", Name: "shop", Number: 7},
		"https://GitHub.com/octo/shop/pull/7/": {Host: "github.com", Owner: "octo", Name: "shop", Number: 7},
		"https://www.github.com/octo/shop/pull/7":                          {Host: "github.com", Owner: "octo", Name: "shop", Number: 7},
		"https://github.com/octo/shop/pull/7/files?w=1#diff-00":            {Host: "github.com", Owner: "octo", Name: "shop", Number: 7},
		"https://ghe.example.com:8443/octo/shop/pull/7#discussion_r123456": {Host: "ghe.example.com:8443", Owner: "octo", Name: "shop", Number: 7},
	} {
		got, err := github.ParseRef(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, got, text)
	}
}

func TestWhatNamesNoPullRequestIsAnError(t *testing.T) {
	for _, text := range []string{
		"", "#", "0", "-1", "+1", "1.5", "99999999999999999999", "main...HEAD", "octo/shop", "octo/shop#", "octo#7", "/shop#7", "octo/#7", "octo/..#7", "octo/.#7", "../..#7",
		"octo/sh op#7", "oc%2fto/shop#7", "octo/shop/issues/7", "octo/shop/pull/x", "https://github.com/octo/shop", "https://github.com/octo/shop/issues/7", "https://github.com/7",
		"ftp://github.com/octo/shop/pull/7", "https:///octo/shop/pull/7", "https://user:pw@github.com/octo/shop/pull/7", "https://github.com/octo/shop/pull/-7", "https://exa mple.com/o/s/pull/1", "octo/shop?x#7", "٧",
	} {
		_, err := github.ParseRef(text)
		assert.ErrorIs(t, err, github.ErrRef, text)
	}
}

func TestARepositoryIsReadFromARemote(t *testing.T) {
	shop := func(host string) github.Ref { return github.Ref{Host: host, Owner: "octo", Name: "shop"} }
	for text, want := range map[string]github.Ref{
		"octo/shop": shop(""), "https://github.com/octo/shop.git": shop("github.com"), "https://token@github.com/octo/shop": shop("github.com"),
		"git@github.com:octo/shop.git": shop("github.com"), "ssh://git@github.com/octo/shop.git": shop("github.com"), "ssh://git@ssh.github.com:443/octo/shop.git": shop("github.com"),
		"https://ghe.example.com:8443/octo/shop/": shop("ghe.example.com:8443"), "ssh://git@ghe.example.com:22/octo/shop": shop("ghe.example.com"),
	} {
		got, err := github.ParseRepository(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "shop", "/srv/git/shop.git", "file:///srv/git/shop.git", "https://github.com/octo", "C:/src/shop", "ext::sh -c x", "https://github.com/octo/shop/pull/7"} {
		_, err := github.ParseRepository(text)
		assert.ErrorIs(t, err, github.ErrRef, text)
	}
	_, err := github.ParseRepository("https://octo:secret-word@[bad/octo/shop")
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "secret-word")
}

func TestANumberAloneTakesTheRepositoryOfTheClone(t *testing.T) {
	clone := github.Ref{Host: "github.com", Owner: "octo", Name: "shop"}
	assert.Equal(t, github.Ref{Host: "github.com", Owner: "octo", Name: "shop", Number: 7}, github.Ref{Number: 7}.In(clone))
	other := github.Ref{Owner: "else", Name: "where", Number: 7}
	assert.Equal(t, other, other.In(clone))
}

func TestEachHostHasItsAPI(t *testing.T) {
	assert.Equal(t, "https://api.github.com/", github.APIURL(""))
	assert.Equal(t, "https://api.github.com/", github.APIURL("GitHub.com"))
	assert.Equal(t, "https://ghe.example.com/api/v3/", github.APIURL("ghe.example.com"))
	assert.Equal(t, "https://api.octo.ghe.com/", github.APIURL("octo.ghe.com"))
}

func FuzzParseRef(f *testing.F) {
	f.Add("octo/shop#7")
	f.Add("https://github.com/octo/shop/pull/7/files")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := github.ParseRef(text)
		if err != nil {
			return
		}
		if r.Number < 1 || (r.Owner == "") != (r.Name == "") {
			t.Fatalf("%q is read as %+v", text, r)
		}
		again, err := github.ParseRef(r.String())
		again.Host = r.Host
		if err != nil || again != r {
			t.Fatalf("%q is read as %+v, whose name is read as %+v, %v", text, r, again, err)
		}
	})
}

func FuzzParseRepository(f *testing.F) {
	f.Add("git@github.com:octo/shop.git")
	f.Fuzz(func(t *testing.T, text string) {
		if r, err := github.ParseRepository(text); err == nil {
			if _, err := github.ParseRef(github.Ref{Owner: r.Owner, Name: r.Name, Number: 1}.String()); err != nil {
				t.Fatalf("%q is read as %+v, which names nothing: %v", text, r, err)
			}
		}
	})
}
