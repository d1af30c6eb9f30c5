from faceshards.packing.kinds.beside import stem_of, suffix_of, with_arrays
from faceshards.packing.sources.archive import Entry


def test_stems_and_suffixes():
    names = ("a/b.c/d.JPG", "a/b.c/d", "a/.npy", "x.tar.npy", ".npy")
    assert [(stem_of(name), suffix_of(name)) for name in names] == [
        ("a/b.c/d", "jpg"), ("a/b.c/d", ""), ("a/.npy", "npy"), ("x.tar", "npy"), (".npy", "npy"),
    ]  # fmt: skip


def test_no_array_is_lost_not_even_of_two_that_share_a_name():
    twice = [Entry("a_e.npy", 1, 1), Entry("a_e.npy", 2, 2), Entry("b/a_e.npy", 3)]
    found, alone = with_arrays([Entry("a.jpg", 9)], twice, {"e.npy": ("_e",), "l.npy": ("_l",)})
    assert found == [(Entry("a.jpg", 9), {"e.npy": twice[0]})] and alone == [twice[2], twice[1]]
