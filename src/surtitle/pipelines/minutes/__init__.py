"""Minutes of a meeting: picked from its own sentences, or written by a language model and checked."""
