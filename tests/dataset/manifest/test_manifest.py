from faceshards.dataset.manifest.manifest import manifest_of, sealed, without_hashes
from faceshards.dataset.manifest.shard_list import named_shards


def test_the_digest_speaks_of_all_but_the_program(data):
    shards = named_shards([data])
    found = manifest_of(shards)
    assert sealed(found | {"program": "another"})["digest"] == found["digest"]
    assert sealed(found | {"samples": 0})["digest"] != found["digest"]
    assert without_hashes(found) == manifest_of(shards, hashed=False)
    assert manifest_of(dict(reversed(shards.items()))) == found, "whatever the order in which they are named"
