package match_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview/internal/match"
)

func TestLikelihoodsAreOfDifferentGroupsAlone(t *testing.T) {
	docs := []match.Doc{
		{Group: 0, Title: "`Rename` fails with EXDEV across file systems", Places: []match.Place{{Path: "store.go", Start: 10, End: 12}}},
		{Group: 0, Title: "The lock file is never removed", Places: []match.Place{{Path: "lock.go", Start: 3}}},
		{Group: 1, Title: "os.Rename returns EXDEV when the target is another file system", Places: []match.Place{{Path: "store.go", Start: 11}}},
		{Group: 1, Title: "The lock file is never removed", Places: []match.Place{{Path: "lock.go", Start: 3}}},
	}
	p := map[[2]int]float64{}
	for _, l := range match.Likelihoods(docs) {
		require.NotEqual(t, docs[l.A].Group, docs[l.B].Group)
		require.Less(t, l.A, l.B)
		p[[2]int{l.A, l.B}] = l.P
	}
	assert.Equal(t, 1.0, p[[2]int{1, 3}], "copies")
	assert.Greater(t, p[[2]int{0, 2}], 0.5)
	assert.Less(t, p[[2]int{0, 3}], 0.1)
	assert.Less(t, p[[2]int{1, 2}], 0.1)
}
