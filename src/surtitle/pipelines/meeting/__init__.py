"""A meeting as one result: who said what, by name, with the minutes, in the files that people ask for."""
