package main

import (
	"bytes"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents/patterns"
)

const noiseFile = "../../../agents/patterns/NOISE.md"

func TestTheTablesAddUpToTheVerdicts(t *testing.T) {
	labels, err := readLabels(labelText)
	require.NoError(t, err)
	data, err := os.ReadFile(noiseFile)
	require.NoError(t, err)
	text := string(data)

	var table bytes.Buffer
	ruleTable(&table, labels, measured)
	assert.Contains(t, text, table.String(), "the table of rules is not that of labels.tsv")

	// Each row of the table of pairs, with its three counts.
	row := regexp.MustCompile(`(?m)^\| (\S+)( \(npm\))? (\S+) → (\S+) \| \d+ \| \d+ \| (\d+) \| (\d+) \| (\d+) \|$`)
	rows := map[string][]string{}
	for _, m := range row.FindAllStringSubmatch(text, -1) {
		rows[m[1]] = m
	}
	counts := map[string]*tally{}
	var total tally
	for _, l := range labels {
		if counts[l.pair] == nil {
			counts[l.pair] = new(tally)
		}
		counts[l.pair].add(l)
		total.add(l)
	}
	for _, p := range pairs {
		if p.set != measured {
			assert.Nil(t, counts[p.name], "%s has verdicts and is not of the measured set", p.name)
			continue
		}
		m := rows[p.name]
		if !assert.NotNil(t, m, "%s is not in the table of pairs", p.name) {
			continue
		}
		delete(rows, p.name)
		var c tally
		if counts[p.name] != nil {
			c = *counts[p.name]
		}
		assert.Equal(t, []string{p.old, p.now, strconv.Itoa(c.all()), strconv.Itoa(c.useful), strconv.Itoa(c.noise)}, m[3:], p.name)
		assert.Equal(t, p.npm, m[2] != "", p.name)
	}
	assert.Empty(t, rows, "pairs in the table that are not of the measured set")
	assert.LessOrEqual(t, total.noise*5, total.all(), "more than one finding in five is noise")
}

func TestEveryVerdictIsOnARuleThatThereIs(t *testing.T) {
	labels, err := readLabels(labelText)
	require.NoError(t, err)
	rules := map[string]bool{}
	for _, r := range patterns.Rules() {
		rules[r.ID] = true
	}
	for _, l := range labels {
		assert.True(t, rules[l.rule()], l.id)
	}
}

func TestTheSetsAreOfTheirSize(t *testing.T) {
	seen := map[string]bool{}
	npm, module := map[string]int{}, map[string]int{}
	for _, p := range pairs {
		assert.False(t, seen[p.name], "%s is of two sets", p.name)
		seen[p.name] = true
		if p.npm {
			npm[p.set]++
		} else {
			module[p.set]++
		}
	}
	for _, set := range []string{first, second, third, fourth, fifth, sixth, seventh, measured} {
		assert.GreaterOrEqual(t, module[set], 20, set)
		assert.GreaterOrEqual(t, npm[set], 10, set)
	}
}

func TestLabelsAreReadOrRefused(t *testing.T) {
	got, err := readLabels("# x\n\na\trule-01234567-2\told b.go:3\tnoise\twhy\n")
	require.NoError(t, err)
	require.Len(t, got, 1)
	assert.Equal(t, label{pair: "a", id: "rule-01234567-2", place: "old b.go:3", noise: true, why: "why"}, got[0])
	assert.Equal(t, "rule", got[0].rule())
	for name, text := range map[string]string{
		"too few fields":         "a\tb-01234567\tc\tnoise\n",
		"another verdict":        "a\tb-01234567\tc\tmaybe\twhy\n",
		"no reason":              "a\tb-01234567\tc\tnoise\t\n",
		"judged a second time":   "a\tb-01234567\tc\tnoise\twhy\na\tb-01234567\tc\tuseful\twhy\n",
		"no rule in the finding": "a\tb\tc\tnoise\twhy\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readLabels(text)
			assert.ErrorContains(t, err, "labels.tsv:")
		})
	}
}

func TestAFindingWithoutAVerdictAndAVerdictWithoutAFindingAreErrors(t *testing.T) {
	name := ""
	for _, p := range pairs {
		if p.set == measured {
			name = p.name
		}
	}
	of := func(ids ...string) []outcome {
		rev := &deepreview.Review{}
		for _, id := range ids {
			rev.Findings = append(rev.Findings, &deepreview.Finding{ID: id})
		}
		return []outcome{{pair: pair{name: name}, review: rev}}
	}
	labels := []label{{pair: name, id: "secret-01234567", why: "x"}}
	var out bytes.Buffer
	require.NoError(t, tables(&out, measured, of("secret-01234567"), labels))
	assert.Contains(t, out.String(), "| `secret` | 1 | 1 | 0 |")
	assert.ErrorContains(t, tables(&out, measured, of("secret-01234567", "secret-89abcdef"), labels), "is not judged")
	assert.ErrorContains(t, tables(&out, measured, of(), labels), "not raised any more")
	assert.False(t, strings.Contains(name, " "))
}
