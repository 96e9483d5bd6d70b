"""The commands of earlier systems, word for word, over the same services."""
