"""The proof on duplicates: real clips of 21 persons cut in halves, each half encoded anew in four ways."""

import json
from itertools import combinations

import pytest

from tests.dataset.spans import decoded, span

#: Seconds that are cut off at the beginning of the fourth.
TRIMMED = 0.2
WAYS = {
    "as it is": {"crf": 20},
    "half as large": {"crf": 30, "scale": 0.5},
    "cropped": {"crf": 28, "crop": 0.03, "scale": 0.8},
    "trimmed": {"crf": 26},
}


@pytest.mark.slow
def test_halves_that_are_encoded_anew_are_found_and_no_others(here, run, real, capsys):
    for file in sorted((real / "video").iterdir()):
        clip = decoded(file)
        trimmed = TRIMMED * float(clip[1]) / len(clip[0])
        for way, how in WAYS.items():
            (here / way).mkdir(exist_ok=True)
            for half in (0, 1):
                start = half / 2 + (trimmed if way == "trimmed" else 0)
                (here / way / f"{file.stem}-{half}.mp4").write_bytes(span(clip, start, (half + 1) / 2, **how))
    for way in WAYS:
        assert run("pack", "clips", way, "--out", "set")[0] == 0
    code, out, _ = run("dedupe", "set", "--json")
    told = json.loads(out)
    assert code == 0 and not told["bad"]
    names = sorted({file.stem for file in (here / "as it is").iterdir()})
    truth = {(name, frozenset(pair)) for name in names for pair in combinations(WAYS, 2)}
    found, wrong = set(), []
    for one in told["pairs"]:
        ways = frozenset(place.split("/")[-1].removesuffix(".tar") for place in (one["shard"], one["other_shard"]))
        if one["key"] == one["other_key"]:
            found.add((one["key"], ways))
        else:
            wrong.append(one)
    with capsys.disabled():
        print(
            f"\nduplicates: {told['clips']} clips, {len(truth)} pairs, {len(found)} found ({len(found & truth)} right)"
        )
        print(f"recall {len(found) / len(truth):.3f}, wrong {len(wrong)}")
        for pair in combinations(WAYS, 2):
            there = [name for name, ways in found if ways == frozenset(pair)]
            print(pair, len(there), "missed", sorted(set(names) - set(there)))
        print(*wrong, sep="\n")
    assert not wrong and len(found) >= 0.95 * len(truth)
