"""OpenAI's audio API, so that its official clients work with another base URL; see docs/user/openai.md."""
