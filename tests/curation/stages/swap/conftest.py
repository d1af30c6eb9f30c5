"""Meshes of two public-domain portraits; tests that need them are skipped where the networks are not."""

import numpy as np
import pytest

from faceshards.curation.stages.swap.mesh_finder import load_meshes
from faceshards.curation.stages.swap.mesh_source import MeshSource
from faceshards.errors import StageError, WeightsError


@pytest.fixture(scope="session")
def find_mesh():
    """Finds the mesh of a picture."""
    try:
        return load_meshes()
    except (WeightsError, StageError) as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def astronaut_mesh(find_mesh, astronaut) -> np.ndarray:
    return find_mesh(astronaut)


@pytest.fixture(scope="session")
def hopper_mesh(find_mesh, hopper) -> np.ndarray:
    return find_mesh(hopper)


@pytest.fixture(scope="session")
def hopper_source(hopper, hopper_mesh) -> MeshSource:
    return MeshSource.cut("hopper", hopper, hopper_mesh)
