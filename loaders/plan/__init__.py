"""Which rows an epoch reads, and in which order."""
