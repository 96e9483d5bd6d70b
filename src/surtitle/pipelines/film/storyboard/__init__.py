"""The engine `storyboard`: a script drawn as scenes of large letters, with captions in time with the voice.

`rules.RULES` says what it can; `engine.StoryboardEngine` draws. Only that one imports Skia.
"""
