"""What a loader draws: a row, or a window of a clip."""
