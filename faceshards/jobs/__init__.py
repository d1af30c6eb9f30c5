"""Run many things safely: journal, retry, time limits, quarantine, progress, Ray actors and the inline loop."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.jobs.actors import Takes as Takes
    from faceshards.jobs.actors import run_actors as run_actors
    from faceshards.jobs.child import Child as Child
    from faceshards.jobs.cluster import ray_cluster as ray_cluster
    from faceshards.jobs.failure_limit import FailureLimit as FailureLimit
    from faceshards.jobs.inline import run_inline as run_inline
    from faceshards.jobs.job import Job as Job
    from faceshards.jobs.job import Portion as Portion
    from faceshards.jobs.journal import Journal as Journal
    from faceshards.jobs.progress import Advance as Advance
    from faceshards.jobs.report import Report as Report
    from faceshards.jobs.report import ReportError as ReportError
    from faceshards.jobs.report import report_path as report_path
    from faceshards.jobs.report import total as total
    from faceshards.jobs.schedule import Schedule as Schedule
    from faceshards.jobs.watch import Watchdog as Watchdog
    from faceshards.jobs.watch import WorkStep as WorkStep
else:
    __getattr__ = lazy(
        __name__,
        {
            "actors": "Takes run_actors",
            "child": "Child",
            "cluster": "ray_cluster",
            "failure_limit": "FailureLimit",
            "inline": "run_inline",
            "job": "Job Portion",
            "journal": "Journal",
            "progress": "Advance",
            "report": "Report ReportError report_path total",
            "schedule": "Schedule",
            "watch": "WorkStep Watchdog",
        },
    )

__all__ = [
    "Advance",
    "Child",
    "FailureLimit",
    "Job",
    "Journal",
    "Portion",
    "Report",
    "ReportError",
    "Schedule",
    "Takes",
    "Watchdog",
    "WorkStep",
    "ray_cluster",
    "report_path",
    "run_actors",
    "run_inline",
    "total",
]
