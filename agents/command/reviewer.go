package command

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/deepreview-go/deepreview"
	"github.com/deepreview-go/deepreview/agents"
)

// Defaults of a [Reviewer].
const (
	defaultTimeout = 30 * time.Minute
	// defaultGrace leaves room for the rest within the five seconds that [deepreview.Run] waits.
	defaultGrace = 2 * time.Second
)

// Reviewer is a command line as a reviewer. Only Profile must be set. It is safe for concurrent use; every review is a process
// and a folder of its own.
type Reviewer struct {
	// ID is the reviewer's name; empty means the profile's. Label is what a reader sees; empty means the model's name, or the
	// profile's.
	ID, Label string
	Profile   Profile
	// Path is the executable; empty means the profile's, looked for in PATH. A relative one is taken from here, never from the
	// checkout.
	Path string
	// Model is the model that the agent is told to take; empty means the agent's own choice.
	Model string
	// Args come behind the profile's arguments, as they are.
	Args []string
	// Env are the names of the variables of this process that the agent is given; nil means [Profile.Env], and an empty
	// list means none. Beside them it has TMPDIR and the DEEPREVIEW_ ones.
	Env []string
	// Instructions are the user's own; see [agents.LLM.Instructions]. Prompts replaces built-in prompts by name.
	Instructions string
	Prompts      fs.FS
	// Timeout bounds one review; 0 means 30 minutes. Grace is how long the agent may take to end when it is asked to, before it
	// is killed; 0 means two seconds.
	Timeout, Grace time.Duration
	// TempDir is where the folders of reviews are made; empty means the system's.
	TempDir string
	// Fallback reads an answer that has no JSON in the form asked for: markdown.Parse reads a review in Markdown. It is not asked
	// where the agent itself failed. What it returns with an error counts in part; nil means that such an answer is an error.
	Fallback func(c *deepreview.Change, text string) (*deepreview.Review, error)
}

// Name returns ID, or the profile's name.
func (r *Reviewer) Name() string { return cmp.Or(r.ID, r.Profile.Name) }

// Review implements [deepreview.Reviewer]. When it returns, the folder is gone and so are the processes.
func (r *Reviewer) Review(ctx context.Context, c *deepreview.Change) (rev *deepreview.Review, err error) {
	if len(c.Files) == 0 {
		return nil, fmt.Errorf("%w: the change has no files", deepreview.ErrSkip)
	}
	path, err := r.executable()
	if err != nil {
		return nil, r.named(&agents.Error{Kind: agents.KindInvalid, Message: err.Error(), Err: err}, "")
	}
	timeout := cmp.Or(max(r.Timeout, 0), defaultTimeout)
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	dir, err := os.MkdirTemp(r.TempDir, "deepreview-agent-")
	if err != nil {
		return nil, err
	}
	defer func() {
		if gone := removeAll(dir); gone != nil {
			err = errors.Join(err, fmt.Errorf("its folder is left behind: %w", gone))
		}
	}()
	w, err := r.prepare(ctx, dir, c)
	if err != nil {
		return nil, err
	}
	deepreview.Progress(ctx, "the agent is at work")
	p := process{
		path: path, args: w.args, env: w.env, dir: w.cwd, stdin: filepath.Join(dir, "stdin"), mark: w.mark,
		grace: cmp.Or(max(r.Grace, 0), defaultGrace),
	}
	o, err := p.run(ctx)
	if o == nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, r.named(&agents.Error{Kind: agents.KindInvalid, Message: "it could not be started: " + err.Error(), Err: err}, "")
	}
	o.File = readBounded(filepath.Join(dir, "answer"))
	rev, err = r.read(c, w.question, o, err)
	if rev == nil {
		rev = &deepreview.Review{}
	}
	rev.Vendor, rev.Model = r.Profile.Vendor, cmp.Or(rev.Model, r.Model)
	rev.Label = cmp.Or(rev.Label, r.Label, rev.Model, r.Profile.Name)
	if w.code.missing != "" {
		rev.Repairs = append(rev.Repairs, w.code.missing)
	}
	if names, n := w.code.touched(); n > 0 {
		rev.Repairs = append(rev.Repairs, fmt.Sprintf("the agent wrote into its checkout, which was thrown away: %d files, among them %s", n, strings.Join(names, ", ")))
	}
	return rev, err
}

// work is a folder made ready for one run.
type work struct {
	code      *checkout
	question  *agents.Question
	cwd, mark string
	args, env []string
}

// prepare makes the folder: code, the checkout; tmp, the agent's own; empty, for those that run outside; and files beside them.
func (r *Reviewer) prepare(ctx context.Context, dir string, c *deepreview.Change) (*work, error) {
	in := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"code", "tmp", "empty"} {
		if err := os.Mkdir(in(name), 0o700); err != nil {
			return nil, err
		}
	}
	w := &work{cwd: in("code"), mark: "DEEPREVIEW_RUN=" + rand.Text()}
	var err error
	if w.code, err = newCheckout(ctx, in("code"), c); err != nil {
		return nil, err
	}
	opt := &agents.QuestionOptions{Instructions: r.Instructions, Prompts: r.Prompts, Readable: w.code.has}
	if c.Tree != nil {
		opt.Checkout = in("code")
	}
	if w.question, err = agents.NewQuestion(c, opt); err != nil {
		return nil, err
	}
	w.question.Sparse = r.Profile.Sparse
	input := []byte(w.question.Prompt)
	if r.Profile.Input != nil {
		if input, err = r.Profile.Input(newTask(c, opt.Checkout, w.question.Prompt, w.question.Schema)); err != nil {
			return nil, err
		}
	}
	for name, text := range map[string][]byte{"stdin": input, "prompt": []byte(w.question.Prompt), "schema": w.question.Schema} {
		if err := os.WriteFile(in(name), text, 0o600); err != nil {
			return nil, err
		}
	}
	if r.Profile.Outside {
		w.cwd = in("empty")
	}
	args := slices.Clone(r.Profile.Args[1:])
	if r.Model != "" {
		args = append(args, r.Profile.Model...)
	}
	holes := strings.NewReplacer("{checkout}", in("code"), "{prompt-file}", in("prompt"), "{schema}", string(w.question.Schema),
		"{schema-file}", in("schema"), "{answer-file}", in("answer"), "{model}", r.Model)
	for _, arg := range args {
		w.args = append(w.args, holes.Replace(arg))
	}
	w.args = append(w.args, r.Args...)
	w.env = append(r.environment(), w.mark, "TMPDIR="+in("tmp"), "DEEPREVIEW_CHECKOUT="+opt.Checkout, "DEEPREVIEW_SCHEMA="+in("schema"))
	if runtime.GOOS == "windows" {
		w.env = append(w.env, "TEMP="+in("tmp"), "TMP="+in("tmp"))
	}
	return w, nil
}

// read makes a review of what the agent left behind; stopped says why it did not come to its own end.
func (r *Reviewer) read(c *deepreview.Change, q *agents.Question, o *Output, stopped error) (*deepreview.Review, error) {
	read := r.Profile.Read
	if read == nil {
		read = readExec
	}
	a := read(o)
	rev, err := r.understood(c, q, a)
	if rev != nil {
		rev.Usage, rev.Model = a.Usage, a.Model
	}
	// What ended the run comes first, then what the agent says of itself, then what is wrong with its answer.
	var own *agents.Error
	switch {
	case errors.Is(stopped, errFlood):
		err = &agents.Error{Kind: agents.KindBadReply, Err: errFlood,
			Message: fmt.Sprintf("it printed more than %d bytes, or %d on standard error, and was ended", MaxStdout, floodStderr)}
	case stopped != nil && errors.As(a.Err, &own) && own.Kind != agents.KindCut && own.Kind != agents.KindBadReply:
		own.Message, own.Err = own.Message+" (until it was ended)", stopped
		err = own
	case stopped != nil:
		err = fmt.Errorf("%s was ended: %w", r.Name(), stopped)
		if said := lastWords(o.Stderr); said != "" {
			err = fmt.Errorf("%w; it said: %s", err, bounded(said))
		}
	case a.Err != nil:
		err = a.Err
	}
	if errors.As(err, &own) {
		err = r.named(own, a.Model)
	}
	return rev, err
}

// understood makes a review of the answer's text, or keeps the text.
func (r *Reviewer) understood(c *deepreview.Change, q *agents.Question, a Answer) (*deepreview.Review, error) {
	if strings.TrimSpace(a.Text) == "" {
		return nil, fmt.Errorf("%w: there is no answer", deepreview.ErrBadAnswer)
	}
	rev, err := q.Read([]byte(a.Text))
	if rev != nil {
		return rev, err
	}
	if r.Fallback != nil && a.Err == nil && errors.Is(err, deepreview.ErrBadAnswer) {
		rev, other := r.Fallback(c, a.Text)
		if other != nil {
			other = fmt.Errorf("%w; read otherwise: %w", err, other)
		}
		if rev != nil {
			rev.Transcript = cmp.Or(rev.Transcript, strings.ToValidUTF8(a.Text, "\uFFFD"))
			return rev, other
		}
		err = cmp.Or(other, err)
	}
	return &deepreview.Review{Transcript: strings.ToValidUTF8(a.Text, "\uFFFD")}, err
}

// named puts the agent's and the model's names into an error.
func (r *Reviewer) named(e *agents.Error, model string) error {
	e.Vendor, e.Model = r.Profile.Name, cmp.Or(model, r.Model, "command line")
	return e
}

// executable finds what to run. Nothing is ever looked for in the checkout.
func (r *Reviewer) executable() (string, error) {
	if len(r.Profile.Args) == 0 || cmp.Or(r.Path, r.Profile.Args[0]) == "" {
		return "", errors.New("the profile names no executable")
	}
	path, err := exec.LookPath(cmp.Or(r.Path, r.Profile.Args[0]))
	if err != nil {
		return "", err
	}
	return filepath.Abs(path)
}

// environment is what the agent is given of this process's. Of PATH, folders that are not absolute are left out: they would be
// looked for in the checkout.
func (r *Reviewer) environment() []string {
	names := r.Env
	if names == nil {
		names = r.Profile.Env
	}
	var out []string
	for _, name := range names {
		value, ok := os.LookupEnv(name)
		if !ok {
			continue
		}
		if strings.EqualFold(name, "PATH") {
			value = strings.Join(slices.DeleteFunc(filepath.SplitList(value), func(dir string) bool { return !filepath.IsAbs(dir) }), string(filepath.ListSeparator))
		}
		out = append(out, name+"="+value)
	}
	return out
}

// readBounded reads the agent's answer file; nil where it is none, or no regular file.
func readBounded(name string) []byte {
	info, err := os.Lstat(name)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxAnswerFile))
	if err != nil {
		return nil
	}
	return data
}
