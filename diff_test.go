package deepreview_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/internal/golden"
)

// summary describes a file of a change in one line: "modified main.go +1 -2".
func summary(f *deepreview.File) string {
	var s strings.Builder
	fmt.Fprintf(&s, "%s %s", f.Status, f.Path)
	if f.OldPath != "" {
		fmt.Fprintf(&s, " <- %s", f.OldPath)
	}
	if f.OldMode != f.NewMode {
		fmt.Fprintf(&s, " %v>%v", f.OldMode, f.NewMode)
	}
	if len(f.Hunks) > 0 || f.Added+f.Deleted > 0 {
		fmt.Fprintf(&s, " +%d -%d", f.Added, f.Deleted)
	}
	for _, flag := range []struct {
		on   bool
		name string
	}{{f.Binary, "binary"}, {f.LFS, "lfs"}, {f.Symlink(), "link"}, {f.Submodule(), "submodule"}} {
		if flag.on {
			s.WriteString(" " + flag.name)
		}
	}
	if f.Unreadable != "" {
		s.WriteString(" (" + f.Unreadable + ")")
	}
	return s.String()
}

func summaries(c *deepreview.Change) []string {
	var out []string
	for _, f := range c.Files {
		out = append(out, summary(f))
	}
	return out
}

// change makes the diff of a file with one hunk that replaces "old" by "new".
func changed(path string) string {
	return "diff --git a/" + path + " b/" + path + "\nindex 1111111..2222222 100644\n--- a/" + path + "\n+++ b/" + path +
		"\n@@ -1,2 +1,2 @@\n same\n-old\n+new\n"
}

const plainX = "--- a/x\n+++ b/x\n"

func TestParseDiffReadsEveryKindOfFile(t *testing.T) {
	for _, test := range []struct {
		name, diff string
		want       []string
	}{
		{"a modified file", changed("x.go"), []string{"modified x.go +1 -1"}},
		{"a plain diff", plainX + "@@ -1 +1 @@\n-old\n+new\n", []string{"modified x +1 -1"}},
		{"a plain diff of two folders, where the epoch means absent",
			"diff -ruN old/x new/x\n--- old/x\t1970-01-01 01:00:00.000000000 +0100\n+++ new/x\t2026-01-02 03:04:05.000000000 +0000\n@@ -0,0 +1 @@\n+new\n",
			[]string{"added x +1 -0"}},
		{"a plain diff to a file of another name", "--- x.go.orig\t2026-01-02 03:04:05 +0000\n+++ x.go\t2026-01-02 03:04:05 +0000\n@@ -1 +1 @@\n-a\n+b\n",
			[]string{"modified x.go <- x.go.orig +1 -1"}},
		{"a deleted file of a plain diff", "--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n", []string{"deleted x +0 -1"}},
		{"an empty file of diff -N, whose command stands alone", "diff -ruN old/e new/e\ndiff -ruN old/x new/x\n--- old/x\n+++ new/x\n@@ -1 +1 @@\n-a\n+b\n",
			[]string{"modified e (the diff names it but shows nothing of it)", "modified x +1 -1"}},
		{"a Subversion diff with its notes behind the names",
			"Index: x\n===================================================================\n--- x\t(revision 1)\n+++ x\t(working copy)\n@@ -1 +1 @@\n-a\n+b\n" +
				"Index: y.png\n===================================================================\nCannot display: file marked as a binary type.\nsvn:mime-type = image/png\n",
			[]string{"modified x +1 -1", "modified y.png binary"}},
		{"a Mercurial diff with a binary file", "diff -r 0123abcd x\n--- a/x\tThu Jan 01 00:00:00 2026 +0000\n+++ b/x\tFri Jan 02 00:00:00 2026 +0000\n@@ -1 +1 @@\n-a\n+b\nBinary file y has changed\n",
			[]string{"modified x +1 -1", "modified y binary"}},
		{"a binary file of a plain diff", "Binary files old/x.png and new/x.png differ\n", []string{"modified x.png binary"}},
		{"a rename without changes", "diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to y\n", []string{"renamed y <- x"}},
		{"a rename of absolute paths outside of a repository", "diff --git a/t/x b/t/y\nsimilarity index 100%\nrename from /t/x\nrename to /t/y\n", []string{"renamed t/y <- t/x"}},
		{"a rename between names with spaces that look like prefixes", "diff --git a/x b/x b/y b/y\nsimilarity index 100%\nrename from x b/x\nrename to y b/y\n",
			[]string{"renamed y b/y <- x b/x"}},
		{"a copy with changes", "diff --git a/x b/y\nsimilarity index 50%\ncopy from x\ncopy to y\nindex 1111111..2222222 100644\n--- a/x\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n",
			[]string{"copied y <- x +1 -1"}},
		{"a mode change", "diff --git a/x b/x\nold mode 100644\nnew mode 100755\n", []string{"modified x 100644>100755"}},
		{"a mode change of a binary file", "diff --git a/x b/x\nold mode 100644\nnew mode 100755\nindex 1111111..2222222\nBinary files a/x and b/x differ\n",
			[]string{"modified x 100644>100755 binary"}},
		{"a rename of a binary file", "diff --git a/x b/y\nsimilarity index 90%\nrename from x\nrename to y\nindex 1111111..2222222 100644\nBinary files a/x and b/y differ\n",
			[]string{"renamed y <- x binary"}},
		{"a rename with a mode change and a binary patch",
			"diff --git a/x b/y\nold mode 100644\nnew mode 100755\nsimilarity index 90%\nrename from x\nrename to y\nindex 1111111..2222222\nGIT binary patch\ndelta 8\nJcmZ>x00001IC3Jd\n\n" + changed("z"),
			[]string{"renamed y <- x 100644>100755 binary", "modified z +1 -1"}},
		{"a binary patch of two blocks",
			"diff --git a/x b/x\nindex 1111111..2222222 100644\nGIT binary patch\nliteral 3\nKcmb=J00IC3cmb=J\n\nliteral 0\nHcmV?d00001\n\n" + changed("z"),
			[]string{"modified x binary", "modified z +1 -1"}},
		{"a new binary file", "diff --git a/x b/x\nnew file mode 100644\nindex 0000000..2222222\nBinary files /dev/null and b/x differ\n",
			[]string{"added x 000000>100644 binary"}},
		{"a new empty file", "diff --git a/x y b/x y\nnew file mode 100644\nindex 0000000..e69de29\n", []string{"added x y 000000>100644"}},
		{"a deleted empty file without ids", "diff --git a/x b/x\ndeleted file mode 100644\n", []string{"deleted x 100644>000000 (the diff names it but shows nothing of it)"}},
		{"a symbolic link", "diff --git a/l b/l\nnew file mode 120000\nindex 0000000..2222222\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc/passwd\n\\ No newline at end of file\n",
			[]string{"added l 000000>120000 +1 -0 link"}},
		{"a submodule", "diff --git a/lib b/lib\nindex 1111111..2222222 160000\n--- a/lib\n+++ b/lib\n@@ -1 +1 @@\n-Subproject commit 1\n+Subproject commit 2\n",
			[]string{"modified lib +1 -1 submodule"}},
		{"a file that became a link, which git writes as two",
			"diff --git a/x b/x\ndeleted file mode 100644\nindex 1111111..0000000\n--- a/x\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-a\n-b\n" +
				"diff --git a/x b/x\nnew file mode 120000\nindex 0000000..2222222\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+y\n\\ No newline at end of file\n",
			[]string{"type changed x 100644>120000 +1 -2 link"}},
		{"a binary file that became a link, whose target still is to be read",
			"diff --git a/x b/x\ndeleted file mode 100644\nindex 1111111..0000000\nBinary files a/x and /dev/null differ\n" +
				"diff --git a/x b/x\nnew file mode 120000\nindex 0000000..2222222\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+y\n\\ No newline at end of file\n",
			[]string{"type changed x 100644>120000 +1 -0 link"}},
		{"a pointer of Git LFS", "diff --git a/x.psd b/x.psd\nindex 1111111..2222222 100644\n--- a/x.psd\n+++ b/x.psd\n@@ -1,3 +1,3 @@\n version https://git-lfs.github.com/spec/v1\n" +
			"-oid sha256:11\n-size 1\n+oid sha256:22\n+size 2\n", []string{"modified x.psd +2 -2 lfs"}},
		{"text that replaces a pointer of Git LFS", "diff --git a/x b/x\nindex 1111111..2222222 100644\n--- a/x\n+++ b/x\n@@ -1,3 +1 @@\n-version https://git-lfs.github.com/spec/v1\n" +
			"-oid sha256:11\n-size 1\n+code()\n", []string{"modified x +1 -3"}},
		{"names without prefixes", "diff --git x/y x/y\nindex 1111111..2222222 100644\n--- x/y\n+++ x/y\n@@ -1 +1 @@\n-a\n+b\n", []string{"modified x/y +1 -1"}},
		{"names with mnemonic prefixes", "diff --git i/y w/y\nindex 1111111..2222222 100644\n--- i/y\n+++ w/y\n@@ -1 +1 @@\n-a\n+b\n", []string{"modified y +1 -1"}},
		{"folders compared outside of a repository", "diff --git a/v1/y b/v2/y\nindex 1111111..2222222 100644\n--- a/v1/y\n+++ b/v2/y\n@@ -1 +1 @@\n-a\n+b\n",
			[]string{"modified v2/y <- v1/y +1 -1"}},
		{"a name with spaces at its end", "diff --git a/x  b/x \nindex 1111111..2222222 100644\n--- a/x \t\n+++ b/x \t\n@@ -1 +1 @@\n-a\n+b\n", []string{"modified x  +1 -1"}},
		{"a quoted name that is not ASCII", `diff --git "a/caf\303\251" "b/caf\303\251"` + "\nold mode 100644\nnew mode 100755\n", []string{"modified café 100644>100755"}},
		{"a quoted name beside one that is not", `diff --git a/cafe "b/caf\303\251"` + "\nsimilarity index 100%\nrename from cafe\nrename to \"caf\\303\\251\"\n", []string{"renamed café <- cafe"}},
		{"a name with a quote and a backslash", `diff --git "a/\"\\" "b/\"\\"` + "\nold mode 100644\nnew mode 100755\n", []string{`modified "\ 100644>100755`}},
		{"a name with a line break", `diff --git "a/x\ny" "b/x\ny"` + "\nold mode 100644\nnew mode 100755\n",
			[]string{`modified "x\ny" 100644>100755 (name has a line break or another control character)`}},
		{"a name that is not UTF-8", `diff --git "a/x\351" "b/x\351"` + "\nold mode 100644\nnew mode 100755\n",
			[]string{`modified "x\xe9" 100644>100755 (name is not valid UTF-8)`}},
		{"a name that leads out of the repository", "diff --git a/../x b/../x\nold mode 100644\nnew mode 100755\n",
			[]string{"modified ../x 100644>100755 (name is no path inside the repository)"}},
		{"an absolute name", "--- /etc/passwd\n+++ /etc/passwd\n@@ -1 +1 @@\n-a\n+b\n", []string{"modified /etc/passwd +1 -1 (name is no path inside the repository)"}},
		{"an old name that leads out of the repository", "diff --git a/../x b/x\nsimilarity index 100%\nrename from ../x\nrename to x\n",
			[]string{"renamed x <- ../x (old name is no path inside the repository)"}},
		{"a deleted line that looks like a header, with -U0", plainX + "@@ -1 +0,0 @@\n--- a/y\n@@ -9 +8 @@\n-a\n+++ b/y\n", []string{"modified x +1 -2"}},
		{"an added line that looks like the start of a file", plainX + "@@ -0,0 +1,2 @@\n+diff --git a/y b/y\n+++ b/y\n", []string{"modified x +2 -0"}},
		{"a context line that lost its space in the mail", plainX + "@@ -1,3 +1,3 @@\n\n-a\n+b\n \n", []string{"modified x +1 -1"}},
		{"a diff converted to CRLF", strings.ReplaceAll(changed("x"), "\n", "\r\n"), []string{"modified x +1 -1"}},
		{"a diff behind a byte order mark", "\ufeff" + changed("x"), []string{"modified x +1 -1"}},
		{"a NUL byte", plainX + "@@ -1 +1 @@\n-a\n+\x00\n", []string{"modified x +1 -1"}},
		{"a diff in prose with dashes", "Dear all,\n--- note\n+ and\n- this\n\n" + changed("x"), []string{"modified x +1 -1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := deepreview.ParseDiff(strings.NewReader(test.diff))
			require.NoError(t, err)
			assert.Equal(t, test.want, summaries(c))
		})
	}
}

func TestParseDiffRefusesWhatCannotBeTrusted(t *testing.T) {
	const x = "diff --git a/x b/x\nindex 1111111..2222222 100644\n"
	for _, test := range []struct {
		name, diff string
		// The error names this line of the input, and says this.
		line int
		says string
	}{
		{"a combined diff", "diff --cc x\nindex 1,2..3\n--- a/x\n+++ b/x\n@@@ -1,1 -1,1 +1,2 @@@\n  a\n++b\n", 1, "compare with one parent"},
		{"a combined hunk below an ordinary header", x + "--- a/x\n+++ b/x\n@@@ -1 -1 +1 @@@\n++b\n", 5, "compare with one parent"},
		{"colours", "\x1b[1mdiff --git a/x b/x\x1b[m\n", 1, "--no-color"},
		{"colours of hunks alone", x + "--- a/x\n+++ b/x\n\x1b[36m@@ -1 +1 @@\x1b[m\n", 5, "--no-color"},
		{"colours of lines alone", x + "--- a/x\n+++ b/x\n@@ -1 +1 @@\n\x1b[31m-a\x1b[m\n\x1b[32m+b\x1b[m\n", 6, "--no-color"},
		{"UTF-16", "\xff\xfed\x00i\x00", 1, "UTF-16"},
		{"UTF-16 without a byte order mark", "\x00d\x00i\x00f\x00f", 1, "UTF-16"},
		{"a context diff", "*** x\n--- x\n***************\n*** 1 ****\n", 3, "git diff or diff -u"},
		{"a plain diff without -u", "diff -r old/x new/x\n1,2c1\n< a\n---\n> b\n", 2, "git diff or diff -u"},
		{"text without a diff", "hello\n", 1, "no unified diff"},
		{"folders that only one side has", "Only in new: x\n", 1, "with -N"},
		{"a diff -q", "Files old/x and new/x differ\n", 1, "without -q"},
		{"a file that is not merged", "* Unmerged path x\n", 1, "resolve the conflict"},
		{"a submodule shown by its log", "Submodule lib 1111111..2222222:\n  > subject\n", 1, "--submodule=short"},
		{"properties of Subversion", changed("x") + "Property changes on: x\n", 9, "--ignore-properties"},
		{"a hunk without a file", "@@ -1 +1 @@\n-a\n+b\n", 1, "without the header"},
		{"a git header without names before its hunk", x + "@@ -1 +1 @@\n-a\n+b\n", 3, `without "---"`},
		{"a header cut after the old name", x + "--- a/x\n", 4, "cut"},
		{"a header cut after both names", x + "--- a/x\n+++ b/x\n", 5, "missing"},
		{"a header cut before the names", x, 1, "none of its lines are shown"},
		{"a header that says nothing", "diff --git a/x b/x\n", 1, "says nothing"},
		{"a new file whose lines are missing", "diff --git a/x b/x\nnew file mode 100644\nindex 0000000..2222222\n", 1, "none of its lines are shown"},
		{"a rename whose changes are missing", "diff --git a/x b/y\nsimilarity index 90%\nrename from x\nrename to y\n", 1, "none of its lines are shown"},
		{"half a rename", "diff --git a/x b/y\nsimilarity index 100%\nrename from x\n", 1, "rename cannot be read"},
		{"a rename that is a copy", "diff --git a/x b/y\nrename from x\nrename to y\ncopy from x\ncopy to y\n", 1, "both renamed and copied"},
		{"a new file that was renamed", "diff --git a/x b/y\nnew file mode 100644\nrename from x\nrename to y\n", 1, "at once"},
		{"a header line that stands twice", "diff --git a/x b/x\nold mode 100644\nold mode 100755\n", 3, "twice"},
		{"half a mode change", "diff --git a/x b/x\nold mode 100644\n", 1, "one side"},
		{"two names without a word of a rename", "diff --git a/x b/y\nold mode 100644\nnew mode 100755\n", 1, "nothing of what changed"},
		{"a mode that is none", "diff --git a/x b/x\nold mode 100644\nnew mode 10075\n", 1, "no file mode"},
		{"names that differ from the first line", x + "--- a/x\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n", 1, "contradict"},
		{"rename lines that differ from the first line", "diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to z\n", 1, "contradict"},
		{"names that can be read in several ways", "diff --git a/1 b/2 b/3\nold mode 100644\nnew mode 100755\n", 1, "several ways"},
		{"a new file with old lines", "diff --git a/x b/x\nnew file mode 100644\nindex 0000000..2222222\n--- /dev/null\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", 1, "lines on both sides"},
		{"a new file with an old name", "diff --git a/x b/x\nnew file mode 100644\nindex 0000000..2222222\n--- a/x\n+++ b/x\n@@ -0,0 +1 @@\n+b\n", 1, "names both sides"},
		{"a file that stands twice", changed("x") + changed("y") + changed("x"), 17, "already stands at line 1"},
		{"a deletion and an addition of equal types", "diff --git a/x b/x\ndeleted file mode 100644\nindex e69de29..0000000\ndiff --git a/x b/x\nnew file mode 100644\nindex 0000000..e69de29\n", 4, "already stands"},
		{"a hunk shorter than its counts, before a file", plainX + "@@ -1,3 +1,3 @@\n a\n-b\n+c\n" + changed("y"), 7, "needs 1 more old and 1 more new"},
		{"a hunk shorter than its counts, at the end", plainX + "@@ -1,3 +1,3 @@\n a\n-b\n+c\n", 7, "1 old and 1 new lines are missing"},
		{"a hunk with one more added line", plainX + "@@ -1 +1 @@\n-a\n+b\n+c\n", 6, "outside of any hunk"},
		{"a hunk with one more deleted line", plainX + "@@ -1 +1 @@\n-a\n-b\n+c\n", 5, "more lines than its header says"},
		{"a hunk with one more line like a signature, and more below", plainX + "@@ -1 +1 @@\n-a\n+b\n-- \n+c\n", 7, "outside of any hunk"},
		{"a hunk with one more context line", plainX + "@@ -1 +1 @@\n-a\n+b\n c\n", 6, "outside of any hunk"},
		{"a line of a hunk that a mailer wrapped", plainX + "@@ -1 +1 @@\n-a very\nlong line\n+b\n", 5, "wrapped"},
		{"a hunk without lines", plainX + "@@ -1,0 +1,0 @@\n", 3, "no lines"},
		{"hunks that overlap", plainX + "@@ -1,2 +1,2 @@\n a\n-b\n+c\n@@ -2 +2 @@\n-c\n+d\n", 7, "overlaps"},
		{"hunks out of order", plainX + "@@ -9 +9 @@\n-a\n+b\n@@ -1 +1 @@\n-c\n+d\n", 6, "out of order"},
		{"a hunk missing between others", plainX + "@@ -1 +1 @@\n-a\n+b\n@@ -9 +10 @@\n-c\n+d\n", 6, "a hunk is missing"},
		{"a first hunk missing", plainX + "@@ -9 +10 @@\n-c\n+d\n", 3, "a hunk is missing"},
		{"a hunk header with a sign", plainX + "@@ -+1 +1 @@\n-c\n+d\n", 3, "no hunk header"},
		{"a hunk header with a huge number", plainX + "@@ -99999999999999999999 +1 @@\n-c\n+d\n", 3, "no hunk header"},
		{"a hunk header cut in its middle", plainX + "@@ -1 +1\n-c\n+d\n", 3, "no hunk header"},
		{"a line after the end of the file", plainX + "@@ -1,2 +1 @@\n-a\n\\ No newline at end of file\n-b\n+c\n", 6, "follows"},
		{"a marker without a line", plainX + "@@ -1 +1 @@\n\\ No newline at end of file\n-b\n+c\n", 4, "backslash"},
		{"two markers", plainX + "@@ -1 +1 @@\n-b\n+c\n\\ No newline at end of file\n\\ No newline at end of file\n", 7, "backslash"},
		{"a last line without its line feed", plainX + "@@ -1 +1 @@\n-a\n+b", 5, "no line feed"},
		{"a header line without its line feed", "diff --git a/x b/x\nold mode 100644\nnew mode 100755", 3, "cut in the header"},
		{"a plain header without hunks between files", changed("x") + "--- a/y\n", 9, "without"},
		{"a binary patch cut in its data", "diff --git a/x b/x\nindex 1111111..2222222 100644\nGIT binary patch\nliteral 3\nKcmb=J00IC3cmb=J\n", 6, "inside the binary patch"},
		{"a binary patch with a line of the wrong length", "diff --git a/x b/x\nindex 1111111..2222222 100644\nGIT binary patch\nliteral 3\nKcmb=J00I\n\n", 5, "no line of the binary patch"},
		{"a mail in base64", "From: a\nSubject: [PATCH] x\nContent-Transfer-Encoding: base64\n\nZGlmZg==\n", 3, "git am"},
		{"a mail in quoted-printable", "From: a\nSubject: [PATCH] x\nContent-Transfer-Encoding: Quoted-Printable\n\n", 3, "git am"},
		{"a part of a mail in base64", "From: a\nSubject: [PATCH] x\nContent-Type: multipart/mixed; boundary=\"b\"\n\n--b\nContent-Type: text/plain\n\nwords\n---\n--b\nContent-Transfer-Encoding: base64\n", 11, "git am"},
		{"a mail with fewer files than it says", "From: a\nSubject: [PATCH] x\n\nwords\n---\n x | 2 +-\n y | 2 +-\n 2 files changed, 2 insertions(+), 2 deletions(-)\n\n" + changed("x"), 1, "has 2 files (+2 -2), but there are 1 (+1 -1)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := deepreview.ParseDiff(strings.NewReader(test.diff))
			assert.Nil(t, c)
			var diffErr *deepreview.DiffError
			require.ErrorAs(t, err, &diffErr)
			assert.Contains(t, diffErr.Error(), test.says)
			assert.Equal(t, test.line, diffErr.Line, diffErr.Error())
		})
	}
}

func TestParseDiffOfNothing(t *testing.T) {
	for _, input := range []string{"", "\n", " \r\n\t\n"} {
		_, err := deepreview.ParseDiff(strings.NewReader(input))
		assert.ErrorIs(t, err, deepreview.ErrEmptyDiff)
	}
}

func TestParseDiffReportsTheReadersError(t *testing.T) {
	broken := errors.New("the disk is gone")
	_, err := deepreview.ParseDiff(io.MultiReader(strings.NewReader(changed("x")), iotest.ErrReader(broken)))
	assert.ErrorIs(t, err, broken)
	_, err = deepreview.ParseDiff(io.MultiReader(strings.NewReader(changed("x")[:90]), iotest.ErrReader(broken)))
	assert.ErrorIs(t, err, broken, "a cut that the reader explains is the reader's error")
}

func TestParseDiffKeepsContentAsItIs(t *testing.T) {
	c, err := deepreview.ParseDiff(strings.NewReader("diff --git a/x b/x\nindex 1111111..2222222 100644\n--- a/x\n+++ b/x\n" +
		"@@ -3,4 +3,4 @@ func main() {\r\n one \t\r\n\n-caf\xe9\n-crlf\r\n\\ Kein Zeilenumbruch am Dateiende.\n+caf\xe8\n+crlf\n"))
	require.NoError(t, err)
	require.Len(t, c.Files, 1)
	f := c.Files[0]
	assert.Equal(t, []string{"1111111", "2222222"}, []string{f.OldID, f.NewID})
	assert.Equal(t, []*deepreview.Hunk{{
		OldStart: 3, OldLines: 4, NewStart: 3, NewLines: 4, Section: "func main() {",
		Body: " one \t\r\n \n-caf\uFFFDE9\n-crlf\r\n\\ Kein Zeilenumbruch am Dateiende.\n+caf\uFFFDE8\n+crlf\n",
	}}, f.Hunks)
	assert.Equal(t, deepreview.Line{Op: deepreview.OpDelete, Old: 6, Text: "crlf\r", NoEOL: true}, slices.Collect(f.Hunks[0].Lines())[3])
}

func TestParseDiffBoundsWhatItKeeps(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 140 MB; run without -short")
	}
	const line = 1 << 20
	huge := func(lines int, text string) io.Reader {
		parts := []io.Reader{strings.NewReader(fmt.Sprintf("diff --git a/big b/big\nnew file mode 100644\nindex 0000000..2222222\n--- /dev/null\n+++ b/big\n@@ -0,0 +1,%d @@\n", lines))}
		for range lines {
			parts = append(parts, strings.NewReader("+"+text+"\n"))
		}
		return io.MultiReader(append(parts, strings.NewReader(changed("small")))...)
	}
	t.Run("a file whose hunks exceed 64 MB is kept without them", func(t *testing.T) {
		c, err := deepreview.ParseDiff(huge(65, strings.Repeat("x", line)))
		require.NoError(t, err)
		assert.Equal(t, []string{"added big 000000>100644 +65 -0 (its diff is larger than 64 MB and was left out)", "modified small +1 -1"}, summaries(c))
		assert.Empty(t, c.Files[0].Hunks)
	})
	t.Run("a line that exceeds 64 MB too", func(t *testing.T) {
		c, err := deepreview.ParseDiff(huge(1, strings.Repeat("x", 66*line)))
		require.NoError(t, err)
		assert.Equal(t, []string{"added big 000000>100644 +1 -0 (its diff is larger than 64 MB and was left out)", "modified small +1 -1"}, summaries(c))
	})
	t.Run("a line of 8 MB is kept whole", func(t *testing.T) {
		c, err := deepreview.ParseDiff(huge(1, strings.Repeat("x", 8*line)))
		require.NoError(t, err)
		assert.Len(t, c.Files[0].Hunks[0].Body, 8*line+2)
	})
}

// cutCleanly reports whether part is what no reader can tell from a whole file: some of its first hunks, the last without the
// marker for a missing newline, half of a change of type, or a name that was announced and is unreadable.
func cutCleanly(whole, part *deepreview.File) bool {
	n := len(part.Hunks)
	switch {
	case part.Unreadable != "":
		return true
	case part.Status != whole.Status:
		return whole.Status == deepreview.FileTypeChanged && part.Status == deepreview.FileDeleted
	case n == 0: // the binary content of a file whose mode changed, too
		return part.NewMode != 0 && part.OldMode != part.NewMode
	case n == len(whole.Hunks):
		marker, ok := strings.CutPrefix(whole.Hunks[n-1].Body, part.Hunks[n-1].Body)
		return ok && strings.HasPrefix(marker, `\`)
	}
	return assert.ObjectsAreEqual(whole.Hunks[:n], part.Hunks)
}

// TestParseDiffOfRecordedDiffs compares whole changes, headers too, with what testdata/diff says of them. Each
// recorded diff is also cut at every byte: then there is an error, or a change with fewer files, each of them whole.
func TestParseDiffOfRecordedDiffs(t *testing.T) {
	paths, err := filepath.Glob("testdata/diff/*.diff")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".diff"), func(t *testing.T) {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			c, err := deepreview.ParseDiff(iotest.OneByteReader(bytes.NewReader(text)))
			require.NoError(t, err)
			var got strings.Builder
			fmt.Fprintf(&got, "title: %s\nauthor: %s\ndescription: %q\n", c.Title, c.Author, c.Description)
			for _, commit := range c.Commits {
				fmt.Fprintf(&got, "commit: %s %s %s %q %q\n", commit.ID, commit.Date.Format("2006-01-02T15:04:05Z07:00"), commit.Author, commit.Subject, commit.Body)
			}
			for _, f := range c.Files {
				fmt.Fprintf(&got, "file: %s\n", summary(f))
				for _, h := range f.Hunks {
					fmt.Fprintf(&got, "  -%d,%d +%d,%d %q\n", h.OldStart, h.OldLines, h.NewStart, h.NewLines, h.Section)
					for l := range h.Lines() {
						fmt.Fprintf(&got, "    %c %d %d %q %v\n", l.Op, l.Old, l.New, l.Text, l.NoEOL)
					}
				}
			}
			golden.Check(t, strings.TrimSuffix(path, ".diff")+".txt", []byte(got.String()))

			for end := range text {
				part, err := deepreview.ParseDiff(bytes.NewReader(text[:end]))
				if err != nil {
					continue
				}
				require.LessOrEqual(t, len(part.Files), len(c.Files))
				for i, f := range part.Files {
					if i == len(part.Files)-1 && cutCleanly(c.Files[i], f) {
						continue
					}
					require.Equal(t, c.Files[i], f, "cut after byte %d", end)
				}
			}
		})
	}
}
