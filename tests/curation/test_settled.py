"""What a report knows of its shard counts for that generation and that plan alone."""

from faceshards.curation.plan import StagePlan
from faceshards.curation.run import run_shard
from faceshards.curation.settled import settled
from faceshards.shards.rewrite import rewrite
from tests.curation.toy_stages import Light, Peak


def test_a_shard_is_known_to_be_done_until_it_or_the_plan_is_another(shard):
    plan = StagePlan((Light(),))
    assert settled(shard, plan, "curate") is None
    done = run_shard(shard, plan)
    known = settled(shard, plan, "curate")
    assert known is not None and (known.seen, known.whole, known.seconds) == (done.seen, done.whole, {})
    for other in (StagePlan((Light(gain=2.0),)), StagePlan((Light(), Peak())), StagePlan((Light(),), limit=2)):
        assert settled(shard, other, "curate") is None
    assert settled(shard, StagePlan((Light(),), retry=frozenset({"timeout"})), "curate") is None
    rewrite(shard, {"x.txt": lambda row: b"x"})
    assert settled(shard, plan, "curate") is None
