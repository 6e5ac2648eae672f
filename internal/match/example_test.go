package match_test

import (
	"fmt"

	"github.com/deepreview-go/deepreview/internal/match"
)

func ExampleCluster() {
	docs := []match.Doc{
		{Group: 1, Title: "`os.Rename` fails across devices", Body: "`archiveLogs` gets EXDEV where the archive is another mount.",
			Places: []match.Place{{Path: "logs.go", Start: 54}}},
		{Group: 2, Title: "Empty directory left behind", Body: "Nobody removes the folder when there are no logs.",
			Places: []match.Place{{Path: "logs.go", Start: 55}}},
		{Group: 3, Title: "Cross-device rename is not handled", Body: "`os.Rename` returns EXDEV and the logs of `archiveLogs` are lost.",
			Places: []match.Place{{Path: "pkg/logs.go", Start: 52, End: 56}}},
	}
	r := match.Cluster(docs, match.Options{})
	for _, group := range r.Groups {
		fmt.Println(group)
	}
	fmt.Println(r.Merges[0].Shared)
	// Output:
	// [0 2]
	// [1]
	// [archivelogs exdev os.rename archiv rename devic]
}
