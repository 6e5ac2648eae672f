package deepreview

import (
	"io/fs"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// devNull stands in a diff for the side where a file is absent.
const devNull = "/dev/null"

// unquoteName reads the name at the beginning of s, quoted as in C by git and GNU diff, and returns what follows
// the closing quote. It is not [strconv.Unquote], which takes escapes that git never writes and replaces bytes that
// are not UTF-8.
func unquoteName(s string) (name, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		return "", "", false
	}
	var b []byte
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return string(b), s[i+1:], true
		case c != '\\':
			b = append(b, c)
		case i+1 == len(s):
			return "", "", false
		default:
			i++
			if k := strings.IndexByte(`abtnvfr"\`, s[i]); k >= 0 {
				b = append(b, "\a\b\t\n\v\f\r\"\\"[k])
				continue
			}
			if i+3 > len(s) {
				return "", "", false
			}
			v, err := strconv.ParseUint(s[i:i+3], 8, 8)
			if err != nil {
				return "", "", false
			}
			b = append(b, byte(v))
			i += 2
		}
	}
	return "", "", false
}

// headerName reads the name of a "---" or "+++" line, and the timestamp or note that a tab divides from it. Spaces at
// the end belong to the name: git and GNU diff end a name that holds spaces with a tab.
func headerName(s string) (name, note string, ok bool) {
	if strings.HasPrefix(s, `"`) {
		name, rest, ok := unquoteName(s)
		if !ok || rest != "" && rest[0] != '\t' {
			return "", "", false
		}
		return name, strings.TrimPrefix(rest, "\t"), name != ""
	}
	name, note, _ = strings.Cut(s, "\t")
	return name, note, name != ""
}

// wholeName reads the name that fills s, quoted or not.
func wholeName(s string) (name string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		return s, s != ""
	}
	name, rest, ok := unquoteName(s)
	return name, ok && rest == "" && name != ""
}

// namePair is the two names of a diff's file, with their prefixes.
type namePair struct{ old, new string }

// gitPairs yields every way to read the two names of a "diff --git" line. There are many where names hold
// spaces: git does not quote those.
func gitPairs(s string, yield func(namePair) bool) {
	if strings.HasPrefix(s, `"`) {
		old, rest, ok := unquoteName(s)
		if !ok || !strings.HasPrefix(rest, " ") {
			return
		}
		if name, ok := wholeName(rest[1:]); ok {
			yield(namePair{old, name})
		}
		return
	}
	for i := 1; i < len(s); i++ {
		if s[i] != ' ' {
			continue
		}
		if name, ok := wholeName(s[i+1:]); ok && !yield(namePair{s[:i], name}) {
			return
		}
	}
}

// sameFile reports whether both names are one but for a first folder that differs (a/x and b/x), or one
// altogether (--no-prefix).
func (p namePair) sameFile() bool {
	if p.old == p.new {
		return true
	}
	a, x, ok := strings.Cut(p.old, "/")
	b, y, ok2 := strings.Cut(p.new, "/")
	return ok && ok2 && a != b && x == y && x != ""
}

// prefixed reports whether the names have git's usual prefixes, or those of diff.mnemonicPrefix.
func (p namePair) prefixed() bool {
	if len(p.old) < 3 || len(p.new) < 3 || p.old[1] != '/' || p.new[1] != '/' {
		return false
	}
	switch p.old[:1] + p.new[:1] {
	case "ab", "iw", "ci", "cw", "ow", "ba", "wi", "ic", "wc", "wo", "12":
		return true
	}
	return false
}

// paths returns the names without their prefixes.
func (p namePair) paths() namePair {
	if p.old == p.new || !p.sameFile() && !p.prefixed() {
		return p
	}
	_, p.old, _ = strings.Cut(p.old, "/")
	_, p.new, _ = strings.Cut(p.new, "/")
	return p
}

// printableName returns name as it stands in a [File], and why it cannot be a path there, if so.
func printableName(name string) (path, problem string) {
	switch {
	case !utf8.ValidString(name):
		return strconv.Quote(name), "name is not valid UTF-8"
	case strings.ContainsFunc(name, unicode.IsControl):
		return strconv.Quote(name), "name has a line break or another control character"
	case !fs.ValidPath(name) || name == ".":
		return name, "name is no path inside the repository"
	}
	return name, ""
}
