"""Stages (columns in, columns out) and the plan that runs them over shards in place."""
