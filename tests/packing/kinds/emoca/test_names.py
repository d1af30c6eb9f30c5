import pytest

from faceshards.packing.kinds.emoca.names import said_by


@pytest.mark.parametrize(
    ("path", "source", "said"),
    [
        ("V0-GRID/V0-s1-00001", "trainset", {"collection": "GRID", "identity": "s1"}),
        ("V0-s33-12345", "V0-GRID", {"collection": "GRID", "identity": "s33"}),
        (
            "V1-RAVDESS/V1-Speech-Actor_01-00001",
            "x",
            {"collection": "RAVDESS", "identity": "Actor_01", "vocal_channel": "speech"},
        ),
        (
            "V1-Song-Actor_24-00002",
            "any",
            {"collection": "RAVDESS", "identity": "Actor_24", "vocal_channel": "song"},
        ),
        ("V2-M003-angry-00001", "any", {"collection": "MEAD", "identity": "M003", "emotion": "angry"}),
        ("V2-W009-Sad-00001", "any", {"collection": "MEAD", "identity": "W009", "emotion": "sad"}),
        ("V2-W009-00001", "any", {"collection": "MEAD"}),
        ("V3-00007", "any", {"collection": "VoxCeleb2"}),
        ("test/V4-HDTF/speaker/one", "any", {"collection": "HDTF"}),
        ("", "V5-00012", {"collection": "CelebV-HQ"}),
        ("V6-Ours/V6-00001", "any", {"collection": "Ours"}),
        ("V6-00001", "any", {}),
        ("V" + "9" * 5000 + "-1", "any", {}),
        ("one", "any", {}),
    ],
)
def test_what_a_name_says(path, source, said):
    found = said_by(path, source)
    labels = {key: found.pop(key) for key in ("licence", "citation") if key in found}
    assert found == said and bool(labels) == bool(said)


def test_each_collection_has_its_terms_and_what_to_cite():
    assert said_by("V1-x", "any")["licence"] == "CC BY-NC-SA 4.0"
    assert said_by("V4-x", "any")["licence"] == "the terms of HDTF"
    cited = said_by("V0-x", "any")["citation"]
    assert "Cooke" in cited and "EMOCA" in cited
