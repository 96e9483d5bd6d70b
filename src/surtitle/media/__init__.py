"""Recordings: brought in, examined, kept, and turned into sound. Kept empty: a child imports it."""
