"""From a recording's sound to its transcript, window by window."""
