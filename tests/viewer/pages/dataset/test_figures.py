"""The figures of the shared data set, against what its maker put there."""

import json

import pytest

from faceshards.viewer.pages.collection import Collection
from faceshards.viewer.pages.dataset.figures import figures


@pytest.fixture(scope="module")
def told(dataset):
    return figures(Collection([dataset]))


def test_totals_failures_and_columns(told):
    assert told["totals"]["samples"] == 6 and told["totals"]["shards"] == 2 and told["totals"]["persons"] == 4
    assert told["totals"]["hours"] == pytest.approx(6 * 12 / 25 / 3600)
    assert {(one["stage"], one["code"], one["samples"]) for one in told["failures"]} >= {("faces", "no-face", 1)}
    columns = {one["column"]: one for one in told["columns"]}
    assert columns["faces.msg"]["maker"] == "faces" and columns["faces.msg"]["done"] == 5
    assert columns["styled.mp4"]["done"] == 4 and told["bytes"] == sum(one["bytes"] for one in told["columns"])


def test_a_clip_lacks_no_other_container(tmp_path, samples):
    one, other = samples.whole("one"), samples.whole("other")
    other["mov"] = other.pop("mp4")
    other["json"]["container"] = "mov"
    for sample in (one, other):
        samples.write(tmp_path / f"{sample['json']['name']}.tar", [sample])
    columns = {column["column"]: column for column in figures(Collection([tmp_path]))["columns"]}
    assert [columns[name]["done"] for name in ("mp4", "mov")] == [1, 1]
    assert [columns[name]["n/a"] for name in ("mp4", "mov")] == [1, 1]
    assert columns["mp4"]["not yet"] == columns["mov"]["not yet"] == 0


def test_scalars_are_histograms_words_or_the_same_of_all(told):
    scalars = {one["name"]: one for one in told["scalars"]}
    share = scalars["face_share"]
    assert share["counts"] == [1, 5] and (share["least"], share["median"], share["greatest"]) == (0, 1, 1)
    assert scalars["identity"]["top"][0] == ["astronaut", 1] and scalars["identity"]["missing"] == 2
    constant = {one["name"]: one["value"] for one in told["constant"]}
    assert constant["frames"] == 12 and constant["video_codec"] == "h264"
    assert not scalars.keys() & constant.keys()
    json.dumps(told, allow_nan=False)
