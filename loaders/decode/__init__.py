"""Bytes become arrays, arrays become batches."""
