"""Look at shards: inspect, drawings, contact sheets, the report page."""
