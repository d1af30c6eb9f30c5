"""The restricted unpickler: equal values for honest pickles, UnsafeData and no side effect for the others."""

import builtins
import importlib.util
import io
import os
import pickle
import pickletools
import random
import struct
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from faceshards.errors import UnsafeData
from faceshards.shards.pickles.unpickle import load_arrays

DTYPES = ["?", "i1", "<i2", ">i4", "<i8", "u1", "<u2", "<f2", "<f4", ">f8", "<c8", "<c16", "S3", "<U5"]


def same(a: object, b: object) -> bool:
    if isinstance(a, np.ndarray | np.generic):
        return type(a) is type(b) and a.dtype == b.dtype and a.shape == b.shape and bool(np.array_equal(a, b))
    if isinstance(a, dict):
        return isinstance(b, dict) and list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


@pytest.mark.parametrize("protocol", range(6))
def test_plain_values_come_back_equal(protocol: int) -> None:
    shared = [1, 2]
    value = {
        "atoms": [
            None,
            True,
            False,
            0,
            -1,
            255,
            70000,
            2**40,
            -(2**70),
            0.5,
            float("inf"),
            "żółć",
            b"\x00\xff",
            b"",
        ],
        "many": list(range(3000)),
        "nested": ({"a": ()}, (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)),
        "sets": [{1, "a"}, frozenset({2, b"b"}), set(), frozenset()],
        "shared": [shared, shared],
        "bytearray": bytearray(b"q\xfe"),
        7: "int key",
        -(2**63): "the least int key",
    }
    assert same(load_arrays(pickle.dumps(value, protocol=protocol)), value)


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("dtype", DTYPES)
def test_arrays_come_back_equal(protocol: int, dtype: str) -> None:
    plain = np.arange(24).reshape(2, 3, 4).astype(dtype)
    value = [
        plain,
        np.asfortranarray(plain),
        plain.transpose(1, 0, 2),
        plain[:, ::2],
        np.array(plain[0, 0, 1]),
        plain[:0],
        plain[0, 1, 2],
        plain,
    ]
    got = load_arrays(pickle.dumps(value, protocol=protocol))
    assert same(got, value)
    got[0][:] = got[0][0, 0, 0]  # arrays own their memory and may be written


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_joblib_files_come_back_equal(dtype: str, order: str, tmp_path: Path) -> None:
    joblib = pytest.importorskip("joblib", reason="joblib only writes the file that is read here")
    plain = np.asarray(np.arange(24).reshape(2, 3, 4).astype(dtype), order=order)
    value = {
        "a": plain,
        "list": [plain * 1 if plain.dtype.kind not in "SU" else plain, plain[:0], np.array(plain[0, 0, 0])],
    }
    joblib.dump(value, tmp_path / "a.joblib")
    with (tmp_path / "a.joblib").open("rb") as stream:
        assert same(load_arrays(stream), value)


# joblib leaves its files to the garbage collector, and lz4 stumbles there.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_mtcnn_weights_equal_what_joblib_reads() -> None:
    joblib = pytest.importorskip("joblib")
    spec = importlib.util.find_spec("mtcnn")
    if spec is None or spec.origin is None:
        pytest.skip("the mtcnn package is not installed")
    import lz4.frame

    for name in ("pnet", "rnet", "onet"):
        path = Path(spec.origin).parent / "assets" / "weights" / f"{name}.lz4"
        assert same(load_arrays(lz4.frame.decompress(path.read_bytes())), joblib.load(path))


def test_a_python_2_pickle_spells_bytes_as_text() -> None:
    # numpy.array([1.0, 2.0], "<f8") in a list, as Python 2's cPickle wrote it at protocol 2
    raw = struct.pack("<2d", 1.0, 2.0)
    body = (
        b"\x80\x02]q\x01cnumpy.core.multiarray\n_reconstruct\nq\x02cnumpy\nndarray\nq\x03K\x00\x85U\x01b\x87Rq\x04(K\x01K\x02\x85"
        b"cnumpy\ndtype\nq\x05U\x02f8K\x00K\x01\x87Rq\x06(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U"
        + bytes([len(raw)])
        + raw
        + b"tba."
    )
    (got,) = load_arrays(body)
    assert got.dtype == "<f8" and got.tolist() == [1.0, 2.0]


class Calls:
    """Pickles as a call of `function(*arguments)`."""

    def __init__(self, function: object, *arguments: object) -> None:
        self.call = function, arguments

    def __call__(self) -> None:
        """A pickler wants a callable; what it pickles is the call."""

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return self.call


def live_pickles(marker: Path) -> dict[str, bytes]:
    """Pickles that do touch `marker` where Python's own unpickler reads them."""
    touch = f"open({str(marker)!r}, 'w').close()"
    objects = np.empty(1, object)
    objects[0] = Calls(os.system, f"touch {marker}")
    chain = Calls(getattr, Calls(getattr, Calls(__import__, "os"), "path"), "os")
    stacked = b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93\x8c" + bytes([len(touch)]) + touch.encode() + b"\x85R."
    return {
        "os.system": pickle.dumps(Calls(os.system, f"touch {marker}")),
        "os.system at protocol 0": pickle.dumps(Calls(os.system, f"touch {marker}"), protocol=0),
        "eval": pickle.dumps(Calls(builtins.eval, touch)),
        "exec in a dict": pickle.dumps({"faces": [Calls(builtins.exec, touch)]}),
        "eval by STACK_GLOBAL": stacked,
        "getattr chain": pickle.dumps(Calls(Calls(getattr, chain, "system"), f"touch {marker}")),
        "object array": pickle.dumps(objects),
        "object array at protocol 5": pickle.dumps([objects], protocol=5),
        "inst": f"(S'touch {marker}'\nios\nsystem\n.".encode(),
        "obj": b"(cos\nsystem\n" + f"S'touch {marker}'\no.".encode(),
        "as a dict's value": pickle.dumps({"a": np.zeros(3), "b": Calls(os.system, f"touch {marker}")}),
        "numpy's own open": pickle.dumps(Calls(np.ndarray.tofile, np.zeros(1), str(marker))),
        "numpy.save": pickle.dumps(Calls(np.save, str(marker), np.zeros(1))),
    }


@pytest.mark.parametrize("name", live_pickles(Path("x")))
def test_a_pickle_that_acts_is_refused_and_does_not_act(name: str, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    body = live_pickles(marker)[name]
    with pytest.raises(UnsafeData):
        load_arrays(body)
    assert not list(tmp_path.iterdir())
    pickle.loads(body)  # noqa: S301 - the proof that the pickle would have acted
    assert list(tmp_path.iterdir())


def joblib_wrapper(state: dict[str, object]) -> bytes:
    """A joblib array whose state is `state`, written by hand."""
    body = pickle.dumps(state, protocol=2)
    return b"\x80\x02cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81" + body[2:-1] + b"b"


def reconstructed(subclass: str, state: bytes) -> bytes:
    """A numpy array (protocol 2) of a named class with a state given as opcodes."""
    return (
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct\nc"
        + subclass.encode()
        + b"\nK\x00\x85U\x01b\x87R"
        + state
        + b"b."
    )


F8 = b"cnumpy\ndtype\nU\x02f8K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
PLAIN = {"subclass": np.ndarray, "shape": (2,), "order": "C", "dtype": np.dtype("<f4"), "allow_mmap": False}
LAUGHS = b"(lp0\n" + b"".join(b"(g%d\ng%d\nlp%d\n" % (i, i, i + 1) for i in range(40))
CRAFTED = {
    "empty": b"",
    "no stop": b"\x80\x02]",
    "two values": b"\x80\x02]].",
    "bytes after the end": b"\x80\x02].]",
    "an unknown opcode": b"\x80\x02\xff.",
    "a persistent id": b"\x80\x02Pabc\n.",
    "an extension code": b"\x80\x02\x82\x01.",
    "a bare class": b"\x80\x02cnumpy\nndarray\n.",
    "a bare function": b"\x80\x02]cnumpy\ndtype\na.",
    "a bare dtype": pickle.dumps(np.dtype("f4")),
    "an object dtype": pickle.dumps(np.dtype("O")),
    "a record dtype": pickle.dumps(np.zeros(2, [("a", "f4"), ("b", "O")])),
    "a date dtype": pickle.dumps(np.zeros(2, "M8[s]")),
    "a dtype of no size": b"\x80\x02cnumpy\ndtype\nU\x02S0\x85R.",
    "a dtype's state with fields": b"\x80\x02cnumpy\ndtype\nU\x02f8\x85R(K\x03U\x01<NU\x01aNK\x08tb.",
    "a masked array": pickle.dumps(np.ma.zeros(2)),
    "a memmap class": reconstructed("numpy\nmemmap", b"(K\x01K\x01\x85" + F8 + b"\x89U\x08" + bytes(8) + b"t"),
    "a list for content": reconstructed("numpy\nndarray", b"(K\x01K\x01\x85" + F8 + b"\x89]t"),
    "an array never filled": b"\x80\x02]" + reconstructed("numpy\nndarray", b"")[2:-2] + b"a.",
    "an array larger than its bytes": reconstructed(
        "numpy\nndarray", b"(K\x01J\xff\xff\xff\x7f\x85" + F8 + b"\x89U\x08" + bytes(8) + b"t"
    ),
    "a negative size": reconstructed(
        "numpy\nndarray", b"(K\x01J\xff\xff\xff\xff\x85" + F8 + b"\x89U\x08" + bytes(8) + b"t"
    ),
    "numpy.load": b"\x80\x02cnumpy\nload\nU\x01x\x85R.",
    "numpy's inner eval": b"\x80\x02cnumpy._core._internal\n_reconstruct\n.",
    "multiarray.fromfile": b"\x80\x02cnumpy.core.multiarray\nfromfile\nU\x01x\x85R.",
    "a dotted walk out of numpy": b"\x80\x04\x8c\x05numpy\x8c\x0fdtype.__class__\x93.",
    "codecs with rot13": b"\x80\x02c_codecs\nencode\nX\x01\x00\x00\x00aX\x05\x00\x00\x00rot13\x86R.",
    "codecs.decode": b"\x80\x02c_codecs\ndecode\n.",
    "too many arguments": b"\x80\x02c_codecs\nencode\n(NNNNtR.",
    "state on a dict": b"\x80\x02}}b.",
    "state twice": reconstructed("numpy\nndarray", b"(K\x01K\x01\x85" + F8 + b"\x89U\x08" + bytes(8) + b"tbN"),
    "joblib with a subclass": joblib_wrapper(PLAIN | {"subclass": np.matrix}) + bytes(8) + b".",
    "joblib with eval as its subclass": joblib_wrapper(PLAIN | {"subclass": eval}) + bytes(8) + b".",
    "joblib with an object dtype": joblib_wrapper(PLAIN | {"dtype": np.dtype("O")}) + pickle.dumps([1]) + b".",
    "joblib larger than the stream": joblib_wrapper(PLAIN | {"shape": (1 << 40,)}) + bytes(8) + b".",
    "joblib with a shape beyond 64 bits": joblib_wrapper(PLAIN | {"shape": (1 << 40, 1 << 40, 0)}) + b".",
    "joblib with a wrong order": joblib_wrapper(PLAIN | {"order": "A"}) + bytes(8) + b".",
    "joblib with less state": joblib_wrapper({"shape": (2,)}) + bytes(8) + b".",
    "joblib's own nested pickle class": b"\x80\x02cjoblib.numpy_pickle_compat\nZNDArrayWrapper\n)\x81.",
    "a billion laughs": LAUGHS + b".",
    "a list in itself": b"\x80\x02]q\x00h\x00a.",
    "too deep": b"\x80\x02" + b"]" * 100 + b"a" * 99 + b".",
    "a tuple as a key": b"\x80\x02}K\x01\x85Ns.",
    "a number of 65 bits as a key": pickle.dumps({2**64: 1}),
    "a number of 65 bits in a set": pickle.dumps({-(2**64)}),
    "a memo of 65 bits": b"Np%d\n." % 2**64,
    "a list as a key": b"\x80\x02}]Ns.",
    "an odd number of items": b"\x80\x02}(NNNu.",
    "items on a number": b"\x80\x02K\x01K\x02a.",
    "an unknown memo": b"\x80\x02h\x05.",
    "an empty stack": b"\x80\x02a.",
    "no mark": b"\x80\x02t.",
    "a long text that is not there": b"\x80\x02X\xff\xff\xff\x7fabc.",
    "bytes of 2 to the 62 that are not there": b"\x80\x04\x8e" + (1 << 62).to_bytes(8, "little") + b"abc.",
    "one buffer many times": b"\x80\x05\x96"
    + (800).to_bytes(8, "little")
    + bytes(800)
    + b"\x940("
    + (b"cnumpy.core.numeric\n_frombuffer\n(h\x00" + F8 + b"K\x64\x85U\x01CtR") * 50
    + b"t.",
}


#: Every global that may be named, from numpy's, joblib's and pickle's documentation of what they write.
NAMEABLE = {
    *((f"numpy.{core}.multiarray", name) for core in ("core", "_core") for name in ("_reconstruct", "scalar")),
    *((f"numpy.{core}.numeric", "_frombuffer") for core in ("core", "_core")),
    *((python, kind) for python in ("builtins", "__builtin__") for kind in ("bytes", "set", "frozenset", "bytearray")),
    *{("numpy", "ndarray"), ("numpy", "dtype"), ("_codecs", "encode"), ("joblib.numpy_pickle", "NumpyArrayWrapper")},
}


def test_nothing_that_this_process_holds_may_be_named_but_the_few() -> None:
    """Each attribute of each module of the process, numpy's and the standard library's among them."""
    named = [(module, name) for module, held in list(sys.modules.items()) for name in dir(held)]
    admitted = set()
    for module, name in {(m, n) for m, n in named if "\n" not in m + n and (m + n).isascii()}:
        with pytest.raises(UnsafeData) as refusal:
            load_arrays(f"c{module}\n{name}\n.".encode())
        if f"it names {module}.{name}"[:60] not in str(refusal.value):
            admitted.add((module, name))  # it may be named, and then is refused as a value
    assert len(named) > 20_000 and {("os", "system"), ("builtins", "eval")} < set(named)
    assert admitted <= NAMEABLE and ("numpy", "ndarray") in admitted


UNUSED = {"POP", "POP_MARK", "DUP", "INST", "OBJ", "NEWOBJ_EX", "PERSID", "BINPERSID", "EXT1", "EXT2", "EXT4"}


def test_opcodes_that_honest_pickles_of_arrays_lack_are_refused() -> None:
    arguments = {"INST": b"os\nsystem\n", "PERSID": b"x\n", "EXT1": b"\1", "EXT2": b"\1\0", "EXT4": b"\1\0\0\0"}
    unused = [one for one in pickletools.opcodes if one.name in UNUSED | {"NEXT_BUFFER", "READONLY_BUFFER"}]
    assert len(unused) == 13
    for opcode in unused:
        body = b"\x80\x05(NNN" + opcode.code.encode("latin-1") + arguments.get(opcode.name, b"") + b"."
        with pytest.raises(UnsafeData, match=f"it uses the opcode {opcode.name}"):
            load_arrays(body)


PLAIN_KINDS = (type(None), bool, int, float, str, bytes, bytearray, np.ndarray, list, tuple, dict, set, frozenset)
HONEST = [
    [np.eye(2), np.float32(1.5), (1, 2.5, "x", b"y", None)],
    {"a": {1, None}, "b": frozenset({0.5}), "c": bytearray(b"q")},
    np.array(["ab", "c"]),
    [np.asfortranarray(np.arange(6).reshape(2, 3)), np.zeros(0)],
]


def opcodes_of(body: bytes) -> list[bytes]:
    """Each opcode of a pickle with its argument."""
    places = [place or 0 for _, _, place in pickletools.genops(body)]
    return [body[start:stop] for start, stop in pairwise([*places, len(body)])]


def test_opcodes_at_random_give_plain_values_or_unsafe_data() -> None:
    """Whatever is admitted holds numpy arrays and scalars of plain dtypes, atoms and plain containers, nothing else."""
    rng = random.Random(0)
    honest = [opcodes_of(pickle.dumps(value, protocol=protocol)) for value in HONEST for protocol in (0, 2, 4, 5)]
    every = sorted({opcode for program in honest for opcode in program if len(opcode) < 60})
    every += [f"c{module}\n{name}\n".encode() for module, name in sorted(NAMEABLE)]
    kinds = Counter()
    for turn in range(15_000):
        program = list(honest[turn % len(honest)])
        for _ in range(rng.randrange(1, 4)):
            place = rng.randrange(len(program))
            program[place : place + rng.randrange(3)] = rng.choices(every, k=rng.randrange(3))
        try:
            left = [load_arrays(b"".join(program))]
        except UnsafeData:
            continue
        while left:
            one = left.pop()
            kinds[type(one)] += 1
            assert type(one) in PLAIN_KINDS or isinstance(one, np.generic), f"{type(one)} by {program}"
            assert not isinstance(one, np.ndarray | np.generic) or one.dtype.kind in "biufcSU", one.dtype
            left += [*one, *one.values()] if type(one) is dict else one if type(one) in (list, tuple, set) else []
    assert set(PLAIN_KINDS) <= set(kinds) and sum(kinds.values()) > 5000, kinds


@pytest.mark.parametrize("name", CRAFTED)
def test_crafted_bytes_are_refused(name: str) -> None:
    with pytest.raises(UnsafeData, match="pickle"):
        load_arrays(CRAFTED[name])


def test_a_plain_joblib_wrapper_by_hand_is_read() -> None:
    body = struct.pack("<2f", 1.5, -2.0)
    assert load_arrays(joblib_wrapper(PLAIN) + body + b".").tolist() == [1.5, -2.0]
    aligned = joblib_wrapper(PLAIN | {"numpy_array_alignment_bytes": 16})
    assert load_arrays(aligned + b"\x03\xff\xff\xff" + body + b".").tolist() == [1.5, -2.0]


def test_a_huge_memo_index_costs_nothing() -> None:
    assert load_arrays(b"\x80\x02K\x07r\xff\xff\xff\x7f.") == 7


def test_limits_can_be_set() -> None:
    body = pickle.dumps(list(range(300)))
    assert len(load_arrays(body)) == 300
    with pytest.raises(UnsafeData, match="max_values"):
        load_arrays(body, max_values=200)
    with pytest.raises(UnsafeData, match="max_bytes"):
        load_arrays(body, max_bytes=100)
    with pytest.raises(UnsafeData, match="max_bytes"):
        load_arrays(io.BytesIO(body), max_bytes=100)


def test_every_cut_is_refused() -> None:
    body = pickle.dumps({"a": np.arange(4.0), "b": [1, "x"]}, protocol=4)
    for end in range(len(body)):
        with pytest.raises(UnsafeData):
            load_arrays(body[:end])


def is_plain(value: object) -> bool:
    """Arrays of plain numbers, scalars and containers of them: nothing that a pickle could have called."""
    if isinstance(value, dict):
        return all(is_plain(part) for pair in value.items() for part in pair)
    if isinstance(value, list | tuple | set | frozenset):
        return all(map(is_plain, value))
    if isinstance(value, np.ndarray | np.generic):
        return not value.dtype.hasobject
    return value is None or type(value) in (bool, int, float, complex, str, bytes, bytearray)


def test_flipped_bytes_give_a_value_or_unsafe_data() -> None:
    rng = np.random.default_rng(0)
    bodies = [pickle.dumps({"a": np.arange(4.0), "b": [1, "x", {2}], "c": np.float32(3)}, protocol=p) for p in range(6)]
    bodies.append(joblib_wrapper(PLAIN) + bytes(8) + b".")
    given_back = 0
    for turn in range(6000):
        body = bytearray(bodies[turn % len(bodies)])
        for place in rng.integers(0, len(body), 1 + turn % 3):
            body[place] = rng.integers(0, 256)
        try:
            value = load_arrays(bytes(body))
        except UnsafeData:
            continue
        assert is_plain(value), type(value)
        given_back += 1
    assert given_back  # some flips leave a pickle whole
