"""A wrong line is one line: the thing, the rule, what may have been meant."""

import pytest

from faceshards.__main__ import main
from faceshards.wrong_words import nearest


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["insepct", "x"], "no command 'insepct': the nearest is inspect (`faceshards --help` teaches)"),
        (["--verison"], "no option '--verison': the nearest is --version (`faceshards --help` teaches)"),
        (["train", "fce-decoder"], "no command 'fce-decoder': the nearest are face-decoder"),
        (["infer", "q"], "no command 'q': there are "),
        (["recipes", "--jso"], "no option --jso: the nearest is --json (`faceshards recipes --help` teaches)"),
        (["weights", "list", "b", "c"], "'b c' is too much: it takes options only"),
        (["weights", "add", "yolox_l"], "FILE is missing: your copy of the file (`faceshards weights add --help`"),
        (["weights", "convert", "a.h5", "--out"], "--out lacks its value (`faceshards weights --help` teaches)"),
        (["weights", "convert", "a.h5", "--out", "b", "--era", "x"], "--era makes no sense: 'x' is not one of"),
        (["infer", "face-to-face", "--batch-size", "x", "a"], "--batch-size "),
    ],
)
def test_one_line_names_the_thing_and_the_remedy(words, said, capsys):
    with pytest.raises(SystemExit) as end:
        main(words)
    out, err = capsys.readouterr()
    assert end.value.code == 2 and not out and err.count("\n") == 1
    assert err.startswith(f"faceshards: {said}") and " --help` teaches)" in err


def test_the_nearest_are_few_and_all_are_told_where_none_is_near():
    assert nearest("fase", ["faces", "phase", "loudness"]) == "the nearest are phase, faces"
    assert nearest("zzz", ["a", "b"]) == "there are a, b"
