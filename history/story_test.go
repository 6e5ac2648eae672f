package history_test

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/txtar"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/git"
	"github.com/deepreview-go/deepreview/history"
)

// A tale is what happens to one issue in the rounds of the story, and what the reviewers say of it.
type tale struct {
	// at are the lines that the issue is about: the first of them that stands in exactly one file of the change. "a … b" is the
	// first line with b behind the first with a; lines is how many are cited, 0 means one. "old: " looks at lines from
	// before the change, "file: " cites a file whole, and none cites no place.
	at    []string
	lines int
	// rule is that of the reviewer rules.
	rule string
	// says are the words of the reviewers, each title before its detail.
	says []string
	// life has a field for each round: what is to become of the issue, and behind a colon who raises it in which words, cited with
	// two lines more on either side ("w"), or only by its first line ("s"):
	//
	//	n new   p persisting   r reopened                        in the report's issues
	//	Q persisting, not raised   F fixed   X not re-examined   among the prior ones
	//	D declined   S suppressed                                among the prior ones, raised or not
	//	- in neither
	life string
}

// statuses are the letters of a life.
var statuses = map[byte]deepreview.RoundStatus{
	'n': deepreview.StatusNew, 'p': deepreview.StatusPersisting, 'r': deepreview.StatusReopened,
	'Q': deepreview.StatusPersisting, 'F': deepreview.StatusFixed, 'X': deepreview.StatusNotExamined,
	'D': deepreview.StatusDeclined, 'S': deepreview.StatusSuppressed,
}

// judges are the reviewers by the letter that a life has for them. Mia counts lines badly, and quotes.
var judges = map[byte]string{'a': "ada", 'l': "lin", 'm': "mia", 'u': "rules"}

const rounds = 10

// tales are the issues of the story.
var tales = map[string]tale{
	"put-negative": {
		at: []string{`old: if n < 0 {`}, lines: 3,
		says: []string{
			"Put takes negative amounts now", "The check that refused an amount below zero is gone, so Put can make a count negative.",
			"The guard against amounts below zero was removed from Put", "Whoever puts −5 takes five away, past the check of Take.",
		},
		life: "n:a0 p:l1 p:a0 p:l0 p:a1 Q p:m1 F - -",
	},
	"move-deadlock": {
		at: []string{`to.mu.Lock()`},
		says: []string{
			"Two Moves in opposite directions lock each other out", "Each holds its own mutex and waits for the other's: a deadlock. Lock in a fixed order.",
			"Lock order in Move can deadlock", "a.Move(b) and b.Move(a) at the same time wait for ever, since both lock the receiver's mutex first.",
		},
		life: "n:a0 p:l1 p:a1w p:m0 p:a0 p:l0w p:a1 p:m1 p:a0 p:l1",
	},
	"move-short": {
		at: []string{`func (s *Shelf) Move( … s.count[sku] -= n`},
		says: []string{
			"Move does not ask whether enough is there", "Take returns ErrShort when the stock is short; Move goes below zero.",
			"Stock can become negative through Move", "Nothing compares the amount with what the shelf holds before it is subtracted.",
		},
		life: "n:l0 p:a1 Q Q Q F - - - -", // mended by a check above; marked as fixed after round 5
	},
	"snapshot-alias": {
		at: []string{`return s.count`, `return maps.Clone(s.count)`},
		says: []string{
			"Snapshot hands out the map itself", "Callers read it while Put writes: a data race. Return a copy.",
			"The map of counts escapes its mutex", "What Snapshot returns is shared with the shelf and changes under the caller's hands.",
		},
		life: "- n:a0 p:l1 p:a0 p:m1 p:a1 p:l0 p:a0 F r:l1",
	},
	"total-unlocked": {
		at: []string{`func (s *Shelf) Total() int {`}, lines: 3,
		says: []string{
			"Total reads the counts without the lock", "A concurrent Put makes this a fatal concurrent map iteration and map write.",
			"Missing mutex in Total", "Iterating over the map while others write to it crashes the program.",
		},
		life: "n:a0 p:a1 F - r:l0 p:a1 p:a0 p:l1 p:a0 p:l0",
	},
	"watch-leak": {
		at: []string{`go func() {`},
		says: []string{
			"Watch's goroutine can never be stopped", "It runs for as long as the program does; take a context and return when it ends.",
			"The goroutine that Watch starts leaks", "There is no way to end it: no context, no channel, nothing.",
		},
		life: "n:a0 p:l0 D:a1 D:m0 D r:a0 p:l1 p:a1 p:m0 p:a0", // an accepted risk until the day of round 6
	},
	"watch-busy": {
		at: []string{`for {`},
		says: []string{
			"Watch spins without a pause", "The loop takes the lock again at once and burns a whole processor.",
			"A busy loop in Watch", "Nothing waits between two looks at the shelf; use a ticker.",
		},
		life: "n:l0 p:a0 p:l1 p:a1 p:m0 p:l0 F - - -",
	},
	"watch-callback": {
		at: []string{`tell(sku)`},
		says: []string{
			"The callback is called with the mutex held", "A tell that calls Put or Take waits for itself for ever.",
			"tell runs under the shelf's lock", "If the caller's function touches the shelf, it deadlocks.",
		},
		life: "n:a0 Q p:a1 p:l0 p:a0 p:m0 p:a1 p:l1 F -",
	},
	"total-float": {
		at: []string{`sum += float64(`},
		says: []string{
			"Money is added up in floating point", "Cents are whole numbers; the sum of many loses some of them.",
			"float64 for an amount of money", "Large totals are rounded, and int(sum) cuts off what is left. Add integers.",
		},
		life: "n:a0 p:l1 F - - r:a1 p:l0 p:a0 p:m1 p:l1",
	},
	"greeting-nil": {
		at: []string{`return "Dear " +`},
		says: []string{
			"Greeting panics without a customer", "Customer is a pointer that Load never sets, and its Name is read here.",
			"Nil dereference in Greeting", "An invoice that was loaded has no Customer, so i.Customer.Name is a panic.",
		},
		life: "n:a0 p:m1 D:l0 D:a1w D:a0 D D:l1 D:a0 r:a1 p:l0", // its code changes in round 9
	},
	"load-injection": {
		at: []string{`FROM lines WHERE invoice =`},
		says: []string{
			"SQL injection through the invoice's id", "The id is pasted into the query; use a placeholder.",
			"The query is made by concatenation", "An id with a quote in it ends the string and becomes SQL.",
		},
		life: "n:a0 p:l0 F - - r:a0 p:l1 p:a1 F -",
	},
	"load-rows": {
		at: []string{`inv := &Invoice{ID: id} … for rows.Next() {`},
		says: []string{
			"The rows of Load are never closed", "The connection goes back to the pool only when rows.Close is called or the loop ran to its end.",
			"Load leaks a connection", "Without defer rows.Close() an early return keeps the connection.",
		},
		life: "n:l0 p:a0 p:l1 p:a1 p:m0 p:a0 p:l0 p:a1 p:l1 p:a0",
	},
	"overdue-rows": {
		at: []string{`var ids []string`}, lines: 2,
		says: []string{
			"Overdue keeps its cursor when it returns early", "Between the query and the end of the loop nothing closes the result set.",
			"Early return in Overdue leaks the cursor", "Close the result set with defer right behind the query.",
		},
		life: "n:l0 p:a0 p:l1 p:a1 p:m0 p:a0 F - - -",
	},
	"scan-error": {
		at: []string{`rows.Scan(&l.Text, &l.Cents, &l.Count)`},
		says: []string{
			"What Scan returns is ignored", "A column of another type leaves the line empty, and the customer is billed nothing.",
			"The error of Scan is dropped", "A line that could not be read is appended as if it were whole.",
		},
		life: "n:a0 p:a0 p:l0 p:m1 p:a1w p:l1 p:a0 p:m0 p:l0 F",
	},
	"rows-err": { // on the same line as load-rows
		at: []string{`inv := &Invoice{ID: id} … for rows.Next() {`},
		says: []string{
			"A broken connection looks like the end of the invoice", "Next returns false on a failure too; look at rows.Err() after the loop.",
			"rows.Err is not asked after the loop", "A result that was cut short is taken for the whole invoice.",
		},
		life: "- n:m0 p:m1 p:a0 p:a1 p:l0 Q p:a0 Q Q",
	},
	"print-create": {
		at: []string{`f, _ := os.Create(name)`},
		says: []string{
			"The error of os.Create is thrown away", "Without a file f is nil, and Fprintf to it fails with a message nobody understands.",
			"Print ignores that the file cannot be created", "f, _ hides a missing folder or right.",
		},
		life: "n:a0 p:l0 F - - - - - - -",
	},
	"print-trunc": { // a fault of mending print-create
		at: []string{`os.O_CREATE|os.O_WRONLY`},
		says: []string{
			"An older, longer invoice shows through", "O_TRUNC is missing: the end of the former content stays in the file.",
			"The file is not cut before it is written", "OpenFile without O_TRUNC overwrites only the beginning.",
		},
		life: "- - n:a0 p:l0 p:a1 p:l1 p:a0 p:l0 p:a1 p:l1",
	},
	"remind-sleep": { // titled as fetch-timeout is, in another file
		at: []string{`time.Sleep(time.Minute)`},
		says: []string{
			"Nothing limits how long this takes", "Remind sleeps for minutes and cannot be told to stop; take a context.",
			"Remind blocks its caller for minutes", "time.Sleep hears no cancellation.",
		},
		life: "n:a0 p:a1 p:l0 p:a0 Q p:l1 p:a0 p:a1 p:l0 p:a0",
	},
	"remind-silent": {
		at: []string{`func Remind(`}, lines: 8,
		says: []string{
			"Remind gives up and tells nobody", "After three attempts the last error is lost; return it.",
			"A reminder that failed looks like one that was sent", "Remind has no result, so that after three attempts the error of send is lost.",
		},
		life: "n:m0 p:m1 p:l0s p:m0 p:a0 p:m1 p:l0 p:m0s p:a0 p:m1",
	},
	"post-rollback": { // the same line as refund-rollback
		at: []string{`func Post( … tx, err := `}, // what begins the transaction is another call in rounds 8 and 9
		says: []string{
			"Post leaves its transaction open when the update fails", "Nothing rolls back, so that the booking's connection stays busy.",
			"No rollback in Post", "An error of the payment's ExecContext returns with the transaction open.",
		},
		life: "n:a0 p:l0 p:a1 p:m0 p:a0 p:l1 p:a0 F - r:l0",
	},
	"refund-rollback": {
		at: []string{`func Refund( … tx, err := `},
		says: []string{
			"Refund leaves its transaction open when the update fails", "Nothing rolls back, so that the refund's connection stays busy.",
			"No rollback in Refund", "An error while paying back returns with the transaction open.",
		},
		life: "n:a0 p:l0 p:a1 p:m0 p:a0 p:l1 p:a0 p:m0 p:l1 p:l1",
	},
	"refund-negative": {
		at: []string{`SET cents = cents - ?`},
		says: []string{
			"A refund can take an account below zero", "Nothing compares the amount with what was paid.",
			"The balance is lowered without a look at it", "cents - ? goes below zero where the amount is larger than what the customer had.",
		},
		life: "n:l0 p:a0 p:l1 p:a1 F - - - - -",
	},
	"rates-race": { // moves to another file in round 5
		at: []string{`rates[country] = percent`},
		says: []string{
			"The map of tax rates is written without a lock", "SetRate and Tax from two goroutines are a data race.",
			"Concurrent SetRate corrupts the rates", "A package-level map that everybody writes to needs a mutex.",
		},
		life: "- n:a0 p:l0 D:a1 D:a0 D:l1 D D:a0 D:l0 D",
	},
	"tax-unknown": { // moves with it
		at: []string{`return cents * rates[country] / 100`},
		says: []string{
			"An unknown country pays no tax", "A missing key is 0, and nobody is told.",
			"A country that nobody configured pays nothing", "The lookup yields 0 for a missing key, and the invoice is too low.",
		},
		life: "n:m0 p:a0 p:m1 p:a1 p:a0 p:m0 p:a1 p:m1 p:a0 p:m0",
	},
	"key-collision": {
		at: []string{`return strings.Join(parts`},
		says: []string{
			"Different parts make the same key", `Key("a", "bc") is Key("ab", "c"); put something between them.`,
			"Keys collide", "Joined without a separator, two lists of parts cannot be told apart.",
		},
		life: "n:a0 p:l0 D:a1 D:a0 D D:l1 D:a0 F - -", // declined, and changed after all
	},
	"retry-wrap": {
		at: []string{`return fmt.Errorf("gave up: `},
		says: []string{
			"Retry hides its cause from errors.Is", "%v makes text of the error; use %w.",
			"The cause is not wrapped", "Callers cannot branch on what do returned.",
		},
		life: "n:l0 p:l1 p:a0 p:l0 F - - - - -",
	},
	"retry-once-more": {
		at: []string{`for i := 0; i <`},
		says: []string{
			"Retry tries four times, not three", "i <= 3 from 0 is four rounds; the comment says three.",
			"Off by one in Retry", "The loop runs once more than it promises.",
		},
		life: "n:a0 Q Q p:l0 p:a0 F - r:a1 p:l0 p:a0",
	},
	"py-open": { // suppressed until the day of round 6
		at: []string{`handle = open(path)`}, rule: "PY-OPEN",
		says: []string{"open() outside of a with statement", "PY-OPEN: handles belong in a with statement."},
		life: "S:u0 S:u0 S:u0 S:u0 S:u0 r:u0 p:u0 p:u0 p:u0 p:u0",
	},
	"py-bare": {
		at: []string{`except:`}, rule: "PY-BARE",
		says: []string{"bare except", "It catches KeyboardInterrupt too."},
		life: "S:u0 S:u0 S S:u0 S:u0 S:u0 S:u0 S:u0 S S:u0",
	},
	"py-print": { // its suppression gives no reason
		at: []string{`print(json.dumps(`}, rule: "PY-PRINT",
		says: []string{"print in a library", "Write to a stream that the caller names."},
		life: "n:u0 p:u0 p:u0 p:u0 p:u0 p:u0 p:u0 p:u0 p:u0 p:u0",
	},
	"py-shell": { // its suppression is the change's own
		at: []string{`os.system("mail`}, rule: "PY-SHELL",
		says: []string{
			"shell command with parameters", "os.system runs whatever the address or the file's name holds.",
			"Command injection in send", "An address such as a;rm becomes a command of the shell; use subprocess.run with a list.",
		},
		life: "n:u0 p:u0 p:u0,a1 p:u0 p:a1 p:u0 p:u0 p:u0,l1 p:u0 F",
	},
	"float-sum": { // suppressed as a rule, which says nothing about what a person found
		at: []string{`result[order["customer"]] = `},
		says: []string{
			"Totals are summed as binary floats", "0.1 + 0.2 is not 0.3; use Decimal for amounts.",
			"totals drifts by rounding", "float(order[\"amount\"]) cannot hold 0.10; Decimal can.",
		},
		life: "n:a0 p:l0 p:a1 D:l1 D:a0 D:l0 D:a1 D:a0 D D:l1",
	},
	"mutable-default": {
		at: []string{`def discount(`},
		says: []string{
			"All calls share one dict of rates", "A default argument is made once; setdefault writes to it.",
			"Mutable default argument", "rates={} remembers customers from call to call.",
		},
		life: "n:a0 p:l0 F - - - - - - -",
	},
	"average-empty": { // declined, and its code changes in round 7 without mending it
		at: []string{`for o in orders) / len(orders)`},
		says: []string{
			"average divides by zero on a day without orders", "len(orders) is 0 then: ZeroDivisionError.",
			"An empty list of orders crashes average", "Return 0 or None where there is nothing to divide.",
		},
		life: "n:a0 p:l1 D:a1 D:l0 D:a0 D:l1 r:a0 p:l0 p:a1 F",
	},
	"newest-oldest": {
		at: []string{`return sorted(orders, key=`},
		says: []string{
			"newest returns the oldest order", "sorted is ascending, and [0] is the first: take [-1] or max.",
			"The wrong end of the list", "The smallest date is the earliest one, so newest is oldest.",
		},
		life: "n:l0 p:a0 p:l1 p:a1 p:l0 p:a0 p:l1 p:a1 p:l0 p:a0",
	},
	"argv": { // from round 4 on suppressed by its ID, which is of a range that nobody cites any more
		at: []string{`orders = read_orders(sys.argv[1])`},
		says: []string{
			"Without an argument the program dies with IndexError", "Print how it is used where sys.argv has no second element.",
			"main does not check its arguments", "sys.argv[1] raises IndexError when no file is given.",
		},
		life: "n:a0w p:l0 p:a1 S:a0 S:l1 S S:a1 S:l0 S:a0 S",
	},
	"export-close": { // marked as fixed after round 8, though its code is as it was
		at: []string{`out = open(target, "w")`},
		says: []string{
			"The export is not closed", "What was written last may still be in a buffer when the bookkeeper reads it; use with.",
			"The end of the export can be missing", "out is never closed, so that what is buffered is lost when the interpreter dies.",
		},
		life: "n:a0 p:l0 p:a1 p:l1 p:a0 p:l0 p:a1 p:l0 X F",
	},
	"export-quote": {
		at: []string{`out.write(",".join(row)`},
		says: []string{
			"A comma inside a field breaks the row", "Fields are joined without quotes; the csv module knows how.",
			"Hand-made CSV", "Fields with commas, quotes or line feeds shift the columns. Use csv.writer.",
		},
		life: "n:l0 p:a0 p:l1 p:l0 p:a0 p:a1 p:l0 p:a1 X p:l0",
	},
	"fetch-timeout": {
		at: []string{`return urllib.request.urlopen(url).read()`},
		says: []string{
			"Nothing limits how long this takes", "urlopen without a timeout waits for a silent server for ever.",
			"fetch has no timeout", "Pass timeout= to urlopen, or the export hangs with the server.",
		},
		life: "n:a0 p:a1 p:l0 p:a0 p:l1 p:a0 p:l1 p:a1 X Q",
	},
	"token-random": { // a false positive, by the user's word
		at: []string{`return random.randint(0, 999999)`},
		says: []string{
			"The token can be guessed", "random is no source of secrets; use the module secrets.",
			"A predictable token", "A million values of a seeded generator are tried in seconds.",
		},
		life: "n:a0 p:l0 D:a0 D D:l1 D:a1 D:l0 D:a0 D D:l0",
	},
	"stamp-zone": { // declined after round 2, taken back after round 4
		at: []string{`return datetime.now().isoformat()`},
		says: []string{
			"The time has no zone", "datetime.now() is local and says so nowhere.",
			"A naive timestamp", "Two servers in two zones write times that cannot be compared.",
		},
		life: "n:m0 p:m0 D:m1 D:m0 r:m1 p:m0 p:a0 p:m0 X p:m1",
	},
	"clean-traversal": {
		at: []string{`return name.replace("../", "")`},
		says: []string{
			"clean lets ....// through", "What is left after the replacement is ../ again.",
			"Path traversal survives the cleaning", "Removing ../ once makes a new one of ....//; compare the resolved path instead.",
		},
		life: "- - n:a0 p:a0 p:l0 p:a1 p:l1 p:a0 X p:a0",
	},
	"batches-last": {
		at: []string{`return [rows[i:i + size] for i in`},
		says: []string{
			"The last batch is lost", "range ends at len(rows) - size, so that what is left over never comes.",
			"batches drops the end of the rows", "The upper bound of range has to be len(rows).",
		},
		life: "n:l0 F - r:a0 p:l1 p:a1 p:l0 p:a0 X p:l0",
	},
	"yaml-latest": { // the mending is lost in the forced push of round 7
		at: []string{`image: registry.example.com/shop:`},
		says: []string{
			"The image has no fixed version", "latest is another program tomorrow; name a version or a digest.",
			"Deployed from the tag latest", "A restart can bring another version, and nobody can say which ran.",
		},
		life: "n:a0 p:l0 F - - - r:l0 p:a0 p:m0 p:a0",
	},
	"yaml-privileged": {
		at: []string{`privileged: true`},
		says: []string{
			"The container may do anything on its host", "privileged: true switches every protection off.",
			"A privileged container", "A hole in the shop is a hole in the node.",
		},
		life: "n:a0 p:l0 p:a1 p:l1 p:a0 X p:l0 p:a0 p:a1 p:l0",
	},
	"yaml-probe": {
		at: []string{`initialDelaySeconds:`},
		says: []string{
			"The probe kills the shop while it starts", "After one second it does not answer yet, and is restarted again and again.",
			"Liveness is asked too early", "Give it longer than the start takes, or use a startupProbe.",
		},
		life: "n:m0 p:m1 p:m0 p:a0 p:m0 X Q Q F -",
	},
	"yaml-hostnet": { // declined after round 4, and then nobody reads the file
		at: []string{`hostNetwork: true`},
		says: []string{
			"The pod shares the network of its node", "hostNetwork goes around every network policy.",
			"hostNetwork is on", "All ports of the node are open to the shop, and the other way round.",
		},
		life: "n:l0 p:a0 p:l1 p:a1 D:l0 D D:a0 D:l1 D:a0 D",
	},
	"cron-every-minute": { // its file leaves the change in round 7 and is back in round 10
		at: []string{`schedule: "* * * * *"`},
		says: []string{
			"The daily report runs every minute", "Five stars are every minute; a day is 0 5 * * *.",
			"The schedule is not daily", "* * * * * starts 1,440 reports a day.",
		},
		life: "n:a0 p:l0 p:a1 p:l1 p:a0 p:l0 X X X p:a0",
	},
	"cron-backoff": {
		at: []string{`backoffLimit: 1000`},
		says: []string{
			"A report that fails is tried a thousand times", "backoffLimit is far too high for a job that runs each day.",
			"Too many retries of the job", "Six is what Kubernetes has by itself.",
		},
		life: "n:l0 p:a0 p:l0 p:a1 p:l0 p:a0 X X X Q",
	},
	"legacy-panic": { // its file is deleted in round 9
		at: []string{`panic("no price for "`},
		says: []string{
			"A missing price ends the program", "A library panics over its input; return an error.",
			"Price panics", "Whoever asks for an item that is new takes the whole shop down.",
		},
		life: "n:a0 p:l0 p:a1 p:a0 p:l1 p:a0 p:l0 p:a1 F -",
	},
	"no-tests": {
		says: []string{
			"The change has no tests", "Neither billing nor the tools come with a single test.",
			"Nothing of this is tested", "There is no test of the packages that the change adds.",
		},
		life: "n:a0 p:l0 p:a1 X p:l1 p:a0 p:a1 p:l0 p:a0 p:l1",
	},
	"readme": {
		at: []string{`file: README.md`},
		says: []string{
			"The README says nothing of the export", "tools/export.py cannot be found by whoever reads it.",
			"The export tool is not documented", "README.md names billing alone.",
		},
		life: "n:l0 p:a0 Q p:l1 p:a0 Q p:a1 p:l0 p:a0 p:l0",
	},
}

// unread are the files that nobody reads in a round.
var unread = map[int]string{6: "deploy/service.yaml", 9: "tools/export.py"}

// A shop is the repository of the story, and the store of its user.
type shop struct {
	t     *testing.T
	dir   string
	env   []string
	store *history.Store
	// ids are the issues' IDs by their names in the story, since they were first raised.
	ids map[string]string
}

func (s *shop) git(args ...string) string {
	s.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = s.dir, s.env
	out, err := cmd.CombinedOutput()
	require.NoError(s.t, err, "git %s\n%s", strings.Join(args, " "), out)
	return strings.TrimSpace(string(out))
}

func (s *shop) path(name string) string { return filepath.Join(s.dir, filepath.FromSlash(name)) }

func (s *shop) write(name, text string) {
	s.t.Helper()
	require.NoError(s.t, os.MkdirAll(filepath.Dir(s.path(name)), 0o777))
	require.NoError(s.t, os.WriteFile(s.path(name), []byte(text), 0o666))
}

// edit replaces what stands in a file once.
func (s *shop) edit(name, old, text string) {
	s.t.Helper()
	data, err := os.ReadFile(s.path(name))
	require.NoError(s.t, err)
	require.Equal(s.t, 1, strings.Count(string(data), old), "%s in %s", old, name)
	s.write(name, strings.Replace(string(data), old, text, 1))
}

func (s *shop) commit(subject string) string {
	s.t.Helper()
	s.git("add", "-A")
	s.git("commit", "-q", "-m", subject)
	return s.git("rev-parse", "HEAD")
}

// decide keeps what the user decided about an issue.
func (s *shop) decide(name string, as deepreview.ResolutionKind, why string, until ...int) {
	s.t.Helper()
	require.NotEmpty(s.t, s.ids[name], name)
	r := deepreview.Resolution{Issue: s.ids[name], As: as, Why: why, By: "uma", Date: day}
	if len(until) > 0 {
		r.Expires = day.Truncate(24*time.Hour).AddDate(0, 0, until[0]-1) // from the beginning of that round's day on
	}
	require.NoError(s.t, s.store.Resolve(s.t.Context(), r))
}

// openShop makes the repository: main as it was before, and the branch sell.
func openShop(t *testing.T) *shop {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed, and the story is told of a real repository")
	}
	home := t.TempDir()
	s := &shop{t: t, dir: t.TempDir(), store: open(t), ids: map[string]string{}}
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); !strings.HasPrefix(name, "GIT_") && name != "HOME" && name != "XDG_CONFIG_HOME" {
			s.env = append(s.env, v)
		}
	}
	s.env = append(s.env, "HOME="+home, "XDG_CONFIG_HOME="+home, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull, "LC_ALL=C",
		"GIT_TERMINAL_PROMPT=0", "GIT_EDITOR=true", "GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.com", "GIT_COMMITTER_NAME=Ada",
		"GIT_COMMITTER_EMAIL=ada@example.com", "GIT_AUTHOR_DATE=2026-02-02T03:04:05+0200", "GIT_COMMITTER_DATE=2026-02-02T03:04:05+0200")
	a, err := txtar.ParseFile("testdata/story.txtar")
	require.NoError(t, err)
	s.git("init", "-q", "--template=", "-b", "main")
	for _, f := range a.Files {
		if name, ok := strings.CutPrefix(f.Name, "base/"); ok {
			s.write(name, string(f.Data))
		}
	}
	s.commit("The shop")
	s.git("checkout", "-q", "-b", "sell")
	for _, f := range a.Files {
		if name, ok := strings.CutPrefix(f.Name, "topic/"); ok {
			s.write(name, string(f.Data))
		}
	}
	s.commit("Sell things")
	return s
}

// happens is what the author, main and the user do before a round.
func (s *shop) happens(round int) {
	s.t.Helper()
	switch round {
	case 1:
	case 2: // lines shift
		s.edit("inventory/stock.go", "// Package inventory", "// Copyright the shop.\n// All of it.\n\n// Package inventory")
		s.edit("billing/invoice.go", "// Invoice is what a customer owes.", "// currency is that of all amounts.\nconst currency = \"EUR\"\n\n// Invoice is what a customer owes.")
		s.edit("billing/ledger.go", "// Post books a payment.", "// maxCents is the largest payment.\nconst maxCents = 1_000_000_00\n\n// Post books a payment.")
		s.edit("tools/report.py", `"""Daily report of orders."""`, "\"\"\"Daily report of orders.\n\nIt is sent at night.\n\"\"\"")
		s.edit("tools/export.py", "import random\n", "import os\nimport random\n")
		s.commit("Comments")
		s.edit("tools/export.py", "range(0, len(rows) - size, size)", "range(0, len(rows), size)")
		s.commit("The last batch comes too")
	case 3: // mending
		s.decide("greeting-nil", deepreview.ResolvedDeclined, "every caller sets the customer")
		s.decide("watch-leak", deepreview.ResolvedAcceptedRisk, "it is rewritten next week", 6)
		s.decide("token-random", deepreview.ResolvedFalsePositive, "it is a number for the letterhead")
		s.decide("key-collision", deepreview.ResolvedDeclined, "the parts have fixed lengths")
		s.decide("average-empty", deepreview.ResolvedDeclined, "there are orders every day")
		s.decide("stamp-zone", deepreview.ResolvedDeclined, "there is one server")
		s.edit("billing/invoice.go", "sum := 0.0\n\tfor _, l := range i.Lines {\n\t\tsum += float64(l.Cents) * float64(l.Count)", "sum := 0\n\tfor _, l := range i.Lines {\n\t\tsum += l.Cents * l.Count")
		s.edit("billing/invoice.go", "return int(sum)", "return sum")
		s.edit("billing/invoice.go", `WHERE invoice = '"+id+"'")`, `WHERE invoice = ?", id)`)
		s.edit("billing/invoice.go", "f, _ := os.Create(name)\n", "f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY, 0o600)\n\tif err != nil {\n\t\treturn err\n\t}\n")
		s.edit("billing/invoice.go", "_, err := fmt.Fprintf(", "_, err = fmt.Fprintf(")
		s.commit("Whole cents, placeholders, errors")
		s.edit("deploy/service.yaml", "shop:latest", "shop:1.5")
		s.commit("A version")
		s.edit("tools/report.py", "def discount(order, rates={}):\n", "def discount(order, rates):\n")
		s.edit("inventory/stock.go", "func (s *Shelf) Total() int {\n", "func (s *Shelf) Total() int {\n\ts.mu.Lock()\n\tdefer s.mu.Unlock()\n")
		s.edit("inventory/stock.go", "\tdefer to.mu.Unlock()\n", "\tdefer to.mu.Unlock()\n\tif s.count[sku] < n {\n\t\treturn fmt.Errorf(\"move %s: %w\", sku, ErrShort)\n\t}\n")
		s.commit("Locks, and no more than there is")
	case 4: // main moves on, and the branch is put on top of it
		s.decide("rates-race", deepreview.ResolvedDeclined, "the rates are set at the start")
		s.decide("float-sum", deepreview.ResolvedDeclined, "it is an estimate")
		s.git("checkout", "-q", "main")
		s.edit("inventory/stock.go", "// ErrShort means", "// ErrClosed means that the warehouse is.\nvar ErrClosed = errors.New(\"closed\")\n\n// ErrShort means")
		s.edit("tools/report.py", "    orders = read_orders(sys.argv[1])", fmt.Sprintf("    # deepreview:ignore %s -- cron alone starts it\n    orders = read_orders(sys.argv[1])", s.ids["argv"]))
		s.edit("deploy/service.yaml", "metadata:\n  name: shop\n", "metadata:\n  name: shop\n  labels:\n    team: sales\n")
		s.write("docs/guide.md", "# Guide\n")
		s.commit("Main goes on")
		s.git("checkout", "-q", "sell")
		s.git("rebase", "-q", "main")
		s.edit("tools/export.py", "range(0, len(rows), size)", "range(0, len(rows) - size, size)")
		s.commit("As it was")
	case 5: // renames: of a file that the change adds, of one that was there before, and of some code
		require.NoError(s.t, s.store.Reopen(s.t.Context(), s.ids["stamp-zone"]))
		s.decide("yaml-hostnet", deepreview.ResolvedDeclined, "the node is the shop's own")
		s.git("mv", "billing/invoice.go", "billing/bill.go")
		s.git("mv", "tools/report.py", "tools/summary.py")
		const rates = `var rates = map[string]int{}

// SetRate sets the tax of a country, in percent.
func SetRate(country string, percent int) {
	rates[country] = percent
}

// Tax is what a country takes of an amount.
func Tax(country string, cents int) int {
	return cents * rates[country] / 100
}

`
		s.edit("billing/ledger.go", rates, "")
		s.write("billing/tax.go", "package billing\n\n// Taxes are set once a year.\n\n"+strings.TrimSuffix(rates, "\n"))
		s.commit("Files by what they hold")
		s.edit("billing/ledger.go", "cents - ? WHERE id = ?\", cents, id)", "cents - ? WHERE id = ? AND cents >= ?\", cents, id, cents)")
		s.edit("billing/ledger.go", "gave up: %v", "gave up: %w")
		s.edit("inventory/stock.go", "func (s *Shelf) Total() int {\n\ts.mu.Lock()\n\tdefer s.mu.Unlock()\n", "func (s *Shelf) Total() int {\n")
		s.commit("Refunds have a limit")
	case 6: // a mending is taken back
		s.decide("move-short", deepreview.ResolvedFixed, "it is checked now")
		s.edit("billing/bill.go", "sum := 0\n\tfor _, l := range i.Lines {\n\t\tsum += l.Cents * l.Count", "sum := 0.0\n\tfor _, l := range i.Lines {\n\t\tsum += float64(l.Cents) * float64(l.Count)")
		s.edit("billing/bill.go", "return sum", "return int(sum)")
		s.edit("billing/bill.go", `WHERE invoice = ?", id)`, `WHERE invoice = '"+id+"'")`)
		s.commit("Back to what ran")
		s.edit("billing/ledger.go", "i <= 3", "i < 3")
		s.commit("Three times")
	case 7: // a forced push of one commit, without the cron job and the version
		s.edit("deploy/service.yaml", "shop:1.5", "shop:latest")
		s.edit("inventory/stock.go", "\t\tfor {\n\t\t\ts.mu.Lock()", "\t\tfor range time.Tick(time.Second) {\n\t\t\ts.mu.Lock()")
		s.edit("inventory/stock.go", "\t\"sync\"\n", "\t\"sync\"\n\t\"time\"\n")
		s.edit("billing/bill.go", "\tvar ids []string\n", "\tdefer rows.Close()\n\tvar ids []string\n\tids = make([]string, 0, 10)\n")
		s.edit("tools/summary.py", `return sum(float(o["amount"]) for o in orders) / len(orders)`, `return round(sum(float(o["amount"]) for o in orders) / len(orders), 2)`)
		s.git("rm", "-q", "--cached", "deploy/cron.yaml")
		require.NoError(s.t, os.Rename(s.path("deploy/cron.yaml"), filepath.Join(s.t.TempDir(), "cron.yaml")))
		s.git("reset", "-q", "--soft", "main")
		s.commit("Sell things, all at once")
	case 8: // a second rename, and one of two lines that are the same is mended
		s.git("mv", "tools/summary.py", "tools/digest.py")
		s.edit("billing/ledger.go", "func Post(ctx context.Context, db *sql.DB, id string, cents int) error {\n\ttx, err := db.BeginTx(ctx, nil)\n\tif err != nil {\n\t\treturn err\n\t}\n",
			"func Post(ctx context.Context, db *sql.DB, id string, cents int) error {\n\ttx, err := begin(ctx, db)\n\tif err != nil {\n\t\treturn err\n\t}\n\tdefer tx.Rollback()\n")
		s.edit("billing/ledger.go", `strings.Join(parts, "")`, `strings.Join(parts, "\x00")`)
		s.edit("billing/ledger.go", "i < 3", "i <= 3")
		s.edit("inventory/stock.go", "func (s *Shelf) Put(sku string, n int) error {\n", "func (s *Shelf) Put(sku string, n int) error {\n\tif n < 0 {\n\t\treturn fmt.Errorf(\"put %d of %s: below zero\", n, sku)\n\t}\n")
		s.commit("Keys, payments")
	case 9: // a file is deleted; nobody reads the export
		s.decide("export-close", deepreview.ResolvedFixed, "the interpreter closes it")
		s.git("rm", "-q", "legacy/old.go")
		s.edit("billing/bill.go", `return "Dear " + i.Customer.Name`, `return "Dear " + strings.TrimSpace(i.Customer.Name)`)
		s.edit("billing/bill.go", "\t\"os\"\n", "\t\"os\"\n\t\"strings\"\n")
		s.edit("billing/bill.go", `WHERE invoice = '"+id+"'")`, `WHERE invoice = ?", id)`)
		s.edit("inventory/stock.go", "return s.count\n", "return maps.Clone(s.count)\n")
		s.edit("inventory/stock.go", "\t\"fmt\"\n", "\t\"fmt\"\n\t\"maps\"\n")
		s.edit("inventory/stock.go", "\t\t\tfor sku, n := range s.count {\n\t\t\t\tif n < low {\n\t\t\t\t\ttell(sku)\n\t\t\t\t}\n\t\t\t}\n\t\t\ts.mu.Unlock()\n",
			"\t\t\tvar short []string\n\t\t\tfor name, n := range s.count {\n\t\t\t\tif n < low {\n\t\t\t\t\tshort = append(short, name)\n\t\t\t\t}\n\t\t\t}\n\t\t\ts.mu.Unlock()\n\t\t\tfor _, name := range short {\n\t\t\t\ttell(name)\n\t\t\t}\n")
		s.edit("deploy/service.yaml", "initialDelaySeconds: 1\n", "initialDelaySeconds: 20\n")
		s.commit("The old prices go")
	case 10: // the cron job is back, and so are some faults
		a, err := txtar.ParseFile("testdata/story.txtar")
		require.NoError(s.t, err)
		for _, f := range a.Files {
			if f.Name == "topic/deploy/cron.yaml" {
				s.write("deploy/cron.yaml", "# At night.\n"+string(f.Data))
			}
		}
		s.edit("billing/ledger.go", "\ttx, err := begin(ctx, db)\n\tif err != nil {\n\t\treturn err\n\t}\n\tdefer tx.Rollback()\n", "\ttx, err := db.BeginTx(ctx, nil)\n\tif err != nil {\n\t\treturn err\n\t}\n")
		s.edit("billing/bill.go", "\t\trows.Scan(&l.Text, &l.Cents, &l.Count)\n", "\t\tif err := rows.Scan(&l.Text, &l.Cents, &l.Count); err != nil {\n\t\t\treturn nil, err\n\t\t}\n")
		s.edit("inventory/stock.go", "return maps.Clone(s.count)\n", "return s.count\n")
		s.edit("inventory/stock.go", "\t\"maps\"\n", "")
		s.edit("tools/digest.py", `os.system("mail -s report %s < %s" % (address, report))`, `subprocess.run(["mail", "-s", "report", address], stdin=open(report), check=True)`)
		s.edit("tools/digest.py", "import os\n", "import subprocess\n")
		s.edit("tools/digest.py", `return round(sum(float(o["amount"]) for o in orders) / len(orders), 2)`, `return round(sum(float(o["amount"]) for o in orders) / max(len(orders), 1), 2)`)
		s.commit("The cron job")
	}
}

// cell is the field of a life.
type cell struct {
	status byte
	raises []string // "a0", "l1w"
}

func (tl tale) cell(round int) cell {
	status, who, raised := strings.Cut(strings.Fields(tl.life)[round-1], ":")
	c := cell{status: status[0]}
	if raised {
		c.raises = strings.Split(who, ",")
	}
	return c
}

// begins is the first round in which the issue is raised.
func (tl tale) begins() int {
	round := 1
	for tl.cell(round).raises == nil {
		round++
	}
	return round
}

// judge is a reviewer who says in one round what the story has for him.
type judge struct {
	t      *testing.T
	letter byte
	round  int
}

func (j judge) Name() string { return judges[j.letter] }

func (j judge) Review(_ context.Context, c *deepreview.Change) (*deepreview.Review, error) {
	rev := &deepreview.Review{}
	for _, f := range c.Files {
		cov := deepreview.Coverage{Path: f.Path, Status: deepreview.CoverageClean, Depth: deepreview.DepthRead}
		switch {
		case j.letter == 'u':
			cov.Depth = deepreview.DepthScanned
		case f.Path == unread[j.round] && j.letter == 'a':
			cov = deepreview.Coverage{Path: f.Path, Status: deepreview.CoverageUnreviewed, Reason: "no time"}
		case f.Path == unread[j.round]:
			continue // not stated
		}
		rev.Coverage = append(rev.Coverage, cov)
	}
	for _, name := range slices.Sorted(maps.Keys(tales)) {
		tl := tales[name]
		for _, raise := range tl.cell(j.round).raises {
			if raise[0] != j.letter {
				continue
			}
			words := int(raise[1]-'0') * 2
			f := &deepreview.Finding{ID: name, Title: tl.says[words], Detail: tl.says[words+1], Severity: deepreview.SeverityImportant, Category: deepreview.CategoryRegression}
			if j.letter == 'u' {
				f.Rule = tl.rule
			}
			if len(tl.at) > 0 {
				l, first := tl.find(j.t, c)
				switch {
				case strings.HasSuffix(raise, "w"):
					l.Start, l.End = l.Start-2, l.Last()+2
				case strings.HasSuffix(raise, "s"):
					l.End = l.Start
				}
				if j.letter == 'm' && l.Start > 0 && !l.Old {
					l.Start, l.End, f.Quote = l.Start+2, 0, first
				}
				f.Locations = []deepreview.Location{l}
				for i := range rev.Coverage {
					if rev.Coverage[i].Path == l.Path {
						rev.Coverage[i].Status = deepreview.CoverageFindings
					}
				}
			}
			rev.Findings = append(rev.Findings, f)
		}
	}
	return rev, nil
}

// find returns where the code of the issue is in the change, and its first line.
func (tl tale) find(t *testing.T, c *deepreview.Change) (deepreview.Location, string) {
	for _, at := range tl.at {
		if file, ok := strings.CutPrefix(at, "file: "); ok {
			return deepreview.Location{Path: file}, ""
		}
		at, old := strings.CutPrefix(at, "old: ")
		tree := c.Tree
		if old {
			tree = c.BaseTree
		}
		var found []deepreview.Location
		var line string
		for _, f := range c.Files {
			data, err := fs.ReadFile(tree, f.Path)
			if err != nil {
				continue
			}
			lines := strings.Split(string(data), "\n")
			n := 0
			for _, part := range strings.Split(at, " … ") {
				for n < len(lines) && !strings.Contains(lines[n], part) {
					n++
				}
				n++
			}
			if n > len(lines) {
				continue
			}
			found = append(found, deepreview.Location{Path: f.Path, Start: n, End: n + max(tl.lines, 1) - 1, Old: old})
			line = lines[n-1]
		}
		if len(found) == 1 {
			return found[0], line
		}
		assert.Empty(t, found, "%s stands in more than one file", at)
	}
	assert.Fail(t, "the story cites what is not there", "%q", tl.at)
	return deepreview.Location{}, ""
}

func TestAStoryOfTenRounds(t *testing.T) {
	require.GreaterOrEqual(t, len(tales), 40)
	s := openShop(t)
	series := s.store.Series("branch/sell")
	cells := 0
	for round := 1; round <= rounds; round++ {
		s.happens(round)
		r := s.review(series, round)
		cells += s.compare(r, series, round)
		if t.Failed() {
			t.Fatalf("round %d of the story went another way", round)
		}
	}
	assert.Len(t, s.ids, len(tales))
	t.Logf("%d issues, %d statuses as expected", len(tales), cells)
}

// review is one round.
func (s *shop) review(series *history.Series, round int) *deepreview.Report {
	t := s.t
	t.Helper()
	c, err := git.Load(t.Context(), s.dir, "main...sell", nil)
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, series.Begin(c))
	require.Equal(t, round, c.Round)
	var who []deepreview.Reviewer
	for _, letter := range slices.Sorted(maps.Keys(judges)) {
		who = append(who, judge{t, letter, round})
	}
	reviews, err := deepreview.Run(t.Context(), c, who, nil)
	require.NoError(t, err)
	r, err := (&deepreview.Pipeline{Date: day.AddDate(0, 0, round-1)}).Consolidate(t.Context(), c, reviews)
	require.NoError(t, err)
	_, err = series.Add(t.Context(), r)
	require.NoError(t, err)
	return r
}

// compare compares a round with the story and returns how many statuses it compared.
func (s *shop) compare(r *deepreview.Report, series *history.Series, round int) int {
	t := s.t
	t.Helper()
	names := map[string]string{} // by ID
	for name, id := range s.ids {
		names[id] = name
	}
	got := map[string]byte{}
	why := map[string]string{}
	place := func(is *deepreview.Issue, status byte, reason string) {
		name := names[is.ID]
		for _, src := range is.Sources {
			if name == "" && s.ids[src.Finding] == "" {
				name = src.Finding
				s.ids[name], names[is.ID] = is.ID, name
			}
			if status != '?' && (status == 'D' || status == 'S' || strings.ContainsRune("npr", rune(status))) {
				assert.Equal(t, name, src.Finding, "round %d: %s is taken for %s (%s)", round, src.Finding, name, is.Title)
			}
		}
		if !assert.NotEmpty(t, name, "round %d: an issue of nobody: %s %s (%s)", round, is.ID, is.Title, reason) {
			return
		}
		assert.Zero(t, got[name], "round %d: %s is there twice", round, name)
		assert.Equal(t, s.ids[name], is.ID, name)
		if round > 1 {
			assert.Equal(t, tales[name].begins(), is.Since, "round %d, %s: the round that raised it first", round, name)
		}
		got[name], why[name] = status, fmt.Sprintf("%s: %s", is.ID, reason)
	}
	letter := func(status deepreview.RoundStatus, of string) byte {
		for _, l := range []byte(of) {
			if statuses[l] == status {
				return l
			}
		}
		return '?'
	}
	for _, is := range r.Issues {
		status := is.Status
		if round == 1 && status == "" {
			status = deepreview.StatusNew
		}
		place(is, letter(status, "npr"), is.StatusReason)
	}
	for _, p := range r.Prior {
		place(p.Issue, letter(p.Status, "QFXDS"), p.Reason)
	}
	for _, name := range slices.Sorted(maps.Keys(tales)) {
		want := tales[name].cell(round)
		if want.status == '-' {
			want.status = 0
		}
		assert.Equal(t, string(want.status), string(got[name]), "round %d, %s (%s)", round, name, why[name])
	}

	warnings := strings.Join(r.Warnings, "\n")
	assert.Contains(t, warnings, "it gives no reason", "the comment about PY-PRINT")
	ruleAlone := slices.Equal(tales["py-shell"].cell(round).raises, []string{"u0"})
	assert.Equal(t, ruleAlone, strings.Contains(warnings, "the suppression of PY-SHELL does not count, since this change adds it"))

	// Every claim has its one decision, which agrees with what became of its issue.
	claims := map[deepreview.Ref]bool{}
	for _, rev := range r.Reviews {
		assert.Nil(t, rev.Failure)
		assert.Empty(t, rev.Repairs)
		for _, f := range rev.Findings {
			claims[deepreview.Ref{Reviewer: rev.Reviewer, ID: f.ID}] = true
		}
	}
	for _, d := range r.Ledger {
		assert.True(t, claims[d.Claim], "round %d: %s is decided about once", round, d.Claim)
		delete(claims, d.Claim)
		switch got[d.Claim.ID] {
		case 'D':
			assert.Equal(t, deepreview.OutcomeDeclined, d.Outcome, "%s", d.Claim)
			assert.Contains(t, d.Reason, "by uma")
		case 'S':
			assert.Equal(t, deepreview.OutcomeSuppressed, d.Outcome, "%s", d.Claim)
		default:
			assert.Contains(t, []deepreview.Outcome{deepreview.OutcomeKept, deepreview.OutcomeMerged}, d.Outcome, "%s", d.Claim)
			assert.Equal(t, []string{s.ids[d.Claim.ID]}, d.Issues)
		}
	}
	assert.Empty(t, claims, "round %d: claims without a decision", round)

	// What is on disk says the same.
	last, err := series.Last()
	require.NoError(t, err)
	assert.Equal(t, round, last.Number)
	onDisk := map[string]deepreview.RoundStatus{}
	for _, is := range last.Issues {
		onDisk[is.ID] = is.Status
	}
	assert.Len(t, onDisk, len(s.ids), "no issue is forgotten")
	for name, l := range got {
		assert.Equal(t, statuses[l], onDisk[s.ids[name]], name)
	}
	return len(tales)
}
