"""The document: what was said, as people keep, read and export it."""
