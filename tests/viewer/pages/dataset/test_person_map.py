"""The map: principal components as scipy's SVD has them, the same clips for a seed, a filter that chooses a part."""

import json
import math

import numpy as np
import pytest

from faceshards.viewer.pages.collection import Collection
from faceshards.viewer.pages.dataset.person_map import (
    axis,
    components,
    laid_over,
    mapped_columns,
    person_map,
    sampled,
)
from faceshards.viewer.pages.order import Orders, RowOrder
from faceshards.viewer.pages.scalar_list import scalar_list
from tests.dataset.conftest import Clips


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two persons far apart, one of them with two faces in a clip; clips without a face, and of nobody known."""
    folder, rng = tmp_path_factory.mktemp("map"), np.random.default_rng(3)
    centres = {"ann": np.eye(8)[0], "o'b": -np.eye(8)[0]}
    clips = {
        f"{who[0]}{number}": {"face": centre + rng.normal(0, 0.02, 8), "person": who}
        for who, centre in centres.items()
        for number in range(6)
    }
    clips |= {"none": {"face": None}, "nobody": {"face": np.eye(8)[1]}}
    Clips().write(folder / "a.tar", clips)
    Clips().write(folder / "b.tar", {"plain": {}})
    return folder


def test_components_are_those_of_the_singular_value_decomposition():
    vectors = np.random.default_rng(0).normal(size=(50, 7)) * np.arange(1, 8)
    points, share = components(vectors.astype(np.float32))
    left, values, _ = np.linalg.svd(vectors - vectors.mean(axis=0), full_matrices=False)
    for number in range(2):
        assert abs(np.corrcoef(points[:, number], left[:, number])[0, 1]) == pytest.approx(1, abs=1e-5)
    assert share == pytest.approx(float((values[:2] ** 2).sum() / (values**2).sum()), rel=1e-5)
    ratio = points.std(axis=0)[0] / points.std(axis=0)[1]
    assert ratio == pytest.approx(values[0] / values[1], rel=1e-4) and np.abs(points).max() == pytest.approx(1)


@pytest.mark.parametrize("shape", [(0, 0), (1, 5), (4, 1), (3, 3)])
def test_components_of_little(shape):
    points, share = components(np.ones(shape, np.float32))
    assert points.shape == (shape[0], 2) and not points.any() and math.isfinite(share)


def test_two_persons_lie_apart_and_a_filter_chooses_one(folder):
    collection = Collection([folder])
    assert mapped_columns(collection) == ["identity.npy"]
    found = person_map(collection, "identity.npy")
    record = found.record()
    assert (len(record["rows"]), record["no"], record["odd"], record["of"]) == (13, 2, 0, 15)
    assert [one["name"] for one in record["groups"]] == ["ann", "o'b"] and record["group"].count(-1) == 1
    sides = {
        who: {math.copysign(1, x) for x, at in zip(record["x"], record["group"], strict=True) if at == who}
        for who in (0, 1)
    }
    assert sides in ({0: {1.0}, 1: {-1.0}}, {0: {-1.0}, 1: {1.0}})
    json.dumps(record, allow_nan=False)

    laid_over(collection, "identity.npy", lambda: found)
    side = "> 0.5" if sides[1] == {1.0} else "< -0.5"
    orders, x = Orders(collection), axis("identity.npy", "x")
    there = orders.rows(RowOrder(f"{x} {side}")).tolist()
    assert there == orders.rows(RowOrder(record["groups"][1]["where"])).tolist() and len(there) == 6
    assert not [one for one in scalar_list(collection) if one["name"].startswith("map_")], (
        "it costs, so nobody lists it"
    )


def test_the_map_of_what_is_looked_at_only(folder):
    assert len(person_map(Collection([folder], "person = 'ann'"), "identity.npy").rows) == 6


def test_a_sample_is_the_same_for_a_seed_whatever_else_is_there(folder):
    whole, some = Collection([folder]), Collection([folder], "key != 'plain'")
    keys = whole.columns(["key"])["key"].to_pylist()
    picked = sampled(whole, 1, 5)
    assert len(picked) == 5 and picked.tolist() == sampled(whole, 1, 5).tolist() == sorted(picked.tolist())
    if "plain" not in {keys[row] for row in picked}:
        assert picked.tolist() == sampled(some, 1, 5).tolist()
    assert any(sampled(whole, seed, 5).tolist() != picked.tolist() for seed in range(2, 6))
