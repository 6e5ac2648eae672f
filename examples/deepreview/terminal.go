package main

import (
	"os"

	"golang.org/x/term"
)

// terminalSize is env.terminal of a real process.
func terminalSize(stream any) (columns, rows int, ok bool) {
	f, ok := stream.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0, 0, false
	}
	columns, rows, err := term.GetSize(int(f.Fd()))
	if err != nil || columns <= 0 || rows <= 0 {
		columns, rows = 80, 24
	}
	return columns, rows, true
}

// look is how text is written to a stream.
type look struct {
	// columns is 0 where nothing is known.
	columns, rows int
	// redraw says that lines can be written over, color that colours and hyperlinks show.
	redraw, color bool
}

func (e *env) look(stream any) look {
	columns, rows, ok := e.terminal(stream)
	if !ok {
		return look{}
	}
	l := look{columns: columns, rows: rows}
	if t := e.getenv("TERM"); t != "dumb" && drawsLines(stream) {
		l.redraw, l.color = true, e.getenv("NO_COLOR") == ""
	}
	return l
}
