"""Which rule falls on which request."""

from concurrent.futures import ThreadPoolExecutor

from faceshards.bench.object_store.faults import Faults, StoreFault


def taken(faults: Faults, *requests: tuple[str, str]) -> list[str]:
    return [rule.does if (rule := faults.take(*request)) else "" for request in requests]


GET, PUT = ("GetObject", "bucket/a.tar"), ("PutObject", "bucket/a.tar")


def test_a_rule_falls_on_its_operation_and_key_alone_and_so_often():
    faults = Faults()
    faults.add(StoreFault("reset", "GetObject", "a.tar", times=2))
    requests = [PUT, ("GetObject", "bucket/b.tar"), GET, ("HeadObject", "bucket/a.tar"), GET, GET]
    assert taken(faults, *requests) == ["", "", "reset", "", "reset", ""]


def test_a_rule_that_names_nothing_falls_on_anything():
    faults = Faults()
    faults.add(StoreFault("delay", times=3))
    assert taken(faults, GET, PUT, ("ListObjectsV2", "bucket"), GET) == ["delay"] * 3 + [""]


def test_requests_that_are_skipped_are_counted_where_they_match_only():
    faults = Faults()
    faults.add(StoreFault("truncate", "GetObject", skip=2))
    assert taken(faults, GET, PUT, GET, PUT, GET, GET) == ["", "", "", "", "truncate", ""]


def test_the_first_rule_that_is_not_used_up_counts_and_one_that_skips_lets_the_next_one_through():
    faults = Faults()
    faults.add(StoreFault("stall", skip=1))
    faults.add(StoreFault("status", times=2))
    assert taken(faults, GET, GET, GET, GET) == ["status", "stall", "status", ""]


def test_nothing_is_left_of_rules_that_are_cleared():
    faults = Faults()
    faults.add(StoreFault("status", times=9))
    faults.clear()
    assert taken(faults, GET) == [""]


def test_requests_at_the_same_time_share_a_rule_s_count():
    faults = Faults()
    faults.add(StoreFault("status", times=50))
    with ThreadPoolExecutor(8) as pool:
        hit = list(pool.map(lambda _: faults.take(*GET) is not None, range(400)))
    assert sum(hit) == 50
