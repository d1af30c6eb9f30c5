"""Clusters of linked clips, by HDBSCAN (Campello, Moulavi and Sander 2013) as scikit-learn has it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from faceshards.dataset.persons.near import NearPairs
from faceshards.extras import missing

# Faces nearer than this are equally sure: else one clip that stands there twice would leave the others nothing.
_FLOOR = 0.5


@dataclass(frozen=True)
class Clusters:
    """The cluster of each clip, int64 (N,), -1 of none; HDBSCAN's `membership`, float64 (N,), 0 of none."""

    numbers: np.ndarray
    membership: np.ndarray


def clustered(pairs: NearPairs, count: int, sure: float) -> Clusters:
    """Clusters of `count` clips of whom `pairs` may be one person's. Those nearer than `sure` are never told apart;
    between that and 1 HDBSCAN finds whom the gaps part; beyond it nobody is linked. Two clips are enough.

    Raises MissingExtra where scikit-learn is not installed.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    apart = np.maximum(pairs.apart, _FLOOR)
    graph = coo_array((apart, (pairs.first, pairs.second)), shape=(count, count)).tocsr()
    _, group = connected_components(graph, directed=False)
    graph = (graph + graph.T).tocsr()
    numbers, membership, found = np.full(count, -1, np.int64), np.zeros(count), 0
    order = np.argsort(group, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        if len(rows) > 1:
            labels, sureness = _of_group(graph[rows][:, rows], sure)
            numbers[rows] = np.where(labels < 0, -1, labels + found)
            membership[rows] = np.where(labels < 0, 0.0, sureness)
            found += int(labels.max()) + 1
    return Clusters(numbers, membership)


def _of_group(graph: object, sure: float) -> tuple[np.ndarray, np.ndarray]:
    """Labels and memberships, (n,) each, of clips that hang together, whose distances are `graph`, sparse (n, n).

    HDBSCAN weighs clusters by how long they last from the distance at which they are born, and its root is born at
    none. So two strangers stand beside the group, as far off as one person may be: the group is then a cluster that is
    born there like any other.
    """
    from scipy.sparse import block_array, csr_array

    try:
        from sklearn.cluster import HDBSCAN
    except ImportError as error:
        raise missing(error, "faceshards identity") or error from error
    bridge = csr_array(([1.0], ([0], [0])), shape=(graph.shape[0], 2))  # type: ignore[attr-defined]
    strangers = csr_array(np.array([[0.0, _FLOOR], [_FLOOR, 0.0]]))
    beside = block_array([[graph, bridge], [bridge.T, strangers]]).tocsr()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of a default that is set here
        model = HDBSCAN(
            min_cluster_size=2, min_samples=1, cluster_selection_epsilon=sure, metric="precomputed", copy=True
        ).fit(beside)
    labels, sureness = model.labels_[:-2], model.probabilities_[:-2]
    known = np.unique(labels[labels >= 0])
    return np.where(labels < 0, -1, np.searchsorted(known, labels)), np.nan_to_num(sureness)
