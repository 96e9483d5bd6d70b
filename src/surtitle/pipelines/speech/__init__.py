"""Text to speech: a small room until films need more of it."""
