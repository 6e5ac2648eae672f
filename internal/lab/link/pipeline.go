package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/internal/corpus"
)

// lead is the one reviewer of a round: the recorded issues are what a lead reviewer made of a panel's findings.
const lead = "lead"

// byPipeline reviews both sides of s one after the other, as two runs would, and returns the later issues that came out with the
// ID of an earlier one, and how the report says that it is known.
func byPipeline(ctx context.Context, s *step) (map[pair]string, error) {
	first, err := consolidate(ctx, s, s.earlier, nil)
	if err != nil {
		return nil, err
	}
	before := map[string]string{}
	for _, is := range first.Issues {
		is.Status = deepreview.StatusNew
		before[is.ID] = goldID(s.earlier, is)
	}
	second, err := consolidate(ctx, s, s.later, &deepreview.Round{Number: 1, Issues: first.Issues})
	if err != nil {
		return nil, err
	}
	out := map[pair]string{}
	for _, is := range second.Issues {
		switch is.Status {
		case deepreview.StatusPersisting, deepreview.StatusReopened, deepreview.StatusDeclined:
		default:
			continue
		}
		old, known := before[is.ID]
		if !known {
			return nil, fmt.Errorf("%s is %s, but %s is no ID of the round before", goldID(s.later, is), is.Status, is.ID)
		}
		out[pair{old, goldID(s.later, is)}] = is.StatusReason
	}
	return out, nil
}

// consolidate makes the report of a round in which one reviewer, whose word stands, raised the issues.
func consolidate(ctx context.Context, s *step, issues []corpus.Issue, previous *deepreview.Round) (*deepreview.Report, error) {
	c := &deepreview.Change{Previous: previous}
	rev := &deepreview.Review{Reviewer: lead}
	for _, path := range s.files() {
		c.Files = append(c.Files, &deepreview.File{Path: path, Status: deepreview.FileModified})
		rev.Coverage = append(rev.Coverage, deepreview.Coverage{
			Path: path, Status: deepreview.CoverageFindings, Depth: deepreview.DepthRead,
		})
	}
	p := &deepreview.Pipeline{}
	for _, is := range issues {
		f := &deepreview.Finding{
			ID: numberOf(is.ID), Title: is.Title, Detail: is.Body,
			Severity: deepreview.ParseSeverity(is.Severity), Category: deepreview.Category(is.Category),
		}
		for _, l := range is.Locations {
			if l.Path != "" {
				f.Locations = append(f.Locations, deepreview.Location{Path: l.Path, Start: l.Start, End: l.End})
			}
		}
		rev.Findings = append(rev.Findings, f)
		p.Rulings = append(p.Rulings, deepreview.Ruling{Claims: []deepreview.Ref{{Reviewer: lead, ID: f.ID}}, Severity: f.Severity})
	}
	r, err := p.Consolidate(ctx, c, []*deepreview.Review{rev})
	if err != nil {
		return nil, err
	}
	if len(r.Issues) != len(issues) {
		return nil, fmt.Errorf("%s: %d recorded issues came out as %d", s.pull, len(issues), len(r.Issues))
	}
	return r, nil
}

// numberOf returns what follows the change in an issue's ID: "I2".
func numberOf(id string) string { return id[strings.LastIndexByte(id, '/')+1:] }

// goldID returns the recorded ID of the issue that a report's issue was made of.
func goldID(issues []corpus.Issue, is *deepreview.Issue) string {
	for _, gold := range issues {
		if numberOf(gold.ID) == is.Lead.ID {
			return gold.ID
		}
	}
	return ""
}
