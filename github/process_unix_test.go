//go:build unix

package github_test

import (
	"os/exec"
	"syscall"
)

// apart puts what cmd will start in a group of its own, and end ends all of it: a command of npm's is a launcher, and its child
// would live on.
func apart(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func end(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
