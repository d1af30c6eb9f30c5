import numpy as np
import pytest

from faceshards.curation.stages.identity.backends import BACKENDS
from faceshards.dataset import listed
from faceshards.dataset.persons.spaces import SPACES, backend_of
from faceshards.errors import UsageError
from faceshards.shards.schema.provenance import Provenance

FACE = {"k": {"face": np.ones(4)}}


@pytest.mark.parametrize("backend", list(BACKENDS))
def test_spaces_measure_as_the_stage_does(backend):
    rows = np.random.default_rng(0).normal(size=(5, 16))
    scaled = SPACES[backend].rows(rows)
    apart = np.linalg.norm(scaled[:, None].astype(float) - scaled, axis=2)
    np.testing.assert_allclose(apart, BACKENDS[backend].apart(rows), atol=1e-5)
    assert SPACES.keys() == BACKENDS.keys() and SPACES[backend].sure <= SPACES[backend].alone <= 1


def test_faces_of_two_backends_do_not_compare(here, clips):
    clips.write("a.tar", FACE)
    clips.write("none.tar", {"k": {}})
    assert backend_of(listed(["a.tar", "none.tar"])) == "dlib"
    clips.write("b.tar", FACE, Provenance("identity", 1, {"backend": "arcface"}))
    with pytest.raises(UsageError, match=r"several backends.*arcface \(b\.tar\), dlib \(a\.tar\): curate anew"):
        backend_of(listed(["a.tar", "b.tar"]))
    clips.write("mine.tar", FACE, Provenance("mine", 1))
    with pytest.raises(UsageError, match="made by nobody known: how near one person's are is known of dlib"):
        backend_of(listed(["mine.tar"]))
    with pytest.raises(UsageError, match="faceshards curate SHARDS --stages faces,identity,voice"):
        backend_of(listed(["none.tar"]))
