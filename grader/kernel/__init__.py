"""Where student code runs: a process of its own that holds no secret and is spoken to by data only."""
