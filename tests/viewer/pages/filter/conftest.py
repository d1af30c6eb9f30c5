"""A data set of two shards whose scalars have what arrays and the engine might see differently."""

import pytest

from faceshards.shards.schema.keys import UniqueKeys
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.writer import ShardWriter
from faceshards.viewer.pages.collection import Collection

PACK = Provenance("pack", 1, {})

SCORES = [0.5, 0.9, None, 0.7, 0.95, 0.1, 0.9, 1.0]
COUNTS = [1, 2, 3, None, -4, 2**53 + 1, 2, 0]
NAMES = ["it's", "b", "OR", "b", "", "e", "f", "it's"]
FAILURES = [[], ["faces:no-face", "swap:needs-failed"], ["faces:no-face"], [], [], ["sound:no-sound"], [], []]


@pytest.fixture(scope="session")
def collection(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scored")
    samples = []
    for place, (score, count, name, failures) in enumerate(zip(SCORES, COUNTS, NAMES, FAILURES, strict=True)):
        facts = {"name": f"clip {place}", "face_share": score, "order": count, "collection": name}
        facts = {key: value for key, value in facts.items() if value is not None}
        if failures:
            parts = (one.split(":") for one in failures)
            facts["failures"] = [{"stage": stage, "code": code, "reason": "why"} for stage, code in parts]
        samples.append({"json": facts, "mp4": b"no clip is opened here"})
    for name, some in (("a.tar", samples[:5]), ("b.tar", samples[5:])):
        keys = UniqueKeys()
        with ShardWriter(folder / name, provenance=(PACK,)) as writer:
            for sample in some:
                writer.add(keys.key(sample["json"]["name"]), sample)
    return Collection([folder])
