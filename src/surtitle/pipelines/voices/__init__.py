"""Known voices: enrolled with consent, recognised in recordings, erased with everything that they left."""
