"""A voice encoder trained by the command itself, on few pairs."""

from dataclasses import replace

import pytest

from faceshards.bench.views.contest import packed
from faceshards.bench.views.scale import QUICK
from faceshards.bench.views.speech_face import written
from faceshards.bench.views.waiting import waiting_figure
from faceshards.packing.kinds.speech_face.kind import PersonFolders
from faceshards.packing.options import PackOptions


@pytest.mark.slow
def test_the_share_of_waiting_is_what_the_command_counts(tmp_path):
    tree = written(tmp_path / "persons", replace(QUICK, persons=2, sounds=2, pictures=2))
    shards = packed(tree, tmp_path / "shards", PersonFolders(PackOptions()), PackOptions())
    figure = waiting_figure(shards, tmp_path / "run", width=0.03, batch=2, steps=3, workers=0)
    assert 0 < figure.value < 1 and figure.peers["samples/s"] > 0
    assert "width 0.03, 2 voices a step" in figure.work and (tmp_path / "run" / "checkpoint.pt").exists()
