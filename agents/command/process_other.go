//go:build !unix

package command

import (
	"os"
	"os/exec"
	"strconv"
)

// terminateGroup ends the processes that p started, and p. Without jobs there is no way to ask first, and one whose parent is
// gone is not found.
func terminateGroup(p *os.Process) error {
	if exec.Command("taskkill", "/T", "/F", "/PID", strconv.Itoa(p.Pid)).Run() == nil {
		return nil
	}
	return p.Kill()
}

func signalName(*os.ProcessState) string { return "" }
