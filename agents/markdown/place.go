package markdown

import (
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/deepreview-go/deepreview"
)

// placesMost is how many places of one text are kept.
const placesMost = 30

// foundPlace is a place and where in the text it stands, in bytes.
type foundPlace struct {
	loc        deepreview.Location
	start, end int
}

var (
	// mdLink is a link of Markdown. What it shows and what it leads to may each have half of a place.
	mdLink = regexp.MustCompile(`\[([^\[\]]{1,400})\]\(<?([^()<>\s]{1,1000})>?\)`)
	// token is what may be a path with lines: a code span, or characters that paths are written with.
	token = regexp.MustCompile("`+[^`\n]{1,400}`+|[^\\s`\"'()\\[\\]{}<>|,;*]+")
	// ranges1 is a line or lines: "12", "L12-L15", "12–15". Lines have at most seven digits.
	ranges1 = `L?\d{1,7}(?:\s?[-–—]\s?L?\d{1,7})?`
	// lineList is several of them.
	lineList = ranges1 + `(?:\s?(?:,|, and|and|&|und|、)\s?` + ranges1 + `)*`
	// withLines splits a path from the lines behind it; a column may follow.
	withLines = regexp.MustCompile(`^(.+?)(?:[:：]\s?|#|,? (?:at )?(?:lines?|Zeilen?|L) ?|[:：]? ?第)(` + lineList + `)(?::\d{1,6})?(?:\s?行)?$`)
	// more are the lines that stand behind a path, or behind lines of it.
	more = regexp.MustCompile(`^(?:` +
		`\s?[:：#]\s?(` + lineList + `)(?::\d{1,6})?` +
		`|,?\s?(?:at |on )?[(（]?(?:[Ll]ines?|[Zz]eilen?|ll?\.|L)\s?(` + lineList + `)[)）]?` +
		`|,?\s?[(（]?第?\s?(` + ranges1 + `)\s?行[)）]?` +
		`|\s?[(（](` + lineList + `)[)）]` +
		`|(?:,\s?|\s(?:and|und|&)\s)` + "`?" + `(` + ranges1 + `)` + "`?" + `)`)
	oneRange = regexp.MustCompile(`L?(\d{1,7})(?:\s?[-–—]\s?L?(\d{1,7}))?`)
	// lineWords are lines of a file that is named elsewhere.
	lineWords = regexp.MustCompile(`(?i)\b(?:lines?|zeilen?|ll?\.)\s?(` + lineList + `)|第\s?(` + ranges1 + `)\s?行`)
	// spanOfLines is a code span with nothing but lines: it belongs to the path before.
	spanOfLines = regexp.MustCompile(`^[:#]?(` + lineList + `)$`)
	// betweenPlaces is what may stand between two places of one list.
	betweenPlaces = regexp.MustCompile(`^[\s,;/+&、，；]*(?:(?:and|und|vs\.?|versus|plus|also|see|or|oder|和|及)[\s,;]*)?$`)
)

// placesIn finds the places of text in their order. Where bare is not set, a path must have lines, or stand in backticks.
func placesIn(text string, bare bool) []foundPlace {
	if len(text) > headMost {
		text = text[:headMost]
	}
	if strings.Contains(text, "](") {
		return linkedPlaces(text, bare)
	}
	var out []foundPlace
	for at := 0; at < len(text) && len(out) < placesMost; {
		m := token.FindStringIndex(text[at:])
		if m == nil {
			break
		}
		start, end := at+m[0], at+m[1]
		at = end
		word := text[start:end]
		if word[0] == '`' {
			inside := strings.TrimSpace(strings.Trim(word, "`"))
			if m := spanOfLines.FindStringSubmatch(inside); m != nil && len(out) > 0 && betweenPlaces.MatchString(text[out[len(out)-1].end:start]) {
				out = addLines(out, m[1], out[len(out)-1].loc, start, end)
				continue
			}
			if found := spanPlaces(inside, start, end); len(found) > 0 {
				out = append(out, found...)
				out, at = trailingLines(out, text, end)
			}
			continue
		}
		word = strings.TrimRight(word, ".!?:：、，。")
		word = strings.TrimLeft(word, "@—–")
		end = start + strings.Index(text[start:end], word) + len(word)
		loc, list, ok := splitPlace(word)
		if !ok {
			continue
		}
		before := len(out)
		out = addLines(out, list, loc, start, end)
		out, at = trailingLines(out, text, end)
		if out[before].loc.Start == 0 && !bare {
			out = out[:before]
		}
	}
	if len(out) > placesMost {
		out = out[:placesMost]
	}
	return out
}

// spanPlaces reads a code span: one place, or several separated by commas or semicolons.
func spanPlaces(inside string, start, end int) []foundPlace {
	var out []foundPlace
	if loc, list, ok := splitPlace(inside); ok && !strings.Contains(list, ";") {
		return addLines(out, list, loc, start, end)
	}
	for _, part := range strings.FieldsFunc(inside, func(r rune) bool { return r == ',' || r == ';' }) {
		part = strings.TrimSpace(part)
		if m := spanOfLines.FindStringSubmatch(part); m != nil && len(out) > 0 {
			out = addLines(out, m[1], out[len(out)-1].loc, start, end)
			continue
		}
		loc, list, ok := splitPlace(part)
		if !ok {
			return nil
		}
		out = addLines(out, list, loc, start, end)
	}
	return out
}

// trailingLines takes the lines that follow the last place of out, from text[end:].
func trailingLines(out []foundPlace, text string, end int) ([]foundPlace, int) {
	for range placesMost {
		rest := text[end:]
		if len(rest) > 200 {
			rest = rest[:200]
		}
		m := more.FindStringSubmatchIndex(rest)
		if m == nil {
			return out, end
		}
		stop := m[1]
		if stop < len(rest) && isWordByte(rest[stop]) {
			return out, end // "a.go, 3rd line"
		}
		list := ""
		for i := 2; i < len(m); i += 2 {
			if m[i] >= 0 {
				list = rest[m[i]:m[i+1]]
			}
		}
		last := &out[len(out)-1]
		plain := m[10] >= 0 // a number after a comma, without a word
		if plain && last.loc.Start == 0 {
			return out, end
		}
		if last.loc.Start == 0 {
			loc, start := last.loc, last.start
			out = addLines(out[:len(out)-1], list, loc, start, end+stop)
		} else {
			out = addLines(out, list, last.loc, last.start, end+stop)
		}
		end += stop
	}
	return out, end
}

// addLines appends a place for each of the lines in list, or one for the whole file where it is empty.
func addLines(out []foundPlace, list string, loc deepreview.Location, start, end int) []foundPlace {
	loc.Start, loc.End = 0, 0
	any := false
	for _, m := range oneRange.FindAllStringSubmatch(list, placesMost) {
		l := loc
		l.Start, _ = strconv.Atoi(m[1])
		l.End = l.Start
		if m[2] != "" {
			l.End, _ = strconv.Atoi(m[2])
		}
		if l.End < l.Start {
			l.End = l.Start
		}
		if l.Start == 0 {
			continue
		}
		any = true
		out = append(out, foundPlace{l, start, end})
	}
	if !any {
		out = append(out, foundPlace{loc, start, end})
	}
	return out
}

// linkedPlaces writes each link as the place that it means, and finds the places then. Ends are those of the text as given, as
// near as they are needed: to know what stands before, between and behind.
func linkedPlaces(text string, bare bool) []foundPlace {
	var b strings.Builder
	type shift struct{ at, by int } // from here on in b, add by
	shifts := []shift{{0, 0}}
	last := 0
	for _, m := range mdLink.FindAllStringSubmatchIndex(text, placesMost*2) {
		b.WriteString(text[last:m[0]])
		b.WriteString(linkPlace(text[m[2]:m[3]], text[m[4]:m[5]]))
		last = m[1]
		shifts = append(shifts, shift{b.Len(), last - b.Len()})
	}
	b.WriteString(text[last:])
	plain := strings.ReplaceAll(b.String(), "](", "] (")
	found := placesIn(plain, bare)
	for i := range found {
		f := &found[i]
		by := func(at int) int {
			n := 0
			for _, s := range shifts {
				if s.at <= at {
					n = s.by
				}
			}
			return n
		}
		f.start, f.end = max(0, min(len(text), f.start+by(f.start))), min(len(text), f.end+by(f.end))
	}
	return found
}

// linkPlace writes what a link means: the path it leads to, if that is one, else what it shows; the lines shown, or else led to.
func linkPlace(shown, target string) string {
	bare := strings.Trim(shown, "`* ")
	where, whereLines, led := splitPlace(strings.ReplaceAll(target, `\/`, "/"))
	what, lines, says := splitPlace(bare)
	switch {
	case !led:
		return shown
	case !says:
		if m := spanOfLines.FindStringSubmatch(bare); m != nil {
			return "`" + where.Path + ":" + m[1] + "`"
		}
		if whereLines != "" && !strings.Contains(where.Path, "`") {
			return "`" + where.Path + ":" + whereLines + "`"
		}
		return shown
	}
	if lines == "" {
		lines = whereLines
	}
	p := where.Path
	if !strings.HasSuffix(p, what.Path) && !strings.HasPrefix(what.Path, "/") {
		p = what.Path // they are not of one file: what a reader sees counts
	} else if rooted(p) && strings.Contains(what.Path, "/") && !rooted(what.Path) {
		p = what.Path
	}
	if strings.Contains(p, "`") {
		return shown
	}
	if lines != "" {
		return "`" + p + ":" + lines + "`"
	}
	return "`" + p + "`"
}

// splitPlace takes a text to be a path, perhaps with lines, and returns both.
func splitPlace(text string) (loc deepreview.Location, lines string, ok bool) {
	text = strings.ReplaceAll(text, `\/`, "/")
	if len(text) < 2 || len(text) > 600 {
		return loc, "", false
	}
	if u := blobPath(text); u != "" {
		text = u
	} else if strings.Contains(text, "://") {
		if !strings.HasPrefix(text, "file://") {
			return loc, "", false
		}
		text = strings.TrimPrefix(text, "file://")
	}
	name := text
	if m := withLines.FindStringSubmatch(text); m != nil && len(m[1]) > 1 {
		name, lines = m[1], m[2]
	}
	if unescaped, err := url.PathUnescape(name); err == nil && strings.Contains(name, "%") && !strings.ContainsAny(unescaped, "\n\x00") {
		name = unescaped
	}
	if name = cleanPath(name); name == "" || !likePath(name, lines != "") {
		return loc, "", false
	}
	return deepreview.Location{Path: name}, lines, true
}

// blobURL is the page of a file at a forge, with the revision as one element.
var blobURL = regexp.MustCompile(`^https?://[^/\s]+/.{1,200}?/(?:-/)?(?:blob|src|raw)/(?:branch/|commit/)?[^/\s]+/([^?\s]+)(?:\?\S*)?$`)

func blobPath(text string) string {
	if !strings.HasPrefix(text, "http") {
		return ""
	}
	if m := blobURL.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

// cleanPath makes a path as written one with slashes and without dots. An absolute one stays absolute, for the parser to find what
// it means.
func cleanPath(p string) string {
	p = strings.TrimSpace(p)
	if strings.Contains(p, `\`) && (!strings.Contains(p, "/") || drive(p)) {
		p = strings.ReplaceAll(p, `\`, "/")
	}
	if p == "" || strings.ContainsAny(p, "\n\t\x00`") {
		return ""
	}
	slash := strings.HasSuffix(p, "/")
	p = path.Clean(p)
	for strings.HasPrefix(p, "../") {
		p = p[3:]
	}
	if slash || p == "." || p == ".." || p == "/" {
		return ""
	}
	if !rooted(p) && !fs.ValidPath(p) {
		return ""
	}
	return p
}

// drive reports whether p begins with a drive's letter and a slash.
func drive(p string) bool {
	return len(p) >= 3 && p[1] == ':' && (p[2] == '/' || p[2] == '\\') && (p[0]|0x20 >= 'a' && p[0]|0x20 <= 'z')
}

// rooted reports whether p is absolute, on any system.
func rooted(p string) bool { return strings.HasPrefix(p, "/") || drive(p) }

var (
	extension = regexp.MustCompile(`^.*\.([A-Za-z][A-Za-z0-9_+-]{0,14})$`)
	// wellKnown are files that have no extension, or begin with a dot.
	wellKnown = regexp.MustCompile(`^(?:Makefile|Dockerfile|Containerfile|Jenkinsfile|Vagrantfile|Gemfile|Rakefile|Procfile|LICENSE|README|CHANGELOG|NOTICE|AUTHORS|CODEOWNERS|BUILD|WORKSPACE|` +
		`\.[a-z][A-Za-z0-9_.-]+)$`)
)

// extensions are those of files that reviews name without a folder and without lines. Without one of them "os.args" would be a file.
var extensions = words(`adoc asm awk bash bat bats bazel c cc cfg clj cmake cmd conf config cpp cs css csv cu cxx dart diff dockerfile el elm env erl ex exs fish
	fs gd go gql gradle graphql groovy h hbs hcl hh hpp hs html hxx ini ipynb java jl js json json5 jsonl jsx kt kts less lock lua m md mdx mjs mk ml mm mod mts nim
	nix patch php pl plist pm pod proto ps1 psm1 py pyi r rb rego rkt rs rst sass scala scm scss sh sol sql sum sv svelte svg swift tcl tf tfvars tmpl toml ts tsx txt
	v vb vhd vim vue xml xsd yaml yml zig zsh template in service rules cue dhall tpl ejs erb jinja j2 png
	jpg jpeg gif ico webp pdf zip gz wasm jar exe dll ttf woff woff2 mp3 mp4`)

// likePath reports whether p reads like the path of a file rather than a word, a number or an expression.
func likePath(p string, lines bool) bool {
	base := path.Base(p)
	folder := strings.Contains(p, "/")
	if strings.ContainsAny(p, "\"'<>|*?;!=&^~") && !lines || strings.Contains(p, "//") || strings.Contains(p, ", ") || strings.Contains(p, ";") ||
		strings.ContainsRune(p, ':') && !(drive(p) && strings.Count(p, ":") == 1) {
		return false // more than a path: "a.go:1, b.go" is two
	}
	if strings.ContainsAny(p, " (){}") && (!folder || !lines && !extension.MatchString(base)) {
		return false
	}
	ext := ""
	if m := extension.FindStringSubmatch(base); m != nil {
		ext = m[1]
	}
	switch {
	case strings.HasPrefix(p, "-"), strings.HasPrefix(p, "$"), strings.HasPrefix(p, "@") && !folder:
		return false
	case wellKnown.MatchString(base) && (folder || !strings.HasPrefix(base, ".") || lines || strings.HasPrefix(base, ".git")):
		return true
	case ext == "":
		return lines && folder && !strings.HasPrefix(base, ".") && strings.ContainsFunc(base, func(r rune) bool { return r >= 'A' })
	case lines || folder:
		return strings.ToLower(ext[:1]) == ext[:1] || extensions[strings.ToLower(ext)]
	}
	return extensions[strings.ToLower(ext)] && ext == strings.ToLower(ext)
}
