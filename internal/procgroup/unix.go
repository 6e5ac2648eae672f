//go:build unix

package procgroup

import (
	"os"
	"os/exec"
	"syscall"
)

// Own makes the command, which has not begun, the first of a process group of its own. A key pressed in the terminal then reaches the
// caller alone.
func Own(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// Kill ends what is left of the group of p, without asking. Most often nobody is left.
func Kill(p *os.Process) error { return syscall.Kill(-p.Pid, syscall.SIGKILL) }
