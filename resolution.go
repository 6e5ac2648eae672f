package deepreview

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// Resolution is what a person decided about an issue.
type Resolution struct {
	// Issue is an [Issue.ID].
	Issue string         `json:"issue"`
	As    ResolutionKind `json:"as"`
	Why   string         `json:"why,omitempty"`
	By    string         `json:"by,omitempty"`
	Date  time.Time      `json:"date,omitzero"`
	// Expires ends the resolution; zero means never.
	Expires time.Time `json:"expires,omitzero"`
	// Title and Severity are the issue's when it was decided about. Where the issue is known by its code alone, as on another
	// branch, the decision does not hold for one that is graver.
	Title    string   `json:"title,omitempty"`
	Severity Severity `json:"severity,omitzero"`
	// Overruled says that the issue is open in spite of the decision, since its code changed, or it was raised again; it is for
	// the decision in an [Issue]. From then on only another decision settles it.
	Overruled bool `json:"overruled,omitzero"`
}

// Expired reports whether the resolution has ended by now. A zero now is before every end.
func (r *Resolution) Expired(now time.Time) bool {
	return !r.Expires.IsZero() && !now.Before(r.Expires)
}

// Settles reports whether the decision was to leave the code as it is.
func (r *Resolution) Settles() bool { return r != nil && r.As != ResolvedFixed }

// String returns the decision in words: "declined by ann on 2026-11-02: bounded by the caller".
func (r *Resolution) String() string {
	s := string(r.As)
	if r.As == ResolvedFixed {
		s = "marked fixed"
	}
	if r.By != "" {
		s += " by " + r.By
	}
	if !r.Date.IsZero() {
		s += " on " + r.Date.Format(time.DateOnly)
	}
	if r.Why != "" {
		s += ": " + r.Why
	}
	return s
}

// ResolutionKind is what was decided.
type ResolutionKind string

// What can be decided about an issue.
const (
	ResolvedFixed         ResolutionKind = "fixed"
	ResolvedDeclined      ResolutionKind = "declined"
	ResolvedAcceptedRisk  ResolutionKind = "accepted risk"
	ResolvedFalsePositive ResolutionKind = "false positive"
)

// ParseResolutionKind reads a decision as people type it: "fixed", "declined", "accepted-risk", "false-positive".
func ParseResolutionKind(text string) (ResolutionKind, error) {
	switch k := ResolutionKind(strings.ReplaceAll(text, "-", " ")); k {
	case ResolvedFixed, ResolvedDeclined, ResolvedAcceptedRisk, ResolvedFalsePositive:
		return k, nil
	}
	return "", fmt.Errorf("%q is no decision; choose from fixed, declined, accepted-risk, false-positive", shorten(text, 60))
}

// ParseResolutions reads a file of decisions, one a line:
//
//	ISSUE DECISION [by NAME] [on DATE] [until DATE] -- REASON
//
// ISSUE is an [Issue.ID], DECISION as [ParseResolutionKind] has it, a NAME is one word and a DATE is 2026-11-02. Empty lines
// and those that begin with "#" are left out. A line of another form is an error, which names it; the others are returned
// with it. Whoever reads such a file from a repository reads it from the base revision, or a change could settle its own
// issues.
func ParseResolutions(r io.Reader) ([]Resolution, error) {
	var out []Resolution
	var wrong []string
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	n := 0
	for lines.Scan() {
		n++
		text := strings.TrimSpace(lines.Text())
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		res, err := parseResolution(text)
		if err != nil {
			wrong = append(wrong, fmt.Sprintf("line %d: %v", n, err))
			continue
		}
		out = append(out, res)
	}
	if err := lines.Err(); err != nil {
		wrong = append(wrong, fmt.Sprintf("line %d: %v", n+1, err))
	}
	if len(wrong) > 0 {
		return out, fmt.Errorf("%s; write it as: ISSUE declined until 2027-01-31 -- REASON", strings.Join(wrong, "\n"))
	}
	return out, nil
}

func parseResolution(line string) (res Resolution, err error) {
	if !utf8.ValidString(line) {
		return res, fmt.Errorf("it is not valid UTF-8")
	}
	head, why, ok := strings.Cut(line, "--")
	res.Why = strings.TrimSpace(why)
	words := strings.Fields(head)
	switch {
	case !ok || res.Why == "":
		return res, fmt.Errorf("it gives no reason")
	case len(words) < 2:
		return res, fmt.Errorf("it names no issue and decision")
	}
	res.Issue = words[0]
	if res.As, err = ParseResolutionKind(words[1]); err != nil {
		return res, err
	}
	for rest := words[2:]; len(rest) > 0; rest = rest[2:] {
		if len(rest) == 1 {
			return res, fmt.Errorf("%q has nothing behind it", shorten(rest[0], 60))
		}
		switch rest[0] {
		case "by":
			res.By = rest[1]
		case "on":
			res.Date, err = parseDay(rest[1])
		case "until":
			res.Expires, err = parseDay(rest[1])
		default:
			err = fmt.Errorf("%q is none of by, on, until", shorten(rest[0], 60))
		}
		if err != nil {
			return res, err
		}
	}
	return res, nil
}

func parseDay(text string) (time.Time, error) {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return day, fmt.Errorf("%q is no date such as 2027-01-31", shorten(text, 60))
	}
	return day, nil
}
