package main

import (
	"os"

	"golang.org/x/sys/windows"
)

// drawsLines switches a console on to the sequences that progress is drawn with, and reports whether it knows them.
func drawsLines(stream any) bool {
	f, ok := stream.(*os.File)
	if !ok {
		return false
	}
	var mode uint32
	console := windows.Handle(f.Fd())
	if err := windows.GetConsoleMode(console, &mode); err != nil {
		return false
	}
	return windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
