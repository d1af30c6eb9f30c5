"""`faceshards dashboard`: the metrics of runs on Ray as a dashboard for Grafana.

The JSON is Grafana's classic model of a dashboard, which its versions 8 and later import ("Dashboard JSON model" of its
documentation); the queries are Prometheus'.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import typer

#: Version of Grafana's classic model: time series panels, and data sources by their uid.
SCHEMA = 36
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
# Panels stand two in a row, in Grafana's grid of 24 columns.
_WIDTH, _HEIGHT = 12, 8


@dataclass(frozen=True)
class _Panel:
    """A panel: its title and what that means, a query, what each line is called, Grafana's name of the unit."""

    title: str
    means: str
    query: str
    legend: str
    unit: str = "short"


def _rate(name: str, where: str = "") -> str:
    return f'rate(ray_faceshards_{name}{{run=~"$run"{where}}}[$__rate_interval])'


_WORKERS = 'ray_faceshards_workers{run=~"$run"}'
_PANELS = (
    _Panel(
        "Clips a second",
        "Clips that were finished, whole or failed in some stage.",
        f"sum by (run, outcome) ({_rate('clips_total')})",
        "{{run}} {{outcome}}",
        "cps",
    ),
    _Panel(
        "Workers",
        "Actors that are up, each of which has a child that does the work.",
        f"sum by (run) ({_WORKERS})",
        "{{run}}",
    ),
    _Panel(
        "Processor seconds a clip, by stage",
        "What a clip costs at this time; `decode` is the decoding that all stages share.",
        f"sum by (stage) ({_rate('stage_seconds_total')}) / scalar(sum({_rate('clips_total')}))",
        "{{stage}}",
        "s",
    ),
    _Panel(
        "Failures a second, by reason",
        "Clips at which a stage failed, by the code of the reason.",
        f"sum by (stage, code) ({_rate('failures_total')})",
        "{{stage}}: {{code}}",
        "cps",
    ),
    _Panel(
        "How full batches are",
        "Rows that networks ran on, as a share of the places in the batches that ran.",
        f"sum by (network) ({_rate('network_rows_total')}) / sum by (network) ({_rate('network_places_total')})",
        "{{network}}",
        "percentunit",
    ),
    _Panel(
        "Bytes that wait",
        "Pictures that are decoded and not yet done with, and rows that wait for a network's batch.",
        'sum by (NodeAddress) (ray_faceshards_queue_bytes{run=~"$run"})',
        "{{NodeAddress}}",
        "bytes",
    ),
    _Panel(
        "GPU: share of time that networks run on it, by worker",
        "From a batch's way to the GPU until its results are back. Workers that share a GPU add up.",
        "sum by (run, worker) ({})".format(_rate("network_seconds_total", ', device!="cpu"')),
        "{{run}}-{{worker}}",
        "percentunit",
    ),
    _Panel(
        "Share of time that networks run, by network",
        "Of all workers together, wherever they run.",
        f"sum by (network, device) ({_rate('network_seconds_total')}) / scalar(sum({_WORKERS}))",
        "{{network}} on {{device}}",
        "percentunit",
    ),
)


def dashboard() -> None:
    """Print a dashboard for Grafana: clips a second, seconds a stage, failures, batches, what waits, GPUs, by run.

    Its queries are of the metrics that workers give to Ray (docs/cluster.md). Import it as a file, and choose the
    Prometheus that scrapes the cluster. It goes to stdout: `> faceshards.json` keeps it.

    Example: faceshards dashboard
    """
    typer.echo(json.dumps(drawn(), indent=1))


def drawn() -> dict[str, Any]:
    """The dashboard as Grafana's JSON."""
    return {
        "title": "faceshards",
        "uid": "faceshards",
        "schemaVersion": SCHEMA,
        "version": 1,
        "editable": True,
        "timezone": "browser",
        "time": {"from": "now-1h", "to": "now"},
        "refresh": "30s",
        "templating": {"list": [_data_source(), _runs()]},
        "panels": [_placed(number, panel) for number, panel in enumerate(_PANELS)],
    }


def _placed(number: int, panel: _Panel) -> dict[str, Any]:
    row, side = divmod(number, 2)
    target = {"datasource": _SOURCE, "expr": panel.query, "legendFormat": panel.legend, "refId": "A", "range": True}
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": panel.title,
        "description": panel.means,
        "datasource": _SOURCE,
        "gridPos": {"x": side * _WIDTH, "y": row * _HEIGHT, "w": _WIDTH, "h": _HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [target],
    }


def _data_source() -> dict[str, Any]:
    return {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus", "refresh": 1}


def _runs() -> dict[str, Any]:
    query = "label_values(ray_faceshards_workers, run)"
    return {
        "name": "run",
        "label": "Run",
        "type": "query",
        "datasource": _SOURCE,
        "definition": query,
        "query": {"query": query, "refId": "runs"},
        "refresh": 2,
        "sort": 2,
        "includeAll": True,
        "multi": True,
        "allValue": ".*",
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
    }
