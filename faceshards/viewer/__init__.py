"""Look at shards: inspect, drawings, contact sheets, the report page."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.viewer.report.report import write_report as write_report
    from faceshards.viewer.summary.runs import curate_runs as curate_runs
else:
    __getattr__ = lazy(__name__, {"report.report": "write_report", "summary.runs": "curate_runs"})

__all__ = ["curate_runs", "write_report"]
