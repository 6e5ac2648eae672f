package main

import (
	"fmt"
	"strings"
)

// usage is the help page. It is written by hand; a test holds it to the flags there are, and to 100 columns.
const usage = `deepreview has a panel of reviewers examine a change and writes one report of what they found.

Usage
  deepreview [flags] [RANGE]             review a change of a git repository
  deepreview [flags] --patch FILE        review a diff
  deepreview [flags] --pr NUMBER|URL     review a pull request on GitHub; --post answers it there
  deepreview render REPORT.json          write a report again, in other formats
  deepreview explain REPORT.json NAME    the trail of an issue, I1, or of a claim, codex/I2
  deepreview reviewers                   who can review here, and why others cannot
  deepreview resolve ISSUE --as DECISION --why TEXT
                                         settle an issue of the last round: I1, an ID, or all
  deepreview history [SERIES [ROUND]]    the rounds of this repository; what became of each issue;
                                         the report of one round again
  deepreview scorecard                   what became of each reviewer's claims, and what they cost
  deepreview templates list|show NAME|check DIR
                                         what of reports and prompts can be replaced, the built-in
                                         text of one, and what is wrong with your own
  deepreview schema                      the JSON Schema of what --out json=FILE writes

What is reviewed
  RANGE               base...head (since they parted), base..head, or one commit. By default the
                      branch since it left the default branch, or the last commit if that is nothing
  -C DIR              the repository that DIR is in, instead of the one around this folder
  --staged            what is staged for the next commit; RANGE is what to compare with, or HEAD
  --worktree          the working tree, untracked files included; RANGE as for --staged
  --patch FILE        a unified diff, or "-" for standard input; it is reviewed alone, even if there
                      is a repository around
  --pr REF            a pull request: 234, owner/name#234, or its page's address. GITHUB_TOKEN, or
                      for a server of your own GH_ENTERPRISE_TOKEN, is sent to that host alone.
                      Fetch its commits into the clone around for trees; without, there are diffs
  --path GLOB         only files that match: 'pkg/**', '*.go', 'docs/'; repeatable
  --exclude GLOB      no files that match; repeatable

Who reviews
  --reviewer NAME     this reviewer; repeatable. By default all that are available and suit the
                      change: the models whose keys are in the environment, and the rules. By
                      name alone: claude-cli, codex-cli, gemini-cli, which start that agent, and
                      exec:'COMMAND' (it answers in JSON or Markdown), markdown:FILE (a review in
                      Markdown) and sarif:FILE (what a linter found)
  --replay PATH       recorded reviews: a report's JSON, or a folder of *.review.json and, if there
                      is one, the lead's decisions.json; --reviewer adds others
  --model NAME=MODEL  the model of claude, gpt, gemini or chat; repeatable
  --base-url NAME=URL where its API is, for a proxy or a server of your own; repeatable
  --effort LEVEL      how much the models may think: low, medium, high (default their own)
  --passes N          how often each model reviews the change (default 1)
  --budget AMOUNT     stop the models at $3.50, 2M tokens (2M, 500k) or 200 requests (200r)
  --price NAME=PRICE  what a model costs, IN/CACHED/OUT in dollars for a million tokens
  --verify NAME       have this model take a second look at the doubtful issues
  --adjudicate NAME   have this model settle which findings are the same, where that is in doubt
  --edit NAME         have this model write the words of the report
  --instructions TEXT what the models are to heed, besides the repository's own guidance
  --timeout TIME      how long each reviewer may take: 90s, 10m, or 0 for no limit (default 30m)
  --dry-run           say who would get what, and review nothing

What is remembered
  --history DIR       where rounds, decisions and answers are kept, or "off" (default the folder
                      deepreview in the repository's .git; none for --patch and --replay)
  --resume            go on with the run that broke off last, and pay only for what is missing
  --no-cache          ask everybody again, also where nothing has changed since the last answer
  --as DECISION       for resolve: fixed, declined, accepted-risk, false-positive, or open
  --why TEXT          for resolve: the reason, for whoever reads the next report
  --by NAME           for resolve: who decided (default your user name)
  --until DATE        for resolve: from this day on it does not hold
  --prune N           for history: keep the newest N rounds
  --export            for history: all of it as JSON
A repository's .deepreview/RESOLUTIONS, as it was before the change, counts too, and so does the
comment "deepreview:ignore RULE-or-ID [until DATE] -- REASON" in a line the change does not add.

What comes out
  --out FORMAT=PATH   to a file, or to standard output if PATH is "-"; html, markdown, text, json;
                      lines, one an issue, as of a compiler; for code scanning sarif, for reviewdog
                      rdjson or rdjsonl, for GitLab's Code Quality gitlab, for GitHub's API github
                      (a review's request). Repeatable (default text=- and html=deepreview.html;
                      for render text=-)
  --post              post the report to the pull request: a review with comments on lines. Run
                      again it adds what is new and resolves what is fixed; it never approves
  --templates DIR     templates, and prompts for the models, that take the place of the built-in
                      ones, file by file; see deepreview templates
  --min-score N       fold away issues less likely than N, from 0 to 1, to survive a second look
  --fail-on LEVEL     exit with 1 from this severity on: critical, important, suggestion, or never
                      (default important)
  --quiet             no progress and no notes, only the report and errors
  --config FILE       flags in YAML, by their names; by default deepreview/config.yaml in your
                      folder of configurations. A repository's .deepreview.yaml, as it was before
                      the change, may set exclude, instructions, min-score and fail-on

Flags may stand before and after RANGE; what follows "--" is no flag. NO_COLOR turns colours off.
Ctrl-C stops the reviewers and writes what is there; a second one ends at once.

Exit status
  0    fine
  1    issues at or above --fail-on
  2    failed, or incomplete: a reviewer did not finish, a file was read by nobody, a report could
       not be written. Where rules alone ran, which read nothing, the issues decide: 0 or 1
  64   wrong usage

Examples
  deepreview                                     what this branch brings, or its last commit
  deepreview --staged --fail-on critical         before a commit
  git diff | deepreview --patch -                any diff
  deepreview --out json=r.json main...HEAD       keep the report as data; then
  deepreview render r.json --out html=r.html     a page of it, and
  deepreview explain r.json I1                   why its first important issue is there
  deepreview resolve I1 --as declined --why "the caller checks it"

A report contains source code of the change: share it like the code.
`

// usageError is a mistake in the arguments: exit status 64.
type usageError struct{ message string }

func (e *usageError) Error() string { return e.message }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}

// dashed is a flag as a user writes it.
func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// instead suggests the name that word was meant to be, and lists all of them where none is near.
func instead(word string, names []string) string {
	if near := nearest(word, names); near != "" {
		return fmt.Sprintf("did you mean %s?", near)
	}
	if len(names) == 0 {
		return "there is none"
	}
	return "choose from " + strings.Join(names, ", ")
}

// nearest returns the name that the fewest single-letter edits make of word, empty where even that takes more than a third of
// its letters, unless one begins with the other. Of several equally near it is the first.
func nearest(word string, names []string) string {
	word = strings.ToLower(word)
	best, at := "", 0
	for _, name := range names {
		low := strings.ToLower(name)
		d := edits(word, low)
		if stem := min(len(word), len(low)); stem >= 3 && word[:stem] == low[:stem] && strings.Trim(low[:stem], "-") != "" {
			d = min(d, max(1, len(low)/3))
		}
		if d <= max(1, len(low)/3) && (best == "" || d < at) {
			best, at = name, d
		}
	}
	return best
}

// edits counts the letters to insert, delete, replace or swap with their neighbour that lead from a to b.
func edits(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > 64 || len(y) > 64 {
		return len(x) + len(y) // no name is as long
	}
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		for j := range rows[i] {
			switch {
			case i == 0 || j == 0:
				rows[i][j] = i + j
			case x[i-1] == y[j-1]:
				rows[i][j] = rows[i-1][j-1]
			default:
				rows[i][j] = 1 + min(rows[i-1][j-1], rows[i-1][j], rows[i][j-1])
			}
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(x)][len(y)]
}
