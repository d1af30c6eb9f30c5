import pytest

from faceshards.terminal import shard_names, titled


@pytest.mark.parametrize(
    ("places", "folder", "names"),
    [
        ([], "", []),
        (["a.tar"], "", ["a.tar"]),
        (["set/a.tar"], "set", ["a.tar"]),
        (["/x/set/a.tar", "/x/set/deep/b.tar"], "/x/set", ["a.tar", "deep/b.tar"]),
        (["x/a.tar", "y/a.tar"], "", ["x/a.tar", "y/a.tar"]),
        (["set/a.tar", "set/a.tar/b.tar"], "set", ["a.tar", "a.tar/b.tar"]),
        (["s3://bucket/v/a.tar", "s3://bucket/v/b.tar"], "s3://bucket/v", ["a.tar", "b.tar"]),
        (["s3://one/a.tar", "s3://two/a.tar"], "s3:/", ["one/a.tar", "two/a.tar"]),
    ],
)
def test_the_common_folder_is_said_once(places, folder, names):
    assert shard_names(places) == (folder, names)
    assert all("/".join([folder, name]) == place for name, place in zip(names, places, strict=True) if folder)


def test_a_title_without_a_folder_is_the_word_alone():
    assert (titled("Shards", ""), titled("Shards", "set")) == ("Shards", "Shards in set")
