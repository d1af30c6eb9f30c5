"""Old pickles, read without running them: arrays and plain values only."""
