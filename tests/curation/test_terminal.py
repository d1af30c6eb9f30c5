"""Runs as the terminal shows them: what must be there before one starts."""

import pytest

from faceshards.curation.options import Where
from faceshards.curation.plan import StagePlan
from faceshards.curation.terminal import run_plan
from faceshards.errors import WeightsError
from faceshards.models.weights import registry
from tests.curation.toy_stages import Weighed


@pytest.fixture
def weights(tmp_path, monkeypatch):
    """The folder that FACESHARDS_WEIGHTS names, with a file of MTCNN's, which is in no other place."""
    body = registry.read("mtcnn_pnet")
    monkeypatch.setenv("FACESHARDS_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(registry, "_in_package", lambda weights: None)
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "pnet.lz4").write_bytes(body)
    return tmp_path / "weights"


def test_a_shard_that_is_settled_needs_no_model_file_and_another_does(some_shard, weights):
    one, other, plan = some_shard("one", "astro 1"), some_shard("other", "astro 2"), StagePlan((Weighed(),))
    assert [report.whole for report in run_plan([str(one)], plan, Where(inline=True))] == [1]
    (weights / "pnet.lz4").unlink()
    assert [report.whole for report in run_plan([str(one)], plan, Where(inline=True))] == [1]
    before = sorted(other.parent.iterdir())
    for where in (Where(inline=True), Where(ray="127.0.0.1:1")):
        with pytest.raises(WeightsError, match=rf"mtcnn_pnet \(pnet.lz4\) are not in {weights}"):
            run_plan([str(one), str(other)], plan, where)
    assert sorted(other.parent.iterdir()) == before
