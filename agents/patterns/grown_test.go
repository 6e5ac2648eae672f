package patterns

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
)

func TestSwallowedErrors(t *testing.T) {
	drop := want("An error is caught and dropped")
	checkRule(t, "swallowed-error", []ruleCase{
		{"an empty Go branch", files(edit("x/a.go", "+\tif err != nil {\n+\t}")), drop},
		{"a Go branch with a reason", files(edit("x/a.go", "+\tif err != nil {\n+\t\t// it is only a hint\n+\t}")), nil},
		{"a Go branch that returns", files(edit("x/a.go", "+\tif err != nil {\n+\t\treturn err\n+\t}")), nil},
		{"an error that was checked", files(edit("x/a.go", "-\tf, err := os.Open(p)\n+\tf, _ := os.Open(p)")), want("An error that was checked is now discarded")},
		{"an error that never was", files(edit("x/a.go", "-\tf, _ := os.Open(p)\n+\tf, _ = os.Open(q)")), nil},
		{"a result that is not needed", files(edit("x/a.go", "+\t_, _ = fmt.Fprintln(w, x)")), nil},
		{"an empty catch on a line", files(edit("src/a.js", "+  try { x() } catch (e) {}")), drop},
		{"an empty catch after an attempt", files(edit("src/a.js", "+  try {\n+    return require('fast');\n+  } catch {}")), nil},
		{"a promise of what sends", files(edit("src/a.js", "+  client.send(message).catch(() => {});")), drop},
		{"a promise that is only marked as seen", files(edit("src/a.js", "+  waiting.catch(() => {});")), nil},
		{"an empty catch over lines", files(edit("src/A.java", "+    } catch (IOException e) {\n+    }")), drop},
		{"a catch whose name says so", files(edit("src/a.js", "+  try { x() } catch (ignored) {}\n+  try { y() } catch {}\n+  try { z() } catch (_) {}")), nil},
		{"a catch with a reason", files(edit("src/a.js", "+  try { x() } catch (e) { /* not there is fine */ }")), nil},
		{"a promise's empty catch", files(edit("src/a.ts", "+  save().catch(() => {})")), drop},
		{"an empty catch under a comment for the linter", files(edit("src/a.js", "+  try {\n+    x()\n+    // eslint-disable-next-line no-empty\n+  } catch (e) {}")), nil},
		{"a promise of what ends the work", files(edit("src/a.js", "+  connection.close().catch(function (err) {});")), nil},
		{"a bare except", files(edit("src/a.py", "+    except:\n+        pass")), drop},
		{"an except of one kind", files(edit("src/a.py", "+    except KeyError:\n+        pass")), nil},
		{"Ruby's rescue nil", files(edit("lib/a.rb", "+  x = load(y) rescue nil")), drop},
		{"in a test", files(edit("x/a_test.go", "+\tif err != nil {\n+\t}")), nil},
	})
}

func TestContextsDropped(t *testing.T) {
	title := want("A function that is given a context makes another")
	section := edit("x/a.go", "+\treturn s.run(context.Background())")
	section.Hunks[0].Section = "func (s *S) Run(ctx context.Context) error {"
	checkRule(t, "context-dropped", []ruleCase{
		{"in a function that the hunk shows", files(edit("x/a.go", " func Run(ctx context.Context) error {\n+\treturn run(context.TODO())")), title},
		{"in a function that its section names", files(section), title},
		{"under a comment that says why", files(edit("x/a.go", " func Run(ctx context.Context) error {\n+\t// The caller's has ended.\n+\treturn stop(context.Background())")), nil},
		{"in a function without one", files(edit("x/a.go", " func Run() error {\n+\treturn run(context.Background())")), nil},
		{"after the function", files(edit("x/a.go", " func Run(ctx context.Context) error {\n }\n+var x = context.Background()")), nil},
		{"where none was given", files(edit("x/a.go", " func Run(ctx context.Context) error {\n+\tif ctx == nil { ctx = context.Background() }")), nil},
		{"in a test", files(edit("x/a_test.go", " func run(ctx context.Context) error {\n+\treturn run(context.TODO())")), nil},
	})
}

func TestDependencyPins(t *testing.T) {
	pkg := func(deps string) map[string]string {
		return map[string]string{"package.json": "{\n  \"dependencies\": {\n" + deps + "\n  }\n}\n"}
	}
	checkRule(t, "dependency-pin", []ruleCase{
		{"a folder outside", files(edit("go.mod", "+replace example.com/a => ../a")), want("Module example.com/a is replaced by a folder outside of the repository")},
		{"a folder inside", files(edit("x/go.mod", "+replace example.com/a => ../a")), nil},
		{"another module", files(edit("go.mod", "+\texample.com/a v1.0.0 => example.org/fork v1.0.1")), want("Module example.com/a is replaced by example.org/fork")},
		{"a replacement with a new version", files(edit("go.mod", "-replace example.com/a => example.org/fork v1.0.0\n+replace example.com/a => example.org/fork v1.0.1")), nil},
		{"a step back", files(edit("go.mod", "-\texample.com/a v1.10.0\n+\texample.com/a v1.9.0")), want("Dependency example.com/a goes back from v1.10.0 to v1.9.0")},
		{"a step back of what is not imported", files(edit("go.mod", "-\texample.com/a v1.10.0\n+\texample.com/a v1.9.0 // indirect")), nil},
		{"a step forward", files(edit("go.mod", "-\texample.com/a v1.9.0\n+\texample.com/a v1.10.0")), nil},
		{"from a release candidate to the release", files(edit("go.mod", "-\texample.com/a v1.9.0-rc.1\n+\texample.com/a v1.9.0")), nil},
		{"to a bare commit", files(edit("go.mod", "-\texample.com/a v1.9.0\n+\texample.com/a v1.9.1-0.20240102030405-0123456789ab")), want("Dependency example.com/a moves from a release to a bare commit")},
		{"any version", files(edit("package.json", "@@ 1\n {\n   \"dependencies\": {\n+    \"a\": \"*\"\n   }")), want("Dependency a takes any version")},
		{"a git address", files(edit("package.json", "@@ 1\n {\n   \"dependencies\": {\n+    \"a\": \"github:x/a#main\"\n   }")), want("Dependency a comes from outside of the registry")},
		{"another version from the same address", files(edit("package.json", "@@ 1\n {\n   \"dependencies\": {\n-    \"a\": \"x/a#v1.0.0\"\n+    \"a\": \"x/a#v1.1.0\"\n   }")), nil},
		{"a section that the tree shows", withTrees(files(edit("package.json", "@@ 3\n+    \"a\": \"latest\"")), nil, pkg(`    "a": "latest"`)), want("Dependency a takes any version")},
		{"an address below a list", withTrees(files(edit("package.json", "@@ 6\n+  \"homepage\": \"https://example.com/a\"")), nil, map[string]string{"package.json": "{\n  \"name\": \"x\",\n  \"dependencies\": {\n    \"b\": \"^1.0.0\"\n  },\n  \"homepage\": \"https://example.com/a\"\n}\n"}), nil},
		{"a star elsewhere", files(edit("package.json", "@@ 1\n {\n   \"engines\": {\n+    \"node\": \"*\"\n   }")), nil},
		{"an ordinary range", files(edit("package.json", "@@ 1\n {\n   \"dependencies\": {\n+    \"a\": \"^1.0.0\"\n   }")), nil},
		{"a Python pin that goes", files(edit("requirements.txt", "-requests==2.31.0\n+requests>=2")), want("Dependency requests is no longer pinned")},
		{"a Python pin that moves", files(edit("requirements.txt", "-requests==2.31.0\n+requests==2.32.0")), nil},
		{"Cargo's star", files(edit("Cargo.toml", "+serde = \"*\"")), want("Dependency serde takes any version")},
		{"Cargo's branch", files(edit("Cargo.toml", "+serde = { git = \"https://example.com/serde\" }")), want("Dependency serde follows a branch or tag")},
		{"Cargo's commit", files(edit("Cargo.toml", "+serde = { git = \"https://example.com/serde\", rev = \"0123abc\" }")), nil},
		{"an image at its latest", files(edit("Dockerfile", "+FROM alpine:latest")), want("Image alpine is taken at its latest")},
		{"an image without its digest", files(edit("Dockerfile", "-FROM alpine:3.19@sha256:00\n+FROM alpine:3.19")), want("Image alpine is no longer pinned by its digest")},
		{"an image of one's own", files(edit("Dockerfile", "+FROM project-tools")), nil},
		{"a stage", files(edit("Dockerfile", "+FROM golang:1.22 AS build\n+FROM build\n+FROM scratch\n+FROM ${BASE}")), nil},
	})
	checkRule(t, "install-script", []ruleCase{
		{"a new one", files(edit("package.json", "+    \"postinstall\": \"node x.js\",")), want("The package runs a postinstall script")},
		{"one that changes", files(edit("package.json", "-    \"postinstall\": \"node x.js\",\n+    \"postinstall\": \"node y.js\",")), nil},
		{"a dependency called install", files(edit("package.json", "@@ 1\n {\n   \"dependencies\": {\n+    \"install\": \"^0.13.0\"\n   }")), nil},
		{"another script", files(edit("package.json", "+    \"test\": \"node x.js\",")), nil},
	})
	checkRule(t, "minimum-raised", []ruleCase{
		{"Go", files(edit("go.mod", "-go 1.20\n+go 1.22.0")), want("Go 1.22 is needed now, 1.20 was enough before")},
		{"Node.js", files(edit("package.json", "-    \"node\": \">=16\"\n+    \"node\": \">= 18.3\"")), want("Node.js 18.3 is needed now, 16 was enough before")},
		{"Python", files(edit("pyproject.toml", "-requires-python = \">=3.8\"\n+requires-python = \">=3.10\"")), want("Python 3.10 is needed now, 3.8 was enough before")},
		{"lowered", files(edit("go.mod", "-go 1.22\n+go 1.20")), nil},
		{"the patch only", files(edit("go.mod", "-go 1.22.0\n+go 1.22.5")), nil},
	})
	entry := func(op, host string) string {
		return op + "      \"resolved\": \"" + host + "/a/-/a-1.0.0.tgz\",\n"
	}
	checkRule(t, "lock-source", []ruleCase{
		{"another host", files(edit("package-lock.json", entry("-", "https://packages.example.com")+entry("+", "https://other.example.net"))), want("A locked package comes from another host: other.example.net")},
		{"without encryption", files(edit("package-lock.json", entry("+", "http://packages.example.com"))), want("A locked package is fetched without encryption")},
		{"the same host", files(edit("package-lock.json", entry("-", "https://packages.example.com")+entry("+", "https://packages.example.com"))), nil},
		{"no other to compare with", files(add("package-lock.json", "      \"resolved\": \"https://packages.example.com/a.tgz\",")), nil},
	})
}

func TestLicencesLost(t *testing.T) {
	checkRule(t, "licence-lost", []ruleCase{
		{"a notice", files(edit("a.go", "@@ 1\n-// Copyright 2020 The Authors\n package a")), want("A file lost its licence notice")},
		{"an identifier", files(edit("a.c", "@@ 1\n-/* SPDX-License-Identifier: MIT */\n int x;")), want("A file lost its licence notice")},
		{"a new year", files(edit("a.go", "@@ 1\n-// Copyright 2020 The Authors\n+// Copyright 2024 The Authors")), nil},
		{"another notice stays", withTrees(files(edit("a.go", "@@ 1\n-// Copyright 2020 The Authors\n package a")), nil, map[string]string{"a.go": "// SPDX-License-Identifier: MIT\npackage a\n"}), nil},
		{"far from the top", files(edit("a.go", "@@ 90\n-// Copyright 2020 The Authors")), nil},
		{"a file that goes", files(remove("a.go", "// Copyright 2020 The Authors")), nil},
		{"the licence itself", files(remove("LICENSE", "MIT")), want("The licence was deleted")},
		{"the licence's name and breaks", files(edit("LICENSE", "@@ 1\n-The MIT License (MIT)\n-Permission is\n-granted to all\n-“our” copyright holders\n+Copyright (c) 2020 A\n+Permission is granted\n+to all \"our\" copyright holders")), nil},
		{"the licence's terms", files(edit("LICENSE", "-Permission is granted to all\n+Permission is sold to those who pay us well")), want("The licence's text changed")},
		{"the licence's year", files(edit("LICENSE", "-Copyright (c) 2020 A\n+Copyright (c) 2024 A")), nil},
	})
}

func TestMigrations(t *testing.T) {
	checkRule(t, "migration-edited", []ruleCase{
		{"one that is edited", files(edit("db/migrations/0001_init.sql", "+ALTER TABLE a ADD b int;")), want("A migration that was there before is edited")},
		{"one that is deleted", files(remove("app/migrations/0002_x.py", "x")), want("A migration that was there before is deleted")},
		{"one that gets another number", files(renamed("db/migrate/001_a.rb", edit("db/migrate/002_a.rb", "+x"))), want("A migration that was there before is renamed")},
		{"a comment in one", files(edit("db/migrations/0001_init.sql", "+-- the first one")), nil},
		{"a new one", files(add("db/migrations/0003_y.sql", "SELECT 1;")), nil},
		{"code beside them", files(edit("db/migrations/runner.go", "+x")), nil},
	})
	up := "db/migrations/0003_y.up.sql"
	destroys, null := "A migration drops or renames what may be in use", "A migration adds a column that rows without a value cannot have"
	checkRule(t, "migration-destructive", []ruleCase{
		{"a dropped table", files(add(up, "DROP TABLE users;")), want(destroys)},
		{"a dropped column", files(add(up, "ALTER TABLE users DROP COLUMN name;")), want(destroys)},
		{"every row", files(add(up, "DELETE FROM users;")), want(destroys)},
		{"some rows", files(add(up, "DELETE FROM users WHERE old;")), nil},
		{"a column without a value", files(add(up, "ALTER TABLE users ADD COLUMN age int NOT NULL;")), want(null)},
		{"a column with a default", files(add(up, "ALTER TABLE users ADD COLUMN age int NOT NULL DEFAULT 0;")), nil},
		{"the way back", files(add("db/migrations/0003_y.down.sql", "DROP TABLE users;")), nil},
		{"the way back in the same file", files(add("db/migrations/0003_y.sql", "CREATE TABLE a (b int);\n-- +goose Down\nDROP TABLE a;")), nil},
		{"a comment", files(add(up, "-- DROP TABLE users;")), nil},
		{"elsewhere", files(add("queries/x.sql", "DROP TABLE users;")), nil},
	})
	checkRule(t, "migration-permission", []ruleCase{
		{"all rights", files(add(up, "GRANT ALL PRIVILEGES ON a TO b;")), want("A migration grants more than a few rights")},
		{"everyone", files(add(up, "GRANT SELECT ON a TO PUBLIC;")), want("A migration grants more than a few rights")},
		{"an owner", files(add(up, "ALTER TABLE a OWNER TO b;")), want("A migration changes an owner")},
		{"row-level security", files(add(up, "ALTER TABLE a DISABLE ROW LEVEL SECURITY;")), want("A migration lifts row-level protection")},
		{"one right for one role", files(add(up, "GRANT SELECT ON a TO reader;")), nil},
	})
}

func TestChecksDisabled(t *testing.T) {
	off := want("A check is switched off as a whole")
	checkRule(t, "check-disabled", []ruleCase{
		{"nolint without a linter", files(edit("a.go", "+\tx() //nolint")), off},
		{"ESLint in a bundle", files(edit("pkg/a.js", "@@ 12000\n+// eslint-disable-next-line")), nil},
		{"nolint in a test", files(edit("a_test.go", "+\tx() //nolint")), nil},
		{"nolint with one", files(edit("a.go", "+\tx() //nolint:errcheck // it cannot fail")), nil},
		{"nolint spoken of in a comment", files(edit("a.go", "+// what //nolint means")), nil},
		{"ESLint as a whole", files(edit("a.js", "+/* eslint-disable */")), off},
		{"ESLint's one rule", files(edit("a.js", "+/* eslint-disable no-console */")), nil},
		{"TypeScript's check of a file", files(edit("a.ts", "+// @ts-nocheck")), off},
		{"Pylint as a whole", files(edit("a.py", "+# pylint: disable=all")), off},
		{"Pylint's one rule", files(edit("a.py", "+x = 1  # pylint: disable=invalid-name")), nil},
		{"all of Java's warnings", files(edit("A.java", "+@SuppressWarnings(\"all\")")), off},
		{"Rust's warnings", files(edit("src/a.rs", "+#![allow(warnings)]")), off},
		{"a step that may fail", files(edit(".github/workflows/ci.yml", "+        continue-on-error: true")), want("A step of the pipeline may now fail unseen")},
		{"a command that may fail", files(edit("ci.sh", "-go test ./...\n+go test ./... || true")), want("A command that had to succeed may now fail unseen")},
		{"a command that always might", files(edit("ci.sh", "+rm x || true")), nil},
		{"in a string", files(edit("a.go", "+\tx := \"//nolint\"")), nil},
		{"one that only moved", files(edit("a.go", "-\tx() //nolint\n+x() //nolint")), nil},
	})
	checkRule(t, "do-not-merge", []ruleCase{
		{"in capitals", files(edit("a.go", spell("+\t// DO NOT ", "MERGE: trial"))), want("A line says that it must not be merged")},
		{"before merging", files(edit("a.py", spell("+# remove this before ", "merging"))), want("A line says that it must not be merged")},
		{"where no comment is known", files(edit("a.cfg", spell("+; NO", "COMMIT"))), want("A line says that it must not be merged")},
		{"a sentence about merging", files(edit("a.go", "+\t// do not merge lists that overlap")), nil},
		{"in a string", files(edit("a.go", spell("+\tx := \"DO NOT ", "MERGE\""))), nil},
	})
}

func TestCommentedOut(t *testing.T) {
	title := want("Code was commented out")
	checkRule(t, "commented-out", []ruleCase{
		{"a call", files(edit("x/a.go", "-\tstart(server)\n+\t// start(server)")), title},
		{"an assertion of a test", files(edit("x/a_test.go", "-\trequire.NoError(t, err)\n+\t//require.NoError(t, err)")), title},
		{"Python", files(edit("a.py", "-    start(server)\n+    # start(server)")), title},
		{"the frame of a block", files(edit("x/a.go", "-\t} else {\n+\t//} else {")), nil},
		{"an example in a documentation comment", files(edit("src/a.js", "-    start(server);\n+/**\n+   * start(server);\n+ */")), nil},
		{"a comment that was one", files(edit("x/a.go", "-\t// start(server)\n+\t// start(server) again")), nil},
		{"prose", files(edit("x/a.go", "-\tstart(server)\n+\t// the server is started elsewhere")), nil},
	})
	fixed := want("A condition is always the same")
	checkRule(t, "constant-condition", []ruleCase{
		{"never in Go", files(edit("x/a.go", "+\tif false {")), fixed},
		{"or true in Go", files(edit("x/a.go", "+\tif debug || true {")), fixed},
		{"never in JavaScript", files(edit("src/a.js", "+  if (false) {")), fixed},
		{"and False in Python", files(edit("src/a.py", "+    if ready and False:")), fixed},
		{"a loop for ever", files(edit("src/a.js", "+  while (true) {")), nil},
		{"a default", files(edit("src/a.js", "+  f(x || true)")), nil},
		{"a comparison", files(edit("src/a.js", "+  if (x === false) {")), nil},
		{"in a test", files(edit("src/a.test.js", "+  if (false) {")), nil},
	})
}

func TestSecurity(t *testing.T) {
	tls := want("The other side's identity is not verified")
	checkRule(t, "tls-verification", []ruleCase{
		{"Go", files(edit("x/a.go", "+\tc := &tls.Config{InsecureSkipVerify: true}")), tls},
		{"Go where a user asks for it", files(edit("x/a.go", "+\tcase \"skip-verify\":\n+\t\tc = &tls.Config{InsecureSkipVerify: true}")), nil},
		{"Go where it was so before", files(edit("x/a.go", "-\tc.tls = &tls.Config{InsecureSkipVerify: true}\n+\tc.TLS = &tls.Config{InsecureSkipVerify: true}")), nil},
		{"Go by a setting", files(edit("x/a.go", "+\tc := &tls.Config{InsecureSkipVerify: cfg.Insecure}")), nil},
		{"Python", files(edit("src/a.py", "+    requests.get(u, verify=False)")), tls},
		{"Node.js", files(edit("src/a.js", "+  https.request({ rejectUnauthorized: false })")), tls},
		{"Node.js by the environment", files(edit("run.sh", "+export NODE_TLS_REJECT_UNAUTHORIZED=0")), tls},
		{"curl", files(edit("run.sh", "+curl -sk https://x.example/a")), tls},
		{"curl with another option", files(edit("run.sh", "+curl -sL https://x.example/a")), nil},
		{"SSH", files(edit("x/a.go", "+\tHostKeyCallback: ssh.InsecureIgnoreHostKey(),")), tls},
		{"in a test", files(edit("x/a_test.go", "+\tc := &tls.Config{InsecureSkipVerify: true}")), nil},
		{"in a comment", files(edit("x/a.go", "+\t// never set InsecureSkipVerify: true")), nil},
	})
	open := want("A file is made writable for everyone")
	checkRule(t, "world-writable", []ruleCase{
		{"a shell", files(edit("run.sh", "+chmod -R 777 data")), open},
		{"Go", files(edit("x/a.go", "+\tos.Chmod(p, 0o777)")), open},
		{"letters", files(edit("Dockerfile", "+RUN chmod a+w x")), open},
		{"what a tool wrote", files(edit("dist/a.js.map", "+{\"x\":\"chmod(p, 0o666)\"}")), nil},
		{"a folder under a mask", files(edit("x/a.go", "+\tos.MkdirAll(p, 0o777)")), nil},
		{"an ordinary mode", files(edit("run.sh", "+chmod 755 x")), nil},
	})
	coded := want("Encoded code is decoded and run")
	checkRule(t, "encoded-execution", []ruleCase{
		{"JavaScript", files(edit("src/a.js", spell("+  ev", "al(at", "ob(x))"))), coded},
		{"Python", files(edit("setup.py", spell("+ex", "ec(base64.b64decode(x))"))), coded},
		{"a shell", files(edit("run.sh", spell("+echo x | base64 -d |", " sh"))), coded},
		{"PHP", files(edit("a.php", spell("+ev", "al(gzinflate(base64_decode($x)));"))), coded},
		{"decoding alone", files(edit("src/a.js", "+  const x = atob(y)")), nil},
		{"a method called exec", files(edit("src/a.js", "+  re.exec(text)")), nil},
	})
	piped := want("A script is run straight from the network")
	checkRule(t, "piped-install", []ruleCase{
		{"a Dockerfile", files(edit("Dockerfile", "+RUN curl -fsSL https://x.example/i.sh | sh")), piped},
		{"a workflow", files(edit(".github/workflows/a.yml", "+      run: wget -qO- https://x.example/i | sudo bash")), piped},
		{"by substitution", files(edit("run.sh", "+bash <(curl -s https://x.example/i)")), piped},
		{"another version of it", files(edit("Dockerfile", "-RUN curl -fsSL https://x.example/1.sh | sh\n+RUN curl -fsSL https://x.example/2.sh | sh")), nil},
		{"through another tool", files(edit("run.sh", "+curl -s https://x.example/i | jq .")), nil},
		{"a page that tells how", files(edit("README.md", "+    curl https://x.example/i | sh")), nil},
	})
}

func TestWorkflowRisks(t *testing.T) {
	wf := ".github/workflows/ci.yml"
	sha := strings.Repeat("0123456789", 4)
	script := "Text that a stranger writes becomes part of a script"
	checkRule(t, "workflow-risk", []ruleCase{
		{"a title in a script", files(edit(wf, "+      - run: echo ${{ github.event.pull_request.title }}")), want(script)},
		{"a branch in a script over lines", files(edit(wf, "       - run: |\n           true\n+          git switch ${{ github.head_ref }}")), want(script)},
		{"handed over by the environment", files(edit(wf, "         env:\n+          TITLE: ${{ github.event.issue.title }}")), nil},
		{"a number in a script", files(edit(wf, "+      - run: echo ${{ github.event.pull_request.number }}")), nil},
		{"a trigger with secrets for a workflow that checks nothing out", files(edit(wf, "+on: pull_request_target")), nil},
		{"a trigger with secrets", files(edit(wf, "+on: pull_request_target\n       - uses: actions/checkout@v4")), want("A workflow runs with the repository's secrets on strangers' pull requests")},
		{"a check-out under such a trigger", files(edit(wf, " on: pull_request_target\n+          ref: ${{ github.event.pull_request.head.sha }}")), want("A workflow with secrets checks out a stranger's code")},
		{"a trigger and a check-out in one", files(edit(wf, "+on: pull_request_target\n+          ref: ${{ github.event.pull_request.head.sha }}")), want("A workflow with secrets checks out a stranger's code")},
		{"a check-out under another trigger", files(edit(wf, " on: pull_request\n+          ref: ${{ github.event.pull_request.head.sha }}")), nil},
		{"all rights", files(edit(wf, "+permissions: write-all")), want("A workflow may write everything")},
		{"a branch of an action", files(edit(wf, "+      - uses: x/y@main")), want("Action x/y follows a branch")},
		{"a pin that goes", files(edit(wf, "-      - uses: x/y@"+sha+"\n+      - uses: x/y@v2")), want("Action x/y is no longer pinned to a commit")},
		{"one without a pin among others", files(edit(wf, "       - uses: x/y@"+sha+"\n+      - uses: a/b@v2")), want("Action a/b is not pinned, others of the file are")},
		{"a project that pins nothing", files(edit(wf, "+      - uses: a/b@v2")), nil},
		{"another YAML file", files(edit("deploy/ci.yml", "+on: pull_request_target")), nil},
	})
}

func TestNamesAndEndings(t *testing.T) {
	checkRule(t, "stray-file", []ruleCase{
		{"a system's", files(binary("x/.DS_Store", deepreview.FileAdded)), want(".DS_Store does not belong into a repository")},
		{"a merge's", files(add("a.go.orig", "x")), want("a.go.orig does not belong into a repository")},
		{"one that goes", files(remove("a.go.orig", "x")), nil},
		{"a source file", files(add("a.go", "x")), nil},
	})
	checkRule(t, "path-portability", []ruleCase{
		{"case in the change", files(add("a/Readme.md", "x"), edit("a/README.md", "+x")), want("Readme.md and README.md differ in case only")},
		{"case in the tree", withTrees(files(add("a/Readme.md", "x")), nil, map[string]string{"a/Readme.md": "", "a/README.md": ""}), want("Readme.md and README.md differ in case only")},
		{"a device of Windows", files(add("src/aux.c", "x")), want(`Windows cannot hold a file called "aux.c"`)},
		{"a colon", files(add("a:b", "x")), want(`Windows cannot hold a file called "a:b"`)},
		{"an ordinary name", withTrees(files(add("src/auxiliary.c", "x")), nil, map[string]string{"src/auxiliary.c": ""}), nil},
		{"a rename in case alone", files(renamed("a/readme.md", edit("a/README.md", "+x"))), nil},
	})
	lines := []string{"a", "b", "c", "d", "e", "f"}
	with := func(op, end string) string {
		var b strings.Builder
		for _, l := range lines {
			b.WriteString(op + l + end + "\n")
		}
		return b.String()
	}
	checkRule(t, "line-endings", []ruleCase{
		{"all lines gain a return", files(edit("a.go", with("-", "")+with("+", "\r"))), want("Only the line endings of a file changed")},
		{"all lines lose it", files(edit("a.go", with("-", "\r")+with("+", ""))), want("Only the line endings of a file changed")},
		{"one line of another kind", files(edit("a.go", " x\n+y\r")), want("A file has both kinds of line ending now")},
		{"a file with returns", files(edit("a.go", " x\r\n+y\r")), nil},
		{"an ordinary change", files(edit("a.go", " x\n-y\n+z")), nil},
	})
}

func TestExportedRemovals(t *testing.T) {
	checkRule(t, "exported-removed", []ruleCase{
		{"a function", files(edit("x/a.go", "-func Parse(s string) error {")), want("Exported API removed: Parse")},
		{"a method", files(edit("x/a.go", "-func (p *Parser[T]) Next() bool {")), want("Exported API removed: Parser.Next")},
		{"a type that moved", files(edit("x/a.go", "-type Node struct {"), edit("x/b.go", "+type Node struct {")), nil},
		{"a function that became a variable", files(edit("x/a.go", "-func Parse(s string) error {\n+var Parse = parse")), nil},
		{"another file has it", withTrees(files(edit("x/a_linux.go", "-func Parse() {")), nil, map[string]string{"x/a_windows.go": "package x\nfunc Parse() {\n}\n"}), nil},
		{"another parameter", files(edit("x/a.go", "-func Parse(s string) error {\n+func Parse(s string, n int) error {")), want("Exported API changed in a way that callers notice: Parse")},
		{"another name of a parameter", files(edit("x/a.go", "-func Parse(s string, v interface{}) error {\n+func Parse(text string, value any) error {")), nil},
		{"a parameter that takes anything now", files(edit("x/a.go", "-func Set(key string, v int) {\n+func Set(key any, v int) {")), nil},
		{"a last parameter that may be given several times", files(edit("x/a.go", "-func (l *L) Log(m Module) {\n+func (l *L) Log(module ...Module) {")), nil},
		{"another name inside of a function's type", files(edit("x/a.go", "-func New(f func(a, b int) error) {\n+func New(g func(x int, y int) error) {")), nil},
		{"a first result", files(edit("x/a.go", "-func Set(v int) {\n+func Set(v int) (changed bool) {")), nil},
		{"a line of a generator's text", withTrees(files(edit("x/a.go", "@@ 4\n-func New() {")), map[string]string{"x/a.go": "package x\n\nconst text = `\nfunc New() {\n}`\n"}, map[string]string{"x/a.go": "package x\n\nconst text = `\n}`\n"}), nil},
		{"a type that is exported now", files(edit("x/a.go", "-func New(o ...option) option {\n+func New(o ...Option) Option {")), nil},
		{"another result", files(edit("x/a.go", "-func New() *T {\n+func New() (*T, error) {")), want("Exported API changed in a way that callers notice: New")},
		{"a method that an embedded type has", withTrees(files(edit("x/a.go", "-func (p *File) Expired() bool {")), nil, map[string]string{"x/a.go": "package x\n\ntype File struct {\n\tExpiry\n\n\tName string\n}\n\nfunc (e *Expiry) Expired() bool {\n"}), nil},
		{"a method that no embedded type has", withTrees(files(edit("x/a.go", "-func (p *File) Expired() bool {")), nil, map[string]string{"x/a.go": "package x\n\ntype File struct {\n\tExpiry\n}\n\nfunc (e *Expiry) Other() bool {\n"}), want("Exported API removed: File.Expired")},
		{"whole packages", withTrees(files(remove("x/a.go", "package x\nfunc A() {\n}"), remove("y/b.go", "package y\nfunc B() {\n}")), nil, map[string]string{"z/c.go": "package z\n"}), want("2 packages were removed: x, y")},
		{"a file that is built by hand only", files(remove("x/fuzz.go", "//go:build gofuzz\n\npackage x\n\nfunc Fuzz(data []byte) int {")), nil},
		{"one more that takes any number", files(edit("x/a.go", "-func New() *T {\n+func New(o ...Option) *T {")), nil},
		{"a method of an unexported type", files(edit("x/a.go", "-func (p *parser) Next() bool {")), nil},
		{"a private folder", files(edit("private/x/a.go", "-func Parse() {")), nil},
		{"a file that leaves an internal package", withTrees(files(renamed("internal/a.go", edit("x/a.go", "-func Parse() {"))), nil, map[string]string{"x/a.go": "package x\n"}), nil},
		{"many packages are one finding", files(edit("a/a.go", "-func A() {"), edit("b/b.go", "-func B() {"), edit("c/c.go", "-func C() {"), edit("d/d.go", "-func D() {")), want("Exported API removed in 4 packages")},
		{"the same for several systems", files(edit("x/a_linux.go", "-func Open() {\n+func Open(n int) {"), edit("x/a_darwin.go", "-func Open() {\n+func Open(n int) {")), want("Exported API changed in a way that callers notice: Open")},
		{"an internal package", files(edit("internal/x/a.go", "-func Parse() {")), nil},
		{"a program", files(edit("x/a.go", "@@ 1\n package main\n-func Parse() {")), nil},
		{"a test", files(edit("x/a_test.go", "-func Helper() {")), nil},
	})
}

func TestFunctionsGrown(t *testing.T) {
	fn := func(n int) map[string]string {
		return map[string]string{
			"x/a.go": "package x\n\nfunc (s *S) Run() {\n" + strings.Repeat("\tx()\n", n-2) + "}\n",
			"x/a.py": "class S:\n    def run(self):\n" + strings.Repeat("        x()\n", n-1) + "\nother = 1\n",
		}
	}
	grown := func(path string, from, to int) *deepreview.Change {
		f := edit(path, "+x")
		f.Added = to - from
		return withTrees(files(f), fn(from), fn(to))
	}
	checkRule(t, "function-grown", []ruleCase{
		{"Go", grown("x/a.go", 130, 170), want("S.Run grew from 130 lines to 170")},
		{"Python", grown("x/a.py", 130, 170), want("run grew from 130 lines to 170")},
		{"it was short", grown("x/a.go", 60, 110), nil},
		{"a little", grown("x/a.go", 130, 140), nil},
		{"a table of many lines", grown("x/a.go", 1000, 1100), nil},
		{"without trees", files(edit("x/a.go", strings.Repeat("+x\n", 50))), nil},
	})
}

func TestStaleWords(t *testing.T) {
	old := "func parseHeader(s string) {\n"
	tree := func(text string) *deepreview.Change {
		return withTrees(files(edit("x/a.go", "-"+old+"+func readHeader(s string) {")), nil, map[string]string{"x/a.go": "func readHeader(s string) {\n}\n", "x/b.go": text})
	}
	gone := want("A comment still speaks of parseHeader, which is gone")
	checkRule(t, "stale-comment", []ruleCase{
		{"in the hunk", files(edit("x/a.go", " // parseHeader reads the header.\n-"+old+"+func readHeader(s string) {")), gone},
		{"in a file beside it", tree("// See parseHeader.\nvar x int\n"), gone},
		{"a name of another package", withTrees(files(edit("x/a.go", "-"+old+"+func readHeader(s string) {"), edit("y/c.go", "+x")), nil, map[string]string{"x/a.go": "func readHeader(s string) {\n}\n", "y/c.go": "// parseHeader = a b\n"}), nil},
		{"code that still has the name", tree("// See parseHeader.\nvar x = t.parseHeader\n"), nil},
		{"a comment that follows", files(edit("x/a.go", "-// parseHeader reads the header.\n+// readHeader reads the header.\n-"+old+"+func readHeader(s string) {")), nil},
		{"a short name", files(edit("x/a.go", " // read reads.\n-func read() {\n+func load() {")), nil},
		{"a variable of a function", files(edit("x/a.js", " // the firstByte counts\n-  const firstByte = 1\n+  const second = 1")), nil},
	})
	docs := func(name, text string) *deepreview.Change {
		return withTrees(files(edit("x/a.go", "-"+old+"+func readHeader(s string) {")), nil, map[string]string{"x/a.go": "func readHeader(s string) {}\n", name: text})
	}
	checkRule(t, "stale-documentation", []ruleCase{
		{"a README", docs("README.md", "Call `parseHeader` first.\n"), want("README.md speaks of parseHeader, which is gone")},
		{"a change log", docs("CHANGELOG.md", "Added `parseHeader`.\n"), nil},
		{"another name", docs("README.md", "Call `readHeader` first.\n"), nil},
	})
	ref := func(name, text string) *deepreview.Change {
		return withTrees(files(remove("scripts/build.sh", "x")), nil, map[string]string{name: text})
	}
	checkRule(t, "deleted-referenced", []ruleCase{
		{"a Makefile", ref("Makefile", "all:\n\t./scripts/build.sh\n"), want("Makefile names scripts/build.sh, which is gone")},
		{"a page beside it", ref("scripts/README.md", "Run [it](./build.sh).\n"), want("README.md names scripts/build.sh, which is gone")},
		{"a page that names it whole", ref("docs/a.md", "Run [it](../scripts/build.sh).\n"), want("a.md names scripts/build.sh, which is gone")},
		{"a workflow", ref(".github/workflows/a.yml", "      run: bash scripts/build.sh\n"), want("a.yml names scripts/build.sh, which is gone")},
		{"a longer path", ref("Makefile", "\tother/scripts/build.sh\n"), nil},
		{"Node.js finds it by its extension", withTrees(files(remove("bin/tool", "x")), nil, map[string]string{"bin/tool.js": "", "package.json": "  \"test\": \"node ./bin/tool\""}), nil},
		{"it is still there", withTrees(files(remove("scripts/build.sh", "x")), nil, map[string]string{"scripts/build.sh": "", "Makefile": "scripts/build.sh"}), nil},
	})
}

func TestWeakenedTests(t *testing.T) {
	title := want("Assertions were taken out of a test that stays")
	checkRule(t, "weakened-test", []ruleCase{
		{"an assertion alone", files(edit("x/a_test.go", " \tx := f()\n-\trequire.Equal(t, 1, x)\n }")), title},
		{"a condition that fails the test", files(edit("x/a_test.go", " \tx := f()\n-\tif x != 1 {\n-\t\tt.Fatal(\"x\", x)\n-\t}\n }")), title},
		{"another in its place", files(edit("x/a_test.go", "-\trequire.Equal(t, 1, x)\n+\trequire.Equal(t, 2, x)")), nil},
		{"with what it was about", files(edit("x/a_test.go", "-\tx := f()\n-\trequire.Equal(t, 1, x)")), nil},
		{"of what is taken away", files(edit("x/a_test.go", "-\trequire.Equal(t, 1, s.stackMode)"), edit("x/a.go", "-\tstackMode int")), nil},
		{"with the call that it checked", files(edit("x/a_test.go", "-\tif err := f.get(\"/x\"); err != nil {\n-\t\tt.Fatal(err)\n-\t}")), nil},
		{"with its test", files(edit("x/a_test.go", "-func TestA(t *testing.T) {\n-\trequire.Equal(t, 1, f())\n-}")), nil},
		{"no test file", files(edit("x/a.go", "-\trequire.Equal(t, 1, x)")), nil},
	})
	checkRule(t, "home-path", []ruleCase{
		{"Linux", files(edit("x/a.go", "+\tp := \"/home/"+"fiona/data\"")), want("A path of one person's machine stands in the code")},
		{"Windows", files(edit("src/a.js", `+  const p = "C:\\Users\\`+`fiona\\data"`)), want("A path of one person's machine stands in the code")},
		{"a user of every machine", files(edit("Dockerfile", "+WORKDIR /home/"+"node/app")), nil},
		{"a route", files(edit("x/a.go", "+\tp := \"/api/home/"+"x/y\"")), nil},
		{"in a test", files(edit("x/a_test.go", "+\tp := \"/home/"+"fiona/data\"")), nil},
	})
	checkRule(t, "documented", []ruleCase{
		{"a page", files(edit("docs/a.md", "+x"), edit("a.go", "+x")), want("Documentation changed")},
		{"code alone", files(edit("a.go", "+x")), nil},
	})
}

func TestEveryRuleHasATableOfCases(t *testing.T) {
	var text string
	for _, name := range []string{"rules_test.go", "grown_test.go"} {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		text += string(data)
	}
	for _, r := range Rules() {
		assert.Contains(t, text, fmt.Sprintf("checkRule(t, %q,", r.ID))
	}
}
