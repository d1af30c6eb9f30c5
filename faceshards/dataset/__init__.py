"""The data set as a whole: who is in it, how it is split, what stands in it twice."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.dataset.clips import ShardClips as ShardClips
    from faceshards.dataset.clips import listed as listed
    from faceshards.dataset.labels import set_labels as set_labels
else:
    __getattr__ = lazy(__name__, {"clips": "ShardClips listed", "labels": "set_labels"})

__all__ = ["ShardClips", "listed", "set_labels"]
