package procgroup_test

import (
	"bufio"
	"os/exec"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview/internal/procgroup"
)

func TestAChildEndsWithItsLauncher(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil || runtime.GOOS == "windows" {
		t.Skip("there is no shell to start a child with")
	}
	cmd := exec.Command(sh, "-c", "sleep 1000 & echo started; wait")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	procgroup.Own(cmd)
	require.NoError(t, cmd.Start())
	lines := bufio.NewReader(out)
	_, err = lines.ReadString('\n')
	require.NoError(t, err)
	require.NoError(t, procgroup.Kill(cmd.Process))
	_, err = lines.ReadString('\n') // the child has the pipe open, too: it ends when both are gone
	require.Error(t, err)
	require.Error(t, cmd.Wait())
}
