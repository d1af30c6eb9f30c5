"""Where raw clips come from: a zip, a tar or a folder, read entry by entry, and the clips that its names make."""
