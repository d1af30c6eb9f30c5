"""The first Ctrl-C asks, the second ends; a process's handlers are its own again afterwards."""

import os
import signal

import pytest

from faceshards.train.interruption import Interruption


def test_the_first_one_asks_and_the_second_one_ends():
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), Interruption() as interruption:
        assert not interruption.asked
        os.kill(os.getpid(), signal.SIGINT)
        assert interruption.asked and interruption.number == signal.SIGINT
        os.kill(os.getpid(), signal.SIGINT)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_the_end_is_told_with_the_code_of_the_signal():
    interruption = Interruption()
    for number, said in ((signal.SIGINT, "interrupted"), (signal.SIGTERM, "ended by SIGTERM")):
        interruption.number = number
        ended = interruption.ended(3, "run/checkpoint.pt")
        assert (
            ended.exit_code == 128 + number
            and str(ended).startswith(f"{said} after step 3")
            and "--resume" in str(ended)
        )
