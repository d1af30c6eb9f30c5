"""The classic shuffled pipeline of webdataset, over our shards and over any other tar, with safe decoders and
no shell.

    import webdataset as wds
    from faceshards.loaders.views import VoiceWithFace

    pipeline = shuffled("demo/shards/{clips,group124}.tar", ["mp4", "face.jpg"]).compose(wds.to_tuple("mp4"))
    tars = wds.SimpleShardList("demo/shards/clips.tar")
    pipeline = wds.DataPipeline(tars, wds.tarfile_to_samples(), select("faces-v1"), wds.map(decoded))
    loader = ClassicLoader("demo/shards", batch_size=2, view=VoiceWithFace(), num_workers=2)

It needs no index and reads every shard from end to end. It keeps no position: for exact resume, equal batches
on every rank and reads of only the matching rows take `ShardDataset`.

Who splits an epoch by node and by worker: `shuffled` (and so `ClassicLoader`) shares out whole shards, a `ShardDataset`
that stands first in a `wds.DataPipeline` shares out its rows. Put no `wds.split_by_node` or `wds.split_by_worker`
behind either: each would split a second time, and samples would be lost.
"""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.loaders.webdataset.loader import ClassicLoader as ClassicLoader
    from faceshards.loaders.webdataset.pipeline import decoded as decoded
    from faceshards.loaders.webdataset.pipeline import shuffled as shuffled
    from faceshards.loaders.webdataset.selection import select as select
    from faceshards.loaders.webdataset.tar_reader import Handler as Handler
    from faceshards.loaders.webdataset.tar_reader import tar_samples as tar_samples
    from faceshards.loaders.webdataset.urls import Urls as Urls
    from faceshards.loaders.webdataset.urls import tar_files as tar_files
else:
    __getattr__ = lazy(
        __name__,
        {
            "loader": "ClassicLoader",
            "pipeline": "decoded shuffled",
            "selection": "select",
            "tar_reader": "Handler tar_samples",
            "urls": "Urls tar_files",
        },
    )

__all__ = ["ClassicLoader", "Handler", "Urls", "decoded", "select", "shuffled", "tar_files", "tar_samples"]
