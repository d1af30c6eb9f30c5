"""Meshes of two public-domain portraits; tests that need them are skipped where the networks are not."""

import numpy as np
import pytest

from faceshards.curation.stages.swap.mesh_finder import MeshFinder
from faceshards.curation.stages.swap.mesh_source import MeshSource
from faceshards.errors import StageError, WeightsError


@pytest.fixture(scope="session")
def finder() -> MeshFinder:
    """The two networks."""
    try:
        return MeshFinder()
    except (WeightsError, StageError) as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def astronaut_mesh(finder, astronaut) -> np.ndarray:
    return finder.find(astronaut)


@pytest.fixture(scope="session")
def hopper_mesh(finder, hopper) -> np.ndarray:
    return finder.find(hopper)


@pytest.fixture(scope="session")
def hopper_source(hopper, hopper_mesh) -> MeshSource:
    return MeshSource.cut("hopper", hopper, hopper_mesh)
