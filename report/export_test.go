package report

// Sample is the report that CheckTemplates renders.
var Sample = sample
