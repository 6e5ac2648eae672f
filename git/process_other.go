//go:build !unix

package git

import "os/exec"

// ownGroup leaves cmd as it is: where there are no process groups, git alone is killed. The commands that are run here start
// no others.
func ownGroup(*exec.Cmd) {}
