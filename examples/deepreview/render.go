package main

import "context"

// render writes a report again from its JSON. Where there is no --out it goes to standard output as text.
func render(_ context.Context, e *env, s *settings) int {
	if len(s.out) == 0 {
		s.out = []destination{mustDestination("text=-")}
	}
	if err := checkDestinations(s.out); err != nil {
		return e.fail(err)
	}
	if err := s.checkTemplates(); err != nil {
		return e.fail(err)
	}
	r, err := e.readReport(s.args[0])
	if err != nil {
		return e.fail(err)
	}
	if err := e.write(s, nil, r); err != nil {
		return e.fail(err)
	}
	return exitFine
}

// mustDestination is a destination of our own.
func mustDestination(text string) destination {
	d, err := parseDestination(text)
	if err != nil {
		panic(err)
	}
	return d
}
