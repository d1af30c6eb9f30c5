from pathlib import Path

import pytest

from faceshards.errors import UsageError
from faceshards.packing.compact.apart import check_apart, result_name
from faceshards.shards.storage.url import place


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        ("set", "set", "set is the source itself"),
        ("set", "./set/", "set is the source itself"),
        ("set", "link", "link is the source itself"),
        ("set", "set/good", "set/good stands in set"),
        ("set", "link/good", "link/good stands in set"),
        ("set/a.tar", "set", "set/a.tar stands in set"),
        ("set", ".", "set stands in ."),
        ("set", "good.tar", "name the folder"),
        ("s3://b/set", "s3://b/set", "is the source itself"),
        ("s3://b/set", "s3://b/set/good", "s3://b/set/good stands in s3://b/set"),
        ("s3://b/set/a.tar", "s3://b", "s3://b/set/a.tar stands in s3://b/"),
    ],
)
def test_a_target_within_or_around_its_source_is_refused(tmp_path, monkeypatch, source, target, said):
    monkeypatch.chdir(tmp_path)
    Path("set").mkdir()
    Path("link").symlink_to("set")
    with pytest.raises(UsageError) as raised:
        check_apart([place(source)], place(target))
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("set", "set2"),
        ("set", "good"),
        ("s3://b/set", "s3://b/set2"),
        ("s3://b/set", "s3://c/set"),
        ("set", "s3://b/set"),
    ],
)
def test_places_that_only_look_alike_are_apart(tmp_path, monkeypatch, source, target):
    monkeypatch.chdir(tmp_path)
    check_apart([place(source)], place(target))


@pytest.mark.parametrize(
    ("sources", "name"),
    [
        (["set/VFHQ"], "VFHQ"),
        (["set/VFHQ/g.1.tar"], "g.1"),
        (["set/VFHQ", "set/GRID/a.tar"], "set"),
        (["s3://b/set/x.tar"], "x"),
        (["s3://b/set/x.tar", "s3://b/y"], "b"),
        (["s3://b/x", "set"], "shards"),
        (["set/.hidden"], "hidden"),
    ],
)
def test_the_result_is_called_as_its_source(tmp_path, monkeypatch, sources, name):
    monkeypatch.chdir(tmp_path)
    assert result_name([place(one) for one in sources]) == name
