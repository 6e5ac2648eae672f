//go:build !unix

package procgroup

import (
	"os"
	"os/exec"
)

// Own leaves the command as it is: there are no process groups here.
func Own(*exec.Cmd) {}

// Kill ends p alone.
func Kill(p *os.Process) error { return p.Kill() }
