"""The HDF5 twin of a collection: a group is a folder, a dataset a file.

The files that the data set's makers publish (`V0-GRID.h5`) are described nowhere. Taken are groups at any depth whose
datasets are called after the eleven files, with or without suffix: `V0-s1-00001/shapecode`, `V0-s1-00001/audio.wav`.
"""

from __future__ import annotations

import io
import pickle
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from faceshards.errors import ClipError, SourceError
from faceshards.media.container import RangedFile
from faceshards.packing.kinds.emoca.files import FILES, METADATA_FILE, RATE, SOUND_FILE
from faceshards.packing.sources.archive import (
    ArchiveListing,
    Entry,
    EntryFault,
    Limits,
    clean_name,
    mark_duplicates,
    shown,
    size_fault,
)
from faceshards.packing.sources.source_file import SourceFile, require_source
from faceshards.shards.pickles.hdf5_heaps import check_heaps
from faceshards.shards.schema.codecs import encode_npy

if TYPE_CHECKING:
    import h5py

_MAGIC = b"\x89HDF\r\n\x1a\n"
_STEMS = {name.partition(".")[0]: name for name in FILES}
_RATES = ("sample_rate", "sampling_rate", "sr")


def is_hdf5(path: Path) -> bool:
    """Whether a file begins as HDF5 files do (HDF5 File Format Specification 3.0, "Superblock")."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


class Hdf5Archive:
    """An HDF5 file as a source, read by h5py (the extra `hdf5`). Its entries are the files of the folder form: arrays
    as npy, sound as WAV, metadata as a pickle (where there is no dataset of it, the group's attributes), each of equal
    value. A dataset of bytes that is one of these files already is taken as it is: an opaque one, or one that is called
    `metadata.pkl`, is a pickle of any protocol.

    Links within the file, to others, and datasets that lie in other files are not followed. Raises SourceError.
    """

    kind = "HDF5 file"

    def __init__(self, path: Path, limits: Limits) -> None:
        import h5py

        self.path = path
        self._limits = limits
        file = SourceFile(path)
        file.close()
        self.nbytes: int | None = file.size
        self._identity = file.identity()
        self._is_checked = False  # its heaps, once one is read
        try:
            self._file = h5py.File(path, "r")
        except (OSError, RuntimeError) as error:
            raise SourceError(f"{path}: does not open as HDF5 ({error}): fetch it again") from error

    def identity(self) -> dict[str, Any]:
        """Path, size in bytes and time of the last change in nanoseconds."""
        return self._identity

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def listing(self) -> ArchiveListing:
        """All datasets, as the files that they stand for. Raises SourceError for too many, or a file that is cut."""
        walk = _Walk(self._limits)
        try:
            walk.run(self._file)
        except (OSError, RuntimeError, KeyError, TypeError, ValueError) as error:
            raise SourceError(f"{self.path}: its groups cannot be read ({error}): fetch it again") from error
        if walk.is_over:
            raise SourceError(f"{self.path}: over {self._limits.entries} entries: --max-entries raises the limit")
        return ArchiveListing(mark_duplicates(walk.entries))

    def read(self, entry: Entry) -> bytes:
        """The file that a dataset stands for. Raises ClipError, SourceError when the file is gone."""
        try:
            node = self._file[entry.place[0]]
            self._check_heaps(node)
            value = dict(node.attrs) if entry.place[1] is None else node[()]
            rate = _rate(node)
        except (OSError, RuntimeError, KeyError, TypeError, ValueError) as error:
            require_source(self.path)
            raise ClipError("unreadable-entry", f"{shown(entry.name)}: {error}") from error
        return _file_of(entry, value, rate)

    def _check_heaps(self, node: h5py.Dataset | h5py.Group) -> None:
        """Raises ValueError where what is read of a node lies in a heap that is damaged."""
        if not self._is_checked:
            attributes = [one.get_id(name).dtype for one in (node.attrs, node.parent.attrs) for name in one]
            types = [*attributes, *([node.dtype] if hasattr(node, "dtype") else [])]
            check_heaps(self.path, *types)
            self._is_checked = any(one.hasobject for one in types)

    def file(self, entry: Entry) -> RangedFile:
        """As `Archive.file`, from memory: the file is made of the dataset as a whole."""
        body = self.read(entry)
        return RangedFile(lambda start, stop: body[start:stop], len(body))


class _Walk:
    """One pass over the groups, each once, however many links lead to it."""

    def __init__(self, limits: Limits) -> None:
        self.entries: list[Entry] = []
        self._limits = limits
        self._seen: set[tuple[int, int]] = set()

    @property
    def is_over(self) -> bool:
        """Whether there were more entries than the limit admits."""
        return len(self.entries) > self._limits.entries

    def run(self, top: h5py.Group) -> None:
        waiting = [top]
        while waiting and not self.is_over:
            group = waiting.pop()
            if self._is_new(group):
                waiting += self._group(group)

    def _is_new(self, group: h5py.Group) -> bool:
        import h5py

        info = h5py.h5o.get_info(group.id)
        place = (info.fileno, info.addr)
        fresh = place not in self._seen
        self._seen.add(place)
        return fresh

    def _group(self, group: h5py.Group) -> Iterator[h5py.Group]:
        """Lists the datasets of a group; yields the groups in it."""
        import h5py

        files = set()
        for name in group:
            path = f"{group.name.rstrip('/')}/{name}"
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                fault = EntryFault("link-entry", f"{shown(path)} is a link: store the data itself")
                self._add(path, 0, (path, ""), fault)
            elif isinstance(node := group[name], h5py.Group):
                yield node
            elif isinstance(node, h5py.Dataset):
                self._dataset(path, node)
                files.add(_file_name(name))
        if METADATA_FILE not in files and files & FILES.keys():
            self._add(f"{group.name.rstrip('/')}/{METADATA_FILE}", 0, (group.name, None), None)

    def _dataset(self, path: str, node: h5py.Dataset) -> None:
        folder, _, name = path.rpartition("/")
        fault = None
        if node.external or node.is_virtual:
            fault = EntryFault("link-entry", f"{shown(path)} lies in another file: store the data itself")
        fault = fault or size_fault(path, node.nbytes, node.id.get_storage_size(), self._limits)
        self._add(f"{folder}/{_file_name(name)}", node.nbytes, (path, f"{node.dtype} {node.shape}"), fault)

    def _add(self, path: str, size: int, place: tuple[str, str | None], fault: EntryFault | None) -> None:
        cleaned, unsafe = clean_name(path.removeprefix("/"))
        self.entries.append(Entry(cleaned, size, place, unsafe or fault))


def _file_name(name: str) -> str:
    """The file that a dataset of this name stands for."""
    return _STEMS.get(name, name)


def _rate(node: h5py.Dataset | h5py.Group) -> int:
    """The rate that a sound, or the group that it is in, says in its attributes, else that of all sequences."""
    places = (node.attrs, node.parent.attrs)
    return next((int(attrs[name]) for attrs in places for name in _RATES if name in attrs), RATE)


def _file_of(entry: Entry, value: Any, rate: int) -> bytes:
    """The file of a value that HDF5 holds. Raises ClipError `bad-column` where it cannot be one."""
    name, file = entry.name, entry.name.rpartition("/")[2]
    blob = _blob(value)
    if file == METADATA_FILE:
        # A pickle of protocol 0 or 1 has no mark: only what it is called, or its type, tells it from a plain value.
        is_pickle = isinstance(value, np.void) or str(entry.place[0]).endswith(f"/{METADATA_FILE}")
        return blob if blob is not None and (is_pickle or blob[:1] == b"\x80") else _pickled(name, value)
    if blob is not None and blob.startswith(b"RIFF" if file == SOUND_FILE else b"\x93NUMPY"):
        return blob
    if not isinstance(value, np.ndarray | np.generic) or value.dtype.kind not in "biuf":
        raise ClipError("bad-column", f"{shown(name)} holds {type(value).__name__}, must be numbers")
    if file != SOUND_FILE:
        return encode_npy(np.asarray(value))
    from scipy.io import wavfile  # it loads for a third of a second

    samples, out = np.squeeze(value), io.BytesIO()
    try:
        if samples.ndim not in (1, 2):
            raise ValueError(f"it has the shape {samples.shape}")
        wavfile.write(out, rate, samples)
    except (ValueError, TypeError, OverflowError, struct.error) as error:
        raise ClipError("bad-column", f"{shown(name)} cannot be a sound: {error}") from error
    return out.getvalue()


def _blob(value: Any) -> bytes | None:
    """The bytes of an opaque value or of a row of uint8; None for all else."""
    if isinstance(value, bytes):
        return value
    is_row = isinstance(value, np.ndarray) and value.dtype == np.uint8 and value.ndim == 1
    return value.tobytes() if is_row or isinstance(value, np.void) else None


def _pickled(name: str, value: Any) -> bytes:
    """The pickle of a value, or of a group's attributes. Raises ClipError `bad-column` for HDF5's own types."""
    value = {key: _plain(item) for key, item in value.items()} if isinstance(value, dict) else _plain(value)
    try:
        return pickle.dumps(value, 4)
    except (pickle.PicklingError, TypeError) as error:
        raise ClipError("bad-column", f"{shown(name)} cannot be a pickle: {error}") from error


def _plain(value: Any) -> Any:
    """HDF5 has text as bytes, and every number in one of NumPy's types."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return value.item() if isinstance(value, np.bool_ | np.integer | np.floating) else value
