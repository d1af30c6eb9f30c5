"""The tables in a terminal: what they count adds up, and names from data are text."""

import pytest
from rich.console import Console
from rich.table import Table

from faceshards.viewer.inspect.tables import tables
from faceshards.viewer.summary.summary import summarise
from faceshards.viewer.summary.totals import total


def said(paths, where: str | None = None, **options) -> dict[str, list[list[str]]]:
    """Title -> rows of cells, those of a footer last; lines outside of tables stand under ""."""
    summaries = [summarise(path, where=where, **options) for path in paths]
    found: dict[str, list[list[str]]] = {"": []}
    for one in tables(summaries, total(summaries), where):
        if isinstance(one, Table):
            rows = [[str(cell) for cell in row] for row in zip(*(column.cells for column in one.columns), strict=True)]
            footer = [[str(column.footer) for column in one.columns]] if one.show_footer else []
            found[str(one.title).split(" in ")[0]] = rows + footer
        else:
            found[""].append([str(one).strip()])
    return found


@pytest.fixture(scope="module")
def shown(dataset):
    return said([dataset / "clips.tar", dataset / "group124.tar"])


def test_shards_add_up_to_their_total(shown):
    *rows, whole = shown["Shards"]
    assert [row[0] for row in rows] == ["clips.tar", "group124.tar"] and whole[0] == "total"
    counts = [[int(cell) for cell in row[1:4]] for row in (*rows, whole)]
    assert [sum(column) for column in zip(*counts[:-1], strict=True)] == counts[-1] == [6, 4, 2]
    assert [row[-1] for row in (*rows, whole)] == ["whole"] * 3


def test_one_shard_has_no_total(dataset):
    assert [row[0] for row in said([dataset / "clips.tar"])["Shards"]] == ["clips.tar"]


def test_failures_have_their_reason_and_an_example(shown):
    rows = shown["Failed"]
    assert sorted(row[:3] for row in rows) == [["faces", "no-face", "1"], ["spectrogram", "no-sound", "1"]]
    assert rows[1][3] == "a silent clip: there is no sound stream"


def test_columns_with_their_headers_are_all_bytes(shown):
    *rows, whole = shown["Columns"]
    assert rows[-1][0] == "(headers, padding)" and (whole[0], whole[4]) == ("total", "100%")
    shares = [float(row[4].removesuffix("%")) for row in rows]
    assert sum(shares) == pytest.approx(100, abs=0.05 * len(rows))
    faces = next(row for row in rows if row[0] == "faces.msg")
    assert (faces[1], faces[2]) == ("5", "1")
    assert [row[2] for row in rows if row[0] == "mp4"] == [""]  # none is empty, and no 0 stands in the way


def test_every_making_stands_under_its_column(shown):
    made = {row[0]: row[1] for row in shown["Made by"]}
    assert (made["faces.msg"], made["mp4"], made["loudness_db"]) == ("faces v2", "pack v1", "loudness v1")


def test_a_model_is_named_once_with_all_who_read_it(samples, tmp_path):
    from tests.viewer.conftest import ALL, FACES

    more = type(FACES)("stylize", 1, {}, {"onet.lz4": "5e" * 32, "[b]other[/b].bin": "ab" * 32})
    sample = samples.whole("a")
    sample["json"]["made"]["styled.mp4"] = more.fingerprint
    rows = said([samples.write(tmp_path / "a.tar", [sample], (*ALL, more))])["Models"]
    readers = {row[0]: row[1:] for row in rows}
    assert readers.pop("[b]other[/b].bin") == ["ab" * 8, "stylize"]
    ((name, (digest, stages)),) = readers.items()
    assert (name, digest, set(stages.split(", "))) == ("onet.lz4", "5e" * 8, {"faces", "stylize"})


def test_a_making_that_the_shard_does_not_know_is_called_so(samples, tmp_path):
    one, other = samples.whole("a"), samples.whole("b")
    other["json"]["made"]["faces.msg"] = "ff" * 16
    rows = said([samples.write(tmp_path / "a.tar", [one, other])])["Made by"]
    start = next(place for place, row in enumerate(rows) if row[0] == "faces.msg")
    assert rows[start][1] == "faces v2" and rows[start + 1][:3] == ["", "not in the shard", "ff" * 6]


def test_of_many_sources_the_largest_are_named(samples, tmp_path):
    sources = ["a.zip"] * 3 + ["b.zip"] * 2 + ["c.zip"] * 2 + ["d.zip", "e.zip"]
    made = [samples.whole(f"n{i}", collection="VFHQ", source=one) for i, one in enumerate(sources)]
    rows = said([samples.write(tmp_path / "a.tar", [*made, samples.whole("unknown")])])["Origins"]
    assert rows == [
        ["VFHQ", "not said", "a.zip, b.zip, c.zip, and 2 more", "9"],
        ["not said", "not said", "not said", "1"],
    ]


def test_a_filter_says_how_much_it_leaves(dataset):
    found = said([dataset / "clips.tar", dataset / "group124.tar"], where="face_share < 0.5")
    assert ["where face_share < 0.5: 1 of 6 samples"] in found[""]
    nothing = said([dataset / "clips.tar"], where="frames < 0")
    assert "Origins" not in nothing and "Failed" not in nothing and nothing["Shards"][0][1:4] == ["0", "0", "0"]


def test_the_last_line_counts_shards_by_their_state(dataset, tmp_path):
    (tmp_path / "cut.tar").write_bytes((dataset / "clips.tar").read_bytes()[:5000])
    found = said([dataset / "clips.tar", dataset / "group124.tar", tmp_path / "cut.tar"])
    assert found[""][-1] == ["health: 2 whole + 1 damaged = 3 shards; 40 members held against their checksums"]
    assert said([dataset / "clips.tar"], checksums=False)[""][-1][0].startswith("health: 1 unchecked = 1 shards")


def test_names_from_data_are_text_and_command_nothing(samples, tmp_path):
    sample = samples.no_face("a")
    sample["json"] |= {"collection": "[red]x[/red]\x1b]0;owned\x07", "sc\x1b[31mre": 1.5}
    sample["json"]["failures"][0] |= {"code": "x\x1b[2Jy", "reason": "[b]bold[/b]\r\n"}
    one = summarise(samples.write(tmp_path / "a.tar", [sample]))
    console = Console(width=200, force_terminal=True, color_system=None)
    with console.capture() as capture:
        console.print(*tables([one], total([one])))
    shown = capture.get()
    assert "[red]x[/red]" in shown and "[b]bold[/b]" in shown
    assert not {"\x1b", "\x07", "\r"} & set(shown)


def test_a_filter_over_what_nobody_measured_says_which_stage_makes_it(dataset, samples, tmp_path):
    rows = said([dataset / "clips.tar", dataset / "group124.tar"], "swapped_source = 'a' AND face_share > 0")
    line = "no sample has swapped_source (the stage swap makes it: `faceshards curate SHARDS --stages swap`)"
    assert rows[""][:2] == [["where swapped_source = 'a' AND face_share > 0: 0 of 6 samples"], [line]]
    sample = samples.whole("a")
    del sample["json"]["loudness_db"]
    quiet = samples.write(tmp_path / "quiet.tar", [sample])
    rows = said([dataset / "clips.tar", quiet], "loudness_db > -90")[""]
    assert rows[0] == ["where loudness_db > -90: 2 of 3 samples"]
    assert rows[1][0].startswith("no sample of quiet.tar has loudness_db (the stage loudness makes it")
    assert said([dataset / "clips.tar"], "loudness_db > 90")[""][1][0].startswith("health")
