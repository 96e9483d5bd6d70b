"""Captions into video: burned into the picture, or as a track that a player can switch.

`burn.burn_in`, `mux.mux_soft`, `picture.extract_frame`; `ffmpeg.find_ffmpeg` tells what renders.
Nothing is imported here: `tether` starts with every rendering and must start quickly.
"""
