"""Neighbours of one key are a sample, as webdataset groups them."""

from faceshards.packing.kinds.webdataset.samples import field_of, grouped
from faceshards.packing.sources.archive import Entry, EntryFault


def test_a_key_that_comes_again_is_another_sample_and_no_fault():
    twice = EntryFault("duplicate-entry", "2 entries are named 'a.txt'")
    names = [("a.txt", twice), ("a.x.npy", None), ("b.mp4", None), ("a.txt", twice), ("__m__", None), ("README", None)]
    clips, ignored = grouped([Entry(name, 1, fault=fault) for name, fault in names], pickles=True)
    assert [(clip.name, clip.column, clip.fault, [field_of(one) for one in clip.entries]) for clip in clips] == [
        ("a", "", None, ["txt", "x.npy"]),
        ("b", "mp4", None, ["mp4"]),
        ("a", "", None, ["txt"]),
    ]
    assert ignored == {"__ name": 1, "no field": 1}


def test_a_field_that_comes_twice_in_one_sample_is_a_fault():
    clips, _ = grouped([Entry("a.txt", 1), Entry("a.TXT", 1)], pickles=True)
    assert clips[0].fault is not None and clips[0].fault.code == "duplicate-entry"


def test_a_pickle_is_taken_or_a_fault():
    entries = [Entry("a.pyd", 1)]
    assert grouped(entries, pickles=True)[0][0].fault is None
    fault = grouped(entries, pickles=False)[0][0].fault
    assert fault is not None and fault.code == "unsafe-data" and "--pickles keep" in fault.message
