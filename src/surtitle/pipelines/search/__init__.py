"""Finding moments in what was said: by words, by meaning, and answers that quote them."""
