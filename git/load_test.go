package git

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestQuick(t *testing.T) {
	s := newScratch(t)
	s.commit("one", "a.go", "package a\n\nfunc A() {}\n", "AGENTS.md", "be kind\n")
	s.git("checkout", "-q", "-b", "topic")
	s.commit("two\n\nbody", "a.go", "package a\n\nfunc A() { panic(1) }\n", "sub/b.go", "package b\n")
	s.write("c.go", "package c\n")
	c, err := Load(testContext(t), s.dir, "", nil)
	require.NoError(t, err)
	t.Logf("%+v", c.Header)
	for _, f := range c.Files {
		t.Logf("%+v", f)
	}
	t.Logf("%+v", c.Guidance)
	bl, err := c.Blame(t.Context(), "a.go", 1, 3)
	t.Log(bl, err)
	lg, err := c.Log(t.Context(), "a.go", 3)
	t.Log(lg, err)
	require.NoError(t, c.Close())
	c, err = Load(testContext(t), s.dir, "", &Options{Worktree: true})
	require.NoError(t, err)
	t.Logf("%+v", c.Header)
	bl, err = c.Blame(t.Context(), "c.go", 1, 3)
	t.Log(bl, err)
	require.NoError(t, c.Close())
	require.NoError(t, c.Close())
	_, err = c.Tree.Open("a.go")
	t.Log(err)
}
