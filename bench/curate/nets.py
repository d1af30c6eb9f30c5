"""Networks and the arithmetic about them, each by itself: frames a CPU second of one core, decoding excluded.

A row is a function of how large things are, that yields figures; it stands in a file of its own, and here by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from faceshards.bench.curate import net_face_mesh, net_faces, net_holistic, net_rtmlib, net_spectrogram
from faceshards.bench.curate.scale import CurateScale
from faceshards.bench.figure import Figure

#: What measures a network.
NetBench = Callable[[CurateScale], Iterator[Figure]]

#: Name -> its row, in the order of the table.
NETWORKS: dict[str, NetBench] = {
    "faces": net_faces.measure,
    "face mesh": net_face_mesh.measure,
    "dwpose": net_holistic.measure,
    "dwpose, reference": net_rtmlib.measure,
    "spectrogram": net_spectrogram.measure,
}


def measure(scale: CurateScale, work: Path) -> Iterator[Figure]:
    """The figures of all networks, in turn; nothing is written to `work`."""
    for network in NETWORKS.values():
        yield from network(scale)
