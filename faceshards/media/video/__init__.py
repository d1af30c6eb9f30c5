"""Pictures out of a clip."""
