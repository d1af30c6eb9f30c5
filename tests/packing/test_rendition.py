"""The training copy beside a clip, from packing to a loader's window."""

import json

import numpy as np
import pytest

from faceshards.errors import ClipError, UsageError
from faceshards.loaders import ShardDataset, Window
from faceshards.media.clip import Clip
from faceshards.media.members import Files
from faceshards.media.video.decode import frames
from faceshards.packing import sample as sampling
from faceshards.packing.cutting.cut_rules import CutRules
from faceshards.packing.options import PackOptions
from faceshards.shards.reader import Shard
from tests.packing.conftest import zipped

COLUMNS = ["rendition.mp4", "rendition.mp4.packets.npy"]


@pytest.fixture(scope="module")
def packed(make, tmp_path_factory):
    """A clip with sound, one without, and frames, packed with renditions of 24 pixels."""
    from contextlib import closing

    from faceshards.packing.packer import Packer
    from faceshards.packing.sources.opening import open_source

    folder = tmp_path_factory.mktemp("packed")
    files = {"a.mp4": make.mp4(30, sound=True), "b.mp4": make.mp4(30, width=24, height=20)}
    files |= {f"c/{number}.png": body for number, body in enumerate(make.frames(12))}
    options = PackOptions(rendition=24)
    with closing(open_source(zipped(folder / "g.zip", files))) as archive:
        report = Packer(archive, folder / "out", options).run()
    assert report.whole == 3, report.rejected
    return folder / "out" / "g.tar", files


def test_the_clip_stays_byte_for_byte_and_the_copy_is_smaller(packed):
    path, files = packed
    with Shard(path) as shard:
        assert shard.columns == ["json", "mp4", "mp4.packets.npy", "sound.packets.npy", *COLUMNS]
        assert shard.read(0, "mp4") == files["a.mp4"] and shard.read(1, "mp4") == files["b.mp4"]
        sizes = [next(frames(shard.read(row, "rendition.mp4"))).shape[:2] for row in range(3)]
        assert sizes == [(24, 32), (20, 24), (24, 32)]
        facts = shard.json(0)
        assert (facts["width"], facts["height"], facts["container"]) == (64, 48, "mp4")
        assert facts["media"]["rendition.mp4"]["width"] == 32
        assert {facts["made"][name] for name in COLUMNS} <= set(shard.provenance)
        assert shard.provenance[facts["made"]["rendition.mp4"]].params["rendition"]["side"] == 24


def test_a_loader_reads_windows_of_it_with_the_sound_of_the_clip(packed):
    path, _ = packed
    window = Window(5, stride=2, start="middle", sound=16000)
    own = ShardDataset(path, ["mp4"], window=window, where="sound_codec is not null")[0]
    dataset = ShardDataset(path, ["rendition.mp4"], window=window, where="sound_codec is not null")
    one = dataset[0]
    with Shard(path) as shard:
        whole = np.stack(list(frames(shard.read(0, "rendition.mp4"))))
        assert len(Clip.of(shard, 0, shard.json(0), "rendition.mp4")) == 30
    np.testing.assert_array_equal(one["rendition.mp4"], whole[one["__frames__"]])
    np.testing.assert_array_equal(one["__frames__"], own["__frames__"])
    np.testing.assert_array_equal(one["sound"], own["sound"])
    both = ShardDataset(path, ["mp4", "rendition.mp4"], window=Window(3, size=(16, 12)))
    [batch] = both.loader(3, num_workers=0)
    assert batch["mp4"].shape == batch["rendition.mp4"].shape == (3, 3, 12, 16, 3)
    apart = np.abs(batch["mp4"].numpy().astype(int) - batch["rendition.mp4"].numpy()).mean()
    assert apart < 6, "they show the same"


def test_where_the_clip_is_gone_its_sound_table_is_not_taken_for_that_of_the_copy(packed):
    path, _ = packed
    with Shard(path) as shard:
        bodies = {name: shard.read(0, name) for name in shard.columns if name not in ("mp4", "mp4.packets.npy")}
        clip, whole = Clip(Files(bodies), shard.json(0), "rendition.mp4"), Clip.of(shard, 0, shard.json(0))
        np.testing.assert_allclose(clip.sound().samples[:16000], whole.sound().samples[:16000], atol=1e-5)
    with pytest.raises(ClipError, match="no sound"):
        clip.sound(0.2, 0.5)


def test_only_its_own_bytes_are_read(packed):
    path, files = packed
    reader = ShardDataset(path, ["rendition.mp4"], window=Window(2, start="first")).reader()
    reader.sample(0)
    assert 0 < reader.bytes_read < len(files["a.mp4"]) / 2


def test_packing_again_with_or_without_it_replaces_the_shard(packed, pack, make, tmp_path):
    source = zipped(tmp_path / "t.zip", {"a.mp4": make.mp4(10)})
    for side in (None, 24, 16, None):
        pack(source, tmp_path / "out", rendition=side)
        with Shard(tmp_path / "out" / "t.tar") as shard:
            assert shard.has("rendition.mp4") == (side is not None)


def test_cuts_have_renditions_too(make, pack, tmp_path):
    source = zipped(tmp_path / "t.zip", {"a.mp4": make.mp4(50, sound=True)})
    assert pack(source, tmp_path / "out", rendition=24, cut=CutRules.of("1s")).whole == 2
    with Shard(tmp_path / "out" / "t.tar") as shard:
        assert [len(list(frames(shard.read(row, "rendition.mp4")))) for row in range(2)] == [25, 25]


def test_a_copy_that_cannot_be_made_leaves_the_clip(make, pack, tmp_path, monkeypatch):
    def fails(*_, **__):
        raise ClipError("too-large", "no")

    monkeypatch.setattr(sampling, "rendition", fails)
    assert pack(zipped(tmp_path / "t.zip", {"a.mp4": make.mp4(10)}), tmp_path / "out", rendition=24).whole == 1
    with Shard(tmp_path / "out" / "t.tar") as shard:
        facts = json.loads(shard.read(0, "json"))
        assert not shard.filled(0, "rendition.mp4") and facts["states"]["rendition.mp4"] == "failed"
        assert facts["failures"][0]["reason"] == "the rendition: no"


@pytest.mark.parametrize("side", [0, 15, 8193])
def test_sides_out_of_bounds_are_refused(side):
    with pytest.raises(UsageError, match="--rendition"):
        PackOptions(rendition=side)
