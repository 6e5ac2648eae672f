//go:build unix

package git

import (
	"os/exec"
	"syscall"
)

// ownGroup has cmd run in a process group of its own, all of which is killed with it. An interrupt typed at the
// terminal does not reach it: the caller decides.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
