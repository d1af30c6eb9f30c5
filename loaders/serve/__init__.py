"""Batches for a trainer, out of workers."""
