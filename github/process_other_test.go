//go:build !unix

package github_test

import "os/exec"

func apart(*exec.Cmd) {}

func end(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
