package command

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents"
)

// readExec takes standard output, or else {answer-file}, as the answer.
func readExec(o *Output) Answer {
	text := strings.TrimSpace(string(o.Stdout))
	if text == "" {
		text = strings.TrimSpace(string(o.File))
	}
	a := Answer{Text: text}
	var declined struct {
		Skip string `json:"skip"`
	}
	switch {
	case o.Exit != 0:
		message := ended(o)
		if said := lastWords(o.Stderr); said != "" {
			message += ": " + bounded(said)
		}
		a.Err = &agents.Error{Kind: agents.KindCut, Message: message}
	case text == "":
		a.Err = &agents.Error{Kind: agents.KindBadReply, Message: "printed nothing, with exit status 0"}
	case json.Unmarshal([]byte(text), &declined) == nil && declined.Skip != "":
		a.Err = fmt.Errorf("%w: %s", deepreview.ErrSkip, bounded(declined.Skip))
	}
	return a
}

// absoluteFiles makes those arguments absolute that name a file from here: where the command runs, the same name would be another file.
func absoluteFiles(args []string) []string {
	out := append([]string(nil), args...)
	for i, arg := range out {
		if i == 0 || filepath.IsAbs(arg) {
			continue // the executable is looked up when it is started
		}
		if info, err := os.Stat(arg); err == nil && info.Mode().IsRegular() {
			if abs, err := filepath.Abs(arg); err == nil {
				out[i] = abs
			}
		}
	}
	return out
}

func programName(path string) string {
	name := filepath.Base(path)
	return strings.TrimSuffix(name, filepath.Ext(name))
}
