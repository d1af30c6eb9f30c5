"""The table of stages: what it lists is documented, and travels to where it runs."""

import pickle
import subprocess
import sys

import pytest

from faceshards.curation.table import stage_classes, stage_table
from faceshards.errors import StageError, UsageError
from faceshards.models.weights.table import WEIGHTS
from faceshards.shards.schema.columns import COLUMNS
from faceshards.shards.schema.scalars import SCALARS


def test_every_stage_of_the_table_makes_documented_columns_and_scores_and_is_picklable():
    for name, kind in stage_table().items():
        stage = pickle.loads(pickle.dumps(kind()))  # noqa: S301 - our own
        assert stage.name == name and stage.marks
        for column in stage.makes:
            assert COLUMNS[column.name] == column and column.maker == name
        for score in stage.scores:
            assert SCALARS[score.name] == score and score.maker == name
        if any(WEIGHTS[weights].sha256 is None for weights in stage.weights):
            continue  # pinned by the user's own file, which is not here
        for weights, (file, sha256) in zip(stage.weights, stage.models.items(), strict=True):
            assert (file, sha256) == (WEIGHTS[weights].files[0], WEIGHTS[weights].sha256)
            assert len(sha256) == 64


def test_the_table_loads_nothing_that_is_slow_to_load():
    slow = {"scipy.special", "scipy.signal", "scipy.stats", "torch", "onnxruntime", "ai_edge_litert", "ray"}
    code = f"import sys, faceshards.curation.table as t; t.stage_table(); print({slow} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"


def test_an_unknown_stage_is_told_the_names_there_are():
    with pytest.raises(UsageError, match=r"faces, face_crop, spectrogram, loudness, .* or a class .*; got blinks"):
        stage_classes(["faces", "blinks"])


def test_a_stage_of_nearly_that_name_is_named_alone():
    with pytest.raises(UsageError, match=r"must name the nearest of `faceshards stages`, faces.*; got face$"):
        stage_classes(["loudness", "face"])


def test_classes_come_in_the_order_asked_for_and_none_is_refused():
    assert [kind.name for kind in stage_classes(["swap", "faces"])] == ["swap", "faces"]
    with pytest.raises(UsageError, match="got none"):
        stage_classes([])


def test_every_need_is_met_by_the_clip_or_by_another_stage_of_the_table():
    made = {column.name for kind in stage_table().values() for column in kind.makes}
    assert all(set(kind().reads) <= made for kind in stage_table().values())


def test_no_two_stages_own_the_same_column_or_score():
    owned = [mark.name for kind in stage_table().values() for mark in (*kind.makes, *kind.scores)]
    assert len(owned) == len(set(owned))


def test_a_module_that_does_not_load_is_told_in_a_line(tmp_path, monkeypatch):
    (tmp_path / "no_python.py").write_text("def (")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(
        StageError, match=r"^stage no_python:X: SyntaxError: invalid syntax \(no_python\.py, line 1\): it must"
    ):
        stage_classes(["no_python:X"])
