package sarif

import (
	"strings"

	"github.com/deepreview-go/deepreview"
)

// level is how bad a tool says something is.
type level struct {
	severity deepreview.Severity
	raw      string
}

// levelOf maps a tool's own word.
func levelOf(word string) level {
	word = oneLine(word, 100)
	return level{deepreview.ParseSeverity(word), word}
}

// sarifLevel weighs what SARIF may say of one result: a score comes before the level, and a rank, 0 to 100, says nothing of
// our scale. Below 0 a rank is not given.
func sarifLevel(score, word string, rank float64, rankText string) level {
	l := levelOf(word)
	if score = oneLine(score, 20); score != "" {
		if s := deepreview.ParseSeverity(score); s != deepreview.SeverityUnset {
			l.severity = s
		}
		l.raw = "security-severity " + score + ", level " + l.raw
	}
	if rank > 0 && rank <= 100 {
		l.raw += ", rank " + oneLine(rankText, 20)
	}
	return l
}

// topics are the tags of rules that say what a finding is about.
var topics = map[string]deepreview.Topic{
	"security": deepreview.TopicSecurity, "vulnerability": deepreview.TopicSecurity,
	"correctness": deepreview.TopicCorrectness, "bug": deepreview.TopicCorrectness, "reliability": deepreview.TopicCorrectness,
	"concurrency": deepreview.TopicConcurrency, "performance": deepreview.TopicPerformance,
	"testing": deepreview.TopicTesting, "documentation": deepreview.TopicDocumentation, "style": deepreview.TopicStyle,
	"maintainability": deepreview.TopicMaintenance, "maintenance": deepreview.TopicMaintenance,
}

// topicOf returns what the first tag that tells says.
func topicOf(tags []string) string {
	for _, t := range tags {
		if topic, ok := topics[strings.ToLower(t)]; ok {
			return string(topic)
		}
	}
	return ""
}
