// Package gemini makes a [agents.Model] of Google's Gemini API, on the vendor's own SDK.
//
//	agents.Request
//	      │  schemas with their order of properties; preamble as a part of its own
//	  POST models/NAME:streamGenerateContent        one attempt; agents.Retry makes the others
//	      │  a stream without its end is an error, never a short success
//	agents.Reply                           the turn's parts go back untouched, thought signatures included
//
// Key, base URL and HTTP client come from the caller. The SDK looks at GOOGLE_API_KEY, GEMINI_API_KEY and its other variables
// when a client is made, and logs a line where both of these are set; nothing of them is used.
package gemini
