"""`faceshards push` as it is typed."""

import pytest


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("a", "b"), "hf://datasets/ORG/NAME"),
        (("hf://datasets/us/x",), "name shards and the data set"),
        (("a", "hf://datasets/us/x/below"), "leave /below out"),
        (("a", "hf://models/us/x"), "is named hf://datasets/ORG/NAME"),
    ],
)
def test_a_wrong_line_is_told(hub, run, words, said):
    code, _, errors = run("push", *words)
    assert code == 2 and said in errors
