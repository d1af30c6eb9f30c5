"""Parameters by name: from words and from a file, of the right type, for stages that run."""

from dataclasses import dataclass
from typing import get_type_hints

import pytest

from faceshards.curation.engine import Stage
from faceshards.curation.parameters import _fits, _said, configured, given_by, parameters_of
from faceshards.curation.stages.faces.faces import Faces, FacesParams
from faceshards.curation.stages.landmarks import Landmarks
from faceshards.curation.stages.swap.swap import Swap
from faceshards.curation.table import stage_table
from faceshards.errors import UsageError


@dataclass(frozen=True)
class ManyParams:
    share: float = 0.5
    name: str = "a"
    loud: bool = False
    sizes: tuple[int, ...] = ()
    maybe: int | None = None


class Many(Stage[ManyParams]):
    name = "many"


def test_words_go_before_the_file_and_the_file_before_what_stands(tmp_path):
    config = tmp_path / "curate.toml"
    config.write_text("[faces]\nevery = 5\nmin_face = 64\n")
    (stage,) = configured([Faces], given_by(["faces.every=7"], config))
    assert stage.params == FacesParams(min_face=64, every=7)
    assert configured([Faces], {})[0].params == FacesParams()


@pytest.mark.parametrize("kind", stage_table().values(), ids=lambda kind: kind.name)
def test_every_parameter_of_every_stage_can_be_set_to_what_it_is(kind):
    hints = get_type_hints(kind.parameters)
    assert all(_fits(value, hints[name]) and _said(hints[name]) for name, value in parameters_of(kind).items())


def test_values_are_read_as_what_they_are():
    words = ["many.share=1", "many.name=some text", "many.loud=true", "many.maybe=3"]
    (stage,) = configured([Many], given_by(words, None))
    assert stage.params == ManyParams(share=1.0, name="some text", loud=True, maybe=3)
    assert type(stage.params.share) is float
    assert parameters_of(Many) == {"share": 0.5, "name": "a", "loud": False, "sizes": (), "maybe": None}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["faces"], "--set takes STAGE.PARAMETER=VALUE"),
        (["faces.every"], "--set takes"),
        (["=5"], "--set takes"),
        (["faces.evry=5"], "stage faces has no parameter evry: it has every"),
        (["faces.every=often"], "faces.every must be a whole number, got 'often'"),
        (["faces.every=true"], "faces.every must be a whole number, got True"),
        (["faces.every=0"], "faces.every must be at least 1, got 0"),
        (["swap.folder=x"], "the stage swap, which does not run"),
    ],
)
def test_what_makes_no_sense_is_told(words, said):
    with pytest.raises(UsageError) as caught:
        configured([Faces], given_by(words, None))
    assert said in str(caught.value)


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_a_number_is_finite(value):
    with pytest.raises(UsageError, match=r"landmarks\.least must be a finite number, got"):
        configured([Landmarks], given_by([f"landmarks.least={value}"], None))


@pytest.mark.parametrize(("body", "said"), [("every = 5", "stands outside a table"), ("[faces", "is no TOML")])
def test_a_file_that_is_none_is_told(tmp_path, body, said):
    (tmp_path / "x.toml").write_text(body)
    with pytest.raises(UsageError, match=said):
        given_by([], tmp_path / "x.toml")
    with pytest.raises(UsageError, match="No such file"):
        given_by([], tmp_path / "absent.toml")


def test_a_parameter_that_points_at_nothing_is_told_before_the_run(tmp_path):
    with pytest.raises(UsageError, match=r"swap\.folder .*No such file"):
        configured([Swap], {"swap": {"folder": str(tmp_path / "absent")}})
