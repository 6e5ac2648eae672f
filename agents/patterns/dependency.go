package patterns

import (
	"cmp"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/deepreview-go/deepreview"
)

var dependencyPin = Rule{
	ID:       "dependency-pin",
	Why:      "A dependency that is replaced, lowered or no longer pinned builds something else than was reviewed.",
	Severity: deepreview.SeverityImportant,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicMaintenance,
	file:     dependencyPins,
}

func dependencyPins(f *file, report func(hit)) {
	if f.gone() || f.vendored || f.test {
		return
	}
	base := strings.ToLower(path.Base(f.Path))
	switch {
	case base == "go.mod":
		goModule(f, report)
	case base == "package.json" && !f.example:
		nodePackage(f, report)
	case strings.HasPrefix(base, "requirements") && strings.HasSuffix(base, ".txt"):
		pythonRequirements(f, report)
	case base == "cargo.toml":
		cargoManifest(f, report)
	case f.lang == langDocker:
		dockerBase(f, report)
	}
}

var goRequire = compile(`^\s*(?:require )?([\w.~/-]+) (v\d+\.\d+\.\d+\S*)`)
var goReplace = compile(`^\s*(?:replace )?(\S+)(?: v\S+)? => (\S+)(?: (v\S+))?`)
var pseudoVersion = compile(`[.-](?:0\.)?\d{14}-[0-9a-f]{12}(?:\+incompatible)?$`)

func goModule(f *file, report func(hit)) {
	before := map[string]string{}
	replaced := map[string]bool{}
	for _, l := range f.deleted() {
		if m := goReplace.FindStringSubmatch(l.text()); m != nil {
			replaced[m[1]+" "+m[2]] = true
		} else if m := goRequire.FindStringSubmatch(l.text()); m != nil {
			before[m[1]] = m[2]
		}
	}
	for _, l := range f.added() {
		if strings.HasPrefix(strings.TrimSpace(l.Text), "//") {
			continue
		}
		if m := goReplace.FindStringSubmatch(l.text()); m != nil {
			if replaced[m[1]+" "+m[2]] || f.example {
				continue
			}
			if strings.HasPrefix(m[2], ".") || strings.HasPrefix(m[2], "/") {
				if !outside(path.Join(f.dir(), m[2])) && !strings.HasPrefix(m[2], "/") {
					continue // another module of this repository
				}
				h := on(f, l, fmt.Sprintf("Module %s is replaced by a folder outside of the repository", m[1]))
				h.detail = fmt.Sprintf("`%s` is on nobody else's machine: the build fails there, and who depends on this module gets the replaced one after all.", m[2])
				report(h)
				continue
			}
			h := on(f, l, fmt.Sprintf("Module %s is replaced by %s", m[1], m[2]))
			h.detail = "A replacement holds for this module's own build only: whoever depends on it gets the original. Say what it is for and when it goes."
			h.severity = deepreview.SeveritySuggestion
			report(h)
			continue
		}
		m := goRequire.FindStringSubmatch(l.text())
		if m == nil || before[m[1]] == "" || strings.Contains(l.Text, "// indirect") {
			continue // what is not imported is lowered by tidying: then nothing asks for more
		}
		old := before[m[1]]
		switch {
		case compareVersions(m[2], old) < 0:
			h := on(f, l, fmt.Sprintf("Dependency %s goes back from %s to %s", m[1], old, m[2]))
			h.detail = "What was mended between the two versions is broken again. Say why, if it is meant."
			report(h)
		case pseudoVersion.MatchString(m[2]) && !pseudoVersion.MatchString(old):
			h := on(f, l, fmt.Sprintf("Dependency %s moves from a release to a bare commit", m[1]))
			h.detail = fmt.Sprintf("From %s to %s, which nobody has released.", old, m[2])
			h.severity = deepreview.SeveritySuggestion
			report(h)
		}
	}
}

// compareVersions orders two versions of Go modules by their numbers; those of a pre-release come before the release.
func compareVersions(a, b string) int {
	av, ap, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(a, "v"), "+incompatible"), "-")
	bv, bp, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(b, "v"), "+incompatible"), "-")
	as, bs := strings.Split(av, "."), strings.Split(bv, ".")
	for i := range min(len(as), len(bs)) {
		x, _ := strconv.Atoi(as[i])
		y, _ := strconv.Atoi(bs[i])
		if x != y {
			return cmp.Compare(x, y)
		}
	}
	switch {
	case ap == bp:
		return 0
	case ap == "":
		return 1
	case bp == "":
		return -1
	}
	// Pre-releases of one version: only the times in pseudo-versions are sure to be in order.
	if pseudoVersion.MatchString(a) && pseudoVersion.MatchString(b) {
		return cmp.Compare(ap, bp)
	}
	return 0
}

var jsonPair = compile(`^\s*"([^"]+)"\s*:\s*"([^"]*)"`)
var gitSpec = compile(`^(?:git(?:\+\w+)?:|git@|github:|gitlab:|bitbucket:|https?://|[\w-]+/[\w.-]+(?:#.*)?$)`)

func nodePackage(f *file, report func(hit)) {
	before := map[string]string{}
	for _, l := range f.deleted() {
		if m := jsonPair.FindStringSubmatch(l.text()); m != nil {
			before[m[1]] = m[2]
		}
	}
	for _, l := range f.added() {
		m := jsonPair.FindStringSubmatch(l.text())
		if m == nil || before[m[1]] == m[2] || gitSpec.MatchString(before[m[1]]) {
			continue
		}
		section := f.section(l)
		switch section {
		case "dependencies", "devDependencies", "optionalDependencies", "overrides", "resolutions":
		default:
			continue
		}
		name, spec := m[1], m[2]
		var h hit
		switch {
		case spec == "*" || spec == "" || spec == "latest" || spec == "x":
			h = on(f, l, fmt.Sprintf("Dependency %s takes any version", name))
			h.detail = fmt.Sprintf("%q is met by every version there will ever be, also by one that breaks or harms.", spec)
		case gitSpec.MatchString(spec):
			h = on(f, l, fmt.Sprintf("Dependency %s comes from outside of the registry", name))
			h.detail = fmt.Sprintf("`%s` is not what the registry publishes and checks; a branch or tag there can be moved at any time.", spec)
		case strings.HasPrefix(spec, "file:") && outside(path.Join(f.dir(), strings.TrimPrefix(spec, "file:"))), strings.HasPrefix(spec, "link:") && outside(path.Join(f.dir(), strings.TrimPrefix(spec, "link:"))):
			h = on(f, l, fmt.Sprintf("Dependency %s is a folder outside of the repository", name))
			h.detail = fmt.Sprintf("`%s` is on nobody else's machine.", spec)
		default:
			continue
		}
		if section == "devDependencies" {
			h.severity = deepreview.SeveritySuggestion // nobody who installs the package gets it
		}
		report(h)
	}
}

var objectKey = compile(`^\s*"([^"]*)"\s*:\s*\{\s*$`)

// section returns the key of the object of a package.json that a line lies in, "" where none is to be seen: the nearest that is
// open above it, in the whole file where it is known, else in the hunk.
func (f *file) section(l line) string {
	const aboveMost = 400
	var above []string // nearest last
	if head := f.whole(false); l.New > 0 && l.New <= len(head) {
		above = head[max(0, l.New-1-aboveMost) : l.New-1]
	} else {
		for _, x := range f.lines {
			if x.hunk == l.hunk && !x.deleted() && x.New < l.New {
				above = append(above, x.Text)
			}
		}
	}
	closed := 0
	for _, text := range slices.Backward(above) {
		text = strings.TrimSpace(text)
		if strings.HasPrefix(text, "}") {
			closed++
			continue
		}
		if !strings.HasSuffix(text, "{") {
			continue
		}
		if closed--; closed < 0 {
			if m := objectKey.FindStringSubmatch(text); m != nil {
				return m[1]
			}
			return ""
		}
	}
	return ""
}

var requirement = compile(`^\s*([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*(.*)$`)

func pythonRequirements(f *file, report func(hit)) {
	pinned := map[string]bool{}
	for _, l := range f.deleted() {
		if m := requirement.FindStringSubmatch(l.text()); m != nil && strings.HasPrefix(m[2], "==") {
			pinned[strings.ToLower(m[1])] = true
		}
	}
	for _, l := range f.added() {
		m := requirement.FindStringSubmatch(l.text())
		if m != nil && pinned[strings.ToLower(m[1])] && !strings.HasPrefix(m[2], "==") && !strings.HasPrefix(m[2], "@") {
			h := on(f, l, fmt.Sprintf("Dependency %s is no longer pinned", m[1]))
			h.detail = "It had one exact version; now every install may get another."
			h.severity = deepreview.SeveritySuggestion
			report(h)
		}
	}
}

var cargoGit = compile(`^\s*([\w-]+)\s*=\s*\{.*\bgit\s*=\s*"`)
var cargoAny = compile(`^\s*([\w-]+)\s*=\s*(?:"\*"|\{.*\bversion\s*=\s*"\*")`)

func cargoManifest(f *file, report func(hit)) {
	for _, l := range f.added() {
		if m := cargoAny.FindStringSubmatch(l.text()); m != nil {
			h := on(f, l, fmt.Sprintf("Dependency %s takes any version", m[1]))
			h.detail = "It is met by every version there will ever be, also by one that breaks or harms."
			report(h)
		} else if m := cargoGit.FindStringSubmatch(l.text()); m != nil && !strings.Contains(l.Text, "rev") {
			h := on(f, l, fmt.Sprintf("Dependency %s follows a branch or tag", m[1]))
			h.detail = "What it stands for can be moved; name the commit with `rev`."
			h.severity = deepreview.SeveritySuggestion
			report(h)
		}
	}
}

var dockerFrom = compile(`(?i)^\s*FROM\s+(?:--platform=\S+\s+)?(\S+)(?:\s+AS\s+(\S+))?\s*$`)

func dockerBase(f *file, report func(hit)) {
	stages, digests := map[string]bool{}, map[string]bool{}
	for _, l := range f.lines {
		m := dockerFrom.FindStringSubmatch(l.text())
		if m == nil {
			continue
		}
		image, digest, pinned := strings.Cut(m[1], "@")
		name, tag, tagged := strings.Cut(path.Base(image), ":")
		if l.deleted() && digest != "" {
			digests[name] = true
		}
		if l.added() && !stages[m[1]] && !strings.Contains(m[1], "$") && m[1] != "scratch" && !pinned {
			switch {
			case digests[name]:
				h := on(f, l, fmt.Sprintf("Image %s is no longer pinned by its digest", name))
				h.detail = "The same tag can be another image tomorrow."
				h.severity = deepreview.SeveritySuggestion
				report(h)
			case !tagged && image == name && strings.Contains(name, "-"):
				// Built on the spot by its looks: a registry's own images are called by one word.
			case !tagged || tag == "latest":
				h := on(f, l, fmt.Sprintf("Image %s is taken at its latest", name))
				h.detail = "Every build may begin from another image. Name a version."
				h.severity = deepreview.SeveritySuggestion
				report(h)
			}
		}
		if !l.deleted() && m[2] != "" {
			stages[m[2]] = true
		}
	}
}

var installScript = Rule{
	ID:       "install-script",
	Why:      "A script that runs while a package is installed runs on every user's machine, before anyone has used it.",
	Severity: deepreview.SeverityImportant,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicSecurity,
	file:     installScripts,
}

func installScripts(f *file, report func(hit)) {
	if path.Base(f.Path) != "package.json" || f.gone() || f.test || f.example || f.vendored {
		return
	}
	had := map[string]bool{}
	for _, l := range f.deleted() {
		if m := jsonPair.FindStringSubmatch(l.text()); m != nil {
			had[m[1]] = true
		}
	}
	for _, l := range f.added() {
		m := jsonPair.FindStringSubmatch(l.text())
		if m == nil || m[2] == "" || had[m[1]] || f.section(l) != "scripts" && f.section(l) != "" {
			continue
		}
		switch m[1] {
		case "preinstall", "install", "postinstall":
			h := on(f, l, fmt.Sprintf("The package runs a %s script", m[1]))
			h.detail = "It runs on the machine of everyone who installs the package, with their rights."
			report(h)
		}
	}
}

var minimumRaised = Rule{
	ID:       "minimum-raised",
	Why:      "Users on an older language version can no longer build or install it; they should be told.",
	Severity: deepreview.SeveritySuggestion,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicMaintenance,
	file:     minimumsRaised,
}

var minimums = compile(`^go (\d+\.\d+)|^\s*"(node)"\s*:\s*"[^\d"]*(\d+(?:\.\d+)*)|^\s*(rust-version)\s*=\s*"(\d+(?:\.\d+)*)|^\s*(requires-python)\s*=\s*"[^\d"]*(\d+(?:\.\d+)*)`)

func minimumsRaised(f *file, report func(hit)) {
	switch path.Base(f.Path) {
	case "go.mod", "package.json", "Cargo.toml", "pyproject.toml":
	default:
		return
	}
	if f.Status != deepreview.FileModified || f.test || f.example || f.vendored {
		return
	}
	minimum := func(text string) (what, version string) {
		m := minimums.FindStringSubmatch(text)
		switch {
		case m == nil:
			return "", ""
		case m[1] != "":
			return "Go", m[1]
		case m[2] != "":
			return "Node.js", m[3]
		case m[4] != "":
			return "Rust", m[5]
		}
		return "Python", m[7]
	}
	before := map[string]string{}
	for _, l := range f.deleted() {
		if what, v := minimum(l.text()); what != "" {
			before[what] = v
		}
	}
	for _, l := range f.added() {
		what, v := minimum(l.text())
		if old := before[what]; what != "" && old != "" && compareVersions(v, old) > 0 {
			h := on(f, l, fmt.Sprintf("%s %s is needed now, %s was enough before", what, v, old))
			h.detail = "Whoever is on an older version cannot use the next release. Say so in the release notes."
			report(h)
		}
	}
}

var lockSource = Rule{
	ID:       "lock-source",
	Why:      "A lock file that points elsewhere installs other code under the same name.",
	Severity: deepreview.SeverityImportant,
	Category: deepreview.CategoryRegression,
	Topic:    deepreview.TopicSecurity,
	file:     lockSources,
}

var resolved = compile(`^\s*"?resolved"?:?\s+"([^"]+)"`)

// lockSources compares the hosts that the lock files of npm and Yarn name in one place before and after.
func lockSources(f *file, report func(hit)) {
	switch path.Base(f.Path) {
	case "package-lock.json", "npm-shrinkwrap.json", "yarn.lock":
	default:
		return
	}
	hosts := map[string]bool{}
	had := false
	for _, l := range f.lines {
		if m := resolved.FindStringSubmatch(l.text()); m != nil && !l.added() {
			if u, err := url.Parse(m[1]); err == nil {
				hosts[u.Host] = true
				had = true
			}
		}
	}
	for _, l := range f.added() {
		m := resolved.FindStringSubmatch(l.text())
		if m == nil {
			continue
		}
		u, err := url.Parse(m[1])
		switch {
		case err != nil || u.Host == "":
		case u.Scheme == "http":
			h := on(f, l, "A locked package is fetched without encryption")
			h.detail = fmt.Sprintf("From `http://%s`: whoever sits between can change it.", u.Host)
			report(h)
		case had && !hosts[u.Host]:
			h := on(f, l, "A locked package comes from another host: "+u.Host)
			h.detail = "No other package in what the change shows of this file comes from there."
			report(h)
		}
	}
}
