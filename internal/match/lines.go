package match

import "slices"

// mostLines bounds how many line numbers of one document are compared.
const mostLines = 24

// citedLines returns the line numbers that text speaks of, ascending: after "line" or "lines", after a colon as
// in "shell.go:397", and the other end of a range that begins so.
func citedLines(text string, into []int) []int {
	for i := 0; i < len(text) && len(into) < mostLines; i++ {
		if text[i] < '0' || text[i] > '9' || i > 0 && (wordByte(text[i-1]) || text[i-1] == '.') {
			continue
		}
		n, end := 0, i
		for end < len(text) && '0' <= text[end] && text[end] <= '9' && end-i < 7 {
			n = n*10 + int(text[end]-'0')
			end++
		}
		cited := false
		switch {
		case i > 1 && text[i-1] == ':' && (wordByte(text[i-2]) || text[i-2] == '`' || text[i-2] == ')'):
			cited = true
		case i > 4 && text[i-1] == ' ' && (text[i-5:i-1] == "line" || text[i-5:i-1] == "ines"):
			cited = true
		case i > 1 && text[i-1] == '-' && '0' <= text[i-2] && text[i-2] <= '9':
			cited = len(into) > 0 && into[len(into)-1] < n
		case i > 2 && text[i-3:i] == "–":
			cited = len(into) > 0 && into[len(into)-1] < n
		}
		if cited && n > 0 && (end == len(text) || !wordByte(text[end])) {
			into = append(into, n)
		}
		i = end - 1
	}
	return into
}

// lineReach is how far apart two cited lines may be to count as one.
const lineReach = 2

// commonLines returns which part of the lines cited by the document that cites fewer is cited by the other.
func commonLines(a, b []int) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	hit := 0
	for _, n := range a {
		i, _ := slices.BinarySearch(b, n-lineReach)
		if i < len(b) && b[i] <= n+lineReach {
			hit++
		}
	}
	return float64(hit) / float64(len(a))
}
