from faceshards.shards.schema.columns import COLUMNS, codec_of, ordered, video_of


def test_the_packers_columns_come_first_in_the_tables_order_then_all_others_by_name():
    own = [name for name, column in COLUMNS.items() if column.maker in ("pack", "import")]
    stages = [name for name in COLUMNS if name not in own]
    names = [*reversed(list(COLUMNS)), "z.npy", "a.npy"]
    assert ordered(names) == [*own, *sorted([*stages, "a.npy", "z.npy"])] and next(iter(COLUMNS)) == "json"
    assert {"faces.msg", "swapped.mp4.packets.npy"} < set(stages)


def test_a_columns_codec_is_its_last_suffix():
    assert [codec_of(name) for name in ("json", "mp4", "swapped.mp4.packets.npy")] == ["json", "mp4", "npy"]
    assert all(name == column.name for name, column in COLUMNS.items())


def test_the_clip_is_a_video_before_a_picture():
    assert video_of(["json", "jpg", "mp4"]) == "mp4"
    assert video_of(["json", "mpg"]) == "mpg" and video_of(["json", "jpg"]) == "jpg"
    assert video_of(["json", "face.jpg", "swapped.mp4"]) is None
