"""Pickles for old trainers: written by `pickle.dumps`, and readable by the numpy that those trainers have.

numpy 2 calls its rebuilding function `numpy._core.multiarray._reconstruct`; numpy before 1.26 knows it as
`numpy.core.multiarray._reconstruct` only, and numpy 2 still admits that name. Protocol 3 writes names as lines of text
without a length (as protocol 4 does not) and bytes as bytes (as protocol 2 does not), so that the name can be changed.
"""

from __future__ import annotations

import pickle
import pickletools
from typing import Any

PROTOCOL = 3
_NEW, _OLD = "numpy._core.", "numpy.core."


def pickled(value: Any) -> bytes:
    """The pickle of numpy arrays and plain containers, protocol 3, naming nothing that numpy 1.x lacks."""
    body = pickle.dumps(value, protocol=PROTOCOL)
    parts, done = [], 0
    for opcode, argument, position in pickletools.genops(body):
        if opcode.name == "GLOBAL" and str(argument).startswith(_NEW):
            start = (position or 0) + 1
            parts += [body[done:start], _OLD.encode()]
            done = start + len(_NEW)
    return b"".join([*parts, body[done:]])
