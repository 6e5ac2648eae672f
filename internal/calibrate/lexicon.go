package calibrate

import "strings"

// signal is one thing that the words of a claim say about it.
type signal int

// Words of impact say what goes wrong and for whom, words of doubt that it hardly does or hardly matters, words of matter
// what it is about.
const (
	sigLoss signal = iota
	sigSecurity
	sigCrash
	sigHang
	sigRace
	sigCorrupt
	sigWrong
	sigSilent
	sigBroken
	sigLeak

	sigHedge
	sigRare
	sigNit
	sigTidy
	sigSuggest
	sigExcuse

	sigDocs
	sigTests
	sigSpeed
	sigMessage

	signals
)

// impact and doubt report what kind of signal s is; of matter it is neither.
func (s signal) impact() bool { return s <= sigLeak }
func (s signal) doubt() bool  { return sigHedge <= s && s <= sigExcuse }

// lexicon lists the words of each signal. A star stands for any ending; words joined by a low line follow each other. The
// words were chosen by reading, the weights of the signals are learned.
var lexicon = [signals]string{
	sigLoss: `data_loss lose loses losing lost destroy* wipe wipes wiped wiping clobber* irrecoverabl* unrecoverabl* discard* truncat*
		overwrit* delet* erase* erasing`,
	sigSecurity: `secur* vulnerab* injection inject injects injected exploit* attack* credential* privileg* traversal xss csrf ssrf unauthori*
		unauthenticated bypass* escalat* malicious* untrusted plaintext`,
	sigCrash: `crash* panic* segfault* nil_pointer null_pointer derefer* nullpointer* out_of_bounds out_of_range overflow* abort* uncaught
		unhandled exception* typeerror`,
	sigHang:    `deadlock* hang hangs hanging hung indefinite* forever infinite* livelock* stall* stuck never_returns freez* starv* wedge*`,
	sigRace:    `race races racing racy toctou concurren* interleav* simultaneous* thread_safe`,
	sigCorrupt: `corrupt* malform* garbl* inconsistent_state partial_write half_written`,
	sigWrong:   `wrong* incorrect* mismatch* invalid* contradict* misreport* violat* does_not_match doesn't_match`,
	sigSilent:  `silent* swallow* mask masks masked masking unnoticed`,
	sigBroken: `break breaks broken fail fails failing failed failure failures reject* unusable impossible regress* blocks blocked cannot prevents
		permanent*`,
	sigLeak: `leak* orphan* exhaust* unbounded out_of_memory oom`,

	sigHedge:   `might could may perhaps possibl* potential* presumably seems appears`,
	sigRare:    `theoretic* hypothetic* unlikely rare rarely edge_case edge_cases corner_case in_practice narrow latent future today`,
	sigNit:     `nit nits nitpick* cosmetic* style stylistic readab* clarity typo* wording grammar spelling minor harmless benign purely naming`,
	sigTidy:    `redundan* duplicat* dead_code unused unnecessar* simplif* refactor* maintainab* clean* tidy verbose* boilerplate consisten* rename*`,
	sigSuggest: `consider suggest* recommend* optional* prefer* improv* hardening defensive* robust*`,
	sigExcuse: `pre_existing preexist* upstream out_of_scope self_heal* eventually acceptable by_design intentional* low_risk temporar* brittle
		fragile`,

	sigDocs:    `document* docs doc readme docstring* comment comments`,
	sigTests:   `test tests testing coverage assert* untested flak*`,
	sigSpeed:   `slow* perform* latency allocat* inefficien* efficien* overhead`,
	sigMessage: `message messages help_text log logs logging output prints printed`,
}

// entry is one word or phrase of the lexicon. Its last word may be a beginning.
type entry struct {
	signal signal
	words  []string
	open   bool
}

func (e *entry) matches(ws []string) bool {
	if len(ws) < len(e.words) {
		return false
	}
	for i, w := range e.words {
		if ws[i] != w && !(e.open && i == len(e.words)-1 && strings.HasPrefix(ws[i], w)) {
			return false
		}
	}
	return true
}

// lexiconIndex is the lexicon by the head of the first word.
var lexiconIndex = func() map[[3]byte][]entry {
	index := map[[3]byte][]entry{}
	for s := range signals {
		for text := range strings.FieldsSeq(lexicon[s]) {
			e := entry{signal: s}
			text, e.open = strings.CutSuffix(text, "*")
			e.words = strings.Split(text, "_")
			index[head(e.words[0])] = append(index[head(e.words[0])], e)
		}
	}
	return index
}()
