"""Pages over shards that change."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from faceshards.shards.writer import ShardWriter
from faceshards.viewer.pages.collection import Collection
from faceshards.viewer.server.renewed import Renewed


def shard(path, *names):
    with ShardWriter(path) as writer:
        for name in names:
            writer.add(name, {"json": {}, "txt": b"x"})


def test_the_application_is_made_anew_where_shards_changed_and_stays_where_none_is_left(tmp_path, capsys):
    shard(tmp_path / "a.tar", "one")
    made, asked = [], []

    def make(collection):
        made.append(len(collection))

        async def app(scope, receive, send):
            asked.append(len(collection))

        return app

    pages = Renewed(Collection([tmp_path]), make)

    def ask():
        with ThreadPoolExecutor(1) as pool:  # a browser's driver may have a loop in this one
            pool.submit(asyncio.run, pages({}, None, None)).result()

    ask()
    pages.look()
    ask()
    shard(tmp_path / "b.tar", "two", "three")
    ask()
    pages.look()
    ask()
    assert (made, asked) == ([1, 3], [1, 1, 1, 3])
    for file in tmp_path.glob("*.tar"):
        file.unlink()
    pages.look()
    ask()
    assert made == [1, 3] and asked[-1] == 3
    assert capsys.readouterr().err.startswith("faceshards: no .tar shard under")
