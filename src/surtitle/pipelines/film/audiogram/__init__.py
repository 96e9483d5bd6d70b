"""The engine `audiogram`: a recording to look at, with a cover, bars that follow the sound, and captions.

`rules.RULES` says what it can; `engine.AudiogramEngine` draws. Only that one imports Skia.
"""
