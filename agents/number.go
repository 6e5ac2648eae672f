package agents

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// flexInt is a whole number as models write it: 12, 12.0, "12", null. What is none of these is an error.
type flexInt int

// UnmarshalJSON reads one of those forms.
func (n *flexInt) UnmarshalJSON(data []byte) error {
	text := strings.TrimSpace(strings.Trim(string(data), `"`))
	if text == "" || text == "null" {
		*n = 0
		return nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > math.MaxInt32 {
		return fmt.Errorf("%.20s is no whole number", data)
	}
	*n = flexInt(f)
	return nil
}
