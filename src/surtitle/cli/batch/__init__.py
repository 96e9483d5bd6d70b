"""Many files through the job table of the personal installation, for `transcribe` and `caption`."""
