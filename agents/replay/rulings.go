package replay

import (
	"slices"
	"strings"

	"github.com/deepreview-go/deepreview"
)

// rulings are a lead's decisions as far as a report shows them: which claims were ruled to be an issue, and as what it is
// told; what was dropped, suppressed or made a note of; and, where there are any of these, which notes are one.
func rulings(r *deepreview.Report) []deepreview.Ruling {
	var out []deepreview.Ruling
	ruled := func(d deepreview.Decision) bool { return d.Rule == "ruling" }
	if !slices.ContainsFunc(r.Ledger, ruled) {
		return nil
	}
	for _, is := range r.Issues {
		at := slices.IndexFunc(r.Ledger, func(d deepreview.Decision) bool { return ruled(d) && slices.Contains(d.Issues, is.ID) })
		if at < 0 {
			continue
		}
		ru := deepreview.Ruling{
			Claims: []deepreview.Ref{is.Lead}, Category: is.Category, Title: is.Title, Detail: is.Detail, Impact: is.Impact,
			Locations: is.Locations, Fix: is.Fix, Reason: r.Ledger[at].Reason,
		}
		for _, s := range is.Sources {
			if s.Ref() != is.Lead {
				ru.Claims = append(ru.Claims, s.Ref())
			}
		}
		// Only the reasons tell whether the lead named the severity or left it to be derived; a test holds the words.
		if slices.ContainsFunc(is.Reasons, func(reason string) bool { return strings.HasPrefix(reason, "The lead ruled it ") }) {
			ru.Severity = is.Severity
		}
		out = append(out, ru)
	}
	for _, d := range r.Ledger {
		switch {
		case !ruled(d) || len(d.Issues) > 0:
		case d.Outcome == deepreview.OutcomeDemoted && !d.Note: // with its note, below
		default:
			out = append(out, deepreview.Ruling{Claims: []deepreview.Ref{d.Claim}, Outcome: d.Outcome, Drop: d.Drop, Reason: d.Reason})
		}
	}
	for _, n := range r.Notes {
		of := deepreview.Ruling{Title: n.Title, Detail: n.Text}
		var demoted []deepreview.Ref
		for _, ref := range n.Sources {
			at := slices.IndexFunc(r.Ledger, func(d deepreview.Decision) bool { return d.Claim == ref && d.Outcome == deepreview.OutcomeDemoted })
			if at < 0 {
				of.Claims = append(of.Claims, ref)
				continue
			}
			demoted = append(demoted, ref)
			of.Reason = r.Ledger[at].Reason
		}
		if len(of.Claims) > 1 {
			out = append(out, deepreview.Ruling{Claims: of.Claims, Title: n.Title, Detail: n.Text})
		}
		if len(demoted) > 0 {
			of.Claims, of.Outcome, of.Note = demoted, deepreview.OutcomeDemoted, n.Kind
			out = append(out, of)
		}
	}
	return out
}
