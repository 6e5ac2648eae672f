package deepreview

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
)

func TestTheSymbolAroundALine(t *testing.T) {
	goFile := "package p\n\n// Put stores.\nfunc (s *Store[K]) Put() {\n\tx()\n}\n\ntype (\n\tKey string\n)\n\nfunc broken( {\n"
	python := "class Cache:\n    def get(self, key):\n        if key:\n            return self.d[key]\n\n    size = 3\n\nprint(1)\n"
	java := "public class Pool {\n  private final int n;\n\n  static Connection take(int id)\n  {\n    return all.get(id);\n  }\n}\n"
	ts := "export async function load(url: string) {\n  const r = await get(url);\n  return r;\n}\n"
	c := "int\nmain(void)\n{\n  return 0;\n}\nstatic char *name_of(struct x *x) {\n  return x->name;\n}\n"
	tree := fstest.MapFS{}
	for name, text := range map[string]string{"a.go": goFile, "a.py": python, "A.java": java, "a.ts": ts, "a.c": c} {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	s := newSources(&Change{Tree: tree})
	for name, tc := range map[string]struct {
		path string
		line int
		want string
	}{
		"a method of a generic type in Go": {"a.go", 5, "Store.Put"},
		"its doc comment belongs to it":    {"a.go", 3, "Store.Put"},
		"a type in a group":                {"a.go", 9, "Key"},
		"between declarations":             {"a.go", 2, ""},
		"a nested line of Python":          {"a.py", 4, "get"},
		"a class's own line":               {"a.py", 6, "Cache"},
		"top level":                        {"a.py", 8, ""},
		"a method in Java":                 {"A.java", 6, "take"},
		"a field in Java":                  {"A.java", 2, "Pool"},
		"a function in TypeScript":         {"a.ts", 3, "load"},
		"a function in C":                  {"a.c", 7, "name_of"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tc.want, s.symbol(Location{Path: tc.path, Start: tc.line}))
		})
	}
}

func TestWithoutTheFileTheHunkHeaderNamesTheSymbol(t *testing.T) {
	s := newSources(&Change{Files: []*File{{Path: "a.go", Status: FileModified, Hunks: []*Hunk{{
		OldStart: 80, OldLines: 1, NewStart: 80, NewLines: 2, Section: "func (s *Store) Get(key string) error {", Body: " \tx()\n+\ty()\n",
	}}}}})
	assert.Equal(t, "Get", s.symbol(Location{Path: "a.go", Start: 81}))
	assert.Equal(t, "", s.symbol(Location{Path: "a.go", Start: 300}))
	long := strings.Repeat("public ", 1000) + "void f("
	assert.Equal(t, "", definitionIn(long), "a line of any length is read in bounded time")
}
