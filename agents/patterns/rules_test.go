package patterns

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
)

// ruleCase is a change and the titles that one rule raises over it, none where want is empty.
type ruleCase struct {
	name   string
	change *deepreview.Change
	want   []string
}

// checkRule runs one rule alone over each case.
func checkRule(t *testing.T, id string, cases []ruleCase) {
	t.Helper()
	positive, negative := false, false
	for _, tc := range cases {
		positive = positive || len(tc.want) > 0
		negative = negative || len(tc.want) == 0
		t.Run(id+"/"+tc.name, func(t *testing.T) {
			rev, err := (&Reviewer{Only: []string{id}}).Review(t.Context(), tc.change)
			require.NoError(t, err)
			var got []string
			for _, f := range rev.Findings {
				assert.NoError(t, f.Validate())
				assert.Equal(t, id, f.Rule)
				got = append(got, f.Title)
			}
			for _, n := range rev.Notes {
				assert.NotEmpty(t, n.ID)
				got = append(got, n.Title)
			}
			slices.Sort(got)
			want := slices.Sorted(slices.Values(tc.want))
			assert.Equal(t, want, got)
		})
	}
	assert.True(t, positive && negative, "%s: a rule needs a case that it speaks at and one that it is silent at", id)
}

func want(titles ...string) []string { return titles }

// spell puts a text together at run time, so that this file does not hold what the rules look for.
func spell(parts ...string) string { return strings.Join(parts, "") }

func TestEveryRuleIsNamedAndExplained(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Rules() {
		assert.False(t, seen[r.ID], "%s twice", r.ID)
		seen[r.ID] = true
		assert.Regexp(t, `^[a-z]+(-[a-z]+)*$`, r.ID)
		assert.Regexp(t, `^[A-Z][^\n]{20,160}\.$`, r.Why, r.ID)
		assert.NotEmpty(t, r.Topic, r.ID)
		assert.True(t, (r.file == nil) != (r.change == nil), "%s has one check", r.ID)
		if r.Note == "" {
			assert.NotZero(t, r.Severity, r.ID)
			assert.NotEmpty(t, r.Category, r.ID)
		} else {
			assert.Zero(t, r.Severity, r.ID)
		}
	}
}

func TestConflictMarkers(t *testing.T) {
	ours, mid, theirs := strings.Repeat("<", 7)+" HEAD", strings.Repeat("=", 7), strings.Repeat(">", 7)+" branch"
	checkRule(t, "conflict-marker", []ruleCase{
		{"all three markers", files(edit("a.py", "+"+ours+"\n+x = 1\n+"+mid+"\n+x = 2\n+"+theirs)), want("Merge conflict markers were committed")},
		{"the opening one was taken out", files(edit("a.py", "+"+mid+"\n+x = 2\n+"+theirs)), want("Merge conflict markers were committed")},
		{"markers that are taken out", files(edit("a.py", "-"+ours+"\n x = 1\n-"+mid+"\n-x = 2\n-"+theirs)), nil},
		{"an underlined heading", files(edit("a.rst", "+Heading\n+"+mid)), nil},
		{"a marker alone in prose", files(edit("a.md", "+"+theirs)), nil},
		{"eight characters", files(edit("a.md", "+<"+ours+"\n+>"+theirs)), nil},
		{"a copy of other people's work", files(edit("vendor/a/a.go", "+"+ours+"\n+"+theirs)), nil},
	})
}

func TestTrojanSource(t *testing.T) {
	override, isolate, pop := "\u202e", "\u2066", "\u2069"
	checkRule(t, "trojan-source", []ruleCase{
		{"an override in a comment", files(edit("a.go", "+\t// check "+override+"admin")), want("A hidden right-to-left override (U+202E) changes the order in which the line is shown")},
		{"balanced isolates in code", files(edit("a.js", "+x = '"+isolate+"a"+pop+"'")), want("A hidden left-to-right isolate (U+2066) changes the order in which the line is shown")},
		{"balanced isolates in a translation", files(edit("locales/he.json", "+\"x\": \""+isolate+"a"+pop+"\"")), nil},
		{"an override in a translation", files(edit("locales/he.json", "+\"x\": \""+override+"a\"")), want("A hidden right-to-left override (U+202E) changes the order in which the line is shown")},
		{"a zero width space in a name", files(edit("a.py", "+is_\u200badmin = True")), want("An invisible character stands in the code: zero width space (U+200B)")},
		{"a Hangul filler as a name", files(edit("a.js", "+const { a,\u3164 } = q")), want("An invisible character stands in the code: Hangul filler (U+3164)")},
		{"data in variation selectors", files(edit("a.js", "+eval(d('\U000e0101\U000e0102'))")), want("An invisible character stands in the code: U+E0101")},
		{"a soft hyphen between Latin letters", files(edit("a.go", "+x := \"pass\u00adword\"")), want("An invisible character stands in the code: soft hyphen (U+00AD)")},
		{"an emoji's joiner", files(edit("a.go", "+x := \"👩\u200d💻\"")), nil},
		{"a Persian word's non-joiner", files(edit("a.go", "+x := \"می\u200cخواهم\"")), nil},
		{"a byte order mark where the file begins", files(edit("a.cs", "@@ 1\n+\ufeffusing System;")), nil},
		{"a byte order mark elsewhere", files(edit("a.cs", "@@ 7\n+\ufeffusing System;")), want("An invisible character stands in the code: byte order mark (U+FEFF)")},
		{"a Cyrillic letter in a Latin name", files(edit("a.go", "+func isАdmin() bool {")), want(`The name "isАdmin" mixes alphabets that look alike`)},
		{"a name in Cyrillic", files(edit("a.py", "+сумма = 1")), nil},
		{"a Greek letter in a formula", files(edit("a.py", "+Δx = σ2 * λmax")), nil},
		{"a byte order mark in what a tool squeezed", files(edit("static/a.js", "+x=/\ufeff/;"+strings.Repeat("y();", minifiedLine))), nil},
		{"a Cyrillic letter in a string", files(edit("a.py", "+x = \"Аbc\"")), nil},
		{"one that goes away", files(edit("a.go", "-\t// check "+override+"admin")), nil},
		{"invalid UTF-8", files(edit("a.go", "+\xff\xfe\xe2\x80")), nil},
	})
}

func TestSecrets(t *testing.T) {
	token := spell("gh", "p_", "a1B2c3D4e5F6g7H8i9", "J0k1L2m3N4o5P6q7R8")
	value := spell("k7Qz9Vw3", "xR5mT8pL2nB6")
	key := spell("-----BEGIN RSA PRIVATE", " KEY-----\n+", strings.Repeat("MIIEabcDEF0123xyz+/", 3), "\n+", strings.Repeat("QWERTZuiop4567890", 3), "\n+-----END RSA PRIVATE", " KEY-----")
	checkRule(t, "secret", []ruleCase{
		{"a token", files(edit("a.go", "+x := \""+token+"\"")), want("Likely secret: GitHub personal access token")},
		{"a token in a test", files(edit("a_test.go", "+x := \""+token+"\"")), want("Likely secret: GitHub personal access token")},
		{"a value given to a secret's name", files(edit("a.yml", "+api_key: \""+value+"\"")), want("Likely secret: API key")},
		{"such a value in a test", files(edit("a_test.go", "+api_key := \""+value+"\"")), nil},
		{"a private key", files(edit("deploy/key.txt.go", "+"+key)), want("Likely secret: private key")},
		{"a password of one's own machine", files(edit("a.js", "+x = 'postgres://app:"+value+"@localhost:5432/a'")), nil},
		{"a password of another machine", files(edit("a.js", "+x = 'postgres://app:"+value+"@db.acme-shop.io/a'")), want("Likely secret: password in a URL")},
		{"a private key of a test", files(edit("testdata/server.key", "+"+key)), nil},
		{"a secret that goes away", files(edit("a.go", "-x := \""+token+"\"")), nil},
		{"a secret that was there", files(edit("a.go", " x := \""+token+"\"\n+y := 1")), nil},
	})
	for name, c := range map[string]*deepreview.Change{
		"in a line": files(edit("a.go", "+x := \""+token+"\"")),
		"with other problems on the line": files(edit("a_test.js", "+it.only(\""+token+"\", f)"), edit("b.js", "+debugger; // "+token+"\n+console.log('"+token+"')"),
			mode(0, deepreview.ModeSymlink, add("l", "/x/"+token))),
		"in a commit": {Header: deepreview.Header{Commits: []deepreview.Commit{{ID: "abc", Subject: "fixup! " + token, Body: token}, {ID: "abd", Subject: "WIP " + token}}}},
	} {
		t.Run("never said/"+name, func(t *testing.T) {
			rev, err := new(Reviewer).Review(t.Context(), c)
			require.NoError(t, err)
			require.NotZero(t, len(rev.Findings)+len(rev.Notes))
			assert.NotContains(t, dump(rev), token)
			assert.NotContains(t, dump(rev), token[4:20])
		})
	}
}

func TestSecretFiles(t *testing.T) {
	checkRule(t, "secret-file", []ruleCase{
		{"an environment file", files(add("app/.env", "A=1")), want(".env was added")},
		{"a key store", files(binary("certs/server.p12", deepreview.FileAdded)), want("server.p12 was added")},
		{"an SSH key", files(add("deploy/id_ed25519", "x")), want("id_ed25519 was added")},
		{"an example of an environment", files(add(".env.example", "A=")), nil},
		{"an empty environment file", files(add(".env", "# nothing")), nil},
		{"one that changes", files(edit(".env", "+A=1")), nil},
		{"one of a test", files(add("testdata/.env", "A=1")), nil},
	})
}

func TestFocusedTests(t *testing.T) {
	title := want("A focused test keeps the others from running")
	checkRule(t, "focused-test", []ruleCase{
		{"it.only", files(edit("a.test.js", "+  it.only('works', () => {")), title},
		{"describe.only of a template", files(edit("a.spec.ts", "+describe.only(`works`, () => {")), title},
		{"fdescribe", files(edit("a.spec.ts", "+fdescribe('works', () => {")), title},
		{"test.describe.only", files(edit("e2e/a.ts", "+test.describe.only('works', () => {")), title},
		{"Ginkgo's FIt", files(edit("a_test.go", "+\tFIt(\"works\", func() {")), title},
		{"RSpec's focus", files(edit("spec/a_spec.rb", "+  it 'works', :focus do")), title},
		{"twice in a file is one finding", files(edit("a.test.js", "+it.only('a', f)\n+it.only('b', f)")), title},
		{"no test file", files(edit("a.js", "+  it.only('works', () => {")), nil},
		{"a comment", files(edit("a.test.js", "+// it.only('works', () => {")), nil},
		{"in a string", files(edit("a.test.js", "+const x = `\n+it.only('works')\n+`")), nil},
		{"a function called fit", files(edit("test/a.js", "+fit(model, data)")), nil},
		{"one that goes away", files(edit("a.test.js", "-  it.only('works', () => {")), nil},
	})
}

func TestSkippedTests(t *testing.T) {
	title := want("A test is switched off")
	checkRule(t, "skipped-test", []ruleCase{
		{"a Go test that begins with Skip", files(edit("a_test.go", " func TestA(t *testing.T) {\n+\tt.Skip(\"flaky\")\n \tx()")), title},
		{"a Go subtest", files(edit("a_test.go", "+\tt.Run(\"a\", func(t *testing.T) {\n+\t\tt.SkipNow()")), title},
		{"a new Go test with the reason above it", files(edit("x/a_test.go", "+// TestA measures by hand.\n+func TestA(t *testing.T) {\n+\tt.Skip()")), nil},
		{"a Go test skipped on a condition", files(edit("a_test.go", " func TestA(t *testing.T) {\n+\tif testing.Short() {\n+\t\tt.Skip(\"slow\")\n+\t}")), nil},
		{"xit", files(edit("a.test.js", "+xit('works', () => {")), title},
		{"test.skip with a name", files(edit("a.test.js", "+test.skip('works', () => {")), title},
		{"Playwright's test.skip with a condition", files(edit("a.spec.ts", "+test.skip(browserName === 'x', 'not there')")), nil},
		{"pytest's skip", files(edit("tests/test_a.py", "+@pytest.mark.skip(reason=\"flaky\")")), title},
		{"pytest's skipif", files(edit("tests/test_a.py", "+@pytest.mark.skipif(sys.platform == 'win32')")), nil},
		{"JUnit's Disabled", files(edit("src/test/java/ATest.java", "+    @Disabled(\"flaky\")")), title},
		{"JUnit's DisabledOnOs", files(edit("src/test/java/ATest.java", "+    @DisabledOnOs(WINDOWS)")), nil},
		{"Rust's ignore", files(edit("src/lib.rs", "+    #[ignore]")), title},
		{"xUnit's Skip", files(edit("ATests.cs", "+    [Fact(Skip = \"flaky\")]")), title},
		{"RSpec's xit", files(edit("spec/a_spec.rb", "+  xit 'works' do")), title},
		{"one that only moved", files(edit("a.test.js", "-  xit('works', () => {\n+xit('works', () => {")), nil},
		{"a comment", files(edit("a.test.js", "+// xit('works', () => {")), nil},
	})
}

func TestDebugLeftovers(t *testing.T) {
	stop, log, mark, out := "A debugger's call was left in", "console output in a file that had none", "A print left from debugging", "A package prints to standard output"
	checkRule(t, "debug-leftover", []ruleCase{
		{"debugger", files(edit("src/a.js", "+  debugger;")), want(stop)},
		{"a variable called debugger", files(edit("src/a.js", "+  const debugger2 = attach(debugger.port)")), nil},
		{"pdb", files(edit("src/a.py", "+    import pdb; pdb.set_trace()")), want(stop)},
		{"breakpoint in a test", files(edit("tests/test_a.py", "+    breakpoint()")), want(stop)},
		{"breakpoint in what a debugger's tests run", files(edit("_fixtures/a.go", "+\truntime.Breakpoint()")), nil},
		{"binding.pry", files(edit("app/a.rb", "+    binding.pry")), want(stop)},
		{"dbg!", files(edit("src/a.rs", "+    let x = dbg!(y);")), want(stop)},
		{"dbg! in a comment", files(edit("src/a.rs", "+    // let x = dbg!(y);")), nil},
		{"var_dump", files(edit("src/a.php", "+    var_dump($x);")), want(stop)},
		{"console.log in a library", files(edit("src/a.ts", " x()\n+  console.log(x)")), want(log)},
		{"console.log where there is another", files(edit("src/a.ts", " console.log(y)\n+  console.log(x)")), nil},
		{"console.log in a script", files(edit("scripts/a.ts", "+  console.log(x)")), nil},
		{"console.log in a test", files(edit("a.test.ts", "+  console.log(x)")), nil},
		{"console.log in a string", files(edit("src/a.ts", "+  const x = 'console.log(1)'")), nil},
		{"console.error", files(edit("src/a.ts", "+  console.error(x)")), nil},
		{"fmt.Println in a package", files(edit("x/a.go", "@@ 1\n package x\n+\tfmt.Println(y)")), want(out)},
		{"fmt.Println under a switch", files(edit("x/a.go", "@@ 1\n package x\n func f() {\n+\tif debug {\n+\t\tfor range y {\n+\t\t\tfmt.Println(y)")), nil},
		{"fmt.Println under another condition", files(edit("x/a.go", "@@ 1\n package x\n func f() {\n+\tif extract(y) == false {\n+\t\tfmt.Println(y)")), want(out)},
		{"fmt.Println after a switch", files(edit("x/a.go", "@@ 1\n package x\n func f() {\n+\tif debug {\n+\t\tg()\n+\t}\n+\tfmt.Println(y)")), want(out)},
		{"fmt.Println in a program", files(edit("x/a.go", "@@ 1\n package main\n+\tfmt.Println(y)")), nil},
		{"fmt.Println where the package is not to be seen", files(edit("x/a.go", "+\tfmt.Println(y)")), nil},
		{"fmt.Println in a package that the tree shows", withTrees(files(edit("x/a.go", "+\tfmt.Println(y)")), nil, map[string]string{"x/a.go": "package x\n"}), want(out)},
		{"fmt.Println where the base has one", withTrees(files(edit("x/a.go", "+\tfmt.Println(y)")), map[string]string{"x/a.go": "\tfmt.Println(1)\n"}, map[string]string{"x/a.go": "package x\n"}), nil},
		{"a mark", files(edit("src/a.py", "+    print(\"here\")")), want(mark)},
		{"a row of stars", files(edit("src/a.py", "+    print('*****')")), want(mark)},
		{"Python's self-documenting expression", files(edit("src/a.py", "+    print(f\"{x=}\")")), want(mark)},
		{"a sentence that begins with here", files(edit("src/a.py", "+    print(\"Here is the list of users\")")), nil},
		{"a mark in an example", files(edit("examples/a.py", "+    print(\"here\")")), nil},
		{"one that goes away", files(edit("src/a.js", "-  debugger;")), nil},
		{"one that only moved", files(edit("src/a.js", "-  debugger;\n+    debugger;")), nil},
	})
}

func TestDeletedTests(t *testing.T) {
	one := "1 test was deleted while the code stays"
	checkRule(t, "deleted-test", []ruleCase{
		{"a function of a file", files(edit("x/a_test.go", "-func TestA(t *testing.T) {\n-}")), want(one)},
		{"a whole file whose code is in the tree", withTrees(files(remove("x/a_test.go", "package x\nfunc TestA(t *testing.T) {\n}\nfunc TestB(t *testing.T) {\n}")), nil, map[string]string{"x/a.go": "package x"}), want("2 tests were deleted while the code stays")},
		{"many files are one finding", files(edit("x/a_test.go", "-func TestA(t *testing.T) {\n-}"), edit("x/b_test.go", "-func TestB(t *testing.T) {\n-}"), edit("x/c_test.go", "-func TestC(t *testing.T) {\n-}"), edit("x/d_test.go", "-func TestD(t *testing.T) {\n-}\n-func TestE(t *testing.T) {\n-}")), want("5 tests in 4 files were deleted while the code stays")},
		{"a whole file with its code", files(remove("x/a_test.go", "package x\nfunc TestA(t *testing.T) {\n}"), remove("x/a.go", "package x")), nil},
		{"a whole folder", files(remove("x/other_test.go", "func TestA(t *testing.T) {\n}"), remove("x/a.go", "package x")), nil},
		{"with the function it tests", files(edit("x/a_test.go", "-func TestParse(t *testing.T) {"), edit("x/a.go", "-func parse() {")), nil},
		{"a Go function of that name in no test file", files(edit("testhelp/a.go", "-func TestA(t *testing.T) {\n-}")), nil},
		{"a renamed test", files(edit("x/a_test.go", "-func TestA(t *testing.T) {\n+func TestNewName(t *testing.T) {")), nil},
		{"a moved test", files(edit("x/a_test.go", "-func TestA(t *testing.T) {"), edit("y/b_test.go", "+func TestA(t *testing.T) {")), nil},
		{"a JavaScript test", files(edit("src/a.test.js", "-  it('adds', () => {")), want(one)},
		{"a Python test", files(edit("tests/test_a.py", "-def test_adds():")), want(one)},
		{"a benchmark", files(edit("x/a_test.go", "-func BenchmarkA(b *testing.B) {")), nil},
		{"more come than go", files(edit("x/a_test.go", "-func TestA(t *testing.T) {\n+func TestC(t *testing.T) {\n+func TestD(t *testing.T) {")), nil},
	})
}

func TestModes(t *testing.T) {
	exe, reg := deepreview.ModeExecutable, deepreview.ModeRegular
	checkRule(t, "executable-bit", []ruleCase{
		{"a script that loses its bit", files(mode(exe, reg, edit("run", "@@ 1\n #!/bin/sh\n+x"))), want("A script is no longer executable")},
		{"a script as the tree shows", withTrees(files(mode(exe, reg, &deepreview.File{Path: "tool.py", Status: deepreview.FileModified})), nil, map[string]string{"tool.py": "#!/usr/bin/env python3\n"}), want("A script is no longer executable")},
		{"a source file that gains one", files(mode(reg, exe, edit("a.go", "+x"))), want("A file that is no program became executable")},
		{"a new source file with one", files(mode(0, exe, add("a.md", "x"))), want("A file that is no program became executable")},
		{"a command that npm makes executable", withTrees(files(mode(exe, reg, edit("bin/tool.js", "@@ 1\n #!/usr/bin/env node"))), nil, map[string]string{"bin/tool.js": "#!/usr/bin/env node\n", "package.json": "{\"bin\": \"./bin/tool.js\"}"}), nil},
		{"a script that gains one", files(mode(reg, exe, edit("a.sh", "@@ 1\n #!/bin/sh"))), nil},
		{"a source file that loses one", files(mode(exe, reg, edit("a.go", "@@ 1\n package a"))), nil},
		{"no change", files(mode(exe, exe, edit("a.go", "+x"))), nil},
	})
	link := deepreview.ModeSymlink
	checkRule(t, "symlink-target", []ruleCase{
		{"an absolute target", files(mode(0, link, add("a", "/etc/passwd"))), want("A symbolic link leaves the repository")},
		{"a target above the root", files(mode(0, link, add("x/a", "../../secret"))), want("A symbolic link leaves the repository")},
		{"a target in Windows' spelling", files(mode(0, link, add("a", `C:\x`))), want("A symbolic link leaves the repository")},
		{"git's own folder", files(mode(0, link, add("x/a", "../.git/config"))), want("A symbolic link leaves the repository")},
		{"a target inside", files(mode(0, link, add("x/a", "../b"))), nil},
		{"a regular file", files(mode(0, deepreview.ModeRegular, add("a", "/etc/passwd"))), nil},
	})
}

func TestBinariesAndHugeFiles(t *testing.T) {
	checkRule(t, "binary-file", []ruleCase{
		{"a library", files(binary("lib/x.dll", deepreview.FileAdded)), want("A program in binary form was added")},
		{"a program by its first bytes", withTrees(files(binary("bin/tool", deepreview.FileModified)), nil, map[string]string{"bin/tool": "\x7fELF\x02\x01"}), want("A program in binary form was modified")},
		{"compiled code that tests read", files(binary("x/testdata/a.o", deepreview.FileAdded)), nil},
		{"an object that tests read", withTrees(files(binary("x/testdata/a.elf", deepreview.FileAdded)), nil, map[string]string{"x/testdata/a.elf": "\x7fELF\x02\x01"}), nil},
		{"a program that tests run", withTrees(files(mode(0, deepreview.ModeExecutable, binary("x/testdata/a", deepreview.FileAdded))), nil, map[string]string{"x/testdata/a": "\x7fELF\x02\x01"}), want("A program in binary form was added")},
		{"a picture", files(binary("x.png", deepreview.FileAdded)), nil},
		{"one that goes", files(binary("x.dll", deepreview.FileDeleted)), nil},
		{"an unknown binary without a tree", files(binary("bin/tool", deepreview.FileAdded)), nil},
	})
	big := strings.Repeat("0123456789abcdef", 6<<16)
	checkRule(t, "huge-file", []ruleCase{
		{"an added file of the tree", withTrees(files(add("a.csv", "x")), nil, map[string]string{"a.csv": big}), want("A file of 6 MB was added")},
		{"an added file of the diff", files(add("a.csv", big)), want("A file of 6 MB was added")},
		{"one that was huge before", withTrees(files(edit("a.csv", "+x")), map[string]string{"a.csv": big}, map[string]string{"a.csv": big}), nil},
		{"a small one", files(add("a.csv", "x")), nil},
	})
}

func TestGeneratedEdits(t *testing.T) {
	title := want("A generated file was edited by hand")
	gen := "// Code generated by protoc-gen-go. DO NOT EDIT."
	checkRule(t, "generated-edited", []ruleCase{
		{"alone in the change", files(edit("a.pb.go", "@@ 1\n "+gen+"\n package a\n+var x int")), title},
		{"with its source", files(edit("a.go", "@@ 1\n // Code generated from a.tmpl. DO NOT EDIT.\n+var x int"), edit("a.tmpl", "+x")), nil},
		{"with other files, its source not among them", files(edit("a.go", "@@ 1\n // Code generated from a.tmpl. DO NOT EDIT.\n+var x int"), edit("b.go", "+x")), title},
		{"with other files, its source kept elsewhere", withTrees(files(edit("a.go", "@@ 1\n // Code generated from a.tmpl. DO NOT EDIT.\n+var x int"), edit("b.go", "+x")), nil, map[string]string{"a.go": "", "b.go": ""}), nil},
		{"with other files, its generator not among them", files(edit("a.go", "@@ 1\n // Code generated by tools/gen.py. DO NOT EDIT.\n+var x int"), edit("b.go", "+x")), nil},
		{"with other files that may be its source", files(edit("a.pb.go", "@@ 1\n "+gen+"\n+var x int"), edit("a.proto", "+x")), nil},
		{"a new version of the generator", files(edit("a.pb.go", "@@ 1\n-// \tprotoc v1\n+// \tprotoc v2\n "+gen+"\n+var x int")), nil},
		{"the header is in the tree", withTrees(files(edit("a.go", "@@ 200\n+var x int")), nil, map[string]string{"a.go": gen + "\npackage a\n"}), title},
		{"a new file", files(add("a.pb.go", gen+"\npackage a")), nil},
		{"a file about generated ones", files(edit("a.go", "@@ 1\n // Package a looks for the mark that generated files have.\n+x")), nil},
	})
}

func TestCommitNotes(t *testing.T) {
	type c = deepreview.Commit
	checkRule(t, "commit-message", []ruleCase{
		{"a fixup", commits(c{Subject: "fixup! add parser"}), want("A commit to be squashed is still there: aaaaaaa")},
		{"work in progress", commits(c{Subject: "WIP parser"}), want("A commit says that it is unfinished: aaaaaaa")},
		{"no subject", commits(c{}), want("A commit without a subject: aaaaaaa")},
		{"a word that says nothing", commits(c{Subject: "fixes"}), want("A subject that says nothing: aaaaaaa")},
		{"such a word with a body", commits(c{Subject: "Fix", Body: "The parser lost its last line."}), nil},
		{"very long", commits(c{Subject: strings.Repeat("long ", 30)}), want("A very long subject: aaaaaaa")},
		{"a bare revert", commits(c{Subject: `Revert "x"`, Body: "This reverts commit 0123456789abcdef."}), want("A revert without a reason: aaaaaaa")},
		{"a revert with a reason", commits(c{Subject: `Revert "x"`, Body: "This reverts commit 0123456789abcdef.\n\nIt broke the build."}), nil},
		{"an ordinary one", commits(c{Subject: "parser: keep the last line"}), nil},
		{"a word that begins like one", commits(c{Subject: "Temperature is read in Celsius"}), nil},
	})
	checkRule(t, "commit-series", []ruleCase{
		{"merges", commits(c{Subject: "Merge main", Parents: []string{"1", "2"}}), want("1 merge in the range")},
		{"many concerns", commits(c{Subject: "feat: a"}, c{Subject: "fix(x): b"}, c{Subject: "refactor!: c"}), want("Several concerns in one change")},
		{"one subject twice", commits(c{Subject: "Add a"}, c{Subject: "Add a"}), want("Commits with the same subject")},
		{"a feature with its fix", commits(c{Subject: "feat: a"}, c{Subject: "fix: a again"}, c{Subject: "docs: a"}), nil},
	})
}

func TestUntestedCode(t *testing.T) {
	code := strings.Repeat("+\tx = f(x)\n", 12)
	title := want("Code changed without a test")
	checkRule(t, "untested", []ruleCase{
		{"code alone", files(edit("x/a.go", code)), title},
		{"code with a test beside it", files(edit("x/a.go", code), edit("x/b_test.go", "+x")), nil},
		{"code with a test below it", files(edit("src/a.js", code), edit("src/__tests__/b.js", "+x")), nil},
		{"code with a test of its name elsewhere", files(edit("lib/parser.py", code), edit("tests/test_parser.py", "+x")), nil},
		{"a few lines", files(edit("x/a.go", "+x = 1")), nil},
		{"comments only", files(edit("x/a.go", strings.Repeat("+// why\n", 20))), nil},
		{"a generated file", files(edit("x/a.go", "@@ 1\n // Code generated by x. DO NOT EDIT.\n"+code)), nil},
		{"a program's flags", files(edit("cmd/x/main.go", code)), nil},
	})
}
