package deepreview

import (
	"bytes"
	"strconv"
	"strings"
)

// gitHeader is what stands between "diff --git" and the hunks, as written.
type gitHeader struct {
	// line is where it begins; names is the rest of its first line.
	line  int
	names string
	// fields are the extended header lines, in order.
	fields []headerField
	// old and new are the names of the "---" and "+++" lines, with their prefixes.
	old, new string
	hunks    bool
	binary   bool
}

// headerField is one line of an extended header: "new mode" and "100755".
type headerField struct{ key, value string }

// get returns the value of a header line, and whether the line is there.
func (h *gitHeader) get(key string) (value string, ok bool) {
	for _, f := range h.fields {
		if f.key == key {
			return f.value, true
		}
	}
	return "", false
}

// gitHeaderKeys are the keywords of git's extended headers: https://git-scm.com/docs/diff-format
var gitHeaderKeys = [...]string{
	"index", "old mode", "new mode", "deleted file mode", "new file mode",
	"copy from", "copy to", "rename from", "rename to", "similarity index", "dissimilarity index",
}

// gitFile reads one file of a git diff.
func (p *diffParser) gitFile() error {
	h, err := p.gitHeader()
	if err != nil {
		return err
	}
	pair, problem := h.pair()
	if problem != "" {
		return p.refuse(h.line, "", "%s", problem)
	}
	f, problem := h.file(pair)
	if problem != "" {
		return p.refuse(h.line, f.Path, "%s", problem)
	}
	unreadable := f.Unreadable
	if h.hunks {
		if err := p.hunks(f); err != nil {
			return err
		}
	}
	if unreadable != "" {
		f.Unreadable = unreadable
	}
	if problem := h.contradiction(f); problem != "" {
		return p.refuse(h.line, f.Path, "%s", problem)
	}
	return p.add(f, h.line)
}

// gitHeader reads the header lines up to the hunks, and a binary patch whole.
func (p *diffParser) gitHeader() (*gitHeader, error) {
	in := &p.in
	h := &gitHeader{line: in.line}
	h.names = strings.TrimPrefix(in.next(), "diff --git ")
	for first := true; ; first = false {
		if !first {
			line := in.next()
			switch {
			case strings.HasPrefix(line, "--- "):
				return h, p.gitNames(h)
			case strings.HasPrefix(line, "Binary files ") && strings.HasSuffix(line, " differ"):
				h.binary = true
				return h, p.headerLine()
			case line == "GIT binary patch":
				h.binary = true
				if err := p.headerLine(); err != nil {
					return nil, err
				}
				return h, p.binaryPatch(clipQuote(h.names))
			case strings.HasPrefix(line, "@@ "):
				return nil, p.refuse(in.line, "", `hunks of %s stand without "---" and "+++" lines`, clipQuote(h.names))
			case strings.HasPrefix(line, "\x1b"):
				return nil, p.refuse(in.line, "", "%s", adviceColor)
			}
			key := headerKey(line)
			if key == "" {
				return h, nil
			}
			if _, twice := h.get(key); twice {
				return nil, p.refuse(in.line, "", "%q stands twice for %s; make the diff again, unedited", key, clipQuote(h.names))
			}
			h.fields = append(h.fields, headerField{key, line[len(key)+1:]})
		}
		if err := p.headerLine(); err != nil {
			return nil, err
		}
	}
}

// headerKey returns the keyword that line begins with; empty if there is none.
func headerKey(line string) string {
	for _, key := range gitHeaderKeys {
		if len(line) > len(key) && line[len(key)] == ' ' && line[:len(key)] == key {
			return key
		}
	}
	return ""
}

// headerLine goes past the current line, which must be whole and of a sane length.
func (p *diffParser) headerLine() error {
	line := p.in.at(0)
	if !bytes.HasSuffix(line, []byte("\n")) {
		return p.refuse(p.in.line, "", "the diff was cut in the header line %s; make it again", clipQuote(string(line)))
	}
	if len(line) > maxHeaderLine {
		return p.refuse(p.in.line, "", "a header line is longer than %d bytes: %s", maxHeaderLine, clipQuote(string(line[:100])))
	}
	p.in.take(len(line), 1)
	return nil
}

// gitNames reads the "---" and "+++" lines of h.
func (p *diffParser) gitNames(h *gitHeader) error {
	for i, prefix := range [...]string{"--- ", "+++ "} {
		line := p.in.next()
		rest, ok := strings.CutPrefix(line, prefix)
		if !ok {
			return p.refuse(p.in.line, "", "the %q line of %s is missing; the diff was cut or edited, make it again", strings.TrimSpace(prefix), clipQuote(h.names))
		}
		name, _, ok := headerName(rest)
		if !ok {
			return p.refuse(p.in.line, "", "the name in %s cannot be read", clipQuote(line))
		}
		*[...]*string{&h.old, &h.new}[i] = name
		if err := p.headerLine(); err != nil {
			return err
		}
	}
	h.hunks = bytes.HasPrefix(p.in.at(0), []byte("@@ "))
	if !h.hunks {
		if line := p.in.next(); isColored(line) {
			return p.refuse(p.in.line, "", "%s", adviceColor)
		} else if strings.HasPrefix(line, "@@@ ") {
			return p.refuse(p.in.line, "", "%s", adviceCombined)
		}
		return p.refuse(p.in.line, "", "the hunks of %s are missing; the diff was cut or edited, make it again", clipQuote(h.names))
	}
	return nil
}

// binaryPatch goes past the one or two blocks of "GIT binary patch": a line with their kind and size, lines that begin with
// a letter for their length, an empty line.
func (p *diffParser) binaryPatch(name string) error {
	in := &p.in
	for block := 0; ; block++ {
		kind, size, _ := strings.Cut(in.next(), " ")
		if _, err := strconv.ParseUint(size, 10, 63); err != nil || kind != "literal" && kind != "delta" {
			if block > 0 {
				return nil
			}
			return p.refuse(in.line, "", "the binary patch of %s has no data; the diff was cut, make it again", name)
		}
		for {
			if err := p.headerLine(); err != nil {
				return err
			}
			line := in.next()
			if len(in.at(0)) == 0 {
				return p.refuse(in.line, "", "the diff ends inside the binary patch of %s; make it again", name)
			}
			if line == "" {
				break
			}
			// The letter counts up to 52 bytes; five characters hold four of them.
			n := 0
			switch c := line[0]; {
			case 'A' <= c && c <= 'Z':
				n = int(c-'A') + 1
			case 'a' <= c && c <= 'z':
				n = int(c-'a') + 27
			}
			if n == 0 || len(line) != 1+(n+3)/4*5 {
				return p.refuse(in.line, "", "%s is no line of the binary patch of %s; the diff was cut or edited, make it again", clipQuote(line), name)
			}
		}
		if err := p.headerLine(); err != nil {
			return err
		}
	}
}

// pair finds the two names of the file, and checks that all lines of the header name the same ones.
func (h *gitHeader) pair() (pair namePair, problem string) {
	from, to, problem := h.moved()
	if problem != "" {
		return pair, problem
	}
	// Of absolute paths compared with --no-index, these lines keep the slash that the first line has after a and b.
	from, to = strings.TrimPrefix(from, "/"), strings.TrimPrefix(to, "/")
	var fits, prefixed, all []namePair
	for c := range func(yield func(namePair) bool) { gitPairs(h.names, yield) } {
		if h.old != "" && h.old != devNull && h.old != c.old || h.new != "" && h.new != devNull && h.new != c.new {
			continue
		}
		if from != "" {
			if isPrefixed(c.old, from) && isPrefixed(c.new, to) {
				return namePair{from, to}, ""
			}
			continue
		}
		if h.old != "" && h.old != devNull && h.new != "" && h.new != devNull {
			return c.paths(), ""
		}
		all = append(all, c)
		if c.sameFile() {
			fits = append(fits, c)
		} else if c.prefixed() {
			prefixed = append(prefixed, c)
		}
	}
	// Where no other line tells, the names are one but for the prefix; or else (--no-index) there must be
	// one way only to read them.
	for _, candidates := range [][]namePair{fits, prefixed, all} {
		if len(candidates) == 1 {
			return candidates[0].paths(), ""
		}
	}
	if len(all) == 0 {
		return pair, "the names of " + clipQuote("diff --git "+h.names) + " contradict the lines below it, or cannot be read; make the diff again, unedited"
	}
	return pair, "the names of " + clipQuote("diff --git "+h.names) + " can be read in several ways; make the diff with the prefixes a/ and b/"
}

// isPrefixed reports whether name is path, or path below a prefix.
func isPrefixed(name, path string) bool {
	prefix, ok := strings.CutSuffix(name, path)
	return ok && (prefix == "" || strings.HasSuffix(prefix, "/"))
}

// moved returns the names of the "rename" or "copy" lines, empty where there are none.
func (h *gitHeader) moved() (from, to, problem string) {
	for _, kind := range [...]string{"rename", "copy"} {
		rawFrom, ok := h.get(kind + " from")
		rawTo, ok2 := h.get(kind + " to")
		if !ok && !ok2 {
			continue
		}
		if from != "" {
			return "", "", "the file is both renamed and copied; make the diff again, unedited"
		}
		from, ok = wholeName(rawFrom)
		to, ok2 = wholeName(rawTo)
		if !ok || !ok2 {
			return "", "", "the names of the " + kind + " cannot be read: " + clipQuote(rawFrom) + " and " + clipQuote(rawTo)
		}
	}
	return from, to, ""
}

// file makes the File that the header describes, without hunks.
func (h *gitHeader) file(pair namePair) (f *File, problem string) {
	f = &File{Status: FileModified, Binary: h.binary}
	_, created := h.get("new file mode")
	_, deleted := h.get("deleted file mode")
	_, renamed := h.get("rename from")
	_, copied := h.get("copy from")
	created = created || h.old == devNull
	deleted = deleted || h.new == devNull
	switch {
	case created:
		f.Status = FileAdded
	case deleted:
		f.Status = FileDeleted
	case renamed:
		f.Status = FileRenamed
	case copied:
		f.Status = FileCopied
	}
	f.setNames(pair)
	switch {
	case created && deleted, (created || deleted) && (renamed || copied):
		return f, "the header says that the file is new, deleted, renamed or copied at once; make the diff again, unedited"
	case created && h.old != "" && h.old != devNull, deleted && h.new != "" && h.new != devNull:
		return f, "the header says that the file is new or deleted, but names both sides; make the diff again, unedited"
	}
	if index, ok := h.get("index"); ok {
		ids, mode, hasMode := strings.Cut(index, " ")
		oldID, newID, ok := strings.Cut(ids, "..")
		if strings.Contains(ids, ",") {
			return f, adviceCombined
		}
		if !ok || !isObjectID(oldID) || !isObjectID(newID) {
			return f, clipQuote("index "+index) + " has no object ids"
		}
		f.OldID, f.NewID = presentID(oldID), presentID(newID)
		if hasMode {
			h.fields = append(h.fields, headerField{"index mode", mode})
		}
	}
	for _, m := range [...]struct {
		key     string
		targets []*FileMode
	}{
		{"index mode", []*FileMode{&f.OldMode, &f.NewMode}},
		{"old mode", []*FileMode{&f.OldMode}},
		{"deleted file mode", []*FileMode{&f.OldMode}},
		{"new mode", []*FileMode{&f.NewMode}},
		{"new file mode", []*FileMode{&f.NewMode}},
	} {
		text, ok := h.get(m.key)
		if !ok {
			continue
		}
		mode, err := strconv.ParseUint(text, 8, 32)
		if err != nil || len(text) != 6 {
			return f, clipQuote(m.key+" "+text) + " is no file mode"
		}
		for _, t := range m.targets {
			*t = FileMode(mode)
		}
	}
	_, oldMode := h.get("old mode")
	if _, newMode := h.get("new mode"); oldMode != newMode {
		return f, "only one side of the mode change is there; the diff was cut or edited, make it again"
	}
	if (f.OldMode^f.NewMode)&0o170000 != 0 && f.OldMode != 0 && f.NewMode != 0 {
		f.Status = FileTypeChanged
	}
	return f, ""
}

// presentID returns id, or nothing for the zeros that stand for an absent side.
func presentID(id string) string {
	if strings.Trim(id, "0") == "" {
		return ""
	}
	return id
}

// setNames sets the names of f by its status, and Unreadable where they are no paths.
func (f *File) setNames(pair namePair) {
	path, problem := printableName(pair.new)
	old, oldProblem := printableName(pair.old)
	if f.Status == FileDeleted {
		path, problem = old, oldProblem
	} else if f.Status != FileAdded && pair.old != pair.new {
		f.OldPath = old
		if problem == "" && oldProblem != "" {
			problem = "old " + oldProblem
		}
	}
	f.Path, f.Unreadable = path, problem
}

// Empty blobs have these ids, by SHA-1 and SHA-256.
const (
	emptySHA1   = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
	emptySHA256 = "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813"
)

func isEmptyBlob(id string) bool {
	return id == "" || strings.HasPrefix(emptySHA1, id) || strings.HasPrefix(emptySHA256, id)
}

// contradiction reports what in the hunks of f does not fit the header, and what must be there and is not.
func (h *gitHeader) contradiction(f *File) string {
	const again = "; the diff was cut or edited, or made with an option that hides changes: make it again without"
	for _, hunk := range f.Hunks {
		if f.Status == FileAdded && hunk.OldLines > 0 || f.Status == FileDeleted && hunk.NewLines > 0 {
			return "the file is new or deleted, but its hunks have lines on both sides; make the diff again, unedited"
		}
	}
	if h.hunks || h.binary {
		return ""
	}
	similarity, alike := h.get("similarity index")
	_, modes := h.get("old mode")
	switch {
	case f.Status == FileAdded && !isEmptyBlob(f.NewID), f.Status == FileDeleted && !isEmptyBlob(f.OldID):
		return "the file is not empty, but none of its lines are shown" + again
	case f.Status == FileAdded || f.Status == FileDeleted:
		if _, index := h.get("index"); !index && f.Unreadable == "" {
			// Mercurial writes no ids. Then nothing tells an empty file from one whose lines were cut.
			f.Unreadable = "the diff names it but shows nothing of it"
		}
		return ""
	case f.OldID != f.NewID:
		return "the file's content changed, but none of its lines are shown" + again
	case alike && similarity != "100%":
		return "the file was renamed or copied with changes, but none of its lines are shown" + again
	case f.Status != FileRenamed && f.Status != FileCopied && (alike || f.OldPath != "" || !modes):
		return "the header says nothing of what changed" + again
	}
	return ""
}
