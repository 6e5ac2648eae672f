package agents

import "github.com/deepreview-go/deepreview"

// AddUsage returns the sum of two usages. The sum is priced if every one of them that sent a request is.
func AddUsage(a, b deepreview.Usage) deepreview.Usage {
	sum := deepreview.Usage{
		Requests:     a.Requests + b.Requests,
		ToolCalls:    a.ToolCalls + b.ToolCalls,
		TokensIn:     a.TokensIn + b.TokensIn,
		TokensOut:    a.TokensOut + b.TokensOut,
		TokensCached: a.TokensCached + b.TokensCached,
		Cost:         a.Cost + b.Cost,
	}
	sum.Priced = (a.Priced || a.Requests == 0) && (b.Priced || b.Requests == 0) && (a.Priced || b.Priced)
	return sum
}
