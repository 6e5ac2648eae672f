package deepreview

import (
	"cmp"
	"mime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// diffLog reads what stands around the diffs of mail and of git log: who wrote what and why.
type diffLog struct {
	messages []*diffMessage
	// open says that the text of the last message may go on here: no file of it was seen yet.
	open bool
	// signature is the line where the end of a mail began; 0 outside of one.
	signature int
}

// diffMessage is one mail, or one commit of git log.
type diffMessage struct {
	commit Commit
	line   int
	mail   bool
	// cover says that it introduces a series: [PATCH 0/3].
	cover bool
	// boundary divides the parts of a mail that has several.
	boundary   string
	partHeader bool
	// inStat says that the commit's message ended, and its list of files and notes follow.
	inStat bool
	body   []string
	// stat is what it says to change; firstFile is how many files the change had before it.
	stat      diffStat
	firstFile int
}

func (l *diffLog) inMessage() bool { return l.open }

// endMessage notes that the diff of the message began.
func (l *diffLog) endMessage() { l.open, l.signature = false, 0 }

// last returns the message read last; nil if there is none.
func (l *diffLog) last() *diffMessage {
	if len(l.messages) == 0 {
		return nil
	}
	return l.messages[len(l.messages)-1]
}

// isBoundary reports whether line ends a part of the mail.
func (l *diffLog) isBoundary(line string) bool {
	m := l.last()
	return m != nil && m.boundary != "" && (line == "--"+m.boundary || line == "--"+m.boundary+"--")
}

// begins reports whether a mail or a commit of git log begins at line. Inside a mail only another mail can
// begin, and only with the line that mailboxes have between two, which is quoted in texts.
func (l *diffLog) begins(p *diffParser, line string) bool {
	switch {
	case isMailboxLine(line):
		length := len(p.in.at(0))
		next := chompLine(p.in.at(length))
		_, ok := mailField(next)
		return ok
	case p.in.line == 1:
		name, ok := mailField(line)
		if ok {
			switch strings.ToLower(name) {
			case "from", "to", "date", "subject", "message-id", "return-path", "received", "delivered-to", "mime-version":
				return true
			}
		}
	}
	if m := l.last(); m != nil && m.mail {
		return false
	}
	return commitLine(line) != "" && (p.lineAfter(1, "Author:") || p.lineAfter(1, "Merge: ") || p.lineAfter(1, "tree "))
}

// isMailboxLine recognises the line between two mails: "From someone Mon Sep 17 00:00:00 2001".
func isMailboxLine(line string) bool {
	if !strings.HasPrefix(line, "From ") {
		return false
	}
	year := line[strings.LastIndexByte(line, ' ')+1:]
	return len(year) == 4 && strings.Trim(year, "0123456789") == "" && strings.Contains(line, ":")
}

// commitLine returns the id of a line like "commit 1234567 (HEAD -> main)"; empty if it is none.
func commitLine(line string) string {
	rest, ok := strings.CutPrefix(line, "commit ")
	id, _, _ := strings.Cut(rest, " ")
	if !ok || !isObjectID(id) {
		return ""
	}
	return id
}

// mailField returns the name of a header field: "Subject" of "Subject: words".
func mailField(line string) (name string, ok bool) {
	name, _, ok = strings.Cut(line, ":")
	if !ok || name == "" || name[0] == '-' {
		return "", false
	}
	for i := range len(name) {
		if c := name[i]; c != '-' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return "", false
		}
	}
	return name, true
}

// message reads the header of a mail or of a commit, to the empty line.
func (l *diffLog) message(p *diffParser) error {
	in := &p.in
	m := &diffMessage{line: in.line, firstFile: len(p.change.Files)}
	line := in.next()
	m.commit.ID = commitLine(line)
	m.mail = m.commit.ID == ""
	if rest, ok := strings.CutPrefix(line, "From "); ok {
		if id, _, _ := strings.Cut(rest, " "); len(id) >= 40 && isObjectID(id) {
			m.commit.ID = id
		}
		in.drop()
	} else if !m.mail {
		in.drop()
	}
	l.messages = append(l.messages, m)
	l.open, l.signature = true, 0
	fields := map[string]string{}
	name := ""
	for {
		raw := in.at(0)
		line := chompLine(raw[:min(len(raw), maxHeaderLine)])
		if strings.TrimSpace(line) == "" {
			break
		}
		if (line[0] == ' ' || line[0] == '\t') && name != "" {
			fields[name] += " " + strings.TrimSpace(line)
		} else if key, ok := mailField(line); ok {
			name = strings.ToLower(key)
			fields[name] = strings.TrimSpace(line[len(key)+1:])
		} else {
			break
		}
		if err := l.checkTransfer(p, line); err != nil {
			return err
		}
		if err := p.hold(len(line)); err != nil {
			return err
		}
		in.drop()
	}
	m.commit.Author = mailText(cmp.Or(fields["from"], fields["author"]))
	m.commit.Date = logDate(cmp.Or(fields["date"], fields["authordate"]))
	if m.mail {
		m.subject(mailText(fields["subject"]))
	}
	if kind, params, err := mime.ParseMediaType(fields["content-type"]); err == nil && strings.HasPrefix(kind, "multipart/") {
		m.boundary = params["boundary"]
	}
	return nil
}

// checkTransfer refuses a mail whose text is encoded: the diff in it cannot be seen, or is not what it seems.
func (l *diffLog) checkTransfer(p *diffParser, line string) error {
	name, ok := mailField(line)
	if !ok || !strings.EqualFold(name, "Content-Transfer-Encoding") {
		return nil
	}
	switch encoding := strings.ToLower(strings.TrimSpace(line[len(name)+1:])); encoding {
	case "base64", "quoted-printable":
		return p.refuse(p.in.line, "", "the mail is encoded as %s; apply it with git am and compare the commits, or decode it with git mailinfo", encoding)
	}
	return nil
}

// subject sets the commit's subject, without "Re:" and "[PATCH 1/3]".
func (m *diffMessage) subject(s string) {
	for {
		s = strings.TrimSpace(s)
		if len(s) >= 3 && strings.EqualFold(s[:3], "re:") {
			s = s[3:]
			continue
		}
		tag, rest, ok := strings.Cut(s, "]")
		if !ok || !strings.HasPrefix(tag, "[") {
			break
		}
		for word := range strings.FieldsSeq(tag[1:]) {
			n, of, found := strings.Cut(word, "/")
			number, err := strconv.Atoi(n)
			if _, err2 := strconv.Atoi(of); found && err == nil && err2 == nil && number == 0 {
				m.cover = true
			}
		}
		s = rest
	}
	m.commit.Subject = s
}

// text reads a line of the message, or of what stands between it and the diff.
func (l *diffLog) text(p *diffParser, line string) error {
	m := l.last()
	if l.isBoundary(line) {
		m.partHeader = true
		if !m.inStat {
			m.body = nil // words for programs that cannot show parts
		}
		return nil
	}
	switch {
	case m.partHeader:
		m.partHeader = line != ""
		return l.checkTransfer(p, line)
	case !m.mail && !m.inStat && strings.HasPrefix(line, "    "):
		m.body = append(m.body, line[4:])
		return p.hold(len(line))
	case line == "---":
		m.inStat = true
	case m.inStat || !m.mail:
		if stat, ok := parseStat(line); ok {
			m.stat = stat
		}
		if line == "" && !m.mail && !m.inStat {
			m.body = append(m.body, "")
		}
	case line == "-- ":
		m.inStat = true
	default:
		m.body = append(m.body, line)
		return p.hold(len(line))
	}
	return nil
}

// diffStat is how much a diff changes, by its own account.
type diffStat struct{ files, added, deleted int }

// parseStat reads " 3 files changed, 10 insertions(+), 2 deletions(-)".
func parseStat(line string) (s diffStat, ok bool) {
	for i, part := range strings.Split(strings.TrimPrefix(line, " "), ", ") {
		number, what, _ := strings.Cut(part, " ")
		n, err := strconv.Atoi(number)
		switch {
		case err != nil:
			return diffStat{}, false
		case i == 0 && (what == "file changed" || what == "files changed"):
			s.files, ok = n, true
		case strings.HasPrefix(what, "insertion"):
			s.added = n
		case strings.HasPrefix(what, "deletion"):
			s.deleted = n
		}
	}
	return s, ok
}

// finish checks that every message has the files it speaks of, and sets the change's header from them.
func (l *diffLog) finish(p *diffParser) error {
	var commits []Commit
	var cover *diffMessage
	files := len(p.change.Files)
	for _, m := range slices.Backward(l.messages) {
		var found diffStat
		for _, f := range p.change.Files[m.firstFile:files] {
			found.files++
			found.added += f.Added
			found.deleted += f.Deleted
		}
		files = m.firstFile
		m.finish()
		switch {
		case m.cover:
			cover = m
		case found.files < m.stat.files || found.added < m.stat.added || found.deleted < m.stat.deleted:
			return p.refuse(m.line, "", "the message says that its diff has %d files (+%d -%d), but there are %d (+%d -%d): it was cut or edited; make it again",
				m.stat.files, m.stat.added, m.stat.deleted, found.files, found.added, found.deleted)
		case m.commit.Subject != "" || m.commit.ID != "":
			commits = append(commits, m.commit)
		}
	}
	// Mail is in the order of the commits; git log shows the newest first, unless asked not to.
	if n := len(commits); n > 0 && (l.messages[0].mail || commits[n-1].Date.Before(commits[0].Date)) {
		slices.Reverse(commits)
	}
	h := &p.change.Header
	h.Commits = commits
	switch {
	case cover != nil:
		h.Title, h.Description, h.Author = cover.commit.Subject, cover.commit.Body, cover.commit.Author
	case len(commits) == 1:
		h.Title, h.Description, h.Author = commits[0].Subject, commits[0].Body, commits[0].Author
	case len(commits) > 1:
		h.Author = commits[0].Author
		for _, c := range commits {
			if c.Author != h.Author {
				h.Author = ""
			}
		}
	}
	return nil
}

// finish makes the commit's texts of the lines read.
func (m *diffMessage) finish() {
	body := m.body
	for m.mail && len(body) > 0 && strings.TrimSpace(body[0]) == "" {
		body = body[1:]
	}
	// A first line "From:" names the author where someone else sent the mail.
	if m.mail && len(body) > 0 && strings.HasPrefix(body[0], "From: ") {
		m.commit.Author = mailText(body[0][len("From: "):])
		body = body[1:]
	}
	text := strings.Trim(strings.Join(body, "\n"), "\n")
	if !m.mail {
		m.commit.Subject, text, _ = strings.Cut(text, "\n")
		text = strings.Trim(text, "\n")
	}
	m.commit.Subject = validText([]byte(m.commit.Subject))
	m.commit.Author = validText([]byte(m.commit.Author))
	m.commit.Body = validText([]byte(text))
}

// mailText decodes the words of a mail's header field: =?UTF-8?q?caf=C3=A9?=.
func mailText(s string) string {
	decoded, err := new(mime.WordDecoder).DecodeHeader(s)
	if err != nil {
		return s
	}
	return decoded
}

// logDate reads a date as git writes it; zero where it cannot be read.
func logDate(s string) time.Time {
	for _, layout := range [...]string{
		"Mon, 2 Jan 2006 15:04:05 -0700", "Mon Jan 2 15:04:05 2006 -0700",
		"2006-01-02 15:04:05 -0700", time.RFC3339,
	} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return time.Time{}
}
