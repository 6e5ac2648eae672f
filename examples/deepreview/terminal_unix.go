//go:build !windows

package main

// drawsLines reports whether the terminal understands the sequences that progress is drawn with.
func drawsLines(any) bool { return true }
