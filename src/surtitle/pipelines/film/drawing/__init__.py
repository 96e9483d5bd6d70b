"""What every drawn film needs: a stage, colours, letters, backdrops, pictures, captions, the file.

Skia is imported here and in the rooms that draw with it, and only in the engine's own process. Nothing is
imported by this file: `colours`, `stage` and `easing` serve without Skia too.
"""
