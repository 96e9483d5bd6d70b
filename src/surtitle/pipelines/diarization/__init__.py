"""Who speaks when, and which words are whose."""
