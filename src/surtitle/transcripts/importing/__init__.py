"""Subtitle files and transcript documents from elsewhere, made into transcripts."""
