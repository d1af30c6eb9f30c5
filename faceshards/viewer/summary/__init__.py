"""What shards hold, counted: columns, scalars, failures, the funnel."""

__all__: list[str] = []
