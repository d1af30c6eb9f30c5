"""What 3DXTalker's data set does: its windows, the frame that they leave out, what becomes of short sequences."""

import numpy as np
import pytest

from faceshards.bench.views.ways.three_d_xtalker import TalkingDataset
from tests.loaders.sequences import array, codes, files, sound
from tests.packing.kinds.emoca.conftest import written

SEQUENCES = {"V3-00000": files(0, 80), "V3-00001": files(1, 55), "V3-00002": files(2, 30)}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("tree")
    for name, one in SEQUENCES.items():
        written(root / "V3-VoxCeleb2" / name, one)
    written(root / "HDTF" / "V4-00000", SEQUENCES["V3-00000"])
    (root / "HDTF" / "note.txt").write_text("no sequence")
    return root


def test_a_folder_named_hdtf_counts_four_times(root):
    folders = [folder.rsplit("/", 1)[1] for folder in TalkingDataset(str(root)).folders]
    assert folders == ["V4-00000"] * 4 + ["V3-00000", "V3-00001", "V3-00002"]


def test_a_window_lacks_its_last_frame_but_one_and_its_sound_jumps_with_it(root):
    np.random.seed(0)
    dataset = TalkingDataset(str(root), frames=25)
    one = SEQUENCES["V3-00000"]
    item = dataset[4]
    (start,) = (n for n in range(50) if np.array_equal(item["annot_data"][0], codes(one)[n]))
    numbers = [*range(start, start + 24), start + 25]
    np.testing.assert_array_equal(item["annot_data"], codes(one)[numbers])
    np.testing.assert_array_equal(item["ref_frame_annot"], codes(one)[:1])
    samples = np.concatenate([np.arange(640 * n, 640 * n + 640) for n in numbers])
    np.testing.assert_array_equal(item["audio_data"], sound(one)[samples])
    np.testing.assert_array_equal(item["envelope_data"], array(one["envelope.npy"])[samples])


def test_a_short_sequence_becomes_another_one(root):
    """55 frames are two whole seconds: no longer than a window of 50. The last sequence never stands in."""
    np.random.seed(0)
    dataset = TalkingDataset(str(root), frames=50)
    for short in (5, 6):
        np.testing.assert_array_equal(dataset[short]["ref_frame_annot"], codes(SEQUENCES["V3-00000"])[:1])
