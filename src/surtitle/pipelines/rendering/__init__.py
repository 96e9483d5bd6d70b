"""Captions into video: burned into the picture, or as a track that a player can switch.

`burn.burn_in`, `mux.mux_soft`, `picture.extract_frame`; `ffmpeg.find_ffmpeg` tells what renders.
Nothing is imported here, so that each part can be had without the others.
"""
