"""Films where Skia cannot be loaded: the same words and times, set by libass on a plain ground."""
