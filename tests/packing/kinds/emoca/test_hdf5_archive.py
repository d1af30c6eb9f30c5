"""The HDF5 twin: every group a sequence, of the same values as the folder."""

import io
import json
import pickle
from contextlib import closing
from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy.io import wavfile

from faceshards.errors import ClipError, SourceError
from faceshards.packing.kinds.emoca.hdf5_archive import Hdf5Archive, is_hdf5
from faceshards.packing.sources.archive import Limits
from faceshards.shards.pickles.unpickle import load_arrays
from tests.packing.kinds.emoca.conftest import METADATA, sequence
from tests.packing.kinds.emoca.test_layout import assert_same_value, files_of


def twin(path: Path, tree: Path, suffixes: bool = False) -> Path:
    """The sequences of a folder, a group each: arrays, sound as samples, metadata as a dataset or as attributes."""
    with h5py.File(path, "w") as out:
        for number, name in enumerate(sorted(files_of(tree))):
            folder, _, file = name.rpartition("/")
            body, leaf = (tree / name).read_bytes(), file if suffixes else file.partition(".")[0]
            if file == "metadata.pkl":
                value = load_arrays(body)
                if isinstance(value, int):
                    out[f"{folder}/{leaf}"] = value
                else:
                    out.require_group(folder).attrs["frames"] = number
            elif file == "audio.wav":
                out[f"{folder}/{leaf}"] = wavfile.read(io.BytesIO(body))[1]
            else:
                out.create_dataset(f"{folder}/{leaf}", data=np.load(io.BytesIO(body)), compression="gzip")
    return path


def archive(path: Path, **limits: int) -> Hdf5Archive:
    return Hdf5Archive(path, Limits(**limits))


def only(path: Path, **datasets):
    """A file of one group `V3-1`, and its entries by file."""
    with h5py.File(path, "w") as out:
        for name, value in datasets.items():
            out[f"V3-1/{name}"] = value
    opened = archive(path)
    return opened, {entry.name.rpartition("/")[2]: entry for entry in opened.listing().entries}


@pytest.mark.parametrize("suffixes", [False, True])
def test_a_twin_is_packed_and_comes_back_as_folders_of_equal_values(run, trainset, tmp_path, suffixes):
    tree = trainset / "V1-RAVDESS"
    path = twin(tmp_path / "V1-RAVDESS.h5", tree, suffixes)
    code, said, err = run("pack", "emoca", path, "--out", tmp_path, "--json")
    assert code == 0 and json.loads(said)["whole"] == 2, err
    assert run("export", "emoca", tmp_path / "V1-RAVDESS.tar", tmp_path / "back")[0] == 0
    assert files_of(tmp_path / "back") == files_of(tree)
    for name in files_of(tree):
        one, other = (tree / name).read_bytes(), (tmp_path / "back" / name).read_bytes()
        if name.endswith(".npy"):
            assert one == other, "whole files are equal, as their values are"
        elif name.endswith(".wav"):
            assert_same_value(wavfile.read(io.BytesIO(one))[1], wavfile.read(io.BytesIO(other))[1])
        elif isinstance(value := load_arrays(one), int):
            assert load_arrays(other) == value
        else:
            assert load_arrays(other).keys() == {"frames"}, "the group's attributes"


def test_files_kept_as_bytes_are_those_files(tmp_path):
    files = sequence(2)
    blobs = {name: np.frombuffer(body, np.uint8) for name, body in files.items()}
    opened, entries = only(tmp_path / "a.h5", **blobs)
    with closing(opened):
        assert {name: opened.read(entry) for name, entry in entries.items()} == files
        ranged = opened.file(entries["cam.npy"])
        assert ranged.read_range(2, 9) == files["cam.npy"][2:9] and ranged.size == len(files["cam.npy"])


def test_metadata_of_every_plain_kind(tmp_path):
    for number, value in enumerate((376, "text", np.arange(3), np.void(pickle.dumps(METADATA[1])))):
        opened, entries = only(tmp_path / f"{number}.h5", metadata=value)
        with closing(opened):
            read = load_arrays(opened.read(entries["metadata.pkl"]))
        assert_same_value(read, METADATA[1] if number == 3 else value)


@pytest.mark.parametrize("protocol", [0, 1, 2, 5])
def test_a_pickle_of_any_protocol_is_kept_by_its_type_or_by_its_name(tmp_path, protocol):
    body = pickle.dumps(METADATA[1], protocol)
    for name, value in (("metadata", np.void(body)), ("metadata.pkl", np.frombuffer(body, np.uint8))):
        opened, entries = only(tmp_path / f"{name}.h5", **{name: value})
        with closing(opened):
            assert opened.read(entries["metadata.pkl"]) == body


def test_groups_that_are_called_after_files_make_no_sequence(run, tmp_path):
    """Another layout: a group an array, a dataset a sequence."""
    with h5py.File(tmp_path / "turned.h5", "w") as out:
        out["shapecode/V3-1"] = np.zeros((2, 100), np.float32)
        out["envelope/V3-1"] = np.zeros(1280, np.float32)
    with closing(archive(tmp_path / "turned.h5")) as opened:
        assert {entry.name for entry in opened.listing().entries} == {"shapecode/V3-1", "envelope/V3-1"}
    code, _, err = run("pack", "emoca", tmp_path / "turned.h5", "--out", tmp_path / "out")
    assert code == 1 and "turned.h5: this HDF5 file holds no clips" in err and err.count("\n") == 1


def test_what_leads_elsewhere_is_not_followed(tmp_path):
    secret = tmp_path / "secret.bin"
    secret.write_bytes(b"\1" * 48)
    with h5py.File(tmp_path / "a.h5", "w") as out:
        group = out.create_group("V3-1")
        group["cam"] = h5py.ExternalLink("other.h5", "/x")
        group["expcode"] = h5py.SoftLink("/V3-1/texcode")
        group.create_dataset("posecode", (2, 6), "f4", external=[(str(secret), 0, 48)])
        layout = h5py.VirtualLayout((2, 50), "f4")
        layout[:] = h5py.VirtualSource("other.h5", "x", (2, 50))
        group.create_virtual_dataset("texcode", layout)
        group["circle"] = group
    with closing(archive(tmp_path / "a.h5")) as opened:
        faults = {entry.name: entry.fault and entry.fault.code for entry in opened.listing().entries}
    assert faults == {
        "V3-1/cam": "link-entry",
        "V3-1/expcode": "link-entry",
        "V3-1/posecode.npy": "link-entry",
        "V3-1/texcode.npy": "link-entry",
        "V3-1/metadata.pkl": None,
    }


def test_limits_hold_for_what_a_dataset_claims(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as out:
        out.create_dataset("V3-1/cam", (1 << 30, 3), "f4", chunks=(1024, 3))
        out["V3-1/texcode"] = np.zeros((1000, 50), np.float32)
    with closing(archive(tmp_path / "a.h5", entry_bytes=1 << 16)) as opened:
        assert {entry.fault.code for entry in opened.listing().entries if entry.fault} == {"too-large"}
    with closing(archive(tmp_path / "a.h5", entry_bytes=1 << 40)) as opened:
        assert {entry.name: entry.fault.code for entry in opened.listing().entries if entry.fault} == {
            "V3-1/cam.npy": "bomb"
        }
    with closing(archive(tmp_path / "a.h5", entries=1)) as opened, pytest.raises(SourceError, match="--max-entries"):
        opened.listing()


def test_what_is_no_array_or_no_sound_is_a_bad_column(tmp_path):
    opened, entries = only(tmp_path / "a.h5", cam=["text", "of words"], audio=np.zeros((4, 2, 2), np.int16))
    with closing(opened):
        for name in ("cam.npy", "audio.wav"):
            with pytest.raises(ClipError, match=name) as error:
                opened.read(entries[name])
            assert error.value.code == "bad-column"


def test_a_file_that_is_cut_is_told(run, tmp_path, trainset):
    whole = twin(tmp_path / "V3-VoxCeleb2.h5", trainset / "V3-VoxCeleb2")
    assert is_hdf5(whole) and not is_hdf5(tmp_path)
    whole.write_bytes(whole.read_bytes()[:900])
    code, _, err = run("pack", "emoca", whole, "--out", tmp_path / "out")
    assert code == 1 and "V3-VoxCeleb2.h5: does not open as HDF5" in err and err.count("\n") == 1


def test_texts_in_a_damaged_heap_are_an_unreadable_entry(tmp_path):
    path = tmp_path / "a.h5"
    opened, files = only(path, **{"metadata.pkl": "a text of variable length", "shapecode": np.zeros(3)})
    opened.close()
    body = bytearray(path.read_bytes())
    body[body.index(b"GCOL") + 16 : body.index(b"GCOL") + 18] = b"\0\0"  # the text's place is free, of 25 bytes
    path.write_bytes(body)
    with closing(archive(path)) as opened:
        with pytest.raises(ClipError, match="heap at byte") as told:
            opened.read(files["metadata.pkl"])
        assert told.value.code == "unreadable-entry" and opened.read(files["shapecode.npy"])
