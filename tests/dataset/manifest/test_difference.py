from faceshards.dataset.manifest.difference import differences


def test_entries_of_one_name_are_told_apart():
    runs = [{"command": "pack", "source": "a", "seen": 1}, {"command": "pack", "source": "a", "seen": 2}]
    assert differences({"runs": runs}, {"runs": runs[:1]}, "A", "B") == ["run pack a #2 is only in A"]
    assert differences({"runs": runs}, {"runs": runs}, "A", "B") == []


def test_what_is_long_is_cut():
    (line,) = differences({"sources": [{"source": "s", "x": "y" * 999}]}, {"sources": [{"source": "s"}]}, "A", "B")
    assert line.startswith("source s: x is ") and line.endswith("... in A, nothing in B") and len(line) < 200
