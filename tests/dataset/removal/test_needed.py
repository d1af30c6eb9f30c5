import pytest

from faceshards.dataset.removal.needed import check_droppable
from faceshards.errors import UsageError
from faceshards.shards.schema.columns import COLUMNS


def test_rows_and_the_column_of_their_frames():
    name, frame = next((one.name, one.frame) for one in COLUMNS.values() if one.frame)
    present = ["json", name, frame]
    with pytest.raises(UsageError, match="has its frames in"):
        check_droppable([frame], present, "a.tar")
    check_droppable([name, frame], present, "a.tar")
    check_droppable([name], present, "a.tar")


def test_a_twin_and_its_table():
    present = ["json", "mp4", "crop.mp4", "crop.mp4.packets.npy"]
    for columns in (["crop.mp4"], ["crop.mp4.packets.npy"]):
        with pytest.raises(UsageError, match="name both, or neither"):
            check_droppable(columns, present, "a.tar")
    check_droppable(["crop.mp4", "crop.mp4.packets.npy", "mp4"], present, "a.tar")
