// Package agents makes reviewers of language models.
//
//	*deepreview.Change
//	      │  prompt: rules, guidance, the change with numbered lines; foreign text fenced as data
//	  Request ──► Model ──► Reply      one vendor's API behind a narrow seam
//	      ▲                   │
//	      └── tool results ◄──┘        read_file, search, show_base, blame …, over the change's trees alone
//	      │  the answer: checked against its schema, mended once, then salvaged
//	*deepreview.Review
//
// A [Model] is one vendor's model: packages anthropic, openai, gemini and langchain below this one each make it on the
// vendor's own SDK. [LLM] is the reviewer on any of them, [Verifier], [Adjudicator] and [Editor] are the second
// looks that a [deepreview.Pipeline] takes. Whatever is improved here reaches every vendor.
//
// Everything that comes from a change, a repository or a model is foreign text. A tool reads the trees of the
// change and nothing else; no answer can choose tools, severities' meaning or the verdict.
package agents
