"""The dashboard: what Grafana asks of its JSON, and that every query is of a metric that there is."""

import json
import re

from faceshards.__main__ import main
from faceshards.jobs.grafana import drawn
from faceshards.jobs.meter import METRICS

NAME = re.compile(r"ray_(\w+)")


def test_every_query_is_of_metrics_that_there_are_and_every_metric_is_drawn():
    told = drawn()
    queries = [target["expr"] for panel in told["panels"] for target in panel["targets"]]
    queries += [one["definition"] for one in told["templating"]["list"] if one["type"] == "query"]
    tags = {metric.name: {"run", "worker", "NodeAddress", *metric.tags} for metric in METRICS}
    assert {name for query in queries for name in NAME.findall(query)} == set(tags)
    for query in queries:
        known = set.intersection(*(tags[name] for name in NAME.findall(query)[:1]))
        grouped = {tag for group in re.findall(r"by \(([^)]*)\)", query) for tag in group.split(", ")}
        filtered = set(re.findall(r"(\w+)(?:=~|!=)", query))
        assert grouped | filtered <= known, query
        assert query.count("(") == query.count(")") and query.count("{") == query.count("}")


def test_lines_are_named_by_tags_that_their_query_keeps():
    for panel in drawn()["panels"]:
        (target,) = panel["targets"]
        kept = re.search(r"by \(([^)]*)\)", target["expr"])[1].split(", ")
        assert set(re.findall(r"{{(\w+)}}", target["legendFormat"])) <= set(kept), panel["title"]


def test_counts_are_looked_at_as_rates_and_states_as_they_are():
    kinds = {metric.name: metric.is_state for metric in METRICS}
    for panel in drawn()["panels"]:
        query = panel["targets"][0]["expr"]
        for before, name in re.findall(r"(rate\()?ray_(\w+)", query):
            assert bool(before) != kinds[name], query


def test_it_is_what_grafana_imports(capsys):
    try:
        main(["dashboard"])
    except SystemExit as end:
        assert not end.code
    told = json.loads(capsys.readouterr().out)
    assert told == drawn() and told["schemaVersion"] >= 16 and "id" not in told
    variables = {one["name"]: one for one in told["templating"]["list"]}
    assert (variables["datasource"]["type"], variables["datasource"]["query"]) == ("datasource", "prometheus")
    ids = [panel["id"] for panel in told["panels"]]
    assert len(set(ids)) == len(ids) and all(panel["type"] == "timeseries" for panel in told["panels"])
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in told["panels"])
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(set(cells)) == len(cells) and max(x for x, _ in cells) < 24  # none lies on another
    for panel in told["panels"]:
        assert panel["datasource"] == panel["targets"][0]["datasource"] == variables["run"]["datasource"]
    assert set(re.findall(r"\$\{?(?!_)(\w+)", json.dumps(told))) == set(variables)
