"""What is read of our shards in the race against MegActor's own: windows of the training copies."""

from faceshards.bench.stream.clips import GOP_25, shards
from faceshards.bench.stream.megactor import windows
from faceshards.bench.stream.own_shards import COLUMN
from faceshards.bench.stream.windows import BATCH, FRAMES, SIDE, spent
from faceshards.shards.reader import Shard
from faceshards.shards.writer import ShardWriter


def test_windows_are_of_the_training_copies(tmp_path):
    """The copies here are larger than the clips, so that a window of the wrong ones would be seen by its bytes."""
    (tmp_path / "set").mkdir()
    large = shards(tmp_path / "large", 96, 4, GOP_25, 1, 4)
    for path in shards(tmp_path / "small", 64, 4, GOP_25, 1, 4).glob("*.tar"):
        with Shard(path) as clip, Shard(large / path.name) as copy, ShardWriter(tmp_path / "set" / path.name) as out:
            facts = clip.json(0)
            facts["media"][COLUMN] = copy.json(0)["media"]["mp4"]
            copies = {COLUMN: copy.read(0, "mp4"), f"{COLUMN}.packets.npy": copy.read(0, "mp4.packets.npy")}
            out.add(clip.keys[0], {**clip.sample(0), "json": facts, **copies})
    pictures, planes = (windows(tmp_path / "set", pixel) for pixel in ("rgb", "yuv420"))
    (batch, *_), (flat, *_) = (dataset.loader(BATCH) for dataset in (pictures, planes))
    assert batch[COLUMN].shape == (BATCH, FRAMES, SIDE, SIDE, 3)
    assert flat[COLUMN].shape == (BATCH, FRAMES, SIDE * 3 // 2, SIDE)
    seconds, cpu = spent(pictures, 2)
    assert "mp4" not in batch and 0 < seconds < 60 and 0 < cpu < 60
