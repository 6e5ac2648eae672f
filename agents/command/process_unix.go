//go:build unix

package command

import (
	"errors"
	"os"
	"syscall"
)

// terminateGroup asks the group of p to end.
func terminateGroup(p *os.Process) error {
	if err := syscall.Kill(-p.Pid, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return nil
}

// signalName names the signal that ended a process; empty where none did.
func signalName(s *os.ProcessState) string {
	if w, ok := s.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		return "signal " + w.Signal().String()
	}
	return ""
}
