"""The card: a head that YAML reads, tables that add up, and no markup from data."""

from collections import Counter

import pytest

from faceshards.packing.hub.card import card
from faceshards.packing.hub.summary import HubCollection, Summary

FOUND = Summary(
    shards=2,
    samples=1500,
    seconds=5400.0,
    bytes=3_000_000,
    persons=7,
    collections={
        HubCollection("VFHQ", "CC-BY-4.0", "Xie et al. | 2022\n<script>x</script>"): [1000, 3600.0],
        HubCollection("", "", ""): [500, 1800.0],
    },
    columns=Counter({"json": 1500, "mp4": 1500, "sound.packets.npy": 900, "mine.npy": 2}),
    scalars={"key": "string", "duration": "double", "own": "string"},
    unlicensed=500,
)


def test_the_head_is_yaml_and_names_what_the_hub_asks_for():
    yaml = pytest.importorskip("yaml")
    text = card("us/faces", FOUND, "Research only: [ask]")
    _, top, rest = text.split("---\n", 2)
    read = yaml.safe_load(top)
    assert read["license"] == "other" and read["license_name"] == "one-a-collection"
    assert read["size_categories"] == ["1K<n<10K"] and read["pretty_name"] == "faces"
    assert read["task_categories"] == ["image-to-video", "video-classification", "audio-to-audio"]
    assert read["configs"] == [
        {"config_name": "default", "data_files": [{"split": "train", "path": "data/**/*.tar"}]}
    ]  # fmt: skip
    assert "1500 samples, 1.5 hours, 7 persons, 3 MB in 2 shards." in rest
    assert "| VFHQ | 1000 | 1 | CC-BY-4.0 |" in rest and "| (not named) | 500 | 0.5 | Research only: [ask] |" in rest
    assert "| `mp4` | 1500 | bytes |" in rest and "| `mine.npy` | 2 |" in rest and "| `duration` | double | s |" in rest
    assert "<script>" not in rest and "Xie et al. \\| 2022" in rest
