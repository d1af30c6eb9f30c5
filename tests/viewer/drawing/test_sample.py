import pytest

from faceshards.shards.reader import Shard
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.writer import ShardWriter
from faceshards.viewer.drawing.sample import ShownSample
from faceshards.viewer.summary.facts import indexed_facts


@pytest.fixture
def sample_of(samples, tmp_path):
    """Writes one sample to a shard and reads it back."""
    shards = []

    def read(sample):
        shards.append(Shard(samples.write(tmp_path / f"{len(shards)}.tar", [sample])))
        return ShownSample.of(shards[-1], 0)

    yield read
    for shard in shards:
        shard.close()


def test_a_sample_knows_its_clip(sample_of, samples):
    sample = sample_of(samples.whole("a clip"))
    assert (sample.key, sample.name, sample.clip, sample.sound) == ("a=20clip", "a clip", "mp4", "mp4")
    assert sample_of(samples.whole("a") | {"wav": b"RIFF"}).sound == "wav"
    assert sample_of(samples.whole("a", container="avi")).clip == "mp4"


@pytest.mark.parametrize(
    "frames, moments", [(8, [1, 3, 5, 7]), (100, [12, 37, 62, 87]), (2, [0, 1]), (1, [0]), (-3, [0])]
)
def test_moments_are_spread_evenly(sample_of, samples, frames, moments):
    assert sample_of(samples.whole("a", frames=frames)).moments(4) == moments


def test_a_reason_is_the_failure_of_the_stage_or_of_what_it_needs(sample_of, samples):
    sample = samples.no_face("a")
    other = {"stage": "spectrogram", "code": "silent", "reason": "nothing is heard"}
    sample["json"]["failures"].insert(0, other)
    read = sample_of(sample)
    assert read.reason("faces.msg").code == "no-face"
    assert read.reason("swapped.mp4").code == "no-face"  # not `silent`, though that came first
    assert read.reason("spectrogram.npy").code == "silent"
    assert read.reason("styled.mp4").code == "empty"
    assert read.reason("own.npy").reason == "the column is empty and the json does not say why"


def test_an_import_brings_what_stages_make_elsewhere(tmp_path):
    made = Provenance("import", 1)
    failures = [{"stage": "import", "code": "bad-column", "reason": "another number of points"}]
    facts = {"made": {"dwpose.npy": made.fingerprint}, "failures": failures, "states": {"dwpose.npy": "failed"}}
    with ShardWriter(tmp_path / "a.tar", provenance=[made]) as writer:
        writer.add("a", {"json": facts, "mp4": b"1", "dwpose.npy": None})
    with Shard(tmp_path / "a.tar") as shard:
        assert ShownSample.of(shard, 0).reason("dwpose.npy").code == "bad-column"
        assert indexed_facts(shard, [0])[0]["made"] == dict.fromkeys(("mp4", "dwpose.npy"), made.fingerprint)
