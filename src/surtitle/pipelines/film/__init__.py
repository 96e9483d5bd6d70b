"""Films: from a prompt or a recording to a narrated, captioned video."""
