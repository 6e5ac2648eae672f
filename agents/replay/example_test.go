package replay_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents/replay"
)

// A recorded review makes the same report again, without asking anybody.
func Example() {
	dir := filepath.Join("..", "..", "testdata", "pr234")
	recording, err := replay.Load(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	diff, err := os.Open(filepath.Join(dir, "change.patch"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer diff.Close()
	change, err := deepreview.ParseDiff(diff)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	reviews, err := deepreview.Run(ctx, change, recording.Reviewers(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := recording.Pipeline().Consolidate(ctx, change, reviews)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(report.Verdict.Kind)
	fmt.Println(report.Structure())
	// Output:
	// merge with fixes
	// 0 critical, 1 important, 4 suggestions.
}
