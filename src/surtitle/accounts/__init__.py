"""Who may do what: people, projects, keys, sessions, the audit trail, erasure."""
