// Command deepreview has a panel of reviewers examine a change and writes one report. It is a thin user of the library:
//
//	flags        what is reviewed, who reviews, what comes out
//	  │ load.go     git.Load or deepreview.ParseDiff
//	  │ roster.go   the reviewers there are, and recorded ones
//	  │ review.go   deepreview.Run, then deepreview.Pipeline; progress.go shows it
//	  │ output.go   the renderers of package report, into files that appear whole or not at all
//	exit status  what the report comes to: status.go
//
// deepreview --help has every flag.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() { start(func(*env) {}) }

// start runs the command in this process, with what adapt changes about it, and ends the process.
func start(adapt func(*env)) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	configDir, _ := os.UserConfigDir() // without one there is no configuration
	e := &env{
		configDir: configDir,
		stdin:     os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		getenv: os.Getenv, terminal: terminalSize, now: time.Now, roster: roster(),
	}
	context.AfterFunc(ctx, stop) // from the first signal on the next one ends the process at once
	e.unhook = stop
	adapt(e)
	os.Exit(run(ctx, os.Args[1:], e))
}
