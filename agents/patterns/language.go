package patterns

import (
	"path"
	"strings"
)

// language is the family of a file's text, as far as the rules tell languages apart.
type language string

const (
	langOther      language = ""
	langGo         language = "Go"
	langJavaScript language = "JavaScript" // TypeScript, JSX and Vue's scripts too
	langPython     language = "Python"
	langRuby       language = "Ruby"
	langRust       language = "Rust"
	langJava       language = "Java" // Kotlin, Scala and Groovy too
	langC          language = "C"    // C++ and Objective-C too
	langCSharp     language = "C#"
	langPHP        language = "PHP"
	langSwift      language = "Swift"
	langShell      language = "shell"
	langSQL        language = "SQL"
	langYAML       language = "YAML"
	langTOML       language = "TOML"
	langJSON       language = "JSON"
	langDocker     language = "Dockerfile"
	langMake       language = "Makefile"
	langMarkup     language = "markup" // HTML, XML, SVG
	langProse      language = "prose"  // Markdown, reStructuredText, plain text
)

// languageOf tells a file's language by its name.
func languageOf(name string) language {
	base := path.Base(name)
	switch {
	case base == "Dockerfile", base == "Containerfile", strings.HasPrefix(base, "Dockerfile."):
		return langDocker
	case base == "Makefile", base == "GNUmakefile", base == "makefile":
		return langMake
	case base == "Gemfile", base == "Rakefile":
		return langRuby
	}
	switch strings.ToLower(path.Ext(base)) {
	case ".go":
		return langGo
	case ".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts", ".vue", ".svelte":
		return langJavaScript
	case ".py", ".pyi":
		return langPython
	case ".rb", ".rake", ".gemspec":
		return langRuby
	case ".rs":
		return langRust
	case ".java", ".kt", ".kts", ".scala", ".groovy", ".gradle":
		return langJava
	case ".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".hh", ".m", ".mm":
		return langC
	case ".cs":
		return langCSharp
	case ".php":
		return langPHP
	case ".swift":
		return langSwift
	case ".sh", ".bash", ".zsh", ".ksh":
		return langShell
	case ".sql":
		return langSQL
	case ".yml", ".yaml":
		return langYAML
	case ".toml":
		return langTOML
	case ".json", ".json5", ".jsonc":
		return langJSON
	case ".mk":
		return langMake
	case ".dockerfile":
		return langDocker
	case ".html", ".htm", ".xml", ".svg", ".xhtml":
		return langMarkup
	case ".md", ".mdx", ".markdown", ".rst", ".txt", ".adoc", ".asciidoc", ".org", ".tex", ".1":
		return langProse
	}
	return langOther
}

// program reports whether a language is one that programs are written in.
func (l language) program() bool {
	switch l {
	case langGo, langJavaScript, langPython, langRuby, langRust, langJava, langC, langCSharp, langPHP, langSwift:
		return true
	}
	return false
}

// folders reports whether one of the folders that name lies in has one of the names, whatever their case.
func folders(name string, names ...string) bool {
	dir := strings.ToLower(path.Dir(name))
	for part := range strings.SplitSeq(dir, "/") {
		for _, n := range names {
			if part == n {
				return true
			}
		}
	}
	return false
}

// testFile reports whether a file is part of the tests: by the conventions of its language, or by its folder.
func testFile(name string) bool {
	base := strings.ToLower(path.Base(name))
	stem := strings.TrimSuffix(base, path.Ext(base))
	switch languageOf(name) {
	case langGo:
		if strings.HasSuffix(stem, "_test") {
			return true
		}
	case langPython:
		if strings.HasPrefix(stem, "test_") || strings.HasSuffix(stem, "_test") || stem == "conftest" {
			return true
		}
	case langJava, langCSharp, langSwift, langPHP:
		s := strings.TrimSuffix(path.Base(name), path.Ext(name))
		if strings.HasSuffix(s, "Test") || strings.HasSuffix(s, "Tests") || strings.HasSuffix(s, "Spec") || strings.HasSuffix(s, "IT") {
			return true
		}
	default:
		if strings.HasSuffix(stem, "_test") || strings.HasSuffix(stem, "_spec") {
			return true
		}
	}
	if strings.HasSuffix(stem, "_tests") || strings.Contains(base, ".test.") || strings.Contains(base, ".spec.") || strings.Contains(base, ".test-d.") || stem == "test" || stem == "tests" {
		return true
	}
	for part := range strings.SplitSeq(strings.ToLower(path.Dir(name)), "/") {
		if strings.HasPrefix(part, "test") && part != "testify" {
			return true // testutil, testcluster, testhelpers and the like
		}
	}
	if strings.Contains(stem, "testhelper") || strings.Contains(stem, "testutil") || strings.HasPrefix(stem, "mock_") {
		return true
	}
	return folders(name, "_test", "fake", "fakes", "mock", "mocks", "__tests__", "__mocks__", "__snapshots__", "spec", "specs", "e2e", "fixtures", "_fixtures", "__fixtures__", "integration", "cypress", "androidtest")
}

// exampleFile reports whether a file is there to show something.
func exampleFile(name string) bool {
	base := path.Base(name)
	return folders(name, "example", "examples", "_examples", "demo", "demos", "sample", "samples", "docs", "doc", "tutorial", "tutorials", "bench", "benchmark", "benchmarks") ||
		strings.Contains(base, ".example") || strings.Contains(base, ".sample") || strings.Contains(base, ".template") || strings.HasPrefix(base, "example_")
}

// vendored reports whether a file is a copy of other people's work.
func vendored(name string) bool {
	return folders(name, "vendor", "node_modules", "third_party", "thirdparty", "third-party", "external", "bower_components", "site-packages", "deps", "_vendor")
}

// builtFile reports whether a file's name says that a tool wrote it: bundles, minified files, lock files, maps.
func builtFile(name string) bool {
	base := strings.ToLower(path.Base(name))
	for _, end := range []string{".min.js", ".min.css", ".min.mjs", ".bundle.js", ".map", ".pb.go", ".pb.gw.go", "_pb2.py", "_pb.js", ".g.dart", ".snap", ".lock", ".umd.js", ".iife.js"} {
		if strings.HasSuffix(base, end) {
			return true
		}
	}
	switch base {
	case "package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "go.sum", "go.work.sum", "bun.lockb", "packages.lock.json", "gradle.lockfile":
		return true
	}
	return folders(name, "dist", "client-dist", "build", "out", "umd", "cjs", "esm", "lib-cov", "coverage", ".next", ".yarn")
}

// commandFile reports whether a file belongs to a program that talks to its user: printing is its work.
func commandFile(name string) bool {
	base := strings.ToLower(path.Base(name))
	stem := strings.TrimSuffix(base, path.Ext(base))
	switch stem {
	case "main", "cli", "index.cli", "gulpfile", "gruntfile", "rakefile", "setup", "__main__", "manage", "build":
		return true
	}
	return strings.HasPrefix(base, "main.") || strings.Contains(base, ".config.") ||
		folders(name, "cmd", "bin", "cli", "script", "scripts", "tool", "tools", "hack", "commands", "command", "devtools", ".github", "build", "ci", "contrib")
}
