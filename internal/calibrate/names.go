package calibrate

// featureNames are as in the source, for the generated weights.
var featureNames = [features]string{
	LiftMean: "LiftMean", LiftLow: "LiftLow", LiftHigh: "LiftHigh", TwoVotes: "TwoVotes", ThreeVotes: "ThreeVotes", FiveVotes: "FiveVotes",
	TwoHigh: "TwoHigh", ThreeHigh: "ThreeHigh",
	Regression: "Regression", Gap: "Gap", Enhancement: "Enhancement", OtherCategory: "OtherCategory",
	InTests: "InTests", InDocs: "InDocs", InConfig: "InConfig", InGenerated: "InGenerated", Impact: "Impact", Doubt: "Doubt",
}

var signalNames = [signals]string{
	sigLoss: "sigLoss", sigSecurity: "sigSecurity", sigCrash: "sigCrash", sigHang: "sigHang", sigRace: "sigRace", sigCorrupt: "sigCorrupt",
	sigWrong: "sigWrong", sigSilent: "sigSilent", sigBroken: "sigBroken", sigLeak: "sigLeak",
	sigHedge: "sigHedge", sigRare: "sigRare", sigNit: "sigNit", sigTidy: "sigTidy", sigSuggest: "sigSuggest", sigExcuse: "sigExcuse",
	sigDocs: "sigDocs", sigTests: "sigTests", sigSpeed: "sigSpeed", sigMessage: "sigMessage",
}

// String returns the name of the feature as it stands in the source.
func (f Feature) String() string {
	if f >= firstSignal {
		return "firstSignal + Feature(" + signalNames[f-firstSignal] + ")"
	}
	return featureNames[f]
}
