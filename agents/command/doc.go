// Package command makes a reviewer of a coding agent's command line, or of any other command.
//
//	*deepreview.Change
//	      │  Change.Tree is copied into a folder of its own: no .git, no links, no file that would configure an agent
//	      │  package agents writes the question, with the schema of the answer
//	   process     the profile's arguments, the prompt on standard input, a reduced environment, a process group of its own
//	      │  bounded output; ended as a group at the deadline; folder and processes gone when Review returns
//	   Output      exit status, signal, standard output and error
//	      │  Profile.Read: is there a terminal record, what is the answer, which kind of failure is it
//	*deepreview.Review
//
// A [Profile] is data and knows one agent: [Claude], [Codex] and [Gemini] are there. An agent's exit status 0 alone is no
// success: its terminal record must be there and the answer must fit the form that was asked for. What fits in part is kept, with an
// error. An answer that has no JSON in that form may be understood by [Reviewer.Fallback]: markdown.Parse reads a review in Markdown.
// Errors are an [*agents.Error], so that a caller can tell a spent quota from a wrong key.
//
// # What is contained, and what is not
//
// The repository is never the agent's working folder, and what it writes into its copy is thrown away and told in the
// review's Repairs. A variable that is not on the list does not reach it. This is no sandbox: a program that runs with the
// user's rights can read the user's files and reach the network. The profiles turn on what their agents have against that.
// Likely secrets are masked in the prompt; in the copy the files are as they are.
//
// # The protocol for other commands
//
// [Exec] runs any command. It is started once for each review in an empty folder, and is given on standard input one JSON
// object, a [Task]:
//
//	{"version": 1,
//	 "checkout": "/tmp/…/code",             the repository at the head revision; empty where only a diff is known
//	 "prompt": "You review one change …",   for a command that asks a model
//	 "schema": {…},                         the JSON Schema of the answer
//	 "files": [{"path": "a.go", "status": "modified", "lines": [{"op": "+", "new": 3, "text": "…"}, …]}, …]}
//
// It writes one JSON object on standard output and ends with exit status 0:
//
//	{"findings": [{"title": "…", "severity": "critical|important|suggestion", "category": "regression|gap|enhancement",
//	               "locations": [{"path": "a.go", "start": 3, "end": 4}], "quote": "the lines", "detail": "…"}],
//	 "coverage": [{"path": "a.go", "status": "clean|trivial|findings|unreviewed", "reason": ""}]}
//
// Those and more properties, all by name, are in review.schema.json beside this file, which is also in the task and in the
// file that the variable DEEPREVIEW_SCHEMA names. A property that is left out stands for an empty one, but severity, category and
// status must be there where their object is. Standard error is free: its end is in the error if there is one. A command that
// declines the change prints {"skip": "why"}. The reviewer.py of examples/otherlanguage is one such command.
package command
