"""The backend `facefusion` in a run over a shard; a stand-in runs in the program's place (stand_in.py)."""

import numpy as np
import pytest
from PIL import Image

from faceshards.curation.options import plan_of
from faceshards.curation.plan import recipe_of
from faceshards.curation.run import run_shard
from faceshards.errors import StageError, UsageError
from faceshards.media.video.decode import frames
from faceshards.shards.reader import Shard
from tests.curation.conftest import ROOT_ENV, sample, write_shard
from tests.curation.stages.swap.stand_in import called, stand_in

pytest.importorskip("torch")


def plan(tmp_path, hopper, mode: str = "ok", **settings):
    """Faces, and a swap that has one portrait to take a face from."""
    (tmp_path / "portraits").mkdir(exist_ok=True)
    Image.fromarray(hopper).save(tmp_path / "portraits" / "hopper.png")
    given = {"backend": "facefusion", "program": stand_in(tmp_path / "facefusion", mode), **settings}
    given |= {"folder": str(tmp_path / "portraits")}
    return plan_of(["faces", "swap"], {"swap": given}, time_limit=None, retry=frozenset(), limit=None)


@pytest.fixture
def short(tmp_path, bodies, monkeypatch):
    """A shard of one clip, whose name is in no Latin script."""
    monkeypatch.setenv("PYTHONPATH", ROOT_ENV["PYTHONPATH"])
    return write_shard(tmp_path / "данные" / "клип.tar", {"女孩": sample("女孩", bodies["astro 1"])})


def test_what_the_program_makes_is_the_column_and_its_version_is_in_the_recipe(tmp_path, short, hopper, bodies):
    made = plan(tmp_path, hopper)
    report = run_shard(short, made)
    assert (report.whole, report.failures) == (1, 0), report.failed
    with Shard(short) as shard:
        body, facts = shard.read(0, "swapped.mp4"), shard.json(0)
        assert facts["swapped_source"] == "hopper.png" and "swapped_refused" not in facts
        assert facts["media"]["swapped.mp4"]["rows"] == 8 and shard.filled(0, "swapped.mp4.packets.npy")
        (recipe,) = [one for one in shard.provenance.values() if one.stage == "swap"]
    assert recipe.params["version"] == "FaceFusion 3.5.0" and not {"program", "patience"} & set(recipe.params)
    shown, known = (np.stack(list(frames(one))).astype(int) for one in (body, bodies["astro 1"]))
    assert np.abs(shown - (255 - known)).mean() < 4
    assert all(word.isascii() for word in called(tmp_path / "facefusion")[1])
    assert run_shard(short, made).counts.get("frames_decoded", 0) == 0  # it is current
    other = plan(tmp_path, hopper, patience=5.0)
    assert recipe_of(other.stages[1]).fingerprint == recipe.fingerprint


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("short", "the video that was made has 7 frames, the clip 8"),
        ("exit 3", "its content filter refuses the clip"),
    ],
)
def test_a_clip_that_it_does_not_do_fails_with_a_reason(tmp_path, short, hopper, mode, said):
    report = run_shard(short, plan(tmp_path, hopper, mode))
    assert report.failed == {"swap": {"stage-failed": 1}}
    with Shard(short) as shard:
        (failure,) = shard.json(0)["failures"]
        assert said in failure["reason"] and not shard.filled(0, "swapped.mp4")


def test_one_that_is_not_set_up_ends_the_run_and_one_that_is_not_there_begins_none(tmp_path, short, hopper):
    with pytest.raises(StageError, match="FaceFusion is not set up here"):
        run_shard(short, plan(tmp_path, hopper, "exit 2"))
    with pytest.raises(UsageError, match="must be how FaceFusion 3 is called, got ''"):
        plan_of(["faces", "swap"], {"swap": {"backend": "facefusion"}}, time_limit=None, retry=frozenset(), limit=None)
