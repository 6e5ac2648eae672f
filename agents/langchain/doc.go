// Package langchain makes a [agents.Model] of any model that langchaingo knows: Ollama, Mistral, Bedrock, Cohere, local servers.
//
//	agents.Request
//	      │  one part a message; each call followed by its result; the answer's form in words
//	  llms.Model.GenerateContent              one attempt, not streamed; agents.Retry makes the others
//	      │  every choice read, whatever keys it counts tokens under; errors typed by what can be had of them
//	agents.Reply                           text and calls; langchaingo keeps no thinking and no signatures
//
// For Anthropic, OpenAI and Gemini the packages beside this one do more: prompt caches, schemas, thinking, waits that
// a server asks for. What langchaingo cannot carry is not sent: an effort, a forced schema, a cache's breakpoints.
package langchain
