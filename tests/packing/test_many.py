"""Many tars: which they are, where what is made of them goes, and what the table says of them."""

import pytest

from faceshards.errors import SoftwareError, SourceError, UsageError
from faceshards.jobs.report import Report
from faceshards.packing.many import OneDone, Told, closing_table, do_each, find_many
from tests.packing.conftest import rows_of


@pytest.fixture
def folder(tmp_path):
    for name in ("b.tar", "deep/er/a.tar", ".hidden.tar", "note.txt"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(b"")
    return tmp_path / "in"


def test_what_lies_deeper_goes_deeper_and_nothing_comes_twice(folder):
    found = find_many([folder, folder / "b.tar", str(folder)])
    assert [(one.place.name, one.below) for one in found] == [("b.tar", ""), ("a.tar", "deep/er")]
    assert found[1].folder(folder.parent / "out") == folder.parent / "out" / "deep" / "er"
    (one,) = find_many(["https://host/some/x.tar"])
    assert (one.below, one.name) == ("", "https://host/some/x.tar")
    with pytest.raises(UsageError, match=r"b\.tar would make one file"):
        (folder / "deep" / "b.tar").write_bytes(b"")
        find_many([folder / "b.tar", folder / "deep" / "b.tar"])


def test_what_was_packed_below_a_source_is_none_of_it(folder):
    (folder / "out").mkdir()
    (folder / "out" / "b.tar").write_bytes(b"")
    assert [one.place.name for one in find_many([folder], out=folder / "out")] == ["b.tar", "a.tar"]
    assert len(find_many([folder], out=folder)) == len(find_many([folder])) == 3
    assert len(find_many([folder / "out"], out=folder / "out")) == 1  # it is named itself
    with pytest.raises(UsageError, match="but those in"):
        find_many([folder / "deep"], out=folder / "deep" / "er")


def test_a_bad_one_is_told_and_a_bug_ends_all(folder):
    many = find_many([folder])

    def work(one, check):
        if one.below:
            raise SourceError("deep/a.tar: bad")
        report = Report("pack", one.name)
        report.add_whole(2)
        return OneDone(report.close())

    for workers in (1, 2):
        heard = []
        told = do_each(many, work, title="packing", workers=workers, tell=heard.append)
        assert [one.error for one in told] == ["", "deep/a.tar: bad"] and heard == told
    rows = rows_of(closing_table("pack x", told, told[0].report, folder))
    assert (rows["tars in"], rows["made"], rows["failed"], rows["samples in"]) == ("2", "1", "1", "2")
    stood = rows_of(closing_table("pack x", [Told("a", told[0].report, stood=True)], told[0].report, folder))
    assert stood["made before"] == "1: --force makes them again" and stood["made"] == "0"

    def stopped(one, check):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        do_each(many, stopped, workers=1)

    def bug(one, check):
        raise SoftwareError("wrong")

    with pytest.raises(SoftwareError):
        do_each(many, bug, title="packing")
