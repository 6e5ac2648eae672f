package deepreview

import (
	"strings"
	"time"
)

// plainFile reads one file that begins with "---" and "+++" lines alone, as diff -u, Subversion and
// Mercurial write them.
func (p *diffParser) plainFile() error {
	line := p.in.line
	var pair namePair
	var absent [2]bool
	for i, prefix := range [...]string{"--- ", "+++ "} {
		text := p.in.next()
		name, note, ok := headerName(strings.TrimPrefix(text, prefix))
		if !ok {
			return p.refuse(p.in.line, "", "the name in %s cannot be read", clipQuote(text))
		}
		*[...]*string{&pair.old, &pair.new}[i] = name
		absent[i] = name == devNull || isAbsentNote(note)
		if err := p.headerLine(); err != nil {
			return err
		}
	}
	f := &File{Status: FileModified}
	switch {
	case absent[0] && absent[1]:
		return p.refuse(line, "", "both sides of the file are absent")
	case absent[0]:
		f.Status = FileAdded
	case absent[1]:
		f.Status = FileDeleted
	}
	switch {
	case pair.old == devNull:
		pair.new = strings.TrimPrefix(pair.new, "b/")
	case pair.new == devNull:
		pair.old = strings.TrimPrefix(pair.old, "a/")
	default:
		pair = pair.paths()
	}
	f.setNames(pair)
	unreadable := f.Unreadable
	if err := p.hunks(f); err != nil {
		return err
	}
	if unreadable != "" {
		f.Unreadable = unreadable
	}
	for _, h := range f.Hunks {
		if f.Status == FileAdded && h.OldLines > 0 || f.Status == FileDeleted && h.NewLines > 0 {
			return p.refuse(line, f.Path, "the file is new or deleted, but its hunks have lines on both sides; make the diff again, unedited")
		}
	}
	return p.add(f, line)
}

// isAbsentNote reports whether what stands behind a name says that the file is absent on that side: Subversion's
// words, or the beginning of 1970, which GNU diff -N writes.
func isAbsentNote(note string) bool {
	if note == "(nonexistent)" || note == "(revision 0)" {
		return true
	}
	t, err := time.Parse("2006-01-02 15:04:05 -0700", note)
	return err == nil && t.Unix() == 0
}

// plainNotice handles the lines that name a changed file without a diff in git's form, and reports whether line was one.
func (p *diffParser) plainNotice(line string) (handled bool, err error) {
	at := p.in.line
	switch {
	case strings.HasPrefix(line, "diff -"):
		pair, ok := commandNames(line)
		if !ok {
			return true, p.refuse(at, "", "the file names of %s cannot be read; make the diff with git diff --no-index", clipQuote(line))
		}
		return true, p.announce(pair.paths().new)
	case strings.HasPrefix(line, "Index: ") && p.lineAfter(1, "======"):
		if err := p.announce(strings.TrimPrefix(line, "Index: ")); err != nil {
			return true, err
		}
		return true, p.headerLine()
	case strings.HasPrefix(line, "Property changes on: "):
		return true, p.refuse(at, "", "Subversion's property changes cannot be reviewed; make the diff with svn diff --ignore-properties")
	case strings.HasPrefix(line, "Cannot display: file marked as a binary type") && p.named != nil:
		path := p.named.path
		return true, p.addBinary(path, path, at)
	case strings.HasPrefix(line, "Binary file "):
		if path, ok := strings.CutSuffix(line[len("Binary file "):], " has changed"); ok {
			return true, p.addBinary(path, path, at)
		}
	case strings.HasPrefix(line, "Binary files "):
		names, ok := strings.CutSuffix(line[len("Binary files "):], " differ")
		if !ok {
			break
		}
		old, now, ok := strings.Cut(names, " and ")
		if !ok || strings.Contains(now, " and ") {
			return true, p.refuse(at, "", "the file names of %s cannot be read; make the diff with git diff --no-index", clipQuote(line))
		}
		return true, p.addBinary(old, now, at)
	case strings.HasPrefix(line, "Files ") && strings.HasSuffix(line, " differ"):
		return true, p.refuse(at, "", "%s shows no content; make the diff without -q", clipQuote(line))
	case strings.HasPrefix(line, "Only in ") && strings.Contains(line, ": "):
		return true, p.refuse(at, "", "%s shows no content; make the diff with -N", clipQuote(line))
	case strings.HasPrefix(line, "--- ") && !p.prose:
		return true, p.refuse(at, "", `%s stands without a "+++" line and hunks; the diff was cut or edited, make it again`, clipQuote(line))
	}
	if p.named != nil {
		if isEdCommand(line) || strings.HasPrefix(line, "*** ") {
			return true, p.refuse(at, p.named.path, "%s", adviceUnified)
		}
	}
	return false, nil
}

// addBinary adds a file whose content the diff does not show.
func (p *diffParser) addBinary(old, now string, line int) error {
	f := &File{Status: FileModified, Binary: true}
	pair := namePair{old, now}
	switch {
	case old == devNull:
		f.Status = FileAdded
		pair.new = strings.TrimPrefix(now, "b/")
	case now == devNull:
		f.Status = FileDeleted
		pair.old = strings.TrimPrefix(old, "a/")
	default:
		pair = pair.paths()
	}
	f.setNames(pair)
	if err := p.add(f, line); err != nil {
		return err
	}
	return p.headerLine()
}

// announce notes that the current line names a file whose diff should follow, and goes past the line.
func (p *diffParser) announce(path string) error {
	// CVS announces each file twice: by "Index:", then by the command.
	if p.named != nil && p.named.path != path {
		if err := p.flushNamed(); err != nil {
			return err
		}
	}
	p.named = &namedFile{path: path, line: p.in.line}
	return p.headerLine()
}

// flushNamed adds the file that was announced and not shown: diff -N writes its command alone for an empty file.
func (p *diffParser) flushNamed() error {
	if p.named == nil {
		return nil
	}
	named := p.named
	p.named = nil
	f := &File{Status: FileModified}
	f.setNames(namePair{named.path, named.path})
	if f.Unreadable == "" {
		f.Unreadable = "the diff names it but shows nothing of it"
	}
	return p.add(f, named.line)
}

// commandNames returns the last two words of a line like "diff -ru a/x b/x": GNU diff puts names with
// spaces in single quotes. Mercurial's ends with one name.
func commandNames(line string) (namePair, bool) {
	var words []string
	for rest := strings.TrimSpace(line); rest != ""; rest = strings.TrimLeft(rest, " ") {
		var word string
		switch {
		case strings.HasPrefix(rest, "'"):
			var ok bool
			if word, rest, ok = strings.Cut(rest[1:], "'"); !ok || rest != "" && rest[0] != ' ' {
				return namePair{}, false
			}
		case strings.ContainsAny(rest[:1], `"\$`):
			return namePair{}, false
		default:
			word, rest, _ = strings.Cut(rest, " ")
		}
		words = append(words, word)
	}
	n := len(words)
	if n < 3 {
		return namePair{}, false
	}
	if strings.HasPrefix(words[n-2], "-") || words[n-3] == "-r" {
		return namePair{words[n-1], words[n-1]}, true
	}
	return namePair{words[n-2], words[n-1]}, true
}

// isEdCommand recognises the lines between the changes of a plain diff without -u: "12,14c12".
func isEdCommand(line string) bool {
	i := strings.IndexAny(line, "acd")
	if i <= 0 {
		return false
	}
	const digits = "0123456789,"
	return strings.Trim(line[:i], digits) == "" && line[i+1:] != "" && strings.Trim(line[i+1:], digits) == ""
}
