"""Tables that stages go on with: a name of the format's own loads no stage, any other asks them."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from faceshards.shards.schema.declared import Declared

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Named:
    name: str


def test_a_name_of_the_formats_own_loads_no_stage():
    code = (
        "import sys\nfrom faceshards.shards.schema.columns import COLUMNS, ordered\n"
        "print(COLUMNS['mp4'].codec, ordered(['mp4', 'json', 'x.npy']), 'faceshards.curation' in sys.modules)\n"
        "print(COLUMNS['faces.msg'].maker, 'nothing.npy' in COLUMNS, 'faceshards.curation.table' in sys.modules,\n"
        "      'torch' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["mp4 ['json', 'mp4', 'x.npy'] False", "faces False True False"]


def test_the_formats_rows_come_first_then_those_of_the_stages():
    table = Declared([Named("own")], "scores")
    names = list(table)
    assert names[0] == "own" and {"face_share", "loudness_db"} < set(names) and len(table) == len(names)
    assert table["own"] == Named("own") and dict(table.own) == {"own": Named("own")}
    assert "no such" not in table
