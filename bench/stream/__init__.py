"""The loader against the loaders that people use instead."""
