// Package openai makes [agents.Model] values of OpenAI's APIs, on the vendor's own SDK: [Model] of the Responses API, and [Chat]
// of Chat Completions, which many other servers speak, too.
//
//	agents.Request
//	      │  strict tools and answer schema; nothing is stored at the vendor
//	  POST /responses or /chat/completions, streamed        one attempt; agents.Retry makes the others
//	      │  a stream without its end is an error, never a short success
//	agents.Reply                           the turn's items go back untouched, encrypted reasoning included
//
// It reads no environment: key, base URL and HTTP client come from the caller.
package openai
