package match

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// BenchmarkCluster shows how cost grows with the number of documents: go test -bench Cluster -benchmem.
func BenchmarkCluster(b *testing.B) {
	Shipped()
	for _, n := range []int{30, 300, 3000, 30000} {
		docs := sayings(1, n, 3)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Cluster(docs, Options{})
			}
		})
	}
}

// BenchmarkAllPairs is what BenchmarkCluster is compared with: the cosine of every two documents' words, weighed by
// rarity, and nothing else, without clustering.
func BenchmarkAllPairs(b *testing.B) {
	for _, n := range []int{300, 3000} {
		docs := sayings(1, n, 3)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				allPairs(docs)
			}
		})
	}
}

// allPairs returns how many pairs have a cosine of .25 or more.
func allPairs(docs []Doc) int {
	vectors := make([]map[string]float64, len(docs))
	df := map[string]float64{}
	for i, d := range docs {
		vectors[i] = map[string]float64{}
		for w := range strings.FieldsFuncSeq(strings.ToLower(d.Title+" "+d.Body), func(r rune) bool { return r < '0' }) {
			if vectors[i][w]++; vectors[i][w] == 1 {
				df[w]++
			}
		}
	}
	for _, v := range vectors {
		norm := 0.0
		for w, tf := range v {
			v[w] = (1 + math.Log(tf)) * math.Log(float64(1+len(docs))/df[w])
			norm += v[w] * v[w]
		}
		for w := range v {
			v[w] /= math.Sqrt(norm)
		}
	}
	n := 0
	for i, a := range vectors {
		for _, b := range vectors[:i] {
			sum := 0.0
			for w, x := range a {
				sum += x * b[w]
			}
			if sum >= .25 {
				n++
			}
		}
	}
	return n
}

func BenchmarkDecode(b *testing.B) {
	for b.Loop() {
		if _, err := Decode(shipped); err != nil {
			b.Fatal(err)
		}
	}
}
