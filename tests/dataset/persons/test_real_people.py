"""The proof on people: real clips of 21 different persons in three spans each, and photographs of two persons more of
whom there are two, from different sources, beside those of five of whom there is one.
"""

import json
from itertools import combinations

import pytest
from PIL import Image

from tests.dataset.spans import decoded, span

PHOTOGRAPHS = {
    "fr_obama": "obama",
    "fr_test_obama2": "obama",
    "df_img3": "df",
    "df_img12": "df",
    "fr_biden": "biden",
    "fp_paul_rudd": "rudd",
    "df_img2": "df2",
    "hallo_ref3": "hallo",
    "skimage_astronaut": "astronaut",
}


def photograph(file, folder):
    """A clip of two equal pictures."""
    folder.mkdir(parents=True)
    with Image.open(file) as picture:
        picture = picture.convert("RGB")
        picture.thumbnail((1000, 1000))
        for number in range(2):
            picture.save(folder / f"{number}.png")


@pytest.mark.slow
def test_spans_of_one_person_are_found_and_no_others(here, run, clips, real, capsys):
    pytest.importorskip("dlib")
    for file in sorted((real / "video").iterdir()):
        clip = decoded(file)
        for number in range(3):
            folder = here / f"span{number}"
            folder.mkdir(exist_ok=True)
            (folder / f"{file.stem}.mp4").write_bytes(span(clip, number / 3, (number + 1) / 3))
    for name in PHOTOGRAPHS:
        (file,) = (real / "image").glob(f"{name}.*")
        photograph(file, here / "photographs" / name)
    for folder in ("span0", "span1", "span2", "photographs"):
        assert run("pack", "clips", folder, "--out", "set")[0] == 0
    assert run("curate", "set", "--stages", "faces,identity,voice", "--inline")[0] == 0
    code, out, _ = run("identity", "set", "--json")
    assert code == 0
    people = {}
    for shard in ("span0", "span1", "span2", "photographs"):
        for key, person in clips.said(f"set/{shard}.tar", "person").items():
            people[shard, key] = (PHOTOGRAPHS.get(key, key), person)
    truth = {pair for pair in combinations(people, 2) if people[pair[0]][0] == people[pair[1]][0]}
    said = {p for p in combinations(people, 2) if people[p[0]][1] is not None and people[p[0]][1] == people[p[1]][1]}
    right = len(truth & said)
    f1 = 2 * right / (len(truth) + len(said))
    with capsys.disabled():
        print(f"\n{json.loads(out)}\npeople: {len(people)} clips, {len(truth)} pairs of one person, {len(said)} said")
        print(f"precision {right / len(said):.3f}, recall {right / len(truth):.3f}, F1 {f1:.3f}")
        print("missed", sorted(truth - said), "\nwrong", sorted(said - truth))
    assert f1 >= 0.9
