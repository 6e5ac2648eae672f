package command

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
)

// killMarked ends the processes that have left their group, as a daemon does: those that have mark, NAME=value, in the
// environment they were started with.
func killMarked(mark string) {
	const rounds = 5 // one that is found may have started another meanwhile
	for range rounds {
		found := false
		names, _ := filepath.Glob("/proc/[0-9]*") // the pattern is good
		for _, name := range names {
			pid, err := strconv.Atoi(filepath.Base(name))
			if err != nil || pid == os.Getpid() {
				continue
			}
			// The process is taken hold of before it is looked at, so that its number cannot go to another in between.
			p, err := os.FindProcess(pid)
			if err != nil {
				continue
			}
			env, err := os.ReadFile(filepath.Join(name, "environ"))
			if err == nil && bytes.Contains(append([]byte{0}, env...), []byte("\x00"+mark+"\x00")) {
				found = p.Kill() == nil || found
			}
			_ = p.Release()
		}
		if !found {
			return
		}
	}
}
