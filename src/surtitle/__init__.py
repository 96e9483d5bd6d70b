"""Surtitle: sound into text, text into film, on machines of your own."""

__version__ = "0.1.0"
