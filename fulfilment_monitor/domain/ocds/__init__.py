"""The Open Contracting Data Standard: what its documents mean here, and ours as its documents."""
