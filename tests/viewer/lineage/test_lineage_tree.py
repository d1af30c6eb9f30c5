import io

from faceshards.shards.schema.provenance import Provenance
from faceshards.terminal import Screen
from faceshards.viewer.lineage.lineage import TOLD, Ancestor, Lineage, MemberRead
from faceshards.viewer.lineage.lineage_tree import lineage_tree, lineages_table

PACK = Provenance("pack", 7, {"crf": 17, "fps": [25, 1]})
FACES = Provenance("faces", 2, {"every": 1}, {"net.onnx": "ab" * 32})
BEGIN = Ancestor(PACK.fingerprint, PACK, {"mp4": "done", "sound.packets.npy": "n/a"})


def lineage(**other):
    read = (MemberRead("mp4", 1000, 255, True), MemberRead("x", 2, 3, False))
    made = Ancestor(FACES.fingerprint, FACES, {"faces.msg": "done"}, read, (BEGIN,))
    values = {"shard": "a.tar", "key": "k", "row": 3, "name": "the clip", "column": "faces.msg", "state": "done"}
    values |= {"failure": None, "place": (512, 1234, 10), "value": None, "made": made, "clip": {"source": "raw.zip"}}
    return Lineage(**(values | other))


def shown(what):
    out = io.StringIO()
    Screen(file=out, width=500, highlight=False).print(what)
    return [line.strip() for line in out.getvalue().splitlines()]


def test_a_tree_says_state_place_and_making():
    lines = shown(lineage_tree(lineage()))
    assert lines[0] == "faces.msg of k (the clip), row 3 of a.tar"
    assert lines[2:] == [
        "├── state done",
        "├── member 1,234 bytes at byte 512 of the shard, crc32c 0000000a",
        f"└── made by faces v2 {FACES.fingerprint}",
        "├── parameter every = 1",
        f"├── model net.onnx sha256 {'ab' * 32}",
        "├── read mp4: 1,000 bytes, crc32c 000000ff, as it stands here",
        "├── read x: 2 bytes, crc32c 00000003, which is not the one that stands here",
        f"└── from mp4, sound.packets.npy (n/a), made by pack v7 {PACK.fingerprint}",
        "├── parameter crf = 17",
        "├── parameter fps = [25, 1]",
        "└── clip source raw.zip",
    ]


def test_what_has_no_value_says_why():
    failure = {"stage": "faces", "code": "no-face", "reason": "there is none"}
    assert "├── state failed: faces: no-face: there is none" in shown(
        lineage_tree(lineage(state="failed", failure=failure))
    )
    assert "├── state n/a: there is nothing of this kind in the clip" in shown(lineage_tree(lineage(state="n/a")))
    not_yet = shown(lineage_tree(lineage(state="not yet", made=None, place=None)))
    assert not_yet[-1].endswith("the stage faces makes it: `faceshards curate SHARDS --stages faces`")
    own = shown(lineage_tree(lineage(column="own.txt", made=None, place=(1, 2, None))))
    assert own[1:] == [
        "├── state done",
        "├── member 2 bytes at byte 1 of the shard, no checksum, as in any foreign tar",
        "└── made by somebody: the shard does not say who",
    ]


def test_what_is_gone_or_unknown_or_told_is_said():
    anew, unknown = Ancestor("f1", PACK, {}), Ancestor("f2", None, {})
    told = Ancestor("f3", PACK, {"mp4": "done"}, rest=TOLD)
    lines = shown(lineage_tree(lineage(made=Ancestor("f0", FACES, {}, parents=(anew, unknown, told)))))
    assert "├── from what was made anew since, first by pack v7 f1" in lines
    assert "├── from what was made anew since, first by f2, which this shard does not know" in lines
    assert lines[-2:] == ["└── from mp4, made by pack v7 f3", "└── told above"]


def test_no_text_commands_the_terminal():
    evil = "[red]\x1b[2J\u202e\n"
    made = Ancestor(
        evil, Provenance(evil, 1, {evil: evil}, {evil: evil}), {evil: "done"}, (MemberRead(evil, 1, 2, True),)
    )
    failure = {"stage": evil, "code": evil, "reason": evil}
    bad = lineage(key=evil, name=evil, column=evil, shard=evil, state="failed", failure=failure, made=made)
    for said in ("".join(shown(lineage_tree(bad))), "".join(shown(lineages_table([bad])))):
        assert "\x1b" not in said and "\u202e" not in said and "[red]" in said


def test_the_table_has_a_row_a_column():
    failure = {"stage": "faces", "code": "no-face", "reason": "there is none"}
    lines = shown(lineages_table([lineage(), lineage(column="snr_db", state="failed", failure=failure, place=None)]))
    assert lines[0] == "k (the clip), row 3 of a.tar"
    assert [line.split() for line in lines[4:6]] == [
        ["faces.msg", "done", "1.23", "kB", "faces", "v2"],
        ["snr_db", "failed", "faces", "v2", "no-face:", "there", "is", "none"],
    ]
