package command

import (
	"encoding/json"

	"github.com/deepreview-go/deepreview"
)

// Profile is what is to be known of one agent's command line.
type Profile struct {
	// Name is the agent's, for errors and as a reviewer's name: "claude". Vendor is who makes it; empty where nobody is known.
	Name, Vendor string
	// Args are the executable, as a path or to be found in PATH, and its arguments. In each, these are replaced:
	// {checkout}, the folder with the code; {prompt-file}, a file with the prompt; {schema}, the schema of the answer as
	// text, {schema-file}, a file with it; {answer-file}, where the agent may write its answer; {model}, the model.
	Args []string
	// Model are further arguments where the caller chooses a model.
	Model []string
	// Env are the names of the variables that the agent is given if they are set, unless [Reviewer.Env] says otherwise.
	Env []string
	// Outside runs the command in an empty folder rather than in the checkout.
	Outside bool
	// Sparse lets the answer leave properties out.
	Sparse bool
	// Input makes what stands on standard input; nil means the prompt.
	Input func(*Task) ([]byte, error)
	// Read finds the answer in what the agent left behind. It is not called where the agent could not be started. Nil
	// takes standard output as the answer.
	Read func(*Output) Answer
}

// Task is what a command is asked to do; see the package's documentation for its JSON.
type Task struct {
	// Version is 1. It grows when what is there changes its meaning; properties may be added.
	Version  int             `json:"version"`
	Checkout string          `json:"checkout"`
	Prompt   string          `json:"prompt"`
	Schema   json.RawMessage `json:"schema"`
	Files    []TaskFile      `json:"files"`
}

// TaskFile is one changed file of a [Task].
type TaskFile struct {
	Path    string                `json:"path"`
	OldPath string                `json:"old_path,omitempty"`
	Status  deepreview.FileStatus `json:"status"`
	// Unreadable says that the content cannot be shown: it is binary, or the diff could not be read.
	Unreadable bool       `json:"unreadable,omitempty"`
	Lines      []TaskLine `json:"lines"`
}

// TaskLine is one line of a file's diff. Op is "+", "-" or " "; Old and New count from 1, and 0 means not there.
type TaskLine struct {
	Op   string `json:"op"`
	Old  int    `json:"old,omitempty"`
	New  int    `json:"new,omitempty"`
	Text string `json:"text"`
}

func newTask(c *deepreview.Change, checkout, prompt string, schema json.RawMessage) *Task {
	t := &Task{Version: 1, Checkout: checkout, Prompt: prompt, Schema: schema, Files: []TaskFile{}}
	for _, f := range c.Files {
		tf := TaskFile{Path: f.Path, OldPath: f.OldPath, Status: f.Status, Unreadable: f.Binary || f.Unreadable != "", Lines: []TaskLine{}}
		for _, h := range f.Hunks {
			for l := range h.Lines() {
				tf.Lines = append(tf.Lines, TaskLine{Op: string(l.Op), Old: l.Old, New: l.New, Text: l.Text})
			}
		}
		t.Files = append(t.Files, tf)
	}
	return t
}

// Output is what a process left behind when it ended.
type Output struct {
	// Stdout is bounded by [MaxStdout]; of Stderr the beginning and the end are kept, together [MaxStderr].
	Stdout, Stderr []byte
	// File is what the agent wrote to {answer-file}.
	File []byte
	// Exit is the exit status, -1 where a signal ended the process, which Signal then names.
	Exit   int
	Signal string
}

// Answer is what a profile reads out of an [Output].
type Answer struct {
	// Text is the answer: the JSON asked for, or prose; empty where there is none.
	Text string
	// Model is the model that answered, as the agent says.
	Model string
	Usage deepreview.Usage
	// Err says that the agent did not succeed; Text may be there all the same. An *agents.Error is given the names of the
	// agent and the model.
	Err error
}

// common are variables that most programs need to run at all.
var common = []string{"PATH", "HOME", "USER", "LANG", "LC_ALL", "TERM", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR",
	"NODE_EXTRA_CA_CERTS", "APPDATA", "LOCALAPPDATA", "USERPROFILE"}

func with(names ...string) []string { return append(append([]string(nil), common...), names...) }

// Claude is Claude Code, as of 2.1. It may read files below its checkout and nothing else: no commands, no network but its
// own, no settings of the user's or the repository's.
func Claude() Profile {
	return Profile{
		Name: "claude", Vendor: "anthropic",
		Args: []string{"claude", "-p", "--output-format", "json", "--json-schema", "{schema}", "--no-session-persistence", "--restricted",
			"--strict-mcp-config", "--disable-slash-commands", "--permission-prompts", "none", "--tools", "Read,Grep,Glob"},
		Model: []string{"--model", "{model}"},
		Env:   with("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL", "CLAUDE_CODE_OAUTH_TOKEN", "CLAUDE_CONFIG_DIR", "API_TIMEOUT_MS"),
		Read:  readClaude,
	}
}

// Codex is Codex, as of 0.169. Its commands run in its read-only sandbox. It does not hold its model to the schema.
func Codex() Profile {
	return Profile{
		Name: "codex", Vendor: "openai",
		Args: []string{"codex", "exec", "--json", "--ephemeral", "-s", "read-only", "--skip-git-repo-check", "--ignore-rules",
			"-c", "project_doc_max_bytes=0", "--color", "never", "--output-schema", "{schema-file}", "-o", "{answer-file}"},
		Model: []string{"-m", "{model}"},
		Env:   with("OPENAI_API_KEY", "OPENAI_BASE_URL", "CODEX_API_KEY", "CODEX_HOME"),
		Read:  readCodex,
	}
}

// Gemini is Gemini CLI, as of 0.61, in its read-only mode. It takes no schema but in the prompt.
func Gemini() Profile {
	return Profile{
		Name: "gemini", Vendor: "gemini",
		// The checkout holds no file that Gemini would take settings from, so that trusting it gives nothing away.
		Args:  []string{"gemini", "-o", "json", "--approval-mode", "plan", "--skip-trust", "-p", "Do the review that is described above."},
		Model: []string{"-m", "{model}"},
		Env:   with("GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GEMINI_BASE_URL", "GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_LOCATION", "GOOGLE_APPLICATION_CREDENTIALS"),
		Read:  readGemini,
	}
}

// Exec is any other command: args are the executable and its arguments, with the placeholders of [Profile.Args]. It speaks the
// protocol of the package's documentation. An argument that names a file from here is made absolute, since the command
// runs in another folder.
func Exec(args ...string) Profile {
	p := Profile{Name: "command", Args: absoluteFiles(args), Env: with(), Outside: true, Sparse: true, Read: readExec}
	if len(args) > 0 {
		p.Name = programName(args[0])
	}
	p.Input = func(t *Task) ([]byte, error) { return json.Marshal(t) }
	return p
}
