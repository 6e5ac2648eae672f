package analyzer

import (
	"regexp"
	"slices"
	"strings"
)

// age says whether a diagnostic at head is the change's.
type age int

const (
	ageNew age = iota
	// ageOld: the merge-base has it too.
	ageOld
	// ageUnknown: there is nothing to compare with, and its line is not the change's.
	ageUnknown
)

// matchKey is what makes two diagnostics the same problem: lines move, so their numbers do not count.
type matchKey struct{ path, rule, message, text string }

// numbers are those in a message that follow the name of a file, or a line's.
var numbers = regexp.MustCompile(`(:\d+)+|\bline \d+`)

func keyOf(d diagnostic, path string) matchKey {
	return matchKey{path, d.Rule, numbers.ReplaceAllString(d.Message, ":"), strings.Join(strings.Fields(d.Text), " ")}
}

// ages tells the diagnostics at head apart. Each at the merge-base stands for one: a second one like it is new. Of several alike
// the new one is that on a line which the change wrote.
func ages(s *scope, head []diagnostic, base *side, written map[string]map[int]bool) []age {
	out := make([]age, len(head))
	left := map[matchKey]int{}
	if base != nil {
		for _, d := range base.Diagnostics {
			left[keyOf(d, d.Place.Path)]++
		}
	}
	order := make([]int, len(head))
	for i := range head {
		order[i] = i
	}
	own := func(i int) bool { return written[head[i].Place.Path][head[i].Place.Line] }
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case own(a) == own(b):
			return 0
		case own(b):
			return -1
		}
		return 1
	})
	take := func(k matchKey) bool {
		if left[k] == 0 {
			return false
		}
		left[k]--
		return true
	}
	matched := make([]bool, len(head))
	for _, i := range order {
		if before, ok := s.before(head[i].Place.Path); ok {
			matched[i] = take(keyOf(head[i], before))
		}
	}
	// What is left may have moved to another file.
	moved := map[matchKey]int{}
	for k, n := range left {
		k.path = ""
		moved[k] += n
	}
	left = moved
	for _, i := range order {
		matched[i] = matched[i] || take(keyOf(head[i], ""))
	}
	for i, d := range head {
		before, existed := s.before(d.Place.Path)
		switch {
		case matched[i]:
			out[i] = ageOld
		case own(i), !existed, base != nil && base.analyzed(before):
			out[i] = ageNew
		default:
			out[i] = ageUnknown
		}
	}
	return out
}
