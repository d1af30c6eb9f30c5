"""A Ray that others join, and that goes with the block."""

import socket

import pytest

from faceshards.bench.curate.cluster import ray_up

pytest.importorskip("ray")


@pytest.mark.slow
def test_it_is_up_in_the_block_and_down_behind_it():
    with ray_up(1) as address:
        host, _, port = address.rpartition(":")
        socket.create_connection((host, int(port)), timeout=5).close()
    with pytest.raises(OSError):
        socket.create_connection((host, int(port)), timeout=5)
