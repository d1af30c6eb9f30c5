"""What the table of an index holds while it is made: a row's scalars, nothing else of its json."""

import json
import tracemalloc

import numpy as np

from faceshards.shards.index.table import IndexRows, index_table
from faceshards.shards.schema.states import KEY
from faceshards.shards.tar.front import Front

ROWS = 1_000


def facts(row: int, **nested) -> bytes:
    scalars = {"source": "persons", "identity": f"id{row // 20}", "side": "picture", "bytes": row}
    return json.dumps({**scalars, "failures": [], **nested}).encode()


def table(bodies: list[bytes]):
    numbers = np.ones((len(bodies), 3), np.int64)
    rows = IndexRows([f"k{row}" for row in range(len(bodies))], np.zeros((len(bodies), 2), np.int64), {"json": numbers})
    return index_table(rows, bodies, Front(provenance=[]))


def test_nested_values_take_no_room():
    nested = {"files": {f"{name}.npy": "somewhere/below/the/top.npy" for name in range(20)}, "media": {"mp4": [1] * 50}}
    bodies = [facts(row, **nested) for row in range(ROWS)]
    table(bodies[:2])
    tracemalloc.start()
    try:
        made = table(bodies)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert made.num_rows == ROWS and peak < 700 * ROWS
    assert {"source", "identity", "side", "bytes"} <= set(made.column_names) and "files" not in made.column_names


def test_states_and_failures_are_read_all_the_same():
    failed = facts(0, failures=[{"stage": "faces", "code": "bad-column", "reason": "x"}])
    made = table([failed, facts(1, **{KEY: {"json": "failed"}}), b"[1]"])
    assert made["failed"].to_pylist() == ["faces:bad-column", "", ""]
    states = [one["state"] for one in made["json"].to_pylist()]
    assert states[0] == states[2] != states[1]
