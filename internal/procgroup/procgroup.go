// Package procgroup ends a command with all that it started: a launcher's children, a shell's pipeline.
package procgroup
