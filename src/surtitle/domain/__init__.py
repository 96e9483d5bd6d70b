"""Pure ideas of the field: no I/O, no framework."""
