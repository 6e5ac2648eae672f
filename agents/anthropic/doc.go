// Package anthropic makes a [agents.Model] of Anthropic's Messages API, on the vendor's own SDK.
//
//	agents.Request
//	      │  tools, system and preamble with cache breakpoints; the answer's schema as output format
//	  POST /v1/messages, streamed          one attempt; agents.Retry makes the others
//	      │  a stream without its end is an error, never a short success
//	agents.Reply                           the turn's blocks go back untouched, thinking and signatures included
//
// It reads no environment: key, base URL and HTTP client come from the caller.
package anthropic
