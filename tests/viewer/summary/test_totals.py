import numpy as np

from faceshards.viewer.summary.summary import summarise
from faceshards.viewer.summary.totals import total


def test_a_total_adds_up(dataset):
    clips, group = (summarise(dataset / f"{name}.tar") for name in ("clips", "group124"))
    whole = total([clips, group])
    assert (whole.samples, whole.whole, whole.failed) == (6, 4, 2)
    assert whole.bytes == clips.bytes + group.bytes
    columns = {column.name: column for column in whole.columns}
    assert (columns["mp4"].present, columns["styled.mp4"].present) == (6, 4)
    assert [making.samples for making in columns["faces.msg"].makings] == [6]
    assert whole.scalars["face_share"].tolist() == [1, 1, 1, 1, 0, 1]
    assert whole.stages == group.stages == ("faces", "face_crop", "spectrogram", "stylize", "swap", "loudness")


def test_a_scalar_that_one_shard_lacks_is_nan_there(dataset, samples, tmp_path):
    sample = samples.whole("only", gaze=3.5)
    more = summarise(samples.write(tmp_path / "more.tar", [sample]))
    whole = total([summarise(dataset / "clips.tar"), more])
    assert np.isnan(whole.scalars["gaze"][:2]).all() and whole.scalars["gaze"][2] == 3.5
    (gaze,) = [spread for spread in whole.spreads if spread.name == "gaze"]
    assert gaze.samples == 1
